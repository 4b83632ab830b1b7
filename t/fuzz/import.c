/* SPDX-License-Identifier: MIT */
#include "t/fuzz/help/fuzz.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/json.h"

#include "app/catalog/import.h"

/*
 * A file for `shopd import`, JSON or CSV: it comes to an end, and each row
 * is either good, and then inside all bounds of a create body, or has a
 * reason.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = fuzz_arena();
	char *text = arena_alloc(mem, size + 1);
	struct import_file f;
	const char *json, *why;
	size_t rows = 0;
	int rc = 0;

	memcpy(text, data, size);
	if (import_open(&f, text, size, mem, &why) == -1)
		must(why != NULL);
	else
		while ((rc = import_next(&f, mem, &json, &why)) == 1) {
			struct import_row row = { .number = f.rows };

			must(++rows <= size && f.pos <= size);
			must((json == NULL) == (why != NULL));
			if (json == NULL)
				continue;
			import_read(json, mem, &row);
			if (row.why != NULL)
				continue;
			must(json_parse(json, strlen(json), mem, &why) !=
			    NULL);
			fuzz_input(&product_in_table, &row.in);
			must(row.category == NULL || *row.category != '\0');
		}
	must(rc != -1 || why != NULL);
	arena_free(mem);
	return 0;
}
