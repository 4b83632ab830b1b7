/* SPDX-License-Identifier: MIT */
#include "lib/field.h"

#include <string.h>

#include "lib/json.h"

#define EMAIL_MAX 254	/* RFC 5321 4.5.3.1.3, less the angle brackets */
#define LABEL_MAX 63
#define URL_MAX 2048
#define COUNTRY_MIN 3
#define COUNTRY_MAX 60

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"
#define ALNUM LOWER UPPER DIGIT

/* ISO 3166-1 alpha-2: the 249 assigned codes. */
static const char countries[] =
	"AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG "
	"BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI "
	"CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH "
	"ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ "
	"GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT "
	"JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS "
	"LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU "
	"MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG "
	"PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG "
	"SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK "
	"TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU "
	"WF WS YE YT ZA ZM ZW ";

/* C0, DEL, C1 and the two Unicode line separators. */
static bool
is_control(const unsigned char *p)
{
	return p[0] < 0x20 || p[0] == 0x7f ||
	    (p[0] == 0xc2 && p[1] < 0xa0) ||
	    (p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9));
}

static bool
is_printable(const char *s, size_t len)
{
	size_t i;
	bool ink = false;

	for (i = 0; i < len; i++) {
		if (is_control((const unsigned char *)s + i))
			return false;
		ink |= s[i] != ' ';
	}
	return ink;
}

static bool
is_line(const char *s, size_t len)
{
	return len == 0 || is_printable(s, len);
}

/* A host name's label as the HTML standard has it; moves *p behind it. */
static bool
is_label(const char **p)
{
	size_t n = strspn(*p, ALNUM "-");

	if (n == 0 || n > LABEL_MAX || **p == '-' || (*p)[n - 1] == '-')
		return false;
	*p += n;
	return true;
}

/* The pattern that browsers use for <input type=email>. */
static bool
is_email(const char *s, size_t len)
{
	size_t local = strspn(s, ALNUM ".!#$%&'*+/=?^_`{|}~-");
	const char *p = s + local;

	if (len > EMAIL_MAX || local == 0 || *p != '@')
		return false;
	do {
		p++;
		if (!is_label(&p))
			return false;
	} while (*p == '.');
	return *p == '\0';
}

static bool
is_country(const char *s, size_t len)
{
	size_t n = utf8_chars(s);
	const char *p;

	if (len == 2) {
		for (p = countries; *p != '\0'; p += 3)
			if (memcmp(p, s, 2) == 0)
				return true;
		return false;
	}
	return n >= COUNTRY_MIN && n <= COUNTRY_MAX && is_printable(s, len);
}

static bool
is_slug(const char *s, size_t len)
{
	return strspn(s, LOWER DIGIT "-") == len &&
	    strpbrk(s, LOWER) != NULL;
}

static bool
is_port(const char *s, size_t len)
{
	return len == 0 || (s[0] == ':' && len > 1 && len <= 6 &&
	    strspn(s + 1, DIGIT) >= len - 1);
}

/* An absolute http or https URL (RFC 3986) without user information. */
static bool
is_url(const char *s, size_t len)
{
	static const char allowed[] = ALNUM "-._~:/?#[]@!$&'()*+,;=%";
	size_t host, authority;

	if (len > URL_MAX || strspn(s, allowed) != len)
		return false;
	if (strncmp(s, "http://", 7) == 0)
		s += 7;
	else if (strncmp(s, "https://", 8) == 0)
		s += 8;
	else
		return false;
	authority = strcspn(s, "/?#");
	if (*s == '[') {
		host = 1 + strspn(s + 1, DIGIT "abcdefABCDEF:.");
		if (host < 3 || s[host++] != ']')
			return false;
	} else if ((host = strspn(s, ALNUM "-._")) == 0)
		return false;
	return host <= authority && is_port(s + host, authority - host);
}

/* Exactly n digits as a number, moving *p behind them; -1 if there are
 * fewer. */
static int
digits(const char **p, int n)
{
	int value = 0;

	for (; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		value = value * 10 + (**p - '0');
	}
	return value;
}

static bool
is_date(const char **p)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
	    30, 31 };
	int y, m, d;
	bool leap;

	if ((y = digits(p, 4)) < 1 || *(*p)++ != '-' ||
	    (m = digits(p, 2)) < 1 || m > 12 || *(*p)++ != '-' ||
	    (d = digits(p, 2)) < 1)
		return false;
	leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	return d <= days[m - 1] + (m == 2 && leap);
}

/* 23:59:59.123456 and, as RFC 3339 has it, a leap second. */
static bool
is_time(const char **p)
{
	int h, m, s;
	size_t n;

	if ((h = digits(p, 2)) < 0 || h > 23 || *(*p)++ != ':' ||
	    (m = digits(p, 2)) < 0 || m > 59 || *(*p)++ != ':' ||
	    (s = digits(p, 2)) < 0 || s > 60 || (s == 60 && m != 59))
		return false;
	if (**p != '.')
		return true;
	n = strspn(++*p, DIGIT);
	*p += n;
	return n >= 1 && n <= 9;
}

/* PostgreSQL takes offsets below 16 hours. */
static bool
is_offset(const char **p)
{
	int h, m;

	if (**p == 'Z' || **p == 'z') {
		(*p)++;
		return true;
	}
	if (**p != '+' && **p != '-')
		return false;
	(*p)++;
	return (h = digits(p, 2)) >= 0 && h < 16 && *(*p)++ == ':' &&
	    (m = digits(p, 2)) >= 0 && m < 60;
}

static bool
is_date_time(const char *s, size_t len)
{
	const char *p = s;

	if (!is_date(&p))
		return false;
	if (*p == 'T' || *p == 't') {
		p++;
		if (!is_time(&p) || !is_offset(&p))
			return false;
	}
	return p == s + len;
}

static bool
is_day(const char *s, size_t len)
{
	const char *p = s;

	return is_date(&p) && p == s + len;
}

static bool
is_uuid(const char *s, size_t len)
{
	size_t i;

	if (len != 36)
		return false;
	for (i = 0; i < len; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s[i] != '-')
				return false;
		} else if (strchr(DIGIT "abcdefABCDEF", s[i]) == NULL)
			return false;
	return true;
}

/* Patterns are of what all engines have, RE2 too: no look-ahead; and in upper
 * case, which is what Go's clients translate. */
#define CONTROL "\\u0000-\\u001F\\u007F-\\u009F\\u2028\\u2029"

const struct field_kind kind_email = {
	.format = "email",
	.check = is_email,
	.message = "must be an e-mail address",
	.example = "alice@example.com",
};

const struct field_kind kind_country = {
	.pattern = "^([A-Z]{2}|[^" CONTROL "]{3,60})$",
	.check = is_country,
	.message = "must be an ISO 3166 alpha-2 code or a country's name",
	.example = "DE",
};

const struct field_kind kind_slug = {
	.pattern = "^[a-z0-9-]*[a-z][a-z0-9-]*$",
	.check = is_slug,
	.message = "must be of lower case letters, digits and hyphens, with a "
	    "letter among them",
	.example = "wireless-headphones",
};

const struct field_kind kind_url = {
	.format = "uri",
	.check = is_url,
	.message = "must be an absolute http or https URL",
	.example = "https://example.com/image.png",
};

const struct field_kind kind_date = {
	.format = "date",
	.check = is_day,
	.message = "must be a date, YYYY-MM-DD",
	.example = "2026-01-31",
};

const struct field_kind kind_date_time = {
	.pattern = "^\\d{4}-\\d{2}-\\d{2}([Tt]\\d{2}:\\d{2}:\\d{2}"
	    "(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2}))?$",
	.check = is_date_time,
	.message = "must be a date (2026-01-31) or a time as in RFC 3339",
	.example = "2026-01-31T12:00:00Z",
};

#define INK "[^" CONTROL "]*[^ " CONTROL "][^" CONTROL "]*"

const struct field_kind kind_printable = {
	.pattern = "^" INK "$",
	.check = is_printable,
	.message = "must be of printable characters",
	.example = "Wireless headphones",
};

const struct field_kind kind_line = {
	.pattern = "^(" INK ")?$",
	.check = is_line,
	.message = "must be one line of printable characters",
};

const struct field_kind kind_uuid = {
	.format = "uuid",
	.check = is_uuid,
	.message = "must be a UUID",
	.example = "0b8f6f0e-4c2e-4d5f-9a51-3f2b8c1d7e90",
};
