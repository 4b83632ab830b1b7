/* SPDX-License-Identifier: MIT */
#ifndef APP_CATALOG_CATEGORY_H
#define APP_CATALOG_CATEGORY_H

/* The tree of categories.  The database keeps it without cycles. */

#include <stdint.h>

#include "lib/field.h"

#include "app/shapes.h"

struct buf;
struct rows;
struct tx;

struct category_in {
	const char *name, *slug;
	int64_t parent_id;
};
extern const struct table category_in_table;

struct category_change {	/* what is not set stays */
	const char *name, *slug;
	struct opt_i64 parent_id;
};
extern const struct table category_change_table;

extern const struct shape category_shape;

/* The categories at and below root (0: all of them) in depth-first order,
 * siblings by name, each with _depth; the root's own _version. */
int category_rows(struct tx *tx, int64_t root, struct rows *rs);

/* Those rows as nested JSON: a list of trees, without the brackets. */
void category_json(const struct rows *rs, struct buf *out);

/* E_SLUG_TAKEN, E_VALIDATION_FAILED for an unknown parent or a cycle. */
int category_create(struct tx *tx, const struct category_in *in,
    int64_t *id_r);
int category_update(struct tx *tx, int64_t id,
    const struct category_change *c);

/* Locks the row: version. */
int category_lock(struct tx *tx, int64_t id, int64_t *version_r);

/* E_IN_USE with products or children. */
int category_delete(struct tx *tx, int64_t id);

/* The id of the category with that slug, or if slug is NULL of the first one
 * of that name, made if there is none. */
int category_by_name(struct tx *tx, const char *slug, const char *name,
    int64_t *id_r, bool *made_r);

/* Queue: refuse the flight, naming the field, unless id is 0 or exists. */
void category_must_exist(struct tx *tx, const char *field, int64_t id);

#endif
