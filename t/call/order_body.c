/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "app/config.h"

#include "t/help/call.h"
#include "t/help/db.h"

static struct persona buyer;
static struct goods one, two, three;

#define ADDRESS "\"delivery_address\":\"1 Main Street\""

static void
setup(void)
{
	buyer = persona_new(false);
	one = goods_new(1000, 10);
	two = goods_new(250, 10);
	three = goods_new(1, 10);
}

static struct answer
order(const char *body)
{
	return call("POST", "/api/v1/orders", buyer.token, body);
}

/* Lines of the three, and the address. */
static const char *
three_lines(int a, int b, int c)
{
	return pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":%d},"
	    "{\"variant_id\":%lld,\"quantity\":%d},"
	    "{\"product_id\":%lld,\"quantity\":%d}]," ADDRESS "}",
	    (long long)three.variant, a, (long long)one.variant, b,
	    (long long)two.product, c);
}

static const char *
one_line(int quantity)
{
	return pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":%d}],"
	    ADDRESS "}", (long long)one.variant, quantity);
}

/* A body with one line and these members. */
static const char *
with(const char *members)
{
	return pathf("{\"items\":[{\"variant_id\":%lld}],%s}",
	    (long long)one.variant, members);
}

START_TEST(bad_lines)
{
	struct answer a = order(pathf("{\"items\":[{\"variant_id\":%lld},"
	    "{\"variant_id\":9000000000000000000},"
	    "{\"product_id\":9000000000000000000}]," ADDRESS "}",
	    (long long)one.variant));

	ck_problem(a, 422, "validation_failed");
	ck_assert_uint_eq(jlen(&a, "errors"), 2);
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "items[1].variant_id");
	ck_assert_str_eq(jstr(&a, "errors[0].code"), "not_for_sale");
	ck_assert_str_eq(jstr(&a, "errors[1].field"), "items[2].product_id");
	a = order("{\"items\":[{\"quantity\":1}]," ADDRESS "}");
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "items[0].variant_id");
	a = order(pathf("{\"items\":[{\"variant_id\":%lld,\"product_id\":1}],"
	    ADDRESS "}", (long long)one.variant));
	ck_problem(a, 422, "validation_failed");
	a = order(one_line(0));
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "items[0].quantity");
	a = order(one_line(1000001));
	ck_problem(a, 422, "validation_failed");
	a = order(with(ADDRESS ",\"user_id\":1"));
	ck_problem(a, 422, "unknown_field");
	a = order(pathf("{\"items\":[{\"variant_id\":%lld,\"price\":1}],"
	    ADDRESS "}", (long long)one.variant));
	ck_problem(a, 422, "unknown_field");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "items[0].price");
}
END_TEST

START_TEST(not_for_sale)
{
	static const char *const status[] = { "draft", "archived" };
	struct answer a;

	a = call("POST", "/api/v1/cart/items", buyer.token,
	    pathf("{\"variant_id\":%lld}", (long long)one.variant));
	for (int i = 0; i < 2; i++) {
		db_exec("UPDATE products SET status = '%s' WHERE id = %lld",
		    status[i], (long long)one.product);
		a = order(one_line(1));
		ck_problem(a, 422, "validation_failed");
		ck_assert_str_eq(jstr(&a, "errors[0].code"), "not_for_sale");
		a = order("{" ADDRESS "}");
		ck_problem(a, 422, "validation_failed");
	}
	db_exec("UPDATE product_variants SET deleted_at = now()"
	    " WHERE id = %lld", (long long)two.variant);
	a = order(three_lines(1, 1, 1));
	ck_problem(a, 422, "validation_failed");
	ck_assert_uint_eq(jlen(&a, "errors"), 2);
}
END_TEST

START_TEST(variant_required)
{
	struct answer a;

	db_exec("WITH v AS (INSERT INTO product_variants (product_id, sku,"
	    " title, price_cents) VALUES (%lld, 'VR-%lld', 'Big', 5)"
	    " RETURNING id) INSERT INTO inventory SELECT id, 5 FROM v",
	    (long long)two.product, (long long)two.variant);
	a = order(three_lines(1, 1, 1));
	ck_status(a, 201);
	ck_assert_int_eq(jint(&a, "items[2].variant_id"), two.variant);
	db_exec("UPDATE product_variants SET is_default = false"
	    " WHERE id = %lld", (long long)two.variant);
	a = order(three_lines(1, 1, 1));
	ck_problem(a, 422, "variant_required");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "items[2].product_id");
}
END_TEST

/* An order of the most units of each of the first n goods. */
static struct answer
heap(const struct goods *g, int n)
{
	struct buf b;

	buf_init(&b, db_mem(), 1024);
	buf_str(&b, "{\"items\":[");
	for (int i = 0; i < n; i++) {
		buf_json_sep(&b);
		buf_printf(&b, "{\"variant_id\":%lld,\"quantity\":1000000}",
		    (long long)g[i].variant);
	}
	buf_str(&b, "]," ADDRESS "}");
	return order(b.data);
}

START_TEST(sums_beyond_64_bits)
{
	struct goods g[10];
	struct answer a;

	for (int i = 0; i < 10; i++) {
		g[i] = goods_new(1, 10);
		db_exec("UPDATE product_variants SET price_cents ="
		    " 1000000000000 WHERE id = %lld",
		    (long long)g[i].variant);
		db_exec("UPDATE inventory SET available = 2000000"
		    " WHERE variant_id = %lld", (long long)g[i].variant);
	}
	a = heap(g, 2);
	ck_status(a, 201);
	ck_assert_int_eq(jint(&a, "total_cents"), 2000000000000000000);
	a = heap(g, 10);
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "items[9].quantity");
	ck_assert_str_eq(jstr(&a, "errors[0].code"), "out_of_range");
}
END_TEST

START_TEST(lines_that_add_up)
{
	struct goods g[3] = { one, two, one };
	struct answer a;

	db_exec("UPDATE inventory SET available = 2000000"
	    " WHERE variant_id IN (%lld, %lld)", (long long)one.variant,
	    (long long)two.variant);
	a = heap(g, 3);
	ck_problem(a, 422, "validation_failed");
	ck_assert_uint_eq(jlen(&a, "errors"), 1);
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "items[2].quantity");
	ck_assert_str_eq(jstr(&a, "errors[0].code"), "out_of_range");
	a = heap(g, 2);
	ck_status(a, 201);
}
END_TEST

START_TEST(expected_total)
{
	struct answer a = order(with(ADDRESS ",\"expected_total_cents\":999"));

	ck_problem(a, 409, "price_changed");
	ck_assert_int_eq(jint(&a, "total_cents"), 1000);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM orders"
	    " WHERE user_id = %lld", (long long)buyer.id), 0);
	a = order(with(ADDRESS ",\"expected_total_cents\":1000,"
	    "\"currency\":\"USD\""));
	ck_status(a, 201);
	a = order(with(ADDRESS ",\"currency\":\"EUR\""));
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "currency");
}
END_TEST

START_TEST(shipping_and_tax)
{
	struct answer a;

	db_mem();
	config.shipping_cents = 490;
	config.free_shipping_from_cents = 2000;
	config.tax_basis_points = 1900;
	a = order(three_lines(5, 1, 1));
	ck_status(a, 201);
	ck_assert_int_eq(jint(&a, "subtotal_cents"), 1255);
	ck_assert_int_eq(jint(&a, "shipping_cents"), 490);
	/* 238.45 */
	ck_assert_int_eq(jint(&a, "tax_cents"), 238);
	ck_assert_int_eq(jint(&a, "total_cents"), 1255 + 490 + 238);
	ck_assert_str_eq(call("GET", a.rs.location, buyer.token, NULL).body,
	    a.body);
	a = order(one_line(2));
	ck_assert_int_eq(jint(&a, "shipping_cents"), 0);
	ck_assert_int_eq(jint(&a, "tax_cents"), 380);
	/* 0.50 is rounded up: 2.50 of 250 at 1 % */
	config.tax_basis_points = 100;
	a = order(with(ADDRESS));
	ck_assert_int_eq(jint(&a, "tax_cents"), 10);
	db_exec("UPDATE product_variants SET price_cents = 250"
	    " WHERE id = %lld", (long long)one.variant);
	a = order(with(ADDRESS));
	ck_assert_int_eq(jint(&a, "tax_cents"), 3);
	config.shipping_cents = config.free_shipping_from_cents =
	    config.tax_basis_points = 0;
}
END_TEST

#define WHOLE "{\"line1\":\"L\",\"city\":\"C\",\"postal_code\":\"P\"," \
	"\"country\":\"DE\",\"name\":\"\"}"
#define FLAT "\"shipping_address_line1\":\"L\",\"shipping_city\":\"C\"," \
	"\"shipping_state\":\"S\",\"shipping_postal_code\":\"P\"," \
	"\"shipping_country\":\"Germany\""

START_TEST(address_forms)
{
	struct answer a = order(with("\"shipping_address\":" WHOLE));

	ck_status(a, 201);
	ck_assert_str_eq(jstr(&a, "shipping_address.line1"), "L");
	ck_assert_str_eq(jstr(&a, "shipping_address.country"), "DE");
	ck_assert(!jhas(&a, "shipping_address.name"));
	ck_assert(!jhas(&a, "billing_address"));
	a = order(with(FLAT));
	ck_status(a, 201);
	ck_assert_str_eq(jstr(&a, "shipping_address.region"), "S");
	ck_assert_str_eq(jstr(&a, "shipping_address.country"), "Germany");
	a = order(with(ADDRESS));
	ck_assert_str_eq(jstr(&a, "shipping_address.line1"),
	    "1 Main Street");
	ck_assert(!jhas(&a, "shipping_address.city"));
	a = order(with(ADDRESS "," FLAT));
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].code"), "conflict");
	a = order(with("\"shipping_city\":\"C\""));
	ck_problem(a, 422, "validation_failed");
	ck_assert_uint_eq(jlen(&a, "errors"), 3);
	ck_assert_str_eq(jstr(&a, "errors[0].code"), "required");
	a = order(with("\"shipping_address\":{\"line1\":\"L\"}"));
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"),
	    "shipping_address.city");
	a = order(with("\"billing_address\":{\"line1\":\"L\",\"city\":\"C\","
	    "\"postal_code\":\"P\",\"country\":\"DE\",\"is_default\":true},"
	    ADDRESS));
	ck_problem(a, 422, "unknown_field");
	ck_assert_str_eq(jstr(&a, "errors[0].field"),
	    "billing_address.is_default");
}
END_TEST

START_TEST(own_addresses)
{
	struct persona other = persona_new(false);
	struct answer a = order(with("\"note\":null"));
	long long mine, his, second;

	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "shipping_address");
	ck_assert_str_eq(jstr(&a, "errors[0].code"), "required");
	mine = db_i64("INSERT INTO addresses (user_id, line1, city,"
	    " postal_code, country, is_default) VALUES (%lld, 'Mine', 'C',"
	    " 'P', 'US', true) RETURNING id", (long long)buyer.id);
	second = db_i64("INSERT INTO addresses (user_id, line1, city,"
	    " postal_code, country) VALUES (%lld, 'Second', 'C', 'P', 'US')"
	    " RETURNING id", (long long)buyer.id);
	his = db_i64("INSERT INTO addresses (user_id, line1, city,"
	    " postal_code, country, is_default) VALUES (%lld, 'His', 'C',"
	    " 'P', 'US', true) RETURNING id", (long long)other.id);
	a = order(with("\"note\":null"));
	ck_status(a, 201);
	ck_assert_str_eq(jstr(&a, "shipping_address.line1"), "Mine");
	a = order(with(pathf("\"shipping_address_id\":%lld,"
	    "\"billing_address_id\":%lld", second, mine)));
	ck_status(a, 201);
	ck_assert_str_eq(jstr(&a, "shipping_address.line1"), "Second");
	ck_assert_str_eq(jstr(&a, "billing_address.line1"), "Mine");
	a = order(with(pathf("\"shipping_address_id\":%lld", his)));
	ck_problem(a, 404, "not_found");
	a = order(with(pathf("\"billing_address_id\":%lld", his)));
	ck_problem(a, 404, "not_found");
	a = order(with(pathf("\"shipping_address_id\":%lld,"
	    "\"shipping_address\":" WHOLE, mine)));
	ck_problem(a, 422, "validation_failed");
	a = order(with(pathf("\"billing_address_id\":%lld,"
	    "\"billing_address\":" WHOLE, mine)));
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "billing_address");
}
END_TEST

SUITE(order_body)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, bad_lines);
	tcase_add_test(tc, not_for_sale);
	tcase_add_test(tc, variant_required);
	tcase_add_test(tc, sums_beyond_64_bits);
	tcase_add_test(tc, lines_that_add_up);
	tcase_add_test(tc, expected_total);
	tcase_add_test(tc, shipping_and_tax);
	tcase_add_test(tc, address_forms);
	tcase_add_test(tc, own_addresses);
}
