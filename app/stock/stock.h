/* SPDX-License-Identifier: MIT */
#ifndef APP_STOCK_STOCK_H
#define APP_STOCK_STOCK_H

#include <stddef.h>
#include <stdint.h>

struct tx;
struct rows;

/*
 * Stock moves here and nowhere else: each function changes inventory rows
 * and writes the ledger in one statement. Locks inventory rows in
 * variant_id order; callers come here last (lock order: idempotency key,
 * cart, order, payment, inventory).
 */

/* Queue the inventory rows of new variants, with their first ledger rows. */
void stock_init(struct tx *tx, const int64_t *variants,
    const int64_t *available, size_t n);

/* Set what can be sold to an exact number. E_NOT_FOUND. */
int stock_set(struct tx *tx, int64_t variant_id, int64_t available,
    const char *reason);

/* Add (or take) units. E_INSUFFICIENT_STOCK below zero, E_NOT_FOUND. */
int stock_add(struct tx *tx, int64_t variant_id, int64_t delta,
    const char *reason);

/*
 * Queue: available -q, reserved +q for each variant (ids ascending, no
 * duplicates). Not enough anywhere: the flight fails with
 * E_INSUFFICIENT_STOCK and nothing has changed.
 */
void stock_reserve(struct tx *tx, int64_t order_id, const int64_t *variants,
    const int64_t *quantities, size_t n);

/* Queue: what the orders (ids) hold goes back to available. */
void stock_release(struct tx *tx, const int64_t *orders, size_t n);

/* Queue: what the order holds has left the house. */
void stock_ship(struct tx *tx, int64_t order_id);

/* Queue: a product that is about to be deleted for good has no stock; its
 * ledger ends at zero. */
void stock_drop(struct tx *tx, int64_t product);

/* The part of the ledger that the next two million movements need is made,
 * if it is not there. Locks: the ledger, against another such call only. */
int stock_ledger_extend(struct tx *tx);

#endif
