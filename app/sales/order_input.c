/* SPDX-License-Identifier: MIT */
#include "app/sales/order_input.h"

#include <string.h>

#include "lib/http.h"

#include "app/account/address.h"
#include "app/sales/quote.h"

TABLE(order_line,
    FIELD(order_line, variant_id, OPTIONAL, 1, INT64_MAX,
	.doc = "What to order", .example = "1"),
    FIELD(order_line, product_id, OPTIONAL, 1, INT64_MAX,
	.doc = "Instead: the default variant of this product"),
    FIELD(order_line, quantity, OPTIONAL, 1, QUOTE_LINE_MAX, .def = 1,
	.example = "2"));

#define LINE(member, hi)						\
	FIELD(order_new, member, OPTIONAL, 1, hi, .kind = &kind_printable)

TABLE(order_new,
    ROWS(order_new, items, OPTIONAL, 0, 1000, &order_line_table,
	.aliases = "order_items products",
	.doc = "The lines; without them the cart is ordered and emptied"),
    FIELD(order_new, shipping_address_id, OPTIONAL, 1, INT64_MAX,
	.doc = "One of one's own addresses; default: the default address"),
    OBJECT(order_new, shipping_address, OPTIONAL, &order_address_in_table),
    FIELD(order_new, delivery_address, OPTIONAL, 1, 500,
	.kind = &kind_printable, .doc = "A whole address as one line",
	.example = "1 Main Street, Springfield"),
    LINE(shipping_address_line1, 200),
    FIELD(order_new, shipping_address_line2, OPTIONAL | F_NULLABLE, 0, 200,
	.kind = &kind_line),
    LINE(shipping_city, 100),
    FIELD(order_new, shipping_state, OPTIONAL | F_NULLABLE, 0, 100,
	.kind = &kind_line),
    LINE(shipping_postal_code, 20),
    FIELD(order_new, shipping_country, OPTIONAL, 2, 60,
	.kind = &kind_country),
    FIELD(order_new, billing_address_id, OPTIONAL, 1, INT64_MAX,
	.doc = "One of one's own addresses"),
    OBJECT(order_new, billing_address, OPTIONAL, &order_address_in_table),
    FIELD(order_new, note, OPTIONAL | F_NULLABLE, 0, 500,
	.doc = "For the shop", .example = "Please ring twice"),
    FIELD(order_new, currency, OPTIONAL, 3, 3,
	.doc = "Must be the shop's"),
    FIELD(order_new, expected_total_cents, OPTIONAL, 0, INT64_MAX,
	.doc = "Refuse (price_changed) if the total is another"));

/* The JSON that an order keeps; empty strings are no values. */
static const char *
address_json(struct req *rq, const struct address_in *a)
{
	const struct { const char *key, *value; } part[] = {
		{ "name", a->name }, { "line1", a->line1 },
		{ "line2", a->line2 }, { "city", a->city },
		{ "region", a->region }, { "postal_code", a->postal_code },
		{ "country", a->country }, { "phone", a->phone },
	};
	struct buf b;

	buf_init(&b, rq->mem, 256);
	buf_chr(&b, '{');
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		const char *v = part[i].value;

		buf_json_key(&b, part[i].key);
		buf_json_str(&b, v != NULL && *v != '\0' ? v : NULL);
	}
	buf_chr(&b, '}');
	return b.data;
}

static struct address_in
flat(const struct order_new *in)
{
	return (struct address_in){
		.line1 = in->shipping_address_line1,
		.line2 = in->shipping_address_line2,
		.city = in->shipping_city,
		.region = in->shipping_state,
		.postal_code = in->shipping_postal_code,
		.country = in->shipping_country,
	};
}

static bool
is_flat(const struct address_in *a)
{
	return a->line1 != NULL || a->line2 != NULL || a->city != NULL ||
	    a->region != NULL || a->postal_code != NULL ||
	    a->country != NULL;
}

static void
require(struct req *rq, const char *field, const char *value)
{
	if (value == NULL)
		err_add(rq->err, field, "required",
		    "is needed beside the other parts of the address");
}

static void
require_parts(struct req *rq, const struct address_in *a)
{
	require(rq, "shipping_address_line1", a->line1);
	require(rq, "shipping_city", a->city);
	require(rq, "shipping_postal_code", a->postal_code);
	require(rq, "shipping_country", a->country);
}

static void
conflict(struct req *rq, const char *field)
{
	err_add(rq->err, field, "conflict",
	    "must not be given beside another form of the address");
}

static void
ask_shipping(struct req *rq, const struct order_new *in,
    struct quote_address *a)
{
	const struct address_in whole = { .line1 = in->delivery_address };
	const struct address_in parts = flat(in);
	const char *json[3] = { NULL, NULL, NULL };
	int forms = in->shipping_address_id != 0;

	a->id = in->shipping_address_id;
	if (in->shipping_address.v != NULL)
		json[0] = address_json(rq, in->shipping_address.v);
	if (is_flat(&parts)) {
		require_parts(rq, &parts);
		json[1] = address_json(rq, &parts);
	}
	if (whole.line1 != NULL)
		json[2] = address_json(rq, &whole);
	for (int i = 0; i < 3; i++)
		if (json[i] != NULL) {
			a->json = json[i];
			forms++;
		}
	if (forms > 1)
		conflict(rq, "shipping_address");
}

static void
ask_billing(struct req *rq, const struct order_new *in,
    struct quote_address *a)
{
	a->id = in->billing_address_id;
	if (in->billing_address.v == NULL)
		return;
	a->json = address_json(rq, in->billing_address.v);
	if (a->id != 0)
		conflict(rq, "billing_address");
}

static void
ask_lines(struct req *rq, const struct order_new *in, struct quote_ask *ask)
{
	const struct order_line *l = in->items.v;
	struct quote_want *w;

	w = arena_array(rq->mem, in->items.n + 1, sizeof(*w));
	for (size_t i = 0; i < in->items.n; i++) {
		w[i] = (struct quote_want){ l[i].variant_id, l[i].product_id,
		    l[i].quantity };
		if ((w[i].variant_id != 0) == (w[i].product_id != 0))
			err_add(rq->err, arena_printf(rq->mem,
			    "items[%zu].variant_id", i),
			    w[i].variant_id != 0 ? "conflict" : "required",
			    "is needed, or product_id, but not both");
	}
	ask->want = w;
	ask->n = in->items.n;
}

int
order_ask(struct req *rq, const struct order_new *in, struct quote_ask *ask)
{
	memset(ask, 0, sizeof(*ask));
	if (in == NULL)
		return 0;
	if (in->items.set)
		ask_lines(rq, in, ask);
	ask_shipping(rq, in, &ask->shipping);
	ask_billing(rq, in, &ask->billing);
	ask->currency = in->currency;
	ask->expects = in->expected_total_cents.set;
	ask->expected_total = in->expected_total_cents.v;
	return faults(rq);
}
