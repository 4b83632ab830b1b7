/* SPDX-License-Identifier: MIT */
#include "app/admin/check.h"

#include <stdbool.h>

#include "lib/tx.h"

/* sql selects who violates the invariant. */
#define INVARIANT(id, sql)						\
	STMT(check_##id, "SELECT count(*) AS count, coalesce("		\
	    "array_to_string((array_agg(who))[1:5], ', '), '') AS first"\
	    " FROM (" sql ") v (who)")

INVARIANT(stock_not_negative,
    "SELECT variant_id::text FROM inventory"
    " WHERE available < 0 OR reserved < 0");
INVARIANT(stock_is_ledger_sum,
    "SELECT i.variant_id::text FROM inventory i LEFT JOIN ("
    " SELECT variant_id, sum(delta_available) AS a,"
    " sum(delta_reserved) AS r FROM inventory_movements"
    " GROUP BY variant_id) m USING (variant_id)"
    " WHERE i.available <> coalesce(m.a, 0)"
    " OR i.reserved <> coalesce(m.r, 0)");
INVARIANT(reserved_is_open_orders,
    "SELECT coalesce(i.variant_id, o.variant_id)::text FROM inventory i"
    " FULL JOIN (SELECT oi.variant_id, sum(oi.quantity) AS q"
    " FROM orders o JOIN order_items oi ON oi.order_id = o.id"
    " WHERE o.status IN ('pending', 'confirmed')"
    " GROUP BY oi.variant_id) o ON o.variant_id = i.variant_id"
    " WHERE coalesce(i.reserved, 0) <> coalesce(o.q, 0)");
INVARIANT(ledger_never_below_zero,
    "SELECT variant_id || '#' || id FROM (SELECT id, variant_id,"
    " sum(delta_available) OVER w AS a, sum(delta_reserved) OVER w AS r"
    " FROM inventory_movements"
    " WINDOW w AS (PARTITION BY variant_id ORDER BY id)) x"
    " WHERE a < 0 OR r < 0");
INVARIANT(ledger_of_known_variants,
    "SELECT m.variant_id::text FROM inventory_movements m"
    " LEFT JOIN inventory i USING (variant_id)"
    " WHERE i.variant_id IS NULL GROUP BY m.variant_id"
    " HAVING sum(delta_available) <> 0 OR sum(delta_reserved) <> 0");
/* Held once; given back once if cancelled, gone once if shipped; and by
 * nothing but a line. The lines of older orders are in the sums. */
INVARIANT(order_lines_move_stock_once,
    "SELECT coalesce(oi.order_id, m.order_id) || '/'"
    " || coalesce(oi.variant_id, m.variant_id) FROM order_items oi"
    " JOIN orders o ON o.id = oi.order_id FULL JOIN ("
    " SELECT order_id, variant_id, count(*) AS n,"
    " max(delta_reserved) AS held, min(delta_reserved) AS freed,"
    " max(CASE kind WHEN 'release' THEN 1 WHEN 'ship' THEN 2 ELSE 0 END)"
    "  AS how FROM inventory_movements WHERE order_id IS NOT NULL"
    " AND kind IN ('reserve', 'release', 'ship')"
    " GROUP BY order_id, variant_id) m"
    " ON m.order_id = oi.order_id AND m.variant_id = oi.variant_id"
    " WHERE oi.order_id IS NULL"
    " OR o.created_at > (SELECT at FROM ledger_horizon)"
    " AND (m.held IS DISTINCT FROM oi.quantity OR CASE"
    " WHEN o.status = 'cancelled' THEN n <> 2 OR how <> 1"
    "  OR freed <> -oi.quantity"
    " WHEN o.status IN ('shipped', 'delivered', 'refunded')"
    "  THEN n <> 2 OR how <> 2 OR freed <> -oi.quantity"
    " ELSE n <> 1 OR how <> 0 END)");
INVARIANT(sold_variants_stay,
    "SELECT oi.order_id || '/' || oi.variant_id FROM order_items oi"
    " LEFT JOIN product_variants v ON v.id = oi.variant_id"
    "  AND v.product_id = oi.product_id"
    " LEFT JOIN inventory i ON i.variant_id = v.id"
    "  AND i.product_id = v.product_id WHERE i.sold IS NOT TRUE");
INVARIANT(line_totals,
    "SELECT order_id || '/' || variant_id FROM order_items"
    " WHERE quantity <= 0 OR unit_price_cents < 0"
    " OR subtotal_cents <> quantity * unit_price_cents");
INVARIANT(subtotal_is_sum_of_lines,
    "SELECT o.id::text FROM orders o LEFT JOIN (SELECT order_id,"
    " sum(subtotal_cents) AS s FROM order_items GROUP BY order_id) i"
    " ON i.order_id = o.id WHERE i.s IS DISTINCT FROM o.subtotal_cents");
INVARIANT(total_formula,
    "SELECT id::text FROM orders WHERE total_cents <>"
    " subtotal_cents - discount_cents + shipping_cents + tax_cents"
    " OR total_cents < 0 OR discount_cents NOT BETWEEN 0"
    " AND subtotal_cents OR shipping_cents < 0 OR tax_cents < 0");
INVARIANT(allowed_transitions,
    "SELECT e.order_id || '#' || e.id FROM order_events e"
    " LEFT JOIN order_transitions t USING (from_status, to_status)"
    " WHERE t.to_status IS NULL"
    " AND NOT (e.from_status IS NULL AND e.to_status = 'pending')");
INVARIANT(event_chain,
    "SELECT order_id || '#' || id FROM (SELECT order_id, id, from_status,"
    " lag(to_status) OVER (PARTITION BY order_id ORDER BY id) AS before"
    " FROM order_events) x WHERE from_status IS DISTINCT FROM before");
INVARIANT(status_is_last_event,
    "SELECT o.id::text FROM orders o LEFT JOIN ("
    " SELECT DISTINCT ON (order_id) order_id, to_status"
    " FROM order_events ORDER BY order_id, id DESC) e"
    " ON e.order_id = o.id WHERE e.to_status IS DISTINCT FROM o.status");
INVARIANT(refunds_within_payment,
    "SELECT p.id::text FROM payments p LEFT JOIN (SELECT payment_id,"
    " coalesce(sum(amount_cents) FILTER (WHERE status = 'succeeded'), 0)"
    "  AS done, coalesce(sum(amount_cents)"
    "  FILTER (WHERE status = 'pending'), 0) AS claimed"
    " FROM refunds GROUP BY payment_id) r ON r.payment_id = p.id"
    " WHERE p.refunded_cents <> coalesce(r.done, 0)"
    " OR p.refund_pending_cents <> coalesce(r.claimed, 0)"
    " OR p.refunded_cents + p.refund_pending_cents > p.amount_cents");
INVARIANT(payment_is_order_total,
    "SELECT p.id::text FROM payments p JOIN orders o ON o.id = p.order_id"
    " WHERE p.amount_cents <> o.total_cents"
    " OR p.currency <> o.currency OR p.user_id <> o.user_id");
INVARIANT(one_live_payment,
    "SELECT order_id::text FROM payments WHERE status <> 'failed'"
    " GROUP BY order_id HAVING count(*) > 1");
INVARIANT(payment_status_agrees,
    "SELECT o.id::text FROM orders o LEFT JOIN (SELECT order_id, status,"
    " refunded_cents FROM payments WHERE status IN ('succeeded',"
    " 'partially_refunded', 'refunded')) p ON p.order_id = o.id"
    " WHERE o.payment_status <> CASE p.status WHEN 'succeeded' THEN 'paid'"
    " WHEN 'partially_refunded' THEN 'partially_refunded'"
    " WHEN 'refunded' THEN 'refunded' ELSE 'unpaid' END"
    " OR o.refunded_cents <> coalesce(p.refunded_cents, 0)");
/* A whole refund of what was shipped makes the order refunded. */
INVARIANT(shipped_is_paid,
    "SELECT id::text FROM orders WHERE total_cents > 0 AND"
    " (status IN ('shipped', 'delivered', 'refunded')"
    "  AND payment_status = 'unpaid' OR status IN ('shipped', 'delivered')"
    "  AND payment_status = 'refunded')");
/* What a provider refused to pay back was mailed to the admins. */
INVARIANT(cancelled_is_refunded,
    "SELECT o.id::text FROM orders o JOIN payments p ON p.order_id = o.id"
    " AND p.status IN ('succeeded', 'partially_refunded')"
    " WHERE o.status IN ('cancelled', 'refunded') AND"
    " p.amount_cents - p.refunded_cents - p.refund_pending_cents >"
    " (SELECT coalesce(sum(r.amount_cents), 0) FROM refunds r"
    "  WHERE r.payment_id = p.id AND r.status = 'failed')");
INVARIANT(provider_refs_are_unique,
    "SELECT provider || '/' || ref FROM ("
    " SELECT provider, provider_ref FROM payments UNION ALL"
    " SELECT p.provider, r.provider_ref FROM refunds r"
    "  JOIN payments p ON p.id = r.payment_id) x (provider, ref)"
    " WHERE ref IS NOT NULL GROUP BY provider, ref HAVING count(*) > 1");
/* What is claimed in a transaction is answered in it, or notes how far it
 * came. */
INVARIANT(committed_keys_have_answers,
    "SELECT user_id || '/' || key FROM idempotency_keys"
    " WHERE CASE WHEN status IS NULL THEN resume_id IS NULL"
    " ELSE body IS NULL END");
INVARIANT(order_201_exists,
    "SELECT k.user_id || '/' || k.key FROM idempotency_keys k"
    " WHERE k.status = 201 AND k.location ~ '/orders/[0-9]+$'"
    " AND NOT EXISTS (SELECT FROM orders o WHERE o.id ="
    " substring(k.location FROM '[0-9]+$')::bigint)");
INVARIANT(one_key_one_order,
    "SELECT location FROM idempotency_keys WHERE status = 201"
    " AND location ~ '/orders/[0-9]+$' GROUP BY location"
    " HAVING count(*) > 1");
INVARIANT(sums_per_day,
    "SELECT coalesce(a.day, b.day) || ' ' || coalesce(a.status, b.status)"
    " FROM (SELECT day, status,"
    " sum(orders) AS n, sum(revenue_cents) AS r FROM ("
    " SELECT day, status, orders, revenue_cents FROM sales_days UNION ALL"
    " SELECT day, status, orders, revenue_cents FROM sales_journal) x"
    " GROUP BY day, status) a FULL JOIN ("
    " SELECT utc_day(created_at) AS day, status,"
    " count(*) AS n, sum(CASE payment_status WHEN 'unpaid' THEN 0"
    " ELSE total_cents - refunded_cents END) AS r"
    " FROM orders GROUP BY 1, 2) b ON a.day = b.day AND a.status = b.status"
    " WHERE coalesce(a.n, 0) <> coalesce(b.n, 0)"
    " OR coalesce(a.r, 0) <> coalesce(b.r, 0)");
INVARIANT(customers_per_day,
    "SELECT coalesce(a.day, b.day)::text FROM (SELECT day,"
    " sum(opened) AS o, sum(present) AS p FROM ("
    " SELECT day, opened, present FROM customer_days UNION ALL"
    " SELECT day, opened, present FROM customer_journal) x"
    " GROUP BY day) a FULL JOIN (SELECT utc_day(created_at) AS day,"
    " count(*) AS o, count(*) FILTER (WHERE erased_at IS NULL) AS p"
    " FROM users WHERE role = 'customer' GROUP BY 1) b ON a.day = b.day"
    " WHERE coalesce(a.o, 0) <> coalesce(b.o, 0)"
    " OR coalesce(a.p, 0) <> coalesce(b.p, 0)");
INVARIANT(sums_per_product,
    "SELECT coalesce(a.day, b.day) || '/' || coalesce(a.product_id,"
    " b.product_id) FROM (SELECT day, product_id, sum(quantity) AS n,"
    " sum(revenue_cents) AS r FROM ("
    " SELECT day, product_id, quantity, revenue_cents FROM sales_products"
    " UNION ALL SELECT day, product_id, quantity, revenue_cents"
    " FROM sales_product_journal) x GROUP BY day, product_id) a"
    " FULL JOIN (SELECT day, product_id, sum(n) AS n, sum(r) AS r FROM ("
    " SELECT utc_day(o.created_at) AS day, i.product_id,"
    " i.quantity AS n, i.subtotal_cents AS r FROM orders o"
    " JOIN order_items i ON i.order_id = o.id"
    " WHERE o.payment_status = 'paid' UNION ALL"
    " SELECT utc_day(o.created_at), i.product_id, i.quantity, i.cents"
    " FROM orders o CROSS JOIN LATERAL order_revenue(o.id,"
    " o.refunded_cents, o.total_cents) i"
    " WHERE o.payment_status = 'partially_refunded') x GROUP BY 1, 2) b"
    " ON a.day = b.day AND a.product_id = b.product_id"
    " WHERE coalesce(a.n, 0) <> coalesce(b.n, 0)"
    " OR coalesce(a.r, 0) <> coalesce(b.r, 0)");
INVARIANT(prices_follow_variants,
    "SELECT p.id::text FROM products p LEFT JOIN (SELECT product_id,"
    " min(price_cents) AS lo, max(price_cents) AS hi, count(*) AS n,"
    " (array_agg(price_cents ORDER BY is_default DESC, id))[1] AS price"
    " FROM product_variants WHERE deleted_at IS NULL"
    " GROUP BY product_id) v ON v.product_id = p.id"
    " WHERE p.variant_count <> coalesce(v.n, 0) OR (v.n > 0 AND"
    " (p.min_price_cents <> v.lo OR p.max_price_cents <> v.hi"
    " OR p.price_cents <> v.price))");
INVARIANT(ratings_follow_reviews,
    "SELECT p.id::text FROM products p LEFT JOIN (SELECT product_id,"
    " sum(rating) AS s, count(*) AS n FROM reviews GROUP BY product_id) r"
    " ON r.product_id = p.id WHERE p.rating_count <> coalesce(r.n, 0)"
    " OR p.rating_sum <> coalesce(r.s, 0)");
INVARIANT(levels_follow_stock,
    "SELECT coalesce(l.product_id, x.id)::text FROM product_levels l"
    " FULL JOIN (SELECT p.id, stock_level(clamp(sum(i.available))) AS level"
    "  FROM products p LEFT JOIN product_variants v"
    "  ON v.product_id = p.id AND v.deleted_at IS NULL"
    "  LEFT JOIN inventory i ON i.variant_id = v.id"
    "  WHERE p.status = 'active' AND p.deleted_at IS NULL GROUP BY p.id) x"
    " ON x.id = l.product_id WHERE l.level IS DISTINCT FROM x.level"
    " AND coalesce(l.product_id, x.id) NOT IN"
    "  (SELECT product_id FROM stock_marks)"
    " UNION ALL SELECT 'level ' || c.level FROM level_counts c"
    " WHERE c.products <> (SELECT count(*) FROM product_levels l"
    "  WHERE l.level = c.level)");
INVARIANT(words_are_known,
    "SELECT DISTINCT l.lexeme FROM products p, unnest(p.search) l"
    " WHERE l.lexeme >= 'a' COLLATE \"C\" AND NOT EXISTS (SELECT"
    "  FROM product_words WHERE word = l.lexeme COLLATE \"C\")");
INVARIANT(every_variant_has_stock,
    "SELECT v.id::text FROM product_variants v LEFT JOIN inventory i"
    " ON i.variant_id = v.id WHERE i.variant_id IS NULL");
/* The jobs do these within seconds or minutes. */
INVARIANT(overdue_orders_end,
    "SELECT id::text FROM orders WHERE status = 'pending'"
    " AND payment_status = 'unpaid' AND (expires_at IS NULL"
    " OR expires_at < now() - interval '1 hour')");
/* A bank may take days. */
INVARIANT(refunds_end,
    "SELECT id::text FROM refunds WHERE status = 'pending'"
    " AND created_at < now() - interval '30 days'");
/* What an endpoint that is off or fails has not taken waits for it. */
INVARIANT(outbox_is_worked_off,
    "SELECT id::text FROM outbox q WHERE state = 'queued'"
    " AND greatest(run_at, locked_until) < now() - interval '1 hour'"
    " AND NOT EXISTS (SELECT FROM webhooks w WHERE w.id = q.webhook_id"
    "  AND NOT (w.is_active AND w.failing_since IS NULL))");
INVARIANT(keys_are_forgotten,
    "SELECT user_id || '/' || key FROM idempotency_keys"
    " WHERE created_at < now() - interval '48 hours'");
/* Rules that somebody has switched off. */
INVARIANT(triggers_are_on,
    "SELECT tgrelid::regclass || '.' || tgname FROM pg_trigger"
    " WHERE tgenabled <> 'O' AND tgrelid IN (SELECT oid FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace)");
INVARIANT(append_only_stays_so,
    "SELECT c.relname::text FROM pg_class c LEFT JOIN pg_inherits h"
    " ON h.inhrelid = c.oid CROSS JOIN LATERAL ("
    "  SELECT coalesce(h.inhparent, c.oid)::regclass) t (name)"
    " WHERE c.relkind IN ('r', 'p') AND t.name IN ("
    " 'inventory_movements'::regclass, 'order_events'::regclass,"
    " 'audit_log'::regclass) AND (NOT EXISTS (SELECT FROM pg_trigger"
    "  WHERE tgrelid = c.oid AND tgname = t.name || '_append_only')"
    " OR (NOT pg_has_role(c.relowner, 'USAGE') AND"
    "  (has_table_privilege(c.oid, 'UPDATE') OR"
    "  has_table_privilege(c.oid, 'DELETE'))))");
INVARIANT(constraints_are_valid,
    "SELECT conname::text FROM pg_constraint WHERE NOT convalidated"
    " UNION ALL SELECT indexrelid::regclass::text FROM pg_index"
    " WHERE NOT indisvalid");

#define ROW(id) { #id, &check_##id }
static const struct invariant invariants[] = {
	ROW(stock_not_negative), ROW(stock_is_ledger_sum),
	ROW(reserved_is_open_orders), ROW(ledger_never_below_zero),
	ROW(ledger_of_known_variants), ROW(order_lines_move_stock_once),
	ROW(sold_variants_stay), ROW(line_totals),
	ROW(subtotal_is_sum_of_lines), ROW(total_formula),
	ROW(allowed_transitions), ROW(event_chain),
	ROW(status_is_last_event), ROW(refunds_within_payment),
	ROW(payment_is_order_total), ROW(one_live_payment),
	ROW(payment_status_agrees), ROW(shipped_is_paid),
	ROW(cancelled_is_refunded), ROW(provider_refs_are_unique),
	ROW(committed_keys_have_answers), ROW(order_201_exists),
	ROW(one_key_one_order), ROW(sums_per_day),
	ROW(customers_per_day), ROW(sums_per_product),
	ROW(prices_follow_variants), ROW(ratings_follow_reviews),
	ROW(levels_follow_stock), ROW(words_are_known),
	ROW(every_variant_has_stock), ROW(overdue_orders_end),
	ROW(refunds_end), ROW(outbox_is_worked_off),
	ROW(keys_are_forgotten), ROW(triggers_are_on),
	ROW(append_only_stays_so), ROW(constraints_are_valid),
	{ NULL, NULL }
};

const struct invariant *
check_list(void)
{
	return invariants;
}

STMT(check_sql_snapshot,
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
STMT(check_sql_patience,
    "SELECT set_config('statement_timeout', '0', true),"
    " set_config('idle_in_transaction_session_timeout', '0', true),"
    " set_config('work_mem', '128MB', true)");

int
check_snapshot(struct tx *tx)
{
	tx_queue(tx, &check_sql_snapshot);
	return tx_none(tx, &check_sql_patience);
}

int
check_one(struct tx *tx, const struct invariant *inv, int64_t *count_r,
    const char **first_r)
{
	struct rows rs;

	if (tx_one(tx, &rs, inv->st) == -1)
		return -1;
	*count_r = rows_i64(&rs, 0, "count");
	*first_r = rows_text(&rs, 0, "first");
	return 0;
}
