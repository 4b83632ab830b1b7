/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <jansson.h>

#include "t/fuzz/help/fuzz.h"

#define FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_ANY)

int
other_json(const char *text, size_t len)
{
	json_error_t e;
	json_t *j;

	/* It takes one behind a value for the end. */
	if (memchr(text, '\0', len) != NULL)
		return 0;
	j = json_loadb(text, len, FLAGS, &e);
	if (j != NULL) {
		json_decref(j);
		return 1;
	}
	return json_error_code(&e) == json_error_numeric_overflow ? -1 : 0;
}

bool
other_json_equal(const char *a, const char *b)
{
	json_error_t e;
	json_t *x = json_loadb(a, strlen(a), FLAGS, &e);
	json_t *y = json_loadb(b, strlen(b), FLAGS, &e);
	bool equal = x != NULL && y != NULL && json_equal(x, y);

	json_decref(x);
	json_decref(y);
	return equal;
}
