/* SPDX-License-Identifier: MIT */
#include "app/sales/refund_http.h"

#include "lib/tx.h"

#include "app/admin/audit.h"
#include "app/sales/refund.h"
#include "app/serve.h"

struct refund_new {
	int64_t amount_cents;
	const char *reason;
};
TABLE(refund_new,
    FIELD(refund_new, amount_cents, OPTIONAL, 1, INT64_MAX,
	.doc = "Default: all that is left", .example = "500"),
    FIELD(refund_new, reason, OPTIONAL | F_NULLABLE, 0, 500,
	.doc = "Kept with the refund; in the order's events if its status "
	"changes"));

struct refund_query { struct page page; };
TABLE(refund_query, PAGE_FIELDS(refund_query));

/* The uuid of {id:uuid}, NULL if it is a number. */
static const char *
uuid_of(const struct req *rq)
{
	return rq->ids[0] != 0 ? NULL : rq->refs[0];
}

/* ---- settling --------------------------------------------------------- */

struct settling {
	int64_t id;		/* order, then refund */
	struct rows pending;
	struct outcome outcome;
};

static int
find_pending(struct req *rq, struct resp *rs, void *arg)
{
	struct settling *s = arg;

	(void)rs;
	return refund_pending(rq->tx, s->id, &s->pending);
}

static int
record(struct req *rq, struct resp *rs, void *arg)
{
	struct settling *s = arg;

	(void)rs;
	return refund_record(rq->tx, s->id, &s->outcome);
}

int
refund_settle(struct req *rq, struct resp *rs, int64_t order_id)
{
	struct settling s = { .id = order_id };

	if (serve_step(rq, rs, STEP_READ, find_pending, &s) == -1)
		return -1;
	for (int i = 0; i < s.pending.n; i++) {
		s.outcome = refund_ask(rq->mem, &s.pending, i,
		    provider_timeout(rq->deadline_ms));
		s.id = rows_i64(&s.pending, i, "id");
		if (s.outcome.kind != OUTCOME_UNKNOWN &&
		    serve_step(rq, rs, 0, record, &s) == -1)
			return -1;
	}
	return 0;
}

/* ---- POST /payments/{id}/refunds --------------------------------------- */

struct claiming { int64_t id, order_id; };

static int
claim(struct req *rq, struct resp *rs, void *arg)
{
	const struct refund_new *in = rq->in;
	struct claiming *c = arg;

	(void)rs;
	if (rq->idempotency_key != NULL && tx_flush(rq->tx) == -1)
		return -1;	/* else there is nothing to resume */
	if ((c->id = serve_resume(rq)) != 0)
		return refund_order(rq->tx, c->id, &c->order_id);
	if (refund_claim(rq->tx, rq->ids[0], uuid_of(rq),
	    in->amount_cents, in->reason, &c->id, &c->order_id) == -1)
		return -1;
	serve_note(rq, c->id);
	audit_put(rq->tx, "payment.refund", "refund", c->id, NULL, NULL);
	return 0;
}

static int
show(struct req *rq, struct resp *rs, void *arg)
{
	const struct claiming *c = arg;
	struct rows row;

	if (refund_show(rq->tx, c->id, &row) == -1)
		return -1;
	return resp_created(rq, rs, &row, "/api/v1/payments/%lld",
	    (long long)rows_i64(&row, 0, "payment_id"));
}

int
post_payments_id_refunds(struct req *rq, struct resp *rs)
{
	struct claiming c = { 0, 0 };

	if (serve_step(rq, rs, STEP_KEY, claim, &c) == -1 ||
	    refund_settle(rq, rs, c.order_id) == -1)
		return -1;
	return serve_step(rq, rs, STEP_READ | STEP_DONE, show, &c);
}

int
get_payments_id_refunds(struct req *rq, struct resp *rs)
{
	const struct refund_query *q = rq->q;
	struct page_start start;
	struct rows rows, total;

	if (page_start(rq, &q->page, "id", &start) == -1)
		return -1;
	if (refund_list(rq->tx, rq->ids[0], uuid_of(rq),
	    start.set ? start.id : 0, q->page.limit + 1, &rows, &total) == -1)
		return -1;
	return resp_list(rq, rs, &q->page, "id", &rows,
	    q->page.count ? &total : NULL);
}
