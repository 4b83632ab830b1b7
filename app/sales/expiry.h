/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_EXPIRY_H
#define APP_SALES_EXPIRY_H

#include <stddef.h>
#include <stdint.h>

struct tx;

/*
 * Orders that are pending and unpaid at expires_at are overdue: cancelled
 * with the reason "expired". A payment made in the last 6 s, and pending,
 * puts that off; money that comes later goes back (app/sales/payment.h).
 */

/*
 * Cancel up to limit overdue orders, oldest first; their stock is free again
 * and an event tells of each. The jobs pass NULL for variants: orders that
 * somebody else has locked are skipped. Who buys passes what he lacks (ids
 * ascending): only orders that hold one of these, and locked ones are waited
 * for. *count_r were cancelled. Locks: orders, then inventory, with the rows
 * of the variants too, if any order was cancelled. The stock's part is
 * queued, for the next flight.
 */
int expiry_run(struct tx *tx, const int64_t *variants, size_t n, int limit,
    int64_t *count_r);

/* Units of a variant that overdue orders hold. */
int expiry_due(struct tx *tx, int64_t variant_id, int64_t *units_r);

#endif
