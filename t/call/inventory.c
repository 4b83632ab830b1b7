/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "t/help/call.h"
#include "t/help/db.h"

static struct persona admin;
static struct goods goods;

static void
setup(void)
{
	admin = persona_new(true);
	goods = goods_new(300, 7);
}

static struct answer
change(const char *body)
{
	return call("PUT", pathf("/api/v1/admin/inventory/%lld",
	    (long long)goods.variant), admin.token, body);
}

static struct answer
look(const char *query)
{
	return call("GET", pathf("/api/v1/admin/inventory?%s", query),
	    admin.token, NULL);
}

static const char *
sku(void)
{
	return db_text("SELECT sku FROM product_variants WHERE id = %lld",
	    (long long)goods.variant);
}

/* One of two ways to say it, the other null. */
START_TEST(one_is_null)
{
	struct answer a = change("{\"available\":8,\"delta\":null}");

	ck_status(a, 200);
	ck_assert_int_eq(jint(&a, "available"), 8);
	a = change("{\"available\":null,\"delta\":-1}");
	ck_assert_int_eq(jint(&a, "available"), 7);
	ck_problem(change("{\"available\":null}"), 422, "validation_failed");
}
END_TEST

START_TEST(a_row)
{
	struct answer a = look(pathf("q=%s", sku()));

	ck_status(a, 200);
	ck_assert_uint_eq(jlen(&a, "data"), 1);
	ck_assert_int_eq(jint(&a, "data[0].variant_id"), goods.variant);
	ck_assert_int_eq(jint(&a, "data[0].product_id"), goods.product);
	ck_assert_str_eq(jstr(&a, "data[0].sku"), sku());
	ck_assert_int_eq(jint(&a, "data[0].available"), 7);
	ck_assert_int_eq(jint(&a, "data[0].reserved"), 0);
	ck_assert_int_eq(jint(&a, "data[0].on_hand"), 7);
	ck_assert_str_eq(jstr(&a, "data[0].level"), "low");
	ck_assert(jhas(&a, "data[0].updated_at"));
	/* Also by a part of the product's title, in any case. */
	a = look(pathf("q=%s", db_text("SELECT replace(upper(title), ' ',"
	    " '%%20') FROM products WHERE id = %lld",
	    (long long)goods.product)));
	ck_assert_uint_eq(jlen(&a, "data"), 1);
	a = look("q=no_such%25thing");
	ck_assert_uint_eq(jlen(&a, "data"), 0);
	a = look("limit=1&count=true");
	ck_assert(jbool(&a, "has_more"));
	ck_assert_int_ge(jint(&a, "total_count"), 2);
	a = look(pathf("limit=1&after=%lld", (long long)goods.variant - 1));
	ck_assert_int_eq(jint(&a, "data[0].variant_id"), goods.variant);
}
END_TEST

static bool
found(const char *q, int64_t variant)
{
	struct answer a = look(pathf("q=%s", q));

	ck_status(a, 200);
	for (size_t i = 0; i < jlen(&a, "data"); i++)
		if (jint(&a, pathf("data[%zu].variant_id", i)) == variant)
			return true;
	return false;
}

START_TEST(shown_title)
{
	const char *title = db_text("SELECT replace(title, ' ', '%%20')"
	    " FROM products WHERE id = %lld", (long long)goods.product);
	struct answer a;
	int64_t more;

	ck_assert(!found("vermilion", goods.variant));
	db_exec("UPDATE product_variants SET title = 'Vermilion'"
	    " WHERE id = %lld", (long long)goods.variant);
	/* A product's only variant is shown by the product's title. */
	ck_assert(!found("vermilion", goods.variant));
	more = db_i64("INSERT INTO product_variants (product_id, sku, title,"
	    " price_cents) VALUES (%lld, '%s-2', 'Teal - matt', 1)"
	    " RETURNING id", (long long)goods.product, sku());
	db_exec("INSERT INTO inventory (variant_id) VALUES (%lld)",
	    (long long)more);
	a = look("q=vermilion");
	ck_assert_uint_eq(jlen(&a, "data"), 1);
	ck_assert(found("eal%20-%20MAT", more));
	ck_assert(found(title, more));
	ck_assert(found(pathf("%s%%20-%%20teal%%20-%%20", title), more));
	ck_assert(!found(pathf("%s%%20-%%20teal%%20-%%20", title),
	    goods.variant));
	ck_assert(found(pathf("%s%%20-%%20verm", title + 2), goods.variant));
}
END_TEST

static bool
listed(const char *level)
{
	struct answer a = look(pathf("level=%s&q=%s&count=true", level,
	    sku()));

	ck_status(a, 200);
	ck_assert_int_eq(jint(&a, "total_count"), (int64_t)jlen(&a, "data"));
	return jlen(&a, "data") == 1;
}

START_TEST(levels)
{
	static const struct { int n; const char *level; } cases[] = {
		{ 0, "out_of_stock" }, { 1, "critical" }, { 5, "critical" },
		{ 6, "low" }, { 10, "low" }, { 11, "medium" },
		{ 50, "medium" }, { 51, "high" },
	};
	static const char *const names[] = { "out_of_stock", "critical",
	    "low", "medium", "high" };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer a = change(pathf("{\"available\":%d}",
		    cases[i].n));

		ck_status(a, 200);
		ck_assert_str_eq(jstr(&a, "level"), cases[i].level);
		for (int k = 0; k < 5; k++)
			ck_assert_int_eq(listed(names[k]),
			    strcmp(names[k], cases[i].level) == 0 ||
			    (k == 2 && cases[i].n >= 1 && cases[i].n <= 5));
	}
	ck_problem(look("level=much"), 400, "invalid_parameter");
}
END_TEST

START_TEST(set_and_add)
{
	struct answer a = change("{\"stock\":20,\"reason\":\"counted\"}");

	ck_status(a, 200);
	ck_assert_int_eq(jint(&a, "available"), 20);
	a = change("{\"stock_quantity\":21}");
	ck_assert_int_eq(jint(&a, "available"), 21);
	a = change("{\"delta\":-20,\"reason\":\"broken\"}");
	ck_assert_int_eq(jint(&a, "available"), 1);
	a = change("{\"delta\":-2}");
	ck_problem(a, 409, "insufficient_stock");
	ck_assert_int_eq(db_i64("SELECT available FROM inventory"
	    " WHERE variant_id = %lld", (long long)goods.variant), 1);
	ck_assert_int_eq(db_i64("SELECT sum(delta_available)::bigint FROM"
	    " inventory_movements WHERE variant_id = %lld",
	    (long long)goods.variant), 1);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log WHERE"
	    " action = 'inventory.update' AND target_id = %lld"
	    " AND actor_id = %lld", (long long)goods.variant,
	    (long long)admin.id), 3);
	ck_assert_str_eq(db_text("SELECT before::text || after FROM audit_log"
	    " WHERE action = 'inventory.update' AND target_id = %lld"
	    " ORDER BY id DESC LIMIT 1", (long long)goods.variant),
	    "{\"available\": 21}{\"available\": 1}");
}
END_TEST

START_TEST(bad_changes)
{
	ck_problem(change("{}"), 422, "validation_failed");
	ck_problem(change("{\"delta\":1,\"available\":1}"), 422,
	    "validation_failed");
	ck_problem(change("{\"stock\":1,\"available\":1}"), 422,
	    "validation_failed");
	ck_problem(change("{\"available\":-1}"), 422, "validation_failed");
	ck_problem(change("{\"available\":\"1\"}"), 422, "validation_failed");
	ck_problem(change("{\"reserved\":1}"), 422, "unknown_field");
	ck_problem(call("PUT", "/api/v1/admin/inventory/9000000000000000000",
	    admin.token, "{\"available\":1}"), 404, "not_found");
}
END_TEST

/* Whatever is asked of it, before what is there is looked at. */
START_TEST(deleted)
{
	const char *path = pathf("/api/v1/admin/inventory/%lld",
	    (long long)goods.variant);

	ck_status(call("DELETE", pathf("/api/v1/products/%lld",
	    (long long)goods.product), admin.token, NULL), 204);
	ck_problem(change("{\"delta\":1}"), 404, "not_found");
	ck_problem(change("{\"delta\":-8}"), 404, "not_found");
	ck_problem(call_with("PUT", path, admin.token, "{\"delta\":1}",
	    "If-Match", "\"1\"", NULL), 404, "not_found");
}
END_TEST

START_TEST(tag)
{
	const char *path = pathf("/api/v1/admin/inventory/%lld",
	    (long long)goods.variant);
	struct answer a = call("GET", path, admin.token, NULL), b;

	ck_status(a, 200);
	b = call_with("PUT", path, admin.token, "{\"delta\":1}", "If-Match",
	    a.rs.etag, NULL);
	ck_status(b, 200);
	b = call_with("PUT", path, admin.token, "{\"delta\":1}", "If-Match",
	    a.rs.etag, NULL);
	ck_problem(b, 412, "precondition_failed");
}
END_TEST

/* The title changes without the row: for a reader only, not for a writer. */
START_TEST(tag_covers_title)
{
	const char *path = pathf("/api/v1/admin/inventory/%lld",
	    (long long)goods.variant);
	struct answer a = call("GET", path, admin.token, NULL);

	ck_status(call_with("GET", path, admin.token, NULL, "If-None-Match",
	    a.rs.etag, NULL), 304);
	db_exec("UPDATE products SET title = 'Other' WHERE id = %lld",
	    (long long)goods.product);
	ck_status(call_with("GET", path, admin.token, NULL, "If-None-Match",
	    a.rs.etag, NULL), 200);
	ck_status(call_with("PUT", path, admin.token, "{\"delta\":1}",
	    "If-Match", a.rs.etag, NULL), 200);
}
END_TEST

/* An order of all there is, whose time is over; no jobs are running. */
static void
overdue(void)
{
	struct persona buyer = persona_new(false);
	struct answer a = call("POST", "/api/v1/orders", buyer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":7}],"
	    "\"delivery_address\":\"Here\"}", (long long)goods.variant));

	ck_status(a, 201);
	db_exec("UPDATE orders SET expires_at = now() WHERE id = %lld",
	    (long long)jint(&a, "id"));
}

START_TEST(overdue_holds_do_not_count)
{
	const char *path = pathf("/api/v1/admin/inventory/%lld",
	    (long long)goods.variant);
	struct answer a = call("GET", path, admin.token, NULL), b;

	overdue();
	b = call("GET", path, admin.token, NULL);
	ck_assert_int_eq(jint(&b, "available"), 7);
	ck_assert_int_eq(jint(&b, "reserved"), 0);
	ck_assert_int_eq(jint(&b, "on_hand"), 7);
	ck_assert_str_eq(jstr(&b, "level"), "low");
	ck_assert_str_ne(a.rs.etag, b.rs.etag);
	ck_assert(listed("low"));
	ck_assert(!listed("out_of_stock"));
	/* Also behind an If-Match that their end makes stale. */
	ck_problem(call_with("PUT", path, admin.token, "{\"delta\":-6}",
	    "If-Match", b.rs.etag, NULL), 412, "precondition_failed");
	b = call("GET", path, admin.token, NULL);
	b = call_with("PUT", path, admin.token, "{\"delta\":-6}", "If-Match",
	    b.rs.etag, NULL);
	ck_status(b, 200);
	ck_assert_int_eq(jint(&b, "available"), 1);
	ck_assert_int_eq(jint(&b, "reserved"), 0);
	ck_status(change("{\"available\":7}"), 200);
	overdue();
	ck_status(change("{\"available\":3}"), 200);
	b = call("GET", path, admin.token, NULL);
	ck_assert_int_eq(jint(&b, "available"), 3);
	ck_assert_int_eq(db_i64("SELECT reserved FROM inventory"
	    " WHERE variant_id = %lld", (long long)goods.variant), 0);
}
END_TEST

START_TEST(ledger)
{
	const char *path = pathf("/api/v1/admin/inventory/%lld/movements",
	    (long long)goods.variant);
	struct persona buyer = persona_new(false);
	struct answer a = call("POST", "/api/v1/orders", buyer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":2}],"
	    "\"delivery_address\":\"Here\"}", (long long)goods.variant));
	int64_t order = jint(&a, "id");

	change("{\"delta\":5,\"reason\":\"found\"}");
	a = call("GET", path, admin.token, NULL);
	ck_status(a, 200);
	ck_assert_uint_eq(jlen(&a, "data"), 3);
	ck_assert_str_eq(jstr(&a, "data[0].kind"), "receive");
	ck_assert_int_eq(jint(&a, "data[0].delta_available"), 7);
	ck_assert_str_eq(jstr(&a, "data[1].kind"), "reserve");
	ck_assert_int_eq(jint(&a, "data[1].delta_available"), -2);
	ck_assert_int_eq(jint(&a, "data[1].delta_reserved"), 2);
	ck_assert_int_eq(jint(&a, "data[1].order_id"), order);
	ck_assert_str_eq(jstr(&a, "data[2].kind"), "adjust");
	ck_assert_str_eq(jstr(&a, "data[2].reason"), "found");
	ck_assert_int_eq(jint(&a, "data[2].actor_id"), admin.id);
	ck_assert(jhas(&a, "data[2].created_at"));
	a = call("GET", pathf("%s?limit=1&count=true", path), admin.token,
	    NULL);
	ck_assert_int_eq(jint(&a, "total_count"), 3);
	ck_assert(jbool(&a, "has_more"));
	ck_problem(call("GET", "/api/v1/admin/inventory/9000000000000000000"
	    "/movements", admin.token, NULL), 404, "not_found");
}
END_TEST

/* ---- the report ---------------------------------------------------- */

#define REPORT "/api/v1/orders/health/stock-check"
#define SUM "stock_summary.summary."

static int64_t
count(const struct answer *a, const char *what)
{
	return jint(a, pathf("stock_summary.%s", what));
}

/* A product's entry in a list of the report, or -1. */
static int
entry(const struct answer *a, const char *name, int64_t product)
{
	const char *path = pathf("stock_summary.%s", name);

	for (size_t i = 0; i < jlen(a, path); i++)
		if (jint(a, pathf("%s[%zu].product_id", path, i)) == product)
			return (int)i;
	return -1;
}

START_TEST(report_counts)
{
	struct answer a = call("GET", REPORT, admin.token, NULL), b;
	struct goods more;

	ck_status(a, 200);
	ck_assert(jhas(&a, "status"));
	ck_assert(jhas(&a, "timestamp"));
	ck_assert(jhas(&a, "message"));
	ck_assert(jhas(&a, SUM "stock_health_percentage"));
	change("{\"available\":3}");
	b = call("GET", REPORT, admin.token, NULL);
	ck_assert_int_eq(count(&b, "summary.products_low_stock"),
	    count(&a, "summary.products_low_stock"));
	ck_assert_int_eq(count(&b, "alerts.critical_stock_alerts"),
	    count(&a, "alerts.critical_stock_alerts") + 1);
	change("{\"available\":0}");
	b = call("GET", REPORT, admin.token, NULL);
	ck_assert_int_eq(count(&b, "summary.products_out_of_stock"),
	    count(&a, "summary.products_out_of_stock") + 1);
	ck_assert_int_eq(count(&b, "alerts.out_of_stock_alerts"),
	    count(&b, "summary.products_out_of_stock"));
	ck_assert_int_eq(count(&b, "summary.products_low_stock"),
	    count(&a, "summary.products_low_stock") - 1);
	ck_assert_int_eq(count(&b, "summary.products_with_stock"),
	    count(&a, "summary.products_with_stock") - 1);
	ck_assert_int_eq(count(&b, "summary.total_products"),
	    count(&a, "summary.total_products"));
	more = goods_new(5, 60);
	b = call("GET", REPORT, admin.token, NULL);
	ck_assert_int_eq(count(&b, "summary.total_products"),
	    count(&a, "summary.total_products") + 1);
	db_exec("UPDATE products SET status = 'draft' WHERE id = %lld",
	    (long long)more.product);
	b = call("GET", REPORT, admin.token, NULL);
	ck_assert_int_eq(count(&b, "summary.total_products"),
	    count(&a, "summary.total_products"));
}
END_TEST

START_TEST(report_lists)
{
	struct answer a;
	int i;

	/* Alone in the lists: all others are drafts. */
	db_exec("UPDATE products SET status = 'draft' WHERE id <> %lld",
	    (long long)goods.product);
	a = call("GET", REPORT, admin.token, NULL);
	ck_assert_int_eq(count(&a, "summary.total_products"), 1);
	i = entry(&a, "stock_categories.low_stock", goods.product);
	ck_assert_int_eq(i, 0);
	ck_assert_int_eq(count(&a,
	    "stock_categories.low_stock[0].stock_quantity"), 7);
	ck_assert_int_eq(count(&a,
	    "stock_categories.low_stock[0].price_cents"), 300);
	ck_assert_int_eq(count(&a,
	    "stock_categories.low_stock[0].stock_value_cents"), 2100);
	ck_assert_int_eq(entry(&a, "stock_categories.available_stock",
	    goods.product), 0);
	ck_assert_int_eq(entry(&a, "stock_categories.out_of_stock",
	    goods.product), -1);
	ck_assert_int_eq(entry(&a, "stock_distribution.critical_stock",
	    goods.product), -1);
	a = call("GET", REPORT "?category=high", admin.token, NULL);
	ck_assert_str_eq(jstr(&a, "filters_applied.category"), "high");
	ck_assert(!jhas(&a, "filters_applied.min_stock"));
	ck_assert_int_eq(count(&a, "summary.products_low_stock"), 1);
	ck_assert_uint_eq(jlen(&a, "stock_summary.stock_categories"
	    ".available_stock"), 0);
	a = call("GET", REPORT "?min_stock=7&max_stock=7&category=low",
	    admin.token, NULL);
	ck_assert_int_eq(jint(&a, "filters_applied.max_stock"), 7);
	ck_assert_int_eq(entry(&a, "stock_categories.low_stock",
	    goods.product), 0);
	a = call("GET", REPORT "?min_stock=8", admin.token, NULL);
	ck_assert_int_eq(entry(&a, "stock_categories.low_stock",
	    goods.product), -1);
	ck_problem(call("GET", REPORT "?min_stock=2&max_stock=1",
	    admin.token, NULL), 400, "invalid_parameter");
	ck_problem(call("GET", REPORT "?category=none", admin.token, NULL),
	    400, "invalid_parameter");
	change("{\"available\":51}");
	a = call("GET", REPORT, admin.token, NULL);
	ck_assert_str_eq(jstr(&a, "status"), "healthy");
	ck_assert_int_eq(entry(&a, "stock_distribution.high_stock",
	    goods.product), 0);
	db_exec("UPDATE products SET status = 'active'");
}
END_TEST

/* Each variant has its own price. */
START_TEST(report_value)
{
	const char *path = "stock_categories.low_stock";
	struct answer a;

	db_exec("UPDATE products SET status = 'draft' WHERE id <> %lld",
	    (long long)goods.product);
	ck_status(call("POST", pathf("/api/v1/products/%lld/variants",
	    (long long)goods.product), admin.token, "{\"sku\":\"LAST-ONE\","
	    "\"title\":\"Gold\",\"price_cents\":90000,\"stock\":2}"), 201);
	a = call("GET", REPORT, admin.token, NULL);
	ck_assert_int_eq(entry(&a, path, goods.product), 0);
	ck_assert_int_eq(count(&a, pathf("%s[0].stock_quantity", path)), 9);
	ck_assert_int_eq(count(&a, pathf("%s[0].stock_value_cents", path)),
	    7 * 300 + 2 * 90000);
	db_exec("UPDATE products SET status = 'active'");
}
END_TEST

SUITE(inventory)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, one_is_null);
	tcase_add_test(tc, a_row);
	tcase_add_test(tc, shown_title);
	tcase_add_test(tc, levels);
	tcase_add_test(tc, set_and_add);
	tcase_add_test(tc, bad_changes);
	tcase_add_test(tc, deleted);
	tcase_add_test(tc, tag);
	tcase_add_test(tc, tag_covers_title);
	tcase_add_test(tc, overdue_holds_do_not_count);
	tcase_add_test(tc, ledger);
	tcase_add_test(tc, report_counts);
	tcase_add_test(tc, report_lists);
	tcase_add_test(tc, report_value);
}
