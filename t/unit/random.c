/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/random.h"

#define N	1000

static struct arena *mem;

static void
setup(void)
{
	mem = arena_new(16 << 20);
}

static void
teardown(void)
{
	arena_free(mem);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
all_differ(const char **v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	for (size_t i = 1; i < n; i++)
		ck_assert_str_ne(v[i - 1], v[i]);
}

START_TEST(version_7)
{
	const char *v[N];
	char hex[13], *end;
	long long ms, now = (long long)time(NULL) * 1000;

	for (size_t i = 0; i < N; i++) {
		v[i] = uuid_v7(mem);
		ck_assert_uint_eq(strlen(v[i]), 36);
		ck_assert_uint_eq(strspn(v[i], "0123456789abcdef-"), 36);
		ck_assert_int_eq(v[i][8], '-');
		ck_assert_int_eq(v[i][13], '-');
		ck_assert_int_eq(v[i][14], '7');
		ck_assert_int_eq(v[i][18], '-');
		ck_assert_ptr_nonnull(strchr("89ab", v[i][19]));
		ck_assert_int_eq(v[i][23], '-');
		memcpy(hex, v[i], 8);
		memcpy(hex + 8, v[i] + 9, 5);
		ms = strtoll(hex, &end, 16);
		ck_assert_ptr_eq(end, hex + 12);
		ck_assert_int_ge(ms, now);
		ck_assert_int_lt(ms, now + 60000);
		ck_assert(i == 0 || memcmp(v[i - 1], v[i], 13) <= 0);
	}
	all_differ(v, N);
}
END_TEST

START_TEST(names)
{
	const char *v[N];

	for (size_t i = 0; i < N; i++) {
		v[i] = i % 2 == 0 ? random_name(mem) : random_hex(16, mem);
		ck_assert_uint_eq(strlen(v[i]), 32);
		ck_assert_uint_eq(strspn(v[i], "0123456789abcdef"), 32);
	}
	all_differ(v, N);
	ck_assert_uint_eq(strlen(random_hex(700, mem)), 1400);
}
END_TEST

/* What a parent has fetched is not drawn again by its children. */
START_TEST(children)
{
	const char *v[3];
	char name[2][33] = { "", "" };
	int fds[2], status;

	random_name(mem);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(pipe(fds), 0);
		if (fork() == 0)
			_exit(write(fds[1], random_name(mem), 32) != 32);
		ck_assert_int_eq(read(fds[0], name[i], 32), 32);
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
		v[i] = name[i];
		close(fds[0]);
		close(fds[1]);
	}
	v[2] = random_name(mem);
	all_differ(v, 3);
}
END_TEST

SUITE(random)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, version_7);
	tcase_add_test(tc, names);
	tcase_add_test(tc, children);
}
