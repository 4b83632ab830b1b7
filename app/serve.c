/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include "app/serve.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/log.h"
#include "lib/media.h"
#include "lib/metrics.h"
#include "lib/pg.h"
#include "lib/tx.h"
#include "lib/worker.h"

#include "app/auth.h"
#include "app/config.h"
#include "app/cors.h"
#include "app/crash.h"
#include "app/errors.h"
#include "app/idempotency.h"

#define MAX_TRIES 3
#define MAX_WAIT_S 60	/* longer ones are another clock's */

/* What serve.c knows of the request at hand. */
struct run {
	struct service *sv;
	struct tx tx;
	struct rows claim, lease, check;
	bool audited;		/* that it is for another user */
	bool keyed;		/* the key counts */
	const char *open_key;	/* the lease if its row is ours, committed,
				   unanswered */
	bool stored;		/* the answer is under the key */
	int64_t start_us;
};

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* How long the request waited for this worker, by the clock that nginx has,
 * too; 0 if that cannot be, as somebody has set it. */
static int64_t
waited_ms(const struct req *rq)
{
	struct timespec t;
	double s;

	if (rq->started == NULL)
		return 0;
	clock_gettime(CLOCK_REALTIME, &t);
	s = (double)t.tv_sec + (double)t.tv_nsec / 1e9 -
	    strtod(rq->started, NULL);
	return s > 0 && s < MAX_WAIT_S ? (int64_t)(s * 1000) : 0;
}

/* Nothing is begun for a client whom nginx gives up, and no card charged
 * without time to hear of it. */
static bool
too_late(const struct req *rq)
{
	int64_t least = rq->route->flags & R_PAYS ?
	    config.request_timeout_ms / 2 : 0;

	return rq->deadline_ms - now_ms() <= least;
}

/* ---- transactions -------------------------------------------------- */

STMT(serve_sql_hurry, "SET LOCAL lock_timeout = '250ms'");
STMT(serve_sql_last, "SET LOCAL lock_timeout = '100ms'");

static int
no_handler(struct req *rq, struct resp *rs, void *arg)
{
	(void)rq;
	(void)rs;
	(void)arg;
	return 0;
}

/* One attempt at one transaction around fn. */
static int
attempt(struct req *rq, struct resp *rs, enum tx_mode mode, unsigned flags,
    step *fn, void *arg)
{
	struct run *run = rq->run;
	struct tx *tx = &run->tx;
	int crowd, rc;

	tx_begin(tx, run->sv->pg, mode, rq->mem, rq->err, rq->deadline_ms);
	rq->tx = tx;
	tx->watch = config.crash_at != NULL ? crash_point : NULL;
	crowd = mode == TX_WRITE ? worker_write_begin() : 0;
	if (crowd > 50)
		tx_queue(tx, crowd == 100 ? &serve_sql_last :
		    &serve_sql_hurry);
	run->claim = run->lease = run->check = (struct rows){ 0 };
	auth_queue(rq, tx, &run->check);
	if (run->keyed && (flags & STEP_KEY)) {
		idempotency_claim(rq, tx, !(flags & STEP_DONE), &run->claim);
		if (!(flags & STEP_DONE))
			idempotency_lease(rq, tx, &run->lease);
	}
	tx->keyed = run->keyed && (flags & (STEP_KEY | STEP_DONE));
	if (mode == TX_WRITE && rq->who.acting_for != 0 && !run->audited)
		auth_audit(rq, tx);
	rc = fn(rq, rs, arg);
	crash_point("before_commit");
	if (rc == 0 && run->keyed && (flags & STEP_DONE)) {
		if (flags & STEP_KEY)
			idempotency_store(rq, tx, rs);
		else
			idempotency_settle(rq, tx, rs, run->open_key);
		run->stored = true;
	}
	if (rc == 0)
		rc = tx_commit(tx);
	if (rc == -1) {
		run->stored = false;
		tx_rollback(tx);
	} else {
		run->audited |= mode == TX_WRITE;
		crash_point("after_commit");
	}
	worker_write_end();
	return rc;
}

static void
count(struct req *rq)
{
	const struct run *run = rq->run;
	struct pg *pg = run->sv->pg;

	rq->stmts += pg_count(pg).stmts;
	rq->flights += pg_count(pg).flights;
	pg_count_reset(pg);
}

static int
refuse_role(struct req *rq)
{
	return fail(rq, E_FORBIDDEN, rq->who.acting_for != 0 &&
	    !rq->who.admin ? "X-User-Id of another user is for admins" :
	    "This is not for your role");
}

/* Attempts until one succeeds, or another would not help. */
static int
transact(struct req *rq, struct resp *rs, enum tx_mode mode, unsigned flags,
    step *fn, void *arg)
{
	struct run *run = rq->run;
	int rc, status = rs->status;	/* of success, as the row says */
	bool again;

	run->tx.attempt = 0;
	run->tx.careful = false;
	for (int learned = 0; ; ) {
		run->tx.attempt++;
		rq->tries++;
		rc = attempt(rq, rs, mode, flags, fn, arg);
		count(rq);
		if (rc == 0)
			return 0;
		again = tx_retryable(&run->tx) &&
		    run->tx.attempt < MAX_TRIES;
		if (!again && learned < 3 && auth_learn(rq)) {
			learned++;
			run->tx.attempt--;
			if (auth_role_fits(rq))
				again = true;
			else {
				err_init(rq->err, rq->mem);
				return refuse_role(rq);
			}
		}
		if (!again || now_ms() > rq->deadline_ms)
			return -1;
		resp_clear(rs);
		rs->status = status;
		err_init(rq->err, rq->mem);
	}
}

static int
run_route(struct req *rq, struct resp *rs, void *arg)
{
	(void)arg;
	return rq->route->run(rq, rs);
}

int
serve_step(struct req *rq, struct resp *rs, unsigned flags, step *fn,
    void *arg)
{
	struct run *run = rq->run;
	int rc;

	rc = transact(rq, rs, flags & STEP_READ ? TX_READ : TX_WRITE, flags,
	    fn, arg);
	if (rc == 0 && run->keyed && (flags & STEP_KEY) &&
	    !(flags & STEP_DONE))
		run->open_key = rows_text(&run->lease, 0, "lease");
	return rc;
}

int64_t
serve_resume(const struct req *rq)
{
	const struct run *run = rq->run;

	if (run->claim.res == NULL || rows_null(&run->claim, 0, "resume"))
		return 0;
	return rows_i64(&run->claim, 0, "resume");
}

void
serve_note(struct req *rq, int64_t id)
{
	const struct run *run = rq->run;

	if (run->keyed)
		idempotency_note(rq, rq->tx, id);
}

/* ---- before the handler -------------------------------------------- */

static int
parse_body(struct req *rq)
{
	const struct route *rt = rq->route;
	bool empty_ok = (rt->flags & R_EMPTY_OK) != 0;
	const char *coding = req_header(rq, "HTTP_CONTENT_ENCODING");
	void *in;

	if (rq->body_len > 0 && coding != NULL &&
	    strcasecmp(coding, "identity") != 0)
		return fail(rq, E_UNSUPPORTED_MEDIA_TYPE,
		    "The body must not be compressed");
	if (rt->flags & R_RAW)
		return 0;
	if (rt->body == NULL && rq->body_len == 0)
		return 0;
	if (rq->body_len > 0 || (rq->content_type != NULL && !empty_ok)) {
		if (rt->flags & R_FORM && media_is(rq->content_type,
		    "application/x-www-form-urlencoded")) {
			rq->in = in = arena_alloc(rq->mem, rt->body->size);
			return field_form(rt->body, rq->body, rq->body_len,
			    rq->mem, rq->err, in);
		}
		if (!media_is_json(rq->content_type))
			return fail(rq, E_UNSUPPORTED_MEDIA_TYPE,
			    "The body must be application/json in UTF-8");
	}
	if (rt->body == NULL) {
		/* A body where none is asked for: an empty object at most. */
		static const struct table none = { "none", NULL, 0, 1, NULL,
		    0 };
		char nothing;

		return field_body(&none, rq->body, rq->body_len, true,
		    rq->mem, rq->err, &nothing);
	}
	rq->in = in = arena_alloc(rq->mem, rt->body->size);
	return field_body(rt->body, rq->body, rq->body_len, empty_ok,
	    rq->mem, rq->err, in);
}

static int
parse(struct req *rq)
{
	const struct table *q = rq->route->query;
	void *out = arena_alloc(rq->mem, q != NULL ? q->size : 1);

	rq->q = out;
	if (field_query(q, rq->query_string, rq->mem, rq->err, out) == -1)
		return -1;
	return parse_body(rq);
}

/* The role in the token may be old, so the database has the last word. */
static int
check_role(struct req *rq, struct resp *rs)
{
	if (auth_role_fits(rq))
		return 0;
	if (transact(rq, rs, TX_READ, 0, no_handler, NULL) == -1)
		return -1;
	if (auth_role_fits(rq))
		return 0;
	return refuse_role(rq);
}

static int
prepare(struct req *rq, struct resp *rs)
{
	struct run *run = rq->run;
	unsigned allow = 0;
	struct buf b;

	if (rq->err->kind != NULL)	/* the transport's complaint */
		return -1;
	if (route_find(run->sv->table, rq, &allow) == -1 ||
	    rq->route == NULL) {
		if (allow != 0) {
			buf_init(&b, rq->mem, 64);
			route_allow(allow, &b);
			rs->allow = b.data;
		}
		return rq->route == NULL && rq->err->kind == NULL ? 0 : -1;
	}
	if (too_late(rq))
		return fail(rq, E_UNAVAILABLE,
		    "The request waited too long for its turn");
	if (!(rq->route->flags & (R_PLAIN | R_RAW)) &&
	    !media_accepts_json(rq->accept))
		return fail(rq, E_NOT_ACCEPTABLE, "Answers are JSON");
	run->keyed = idempotency_wanted(rq);
	if (run->keyed && idempotency_check(rq) == -1)
		return -1;
	if (auth_actor(rq) == -1 || check_role(rq, rs) == -1)
		return -1;
	return parse(rq);
}

/* ---- answers ------------------------------------------------------- */

static int
replay(struct req *rq, struct resp *rs, void *arg)
{
	(void)arg;
	return idempotency_replay(rq, rq->tx, rs);
}

static int
only_answer(struct req *rq, struct resp *rs, void *arg)
{
	const struct resp *problem = arg;

	(void)rq;
	buf_add(&rs->body, problem->body.data, problem->body.len);
	rs->status = problem->status;
	return 0;
}

static void
write_problem(struct req *rq, struct resp *rs)
{
	const struct err *e = rq->err;
	const char *allow = rs->allow;

	resp_clear(rs);
	rs->allow = allow;
	rs->status = e->kind->status;
	rs->content_type = "application/problem+json";
	err_problem(e, rq->request_id, &rs->body);
	if (e->kind == &E_UNAUTHORIZED)
		rs->www_authenticate = "Bearer realm=\"shopd\"";
	else if (e->kind->status == 401 && e->kind != &E_INVALID_CREDENTIALS)
		rs->www_authenticate =
		    "Bearer realm=\"shopd\", error=\"invalid_token\"";
	rs->retry_after = e->retry_after > 0 ? e->retry_after :
	    e->kind->status == 503 || e->kind->status == 429 ? 1 : 0;
}

static int
release(struct req *rq, struct resp *rs, void *arg)
{
	const struct run *run = rq->run;

	(void)rs;
	(void)arg;
	return idempotency_release(rq, rq->tx, run->open_key);
}

/* Keep a business refusal under the key: its own transaction, as that of
 * the request was rolled back. */
static void
store_refusal(struct req *rq, struct resp *rs)
{
	struct run *run = rq->run;
	struct err *was = rq->err, scratch;
	struct resp copy = *rs, out = *rs;
	bool keeps = idempotency_keeps(rs->status, was->kind->code);

	run->audited = true;	/* nothing was done */
	if (!run->keyed || run->stored || (!keeps && run->open_key == NULL))
		return;
	err_init(&scratch, rq->mem);
	rq->err = &scratch;
	buf_init(&out.body, rq->mem, rs->body.len + 1);
	if (!keeps)
		transact(rq, &out, TX_READ, 0, release, NULL);
	else if (transact(rq, &out, TX_WRITE, run->open_key != NULL ?
	    STEP_DONE : STEP_KEY | STEP_DONE, only_answer, &copy) == -1 &&
	    (scratch.kind == &E_IDEMPOTENCY_KEY_REUSED ||
	    scratch.kind == &E_IDEMPOTENCY_IN_PROGRESS))
		write_problem(rq, rs);
	else if (scratch.kind == &E_IDEMPOTENCY_REPLAY) {
		err_init(&scratch, rq->mem);
		transact(rq, rs, TX_READ, 0, replay, NULL);
	}
	rq->err = was;
}

/* Once a minute a session's last use is noted; the answer stands if that
 * fails. */
static void
note_use(struct req *rq)
{
	struct run *run = rq->run;
	struct tx *tx = &run->tx;
	struct err scratch;

	if (!auth_stale(&run->check))
		return;
	err_init(&scratch, rq->mem);
	tx_begin(tx, run->sv->pg, TX_READ, rq->mem, &scratch, rq->deadline_ms);
	if (auth_touch(rq, tx) == -1)
		tx_rollback(tx);
	count(rq);
}

static void
log_request(struct req *rq, const struct resp *rs)
{
	const struct run *run = rq->run;
	const struct err *e = rq->err;
	int64_t us = now_us() - run->start_us;
	bool bad = e->kind != NULL;

	metrics_request(rq->route == NULL ? METRICS_NO_ROUTE :
	    (size_t)(rq->route - run->sv->table->routes),
	    rq->head ? HEAD : rq->method, rs->status, us,
	    (unsigned)rq->stmts, (unsigned)rq->tries);
	/* With a 4xx the database has said no, as it should. */
	if (bad && rs->status >= 500 && e->sqlstate[0] != '\0')
		metrics_db_error();
	log_msg(rs->status >= 500 ? LOG_ERROR : LOG_INFO, "request",
	    LS("request_id", rq->request_id),
	    LS("method", rq->head ? "HEAD" : method_name(rq->method)),
	    LS("route", rq->route != NULL ? rq->route->path : ""),
	    LI("status", rs->status), LS("code", bad ? e->kind->code : ""),
	    LS("where", bad ? e->where : ""),
	    LS("sqlstate", bad ? e->sqlstate : ""),
	    LS("error", bad && e->internal != NULL ? e->internal : ""),
	    LI("user", rq->who.user), LS("ip", rq->remote_addr),
	    LF("ms", us), LI("statements", rq->stmts),
	    LI("round_trips", rq->flights), LI("tries", rq->tries), NULL);
}

void
serve(struct req *rq, struct resp *rs, void *service)
{
	struct run run = { .sv = service, .start_us = now_us() };
	const struct route *rt;
	int rc;

	rq->run = &run;
	rq->deadline_ms = now_ms() + config.request_timeout_ms -
	    waited_ms(rq);
	pg_count_reset(run.sv->pg);
	rc = prepare(rq, rs);
	rt = rq->route;
	if (rc == 0 && rt == NULL)
		rs->status = 204;	/* OPTIONS */
	else if (rc == 0) {
		rs->status = rt->status != 0 ? rt->status : 200;
		if (rt->tx == TX_STEPS || rt->tx == TX_NONE)
			rc = rt->run(rq, rs);
		else
			rc = transact(rq, rs, rt->tx, STEP_KEY | STEP_DONE,
			    run_route, NULL);
	}
	if (rc == -1 && rq->err->kind == &E_IDEMPOTENCY_REPLAY) {
		err_init(rq->err, rq->mem);
		rc = transact(rq, rs, TX_READ, 0, replay, NULL);
	}
	if (rc == 0)
		note_use(rq);
	else {
		write_problem(rq, rs);
		store_refusal(rq, rs);
	}
	cors_headers(rq, rs);
	log_request(rq, rs);
}
