/* SPDX-License-Identifier: MIT */
#include "app/catalog/product.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/tx.h"

#include "app/catalog/product_columns.h"
#include "app/config.h"
#include "app/errors.h"

SHAPE(category_ref, "id int", "name string", "slug string");

#define PRODUCT_PROPS							\
	"id int", "sku string", "slug string", "title string",		\
	"description string", "category_id int?",			\
	"category {category_ref}?", "status active|draft|archived",	\
	"attributes object", "images [url]", "price_cents int",		\
	"min_price_cents int", "max_price_cents int", "currency string", \
	"total_available int", "in_stock bool", "variant_count int",	\
	"rating_average number", "rating_count int", "created_at time",	\
	"updated_at time"
SHAPE(product, PRODUCT_PROPS, "variants [{variant}]");
SHAPE(product_entry, PRODUCT_PROPS);

static const char *const statuses[] = { "active", "draft", "archived", NULL };
const struct field_kind kind_product_status = { .values = statuses };

/* /products/categories is another resource. */
static bool
is_product_slug(const char *s, size_t len)
{
	return kind_slug.check(s, len) && strcmp(s, "categories") != 0;
}

static const struct field_kind kind_product_slug = {
	.pattern = "^[a-z0-9-]*[a-z][a-z0-9-]*$",
	.check = is_product_slug,
	.message = "must be of lower case letters, digits and hyphens, with a "
	    "letter among them, and not \"categories\"",
	.example = "wireless-headphones",
};

#define MAX_CENTS 1000000000000
#define DOC_PRICE "What the default variant costs, in minor units"
#define DOC_DECIMAL "The same as a decimal number or string"

TABLE(product_in,
    FIELD(product_in, title, REQUIRED, 1, 200, .aliases = "name",
	.kind = &kind_printable, .example = "Linen shirt"),
    FIELD(product_in, description, OPTIONAL | F_NULLABLE, 0, 20000),
    FIELD(product_in, sku, OPTIONAL | F_NULLABLE, 1, 64,
	.kind = &kind_printable, .doc = "Made if absent"),
    FIELD(product_in, slug, OPTIONAL | F_NULLABLE, 1, 100,
	.kind = &kind_product_slug,
	.doc = "Made from the title if absent; not \"categories\""),
    FIELD(product_in, category_id, OPTIONAL | F_NULLABLE, 1, INT64_MAX,
	.example = "1"),
    FIELD(product_in, status, OPTIONAL, 1, 10, .kind = &kind_product_status,
	.doc = "Default: active", .example = "active"),
    FIELD(product_in, attributes, OPTIONAL, 0, ATTRIBUTES_MAX,
	.example = "{\"fabric\":\"linen\"}"),
    FIELD(product_in, images, OPTIONAL, 0, 50, .kind = &kind_url,
	.example = "[\"https://shop.example/shirt.jpg\"]"),
    FIELD(product_in, price_cents, OPTIONAL, 0, MAX_CENTS,
	.doc = DOC_PRICE, .example = "2999"),
    FIELD_AS(product_in, "price", price_cents, OPTIONAL | F_DECIMAL, 0,
	MAX_CENTS, .doc = DOC_DECIMAL),
    FIELD(product_in, compare_at_price_cents, OPTIONAL | F_NULLABLE, 0,
	MAX_CENTS, .doc = "Price before a reduction", .example = "3999"),
    FIELD(product_in, stock, OPTIONAL | F_NULLABLE, 0, STOCK_MAX,
	.aliases = "stock_quantity", .doc = "Units that can be sold",
	.example = "10"),
    ROWS(product_in, variants, OPTIONAL, 1, VARIANTS_MAX, &variant_in_table,
	.doc = "Instead of price and stock"));

TABLE(product_change,
    FIELD(product_change, title, OPTIONAL, 1, 200, .aliases = "name",
	.kind = &kind_printable, .example = "Linen shirt"),
    FIELD(product_change, description, OPTIONAL | F_NULLABLE, 0, 20000),
    FIELD(product_change, sku, OPTIONAL, 1, 64, .kind = &kind_printable),
    FIELD(product_change, slug, OPTIONAL, 1, 100, .kind = &kind_product_slug,
	.doc = "Not \"categories\""),
    FIELD(product_change, category_id, OPTIONAL | F_NULLABLE, 1, INT64_MAX,
	.example = "1"),
    FIELD(product_change, status, OPTIONAL, 1, 10,
	.kind = &kind_product_status, .example = "active"),
    FIELD(product_change, attributes, OPTIONAL, 0, ATTRIBUTES_MAX,
	.doc = "A merge patch: null removes", .example = "{\"fit\":\"slim\"}"),
    FIELD(product_change, images, OPTIONAL, 0, 50, .kind = &kind_url,
	.example = "[\"https://shop.example/shirt.jpg\"]"),
    FIELD(product_change, price_cents, OPTIONAL, 0, MAX_CENTS,
	.doc = "Of its only variant", .example = "2999"),
    FIELD_AS(product_change, "price", price_cents, OPTIONAL | F_DECIMAL, 0,
	MAX_CENTS, .doc = DOC_DECIMAL),
    FIELD(product_change, compare_at_price_cents, OPTIONAL | F_NULLABLE, 0,
	MAX_CENTS, .doc = "Of its only variant", .example = "3999"),
    FIELD(product_change, stock, OPTIONAL, 0, STOCK_MAX,
	.aliases = "stock_quantity", .doc = "Of its only variant",
	.example = "10"));

/* The read that everybody makes: two statements of one flight.  Variants as
 * rows cost less than variants that the server turns into JSON. */
#define DETAIL(where)							\
	"SELECT " PRODUCT_COLUMNS("$2") ", p.version AS _version,"	\
	" coalesce(c.version, 0) AS _category FROM products p"		\
	" LEFT JOIN categories c ON c.id = p.category_id WHERE " where	\
	" AND ($3::boolean OR (p.deleted_at IS NULL"			\
	"  AND p.status <> 'draft'))"
#define VARIANTS(product)						\
	"SELECT v.id, v.sku, v.title, v.price_cents,"			\
	" v.compare_at_price_cents, v.attributes, v.is_default,"	\
	" " AVAILABLE " AS available,"					\
	" i.available + i.reserved AS _on_hand"				\
	" FROM product_variants v JOIN inventory i ON i.variant_id = v.id" \
	" WHERE v.product_id = " product " AND v.deleted_at IS NULL"	\
	" ORDER BY v.id"

STMT(product_sql_by_id, DETAIL("p.id = $1"));
STMT(product_sql_by_slug, DETAIL("p.slug = $1 AND p.deleted_at IS NULL"));
STMT(product_sql_variants_by_id, VARIANTS("$1"));
STMT(product_sql_variants_by_slug,
    VARIANTS("(SELECT id FROM products WHERE slug = $1"
    " AND deleted_at IS NULL)"));

/* FNV-1a */
static uint32_t
mix(uint32_t hash, const char *s)
{
	for (; *s != '\0'; s++)
		hash = (hash ^ (unsigned char)*s) * 16777619;
	return hash;
}

/* The stock of all variants, and each of them. */
static void
add_variants(struct tx *tx, const struct rows *variants, struct rows *rs)
{
	int64_t total = 0;
	struct buf list, b;

	rs->mark = mix(2166136261, rows_text(rs, 0, "_category"));
	buf_init(&list, tx->mem, (size_t)variants->n * 256 + 256);
	for (int i = 0; i < variants->n; i++) {
		int64_t n = rows_i64(variants, i, "available");

		rs->mark = mix(rs->mark, rows_text(variants, i, "available"));
		rs->mark = mix(rs->mark, "/");
		rs->mark = mix(rs->mark, rows_text(variants, i, "_on_hand"));
		rs->mark = mix(rs->mark, ";");
		if (__builtin_add_overflow(total, n, &total))
			total = INT64_MAX;
		buf_str(&list, i > 0 ? ",{" : "{");
		rows_members(variants, i, tx->admin, &list);
		if (tx->admin) {
			buf_json_key(&list, "reserved");
			buf_i64(&list, rows_i64(variants, i, "_on_hand") - n);
		}
		buf_str(&list, n > 0 ? ",\"in_stock\":true}" :
		    ",\"in_stock\":false}");
	}
	buf_init(&b, tx->mem, list.len + 128);
	buf_printf(&b, "\"total_available\":%lld,\"in_stock\":%s,"
	    "\"variants\":[", (long long)total, total > 0 ? "true" : "false");
	buf_add(&b, list.data, list.len);
	buf_chr(&b, ']');
	rs->more = b.data;
}

int
product_get(struct tx *tx, int64_t id, const char *slug, struct rows *rs)
{
	struct pgv key = id != 0 ? pg_i64(id) : pg_text(slug);
	struct rows variants;

	tx_send(tx, &variants, id != 0 ? &product_sql_variants_by_id :
	    &product_sql_variants_by_slug, key);
	if (tx_one(tx, rs, id != 0 ? &product_sql_by_id :
	    &product_sql_by_slug, key, pg_text(config.currency),
	    pg_bool(tx->admin)) == -1)
		return -1;
	add_variants(tx, &variants, rs);
	return 0;
}

STMT(product_sql_must_exist,
    "SELECT refuse('not_found', 'There is no such product')"
    " WHERE NOT EXISTS (SELECT FROM products WHERE id = $1"
    " AND deleted_at IS NULL AND (status <> 'draft' OR $2::boolean))");

void
product_must_exist(struct tx *tx, int64_t id)
{
	tx_queue(tx, &product_sql_must_exist, pg_i64(id),
	    pg_bool(tx->admin));
}

const char *
product_text(struct tx *tx, const struct rows *rs)
{
	struct buf b;

	buf_init(&b, tx->mem, 1024);
	rows_json(rs, 0, true, &b);
	return b.data;
}
