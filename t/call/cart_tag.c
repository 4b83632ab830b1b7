/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "t/help/call.h"
#include "t/help/db.h"

static struct persona buyer;

static void
setup(void)
{
	buyer = persona_new(false);
}

static struct answer
add(int64_t variant)
{
	return call("POST", "/api/v1/cart/items", buyer.token,
	    pathf("{\"variant_id\":%lld}", (long long)variant));
}

START_TEST(stale_tags)
{
	struct goods g = goods_new(100, 9);
	struct answer a = add(g.variant), b;
	const char *tag = a.rs.etag;
	int64_t line = jint(&a, "items[0].id");

	b = call_with("GET", "/api/v1/cart", buyer.token, NULL,
	    "If-None-Match", tag, NULL);
	ck_status(b, 304);
	/* A price changes what is shown, not the cart. */
	db_exec("UPDATE product_variants SET price_cents = 7"
	    " WHERE id = %lld", (long long)g.variant);
	b = call_with("GET", "/api/v1/cart", buyer.token, NULL,
	    "If-None-Match", tag, NULL);
	ck_status(b, 200);
	b = call_with("PATCH", pathf("/api/v1/cart/items/%lld",
	    (long long)line), buyer.token, "{\"quantity\":2}", "If-Match",
	    tag, NULL);
	ck_status(b, 200);
	b = call_with("DELETE", pathf("/api/v1/cart/items/%lld",
	    (long long)line), buyer.token, NULL, "If-Match", tag, NULL);
	ck_problem(b, 412, "precondition_failed");
	b = call_with("DELETE", "/api/v1/cart", buyer.token, NULL,
	    "If-Match", tag, NULL);
	ck_problem(b, 412, "precondition_failed");
}
END_TEST

/* An If-Match of before is stale, the time of the change has moved, and the
 * cart is empty. */
static void
moved(const struct answer *before)
{
	struct answer a = call("GET", "/api/v1/cart", buyer.token, NULL);

	ck_assert(jbool(&a, "is_empty"));
	ck_assert_str_ne(jstr(&a, "updated_at"), jstr(before, "updated_at"));
	ck_problem(call_with("DELETE", "/api/v1/cart", buyer.token, NULL,
	    "If-Match", before->rs.etag, NULL), 412, "precondition_failed");
	ck_status(call_with("DELETE", "/api/v1/cart", buyer.token, NULL,
	    "If-Match", a.rs.etag, NULL), 200);
}

START_TEST(an_order_moves_it)
{
	struct goods g = goods_new(100, 9);
	struct answer a = add(g.variant);

	ck_status(call("POST", "/api/v1/orders", buyer.token,
	    "{\"delivery_address\":\"Here\"}"), 201);
	moved(&a);
}
END_TEST

START_TEST(what_is_deleted_moves_it)
{
	struct persona admin = persona_new(true), other = persona_new(false);
	struct goods g = goods_new(100, 9), h = goods_new(100, 9);
	const char *product = pathf("/api/v1/products/%lld",
	    (long long)g.product);
	struct answer a, b;

	b = call("POST", "/api/v1/cart/items", other.token,
	    pathf("{\"variant_id\":%lld}", (long long)h.variant));
	ck_status(call("POST", pathf("%s/variants", product), admin.token,
	    "{\"price_cents\":700}"), 201);
	a = add(g.variant);
	ck_status(call("DELETE", pathf("%s/variants/%lld", product,
	    (long long)g.variant), admin.token, NULL), 204);
	moved(&a);
	g = goods_new(100, 9);
	a = add(g.variant);
	ck_status(call("DELETE", pathf("/api/v1/products/%lld",
	    (long long)g.product), admin.token, NULL), 204);
	moved(&a);
	g = goods_new(100, 9);
	a = add(g.variant);
	ck_status(call("DELETE", pathf("/api/v1/products/%lld?permanent=true",
	    (long long)g.product), admin.token, NULL), 204);
	moved(&a);
	/* Another cart is as it was. */
	ck_status(call_with("DELETE", "/api/v1/cart", other.token, NULL,
	    "If-Match", b.rs.etag, NULL), 200);
}
END_TEST

SUITE(cart_tag)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, stale_tags);
	tcase_add_test(tc, an_order_moves_it);
	tcase_add_test(tc, what_is_deleted_moves_it);
}
