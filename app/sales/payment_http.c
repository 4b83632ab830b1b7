/* SPDX-License-Identifier: MIT */
#include "app/sales/payment_http.h"

#include <string.h>

#include "lib/tx.h"

#include "app/crash.h"
#include "app/errors.h"
#include "app/sales/payment.h"
#include "app/sales/refund.h"
#include "app/serve.h"

struct payment_new {
	int64_t order_id;
	struct cents amount_cents;
	const char *token, *method;
};
TABLE(payment_new,
    FIELD(payment_new, order_id, REQUIRED, 1, INT64_MAX,
	.doc = "A pending, unpaid order of one's own", .example = "1"),
    FIELD(payment_new, token, REQUIRED, 1, 255,
	.doc = "What the provider gave the client for the card. Test "
	"provider: tok_visa, tok_mastercard succeed; tok_declined, "
	"tok_insufficient_funds are declined; tok_pending waits for the "
	"webhook", .example = "tok_visa"),
    FIELD(payment_new, amount_cents, OPTIONAL, 0, INT64_MAX,
	.doc = "Must be the order's total"),
    FIELD(payment_new, method, OPTIONAL, 1, 50,
	.doc = "Kept with the payment", .example = "card"));

struct payment_query { struct page page; };
TABLE(payment_query, PAGE_FIELDS(payment_query));

/* The uuid of {id:uuid}, NULL if it is a number. */
static const char *
uuid_of(const struct req *rq)
{
	return rq->ids[0] != 0 ? NULL : rq->refs[0];
}

/* ---- POST /payments ----------------------------------------------------- */

struct paying {
	struct payment_claim claim;
	int64_t id, order_id;
	struct rows payment;	/* as the provider needs it */
	struct rows shown;	/* as the client sees it */
	struct outcome outcome;
	bool refund_due;
};

static int
claim(struct req *rq, struct resp *rs, void *arg)
{
	struct paying *p = arg;

	(void)rs;
	if (rq->idempotency_key != NULL && tx_flush(rq->tx) == -1)
		return -1;	/* else there is nothing to resume */
	if ((p->id = serve_resume(rq)) == 0) {
		if (payment_claim(rq->tx, &p->claim, &p->id) == -1)
			return -1;
		serve_note(rq, p->id);
	}
	return payment_find(rq->tx, p->id, &p->payment);
}

static int
record(struct req *rq, struct resp *rs, void *arg)
{
	struct paying *p = arg;

	(void)rs;
	return payment_record(rq->tx, p->id, &p->outcome, &p->order_id,
	    &p->refund_due);
}

/* A payment that is settled already (its request was interrupted) is only
 * answered again. */
static int
charge(struct req *rq, struct resp *rs, struct paying *p)
{
	p->order_id = rows_i64(&p->payment, 0, "order_id");
	if (strcmp(rows_text(&p->payment, 0, "status"), "pending") != 0)
		return 0;
	p->outcome = payment_ask(rq->mem, &p->payment, 0,
	    provider_timeout(rq->deadline_ms));
	crash_point("after_charge");
	if (p->outcome.kind == OUTCOME_UNKNOWN)
		return 0;
	if (serve_step(rq, rs, 0, record, p) == -1)
		return -1;
	return p->refund_due ? refund_settle(rq, rs, p->order_id) : 0;
}

static int
look(struct req *rq, struct resp *rs, void *arg)
{
	struct paying *p = arg;

	(void)rs;
	if (payment_find(rq->tx, p->id, &p->payment) == -1)
		return -1;
	return payment_made(rq->tx, p->id, &p->shown);
}

static int
answer(struct req *rq, struct resp *rs, void *arg)
{
	struct paying *p = arg;

	return resp_created(rq, rs, &p->shown, "/api/v1/payments/%lld",
	    (long long)p->id);
}

/* A refusal, with the payment in the problem. */
static int
refuse(struct req *rq, const struct paying *p, const struct err_kind *kind,
    const char *detail)
{
	struct buf b;

	buf_init(&b, rq->mem, 512);
	buf_str(&b, "\"payment\":");
	rows_json(&p->shown, 0, false, &b);
	rq->err->members = b.data;
	return fail(rq, *kind, "%s", detail);
}

int
post_payments(struct req *rq, struct resp *rs)
{
	const struct payment_new *in = rq->in;
	const struct provider *prov = provider_default();
	const char *status;
	struct paying p = { .claim = { in->order_id, in->amount_cents.set ?
	    in->amount_cents.v : -1, in->token, in->method, prov->name } };

	if (!prov->knows_token(in->token)) {
		err_add(rq->err, "token", "unknown", "No such token");
		return faults(rq);
	}
	if (serve_step(rq, rs, STEP_KEY, claim, &p) == -1 ||
	    charge(rq, rs, &p) == -1 ||
	    serve_step(rq, rs, STEP_READ, look, &p) == -1)
		return -1;
	status = rows_text(&p.payment, 0, "status");
	if (strcmp(status, "failed") == 0)
		return refuse(rq, &p, &E_PAYMENT_DECLINED,
		    "The payment was declined");
	if (strcmp(status, "pending") != 0 && strcmp(rows_text(&p.payment, 0,
	    "order_status"), "cancelled") == 0)
		return refuse(rq, &p, &E_ORDER_NOT_PENDING, "The order ended "
		    "while it was being paid; the money goes back");
	return serve_step(rq, rs, STEP_READ | STEP_DONE, answer, &p);
}

/* ---- reading ------------------------------------------------------------ */

int
get_payments_id(struct req *rq, struct resp *rs)
{
	struct rows row;

	if (payment_show(rq->tx, rq->ids[0], uuid_of(rq), &row) == -1)
		return -1;
	return resp_row(rq, rs, &row);
}

int
get_orders_id_payments(struct req *rq, struct resp *rs)
{
	const struct payment_query *q = rq->q;
	struct page_start start;
	struct rows rows, total;

	if (page_start(rq, &q->page, "id", &start) == -1)
		return -1;
	if (payment_list(rq->tx, rq->ids[0], uuid_of(rq),
	    start.set ? start.id : 0, q->page.limit + 1, &rows, &total) == -1)
		return -1;
	return resp_list(rq, rs, &q->page, "id", &rows,
	    q->page.count ? &total : NULL);
}
