/* SPDX-License-Identifier: MIT */
#include "app/stock/inventory.h"

#include "lib/arena.h"
#include "lib/tx.h"

#include "app/admin/audit.h"
#include "app/errors.h"
#include "app/shapes.h"
#include "app/stock/stock.h"

SHAPE(inventory, "variant_id int", "product_id int", "sku string",
    "title string", "available int", "reserved int", "on_hand int",
    "level out_of_stock|critical|low|medium|high", "updated_at time");
SHAPE(movement, "id int",
    "kind receive|adjust|reserve|release|ship|return|carry",
    "delta_available int", "delta_reserved int", "order_id int?",
    "reason string?", "actor_id int?", "created_at time");

const char *const inventory_levels[] = { "out_of_stock", "critical", "low",
    "medium", "high", NULL };

#define VERSION "(extract(epoch FROM s.updated_at) * 1000000)::bigint"

#define TITLE "line_title(p.title, v.title, p.variant_count)"

/* What overdue orders hold can be sold: a is what is left without them. */
#define INVENTORY_DUE							\
	"WITH due AS MATERIALIZED (SELECT"				\
	"  jsonb_object_agg(variant_id, quantity) AS units FROM stock_due)"

#define INVENTORY_COLUMNS						\
	" SELECT s.variant_id AS _id, s.variant_id, v.product_id, v.sku," \
	" " TITLE " AS title, a.available,"				\
	" s.available + s.reserved - a.available AS reserved,"		\
	" s.available + s.reserved AS on_hand,"				\
	" CASE WHEN a.available = 0 THEN 'out_of_stock'"		\
	" WHEN a.available <= 5 THEN 'critical'"			\
	" WHEN a.available <= 10 THEN 'low'"				\
	" WHEN a.available <= 50 THEN 'medium' ELSE 'high' END AS level," \
	" s.updated_at"

#define INVENTORY_AVAILABLE						\
	" CROSS JOIN LATERAL (SELECT s.available + CASE"		\
	"  WHEN s.reserved > 0 THEN coalesce(((SELECT units FROM due)"	\
	"   ->> s.variant_id::text)::bigint, 0) ELSE 0 END"		\
	"  AS available) a"

#define INVENTORY_FROM							\
	" FROM inventory s JOIN product_variants v ON v.id = s.variant_id" \
	" JOIN products p ON p.id = v.product_id" INVENTORY_AVAILABLE	\
	" WHERE v.deleted_at IS NULL AND p.deleted_at IS NULL"

/* A level is a range of what is available. */
#define INVENTORY_LEVEL							\
	" AND ($1::text IS NULL OR a.available BETWEEN"			\
	" CASE $1 WHEN 'critical' THEN 1 WHEN 'low' THEN 1"		\
	" WHEN 'medium' THEN 11 WHEN 'high' THEN 51 ELSE 0 END"		\
	" AND CASE $1 WHEN 'out_of_stock' THEN 0 WHEN 'critical' THEN 5" \
	" WHEN 'low' THEN 10 WHEN 'medium' THEN 50"			\
	" ELSE 9223372036854775807 END)"

#define FEW "3000"

/*
 * What may match, found along indexes of trigrams, by what is shown: a title
 * may be the product's with the variant's behind " - ", and then the part
 * before that finds the product. The name that variants are given for want of
 * another is not indexed.
 */
#define INVENTORY_FEW							\
	", few AS MATERIALIZED (SELECT * FROM ("			\
	"  SELECT x.id FROM products y JOIN product_variants x"		\
	"   ON x.product_id = y.id WHERE (y.title || ' ' || y.sku) ILIKE" \
	"   CASE WHEN length(split_part($2, ' - ', 1)) > 2"		\
	"    THEN split_part($2, ' - ', 1) || '%' ELSE $2 END"		\
	"  UNION ALL SELECT id FROM product_variants"			\
	"   WHERE title <> 'Default' AND title ILIKE $2"		\
	"  UNION ALL SELECT id FROM product_variants WHERE sku ILIKE $2" \
	"  ) x LIMIT " FEW "),"						\
	" m AS MATERIALIZED (SELECT count(*) >= " FEW " AS many FROM few)"
#define MANY "(SELECT many FROM m)"
#define INVENTORY_MATCH							\
	" AND ((p.title || ' ' || p.sku) ILIKE $2 OR v.sku ILIKE $2"	\
	"  OR " TITLE " ILIKE $2)"

/* If they are few, these are all; if not, the next ones are not far. */
#define AFTER " AND s.variant_id > $3"
#define PAGE " ORDER BY s.variant_id LIMIT $4::bigint + 1"
#define ARM(which)							\
	"(" INVENTORY_COLUMNS INVENTORY_FROM INVENTORY_LEVEL		\
	INVENTORY_MATCH which AFTER PAGE ")"
#define CHOSEN " AND s.variant_id = ANY (ARRAY(SELECT id FROM few))"

STMT(inventory_sql_list, INVENTORY_DUE INVENTORY_COLUMNS INVENTORY_FROM
    INVENTORY_LEVEL " AND $2::text IS NULL" AFTER PAGE);
STMT(inventory_sql_match, INVENTORY_DUE INVENTORY_FEW " SELECT * FROM ("
    ARM(CHOSEN " AND NOT " MANY) " UNION ALL " ARM(" AND " MANY)
    ") x ORDER BY variant_id");

/* What is gone is little beside what is there. */
#define LEVELLED(from)							\
	"SELECT count(*) FROM " from INVENTORY_AVAILABLE		\
	" WHERE true" INVENTORY_LEVEL
STMT(inventory_sql_count, INVENTORY_DUE ", gone AS MATERIALIZED ("
    "  SELECT id FROM product_variants WHERE deleted_at IS NOT NULL UNION"
    "  SELECT v.id FROM products p JOIN product_variants v"
    "  ON v.product_id = p.id WHERE p.deleted_at IS NOT NULL)"
    " SELECT (" LEVELLED("inventory s") ") - (" LEVELLED("gone"
    " JOIN inventory s ON s.variant_id = gone.id") ") AS total"
    " WHERE $2::text IS NULL");
#define COUNTED(which)							\
	"(SELECT count(*)" INVENTORY_FROM INVENTORY_LEVEL		\
	INVENTORY_MATCH which ")"
STMT(inventory_sql_count_match, INVENTORY_DUE INVENTORY_FEW
    " SELECT CASE WHEN " MANY " THEN " COUNTED("") " ELSE "
    COUNTED(CHOSEN) " END AS total");

/* The pattern for ILIKE that finds the text anywhere. */
static const char *
anywhere(struct arena *mem, const char *q)
{
	struct buf b;

	if (q == NULL)
		return NULL;
	buf_init(&b, mem, 64);
	buf_chr(&b, '%');
	for (; *q != '\0'; q++) {
		if (*q == '%' || *q == '_' || *q == '\\')
			buf_chr(&b, '\\');
		buf_chr(&b, *q);
	}
	buf_chr(&b, '%');
	return b.data;
}

int
inventory_list(struct tx *tx, const struct inventory_filter *f,
    int64_t after, int64_t limit, struct rows *rs, struct rows *total)
{
	const char *q = anywhere(tx->mem, f->q);

	if (total != NULL)
		tx_send(tx, total, q != NULL ? &inventory_sql_count_match :
		    &inventory_sql_count, pg_text(f->level), pg_text(q));
	return tx_rows(tx, rs, q != NULL ? &inventory_sql_match :
	    &inventory_sql_list, pg_text(f->level), pg_text(q),
	    pg_i64(after), pg_i64(limit));
}

/* Behind the dot is what changes without the row. */
STMT(inventory_sql_read, INVENTORY_DUE INVENTORY_COLUMNS ", " VERSION
    " || '.' || md5(concat_ws('/', a.available, v.sku, " TITLE ")) AS _etag"
    INVENTORY_FROM " AND s.variant_id = $1");

int
inventory_read(struct tx *tx, int64_t variant_id, struct rows *rs)
{
	return tx_one(tx, rs, &inventory_sql_read, pg_i64(variant_id));
}

STMT(inventory_sql_lock,
    "SELECT s.available, " VERSION " AS version FROM inventory s"
    " JOIN product_variants v ON v.id = s.variant_id"
    " JOIN products p ON p.id = v.product_id WHERE s.variant_id = $1"
    " AND v.deleted_at IS NULL AND p.deleted_at IS NULL"
    " FOR UPDATE OF s");

int
inventory_lock(struct tx *tx, int64_t variant_id, int64_t *version_r)
{
	struct rows rs;

	tx_row(tx, JAM_STOCK, variant_id);
	if (tx_one(tx, &rs, &inventory_sql_lock, pg_i64(variant_id)) == -1)
		return -1;
	*version_r = rows_i64(&rs, 0, "version");
	return 0;
}

static const char *
available_json(struct tx *tx, const struct rows *rs)
{
	return arena_printf(tx->mem, "{\"available\":%lld}",
	    (long long)rows_i64(rs, 0, "available"));
}

int
inventory_change(struct tx *tx, int64_t variant_id, const int64_t *available,
    const int64_t *delta, const char *reason, struct rows *rs)
{
	struct rows old;
	int rc;

	tx_row(tx, JAM_STOCK, variant_id);
	if (tx_one(tx, &old, &inventory_sql_lock, pg_i64(variant_id)) == -1)
		return -1;
	if (available != NULL)
		rc = stock_set(tx, variant_id, *available, reason);
	else
		rc = stock_add(tx, variant_id, *delta, reason);
	if (rc == -1 || inventory_read(tx, variant_id, rs) == -1)
		return -1;
	audit_put(tx, "inventory.update", "variant", variant_id,
	    available_json(tx, &old), available_json(tx, rs));
	return 0;
}

STMT(inventory_sql_movements,
    "SELECT id, kind, delta_available, delta_reserved, order_id, reason,"
    " actor_id, created_at FROM inventory_movements"
    " WHERE variant_id = $1 AND id > $2 ORDER BY id"
    " LIMIT $3::bigint + 1");
STMT(inventory_sql_movements_count,
    "SELECT count(*) AS total FROM inventory_movements"
    " WHERE variant_id = $1");

int
inventory_movements(struct tx *tx, int64_t variant_id, int64_t after,
    int64_t limit, struct rows *rs, struct rows *total)
{
	struct rows known;

	if (total != NULL)
		tx_send(tx, total, &inventory_sql_movements_count,
		    pg_i64(variant_id));
	tx_send(tx, rs, &inventory_sql_movements, pg_i64(variant_id),
	    pg_i64(after), pg_i64(limit));
	return inventory_read(tx, variant_id, &known);
}

#define AVAILABLE							\
	"SELECT variant_id, available FROM inventory"			\
	" WHERE variant_id = ANY ((SELECT $1::bigint[])::bigint[])"	\
	" ORDER BY variant_id"

STMT(inventory_sql_look, AVAILABLE);
STMT(inventory_sql_hold, AVAILABLE " FOR UPDATE");

int
inventory_look(struct tx *tx, const int64_t *variants, size_t n,
    struct rows *rs)
{
	return tx_rows(tx, rs, &inventory_sql_look,
	    pg_i64s(tx->mem, variants, n));
}

int
inventory_hold(struct tx *tx, const int64_t *variants, size_t n,
    struct rows *rs)
{
	for (size_t i = 0; i < n; i++)
		tx_row(tx, JAM_STOCK, variants[i]);
	return tx_rows(tx, rs, &inventory_sql_hold,
	    pg_i64s(tx->mem, variants, n));
}

void
inventory_short(struct tx *tx, const char *field, int64_t variant_id,
    int64_t requested, int64_t available)
{
	struct err_item *it;

	it = err_add(tx->err, field, "insufficient_stock",
	    "%lld requested, %lld available", (long long)requested,
	    (long long)available);
	it->members = arena_printf(tx->mem, "\"variant_id\":%lld,"
	    "\"requested\":%lld,\"available\":%lld", (long long)variant_id,
	    (long long)requested, (long long)available);
}
