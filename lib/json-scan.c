/* SPDX-License-Identifier: MIT */
#include "lib/json-private.h"

#include <string.h>

#include "lib/json.h"

struct scan {
	const char *p, *end, *why;
	int depth;
	size_t members;
};

static bool value(struct scan *s);

static bool
no(struct scan *s, const char *why)
{
	if (s->why == NULL)
		s->why = why;
	return false;
}

static void
space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' ||
	    *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool
take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool
digits(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > from;
}

static bool
number(struct scan *s)
{
	take(s, '-');
	if (!take(s, '0') && !digits(s))
		return no(s, "a number is malformed");
	if (take(s, '.') && !digits(s))
		return no(s, "a number is malformed");
	if (take(s, 'e') || take(s, 'E')) {
		if (!take(s, '+'))
			take(s, '-');
		if (!digits(s))
			return no(s, "a number is malformed");
	}
	return true;
}

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

/* The four digits behind \u, or -1. */
static int
unit(struct scan *s)
{
	int i, d, n = 0;

	if (s->end - s->p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		if ((d = hex(*s->p++)) < 0)
			return -1;
		n = n * 16 + d;
	}
	return n;
}

static bool
escape(struct scan *s)
{
	int n;

	if (s->p == s->end)
		return no(s, "a string does not end");
	if (*s->p != 'u') {
		if (*s->p == '\0' || strchr("\"\\/bfnrt", *s->p) == NULL)
			return no(s, "an escape is unknown");
		s->p++;
		return true;
	}
	s->p++;
	if ((n = unit(s)) < 0)
		return no(s, "an escape is malformed");
	if (n == 0)
		return no(s, "a string holds a NUL");
	if (n >= 0xd800 && n <= 0xdbff) {
		if (!take(s, '\\') || !take(s, 'u') ||
		    (n = unit(s)) < 0xdc00 || n > 0xdfff)
			return no(s, "a surrogate stands alone");
	} else if (n >= 0xdc00 && n <= 0xdfff)
		return no(s, "a surrogate stands alone");
	return true;
}

static bool
string(struct scan *s)
{
	if (!take(s, '"'))
		return no(s, "a string is missing");
	while (s->p < s->end) {
		char c = *s->p++;

		if (c == '"')
			return true;
		if ((unsigned char)c < 0x20)
			return no(s, "a string holds a control character");
		if (c == '\\' && !escape(s))
			return false;
	}
	return no(s, "a string does not end");
}

static bool
member(struct scan *s)
{
	space(s);
	if (!string(s))
		return false;
	space(s);
	if (!take(s, ':'))
		return no(s, "a colon is missing");
	s->members++;
	return value(s);
}

/* The inside of an object or an array, up to its closing bracket. */
static bool
inside(struct scan *s, char close, bool (*each)(struct scan *))
{
	if (++s->depth > JSON_DEPTH)
		return no(s, "it is nested too deeply");
	space(s);
	if (!take(s, close)) {
		do {
			if (!each(s))
				return false;
			space(s);
		} while (take(s, ','));
		if (!take(s, close))
			return no(s, "a comma or a bracket is missing");
	}
	s->depth--;
	return true;
}

static bool
word(struct scan *s, const char *w)
{
	size_t len = strlen(w);

	if ((size_t)(s->end - s->p) < len || memcmp(s->p, w, len) != 0)
		return no(s, "a value is malformed");
	s->p += len;
	return true;
}

static bool
value(struct scan *s)
{
	space(s);
	if (s->p == s->end)
		return no(s, "it ends too early");
	switch (*s->p) {
	case '{':
		s->p++;
		return inside(s, '}', member);
	case '[':
		s->p++;
		return inside(s, ']', value);
	case '"':
		return string(s);
	case 't':
		return word(s, "true");
	case 'f':
		return word(s, "false");
	case 'n':
		return word(s, "null");
	default:
		if (*s->p != '-' && (*s->p < '0' || *s->p > '9'))
			return no(s, "a value is malformed");
		return number(s);
	}
}

bool
json_scan(const char *text, size_t len, size_t *members_r,
    const char **why_r)
{
	struct scan s = { .p = text, .end = text + len };
	bool ok;

	if (!utf8_valid(text, len))
		ok = no(&s, "it is not valid UTF-8");
	else if ((ok = value(&s))) {
		space(&s);
		if (s.p != s.end)
			ok = no(&s, "something follows the value");
	}
	*members_r = s.members;
	*why_r = s.why;
	return ok;
}

static void
put_utf8(char *p, unsigned c)
{
	p[0] = (char)(0xf0 | c >> 18);
	p[1] = (char)(0x80 | (c >> 12 & 0x3f));
	p[2] = (char)(0x80 | (c >> 6 & 0x3f));
	p[3] = (char)(0x80 | (c & 0x3f));
}

size_t
json_join(char *text, size_t len)
{
	struct scan s = { .p = text, .end = text + len };
	char *out = text;
	unsigned hi;

	while (s.p < s.end) {
		char c = *s.p++;

		*out++ = c;
		if (c != '\\')
			continue;
		c = *s.p++;
		*out++ = c;
		if (c != 'u')
			continue;
		hi = (unsigned)unit(&s);
		if (hi >= 0xd800 && hi <= 0xdbff) {
			s.p += 2;	/* backslash, u */
			put_utf8(out - 2, 0x10000 + ((hi - 0xd800) << 10) +
			    ((unsigned)unit(&s) - 0xdc00));
			out += 2;
		} else {
			memmove(out, s.p - 4, 4);
			out += 4;
		}
	}
	return (size_t)(out - text);
}

const char *
json_scan_number(const char *p, const char *end, size_t *len_r)
{
	struct scan s = { .p = p, .end = end };
	const char *from;

	while (s.p < end && *s.p != '-' && (*s.p < '0' || *s.p > '9')) {
		if (*s.p == '"')
			string(&s);
		else
			s.p++;
	}
	if (s.p == end)
		return NULL;
	from = s.p;
	number(&s);
	*len_r = (size_t)(s.p - from);
	return from;
}
