/* SPDX-License-Identifier: MIT */
#include "app/sales/expiry.h"

#include "lib/arena.h"
#include "lib/tx.h"

#include "app/stock/stock.h"

/* A payment whose request may still be talking to the provider gets these
 * seconds to end; one that stays pending must not hold the stock for good.
 * The view stock_due says the same. */
#define OVERDUE								\
	"o.status = 'pending' AND o.payment_status = 'unpaid'"		\
	" AND o.expires_at <= now() AND NOT EXISTS (SELECT FROM payments p" \
	" WHERE p.order_id = o.id AND p.status = 'pending'"		\
	" AND p.created_at > now() - interval '6 s')"

STMT(expiry_sql_find,
    "SELECT o.id FROM orders o WHERE " OVERDUE
    " ORDER BY o.expires_at LIMIT $1 FOR UPDATE SKIP LOCKED");

/* The subquery is one to keep the planner from joining with all lines that
 * were ever sold. Whoever waits for locks takes them in this order. */
#define HOLDS(variants)							\
	"(SELECT true FROM order_items i WHERE i.order_id = o.id"	\
	" AND i.variant_id = ANY (" variants ") LIMIT 1)"

STMT(expiry_sql_find_of,
    "SELECT o.id FROM orders o WHERE " OVERDUE " AND " HOLDS("$2::bigint[]")
    " ORDER BY o.expires_at, o.id LIMIT $1 FOR UPDATE");

/* Looks again, with the orders locked: a payment may have begun since. */
STMT(expiry_sql_cancel,
    "WITH c AS (UPDATE orders o SET status = 'cancelled',"
    "  change_reason = 'expired' WHERE o.id = ANY ($1::bigint[])"
    "  AND " OVERDUE " RETURNING o.id, o.user_id),"
    " e AS (INSERT INTO outbox (kind, topic, order_id, user_id, payload)"
    "  SELECT 'event', 'order.cancelled', id, user_id,"
    "  '{\"reason\": \"expired\"}' FROM c)"
    " SELECT id FROM c");

STMT(expiry_sql_hold,
    "SELECT variant_id FROM inventory WHERE variant_id IN ("
    " SELECT unnest($1::bigint[]) UNION SELECT variant_id"
    " FROM order_items WHERE order_id = ANY ($2::bigint[]))"
    " ORDER BY variant_id FOR UPDATE");

static const int64_t *
ids_of(struct tx *tx, const struct rows *rs)
{
	int64_t *ids = arena_array(tx->mem, (size_t)rs->n, sizeof(*ids));

	for (int i = 0; i < rs->n; i++)
		ids[i] = rows_i64(rs, i, "id");
	return ids;
}

int
expiry_run(struct tx *tx, const int64_t *variants, size_t n, int limit,
    int64_t *count_r)
{
	struct rows rs;
	const int64_t *ids;
	int rc;

	*count_r = 0;
	if (variants == NULL)
		rc = tx_rows(tx, &rs, &expiry_sql_find, pg_i64(limit));
	else
		rc = tx_rows(tx, &rs, &expiry_sql_find_of, pg_i64(limit),
		    pg_i64s(tx->mem, variants, n));
	if (rc == -1 || rs.n == 0)
		return rc;
	ids = ids_of(tx, &rs);
	if (tx_rows(tx, &rs, &expiry_sql_cancel,
	    pg_i64s(tx->mem, ids, (size_t)rs.n)) == -1)
		return -1;
	*count_r = rs.n;
	if (rs.n == 0)
		return 0;
	ids = ids_of(tx, &rs);
	if (variants != NULL)
		tx_queue(tx, &expiry_sql_hold,
		    pg_i64s(tx->mem, variants, n),
		    pg_i64s(tx->mem, ids, (size_t)rs.n));
	stock_release(tx, ids, (size_t)rs.n);
	return 0;
}

STMT(expiry_sql_due,
    "SELECT coalesce(sum((SELECT quantity FROM order_items i"
    "  WHERE i.order_id = o.id AND i.variant_id = $1)), 0)::bigint"
    " AS units FROM orders o WHERE " OVERDUE);

int
expiry_due(struct tx *tx, int64_t variant_id, int64_t *units_r)
{
	struct rows rs;

	if (tx_one(tx, &rs, &expiry_sql_due, pg_i64(variant_id)) == -1)
		return -1;
	*units_r = rows_i64(&rs, 0, "units");
	return 0;
}
