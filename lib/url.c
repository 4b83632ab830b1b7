/* SPDX-License-Identifier: MIT */
#include "lib/http.h"

#include <string.h>

#include "lib/json.h"

static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789-_";

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

char *
url_decode(struct arena *mem, const char *s, size_t len, bool plus)
{
	char *out = arena_alloc(mem, len + 1), *p = out;
	size_t i;
	int hi, lo;

	for (i = 0; i < len; i++) {
		if (s[i] == '%') {
			if (len - i < 3 || (hi = hex(s[i + 1])) < 0 ||
			    (lo = hex(s[i + 2])) < 0)
				return NULL;
			*p++ = (char)(hi * 16 + lo);
			i += 2;
		} else
			*p++ = plus && s[i] == '+' ? ' ' : s[i];
	}
	*p = '\0';
	return utf8_valid(out, (size_t)(p - out)) ? out : NULL;
}

void
url_encode(struct buf *out, const char *s)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char c;

	for (; *s != '\0'; s++) {
		c = (unsigned char)*s;
		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || strchr("-._~", c) != NULL)
			buf_chr(out, *s);
		else {
			buf_chr(out, '%');
			buf_chr(out, digits[c >> 4]);
			buf_chr(out, digits[c & 15]);
		}
	}
}

void
b64url_encode(struct buf *out, const void *data, size_t len)
{
	const unsigned char *p = data;
	unsigned bits = 0;
	int n = 0;	/* bits not yet written */

	for (; len > 0; len--) {
		bits = bits << 8 | *p++;
		for (n += 8; n >= 6; n -= 6)
			buf_chr(out, b64[bits >> (n - 6) & 63]);
	}
	if (n > 0)
		buf_chr(out, b64[bits << (6 - n) & 63]);
}

void *
b64url_decode(struct arena *mem, const char *s, size_t *len_r)
{
	size_t len = strlen(s);
	unsigned char *out = arena_alloc(mem, len + 1), *p = out;
	const char *at;
	unsigned bits = 0;
	int n = 0;	/* bits not yet taken */

	for (; *s != '\0'; s++) {
		if ((at = strchr(b64, *s)) == NULL)
			return NULL;
		bits = bits << 6 | (unsigned)(at - b64);
		if ((n += 6) >= 8) {
			n -= 8;
			*p++ = (unsigned char)(bits >> n);
		}
	}
	/* What is left must be padding: one text for each value. */
	if (len % 4 == 1 || (bits & ((1u << n) - 1)) != 0)
		return NULL;
	*p = '\0';
	*len_r = (size_t)(p - out);
	return out;
}
