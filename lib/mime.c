/* SPDX-License-Identifier: MIT */
#include "lib/mime.h"

#include <string.h>
#include <time.h>

#include "lib/arena.h"
#include "lib/base64.h"
#include "lib/buf.h"

#define ENCODED_MAX	45	/* bytes in an encoded word: 75 characters */
#define LINE_MAX	76

bool
mail_address_ok(const char *address)
{
	const char *at = strchr(address, '@');
	size_t len = strlen(address);

	if (at == NULL || at == address || at[1] == '\0' ||
	    strchr(at + 1, '@') != NULL || len > 254)
		return false;
	for (const char *p = address; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7f ||
		    strchr("<>()[]\",;:\\", *p) != NULL)
			return false;
	return true;
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

/* One encoded word after another, none cutting a character in two. */
static void
encoded_words(struct buf *out, const char *s)
{
	size_t left = strlen(s), n, step;
	const char *sep = "";

	while (left > 0) {
		for (n = 0; n < left; n += step) {
			step = utf8_seq(s + n, left - n);
			if (step == 0)
				step = 1;
			if (n + step > ENCODED_MAX)
				break;
		}
		buf_printf(out, "%s=?UTF-8?B?", sep);
		base64_encode(out, s, n);
		buf_str(out, "?=");
		s += n;
		left -= n;
		sep = "\r\n ";
	}
}

static char *
one_line(struct arena *mem, const char *s)
{
	char *copy = arena_strdup(mem, s);

	for (char *p = copy; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	return copy;
}

/* The same of ASCII only, for what cannot be encoded. */
static char *
one_word(struct arena *mem, const char *s)
{
	char *copy = one_line(mem, s);

	for (char *p = copy; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	return copy;
}

/* A name in front of an address: quoted if it is ASCII. */
static void
phrase(struct buf *out, const char *s)
{
	if (!is_ascii(s)) {
		encoded_words(out, s);
		return;
	}
	buf_chr(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_chr(out, '\\');
		buf_chr(out, *s);
	}
	buf_chr(out, '"');
}

static void
date(struct buf *out, int64_t unix_s)
{
	static const char *const days[] = {
		"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"
	};
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec"
	};
	time_t t = (time_t)unix_s;
	struct tm tm;

	gmtime_r(&t, &tm);
	buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Lines short enough for any server, and ASCII. */
static bool
fits_7bit(const char *s)
{
	size_t line = 0;

	for (; *s != '\0'; s++) {
		line = *s == '\n' ? 0 : line + 1;
		if ((unsigned char)*s >= 0x80 || line > 900 || *s == '\r')
			return false;
	}
	return true;
}

static void
plain_lines(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			buf_chr(out, '\r');
		buf_chr(out, *s);
	}
}

static void
quoted_printable(struct buf *out, const char *s)
{
	size_t column = 0, width;
	bool literal;
	unsigned char c;

	for (; *s != '\0'; s++) {
		c = (unsigned char)*s;
		if (c == '\n') {
			buf_str(out, "\r\n");
			column = 0;
			continue;
		}
		literal = c > ' ' && c < 0x7f && c != '=';
		if (c == ' ' && s[1] != '\n' && s[1] != '\0')
			literal = true;
		width = literal ? 1 : 3;
		if (column + width > LINE_MAX - 1) {
			buf_str(out, "=\r\n");
			column = 0;
		}
		if (literal)
			buf_chr(out, *s);
		else
			buf_printf(out, "=%02X", c);
		column += width;
	}
}

static void
part(struct buf *out, const char *boundary, const char *type, const char *s)
{
	bool plain = fits_7bit(s);

	buf_printf(out, "--%s\r\nContent-Type: %s; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: %s\r\n\r\n", boundary, type,
	    plain ? "7bit" : "quoted-printable");
	if (plain)
		plain_lines(out, s);
	else
		quoted_printable(out, s);
	buf_str(out, "\r\n");
}

void
mail_write(const struct mail *m, struct buf *out)
{
	const char *subject = one_line(out->mem, m->subject);
	const char *id = one_word(out->mem, m->message_id);
	const char *boundary = arena_printf(out->mem, "=_%.*s",
	    (int)strcspn(id, "@"), id);

	buf_str(out, "From: ");
	phrase(out, one_line(out->mem, m->from_name));
	buf_printf(out, " <%s>\r\n", one_word(out->mem, m->from));
	buf_printf(out, "To: <%s>\r\nSubject: ",
	    one_word(out->mem, m->to));
	if (is_ascii(subject) && strlen(subject) < 900)
		buf_str(out, subject);
	else
		encoded_words(out, subject);
	buf_str(out, "\r\n");
	date(out, m->date_s);
	buf_printf(out, "Message-ID: <%s>\r\n", id);
	buf_str(out, "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n");
	buf_printf(out, "Content-Type: multipart/alternative;\r\n"
	    " boundary=\"%s\"\r\n\r\n", boundary);
	part(out, boundary, "text/plain", m->text);
	part(out, boundary, "text/html", m->html);
	buf_printf(out, "--%s--\r\n", boundary);
}
