/* SPDX-License-Identifier: MIT */
#include "app/stock/stock_check_http.h"

#include "app/errors.h"
#include "app/stock/stock_check.h"

static const struct field_kind kind_category = {
	.values = stock_categories, .message = "is not a stock category",
	.example = "low",
};

struct stock_check_query {
	const char *category;
	struct opt_i64 min_stock, max_stock;
};
TABLE(stock_check_query,
    FIELD(stock_check_query, category, OPTIONAL, 0, 0,
	.kind = &kind_category,
	.doc = "List these products only; low includes critical"),
    FIELD(stock_check_query, min_stock, OPTIONAL, 0, INT64_MAX,
	.doc = "List products with this stock or more"),
    FIELD(stock_check_query, max_stock, OPTIONAL, 0, INT64_MAX,
	.doc = "List products with this stock or less"));

int
get_orders_health_stock_check(struct req *rq, struct resp *rs)
{
	const struct stock_check_query *q = rq->q;
	const struct stock_filter f = { q->category, q->min_stock,
	    q->max_stock };
	struct rows report;

	if (q->min_stock.set && q->max_stock.set &&
	    q->min_stock.v > q->max_stock.v) {
		err_add(rq->err, "min_stock", "invalid_value",
		    "is more than max_stock");
		return fail(rq, E_INVALID_PARAMETER,
		    "The bounds are reversed");
	}
	if (stock_check(rq->tx, &f, &report) == -1)
		return -1;
	return resp_row(rq, rs, &report);
}
