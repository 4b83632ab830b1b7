/* SPDX-License-Identifier: MIT */
#ifndef APP_SERVE_H
#define APP_SERVE_H

/*
 * The life of one request: find the route, authenticate, parse all input,
 * run the handler inside of its transaction, answer, log.
 */

#include "lib/http.h"
#include "lib/route.h"

struct pg;

/* One per worker process. */
struct service {
	struct pg *pg;
	const struct route_table *table;
};

/* Answer a request: fills rs whatever happens.  The form of fcgi_handler. */
void serve(struct req *rq, struct resp *rs, void *service);

/*
 * A row with TX_STEPS runs its own transactions, for work that must not
 * happen inside of one (hashing a password, calling a payment provider):
 * each step is one transaction around fn, with the session check before it
 * and the retries of any other transaction.  fn sees rq->tx.
 *
 * STEP_KEY claims the Idempotency-Key in this step, after which
 * serve_resume() tells what an earlier, interrupted request with the same key
 * noted by serve_note().  STEP_DONE stores the answer under the key, in this
 * step's transaction.
 */
#define STEP_READ	1u
#define STEP_KEY	2u
#define STEP_DONE	4u
typedef int step(struct req *, struct resp *, void *arg);
int serve_step(struct req *rq, struct resp *rs, unsigned flags, step *fn,
    void *arg);

/* What an interrupted request with the same key has done, 0: nothing. */
int64_t serve_resume(const struct req *rq);

/* Note in the key's row, in this step's transaction, what is being done: a
 * retry after a crash takes it up. */
void serve_note(struct req *rq, int64_t id);

#endif
