/* SPDX-License-Identifier: MIT */
#include "lib/pg-private.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/worker.h"

/* What is known of statements, connections and errors without asking
 * libpq. */

static pg_error_map *error_map;

extern const struct stmt *const __start_stmts[];
extern const struct stmt *const __stop_stmts[];

size_t
stmt_all(const struct stmt *const **list_r)
{
	*list_r = __start_stmts;
	return (size_t)(__stop_stmts - __start_stmts);
}

void
pg_set_error_map(pg_error_map *map)
{
	error_map = map;
}

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
	    "25006", "25P03" };

	if (strncmp(state, "22", 2) == 0)
		return &E_VALIDATION_FAILED;
	for (size_t i = 0; i < sizeof(away) / sizeof(away[0]); i++)
		if (strncmp(state, away[i], strlen(away[i])) == 0)
			return &E_UNAVAILABLE;
	return &E_INTERNAL;
}

bool
pg_session_is_stale(const struct err *e)
{
	return strcmp(e->sqlstate, "26000") == 0 ||
	    strcmp(e->sqlstate, "25006") == 0 ||
	    (strcmp(e->sqlstate, "0A000") == 0 && e->internal != NULL &&
	    strstr(e->internal, "cached plan") != NULL);
}

enum pg_outcome
pg_error_set(const struct pg_error *pe, const char *where, struct err *e)
{
	const struct err_kind *kind = NULL;
	const char *detail = NULL, *members = NULL;

	if (e->kind != NULL)
		return PG_FAILED;
	if (error_map != NULL)
		kind = error_map(pe, e->mem, &detail, &members);
	if (kind == NULL)
		kind = pg_kind_by_class(pe->sqlstate);
	err_set(e, kind, where, "%s", detail != NULL ? detail : "");
	strncpy(e->sqlstate, pe->sqlstate, sizeof(e->sqlstate) - 1);
	if (detail == NULL || *detail == '\0')
		e->detail = NULL;
	if (members != NULL && *members != '\0')
		e->members = arena_strdup(e->mem, members);
	e->internal = arena_printf(e->mem, "%s: %s", pe->stmt,
	    pe->message != NULL ? pe->message : "?");
	if (strcmp(pe->sqlstate, "40001") == 0 ||
	    strcmp(pe->sqlstate, "40P01") == 0)
		return PG_AGAIN;
	return PG_FAILED;
}

void
pg_say(void *arg, const char *text)
{
	(void)arg;
	log_msg(LOG_WARN, "the database warns", LS("text", text), NULL);
}

int
pg_wait(int fd, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int rc;

	do {
		left = deadline_ms - now_ms();
		if (left <= 0)
			return -1;
		rc = poll(&p, 1, (int)left);
	} while (rc == -1 && errno == EINTR);
	return rc > 0 ? 0 : -1;
}
