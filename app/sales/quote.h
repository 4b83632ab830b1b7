/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_QUOTE_H
#define APP_SALES_QUOTE_H

/*
 * A checkout before it happens: what is ordered, at which prices, whereto,
 * and the ids it will have. One statement asks for all of it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/pg.h"

struct tx;

#define QUOTE_LINE_MAX 1000000	/* units of one variant in an order */

struct quote_want {		/* a line of the request */
	int64_t variant_id, product_id;	/* one of them, the other is 0 */
	int64_t quantity;
};

struct quote_address {
	int64_t id;		/* of the user's own, or 0 */
	const char *json;	/* brought along, or NULL */
};

struct quote_ask {
	const struct quote_want *want;	/* NULL: the cart */
	size_t n;
	struct quote_address shipping, billing;
	const char *currency;		/* or NULL */
	bool expects;			/* a total: */
	int64_t expected_total;
};

struct quote_line {		/* lines of one variant added up */
	int64_t id, variant_id, product_id, quantity, price, subtotal,
	    available;
	const char *sku, *title;
	size_t input, last;	/* its first and last line in the request */
};

struct quote {
	int64_t order_id, cart_id;	/* cart_id 0: not from the cart */
	struct rows rows;	/* row 0: now, expires, shipping, billing */
	struct quote_line *line;	/* as ordered */
	size_t n;
	struct quote_line **by_variant;		/* ids ascending */
	int64_t subtotal, shipping, tax, total;
};

/*
 * Ask, and check everything but the stock. Locks the cart if it comes from
 * there. E_CART_EMPTY, E_VARIANT_REQUIRED, E_PRICE_CHANGED, E_NOT_FOUND (an
 * address), faults: not for sale, too many of a variant, sums beyond 64 bits,
 * another currency, no address.
 */
int quote_read(struct tx *tx, const struct quote_ask *ask,
    struct quote *q_r);

/* subtotal to shipping, tax and total by the configuration; false if it
 * passes 64 bits. */
bool quote_sums(struct quote *q);

#endif
