/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/tx.h"
#include "lib/worker.h"

#include "app/config.h"
#include "app/jobs/work.h"
#include "app/sales/expiry.h"

#include "t/help/call.h"
#include "t/help/db.h"

static struct persona buyer;
static struct goods goods;

static void
setup(void)
{
	buyer = persona_new(false);
	goods = goods_new(100, 50);
	/* Only orders of the test at hand can be due. */
	db_exec("UPDATE orders SET expires_at = now() + interval '1 hour'");
}

/* An order that is overdue; its id. */
static int64_t
overdue(void)
{
	struct answer a = call("POST", "/api/v1/orders", buyer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":2}],"
	    "\"delivery_address\":\"Here\"}", (long long)goods.variant));
	int64_t id;

	ck_status(a, 201);
	id = jint(&a, "id");
	db_exec("UPDATE orders SET expires_at = now() WHERE id = %lld",
	    (long long)id);
	return id;
}

static int64_t
run(int limit)
{
	struct tx *tx = db_begin();
	int64_t n;

	ck_assert_int_eq(expiry_run(tx, NULL, 0, limit, &n), 0);
	ck_assert_int_eq(tx_commit(tx), 0);
	return n;
}

static const char *
status(int64_t id)
{
	return db_text("SELECT status FROM orders WHERE id = %lld",
	    (long long)id);
}

static int64_t
available(void)
{
	return db_i64("SELECT available FROM inventory WHERE variant_id ="
	    " %lld", (long long)goods.variant);
}

START_TEST(ends_what_is_due)
{
	int64_t id = overdue(), later = overdue();

	db_exec("UPDATE orders SET expires_at = now() + interval '1 minute'"
	    " WHERE id = %lld", (long long)later);
	ck_assert_int_eq(run(100), 1);
	ck_assert_str_eq(status(id), "cancelled");
	ck_assert_str_eq(status(later), "pending");
	ck_assert_int_eq(available(), 48);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM order_events"
	    " WHERE order_id = %lld AND reason = 'expired'"
	    " AND actor_id IS NULL AND to_status = 'cancelled'",
	    (long long)id), 1);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM outbox WHERE order_id ="
	    " %lld AND topic = 'order.cancelled' AND kind = 'event'"
	    " AND payload->>'reason' = 'expired' AND user_id = %lld",
	    (long long)id, (long long)buyer.id), 1);
	ck_assert_int_eq(run(100), 0);
	ck_assert_int_eq(available(), 48);
}
END_TEST

START_TEST(in_batches)
{
	overdue();
	overdue();
	overdue();
	ck_assert_int_eq(run(2), 2);
	ck_assert_int_eq(run(2), 1);
	ck_assert_int_eq(available(), 50);
}
END_TEST

START_TEST(payment_under_way)
{
	int64_t id = overdue(), units;
	struct tx *tx;

	db_exec("INSERT INTO payments (order_id, user_id, provider,"
	    " amount_cents, currency) VALUES (%lld, %lld, 'test', 200,"
	    " 'USD')", (long long)id, (long long)buyer.id);
	ck_assert_int_eq(run(100), 0);
	ck_assert_str_eq(status(id), "pending");
	tx = db_begin();
	ck_assert_int_eq(expiry_due(tx, goods.variant, &units), 0);
	ck_assert_int_eq(units, 0);
	db_rollback(tx);
	db_exec("UPDATE payments SET status = 'failed' WHERE order_id = %lld",
	    (long long)id);
	ck_assert_int_eq(run(100), 1);
}
END_TEST

START_TEST(confirmed_is_not_due)
{
	int64_t id = overdue();

	db_exec("UPDATE orders SET status = 'confirmed' WHERE id = %lld",
	    (long long)id);
	ck_assert_int_eq(run(100), 0);
}
END_TEST

/* The jobs do not wait for what somebody else holds. */
START_TEST(locked_ones_are_skipped)
{
	int64_t held = overdue(), unheld = overdue(), n;
	struct pg *other = pg_new(config.database_url);
	struct tx *tx = db_begin(), lock = { 0 };
	struct err e;

	err_init(&e, db_mem());
	tx_begin(&lock, other, TX_WRITE, db_mem(), &e, now_ms() + 5000);
	ck_assert_int_eq(expiry_run(&lock, NULL, 0, 1, &n), 0);
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(expiry_run(tx, NULL, 0, 100, &n), 0);
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(tx_commit(tx), 0);
	tx_rollback(&lock);
	pg_free(other);
	ck_assert_str_eq(status(held), "pending");
	ck_assert_str_eq(status(unheld), "cancelled");
}
END_TEST

START_TEST(only_these_variants)
{
	int64_t id = overdue(), n, units;
	struct goods other = goods_new(100, 5);
	struct tx *tx = db_begin();

	ck_assert_int_eq(expiry_due(tx, goods.variant, &units), 0);
	ck_assert_int_eq(units, 2);
	ck_assert_int_eq(expiry_run(tx, &other.variant, 1, 100, &n), 0);
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(expiry_run(tx, &goods.variant, 1, 100, &n), 0);
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(tx_commit(tx), 0);
	ck_assert_str_eq(status(id), "cancelled");
	ck_assert_int_eq(available(), 50);
}
END_TEST

/* As after some time without jobs. */
static void
overdue_many(int n)
{
	db_exec("WITH o AS (INSERT INTO orders (user_id, currency,"
	    "  subtotal_cents, total_cents, shipping_address, expires_at)"
	    "  SELECT %lld, 'USD', 100, 100, '{}', now()"
	    "  FROM generate_series(1, %d) RETURNING id),"
	    " l AS (INSERT INTO order_items (order_id, variant_id, product_id,"
	    "  sku, title, quantity, unit_price_cents, subtotal_cents)"
	    "  SELECT id, %lld, %lld, 'S', 'T', 1, 100, 100 FROM o),"
	    " m AS (INSERT INTO inventory_movements (variant_id, kind,"
	    "  delta_available, delta_reserved, order_id)"
	    "  SELECT %lld, 'reserve', -1, 1, id FROM o)"
	    " UPDATE inventory SET available = available - %d,"
	    "  reserved = reserved + %d WHERE variant_id = %lld",
	    (long long)buyer.id, n, (long long)goods.variant,
	    (long long)goods.product, (long long)goods.variant, n, n,
	    (long long)goods.variant);
}

/* Those who look see what ends next, those who buy see all, and one turn of
 * the clock ends more than a batch. */
START_TEST(many_at_once)
{
	struct err err;
	struct job clock = { .pg = db_pg(), .mem = arena_new(1 << 24),
	    .err = &err, .role = "clock" };
	struct tx *tx;
	int64_t units;

	goods = goods_new(100, 300);
	overdue_many(250);
	ck_assert_int_eq(db_i64("SELECT stock_overdue(%lld)",
	    (long long)goods.variant), 200);
	tx = db_begin();
	ck_assert_int_eq(expiry_due(tx, goods.variant, &units), 0);
	ck_assert_int_eq(units, 250);
	ck_assert_int_eq(tx_commit(tx), 0);
	clock_turn(&clock);
	ck_assert_int_eq(available(), 300);
	ck_assert_int_eq(db_i64("SELECT stock_overdue(%lld)",
	    (long long)goods.variant), 0);
	arena_free(clock.mem);
}
END_TEST

SUITE(expiry)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, ends_what_is_due);
	tcase_add_test(tc, in_batches);
	tcase_add_test(tc, payment_under_way);
	tcase_add_test(tc, confirmed_is_not_due);
	tcase_add_test(tc, locked_ones_are_skipped);
	tcase_add_test(tc, only_these_variants);
	tcase_add_test(tc, many_at_once);
}
