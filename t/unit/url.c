/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/http.h"

static struct arena *mem;

static void
setup(void)
{
	mem = arena_new(1 << 20);
}

static void
teardown(void)
{
	arena_free(mem);
}

START_TEST(percent)
{
	struct buf b;

	ck_assert_str_eq(url_decode(mem, "a%20b+c%2b", 10, false), "a b+c+");
	ck_assert_str_eq(url_decode(mem, "a%20b+c%2B", 10, true), "a b c+");
	ck_assert_str_eq(url_decode(mem, "%C3%A4xyz", 6, true), "\xc3\xa4");
	ck_assert_str_eq(url_decode(mem, "", 0, true), "");
	ck_assert_str_eq(url_decode(mem, "%2525", 5, true), "%25");
	ck_assert_ptr_null(url_decode(mem, "%", 1, true));
	ck_assert_ptr_null(url_decode(mem, "%4", 2, true));
	ck_assert_ptr_null(url_decode(mem, "%41", 2, true));
	ck_assert_ptr_null(url_decode(mem, "%g0", 3, true));
	ck_assert_ptr_null(url_decode(mem, "%00", 3, true));
	ck_assert_ptr_null(url_decode(mem, "%c0%af", 6, true));
	ck_assert_ptr_null(url_decode(mem, "\xff", 1, true));
	buf_init(&b, mem, 8);
	url_encode(&b, "aZ9-._~ /?&=+%\"<\xc3\xa4\r\n");
	ck_assert_str_eq(b.data,
	    "aZ9-._~%20%2F%3F%26%3D%2B%25%22%3C%C3%A4%0D%0A");
}
END_TEST

START_TEST(base64url)
{
	static const char *const pairs[][2] = {
		{ "", "" }, { "f", "Zg" }, { "fo", "Zm8" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg" },
		{ "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xfe", "-__-" },
	};
	static const char *const bad[] = { "Z", "Zg=", "Zg==", "Zh", "Zm9",
	    "Zm9vY", "+//+", "Z g", "\xff" };
	struct buf b;
	size_t i, len;
	char *s;

	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		buf_init(&b, mem, 8);
		b64url_encode(&b, pairs[i][0], strlen(pairs[i][0]));
		ck_assert_str_eq(b.data, pairs[i][1]);
		s = b64url_decode(mem, pairs[i][1], &len);
		ck_assert_str_eq(s, pairs[i][0]);
		ck_assert_uint_eq(len, strlen(pairs[i][0]));
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(b64url_decode(mem, bad[i], &len) == NULL, "%s",
		    bad[i]);
}
END_TEST

SUITE(url)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, percent);
	tcase_add_test(tc, base64url);
}
