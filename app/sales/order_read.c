/* SPDX-License-Identifier: MIT */
#include "app/sales/order.h"

#include "lib/tx.h"

#include "app/errors.h"
#include "app/sales/order_columns.h"
#include "app/shapes.h"

SHAPE(order_item, "id int", "variant_id int", "product_id int",
    "sku string", "title string", "unit_price_cents int", "quantity int",
    "subtotal_cents int");
SHAPE(order_address, "name string?", "line1 string", "line2 string?",
    "city string?", "region string?", "postal_code string?",
    "country string?", "phone string?");
SHAPE(order, "id int", "uuid uuid", "number string", "user_id int",
    "status " ORDER_STATUSES,
    "payment_status unpaid|paid|partially_refunded|refunded",
    "currency string", "subtotal_cents int", "discount_cents int",
    "shipping_cents int", "tax_cents int", "total_cents int",
    "refunded_cents int", "items [{order_item}]",
    "shipping_address {order_address}", "billing_address {order_address}?",
    "note string?", "created_at time", "updated_at time",
    "expires_at time?");
SHAPE(order_actor, "id int", "email email?", "role customer|admin");
SHAPE(order_event, "at time", "actor {order_actor}|system",
    "from " ORDER_STATUSES "?", "to " ORDER_STATUSES, "reason string?");

const char *const order_statuses[] = { "pending", "confirmed", "shipped",
    "delivered", "cancelled", "refunded", NULL };

STMT(order_sql_read, ORDER_SELECT " WHERE " ORDER_IS("$1", "$2")
    ORDER_SEEN("$3", "$4"));

int
order_read(struct tx *tx, const struct order_ref *o, struct rows *rs)
{
	return tx_one(tx, rs, &order_sql_read, pg_i64(o->id),
	    pg_text(o->uuid), pg_i64(tx->user), pg_bool(tx->admin));
}

STMT(order_sql_events,
    "SELECT e.id AS _id, e.at, CASE WHEN u.id IS NULL THEN '\"system\"'"
    "  ELSE json_build_object('id', u.id, 'email', CASE WHEN u.erased_at"
    "  IS NULL THEN u.email END, 'role', u.role)"
    "  END AS actor, e.from_status AS from, e.to_status AS to, e.reason"
    " FROM orders o JOIN order_events e ON e.order_id = o.id"
    " LEFT JOIN users u ON u.id = e.actor_id"
    " WHERE " ORDER_IS("$1", "$2") ORDER_SEEN("$3", "$4")
    " AND e.id > $5 ORDER BY e.id LIMIT $6::bigint + 1");
STMT(order_sql_events_count,
    "SELECT o.id, (SELECT count(*) FROM order_events e"
    "  WHERE e.order_id = o.id) AS total FROM orders o"
    " WHERE " ORDER_IS("$1", "$2") ORDER_SEEN("$3", "$4"));

int
order_events(struct tx *tx, const struct order_ref *o, int64_t after,
    int64_t limit, struct rows *rs, struct rows *total)
{
	tx_send(tx, rs, &order_sql_events, pg_i64(o->id), pg_text(o->uuid),
	    pg_i64(tx->user), pg_bool(tx->admin), pg_i64(after),
	    pg_i64(limit));
	return tx_one(tx, total, &order_sql_events_count, pg_i64(o->id),
	    pg_text(o->uuid), pg_i64(tx->user), pg_bool(tx->admin));
}
