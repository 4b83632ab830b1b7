/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/json.h"
#include "lib/random.h"

#include "app/config.h"

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

START_TEST(created_with_a_price)
{
	struct answer a = create(pathf("{'name':'Crème %s','price':29.99,"
	    "'stock_quantity':7,'attributes':{'n':1},"
	    "'images':['https://x.example/a.jpg']}", tag)), b;
	int64_t id;

	ck_status(a, 201);
	id = jint(&a, "id");
	ck_assert_str_eq(a.rs.location, pathf("/api/v1/products/%lld",
	    (long long)id));
	ck_assert_str_eq(jstr(&a, "slug"), pathf("creme-%s", tag));
	ck_assert(strlen(jstr(&a, "sku")) > 0);
	ck_assert_str_eq(jstr(&a, "status"), "active");
	ck_assert_str_eq(jstr(&a, "description"), "");
	ck_assert_str_eq(jstr(&a, "currency"), config.currency);
	ck_assert_str_eq(jstr(&a, "images[0]"), "https://x.example/a.jpg");
	ck_assert_int_eq(jint(&a, "attributes.n"), 1);
	ck_assert_int_eq(jint(&a, "price_cents"), 2999);
	ck_assert_int_eq(jint(&a, "min_price_cents"), 2999);
	ck_assert_int_eq(jint(&a, "max_price_cents"), 2999);
	ck_assert_int_eq(jint(&a, "total_available"), 7);
	ck_assert_int_eq(jint(&a, "variant_count"), 1);
	ck_assert_int_eq(jint(&a, "rating_count"), 0);
	ck_assert(jbool(&a, "in_stock"));
	ck_assert(!jhas(&a, "category"));
	ck_assert_str_eq(jstr(&a, "variants[0].sku"), jstr(&a, "sku"));
	ck_assert_int_eq(jint(&a, "variants[0].available"), 7);
	ck_assert_int_eq(jint(&a, "variants[0].reserved"), 0);
	ck_assert(jbool(&a, "variants[0].is_default"));
	b = on("GET", id, NULL, NULL);
	ck_status(b, 200);
	ck_assert(!jhas(&b, "variants[0].reserved"));
	ck_assert_int_eq(db_i64("SELECT count(*) FROM inventory_movements m"
	    " JOIN product_variants v ON v.id = m.variant_id"
	    " WHERE v.product_id = %lld AND kind = 'receive'"
	    " AND delta_available = 7", (long long)id), 1);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log WHERE action"
	    " = 'product.create' AND target_id = %lld AND actor_id = %lld"
	    " AND after ->> 'sku' IS NOT NULL", (long long)id,
	    (long long)admin.id), 1);
}
END_TEST

START_TEST(created_with_variants)
{
	struct answer a = create(pathf("{'title':'Shirt %s','sku':'S%s',"
	    "'variants':[{'title':'S','price_cents':500,'stock':1,"
	    "'attributes':{'size':'S'}},{'title':'M','price':'6.50',"
	    "'compare_at_price_cents':800,'is_default':true},"
	    "{'sku':'S%s-x','price_cents':700}]}", tag, tag, tag));

	ck_status(a, 201);
	ck_assert_int_eq(jint(&a, "variant_count"), 3);
	ck_assert_int_eq(jint(&a, "price_cents"), 650);
	ck_assert_int_eq(jint(&a, "min_price_cents"), 500);
	ck_assert_int_eq(jint(&a, "max_price_cents"), 700);
	ck_assert_int_eq(jint(&a, "total_available"), 1);
	ck_assert_str_eq(jstr(&a, "variants[0].sku"), pathf("S%s-1", tag));
	ck_assert_str_eq(jstr(&a, "variants[0].attributes.size"), "S");
	ck_assert(jbool(&a, "variants[0].in_stock"));
	ck_assert(!jbool(&a, "variants[1].in_stock"));
	ck_assert_int_eq(jint(&a, "variants[1].compare_at_price_cents"), 800);
	ck_assert_str_eq(jstr(&a, "variants[2].sku"), pathf("S%s-x", tag));
}
END_TEST

START_TEST(created_with_200_variants)
{
	struct answer a;
	struct buf b;

	buf_init(&b, db_mem(), 16384);
	buf_printf(&b, "{'title':'Many %s','variants':[", tag);
	for (int i = 0; i < 200; i++)
		buf_printf(&b, "%s{'price_cents':%d,'stock':%d}",
		    i > 0 ? "," : "", i, i);
	buf_str(&b, "]}");
	a = create(b.data);
	ck_status(a, 201);
	ck_assert_uint_eq(jlen(&a, "variants"), 200);
	ck_assert_int_eq(jint(&a, "total_available"), 199 * 100);
	ck_assert_int_eq(jint(&a, "variants[7].available"), 7);
	ck_assert_int_eq(jint(&a, "variants[7].price_cents"), 7);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM inventory_movements m"
	    " JOIN product_variants v ON v.id = m.variant_id"
	    " WHERE v.product_id = %lld AND kind = 'receive'"
	    " AND delta_available = v.price_cents",
	    (long long)jint(&a, "id")), 199);
}
END_TEST

static const char *
yen(const char *most)
{
	return pathf("/api/v1/products?min_price=100&max_price=%s&q=%s", most,
	    tag);
}

START_TEST(prices_without_decimals)
{
	struct answer a;

	money_currency("JPY");
	a = create(pathf("{'title':'Yen %s','price':100}", tag));
	ck_status(a, 201);
	ck_assert_int_eq(jint(&a, "price_cents"), 100);
	a = create(pathf("{'title':'Yen %s','price':'99.50'}", tag));
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "price");
	a = create(pathf("{'title':'Yen %s','price':1000000000001}", tag));
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].detail"),
	    "must be at most 1000000000000");
	a = call("GET", yen("100"), NULL, NULL);
	ck_assert_uint_eq(jlen(&a, "data"), 1);
	ck_problem(call("GET", yen("100.0"), NULL, NULL), 400,
	    "invalid_parameter");
	money_currency(config.currency);
}
END_TEST

START_TEST(slugs_are_made_unique)
{
	const char *body = pathf("{'title':'Two of %s','price_cents':1}", tag);
	struct answer a = create(body), b = create(body), c;

	ck_assert_str_eq(jstr(&a, "slug"), pathf("two-of-%s", tag));
	ck_assert_str_eq(jstr(&b, "slug"), pathf("two-of-%s-2", tag));
	c = create(body);
	ck_assert_str_eq(jstr(&c, "slug"), pathf("two-of-%s-3", tag));
	c = create(pathf("{'title':'x','slug':'two-of-%s','price_cents':1}",
	    tag));
	ck_problem(c, 409, "slug_taken");
	c = create("{'title':'Categories','price_cents':1}");
	ck_status(c, 201);
	ck_assert(strncmp(jstr(&c, "slug"), "categories-", 11) == 0);
	c = create("{'title':'12345','price_cents':1}");
	ck_assert(strncmp(jstr(&c, "slug"), "product-12345", 13) == 0);
	c = call("GET", pathf("/api/v1/products/two-of-%s-2", tag), NULL,
	    NULL);
	ck_status(c, 200);
	ck_assert_int_eq(jint(&c, "id"), jint(&b, "id"));
}
END_TEST

START_TEST(skus_are_unique)
{
	struct answer a = create(pathf("{'title':'x','sku':'K%s',"
	    "'price_cents':1}", tag));

	ck_status(a, 201);
	a = create(pathf("{'title':'x','sku':'K%s','price_cents':1}", tag));
	ck_problem(a, 409, "sku_taken");
	a = create(pathf("{'title':'x','sku':'k%s','price_cents':1}", tag));
	ck_status(a, 201);
	/* Of several it is said which. */
	a = create(pathf("{'title':'y','variants':[{'price_cents':1,"
	    "'sku':'(%s'},{'price_cents':1,'sku':'K%s'}]}", tag, tag));
	ck_problem(a, 409, "sku_taken");
	ck_assert_str_eq(jstr(&a, "detail"), pathf("The SKU is taken: K%s",
	    tag));
}
END_TEST

/* A SKU that nobody sent is one that nobody has. */
START_TEST(made_skus_are_free)
{
	struct answer a;
	int64_t id;

	ck_status(create(pathf("{'title':'x','sku':'M%s-1','price_cents':1}",
	    tag)), 201);
	a = create(pathf("{'title':'x','sku':'M%s','variants':["
	    "{'price_cents':5},{'price_cents':6,'sku':'M%s-3'},"
	    "{'price_cents':7}]}", tag, tag));
	ck_status(a, 201);
	ck_assert_str_eq(jstr(&a, "variants[0].sku"), pathf("M%s-2", tag));
	ck_assert_str_eq(jstr(&a, "variants[1].sku"), pathf("M%s-3", tag));
	ck_assert_str_eq(jstr(&a, "variants[2].sku"), pathf("M%s-4", tag));
	id = jint(&a, "id");
	a = call("POST", pathf("/api/v1/products/%lld/variants",
	    (long long)id), admin.token, "{\"price_cents\":7}");
	ck_status(a, 201);
	ck_assert_str_eq(jstr(&a, "sku"), pathf("M%s-5", tag));
	db_exec("WITH v AS (INSERT INTO product_variants (product_id, sku,"
	    " title, price_cents) SELECT %lld, 'N%s-' || i, 'x', 1"
	    " FROM generate_series(1, 300) i RETURNING id)"
	    " INSERT INTO inventory (variant_id) SELECT id FROM v",
	    (long long)id, tag);
	a = create(pathf("{'title':'x','sku':'N%s','variants':["
	    "{'price_cents':5},{'price_cents':6}]}", tag));
	ck_status(a, 201);
	ck_assert_uint_eq(strlen(jstr(&a, "variants[1].sku")),
	    strlen(tag) + 1 + 14);
}
END_TEST

START_TEST(long_skus)
{
	const char *sku = pathf("L%s%0*d", tag, 57 - (int)strlen(tag), 0);
	struct answer a = create(pathf("{'title':'x','sku':'%s-abcde',"
	    "'price_cents':1}", sku));

	ck_assert_uint_eq(strlen(jstr(&a, "sku")), 64);
	ck_assert_str_eq(jstr(&a, "variants[0].sku"), jstr(&a, "sku"));
	a = create(pathf("{'title':'x','sku':'%s-abcdf','price_cents':1}",
	    sku));
	ck_status(a, 201);
	a = create(pathf("{'title':'x','sku':'%s-ab','variants':["
	    "{'price_cents':1}]}", sku));
	ck_status(a, 201);
	a = create(pathf("{'title':'x','sku':'%s-cd','variants':["
	    "{'price_cents':1}]}", sku));
	ck_status(a, 201);
}
END_TEST

START_TEST(refused_bodies)
{
	static const struct { const char *body, *code, *field; } bad[] = {
		{ "{}", "validation_failed", "title" },
		{ "{'title':'x'}", "validation_failed", "price_cents" },
		{ "{'title':'','price_cents':1}", "validation_failed",
		    "title" },
		{ "{'title':'x','price_cents':-1}", "validation_failed",
		    "price_cents" },
		{ "{'title':'x','price_cents':1000000000001}",
		    "validation_failed", "price_cents" },
		{ "{'title':'x','price':1.999}", "validation_failed",
		    "price" },
		{ "{'title':'x','price':'1e2'}", "validation_failed",
		    "price" },
		{ "{'title':'x','price':1,'price_cents':100}",
		    "validation_failed", "price_cents" },
		{ "{'title':'x','price_cents':1.0}", "validation_failed",
		    "price_cents" },
		{ "{'title':'x','price_cents':1,'stock':-1}",
		    "validation_failed", "stock" },
		{ "{'title':'x','price_cents':1,'status':'gone'}",
		    "validation_failed", "status" },
		{ "{'title':'x','price_cents':1,'slug':'123'}",
		    "validation_failed", "slug" },
		{ "{'title':'x','price_cents':1,'slug':'categories'}",
		    "validation_failed", "slug" },
		{ "{'title':'x','price_cents':1,'images':['ftp://x/y']}",
		    "validation_failed", "images[0]" },
		{ "{'title':'x','price_cents':1,'category_id':99999999}",
		    "validation_failed", "category_id" },
		{ "{'title':'x','price_cents':1,'variants':[{"
		    "'price_cents':1}]}", "validation_failed", "variants" },
		{ "{'title':'x','variants':[{'title':'y'}]}",
		    "validation_failed", "variants[0].price_cents" },
		{ "{'title':'x','variants':[{'price_cents':1,"
		    "'is_default':true},{'price_cents':1,'is_default':true}]}",
		    "validation_failed", "variants" },
		{ "{'title':'x','price_cents':1,'id':7}", "unknown_field",
		    "id" },
		{ "{'title':'x','price_cents':1,'rating_count':7}",
		    "unknown_field", "rating_count" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct answer a = create(bad[i].body);

		ck_assert_msg(a.status == 422, "%s: %d", bad[i].body,
		    a.status);
		ck_assert_str_eq(a.code, bad[i].code);
		ck_assert_str_eq(jstr(&a, "errors[0].field"), bad[i].field);
	}
}
END_TEST

START_TEST(patched)
{
	struct answer a = create(pathf("{'title':'Old %s','sku':'P%s',"
	    "'price_cents':100,'stock':5,'attributes':{'a':1,'b':{'c':2}}}",
	    tag, tag));
	int64_t id = jint(&a, "id");

	/* What a new one has not got may be null. */
	ck_status(create("{'title':'Null','price':1,'stock':null,"
	    "'sku':null,'category_id':null}"), 201);
	a = on("PATCH", id, admin.token, pathf("{'title':'New','sku':'Q%s',"
	    "'price':'1.50','stock':9,'description':'d',"
	    "'attributes':{'a':null,'b':{'d':3}},'status':'archived'}", tag));
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "title"), "New");
	ck_assert_str_eq(jstr(&a, "slug"), pathf("old-%s", tag));
	ck_assert_str_eq(jstr(&a, "variants[0].sku"), pathf("Q%s", tag));
	ck_assert_int_eq(jint(&a, "price_cents"), 150);
	ck_assert_int_eq(jint(&a, "total_available"), 9);
	ck_assert(!jhas(&a, "attributes.a"));
	ck_assert_int_eq(jint(&a, "attributes.b.c"), 2);
	ck_assert_int_eq(jint(&a, "attributes.b.d"), 3);
	ck_assert_str_eq(jstr(&a, "status"), "archived");
	a = on("PUT", id, admin.token, "{'description':null}");
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "description"), "");
	ck_assert_str_eq(jstr(&a, "title"), "New");
	a = on("PATCH", id, admin.token, "{'stock':null}");
	ck_problem(a, 422, "validation_failed");
	a = on("PATCH", id, admin.token, "{'price_cents':null}");
	ck_problem(a, 422, "validation_failed");
	a = on("PATCH", id, admin.token, "{'category_id':99999999}");
	ck_problem(a, 422, "validation_failed");
	a = on("PATCH", 99999999, admin.token, "{'title':'x'}");
	ck_problem(a, 404, "not_found");
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log WHERE action"
	    " = 'product.update' AND target_id = %lld AND before ->> 'title'"
	    " = 'Old %s' AND after ->> 'title' = 'New'", (long long)id, tag),
	    1);
}
END_TEST

START_TEST(several_variants_have_their_own)
{
	struct answer a = create(pathf("{'title':'x','sku':'V%s','variants':"
	    "[{'price_cents':1},{'price_cents':2}]}", tag));
	int64_t id = jint(&a, "id");

	a = on("PATCH", id, admin.token, "{'price_cents':5}");
	ck_problem(a, 422, "variant_required");
	a = on("PATCH", id, admin.token, "{'stock':5}");
	ck_problem(a, 422, "variant_required");
	a = on("PATCH", id, admin.token, "{'title':'y'}");
	ck_status(a, 200);
}
END_TEST

START_TEST(deleted)
{
	struct answer a = create(pathf("{'title':'D %s','sku':'D%s',"
	    "'price_cents':1,'stock':3}", tag, tag));
	int64_t id = jint(&a, "id"), variant = jint(&a, "variants[0].id");

	a = call("POST", "/api/v1/cart/items", customer.token,
	    pathf("{\"variant_id\":%lld}", (long long)variant));
	ck_status(a, 201);
	a = on("DELETE", id, admin.token, NULL);
	ck_status(a, 204);
	ck_status(on("GET", id, NULL, NULL), 404);
	ck_status(on("DELETE", id, admin.token, NULL), 404);
	ck_status(on("PATCH", id, admin.token, "{'title':'x'}"), 404);
	a = call("GET", "/api/v1/cart", customer.token, NULL);
	ck_assert(jbool(&a, "is_empty"));
	/* Its names are free again. */
	a = create(pathf("{'title':'D %s','sku':'D%s','price_cents':1}", tag,
	    tag));
	ck_status(a, 201);
	ck_assert_str_eq(jstr(&a, "slug"), pathf("d-%s", tag));
	a = call("DELETE", pathf("/api/v1/products/%lld?permanent=true",
	    (long long)id), admin.token, NULL);
	ck_status(a, 204);
	ck_status(on("GET", id, admin.token, NULL), 404);
	ck_assert_int_eq(db_i64("SELECT sum(delta_available) FROM"
	    " inventory_movements WHERE variant_id = %lld",
	    (long long)variant), 0);
}
END_TEST

START_TEST(orders_keep_their_products)
{
	struct goods g = goods_new(100, 5);
	struct answer a;

	a = call("POST", "/api/v1/orders", customer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld}],"
	    "\"delivery_address\":\"1 Main Street\"}", (long long)g.variant));
	ck_status(a, 201);
	a = call("DELETE", pathf("/api/v1/products/%lld?permanent=true",
	    (long long)g.product), admin.token, NULL);
	ck_problem(a, 409, "in_use");
	ck_status(on("DELETE", g.product, admin.token, NULL), 204);
	a = call("GET", pathf("/api/v1/orders/%lld",
	    (long long)db_i64("SELECT max(id) FROM orders WHERE user_id ="
	    " %lld", (long long)customer.id)), customer.token, NULL);
	ck_status(a, 200);
	ck_assert_int_eq(jint(&a, "items[0].product_id"), g.product);
}
END_TEST

START_TEST(variants)
{
	struct answer a = create(pathf("{'title':'x','sku':'W%s',"
	    "'price_cents':100}", tag));
	int64_t id = jint(&a, "id"), first = jint(&a, "variants[0].id"), v;
	const char *path = pathf("/api/v1/products/%lld/variants",
	    (long long)id), *one;

	a = call("DELETE", pathf("%s/%lld", path, (long long)first),
	    admin.token, NULL);
	ck_problem(a, 409, "in_use");
	a = call("POST", path, admin.token, json("{'title':'L',"
	    "'price_cents':50,'stock':4,'is_default':true}"));
	ck_status(a, 201);
	v = jint(&a, "id");
	ck_assert_str_eq(a.rs.location, pathf("/api/v1/products/%lld",
	    (long long)id));
	ck_assert_int_eq(jint(&a, "available"), 4);
	ck_assert_int_eq(jint(&a, "reserved"), 0);
	one = pathf("%s/%lld", path, (long long)v);
	a = call_with("PATCH", one, admin.token, "{\"title\":\"XL\"}",
	    "If-Match", "\"999\"", NULL);
	ck_problem(a, 412, "precondition_failed");
	a = call_with("PATCH", one, admin.token, json("{'title':'XL','stock':"
	    "6,'price':'0.70','attributes':{'size':'XL'}}"), "If-Match",
	    a.rs.etag != NULL ? a.rs.etag : "\"1\"", NULL);
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "title"), "XL");
	ck_assert_int_eq(jint(&a, "price_cents"), 70);
	ck_assert_int_eq(jint(&a, "available"), 6);
	a = on("GET", id, NULL, NULL);
	ck_assert_int_eq(jint(&a, "variant_count"), 2);
	ck_assert_int_eq(jint(&a, "price_cents"), 70);
	ck_assert_int_eq(jint(&a, "min_price_cents"), 70);
	ck_assert_int_eq(jint(&a, "max_price_cents"), 100);
	a = call("PATCH", pathf("%s/%lld", path, (long long)first),
	    admin.token, json("{'is_default':true}"));
	ck_assert(jbool(&a, "is_default"));
	a = on("GET", id, NULL, NULL);
	ck_assert_int_eq(jint(&a, "price_cents"), 100);
	ck_assert(!jbool(&a, "variants[1].is_default"));
	ck_status(call("DELETE", one, admin.token, NULL), 204);
	ck_problem(call("DELETE", one, admin.token, NULL), 404, "not_found");
	a = on("GET", id, NULL, NULL);
	ck_assert_uint_eq(jlen(&a, "variants"), 1);
	/* A variant is reached by its own product only. */
	a = call("PATCH", pathf("/api/v1/products/1/variants/%lld",
	    (long long)first), admin.token, json("{'title':'q'}"));
	ck_problem(a, 404, "not_found");
}
END_TEST

SUITE(product_call)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, created_with_a_price);
	tcase_add_test(tc, created_with_variants);
	tcase_add_test(tc, created_with_200_variants);
	tcase_add_test(tc, prices_without_decimals);
	tcase_add_test(tc, slugs_are_made_unique);
	tcase_add_test(tc, skus_are_unique);
	tcase_add_test(tc, made_skus_are_free);
	tcase_add_test(tc, long_skus);
	tcase_add_test(tc, refused_bodies);
	tcase_add_test(tc, patched);
	tcase_add_test(tc, several_variants_have_their_own);
	tcase_add_test(tc, deleted);
	tcase_add_test(tc, orders_keep_their_products);
	tcase_add_test(tc, variants);
}
