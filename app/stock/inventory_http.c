/* SPDX-License-Identifier: MIT */
#include "app/stock/inventory_http.h"

#include <stdbool.h>

#include "lib/tx.h"

#include "app/errors.h"
#include "app/sales/expiry.h"
#include "app/serve.h"
#include "app/stock/inventory.h"

#define MOST 1000000000000
#define EXPIRE_AT_MOST 1000

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
    FIELD(inventory_change, available, OPTIONAL | F_NULLABLE, 0, MOST,
	.aliases = "stock stock_quantity",
	.doc = "What can be sold from now on", .example = "100"),
    FIELD(inventory_change, delta, OPTIONAL | F_NULLABLE, -MOST, MOST,
	.doc = "Instead: what is added to it"),
    FIELD(inventory_change, reason, OPTIONAL | F_NULLABLE, 0, 500,
	.doc = "Kept in the ledger", .example = "stocktaking"));

static const int64_t *
given(const struct opt_i64 *o)
{
	return o->set && !o->null ? &o->v : NULL;
}

static int
due_step(struct req *rq, struct resp *rs, void *arg)
{
	(void)rs;
	return expiry_due(rq->tx, rq->ids[0], arg);
}

static int
expire_step(struct req *rq, struct resp *rs, void *arg)
{
	int64_t count;

	(void)rs;
	(void)arg;
	return expiry_run(rq->tx, &rq->ids[0], 1, EXPIRE_AT_MOST, &count);
}

static int
change_step(struct req *rq, struct resp *rs, void *arg)
{
	const struct inventory_change *in = rq->in;
	int64_t version;
	struct rows row;

	(void)arg;
	if (rq->if_match != NULL &&
	    (inventory_lock(rq->tx, rq->ids[0], &version) == -1 ||
	    req_if_match(rq, version) == -1))
		return -1;
	if (inventory_change(rq->tx, rq->ids[0], given(&in->available),
	    given(&in->delta), in->reason, &row) == -1)
		return -1;
	return resp_row(rq, rs, &row);
}

/* What overdue orders hold counts as available, so they end first; and by
 * themselves, or an If-Match that their end makes stale would undo it. */
int
put_admin_inventory_id(struct req *rq, struct resp *rs)
{
	const struct inventory_change *in = rq->in;
	bool available = given(&in->available) != NULL;
	bool delta = given(&in->delta) != NULL;
	int64_t due;

	if (available == delta) {
		err_add(rq->err, "available", delta ? "conflict" :
		    "required", "is needed, or delta, but not both");
		return faults(rq);
	}
	if (serve_step(rq, rs, STEP_READ, due_step, &due) == -1 ||
	    (due > 0 && serve_step(rq, rs, 0, expire_step, NULL) == -1))
		return -1;
	return serve_step(rq, rs, 0, change_step, NULL);
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
