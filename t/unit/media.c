/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/media.h"

START_TEST(types)
{
	ck_assert(media_is("text/html", "text/html"));
	ck_assert(media_is("Text/HTML; charset=x", "text/html"));
	ck_assert(!media_is("text/htmlx", "text/html"));
	ck_assert(!media_is("text/ht", "text/html"));
	ck_assert(!media_is(NULL, "text/html"));
}
END_TEST

START_TEST(json)
{
	static const char *const good[] = { "application/json",
	    "APPLICATION/JSON", "application/json;charset=utf-8",
	    "application/json; charset=\"UTF-8\"; x=y",
	    "application/problem+json", "application/vnd.shop.v1+JSON ; a=b" };
	static const char *const bad[] = { "", "text/json", "application/jso",
	    "application/jsonp", "application/+json", "application/json+xml",
	    "application/json; charset=utf-16",
	    "application/json; charset=utf-80", "json",
	    "application/json,text/html" };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_assert_msg(media_is_json(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!media_is_json(bad[i]), "%s", bad[i]);
	ck_assert(!media_is_json(NULL));
}
END_TEST

START_TEST(accepts)
{
	static const char *const good[] = { "", "*/*", "application/json",
	    "application/*", "text/html, application/json;q=0.5",
	    "text/html,*/*;q=0.1", "application/problem+json",
	    "APPLICATION/JSON;Q=1", ",, application/json",
	    "application/json, */*;q=0", "application/*;q=0.001",
	    "text/*;q=0, application/json;v=1" };
	static const char *const bad[] = { "text/html", "image/*",
	    "application/xml", "application/jsonp", "*/json", "*",
	    "application/json;q=0", "application/json; q=0.000",
	    "*/*, application/json;q=0", "*/*;q=0", "text/html;*/*",
	    "text/html, application/*;q=0.0, */*" };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_assert_msg(media_accepts_json(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!media_accepts_json(bad[i]), "%s", bad[i]);
	ck_assert(media_accepts_json(NULL));
}
END_TEST

SUITE(media)
{
	tcase_add_test(tc, types);
	tcase_add_test(tc, json);
	tcase_add_test(tc, accepts);
}
