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
SHAPE(stock_filters, "category string?", "min_stock int?", "max_stock int?");
SHAPE(stock_check, "status healthy|warning|critical", "timestamp time",
    "message string", "stock_summary {stock_summary}",
    "filters_applied {stock_filters}");

const char *const stock_categories[] = { "available", "low", "out_of_stock",
    "critical", "medium", "high", NULL };

#define MOST "9223372036854775807"

/* A list of up to 100 products with a stock of lo to hi that pass the
 * filters, $2 to $3. */
#define LIST(lo, hi)						\
	"(SELECT coalesce(json_agg(json_build_object("			\
	"'product_id', x.id, 'title', x.title, 'stock_quantity', x.n,"	\
	" 'price_cents', x.price_cents, 'stock_value_cents',"		\
	" clamp(x.n::numeric * x.price_cents)) ORDER BY x.id), '[]')"	\
	" FROM (SELECT * FROM s WHERE n BETWEEN " lo " AND " hi		\
	" AND n BETWEEN $2 AND $3 ORDER BY id LIMIT 100) x)"

STMT(stock_check_sql,
    "WITH s AS MATERIALIZED (SELECT p.id, p.title, p.price_cents,"
    "  clamp(sum(i.available)) AS n FROM products p"
    "  LEFT JOIN product_variants v ON v.product_id = p.id"
    "   AND v.deleted_at IS NULL"
    "  LEFT JOIN inventory i ON i.variant_id = v.id"
    "  WHERE p.status = 'active' AND p.deleted_at IS NULL"
    "  GROUP BY p.id),"
    " c AS (SELECT count(*) AS total,"
    "  count(*) FILTER (WHERE n > 0) AS stocked,"
    "  count(*) FILTER (WHERE n = 0) AS out,"
    "  count(*) FILTER (WHERE n BETWEEN 1 AND 10) AS low,"
    "  count(*) FILTER (WHERE n BETWEEN 1 AND 5) AS critical FROM s)"
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
    "  'available_stock', " LIST("1", MOST) ","
    "  'low_stock', " LIST("1", "10") ","
    "  'out_of_stock', " LIST("0", "0") "),"
    "  'stock_distribution', json_build_object("
    "  'high_stock', " LIST("51", MOST) ","
    "  'medium_stock', " LIST("11", "50") ","
    "  'critical_stock', " LIST("1", "5") "),"
    "  'alerts', json_build_object('low_stock_alerts', low,"
    "  'out_of_stock_alerts', out, 'critical_stock_alerts', critical))"
    "  AS stock_summary,"
    " json_build_object('category', $1::text, 'min_stock', $4::bigint,"
    "  'max_stock', $5::bigint) AS filters_applied FROM c");

static const struct range { const char *name; int64_t lo, hi; } ranges[] = {
	{ "available", 1, INT64_MAX }, { "low", 1, 10 },
	{ "out_of_stock", 0, 0 }, { "critical", 1, 5 }, { "medium", 11, 50 },
	{ "high", 51, INT64_MAX },
};

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
	    pg_i64(lo), pg_i64(hi), maybe(&f->min), maybe(&f->max));
}
