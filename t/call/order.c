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

static void
into_cart(int64_t variant, int quantity)
{
	struct answer a = call("POST", "/api/v1/cart/items", buyer.token,
	    pathf("{\"variant_id\":%lld,\"quantity\":%d}",
	    (long long)variant, quantity));

	ck_status(a, 201);
}

static int64_t
available(int64_t variant)
{
	return db_i64("SELECT available FROM inventory WHERE variant_id ="
	    " %lld", (long long)variant);
}

static int64_t
orders_of(const struct persona *p)
{
	return db_i64("SELECT count(*) FROM orders WHERE user_id = %lld",
	    (long long)p->id);
}

START_TEST(whole_answer)
{
	struct answer a = order(three_lines(3, 2, 1)), b;
	int64_t id;

	ck_status(a, 201);
	id = jint(&a, "id");
	ck_assert_str_eq(a.rs.location, pathf("/api/v1/orders/%lld",
	    (long long)id));
	ck_assert_uint_eq(strlen(jstr(&a, "uuid")), 36);
	ck_assert_str_eq(jstr(&a, "number"), pathf("SO-%lld",
	    100000 + (long long)id));
	ck_assert_int_eq(jint(&a, "user_id"), buyer.id);
	ck_assert_str_eq(jstr(&a, "status"), "pending");
	ck_assert_str_eq(jstr(&a, "payment_status"), "unpaid");
	ck_assert_str_eq(jstr(&a, "currency"), config.currency);
	ck_assert_int_eq(jint(&a, "subtotal_cents"), 2253);
	ck_assert_int_eq(jint(&a, "discount_cents"), 0);
	ck_assert_int_eq(jint(&a, "shipping_cents"), 0);
	ck_assert_int_eq(jint(&a, "tax_cents"), 0);
	ck_assert_int_eq(jint(&a, "total_cents"), 2253);
	ck_assert_int_eq(jint(&a, "refunded_cents"), 0);
	ck_assert_uint_eq(jlen(&a, "items"), 3);
	/* As ordered. */
	ck_assert_int_eq(jint(&a, "items[0].variant_id"), three.variant);
	ck_assert_int_eq(jint(&a, "items[1].variant_id"), one.variant);
	ck_assert_int_eq(jint(&a, "items[2].variant_id"), two.variant);
	ck_assert_int_eq(jint(&a, "items[2].product_id"), two.product);
	ck_assert_int_eq(jint(&a, "items[1].unit_price_cents"), 1000);
	ck_assert_int_eq(jint(&a, "items[1].quantity"), 2);
	ck_assert_int_eq(jint(&a, "items[1].subtotal_cents"), 2000);
	ck_assert(jhas(&a, "items[1].sku"));
	ck_assert(jhas(&a, "items[1].title"));
	ck_assert(!jhas(&a, "note"));
	/* The same bytes as reading it. */
	b = call("GET", pathf("/api/v1/orders/%lld", (long long)id),
	    buyer.token, NULL);
	ck_status(b, 200);
	ck_assert_str_eq(a.body, b.body);
	ck_assert_str_eq(a.rs.etag, b.rs.etag);
	b = call("GET", pathf("/api/v1/orders/%s", jstr(&a, "uuid")),
	    buyer.token, NULL);
	ck_assert_str_eq(a.body, b.body);
	ck_assert_int_eq(db_i64("SELECT extract(epoch FROM expires_at"
	    " - created_at)::bigint FROM orders WHERE id = %lld",
	    (long long)id), config.order_ttl_minutes * 60);
}
END_TEST

START_TEST(same_bytes_with_odd_text)
{
	struct answer a, b;

	db_exec("UPDATE products SET title = 'Gr\xc3\xbc\xc3\x9f \"a\\b\" <&>'"
	    " WHERE id = %lld", (long long)one.product);
	db_exec("INSERT INTO addresses (user_id, name, line1, city,"
	    " postal_code, country, is_default) VALUES (%lld, 'O''Neil',"
	    " 'a \"b\"', 'K\xc3\xb6ln', '50667', 'DE', true)",
	    (long long)buyer.id);
	a = order(pathf("{\"items\":[{\"variant_id\":%lld}],"
	    "\"note\":\"tab\\tline\\nquote\\\" \\u00e9 \\u007f\","
	    "\"billing_address\":{\"line1\":\"B\",\"city\":\"C\","
	    "\"postal_code\":\"1\",\"country\":\"US\"}}",
	    (long long)one.variant));
	ck_status(a, 201);
	b = call("GET", a.rs.location, buyer.token, NULL);
	ck_assert_str_eq(a.body, b.body);
	ck_assert_str_eq(jstr(&a, "shipping_address.name"), "O'Neil");
	ck_assert_str_eq(jstr(&a, "billing_address.line1"), "B");
}
END_TEST

START_TEST(stock_and_ledger)
{
	struct answer a = order(one_line(4));
	int64_t id = jint(&a, "id");

	ck_assert_int_eq(available(one.variant), 6);
	ck_assert_int_eq(db_i64("SELECT reserved FROM inventory"
	    " WHERE variant_id = %lld", (long long)one.variant), 4);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM inventory_movements"
	    " WHERE order_id = %lld AND variant_id = %lld"
	    " AND kind = 'reserve' AND delta_available = -4"
	    " AND delta_reserved = 4", (long long)id,
	    (long long)one.variant), 1);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM order_events"
	    " WHERE order_id = %lld AND from_status IS NULL"
	    " AND to_status = 'pending' AND actor_id = %lld",
	    (long long)id, (long long)buyer.id), 1);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM outbox"
	    " WHERE order_id = %lld AND topic = 'order.created'"
	    " AND user_id = %lld", (long long)id, (long long)buyer.id), 1);
}
END_TEST

START_TEST(two_flights)
{
	struct answer a;

	/* Prepares what there is to prepare. */
	order(three_lines(1, 1, 1));
	a = call_with("POST", "/api/v1/orders", buyer.token,
	    three_lines(1, 1, 1), "Idempotency-Key", "flights", NULL);
	ck_status(a, 201);
	ck_assert_uint_eq(a.flights, 2);
	/* BEGIN, session, key, quote; order, event, stock, answer, COMMIT */
	ck_assert_uint_eq(a.stmts, 9);
	a = order(three_lines(1, 1, 1));
	ck_assert_uint_eq(a.flights, 2);
	ck_assert_uint_eq(a.stmts, 7);
	into_cart(one.variant, 1);
	into_cart(two.variant, 1);
	a = order("{" ADDRESS "}");
	ck_status(a, 201);
	ck_assert_uint_eq(a.flights, 2);
	ck_assert_uint_eq(a.stmts, 9);
	a = call("GET", a.rs.location, buyer.token, NULL);
	ck_assert_uint_eq(a.flights, 1);
	ck_assert_uint_eq(a.stmts, 2);
}
END_TEST

START_TEST(thousand_lines)
{
	struct buf b;
	struct answer a;

	db_exec("WITH v AS (INSERT INTO product_variants (product_id, sku,"
	    " title, price_cents) SELECT %lld, 'T-%lld-' || n, 'x', 2"
	    " FROM generate_series(1, 1000) n RETURNING id)"
	    " INSERT INTO inventory (variant_id, available)"
	    " SELECT id, 5 FROM v", (long long)two.product,
	    (long long)two.variant);
	buf_init(&b, db_mem(), 65536);
	buf_str(&b, "{" ADDRESS ",\"items\":[");
	buf_str(&b, db_text("SELECT string_agg('{\"variant_id\":' || id || '}',"
	    " ',' ORDER BY id DESC) FROM product_variants"
	    " WHERE product_id = %lld AND price_cents = 2",
	    (long long)two.product));
	buf_str(&b, "]}");
	a = order(b.data);
	ck_status(a, 201);
	ck_assert_int_eq(jint(&a, "total_cents"), 2000);
	ck_assert_uint_eq(a.flights, 2);
	ck_assert_uint_eq(jlen(&a, "items"), 1000);
	ck_assert_str_eq(call("GET", a.rs.location, buyer.token, NULL).body,
	    a.body);
	b.len -= 2;
	buf_printf(&b, ",{\"variant_id\":%lld}]}", (long long)one.variant);
	a = order(b.data);
	ck_problem(a, 422, "validation_failed");
}
END_TEST

START_TEST(lines_add_up)
{
	struct answer a = order(pathf("{\"order_items\":["
	    "{\"variant_id\":%lld,\"quantity\":6},"
	    "{\"variant_id\":%lld,\"quantity\":1},"
	    "{\"product_id\":%lld,\"quantity\":4}]," ADDRESS "}",
	    (long long)one.variant, (long long)two.variant,
	    (long long)one.product));

	ck_status(a, 201);
	ck_assert_uint_eq(jlen(&a, "items"), 2);
	ck_assert_int_eq(jint(&a, "items[0].quantity"), 10);
	ck_assert_int_eq(jint(&a, "items[0].subtotal_cents"), 10000);
	ck_assert_int_eq(available(one.variant), 0);
	ck_assert_str_eq(call("GET", a.rs.location, buyer.token, NULL).body,
	    a.body);
	/* Together they are too many. */
	a = order(pathf("{\"products\":[{\"variant_id\":%lld,\"quantity\":5},"
	    "{\"variant_id\":%lld,\"quantity\":5}]," ADDRESS "}",
	    (long long)two.variant, (long long)two.variant));
	ck_problem(a, 409, "insufficient_stock");
	ck_assert_int_eq(jint(&a, "errors[0].requested"), 10);
	ck_assert_int_eq(jint(&a, "errors[0].available"), 9);
	ck_assert_uint_eq(jlen(&a, "errors"), 1);
}
END_TEST

START_TEST(every_short_line)
{
	struct answer a = order(three_lines(11, 10, 12));

	ck_problem(a, 409, "insufficient_stock");
	ck_assert_uint_eq(jlen(&a, "errors"), 2);
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "items[0].quantity");
	ck_assert_str_eq(jstr(&a, "errors[0].code"), "insufficient_stock");
	ck_assert_int_eq(jint(&a, "errors[0].variant_id"), three.variant);
	ck_assert_int_eq(jint(&a, "errors[0].requested"), 11);
	ck_assert_int_eq(jint(&a, "errors[0].available"), 10);
	ck_assert_str_eq(jstr(&a, "errors[1].field"), "items[2].quantity");
	ck_assert_int_eq(jint(&a, "errors[1].variant_id"), two.variant);
	ck_assert_int_eq(orders_of(&buyer), 0);
	ck_assert_int_eq(available(one.variant), 10);
	ck_assert_int_eq(available(three.variant), 10);
}
END_TEST

START_TEST(from_the_cart)
{
	struct answer a, cart;

	into_cart(two.variant, 2);
	into_cart(one.variant, 1);
	a = call("POST", "/api/v1/orders/checkout", buyer.token,
	    "{" ADDRESS ",\"note\":\"Ring twice\"}");
	ck_status(a, 201);
	ck_assert_int_eq(jint(&a, "items[0].variant_id"), two.variant);
	ck_assert_int_eq(jint(&a, "items[1].variant_id"), one.variant);
	ck_assert_int_eq(jint(&a, "total_cents"), 1500);
	ck_assert_str_eq(jstr(&a, "note"), "Ring twice");
	ck_assert_str_eq(call("GET", a.rs.location, buyer.token, NULL).body,
	    a.body);
	cart = call("GET", "/api/v1/cart", buyer.token, NULL);
	ck_assert(jbool(&cart, "is_empty"));
	a = order("{" ADDRESS "}");
	ck_problem(a, 422, "cart_empty");
}
END_TEST

START_TEST(items_leave_the_cart)
{
	struct answer a, cart;

	into_cart(two.variant, 2);
	a = order(one_line(1));
	ck_status(a, 201);
	cart = call("GET", "/api/v1/cart", buyer.token, NULL);
	ck_assert_uint_eq(jlen(&cart, "items"), 1);
}
END_TEST

START_TEST(nothing_to_order)
{
	struct answer a = order("{" ADDRESS "}");

	ck_problem(a, 422, "cart_empty");
	a = order("{\"items\":[]," ADDRESS "}");
	ck_problem(a, 422, "cart_empty");
	a = order(NULL);
	ck_problem(a, 422, "cart_empty");
	into_cart(one.variant, 1);
	db_exec("UPDATE products SET deleted_at = now() WHERE id = %lld",
	    (long long)one.product);
	a = order("{" ADDRESS "}");
	ck_problem(a, 422, "cart_empty");
}
END_TEST

START_TEST(refused_cart_stays)
{
	struct answer a;

	into_cart(one.variant, 5);
	db_exec("UPDATE inventory SET available = 4 WHERE variant_id = %lld",
	    (long long)one.variant);
	a = order("{" ADDRESS "}");
	ck_problem(a, 409, "insufficient_stock");
	a = call("GET", "/api/v1/cart", buyer.token, NULL);
	ck_assert_int_eq(jint(&a, "items[0].quantity"), 5);
	ck_assert_int_eq(jint(&a, "items[0].available"), 4);
}
END_TEST

START_TEST(key)
{
	struct answer a, b;

	a = call_with("POST", "/api/v1/orders", buyer.token, one_line(3),
	    "Idempotency-Key", "k", NULL);
	ck_status(a, 201);
	b = call_with("POST", "/api/v1/orders", buyer.token, one_line(3),
	    "Idempotency-Key", "k", NULL);
	ck_status(b, 201);
	ck_assert(b.rs.replayed);
	ck_assert_str_eq(a.body, b.body);
	ck_assert_str_eq(a.rs.location, b.rs.location);
	ck_assert_str_eq(a.rs.etag, b.rs.etag);
	b = call_with("POST", "/api/v1/orders", buyer.token, one_line(4),
	    "Idempotency-Key", "k", NULL);
	ck_problem(b, 422, "idempotency_key_reused");
	ck_assert_int_eq(orders_of(&buyer), 1);
	/* A refusal is an answer, too. */
	a = call_with("POST", "/api/v1/orders", buyer.token, one_line(8),
	    "Idempotency-Key", "k2", NULL);
	ck_problem(a, 409, "insufficient_stock");
	b = call_with("POST", "/api/v1/orders", buyer.token, one_line(8),
	    "Idempotency-Key", "k2", NULL);
	ck_problem(b, 409, "insufficient_stock");
	ck_assert(b.rs.replayed);
	ck_assert_int_eq(jint(&b, "errors[0].available"), 7);
}
END_TEST

START_TEST(overdue_orders_give_way)
{
	struct persona other = persona_new(false);
	struct answer a, b;

	a = call("POST", "/api/v1/orders", other.token, one_line(8));
	ck_status(a, 201);
	b = order(three_lines(1, 5, 1));
	ck_problem(b, 409, "insufficient_stock");
	db_exec("UPDATE orders SET expires_at = now() WHERE id = %lld",
	    (long long)jint(&a, "id"));
	b = order(three_lines(1, 5, 1));
	ck_status(b, 201);
	ck_assert_int_eq(available(one.variant), 5);
	b = call("GET", a.rs.location, other.token, NULL);
	ck_assert_str_eq(jstr(&b, "status"), "cancelled");
	b = call("GET", pathf("%s/events", a.rs.location), other.token, NULL);
	ck_assert_str_eq(jstr(&b, "data[1].reason"), "expired");
	ck_assert_str_eq(jstr(&b, "data[1].actor"), "system");
	/* A payment under way keeps its order. */
	a = call("POST", "/api/v1/orders", other.token, one_line(5));
	ck_status(a, 201);
	db_exec("INSERT INTO payments (order_id, user_id, provider,"
	    " amount_cents, currency) VALUES (%lld, %lld, 'test', 5000,"
	    " 'USD')", (long long)jint(&a, "id"), (long long)other.id);
	db_exec("UPDATE orders SET expires_at = now() WHERE id = %lld",
	    (long long)jint(&a, "id"));
	b = order(one_line(1));
	ck_problem(b, 409, "insufficient_stock");
}
END_TEST

START_TEST(first_seeds_paths)
{
	struct answer a = call("POST", "/order/create_order", buyer.token,
	    one_line(1));

	ck_status(a, 201);
	a = call("POST", "/order/create_order", NULL, one_line(1));
	ck_problem(a, 401, "unauthorized");
	into_cart(one.variant, 1);
	a = call("POST", "/api/orders/", buyer.token, "{" ADDRESS "}");
	ck_status(a, 201);
}
END_TEST

SUITE(order)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, whole_answer);
	tcase_add_test(tc, same_bytes_with_odd_text);
	tcase_add_test(tc, stock_and_ledger);
	tcase_add_test(tc, two_flights);
	tcase_add_test(tc, thousand_lines);
	tcase_add_test(tc, lines_add_up);
	tcase_add_test(tc, every_short_line);
	tcase_add_test(tc, from_the_cart);
	tcase_add_test(tc, items_leave_the_cart);
	tcase_add_test(tc, nothing_to_order);
	tcase_add_test(tc, refused_cart_stays);
	tcase_add_test(tc, key);
	tcase_add_test(tc, overdue_orders_give_way);
	tcase_add_test(tc, first_seeds_paths);
}
