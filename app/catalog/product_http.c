/* SPDX-License-Identifier: MIT */
#include "app/catalog/product_http.h"

#include <string.h>
#include <time.h>

#include "lib/tx.h"

#include "app/catalog/product.h"
#include "app/catalog/product_list.h"
#include "app/errors.h"

void
catalog_cache(const struct req *rq, struct resp *rs)
{
	if (rq->who.user != 0)
		return;
	rs->cache_control = "public, max-age=1, stale-while-revalidate=10";
	/* nginx counts whole seconds and takes "less than 1" for up to 2: the
	 * end of this second is never more than one away. */
	rs->stale_at = time(NULL);
}

/* ---- lists --------------------------------------------------------------- */

struct products_query {
	struct page page;
	struct product_filter f;
	const char *sort;
};

#define MAX_CENTS 1000000000000

TABLE_OPEN(products_query, "attr.", f.attributes,
    PAGE_FIELDS(products_query),
    FIELD_AS(products_query, "category_id", f.category_id, OPTIONAL, 1,
	INT64_MAX, .doc = "With all categories below it"),
    FIELD_AS(products_query, "category", f.category, OPTIONAL, 1, 100,
	.doc = "The same by slug", .example = "books"),
    FIELD_AS(products_query, "q", f.q, OPTIONAL, 2, 100,
	.aliases = "search", .doc = "Words or beginnings of words in title, "
	"description and SKU; typing errors are forgiven"),
    FIELD_AS(products_query, "min_price_cents", f.min_price_cents, OPTIONAL,
	0, MAX_CENTS, .doc = "A variant costs this or more"),
    FIELD_AS(products_query, "max_price_cents", f.max_price_cents, OPTIONAL,
	0, MAX_CENTS, .doc = "A variant costs this or less"),
    FIELD_AS(products_query, "min_price", f.min_price_cents,
	OPTIONAL | F_DECIMAL, 0, MAX_CENTS),
    FIELD_AS(products_query, "max_price", f.max_price_cents,
	OPTIONAL | F_DECIMAL, 0, MAX_CENTS),
    FIELD_AS(products_query, "in_stock", f.in_stock, OPTIONAL, 0, 1,
	.aliases = "has_inventory", .doc = "Only what can be sold now, or "
	"only what cannot"),
    FIELD(products_query, sort, OPTIONAL, 1, 20, .kind = &kind_product_sort,
	.doc = "Default: id; relevance is that of q, and ends after 3,000 "
	"products", .example = "-price"),
    FIELD_AS(products_query, "status", f.status, OPTIONAL, 1, 10,
	.kind = &kind_product_status, .doc = "For admins",
	.example = "active"));

static int
bad_parameter(struct req *rq, const char *name, const char *code,
    const char *detail)
{
	err_add(rq->err, name, code, "%s", detail);
	return fail(rq, E_INVALID_PARAMETER,
	    "The request has invalid parameters");
}

static int
check_filter(struct req *rq, const struct product_filter *f)
{
	/* Whose token says nothing of it may be an admin by now. */
	if (f->status != NULL && !rq->tx->admin)
		return tx_flush(rq->tx) == -1 ? -1 :
		    fail(rq, E_FORBIDDEN, "status is for admins");
	if (f->min_price_cents.set && f->max_price_cents.set &&
	    f->min_price_cents.v > f->max_price_cents.v)
		return bad_parameter(rq,
		    strstr(rq->query_string, "min_price=") != NULL ?
		    "min_price" : "min_price_cents", "out_of_range",
		    "must not be more than the highest price");
	return 0;
}

int
get_products(struct req *rq, struct resp *rs)
{
	const struct products_query *q = rq->q;
	struct product_page page = { .limit = q->page.limit };
	struct page_start start;
	struct rows rows, total;

	/* Without words all are as relevant. */
	page.sort = q->sort == NULL || (q->f.q == NULL &&
	    strcmp(q->sort, "relevance") == 0) ? "id" : q->sort;
	if (check_filter(rq, &q->f) == -1 ||
	    page_start(rq, &q->page, page.sort, &start) == -1)
		return -1;
	page.set = start.set;
	page.key = start.key;
	page.id = start.id;
	if (q->page.count)
		product_count(rq->tx, &q->f, page.sort, &total);
	if (product_list(rq->tx, &q->f, &page, &rows) == -1)
		return -1;
	catalog_cache(rq, rs);
	return resp_list(rq, rs, &q->page, page.sort, &rows,
	    q->page.count ? &total : NULL);
}

struct all_products_query { int64_t limit, after; };
TABLE(all_products_query,
    FIELD(all_products_query, limit, OPTIONAL, 1, 1000, .def = 1000,
	.doc = "How many, at most; fewer if they are very long"),
    FIELD(all_products_query, after, OPTIONAL, 0, INT64_MAX,
	.doc = "Id of the last entry seen"));

int
get_product_all_products(struct req *rq, struct resp *rs)
{
	static const struct product_filter all;
	const struct all_products_query *q = rq->q;
	struct product_page page = { .sort = "id", .limit = q->limit,
	    .set = true, .key = "", .id = q->after };
	struct rows rows;
	int n;

	if (product_list(rq->tx, &all, &page, &rows) == -1)
		return -1;
	catalog_cache(rq, rs);
	buf_chr(&rs->body, '[');
	n = resp_rows(rq, rs, &rows, q->limit);
	buf_chr(&rs->body, ']');
	/* All that tells that there are more. */
	if (n < rows.n)
		rs->link = arena_printf(rq->mem,
		    "<%s?limit=%lld&after=%lld>; rel=\"next\"", rq->path,
		    (long long)q->limit,
		    (long long)rows_i64(&rows, n - 1, "id"));
	return 0;
}

/* ---- one product --------------------------------------------------------- */

int
get_products_id(struct req *rq, struct resp *rs)
{
	struct rows rows;

	if (product_get(rq->tx, rq->ids[0], rq->refs[0], &rows) == -1)
		return -1;
	catalog_cache(rq, rs);
	return resp_row(rq, rs, &rows);
}

int
post_products(struct req *rq, struct resp *rs)
{
	struct rows rows;
	int64_t id;

	if (product_create(rq->tx, rq->in, &id) == -1 ||
	    product_get(rq->tx, id, NULL, &rows) == -1)
		return -1;
	return resp_created(rq, rs, &rows, "/api/v1/products/%lld",
	    (long long)id);
}

int
patch_products_id(struct req *rq, struct resp *rs)
{
	struct product_lock lock;
	struct rows rows;

	if (product_lock(rq->tx, rq->ids[0], false, &lock) == -1 ||
	    req_if_match(rq, lock.version) == -1 ||
	    product_update(rq->tx, &lock, rq->in, &rows) == -1)
		return -1;
	return resp_row(rq, rs, &rows);
}

struct product_delete_query { bool permanent; };
TABLE(product_delete_query,
    FIELD(product_delete_query, permanent, OPTIONAL, 0, 1,
	.doc = "The row too, unless an order names it"));

int
delete_products_id(struct req *rq, struct resp *rs)
{
	const struct product_delete_query *q = rq->q;
	struct product_lock lock;

	if (product_lock(rq->tx, rq->ids[0], q->permanent, &lock) == -1 ||
	    req_if_match(rq, lock.version) == -1)
		return -1;
	if (q->permanent)
		product_delete_forever(rq->tx, &lock);
	else
		product_delete(rq->tx, &lock);
	return resp_none(rs);
}
