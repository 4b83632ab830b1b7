/* SPDX-License-Identifier: MIT */
#include "app/jobs/work.h"

#include "lib/tx.h"
#include "lib/worker.h"

#include "app/sales/payment.h"
#include "app/sales/refund.h"

/* Payments and refunds that no provider has answered for 60 s: asked again,
 * one by one, each outside of any transaction. A batch may take longer than
 * a process may be busy, so each call is a beginning. */

#define BATCH	20
#define CALL_MS	5000

struct settling {
	struct rows rows;
	int64_t id, order_id;
	struct outcome outcome;
	bool refund_due;
};

static int
claim_payments(struct tx *tx, void *arg)
{
	struct settling *s = arg;

	return payment_stale(tx, BATCH, &s->rows);
}

static int
claim_refunds(struct tx *tx, void *arg)
{
	struct settling *s = arg;

	return refund_stale(tx, BATCH, &s->rows);
}

static int
pending_refunds(struct tx *tx, void *arg)
{
	struct settling *s = arg;

	return refund_pending(tx, s->order_id, &s->rows);
}

static int
record_payment(struct tx *tx, void *arg)
{
	struct settling *s = arg;

	return payment_record(tx, s->id, &s->outcome, &s->order_id,
	    &s->refund_due);
}

static int
record_refund(struct tx *tx, void *arg)
{
	struct settling *s = arg;

	return refund_record(tx, s->id, &s->outcome);
}

static void
settle_refunds(struct job *j, struct settling *s)
{
	for (int i = 0; i < s->rows.n && !work_leaving(); i++) {
		s->id = rows_i64(&s->rows, i, "id");
		worker_busy();
		s->outcome = refund_ask(j->mem, &s->rows, i, CALL_MS);
		if (s->outcome.kind != OUTCOME_UNKNOWN)
			job_tx(j, record_refund, s);
	}
}

static void
settle_payments(struct job *j, struct settling *s)
{
	struct settling back;

	for (int i = 0; i < s->rows.n && !work_leaving(); i++) {
		s->id = rows_i64(&s->rows, i, "id");
		worker_busy();
		s->outcome = payment_ask(j->mem, &s->rows, i, CALL_MS);
		if (s->outcome.kind == OUTCOME_UNKNOWN ||
		    job_tx(j, record_payment, s) == -1 || !s->refund_due)
			continue;
		back = (struct settling){ .order_id = s->order_id };
		if (job_tx(j, pending_refunds, &back) == 0)
			settle_refunds(j, &back);
	}
}

enum work_next
settle_turn(struct job *j)
{
	struct settling payments = { 0 }, refunds = { 0 };

	if (job_tx(j, claim_payments, &payments) == -1 ||
	    job_tx(j, claim_refunds, &refunds) == -1)
		return WORK_IDLE;
	settle_payments(j, &payments);
	settle_refunds(j, &refunds);
	return payments.rows.n == BATCH || refunds.rows.n == BATCH ?
	    WORK_MORE : WORK_IDLE;
}
