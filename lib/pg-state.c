/* SPDX-License-Identifier: MIT */
#include "lib/pg-private.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

/* What is known of a connection without asking libpq. */

static size_t
slot_of(const struct stmt *st)
{
	return ((uintptr_t)st / sizeof(*st) * 2654435761u) % PG_SEEN;
}

bool
pg_is_prepared(const struct pg_seen *seen, const struct stmt *st)
{
	size_t i = slot_of(st);

	for (; seen->st[i] != NULL; i = (i + 1) % PG_SEEN)
		if (seen->st[i] == st)
			return true;
	return false;
}

void
pg_mark_prepared(struct pg_seen *seen, const struct stmt *st)
{
	size_t i = slot_of(st);

	while (seen->st[i] != NULL && seen->st[i] != st)
		i = (i + 1) % PG_SEEN;
	/* A full table would be searched for ever. */
	if (seen->st[i] == NULL && ++seen->n == PG_SEEN)
		abort();
	seen->st[i] = st;
}

const struct err_kind *
pg_kind_by_class(const char *state)
{
	static const char *const away[] = { "08", "53", "57", "40", "55P03",
	    "25006" };

	if (strncmp(state, "22", 2) == 0)
		return &E_VALIDATION_FAILED;
	for (size_t i = 0; i < sizeof(away) / sizeof(away[0]); i++)
		if (strncmp(state, away[i], strlen(away[i])) == 0)
			return &E_UNAVAILABLE;
	return &E_INTERNAL;
}

bool
pg_plan_is_stale(const struct err *e)
{
	return strcmp(e->sqlstate, "26000") == 0 ||
	    (strcmp(e->sqlstate, "0A000") == 0 && e->internal != NULL &&
	    strstr(e->internal, "cached plan") != NULL);
}
