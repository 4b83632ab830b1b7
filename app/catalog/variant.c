/* SPDX-License-Identifier: MIT */
#include "app/catalog/variant.h"

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/tx.h"

#include "app/admin/audit.h"
#include "app/catalog/product.h"
#include "app/catalog/product_columns.h"
#include "app/errors.h"
#include "app/stock/stock.h"

SHAPE(variant, "id int", "sku string", "title string", "price_cents int",
    "compare_at_price_cents int?", "attributes object", "is_default bool",
    "available int", "reserved int@admin", "in_stock bool");

#define MAX_CENTS 1000000000000
#define DOC_DECIMAL "The same as a decimal number or string"

TABLE(variant_in,
    FIELD(variant_in, sku, OPTIONAL | F_NULLABLE, 1, 64,
	.kind = &kind_printable, .doc = "Made if absent",
	.example = "SHIRT-S"),
    FIELD(variant_in, title, OPTIONAL, 1, 200, .kind = &kind_printable,
	.doc = "Default: Default", .example = "Small"),
    FIELD(variant_in, price_cents, REQUIRED, 0, MAX_CENTS,
	.example = "2999"),
    FIELD_AS(variant_in, "price", price_cents, OPTIONAL | F_DECIMAL, 0,
	MAX_CENTS, .doc = DOC_DECIMAL),
    FIELD(variant_in, compare_at_price_cents, OPTIONAL | F_NULLABLE, 0,
	MAX_CENTS, .doc = "Price before a reduction", .example = "3999"),
    FIELD(variant_in, attributes, OPTIONAL, 0, ATTRIBUTES_MAX,
	.example = "{\"size\":\"S\"}"),
    FIELD(variant_in, stock, OPTIONAL, 0, STOCK_MAX,
	.aliases = "stock_quantity", .doc = "Units that can be sold",
	.example = "10"),
    FIELD(variant_in, is_default, OPTIONAL, 0, 1,
	.doc = "Meant where only the product is named"));

TABLE(variant_change,
    FIELD(variant_change, sku, OPTIONAL, 1, 64, .kind = &kind_printable,
	.example = "SHIRT-S"),
    FIELD(variant_change, title, OPTIONAL, 1, 200, .kind = &kind_printable,
	.example = "Small"),
    FIELD(variant_change, price_cents, OPTIONAL, 0, MAX_CENTS,
	.example = "2999"),
    FIELD_AS(variant_change, "price", price_cents, OPTIONAL | F_DECIMAL, 0,
	MAX_CENTS, .doc = DOC_DECIMAL),
    FIELD(variant_change, compare_at_price_cents, OPTIONAL | F_NULLABLE, 0,
	MAX_CENTS, .doc = "Null removes it", .example = "3999"),
    FIELD(variant_change, attributes, OPTIONAL, 0, ATTRIBUTES_MAX,
	.doc = "A merge patch: null removes", .example = "{\"size\":\"M\"}"),
    FIELD(variant_change, stock, OPTIONAL, 0, STOCK_MAX,
	.aliases = "stock_quantity", .doc = "Units that can be sold",
	.example = "10"),
    FIELD(variant_change, is_default, OPTIONAL, 0, 1));

/* ---- creation ------------------------------------------------------------ */

static const char *
as_json(struct arena *mem, const struct variant_in *v, size_t n)
{
	struct buf b;

	buf_init(&b, mem, n * 128 + 2);
	buf_chr(&b, '[');
	for (size_t i = 0; i < n; i++) {
		const struct opt_i64 *compare = &v[i].compare_at_price_cents;

		buf_json_sep(&b);
		buf_str(&b, "{\"sku\":");
		buf_json_str(&b, v[i].sku);
		buf_str(&b, ",\"title\":");
		buf_json_str(&b, v[i].title);
		buf_str(&b, ",\"price\":");
		buf_i64(&b, v[i].price_cents.v);
		if (compare->set && !compare->null) {
			buf_str(&b, ",\"compare\":");
			buf_i64(&b, compare->v);
		}
		if (v[i].attributes.text != NULL) {
			buf_str(&b, ",\"attributes\":");
			buf_str(&b, v[i].attributes.text);
		}
		buf_str(&b, v[i].is_default ? ",\"is_default\":true}" :
		    ",\"is_default\":false}");
	}
	buf_chr(&b, ']');
	return b.data;
}

/* $3: a made SKU is the product's and the next free number, or if a hundred
 * are taken, something random; else it is the product's as it stands. */
STMT(variant_sql_insert,
    "WITH v AS (SELECT *, row_number() OVER (PARTITION BY sku IS NULL"
    "   ORDER BY n) AS k"
    "  FROM ROWS FROM (jsonb_to_recordset($5::jsonb) AS (sku text,"
    "   title text, price bigint, compare bigint, attributes jsonb,"
    "   is_default boolean)) WITH ORDINALITY"
    "   AS v (sku, title, price, compare, attributes, is_default, n)),"
    " want AS (SELECT count(*) AS n FROM v WHERE sku IS NULL),"
    " free AS (SELECT s, row_number() OVER () AS k FROM"
    "  (SELECT left($2, 58) || '-' || i AS s FROM generate_series("
    "    $4::bigint + 1, $4::bigint + 100 + (SELECT n FROM want)) i) c"
    "  WHERE $3::boolean AND NOT EXISTS (SELECT FROM product_variants"
    "   WHERE sku = c.s AND deleted_at IS NULL OFFSET 0)"
    "  AND NOT EXISTS (SELECT FROM v WHERE v.sku = c.s)"
    "  LIMIT (SELECT n FROM want))"
    " INSERT INTO product_variants (product_id, sku, title, price_cents,"
    "  compare_at_price_cents, attributes, is_default)"
    " SELECT $1, CASE WHEN v.sku IS NOT NULL THEN v.sku"
    "  WHEN NOT $3::boolean THEN $2 ELSE coalesce(f.s, left($2, 50) || '-'"
    "  || substr(gen_random_uuid()::text, 1, 13)) END,"
    " coalesce(v.title, 'Default'), v.price, v.compare,"
    " coalesce(v.attributes, '{}'), v.is_default"
    " FROM v LEFT JOIN free f ON f.k = v.k AND v.sku IS NULL"
    " ORDER BY v.n RETURNING id");

/* Numbers go on behind those of all variants there have been. */
STMT(variant_sql_numbered,
    "SELECT count(*) AS n, count(*) FILTER (WHERE deleted_at IS NULL)"
    " AS live FROM product_variants WHERE product_id = $1");

int
variant_create(struct tx *tx, int64_t product, const char *sku,
    const struct variant_in *v, size_t n, bool number, struct rows *rs)
{
	int64_t *ids = arena_array(tx->mem, n, sizeof(*ids)),
	    *stock = arena_array(tx->mem, n, sizeof(*stock));
	struct rows had;

	if (tx_one(tx, &had, &variant_sql_numbered, pg_i64(product)) == -1)
		return -1;
	if (rows_i64(&had, 0, "live") + (int64_t)n > VARIANTS_MAX)
		err_add(tx->err, "variants", "too_many",
		    "must be %d or fewer", VARIANTS_MAX);
	if (faults(tx) == -1 ||
	    tx_rows(tx, rs, &variant_sql_insert, pg_i64(product),
	    pg_text(sku), pg_bool(number), pg_i64(rows_i64(&had, 0, "n")),
	    pg_text(as_json(tx->mem, v, n))) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		ids[i] = rows_i64(rs, (int)i, "id");
		stock[i] = v[i].stock.v;
	}
	stock_init(tx, ids, stock, n);
	return 0;
}

/* ---- reading and change -------------------------------------------------- */

STMT(variant_sql_get,
    "SELECT id, sku, title, price_cents, compare_at_price_cents, attributes,"
    " is_default, available, on_hand - available AS reserved__admin,"
    " available > 0 AS in_stock, version AS _version"
    " FROM (SELECT v.*, " AVAILABLE " AS available,"
    "  i.available + i.reserved AS on_hand"
    "  FROM product_variants v JOIN inventory i ON i.variant_id = v.id"
    "  WHERE v.id = $2 AND v.product_id = $1 AND v.deleted_at IS NULL"
    "  OFFSET 0) x");

int
variant_get(struct tx *tx, int64_t product, int64_t id, struct rows *rs)
{
	return tx_one(tx, rs, &variant_sql_get, pg_i64(product), pg_i64(id));
}

STMT(variant_sql_no_default,
    "UPDATE product_variants SET is_default = false WHERE product_id = $1"
    " AND id <> $2 AND is_default AND deleted_at IS NULL");
int
variant_add(struct tx *tx, const struct product_lock *lock,
    const struct variant_in *v, struct rows *rs)
{
	struct rows made;
	int64_t id;

	if (v->is_default)
		tx_queue(tx, &variant_sql_no_default, pg_i64(lock->id),
		    pg_i64(0));
	if (variant_create(tx, lock->id, lock->sku, v, 1, true, &made) == -1)
		return -1;
	id = rows_i64(&made, 0, "id");
	if (variant_get(tx, lock->id, id, rs) == -1)
		return -1;
	audit_put(tx, "variant.create", "variant", id, NULL,
	    product_text(tx, rs));
	return 0;
}

STMT(variant_sql_update,
    "UPDATE product_variants SET sku = coalesce($3, sku),"
    " title = coalesce($4, title), price_cents = coalesce($5, price_cents),"
    " compare_at_price_cents = CASE WHEN $6::boolean THEN $7::bigint"
    "  ELSE compare_at_price_cents END,"
    " attributes = CASE WHEN $8::jsonb IS NULL THEN attributes"
    "  ELSE merge_patch(attributes, $8) END,"
    " is_default = coalesce($9, is_default)"
    " WHERE id = $2 AND product_id = $1 AND deleted_at IS NULL"
    " RETURNING id");

STMT(variant_sql_attributes_fit, ATTRIBUTES_FIT("product_variants"));

static int
update(struct tx *tx, int64_t product, int64_t id,
    const struct variant_change *c)
{
	const struct opt_i64 *compare = &c->compare_at_price_cents;
	struct rows done;

	if (c->is_default.v)
		tx_queue(tx, &variant_sql_no_default, pg_i64(product),
		    pg_i64(id));
	if (c->attributes.text != NULL)
		tx_queue(tx, &variant_sql_attributes_fit, pg_i64(id),
		    pg_text(c->attributes.text), pg_i64(ATTRIBUTES_MAX));
	return tx_one(tx, &done, &variant_sql_update, pg_i64(product),
	    pg_i64(id), pg_text(c->sku), pg_text(c->title),
	    c->price_cents.set ? pg_i64(c->price_cents.v) : pg_null(),
	    pg_bool(compare->set),
	    compare->null ? pg_null() : pg_i64(compare->v),
	    pg_text(c->attributes.text),
	    c->is_default.set ? pg_bool(c->is_default.v) : pg_null());
}

int
variant_update(struct tx *tx, const struct product_lock *lock, int64_t id,
    const struct variant_change *c, struct rows *rs)
{
	struct rows before;

	if (variant_get(tx, lock->id, id, &before) == -1 ||
	    update(tx, lock->id, id, c) == -1)
		return -1;
	if (c->stock.set &&
	    stock_set(tx, id, c->stock.v, "variant") == -1)
		return -1;
	if (variant_get(tx, lock->id, id, rs) == -1)
		return -1;
	audit_put(tx, "variant.update", "variant", id,
	    product_text(tx, &before), product_text(tx, rs));
	return 0;
}

STMT(variant_sql_delete,
    "UPDATE product_variants SET deleted_at = now(), is_default = false"
    " WHERE id = $1");

int
variant_delete(struct tx *tx, const struct product_lock *lock, int64_t id)
{
	struct rows before;

	if (variant_get(tx, lock->id, id, &before) == -1)
		return -1;
	if (lock->variant != 0)
		return fail(tx, E_IN_USE,
		    "It is the last variant of its product");
	product_leave_carts(tx, lock->id, id);
	tx_queue(tx, &variant_sql_delete, pg_i64(id));
	audit_put(tx, "variant.delete", "variant", id,
	    product_text(tx, &before), NULL);
	return 0;
}
