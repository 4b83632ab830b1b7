/* SPDX-License-Identifier: MIT */
#include "app/catalog/review_http.h"

#include "app/catalog/product_http.h"
#include "app/catalog/review.h"

struct reviews_query { struct page page; };
TABLE(reviews_query, PAGE_FIELDS(reviews_query));

int
get_products_id_reviews(struct req *rq, struct resp *rs)
{
	const struct reviews_query *q = rq->q;
	struct page_start start;
	struct rows rows, total;

	if (page_start(rq, &q->page, "-id", &start) == -1)
		return -1;
	if (q->page.count)
		review_count(rq->tx, rq->ids[0], &total);
	if (review_list(rq->tx, rq->ids[0], start.id, q->page.limit,
	    &rows) == -1)
		return -1;
	catalog_cache(rq, rs);
	return resp_list(rq, rs, &q->page, "-id", &rows,
	    q->page.count ? &total : NULL);
}

int
post_products_id_reviews(struct req *rq, struct resp *rs)
{
	struct rows rows;

	if (review_create(rq->tx, rq->ids[0], rq->in, &rows) == -1)
		return -1;
	return resp_created(rq, rs, &rows, "/api/v1/products/%lld/reviews",
	    (long long)rq->ids[0]);
}

static int
lock(struct req *rq)
{
	int64_t version;

	if (review_lock(rq->tx, rq->ids[0], rq->ids[1], &version) == -1)
		return -1;
	return req_if_match(rq, version);
}

int
patch_products_id_reviews_rid(struct req *rq, struct resp *rs)
{
	struct rows rows;

	if (lock(rq) == -1 ||
	    review_update(rq->tx, rq->ids[1], rq->in, &rows) == -1)
		return -1;
	return resp_row(rq, rs, &rows);
}

int
delete_products_id_reviews_rid(struct req *rq, struct resp *rs)
{
	if (lock(rq) == -1 || review_delete(rq->tx, rq->ids[1]) == -1)
		return -1;
	return resp_none(rs);
}
