/* SPDX-License-Identifier: MIT */
#ifndef LIB_PG_H
#define LIB_PG_H

/*
 * One connection to PostgreSQL, always in pipeline mode, never blocking
 * beyond a deadline.  Transactions are in lib/tx.h; this header holds what
 * statements, parameters and rows look like.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct err;
struct pg;

/*
 * A statement: its name is also the server-side name.  STMT() lists it in
 * the section "stmts", so that a test prepares every statement of the
 * program against the migrated schema.
 */
struct stmt { const char *name, *sql, *where; };

#define STMT(id, text)							\
	static const struct stmt id = { #id, text, __FILE__ };		\
	static const struct stmt *const id##_listed			\
	    __attribute__((section("stmts"), used)) = &id

size_t stmt_all(const struct stmt *const **list_r);

/* A parameter: text, or len bytes in the binary format if that is not 0.
 * value NULL is SQL NULL. */
struct pgv { const char *value; char num[24]; int len; };

struct pgv pg_i64(int64_t n);
struct pgv pg_bool(bool b);
struct pgv pg_text(const char *s);	/* not copied; NULL: SQL NULL */
struct pgv pg_null(void);
struct pgv pg_i64s(struct arena *mem, const int64_t *v, size_t n);
struct pgv pg_texts(struct arena *mem, const char *const *v, size_t n);

/* Result rows.  n is the number of rows, affected the count of the command
 * tag.  Valid until the arena of the transaction is rewound or reset.  What
 * belongs to the first row but came by another statement of its flight: more
 * JSON members, or NULL, and a mark that changes with them, or 0. */
struct rows {
	void *res;
	int n;
	int64_t affected;
	const char *more;
	uint32_t mark;
};

bool rows_null(const struct rows *rs, int row, const char *col);
int64_t rows_i64(const struct rows *rs, int row, const char *col);
bool rows_bool(const struct rows *rs, int row, const char *col);
const char *rows_text(const struct rows *rs, int row, const char *col);
/* The first column of the first row, for a query of one value. */
int64_t rows_first_i64(const struct rows *rs);
const char *rows_first_text(const struct rows *rs);
bool rows_has(const struct rows *rs, const char *col);

/*
 * The SELECT list is the response: one JSON object of a row; column alias =
 * key, column type = JSON type (integers, bool, json verbatim, timestamptz
 * as RFC 3339 UTC with Z, all else a string).  Columns whose name begins
 * with '_' are for the program and are left out.  Of a column named
 * "x__admin" the key is x, and it is written only if admin is true.
 */
void rows_json(const struct rows *rs, int row, bool admin, struct buf *out);

/* The JSON value of one column. */
void rows_value(const struct rows *rs, int row, const char *col,
    struct buf *out);

/* The members only, without the braces. */
void rows_members(const struct rows *rs, int row, bool admin,
    struct buf *out);

/*
 * Translates a database error into a kind: first the registered function
 * (constraint names and the application's own SQLSTATE), then by class.
 * Returns the kind, or NULL for the default.  It may set *detail_r,
 * *members_r (JSON members), also from mem.
 */
struct pg_error {
	const char *sqlstate, *constraint, *message, *detail, *hint, *stmt;
};
typedef const struct err_kind *pg_error_map(const struct pg_error *e,
    struct arena *mem, const char **detail_r, const char **members_r);
void pg_set_error_map(pg_error_map *map);

/* A connection object; connects on first use.  url is a libpq URI. */
struct pg *pg_new(const char *url);

/*
 * From the next connection on, statements are planned for each execution: a
 * plan kept for all of them was made for the tables as they were then.  For
 * batches, which gain more by a good plan than a planner's millisecond.
 */
void pg_plan_anew(struct pg *pg);
void pg_free(struct pg *pg);

/* True if connected; false tells that the next use will try to connect. */
bool pg_connected(const struct pg *pg);
void pg_disconnect(struct pg *pg);

/* The socket, or -1, for poll() by the jobs process. */
int pg_socket(const struct pg *pg);

/* Statements sent and flights (round trips) since the last pg_count_reset, for
 * the log and the metrics. */
struct pg_count { unsigned stmts, flights; };
struct pg_count pg_count(const struct pg *pg);
void pg_count_reset(struct pg *pg);

/* LISTEN: true if a notification came in since the last call. */
bool pg_notified(struct pg *pg);

/*
 * Run a script of several statements in one simple query outside of any
 * transaction of ours (migrations, LISTEN).  Waits at most timeout_ms.
 */
int pg_script(struct pg *pg, struct err *e, const char *sql, int timeout_ms);

#endif
