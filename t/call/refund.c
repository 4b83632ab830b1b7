/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdio.h>

#include "lib/random.h"

#include "t/help/db.h"
#include "t/help/sales.h"

static struct answer
refund(int64_t payment, const char *body)
{
	return call("POST", pathf("/api/v1/payments/%lld/refunds",
	    (long long)payment), admin.token, body);
}

START_TEST(partly_then_the_rest)
{
	int64_t id = placed(), payment;
	struct answer a = pay(id, "tok_visa");

	payment = jint(&a, "id");
	a = refund(payment, "{\"amount_cents\":1000,\"reason\":\"broken\"}");
	ck_status(a, 201);
	ck_assert_str_eq(jstr(&a, "status"), "succeeded");
	ck_assert_str_eq(jstr(&a, "reason"), "broken");
	ck_assert_int_eq(jint(&a, "payment_id"), payment);
	ck_assert_str_eq(a.rs.location, pathf("/api/v1/payments/%lld",
	    (long long)payment));
	ck_assert_str_eq(order_is(id), "confirmed partially_refunded 1000");
	a = refund(payment, "{\"amount_cents\":2001}");
	ck_problem(a, 409, "refund_exceeds_payment");
	ck_assert_str_eq(jstr(&a, "detail"),
	    "No more than 2000 is left of the payment");
	ck_problem(refund(payment, "{\"amount_cents\":9223372036854775807}"),
	    409, "refund_exceeds_payment");
	ck_problem(refund(payment, "{\"amount_cents\":0}"), 422,
	    "validation_failed");
	a = refund(payment, "{\"reason\":null}");
	ck_status(a, 201);
	ck_assert(!jhas(&a, "reason"));
	ck_assert_int_eq(jint(&a, "amount_cents"), 2000);
	ck_assert_str_eq(order_is(id), "confirmed refunded 3000");
	ck_problem(refund(payment, NULL), 409, "refund_exceeds_payment");
	ck_problem(pay(id, "tok_visa"), 409, "already_paid");
	a = get("/payments/#", payment, &buyer);
	ck_assert_str_eq(jstr(&a, "status"), "refunded");
	ck_assert_int_eq(jint(&a, "refunded_cents"), 3000);
	a = get("/payments/#/refunds?count=true", payment, &buyer);
	ck_assert_int_eq(jint(&a, "total_count"), 2);
	ck_assert_int_eq(events(id, "refund.succeeded"), 2);
	/* It moves no stock. */
	ck_assert_int_eq(db_i64("SELECT reserved FROM inventory"
	    " WHERE variant_id = %lld", (long long)goods.variant), 3);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log WHERE action"
	    " = 'payment.refund' AND actor_id = %lld", (long long)admin.id),
	    2);
}
END_TEST

START_TEST(whole_one_after_shipping)
{
	int64_t id = placed(), payment;
	struct answer a = pay(id, "tok_visa");

	payment = jint(&a, "id");
	ck_status(call("PUT", pathf("/api/v1/admin/orders/%lld/status",
	    (long long)id), admin.token, "{\"status\":\"shipped\"}"), 200);
	ck_status(refund(payment, "{\"amount_cents\":1}"), 201);
	ck_assert_str_eq(order_is(id), "shipped partially_refunded 1");
	ck_status(refund(payment, NULL), 201);
	ck_assert_str_eq(order_is(id), "refunded refunded 3000");
	ck_assert_int_eq(events(id, "order.refunded"), 1);
	id = placed();
	ck_status(pay(id, "tok_visa"), 201);
	ck_status(call("PUT", pathf("/api/v1/admin/orders/%lld/status",
	    (long long)id), admin.token, "{\"status\":\"shipped\"}"), 200);
	ck_status(call("PUT", pathf("/api/v1/admin/orders/%lld/status",
	    (long long)id), admin.token, "{\"status\":\"refunded\"}"), 200);
	ck_assert_int_eq(events(id, "order.refunded"), 1);
}
END_TEST

/* And that the document says so. */
START_TEST(where_its_reason_is)
{
	int64_t id = placed(), payment;
	struct answer a = pay(id, "tok_visa");

	payment = jint(&a, "id");
	ck_status(call("PUT", pathf("/api/v1/admin/orders/%lld/status",
	    (long long)id), admin.token, "{\"status\":\"shipped\"}"), 200);
	ck_status(refund(payment, "{\"amount_cents\":1,\"reason\":\"late\"}"),
	    201);
	ck_status(refund(payment, "{\"reason\":\"lost\"}"), 201);
	a = get("/payments/#/refunds", payment, &admin);
	ck_assert_str_eq(jstr(&a, "data[0].reason"), "late");
	ck_assert_str_eq(jstr(&a, "data[1].reason"), "lost");
	ck_assert_str_eq(db_text("SELECT string_agg(reason, ' ') FROM"
	    " order_events WHERE order_id = %lld AND reason <> 'paid'",
	    (long long)id), "lost");
	a = call("GET", "/openapi.json", NULL, NULL);
	ck_assert_str_eq(jstr(&a, "components.schemas.refund_new.properties"
	    ".reason.description"), "Kept with the refund; in the order's "
	    "events if its status changes");
}
END_TEST

START_TEST(cancelling_pays_back_the_rest)
{
	int64_t id = placed();
	struct answer a = pay(id, "tok_visa");

	ck_status(refund(jint(&a, "id"), "{\"amount_cents\":500}"), 201);
	ck_status(call("POST", pathf("/api/v1/orders/%lld/cancel",
	    (long long)id), buyer.token, NULL), 200);
	ck_assert_str_eq(order_is(id), "cancelled refunded 3000");
}
END_TEST

START_TEST(nothing_captured)
{
	int64_t id = placed();
	struct answer a = pay(id, "tok_pending");

	ck_problem(refund(jint(&a, "id"), NULL), 409,
	    "refund_exceeds_payment");
	id = placed();
	a = pay(id, "tok_declined");
	ck_problem(refund(jint(&a, "payment.id"), NULL), 409,
	    "refund_exceeds_payment");
	ck_problem(refund(INT64_MAX, NULL), 404, "not_found");
}
END_TEST

START_TEST(same_key)
{
	int64_t id = placed();
	struct answer a = pay(id, "tok_visa"), b;
	const char *path = pathf("/api/v1/payments/%lld/refunds",
	    (long long)jint(&a, "id"));
	const char *key = random_hex(8, db_mem());

	a = call_with("POST", path, admin.token, "{\"amount_cents\":700}",
	    "Idempotency-Key", key, NULL);
	ck_status(a, 201);
	b = call_with("POST", path, admin.token, "{\"amount_cents\":700}",
	    "Idempotency-Key", key, NULL);
	ck_status(b, 201);
	ck_assert_str_eq(a.body, b.body);
	ck_assert_str_eq(order_is(id), "confirmed partially_refunded 700");
}
END_TEST

START_TEST(strangers)
{
	int64_t id = placed(), payment;
	struct answer a = pay(id, "tok_visa");

	payment = jint(&a, "id");
	ck_problem(get("/payments/#", payment, &other), 404, "not_found");
	ck_problem(get("/payments/#/refunds", payment, &other), 404,
	    "not_found");
	ck_problem(get("/orders/#/payments", id, &other), 404, "not_found");
	ck_status(get("/payments/#", payment, &admin), 200);
	ck_status(get("/payments/#/refunds", payment, &admin), 200);
	ck_status(get("/orders/#/payments", id, &admin), 200);
	ck_problem(call("POST", pathf("/api/v1/payments/%lld/refunds",
	    (long long)payment), buyer.token, NULL), 403, "forbidden");
}
END_TEST

SUITE(refund)
{
	tcase_add_checked_fixture(tc, sales_setup, NULL);
	tcase_add_test(tc, partly_then_the_rest);
	tcase_add_test(tc, whole_one_after_shipping);
	tcase_add_test(tc, where_its_reason_is);
	tcase_add_test(tc, cancelling_pays_back_the_rest);
	tcase_add_test(tc, nothing_captured);
	tcase_add_test(tc, same_key);
	tcase_add_test(tc, strangers);
}
