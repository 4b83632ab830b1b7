/* SPDX-License-Identifier: MIT */
#include "app/account/address_http.h"

TABLE(addresses_query, PAGE_FIELDS(addresses_query));

int
get_addresses(struct req *rq, struct resp *rs)
{
	const struct addresses_query *q = rq->q;
	struct page_start start;
	struct rows rows, total;

	if (page_start(rq, &q->page, "id", &start) == -1)
		return -1;
	if (q->page.count)
		address_count(rq->tx, &total);
	if (address_list(rq->tx, start.id, q->page.limit, &rows) == -1)
		return -1;
	return resp_list(rq, rs, &q->page, "id", &rows,
	    q->page.count ? &total : NULL);
}

int
post_addresses(struct req *rq, struct resp *rs)
{
	struct rows rows;

	if (address_create(rq->tx, rq->tx->user, rq->in, &rows) == -1)
		return -1;
	return resp_created(rq, rs, &rows, "/api/v1/addresses/%lld",
	    (long long)rows_i64(&rows, 0, "id"));
}

int
get_addresses_id(struct req *rq, struct resp *rs)
{
	struct rows rows;

	if (address_get(rq->tx, rq->ids[0], &rows) == -1)
		return -1;
	return resp_row(rq, rs, &rows);
}

int
patch_addresses_id(struct req *rq, struct resp *rs)
{
	struct rows old, rows;

	if (address_lock(rq->tx, rq->ids[0], &old) == -1 ||
	    req_if_match(rq, rows_i64(&old, 0, "_version")) == -1 ||
	    address_update(rq->tx, rq->ids[0], rq->in, &rows) == -1)
		return -1;
	return resp_row(rq, rs, &rows);
}

int
delete_addresses_id(struct req *rq, struct resp *rs)
{
	struct rows old;

	if (address_lock(rq->tx, rq->ids[0], &old) == -1 ||
	    req_if_match(rq, rows_i64(&old, 0, "_version")) == -1)
		return -1;
	address_delete(rq->tx, rq->ids[0],
	    rows_bool(&old, 0, "_is_default"));
	return resp_none(rs);
}
