/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <string.h>

#include "lib/json.h"

#define OK(s) ck_assert(utf8_valid(s, sizeof(s) - 1))
#define BAD(s) ck_assert(!utf8_valid(s, sizeof(s) - 1))

START_TEST(edges_of_each_length)
{
	OK("");
	OK("\x01\x7f");
	OK("\xc2\x80\xdf\xbf");
	OK("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf");
	OK("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
}
END_TEST

START_TEST(refused)
{
	BAD("\0");
	BAD("a\0b");
	BAD("\x80");
	BAD("\xbf");
	BAD("\xc0\xaf");		/* overlong slash */
	BAD("\xc1\xbf");
	BAD("\xe0\x80\xaf");
	BAD("\xe0\x9f\xbf");
	BAD("\xf0\x80\x80\xaf");
	BAD("\xf0\x8f\xbf\xbf");
	BAD("\xed\xa0\x80");		/* surrogates */
	BAD("\xed\xbf\xbf");
	BAD("\xf4\x90\x80\x80");	/* beyond U+10FFFF */
	BAD("\xf5\x80\x80\x80");
	BAD("\xff");
	BAD("\xfe\xff");
	BAD("\xc2");			/* cut */
	BAD("\xe2\x82");
	BAD("\xf0\x9f\x98");
	BAD("\xe2\x28\xa1");
	BAD("\xf0\x9f\x28\x80");
	BAD("\xf0\x9f\x98\x28");
}
END_TEST

START_TEST(only_len_bytes_are_read)
{
	ck_assert(!utf8_valid("\xc3\xa4", 1));
	ck_assert(utf8_valid("a\xff", 1));
}
END_TEST

START_TEST(characters)
{
	ck_assert_uint_eq(utf8_chars(""), 0);
	ck_assert_uint_eq(utf8_chars("abc"), 3);
	ck_assert_uint_eq(utf8_chars("\xc3\xa4\xe2\x82\xac"), 2);
	ck_assert_uint_eq(utf8_chars("\xf0\x9f\x98\x80!"), 2);
	ck_assert_uint_eq(utf8_chars("e\xcc\x81"), 2);	/* not composed */
}
END_TEST

SUITE(utf8)
{
	tcase_add_test(tc, edges_of_each_length);
	tcase_add_test(tc, refused);
	tcase_add_test(tc, only_len_bytes_are_read);
	tcase_add_test(tc, characters);
}
