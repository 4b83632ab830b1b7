/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_REFUND_H
#define APP_SALES_REFUND_H

/*
 * Money back. A refund is claimed inside of a transaction (a pending row,
 * and payments.refund_pending_cents), asked of the provider outside of any,
 * and recorded in another. Whoever is interrupted in between leaves a
 * pending row that the jobs take up.
 */

#include <stdint.h>

#include "lib/pg.h"
#include "lib/route.h"

#include "app/sales/provider.h"

struct page_start;
struct req;
struct resp;
struct tx;

extern const struct shape refund_shape;

/*
 * Queue the claim of whatever captured money of the order is left: nothing
 * happens if nothing is. For a cancellation, in its transaction. The caller
 * holds the order's lock; locks the payment. Always 0.
 */
int refund_claim_rest(struct tx *tx, int64_t order_id, const char *reason);

/*
 * Outside of transactions, in a TX_STEPS handler: ask the providers for all
 * pending refunds of the order and record what they say. What a provider
 * does not answer stays pending for the jobs; that is no failure. -1 only if
 * the database fails.
 */
int refund_settle(struct req *rq, struct resp *rs, int64_t order_id);

/*
 * Claim a refund of a payment (by id, or by uuid if id is 0); amount 0: all
 * that is left. E_NOT_FOUND, E_REFUND_EXCEEDS_PAYMENT. Locks the order, then
 * the payment. The refund's id and its order's.
 */
int refund_claim(struct tx *tx, int64_t payment_id, const char *payment_uuid,
    int64_t amount_cents, const char *reason, int64_t *id_r,
    int64_t *order_id_r);

/*
 * A refund that was made with the provider: claimed as above, or a row that
 * has failed already, so that what is told of it out of turn finds it. The
 * caller holds the order's lock, and records the outcome.
 */
int refund_made(struct tx *tx, int64_t payment_id, int64_t amount_cents,
    const struct outcome *o, int64_t *id_r);

/*
 * Record what the provider said. Changes nothing if the refund is settled
 * already, unless it fails after it had succeeded, as one to a closed card
 * does: then the money is the shop's again. Locks order, payment, refund.
 */
int refund_record(struct tx *tx, int64_t id, const struct outcome *o);

/* One refund; the refunds of a payment that the user may see (after the
 * entry start, limit + 1 of them), E_NOT_FOUND if it is not his. */
int refund_show(struct tx *tx, int64_t id, struct rows *rs_r);
int refund_list(struct tx *tx, int64_t payment_id, const char *payment_uuid,
    int64_t after, int64_t limit, struct rows *rs_r, struct rows *total_r);

/* Its order, by the refund's id. */
int refund_order(struct tx *tx, int64_t id, int64_t *order_id_r);

/* The order's pending refunds; or up to limit of all that were claimed more
 * than 60 s ago, claimed anew. The rows are refund_ask()'s; their columns id
 * and order_id are the caller's. */
int refund_pending(struct tx *tx, int64_t order_id, struct rows *rs_r);
int refund_stale(struct tx *tx, int64_t limit, struct rows *rs_r);

/* Ask the provider about one of these rows, outside of any transaction. */
struct outcome refund_ask(struct arena *mem, const struct rows *rs, int row,
    int timeout_ms);

#endif
