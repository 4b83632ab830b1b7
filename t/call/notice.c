/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "t/help/db.h"
#include "t/help/sales.h"
#include "t/help/webhook.h"

/* What a provider tells after it had told something else. */

static int64_t
refunded(int64_t payment, const char *body)
{
	struct answer a = call("POST", pathf("/api/v1/payments/%lld/refunds",
	    (long long)payment), admin.token, body);

	ck_status(a, 201);
	return jint(&a, "id");
}

static const char *
refund_notice(int64_t refund, const char *type)
{
	const char *uuid = db_text("SELECT uuid FROM refunds WHERE id = %lld",
	    (long long)refund);

	return pathf("{\"id\":\"%s-%s\",\"type\":\"refund.%s\","
	    "\"refund\":\"%s\",\"failure_code\":\"lost_card\"}", type, uuid,
	    type, uuid);
}

static const char *
payment_notice(const char *uuid, const char *type)
{
	return pathf("{\"id\":\"%s-%s\",\"type\":\"payment.%s\","
	    "\"payment\":\"%s\"}", type, uuid, type, uuid);
}

static const char *
outcome(const char *like)
{
	return db_text("SELECT outcome FROM provider_events"
	    " WHERE event_id LIKE '%s' ORDER BY created_at DESC LIMIT 1",
	    like);
}

/* Cents of the payment's refunds that the provider tells of by itself. */
static struct answer
elsewhere(const char *ref, const char *id, int cents, const char *status)
{
	return webhook_stripe(pathf("{\"id\":\"evt_%s_%s_%s\",\"object\":"
	    "\"event\",\"type\":\"refund.updated\",\"data\":{\"object\":"
	    "{\"id\":\"re_%s_%s\",\"object\":\"refund\",\"amount\":%d,"
	    "\"status\":\"%s\",\"payment_intent\":\"%s\",\"metadata\":{}}}}",
	    ref, id, status, ref, id, cents, status, ref));
}

/* The card was closed: the money is the shop's again, and can be paid back
 * another time. */
START_TEST(refund_fails_later)
{
	int64_t id = placed(), payment, refund;
	struct answer a = pay(id, "tok_visa");

	payment = jint(&a, "id");
	ck_status(move(id, "shipped"), 200);
	refunded(payment, "{\"amount_cents\":1000}");
	refund = refunded(payment, NULL);
	ck_assert_str_eq(order_is(id), "refunded refunded 3000");
	ck_status(webhook(refund_notice(refund, "failed")), 200);
	ck_assert_str_eq(order_is(id), "refunded partially_refunded 1000");
	a = get("/payments/#", payment, &buyer);
	ck_assert_str_eq(jstr(&a, "status"), "partially_refunded");
	a = get("/payments/#/refunds", payment, &buyer);
	ck_assert_str_eq(jstr(&a, "data[1].status"), "failed");
	ck_assert_int_eq(events(id, "refund.failed"), 1);
	ck_assert_str_eq(db_text("SELECT payload ->> 'failure_code'"
	    " FROM outbox WHERE kind = 'event' AND order_id = %lld"
	    " AND topic = 'refund.failed'", (long long)id), "lost_card");
	/* A late one about what had been before changes nothing. */
	ck_status(webhook(refund_notice(refund, "succeeded")), 200);
	ck_assert_str_eq(order_is(id), "refunded partially_refunded 1000");
	ck_assert_str_eq(outcome(pathf("succeeded-%s", db_text(
	    "SELECT uuid FROM refunds WHERE id = %lld", (long long)refund))),
	    "ignored");
	refunded(payment, NULL);
	ck_assert_str_eq(order_is(id), "refunded refunded 3000");
	ck_assert_int_eq(events(id, "order.refunded"), 1);
}
END_TEST

START_TEST(only_refund_fails_later)
{
	int64_t id = placed(), refund;
	struct answer a = pay(id, "tok_visa");

	refund = refunded(jint(&a, "id"), NULL);
	ck_status(webhook(refund_notice(refund, "failed")), 200);
	ck_assert_str_eq(order_is(id), "confirmed paid 0");
	a = get("/payments/#", jint(&a, "id"), &buyer);
	ck_assert_str_eq(jstr(&a, "status"), "succeeded");
	ck_status(move(id, "shipped"), 200);
}
END_TEST

START_TEST(payment_succeeds_later)
{
	int64_t id = placed();
	struct answer a = pay(id, "tok_pending");
	const char *uuid = jstr(&a, "uuid");

	ck_status(webhook(payment_notice(uuid, "failed")), 200);
	ck_assert_str_eq(order_is(id), "pending unpaid 0");
	ck_status(webhook(payment_notice(uuid, "succeeded")), 200);
	ck_assert_str_eq(order_is(id), "confirmed paid 0");
	ck_assert_int_eq(events(id, "payment.succeeded"), 1);
	ck_assert_int_eq(events(id, "payment.unexpected"), 0);
}
END_TEST

/* Too late: the order was paid by another, which people must sort out. */
START_TEST(paid_twice)
{
	int64_t id = placed();
	struct answer a = pay(id, "tok_pending");
	const char *uuid = jstr(&a, "uuid"), *ref;

	ck_status(webhook(payment_notice(uuid, "failed")), 200);
	ck_status(pay(id, "tok_visa"), 201);
	ck_status(webhook(payment_notice(uuid, "succeeded")), 200);
	ck_assert_str_eq(order_is(id), "confirmed paid 0");
	a = get("/payments/#", jint(&a, "id"), &buyer);
	ck_assert_str_eq(jstr(&a, "status"), "failed");
	ck_assert_int_eq(events(id, "payment.unexpected"), 1);
	ck_assert_str_eq(outcome(pathf("succeeded-%s", uuid)), "ignored");
	/* Paid back with the provider, as they are told to. */
	ref = pathf("pi_%s", uuid);
	db_exec("UPDATE payments SET provider = 'stripe', provider_ref = '%s'"
	    " WHERE uuid = '%s'", ref, uuid);
	ck_status(elsewhere(ref, "1", 3000, "succeeded"), 200);
	ck_assert_str_eq(order_is(id), "confirmed paid 0");
	ck_assert_str_eq(outcome(pathf("evt_%s_1_succeeded", ref)),
	    "ignored");
}
END_TEST

START_TEST(made_with_the_provider)
{
	int64_t id = placed(), payment;
	struct answer a = pay(id, "tok_visa");
	const char *ref;

	payment = jint(&a, "id");
	ref = pathf("pi_%lld", (long long)payment);
	db_exec("UPDATE payments SET provider = 'stripe', provider_ref = '%s'"
	    " WHERE id = %lld", ref, (long long)payment);
	ck_status(elsewhere(ref, "1", 1000, "pending"), 200);
	ck_assert_str_eq(order_is(id), "confirmed paid 0");
	ck_problem(call("POST", pathf("/api/v1/payments/%lld/refunds",
	    (long long)payment), admin.token, "{\"amount_cents\":2001}"),
	    409, "refund_exceeds_payment");
	ck_status(elsewhere(ref, "1", 1000, "succeeded"), 200);
	ck_assert_str_eq(order_is(id), "confirmed partially_refunded 1000");
	ck_problem(elsewhere(ref, "2", 2001, "succeeded"), 409,
	    "refund_exceeds_payment");
	/* The end of it before its beginning. */
	ck_status(elsewhere(ref, "3", 2000, "failed"), 200);
	ck_assert_str_eq(outcome(pathf("evt_%s_3_failed", ref)), "recorded");
	ck_status(elsewhere(ref, "3", 2000, "succeeded"), 200);
	ck_assert_str_eq(outcome(pathf("evt_%s_3_succeeded", ref)),
	    "ignored");
	ck_status(elsewhere(ref, "5", 2000, "odd"), 200);
	ck_assert_str_eq(outcome(pathf("evt_%s_5_odd", ref)), "unknown");
	ck_status(elsewhere("pi_other", ref, 1, "succeeded"), 200);
	ck_assert_str_eq(order_is(id), "confirmed partially_refunded 1000");
	ck_status(elsewhere(ref, "4", 2000, "succeeded"), 200);
	ck_assert_str_eq(order_is(id), "confirmed refunded 3000");
	a = get("/payments/#/refunds", payment, &buyer);
	ck_assert_uint_eq(jlen(&a, "data"), 3);
	ck_problem(move(id, "shipped"), 409, "invalid_transition");
}
END_TEST

/* Nobody knows yet whose it is. */
START_TEST(made_before_its_payment_is_known)
{
	int64_t id = placed(), payment;
	struct answer a = pay(id, "tok_pending");
	const char *ref;

	payment = jint(&a, "id");
	ref = pathf("pi_%lld", (long long)payment);
	db_exec("UPDATE payments SET provider = 'stripe', provider_ref = NULL"
	    " WHERE id = %lld", (long long)payment);
	ck_problem(elsewhere(ref, "1", 3000, "succeeded"), 503,
	    "unavailable");
	ck_status(webhook_stripe(pathf("{\"id\":\"evt_%s\",\"type\":"
	    "\"payment_intent.succeeded\",\"data\":{\"object\":{\"object\":"
	    "\"payment_intent\",\"id\":\"%s\",\"status\":\"succeeded\","
	    "\"metadata\":{\"payment\":\"%s\"}}}}", ref, ref,
	    jstr(&a, "uuid"))), 200);
	ck_assert_str_eq(order_is(id), "confirmed paid 0");
	ck_status(elsewhere(ref, "1", 3000, "succeeded"), 200);
	ck_assert_str_eq(order_is(id), "confirmed refunded 3000");
}
END_TEST

/* Neither the goods as well. */
START_TEST(not_shipped_while_all_goes_back)
{
	int64_t id = placed(), payment, refund;
	struct answer a = pay(id, "tok_visa");

	payment = jint(&a, "id");
	db_exec("WITH p AS (UPDATE payments SET refund_pending_cents = 2999"
	    " WHERE id = %lld RETURNING id) INSERT INTO refunds (payment_id,"
	    " amount_cents) SELECT id, 2999 FROM p", (long long)payment);
	refund = refunded(payment, NULL);
	ck_assert_str_eq(order_is(id), "confirmed refunded 3000");
	ck_status(webhook(refund_notice(refund, "failed")), 200);
	db_exec("WITH p AS (UPDATE payments SET refund_pending_cents ="
	    " amount_cents - refunded_cents WHERE id = %lld RETURNING id,"
	    " refund_pending_cents AS c) INSERT INTO refunds (payment_id,"
	    " amount_cents) SELECT id, c FROM p", (long long)payment);
	ck_problem(move(id, "shipped"), 409, "invalid_transition");
	ck_assert_str_eq(order_is(id), "confirmed partially_refunded 2999");
}
END_TEST

SUITE(notice)
{
	tcase_add_checked_fixture(tc, sales_setup, NULL);
	tcase_add_test(tc, refund_fails_later);
	tcase_add_test(tc, only_refund_fails_later);
	tcase_add_test(tc, payment_succeeds_later);
	tcase_add_test(tc, paid_twice);
	tcase_add_test(tc, made_with_the_provider);
	tcase_add_test(tc, made_before_its_payment_is_known);
	tcase_add_test(tc, not_shipped_while_all_goes_back);
}
