/* SPDX-License-Identifier: MIT */
#include "lib/json.h"

#include <string.h>

#include "lib/buf.h"

bool
utf8_valid(const char *s, size_t len)
{
	size_t n, i = 0;

	while (i < len) {
		n = (unsigned char)s[i] < 0x80 ? 1 :
		    utf8_seq(s + i, len - i);
		if (n == 0 || s[i] == '\0')
			return false;
		i += n;
	}
	return true;
}

size_t
utf8_chars(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* The digits at s, one at least and no leading zero, as a number; the rest
 * in *end_r. */
static bool
natural(const char *s, uint64_t *n_r, const char **end_r)
{
	uint64_t n = 0;

	if (*s < '0' || *s > '9' || (s[0] == '0' && s[1] >= '0' &&
	    s[1] <= '9'))
		return false;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*s - '0'), &n))
			return false;
	*n_r = n;
	*end_r = s;
	return true;
}

bool
i64_parse(const char *s, int64_t *n_r)
{
	bool minus = *s == '-';
	const char *end;
	uint64_t n;

	if (!natural(s + minus, &n, &end) || *end != '\0')
		return false;
	if (minus && n == 0)
		return false;
	if (n > (uint64_t)INT64_MAX + minus)
		return false;
	*n_r = minus ? (int64_t)(0 - n) : (int64_t)n;
	return true;
}

bool
money_parse(const char *s, int64_t *cents_r)
{
	bool minus = *s == '-';
	const char *p;
	uint64_t n;
	int i;

	if (!natural(s + minus, &n, &p) || n > INT64_MAX / 100)
		return false;
	if (*p == '.' && (p[1] < '0' || p[1] > '9'))
		return false;
	p += *p == '.';
	for (i = 0; i < 2; i++)
		n = n * 10 + (*p >= '0' && *p <= '9' ?
		    (uint64_t)(*p++ - '0') : 0);
	if (*p != '\0' || n > INT64_MAX || (minus && n == 0))
		return false;
	*cents_r = minus ? -(int64_t)n : (int64_t)n;
	return true;
}
