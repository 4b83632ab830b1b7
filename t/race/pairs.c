/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/random.h"
#include "lib/token.h"
#include "lib/worker.h"

#include "app/config.h"
#include "app/sales/expiry.h"

#include "t/help/call.h"
#include "t/help/crowd.h"
#include "t/help/db.h"
#include "t/help/webhook.h"
#include "t/help/sound.h"

/*
 * What may happen to an order, each against each: cancelled by its buyer,
 * paid, expired, shipped. The first one of a pair has a head start of up to
 * some milliseconds. Whatever comes of it, every invariant holds.
 */

struct scene {
	struct persona buyer, admin;
	int64_t order, variant;
	int (*first)(const struct scene *s), (*second)(const struct scene *s);
	int head_start_us;
};

static int
cancel(const struct scene *s)
{
	return call("POST", pathf("/api/v1/orders/%lld/cancel",
	    (long long)s->order), s->buyer.token, NULL).status;
}

static int
pay(const struct scene *s)
{
	return call("POST", "/api/v1/payments", s->buyer.token,
	    pathf("{\"order_id\":%lld,\"token\":\"tok_visa\"}",
	    (long long)s->order)).status;
}

static int
ship(const struct scene *s)
{
	return call("PUT", pathf("/api/v1/orders/%lld/status",
	    (long long)s->order), s->admin.token,
	    "{\"status\":\"shipped\"}").status;
}

/* As the sweeper does it. */
static int
expire(const struct scene *s)
{
	struct tx *tx = db_begin();
	int64_t n;

	(void)s;
	if (expiry_run(tx, NULL, 0, 100, &n) == -1 || tx_commit(tx) == -1) {
		tx_rollback(tx);
		return 503;
	}
	return 200;
}

static int
act(int i, const void *arg)
{
	const struct scene *s = arg;

	if (i == 0)
		return s->first(s);
	usleep((useconds_t)s->head_start_us);
	return s->second(s);
}

/* An order; what ends by itself is about to, what is shipped is paid. */
static void
setup(struct scene *s)
{
	struct answer a = call("POST", "/api/v1/orders", s->buyer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":1}],"
	    "\"delivery_address\":\"Here\"}", (long long)s->variant));
	bool ships = s->first == ship || s->second == ship;
	bool pays = s->first == pay || s->second == pay;

	ck_status(a, 201);
	s->order = jint(&a, "id");
	if (ships && !pays)
		ck_assert_int_eq(pay(s), 201);
	if (s->first == expire || s->second == expire)
		db_exec("UPDATE orders SET expires_at = now()"
		    " + random() * interval '8 ms' WHERE id = %lld",
		    (long long)s->order);
}

/* No server's fault, and an order that could have come about. */
static void
ck_outcome(const struct scene *s, const struct crowd *c)
{
	const char *is;

	for (int i = 0; i < c->n; i++)
		ck_assert_msg(c->result[i] == 200 || c->result[i] == 201 ||
		    c->result[i] == 409, "%d", c->result[i]);
	is = db_text("SELECT status || ' ' || payment_status FROM orders"
	    " WHERE id = %lld", (long long)s->order);
	ck_assert_msg(strcmp(is, "pending unpaid") == 0 ||
	    strcmp(is, "confirmed paid") == 0 ||
	    strcmp(is, "shipped paid") == 0 ||
	    strcmp(is, "cancelled unpaid") == 0 ||
	    strcmp(is, "cancelled refunded") == 0, "%s", is);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM order_events WHERE"
	    " order_id = %lld AND to_status IN ('shipped', 'cancelled')",
	    (long long)s->order), strstr(is, "pending") == NULL &&
	    strstr(is, "confirmed") == NULL);
}

#define TIMES 8

START_TEST(pair)
{
	static int (*const acts[])(const struct scene *) = {
		cancel, pay, expire, ship
	};
	struct scene s = { .buyer = persona_new(false),
	    .admin = persona_new(true), .variant = goods_new(100, 50).variant,
	    .first = acts[_i / 4], .second = acts[_i % 4] };
	struct crowd c;

	for (int i = 0; i < TIMES; i++) {
		setup(&s);
		s.head_start_us = i * 700;
		c = crowd_run(2, act, &s);
		ck_outcome(&s, &c);
	}
	ck_sound();
}
END_TEST

/* ---- the provider's word against the buyer's ---------------------------- */

struct news { struct scene scene; const char *uuid, *key; };

static int
tell(const struct news *n, int i)
{
	const char *body = pathf("{\"id\":\"%d-%s\",\"type\":"
	    "\"payment.succeeded\",\"payment\":\"%s\"}", i, n->uuid, n->uuid);

	return webhook(body).status;
}

static const char *
payment_of(const struct scene *s, const char *token)
{
	return pathf("{\"order_id\":%lld,\"token\":\"%s\"}",
	    (long long)s->order, token);
}

static int
tell_or_pay(int i, const void *arg)
{
	const struct news *n = arg;
	struct answer a;

	if (i < 10)
		return tell(n, i % 3);
	a = call_with("POST", "/api/v1/payments", n->scene.buyer.token,
	    payment_of(&n->scene, "tok_visa"), "Idempotency-Key", n->key,
	    NULL);
	if (a.status == 409)
		ck_assert_str_eq(a.code, "idempotency_in_progress");
	return a.status;
}

/* A payment whose request died when the provider was to be asked: ten times
 * the provider's event, and ten times the client with its key again. */
START_TEST(webhook_against_confirmation)
{
	struct news n = { .key = random_hex(8, db_mem()), .scene = {
	    .buyer = persona_new(false),
	    .variant = goods_new(100, 50).variant } };
	struct crowd c;

	setup(&n.scene);
	n.uuid = db_text("INSERT INTO payments (order_id, user_id, provider,"
	    " token, amount_cents, currency) VALUES (%lld, %lld, 'test',"
	    " 'tok_visa', 100, 'USD') RETURNING uuid",
	    (long long)n.scene.order, (long long)n.scene.buyer.id);
	ck_status(call_with("POST", "/api/v1/payments", n.scene.buyer.token,
	    payment_of(&n.scene, "tok_visa"), "Idempotency-Key", n.key,
	    NULL), 409);
	db_exec("UPDATE idempotency_keys SET status = NULL, body = NULL,"
	    " locked_at = '-infinity', resume_id = (SELECT id FROM payments"
	    " WHERE uuid = '%s') WHERE key = '%s'", n.uuid, n.key);
	c = crowd_run(20, tell_or_pay, &n);
	ck_assert_int_eq(crowd_count(&c, 200), 10);
	ck_assert_int_ge(crowd_count(&c, 201), 1);
	ck_assert_int_eq(crowd_count(&c, 201) + crowd_count(&c, 409), 10);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM outbox WHERE order_id ="
	    " %lld AND topic IN ('payment.succeeded', 'order.confirmed')",
	    (long long)n.scene.order), 2);
	ck_assert_str_eq(db_text("SELECT status FROM payments WHERE"
	    " order_id = %lld", (long long)n.scene.order), "succeeded");
	ck_sound();
}
END_TEST

/* ---- prices ------------------------------------------------------------- */

static int
price_or_order(int i, const void *arg)
{
	const struct scene *s = arg;
	struct answer a;
	int64_t price, total;

	if (i % 4 == 0)
		return call("PATCH", pathf("/api/v1/products/%lld",
		    (long long)s->order), s->admin.token,
		    pathf("{\"price_cents\":%d}", 100 + i)).status;
	a = call("POST", "/api/v1/orders", s->buyer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":3}],"
	    "\"delivery_address\":\"Here\"%s}", (long long)s->variant,
	    i % 2 == 0 ? ",\"expected_total_cents\":300" : ""));
	if (a.status == 409) {
		ck_assert_str_eq(a.code, "price_changed");
		return a.status;
	}
	price = jint(&a, "items[0].unit_price_cents");
	total = jint(&a, "total_cents");
	ck_assert_int_eq(total, 3 * price);
	ck_assert(price % 4 == 0 && price >= 100 && price < 150);
	return i % 2 == 0 && total != 300 ? -1 : a.status;
}

/* scene.order is the product here. */
START_TEST(price_changes_during_checkout)
{
	struct goods g = goods_new(100, 1000);
	struct scene s = { .buyer = persona_new(false),
	    .admin = persona_new(true), .order = g.product,
	    .variant = g.variant };
	struct crowd c = crowd_run(40, price_or_order, &s);

	ck_assert_int_eq(crowd_count(&c, 200) + crowd_count(&c, 201) +
	    crowd_count(&c, 409) + crowd_count(&c, 503), 40);
	ck_assert_int_ge(crowd_count(&c, 200), 1);
	ck_assert_int_ge(crowd_count(&c, 201), 1);
	ck_sound();
}
END_TEST

/* ---- all at once -------------------------------------------------------- */

struct market { struct scene scene[4]; struct goods g[4]; };

static int64_t
order_some(const struct scene *s, const struct market *m, int from)
{
	struct answer a = call("POST", "/api/v1/orders", s->buyer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":1},"
	    "{\"variant_id\":%lld,\"quantity\":2},{\"variant_id\":%lld,"
	    "\"quantity\":1}],\"delivery_address\":\"Here\"}",
	    (long long)m->g[from % 4].variant,
	    (long long)m->g[(from + 3) % 4].variant,
	    (long long)m->g[(from + 1) % 4].variant));

	return a.status == 201 ? jint(&a, "id") : 0;
}

static int
trade(int i, const void *arg)
{
	const struct market *m = arg;
	struct scene s = m->scene[i % 4];

	for (int n = 0; n < 6; n++) {
		if ((s.order = order_some(&s, m, i + n)) == 0)
			continue;
		switch ((i + n) % 5) {
		case 0:
			cancel(&s);
			break;
		case 1:
			pay(&s);
			cancel(&s);
			break;
		case 2:
			pay(&s);
			ship(&s);
			break;
		case 3:
			db_exec("UPDATE orders SET expires_at = now()"
			    " WHERE id = %lld", (long long)s.order);
			break;
		default:
			expire(&s);
		}
	}
	return 200;
}

START_TEST(market_day)
{
	static struct market m;
	int64_t before = db_i64("SELECT deadlocks FROM pg_stat_database"
	    " WHERE datname = current_database()");
	struct crowd c;

	for (int i = 0; i < 4; i++) {
		m.scene[i] = (struct scene){ .buyer = persona_new(false),
		    .admin = persona_new(true) };
		m.g[i] = goods_new(100, 20);
	}
	c = crowd_run(16, trade, &m);
	ck_assert_int_eq(crowd_count(&c, 200), 16);
	ck_assert_int_eq(db_i64("SELECT deadlocks FROM pg_stat_database"
	    " WHERE datname = current_database()"), before);
	ck_sound();
}
END_TEST

SUITE(pairs)
{
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, pair, 0, 16);
	tcase_add_loop_test(tc, webhook_against_confirmation, 0, 3);
	tcase_add_loop_test(tc, price_changes_during_checkout, 0, 3);
	tcase_add_loop_test(tc, market_day, 0, 3);
}
