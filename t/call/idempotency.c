/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/random.h"
#include "lib/tx.h"

#include "app/routes.h"

#include "t/help/call.h"
#include "t/help/db.h"

/* The contract of the Idempotency-Key, line by line. */

static struct persona buyer, admin;
static struct goods goods;

static void
setup(void)
{
	buyer = persona_new(false);
	admin = persona_new(true);
	goods = goods_new(500, 100);
}

static const char *
new_key(void)
{
	return random_hex(10, db_mem());
}

static struct answer
post(const char *path, const char *token, const char *key, const char *body)
{
	return call_with("POST", path, token, body, "Idempotency-Key", key,
	    NULL);
}

static const char *
line(int quantity)
{
	return pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":%d}],"
	    "\"delivery_address\":\"Here\"}", (long long)goods.variant,
	    quantity);
}

static struct answer
order(const char *key, int quantity)
{
	return post("/api/v1/orders", buyer.token, key, line(quantity));
}

static int64_t
orders(void)
{
	return db_i64("SELECT count(*) FROM orders WHERE user_id = %lld",
	    (long long)buyer.id);
}

static void
ck_replay(const struct answer *a, struct answer b)
{
	ck_assert_msg(b.rs.replayed, "%d %s", b.status, b.body);
	ck_assert_int_eq(b.status, a->status);
	ck_assert_uint_eq(b.rs.body.len, a->rs.body.len);
	ck_assert_str_eq(b.body, a->body);
	ck_assert_pstr_eq(b.rs.location, a->rs.location);
	ck_assert_pstr_eq(b.rs.etag, a->rs.etag);
	ck_assert_pstr_eq(b.rs.content_type, a->rs.content_type);
}

static int64_t
placed(void)
{
	struct answer a = call("POST", "/api/v1/orders", buyer.token,
	    line(1));

	ck_status(a, 201);
	return jint(&a, "id");
}

static const char *
payment(const char *token)
{
	return pathf("{\"order_id\":%lld,\"token\":\"%s\"}",
	    (long long)placed(), token);
}

static const char *
account(void)
{
	return pathf("{\"email\":\"k-%s@example.com\","
	    "\"password\":\"long enough 1\"}", new_key());
}

/* ---- which requests ----------------------------------------------------- */

/* What ignores keys: /auth, login by its other name, and the providers'
 * webhooks, which have ids of their own. */
START_TEST(ignored)
{
	const char *long_key = pathf("%0300d", 0);
	struct answer a;

	for (size_t i = 0; i < routes.n; i++) {
		const struct route *r = &routes.routes[i];
		bool free = strncmp(r->path, "/auth/", 6) == 0 ||
		    strncmp(r->path, "/payments/webhooks/", 19) == 0;

		if (r->methods & POST)
			ck_assert_msg(((r->flags & R_NOKEY) != 0) == free,
			    "%s", r->path);
	}
	a = post("/api/v1/users/login", NULL, long_key, "{}");
	ck_problem(a, 422, "validation_failed");
	for (int i = 0; i < 2; i++) {
		a = post("/api/v1/auth/forgot-password", NULL, "same",
		    pathf("{\"email\":\"n%d@example.com\"}", i));
		ck_status(a, 202);
		ck_assert(!a.rs.replayed);
	}
	a = call_with("PATCH", "/api/v1/auth/me", buyer.token,
	    "{\"first_name\":\"A\"}", "Idempotency-Key", long_key, NULL);
	ck_status(a, 200);
}
END_TEST

/* ---- the key ------------------------------------------------------------ */

START_TEST(format)
{
	const char *full = pathf("%0255d", 7);
	static const char *const bad[] = { "", "a\tb", "caf\303\251",
	    "\177", "a\nb" };
	struct answer a;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		a = order(bad[i], 1);
		ck_problem(a, 400, "invalid_parameter");
		ck_assert_str_eq(jstr(&a, "errors[0].field"),
		    "Idempotency-Key");
	}
	ck_problem(order(pathf("%s8", full), 1), 400, "invalid_parameter");
	ck_assert_int_eq(orders(), 0);
	a = order(full, 1);
	ck_status(a, 201);
	ck_replay(&a, order(full, 1));
	a = order("\"quoted\" and ~ spaced", 1);
	ck_status(a, 201);
	ck_replay(&a, order("\"quoted\" and ~ spaced", 1));
	ck_status(order("\"quoted\" AND ~ spaced", 1), 201);
	ck_assert_int_eq(orders(), 3);
}
END_TEST

START_TEST(another_request)
{
	const char *key = new_key();
	struct answer a = order(key, 1), b;

	ck_status(a, 201);
	ck_problem(order(key, 2), 422, "idempotency_key_reused");
	ck_problem(post("/api/v1/orders?x=1", buyer.token, key, line(1)), 400,
	    "invalid_parameter");
	ck_problem(post("/api/v1/orders/checkout", buyer.token, key, line(1)),
	    422, "idempotency_key_reused");
	ck_problem(post("/api/v1/cart/items", buyer.token, key, line(1)), 422,
	    "idempotency_key_reused");
	ck_problem(post(pathf("%s/cancel", a.rs.location), buyer.token, key,
	    NULL), 422, "idempotency_key_reused");
	/* Another method than POST has no keys. */
	b = call_with("DELETE", a.rs.location, buyer.token, NULL,
	    "Idempotency-Key", key, NULL);
	ck_status(b, 204);
	/* x/ is x; and what was answered stays so, whatever came since. */
	ck_replay(&a, post("/api/v1/orders/", buyer.token, key, line(1)));
	ck_assert_str_eq(jstr(&a, "status"), "pending");
	ck_assert_int_eq(orders(), 1);
}
END_TEST

START_TEST(whose)
{
	struct persona other = persona_new(false);
	const char *key = new_key();
	struct answer a = order(key, 1), b;

	ck_status(a, 201);
	b = post("/api/v1/orders", other.token, key, line(1));
	ck_status(b, 201);
	ck_assert(!b.rs.replayed);
	/* An admin's own, and the same admin for a user. */
	b = post("/api/v1/orders", admin.token, key, line(1));
	ck_status(b, 201);
	b = call_with("POST", "/api/v1/orders", admin.token, line(1),
	    "Idempotency-Key", key, "X-User-Id",
	    pathf("%lld", (long long)buyer.id), NULL);
	ck_problem(b, 422, "idempotency_key_reused");
	/* A session that has ended sees nothing again. */
	db_exec("UPDATE sessions SET revoked_at = now() WHERE id = %lld",
	    (long long)buyer.session);
	ck_problem(order(key, 1), 401, "token_revoked");
}
END_TEST

static struct answer
enrol(const char *from, const char *key, const char *body)
{
	return call_with("POST", "/api/v1/users", NULL, body,
	    "Idempotency-Key", key, "Remote-Addr", from, NULL);
}

START_TEST(nobodys)
{
	const char *key = new_key(), *body = account();
	struct answer a = enrol("192.0.2.1", key, body), b;

	ck_status(a, 201);
	ck_replay(&a, enrol("192.0.2.1", key, body));
	b = enrol("192.0.2.2", key, body);
	ck_problem(b, 409, "email_taken");
	ck_replay(&b, enrol("192.0.2.2", key, body));
	ck_problem(enrol("192.0.2.1", key, account()), 422,
	    "idempotency_key_reused");
	/* A user's key is not an address's. */
	ck_status(order(key, 1), 201);
}
END_TEST

/* Who reads the database can neither use the tokens of the first answer nor
 * try passwords against the digest of the request. */
START_TEST(secrets_are_sealed)
{
	const char *key = new_key(), *body = account();
	const char *text = pathf("POST /api/v1/users?\n0\n%s", body);
	struct answer a = enrol("192.0.2.3", key, body);

	ck_status(a, 201);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM idempotency_keys"
	    " WHERE key = '%s' AND (body LIKE '%%token%%' OR"
	    " fingerprint = encode(sha256('%s'), 'hex'))", key, text), 0);
	ck_replay(&a, enrol("192.0.2.3", key, body));
	db_exec("UPDATE idempotency_keys SET body = 'AAAA' || body"
	    " WHERE key = '%s'", key);
	ck_problem(enrol("192.0.2.3", key, body), 500, "internal");
}
END_TEST

/* ---- what is kept ------------------------------------------------------- */

START_TEST(refusals_kept)
{
	const char *key = new_key(), *bad = "{\"items\":[]}";
	struct answer a = order(key, 101);

	ck_problem(a, 409, "insufficient_stock");
	db_exec("UPDATE inventory SET available = 1000"
	    " WHERE variant_id = %lld", (long long)goods.variant);
	ck_replay(&a, order(key, 101));
	ck_problem(order(key, 102), 422, "idempotency_key_reused");
	key = new_key();
	a = post("/api/v1/orders", buyer.token, key, bad);
	ck_assert_int_eq(a.status, 422);
	ck_replay(&a, post("/api/v1/orders", buyer.token, key, bad));
	key = new_key();
	a = post("/api/v1/orders", buyer.token, key, "{\"x\":1}");
	ck_problem(a, 422, "unknown_field");
	ck_replay(&a, post("/api/v1/orders", buyer.token, key, "{\"x\":1}"));
	ck_problem(order(key, 1), 422, "idempotency_key_reused");
	ck_assert_int_eq(orders(), 0);
}
END_TEST

START_TEST(declined_kept)
{
	const char *key = new_key(), *body = payment("tok_declined");
	struct answer a = post("/api/v1/payments", buyer.token, key, body);

	ck_problem(a, 402, "payment_declined");
	ck_replay(&a, post("/api/v1/payments", buyer.token, key, body));
}
END_TEST

/* After each of these the key is as good as new. */
START_TEST(not_kept)
{
	const char *key = new_key();
	struct answer a = post("/api/v1/orders", buyer.token, key, "{\"x\":");

	ck_problem(a, 400, "malformed_json");
	ck_problem(post("/api/v1/orders?x=1", buyer.token, key, line(1)),
	    400, "invalid_parameter");
	ck_problem(post("/api/v1/orders", NULL, key, line(1)), 401,
	    "unauthorized");
	ck_problem(post("/api/v1/orders", "a.b.c", key, line(1)), 401,
	    "invalid_token");
	ck_problem(call_with("POST", "/api/v1/orders", buyer.token, line(1),
	    "Idempotency-Key", key, "Content-Type", "text/plain", NULL), 415,
	    "unsupported_media_type");
	ck_problem(call_with("POST", "/api/v1/orders", buyer.token, line(1),
	    "Idempotency-Key", key, "Accept", "text/html", NULL), 406,
	    "not_acceptable");
	ck_problem(call_with("POST", "/api/v1/orders", buyer.token, line(1),
	    "Idempotency-Key", key, "X-User-Id", "1", NULL), 403,
	    "forbidden");
	ck_problem(post("/api/v1/products", buyer.token, key,
	    "{\"title\":\"T\",\"price_cents\":1}"), 403, "forbidden");
	ck_problem(post("/api/v1/orders/9000000000000000/cancel",
	    buyer.token, key, NULL), 404, "not_found");
	ck_problem(post("/api/v1/payments", buyer.token, key,
	    "{\"order_id\":9000000000000000,\"token\":\"tok_visa\"}"), 404,
	    "not_found");
	ck_assert_int_eq(db_i64("SELECT count(*) FROM idempotency_keys"
	    " WHERE key = '%s'", key), 0);
	a = order(key, 1);
	ck_status(a, 201);
	ck_assert(!a.rs.replayed);
	ck_assert_int_eq(orders(), 1);
}
END_TEST

/* What somebody else has locked: until hold_end(). */
static struct { struct tx tx; struct err err; } holder;

static void
hold(const struct stmt *st)
{
	err_init(&holder.err, db_mem());
	tx_begin(&holder.tx, pg_new(getenv("DATABASE_URL")), TX_WRITE,
	    db_mem(), &holder.err, INT64_MAX);
	ck_assert_int_eq(tx_none(&holder.tx, st), 0);
}

static void
hold_end(void)
{
	tx_rollback(&holder.tx);
	pg_free(holder.tx.pg);
}

/* The stock cannot be had: 503, and nothing is left behind. */
STMT(test_hold_stock, "LOCK TABLE inventory IN EXCLUSIVE MODE");

START_TEST(unavailable_is_not_kept)
{
	const char *key = new_key();
	struct answer a;

	hold(&test_hold_stock);
	ck_problem(order(key, 1), 503, "unavailable");
	hold_end();
	ck_assert_int_eq(db_i64("SELECT count(*) FROM idempotency_keys"
	    " WHERE key = '%s'", key), 0);
	a = order(key, 1);
	ck_status(a, 201);
	ck_replay(&a, order(key, 1));
	ck_assert_int_eq(orders(), 1);
}
END_TEST

/* In the middle of several transactions it is the same: the key is given
 * back, and the retry need not wait for the lease to end. However often that
 * happens, what was begun is gone on with. */
STMT(test_hold_outbox, "LOCK TABLE outbox IN EXCLUSIVE MODE");

static void
interrupted(const char *path, const char *token, const char *key,
    const char *body)
{
	for (int i = 0; i < 3; i++) {
		hold(&test_hold_outbox);
		ck_problem(post(path, token, key, body), 503, "unavailable");
		hold_end();
	}
}

START_TEST(unavailable_in_between)
{
	const char *key = new_key();
	const char *body = payment("tok_visa");
	struct answer a;

	interrupted("/api/v1/payments", buyer.token, key, body);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM payments WHERE"
	    " user_id = %lld AND status = 'pending'", (long long)buyer.id), 1);
	a = post("/api/v1/payments", buyer.token, key, body);
	ck_status(a, 201);
	ck_assert_str_eq(jstr(&a, "status"), "succeeded");
	ck_replay(&a, post("/api/v1/payments", buyer.token, key, body));
	ck_assert_int_eq(db_i64("SELECT count(*) FROM payments WHERE"
	    " user_id = %lld", (long long)buyer.id), 1);
}
END_TEST

START_TEST(refund_in_between)
{
	const char *key = new_key(), *body = "{\"amount_cents\":100}";
	struct answer a = call("POST", "/api/v1/payments", buyer.token,
	    payment("tok_visa"));
	int64_t id;
	const char *path;

	ck_status(a, 201);
	id = jint(&a, "id");
	path = pathf("/api/v1/payments/%lld/refunds", (long long)id);
	interrupted(path, admin.token, key, body);
	a = post(path, admin.token, key, body);
	ck_status(a, 201);
	ck_replay(&a, post(path, admin.token, key, body));
	ck_assert_int_eq(db_i64("SELECT count(*) FROM refunds WHERE"
	    " payment_id = %lld", (long long)id), 1);
	ck_assert_int_eq(db_i64("SELECT refunded_cents FROM payments WHERE"
	    " id = %lld", (long long)id), 100);
}
END_TEST

START_TEST(a_day)
{
	const char *key = new_key();
	struct answer a = order(key, 1), b;

	ck_status(a, 201);
	db_exec("UPDATE idempotency_keys SET created_at = now()"
	    " - interval '23:59:50' WHERE key = '%s'", key);
	ck_replay(&a, order(key, 1));
	db_exec("UPDATE idempotency_keys SET created_at = now()"
	    " - interval '24:00:01' WHERE key = '%s'", key);
	b = order(key, 2);
	ck_status(b, 201);
	ck_assert(!b.rs.replayed);
	ck_replay(&b, order(key, 2));
	ck_assert_int_eq(orders(), 2);
}
END_TEST

SUITE(idempotency)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, ignored);
	tcase_add_test(tc, format);
	tcase_add_test(tc, another_request);
	tcase_add_test(tc, whose);
	tcase_add_test(tc, nobodys);
	tcase_add_test(tc, secrets_are_sealed);
	tcase_add_test(tc, refusals_kept);
	tcase_add_test(tc, declined_kept);
	tcase_add_test(tc, not_kept);
	tcase_add_test(tc, unavailable_is_not_kept);
	tcase_add_test(tc, unavailable_in_between);
	tcase_add_test(tc, refund_in_between);
	tcase_add_test(tc, a_day);
}
