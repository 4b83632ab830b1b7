/* SPDX-License-Identifier: MIT */
#ifndef APP_CATALOG_PRODUCT_LIST_H
#define APP_CATALOG_PRODUCT_LIST_H

/* The lists of products, their orders and filters. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/field.h"

struct rows;
struct tx;

struct product_filter {
	int64_t category_id;		/* with all below; 0: any */
	const char *category;		/* the same by slug */
	const char *q;
	struct cents min_price_cents, max_price_cents;
	struct opt_bool in_stock;
	struct json_obj attributes;	/* name: value as text */
	const char *status;		/* NULL: active */
};

/* The names of the orders; that by "relevance" needs q, and has 3,000
 * products at most. */
extern const struct field_kind kind_product_sort;

/* Where a page starts, limit as asked for. */
struct product_page {
	const char *sort;
	int64_t limit;
	bool set;
	const char *key;
	int64_t id;
};

/* Entries with id and _key, up to limit + 1. */
int product_list(struct tx *tx, const struct product_filter *f,
    const struct product_page *page, struct rows *rs);

/* Queue: how many there are in all pages of this order, as total. */
void product_count(struct tx *tx, const struct product_filter *f,
    const char *sort, struct rows *rs);

#endif
