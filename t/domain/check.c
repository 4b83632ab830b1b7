/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/tx.h"
#include "lib/worker.h"

#include "app/admin/check.h"
#include "app/config.h"

#include "t/help/db.h"

/*
 * Each invariant of `shopd check` is violated once, by the schema's owner,
 * who first takes away what would refuse, and is seen. The demo data are
 * what it is done to: order 1 of user 1, confirmed, with payment 1, lines 1
 * and 2 of variants 3 and 8.
 */
static const struct { const char *name, *sql; } plants[] = {
	{ "stock_not_negative", "ALTER TABLE inventory DROP CONSTRAINT"
	    " inventory_available_check; UPDATE inventory SET available = -1"
	    " WHERE variant_id = 3" },
	{ "stock_is_ledger_sum", "UPDATE inventory SET available ="
	    " available + 1 WHERE variant_id = 3" },
	{ "stock_is_ledger_sum", "UPDATE inventory SET reserved ="
	    " reserved + 1 WHERE variant_id = 3" },
	{ "reserved_is_open_orders", "UPDATE inventory SET reserved ="
	    " reserved + 1 WHERE variant_id = 3" },
	{ "ledger_never_below_zero", "INSERT INTO inventory_movements"
	    " (variant_id, kind, delta_available, delta_reserved) VALUES"
	    " (3, 'adjust', -1000000, 0), (3, 'adjust', 1000000, 0)" },
	{ "ledger_of_known_variants", "INSERT INTO inventory_movements"
	    " (variant_id, kind, delta_available, delta_reserved) VALUES"
	    " (999999, 'receive', 5, 0)" },
	{ "order_lines_move_stock_once", "INSERT INTO inventory_movements"
	    " (variant_id, kind, delta_available, delta_reserved, order_id)"
	    " VALUES (3, 'reserve', -1, 1, 1)" },
	{ "order_lines_move_stock_once", "INSERT INTO inventory_movements"
	    " (variant_id, kind, delta_available, delta_reserved, order_id)"
	    " VALUES (3, 'ship', 0, -1, 1)" },
	{ "order_lines_move_stock_once", "DELETE FROM order_items WHERE"
	    " id = 1; INSERT INTO order_items (order_id, variant_id,"
	    " product_id, sku, title, quantity, unit_price_cents,"
	    " subtotal_cents) VALUES (1, 3, 2, 'x', 'x', 2, 1, 2)" },
	{ "order_lines_move_stock_once", "ALTER TABLE orders DISABLE TRIGGER"
	    " USER; UPDATE orders SET status = 'cancelled' WHERE id = 1" },
	{ "order_lines_move_stock_once", "INSERT INTO inventory_movements"
	    " (variant_id, kind, delta_available, delta_reserved, order_id)"
	    " VALUES (5, 'reserve', -1, 1, 1), (5, 'ship', 0, -1, 1); UPDATE"
	    " inventory SET available = available - 1 WHERE variant_id = 5" },
	{ "sold_variants_stay", "UPDATE inventory SET sold = false" },
	{ "line_totals", "ALTER TABLE order_items DROP CONSTRAINT"
	    " order_items_subtotal_check; UPDATE order_items SET"
	    " subtotal_cents = 1 WHERE id = 1" },
	{ "subtotal_is_sum_of_lines", "DELETE FROM order_items"
	    " WHERE id = 2" },
	{ "subtotal_is_sum_of_lines", "DELETE FROM order_items"
	    " WHERE order_id = 1" },
	{ "total_formula", "ALTER TABLE orders DROP CONSTRAINT"
	    " orders_fit_check; UPDATE orders SET total_cents = 1"
	    " WHERE id = 1" },
	{ "allowed_transitions", "ALTER TABLE order_events DROP CONSTRAINT"
	    " order_events_transition_fkey; INSERT INTO order_events"
	    " (order_id, from_status, to_status) VALUES (1, 'confirmed',"
	    " 'delivered')" },
	{ "event_chain", "INSERT INTO order_events (order_id, from_status,"
	    " to_status) VALUES (1, 'shipped', 'delivered')" },
	{ "status_is_last_event", "ALTER TABLE orders DISABLE TRIGGER USER;"
	    " UPDATE orders SET status = 'shipped' WHERE id = 1" },
	{ "refunds_within_payment", "INSERT INTO refunds (payment_id,"
	    " amount_cents, status) VALUES (1, 1, 'succeeded')" },
	{ "refunds_within_payment", "UPDATE payments SET"
	    " refund_pending_cents = 5 WHERE id = 1" },
	{ "payment_is_order_total", "UPDATE payments SET amount_cents ="
	    " amount_cents + 1 WHERE id = 1" },
	{ "one_live_payment", "DROP INDEX payments_live_key; INSERT INTO"
	    " payments (order_id, user_id, provider, amount_cents, currency)"
	    " VALUES (1, 1, 'test', 31997, 'USD')" },
	{ "payment_status_agrees", "UPDATE payments SET status = 'failed'"
	    " WHERE id = 1" },
	{ "payment_status_agrees", "UPDATE orders SET refunded_cents = 1"
	    " WHERE id = 1" },
	{ "shipped_is_paid", "ALTER TABLE orders DISABLE TRIGGER USER; UPDATE"
	    " orders SET status = 'shipped', payment_status = 'unpaid'"
	    " WHERE id = 1" },
	{ "shipped_is_paid", "ALTER TABLE orders DISABLE TRIGGER USER; UPDATE"
	    " orders SET status = 'shipped', payment_status = 'refunded',"
	    " refunded_cents = total_cents WHERE id = 1" },
	{ "cancelled_is_refunded", "UPDATE orders SET status = 'cancelled'"
	    " WHERE id = 1" },
	{ "cancelled_is_refunded", "UPDATE orders SET status = 'cancelled'"
	    " WHERE id = 1; INSERT INTO refunds (payment_id, amount_cents,"
	    " status) VALUES (1, 1, 'failed')" },
	{ "provider_refs_are_unique", "INSERT INTO refunds (payment_id,"
	    " amount_cents, provider_ref) VALUES (1, 1, 'test_1')" },
	{ "committed_keys_have_answers", "INSERT INTO idempotency_keys"
	    " (user_id, address, key, fingerprint) VALUES (1, '', 'k',"
	    " 'f')" },
	{ "committed_keys_have_answers", "INSERT INTO idempotency_keys"
	    " (user_id, address, key, fingerprint, status) VALUES (1, '',"
	    " 'k', 'f', 200)" },
	{ "order_201_exists", "INSERT INTO idempotency_keys (user_id,"
	    " address, key, fingerprint, status, body, location) VALUES (1,"
	    " '', 'k', 'f', 201, '', '/api/v1/orders/999999')" },
	{ "one_key_one_order", "INSERT INTO idempotency_keys (user_id,"
	    " address, key, fingerprint, status, body, location)"
	    " SELECT 1, '', k, 'f', 201, '', '/api/v1/orders/1'"
	    " FROM unnest('{a,b}'::text[]) k" },
	{ "sums_per_day", "INSERT INTO sales_journal (day, status, orders,"
	    " revenue_cents) VALUES ('2000-01-01', 'pending', 1, 0)" },
	{ "sums_per_day", "UPDATE sales_journal SET revenue_cents ="
	    " revenue_cents + 1 WHERE id = (SELECT max(id) FROM"
	    " sales_journal)" },
	{ "sums_per_day", "UPDATE sales_journal SET status = 'shipped'"
	    " WHERE id = (SELECT max(id) FROM sales_journal)" },
	{ "customers_per_day", "INSERT INTO customer_journal (day, opened,"
	    " present) VALUES ('2000-01-01', 1, 0)" },
	{ "customers_per_day", "INSERT INTO customer_journal (day, opened,"
	    " present) VALUES ('2000-01-01', 0, -1)" },
	{ "sums_per_product", "UPDATE sales_product_journal SET quantity ="
	    " quantity + 1" },
	{ "prices_follow_variants", "UPDATE products SET max_price_cents ="
	    " max_price_cents + 1 WHERE id = 1" },
	{ "prices_follow_variants", "UPDATE products SET price_cents ="
	    " price_cents + 1 WHERE id = 1" },
	{ "ratings_follow_reviews", "UPDATE products SET rating_sum ="
	    " rating_sum + 4, rating_count = rating_count + 1"
	    " WHERE id = 2" },
	{ "levels_follow_stock", "UPDATE level_counts SET products ="
	    " products + 1 WHERE level = 0" },
	{ "levels_follow_stock", "SELECT stock_levels_rebuild(); UPDATE"
	    " product_levels SET level = 1 - level % 2" },
	{ "words_are_known", "DELETE FROM product_words WHERE word IN"
	    " (SELECT word FROM product_words LIMIT 1)" },
	{ "every_variant_has_stock", "ALTER TABLE inventory DISABLE TRIGGER"
	    " USER; DELETE FROM inventory WHERE variant_id = 3" },
	{ "overdue_orders_end", "INSERT INTO orders (user_id, currency,"
	    " subtotal_cents, total_cents, shipping_address, expires_at)"
	    " VALUES (1, 'USD', 0, 0, '{}', now() - interval '2 hours')" },
	{ "overdue_orders_end", "INSERT INTO orders (user_id, currency,"
	    " subtotal_cents, total_cents, shipping_address)"
	    " VALUES (1, 'USD', 0, 0, '{}')" },
	{ "refunds_end", "INSERT INTO refunds (payment_id, amount_cents,"
	    " created_at) VALUES (1, 1, now() - interval '31 days')" },
	{ "outbox_is_worked_off", "INSERT INTO outbox (kind, topic, run_at)"
	    " VALUES ('mail', 'x', now() - interval '2 hours')" },
	{ "keys_are_forgotten", "INSERT INTO idempotency_keys (user_id,"
	    " address, key, fingerprint, status, body, created_at) VALUES"
	    " (1, '', 'k', 'f', 200, '', now() - interval '3 days')" },
	{ "triggers_are_on", "ALTER TABLE payments DISABLE TRIGGER"
	    " payments_touch" },
	{ "append_only_stays_so", "DROP TRIGGER audit_log_append_only"
	    " ON audit_log" },
	{ "constraints_are_valid", "ALTER TABLE orders ADD CONSTRAINT odd"
	    " CHECK (id <> 1) NOT VALID" },
};
#define NPLANTS (sizeof(plants) / sizeof(plants[0]))

static struct pg *
owner(void)
{
	static struct pg *pg;

	if (pg == NULL) {
		db_mem();
		ck_assert_ptr_nonnull(config.database_owner_url);
		pg = pg_new(config.database_owner_url);
	}
	return pg;
}

static void
script(const char *sql)
{
	struct err e;

	err_init(&e, db_mem());
	ck_assert_msg(pg_script(owner(), &e, sql, 5000) == 0, "%s: %s", sql,
	    e.internal);
}

static int64_t
violations(const struct invariant *v)
{
	struct tx tx = { 0 };
	const char *first;
	struct err e;
	int64_t n;

	err_init(&e, db_mem());
	tx_begin(&tx, owner(), TX_READ, db_mem(), &e, now_ms() + 10000);
	ck_assert_msg(check_one(&tx, v, &n, &first) == 0, "%s: %s", v->name,
	    e.internal);
	return n;
}

static const struct invariant *
find(const char *name)
{
	const struct invariant *v = check_list();

	while (v->name != NULL && strcmp(v->name, name) != 0)
		v++;
	ck_assert_msg(v->name != NULL, "there is no invariant %s", name);
	return v;
}

START_TEST(violation_is_seen)
{
	const struct invariant *v = find(plants[_i].name);

	ck_assert_msg(violations(v) == 0, "%s is violated already", v->name);
	script("BEGIN");
	script(plants[_i].sql);
	ck_assert_msg(violations(v) > 0, "%s is not seen: %s", v->name,
	    plants[_i].sql);
	script("ROLLBACK");
}
END_TEST

START_TEST(each_is_violated)
{
	for (const struct invariant *v = check_list(); v->name != NULL; v++) {
		size_t i = 0;

		while (i < NPLANTS && strcmp(plants[i].name, v->name) != 0)
			i++;
		ck_assert_msg(i < NPLANTS, "nothing violates %s", v->name);
	}
}
END_TEST

/* What the service itself must not be allowed. */
START_TEST(privileges_are_seen)
{
	const struct invariant *v = find("append_only_stays_so");
	struct tx *tx = db_begin();
	const char *first;
	int64_t n;

	ck_assert_int_eq(check_one(tx, v, &n, &first), 0);
	ck_assert_int_eq(n, 0);
	db_rollback(tx);
	script("GRANT UPDATE ON order_events TO shopd");
	tx = db_begin();
	ck_assert_int_eq(check_one(tx, v, &n, &first), 0);
	script("REVOKE UPDATE ON order_events FROM shopd");
	ck_assert_int_eq(n, 1);
	ck_assert_str_eq(first, "order_events");
	db_rollback(tx);
}
END_TEST

SUITE(check)
{
	tcase_add_loop_test(tc, violation_is_seen, 0, (int)NPLANTS);
	tcase_add_test(tc, each_is_violated);
	tcase_add_test(tc, privileges_are_seen);
}
