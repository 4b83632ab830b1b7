/* SPDX-License-Identifier: MIT */
#ifndef APP_CATALOG_REVIEW_H
#define APP_CATALOG_REVIEW_H

/* Reviews: one of each user for a product.  The product's rating follows by
 * trigger. */

#include <stdint.h>

#include "lib/field.h"

#include "app/shapes.h"

struct rows;
struct tx;

struct review_in {
	int64_t rating;
	const char *title, *comment;
};
extern const struct table review_in_table;

struct review_change {		/* what is not set stays */
	int64_t rating;		/* or 0 */
	struct opt_text title, comment;
};
extern const struct table review_change_table;

extern const struct shape review_shape;

/* Newest first: those with ids below `before` (0: all), up to limit + 1.
 * E_NOT_FOUND if the product is not there to be seen. */
int review_list(struct tx *tx, int64_t product, int64_t before,
    int64_t limit, struct rows *rs);
/* Queue: how many there are, as total. */
void review_count(struct tx *tx, int64_t product, struct rows *rs);

/* By the transaction's user.  E_ALREADY_REVIEWED. */
int review_create(struct tx *tx, int64_t product, const struct review_in *in,
    struct rows *rs);

/* Locks it: version.  E_FORBIDDEN for all but its author and admins;
 * E_NOT_FOUND for all but admins if they do not see the product. */
int review_lock(struct tx *tx, int64_t product, int64_t id,
    int64_t *version_r);

/* Of a locked one. */
int review_update(struct tx *tx, int64_t id, const struct review_change *c,
    struct rows *rs);
int review_delete(struct tx *tx, int64_t id);

#endif
