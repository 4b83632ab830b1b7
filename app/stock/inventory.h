/* SPDX-License-Identifier: MIT */
#ifndef APP_STOCK_INVENTORY_H
#define APP_STOCK_INVENTORY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/route.h"

/* What is in stock, for admins; the moves themselves are in stock.h. */
extern const struct shape inventory_shape, movement_shape;

/* Stock levels of api.md 6: the filter low includes critical. */
extern const char *const inventory_levels[];

struct inventory_filter {
	const char *level;	/* or NULL */
	const char *q;		/* part of title or SKU, or NULL */
};

/* Up to limit + 1 rows after the variant, in variant order; their number in
 * all (column total) if total is not NULL. */
int inventory_list(struct tx *tx, const struct inventory_filter *f,
    int64_t after, int64_t limit, struct rows *rs_r, struct rows *total_r);

/* One row. E_NOT_FOUND. */
int inventory_read(struct tx *tx, int64_t variant_id, struct rows *rs_r);

/* The row's version, with the row locked. E_NOT_FOUND. */
int inventory_lock(struct tx *tx, int64_t variant_id, int64_t *version_r);

/*
 * Set what can be sold, or add to it (the other one is NULL); audited; the
 * row as it is then. E_NOT_FOUND, E_INSUFFICIENT_STOCK below zero.
 */
int inventory_change(struct tx *tx, int64_t variant_id,
    const int64_t *available, const int64_t *delta, const char *reason,
    struct rows *rs_r);

/* The ledger of a variant after the entry, oldest first. E_NOT_FOUND. */
int inventory_movements(struct tx *tx, int64_t variant_id, int64_t after,
    int64_t limit, struct rows *rs_r, struct rows *total_r);

/* What is available of the variants (ids ascending): columns variant_id,
 * available, in the same order. */
int inventory_look(struct tx *tx, const int64_t *variants, size_t n,
    struct rows *rs_r);

/* The same with the rows locked, to the end of the transaction. */
int inventory_hold(struct tx *tx, const int64_t *variants, size_t n,
    struct rows *rs_r);

/* Add the fault of a line that is short to the errors. */
void inventory_short(struct tx *tx, const char *field, int64_t variant_id,
    int64_t requested, int64_t available);

#endif
