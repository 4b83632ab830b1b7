/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdio.h>
#include <time.h>

#include "lib/token.h"

#include "app/config.h"

#include "t/help/call.h"
#include "t/help/crowd.h"
#include "t/help/db.h"
#include "t/help/webhook.h"

struct scene {
	struct persona buyer, admin;
	int64_t order, payment;
	const char *uuid;
};

static struct scene
placed(void)
{
	struct scene s = { persona_new(false), persona_new(true), 0, 0, NULL };
	struct goods g = goods_new(1000, 10);
	struct answer a = call("POST", "/api/v1/orders", s.buyer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":1}],"
	    "\"delivery_address\":\"Here\"}", (long long)g.variant));

	ck_status(a, 201);
	s.order = jint(&a, "id");
	return s;
}

static struct answer
pay(const struct scene *s, const char *token)
{
	return call("POST", "/api/v1/payments", s->buyer.token,
	    pathf("{\"order_id\":%lld,\"token\":\"%s\"}",
	    (long long)s->order, token));
}

static struct scene
paid(const char *token)
{
	struct scene s = placed();
	struct answer a = pay(&s, token);

	ck_status(a, 201);
	s.payment = jint(&a, "id");
	s.uuid = jstr(&a, "uuid");
	return s;
}

static int64_t
events(const struct scene *s, const char *topic)
{
	return db_i64("SELECT count(*) FROM outbox WHERE kind = 'event' AND"
	    " order_id = %lld AND topic = '%s'", (long long)s->order, topic);
}

static int
pay_once(int i, const void *arg)
{
	struct answer a = pay(arg, i % 2 == 0 ? "tok_visa" : "tok_mastercard");

	if (a.status == 409)
		ck_assert_str_eq(a.code, "already_paid");
	return a.status;
}

START_TEST(one_of_many_pays)
{
	struct scene s = placed();
	struct crowd c = crowd_run(20, pay_once, &s);

	ck_assert_int_eq(crowd_count(&c, 201), 1);
	ck_assert_int_eq(crowd_count(&c, 409), 19);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM payments"
	    " WHERE order_id = %lld AND status = 'succeeded'",
	    (long long)s.order), 1);
}
END_TEST

static int
refund_most(int i, const void *arg)
{
	const struct scene *s = arg;

	(void)i;
	return call("POST", pathf("/api/v1/payments/%lld/refunds",
	    (long long)s->payment), s->admin.token,
	    "{\"amount_cents\":600}").status;
}

START_TEST(never_more_than_was_paid)
{
	struct scene s = paid("tok_visa");
	struct crowd c = crowd_run(16, refund_most, &s);

	ck_assert_int_eq(crowd_count(&c, 201), 1);
	ck_assert_int_eq(crowd_count(&c, 409), 15);
	ck_assert_int_eq(db_i64("SELECT refunded_cents FROM orders"
	    " WHERE id = %lld", (long long)s.order), 600);
}
END_TEST

/* The provider's event, delivered many times: even ones the same, odd ones
 * another with the same news. */
static int
tell(int i, const void *arg)
{
	const struct scene *s = arg;
	const char *body = pathf("{\"id\":\"%d-%s\",\"type\":"
	    "\"payment.succeeded\",\"payment\":\"%s\"}", i % 2, s->uuid,
	    s->uuid);

	return webhook(body).status;
}

START_TEST(one_event_of_many)
{
	struct scene s = paid("tok_pending");
	struct crowd c = crowd_run(20, tell, &s);

	ck_assert_int_eq(crowd_count(&c, 200), 20);
	ck_assert_int_eq(events(&s, "payment.succeeded"), 1);
	ck_assert_int_eq(events(&s, "order.confirmed"), 1);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM order_events"
	    " WHERE order_id = %lld AND to_status = 'confirmed'",
	    (long long)s.order), 1);
}
END_TEST

/* A refund that the shop did not make, told of by events of its own. */
static int
tell_refund(int i, const void *arg)
{
	const struct scene *s = arg;

	return webhook_stripe(pathf("{\"id\":\"evt_%d_%s\",\"type\":"
	    "\"refund.updated\",\"data\":{\"object\":{\"object\":\"refund\","
	    "\"id\":\"re_%s\",\"amount\":300,\"status\":\"succeeded\","
	    "\"payment_intent\":\"pi_%s\"}}}", i, s->uuid, s->uuid,
	    s->uuid)).status;
}

START_TEST(made_elsewhere_once)
{
	struct scene s = paid("tok_visa");
	struct crowd c;

	db_exec("UPDATE payments SET provider = 'stripe', provider_ref ="
	    " 'pi_' || uuid WHERE id = %lld", (long long)s.payment);
	c = crowd_run(12, tell_refund, &s);
	ck_assert_int_eq(crowd_count(&c, 200) + crowd_count(&c, 503), 12);
	ck_assert_int_gt(crowd_count(&c, 200), 0);
	ck_assert_int_eq(db_i64("SELECT refunded_cents FROM orders"
	    " WHERE id = %lld", (long long)s.order), 300);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM refunds"
	    " WHERE payment_id = %lld", (long long)s.payment), 1);
}
END_TEST

static int
pay_or_cancel(int i, const void *arg)
{
	const struct scene *s = arg;

	if (i % 2 == 0)
		return pay(s, "tok_visa").status;
	return call("POST", pathf("/api/v1/orders/%lld/cancel",
	    (long long)s->order), s->buyer.token, NULL).status + 1000;
}

/* Whatever comes first: the money of a cancelled order is back, and its
 * stock free. */
START_TEST(pay_against_cancel)
{
	struct scene s = placed();
	struct crowd c = crowd_run(2, pay_or_cancel, &s);

	ck_assert_int_eq(crowd_count(&c, 1200), 1);
	ck_assert_str_eq(db_text("SELECT status FROM orders WHERE id = %lld",
	    (long long)s.order), "cancelled");
	ck_assert_int_eq(db_i64("SELECT coalesce(sum(amount_cents -"
	    " refunded_cents), 0)::bigint FROM payments WHERE order_id = %lld"
	    " AND status NOT IN ('failed', 'pending')", (long long)s.order),
	    0);
	ck_assert_int_eq(db_i64("SELECT sum(reserved)::bigint FROM inventory"
	    " WHERE variant_id IN (SELECT variant_id FROM order_items"
	    " WHERE order_id = %lld)", (long long)s.order), 0);
}
END_TEST

static int
pay_or_delete(int i, const void *arg)
{
	const struct scene *s = arg;

	if (i % 2 == 0)
		return pay(s, "tok_visa").status;
	return call("DELETE", pathf("/api/v1/orders/%lld",
	    (long long)s->order), s->buyer.token, NULL).status + 1000;
}

/* Who was charged is never told that there is no such order. */
START_TEST(pay_against_delete)
{
	struct scene s = placed();
	struct crowd c = crowd_run(2, pay_or_delete, &s);
	bool charged = db_i64("SELECT count(*) FROM payments"
	    " WHERE order_id = %lld", (long long)s.order) > 0;

	ck_assert_int_eq(crowd_count(&c, 404), charged ? 0 : 1);
	ck_assert_int_eq(crowd_count(&c, 1204) + crowd_count(&c, 201), 1);
}
END_TEST

SUITE(payment)
{
	tcase_add_loop_test(tc, one_of_many_pays, 0, 3);
	tcase_add_loop_test(tc, never_more_than_was_paid, 0, 3);
	tcase_add_loop_test(tc, one_event_of_many, 0, 3);
	tcase_add_loop_test(tc, made_elsewhere_once, 0, 3);
	tcase_add_loop_test(tc, pay_against_cancel, 0, 10);
	tcase_add_loop_test(tc, pay_against_delete, 0, 20);
}
