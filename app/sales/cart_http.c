/* SPDX-License-Identifier: MIT */
#include "app/sales/cart_http.h"

#include "lib/tx.h"

#include "app/errors.h"
#include "app/sales/cart.h"

struct cart_item_new { int64_t variant_id, product_id, quantity; };
TABLE(cart_item_new,
    FIELD(cart_item_new, variant_id, OPTIONAL, 1, INT64_MAX,
	.doc = "What to add", .example = "1"),
    FIELD(cart_item_new, product_id, OPTIONAL, 1, INT64_MAX,
	.doc = "Instead: the default variant of this product"),
    FIELD(cart_item_new, quantity, OPTIONAL, 1, CART_MAX_QUANTITY, .def = 1,
	.doc = "Added to what the cart has of it", .example = "2"));

struct cart_item_change { int64_t quantity; };
TABLE(cart_item_change,
    FIELD(cart_item_change, quantity, REQUIRED, 0, CART_MAX_QUANTITY,
	.doc = "0 removes the line", .example = "3"));

/* The tag is of the cart: each call answers with it. */
static int
check_match(struct req *rq)
{
	int64_t version;

	if (rq->if_match == NULL)
		return 0;
	if (cart_lock(rq->tx, &version) == -1)
		return -1;
	return req_if_match(rq, version);
}

int
get_cart(struct req *rq, struct resp *rs)
{
	struct rows cart;

	if (cart_view(rq->tx, &cart) == -1)
		return -1;
	return resp_row(rq, rs, &cart);
}

int
post_cart_items(struct req *rq, struct resp *rs)
{
	const struct cart_item_new *in = rq->in;
	struct rows cart;

	if ((in->variant_id != 0) == (in->product_id != 0)) {
		err_add(rq->err, "variant_id", in->variant_id != 0 ?
		    "conflict" : "required",
		    "is needed, or product_id, but not both");
		return faults(rq);
	}
	if (cart_add(rq->tx, in->variant_id, in->product_id, in->quantity,
	    &cart) == -1)
		return -1;
	return resp_created(rq, rs, &cart, "/api/v1/cart");
}

int
patch_cart_items_id(struct req *rq, struct resp *rs)
{
	const struct cart_item_change *in = rq->in;
	struct rows cart;

	if (check_match(rq) == -1 || cart_set(rq->tx, rq->ids[0],
	    in->quantity, &cart) == -1)
		return -1;
	return resp_row(rq, rs, &cart);
}

int
delete_cart_items_id(struct req *rq, struct resp *rs)
{
	struct rows cart;

	if (check_match(rq) == -1 ||
	    cart_remove(rq->tx, rq->ids[0], &cart) == -1)
		return -1;
	return resp_row(rq, rs, &cart);
}

int
delete_cart_product_id(struct req *rq, struct resp *rs)
{
	struct rows cart;

	if (check_match(rq) == -1 ||
	    cart_remove_product(rq->tx, rq->ids[0], &cart) == -1)
		return -1;
	return resp_row(rq, rs, &cart);
}

int
delete_cart(struct req *rq, struct resp *rs)
{
	struct rows cart;

	if (check_match(rq) == -1 || cart_clear(rq->tx, &cart) == -1)
		return -1;
	return resp_row(rq, rs, &cart);
}
