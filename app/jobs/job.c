/* SPDX-License-Identifier: MIT */
#include "app/jobs/job.h"

#include "lib/arena.h"
#include "lib/tx.h"

#include "app/errors.h"
#include "app/jobs/queue.h"
#include "app/shapes.h"

SHAPE(job, "id int", "kind event|mail|webhook", "topic string",
    "state queued|done|dead", "attempts int", "order_id int?",
    "user_id int?", "webhook_id int?", "run_at time", "locked_until time?",
    "last_error string?", "created_at time", "done_at time?");

static const char *const states[] = { "queued", "done", "dead", NULL };
const struct field_kind kind_job_state = { .values = states,
	.message = "must be queued, done or dead" };
static const char *const kinds[] = { "event", "mail", "webhook", NULL };
const struct field_kind kind_job_kind = { .values = kinds,
	.message = "must be event, mail or webhook" };

#define COLS								\
	"id, kind, topic, state, attempts, order_id, user_id,"		\
	" webhook_id, run_at, locked_until, last_error, created_at,"	\
	" done_at"
#define WANTED								\
	" FROM outbox WHERE ($1::text IS NULL OR state = $1)"		\
	" AND ($2::text IS NULL OR kind = $2)"

STMT(job_sql_list,
    "SELECT " COLS WANTED " AND ($3::bigint = 0 OR id < $3)"
    " ORDER BY id DESC LIMIT $4::bigint + 1");
STMT(job_sql_total, "SELECT count(*) AS total" WANTED);

int
job_list(struct tx *tx, const char *state, const char *kind, int64_t after,
    int64_t limit, struct rows *rs_r, struct rows *total_r)
{
	if (total_r != NULL)
		tx_send(tx, total_r, &job_sql_total, pg_text(state),
		    pg_text(kind));
	return tx_rows(tx, rs_r, &job_sql_list, pg_text(state),
	    pg_text(kind), pg_i64(after), pg_i64(limit));
}

STMT(job_sql_state, "SELECT state, kind FROM outbox WHERE id = $1 FOR UPDATE");
STMT(job_sql_retry,
    "UPDATE outbox SET state = 'queued', attempts = 0, run_at = now(),"
    " locked_until = NULL, done_at = NULL WHERE id = $1"
    " AND state <> 'done' RETURNING " COLS);

int
job_retry(struct tx *tx, int64_t id, struct rows *rs_r)
{
	struct rows was;

	if (tx_one(tx, &was, &job_sql_state, pg_i64(id)) == -1 ||
	    tx_opt(tx, rs_r, &job_sql_retry, pg_i64(id)) == -1)
		return -1;
	if (rs_r->n == 0)
		return fail(tx, E_INVALID_TRANSITION,
		    "The job is done; only dead or waiting ones are retried");
	queue_wake(tx, arena_printf(tx->mem, "outbox_%s",
	    rows_text(&was, 0, "kind")));
	return 0;
}
