/* SPDX-License-Identifier: MIT */
#include "app/catalog/product.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/tx.h"

#include "app/admin/audit.h"
#include "app/catalog/category.h"
#include "app/catalog/product_columns.h"
#include "app/errors.h"
#include "app/stock/stock.h"

static int
one_form(struct tx *tx, const struct product_in *in)
{
	const struct variant_in *v = in->variants.v;
	bool stock = in->stock.set && !in->stock.null;
	size_t defaults = 0;

	if (in->variants.set && (in->price_cents.set || stock ||
	    in->compare_at_price_cents.set))
		err_add(tx->err, "variants", "conflict",
		    "have prices and stock of their own");
	if (!in->variants.set && !in->price_cents.set)
		err_add(tx->err, "price_cents", "required",
		    "is required, or variants");
	for (size_t i = 0; in->variants.set && i < in->variants.n; i++)
		defaults += v[i].is_default;
	if (defaults > 1)
		err_add(tx->err, "variants", "conflict",
		    "have more than one default");
	return faults(tx);
}

static struct pgv
texts_or_null(struct tx *tx, const struct texts *t)
{
	return t->set ? pg_texts(tx->mem, t->v, t->n) : pg_null();
}

STMT(product_sql_insert,
    "INSERT INTO products (id, sku, slug, title, description, category_id,"
    " status, attributes, images) SELECT id, coalesce($1, 'P' || id || '-'"
    "  || upper(substr(gen_random_uuid()::text, 1, 4))),"
    " coalesce($2, product_slug(slugify($3, 'product'))), $3,"
    " coalesce($4, ''), nullif($5::bigint, 0), coalesce($6, 'active'),"
    " coalesce($7::jsonb, '{}'), coalesce(to_jsonb($8::text[]), '[]')"
    " FROM (SELECT nextval('products_id_seq') AS id) n RETURNING id, sku");

static int
insert(struct tx *tx, const struct product_in *in, struct rows *rs)
{
	category_must_exist(tx, "category_id", in->category_id);
	return tx_one(tx, rs, &product_sql_insert, pg_text(in->sku),
	    pg_text(in->slug), pg_text(in->title), pg_text(in->description),
	    pg_i64(in->category_id), pg_text(in->status),
	    pg_text(in->attributes.text), texts_or_null(tx, &in->images));
}

int
product_create(struct tx *tx, const struct product_in *in, int64_t *id_r)
{
	struct variant_in one = { .title = "Default",
	    .sku = NULL, .price_cents = in->price_cents,
	    .compare_at_price_cents = in->compare_at_price_cents,
	    .stock = in->stock, .is_default = true };
	struct rows made, variants, after;
	const char *sku;

	if (one_form(tx, in) == -1 || insert(tx, in, &made) == -1)
		return -1;
	*id_r = rows_i64(&made, 0, "id");
	sku = rows_text(&made, 0, "sku");
	if (variant_create(tx, *id_r, sku,
	    in->variants.set ? in->variants.v : &one,
	    in->variants.set ? in->variants.n : 1, in->variants.set,
	    &variants) == -1 ||
	    product_get(tx, *id_r, NULL, &after) == -1)
		return -1;
	audit_put(tx, "product.create", "product", *id_r, NULL,
	    product_text(tx, &after));
	return 0;
}

STMT(product_sql_lock,
    "SELECT id, version, sku FROM products"
    " WHERE id = $1 AND (deleted_at IS NULL OR $2::boolean)"
    " FOR NO KEY UPDATE");
/* Apart, as what a lock waited for is not in its own statement's snapshot. */
STMT(product_sql_only,
    "SELECT min(id) AS variant FROM product_variants WHERE product_id = $1"
    " AND deleted_at IS NULL HAVING count(*) = 1");

int
product_lock(struct tx *tx, int64_t id, bool deleted_too,
    struct product_lock *lock_r)
{
	struct rows lock, only, before;

	tx_send(tx, &lock, &product_sql_lock, pg_i64(id),
	    pg_bool(deleted_too));
	tx_send(tx, &only, &product_sql_only, pg_i64(id));
	if (product_get(tx, id, NULL, &before) == -1)
		return -1;
	if (lock.n == 0)
		return fail(tx, E_NOT_FOUND, "There is no such product");
	lock_r->id = id;
	lock_r->version = rows_i64(&lock, 0, "version");
	lock_r->sku = rows_text(&lock, 0, "sku");
	lock_r->variant = only.n == 0 ? 0 : rows_i64(&only, 0, "variant");
	lock_r->before = product_text(tx, &before);
	return 0;
}

STMT(product_sql_update,
    "UPDATE products SET title = coalesce($2, title),"
    " sku = coalesce($3, sku), slug = coalesce($4, slug),"
    " status = coalesce($5, status),"
    " description = CASE WHEN $6::boolean THEN coalesce($7, '')"
    "  ELSE description END,"
    " category_id = CASE WHEN $8::boolean THEN $9::bigint"
    "  ELSE category_id END,"
    " attributes = CASE WHEN $10::jsonb IS NULL THEN attributes"
    "  ELSE merge_patch(attributes, $10) END,"
    " images = coalesce(to_jsonb($11::text[]), images) WHERE id = $1");

/* The only variant keeps the product's SKU if it has it. */
STMT(product_sql_update_only,
    "UPDATE product_variants SET price_cents = coalesce($2, price_cents),"
    " compare_at_price_cents = CASE WHEN $3::boolean THEN $4::bigint"
    "  ELSE compare_at_price_cents END,"
    " sku = CASE WHEN sku = $5 THEN coalesce($6, sku) ELSE sku END"
    " WHERE id = $1");

STMT(product_sql_attributes_fit, ATTRIBUTES_FIT("products"));

static void
update_only(struct tx *tx, const struct product_lock *lock,
    const struct product_change *c)
{
	const struct opt_i64 *compare = &c->compare_at_price_cents;

	if (lock->variant == 0 ||
	    (!c->price_cents.set && !compare->set && c->sku == NULL))
		return;
	tx_queue(tx, &product_sql_update_only, pg_i64(lock->variant),
	    c->price_cents.set ? pg_i64(c->price_cents.v) : pg_null(),
	    pg_bool(compare->set),
	    compare->null ? pg_null() : pg_i64(compare->v),
	    pg_text(lock->sku), pg_text(c->sku));
}

int
product_update(struct tx *tx, const struct product_lock *lock,
    const struct product_change *c, struct rows *rs)
{
	const struct opt_i64 *cat = &c->category_id;

	if (lock->variant == 0 && (c->price_cents.set || c->stock.set ||
	    c->compare_at_price_cents.set))
		return fail(tx, E_VARIANT_REQUIRED, "The product has several "
		    "variants: price and stock are theirs");
	category_must_exist(tx, "category_id", cat->v);
	if (c->attributes.text != NULL)
		tx_queue(tx, &product_sql_attributes_fit, pg_i64(lock->id),
		    pg_text(c->attributes.text), pg_i64(ATTRIBUTES_MAX));
	tx_queue(tx, &product_sql_update, pg_i64(lock->id),
	    pg_text(c->title), pg_text(c->sku), pg_text(c->slug),
	    pg_text(c->status), pg_bool(c->description.set),
	    pg_text(c->description.v), pg_bool(cat->set),
	    cat->null ? pg_null() : pg_i64(cat->v),
	    pg_text(c->attributes.text), texts_or_null(tx, &c->images));
	update_only(tx, lock, c);
	if (c->stock.set && stock_set(tx, lock->variant, c->stock.v,
	    "product") == -1)
		return -1;
	if (product_get(tx, lock->id, NULL, rs) == -1)
		return -1;
	audit_put(tx, "product.update", "product", lock->id, lock->before,
	    product_text(tx, rs));
	return 0;
}

/* Locked in one order, as a cart may hold what another deletion takes out;
 * what is locked is counted, so that no line goes before that. */
STMT(product_sql_leave_carts,
    "WITH i AS MATERIALIZED (SELECT i.id, i.cart_id FROM product_variants v"
    "  JOIN cart_items i ON i.variant_id = v.id"
    "  WHERE v.product_id = $1 AND ($2::bigint = 0 OR v.id = $2)),"
    " l AS MATERIALIZED (SELECT id FROM carts"
    "  WHERE id = ANY (ARRAY(SELECT cart_id FROM i))"
    "  ORDER BY id FOR UPDATE),"
    " c AS (UPDATE carts SET updated_at = now()"
    "  WHERE id = ANY (ARRAY(SELECT id FROM l)) RETURNING id)"
    " DELETE FROM cart_items WHERE id = ANY (ARRAY("
    "  SELECT id FROM i WHERE (SELECT count(*) FROM c) > 0))");

void
product_leave_carts(struct tx *tx, int64_t id, int64_t variant)
{
	tx_queue(tx, &product_sql_leave_carts, pg_i64(id), pg_i64(variant));
}

STMT(product_sql_delete_variants,
    "UPDATE product_variants SET deleted_at = now()"
    " WHERE product_id = $1 AND deleted_at IS NULL");
STMT(product_sql_delete,
    "UPDATE products SET deleted_at = now() WHERE id = $1");

void
product_delete(struct tx *tx, const struct product_lock *lock)
{
	product_leave_carts(tx, lock->id, 0);
	tx_queue(tx, &product_sql_delete_variants, pg_i64(lock->id));
	tx_queue(tx, &product_sql_delete, pg_i64(lock->id));
	audit_put(tx, "product.delete", "product", lock->id, lock->before,
	    NULL);
}

STMT(product_sql_delete_forever, "DELETE FROM products WHERE id = $1");

void
product_delete_forever(struct tx *tx, const struct product_lock *lock)
{
	product_leave_carts(tx, lock->id, 0);
	stock_drop(tx, lock->id);
	tx_queue(tx, &product_sql_delete_forever, pg_i64(lock->id));
	audit_put(tx, "product.delete_forever", "product", lock->id,
	    lock->before, NULL);
}
