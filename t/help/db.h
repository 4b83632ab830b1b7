/* SPDX-License-Identifier: MIT */
#ifndef T_HELP_DB_H
#define T_HELP_DB_H

/*
 * The database of the test run (DATABASE_URL, role shopd; t/pg.sh makes it).
 * Every process has its own connection, opened on first use, so after any
 * fork. Anything that fails here fails the test.
 */

#include <stdint.h>

#include "lib/tx.h"

/* The arena and the connection of this process; what the configuration and
 * the token secret need is set up, too. */
struct arena *db_mem(void);
struct pg *db_pg(void);

/* Run SQL, outside of any test's transaction. */
void db_exec(const char *sql, ...) __attribute__((format(printf, 1, 2)));
int64_t db_i64(const char *sql, ...) __attribute__((format(printf, 1, 2)));
/* In db_mem(); NULL for SQL NULL or no row. */
const char *db_text(const char *sql, ...)
    __attribute__((format(printf, 1, 2)));

/* A transaction that is rolled back by db_rollback(): for t/domain. It has
 * no user. */
struct tx *db_begin(void);
void db_rollback(struct tx *tx);

/* A user of one's own with an open session and an access token. */
struct persona { int64_t id, session; const char *token, *email; };
struct persona persona_new(bool admin);

/* A category, a product with one variant in stock; ids. */
struct goods { int64_t product, variant; };
struct goods goods_new(int64_t price_cents, int64_t stock);

#endif
