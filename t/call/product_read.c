/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/json.h"
#include "lib/random.h"

#include "t/help/call.h"
#include "t/help/db.h"

static struct persona admin, customer;
static const char *tag;		/* of this test's names */

static void
setup(void)
{
	admin = persona_new(true);
	customer = persona_new(false);
	tag = random_hex(6, db_mem());
}

/* Single quotes stand for double ones, which JSON written in C needs. */
static const char *
json(const char *s)
{
	char *copy = arena_strdup(db_mem(), s);

	for (char *p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

static struct answer
create(const char *body)
{
	return call("POST", "/api/v1/products", admin.token, json(body));
}

static struct answer
on(const char *method, int64_t id, const char *token, const char *body)
{
	return call(method, pathf("/api/v1/products/%lld", (long long)id),
	    token, body == NULL ? NULL : json(body));
}

START_TEST(entity_tags)
{
	struct answer a = create(pathf("{'title':'Tag %s','price_cents':1,"
	    "'stock':3}", tag)), b;
	int64_t id = jint(&a, "id");
	const char *path = pathf("/api/v1/products/%lld", (long long)id);
	const char *old;

	a = call("GET", path, NULL, NULL);
	b = call("GET", path, admin.token, NULL);
	ck_assert_str_eq(a.rs.etag, b.rs.etag);
	b = call_with("GET", path, NULL, NULL, "If-None-Match", a.rs.etag,
	    NULL);
	ck_status(b, 304);
	ck_assert_str_eq(b.body, "");
	/* A sale changes the answer, but not what If-Match is about. */
	db_exec("UPDATE inventory SET available = available - 1, reserved ="
	    " reserved + 1 WHERE variant_id = %lld",
	    (long long)jint(&a, "variants[0].id"));
	b = call_with("GET", path, NULL, NULL, "If-None-Match", a.rs.etag,
	    NULL);
	ck_status(b, 200);
	ck_assert_str_ne(a.rs.etag, b.rs.etag);
	old = a.rs.etag;
	a = call_with("PATCH", path, admin.token, "{\"title\":\"y\"}",
	    "If-Match", old, NULL);
	ck_status(a, 200);
	b = call("GET", path, NULL, NULL);
	ck_assert_str_eq(a.rs.etag, b.rs.etag);
	a = call_with("PATCH", path, admin.token, "{\"title\":\"z\"}",
	    "If-Match", old, NULL);
	ck_problem(a, 412, "precondition_failed");
	a = call_with("DELETE", path, admin.token, NULL, "If-Match", old,
	    NULL);
	ck_problem(a, 412, "precondition_failed");
}
END_TEST

START_TEST(who_sees_what)
{
	static const struct { const char *status; int customer, admin; }
	    rows[] = {
		{ "active", 200, 200 }, { "archived", 200, 200 },
		{ "draft", 404, 200 },
	};
	struct answer a;
	int64_t id = 0;

	for (size_t i = 0; i < 3; i++) {
		a = create(pathf("{'title':'x','price_cents':1,"
		    "'status':'%s'}", rows[i].status));
		id = jint(&a, "id");
		a = on("GET", id, NULL, NULL);
		ck_status(a, rows[i].customer);
		a = on("GET", id, customer.token, NULL);
		ck_status(a, rows[i].customer);
		a = call("GET", pathf("/products/%lld", (long long)id), NULL,
		    NULL);
		ck_status(a, rows[i].customer);
		a = on("GET", id, admin.token, NULL);
		ck_status(a, rows[i].admin);
	}
	a = on("DELETE", id, admin.token, NULL);
	ck_status(a, 204);
	ck_status(on("GET", id, admin.token, NULL), 200);
	ck_status(on("GET", 0, NULL, NULL), 404);
	ck_status(call("GET", "/api/v1/products/nothing-like-it", NULL, NULL),
	    404);
	ck_status(call("GET", "/api/v1/products/99999999999999999999", NULL,
	    NULL), 404);
}
END_TEST

START_TEST(overdue_holds_do_not_count)
{
	struct goods g = goods_new(100, 5);
	const char *path = pathf("/api/v1/products/%lld",
	    (long long)g.product);
	struct answer a, b;

	a = call("POST", "/api/v1/orders", customer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":5}],"
	    "\"delivery_address\":\"1 Main Street\"}", (long long)g.variant));
	ck_status(a, 201);
	b = call("GET", path, NULL, NULL);
	ck_assert(!jbool(&b, "in_stock"));
	db_exec("UPDATE orders SET expires_at = now() - interval '1 s'"
	    " WHERE id = %lld", (long long)jint(&a, "id"));
	a = call("GET", path, NULL, NULL);
	ck_assert_int_eq(jint(&a, "total_available"), 5);
	ck_assert_int_eq(jint(&a, "variants[0].available"), 5);
	ck_assert(jbool(&a, "in_stock"));
	ck_assert_str_ne(a.rs.etag, b.rs.etag);
	a = call("GET", pathf("/api/v1/products?after=%lld&in_stock=true",
	    (long long)g.product - 1), NULL, NULL);
	ck_assert_int_eq(jint(&a, "data[0].id"), g.product);
	ck_assert_int_eq(jint(&a, "data[0].total_available"), 5);
}
END_TEST

static int64_t
ordered(const struct goods *g, int quantity)
{
	struct answer a = call("POST", "/api/v1/orders", customer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":%d}],"
	    "\"delivery_address\":\"Here\"}", (long long)g->variant,
	    quantity));

	ck_status(a, 201);
	return jint(&a, "id");
}

/* What an answer says of a variant is what the stock says of it. */
static void
agrees(struct answer a, const char *at, struct answer stock)
{
	ck_status(a, 200);
	ck_status(stock, 200);
	ck_assert_int_eq(jint(&a, pathf("%savailable", at)),
	    jint(&stock, "available"));
	ck_assert_int_eq(jint(&a, pathf("%sreserved", at)),
	    jint(&stock, "reserved"));
}

START_TEST(overdue_holds_are_not_reserved)
{
	struct goods g = goods_new(100, 10);
	const char *path = pathf("/api/v1/products/%lld",
	    (long long)g.product);
	struct answer a, stock;

	ordered(&g, 3);
	db_exec("UPDATE orders SET expires_at = now() - interval '1 s'"
	    " WHERE id = %lld", (long long)ordered(&g, 4));
	stock = call("GET", pathf("/api/v1/admin/inventory/%lld",
	    (long long)g.variant), admin.token, NULL);
	ck_assert_int_eq(jint(&stock, "available"), 7);
	ck_assert_int_eq(jint(&stock, "reserved"), 3);
	agrees(call("GET", path, admin.token, NULL), "variants[0].", stock);
	agrees(call("PATCH", pathf("%s/variants/%lld", path,
	    (long long)g.variant), admin.token, "{\"title\":\"New\"}"), "",
	    stock);
	a = call("GET", path, customer.token, NULL);
	ck_assert_int_eq(jint(&a, "variants[0].available"), 7);
	ck_assert(!jhas(&a, "variants[0].reserved"));
}
END_TEST

START_TEST(anonymous_answers_may_be_kept)
{
	static const char kept[] =
	    "public, max-age=1, stale-while-revalidate=10";
	static const char *const paths[] = { "/api/v1/products",
	    "/api/v1/products/1", "/products/laptop", "/api/v1/categories",
	    "/api/products/categories", "/api/v1/categories/1",
	    "/api/v1/products/1/reviews", "/product/all_products" };
	struct answer a;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		a = call("GET", paths[i], NULL, NULL);
		ck_status(a, 200);
		ck_assert_str_eq(a.rs.cache_control, kept);
		ck_assert_uint_eq(a.flights, 1);
		a = call("GET", paths[i], customer.token, NULL);
		ck_status(a, 200);
		ck_assert_ptr_null(a.rs.cache_control);
		ck_assert_uint_eq(a.flights, 1);
	}
	a = call("GET", "/api/v1/products/1", NULL, NULL);
	ck_assert_uint_eq(a.stmts, 2);
	a = call("GET", "/api/v1/products/nothing", NULL, NULL);
	ck_status(a, 404);
	ck_assert_ptr_null(a.rs.cache_control);
}
END_TEST

START_TEST(bare_array)
{
	struct answer a = call("GET", "/product/all_products?limit=2", NULL,
	    NULL);
	int64_t last;

	ck_status(a, 200);
	ck_assert_int_eq(json_type(a.json), JSON_ARRAY);
	ck_assert_uint_eq(json_len(a.json), 2);
	ck_assert_int_eq(jint(&a, "[0].id"), 1);
	last = jint(&a, "[1].id");
	ck_assert_str_eq(a.rs.link, pathf("</product/all_products?limit=2"
	    "&after=%lld>; rel=\"next\"", (long long)last));
	a = call("GET", pathf("/product/all_products?limit=1000&after=%lld",
	    (long long)last), NULL, NULL);
	ck_assert_int_gt(jint(&a, "[0].id"), last);
	ck_assert_ptr_null(a.rs.link);
	ck_problem(call("GET", "/product/all_products?limit=1001", NULL,
	    NULL), 400, "invalid_parameter");
	a = call("POST", "/product/create_product", NULL, json(
	    "{'name':'x','description':'y','price':9.99,'stock':3}"));
	ck_problem(a, 401, "unauthorized");
	a = call("POST", "/product/create_product", admin.token, json(
	    "{'name':'x','description':'y','price':9.99,'stock':3}"));
	ck_status(a, 201);
	ck_assert_int_eq(jint(&a, "price_cents"), 999);
}
END_TEST

SUITE(product_read_call)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, entity_tags);
	tcase_add_test(tc, who_sees_what);
	tcase_add_test(tc, overdue_holds_do_not_count);
	tcase_add_test(tc, overdue_holds_are_not_reserved);
	tcase_add_test(tc, anonymous_answers_may_be_kept);
	tcase_add_test(tc, bare_array);
}
