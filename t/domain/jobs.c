/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/tx.h"
#include "lib/worker.h"

#include "app/config.h"
#include "app/jobs/work.h"
#include "app/web/health.h"

#include "t/help/call.h"
#include "t/help/db.h"
#include "t/help/sound.h"

/* Turns of the jobs, one after the other in this process. */

static struct err err;
static struct job job;
static int listener, port, delay_ms;
static pid_t server;

/* A port of which no connection is accepted before serve(). */
static void
setup(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	job = (struct job){ .pg = db_pg(), .mem = arena_new(1 << 24),
	    .err = &err, .role = "test" };
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	getsockname(listener, (struct sockaddr *)&a, &len);
	port = ntohs(a.sin_port);
	server = delay_ms = 0;
	config.webhook_insecure = true;
	db_exec("UPDATE outbox SET state = 'done', done_at = now()"
	    " WHERE state = 'queued'");
	db_exec("UPDATE webhooks SET is_active = false");
	db_exec("UPDATE payments SET claimed_at = now()");
	db_exec("UPDATE refunds SET claimed_at = now()");
}

static void
teardown(void)
{
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	close(listener);
	arena_free(job.mem);
}

/* Answer each connection with the text, after delay_ms. */
static void
serve(const char *text)
{
	char in[4096];
	int fd;

	ck_assert_int_eq(listen(listener, 16), 0);
	if ((server = fork()) != 0)
		return;
	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (read(fd, in, sizeof(in)) > 0 &&
		    poll(NULL, 0, delay_ms) == 0 &&
		    write(fd, text, strlen(text)) == -1)
			_exit(1);
		close(fd);
	}
}

#define OK "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"

/* ---- mail ----------------------------------------------------------- */

static int64_t
mail(const char *age)
{
	return db_i64("INSERT INTO outbox (kind, topic, user_id, created_at,"
	    " run_at) SELECT 'mail', 'user.registered', %lld, now() -"
	    " interval '4 days', now() - interval '%s' RETURNING id",
	    (long long)persona_new(false).id, age);
}

#define PLACES "SELECT string_agg(id || ' ' || run_at, ',' ORDER BY id)" \
	" FROM outbox WHERE kind = 'mail' AND state = 'queued'"		\
	" AND attempts = 0 AND locked_until IS NULL"

/* Nor does it cost the place in the queue, and one is tried at a time. */
START_TEST(no_server_is_no_try)
{
	const char *before;

	mail("31 minutes");
	mail("1 second");
	mail("-1 hour");
	before = db_text(PLACES);
	config.mail_url = pathf("smtp://127.0.0.1:%d", port);
	ck_assert_int_eq(mailer_turn(&job), WORK_PAUSE);
	ck_assert_str_eq(db_text("SELECT string_agg((last_error IS NOT NULL)"
	    "::text, ' ' ORDER BY id) FROM outbox WHERE kind = 'mail'"
	    " AND state = 'queued'"), "true false false");
	for (int i = 0; i < 15; i++)
		ck_assert_int_eq(mailer_turn(&job), WORK_PAUSE);
	ck_assert_str_eq(db_text(PLACES), before);
}
END_TEST

/* Of a server that takes all mail but that to one. */
static void
talk(FILE *in, FILE *out, const char *but)
{
	char line[4096];
	bool text = false;

	fputs("220 Hello\r\n", out);
	while (fflush(out) == 0 && fgets(line, sizeof(line), in) != NULL) {
		if (strncmp(line, "RCPT", 4) == 0 && strstr(line, but) != NULL)
			return;
		if (text && strcmp(line, ".\r\n") != 0)
			continue;
		text = strncmp(line, "DATA", 4) == 0;
		fputs(text ? "354 Go on\r\n" : "250 Yes\r\n", out);
	}
}

static void
serve_mail(const char *but)
{
	FILE *in, *out;
	int fd;

	ck_assert_int_eq(listen(listener, 16), 0);
	if ((server = fork()) != 0)
		return;
	for (;;) {
		fd = accept(listener, NULL, NULL);
		in = fdopen(fd, "r");
		out = fdopen(dup(fd), "w");
		talk(in, out, but);
		fclose(in);
		fclose(out);
	}
}

/* The first of the queue is dropped by the server each time. */
START_TEST(bad_mail_holds_up_nobody)
{
	int64_t bad = mail("2 hours"), good[3];

	for (int i = 0; i < 3; i++)
		good[i] = mail("1 hour");
	config.mail_url = pathf("smtp://127.0.0.1:%d", port);
	serve_mail(db_text("SELECT email FROM users u JOIN outbox q"
	    " ON q.user_id = u.id WHERE q.id = %lld", (long long)bad));
	ck_assert_int_eq(mailer_turn(&job), WORK_PAUSE);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(mailer_turn(&job), WORK_MORE);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM outbox WHERE id IN"
	    " (%lld, %lld, %lld) AND state = 'done'", (long long)good[0],
	    (long long)good[1], (long long)good[2]), 3);
	ck_assert_str_eq(db_text("SELECT state || ' ' || attempts || ' ' ||"
	    " (run_at > now() + interval '50 s') FROM outbox WHERE id = %lld",
	    (long long)bad), "queued 1 true");
	for (int i = 0; i < 2; i++) {	/* nobody else: it is the server */
		db_exec("UPDATE outbox SET run_at = now() WHERE id = %lld",
		    (long long)bad);
		ck_assert_int_eq(mailer_turn(&job),
		    i == 0 ? WORK_MORE : WORK_PAUSE);
	}
}
END_TEST

/* ---- webhooks ------------------------------------------------------- */

static int64_t
endpoint(void)
{
	return db_i64("INSERT INTO webhooks (url, events, secret) VALUES"
	    " ('http://127.0.0.1:%d/', '{*}', 'whsec_eA==') RETURNING id",
	    port);
}

static int64_t
delivery(int64_t hook, int64_t order, const char *age)
{
	return db_i64("INSERT INTO outbox (kind, topic, webhook_id, order_id,"
	    " run_at) VALUES ('webhook', 'order.created', %lld, %lld, now() -"
	    " interval '%s') RETURNING id", (long long)hook, (long long)order,
	    age);
}

/* Is it so within so many turns? */
static bool
becomes(int turns, int64_t id, const char *what)
{
	bool is = false;

	for (int i = 0; i < turns && !is; i++) {
		deliver_turn(&job);
		is = db_i64("SELECT count(*) FROM outbox WHERE id = %lld"
		    " AND %s", (long long)id, what) == 1;
	}
	return is;
}

#define PUT_OFF "last_error IS NOT NULL AND run_at > now()"
#define UNTRIED "attempts = 0 AND run_at > now() + interval '25 s'"

START_TEST(order_waits_for_its_first)
{
	int64_t hook = endpoint(), a = delivery(hook, 1, "2 hours");
	int64_t b = delivery(hook, 1, "3 hours");

	ck_assert(becomes(50, a, PUT_OFF));
	ck_assert(becomes(1, b, UNTRIED));
	db_exec("UPDATE outbox SET run_at = now() + interval '1 hour'"
	    " WHERE id = %lld", (long long)a);
	db_exec("UPDATE outbox SET run_at = now() WHERE id = %lld",
	    (long long)b);
	ck_assert(becomes(1, b, "run_at > now() + interval '59 minutes'"));
	serve(OK);
	db_exec("UPDATE outbox SET run_at = now() WHERE id = %lld",
	    (long long)a);
	ck_assert(becomes(50, a, "state = 'done'"));
	ck_assert(becomes(50, b, "state = 'done'"));
}
END_TEST

START_TEST(order_goes_on_after_a_dead_one)
{
	int64_t hook = endpoint(), a = delivery(hook, 1, "0");
	int64_t b = delivery(hook, 1, "0");

	db_exec("UPDATE outbox SET attempts = 9 WHERE id = %lld",
	    (long long)a);
	ck_assert(becomes(50, a, "state = 'dead'"));
	ck_assert(becomes(50, b, PUT_OFF));
}
END_TEST

/* All that wait are seen once; then they are in nobody's way. */
START_TEST(others_pass_those_that_wait)
{
	int64_t hook = endpoint(), first = delivery(hook, 1, "-1 hour"), other;

	for (int i = 0; i < 250; i++)
		delivery(hook, 1, "1 hour");
	other = delivery(hook, 2, "0");
	serve(OK);
	ck_assert(becomes(50, other, "state = 'done'"));
	ck_assert_int_eq(db_i64("SELECT count(*) FROM outbox WHERE webhook_id"
	    " = %lld AND state = 'queued' AND run_at = (SELECT run_at FROM"
	    " outbox WHERE id = %lld)", (long long)hook, (long long)first),
	    251);
}
END_TEST

static int64_t
gauge(const char *name)
{
	struct tx *tx = db_begin();
	struct rows rs;

	ck_assert_int_eq(health_jobs(tx, &rs), 0);
	db_rollback(tx);
	return rows_i64(&rs, 0, name);
}

/* What waits for an endpoint is no fault of the jobs. */
START_TEST(endpoint_at_fault)
{
	int64_t hook = endpoint(), queued = gauge("jobs_queued");

	ck_assert_int_eq(violations("outbox_is_worked_off"), 0);
	delivery(hook, 1, "2 hours");
	ck_assert_int_eq(violations("outbox_is_worked_off"), 1);
	ck_assert_int_eq(gauge("jobs_queued"), queued + 1);
	db_exec("UPDATE webhooks SET failing_since = now() WHERE id = %lld",
	    (long long)hook);
	ck_assert_int_eq(violations("outbox_is_worked_off"), 0);
	ck_assert_int_eq(gauge("jobs_queued"), queued);
	db_exec("UPDATE webhooks SET failing_since = NULL, is_active = false"
	    " WHERE id = %lld", (long long)hook);
	ck_assert_int_eq(violations("outbox_is_worked_off"), 0);
	ck_assert_int_eq(gauge("jobs_queued"), queued);
}
END_TEST

/* A code is ahead of mail that waits longer, and an endpoint's fault is not
 * the jobs'. */
START_TEST(oldest_that_is_due)
{
	int64_t hook = endpoint(), code;

	ck_assert_int_eq(gauge("jobs_oldest_seconds"), 0);
	mail("-1 hour");
	code = mail("30 minutes");
	db_exec("UPDATE outbox SET created_at = now() WHERE id = %lld",
	    (long long)code);
	ck_assert_int_le(gauge("jobs_oldest_seconds"), 5);
	mail("10 minutes");
	ck_assert_int_eq(gauge("jobs_oldest_seconds") / 60, 10);
	db_exec("INSERT INTO outbox (kind, topic, created_at, run_at) VALUES"
	    " ('event', 'test.none', now() - interval '20 minutes', now() -"
	    " interval '20 minutes')");
	ck_assert_int_eq(gauge("jobs_oldest_seconds") / 60, 20);
	delivery(hook, 1, "2 hours");
	ck_assert_int_eq(gauge("jobs_oldest_seconds") / 60, 120);
	db_exec("UPDATE webhooks SET failing_since = now() WHERE id = %lld",
	    (long long)hook);
	ck_assert_int_eq(gauge("jobs_oldest_seconds") / 60, 20);
}
END_TEST

/* ---- money in doubt ------------------------------------------------- */

#define DELAY_MS 300
/* A payment, a refund, and a list of both. */
#define DONE "{\"id\":\"x_1\",\"status\":\"succeeded\"}"
#define STRIPE "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" \
	"{\"id\":\"x_1\",\"status\":\"succeeded\",\"data\":[" DONE "]}"

/* A payment of an order that nobody has answered for an hour. */
static int64_t
in_doubt(const struct persona *p, const struct goods *g)
{
	struct answer a = call("POST", "/api/v1/orders", p->token,
	    pathf("{\"items\":[{\"variant_id\":%lld}],\"delivery_address\":"
	    "\"Here\"}", (long long)g->variant));
	int64_t order = jint(&a, "id");

	ck_status(a, 201);
	ck_status(call("POST", "/api/v1/payments", p->token, pathf(
	    "{\"order_id\":%lld,\"token\":\"tok_pending\"}",
	    (long long)order)), 201);
	db_exec("UPDATE payments SET provider = 'stripe', provider_ref = NULL,"
	    " asked = 0, claimed_at = now() - interval '1 hour'"
	    " WHERE order_id = %lld", (long long)order);
	return order;
}

/* Two calls of one turn: was the second one told to the master? A batch with
 * a slow provider takes longer than a process may be busy. */
static void
settle_slowly(const char *text)
{
	static struct worker_slot slot;
	int64_t start_ms;

	config.stripe_api_base = pathf("http://127.0.0.1:%d", port);
	config.stripe_secret_key = "sk_test";
	delay_ms = DELAY_MS;
	serve(text);
	worker_enter(&slot, getppid(), 0);
	start_ms = now_ms();
	settle_turn(&job);
	ck_assert_int_ge(slot.busy_since_ms, start_ms + DELAY_MS);
}

START_TEST(each_charge_is_a_beginning)
{
	struct goods g = goods_new(100, 5);
	struct persona p = persona_new(false);

	in_doubt(&p, &g);
	in_doubt(&p, &g);
	settle_slowly(OK);
}
END_TEST

START_TEST(so_is_each_refund)
{
	struct goods g = goods_new(100, 5);
	struct persona p = persona_new(false);
	int64_t order = in_doubt(&p, &g);

	ck_status(call("POST", pathf("/api/v1/orders/%lld/cancel",
	    (long long)order), p.token, NULL), 200);
	settle_slowly(STRIPE);
	ck_assert_str_eq(db_text("SELECT payment_status FROM orders"
	    " WHERE id = %lld", (long long)order), "refunded");
}
END_TEST

/* ---- events --------------------------------------------------------- */

static int64_t
queued_events(void)
{
	return db_i64("SELECT count(*) FROM outbox WHERE kind = 'event'"
	    " AND state = 'queued'");
}

/* A scalar has no members: class 22, as what a client sends. */
START_TEST(bad_event_is_put_aside)
{
	int64_t bad;

	db_exec("INSERT INTO outbox (kind, topic) SELECT 'event',"
	    " 'order.confirmed' FROM generate_series(1, 20)");
	bad = db_i64("INSERT INTO outbox (kind, topic, payload) VALUES"
	    " ('event', 'order.confirmed', '\"x\"') RETURNING id");
	db_exec("INSERT INTO outbox (kind, topic) SELECT 'event',"
	    " 'order.confirmed' FROM generate_series(1, 20)");
	for (int i = 0; i < 100 && queued_events() > 0; i++)
		clock_turn(&job);
	ck_assert_int_eq(queued_events(), 0);
	ck_assert_str_eq(db_text("SELECT string_agg(id::text, ' ') FROM outbox"
	    " WHERE kind = 'event' AND state = 'dead'"), pathf("%lld",
	    (long long)bad));
	db_exec("DELETE FROM outbox WHERE id = %lld", (long long)bad);
}
END_TEST

static void
as_owner(const char *sql)
{
	struct pg *pg = pg_new(config.database_owner_url);

	err_init(&err, db_mem());
	ck_assert_msg(pg_script(pg, &err, sql, 5000) == 0, "%s",
	    err.internal);
	pg_free(pg);
}

/* More than 50 at once take too long. */
START_TEST(slow_batches_get_smaller)
{
	db_exec("INSERT INTO outbox (kind, topic) SELECT 'event',"
	    " 'order.confirmed' FROM generate_series(1, 300)");
	as_owner("CREATE FUNCTION test_slow() RETURNS trigger LANGUAGE"
	    " plpgsql AS $$ BEGIN IF (SELECT count(*) FROM n) > 50 THEN"
	    " RAISE query_canceled; END IF; RETURN NULL; END $$;"
	    " CREATE TRIGGER test_slow AFTER UPDATE ON outbox REFERENCING"
	    " NEW TABLE AS n EXECUTE FUNCTION test_slow()");
	for (int i = 0; i < 40 && queued_events() > 0; i++)
		clock_turn(&job);
	as_owner("DROP TRIGGER test_slow ON outbox; DROP FUNCTION"
	    " test_slow()");
	ck_assert_int_eq(queued_events(), 0);
}
END_TEST

/* Its title is that of a line of an order. */
START_TEST(low_stock_names_the_product)
{
	struct goods g = goods_new(100, 5);
	struct persona p = persona_new(false);

	db_exec("UPDATE product_variants SET title = 'Default'"
	    " WHERE id = %lld", (long long)g.variant);
	ck_status(call("POST", "/api/v1/orders", p.token, pathf("{\"items\":"
	    "[{\"variant_id\":%lld}],\"delivery_address\":\"Here\"}",
	    (long long)g.variant)), 201);
	clock_turn(&job);
	ck_assert_str_eq(db_text("SELECT payload->>'title' FROM outbox"
	    " WHERE kind = 'event' AND topic = 'stock.low'"
	    " AND (payload->>'variant_id')::bigint = %lld",
	    (long long)g.variant), db_text("SELECT title FROM products"
	    " WHERE id = %lld", (long long)g.product));
}
END_TEST

SUITE(jobs)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, no_server_is_no_try);
	tcase_add_test(tc, order_waits_for_its_first);
	tcase_add_test(tc, order_goes_on_after_a_dead_one);
	tcase_add_test(tc, others_pass_those_that_wait);
	tcase_add_test(tc, endpoint_at_fault);
	tcase_add_test(tc, oldest_that_is_due);
	if (forked()) {	/* they become workers, or ask for a new one */
		tcase_add_test(tc, bad_mail_holds_up_nobody);
		tcase_add_test(tc, each_charge_is_a_beginning);
		tcase_add_test(tc, so_is_each_refund);
	}
	tcase_add_test(tc, bad_event_is_put_aside);
	tcase_add_test(tc, slow_batches_get_smaller);
	tcase_add_test(tc, low_stock_names_the_product);
}
