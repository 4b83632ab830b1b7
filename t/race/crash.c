/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/random.h"

#include "t/help/call.h"
#include "t/help/db.h"
#include "t/help/sound.h"

/*
 * A worker dies at every single point of every request that moves goods or
 * money: before each statement, before and after each COMMIT (CRASH_AT=#1,
 * #2 and so on until the request comes to its end). The retry with the same
 * key has one effect and one answer. The same with a worker that only stops
 * there, is taken for dead, and goes on when the retry has been answered.
 */

struct scene {
	struct persona buyer, admin;
	struct goods a, b;
	int64_t order, payment;
	const char *email, *path, *body, *token, *key;
};

struct flow {
	const char *name;
	int status;		/* of the final answer */
	/* Prepare all, name the request. */
	void (*setup)(struct scene *s);
	/* Exactly one effect? */
	void (*once)(const struct scene *s);
	/* What happens between the answer and the late one's awakening. */
	void (*meanwhile)(const struct scene *s);
};

static int64_t
stock(const struct goods *g, const char *column)
{
	return db_i64("SELECT %s FROM inventory WHERE variant_id = %lld",
	    column, (long long)g->variant);
}

static int64_t
topics(const struct scene *s, const char *topic)
{
	return db_i64("SELECT count(*) FROM outbox WHERE kind = 'event' AND"
	    " order_id = %lld AND topic = '%s'", (long long)s->order, topic);
}

static const char *
order_is(const struct scene *s)
{
	return db_text("SELECT status || ' ' || payment_status || ' ' ||"
	    " refunded_cents FROM orders WHERE id = %lld",
	    (long long)s->order);
}

/* ---- ordering ----------------------------------------------------------- */

static void
order_setup(struct scene *s)
{
	s->path = "/api/v1/orders";
	s->token = s->buyer.token;
	s->body = pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":2},"
	    "{\"variant_id\":%lld,\"quantity\":1}],\"delivery_address\":"
	    "\"Here\"}", (long long)s->b.variant, (long long)s->a.variant);
}

static void
ordered_once(const struct scene *s)
{
	ck_assert_int_eq(db_i64("SELECT count(*) FROM orders"
	    " WHERE user_id = %lld", (long long)s->buyer.id), 1);
	ck_assert_int_eq(stock(&s->a, "available"), 9);
	ck_assert_int_eq(stock(&s->a, "reserved"), 1);
	ck_assert_int_eq(stock(&s->b, "available"), 8);
	ck_assert_int_eq(stock(&s->b, "reserved"), 2);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM outbox WHERE"
	    " user_id = %lld AND topic = 'order.created'",
	    (long long)s->buyer.id), 1);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM cart_items i"
	    " JOIN carts c ON c.id = i.cart_id WHERE c.user_id = %lld",
	    (long long)s->buyer.id), 0);
}

static void
cart_setup(struct scene *s)
{
	ck_status(call("POST", "/api/v1/cart/items", s->buyer.token,
	    pathf("{\"variant_id\":%lld}", (long long)s->a.variant)), 201);
	ck_status(call("POST", "/api/v1/cart/items", s->buyer.token,
	    pathf("{\"variant_id\":%lld,\"quantity\":2}",
	    (long long)s->b.variant)), 201);
	s->path = "/api/v1/orders/checkout";
	s->token = s->buyer.token;
	s->body = "{\"delivery_address\":\"Here\"}";
}

/* What an overdue order of somebody else holds is sold. */
static void
overdue_setup(struct scene *s)
{
	struct persona other = persona_new(false);
	struct answer a = call("POST", "/api/v1/orders", other.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":9}],"
	    "\"delivery_address\":\"Here\"}", (long long)s->b.variant));

	ck_status(a, 201);
	db_exec("UPDATE orders SET expires_at = now() WHERE id = %lld",
	    (long long)jint(&a, "id"));
	order_setup(s);
}

/* More than there is: the refusal is kept, and nothing else. */
static void
short_setup(struct scene *s)
{
	order_setup(s);
	s->body = pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":11}],"
	    "\"delivery_address\":\"Here\"}", (long long)s->a.variant);
}

static void
ordered_never(const struct scene *s)
{
	ck_assert_int_eq(db_i64("SELECT count(*) FROM orders"
	    " WHERE user_id = %lld", (long long)s->buyer.id), 0);
}

static void
restock(const struct scene *s)
{
	ck_status(call("PUT", pathf("/api/v1/admin/inventory/%lld",
	    (long long)s->a.variant), s->admin.token, "{\"delta\":50}"), 200);
}

/* ---- paying ------------------------------------------------------------- */

static void
placed(struct scene *s)
{
	struct answer a;

	order_setup(s);
	a = call("POST", s->path, s->token, s->body);
	ck_status(a, 201);
	s->order = jint(&a, "id");
}

static void
pay_with(struct scene *s, const char *token)
{
	s->path = "/api/v1/payments";
	s->token = s->buyer.token;
	s->body = pathf("{\"order_id\":%lld,\"token\":\"%s\"}",
	    (long long)s->order, token);
}

static void
pay_setup(struct scene *s)
{
	placed(s);
	pay_with(s, "tok_visa");
}

static int64_t
payments(const struct scene *s, const char *status)
{
	return db_i64("SELECT count(*) FROM payments WHERE order_id = %lld"
	    " AND status = '%s'", (long long)s->order, status);
}

static void
paid_once(const struct scene *s)
{
	ck_assert_int_eq(db_i64("SELECT count(*) FROM payments"
	    " WHERE order_id = %lld", (long long)s->order), 1);
	ck_assert_int_eq(topics(s, "payment.succeeded"), 1);
	ck_assert_int_eq(topics(s, "order.confirmed"), 1);
}

static void
paid_still(const struct scene *s)
{
	paid_once(s);
	if (payments(s, "succeeded") == 1)
		ck_assert_str_eq(order_is(s), "confirmed paid 0");
}

static void
cancel_it(const struct scene *s)
{
	ck_status(call("POST", pathf("/api/v1/orders/%lld/cancel",
	    (long long)s->order), s->buyer.token, NULL), 200);
}

static void
declined_setup(struct scene *s)
{
	placed(s);
	pay_with(s, "tok_declined");
}

static void
declined_once(const struct scene *s)
{
	ck_assert_int_eq(payments(s, "failed"), 1);
	ck_assert_int_eq(topics(s, "payment.failed"), 1);
}

/* Another card, after the first one was declined. */
static void
pay_otherwise(const struct scene *s)
{
	ck_status(call("POST", s->path, s->token, pathf("{\"order_id\":%lld,"
	    "\"token\":\"tok_visa\"}", (long long)s->order)), 201);
}

/* ---- giving back -------------------------------------------------------- */

static void
paid(struct scene *s)
{
	struct answer a;

	pay_setup(s);
	a = call("POST", s->path, s->token, s->body);
	ck_status(a, 201);
	s->payment = jint(&a, "id");
}

static void
refund_setup(struct scene *s)
{
	paid(s);
	s->path = pathf("/api/v1/payments/%lld/refunds",
	    (long long)s->payment);
	s->token = s->admin.token;
	s->body = "{\"amount_cents\":100}";
}

static void
refunded_once(const struct scene *s)
{
	ck_assert_int_eq(db_i64("SELECT count(*) FROM refunds WHERE"
	    " payment_id = %lld AND amount_cents = 100 AND"
	    " status = 'succeeded'", (long long)s->payment), 1);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log WHERE"
	    " action = 'payment.refund' AND target_id IN (SELECT id FROM"
	    " refunds WHERE payment_id = %lld)", (long long)s->payment), 1);
}

static void
cancel_setup(struct scene *s)
{
	paid(s);
	s->path = pathf("/api/v1/orders/%lld/cancel", (long long)s->order);
	s->body = "{\"reason\":\"no more\"}";
}

static void
cancelled_once(const struct scene *s)
{
	ck_assert_str_eq(order_is(s), "cancelled refunded 400");
	ck_assert_int_eq(db_i64("SELECT count(*) FROM refunds WHERE"
	    " payment_id = %lld AND status = 'succeeded'",
	    (long long)s->payment), 1);
	ck_assert_int_eq(topics(s, "order.cancelled"), 1);
	ck_assert_int_eq(topics(s, "refund.succeeded"), 1);
	ck_assert_int_eq(stock(&s->a, "available"), 10);
	ck_assert_int_eq(stock(&s->b, "available"), 10);
}

/* ---- the others --------------------------------------------------------- */

static void
add_setup(struct scene *s)
{
	s->path = "/api/v1/cart/items";
	s->token = s->buyer.token;
	s->body = pathf("{\"variant_id\":%lld,\"quantity\":3}",
	    (long long)s->a.variant);
}

static void
added_once(const struct scene *s)
{
	ck_assert_int_eq(db_i64("SELECT sum(quantity)::bigint FROM cart_items"
	    " i JOIN carts c ON c.id = i.cart_id WHERE c.user_id = %lld",
	    (long long)s->buyer.id), 3);
}

static void
enrol_setup(struct scene *s)
{
	s->email = pathf("c-%s@example.com", random_hex(8, db_mem()));
	s->path = "/api/v1/users/";
	s->body = pathf("{\"email\":\"%s\",\"password\":\"long enough 1\","
	    "\"address_line1\":\"1\",\"city\":\"C\",\"postal_code\":\"2\","
	    "\"country\":\"DE\"}", s->email);
}

static void
enrolled_once(const struct scene *s)
{
	ck_assert_int_eq(db_i64("SELECT count(*) FROM users u JOIN addresses"
	    " a ON a.user_id = u.id JOIN sessions s ON s.user_id = u.id"
	    " WHERE email = '%s'", s->email), 1);
}

/* ---- dying -------------------------------------------------------------- */

static const struct flow flows[] = {
	{ "order", 201, order_setup, ordered_once, NULL },
	{ "cart", 201, cart_setup, ordered_once, NULL },
	{ "overdue", 201, overdue_setup, ordered_once, NULL },
	{ "short", 409, short_setup, ordered_never, restock },
	{ "pay", 201, pay_setup, paid_still, cancel_it },
	{ "declined", 402, declined_setup, declined_once, pay_otherwise },
	{ "refund", 201, refund_setup, refunded_once, cancel_it },
	{ "cancel", 200, cancel_setup, cancelled_once, NULL },
	{ "add", 201, add_setup, added_once, NULL },
	{ "enrol", 201, enrol_setup, enrolled_once, NULL },
};
#define NFLOWS ((int)(sizeof(flows) / sizeof(flows[0])))

static struct answer
ask(const struct scene *s)
{
	return call_with("POST", s->path, s->token, s->body,
	    "Idempotency-Key", s->key, NULL);
}

static struct scene
scene_new(const struct flow *f)
{
	struct scene s = { .buyer = persona_new(false),
	    .admin = persona_new(true), .a = goods_new(200, 10),
	    .b = goods_new(100, 10) };

	s.key = random_hex(12, db_mem());
	f->setup(&s);
	return s;
}

/* Ask in a process that ends, or stops, at its n-th point. */
static pid_t
ask_until(const struct scene *s, const char *how, int n, int *status_r)
{
	char at[32];
	pid_t pid = fork();

	if (pid == 0) {
		snprintf(at, sizeof(at), "%s%d", how, n);
		setenv("CRASH_AT", at, 1);
		close(STDERR_FILENO);	/* not a word of what is meant */
		ask(s);
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, status_r, WUNTRACED), pid);
	return pid;
}

/* The service's own time-outs, without the waiting: the database ends a
 * transaction that idles, and a key's lease ends. */
static void
time_passes(const struct scene *s)
{
	db_exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	    " WHERE state = 'idle in transaction'"
	    " AND datname = current_database()");
	db_exec("UPDATE idempotency_keys SET locked_at = locked_at"
	    " - interval '11 s' WHERE key = '%s'", s->key);
}

static struct answer
retry(const struct flow *f, const struct scene *s, int n)
{
	struct answer a = ask(s);

	for (int i = 0; i < 1000 && strcmp(a.code,
	    "idempotency_in_progress") == 0; i++) {
		time_passes(s);
		usleep(5000);
		a = ask(s);
	}
	ck_assert_msg(a.status == f->status, "%s #%d: %d %.500s", f->name, n,
	    a.status, a.body);
	return a;
}

static void
ck_same(const struct flow *f, const struct scene *s, int n,
    const struct answer *a)
{
	struct answer b = ask(s);

	ck_assert_msg(b.rs.replayed && b.status == a->status &&
	    strcmp(a->body, b.body) == 0, "%s #%d: %d %s\n%d %s", f->name, n,
	    a->status, a->body, b.status, b.body);
	ck_assert_pstr_eq(a->rs.location, b.rs.location);
	ck_assert_pstr_eq(a->rs.etag, b.rs.etag);
}

START_TEST(dies_anywhere)
{
	const struct flow *f = &flows[_i];
	int status, n;

	db_mem();
	for (n = 1; n < 200; n++) {
		struct scene s = scene_new(f);
		struct answer a;

		ask_until(&s, "#", n, &status);
		ck_assert_msg(WIFEXITED(status), "%s #%d: %x", f->name, n,
		    status);
		a = retry(f, &s, n);
		f->once(&s);
		ck_same(f, &s, n, &a);
		if (WEXITSTATUS(status) == 0)
			break;
		ck_assert_int_eq(WEXITSTATUS(status), 70);
	}
	ck_assert_int_gt(n, 5);
	ck_assert_int_lt(n, 200);
	ck_sound();
}
END_TEST

START_TEST(stops_anywhere)
{
	const struct flow *f = &flows[_i];
	int status, n;
	pid_t pid;

	db_mem();
	for (n = 1; n < 200; n++) {
		struct scene s = scene_new(f);
		struct answer a;

		pid = ask_until(&s, "~#", n, &status);
		if (!WIFSTOPPED(status))
			break;
		a = retry(f, &s, n);
		f->once(&s);
		if (f->meanwhile != NULL)
			f->meanwhile(&s);
		kill(pid, SIGCONT);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "%s #%d: %x", f->name, n, status);
		ck_same(f, &s, n, &a);
		f->once(&s);
	}
	ck_assert_int_gt(n, 5);
	ck_assert_int_lt(n, 200);
	ck_sound();
}
END_TEST

SUITE(crash)
{
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, dies_anywhere, 0, NFLOWS);
	tcase_add_loop_test(tc, stops_anywhere, 0, NFLOWS);
}
