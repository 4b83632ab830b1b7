/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/base64.h"
#include "lib/buf.h"
#include "lib/mime.h"

static struct arena *mem;

static void
setup(void)
{
	mem = arena_new(1 << 24);
}

static void
teardown(void)
{
	arena_free(mem);
}

static const char *
written(const char *subject, const char *text)
{
	struct mail m = { .from_name = "The \"Shop\"", .from = "a@example.com",
	    .to = "b@example.com", .subject = subject,
	    .message_id = "1-2@example.com", .text = text,
	    .html = "<p>x</p>\n", .date_s = 1790000000 };
	struct buf b;

	buf_init(&b, mem, 1024);
	mail_write(&m, &b);
	return b.data;
}

START_TEST(headers)
{
	const char *s = written("Hello", "text\n");

	ck_assert_ptr_eq(strstr(s, "From: \"The \\\"Shop\\\"\" "
	    "<a@example.com>\r\nTo: <b@example.com>\r\nSubject: Hello\r\n"
	    "Date: Mon, 21 Sep 2026 14:13:20 +0000\r\n"
	    "Message-ID: <1-2@example.com>\r\n"), s);
	ck_assert_ptr_nonnull(strstr(s,
	    "Content-Type: multipart/alternative;\r\n"
	    " boundary=\"=_1-2\"\r\n\r\n--=_1-2\r\n"));
	ck_assert_ptr_nonnull(strstr(s, "text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n\r\ntext\r\n\r\n--=_1-2\r\n"));
	ck_assert_ptr_nonnull(strstr(s, "text/html"));
	ck_assert_ptr_nonnull(strstr(s, "\r\n--=_1-2--\r\n"));
}
END_TEST

/* Nothing in a value can begin another header. */
START_TEST(injection)
{
	const char *s = written("x\r\nBcc: c@example.com\r\n\r\nbody", "t");

	ck_assert_ptr_nonnull(strstr(s,
	    "Subject: x  Bcc: c@example.com    body\r\nDate:"));
	ck_assert_ptr_null(strstr(s, "\nBcc"));
}
END_TEST

/* What no header can encode becomes ASCII. */
START_TEST(odd_ids)
{
	struct mail m = { .from_name = "x", .from = "a@ex\xc3\xa4mple.com",
	    .to = "b@example.com", .subject = "x", .text = "t", .html = "h",
	    .message_id = "1\xc3\xa4\r\n2@x" };
	struct buf b;

	buf_init(&b, mem, 1024);
	mail_write(&m, &b);
	ck_assert_ptr_nonnull(strstr(b.data, "From: \"x\" "
	    "<a@ex??mple.com>\r\n"));
	ck_assert_ptr_nonnull(strstr(b.data, "Message-ID: <1??  2@x>\r\n"));
}
END_TEST

/* RFC 2047: 75 characters a word at most, no character cut in two. */
START_TEST(encoded_subject)
{
	const char *s, *word, *end;
	size_t n = 0, len;
	struct buf long_one, all;
	char *bytes;

	s = written("Bestätigt", "t");
	ck_assert_ptr_nonnull(strstr(s,
	    "Subject: =?UTF-8?B?QmVzdMOkdGlndA==?=\r\n"));
	buf_init(&long_one, mem, 512);
	for (int i = 0; i < 60; i++)
		buf_str(&long_one, "ä€😀");
	buf_init(&all, mem, 1024);
	s = written(long_one.data, "t");
	for (word = strstr(s, "=?UTF-8?B?"); word != NULL;
	    word = strstr(end, "=?UTF-8?B?")) {
		end = strstr(word, "?=");
		ck_assert_int_le(end + 2 - word, 75);
		bytes = base64_decode(mem, arena_strndup(mem, word + 10,
		    (size_t)(end - word - 10)), &len);
		ck_assert_ptr_nonnull(bytes);
		for (size_t i = 0; i < len; ) {
			ck_assert_uint_gt(utf8_seq(bytes + i, len - i), 0);
			i += utf8_seq(bytes + i, len - i);
		}
		buf_add(&all, bytes, len);
		n++;
	}
	ck_assert_uint_gt(n, 1);
	ck_assert_str_eq(all.data, long_one.data);
}
END_TEST

START_TEST(quoted_printable)
{
	struct buf b;
	const char *s;
	size_t line = 0;

	s = written("x", "ä = 1 \nend\n");
	ck_assert_ptr_nonnull(strstr(s, "quoted-printable\r\n\r\n"
	    "=C3=A4 =3D 1=20\r\nend\r\n"));
	buf_init(&b, mem, 2048);
	for (int i = 0; i < 500; i++)
		buf_str(&b, "ä");
	for (s = written("x", b.data); *s != '\0'; s++) {
		ck_assert_uint_le(line, 77);
		ck_assert((unsigned char)*s < 0x80);
		line = *s == '\n' ? 0 : line + 1;
	}
	/* A lone carriage return is no line end. */
	ck_assert_ptr_nonnull(strstr(written("x", "a\rb\n"), "a=0Db\r\n"));
}
END_TEST

START_TEST(addresses)
{
	static const char *const bad[] = { "", "a", "a@", "@b", "a@b@c",
	    "a b@c", "a@b\r\nRCPT TO:<x@y>", "<a@b>", "a,b@c", "\"a\"@b",
	    "\xc3\xa4@b", "a@b>" };
	char *s = arena_alloc(mem, 300);

	ck_assert(mail_address_ok("a.b+c@example.com"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!mail_address_ok(bad[i]), "%s", bad[i]);
	memset(s, 'a', 260);
	s[1] = '@';
	ck_assert(!mail_address_ok(s));
}
END_TEST

START_TEST(base64)
{
	static const char *const pairs[][2] = { { "", "" }, { "f", "Zg==" },
	    { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
	    { "\xff\xfe\xfd", "//79" } };
	struct buf b;
	size_t len;
	char *back;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		buf_init(&b, mem, 16);
		base64_encode(&b, pairs[i][0], strlen(pairs[i][0]));
		ck_assert_str_eq(b.data, pairs[i][1]);
		back = base64_decode(mem, b.data, &len);
		ck_assert_uint_eq(len, strlen(pairs[i][0]));
		ck_assert_int_eq(memcmp(back, pairs[i][0], len), 0);
	}
	ck_assert_ptr_null(base64_decode(mem, "abc", &len));
	ck_assert_ptr_null(base64_decode(mem, "ab-c", &len));
	ck_assert_ptr_null(base64_decode(mem, "a===", &len));
}
END_TEST

SUITE(mime)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, headers);
	tcase_add_test(tc, injection);
	tcase_add_test(tc, odd_ids);
	tcase_add_test(tc, encoded_subject);
	tcase_add_test(tc, quoted_printable);
	tcase_add_test(tc, addresses);
	tcase_add_test(tc, base64);
}
