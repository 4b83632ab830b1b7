/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "app/config.h"

#include "t/help/call.h"
#include "t/help/db.h"

static struct persona buyer;

static void
setup(void)
{
	buyer = persona_new(false);
}

static struct answer
add(int64_t variant, int quantity)
{
	return call("POST", "/api/v1/cart/items", buyer.token,
	    pathf("{\"variant_id\":%lld,\"quantity\":%d}",
	    (long long)variant, quantity));
}

static struct answer
item(const char *method, int64_t id, const char *body)
{
	return call(method, pathf("/api/v1/cart/items/%lld", (long long)id),
	    buyer.token, body);
}

/* The title, and a second variant, of a product. */
static int64_t
second_variant(const struct goods *g, const char *title)
{
	int64_t id = db_i64("INSERT INTO product_variants (product_id, sku,"
	    " title, price_cents) VALUES (%lld, 'W-%lld', '%s', 700)"
	    " RETURNING id", (long long)g->product, (long long)g->variant,
	    title);

	db_exec("INSERT INTO inventory (variant_id, available)"
	    " VALUES (%lld, 0)", (long long)id);
	return id;
}

START_TEST(empty_one)
{
	struct answer a = call("GET", "/api/v1/cart", buyer.token, NULL);

	ck_status(a, 200);
	ck_assert(!jhas(&a, "id"));
	ck_assert_int_eq(jint(&a, "user_id"), buyer.id);
	ck_assert_uint_eq(jlen(&a, "items"), 0);
	ck_assert_int_eq(jint(&a, "total_items"), 0);
	ck_assert_int_eq(jint(&a, "total_quantity"), 0);
	ck_assert_int_eq(jint(&a, "total_cents"), 0);
	ck_assert_str_eq(jstr(&a, "currency"), config.currency);
	ck_assert(jbool(&a, "is_empty"));
	ck_assert(!jhas(&a, "updated_at"));
	a = call("DELETE", "/api/v1/cart", buyer.token, NULL);
	ck_status(a, 200);
	ck_assert(jbool(&a, "is_empty"));
}
END_TEST

START_TEST(adds_up)
{
	struct goods g = goods_new(1999, 10), h = goods_new(5, 10);
	struct answer a = add(g.variant, 2);

	ck_status(a, 201);
	ck_assert_str_eq(a.rs.location, "/api/v1/cart");
	ck_assert_int_eq(jint(&a, "items[0].variant_id"), g.variant);
	ck_assert_int_eq(jint(&a, "items[0].product_id"), g.product);
	ck_assert_str_eq(jstr(&a, "items[0].title"), db_text(
	    "SELECT title FROM products WHERE id = %lld",
	    (long long)g.product));
	ck_assert_str_eq(jstr(&a, "items[0].sku"), db_text(
	    "SELECT sku FROM product_variants WHERE id = %lld",
	    (long long)g.variant));
	ck_assert_int_eq(jint(&a, "items[0].unit_price_cents"), 1999);
	ck_assert_int_eq(jint(&a, "items[0].subtotal_cents"), 3998);
	ck_assert_int_eq(jint(&a, "items[0].available"), 10);
	ck_assert(jbool(&a, "items[0].in_stock"));
	ck_assert(jhas(&a, "items[0].attributes"));
	a = add(h.variant, 1);
	a = add(g.variant, 3);
	ck_status(a, 201);
	ck_assert_int_eq(jint(&a, "total_items"), 2);
	ck_assert_int_eq(jint(&a, "total_quantity"), 6);
	ck_assert_int_eq(jint(&a, "total_cents"), 5 * 1999 + 5);
	/* In the order of adding, the first one stays the first. */
	ck_assert_int_eq(jint(&a, "items[0].variant_id"), g.variant);
	ck_assert_int_eq(jint(&a, "items[0].quantity"), 5);
	ck_assert(!jbool(&a, "is_empty"));
	ck_assert_ptr_nonnull(a.rs.etag);
}
END_TEST

START_TEST(one_round_trip)
{
	struct goods g = goods_new(100, 10);
	struct answer a = add(g.variant, 1);

	a = add(g.variant, 1);
	ck_status(a, 201);
	/* BEGIN, session, add, view, COMMIT */
	ck_assert_uint_eq(a.flights, 1);
	ck_assert_uint_eq(a.stmts, 5);
	a = call("GET", "/api/v1/cart", buyer.token, NULL);
	ck_assert_uint_eq(a.flights, 1);
	ck_assert_uint_eq(a.stmts, 2);
	a = item("PATCH", jint(&a, "items[0].id"), "{\"quantity\":3}");
	ck_status(a, 200);
	ck_assert_uint_eq(a.flights, 1);
}
END_TEST

START_TEST(price_is_live)
{
	struct goods g = goods_new(100, 10);
	struct answer a = add(g.variant, 2);

	db_exec("UPDATE product_variants SET price_cents = 150"
	    " WHERE id = %lld", (long long)g.variant);
	a = call("GET", "/api/v1/cart", buyer.token, NULL);
	ck_assert_int_eq(jint(&a, "total_cents"), 300);
}
END_TEST

START_TEST(by_product)
{
	struct goods g = goods_new(100, 10);
	const char *body = pathf("{\"product_id\":%lld}",
	    (long long)g.product);
	struct answer a = call("POST", "/api/v1/cart", buyer.token, body);

	ck_status(a, 201);
	ck_assert_int_eq(jint(&a, "items[0].variant_id"), g.variant);
	ck_assert_int_eq(jint(&a, "items[0].quantity"), 1);
	/* The default one of several, none if there is none. */
	second_variant(&g, "Other");
	a = call("POST", "/api/v1/cart", buyer.token, body);
	ck_status(a, 201);
	ck_assert_int_eq(jint(&a, "items[0].quantity"), 2);
	ck_assert_ptr_nonnull(strstr(jstr(&a, "items[0].title"), " - Thing"));
	db_exec("UPDATE product_variants SET is_default = false"
	    " WHERE id = %lld", (long long)g.variant);
	a = call("POST", "/api/v1/cart", buyer.token, body);
	ck_problem(a, 422, "variant_required");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "product_id");
}
END_TEST

START_TEST(which_variant)
{
	struct goods g = goods_new(100, 10);
	struct answer a;

	a = call("POST", "/api/v1/cart/items", buyer.token, "{}");
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].code"), "required");
	a = call("POST", "/api/v1/cart/items", buyer.token,
	    pathf("{\"variant_id\":%lld,\"product_id\":%lld}",
	    (long long)g.variant, (long long)g.product));
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].code"), "conflict");
	a = add(INT64_MAX, 1);
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "variant_id");
	ck_assert_str_eq(jstr(&a, "errors[0].code"), "not_for_sale");
}
END_TEST

START_TEST(not_for_sale)
{
	static const struct { const char *table, *set; bool gone; } how[] = {
		{ "products", "status = 'draft'", false },
		{ "products", "status = 'archived'", false },
		{ "products", "deleted_at = now()", true },
		{ "product_variants", "deleted_at = now()", true },
	};

	for (size_t i = 0; i < 4; i++) {
		struct goods g = goods_new(100, 10);
		struct answer a = add(g.variant, 1);

		ck_status(a, 201);
		db_exec("UPDATE %s SET %s WHERE %s = %lld", how[i].table,
		    how[i].set, i == 3 ? "product_id" : "id",
		    (long long)g.product);
		a = add(g.variant, 1);
		ck_problem(a, 422, "validation_failed");
		ck_assert_str_eq(jstr(&a, "errors[0].code"), "not_for_sale");
		a = call("POST", "/api/v1/cart/items", buyer.token,
		    pathf("{\"product_id\":%lld}", (long long)g.product));
		ck_problem(a, 422, "validation_failed");
		a = call("GET", "/api/v1/cart", buyer.token, NULL);
		ck_assert_uint_eq(jlen(&a, "items"), how[i].gone ? 0 : 1);
		if (!how[i].gone)
			ck_assert(!jbool(&a, "items[0].in_stock"));
		a = call("DELETE", "/api/v1/cart", buyer.token, NULL);
		ck_assert(jbool(&a, "is_empty"));
	}
}
END_TEST

START_TEST(stock_is_a_limit)
{
	struct goods g = goods_new(100, 5);
	struct answer a = add(g.variant, 3);

	ck_status(a, 201);
	a = add(g.variant, 3);
	ck_problem(a, 409, "insufficient_stock");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "quantity");
	ck_assert_str_eq(jstr(&a, "errors[0].code"), "insufficient_stock");
	ck_assert_int_eq(jint(&a, "errors[0].variant_id"), g.variant);
	ck_assert_int_eq(jint(&a, "errors[0].requested"), 6);
	ck_assert_int_eq(jint(&a, "errors[0].available"), 5);
	a = call("GET", "/api/v1/cart", buyer.token, NULL);
	ck_assert_int_eq(jint(&a, "items[0].quantity"), 3);
	a = item("PUT", jint(&a, "items[0].id"), "{\"quantity\":6}");
	ck_problem(a, 409, "insufficient_stock");
	ck_assert_int_eq(jint(&a, "errors[0].requested"), 6);
}
END_TEST

START_TEST(ninety_nine_at_most)
{
	struct goods g = goods_new(100, 500);
	struct answer a = add(g.variant, 100);

	ck_problem(a, 422, "validation_failed");
	a = add(g.variant, 0);
	ck_problem(a, 422, "validation_failed");
	a = add(g.variant, 98);
	ck_status(a, 201);
	a = add(g.variant, 2);
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "quantity");
	a = add(g.variant, 1);
	ck_status(a, 201);
	a = item("PATCH", jint(&a, "items[0].id"), "{\"quantity\":100}");
	ck_problem(a, 422, "validation_failed");
}
END_TEST

START_TEST(full_cart)
{
	struct goods g = goods_new(100, 5), h = goods_new(100, 5);
	struct answer a = add(g.variant, 1);

	db_exec("WITH v AS (INSERT INTO product_variants (product_id, sku,"
	    " title, price_cents) SELECT %lld, 'F-%lld-' || n, 'x', 1"
	    " FROM generate_series(1, 999) n RETURNING id)"
	    " INSERT INTO cart_items (cart_id, variant_id, quantity)"
	    " SELECT %lld, id, 1 FROM v", (long long)g.product,
	    (long long)g.variant, (long long)jint(&a, "id"));
	a = add(h.variant, 1);
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].code"), "too_many");
	a = add(g.variant, 1);
	ck_status(a, 201);
}
END_TEST

START_TEST(change_and_remove)
{
	struct goods g = goods_new(100, 9), h = goods_new(50, 9);
	struct answer a = add(g.variant, 1), b;
	int64_t line;

	a = add(h.variant, 1);
	line = jint(&a, "items[0].id");
	a = item("PATCH", line, "{\"quantity\":4}");
	ck_status(a, 200);
	ck_assert_int_eq(jint(&a, "items[0].quantity"), 4);
	a = item("PUT", line, "{\"quantity\":0}");
	ck_status(a, 200);
	ck_assert_uint_eq(jlen(&a, "items"), 1);
	ck_assert_int_eq(jint(&a, "items[0].variant_id"), h.variant);
	b = item("PATCH", line, "{\"quantity\":1}");
	ck_problem(b, 404, "not_found");
	b = item("DELETE", line, NULL);
	ck_problem(b, 404, "not_found");
	line = jint(&a, "items[0].id");
	a = item("PATCH", line, "{}");
	ck_problem(a, 422, "validation_failed");
	a = item("PATCH", line, "{\"quantity\":-1}");
	ck_problem(a, 422, "validation_failed");
	a = item("DELETE", line, NULL);
	ck_status(a, 200);
	ck_assert(jbool(&a, "is_empty"));
}
END_TEST

START_TEST(remove_product)
{
	struct goods g = goods_new(100, 9), h = goods_new(50, 9);
	struct answer a = add(g.variant, 1);

	a = add(h.variant, 1);
	a = call("DELETE", pathf("/api/cart/%lld", (long long)g.product),
	    buyer.token, NULL);
	ck_status(a, 200);
	ck_assert_uint_eq(jlen(&a, "items"), 1);
	ck_assert_int_eq(jint(&a, "items[0].product_id"), h.product);
	a = call("DELETE", pathf("/api/v1/cart/%lld", (long long)g.product),
	    buyer.token, NULL);
	ck_problem(a, 404, "not_found");
}
END_TEST

START_TEST(somebody_elses_line)
{
	struct goods g = goods_new(100, 9);
	struct answer a = add(g.variant, 1);
	int64_t line = jint(&a, "items[0].id");

	buyer = persona_new(false);
	a = item("PATCH", line, "{\"quantity\":2}");
	ck_problem(a, 404, "not_found");
	a = item("DELETE", line, NULL);
	ck_problem(a, 404, "not_found");
	ck_assert_int_eq(db_i64("SELECT quantity FROM cart_items"
	    " WHERE id = %lld", (long long)line), 1);
}
END_TEST

START_TEST(key)
{
	struct goods g = goods_new(100, 9);
	const char *body = pathf("{\"variant_id\":%lld}",
	    (long long)g.variant);
	struct answer a, b;

	a = call_with("POST", "/api/v1/cart/items", buyer.token, body,
	    "Idempotency-Key", "cart-1", NULL);
	ck_status(a, 201);
	b = call_with("POST", "/api/v1/cart/items", buyer.token, body,
	    "Idempotency-Key", "cart-1", NULL);
	ck_status(b, 201);
	ck_assert(b.rs.replayed);
	ck_assert_str_eq(a.body, b.body);
	b = call("GET", "/api/v1/cart", buyer.token, NULL);
	ck_assert_int_eq(jint(&b, "items[0].quantity"), 1);
}
END_TEST

START_TEST(other_paths)
{
	static const char *const carts[] = { "/carts/me", "/api/v1/carts/me",
	    "/api/cart", "/api/carts/me" };
	struct goods g = goods_new(100, 9);
	const char *body = pathf("{\"variant_id\":%lld,\"quantity\":1}",
	    (long long)g.variant);

	for (size_t i = 0; i < 4; i++) {
		struct answer a = call("POST", pathf("%s/items", carts[i]),
		    buyer.token, body);

		ck_status(a, 201);
		a = call("GET", carts[i], buyer.token, NULL);
		ck_status(a, 200);
		a = call("PATCH", pathf("%s/items/%lld", carts[i],
		    (long long)jint(&a, "items[0].id")), buyer.token,
		    "{\"quantity\":0}");
		ck_status(a, 200);
		ck_assert(jbool(&a, "is_empty"));
	}
}
END_TEST

START_TEST(overdue_holds_do_not_count)
{
	struct goods g = goods_new(100, 5);
	struct persona other = persona_new(false);
	struct answer a;

	a = call("POST", "/api/v1/orders", other.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":4}],"
	    "\"delivery_address\":\"Here\"}", (long long)g.variant));
	ck_status(a, 201);
	a = add(g.variant, 3);
	ck_problem(a, 409, "insufficient_stock");
	db_exec("UPDATE orders SET expires_at = now() WHERE user_id = %lld",
	    (long long)other.id);
	a = add(g.variant, 3);
	ck_status(a, 201);
	ck_assert_int_eq(jint(&a, "items[0].available"), 5);
	a = add(g.variant, 3);
	ck_problem(a, 409, "insufficient_stock");
	ck_assert_int_eq(jint(&a, "errors[0].available"), 5);
}
END_TEST

SUITE(cart)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, empty_one);
	tcase_add_test(tc, adds_up);
	tcase_add_test(tc, one_round_trip);
	tcase_add_test(tc, price_is_live);
	tcase_add_test(tc, by_product);
	tcase_add_test(tc, which_variant);
	tcase_add_test(tc, not_for_sale);
	tcase_add_test(tc, stock_is_a_limit);
	tcase_add_test(tc, ninety_nine_at_most);
	tcase_add_test(tc, full_cart);
	tcase_add_test(tc, change_and_remove);
	tcase_add_test(tc, remove_product);
	tcase_add_test(tc, somebody_elses_line);
	tcase_add_test(tc, key);
	tcase_add_test(tc, other_paths);
	tcase_add_test(tc, overdue_holds_do_not_count);
}
