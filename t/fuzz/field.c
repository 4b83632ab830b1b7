/* SPDX-License-Identifier: MIT */
#include "t/fuzz/help/fuzz.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"

#include "app/routes.h"

/*
 * Bodies against the real input tables: the first byte picks the row.  What
 * is taken lies inside the bounds of its rows, what is refused has a problem
 * document that is JSON, and it is malformed if and only if it is not a JSON
 * object.
 */

static const struct route *
pick(uint8_t n)
{
	static const struct route *with[256];
	static size_t count;

	for (size_t i = 0; count == 0 && i < routes.n; i++)
		if (routes.routes[i].body != NULL)
			with[count++ % 256] = &routes.routes[i];
	return with[n % count];
}

static void
body(const struct route *r, const char *text, size_t size,
    struct arena *mem)
{
	const struct json *j;
	const char *why;
	struct err e;
	void *in = arena_alloc(mem, r->body->size);
	bool empty_ok = (r->flags & R_EMPTY_OK) != 0;
	int rc;

	err_init(&e, mem);
	rc = field_body(r->body, text, size, empty_ok, mem, &e, in);
	must((rc == 0) == (e.kind == NULL));
	if (rc == 0) {
		fuzz_input(r->body, in);
		return;
	}
	fuzz_problem(&e, mem);
	if (size == 0)
		return;
	j = json_parse(text, size, mem, &why);
	must((e.kind == &E_MALFORMED_JSON) ==
	    (j == NULL || json_type(j) != JSON_OBJECT));
	must((e.kind == &E_MALFORMED_JSON) == (e.items == NULL));
}

static void
form(const struct route *r, const char *text, size_t size,
    struct arena *mem)
{
	struct err e;
	void *in = arena_alloc(mem, r->body->size);

	err_init(&e, mem);
	if (field_form(r->body, text, size, mem, &e, in) == 0)
		fuzz_input(r->body, in);
	else
		fuzz_problem(&e, mem);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem;
	const struct route *r;

	if (size == 0)
		return 0;
	mem = fuzz_arena();
	r = pick(data[0]);
	body(r, (const char *)data + 1, size - 1, mem);
	form(r, (const char *)data + 1, size - 1, mem);
	arena_free(mem);
	return 0;
}
