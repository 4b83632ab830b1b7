/* SPDX-License-Identifier: MIT */
#include "app/stock/stock.h"

#include "lib/tx.h"

#include "app/errors.h"

STMT(stock_sql_init,
    "WITH i AS (INSERT INTO inventory (variant_id, available)"
    "  SELECT * FROM unnest($1::bigint[], $2::bigint[])"
    "  RETURNING variant_id, available)"
    " INSERT INTO inventory_movements (variant_id, kind, delta_available,"
    "  delta_reserved, reason, actor_id)"
    " SELECT variant_id, 'receive', available, 0, 'initial',"
    "  nullif($3::bigint, 0) FROM i WHERE available > 0");

void
stock_init(struct tx *tx, const int64_t *variants, const int64_t *available,
    size_t n)
{
	tx_queue(tx, &stock_sql_init, pg_i64s(tx->mem, variants, n),
	    pg_i64s(tx->mem, available, n), pg_i64(tx->actor));
}

STMT(stock_sql_set,
    "WITH old AS (SELECT variant_id, available FROM inventory"
    "  WHERE variant_id = $1 FOR UPDATE),"
    " i AS (UPDATE inventory n SET available = $2, updated_at = now()"
    "  FROM old WHERE n.variant_id = old.variant_id"
    "  RETURNING n.variant_id, n.available - old.available AS delta),"
    " m AS (INSERT INTO inventory_movements (variant_id, kind,"
    "  delta_available, delta_reserved, reason, actor_id)"
    "  SELECT variant_id, 'adjust', delta, 0, $3, nullif($4::bigint, 0)"
    "  FROM i WHERE delta <> 0)"
    " SELECT variant_id FROM i");

int
stock_set(struct tx *tx, int64_t variant_id, int64_t available,
    const char *reason)
{
	struct rows rs;

	return tx_one(tx, &rs, &stock_sql_set, pg_i64(variant_id),
	    pg_i64(available), pg_text(reason), pg_i64(tx->actor));
}

STMT(stock_sql_add,
    "WITH i AS (UPDATE inventory SET available = available + $2,"
    "  updated_at = now() WHERE variant_id = $1 RETURNING variant_id),"
    " m AS (INSERT INTO inventory_movements (variant_id, kind,"
    "  delta_available, delta_reserved, reason, actor_id)"
    "  SELECT variant_id, 'adjust', $2, 0, $3, nullif($4::bigint, 0)"
    "  FROM i WHERE $2 <> 0)"
    " SELECT variant_id FROM i");

int
stock_add(struct tx *tx, int64_t variant_id, int64_t delta,
    const char *reason)
{
	struct rows rs;

	return tx_one(tx, &rs, &stock_sql_add, pg_i64(variant_id),
	    pg_i64(delta), pg_text(reason), pg_i64(tx->actor));
}

/* The rows are locked in variant order before the update, whose own order
 * the planner is free to choose. One line needs no such care. The array is
 * hidden in a subquery, or each call would be planned anew for its length. */
STMT(stock_sql_reserve,
    "WITH held AS MATERIALIZED (SELECT v.variant_id, n.quantity"
    "  FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[]))"
    "   AS n (variant_id, quantity)"
    "  JOIN inventory v ON v.variant_id = n.variant_id"
    "  ORDER BY v.variant_id FOR UPDATE OF v),"
    " i AS (UPDATE inventory v SET available = available - h.quantity,"
    "  reserved = reserved + h.quantity, updated_at = now()"
    "  FROM held h WHERE v.variant_id = h.variant_id"
    "  RETURNING v.variant_id, h.quantity)"
    " INSERT INTO inventory_movements (variant_id, kind, delta_available,"
    "  delta_reserved, order_id)"
    " SELECT variant_id, 'reserve', -quantity, quantity, $3 FROM i");

STMT(stock_sql_reserve_one,
    "WITH i AS (UPDATE inventory SET available = available - $2,"
    "  reserved = reserved + $2, updated_at = now() WHERE variant_id = $1"
    "  RETURNING variant_id)"
    " INSERT INTO inventory_movements (variant_id, kind, delta_available,"
    "  delta_reserved, order_id)"
    " SELECT variant_id, 'reserve', -$2, $2, $3 FROM i");

void
stock_reserve(struct tx *tx, int64_t order_id, const int64_t *variants,
    const int64_t *quantities, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tx_row(tx, JAM_STOCK, variants[i]);
	if (n == 1)
		tx_queue(tx, &stock_sql_reserve_one, pg_i64(variants[0]),
		    pg_i64(quantities[0]), pg_i64(order_id));
	else
		tx_queue(tx, &stock_sql_reserve,
		    pg_i64s(tx->mem, variants, n),
		    pg_i64s(tx->mem, quantities, n), pg_i64(order_id));
}

STMT(stock_sql_release,
    "WITH lines AS (SELECT order_id, variant_id, quantity FROM order_items"
    "  WHERE order_id = ANY ($1::bigint[])),"
    " need AS (SELECT variant_id, sum(quantity)::bigint AS quantity"
    "  FROM lines GROUP BY variant_id),"
    " held AS MATERIALIZED (SELECT variant_id FROM inventory"
    "  WHERE variant_id IN (SELECT variant_id FROM need)"
    "  ORDER BY variant_id FOR UPDATE),"
    " i AS (UPDATE inventory v SET available = available + n.quantity,"
    "  reserved = reserved - n.quantity, updated_at = now()"
    "  FROM need n JOIN held USING (variant_id)"
    "  WHERE v.variant_id = n.variant_id RETURNING v.variant_id)"
    " INSERT INTO inventory_movements (variant_id, kind, delta_available,"
    "  delta_reserved, order_id)"
    " SELECT l.variant_id, 'release', l.quantity, -l.quantity, l.order_id"
    " FROM lines l JOIN i USING (variant_id)");

void
stock_release(struct tx *tx, const int64_t *orders, size_t n)
{
	tx_queue(tx, &stock_sql_release, pg_i64s(tx->mem, orders, n));
}

STMT(stock_sql_ship,
    "WITH need AS (SELECT variant_id, quantity FROM order_items"
    "  WHERE order_id = $1),"
    " held AS MATERIALIZED (SELECT variant_id FROM inventory"
    "  WHERE variant_id IN (SELECT variant_id FROM need)"
    "  ORDER BY variant_id FOR UPDATE),"
    " i AS (UPDATE inventory v SET reserved = reserved - n.quantity,"
    "  updated_at = now() FROM need n JOIN held USING (variant_id)"
    "  WHERE v.variant_id = n.variant_id"
    "  RETURNING v.variant_id, n.quantity)"
    " INSERT INTO inventory_movements (variant_id, kind, delta_available,"
    "  delta_reserved, order_id)"
    " SELECT variant_id, 'ship', 0, -quantity, $1 FROM i");

void
stock_ship(struct tx *tx, int64_t order_id)
{
	tx_queue(tx, &stock_sql_ship, pg_i64(order_id));
}

STMT(stock_sql_drop,
    "WITH old AS (SELECT i.variant_id, i.available FROM inventory i"
    "  JOIN product_variants v ON v.id = i.variant_id"
    "  WHERE v.product_id = $1 ORDER BY i.variant_id FOR UPDATE OF i),"
    " i AS (UPDATE inventory n SET available = 0, updated_at = now()"
    "  FROM old WHERE n.variant_id = old.variant_id AND old.available > 0"
    "  RETURNING n.variant_id, old.available)"
    " INSERT INTO inventory_movements (variant_id, kind, delta_available,"
    "  delta_reserved, reason, actor_id)"
    " SELECT variant_id, 'adjust', -available, 0, 'deleted',"
    "  nullif($2::bigint, 0) FROM i");

void
stock_drop(struct tx *tx, int64_t product)
{
	tx_queue(tx, &stock_sql_drop, pg_i64(product), pg_i64(tx->actor));
}

STMT(stock_sql_extend, "SELECT ledger_extend(2000000) AS upto");

int
stock_ledger_extend(struct tx *tx)
{
	struct rows rs;

	return tx_one(tx, &rs, &stock_sql_extend);
}
