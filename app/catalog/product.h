/* SPDX-License-Identifier: MIT */
#ifndef APP_CATALOG_PRODUCT_H
#define APP_CATALOG_PRODUCT_H

/*
 * Products.  Customers see what is active or archived, admins everything
 * but what is deleted, and that too by its id.  Prices, counts and facets of
 * a product follow its variants by trigger, ratings its reviews.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/field.h"

#include "app/catalog/variant.h"
#include "app/shapes.h"

struct rows;
struct tx;

/* Either price_cents, and with it stock and the like of the one default
 * variant, or variants. */
struct product_in {
	const char *title, *description, *sku, *slug, *status;
	int64_t category_id;
	struct json_obj attributes;
	struct texts images;
	struct cents price_cents;
	struct opt_i64 compare_at_price_cents, stock;
	struct list variants;		/* of struct variant_in */
};
extern const struct table product_in_table;

struct product_change {		/* what is not set stays */
	const char *title, *sku, *slug, *status;
	struct opt_text description;
	struct opt_i64 category_id;
	struct json_obj attributes;	/* a merge patch (RFC 7396) */
	struct texts images;
	struct cents price_cents;
	struct opt_i64 compare_at_price_cents, stock;
};
extern const struct table product_change_table;

extern const struct field_kind kind_product_status;
extern const struct shape product_shape;	/* with its variants */
extern const struct shape product_entry_shape;	/* of a list */

/* One product by id, or if that is 0 by slug: the answer. */
int product_get(struct tx *tx, int64_t id, const char *slug,
    struct rows *rs);

/* E_VALIDATION_FAILED, E_SKU_TAKEN, E_SLUG_TAKEN.  The new id; the answer
 * comes from product_get(). */
int product_create(struct tx *tx, const struct product_in *in,
    int64_t *id_r);

/* A product locked for change. */
struct product_lock {
	int64_t id, version;
	int64_t variant;	/* the only one, 0 if there are more */
	const char *sku;
	const char *before;	/* as JSON, for the audit log */
};

/* Locks the product's row.  deleted_too: also one that was deleted. */
int product_lock(struct tx *tx, int64_t id, bool deleted_too,
    struct product_lock *lock_r);

/* E_VARIANT_REQUIRED for price or stock of several, E_VALIDATION_FAILED for
 * more than ATTRIBUTES_MAX; rs as product_get(). */
int product_update(struct tx *tx, const struct product_lock *lock,
    const struct product_change *c, struct rows *rs);

/* Queue: out of carts, whose versions change. variant 0: all of them. */
void product_leave_carts(struct tx *tx, int64_t id, int64_t variant);

/* Out of the catalogue and of carts. */
void product_delete(struct tx *tx, const struct product_lock *lock);

/* The row itself.  E_IN_USE if an order names it. */
void product_delete_forever(struct tx *tx, const struct product_lock *lock);

/* Queue: refuse the flight unless customers (or the admin) see it. */
void product_must_exist(struct tx *tx, int64_t id);

/* The answer of a row, as JSON text with what only admins see. */
const char *product_text(struct tx *tx, const struct rows *rs);

#endif
