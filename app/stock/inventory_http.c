/* SPDX-License-Identifier: MIT */
#include "app/stock/inventory_http.h"

#include "lib/tx.h"

#include "app/errors.h"
#include "app/stock/inventory.h"

#define MOST 1000000000000

static const struct field_kind kind_level = {
	.values = inventory_levels, .message = "is not a stock level",
	.example = "low",
};

struct inventory_query {
	struct page page;
	const char *level, *q;
};
TABLE(inventory_query, PAGE_FIELDS(inventory_query),
    FIELD(inventory_query, level, OPTIONAL, 0, 0, .kind = &kind_level,
	.doc = "Only this stock level; low includes critical"),
    FIELD(inventory_query, q, OPTIONAL, 2, 100,
	.doc = "Part of a title or an SKU"));

int
get_admin_inventory(struct req *rq, struct resp *rs)
{
	const struct inventory_query *q = rq->q;
	const struct inventory_filter f = { q->level, q->q };
	struct page_start start;
	struct rows rows, total;

	if (page_start(rq, &q->page, "id", &start) == -1 ||
	    inventory_list(rq->tx, &f, start.id, q->page.limit, &rows,
	    q->page.count ? &total : NULL) == -1)
		return -1;
	return resp_list(rq, rs, &q->page, "id", &rows,
	    q->page.count ? &total : NULL);
}

int
get_admin_inventory_id(struct req *rq, struct resp *rs)
{
	struct rows row;

	if (inventory_read(rq->tx, rq->ids[0], &row) == -1)
		return -1;
	return resp_row(rq, rs, &row);
}

struct inventory_change {
	struct opt_i64 available, delta;
	const char *reason;
};
TABLE(inventory_change,
    FIELD(inventory_change, available, OPTIONAL, 0, MOST,
	.aliases = "stock stock_quantity",
	.doc = "What can be sold from now on", .example = "100"),
    FIELD(inventory_change, delta, OPTIONAL, -MOST, MOST,
	.doc = "Instead: what is added to it"),
    FIELD(inventory_change, reason, OPTIONAL | F_NULLABLE, 0, 500,
	.doc = "Kept in the ledger", .example = "stocktaking"));

static const int64_t *
given(const struct opt_i64 *o)
{
	return o->set && !o->null ? &o->v : NULL;
}

int
put_admin_inventory_id(struct req *rq, struct resp *rs)
{
	const struct inventory_change *in = rq->in;
	const int64_t *available = given(&in->available);
	const int64_t *delta = given(&in->delta);
	int64_t version;
	struct rows row;

	if ((available != NULL) == (delta != NULL)) {
		err_add(rq->err, "available", delta != NULL ? "conflict" :
		    "required", "is needed, or delta, but not both");
		return faults(rq);
	}
	if (rq->if_match != NULL &&
	    (inventory_lock(rq->tx, rq->ids[0], &version) == -1 ||
	    req_if_match(rq, version) == -1))
		return -1;
	if (inventory_change(rq->tx, rq->ids[0], available, delta,
	    in->reason, &row) == -1)
		return -1;
	return resp_row(rq, rs, &row);
}

struct movements_query { struct page page; };
TABLE(movements_query, PAGE_FIELDS(movements_query));

int
get_admin_inventory_id_movements(struct req *rq, struct resp *rs)
{
	const struct movements_query *q = rq->q;
	struct page_start start;
	struct rows rows, total;

	if (page_start(rq, &q->page, "id", &start) == -1 ||
	    inventory_movements(rq->tx, rq->ids[0], start.id, q->page.limit,
	    &rows, q->page.count ? &total : NULL) == -1)
		return -1;
	return resp_list(rq, rs, &q->page, "id", &rows,
	    q->page.count ? &total : NULL);
}
