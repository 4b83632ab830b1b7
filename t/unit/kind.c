/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdio.h>
#include <string.h>

#include "lib/field.h"

static const struct field_kind *kind;

static bool
ok(const char *s)
{
	return kind->check(s, strlen(s));
}

#define OK(s) ck_assert_msg(ok(s), "%s", s)
#define BAD(s) ck_assert_msg(!ok(s), "%s", s)

START_TEST(examples_pass)
{
	static const struct field_kind *const all[] = { &kind_email,
	    &kind_country, &kind_slug, &kind_url, &kind_date_time,
	    &kind_printable, &kind_uuid };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		kind = all[i];
		OK(kind->example);
		BAD("");
		BAD("\n");
	}
}
END_TEST

START_TEST(email)
{
	char s[300];

	kind = &kind_email;
	OK("a@b");
	OK("a.b+c!#$%&'*/=?^_`{|}~-@x-y.example.com");
	OK("A@B.C");
	BAD("a");
	BAD("@b");
	BAD("a@");
	BAD("a@b.");
	BAD("a@.b");
	BAD("a@b..c");
	BAD("a@-b.de");
	BAD("a@b-.de");
	BAD("a@b@c");
	BAD("a b@c.de");
	BAD("a@c.de ");
	BAD("a@c.de\r\nBcc: x@y.de");
	BAD("\xc3\xa4@c.de");
	BAD("a@\xc3\xa4.de");
	BAD("\"a\"@b.de");
	BAD("<a@b.de>");
	snprintf(s, sizeof(s), "a@%063d.de", 0);
	OK(s);
	snprintf(s, sizeof(s), "a@%064d.de", 0);
	BAD(s);
	snprintf(s, sizeof(s), "%0249d@b.de", 0);
	OK(s);
	snprintf(s, sizeof(s), "%0250d@b.de", 0);
	BAD(s);
}
END_TEST

START_TEST(country)
{
	kind = &kind_country;
	OK("US");
	OK("AD");
	OK("ZW");
	OK("Germany");
	OK("Curacao");
	OK("C\xc3\xb4te d'Ivoire");
	BAD("XX");
	BAD("ZZ");
	BAD("us");
	BAD("D ");
	BAD("A");
	BAD("Ger\nmany");
	BAD("Ger\x7fmany");
	BAD("   ");
	OK("012345678901234567890123456789012345678901234567890123456789");
	BAD("0123456789012345678901234567890123456789012345678901234567890");
}
END_TEST

START_TEST(slug)
{
	kind = &kind_slug;
	OK("a");
	OK("a-1");
	OK("3-in-1");
	BAD("1");
	BAD("12-34");
	BAD("-");
	BAD("A");
	BAD("a b");
	BAD("a_b");
	BAD("a/b");
	BAD("\xc3\xa4");
}
END_TEST

START_TEST(url)
{
	kind = &kind_url;
	OK("http://a");
	OK("https://cdn.example.com:8443/a/b%20c.png?x=1&y=[2]#z");
	OK("https://[2001:db8::1]:80/");
	OK("https://example.com?q");
	BAD("http://");
	BAD("http:///a");
	BAD("https://?q");
	BAD("ftp://a");
	BAD("javascript:alert(1)");
	BAD("//a");
	BAD("http:a");
	BAD("HTTP://a");
	BAD("http://u@a");
	BAD("http://u:p@a");
	BAD("http://a:b/");
	BAD("http://a:");
	BAD("http://a:123456");
	BAD("http://[::1");
	BAD("http://[]");
	BAD("http://[::1]x");
	BAD("http://a b");
	BAD("http://a/\"x");
	BAD("http://a/<x>");
	BAD("http://a/\r\nX: y");
	BAD("http://\xc3\xa4.de");
}
END_TEST

START_TEST(date_time)
{
	kind = &kind_date_time;
	OK("2026-01-31");
	OK("2024-02-29");
	OK("2000-02-29");
	OK("2026-11-24T23:59:59Z");
	OK("2026-11-24t00:00:00.123456z");
	OK("2026-11-24T00:00:00+15:59");
	OK("2026-11-24T00:00:00-08:00");
	OK("2016-12-31T23:59:60Z");
	BAD("2026-02-29");
	BAD("1900-02-29");
	BAD("2026-13-01");
	BAD("2026-00-01");
	BAD("2026-01-00");
	BAD("2026-04-31");
	BAD("0000-01-01");
	BAD("2026-1-1");
	BAD("2026-01");
	BAD("20260101");
	BAD("2026-01-01T");
	BAD("2026-01-01T00:00:00");
	BAD("2026-01-01 00:00:00Z");
	BAD("2026-01-01T24:00:00Z");
	BAD("2026-01-01T00:60:00Z");
	BAD("2026-01-01T00:00:61Z");
	BAD("2026-01-01T00:00:60Z");
	BAD("2026-01-01T00:00:00.Z");
	BAD("2026-01-01T00:00:00.1234567890Z");
	BAD("2026-01-01T00:00:00+16:00");
	BAD("2026-01-01T00:00:00+0100");
	BAD("2026-01-01T00:00:00+01:60");
	BAD("2026-01-01T00:00:00Zx");
	BAD("2026-01-01x");
	BAD("yesterday");
	BAD("now");
	BAD("infinity");
}
END_TEST

START_TEST(printable)
{
	kind = &kind_printable;
	OK("SKU 1/b~");
	OK("\xc3\xa4\xf0\x9f\x98\x80");
	OK("\xc2\xa0");
	BAD(" ");
	BAD("a\tb");
	BAD("a\r\nb");
	BAD("a\x7f");
	BAD("a\x1b[2J");
	BAD("\xc2\x85");
	BAD("a\xe2\x80\xa8");
	BAD("a\xe2\x80\xa9");
}
END_TEST

START_TEST(uuid)
{
	kind = &kind_uuid;
	OK("0B8F6F0E-4C2E-4D5F-9A51-3F2B8C1D7E90");
	BAD("0b8f6f0e4c2e4d5f9a513f2b8c1d7e90");
	BAD("0b8f6f0e-4c2e-4d5f-9a51-3f2b8c1d7e9");
	BAD("0b8f6f0e-4c2e-4d5f-9a51-3f2b8c1d7e900");
	BAD("0b8f6f0e-4c2e-4d5f-9a51-3f2b8c1d7e9g");
	BAD("0b8f6f0e-4c2e-4d5f-9a51+3f2b8c1d7e90");
	BAD("{b8f6f0e-4c2e-4d5f-9a51-3f2b8c1d7e90");
}
END_TEST

SUITE(kind)
{
	tcase_add_test(tc, examples_pass);
	tcase_add_test(tc, email);
	tcase_add_test(tc, country);
	tcase_add_test(tc, slug);
	tcase_add_test(tc, url);
	tcase_add_test(tc, date_time);
	tcase_add_test(tc, printable);
	tcase_add_test(tc, uuid);
}
