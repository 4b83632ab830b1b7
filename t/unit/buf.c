/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"

static struct arena *mem;
static struct buf b;

static void
setup(void)
{
	mem = arena_new(16 << 20);
	buf_init(&b, mem, 16);
}

static void
teardown(void)
{
	arena_free(mem);
}

START_TEST(grows)
{
	int i;

	ck_assert_str_eq(b.data, "");
	for (i = 0; i < 100000; i++)
		buf_chr(&b, (char)('a' + i % 26));
	ck_assert_uint_eq(b.len, 100000);
	ck_assert_uint_eq(strlen(b.data), 100000);
	for (i = 0; i < 100000; i++)
		ck_assert_int_eq(b.data[i], 'a' + i % 26);
	buf_clear(&b);
	ck_assert_str_eq(b.data, "");
}
END_TEST

START_TEST(two_grow_beside_each_other)
{
	struct buf c;
	int i;

	buf_init(&c, mem, 0);
	for (i = 0; i < 1000; i++) {
		buf_str(&b, "one");
		buf_str(&c, "two");
	}
	ck_assert_uint_eq(b.len, 3000);
	ck_assert_int_eq(strncmp(b.data + 2997, "one", 3), 0);
	ck_assert_int_eq(strncmp(c.data + 2997, "two", 4), 0);
}
END_TEST

START_TEST(numbers)
{
	static const struct { int64_t n; const char *text; } rows[] = {
		{ 0, "0" }, { -1, "-1" }, { 10, "10" },
		{ INT64_MAX, "9223372036854775807" },
		{ INT64_MIN, "-9223372036854775808" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&b);
		buf_i64(&b, rows[i].n);
		ck_assert_str_eq(b.data, rows[i].text);
	}
	buf_clear(&b);
	buf_printf(&b, "%s %d %s", "a long text that makes it grow", 5, "x");
	ck_assert_str_eq(b.data, "a long text that makes it grow 5 x");
}
END_TEST

START_TEST(fixed_is_cut)
{
	char data[8];
	struct buf f;

	buf_fixed(&f, data, sizeof(data));
	buf_str(&f, "12345");
	buf_printf(&f, "%d", 67890);
	ck_assert_str_eq(data, "1234567");
	buf_str(&f, "x");
	ck_assert_str_eq(data, "1234567");
	ck_assert_uint_eq(f.len, 7);
}
END_TEST

START_TEST(json_strings)
{
	static const struct { const char *in, *out; } rows[] = {
		{ NULL, "null" },
		{ "", "\"\"" },
		{ "plain", "\"plain\"" },
		{ "a\"b\\c/d", "\"a\\\"b\\\\c/d\"" },
		{ "\n\r\t\b\x01\x1f\x7f",
		    "\"\\n\\r\\t\\u0008\\u0001\\u001f\\u007f\"" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "a\xff" "b\xc3", "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\"" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&b);
		buf_json_str(&b, rows[i].in);
		ck_assert_str_eq(b.data, rows[i].out);
	}
	buf_clear(&b);
	buf_json_strn(&b, "a\0b", 3);
	ck_assert_str_eq(b.data, "\"a\\u0000b\"");
}
END_TEST

START_TEST(utf8_sequences)
{
	static const struct { const char *s; size_t n; } rows[] = {
		{ "a", 1 }, { "\x7f", 1 }, { "\xc2\x80", 2 },
		{ "\xdf\xbf", 2 }, { "\xe0\xa0\x80", 3 },
		{ "\xed\x9f\xbf", 3 }, { "\xee\x80\x80", 3 },
		{ "\xf0\x90\x80\x80", 4 }, { "\xf4\x8f\xbf\xbf", 4 },
		{ "", 0 }, { "\x80", 0 }, { "\xc0\x80", 0 },
		{ "\xc1\xbf", 0 }, { "\xe0\x9f\xbf", 0 },
		{ "\xed\xa0\x80", 0 }, { "\xf0\x8f\xbf\xbf", 0 },
		{ "\xf4\x90\x80\x80", 0 }, { "\xf5\x80\x80\x80", 0 },
		{ "\xff", 0 }, { "\xe2\x82", 0 }, { "\xc3(", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_uint_eq(utf8_seq(rows[i].s, strlen(rows[i].s)),
		    rows[i].n);
}
END_TEST

START_TEST(json_members)
{
	buf_chr(&b, '{');
	buf_json_key(&b, "a");
	buf_chr(&b, '[');
	buf_json_sep(&b);
	buf_i64(&b, 1);
	buf_json_sep(&b);
	buf_i64(&b, 2);
	buf_chr(&b, ']');
	buf_json_key(&b, "b\"");
	buf_chr(&b, '{');
	buf_json_key(&b, "c");
	buf_json_str(&b, NULL);
	buf_str(&b, "}}");
	ck_assert_str_eq(b.data, "{\"a\":[1,2],\"b\\\"\":{\"c\":null}}");
	buf_clear(&b);
	buf_json_sep(&b);
	ck_assert_str_eq(b.data, "");
}
END_TEST

SUITE(buf)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, grows);
	tcase_add_test(tc, two_grow_beside_each_other);
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, fixed_is_cut);
	tcase_add_test(tc, json_strings);
	tcase_add_test(tc, utf8_sequences);
	tcase_add_test(tc, json_members);
}
