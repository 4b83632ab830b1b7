/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_PAYMENT_H
#define APP_SALES_PAYMENT_H

/*
 * Payments: claimed inside of a transaction (a pending row), asked of the
 * provider outside of any, recorded in another. A pending row that nobody
 * records is taken up by the jobs after 60 s.
 */

#include "lib/pg.h"
#include "lib/route.h"

#include "app/sales/provider.h"

struct tx;

extern const struct shape payment_shape;

struct payment_claim {
	int64_t order_id;
	int64_t amount_cents;	/* negative: whatever the total is */
	const char *token, *method, *provider;
};

/*
 * Insert the pending payment of the user's own order. E_NOT_FOUND,
 * E_ALREADY_PAID (also if another is pending), E_ORDER_NOT_PENDING,
 * E_AMOUNT_MISMATCH. Locks the order.
 */
int payment_claim(struct tx *tx, const struct payment_claim *c,
    int64_t *id_r);

/*
 * Record what the provider said: the order is confirmed and paid, or the
 * payment has failed. Changes nothing if it is settled already, unless it had
 * failed, now has succeeded, and no other payment was made since. Money that
 * comes for an order that has ended meanwhile is claimed back at once, which
 * *refund_due_r tells: it is refund_settle()'s then. Locks order, payment.
 */
int payment_record(struct tx *tx, int64_t id, const struct outcome *o,
    int64_t *order_id_r, bool *refund_due_r);

/*
 * A payment as the provider needs it, by its id: columns of payment_ask(),
 * and status, order_id, order_status.
 */
int payment_find(struct tx *tx, int64_t id, struct rows *rs_r);

/* Up to limit pending payments that were claimed more than 60 s ago,
 * claimed anew. */
int payment_stale(struct tx *tx, int64_t limit, struct rows *rs_r);

/* Ask the provider about one of these rows, outside of any transaction. */
struct outcome payment_ask(struct arena *mem, const struct rows *rs, int row,
    int timeout_ms);

/* One payment that the user may see, by id, or by uuid if id is 0;
 * E_NOT_FOUND. */
int payment_show(struct tx *tx, int64_t id, const char *uuid,
    struct rows *rs_r);

/* The same of one that this request has made, also if its order was hidden
 * meanwhile. */
int payment_made(struct tx *tx, int64_t id, struct rows *rs_r);

/* The payments of an order that the user may see, E_NOT_FOUND if it is not
 * his; total_r has the column total. */
int payment_list(struct tx *tx, int64_t order_id, const char *order_uuid,
    int64_t after, int64_t limit, struct rows *rs_r, struct rows *total_r);

#endif
