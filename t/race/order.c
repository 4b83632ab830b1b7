/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/tx.h"

#include "app/stock/stock.h"

#include "t/help/call.h"
#include "t/help/crowd.h"
#include "t/help/db.h"

/*
 * Many at once, each in a process of its own. What may be refused is
 * refused for its reason, and no deadlock comes through. Where all wait for
 * one row, a busy machine may make the last ones wait a second: they are
 * told to try again.
 */

static const char *
line(int64_t variant, int quantity)
{
	return pathf("{\"variant_id\":%lld,\"quantity\":%d}",
	    (long long)variant, quantity);
}

static struct answer
buy(const char *token, const char *lines)
{
	return call("POST", "/api/v1/orders", token,
	    pathf("{\"items\":[%s],\"delivery_address\":\"Here\"}", lines));
}

static int64_t
stock(int64_t variant, const char *column)
{
	return db_i64("SELECT %s FROM inventory WHERE variant_id = %lld",
	    column, (long long)variant);
}

static int64_t
deadlocks(void)
{
	return db_i64("SELECT deadlocks FROM pg_stat_database"
	    " WHERE datname = current_database()");
}

/* The rows agree with the ledger and with the orders. */
static void
ck_stock(const struct goods *g, int64_t available, int64_t reserved)
{
	ck_assert_int_eq(stock(g->variant, "available"), available);
	ck_assert_int_eq(stock(g->variant, "reserved"), reserved);
	ck_assert_int_eq(db_i64("SELECT sum(delta_available)::bigint FROM"
	    " inventory_movements WHERE variant_id = %lld",
	    (long long)g->variant), available);
	ck_assert_int_eq(db_i64("SELECT coalesce(sum(i.quantity), 0)::bigint"
	    " FROM order_items i JOIN orders o ON o.id = i.order_id"
	    " WHERE i.variant_id = %lld AND o.status IN ('pending',"
	    " 'confirmed')", (long long)g->variant), reserved);
}

struct scene {
	struct persona who[50];
	struct goods a, b;
	int64_t order;
};

static struct scene scene;

static void
setup(void)
{
	for (int i = 0; i < 50; i++)
		scene.who[i] = persona_new(false);
}

static int
buy_one(int i, const void *arg)
{
	const struct scene *s = arg;
	struct answer a = buy(s->who[i].token, line(s->a.variant, 1));

	if (a.status == 409) {
		ck_assert_str_eq(a.code, "insufficient_stock");
		ck_assert_int_eq(jint(&a, "errors[0].available"), 0);
	}
	return a.status;
}

START_TEST(last_unit)
{
	struct crowd c;

	scene.a = goods_new(100, 1);
	c = crowd_run(50, buy_one, &scene);
	ck_assert_int_eq(crowd_count(&c, 201), 1);
	ck_assert_int_eq(crowd_count(&c, 409) + crowd_count(&c, 503), 49);
	ck_stock(&scene.a, 0, 1);
}
END_TEST

/* ---- a row that somebody holds ------------------------------------------ */

#define SPARED	1	/* did not even wait */

STMT(test_hold_row, "SELECT 1 FROM inventory WHERE variant_id = $1"
    " FOR UPDATE");

static int
buy_held(int i, const void *arg)
{
	const struct scene *s = arg;
	struct answer a = buy(s->who[i].token, line(s->a.variant, 1));

	if (a.status == 503 && strcmp(jstr(&a, "detail"),
	    "Somebody holds it for long") == 0)
		return SPARED;
	return a.status;
}

/* Who waited in vain spares the others the wait, but for one at a time. */
START_TEST(held)
{
	struct err err;
	struct tx tx = { 0 };
	struct crowd c;

	jam_init();
	scene.a = goods_new(100, 1000);
	err_init(&err, db_mem());
	tx_begin(&tx, pg_new(getenv("DATABASE_URL")), TX_WRITE, db_mem(),
	    &err, INT64_MAX);
	ck_assert_int_eq(tx_none(&tx, &test_hold_row,
	    pg_i64(scene.a.variant)), 0);
	c = crowd_run(3, buy_held, &scene);
	ck_assert_int_eq(crowd_count(&c, 503), 3);
	c = crowd_run(20, buy_held, &scene);
	ck_assert_int_ge(crowd_count(&c, SPARED), 18);
	ck_assert_int_ge(crowd_count(&c, 503), 1);
	ck_assert_int_eq(crowd_count(&c, SPARED) + crowd_count(&c, 503), 20);
	tx_rollback(&tx);
	pg_free(tx.pg);
	ck_assert_int_eq(buy_held(0, &scene), 201);
	c = crowd_run(2, buy_held, &scene);
	ck_assert_int_eq(crowd_count(&c, 201), 2);
}
END_TEST

static int
buy_some(int i, const void *arg)
{
	const struct scene *s = arg;

	return buy(s->who[i].token, line(s->a.variant, i % 3 + 1)).status;
}

START_TEST(ten_units)
{
	struct crowd c;
	int64_t left;

	scene.a = goods_new(100, 10);
	c = crowd_run(50, buy_some, &scene);
	left = stock(scene.a.variant, "available");
	ck_assert_int_eq(crowd_count(&c, 201) + crowd_count(&c, 409) +
	    crowd_count(&c, 503), 50);
	/* Who wanted one was not refused while there was one. */
	if (crowd_count(&c, 503) == 0)
		ck_assert_int_eq(left, 0);
	ck_stock(&scene.a, left, 10 - left);
}
END_TEST

static int
buy_two(int i, const void *arg)
{
	const struct scene *s = arg;
	const char *a = line(s->a.variant, 1), *b = line(s->b.variant, 1);

	for (int n = 0; n < 5; n++) {
		struct answer r = buy(s->who[i].token, i % 2 == 0 ?
		    pathf("%s,%s", a, b) : pathf("%s,%s", b, a));

		if (r.status != 201)
			return r.status;
	}
	return 201;
}

START_TEST(opposite_orders)
{
	int64_t before = deadlocks();
	struct crowd c;

	scene.a = goods_new(100, 1000);
	scene.b = goods_new(100, 1000);
	c = crowd_run(16, buy_two, &scene);
	ck_assert_int_eq(crowd_count(&c, 201), 16);
	ck_stock(&scene.a, 920, 80);
	ck_stock(&scene.b, 920, 80);
	ck_assert_int_eq(deadlocks(), before);
}
END_TEST

/* Of a body, above every status. */
static int
digest(const char *body)
{
	unsigned h = 5381;

	for (; *body != '\0'; body++)
		h = h * 33 + (unsigned char)*body;
	return (int)(h >> 2) + 1000;
}

static int
buy_with_key(int i, const void *arg)
{
	const struct scene *s = arg;
	struct answer a = call_with("POST", "/api/v1/orders",
	    s->who[0].token, pathf("{\"items\":[%s],\"delivery_address\":"
	    "\"Here\"}", line(s->a.variant, 1)), "Idempotency-Key", "one",
	    NULL);

	(void)i;
	if (a.status == 409)
		ck_assert_str_eq(a.code, "idempotency_in_progress");
	return a.status == 201 ? digest(a.body) : a.status;
}

/* All who were answered were answered the same, byte for byte. */
START_TEST(same_key)
{
	struct crowd c;
	struct answer a;
	int answer;

	scene.a = goods_new(100, 100);
	c = crowd_run(50, buy_with_key, &scene);
	a = call_with("POST", "/api/v1/orders", scene.who[0].token,
	    pathf("{\"items\":[%s],\"delivery_address\":\"Here\"}",
	    line(scene.a.variant, 1)), "Idempotency-Key", "one", NULL);
	ck_status(a, 201);
	ck_assert(a.rs.replayed);
	answer = digest(a.body);
	ck_assert_int_ge(crowd_count(&c, answer), 1);
	ck_assert_int_eq(crowd_count(&c, answer) + crowd_count(&c, 409) +
	    crowd_count(&c, 503), 50);
	ck_stock(&scene.a, 99, 1);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM orders"
	    " WHERE user_id = %lld", (long long)scene.who[0].id), 1);
}
END_TEST

static int
check_out(int i, const void *arg)
{
	const struct scene *s = arg;
	struct answer a = call("POST", "/api/v1/orders", s->who[0].token,
	    "{\"delivery_address\":\"Here\"}");

	(void)i;
	if (a.status == 422)
		ck_assert_str_eq(a.code, "cart_empty");
	return a.status;
}

static void
fill_cart(int64_t variant)
{
	struct answer a = call("POST", "/api/v1/cart/items",
	    scene.who[0].token, line(variant, 2));

	ck_status(a, 201);
}

START_TEST(one_cart)
{
	struct crowd c;

	scene.a = goods_new(100, 1000);
	scene.b = goods_new(100, 1000);
	fill_cart(scene.a.variant);
	fill_cart(scene.b.variant);
	c = crowd_run(50, check_out, &scene);
	ck_assert_int_eq(crowd_count(&c, 201), 1);
	ck_assert_int_eq(crowd_count(&c, 422) + crowd_count(&c, 503), 49);
	ck_stock(&scene.a, 998, 2);
}
END_TEST

/* Half of them put something in, half check out: what was put in is either
 * ordered or still there. */
static int
add_or_order(int i, const void *arg)
{
	const struct scene *s = arg;
	struct answer a;

	if (i % 2 == 0)
		return check_out(i, arg);
	a = call("POST", "/api/v1/cart/items", s->who[0].token,
	    line(s->a.variant, 1));
	return a.status == 201 ? 200 : a.status;
}

START_TEST(cart_changes_while_it_is_ordered)
{
	struct crowd c;
	int64_t kept;

	scene.a = goods_new(100, 1000);
	c = crowd_run(50, add_or_order, &scene);
	ck_assert_int_eq(crowd_count(&c, 200) + crowd_count(&c, 201) +
	    crowd_count(&c, 422) + crowd_count(&c, 503), 50);
	kept = db_i64("SELECT coalesce(sum(quantity), 0)::bigint FROM"
	    " cart_items WHERE variant_id = %lld",
	    (long long)scene.a.variant);
	ck_assert_int_eq(kept + stock(scene.a.variant, "reserved"),
	    crowd_count(&c, 200));
}
END_TEST

static int
add_one(int i, const void *arg)
{
	const struct scene *s = arg;

	(void)i;
	return call("POST", "/api/v1/cart/items", s->who[0].token,
	    line(s->a.variant, 1)).status;
}

START_TEST(cart_limits)
{
	struct crowd c;

	scene.a = goods_new(100, 20);
	c = crowd_run(30, add_one, &scene);
	ck_assert_int_eq(db_i64("SELECT quantity FROM cart_items"
	    " WHERE variant_id = %lld", (long long)scene.a.variant),
	    crowd_count(&c, 201));
	ck_assert_int_le(crowd_count(&c, 201), 20);
	ck_assert_int_eq(crowd_count(&c, 201) + crowd_count(&c, 409) +
	    crowd_count(&c, 503), 30);
}
END_TEST

static int
cancel(int i, const void *arg)
{
	const struct scene *s = arg;

	(void)i;
	return call("POST", pathf("/api/v1/orders/%lld/cancel",
	    (long long)s->order), s->who[0].token, NULL).status;
}

START_TEST(cancelled_once)
{
	struct crowd c;
	struct answer a;

	scene.a = goods_new(100, 10);
	a = buy(scene.who[0].token, line(scene.a.variant, 4));
	scene.order = jint(&a, "id");
	c = crowd_run(20, cancel, &scene);
	ck_assert_int_eq(crowd_count(&c, 200), 1);
	ck_assert_int_eq(crowd_count(&c, 409) + crowd_count(&c, 503), 19);
	ck_stock(&scene.a, 10, 0);
}
END_TEST

/* What overdue orders hold is sold to those who come, each unit once. */
START_TEST(overdue_stock)
{
	struct crowd c;
	int sold;
	struct answer a;

	scene.a = goods_new(100, 10);
	for (int i = 0; i < 5; i++) {
		a = buy(scene.who[i].token, line(scene.a.variant, 2));
		ck_status(a, 201);
	}
	db_exec("UPDATE orders SET expires_at = now() WHERE id IN (SELECT"
	    " order_id FROM order_items WHERE variant_id = %lld)",
	    (long long)scene.a.variant);
	c = crowd_run(30, buy_one, &scene);
	sold = crowd_count(&c, 201);
	ck_assert_int_eq(sold + crowd_count(&c, 409) + crowd_count(&c, 503),
	    30);
	if (crowd_count(&c, 503) == 0)
		ck_assert_int_eq(sold, 10);
	ck_stock(&scene.a, 10 - sold, sold);
}
END_TEST

/* ---- deleted for good ----------------------------------------------- */

STMT(test_delete, "DELETE FROM products WHERE id = $1");

/* It is gone between the quote and the reservation; or the look and the line
 * of the cart, or the review. */
static int
delete_or_want(int i, const void *arg)
{
	struct tx *tx;

	(void)arg;
	if (i > 0)
		usleep(100000);
	if (i == 1)
		return buy(scene.who[1].token, line(scene.a.variant, 1)).status;
	if (i == 2)
		return call("POST", "/api/v1/cart/items", scene.who[2].token,
		    line(scene.a.variant, 1)).status;
	if (i == 3)
		return call("POST", pathf("/api/v1/products/%lld/reviews",
		    (long long)scene.a.product), scene.who[3].token,
		    "{\"rating\":5}").status;
	tx = db_begin();
	stock_drop(tx, scene.a.product);
	if (tx_none(tx, &test_delete, pg_i64(scene.a.product)) == -1)
		return 0;
	usleep(300000);
	return tx_commit(tx) == 0 ? 204 : 0;
}

/* Who of the two is first, is left to chance. */
static int
forever_or_buy(int i, const void *arg)
{
	(void)arg;
	usleep((useconds_t)(db_i64("SELECT (random() * 8000)::bigint")));
	if (i == 1)
		return buy(scene.who[1].token, line(scene.a.variant, 1)).status;
	return call("DELETE", pathf("/api/v1/products/%lld?permanent=true",
	    (long long)scene.a.product), scene.who[0].token, NULL).status;
}

START_TEST(deleted_for_good)
{
	struct crowd c;

	scene.a = goods_new(100, 5);
	c = crowd_run(4, delete_or_want, &scene);
	ck_assert_int_eq(c.result[0], 204);
	ck_assert_int_eq(c.result[1], 422);
	ck_assert_int_eq(c.result[2], 422);
	ck_assert_int_eq(c.result[3], 404);
	scene.who[0] = persona_new(true);
	for (int i = 0; i < 12; i++) {
		scene.a = goods_new(100, 5);
		c = crowd_run(2, forever_or_buy, &scene);
		ck_assert_msg((c.result[0] == 204 && c.result[1] == 422) ||
		    (c.result[0] == 409 && c.result[1] == 201), "%d %d",
		    c.result[0], c.result[1]);
		ck_assert_int_eq(db_i64("SELECT count(*) FROM order_items"
		    " WHERE variant_id = %lld", (long long)scene.a.variant),
		    c.result[1] == 201);
	}
}
END_TEST

SUITE(order_race)
{
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, last_unit);
	tcase_add_test(tc, held);
	tcase_add_test(tc, ten_units);
	tcase_add_test(tc, opposite_orders);
	tcase_add_test(tc, same_key);
	tcase_add_test(tc, one_cart);
	tcase_add_test(tc, cart_changes_while_it_is_ordered);
	tcase_add_test(tc, cart_limits);
	tcase_add_test(tc, cancelled_once);
	tcase_add_test(tc, overdue_stock);
	tcase_add_test(tc, deleted_for_good);
}
