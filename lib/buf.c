/* SPDX-License-Identifier: MIT */
#include "lib/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"

void
buf_init(struct buf *b, struct arena *mem, size_t cap)
{
	b->mem = mem;
	b->cap = cap > 0 ? cap : 64;
	b->len = 0;
	b->data = arena_alloc(mem, b->cap);
}

void
buf_fixed(struct buf *b, char *data, size_t cap)
{
	b->mem = NULL;
	b->data = data;
	b->cap = cap;
	buf_clear(b);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->data[0] = '\0';
}

/* Room for len bytes and the NUL; how many of them may be written. */
static size_t
buf_room(struct buf *b, size_t len)
{
	size_t cap = b->cap;

	if (len < cap - b->len)
		return len;
	if (b->mem == NULL)
		return cap - b->len - 1;
	while (len >= cap - b->len)
		cap *= 2;
	b->data = arena_grow(b->mem, b->data, b->cap, cap);
	b->cap = cap;
	return len;
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	len = buf_room(b, len);
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_chr(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_i64(struct buf *b, int64_t n)
{
	char text[20], *p = text + sizeof(text);
	uint64_t u = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do
		*--p = (char)('0' + u % 10);
	while ((u /= 10) > 0);
	if (n < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(text + sizeof(text) - p));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	size_t room;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n > 0) {
		room = buf_room(b, (size_t)n);
		vsnprintf(b->data + b->len, room + 1, fmt, again);
		b->len += room;
	}
	va_end(again);
}

char *
hex_write(char *out, const void *data, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = data;

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	return out;
}

size_t
utf8_seq(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned char lo = 0x80, hi = 0xbf;
	size_t i, n;

	if (len == 0 || (p[0] >= 0x80 && p[0] < 0xc2) || p[0] > 0xf4)
		return 0;
	n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n > len)
		return 0;
	switch (p[0]) {	/* RFC 3629: no overlong forms, no surrogates */
	case 0xe0:
		lo = 0xa0;
		break;
	case 0xed:
		hi = 0x9f;
		break;
	case 0xf0:
		lo = 0x90;
		break;
	case 0xf4:
		hi = 0x8f;
		break;
	}
	for (i = 1; i < n; i++, lo = 0x80, hi = 0xbf)
		if (p[i] < lo || p[i] > hi)
			return 0;
	return n;
}

static void
escape(struct buf *b, unsigned char c)
{
	char text[6] = { '\\', 'u', '0', '0' };

	switch (c) {
	case '"':
	case '\\':
		text[1] = (char)c;
		break;
	case '\n':
		text[1] = 'n';
		break;
	case '\t':
		text[1] = 't';
		break;
	case '\r':
		text[1] = 'r';
		break;
	default:
		hex_write(text + 4, &c, 1);
		buf_add(b, text, 6);
		return;
	}
	buf_add(b, text, 2);
}

void
buf_json_strn(struct buf *b, const char *s, size_t len)
{
	const char *end = s + len, *from = s;
	unsigned char c;
	size_t n;

	buf_chr(b, '"');
	while (s < end) {
		c = (unsigned char)*s;
		n = c < 0x80 ? 1 : utf8_seq(s, (size_t)(end - s));
		if (n > 0 && c >= 0x20 && c != '"' && c != '\\' &&
		    c != 0x7f) {
			s += n;
			continue;
		}
		buf_add(b, from, (size_t)(s - from));
		if (n == 0)
			buf_str(b, "\xef\xbf\xbd");
		else
			escape(b, c);
		from = ++s;
	}
	buf_add(b, from, (size_t)(s - from));
	buf_chr(b, '"');
}

void
buf_json_str(struct buf *b, const char *s)
{
	if (s == NULL)
		buf_str(b, "null");
	else
		buf_json_strn(b, s, strlen(s));
}

void
buf_json_sep(struct buf *b)
{
	char last = b->len > 0 ? b->data[b->len - 1] : '{';

	if (last != '{' && last != '[')
		buf_chr(b, ',');
}

void
buf_json_key(struct buf *b, const char *key)
{
	buf_json_sep(b);
	buf_json_str(b, key);
	buf_chr(b, ':');
}
