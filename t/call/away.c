/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <unistd.h>

#include "lib/err.h"
#include "lib/random.h"

#include "t/help/call.h"
#include "t/help/db.h"

/* A connection that died while nobody used it costs nobody an answer. */

static struct persona buyer;
static struct goods goods;

static void
setup(void)
{
	buyer = persona_new(false);
	goods = goods_new(100, 10);
}

/* The connection of the calls, cut by somebody else. */
STMT(test_pid, "SELECT pg_backend_pid()");

static void
cut(void)
{
	struct tx *tx = db_begin();
	struct rows rs;
	int64_t pid;

	ck_assert_int_eq(tx_one(tx, &rs, &test_pid), 0);
	pid = rows_first_i64(&rs);
	db_rollback(tx);
	db_exec("SELECT pg_terminate_backend(%lld, 5000)", (long long)pid);
}

START_TEST(reads)
{
	struct answer a;

	cut();
	a = call("GET", pathf("/api/v1/products/%lld",
	    (long long)goods.product), NULL, NULL);
	ck_status(a, 200);
	cut();
	a = call("GET", "/api/v1/orders", buyer.token, NULL);
	ck_status(a, 200);
}
END_TEST

START_TEST(writes)
{
	const char *body = pathf("{\"items\":[{\"variant_id\":%lld,"
	    "\"quantity\":1}],\"delivery_address\":\"Here\"}",
	    (long long)goods.variant), *key = random_hex(8, db_mem());
	struct answer a, b;

	cut();
	a = call_with("POST", "/api/v1/orders", buyer.token, body,
	    "Idempotency-Key", key, NULL);
	ck_status(a, 201);
	cut();
	b = call_with("POST", "/api/v1/orders", buyer.token, body,
	    "Idempotency-Key", key, NULL);
	ck_status(b, 201);
	ck_assert(b.rs.replayed);
	ck_assert_str_eq(a.body, b.body);
	cut();
	ck_status(call("POST", "/api/v1/payments", buyer.token,
	    pathf("{\"order_id\":%lld,\"token\":\"tok_visa\"}",
	    (long long)jint(&a, "id"))), 201);
	cut();
	ck_status(call("POST", pathf("%s/cancel", a.rs.location),
	    buyer.token, NULL), 200);
	ck_assert_int_eq(db_i64("SELECT available FROM inventory"
	    " WHERE variant_id = %lld", (long long)goods.variant), 10);
}
END_TEST

/* The session that another server had, or this one while it took no writes,
 * is not kept. */
STMT(test_read_only,
    "SELECT set_config('default_transaction_read_only', 'on', false)");

START_TEST(read_only)
{
	struct tx *tx = db_begin();
	struct rows rs;

	ck_assert_int_eq(tx_one(tx, &rs, &test_read_only), 0);
	ck_assert_int_eq(tx_commit(tx), 0);
	ck_status(call("POST", "/api/v1/cart/items", buyer.token,
	    pathf("{\"variant_id\":%lld,\"quantity\":1}",
	    (long long)goods.variant)), 201);
}
END_TEST

STMT(test_idle, "SET LOCAL idle_in_transaction_session_timeout = 10");

/* Nor is it a fault of ours if the server gave up a worker that was held up
 * between two statements. */
START_TEST(held_up)
{
	struct tx *tx = db_begin();
	struct rows rs;

	ck_assert_int_eq(tx_none(tx, &test_idle), 0);
	usleep(300000);
	ck_assert_int_eq(tx_one(tx, &rs, &test_pid), -1);
	ck_assert_str_eq(tx->err->sqlstate, "25P03");
	ck_assert_ptr_eq(tx->err->kind, &E_UNAVAILABLE);
	ck_assert(tx_retryable(tx));
	db_rollback(tx);
}
END_TEST

SUITE(away)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, reads);
	tcase_add_test(tc, writes);
	tcase_add_test(tc, read_only);
	tcase_add_test(tc, held_up);
}
