/* SPDX-License-Identifier: MIT */
#include "app/jobs/work.h"

#include "lib/tx.h"
#include "lib/worker.h"

#include "app/admin/dashboard.h"
#include "app/errors.h"
#include "app/jobs/expand.h"
#include "app/jobs/prune.h"
#include "app/sales/expiry.h"
#include "app/stock/stock.h"
#include "app/stock/stock_check.h"

/* What the time brings: orders that end, events to expand, reports to add
 * up, rows to prune, parts of the ledger to make. */

#define EXPIRY_BATCH	100
#define EXPIRY_BATCHES	10	/* in one turn */
#define EVENT_BATCH	500
#define FOLD_BATCH	5000	/* about that of those that fold */
#define PRUNE_BATCH	1000
#define PRUNE_EVERY_MS	60000

struct batch {
	size_t which;
	int64_t limit, count;
};

static int
expire(struct tx *tx, void *arg)
{
	struct batch *b = arg;

	return expiry_run(tx, NULL, 0, (int)b->limit, &b->count);
}

static int
expand(struct tx *tx, void *arg)
{
	struct batch *b = arg;

	return expand_events(tx, b->limit, &b->count);
}

static int
skip(struct tx *tx, void *arg)
{
	return expand_skip(tx, arg);
}

static int
prune_one(struct tx *tx, void *arg)
{
	struct batch *b = arg;

	return prune(tx, b->which, b->limit, &b->count);
}

static int
fold(struct tx *tx, void *arg)
{
	struct batch *b = arg;
	int64_t days, levels;

	if (dashboard_fold(tx, &days) == -1 ||
	    stock_check_fold(tx, &levels) == -1)
		return -1;
	b->count = days > levels ? days : levels;
	return 0;
}

static int
rearm(struct tx *tx, void *arg)
{
	(void)arg;
	return expand_rearm(tx);
}

static int
extend(struct tx *tx, void *arg)
{
	(void)arg;
	return stock_ledger_extend(tx);
}

/* Many are overdue after some time without jobs. Until they have ended,
 * everybody who looks at their stock has to ask for them: no rest from that,
 * and little else. */
static bool
expire_turn(struct job *j)
{
	struct batch b;
	int n = 0;

	do {
		b = (struct batch){ .limit = EXPIRY_BATCH };
		if (job_tx(j, expire, &b) == -1)
			return false;
	} while (b.count == EXPIRY_BATCH && ++n < EXPIRY_BATCHES &&
	    !work_leaving());
	return b.count == EXPIRY_BATCH;
}

/* An event that fails must not stop those behind it: batches get smaller
 * until it is alone, and then it is put aside, unless it was the database
 * that was too slow or away. */
static bool
expand_turn(struct job *j)
{
	static int64_t limit = EVENT_BATCH;
	struct batch b = { .limit = limit };
	const char *why;

	if (job_tx(j, expand, &b) == 0) {
		limit = limit < EVENT_BATCH / 2 ? limit * 2 : EVENT_BATCH;
		return b.count == b.limit;
	}
	if (limit > 1) {
		limit /= 2;
		return true;
	}
	if (j->err->kind == &E_UNAVAILABLE)
		return false;
	why = j->err->internal != NULL ? j->err->internal : "failed";
	return job_tx(j, skip, (void *)(uintptr_t)why) == 0;
}

static bool
prune_turn(struct job *j)
{
	static int64_t due_ms;
	static size_t which;
	struct batch b = { .which = which, .limit = PRUNE_BATCH };

	if (now_ms() < due_ms)
		return false;
	if (job_tx(j, prune_one, &b) == 0 && b.count == PRUNE_BATCH)
		return true;
	if (++which < prune_kinds)
		return true;
	which = 0;
	due_ms = now_ms() + PRUNE_EVERY_MS;
	job_tx(j, rearm, NULL);
	job_tx(j, extend, NULL);
	return false;
}

enum work_next
clock_turn(struct job *j)
{
	struct batch days = { 0 };
	bool late = expire_turn(j), more;

	more = expand_turn(j);
	if (job_tx(j, fold, &days) == 0)
		more |= days.count >= FOLD_BATCH;
	more |= prune_turn(j);
	return late ? WORK_MORE : more ? WORK_REST : WORK_IDLE;
}
