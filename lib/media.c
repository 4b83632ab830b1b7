/* SPDX-License-Identifier: MIT */
#include "lib/media.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static bool
same(const char *s, size_t len, const char *want)
{
	return strlen(want) == len && strncasecmp(s, want, len) == 0;
}

bool
media_is(const char *type, const char *want)
{
	return type != NULL && same(type, strcspn(type, "; \t"), want);
}

static bool
is_json(const char *s, size_t len)
{
	return same(s, len, "application/json") || (len > 17 &&
	    strncasecmp(s, "application/", 12) == 0 &&
	    strncasecmp(s + len - 5, "+json", 5) == 0);
}

bool
media_is_json(const char *type)
{
	const char *charset = type != NULL ? strcasestr(type, "charset=") :
	    NULL;

	if (charset != NULL) {
		charset += 8 + (charset[8] == '"');
		if (!same(charset, strcspn(charset, "\"; \t"), "utf-8"))
			return false;
	}
	return type != NULL && is_json(type, strcspn(type, "; \t"));
}

/* How closely a range fits JSON; 0: not at all. */
static int
closeness(const char *s, size_t len)
{
	return is_json(s, len) ? 3 : same(s, len, "application/*") ? 2 :
	    same(s, len, "*/*");
}

/* A weight of 0, 0., 0.0... among the parameters up to end. */
static bool
refused(const char *s, const char *end)
{
	for (; s < end; s++) {
		if (*s != ';')
			continue;
		do
			s++;
		while (s < end && (*s == ' ' || *s == '\t'));
		if (end - s >= 3 && strncasecmp(s, "q=0", 3) == 0)
			return (size_t)(end - s) <= 3 + strspn(s + 3, ".0 \t");
	}
	return false;
}

bool
media_accepts_json(const char *accept)
{
	int best = 0, fit;
	bool taken = false;
	const char *s, *end;

	if (accept == NULL || *accept == '\0')
		return true;
	for (s = accept; *s != '\0'; s = end + (*end == ',')) {
		s += strspn(s, " \t");
		end = s + strcspn(s, ",");
		fit = closeness(s, strcspn(s, ",; \t"));
		if (fit > best) {
			best = fit;
			taken = false;
		}
		if (fit > 0 && fit == best && !refused(s, end))
			taken = true;
	}
	return taken;
}
