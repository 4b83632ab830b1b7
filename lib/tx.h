/* SPDX-License-Identifier: MIT */
#ifndef LIB_TX_H
#define LIB_TX_H

/*
 * The one transaction of a request.  No SQL runs without a struct tx, and
 * only the spine (app/serve.c) and the jobs make one.
 *
 * Statements are queued or waited for.  A queued one (tx_queue, tx_send)
 * travels with the next flight: the next statement that is waited for, or
 * the COMMIT.  An error in a flight undoes the transaction and is the error
 * of whatever call waits.
 */

#include "lib/jam.h"
#include "lib/pg.h"

enum tx_mode {
	TX_WRITE,	/* BEGIN ... COMMIT */
	TX_READ,	/* no BEGIN: each flight is its own snapshot */
	TX_STEPS,	/* the handler runs its own steps, see app/serve.h */
	TX_NONE		/* no database */
};

struct tx {
	struct arena *mem;
	struct err *err;
	struct pg *pg;
	int64_t user;		/* acting user, 0: nobody */
	bool admin;		/* acting user is an admin */
	int64_t actor;		/* the person behind it (an admin may act
				   for a user), 0: the system */
	int64_t acting_for;	/* = user if an admin acts for it, else 0 */
	const char *ip;		/* peer address or NULL */
	const char *request_id;
	int attempt;		/* 1, 2, 3 */
	bool careful;		/* rerun: take locks before looking */
	void (*watch)(const char *stmt);	/* test hook: a statement is
						   queued; NULL: nobody */
	/* private to lib/tx.c */
	enum tx_mode mode;
	bool begun, commit_next, committed, failed, keyed, again, uncertain,
	    pending;
	const struct err_kind *careful_on;
	struct tx_row { struct tx_row *next; enum jam_kind kind; int64_t id; }
	    *rows;
	struct rows commit;
	int64_t deadline_ms;	/* CLOCK_MONOTONIC */
};

/* Begin: queues BEGIN for TX_WRITE.  deadline_ms on CLOCK_MONOTONIC. */
void tx_begin(struct tx *tx, struct pg *pg, enum tx_mode mode,
    struct arena *mem, struct err *err, int64_t deadline_ms);

/* Send what is queued with COMMIT and wait.  An answer other than COMMIT is
 * an error (a silent ROLLBACK).  E_UNAVAILABLE with tx_uncertain() true if
 * the connection was lost after COMMIT was sent: never retried. */
int tx_commit(struct tx *tx);
void tx_rollback(struct tx *tx);
bool tx_uncertain(const struct tx *tx);

/* True if the failure was 40001, 40P01, a connection lost before COMMIT was
 * sent (it may have been dead for long), or a rerun asked for by tx_rerun():
 * running the whole transaction again may help. */
bool tx_retryable(const struct tx *tx);

/* Ask for a rerun with tx->careful set; returns -1. */
int tx_rerun(struct tx *tx);

/* The same, ahead: a flight that fails with this kind, the one with COMMIT
 * too, asks for a rerun. Does nothing in a careful run, whose failures
 * stand. */
void tx_careful_on(struct tx *tx, const struct err_kind *kind);

/* The next flight carries the COMMIT: for a transaction whose rules stand
 * completely in its SQL.  Ignored while an idempotency key is held, and for
 * an admin who acts for a user: what is refused leaves no audit entry. */
void tx_last(struct tx *tx);

/*
 * The next statements lock this row, which many may want. Somebody who could
 * not have it in time spares the others the wait: they fail at once with
 * E_UNAVAILABLE, but for one at a time (lib/jam.h).
 */
void tx_row(struct tx *tx, enum jam_kind kind, int64_t id);

/* One waiting verb for each shape. */
#define tx_none(tx, st, ...) \
	tx_none_((tx), (st), TX_ARGS(__VA_ARGS__))
#define tx_one(tx, rs, st, ...) \
	tx_one_((tx), (rs), (st), TX_ARGS(__VA_ARGS__))
#define tx_opt(tx, rs, st, ...) \
	tx_opt_((tx), (rs), (st), TX_ARGS(__VA_ARGS__))
#define tx_rows(tx, rs, st, ...) \
	tx_rows_((tx), (rs), (st), TX_ARGS(__VA_ARGS__))

/* Queue: nobody waits for the result; an error comes with the flight. */
#define tx_queue(tx, st, ...) \
	tx_send_((tx), NULL, (st), TX_ARGS(__VA_ARGS__))

/* Queue, with a result: *rs is filled by the next flight (tx_flush or any
 * waiting verb). */
#define tx_send(tx, rs, st, ...) \
	tx_send_((tx), (rs), (st), TX_ARGS(__VA_ARGS__))

/* Send what is queued and wait for all of it. */
int tx_flush(struct tx *tx);

#define TX_ARGS(...) (const struct pgv[]){ __VA_ARGS__ __VA_OPT__(,) { 0 } }, \
	sizeof((const struct pgv[]){ __VA_ARGS__ __VA_OPT__(,) { 0 } }) / \
	sizeof(struct pgv) - 1

/* tx_none: any success.  tx_one: exactly one row, else E_NOT_FOUND.
 * tx_opt: none or one (rs->n tells).  tx_rows: any number. */
int tx_none_(struct tx *, const struct stmt *, const struct pgv *, size_t);
int tx_one_(struct tx *, struct rows *, const struct stmt *,
    const struct pgv *, size_t);
int tx_opt_(struct tx *, struct rows *, const struct stmt *,
    const struct pgv *, size_t);
int tx_rows_(struct tx *, struct rows *, const struct stmt *,
    const struct pgv *, size_t);
void tx_send_(struct tx *, struct rows *, const struct stmt *,
    const struct pgv *, size_t);

#endif
