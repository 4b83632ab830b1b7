/* SPDX-License-Identifier: MIT */
#include "app/catalog/variant_http.h"

#include "app/catalog/product.h"

int
post_products_id_variants(struct req *rq, struct resp *rs)
{
	struct product_lock lock;
	struct rows rows;

	if (product_lock(rq->tx, rq->ids[0], false, &lock) == -1 ||
	    variant_add(rq->tx, &lock, rq->in, &rows) == -1)
		return -1;
	return resp_created(rq, rs, &rows, "/api/v1/products/%lld",
	    (long long)lock.id);
}

/* The entity tag that If-Match may name is the variant's own. */
static int
lock_variant(struct req *rq, struct product_lock *lock)
{
	struct rows rows;

	if (product_lock(rq->tx, rq->ids[0], false, lock) == -1 ||
	    variant_get(rq->tx, lock->id, rq->ids[1], &rows) == -1)
		return -1;
	return req_if_match(rq, rows_i64(&rows, 0, "_version"));
}

int
patch_products_id_variants_vid(struct req *rq, struct resp *rs)
{
	struct product_lock lock;
	struct rows rows;

	if (lock_variant(rq, &lock) == -1 ||
	    variant_update(rq->tx, &lock, rq->ids[1], rq->in, &rows) == -1)
		return -1;
	return resp_row(rq, rs, &rows);
}

int
delete_products_id_variants_vid(struct req *rq, struct resp *rs)
{
	struct product_lock lock;

	if (lock_variant(rq, &lock) == -1 ||
	    variant_delete(rq->tx, &lock, rq->ids[1]) == -1)
		return -1;
	return resp_none(rs);
}
