/* SPDX-License-Identifier: MIT */
#include "app/sales/order_http.h"

#include <string.h>

#include "lib/tx.h"

#include "app/errors.h"
#include "app/sales/order.h"
#include "app/sales/order_input.h"
#include "app/sales/refund.h"
#include "app/serve.h"

/* {id:uuid} */
static struct order_ref
ref_of(const struct req *rq)
{
	return (struct order_ref){ rq->ids[0],
	    rq->ids[0] != 0 ? NULL : rq->refs[0] };
}

/* ---- placing ------------------------------------------------------- */

int
post_orders(struct req *rq, struct resp *rs)
{
	const struct order_new *in = rq->in;
	struct quote_ask ask;
	int64_t id;

	if (order_ask(rq, in, &ask) == -1 || order_place(rq->tx, &ask,
	    in != NULL ? in->note : NULL, &id, &rs->body) == -1)
		return -1;
	rs->status = 201;
	rs->etag = "\"1\"";	/* the version of what is new */
	rs->location = arena_printf(rq->mem, "/api/v1/orders/%lld",
	    (long long)id);
	return 0;
}

/* ---- reading ------------------------------------------------------- */

static const struct field_kind kind_order_status = {
	.values = order_statuses, .message = "is not a status of an order",
	.example = "pending",
};

struct orders_query {
	struct page page;
	const char *status, *start_date, *end_date;
	int64_t user_id;
	struct cents min_total, max_total;
};
TABLE(orders_query, PAGE_FIELDS(orders_query),
    FIELD(orders_query, status, OPTIONAL, 0, 0, .kind = &kind_order_status,
	.doc = "Only orders with this status (admins)"),
    FIELD(orders_query, user_id, OPTIONAL, 1, INT64_MAX,
	.doc = "Only orders of this user (admins)"),
    FIELD(orders_query, start_date, OPTIONAL, 10, 40,
	.kind = &kind_date_time,
	.doc = "Placed then or later: a UTC day or a time (admins)"),
    FIELD(orders_query, end_date, OPTIONAL, 10, 40, .kind = &kind_date_time,
	.doc = "Placed then or earlier: a UTC day or a time (admins)"),
    FIELD_AS(orders_query, "min_total_cents", min_total, OPTIONAL, 0,
	INT64_MAX, .doc = "Total of this or more (admins)"),
    FIELD_AS(orders_query, "max_total_cents", max_total, OPTIONAL, 0,
	INT64_MAX, .doc = "Total of this or less (admins)"),
    FIELD_AS(orders_query, "min_amount", min_total, OPTIONAL | F_DECIMAL, 0,
	INT64_MAX, .doc = "min_total_cents as a decimal (admins)"),
    FIELD_AS(orders_query, "max_amount", max_total, OPTIONAL | F_DECIMAL, 0,
	INT64_MAX, .doc = "max_total_cents as a decimal (admins)"));

struct own_orders_query { struct page page; };
TABLE(own_orders_query, PAGE_FIELDS(own_orders_query));

static int
list(struct req *rq, struct resp *rs, const struct page *p,
    const struct order_filter *f)
{
	const char *sort = order_sort(f);
	struct page_start start;
	struct rows rows, total;

	if (page_start(rq, p, sort, &start) == -1 ||
	    order_list(rq->tx, f, &start, p->limit, &rows,
	    p->count ? &total : NULL) == -1)
		return -1;
	return resp_list(rq, rs, p, sort, &rows, p->count ? &total : NULL);
}

static bool
filtered(const struct orders_query *q)
{
	return q->status != NULL || q->user_id != 0 ||
	    q->start_date != NULL || q->end_date != NULL ||
	    q->min_total.set || q->max_total.set;
}

static int
check_totals(struct req *rq, const struct orders_query *q)
{
	if (!q->min_total.set || !q->max_total.set ||
	    q->min_total.v <= q->max_total.v)
		return 0;
	err_add(rq->err, strstr(rq->query_string, "min_amount=") != NULL ?
	    "min_amount" : "min_total_cents", "invalid_value",
	    "is more than the maximum");
	return fail(rq, E_INVALID_PARAMETER, "The bounds are reversed");
}

int
get_orders(struct req *rq, struct resp *rs)
{
	const struct orders_query *q = rq->q;
	struct order_filter f = { q->user_id, true, q->status, q->start_date,
	    q->end_date, q->min_total, q->max_total };

	if (rq->tx->admin)
		return check_totals(rq, q) == -1 ? -1 :
		    list(rq, rs, &q->page, &f);
	/* Whose token says nothing of it may be an admin by now. */
	if (filtered(q))
		return tx_flush(rq->tx) == -1 ? -1 :
		    fail(rq, E_FORBIDDEN, "The filters are for admins");
	f.user_id = rq->tx->user;
	f.hidden_too = false;
	return list(rq, rs, &q->page, &f);
}

int
get_orders_own(struct req *rq, struct resp *rs)
{
	const struct own_orders_query *q = rq->q;
	const struct order_filter f = { .user_id = rq->tx->user };

	return list(rq, rs, &q->page, &f);
}

int
get_orders_id(struct req *rq, struct resp *rs)
{
	const struct order_ref o = ref_of(rq);
	struct rows rows;

	if (order_read(rq->tx, &o, &rows) == -1)
		return -1;
	return resp_row(rq, rs, &rows);
}

struct order_events_query { struct page page; };
TABLE(order_events_query, PAGE_FIELDS(order_events_query));

int
get_orders_id_events(struct req *rq, struct resp *rs)
{
	const struct order_events_query *q = rq->q;
	const struct order_ref o = ref_of(rq);
	struct page_start start;
	struct rows rows, total;

	if (page_start(rq, &q->page, "id", &start) == -1 ||
	    order_events(rq->tx, &o, start.id, q->page.limit, &rows,
	    &total) == -1)
		return -1;
	return resp_list(rq, rs, &q->page, "id", &rows,
	    q->page.count ? &total : NULL);
}

/* ---- status -------------------------------------------------------- */

struct order_cancel { const char *reason; };
TABLE(order_cancel,
    FIELD(order_cancel, reason, OPTIONAL | F_NULLABLE, 0, 500,
	.doc = "Kept in the order's events", .example = "changed my mind"));

struct order_status { const char *status, *reason; };
TABLE(order_status,
    FIELD(order_status, status, REQUIRED, 0, 0, .kind = &kind_order_status,
	.example = "shipped"),
    FIELD(order_status, reason, OPTIONAL | F_NULLABLE, 0, 500,
	.doc = "Kept in the order's events"));

struct move {
	const char *to, *reason;
	int64_t order_id;
};

/* An earlier request with the same key may have come this far already. */
static int
move(struct req *rq, struct resp *rs, void *arg)
{
	const struct order_ref o = ref_of(rq);
	struct move *m = arg;
	struct rows order;

	(void)rs;
	if (order_lock(rq->tx, &o, &order) == -1)
		return -1;
	m->order_id = rows_i64(&order, 0, "id");
	if (serve_resume(rq) == m->order_id)
		return 0;
	if (rq->method != POST &&
	    req_if_match(rq, rows_i64(&order, 0, "_version")) == -1)
		return -1;
	serve_note(rq, m->order_id);
	return order_move(rq->tx, &order, m->to, m->reason);
}

static int
show(struct req *rq, struct resp *rs, void *arg)
{
	(void)arg;
	return get_orders_id(rq, rs);
}

/* Money goes back between the transactions, never inside of one. */
static int
run_move(struct req *rq, struct resp *rs, struct move *m)
{
	if (serve_step(rq, rs, STEP_KEY, move, m) == -1 ||
	    refund_settle(rq, rs, m->order_id) == -1)
		return -1;
	return serve_step(rq, rs, STEP_DONE, show, NULL);
}

int
post_orders_id_cancel(struct req *rq, struct resp *rs)
{
	const struct order_cancel *in = rq->in;
	struct move m = { "cancelled", in != NULL ? in->reason : NULL, 0 };

	return run_move(rq, rs, &m);
}

int
put_orders_id_status(struct req *rq, struct resp *rs)
{
	const struct order_status *in = rq->in;
	struct move m = { in->status, in->reason, 0 };

	return run_move(rq, rs, &m);
}

int
delete_orders_id(struct req *rq, struct resp *rs)
{
	const struct order_ref o = ref_of(rq);
	struct rows order;

	if (order_lock(rq->tx, &o, &order) == -1 ||
	    req_if_match(rq, rows_i64(&order, 0, "_version")) == -1 ||
	    order_hide(rq->tx, &order) == -1)
		return -1;
	return resp_none(rs);
}
