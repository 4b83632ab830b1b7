/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "app/sales/order.h"

#include "t/help/call.h"
#include "t/help/db.h"

static struct persona buyer, admin;
static struct goods goods;

static void
setup(void)
{
	buyer = persona_new(false);
	admin = persona_new(true);
	goods = goods_new(500, 10);
}

/* A new order of three units; its id. */
static int64_t
placed(void)
{
	struct answer a = call("POST", "/api/v1/orders", buyer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":3}],"
	    "\"delivery_address\":\"Here\"}", (long long)goods.variant));

	ck_status(a, 201);
	return jint(&a, "id");
}

static void
pay(int64_t id)
{
	struct answer a = call("POST", "/api/v1/payments", buyer.token,
	    pathf("{\"order_id\":%lld,\"token\":\"tok_visa\"}",
	    (long long)id));

	ck_status(a, 201);
}

static struct answer
get(int64_t id, const struct persona *who)
{
	return call("GET", pathf("/api/v1/orders/%lld", (long long)id),
	    who->token, NULL);
}

static struct answer
cancel(int64_t id, const struct persona *who, const char *body)
{
	return call("POST", pathf("/api/v1/orders/%lld/cancel",
	    (long long)id), who->token, body);
}

static struct answer
move(int64_t id, const char *to)
{
	return call("PUT", pathf("/api/v1/admin/orders/%lld/status",
	    (long long)id), admin.token, pathf("{\"status\":\"%s\","
	    "\"reason\":\"why not\"}", to));
}

static struct answer
events(int64_t id, const struct persona *who)
{
	return call("GET", pathf("/api/v1/orders/%lld/events",
	    (long long)id), who->token, NULL);
}

static int64_t
stock(const char *column)
{
	return db_i64("SELECT %s FROM inventory WHERE variant_id = %lld",
	    column, (long long)goods.variant);
}

static int64_t
topics(int64_t id, const char *topic)
{
	return db_i64("SELECT count(*) FROM outbox WHERE order_id = %lld"
	    " AND topic = '%s'", (long long)id, topic);
}

START_TEST(cancel_pending)
{
	int64_t id = placed();
	struct answer a = cancel(id, &buyer, "{\"reason\":\"too slow\"}");

	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "status"), "cancelled");
	ck_assert_str_eq(jstr(&a, "payment_status"), "unpaid");
	ck_assert_str_eq(a.body, get(id, &buyer).body);
	ck_assert_int_eq(stock("available"), 10);
	ck_assert_int_eq(stock("reserved"), 0);
	ck_assert_int_eq(topics(id, "order.cancelled"), 1);
	a = events(id, &buyer);
	ck_status(a, 200);
	ck_assert_uint_eq(jlen(&a, "data"), 2);
	ck_assert(!jhas(&a, "data[0].from"));
	ck_assert_str_eq(jstr(&a, "data[0].to"), "pending");
	ck_assert_int_eq(jint(&a, "data[0].actor.id"), buyer.id);
	ck_assert_str_eq(jstr(&a, "data[1].from"), "pending");
	ck_assert_str_eq(jstr(&a, "data[1].to"), "cancelled");
	ck_assert_str_eq(jstr(&a, "data[1].reason"), "too slow");
	ck_assert_str_eq(jstr(&a, "data[1].actor.email"), buyer.email);
	ck_assert_str_eq(jstr(&a, "data[1].actor.role"), "customer");
	ck_assert(jhas(&a, "data[1].at"));
	a = cancel(id, &buyer, NULL);
	ck_problem(a, 409, "invalid_transition");
	ck_assert_str_eq(jstr(&a, "from"), "cancelled");
	ck_assert_str_eq(jstr(&a, "to"), "cancelled");
	ck_assert_uint_eq(jlen(&a, "allowed"), 0);
	ck_assert_int_eq(stock("available"), 10);
}
END_TEST

START_TEST(cancel_gives_money_back)
{
	int64_t id = placed();
	struct answer a;

	pay(id);
	a = cancel(id, &buyer, NULL);
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "status"), "cancelled");
	ck_assert_str_eq(jstr(&a, "payment_status"), "refunded");
	ck_assert_int_eq(jint(&a, "refunded_cents"), 1500);
	ck_assert_int_eq(stock("available"), 10);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM refunds r JOIN payments p"
	    " ON p.id = r.payment_id WHERE p.order_id = %lld"
	    " AND r.status = 'succeeded' AND r.amount_cents = 1500",
	    (long long)id), 1);
}
END_TEST

START_TEST(cancel_with_a_key)
{
	int64_t id = placed();
	const char *path = pathf("/api/v1/orders/%lld/cancel", (long long)id);
	struct answer a, b;

	pay(id);
	a = call_with("POST", path, buyer.token, NULL, "Idempotency-Key",
	    "c", NULL);
	ck_status(a, 200);
	b = call_with("POST", path, buyer.token, NULL, "Idempotency-Key",
	    "c", NULL);
	ck_status(b, 200);
	ck_assert(b.rs.replayed);
	ck_assert_str_eq(a.body, b.body);
	ck_assert_str_eq(a.rs.etag, b.rs.etag);
}
END_TEST

/* A request that was interrupted behind its first transaction is taken up
 * by the next one with its key. */
START_TEST(interrupted_cancel)
{
	int64_t id = placed();
	const char *path = pathf("/api/v1/orders/%lld/cancel", (long long)id);
	struct answer a;

	a = call_with("POST", path, buyer.token, NULL, "Idempotency-Key",
	    "i", NULL);
	ck_status(a, 200);
	db_exec("UPDATE idempotency_keys SET status = NULL, body = NULL,"
	    " locked_at = now() - interval '1 minute'"
	    " WHERE user_id = %lld AND key = 'i'", (long long)buyer.id);
	ck_assert_int_eq(db_i64("SELECT resume_id FROM idempotency_keys"
	    " WHERE user_id = %lld AND key = 'i'", (long long)buyer.id), id);
	a = call_with("POST", path, buyer.token, NULL, "Idempotency-Key",
	    "i", NULL);
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "status"), "cancelled");
	ck_assert_int_eq(stock("available"), 10);
}
END_TEST

START_TEST(whole_life)
{
	int64_t id = placed();
	struct answer a = move(id, "shipped");

	ck_problem(a, 409, "invalid_transition");
	ck_assert_str_eq(jstr(&a, "from"), "pending");
	ck_assert_str_eq(jstr(&a, "to"), "shipped");
	ck_assert_uint_eq(jlen(&a, "allowed"), 2);
	ck_assert_str_eq(jstr(&a, "allowed[0]"), "cancelled");
	ck_assert_str_eq(jstr(&a, "allowed[1]"), "confirmed");
	pay(id);
	a = move(id, "confirmed");
	ck_problem(a, 409, "invalid_transition");
	a = move(id, "shipped");
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "status"), "shipped");
	ck_assert_int_eq(stock("available"), 7);
	ck_assert_int_eq(stock("reserved"), 0);
	ck_assert_int_eq(topics(id, "order.shipped"), 1);
	a = cancel(id, &buyer, NULL);
	ck_problem(a, 409, "invalid_transition");
	a = move(id, "delivered");
	ck_status(a, 200);
	a = move(id, "delivered");
	ck_problem(a, 409, "invalid_transition");
	a = move(id, "refunded");
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "status"), "refunded");
	ck_assert_str_eq(jstr(&a, "payment_status"), "refunded");
	ck_assert_int_eq(jint(&a, "refunded_cents"), 1500);
	ck_assert_int_eq(stock("available"), 7);
	a = events(id, &buyer);
	ck_assert_uint_eq(jlen(&a, "data"), 5);
	ck_assert_str_eq(jstr(&a, "data[4].to"), "refunded");
	ck_assert_str_eq(jstr(&a, "data[4].reason"), "why not");
	ck_assert_str_eq(jstr(&a, "data[4].actor.role"), "admin");
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log"
	    " WHERE action = 'order.status' AND target_id = %lld"
	    " AND actor_id = %lld", (long long)id, (long long)admin.id), 3);
}
END_TEST

START_TEST(unpaid_is_not_shipped)
{
	int64_t id = placed();
	struct answer a = move(id, "confirmed");

	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "payment_status"), "unpaid");
	a = move(id, "shipped");
	ck_problem(a, 409, "invalid_transition");
	ck_assert_int_eq(stock("reserved"), 3);
	a = cancel(id, &buyer, NULL);
	ck_status(a, 200);
	ck_assert_int_eq(stock("available"), 10);
	a = move(id, "lost");
	ck_problem(a, 422, "validation_failed");
	a = move(id, "pending");
	ck_problem(a, 409, "invalid_transition");
}
END_TEST

static void
refund(int64_t id, const char *body)
{
	long long payment = db_i64("SELECT id FROM payments"
	    " WHERE order_id = %lld", (long long)id);
	struct answer a = call("POST", pathf("/api/v1/payments/%lld/refunds",
	    payment), admin.token, body);

	ck_status(a, 201);
}

START_TEST(refunded_is_not_shipped)
{
	int64_t id = placed(), part = placed();
	struct answer a;

	pay(id);
	refund(id, NULL);
	a = move(id, "shipped");
	ck_problem(a, 409, "invalid_transition");
	ck_assert_int_eq(stock("reserved"), 6);
	a = cancel(id, &buyer, NULL);
	ck_status(a, 200);
	pay(part);
	refund(part, "{\"amount_cents\":1499}");
	a = move(part, "shipped");
	ck_status(a, 200);
	ck_assert_int_eq(stock("reserved"), 0);
}
END_TEST

/* Its stock is anybody's, though nobody has ended it yet. */
START_TEST(expired_is_not_confirmed)
{
	int64_t id = placed();
	struct answer a;

	db_exec("UPDATE orders SET expires_at = now() WHERE id = %lld",
	    (long long)id);
	a = move(id, "confirmed");
	ck_problem(a, 409, "invalid_transition");
	a = move(id, "cancelled");
	ck_status(a, 200);
}
END_TEST

START_TEST(free_of_charge_is_shipped)
{
	int64_t id;
	struct answer a;

	db_exec("UPDATE product_variants SET price_cents = 0 WHERE id = %lld",
	    (long long)goods.variant);
	id = placed();
	a = move(id, "confirmed");
	a = move(id, "shipped");
	ck_status(a, 200);
}
END_TEST

START_TEST(who_may)
{
	struct persona other = persona_new(false);
	int64_t id = placed();
	struct answer a = get(id, &other);

	ck_problem(a, 404, "not_found");
	a = events(id, &other);
	ck_problem(a, 404, "not_found");
	a = cancel(id, &other, NULL);
	ck_problem(a, 404, "not_found");
	a = call("DELETE", pathf("/api/v1/orders/%lld", (long long)id),
	    other.token, NULL);
	ck_problem(a, 404, "not_found");
	a = call("PUT", pathf("/api/v1/orders/%lld/status", (long long)id),
	    buyer.token, "{\"status\":\"confirmed\"}");
	ck_problem(a, 403, "forbidden");
	a = get(id, &admin);
	ck_status(a, 200);
	a = cancel(id, &admin, NULL);
	ck_status(a, 200);
	a = events(id, &buyer);
	ck_assert_int_eq(jint(&a, "data[1].actor.id"), admin.id);
	ck_assert(!jhas(&a, "data[1].reason"));
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log"
	    " WHERE target_type = 'order' AND target_id = %lld"
	    " AND before->>'status' = 'pending'"
	    " AND after->>'status' = 'cancelled'", (long long)id), 1);
}
END_TEST

START_TEST(placed_by_an_admin)
{
	struct answer a = call_with("POST", "/api/v1/orders", admin.token,
	    pathf("{\"items\":[{\"variant_id\":%lld}],"
	    "\"delivery_address\":\"Here\"}", (long long)goods.variant),
	    "X-User-Id", pathf("%lld", (long long)buyer.id), NULL);
	int64_t id = jint(&a, "id");

	ck_status(a, 201);
	ck_assert_int_eq(jint(&a, "user_id"), buyer.id);
	a = cancel(id, &buyer, NULL);
	ck_status(a, 200);
	a = events(id, &buyer);
	ck_assert_int_eq(jint(&a, "data[0].actor.id"), admin.id);
	ck_assert_int_eq(jint(&a, "data[1].actor.id"), buyer.id);
}
END_TEST

START_TEST(delete_hides)
{
	int64_t id = placed(), paid = placed();
	const char *path = pathf("/api/v1/orders/%lld", (long long)id);
	struct answer a = call("DELETE", path, buyer.token, NULL);

	ck_status(a, 204);
	a = get(id, &buyer);
	ck_problem(a, 404, "not_found");
	a = events(id, &buyer);
	ck_problem(a, 404, "not_found");
	a = call("GET", "/api/v1/orders", buyer.token, NULL);
	ck_assert_uint_eq(jlen(&a, "data"), 1);
	a = call("DELETE", path, buyer.token, NULL);
	ck_problem(a, 404, "not_found");
	a = get(id, &admin);
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "status"), "cancelled");
	ck_assert_int_eq(stock("available"), 7);
	ck_assert_int_eq(topics(id, "order.cancelled"), 1);
	pay(paid);
	a = call("DELETE", pathf("/api/v1/orders/%lld", (long long)paid),
	    buyer.token, NULL);
	ck_problem(a, 409, "order_not_pending");
	ck_assert_str_eq(jstr(&a, "order_status"), "confirmed");
}
END_TEST

START_TEST(tags)
{
	int64_t id = placed();
	const char *path = pathf("/api/v1/orders/%lld", (long long)id);
	const char *status = pathf("%s/status", path);
	struct answer a = get(id, &buyer), b;

	ck_assert_str_eq(a.rs.etag, get(id, &admin).rs.etag);
	b = call_with("GET", path, buyer.token, NULL, "If-None-Match",
	    a.rs.etag, NULL);
	ck_status(b, 304);
	b = call_with("PUT", status, admin.token, "{\"status\":\"confirmed\"}",
	    "If-Match", "\"77\"", NULL);
	ck_problem(b, 412, "precondition_failed");
	b = call_with("PUT", status, admin.token, "{\"status\":\"confirmed\"}",
	    "If-Match", a.rs.etag, NULL);
	ck_status(b, 200);
	ck_assert_str_ne(b.rs.etag, a.rs.etag);
	id = placed();
	b = call_with("DELETE", pathf("/api/v1/orders/%lld", (long long)id),
	    buyer.token, NULL, "If-Match", "\"77\"", NULL);
	ck_problem(b, 412, "precondition_failed");
}
END_TEST

START_TEST(all_pending_of_one_who_leaves)
{
	int64_t first = placed(), second = placed(), paid = placed();
	struct tx *tx;

	pay(paid);
	tx = db_begin();
	ck_assert_int_eq(order_cancel_all(tx, buyer.id, "account erased"), 0);
	ck_assert_int_eq(tx_commit(tx), 0);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM orders WHERE id IN"
	    " (%lld, %lld) AND status = 'cancelled'", (long long)first,
	    (long long)second), 2);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM orders WHERE id = %lld"
	    " AND status = 'confirmed'", (long long)paid), 1);
	ck_assert_int_eq(stock("available"), 7);
	ck_assert_int_eq(stock("reserved"), 3);
	ck_assert_int_eq(topics(first, "order.cancelled"), 1);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM order_events"
	    " WHERE order_id = %lld AND reason = 'account erased'",
	    (long long)second), 1);
}
END_TEST

SUITE(order_status)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, cancel_pending);
	tcase_add_test(tc, cancel_gives_money_back);
	tcase_add_test(tc, cancel_with_a_key);
	tcase_add_test(tc, interrupted_cancel);
	tcase_add_test(tc, whole_life);
	tcase_add_test(tc, unpaid_is_not_shipped);
	tcase_add_test(tc, refunded_is_not_shipped);
	tcase_add_test(tc, expired_is_not_confirmed);
	tcase_add_test(tc, free_of_charge_is_shipped);
	tcase_add_test(tc, who_may);
	tcase_add_test(tc, placed_by_an_admin);
	tcase_add_test(tc, delete_hides);
	tcase_add_test(tc, tags);
	tcase_add_test(tc, all_pending_of_one_who_leaves);
}
