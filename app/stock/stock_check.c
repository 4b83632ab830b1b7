/* SPDX-License-Identifier: MIT */
#include "app/stock/stock_check.h"

#include <string.h>

#include "lib/tx.h"

#include "app/shapes.h"

SHAPE(stock_entry, "product_id int", "title string", "stock_quantity int",
    "price_cents int", "stock_value_cents int");
SHAPE(stock_counts, "total_products int", "products_with_stock int",
    "products_low_stock int", "products_out_of_stock int",
    "stock_health_percentage number");
SHAPE(stock_categories, "available_stock [{stock_entry}]",
    "low_stock [{stock_entry}]", "out_of_stock [{stock_entry}]");
SHAPE(stock_distribution, "high_stock [{stock_entry}]",
    "medium_stock [{stock_entry}]", "critical_stock [{stock_entry}]");
SHAPE(stock_alerts, "low_stock_alerts int", "out_of_stock_alerts int",
    "critical_stock_alerts int");
SHAPE(stock_summary, "summary {stock_counts}",
    "stock_categories {stock_categories}",
    "stock_distribution {stock_distribution}", "alerts {stock_alerts}");
SHAPE(stock_filters,
    "category available|low|out_of_stock|critical|medium|high?",
    "min_stock int?", "max_stock int?");
SHAPE(stock_check, "status healthy|warning|critical", "timestamp time",
    "message string", "stock_summary {stock_summary}",
    "filters_applied {stock_filters}");

const char *const stock_categories[] = { "available", "low", "out_of_stock",
    "critical", "medium", "high", NULL };

/*
 * Only the products that are shown are looked at: of each level the first
 * hundred along an index, and those that are marked (their level may have
 * changed). $2 to $3 is the range of stocks that pass the filters, $4 to $5
 * the levels these are on.
 */
#define LEVEL(n)							\
	"(SELECT l.product_id AS id, x.n, l.level"			\
	" FROM product_levels l CROSS JOIN LATERAL ("			\
	" SELECT clamp(sum(i.available)) AS n FROM product_variants v"	\
	" JOIN inventory i ON i.variant_id = v.id"			\
	" WHERE v.product_id = l.product_id AND v.deleted_at IS NULL) x" \
	" WHERE l.level = " #n " AND " #n " BETWEEN $4 AND $5"		\
	" AND x.n BETWEEN $2 AND $3 AND l.product_id NOT IN"		\
	" (SELECT product_id FROM m) ORDER BY l.product_id LIMIT 100)"

/* A list of up to 100 products on the levels lo to hi. */
#define LIST(lo, hi)							\
	"(SELECT coalesce(json_agg(json_build_object("			\
	"'product_id', x.id, 'title', p.title, 'stock_quantity', x.n,"	\
	" 'price_cents', p.price_cents, 'stock_value_cents',"		\
	" (SELECT clamp(sum(i.available::numeric * v.price_cents))"	\
	"  FROM product_variants v JOIN inventory i ON i.variant_id = v.id" \
	"  WHERE v.product_id = x.id AND v.deleted_at IS NULL))"	\
	" ORDER BY x.id), '[]')"					\
	" FROM (SELECT id, n FROM s WHERE level BETWEEN " #lo		\
	" AND " #hi " ORDER BY id LIMIT 100) x"				\
	" JOIN products p ON p.id = x.id)"

STMT(stock_check_sql,
    "WITH m AS MATERIALIZED (SELECT * FROM marked_levels),"
    " s AS MATERIALIZED (SELECT product_id AS id, stock AS n, level FROM m"
    "  WHERE level BETWEEN $4 AND $5 AND stock BETWEEN $2 AND $3 UNION ALL"
    "  " LEVEL(0) " UNION ALL " LEVEL(1) " UNION ALL " LEVEL(2)
    "  UNION ALL " LEVEL(3) " UNION ALL " LEVEL(4) "),"
    " c AS (SELECT coalesce(sum(products), 0) AS total,"
    "  coalesce(sum(products) FILTER (WHERE level > 0), 0) AS stocked,"
    "  coalesce(sum(products) FILTER (WHERE level = 0), 0) AS out,"
    "  coalesce(sum(products) FILTER (WHERE level IN (1, 2)), 0) AS low,"
    "  coalesce(sum(products) FILTER (WHERE level = 1), 0) AS critical"
    "  FROM stock_levels)"
    " SELECT CASE WHEN 2 * out > total THEN 'critical'"
    "  WHEN out + low > 0 THEN 'warning' ELSE 'healthy' END AS status,"
    " now() AS timestamp, CASE WHEN out + low = 0"
    "  THEN 'All products are well stocked'"
    "  ELSE out || ' out of stock, ' || low || ' low, of ' || total"
    "  || ' products' END AS message,"
    " json_build_object('summary', json_build_object("
    "  'total_products', total, 'products_with_stock', stocked,"
    "  'products_low_stock', low, 'products_out_of_stock', out,"
    "  'stock_health_percentage', CASE total WHEN 0 THEN 100"
    "   ELSE round(100.0 * stocked / total, 2) END),"
    "  'stock_categories', json_build_object("
    "  'available_stock', " LIST(1, 4) ","
    "  'low_stock', " LIST(1, 2) ", 'out_of_stock', " LIST(0, 0) "),"
    "  'stock_distribution', json_build_object("
    "  'high_stock', " LIST(4, 4) ", 'medium_stock', " LIST(3, 3) ","
    "  'critical_stock', " LIST(1, 1) "),"
    "  'alerts', json_build_object('low_stock_alerts', low,"
    "  'out_of_stock_alerts', out, 'critical_stock_alerts', critical))"
    "  AS stock_summary,"
    " json_build_object('category', $1::text, 'min_stock', $6::bigint,"
    "  'max_stock', $7::bigint) AS filters_applied FROM c");

static const struct range { const char *name; int64_t lo, hi; } ranges[] = {
	{ "available", 1, INT64_MAX }, { "low", 1, 10 },
	{ "out_of_stock", 0, 0 }, { "critical", 1, 5 }, { "medium", 11, 50 },
	{ "high", 51, INT64_MAX },
};

/* As the database's function stock_level(). */
static int64_t
level(int64_t n)
{
	return n <= 0 ? 0 : n <= 5 ? 1 : n <= 10 ? 2 : n <= 50 ? 3 : 4;
}

static struct pgv
maybe(const struct opt_i64 *o)
{
	return o->set && !o->null ? pg_i64(o->v) : pg_null();
}

int
stock_check(struct tx *tx, const struct stock_filter *f, struct rows *rs)
{
	int64_t lo = 0, hi = INT64_MAX;

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (f->category != NULL &&
		    strcmp(f->category, ranges[i].name) == 0) {
			lo = ranges[i].lo;
			hi = ranges[i].hi;
		}
	if (f->min.set && f->min.v > lo)
		lo = f->min.v;
	if (f->max.set && f->max.v < hi)
		hi = f->max.v;
	return tx_one(tx, rs, &stock_check_sql, pg_text(f->category),
	    pg_i64(lo), pg_i64(hi), pg_i64(level(lo)), pg_i64(level(hi)),
	    maybe(&f->min), maybe(&f->max));
}

/* The counts are locked first: one fold at a time. */
STMT(stock_sql_fold_lock,
    "SELECT level FROM level_counts ORDER BY level FOR UPDATE");
STMT(stock_sql_fold,
    "WITH gone AS (DELETE FROM stock_marks WHERE ctid = ANY (ARRAY("
    "  SELECT ctid FROM stock_marks ORDER BY id LIMIT 5000))"
    "  RETURNING product_id),"
    " m AS MATERIALIZED (SELECT g.product_id, CASE WHEN p.id IS NOT NULL"
    "   THEN stock_level(product_stock(g.product_id)) END AS level"
    "  FROM (SELECT DISTINCT product_id FROM gone) g"
    "  LEFT JOIN products p ON p.id = g.product_id"
    "  AND p.status = 'active' AND p.deleted_at IS NULL),"
    " was AS MATERIALIZED (SELECT l.product_id, l.level FROM m"
    "  JOIN product_levels l USING (product_id)),"
    " d AS (DELETE FROM product_levels l USING m"
    "  WHERE l.product_id = m.product_id AND m.level IS NULL),"
    " i AS (INSERT INTO product_levels AS l (product_id, level)"
    "  SELECT product_id, level FROM m WHERE level IS NOT NULL"
    "  ON CONFLICT (product_id) DO UPDATE SET level = excluded.level"
    "  WHERE l.level <> excluded.level),"
    " c AS (UPDATE level_counts c SET products = products + x.more FROM ("
    "  SELECT level, sum(k) AS more FROM (SELECT level, 1 AS k FROM m"
    "   UNION ALL SELECT level, -1 FROM was) y GROUP BY level) x"
    "  WHERE c.level = x.level AND x.more <> 0)"
    " SELECT count(*) AS n FROM gone");

int
stock_check_fold(struct tx *tx, int64_t *n_r)
{
	struct rows rs;

	tx_queue(tx, &stock_sql_fold_lock);
	if (tx_one(tx, &rs, &stock_sql_fold) == -1)
		return -1;
	*n_r = rows_i64(&rs, 0, "n");
	return 0;
}
