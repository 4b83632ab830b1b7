/* SPDX-License-Identifier: MIT */
#include "app/jobs/queue.h"

#include "lib/tx.h"

STMT(queue_sql_done,
    "UPDATE outbox SET state = 'done', done_at = now(),"
    " locked_until = NULL, last_error = NULL,"
    " response_status = nullif($2::integer, 0), payload = payload - 'token'"
    " WHERE id = ANY ($1::bigint[]) AND kind = $3 AND state = 'queued'");

void
queue_done(struct tx *tx, const char *kind, const int64_t *ids, size_t n,
    int status)
{
	tx_queue(tx, &queue_sql_done, pg_i64s(tx->mem, ids, n),
	    pg_i64(status), pg_text(kind));
}

STMT(queue_sql_again,
    "UPDATE outbox SET locked_until = NULL,"
    " run_at = now() + $2::bigint * (0.9 + 0.2 * random())"
    "  * interval '1 s',"
    " response_status = nullif($3::integer, 0), last_error = $4"
    " WHERE id = $1 AND kind = $5 AND state = 'queued'");

void
queue_again(struct tx *tx, const char *kind, int64_t id, int64_t seconds,
    int status, const char *why)
{
	tx_queue(tx, &queue_sql_again, pg_i64(id), pg_i64(seconds),
	    pg_i64(status), pg_text(why), pg_text(kind));
}

STMT(queue_sql_dead,
    "UPDATE outbox SET state = 'dead', done_at = now(),"
    " locked_until = NULL, response_status = nullif($2::integer, 0),"
    " last_error = $3 WHERE id = $1 AND kind = $4 AND state = 'queued'");

void
queue_dead(struct tx *tx, const char *kind, int64_t id, int status,
    const char *why)
{
	tx_queue(tx, &queue_sql_dead, pg_i64(id), pg_i64(status),
	    pg_text(why), pg_text(kind));
}

STMT(queue_sql_wake, "SELECT pg_notify($1, '')");

void
queue_wake(struct tx *tx, const char *channel)
{
	tx_queue(tx, &queue_sql_wake, pg_text(channel));
}

int64_t
queue_backoff(int64_t attempt, int64_t first_s, int64_t most_s)
{
	int64_t s = first_s;

	while (--attempt > 0 && s < most_s)
		s *= 2;
	return s < most_s ? s : most_s;
}
