/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_ORDER_H
#define APP_SALES_ORDER_H

/*
 * Orders: placing (order_place.c), reading (order_read.c, order_list.c) and
 * their status (order_status.c). An order is named by its id or its uuid. A
 * user sees the own ones that he has not deleted, an admin all; for all
 * others there is none (E_NOT_FOUND).
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/route.h"

#include "app/sales/quote.h"

extern const struct shape order_shape, order_item_shape, order_event_shape,
    order_actor_shape;

/* The statuses, ended by NULL; and as a type of shapes. */
extern const char *const order_statuses[];
#define ORDER_STATUSES \
	"pending|confirmed|shipped|delivered|cancelled|refunded"

struct order_ref {
	int64_t id;		/* or 0 */
	const char *uuid;	/* or NULL */
};

/* ---- placing ------------------------------------------------------- */

/*
 * Place an order in two flights, this one's and that of the commit, which
 * alone holds the stock: *json_r is what order_read() will show. What
 * quote_read() refuses; E_INSUFFICIENT_STOCK with every short line, for
 * which the transaction runs once more (tx->careful) if the shortage shows
 * in the last flight only. Locks: cart, overdue orders, inventory.
 */
int order_place(struct tx *tx, const struct quote_ask *ask,
    const char *note, int64_t *id_r, struct buf *json_r);

/* ---- reading ------------------------------------------------------- */

int order_read(struct tx *tx, const struct order_ref *o, struct rows *rs_r);

/* The changes of an order after the event, oldest first; total_r has the
 * column total. */
int order_events(struct tx *tx, const struct order_ref *o, int64_t after,
    int64_t limit, struct rows *rs_r, struct rows *total_r);

struct order_filter {
	int64_t user_id;	/* 0: of anybody */
	bool hidden_too;	/* also those their owner has deleted */
	const char *status;	/* or NULL */
	const char *from, *to;	/* when placed, both ends included: a UTC day
				   or an RFC 3339 time, or NULL */
	struct cents min_total, max_total;
};

/* The order that a list with this filter has ("-id" or "-created_at"):
 * newest first both, by what can be read along an index. */
const char *order_sort(const struct order_filter *f);

/* Up to limit + 1 orders behind the start; total_r (column total) may be
 * NULL. E_INVALID_PARAMETER if bounds are reversed. */
int order_list(struct tx *tx, const struct order_filter *f,
    const struct page_start *start, int64_t limit, struct rows *rs_r,
    struct rows *total_r);

/* ---- status -------------------------------------------------------- */

/* Lock an order: columns id, user_id, status, payment_status, total_cents,
 * allowed (the next statuses, a JSON array), _version. */
int order_lock(struct tx *tx, const struct order_ref *o, struct rows *rs_r);

/*
 * Move a locked order to another status, with all that follows: stock goes
 * back or leaves, money left is claimed back (which refund_settle() then
 * asks for, outside), an event tells of it, an admin's change is audited.
 * E_INVALID_TRANSITION (from, to, allowed), also for shipping what is not
 * paid and confirming what has expired.
 */
int order_move(struct tx *tx, const struct rows *order, const char *to,
    const char *reason);

/* Cancel a locked pending order and hide it from its owner.
 * E_ORDER_NOT_PENDING. */
int order_hide(struct tx *tx, const struct rows *order);

/* Cancel all pending orders of a user who leaves. Locks them, then the
 * inventory; the stock's part is queued. */
int order_cancel_all(struct tx *tx, int64_t user_id, const char *reason);

#endif
