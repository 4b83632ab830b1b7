/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_ORDER_INPUT_H
#define APP_SALES_ORDER_INPUT_H

/* What POST /orders takes: lines and an address in the forms of all the
 * clients that there are. */

#include "lib/field.h"

struct quote_ask;
struct req;

struct order_line {
	int64_t variant_id, product_id, quantity;
};
extern const struct table order_line_table;

struct order_new {
	struct list items;
	int64_t shipping_address_id, billing_address_id;
	struct obj shipping_address, billing_address;	/* address_in */
	const char *delivery_address;
	const char *shipping_address_line1, *shipping_address_line2,
	    *shipping_city, *shipping_state, *shipping_postal_code,
	    *shipping_country;
	const char *note, *currency;
	struct cents expected_total_cents;
};
extern const struct table order_new_table;

/* The question it comes to; faults that the table cannot see: neither or
 * both ids of a line, two forms of an address at once, half of one. in NULL:
 * the cart to the default address. */
int order_ask(struct req *rq, const struct order_new *in,
    struct quote_ask *ask_r);

#endif
