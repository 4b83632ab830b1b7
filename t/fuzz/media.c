/* SPDX-License-Identifier: MIT */
#include "t/fuzz/help/fuzz.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/media.h"

/*
 * Media types: an Accept header with one more range than it had, of which
 * it is known what follows; and types of bodies in another spelling.
 */

static bool
with(struct arena *mem, const char *before, const char *text,
    const char *after)
{
	return media_accepts_json(arena_printf(mem, "%s%s%s", before, text,
	    after));
}

static void
ranges(struct arena *mem, const char *text)
{
	bool taken = media_accepts_json(text);

	must(with(mem, "application/json, ", text, ""));
	must(with(mem, "", text, ",application/problem+json;q=0.001"));
	if (*text == '\0')
		return;
	/* The loosest range that there is changes nothing for the worse, and
	 * one that is about other types nothing at all. */
	must(with(mem, "", text, ", */*;q=0") == taken);
	must(with(mem, "", text, ", text/html") == taken);
	must(with(mem, "image/*;q=0 ,\t", text, "") == taken);
	must(!taken || with(mem, "", text, ",*/*"));
}

static char *
upper(struct arena *mem, const char *text)
{
	char *s = arena_strdup(mem, text);

	for (char *p = s; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return s;
}

static void
types(struct arena *mem, const char *text)
{
	bool json = media_is_json(text);

	must(media_is_json(upper(mem, text)) == json);
	must(!json || !media_is(text, "application/x-www-form-urlencoded"));
	must(!media_is(text, "application/json") || json ||
	    strcasestr(text, "charset=") != NULL);
	/* In a list, a comma would end it. */
	must(!json || strchr(text, ',') != NULL ||
	    media_accepts_json(arena_strndup(mem, text,
	    strcspn(text, "; \t"))));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = fuzz_arena();
	const char *text = fuzz_text(data, size, mem);

	ranges(mem, text);
	types(mem, text);
	arena_free(mem);
	return 0;
}
