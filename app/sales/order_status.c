/* SPDX-License-Identifier: MIT */
#include "app/sales/order.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/tx.h"

#include "app/admin/audit.h"
#include "app/errors.h"
#include "app/jobs/outbox.h"
#include "app/sales/order_columns.h"
#include "app/sales/refund.h"
#include "app/stock/stock.h"

STMT(order_sql_lock,
    "SELECT o.id, o.user_id, o.status, o.payment_status, o.total_cents,"
    " coalesce(o.expires_at <= now(), false) AS late,"
    " (SELECT coalesce(json_agg(to_status ORDER BY to_status), '[]')"
    "  FROM order_transitions WHERE from_status = o.status) AS allowed,"
    " o.version AS _version FROM orders o"
    " WHERE " ORDER_IS("$1", "$2") ORDER_SEEN("$3", "$4")
    " FOR UPDATE");

int
order_lock(struct tx *tx, const struct order_ref *o, struct rows *rs)
{
	return tx_one(tx, rs, &order_sql_lock, pg_i64(o->id),
	    pg_text(o->uuid), pg_i64(tx->user), pg_bool(tx->admin));
}

/* changed_by and change_reason go into the event (a trigger). */
STMT(order_sql_move,
    "UPDATE orders SET status = $3, changed_by = nullif($4::bigint, 0),"
    " change_reason = $5 WHERE id = $1 AND status = $2");
STMT(order_sql_hide,
    "UPDATE orders SET status = 'cancelled', hidden_at = now(),"
    " changed_by = nullif($2::bigint, 0), change_reason = 'deleted'"
    " WHERE id = $1 AND status = 'pending'");

static int
refuse(struct tx *tx, const struct rows *order, const char *to,
    const char *detail)
{
	const char *from = rows_text(order, 0, "status");

	tx->err->members = arena_printf(tx->mem,
	    "\"from\":\"%s\",\"to\":\"%s\",\"allowed\":%s", from, to,
	    rows_text(order, 0, "allowed"));
	if (detail != NULL)
		return fail(tx, E_INVALID_TRANSITION, "%s", detail);
	return fail(tx, E_INVALID_TRANSITION,
	    "The order is %s and cannot become %s", from, to);
}

static bool
allows(const struct rows *order, const char *to)
{
	const char *at = strstr(rows_text(order, 0, "allowed"), to);

	/* Names of statuses contain no other one. */
	return at != NULL;
}

/* Why the shop has no money for the order, NULL if it has. */
static const char *
unpaid(const struct rows *order)
{
	const char *status = rows_text(order, 0, "payment_status");

	if (rows_i64(order, 0, "total_cents") == 0)
		return NULL;
	return strcmp(status, "unpaid") == 0 ? "The order is not paid" :
	    strcmp(status, "refunded") == 0 ?
	    "The order's payment was refunded" : NULL;
}

/* Not in the statement that locks the order: that would see what was there
 * when it began to wait. */
STMT(order_sql_going_back,
    "SELECT EXISTS (SELECT FROM payments p WHERE p.order_id = $1"
    " AND p.refund_pending_cents > 0 AND p.refunded_cents"
    "  + p.refund_pending_cents = p.amount_cents) AS going_back");

static int
may_ship(struct tx *tx, const struct rows *order)
{
	const char *why = unpaid(order);
	struct rows rs;

	if (why != NULL)
		return refuse(tx, order, "shipped", why);
	if (tx_one(tx, &rs, &order_sql_going_back,
	    pg_i64(rows_i64(order, 0, "id"))) == -1)
		return -1;
	return rows_bool(&rs, 0, "going_back") ? refuse(tx, order, "shipped",
	    "The order's payment is being refunded") : 0;
}

static const char *
status_json(struct tx *tx, const char *status)
{
	return arena_printf(tx->mem, "{\"status\":\"%s\"}", status);
}

/* Who changes somebody else's order leaves a trace. */
static void
audit(struct tx *tx, const char *action, const struct rows *order,
    const char *to)
{
	if (tx->actor == rows_i64(order, 0, "user_id"))
		return;
	audit_put(tx, action, "order", rows_i64(order, 0, "id"),
	    status_json(tx, rows_text(order, 0, "status")),
	    status_json(tx, to));
}

static void
tell(struct tx *tx, const struct rows *order, const char *to,
    const char *reason)
{
	struct buf b;

	buf_init(&b, tx->mem, 64);
	buf_str(&b, "{\"reason\":");
	buf_json_str(&b, reason);
	buf_chr(&b, '}');
	outbox_event(tx, arena_printf(tx->mem, "order.%s", to),
	    rows_i64(order, 0, "id"), rows_i64(order, 0, "user_id"), b.data);
}

int
order_move(struct tx *tx, const struct rows *order, const char *to,
    const char *reason)
{
	int64_t id = rows_i64(order, 0, "id");

	if (!allows(order, to))
		return refuse(tx, order, to, NULL);
	if (strcmp(to, "confirmed") == 0 && rows_bool(order, 0, "late"))
		return refuse(tx, order, to, "The order has expired");
	if (strcmp(to, "shipped") == 0 && may_ship(tx, order) == -1)
		return -1;
	tx_queue(tx, &order_sql_move, pg_i64(id),
	    pg_text(rows_text(order, 0, "status")), pg_text(to),
	    pg_i64(tx->actor), pg_text(reason));
	if (strcmp(to, "cancelled") == 0 || strcmp(to, "refunded") == 0)
		refund_claim_rest(tx, id, reason);
	tell(tx, order, to, reason);
	audit(tx, "order.status", order, to);
	if (strcmp(to, "cancelled") == 0)
		stock_release(tx, &id, 1);
	else if (strcmp(to, "shipped") == 0)
		stock_ship(tx, id);
	return 0;
}

int
order_hide(struct tx *tx, const struct rows *order)
{
	int64_t id = rows_i64(order, 0, "id");
	const char *status = rows_text(order, 0, "status");

	if (strcmp(status, "pending") != 0) {
		tx->err->members = arena_printf(tx->mem,
		    "\"order_status\":\"%s\"", status);
		return fail(tx, E_ORDER_NOT_PENDING, "The order is %s",
		    status);
	}
	tx_queue(tx, &order_sql_hide, pg_i64(id), pg_i64(tx->actor));
	tell(tx, order, "cancelled", "deleted");
	audit(tx, "order.delete", order, "cancelled");
	stock_release(tx, &id, 1);
	return 0;
}

STMT(order_sql_cancel_all,
    "WITH held AS MATERIALIZED (SELECT id FROM orders WHERE user_id = $1"
    "  AND status = 'pending' ORDER BY expires_at, id FOR UPDATE),"
    " c AS (UPDATE orders SET status = 'cancelled',"
    "  changed_by = nullif($2::bigint, 0), change_reason = $3"
    "  WHERE id IN (SELECT id FROM held) AND status = 'pending'"
    "  RETURNING id),"
    " e AS (INSERT INTO outbox (kind, topic, order_id, user_id, payload)"
    "  SELECT 'event', 'order.cancelled', id, $1,"
    "  jsonb_build_object('reason', $3::text) FROM c)"
    " SELECT id FROM c");

int
order_cancel_all(struct tx *tx, int64_t user_id, const char *reason)
{
	struct rows rs;
	int64_t *ids;

	if (tx_rows(tx, &rs, &order_sql_cancel_all, pg_i64(user_id),
	    pg_i64(tx->actor), pg_text(reason)) == -1)
		return -1;
	if (rs.n == 0)
		return 0;
	ids = arena_array(tx->mem, (size_t)rs.n, sizeof(*ids));
	for (int i = 0; i < rs.n; i++)
		ids[i] = rows_i64(&rs, i, "id");
	stock_release(tx, ids, (size_t)rs.n);
	return 0;
}
