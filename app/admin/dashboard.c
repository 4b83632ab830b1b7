/* SPDX-License-Identifier: MIT */
#include "app/admin/dashboard.h"

#include "app/config.h"
#include "app/errors.h"
#include "app/shapes.h"

SHAPE(sales_day, "date date", "orders int", "revenue_cents int");
SHAPE(top_product, "product_id int", "title string", "quantity int",
    "revenue_cents int");
SHAPE(order_counts, "pending int", "confirmed int", "shipped int",
    "delivered int", "cancelled int", "refunded int");
SHAPE(dashboard, "from date", "to date", "revenue_cents int",
    "orders_count int", "average_order_cents int", "customers_count int",
    "new_customers_count int", "orders_by_status {order_counts}",
    "sales_by_day [{sales_day}]", "top_products [{top_product}]",
    "low_stock_count int", "out_of_stock_count int", "currency string");

/* Of a day's units a sum of 64 bits is enough, and much cheaper. */
#define UNITS "sum(quantity::bigint)"

/* What the products of a list have sold, in two parts: the days', and what is
 * still in the journal.  The sum in LATERAL keeps to the index. */
#define SOLD(list)							\
	"(SELECT l.product_id, x.quantity, x.revenue"			\
	"  FROM " list " l, r"						\
	"  CROSS JOIN LATERAL (SELECT " UNITS " AS quantity,"		\
	"   sum(revenue_cents) AS revenue FROM sales_products p"	\
	"   WHERE p.product_id = l.product_id"				\
	"   AND p.day BETWEEN lo AND hi) x"				\
	" UNION ALL SELECT product_id, quantity, revenue_cents"		\
	"  FROM sales_product_journal, r WHERE day BETWEEN lo AND hi"	\
	"  AND product_id IN (SELECT product_id FROM " list ")) sold"

/*
 * The best products without adding up all of them. Ten of those that led on
 * single days have earned so much or more; who earned as much, in n days, did
 * so with an n-th of it on one day at least, or is in the journal.
 */
#define BEST								\
	" d AS (SELECT DISTINCT day FROM s),"				\
	" led AS (SELECT x.product_id FROM d"				\
	"  CROSS JOIN LATERAL (SELECT product_id, revenue_cents"	\
	"   FROM sales_products p WHERE p.day = d.day"			\
	"   ORDER BY revenue_cents DESC LIMIT 10) x"			\
	"  GROUP BY x.product_id ORDER BY sum(revenue_cents) DESC"	\
	"  LIMIT 30),"							\
	" tenth AS (SELECT floor(min(revenue) /"			\
	"   (SELECT count(*) FROM d)) AS cents"				\
	"  FROM (SELECT sum(revenue) AS revenue FROM " SOLD("led")	\
	"   GROUP BY product_id ORDER BY revenue DESC LIMIT 10) x"	\
	"  HAVING count(*) = 10 AND min(revenue) > 0),"			\
	" likely AS (SELECT x.product_id FROM d"			\
	"  CROSS JOIN LATERAL (SELECT product_id FROM sales_products p"	\
	"   WHERE p.day = d.day AND p.revenue_cents >="			\
	"   coalesce((SELECT cents FROM tenth), '-Infinity')"		\
	"   OFFSET 0) x UNION"						\
	"  SELECT product_id FROM sales_product_journal, r"		\
	"  WHERE day BETWEEN lo AND hi),"

STMT(dashboard_sql,
    "WITH r AS (SELECT"
    "  coalesce($1::date, greatest(least(utc_day(now()), $2::date) - 29,"
    "   '0001-01-01')) AS lo,"
    "  coalesce($2::date, utc_day(now())) AS hi),"
    " s AS (SELECT day, status, sum(orders) AS orders,"
    "  sum(revenue_cents) AS revenue FROM ("
    "  SELECT day, status, orders, revenue_cents FROM sales_days, r"
    "   WHERE day BETWEEN lo AND hi UNION ALL"
    "  SELECT day, status, orders, revenue_cents FROM sales_journal, r"
    "   WHERE day BETWEEN lo AND hi) x GROUP BY day, status),"
    " total AS (SELECT coalesce(sum(orders), 0) AS orders,"
    "  coalesce(sum(revenue), 0) AS revenue FROM s),"
    " days AS (SELECT day, sum(orders) AS orders, sum(revenue) AS revenue"
    "  FROM s GROUP BY day UNION ALL"
    "  SELECT g::date, 0, 0 FROM r, generate_series(lo,"
    "   CASE WHEN hi - lo < 366 THEN hi ELSE lo - 1 END,"
    "   interval '1 day') g),"
    " day AS (SELECT day, sum(orders) AS orders, sum(revenue) AS revenue"
    "  FROM days GROUP BY day"
    "  HAVING sum(orders) <> 0 OR sum(revenue) <> 0"
    "  OR (SELECT hi - lo < 366 FROM r)),"
    BEST
    " top AS (SELECT product_id, sum(quantity) AS quantity,"
    "  sum(revenue) AS revenue FROM " SOLD("likely")
    "  GROUP BY product_id HAVING sum(quantity) > 0"
    "  ORDER BY revenue DESC, product_id LIMIT 10),"
    " customer AS (SELECT coalesce(sum(present), 0) AS present,"
    "  coalesce(sum(opened) FILTER (WHERE day BETWEEN lo AND hi), 0)"
    "   AS opened FROM r, ("
    "  SELECT day, opened, present FROM customer_days UNION ALL"
    "  SELECT day, opened, present FROM customer_journal) x),"
    " stock AS (SELECT"
    "  coalesce(sum(products) FILTER (WHERE level IN (1, 2)), 0) AS low,"
    "  coalesce(sum(products) FILTER (WHERE level = 0), 0) AS out"
    "  FROM stock_levels)"
    " SELECT r.lo::text AS from, r.hi::text AS to,"
    " clamp(t.revenue) AS revenue_cents, clamp(t.orders) AS orders_count,"
    " CASE WHEN t.orders > 0 THEN clamp(floor(t.revenue / t.orders))"
    "  ELSE 0 END AS average_order_cents,"
    " customer.present AS customers_count,"
    " customer.opened AS new_customers_count,"
    " (SELECT coalesce(jsonb_object_agg(status, n), '{}') FROM ("
    "  SELECT k.status, coalesce(sum(s.orders), 0) AS n"
    "  FROM unnest(ARRAY['pending', 'confirmed', 'shipped', 'delivered',"
    "   'cancelled', 'refunded']) AS k (status)"
    "  LEFT JOIN s USING (status) GROUP BY k.status) b)"
    "  AS orders_by_status,"
    " (SELECT coalesce(json_agg(json_build_object('date', day::text,"
    "  'orders', orders, 'revenue_cents', clamp(revenue)) ORDER BY day),"
    "  '[]') FROM day) AS sales_by_day,"
    " (SELECT coalesce(json_agg(json_build_object('product_id', p.id,"
    "  'title', p.title, 'quantity', clamp(quantity), 'revenue_cents',"
    "  clamp(revenue)) ORDER BY revenue DESC, p.id), '[]')"
    "  FROM top JOIN products p ON p.id = top.product_id) AS top_products,"
    " stock.low AS low_stock_count, stock.out AS out_of_stock_count,"
    " $3::text AS currency, r.lo > r.hi AS _reversed"
    " FROM r, total t, customer, stock");

int
dashboard_read(struct tx *tx, const char *from, const char *to,
    struct rows *rs)
{
	if (tx_one(tx, rs, &dashboard_sql, pg_text(from), pg_text(to),
	    pg_text(config.currency)) == -1)
		return -1;
	if (!rows_bool(rs, 0, "_reversed"))
		return 0;
	err_add(tx->err, "from", "invalid_value", "is after to");
	return fail(tx, E_INVALID_PARAMETER, "from is after to");
}

/* By ctid: the planner takes the journals for as empty as they mostly are,
 * and would join a busy second's rows with themselves. */
STMT(dashboard_sql_fold,
    "WITH d AS (DELETE FROM sales_journal WHERE ctid = ANY (ARRAY("
    "  SELECT ctid FROM sales_journal ORDER BY id LIMIT 5000"
    "  FOR UPDATE SKIP LOCKED))"
    "  RETURNING day, status, orders, revenue_cents),"
    " i AS (INSERT INTO sales_days AS s (day, status, orders,"
    "  revenue_cents)"
    "  SELECT day, status, sum(orders), sum(revenue_cents) FROM d"
    "  GROUP BY day, status ORDER BY day, status"
    "  ON CONFLICT (day, status) DO UPDATE SET"
    "  orders = s.orders + excluded.orders,"
    "  revenue_cents = s.revenue_cents + excluded.revenue_cents)"
    " SELECT count(*) AS n FROM d");

STMT(dashboard_sql_fold_products,
    "WITH d AS (DELETE FROM sales_product_journal WHERE ctid = ANY (ARRAY("
    "  SELECT ctid FROM sales_product_journal ORDER BY id LIMIT 5000"
    "  FOR UPDATE SKIP LOCKED))"
    "  RETURNING day, product_id, quantity, revenue_cents),"
    " i AS (INSERT INTO sales_products AS s (day, product_id, quantity,"
    "  revenue_cents)"
    "  SELECT day, product_id, sum(quantity), sum(revenue_cents) FROM d"
    "  GROUP BY day, product_id ORDER BY day, product_id"
    "  ON CONFLICT (day, product_id) DO UPDATE SET"
    "  quantity = s.quantity + excluded.quantity,"
    "  revenue_cents = s.revenue_cents + excluded.revenue_cents)"
    " SELECT count(*) AS n FROM d");

STMT(dashboard_sql_fold_customers,
    "WITH d AS (DELETE FROM customer_journal WHERE ctid = ANY (ARRAY("
    "  SELECT ctid FROM customer_journal ORDER BY id LIMIT 5000"
    "  FOR UPDATE SKIP LOCKED))"
    "  RETURNING day, opened, present),"
    " i AS (INSERT INTO customer_days AS s (day, opened, present)"
    "  SELECT day, sum(opened), sum(present) FROM d"
    "  GROUP BY day ORDER BY day"
    "  ON CONFLICT (day) DO UPDATE SET"
    "  opened = s.opened + excluded.opened,"
    "  present = s.present + excluded.present)"
    " SELECT count(*) AS n FROM d");

int
dashboard_fold(struct tx *tx, int64_t *n_r)
{
	struct rows a, b, c;

	tx_send(tx, &a, &dashboard_sql_fold);
	tx_send(tx, &b, &dashboard_sql_fold_products);
	if (tx_one(tx, &c, &dashboard_sql_fold_customers) == -1)
		return -1;
	*n_r = rows_i64(&a, 0, "n") + rows_i64(&b, 0, "n") +
	    rows_i64(&c, 0, "n");
	return 0;
}
