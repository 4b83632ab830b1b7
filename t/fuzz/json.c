/* SPDX-License-Identifier: MIT */
#include "t/fuzz/help/fuzz.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/json.h"

/*
 * JSON: the same texts are JSON as for jansson, what comes out means the
 * same to it, and printing is stable.
 */

static size_t
depth(const struct json *j)
{
	size_t i, d, deepest = 0;

	if (json_type(j) != JSON_ARRAY && json_type(j) != JSON_OBJECT)
		return 0;
	for (i = 0; i < json_len(j); i++)
		if ((d = depth(json_at(j, i))) > deepest)
			deepest = d;
	return deepest + 1;
}

static void
look(const struct json *j)
{
	size_t i, len;
	int64_t n;

	switch (json_type(j)) {
	case JSON_NUMBER:
		if (json_i64(j, &n))
			must(strspn(json_number(j), "-0123456789") ==
			    strlen(json_number(j)));
		break;
	case JSON_STRING:
		must(strlen(json_string(j, &len)) == len);
		must(utf8_valid(json_string(j, NULL), len));
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		for (i = 0; i < json_len(j); i++) {
			if (json_type(j) == JSON_OBJECT)
				must(json_get(j, json_key(j, i)) ==
				    json_at(j, i));
			look(json_at(j, i));
		}
		break;
	case JSON_NULL:
	case JSON_BOOL:
		break;
	}
}

static bool
too_deep(const char *s, size_t len)
{
	size_t i, d = 0;

	for (i = 0; i < len; i++)
		d += s[i] == '[' || s[i] == '{';
	return d > 16;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = fuzz_arena();
	const char *text = (const char *)data, *why = NULL, *out;
	const struct json *j = json_parse(text, size, mem, &why), *again;
	int other = other_json(text, size);

	if (j == NULL) {
		must(why != NULL);
		must(other != 1 || too_deep(text, size));
	} else {
		must(other != 0);
		must(depth(j) <= 16);
		look(j);
		out = json_text(j, mem);
		if (other == 1)
			must(other_json_equal(arena_strndup(mem, text, size),
			    out));
		again = json_parse(out, strlen(out), mem, &why);
		must(again != NULL);
		must(strcmp(json_text(again, mem), out) == 0);
	}
	arena_free(mem);
	return 0;
}
