/* SPDX-License-Identifier: MIT */
#ifndef LIB_PG_PRIVATE_H
#define LIB_PG_PRIVATE_H

/* What lib/tx.c and lib/row.c see of a connection, beyond lib/pg.h. */

#include "lib/pg.h"

enum pg_outcome {
	PG_OK,
	PG_FAILED,	/* the error is set; the connection lives */
	PG_AGAIN,	/* the same, and running it again may help */
	PG_LOST		/* the connection is gone */
};

/* Queue one statement of the next flight; rs may be NULL.  Connects first
 * if needed.  -1 with E_UNAVAILABLE if there is no connection. */
int pg_queue(struct pg *pg, struct err *e, int64_t deadline_ms,
    const struct stmt *st, const struct pgv *v, size_t n, struct rows *rs);

/* Send the queue, wait for all results; they are cleared with mem. */
enum pg_outcome pg_flight(struct pg *pg, struct arena *mem, struct err *e,
    int64_t deadline_ms);

/* The server is inside of a transaction (also a failed one). */
bool pg_in_tx(const struct pg *pg);

/* The command tag of a result. */
const char *pg_tag(const struct rows *rs);

/* Wait until poll() says something of fd; -1 after the deadline. */
int pg_wait(int fd, short events, int64_t deadline_ms);

/* The statements that a connection has prepared. */
#define PG_SEEN 1024
struct pg_seen { const struct stmt *st[PG_SEEN]; size_t n; };
bool pg_is_prepared(const struct pg_seen *seen, const struct stmt *st);
void pg_mark_prepared(struct pg_seen *seen, const struct stmt *st);

/* Set what the server said of a statement (made at where), unless there is
 * an error already; how things stand with the transaction. */
enum pg_outcome pg_error_set(const struct pg_error *pe, const char *where,
    struct err *e);

/* What the server says besides (libpq's PQnoticeProcessor), for the log. */
void pg_say(void *arg, const char *text);

/* The kind of an SQLSTATE that no constraint and no refuse() explains. */
const struct err_kind *pg_kind_by_class(const char *sqlstate);

/* The server has forgotten the statement, or its plan no longer fits after
 * a migration, or the session is read-only, which another one may not be:
 * a new connection may do better. */
bool pg_session_is_stale(const struct err *e);

/* One value of a result, for lib/row.c. */
int res_cols(const void *res);
const char *res_name(const void *res, int col);
unsigned res_type(const void *res, int col);
const char *res_value(const void *res, int row, int col);
bool res_null(const void *res, int row, int col);
int res_col(const void *res, const char *name);

#endif
