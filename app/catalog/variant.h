/* SPDX-License-Identifier: MIT */
#ifndef APP_CATALOG_VARIANT_H
#define APP_CATALOG_VARIANT_H

/* Variants: what is sold and has a stock.  Their product's row is locked
 * before they change (product_lock()). */

#include <stdbool.h>
#include <stdint.h>

#include "lib/field.h"

#include "app/shapes.h"

struct product_lock;
struct rows;
struct tx;

#define STOCK_MAX	1000000000000	/* units */
#define VARIANTS_MAX	200		/* of one product */
#define ATTRIBUTES_MAX	200		/* of a product, of a variant */

struct variant_in {
	const char *sku, *title;
	struct cents price_cents;
	struct opt_i64 compare_at_price_cents, stock;
	struct json_obj attributes;
	bool is_default;
};
extern const struct table variant_in_table;

struct variant_change {		/* what is not set stays */
	const char *sku, *title;
	struct cents price_cents;
	struct opt_i64 compare_at_price_cents, stock;
	struct json_obj attributes;	/* a merge patch (RFC 7396) */
	struct opt_bool is_default;
};
extern const struct table variant_change_table;

extern const struct shape variant_shape;

/* Add variants to a product, with their stock.  One without a SKU gets the
 * product's, numbered if number is set.  E_SKU_TAKEN, E_VALIDATION_FAILED for
 * more than VARIANTS_MAX.  rs: a row each with id, in the order given. */
int variant_create(struct tx *tx, int64_t product, const char *sku,
    const struct variant_in *v, size_t n, bool number, struct rows *rs);

/* Add one to a locked product; rs as variant_get(). */
int variant_add(struct tx *tx, const struct product_lock *lock,
    const struct variant_in *v, struct rows *rs);

/* The answer, with _version. */
int variant_get(struct tx *tx, int64_t product, int64_t id,
    struct rows *rs);

/* E_VALIDATION_FAILED for more than ATTRIBUTES_MAX; rs as variant_get(). */
int variant_update(struct tx *tx, const struct product_lock *lock,
    int64_t id, const struct variant_change *c, struct rows *rs);

/* Out of the product and of carts.  E_IN_USE for the last one. */
int variant_delete(struct tx *tx, const struct product_lock *lock,
    int64_t id);

#endif
