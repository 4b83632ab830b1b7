/* SPDX-License-Identifier: MIT */
#ifndef APP_ADMIN_CHECK_H
#define APP_ADMIN_CHECK_H

#include <stddef.h>
#include <stdint.h>

struct stmt;
struct tx;

/*
 * The invariants that must hold after every commit, as queries for what
 * violates them. Each returns one row: count, and first (a few offenders).
 */
struct invariant { const char *name; const struct stmt *st; };

/* All of them; ended by a NULL name. */
const struct invariant *check_list(void);

/* Ask one; the transaction should be a snapshot (check_snapshot). */
int check_one(struct tx *tx, const struct invariant *inv, int64_t *count_r,
    const char **first_r);

/* Make the transaction one read-only snapshot without time-outs. */
int check_snapshot(struct tx *tx);

#endif
