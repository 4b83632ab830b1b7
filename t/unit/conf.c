/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/conf.h"

struct settings {
	const char *name, *none, *secret;
	int64_t port;
	bool limits;
};

#define AT(m) offsetof(struct settings, m)
static const struct conf_item items[] = {
	{ "TC_NAME", CONF_TEXT, AT(name), "shop", 2, 10, "Name" },
	{ "TC_NONE", CONF_TEXT, AT(none), NULL, 0, 0, "Nothing" },
	{ "TC_SECRET", CONF_SECRET, AT(secret), NULL, 4, 0, "Secret" },
	{ "TC_PORT", CONF_INT, AT(port), "8080", 1, 65535, "Port" },
	{ "TC_LIMITS", CONF_BOOL, AT(limits), "on", 0, 0, "Limits" },
};
#define N (sizeof(items) / sizeof(items[0]))

static struct settings s;
static const char *why;

static void
setup(void)
{
	size_t i;

	for (i = 0; i < N; i++)
		unsetenv(items[i].name);
	unsetenv("TC_SECRET_FILE");
	memset(&s, 0xee, sizeof(s));
	why = NULL;
}

static int
load(void)
{
	return conf_load(items, N, &s, &why);
}

static void
refused(const char *name, const char *value)
{
	setup();
	setenv(name, value, 1);
	ck_assert_int_eq(load(), -1);
	ck_assert_ptr_nonnull(strstr(why, name));
	ck_assert_ptr_null(strstr(why, "hunter2"));
	unsetenv(name);
}

START_TEST(defaults)
{
	ck_assert_int_eq(load(), 0);
	ck_assert_str_eq(s.name, "shop");
	ck_assert_ptr_null(s.none);
	ck_assert_ptr_null(s.secret);
	ck_assert_int_eq(s.port, 8080);
	ck_assert(s.limits);
}
END_TEST

START_TEST(values)
{
	setenv("TC_NAME", "other", 1);
	setenv("TC_PORT", "65535", 1);
	setenv("TC_LIMITS", "OFF", 1);
	setenv("TC_SECRET", "hunter2", 1);
	setenv("TC_NONE", "", 1);
	ck_assert_int_eq(load(), 0);
	ck_assert_str_eq(s.name, "other");
	ck_assert_int_eq(s.port, 65535);
	ck_assert(!s.limits);
	ck_assert_str_eq(s.secret, "hunter2");
	ck_assert_ptr_null(s.none);
}
END_TEST

START_TEST(refusals)
{
	refused("TC_PORT", "0");
	refused("TC_PORT", "65536");
	refused("TC_PORT", "80x");
	refused("TC_PORT", "99999999999999999999");
	refused("TC_LIMITS", "maybe");
	refused("TC_NAME", "x");
	refused("TC_NAME", "longer than ten");
	refused("TC_SECRET", "abc");
}
END_TEST

START_TEST(secret_from_a_file)
{
	static const char *volatile kept; /* it lives as long as the process */
	char path[] = "/tmp/conf-test-XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_eq(dprintf(fd, "from the file\n"), 14);
	close(fd);
	setenv("TC_SECRET_FILE", path, 1);
	ck_assert_int_eq(load(), 0);
	ck_assert_str_eq(s.secret, "from the file");
	kept = s.secret;
	ck_assert_ptr_nonnull(kept);
	unlink(path);
	ck_assert_int_eq(load(), -1);
	ck_assert_ptr_nonnull(strstr(why, "TC_SECRET_FILE"));
}
END_TEST

START_TEST(passwords)
{
	static const char *const text[][2] = {
		{ "smtp://me:hunter2@mail:25/x?y",
		    "smtp://me:********@mail:25/x?y" },
		{ "postgresql://u:a@hunter2@db/shopd",
		    "postgresql://u:********@db/shopd" },
		{ "postgresql://u:a/hunter2@db", "postgresql://u:********@db" },
		{ "postgresql://u:a?hunter2@db", "postgresql://u:********@db" },
		{ "postgresql://u:hunter2@db/s?password=hunter2",
		    "postgresql://u:********@db/s?password=********" },
		{ "postgresql:///shopd?password=hunter2",
		    "postgresql:///shopd?password=********" },
		{ "postgresql:///s?password=a:b@hunter2&host=/x",
		    "postgresql:///s?password=********" },
		{ "postgresql:///s?host=/x&sslpassword=hunter2",
		    "postgresql:///s?host=/x&sslpassword=********" },
		{ "host=h user=u password=hunter2 dbname=s",
		    "host=h user=u password=********" },
		{ "user=u password = 'a hunter2'",
		    "user=u password =********" },
		{ "password=a://b:c@hunter2", "password=********" },
		{ "host=h user=password", "host=h user=password" },
		{ "postgresql://u@h:5432/s", "postgresql://u@h:5432/s" },
		{ "http://127.0.0.1:8080", "http://127.0.0.1:8080" },
	};
	struct arena *mem = arena_new(1 << 20);
	struct buf out;

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		buf_init(&out, mem, 0);
		s.name = text[i][0];
		conf_print(items, 1, &s, &out);
		ck_assert_str_eq(out.data, arena_printf(mem,
		    "# Name\nTC_NAME=%s\n", text[i][1]));
	}
	arena_free(mem);
}
END_TEST

START_TEST(printed)
{
	struct arena *mem = arena_new(1 << 20);
	struct buf out;

	buf_init(&out, mem, 0);
	setenv("TC_SECRET", "hunter2", 1);
	ck_assert_int_eq(load(), 0);
	conf_print(items, N, &s, &out);
	ck_assert_str_eq(out.data, "# Name\nTC_NAME=shop\n"
	    "# Nothing\nTC_NONE=\n# Secret\nTC_SECRET=********\n"
	    "# Port\nTC_PORT=8080\n# Limits\nTC_LIMITS=on\n");
	arena_free(mem);
}
END_TEST

SUITE(conf)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, values);
	tcase_add_test(tc, refusals);
	tcase_add_test(tc, secret_from_a_file);
	tcase_add_test(tc, passwords);
	tcase_add_test(tc, printed);
}
