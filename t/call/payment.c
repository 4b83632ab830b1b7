/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/random.h"
#include "lib/token.h"

#include "app/config.h"

#include "t/help/db.h"
#include "t/help/sales.h"
#include "t/help/webhook.h"

static const char *
notice(const char *id, const char *type, const char *uuid)
{
	return pathf("{\"id\":\"%s-%s\",\"type\":\"payment.%s\","
	    "\"payment\":\"%s\"}", id, uuid, type, uuid);
}

/* ---- paying ------------------------------------------------------------ */

START_TEST(success)
{
	int64_t id = placed();
	struct answer a = pay(id, "tok_visa"), b;

	ck_status(a, 201);
	ck_assert_str_eq(jstr(&a, "status"), "succeeded");
	ck_assert_str_eq(jstr(&a, "provider"), "test");
	ck_assert_int_eq(jint(&a, "amount_cents"), 3000);
	ck_assert_int_eq(jint(&a, "order_id"), id);
	ck_assert(!jhas(&a, "failure_code"));
	ck_assert_str_eq(a.rs.location, pathf("/api/v1/payments/%lld",
	    (long long)jint(&a, "id")));
	ck_assert_str_eq(order_is(id), "confirmed paid 0");
	ck_assert_int_eq(events(id, "payment.succeeded"), 1);
	ck_assert_int_eq(events(id, "order.confirmed"), 1);
	b = get("/payments/#", jint(&a, "id"), &buyer);
	ck_assert_str_eq(b.body, a.body);
	b = call("GET", pathf("/api/v1/payments/%s", jstr(&a, "uuid")),
	    buyer.token, NULL);
	ck_assert_str_eq(b.body, a.body);
	b = get("/orders/#/events", id, &buyer);
	ck_assert_str_eq(jstr(&b, "data[1].to"), "confirmed");
	ck_assert_int_eq(jint(&b, "data[1].actor.id"), buyer.id);
}
END_TEST

START_TEST(declined)
{
	int64_t id = placed();
	struct answer a = pay(id, "tok_declined");

	ck_problem(a, 402, "payment_declined");
	ck_assert_str_eq(jstr(&a, "payment.status"), "failed");
	ck_assert_str_eq(jstr(&a, "payment.failure_code"), "card_declined");
	ck_assert_str_eq(order_is(id), "pending unpaid 0");
	ck_assert_int_eq(events(id, "payment.failed"), 1);
	a = pay(id, "tok_insufficient_funds");
	ck_problem(a, 402, "payment_declined");
	ck_assert_str_eq(jstr(&a, "payment.failure_code"),
	    "insufficient_funds");
	ck_status(pay(id, "tok_mastercard"), 201);
	a = get("/orders/#/payments", id, &buyer);
	ck_assert_uint_eq(jlen(&a, "data"), 3);
	ck_assert_str_eq(jstr(&a, "data[2].status"), "succeeded");
}
END_TEST

START_TEST(refusals)
{
	int64_t id = placed(), done = placed();
	struct answer a;

	ck_problem(pay(id, "tok_nonsense"), 422, "validation_failed");
	a = pay(INT64_MAX, "tok_visa");
	ck_problem(a, 404, "not_found");
	ck_assert_str_eq(jstr(&a, "detail"), "There is no such order");
	a = call("POST", "/api/v1/payments", other.token, pathf("{\"order_id\""
	    ":%lld,\"token\":\"tok_visa\"}", (long long)id));
	ck_problem(a, 404, "not_found");
	a = call("POST", "/api/v1/payments", admin.token, pathf("{\"order_id\""
	    ":%lld,\"token\":\"tok_visa\"}", (long long)id));
	ck_problem(a, 404, "not_found");
	a = call("POST", "/api/v1/payments", buyer.token, pathf("{\"order_id\""
	    ":%lld,\"token\":\"tok_visa\",\"amount_cents\":2999}",
	    (long long)id));
	ck_problem(a, 422, "amount_mismatch");
	a = call("POST", "/api/v1/payments", buyer.token, pathf("{\"order_id\""
	    ":%lld,\"token\":\"tok_visa\",\"amount_cents\":0}",
	    (long long)id));
	ck_problem(a, 422, "amount_mismatch");
	ck_assert_int_eq(db_i64("SELECT count(*) FROM payments"
	    " WHERE order_id = %lld", (long long)id), 0);
	ck_status(pay(done, "tok_visa"), 201);
	ck_problem(pay(done, "tok_visa"), 409, "already_paid");
	ck_status(call("POST", pathf("/api/v1/orders/%lld/cancel",
	    (long long)id), buyer.token, NULL), 200);
	ck_problem(pay(id, "tok_visa"), 409, "order_not_pending");
}
END_TEST

START_TEST(nothing_to_pay)
{
	struct goods gift = goods_new(0, 5);
	struct answer a = call("POST", "/api/v1/orders", buyer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":1}],"
	    "\"delivery_address\":\"Here\"}", (long long)gift.variant));

	ck_status(a, 201);
	ck_problem(pay(jint(&a, "id"), "tok_visa"), 422, "amount_mismatch");
}
END_TEST

START_TEST(expired_order)
{
	int64_t id = placed();

	db_exec("UPDATE orders SET expires_at = now() WHERE id = %lld",
	    (long long)id);
	ck_problem(pay(id, "tok_visa"), 409, "order_not_pending");
}
END_TEST

START_TEST(amount_and_alias)
{
	int64_t id = placed();
	struct answer a = call("POST", "/api/v1/payments/process",
	    buyer.token, pathf("{\"order_id\":%lld,\"token\":\"tok_visa\","
	    "\"amount_cents\":3000,\"method\":\"card\"}", (long long)id));

	ck_status(a, 201);
	ck_assert_str_eq(db_text("SELECT method FROM payments WHERE id = %lld",
	    (long long)jint(&a, "id")), "card");
}
END_TEST

START_TEST(same_key)
{
	int64_t id = placed();
	const char *body = pathf("{\"order_id\":%lld,\"token\":\"tok_visa\"}",
	    (long long)id);
	const char *key = random_hex(8, db_mem());
	struct answer a, b;

	a = call_with("POST", "/api/v1/payments", buyer.token, body,
	    "Idempotency-Key", key, NULL);
	ck_status(a, 201);
	b = call_with("POST", "/api/v1/payments", buyer.token, body,
	    "Idempotency-Key", key, NULL);
	ck_status(b, 201);
	ck_assert(b.rs.replayed);
	ck_assert_str_eq(a.body, b.body);
	ck_assert_str_eq(a.rs.location, b.rs.location);
}
END_TEST

/* A refusal is the key's answer, too: the card is not asked again. */
START_TEST(same_key_declined)
{
	int64_t id = placed();
	const char *body = pathf("{\"order_id\":%lld,\"token\":"
	    "\"tok_declined\"}", (long long)id);
	const char *key = random_hex(8, db_mem());
	struct answer a, b;

	a = call_with("POST", "/api/v1/payments", buyer.token, body,
	    "Idempotency-Key", key, NULL);
	ck_problem(a, 402, "payment_declined");
	b = call_with("POST", "/api/v1/payments", buyer.token, body,
	    "Idempotency-Key", key, NULL);
	ck_problem(b, 402, "payment_declined");
	ck_assert(b.rs.replayed);
	ck_assert_str_eq(a.body, b.body);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM payments"
	    " WHERE order_id = %lld", (long long)id), 1);
}
END_TEST

/* The process dies where it hurts; the same key takes the payment up. */
static void
crash(const char *point, const char *body, const char *key)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		setenv("CRASH_AT", point, 1);
		call_with("POST", "/api/v1/payments", buyer.token, body,
		    "Idempotency-Key", key, NULL);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 70);
}

START_TEST(resumed)
{
	static const char *const points[] = { "before_commit",
	    "after_commit", "after_charge" };
	int64_t id = placed();
	const char *body = pathf("{\"order_id\":%lld,\"token\":\"tok_visa\"}",
	    (long long)id);
	const char *key = random_hex(8, db_mem());
	struct answer a;

	if (!forked())
		return;
	db_mem();
	crash(points[_i], body, key);
	a = call_with("POST", "/api/v1/payments", buyer.token, body,
	    "Idempotency-Key", key, NULL);
	if (_i > 0)	/* committed, so it may still be running */
		ck_problem(a, 409, "idempotency_in_progress");
	db_exec("UPDATE idempotency_keys SET locked_at = now()"
	    " - interval '11 s' WHERE key = '%s'", key);
	/* The server may not have noticed yet that its client died. */
	for (int tries = 0; tries < 50; tries++) {
		a = call_with("POST", "/api/v1/payments", buyer.token, body,
		    "Idempotency-Key", key, NULL);
		if (a.status != 409)
			break;
		usleep(20000);
	}
	ck_status(a, 201);
	ck_assert_str_eq(jstr(&a, "status"), "succeeded");
	ck_assert_int_eq(db_i64("SELECT count(*) FROM payments"
	    " WHERE order_id = %lld", (long long)id), 1);
	ck_assert_str_eq(order_is(id), "confirmed paid 0");
}
END_TEST

/* ---- the provider's webhook -------------------------------------------- */

START_TEST(pending_then_paid)
{
	int64_t id = placed();
	struct answer a = pay(id, "tok_pending");
	const char *uuid = jstr(&a, "uuid"), *body;

	ck_status(a, 201);
	ck_assert_str_eq(jstr(&a, "status"), "pending");
	ck_problem(pay(id, "tok_visa"), 409, "already_paid");
	body = notice("e1", "succeeded", uuid);
	a = webhook(body);
	ck_status(a, 200);
	ck_assert(jbool(&a, "received"));
	ck_assert_str_eq(order_is(id), "confirmed paid 0");
	ck_status(webhook(body), 200);
	ck_status(webhook(notice("e2", "failed", uuid)), 200);
	ck_assert_str_eq(order_is(id), "confirmed paid 0");
	ck_assert_int_eq(events(id, "payment.succeeded"), 1);
	ck_assert_int_eq(events(id, "payment.failed"), 0);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM provider_events e"
	    " JOIN payments p ON p.id = e.payment_id WHERE p.uuid = '%s'"
	    " AND e.outcome = 'recorded'", uuid), 1);
}
END_TEST

/* Whatever an admin makes of the order meanwhile. */
START_TEST(pending_and_confirmed)
{
	int64_t id = placed();
	struct answer a = pay(id, "tok_pending");

	ck_status(call("PUT", pathf("/api/v1/orders/%lld/status",
	    (long long)id), admin.token, "{\"status\":\"confirmed\"}"), 200);
	ck_problem(pay(id, "tok_visa"), 409, "already_paid");
	ck_status(webhook(notice("e1", "failed", jstr(&a, "uuid"))), 200);
	ck_problem(pay(id, "tok_visa"), 409, "order_not_pending");
}
END_TEST

START_TEST(pending_then_failed)
{
	int64_t id = placed();
	struct answer a = pay(id, "tok_pending");
	const char *uuid = jstr(&a, "uuid");

	ck_status(webhook(notice("e1", "failed", uuid)), 200);
	a = get("/payments/#", jint(&a, "id"), &buyer);
	ck_assert_str_eq(jstr(&a, "status"), "failed");
	ck_assert_str_eq(order_is(id), "pending unpaid 0");
	ck_status(pay(id, "tok_visa"), 201);
}
END_TEST

START_TEST(too_late)
{
	int64_t id = placed();
	struct answer a = pay(id, "tok_pending"), b;
	const char *uuid = jstr(&a, "uuid");

	ck_status(call("POST", pathf("/api/v1/orders/%lld/cancel",
	    (long long)id), buyer.token, NULL), 200);
	ck_status(webhook(notice("e1", "succeeded", uuid)), 200);
	/* The jobs pay it back: a provider waits for its answer. */
	ck_assert_str_eq(order_is(id), "cancelled paid 0");
	b = get("/payments/#/refunds", jint(&a, "id"), &buyer);
	ck_assert_uint_eq(jlen(&b, "data"), 1);
	ck_assert_str_eq(jstr(&b, "data[0].status"), "pending");
	ck_assert_int_eq(jint(&b, "data[0].amount_cents"), 3000);
	ck_assert_int_eq(db_i64("SELECT available FROM inventory"
	    " WHERE variant_id = %lld", (long long)goods.variant), 10);
}
END_TEST

START_TEST(bad_signatures)
{
	int64_t id = placed();
	struct answer a = pay(id, "tok_pending");
	const char *path = "/api/v1/payments/webhooks/test";
	const char *body = notice("e1", "succeeded", jstr(&a, "uuid"));
	int64_t now = time(NULL);

	ck_problem(call("POST", path, NULL, body), 400, "bad_request");
	ck_problem(call_with("POST", path, NULL, body, "Test-Signature",
	    signature(body, now, "another secret"), NULL), 400, "bad_request");
	ck_problem(call_with("POST", path, NULL, body, "Test-Signature",
	    signature(body, now - 301, config.test_webhook_secret), NULL),
	    400, "bad_request");
	ck_problem(call_with("POST", path, NULL, pathf("%s ", body),
	    "Test-Signature", signature(body, now,
	    config.test_webhook_secret), NULL), 400, "bad_request");
	/* Verified before it is parsed: nonsense is no other error. */
	ck_problem(call("POST", path, NULL, "{nonsense"), 400, "bad_request");
	ck_problem(webhook("{nonsense"), 400, "malformed_json");
	ck_problem(call("POST", "/api/v1/payments/webhooks/other", NULL,
	    body), 404, "not_found");
	ck_assert_str_eq(order_is(id), "pending unpaid 0");
}
END_TEST

START_TEST(unknown_events)
{
	const char *id = random_hex(8, db_mem());

	ck_status(webhook(pathf("{\"id\":\"%s\",\"type\":\"card.seen\"}", id)),
	    200);
	ck_assert_str_eq(db_text("SELECT outcome FROM provider_events"
	    " WHERE event_id = '%s'", id), "ignored");
	ck_status(webhook(pathf("{\"id\":\"%s-2\",\"type\":"
	    "\"payment.succeeded\",\"payment\":\"nonsense\"}", id)), 200);
	ck_assert_str_eq(db_text("SELECT outcome FROM provider_events"
	    " WHERE event_id = '%s-2'", id), "unknown");
	ck_status(webhook(pathf("{\"id\":\"%s%0*d\",\"type\":\"card.seen\"}",
	    id, 255 - (int)strlen(id), 0)), 200);
	ck_problem(webhook(pathf("{\"id\":\"%s%0*d\",\"type\":"
	    "\"card.seen\"}", id, 256 - (int)strlen(id), 0)), 400,
	    "malformed_json");
}
END_TEST

/* An event is kept as it came, and with it the numbers that nobody reads. */
START_TEST(numbers_that_cannot_be_kept)
{
	static const char *const wild[] = { "1e999999", "1e-20000",
	    "[{\"y\":-1E+131072}]" };
	const char *id = random_hex(8, db_mem());
	struct answer a;

	for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
		a = webhook(pathf("{\"id\":\"%s\",\"type\":"
		    "\"payment.succeeded\",\"x\":%s}", id, wild[i]));
		ck_problem(a, 400, "malformed_json");
		ck_assert_str_eq(jstr(&a, "detail"),
		    "The body has a number that is too long");
	}
	ck_status(webhook(pathf("{\"id\":\"%s\",\"type\":"
	    "\"payment.succeeded\",\"x\":[1e30,-1.5E-30]}", id)), 200);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM provider_events"
	    " WHERE event_id = '%s'", id), 1);
}
END_TEST

SUITE(payment)
{
	tcase_add_checked_fixture(tc, sales_setup, NULL);
	tcase_add_test(tc, success);
	tcase_add_test(tc, declined);
	tcase_add_test(tc, refusals);
	tcase_add_test(tc, nothing_to_pay);
	tcase_add_test(tc, expired_order);
	tcase_add_test(tc, amount_and_alias);
	tcase_add_test(tc, same_key);
	tcase_add_test(tc, same_key_declined);
	tcase_add_loop_test(tc, resumed, 0, 3);
	tcase_add_test(tc, pending_then_paid);
	tcase_add_test(tc, pending_and_confirmed);
	tcase_add_test(tc, pending_then_failed);
	tcase_add_test(tc, too_late);
	tcase_add_test(tc, bad_signatures);
	tcase_add_test(tc, unknown_events);
	tcase_add_test(tc, numbers_that_cannot_be_kept);
}
