/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdlib.h>
#include <string.h>

#include "t/help/call.h"
#include "t/help/db.h"
#include "t/help/sound.h"

static struct persona admin;

static void
setup(void)
{
	admin = persona_new(true);
}

static struct answer
report(const char *query)
{
	return call("GET", pathf("/api/v1/admin/dashboard?%s", query),
	    admin.token, NULL);
}

START_TEST(bounds)
{
	struct answer a = report("to=2021-03-31");

	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "from"), "2021-03-02");
	ck_assert_str_eq(jstr(&a, "to"), "2021-03-31");
	a = report("to=0001-01-02");
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "from"), "0001-01-01");
	ck_problem(report("from=2021-03-02&to=2021-03-01"), 400,
	    "invalid_parameter");
}
END_TEST

static int64_t
gauge(const char *name)
{
	struct answer a = call_with("GET", "/metrics", NULL, NULL,
	    "Remote-Addr", "127.0.0.1", NULL);
	const char *at;

	ck_status(a, 200);
	at = strstr(a.body, pathf("\nshopd_%s ", name));
	ck_assert_msg(at != NULL, "no %s", name);
	return strtoll(strchr(at + 1, ' '), NULL, 10);
}

START_TEST(gauges)
{
	struct persona buyer = persona_new(false);
	struct goods g = goods_new(700, 2);
	int64_t revenue = gauge("revenue_cents"), out = gauge("stock_outs");
	struct answer a = call("POST", "/api/v1/orders", buyer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":2}],"
	    "\"delivery_address\":\"Here\"}", (long long)g.variant));

	ck_status(a, 201);
	ck_assert_int_eq(gauge("stock_outs"), out + 1);
	ck_assert_int_eq(gauge("revenue_cents"), revenue);
	ck_status(call("POST", "/api/v1/payments", buyer.token,
	    pathf("{\"order_id\":%lld,\"token\":\"tok_visa\"}",
	    (long long)jint(&a, "id"))), 201);
	ck_assert_int_eq(gauge("revenue_cents"), revenue + 1400);
	ck_assert_int_ge(gauge("jobs_queued"), 2);
	ck_assert_int_ge(gauge("jobs_dead"), 0);
	ck_assert_int_ge(gauge("jobs_oldest_seconds"), 0);
	ck_assert_int_ge(gauge("orders"), -1);
}
END_TEST

static int64_t
sold(const struct goods *g)
{
	return db_i64("SELECT coalesce(sum(revenue_cents), 0)::bigint FROM"
	    " (SELECT product_id, revenue_cents FROM sales_product_journal"
	    " UNION ALL SELECT product_id, revenue_cents FROM sales_products)"
	    " x WHERE product_id = %lld",
	    (long long)g->product);
}

static void
refund(int64_t payment, int64_t cents)
{
	ck_status(call("POST", pathf("/api/v1/payments/%lld/refunds",
	    (long long)payment), admin.token, pathf("{\"amount_cents\":%lld}",
	    (long long)cents)), 201);
}

/* What is paid back falls to the lines by their share, to the cent. */
START_TEST(refunds_of_lines)
{
	struct persona buyer = persona_new(false);
	struct goods a = goods_new(100, 9), b = goods_new(250, 9);
	int64_t wrong = violations("sums_per_product");
	struct answer o = call("POST", "/api/v1/orders", buyer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":1},"
	    "{\"variant_id\":%lld,\"quantity\":2}],"
	    "\"delivery_address\":\"Here\"}", (long long)a.variant,
	    (long long)b.variant)), p;
	int64_t id;

	ck_status(o, 201);
	p = call("POST", "/api/v1/payments", buyer.token,
	    pathf("{\"order_id\":%lld,\"token\":\"tok_visa\"}",
	    (long long)jint(&o, "id")));
	ck_status(p, 201);
	id = jint(&p, "id");
	ck_assert_int_eq(sold(&a), 100);
	ck_assert_int_eq(sold(&b), 500);
	refund(id, 1);
	ck_assert_int_eq(sold(&a), 100);
	ck_assert_int_eq(sold(&b), 499);
	refund(id, 300);
	ck_assert_int_eq(sold(&a), 50);
	ck_assert_int_eq(sold(&b), 249);
	refund(id, 299);
	ck_assert_int_eq(sold(&a), 0);
	ck_assert_int_eq(sold(&b), 0);
	ck_assert_int_eq(violations("sums_per_product"), wrong);
}
END_TEST

/* Sales of 40 days in 2019 for 14 products; k makes them look different. */
static void
sell(int64_t first, int k)
{
	db_exec("DELETE FROM sales_product_journal WHERE day < '2020-01-01'");
	db_exec("DELETE FROM sales_products WHERE day < '2020-01-01'");
	db_exec("INSERT INTO sales_products (day, product_id, quantity,"
	    " revenue_cents) SELECT date '2019-01-01' + d, %lld + p, 1 + p,"
	    " CASE WHEN (d * 7 + p * %d) %% 5 = 0 THEN 90000 / (p + 1)"
	    " ELSE (d * 31 + p * 17) %% 400 END"
	    " FROM generate_series(0, 39) d, generate_series(0, 13) p"
	    " WHERE (d + p * %d) %% 3 > 0", (long long)first, k, k);
	db_exec("INSERT INTO sales_product_journal (day, product_id, quantity,"
	    " revenue_cents) SELECT date '2019-01-01' + d, %lld + d %% 14,"
	    " d %% 3 - 1, d * 997 - 9000 FROM generate_series(0, 39, %d) d",
	    (long long)first, k);
}

static int64_t
nth(int n, const char *from, const char *to, const char *what)
{
	return db_i64("SELECT %s FROM (SELECT product_id, sum(quantity)"
	    " AS quantity, sum(revenue_cents) AS revenue FROM"
	    " (SELECT * FROM sales_products UNION ALL SELECT day, product_id,"
	    "  quantity, revenue_cents FROM sales_product_journal) x"
	    " WHERE day BETWEEN '%s' AND '%s' GROUP BY product_id"
	    " HAVING sum(quantity) > 0 ORDER BY revenue DESC, product_id"
	    " LIMIT 1 OFFSET %d) x", what, from, to, n);
}

static void
compare(const char *from, const char *to)
{
	struct answer a = report(pathf("from=%s&to=%s", from, to));
	size_t n;

	ck_status(a, 200);
	n = jlen(&a, "top_products");
	ck_assert_uint_ge(n, 9);
	for (int i = 0; i < (int)n; i++) {
		ck_assert_int_eq(jint(&a, pathf(
		    "top_products[%d].product_id", i)),
		    nth(i, from, to, "product_id"));
		ck_assert_int_eq(jint(&a, pathf(
		    "top_products[%d].revenue_cents", i)),
		    nth(i, from, to, "revenue::bigint"));
	}
}

/* As many days as one likes, and the very order that adding all up gives. */
START_TEST(best_products)
{
	int64_t first = goods_new(100, 9).product;

	for (int64_t i = 1; i < 14; i++)
		ck_assert_int_eq(goods_new(100, 9).product, first + i);
	db_exec("INSERT INTO sales_days (day, status, orders, revenue_cents)"
	    " SELECT date '2019-01-01' + d, 'confirmed', 1, 1"
	    " FROM generate_series(0, 39) d");
	for (int k = 1; k < 8; k++) {
		sell(first, k);
		compare("2019-01-01", "2019-02-09");
		compare("2019-01-20", "2019-01-31");
		compare("2000-01-01", "2019-01-29");
		compare("2019-02-07", "2019-12-31");
	}
	db_exec("DELETE FROM sales_days WHERE day < '2020-01-01'");
	db_exec("DELETE FROM sales_product_journal WHERE day < '2020-01-01'");
	db_exec("DELETE FROM sales_products WHERE day < '2020-01-01'");
}
END_TEST

SUITE(dashboard)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, bounds);
	tcase_add_test(tc, gauges);
	tcase_add_test(tc, refunds_of_lines);
	tcase_add_test(tc, best_products);
}
