/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdlib.h>
#include <string.h>

#include "app/config.h"

static struct config was;

static void
setup(void)
{
	was = config;
}

static void
teardown(void)
{
	config = was;
}

/* What config_load() says of the value, NULL: it is taken. */
static const char *
said(const char *name, const char *value)
{
	const char *why = NULL;
	int rc;

	setenv(name, value, 1);
	rc = config_load(&why);
	unsetenv(name);
	ck_assert_int_eq(rc, why == NULL ? 0 : -1);
	return why;
}

START_TEST(refused_at_the_start)
{
	static const char *const pairs[][2] = {
		{ "CURRENCY", "usd" }, { "CURRENCY", "US" },
		{ "CURRENCY", "USDT" }, { "CURRENCY", "U$D" },
		{ "LOG_LEVEL", "verbose" }, { "LOG_LEVEL", "INFO" },
		{ "HISTORY_DAYS", "1" }, { "HISTORY_DAYS", "29" },
		{ "HISTORY_DAYS", "-1" },
		{ "MAIL_URL", "http://mail:25" }, { "MAIL_URL", "mail:25" },
		{ "MAIL_URL", "smtp:mail" },
		{ "DATABASE_URL", "shopd" },
		{ "DATABASE_URL", "postgres//u:pass@h/d" },
		{ "DATABASE_URL", "postgresql://u:pa%zz@h/d" },
		{ "DATABASE_URL", "postgresql://u:pass%@h/d" },
		{ "DATABASE_URL", "postgresql://u:pa/ss@h/d" },
		{ "DATABASE_URL", "postgresql://u:pa?ss@h/d" },
		{ "DATABASE_URL", "postgresql://u:pa@ss@h/d" },
		{ "DATABASE_URL", "postgresql://u:pass@h:port/d" },
		{ "DATABASE_URL", "postgresql://u:pass@[::1]:port/d" },
		{ "DATABASE_OWNER_URL", "postgresql://u:pa@ss@h/d" },
		{ "CORS_ORIGINS", "*" }, { "CORS_ORIGINS", "shop.example" },
		{ "CORS_ORIGINS", "https://shop.example/" },
		{ "CORS_ORIGINS", "https://a.example, https://B.example" },
		{ "CORS_ORIGINS", "https://a.example,https://" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		const char *why = said(pairs[i][0], pairs[i][1]);

		ck_assert_msg(why != NULL && strncmp(why, pairs[i][0],
		    strlen(pairs[i][0])) == 0, "%s=%s: %s", pairs[i][0],
		    pairs[i][1], why != NULL ? why : "taken");
	}
}
END_TEST

START_TEST(taken)
{
	static const char *const pairs[][2] = {
		{ "CURRENCY", "KWD" }, { "CURRENCY", "" },
		{ "LOG_LEVEL", "debug" }, { "LOG_LEVEL", "error" },
		{ "HISTORY_DAYS", "0" }, { "HISTORY_DAYS", "30" },
		{ "MAIL_URL", "" }, { "MAIL_URL", "smtp://mail" },
		{ "MAIL_URL", "smtps://mail:465" },
		{ "DATABASE_URL", "" }, { "DATABASE_URL", "postgres://" },
		{ "DATABASE_URL", "postgresql:///d?host=/run/pg&user=u" },
		{ "DATABASE_URL", "postgresql://u@/d?host=/run/a@b" },
		{ "DATABASE_URL", "postgresql://u:p%40a%2Fs:s@h/d" },
		{ "DATABASE_URL", "postgresql://u:p@a:1,b:2/d" },
		{ "DATABASE_URL", "postgresql://u:p@[::1]:5432,[fe80::1]/d" },
		{ "DATABASE_URL", "postgresql://%2Frun%2Fpg/d" },
		{ "DATABASE_URL", "host=h user=u password=p@ss" },
		{ "DATABASE_OWNER_URL", "" },
		{ "CORS_ORIGINS", "" },
		{ "CORS_ORIGINS", "https://a.example:8443,app://b" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		const char *why = said(pairs[i][0], pairs[i][1]);

		ck_assert_msg(why == NULL, "%s", why);
	}
	ck_assert_ptr_null(said("CURRENCY", "USD"));
}
END_TEST

SUITE(config)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, refused_at_the_start);
	tcase_add_test(tc, taken);
}
