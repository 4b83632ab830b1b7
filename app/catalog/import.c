/* SPDX-License-Identifier: MIT */
#include "app/catalog/import.h"

#include "lib/arena.h"
#include "lib/tx.h"

#include "app/catalog/category.h"
#include "app/errors.h"

STMT(import_sql_product,
    "SELECT id FROM products WHERE sku = $1 AND deleted_at IS NULL");
STMT(import_sql_variant,
    "SELECT id FROM product_variants WHERE product_id = $1 AND sku = $2"
    " AND deleted_at IS NULL");

static struct opt_i64
given(int64_t n)
{
	return (struct opt_i64){ .set = n != 0, .v = n };
}

static int
put_variant(struct tx *tx, const struct product_lock *lock,
    const struct variant_in *v)
{
	struct variant_change c = { .title = v->title,
	    .price_cents = v->price_cents,
	    .compare_at_price_cents = v->compare_at_price_cents,
	    .stock = v->stock,
	    .attributes = v->attributes,
	    .is_default = { .set = v->is_default, .v = v->is_default } };
	struct rows found, rs;

	if (v->sku == NULL)
		return fail(tx, E_VALIDATION_FAILED, "variants need a sku "
		    "where the product exists");
	if (tx_opt(tx, &found, &import_sql_variant, pg_i64(lock->id),
	    pg_text(v->sku)) == -1)
		return -1;
	if (found.n == 0)
		return variant_add(tx, lock, v, &rs);
	return variant_update(tx, lock, rows_i64(&found, 0, "id"), &c, &rs);
}

static int
change(struct tx *tx, int64_t id, const struct product_in *in)
{
	struct product_change c = { .title = in->title, .slug = in->slug,
	    .status = in->status,
	    .description = { in->description != NULL, in->description },
	    .category_id = given(in->category_id),
	    .attributes = in->attributes, .images = in->images,
	    .price_cents = in->price_cents,
	    .compare_at_price_cents = in->compare_at_price_cents,
	    .stock = in->stock };
	const struct variant_in *v = in->variants.v;
	struct product_lock lock;
	struct rows rs;

	if (product_lock(tx, id, false, &lock) == -1 ||
	    product_update(tx, &lock, &c, &rs) == -1)
		return -1;
	for (size_t i = 0; in->variants.set && i < in->variants.n; i++)
		if (put_variant(tx, &lock, &v[i]) == -1)
			return -1;
	return 0;
}

int
import_put(struct tx *tx, const struct import_row *row,
    enum import_result *result_r, bool *category_r)
{
	struct product_in in = row->in;
	struct rows found = { 0 };
	int64_t id;

	*category_r = false;
	if (row->category != NULL && category_by_name(tx, row->slug,
	    row->category, &in.category_id, category_r) == -1)
		return -1;
	if (in.sku != NULL && tx_opt(tx, &found, &import_sql_product,
	    pg_text(in.sku)) == -1)
		return -1;
	*result_r = found.n == 0 ? IMPORT_CREATED : IMPORT_UPDATED;
	return found.n == 0 ? product_create(tx, &in, &id) :
	    change(tx, rows_i64(&found, 0, "id"), &in);
}
