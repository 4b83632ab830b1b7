/* SPDX-License-Identifier: MIT */
#include "app/catalog/category_http.h"

#include "lib/token.h"

#include "app/catalog/category.h"
#include "app/catalog/product_http.h"

int
get_categories(struct req *rq, struct resp *rs)
{
	struct rows rows;

	if (category_rows(rq->tx, 0, &rows) == -1)
		return -1;
	catalog_cache(rq, rs);
	buf_str(&rs->body, "{\"data\":[");
	category_json(&rows, &rs->body);
	buf_str(&rs->body, "],\"has_more\":false,\"next_cursor\":null}");
	return 0;
}

/* What follows the '.' in the tag changes with the counts and with what is
 * below. */
static int
answer(struct req *rq, struct resp *rs, int64_t id)
{
	struct rows rows;

	if (category_rows(rq->tx, id, &rows) == -1)
		return -1;
	category_json(&rows, &rs->body);
	rs->etag = arena_printf(rq->mem, "\"%lld.%.8s\"",
	    (long long)rows_i64(&rows, 0, "_version"),
	    sha256_hex(rs->body.data, rs->body.len, rq->mem));
	return 0;
}

int
get_categories_id(struct req *rq, struct resp *rs)
{
	if (answer(rq, rs, rq->ids[0]) == -1)
		return -1;
	catalog_cache(rq, rs);
	if (etag_matches(rq->if_none_match, rs->etag, true)) {
		buf_clear(&rs->body);
		rs->status = 304;
	}
	return 0;
}

int
post_categories(struct req *rq, struct resp *rs)
{
	int64_t id;

	if (category_create(rq->tx, rq->in, &id) == -1 ||
	    answer(rq, rs, id) == -1)
		return -1;
	rs->location = arena_printf(rq->mem, "/api/v1/categories/%lld",
	    (long long)id);
	return 0;
}

int
patch_categories_id(struct req *rq, struct resp *rs)
{
	int64_t version;

	if (category_lock(rq->tx, rq->ids[0], &version) == -1 ||
	    req_if_match(rq, version) == -1 ||
	    category_update(rq->tx, rq->ids[0], rq->in) == -1)
		return -1;
	return answer(rq, rs, rq->ids[0]);
}

int
delete_categories_id(struct req *rq, struct resp *rs)
{
	int64_t version;

	if (category_lock(rq->tx, rq->ids[0], &version) == -1 ||
	    req_if_match(rq, version) == -1 ||
	    category_delete(rq->tx, rq->ids[0]) == -1)
		return -1;
	return resp_none(rs);
}
