/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_CART_H
#define APP_SALES_CART_H

/*
 * The cart of a user: one, made with its first line. Prices are live and
 * nothing is reserved. Each change locks the cart's row first, as the
 * checkout does, so that the two cannot interleave.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/route.h"

#define CART_MAX_LINES		1000	/* what an order takes */
#define CART_MAX_QUANTITY	99

extern const struct shape cart_shape, cart_item_shape;

/* The acting user's cart, one row; an empty one if there is none. */
int cart_view(struct tx *tx, struct rows *rs_r);

/* Lock the cart for what follows; its version, 0 if there is none. */
int cart_lock(struct tx *tx, int64_t *version_r);

/*
 * Add units of a variant, or of a product's default variant (the other id is
 * 0), and view the cart. One flight in the good case; runs again, carefully,
 * when stock seems short. Faults: what is not for sale, more than 99, a full
 * cart; E_VARIANT_REQUIRED, E_INSUFFICIENT_STOCK.
 */
int cart_add(struct tx *tx, int64_t variant_id, int64_t product_id,
    int64_t quantity, struct rows *rs_r);

/* Set the quantity of a line (0 removes it) and view the cart. The same
 * errors, and E_NOT_FOUND. */
int cart_set(struct tx *tx, int64_t item_id, int64_t quantity,
    struct rows *rs_r);

/* Remove one line, all lines of a product, all lines; view the cart.
 * E_NOT_FOUND if the first two find nothing. */
int cart_remove(struct tx *tx, int64_t item_id, struct rows *rs_r);
int cart_remove_product(struct tx *tx, int64_t product_id,
    struct rows *rs_r);
int cart_clear(struct tx *tx, struct rows *rs_r);

#endif
