/* SPDX-License-Identifier: MIT */
#include "lib/tx.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/pg-private.h"
#include "lib/worker.h"

/* A server that hangs is not waited for; the connection is closed. */
#define ROLLBACK_MS 500

STMT(tx_sql_begin, "BEGIN");
STMT(tx_sql_commit, "COMMIT");
STMT(tx_sql_rollback, "ROLLBACK");

void
tx_begin(struct tx *tx, struct pg *pg, enum tx_mode mode, struct arena *mem,
    struct err *err, int64_t deadline_ms)
{
	tx->pg = pg;
	tx->mode = mode;
	tx->mem = mem;
	tx->err = err;
	tx->deadline_ms = deadline_ms;
	tx->begun = tx->commit_next = tx->committed = tx->failed = false;
	tx->again = tx->uncertain = tx->keyed = false;
	tx->careful_on = NULL;
	tx->rows = NULL;
	tx->commit = (struct rows){ 0 };
}

/* BEGIN goes out with the first statement, so that a request that is
 * refused before it never opens a transaction. */
static void
queue(struct tx *tx, struct rows *rs, const struct stmt *st,
    const struct pgv *v, size_t n)
{
	bool was = pg_connected(tx->pg);

	if (tx->failed)
		return;
	if (tx->watch != NULL)
		tx->watch(st->name);
	if (tx->mode == TX_WRITE && !tx->begun) {
		tx->begun = true;
		if (pg_queue(tx->pg, tx->err, tx->deadline_ms, &tx_sql_begin,
		    NULL, 0, NULL) == -1)
			tx->failed = true;
	}
	if (!tx->failed && pg_queue(tx->pg, tx->err, tx->deadline_ms, st, v,
	    n, rs) == -1)
		tx->failed = true;
	tx->again = tx->failed && was;
	tx->pending = true;
}

void
tx_row(struct tx *tx, enum jam_kind kind, int64_t id)
{
	struct tx_row *r;

	if (tx->failed)
		return;
	if (!jam_enter(kind, id)) {
		tx->failed = true;
		fail(tx, E_UNAVAILABLE, "Somebody holds it for long");
		return;
	}
	r = arena_alloc(tx->mem, sizeof(*r));
	*r = (struct tx_row){ tx->rows, kind, id };
	tx->rows = r;
}

/* Which of them it was that could not be locked, nobody says; those that it
 * was not are known to be free as soon as the next one has them. */
static void
leave_rows(struct tx *tx)
{
	bool late = strcmp(tx->err->sqlstate, "55P03") == 0;

	for (struct tx_row *r = tx->rows; r != NULL; r = r->next)
		if (tx->failed && late)
			jam_tell(r->kind, r->id);
		else
			jam_leave(r->kind, r->id, tx->committed);
	tx->rows = NULL;
}

static int
fly(struct tx *tx)
{
	bool committing = tx->commit_next;

	tx->pending = false;
	if (tx->failed)
		return -1;
	if (committing && pg_queue(tx->pg, tx->err, tx->deadline_ms,
	    &tx_sql_commit, NULL, 0, &tx->commit) == -1) {
		tx->failed = true;
		return -1;
	}
	tx->commit_next = false;
	switch (pg_flight(tx->pg, tx->mem, tx->err, tx->deadline_ms)) {
	case PG_OK:
		break;
	case PG_AGAIN:
		tx->again = true;
		tx->failed = true;
		return -1;
	case PG_LOST:
		tx->uncertain = committing;
		tx->again = !committing;
		tx->failed = true;
		return -1;
	case PG_FAILED:
		tx->failed = true;
		if (tx->careful_on != NULL && tx->err->kind == tx->careful_on)
			tx->again = tx->careful = true;
		return -1;
	}
	if (!committing)
		return 0;
	/* COMMIT of a failed transaction succeeds, with another tag. */
	if (strcmp(pg_tag(&tx->commit), "COMMIT") != 0) {
		tx->failed = true;
		return fail(tx, E_INTERNAL, "The transaction was rolled back");
	}
	tx->committed = true;
	return 0;
}

int
tx_commit(struct tx *tx)
{
	int rc = 0;

	if (tx->failed)
		return -1;
	tx->commit_next = tx->begun && !tx->committed;
	if (tx->commit_next || (tx->pending && !tx->committed))
		rc = fly(tx);
	leave_rows(tx);
	return rc;
}

void
tx_rollback(struct tx *tx)
{
	int64_t limit = now_ms() + ROLLBACK_MS;
	struct err scratch;

	leave_rows(tx);
	err_init(&scratch, tx->mem);
	/* libpq has what was queued and cannot forget it: it runs, and is
	 * rolled back with the rest. */
	if (tx->pending && pg_connected(tx->pg))
		pg_flight(tx->pg, tx->mem, &scratch, limit);
	tx->pending = false;
	if (!pg_connected(tx->pg) || !pg_in_tx(tx->pg))
		return;
	if (pg_queue(tx->pg, &scratch, limit,
	    &tx_sql_rollback, NULL, 0, NULL) == -1 ||
	    pg_flight(tx->pg, tx->mem, &scratch, limit) !=
	    PG_OK || pg_in_tx(tx->pg))
		pg_disconnect(tx->pg);
}

bool
tx_uncertain(const struct tx *tx)
{
	return tx->uncertain;
}

bool
tx_retryable(const struct tx *tx)
{
	return tx->again;
}

int
tx_rerun(struct tx *tx)
{
	tx->again = true;
	tx->careful = true;
	return fail(tx, E_UNAVAILABLE, "Try again");
}

void
tx_careful_on(struct tx *tx, const struct err_kind *kind)
{
	if (!tx->careful)
		tx->careful_on = kind;
}

void
tx_last(struct tx *tx)
{
	if (!tx->keyed && tx->acting_for == 0 && tx->mode == TX_WRITE)
		tx->commit_next = true;
}

void
tx_send_(struct tx *tx, struct rows *rs, const struct stmt *st,
    const struct pgv *v, size_t n)
{
	if (rs != NULL)
		*rs = (struct rows){ 0 };
	queue(tx, rs, st, v, n);
}

int
tx_flush(struct tx *tx)
{
	return fly(tx);
}

int
tx_rows_(struct tx *tx, struct rows *rs, const struct stmt *st,
    const struct pgv *v, size_t n)
{
	tx_send_(tx, rs, st, v, n);
	return fly(tx);
}

int
tx_none_(struct tx *tx, const struct stmt *st, const struct pgv *v, size_t n)
{
	tx_send_(tx, NULL, st, v, n);
	return fly(tx);
}

int
tx_opt_(struct tx *tx, struct rows *rs, const struct stmt *st,
    const struct pgv *v, size_t n)
{
	if (tx_rows_(tx, rs, st, v, n) == -1)
		return -1;
	if (rs->n > 1)
		return fail(tx, E_INTERNAL, "More than one row");
	return 0;
}

int
tx_one_(struct tx *tx, struct rows *rs, const struct stmt *st,
    const struct pgv *v, size_t n)
{
	if (tx_opt_(tx, rs, st, v, n) == -1)
		return -1;
	if (rs->n == 0)
		return fail(tx, E_NOT_FOUND, "There is no such thing");
	return 0;
}
