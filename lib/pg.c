/* SPDX-License-Identifier: MIT */
#include "lib/pg-private.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/worker.h"

#define MAX_OPS		64	/* statements of one flight */
#define MAX_PARAMS	32
#define RETRY_MIN_MS	50
#define RETRY_MAX_MS	400
#define CONNECT_MS	1000	/* a request waits for a connection so long, */
#define GLANCE_MS	50	/* or this if the server hangs; the attempt */
#define GIVE_UP_MS	4000	/* goes on with the next request till then */

struct op {
	const struct stmt *st;
	struct rows *rs;
	bool prepare;		/* a Parse went before it */
};

struct pg {
	char *url;
	PGconn *conn;
	struct op ops[MAX_OPS];
	size_t nops;
	struct pg_seen seen;	/* prepared on this connection */
	struct pg_count count;
	int64_t down_until, retry_ms;
	int64_t give_up;	/* connecting until then, else 0 */
	PostgresPollingStatusType step;		/* ... and how far it is */
	bool hangs;		/* the server kept us waiting last time */
	bool plans_anew;
	bool notified;
};

/* Session settings: the ladder of time-outs ends below the request's own
 * deadline; times leave the server in UTC. Who is not the first to wait for
 * a row waits for that one, too, so that half a second makes one. */
#define SESSION								\
    "-c timezone=UTC -c datestyle=ISO,YMD -c jit=off"			\
    " -c statement_timeout=3000 -c lock_timeout=500"			\
    " -c idle_in_transaction_session_timeout=5000"			\
    " -c client_min_messages=warning"
#define PLANS_ANEW	" -c plan_cache_mode=force_custom_plan"

struct pg *
pg_new(const char *url)
{
	struct pg *pg = calloc(1, sizeof(*pg));

	if (pg == NULL || (pg->url = strdup(url)) == NULL)
		abort();
	pg->retry_ms = RETRY_MIN_MS;
	return pg;
}

void
pg_plan_anew(struct pg *pg)
{
	pg->plans_anew = true;
}

void
pg_disconnect(struct pg *pg)
{
	if (pg->conn != NULL)
		PQfinish(pg->conn);
	pg->conn = NULL;
	pg->give_up = 0;
	pg->nops = 0;
	memset(&pg->seen, 0, sizeof(pg->seen));
}

void
pg_free(struct pg *pg)
{
	if (pg == NULL)
		return;
	pg_disconnect(pg);
	free(pg->url);
	free(pg);
}

bool
pg_connected(const struct pg *pg)
{
	return pg->conn != NULL && pg->give_up == 0;
}

int
pg_socket(const struct pg *pg)
{
	return pg_connected(pg) ? PQsocket(pg->conn) : -1;
}

struct pg_count
pg_count(const struct pg *pg)
{
	return pg->count;
}

void
pg_count_reset(struct pg *pg)
{
	pg->count = (struct pg_count){ 0, 0 };
}

static void
note_down(struct pg *pg)
{
	pg_disconnect(pg);
	pg->down_until = now_ms() + pg->retry_ms / 2 +
	    arc4random_uniform((uint32_t)pg->retry_ms);
	pg->retry_ms = pg->retry_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS :
	    pg->retry_ms * 2;
}

/* Go on connecting: 1 connected, 0 not yet, -1 failed. */
static int
handshake(struct pg *pg, int64_t limit_ms)
{
	while (pg->step != PGRES_POLLING_OK) {
		if (pg->step == PGRES_POLLING_FAILED)
			return -1;
		if (pg_wait(PQsocket(pg->conn),
		    pg->step == PGRES_POLLING_READING ? POLLIN : POLLOUT,
		    limit_ms) == -1) {
			pg->hangs = true;
			return now_ms() < pg->give_up ? 0 : -1;
		}
		pg->step = PQconnectPoll(pg->conn);
	}
	return PQsetnonblocking(pg->conn, 1) == 0 &&
	    PQenterPipelineMode(pg->conn) ? 1 : -1;
}

static int
start_connecting(struct pg *pg)
{
	/* A standby that is reached by mistake would answer with what was
	 * true some time ago; a URL that wants it says so itself. */
	static const char *const keys[] = { "target_session_attrs", "dbname",
	    "options", "fallback_application_name", NULL };
	const char *values[] = { "primary", pg->url, pg->plans_anew ?
	    SESSION PLANS_ANEW : SESSION, "shopd", NULL };

	pg->conn = PQconnectStartParams(keys, values, 1);
	PQsetNoticeProcessor(pg->conn, pg_say, NULL);
	pg->give_up = now_ms() + GIVE_UP_MS;
	pg->step = PGRES_POLLING_WRITING;
	return pg->conn == NULL || PQstatus(pg->conn) == CONNECTION_BAD ?
	    -1 : 0;
}

static int
ensure(struct pg *pg, struct err *e, int64_t deadline_ms)
{
	int64_t limit = now_ms() + (pg->hangs ? GLANCE_MS : CONNECT_MS);
	int rc = 0;

	if (pg_connected(pg))
		return 0;
	if (now_ms() < pg->down_until)
		return err_set(e, &E_UNAVAILABLE, ERR_HERE,
		    "The database is away");
	if (pg->conn == NULL)
		rc = start_connecting(pg);
	if (rc == 0)
		rc = handshake(pg, deadline_ms < limit ? deadline_ms : limit);
	if (rc != 1) {
		if (pg->conn != NULL)
			e->internal = arena_strdup(e->mem,
			    PQerrorMessage(pg->conn));
		if (rc == -1)
			note_down(pg);
		return err_set(e, &E_UNAVAILABLE, ERR_HERE,
		    "The database is away");
	}
	pg->give_up = 0;
	pg->hangs = false;
	pg->retry_ms = RETRY_MIN_MS;
	return 0;
}

static bool
queued_before(const struct pg *pg, const struct stmt *st)
{
	for (size_t i = 0; i < pg->nops; i++)
		if (pg->ops[i].st == st && pg->ops[i].prepare)
			return true;
	return false;
}

static int
lost(struct pg *pg, struct err *e, const char *where)
{
	if (pg->conn != NULL && e->internal == NULL)
		e->internal = arena_strdup(e->mem, PQerrorMessage(pg->conn));
	pg_disconnect(pg);
	return err_set(e, &E_UNAVAILABLE, where,
	    "The connection to the database was lost");
}

int
pg_queue(struct pg *pg, struct err *e, int64_t deadline_ms,
    const struct stmt *st, const struct pgv *v, size_t n, struct rows *rs)
{
	const char *values[MAX_PARAMS];
	int lengths[MAX_PARAMS], binary[MAX_PARAMS];
	bool prepare;

	if (n > MAX_PARAMS)
		abort();
	if (ensure(pg, e, deadline_ms) == -1)
		return -1;
	if (pg->nops == MAX_OPS)
		return err_set(e, &E_INTERNAL, ERR_HERE,
		    "Too many statements for one flight");
	for (size_t i = 0; i < n; i++) {
		values[i] = v[i].value != NULL ? v[i].value :
		    v[i].num[0] != '\0' ? v[i].num : NULL;
		lengths[i] = v[i].len;
		binary[i] = v[i].len > 0;
	}
	prepare = !pg_is_prepared(&pg->seen, st) && !queued_before(pg, st);
	if ((prepare && !PQsendPrepare(pg->conn, st->name, st->sql, 0,
	    NULL)) || !PQsendQueryPrepared(pg->conn, st->name, (int)n, values,
	    lengths, binary, 0))
		return lost(pg, e, ERR_HERE);
	if (rs != NULL)
		*rs = (struct rows){ 0 };
	pg->ops[pg->nops++] = (struct op){ st, rs, prepare };
	pg->count.stmts++;
	return 0;
}

/* The next result, NULL at the end of a statement; -1: dead or too late. */
static int
next_result(struct pg *pg, int64_t deadline_ms, PGresult **res_r)
{
	int unsent;

	for (;;) {
		if ((unsent = PQflush(pg->conn)) == -1)
			return -1;
		if (!PQisBusy(pg->conn) && unsent == 0)
			break;
		if (pg_wait(PQsocket(pg->conn), (short)(POLLIN |
		    (unsent ? POLLOUT : 0)), deadline_ms) == -1) {
			pg->hangs = true;
			return -1;
		}
		if (!PQconsumeInput(pg->conn))
			return -1;
	}
	*res_r = PQgetResult(pg->conn);
	return 0;
}

/* Set the error of a result; returns how things stand. */
static enum pg_outcome
result_error(const struct op *op, const PGresult *res, struct err *e)
{
	struct pg_error pe = {
		.sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE),
		.constraint = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME),
		.message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY),
		.detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL),
		.hint = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT),
		.stmt = op->st->name,
	};

	return pe.sqlstate == NULL ? PG_LOST :
	    pg_error_set(&pe, op->st->where, e);
}

/* Read what one statement answered (or its Parse). */
static enum pg_outcome
read_op(struct pg *pg, const struct op *op, bool parse, struct arena *mem,
    struct err *e, int64_t deadline_ms)
{
	enum pg_outcome out = PG_OK;
	PGresult *res;

	for (;;) {
		if (next_result(pg, deadline_ms, &res) == -1)
			return PG_LOST;
		if (res == NULL)
			return PQstatus(pg->conn) == CONNECTION_BAD ?
			    PG_LOST : out;
		arena_defer(mem, (void (*)(void *))PQclear, res);
		switch (PQresultStatus(res)) {
		case PGRES_TUPLES_OK:
		case PGRES_COMMAND_OK:
			if (parse)
				pg_mark_prepared(&pg->seen, op->st);
			else if (op->rs != NULL) {
				op->rs->res = res;
				op->rs->n = PQntuples(res);
				op->rs->affected = strtoll(PQcmdTuples(res),
				    NULL, 10);
			}
			break;
		case PGRES_PIPELINE_ABORTED:
			break;
		default:
			out = result_error(op, res, e);
			if (out == PG_LOST)
				return out;
		}
	}
}

static enum pg_outcome
read_sync(struct pg *pg, int64_t deadline_ms)
{
	PGresult *res;

	if (next_result(pg, deadline_ms, &res) == -1 || res == NULL)
		return PG_LOST;
	if (PQresultStatus(res) != PGRES_PIPELINE_SYNC) {
		PQclear(res);
		return PG_LOST;
	}
	PQclear(res);
	return PG_OK;
}

static void
note_notifies(struct pg *pg)
{
	PGnotify *n;

	for (; (n = PQnotifies(pg->conn)) != NULL; PQfreemem(n))
		pg->notified = true;
}

enum pg_outcome
pg_flight(struct pg *pg, struct arena *mem, struct err *e,
    int64_t deadline_ms)
{
	enum pg_outcome out = PG_OK, o;

	/* Nothing is sent whose answer nobody would wait for. */
	if (!pg_connected(pg) || now_ms() >= deadline_ms ||
	    !PQpipelineSync(pg->conn)) {
		lost(pg, e, ERR_HERE);
		return PG_LOST;
	}
	pg->count.flights++;
	for (size_t i = 0; i < pg->nops; i++) {
		const struct op *op = &pg->ops[i];

		for (int parse = op->prepare; parse >= 0; parse--) {
			o = read_op(pg, op, parse == 1, mem, e, deadline_ms);
			if (o != PG_OK)
				out = o;
			if (o == PG_LOST)
				break;
		}
		if (out == PG_LOST)
			break;
	}
	pg->nops = 0;
	if (out == PG_LOST || read_sync(pg, deadline_ms) == PG_LOST) {
		lost(pg, e, ERR_HERE);
		return PG_LOST;
	}
	note_notifies(pg);
	if (out == PG_FAILED && pg_session_is_stale(e)) {
		pg_disconnect(pg);
		return PG_AGAIN;
	}
	return out;
}

bool
pg_in_tx(const struct pg *pg)
{
	return pg_connected(pg) &&
	    PQtransactionStatus(pg->conn) != PQTRANS_IDLE;
}

const char *
pg_tag(const struct rows *rs)
{
	return rs->res == NULL ? "" : PQcmdStatus(rs->res);
}

bool
pg_notified(struct pg *pg)
{
	bool was;

	if (pg_connected(pg)) {
		if (!PQconsumeInput(pg->conn))
			pg_disconnect(pg);
		else
			note_notifies(pg);
	}
	was = pg->notified;
	pg->notified = false;
	return was;
}

/* Outside of pipeline mode, so that a script may hold many statements. */
static int
run_script(struct pg *pg, struct err *e, const char *sql, int64_t deadline)
{
	static const struct stmt st = { "script", "", "script" };
	static const struct op script = { &st, NULL, false };
	PGresult *res;
	int rc = 0;

	if (!PQexitPipelineMode(pg->conn) || !PQsendQuery(pg->conn, sql))
		return lost(pg, e, ERR_HERE);
	for (;;) {
		if (next_result(pg, deadline, &res) == -1)
			return lost(pg, e, ERR_HERE);
		if (res == NULL)
			break;
		if (PQresultStatus(res) == PGRES_FATAL_ERROR) {
			rc = -1;
			if (result_error(&script, res, e) == PG_LOST) {
				PQclear(res);
				return lost(pg, e, ERR_HERE);
			}
		}
		PQclear(res);
	}
	if (!PQenterPipelineMode(pg->conn))
		return lost(pg, e, ERR_HERE);
	return rc;
}

int
pg_script(struct pg *pg, struct err *e, const char *sql, int timeout_ms)
{
	int64_t deadline = now_ms() + timeout_ms;

	if (ensure(pg, e, deadline) == -1)
		return -1;
	return run_script(pg, e, sql, deadline);
}

int
res_cols(const void *res)
{
	return PQnfields(res);
}

const char *
res_name(const void *res, int col)
{
	return PQfname(res, col);
}

unsigned
res_type(const void *res, int col)
{
	return PQftype(res, col);
}

const char *
res_value(const void *res, int row, int col)
{
	return PQgetvalue(res, row, col);
}

bool
res_null(const void *res, int row, int col)
{
	return PQgetisnull(res, row, col);
}

int
res_col(const void *res, const char *name)
{
	/* Not PQfnumber, which folds case and allocates. Columns are mostly
	 * asked for one after the other. */
	static int next;
	int n = PQnfields(res);

	for (int i = 0; i < n; i++, next++) {
		if (next >= n)
			next = 0;
		if (strcmp(PQfname(res, next), name) == 0)
			return next++;
	}
	return -1;
}
