/* SPDX-License-Identifier: MIT */
#include "lib/json.h"

#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
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

static int shop_decimals = 2;

int
money_decimals(const char *currency)
{
	static const char none[] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF "
	    "UGX UYI VND VUV XAF XOF XPF ";
	static const char three[] = "BHD IQD JOD KWD LYD OMR TND ";

	if (currency == NULL)
		return shop_decimals;
	if (strlen(currency) != 3 || strchr(currency, ' ') != NULL)
		return 2;
	return strstr(none, currency) != NULL ? 0 :
	    strstr(three, currency) != NULL ? 3 : 2;
}

void
money_currency(const char *currency)
{
	shop_decimals = money_decimals(currency);
}

bool
money_parse(const char *s, int64_t *minor_r)
{
	bool minus = *s == '-';
	const char *p;
	uint64_t n;
	int i;

	if (!natural(s + minus, &n, &p))
		return false;
	if (*p == '.' && (shop_decimals == 0 || p[1] < '0' || p[1] > '9'))
		return false;
	p += *p == '.';
	for (i = 0; i < shop_decimals; i++) {
		if (n > INT64_MAX / 10)
			return false;
		n = n * 10 + (*p >= '0' && *p <= '9' ?
		    (uint64_t)(*p++ - '0') : 0);
	}
	if (*p != '\0' || n > INT64_MAX || (minus && n == 0))
		return false;
	*minor_r = minus ? -(int64_t)n : (int64_t)n;
	return true;
}

const char *
money_decimal(struct arena *mem, int64_t minor, int decimals)
{
	uint64_t n = minor < 0 ? -(uint64_t)minor : (uint64_t)minor, unit = 1;
	const char *sign = minor < 0 ? "-" : "";

	if (decimals == 0)
		return arena_printf(mem, "%s%" PRIu64, sign, n);
	for (int i = 0; i < decimals; i++)
		unit *= 10;
	return arena_printf(mem, "%s%" PRIu64 ".%0*" PRIu64, sign, n / unit,
	    decimals, n % unit);
}
