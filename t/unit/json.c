/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/arena.h"
#include "lib/json.h"

static struct arena *mem;
static const char *why;

static void
setup(void)
{
	mem = arena_new((size_t)256 << 20);
	why = NULL;
}

static void
teardown(void)
{
	arena_free(mem);
}

static struct json *
parse(const char *s)
{
	return json_parse(s, strlen(s), mem, &why);
}

/* The text comes out as it went in, or as `want`. */
static void
same(const char *s, const char *want)
{
	struct json *j = parse(s);

	ck_assert_msg(j != NULL, "%s: %s", s, why);
	ck_assert_str_eq(json_text(j, mem), want);
}

static void
refused_n(const char *s, size_t len)
{
	why = NULL;
	ck_assert_msg(json_parse(s, len, mem, &why) == NULL, "%s", s);
	ck_assert_ptr_nonnull(why);
}

#define REFUSED(s) refused_n((s), sizeof(s) - 1)

START_TEST(values)
{
	same("null", "null");
	same(" true\r\n", "true");
	same("\tfalse ", "false");
	same("[]", "[]");
	same(" { } ", "{}");
	same("\"\"", "\"\"");
	same("{\"a\":[1,{\"b\":null}],\"\":\"x\"}",
	    "{\"a\":[1,{\"b\":null}],\"\":\"x\"}");
	same("[ 1 , \"two\" , [ ] ]", "[1,\"two\",[]]");
	same("\"a\\/b\\u00e4\\ud83d\\ude00\\n\\\"\\\\\"",
	    "\"a/b\xc3\xa4\xf0\x9f\x98\x80\\n\\\"\\\\\"");
	ck_assert_str_eq(json_string(parse("\"\x7f\""), NULL), "\x7f");
	same("{\"x\":1,\"X\":2}", "{\"x\":1,\"X\":2}");
}
END_TEST

START_TEST(numbers_keep_their_text)
{
	const char *s = "[0,-0,1.0,1e0,1E+2,-1.5e-3,29.90,1e400,"
	    "99999999999999999999,-99999999999999999999,"
	    "0.1000000000000000055511151231257827]";

	same(s, s);
	same("12345678901234567890123", "12345678901234567890123");
	same("-7", "-7");
	same("{\"1\":2,\"-3\":\"4 5\",\"a\\\"6\":[7]}",
	    "{\"1\":2,\"-3\":\"4 5\",\"a\\\"6\":[7]}");
}
END_TEST

START_TEST(integers)
{
	static const char *const bad[] = { "1.0", "1e0", "\"1\"", "true",
	    "null", "-0", "1.9", "1e3", "9223372036854775808",
	    "-9223372036854775809", "99999999999999999999", "[1]", "{}" };
	int64_t n;
	size_t i;

	ck_assert(json_i64(parse("9223372036854775807"), &n));
	ck_assert_int_eq(n, INT64_MAX);
	ck_assert(json_i64(parse("-9223372036854775808"), &n));
	ck_assert_int_eq(n, INT64_MIN);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!json_i64(parse(bad[i]), &n), "%s", bad[i]);
}
END_TEST

START_TEST(access)
{
	struct json *j = parse("{\"s\":\"h\\u00e9\",\"t\":true,\"a\":[1,2]}");
	size_t len;

	ck_assert_int_eq(json_type(j), JSON_OBJECT);
	ck_assert_uint_eq(json_len(j), 3);
	ck_assert_str_eq(json_key(j, 1), "t");
	ck_assert(json_bool(json_at(j, 1)));
	ck_assert_str_eq(json_string(json_get(j, "s"), &len), "h\xc3\xa9");
	ck_assert_uint_eq(len, 3);
	ck_assert_int_eq(json_type(json_get(j, "a")), JSON_ARRAY);
	ck_assert_str_eq(json_number(json_at(json_get(j, "a"), 1)), "2");
	ck_assert_ptr_null(json_get(j, "b"));
	ck_assert_ptr_null(json_get(json_at(j, 1), "t"));
}
END_TEST

START_TEST(not_json)
{
	REFUSED("");
	REFUSED(" ");
	REFUSED("NaN");
	REFUSED("Infinity");
	REFUSED("-Infinity");
	REFUSED("{'a':1}");
	REFUSED("{a:1}");
	REFUSED("['a']");
	REFUSED("TRUE");
	REFUSED("nul");
	REFUSED("True");
	REFUSED("01");
	REFUSED("-01");
	REFUSED("+1");
	REFUSED("-");
	REFUSED("1.");
	REFUSED(".5");
	REFUSED("1e");
	REFUSED("1e+");
	REFUSED("0x10");
	REFUSED("1 2");
	REFUSED("{}x");
	REFUSED("{},");
	REFUSED("[1,]");
	REFUSED("[,1]");
	REFUSED("[1 2]");
	REFUSED("{\"a\":1,}");
	REFUSED("{\"a\"}");
	REFUSED("{\"a\" 1}");
	REFUSED("{1:2}");
	REFUSED("{,}");
	REFUSED("{");
	REFUSED("[");
	REFUSED("[}");
	REFUSED("]");
	REFUSED("[1");
	REFUSED("\"");
	REFUSED("\"\\");
	REFUSED("\"\\x\"");
	REFUSED("\"\\u12\"");
	REFUSED("\"\\u12g4\"");
	REFUSED("/* c */ 1");
	REFUSED("1 // c");
	REFUSED("# c\n1");
	REFUSED("1\f");
	REFUSED("\v1");
}
END_TEST

START_TEST(encodings)
{
	REFUSED("\xef\xbb\xbf{}");		/* byte order mark */
	REFUSED("\"\xc0\xaf\"");
	REFUSED("\"\xed\xa0\x80\"");
	REFUSED("\"\xf4\x90\x80\x80\"");
	REFUSED("\"\xf5\x80\x80\x80\"");
	REFUSED("\"\xff\"");
	REFUSED("{\"\xc3\":1}");
	REFUSED("\xff\xfe{\0}\0");		/* UTF-16 */
}
END_TEST

START_TEST(nul)
{
	REFUSED("\"a\0b\"");
	REFUSED("{\"a\0b\":1}");
	REFUSED("{\"a\":1}\0garbage");
	REFUSED("{\"a\":1}\0");
	REFUSED("\"\\u0000\"");
	REFUSED("\"a\\u0000b\"");
	REFUSED("{\"role\\u0000x\":1}");
}
END_TEST

START_TEST(control_characters)
{
	char s[] = "\"a?b\"", key[] = "{\"?\":1}";
	char c;

	for (c = 0; c < 0x20; c++) {
		s[2] = key[2] = c;
		refused_n(s, sizeof(s) - 1);
		refused_n(key, sizeof(key) - 1);
	}
}
END_TEST

START_TEST(surrogates)
{
	REFUSED("\"\\ud800\"");
	REFUSED("\"\\udc00\"");
	REFUSED("\"\\udc00\\ud800\"");
	REFUSED("\"\\ud800\\ud800\"");
	REFUSED("\"\\ud800x\"");
	REFUSED("\"\\ud800\\n\"");
	REFUSED("\"\\ud83d\\u0041\"");
	REFUSED("{\"\\udfff\":1}");
	same("\"\\uD800\\uDC00\\uDBFF\\uDFFF\"",
	    "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"");
}
END_TEST

/* Each of them, as json-c mistakes some. */
START_TEST(all_pairs)
{
	char *s = arena_alloc(mem, 13 << 16);
	const char *p;
	unsigned c, plane, n;
	const struct json *j;

	for (plane = 1; plane <= 16; plane++) {
		s[0] = '"';
		for (n = 0; n < 0x10000; n++) {
			c = (plane - 1) * 0x10000 + n;
			sprintf(s + 1 + 12 * n, "\\u%04x\\u%04X",
			    0xd800 + (c >> 10), 0xdc00 + (c & 0x3ff));
		}
		s[1 + 12 * n] = '"';
		j = json_parse(s, 2 + 12 * n, mem, &why);
		ck_assert_msg(j != NULL, "%s", why);
		for (p = json_string(j, NULL), n = 0; n < 0x10000; n++, p += 4)
			ck_assert_uint_eq((((unsigned)p[0] & 7) << 18 |
			    ((unsigned)p[1] & 63) << 12 |
			    ((unsigned)p[2] & 63) << 6 |
			    ((unsigned)p[3] & 63)), plane * 0x10000 + n);
		ck_assert_str_eq(p, "");
	}
	same("\"\\\\\\ud836\\ude00\\u00e4\\n\"",
	    "\"\\\\\xf0\x9d\xa8\x80\xc3\xa4\\n\"");
	same("{\"\\uD836\\uDE00\":[1,\"\\\\ud836\",2]}",
	    "{\"\xf0\x9d\xa8\x80\":[1,\"\\\\ud836\",2]}");
}
END_TEST

START_TEST(duplicates)
{
	REFUSED("{\"quantity\":1,\"quantity\":2}");
	REFUSED("{\"a\":1,\"\\u0061\":2}");
	REFUSED("{\"\":1,\"\":2}");
	REFUSED("[{\"x\":{\"a\":1,\"b\":[2],\"a\":{\"c\":3}}}]");
	REFUSED("{\"a\":{\"a\":1},\"a\":1}");
	same("{\"a\":{\"a\":1},\"b\":{\"a\":1}}",
	    "{\"a\":{\"a\":1},\"b\":{\"a\":1}}");
}
END_TEST

START_TEST(depth)
{
	REFUSED("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]");		/* 17 */
	REFUSED("{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}");	/* 17 */
	same("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]",		/* 16 */
	    "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]");
	same("{\"a\":[[[[[[[[[[[[[[{}]]]]]]]]]]]]],[]]}",
	    "{\"a\":[[[[[[[[[[[[[[{}]]]]]]]]]]]]],[]]}");
}
END_TEST

#define BIG 65536

static double
cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* 64 KiB made of `head`, `unit` again and again, and `tail`. */
static void
big(const char *head, const char *unit, const char *tail, bool good)
{
	static char s[BIG];
	size_t n = strlen(unit), len = strlen(head);
	double t = cpu_ms();

	memcpy(s, head, len);
	for (; len + n + strlen(tail) <= BIG; len += n)
		memcpy(s + len, unit, n);
	memcpy(s + len, tail, strlen(tail));
	len += strlen(tail);
	ck_assert_msg((json_parse(s, len, mem, &why) != NULL) == good,
	    "%s%s: %s", head, unit, why);
	ck_assert_msg(cpu_ms() - t < 500, "%s%s: %.1f ms", head, unit,
	    cpu_ms() - t);
	ck_assert_uint_lt(arena_used(mem), 16 << 20);
	arena_reset(mem);
}

START_TEST(hostile_sizes)
{
	big("[0", ",1", "]", true);
	big("[[]", ",[]", "]", true);
	big("[{}", ",{}", "]", true);
	big("[\"\"", ",\"\"", "]", true);
	big("\"", "a", "\"", true);
	big("\"", "\\\\", "\"", true);
	big("\"", "\\u00e4", "\"", true);
	big("{\"", "k", "\":1}", true);
	big("", "9", "", true);
	big("[", " ", "]", true);
	big("", "[", "", false);
	big("", "{\"a\":", "", false);
	big("\"", "a", "", false);
	big("{\"a\":1", ",\"a\":1", "}", false);
	big("", "-", "", false);
	big("1", " ", "x", false);
}
END_TEST

START_TEST(many_keys)
{
	char *s = arena_alloc(mem, BIG + 16);
	size_t len = 1;
	int i;
	double t;

	s[0] = '{';
	for (i = 0; len < BIG - 16; i++)
		len += (size_t)snprintf(s + len, 16, "%s\"%x\":1",
		    i > 0 ? "," : "", (unsigned)i);
	s[len++] = '}';
	t = cpu_ms();
	ck_assert_uint_eq(json_len(json_parse(s, len, mem, &why)), (size_t)i);
	ck_assert_double_lt(cpu_ms() - t, 500);
}
END_TEST

SUITE(json)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, values);
	tcase_add_test(tc, numbers_keep_their_text);
	tcase_add_test(tc, integers);
	tcase_add_test(tc, access);
	tcase_add_test(tc, not_json);
	tcase_add_test(tc, encodings);
	tcase_add_test(tc, nul);
	tcase_add_test(tc, control_characters);
	tcase_add_test(tc, surrogates);
	tcase_add_test(tc, all_pairs);
	tcase_add_test(tc, duplicates);
	tcase_add_test(tc, depth);
	tcase_add_test(tc, hostile_sizes);
	tcase_add_test(tc, many_keys);
}
