/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/json.h"
#include "lib/random.h"

#include "t/help/call.h"
#include "t/help/db.h"

/*
 * Eight products in a tree of categories of their own, so that what other
 * tests make does not show.  Letters name them.
 */
static struct persona admin, customer;
static const char *tag;
static int64_t root, leaf;
static int64_t ids[8];

static const struct {
	const char *title, *more;
	int price, high, stock, rating;
	bool leaf;
} goods[8] = {
	{ "a Walnut Table", "{\"wood\":\"walnut\"}", 500, 900, 3, 1, false },
	{ "b Walnut Chair", "{\"wood\":\"walnut\",\"legs\":4}", 300, 300, 0,
	    5, false },
	{ "c Oak Bench", "{\"wood\":\"oak\",\"legs\":4}", 300, 300, 1, 3,
	    true },
	{ "d Lamp", "{}", 100, 100, 0, 4, true },
	{ "e Mirror", "{}", 700, 700, 9, 2, true },
	{ "f Clock", "{}", 200, 1200, 9, 1, false },
	{ "g Draft", "{}", 1, 1, 1, 1, false },
	{ "h Archived", "{}", 1, 1, 1, 1, false },
};

static const char *const sorts[] = { "id", "-id", "price", "-price",
    "title", "-created_at", "rating", "relevance" };

static void
make(int i)
{
	ids[i] = db_i64("INSERT INTO products (sku, slug, title, description,"
	    " category_id, attributes, status, rating_sum, rating_count,"
	    " created_at) VALUES ('%s-%d', 's%s-%d', '%s %s',"
	    " 'Plumbago words', %lld, '%s', '%s', %d, 1,"
	    " now() + interval '1 s' * %d) RETURNING id", tag, i, tag, i,
	    goods[i].title, tag, (long long)(goods[i].leaf ? leaf : root),
	    goods[i].more, i == 6 ? "draft" : i == 7 ? "archived" : "active",
	    goods[i].rating, i * 37 % 8);
	db_exec("WITH v AS (INSERT INTO product_variants (product_id, sku,"
	    " title, price_cents, attributes) VALUES (%lld, '%s-%d-1', 'one',"
	    " %d, '{\"size\":\"S\"}'), (%lld, '%s-%d-2', 'two', %d,"
	    " '{\"size\":\"L\"}') RETURNING id)"
	    " INSERT INTO inventory (variant_id, available)"
	    " SELECT id, CASE WHEN id %% 2 = min(id) OVER () %% 2 THEN %d"
	    " ELSE 0 END FROM v", (long long)ids[i], tag, i, goods[i].price,
	    (long long)ids[i], tag, i, goods[i].high, goods[i].stock);
	db_exec("INSERT INTO inventory_movements (variant_id, kind,"
	    " delta_available, delta_reserved) SELECT variant_id, 'receive',"
	    " i.available, 0 FROM inventory i JOIN product_variants v"
	    " ON v.id = i.variant_id WHERE v.product_id = %lld",
	    (long long)ids[i]);
}

static void
setup(void)
{
	admin = persona_new(true);
	customer = persona_new(false);
	/* With a digit first, the tag would be a word that "3" begins. */
	tag = pathf("t%s", random_hex(6, db_mem()));
	root = db_i64("INSERT INTO categories (name, slug) VALUES ('R',"
	    " 'r-%s') RETURNING id", tag);
	leaf = db_i64("INSERT INTO categories (name, slug, parent_id)"
	    " VALUES ('L', 'l-%s', %lld) RETURNING id", tag,
	    (long long)root);
	for (int i = 0; i < 8; i++)
		make(i);
}

/* Ratings without reviews would not pass `shopd check`. */
static void
teardown(void)
{
	db_exec("UPDATE products SET rating_sum = 0, rating_count = 0"
	    " WHERE category_id IN (%lld, %lld)", (long long)root,
	    (long long)leaf);
}

/* The letters of a list's products; a problem is its code. */
static const char *
letters(const struct answer *a)
{
	char *s = arena_alloc(db_mem(), 101), *p = s;

	if (a->status != 200)
		return a->code;
	for (size_t i = 0; i < jlen(a, "data"); i++) {
		int64_t id = jint(a, pathf("data[%zu].id", i));

		for (int k = 0; k < 8; k++)
			if (ids[k] == id)
				*p++ = (char)('a' + k);
	}
	return s;
}

static const char *
list_as(const char *token, const char *query)
{
	struct answer a = call("GET",
	    pathf("/api/v1/products?category_id=%lld%s%s", (long long)root,
	    *query != '\0' ? "&" : "", query), token, NULL);

	if (a.status == 200)
		ck_assert_uint_eq(a.flights, 1);
	return letters(&a);
}

#define ck_list(query, want) ck_assert_str_eq(list_as(NULL, query), want)

START_TEST(only_what_is_active)
{
	ck_list("", "abcdef");
	ck_assert_str_eq(list_as(customer.token, ""), "abcdef");
	ck_assert_str_eq(list_as(admin.token, ""), "abcdef");
	ck_assert_str_eq(list_as(admin.token, "status=draft"), "g");
	ck_assert_str_eq(list_as(admin.token, "status=archived"), "h");
	ck_assert_str_eq(list_as(admin.token, "status=active"), "abcdef");
	ck_assert_str_eq(list_as(customer.token, "status=draft"),
	    "forbidden");
	ck_assert_str_eq(list_as(NULL, "status=active"), "forbidden");
	db_exec("UPDATE products SET deleted_at = now() WHERE id = %lld",
	    (long long)ids[0]);
	ck_list("", "bcdef");
	db_exec("UPDATE products SET deleted_at = NULL WHERE id = %lld",
	    (long long)ids[0]);
}
END_TEST

START_TEST(categories_with_what_is_below)
{
	struct answer a = call("GET", pathf("/api/v1/products?category=r-%s",
	    tag), NULL, NULL);

	ck_assert_str_eq(letters(&a), "abcdef");
	a = call("GET", pathf("/api/v1/products?category=l-%s", tag), NULL,
	    NULL);
	ck_assert_str_eq(letters(&a), "cde");
	ck_assert_str_eq(jstr(&a, "data[0].category.slug"),
	    pathf("l-%s", tag));
	a = call("GET", pathf("/api/v1/products?category_id=%lld",
	    (long long)leaf), NULL, NULL);
	ck_assert_str_eq(letters(&a), "cde");
	a = call("GET", "/api/v1/products?category=no-such", NULL, NULL);
	ck_assert_str_eq(letters(&a), "");
}
END_TEST

START_TEST(orders)
{
	ck_list("sort=id", "abcdef");
	ck_list("sort=-id", "fedcba");
	ck_list("sort=price", "dfbcae");
	ck_list("sort=-price", "eacbfd");
	ck_list("sort=title", "abcdef");
	ck_list("sort=-created_at", "dbecfa");
	ck_list("sort=rating", "bdcefa");
	ck_list("sort=relevance", "abcdef");
	ck_list("sort=size", "invalid_parameter");
}
END_TEST

/* Every order page by page, in pages of two. */
START_TEST(pages)
{
	for (size_t i = 0; i < 8; i++) {
		const char *all = list_as(NULL, pathf("q=plumbago&sort=%s",
		    sorts[i])), *cursor = "", *sep = "";
		char got[9] = "";

		ck_assert_uint_eq(strlen(all), 6);
		for (int page = 0; page < 3; page++) {
			struct answer a = call("GET", pathf("/api/v1/products"
			    "?category_id=%lld&q=plumbago&limit=2&sort=%s%s%s",
			    (long long)root, sorts[i], sep, cursor), NULL,
			    NULL);

			strcat(got, letters(&a));
			ck_assert_int_eq(jbool(&a, "has_more"), page < 2);
			if (page == 2)
				break;
			ck_assert_ptr_nonnull(strstr(a.rs.link,
			    "rel=\"next\""));
			cursor = jstr(&a, "next_cursor");
			sep = "&cursor=";
		}
		ck_assert_str_eq(got, all);
	}
}
END_TEST

START_TEST(after_an_id)
{
	ck_list(pathf("after=%lld", (long long)ids[2]), "def");
	ck_list(pathf("after=%lld&sort=-id", (long long)ids[2]), "ba");
	ck_list(pathf("after=%lld&sort=price", (long long)ids[2]),
	    "invalid_parameter");
	ck_list("after=0", "abcdef");
	ck_list("after=0&sort=price", "invalid_parameter");
	ck_list("cursor=forged", "invalid_parameter");
}
END_TEST

/* Ours, of all there are. */
static const char *
in_pages(const char *query)
{
	const char *cursor = "", *sep = "";
	char *got = arena_alloc(db_mem(), 64);

	for (int page = 0; page < 100 && strlen(got) < 6; page++) {
		struct answer a = call("GET", pathf("/api/v1/products"
		    "?limit=100&%s%s%s", query, sep, cursor), NULL, NULL);

		ck_status(a, 200);
		strcat(got, letters(&a));
		if (!jbool(&a, "has_more"))
			break;
		cursor = jstr(&a, "next_cursor");
		sep = "&cursor=";
	}
	return got;
}

/* The statements without filters give the same order as those with. */
START_TEST(plain_lists)
{
	for (size_t i = 0; i < 7; i++)
		ck_assert_str_eq(in_pages(pathf("sort=%s", sorts[i])),
		    list_as(NULL, pathf("sort=%s", sorts[i])));
}
END_TEST

/* Words alone as well, be they rare or more than are looked up. */
START_TEST(plain_words)
{
	for (int many = 0; many < 2; many++) {
		for (size_t i = 0; i < 7 + (many == 0); i++) {
			const char *query = pathf("q=plumbago&sort=%s",
			    sorts[i]);

			ck_assert_str_eq(in_pages(query),
			    list_as(NULL, query));
		}
		if (many == 0)
			db_exec("INSERT INTO products (sku, slug, title,"
			    " description, status) SELECT '%s-m' || n,"
			    " 'm%s-' || n, 'Many', 'Plumbago', 'active'"
			    " FROM generate_series(1, 3001) n", tag, tag);
	}
	db_exec("UPDATE products SET deleted_at = now()"
	    " WHERE sku LIKE '%s-m%%'", tag);
}
END_TEST

START_TEST(prices)
{
	struct answer a;

	ck_list("min_price_cents=500", "aef");
	ck_list("max_price_cents=200", "df");
	ck_list("min_price_cents=300&max_price_cents=700", "abce");
	ck_list("min_price=3.00&max_price=7", "abce");
	ck_list("min_price_cents=250&max_price_cents=290", "");
	/* Between the prices of f's two variants, at neither. */
	ck_list("min_price_cents=901&max_price_cents=1199", "");
	ck_list("min_price_cents=900&max_price_cents=1199", "a");
	ck_list("min_price_cents=2&max_price_cents=1", "invalid_parameter");
	a = call("GET", "/products?min_price=2&max_price=1", NULL, NULL);
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "min_price");
	a = call("GET", "/products?min_price_cents=2&max_price=0.01", NULL,
	    NULL);
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "min_price_cents");
	ck_list("min_price_cents=1&min_price=1", "invalid_parameter");
	ck_list("min_price=1.999", "invalid_parameter");
	ck_list("min_price_cents=x", "invalid_parameter");
}
END_TEST

/* A price between the lowest and the highest of a product. */
START_TEST(price_in_the_middle)
{
	db_exec("INSERT INTO product_variants (product_id, sku, title,"
	    " price_cents) VALUES (%lld, '%s-m', 'mid', 1000)",
	    (long long)ids[5], tag);
	db_exec("INSERT INTO inventory (variant_id) SELECT id FROM"
	    " product_variants WHERE sku = '%s-m'", tag);
	ck_list("min_price_cents=950&max_price_cents=1100", "f");
}
END_TEST

/* A product of the leaf whose default variant is far from its other one; what
 * names the range finds it alone, in every order. */
static void
far_apart(const char *status, int64_t own, int64_t other, const char *range)
{
	static const char *const words[] = { "", "&q=faraway" };
	struct answer a = call("POST", "/api/v1/products", admin.token,
	    pathf("{\"title\":\"Faraway\",\"status\":\"%s\","
	    "\"category_id\":%lld,\"variants\":[{\"price_cents\":%lld,"
	    "\"is_default\":true},{\"price_cents\":%lld}]}", status,
	    (long long)leaf, (long long)own, (long long)other));
	int64_t id = jint(&a, "id");

	for (size_t i = 0; i < 16; i++) {
		a = call("GET", pathf("/api/v1/products?category_id=%lld"
		    "&count=true&status=%s&sort=%s%s&%s", (long long)leaf,
		    status, sorts[i / 2], words[i % 2], range), admin.token,
		    NULL);
		ck_status(a, 200);
		ck_assert_msg(jint(&a, "total_count") == 1 &&
		    jlen(&a, "data") == 1 && jint(&a, "data[0].id") == id,
		    "%s, %s%s: %s", status, sorts[i / 2], words[i % 2],
		    a.body);
	}
	db_exec("UPDATE products SET deleted_at = now() WHERE id = %lld",
	    (long long)id);
}

START_TEST(prices_of_every_status)
{
	static const char *const all[] = { "draft", "archived", "active" };

	for (size_t i = 0; i < 3; i++) {
		far_apart(all[i], 100, 900000000000,
		    "min_price_cents=800000000000");
		far_apart(all[i], 900000000000, 200,
		    "min_price_cents=150&max_price_cents=250");
	}
}
END_TEST

START_TEST(stock)
{
	ck_list("in_stock=true", "acef");
	ck_list("has_inventory=1", "acef");
	ck_list("in_stock=false", "bd");
	ck_list("in_stock=perhaps", "invalid_parameter");
}
END_TEST

START_TEST(attributes)
{
	ck_list("attr.wood=walnut", "ab");
	ck_list("attr.legs=4", "bc");
	ck_list("attr.legs=4&attr.wood=oak", "c");
	ck_list("attr.wood=walnut&attr.size=L", "ab");
	ck_list("attr.size=M", "");
	ck_list("attr.wood=Walnut", "");
}
END_TEST

START_TEST(words)
{
	ck_list("q=walnut", "ab");
	ck_list("search=WALNUT", "ab");
	ck_list("q=waln", "ab");
	ck_list("q=walnut%20tab", "a");
	ck_list("q=plumbago", "abcdef");
	ck_list(pathf("q=%s-3", tag), "d");
	ck_list("q=w", "invalid_parameter");
	ck_list("q=walnut&search=walnut", "invalid_parameter");
	ck_list("q=%26%7C%21%3A%2A%28%27%5C", "");
	ck_list(pathf("q=mirror%%20%s", tag), "e");
}
END_TEST

static int64_t
numbered(const char *title, const char *sku)
{
	struct answer a = call("POST", "/api/v1/products", admin.token,
	    pathf("{\"title\":\"%s\",\"sku\":\"%s\",\"price_cents\":1}",
	    title, sku));

	ck_status(a, 201);
	return jint(&a, "id");
}

/* A number with a hyphen before it is found without, and the other way. */
START_TEST(signed_numbers)
{
	static const char *const queries[] = { "84209137", "-84209137",
	    "zz-84209137", "ZZ+84209", "84209&sort=relevance",
	    "zz+-84209137&min_price_cents=1" };
	int64_t hyphen = numbered("Router", "ZZ-84209137"),
	    plain = numbered("Switch ZZ 84209137", "SW");
	struct answer a;

	for (size_t i = 0; i < 6; i++) {
		a = call("GET", pathf("/api/v1/products?count=true&q=%s",
		    queries[i]), NULL, NULL);
		ck_status(a, 200);
		ck_assert_msg(jlen(&a, "data") == 2 &&
		    jint(&a, "total_count") == 2 &&
		    jint(&a, "data[0].id") + jint(&a, "data[1].id") ==
		    hyphen + plain, "%s: %s", queries[i], a.body);
	}
	a = call("GET", "/api/v1/products?q=switch+-84209137", NULL, NULL);
	ck_assert_uint_eq(jlen(&a, "data"), 1);
	ck_assert_int_eq(jint(&a, "data[0].id"), plain);
}
END_TEST

START_TEST(typing_errors)
{
	ck_list("q=mirrro", "e");
	ck_list("q=walnutt", "ab");
	ck_list("q=walnut%20tabel&sort=relevance", "ab");
	ck_list("q=walnut%20tabel&sort=price", "ba");
	ck_list("q=xyzzyqwfp", "");
}
END_TEST

START_TEST(relevance)
{
	db_exec("UPDATE products SET description = 'oak oak oak' WHERE id ="
	    " %lld", (long long)ids[0]);
	/* The title counts more than the description. */
	ck_list("q=oak&sort=relevance", "ca");
	ck_list("q=oak", "ac");
}
END_TEST

START_TEST(counts)
{
	struct answer a = call("GET", pathf("/api/v1/products?count=true"
	    "&limit=2&category_id=%lld&min_price_cents=300", (long long)root),
	    NULL, NULL);

	ck_status(a, 200);
	ck_assert_int_eq(jint(&a, "total_count"), 5);
	ck_assert_uint_eq(jlen(&a, "data"), 2);
	ck_assert_uint_eq(a.flights, 1);
	a = call("GET", "/api/v1/products?count=true&limit=1", NULL, NULL);
	ck_assert_int_eq(jint(&a, "total_count"), db_i64("SELECT count(*)"
	    " FROM products WHERE status = 'active' AND deleted_at IS NULL"));
}
END_TEST

START_TEST(entries)
{
	struct answer a = call("GET", pathf("/products?limit=1&after=%lld",
	    (long long)ids[0] - 1), NULL, NULL);

	ck_assert_int_eq(jint(&a, "data[0].min_price_cents"), 500);
	ck_assert_int_eq(jint(&a, "data[0].max_price_cents"), 900);
	ck_assert_int_eq(jint(&a, "data[0].price_cents"), 500);
	ck_assert_int_eq(jint(&a, "data[0].total_available"), 3);
	ck_assert(!jhas(&a, "data[0].variants"));
	ck_problem(call("GET", "/api/v1/products?limit=101", NULL, NULL),
	    400, "invalid_parameter");
	ck_problem(call("GET", "/api/v1/products?colour=red", NULL, NULL),
	    400, "invalid_parameter");
}
END_TEST

SUITE(product_list_call)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, only_what_is_active);
	tcase_add_test(tc, categories_with_what_is_below);
	tcase_add_test(tc, orders);
	tcase_add_test(tc, pages);
	tcase_add_test(tc, after_an_id);
	tcase_add_test(tc, plain_lists);
	tcase_add_test(tc, plain_words);
	tcase_add_test(tc, prices);
	tcase_add_test(tc, price_in_the_middle);
	tcase_add_test(tc, prices_of_every_status);
	tcase_add_test(tc, stock);
	tcase_add_test(tc, attributes);
	tcase_add_test(tc, words);
	tcase_add_test(tc, signed_numbers);
	tcase_add_test(tc, typing_errors);
	tcase_add_test(tc, relevance);
	tcase_add_test(tc, counts);
	tcase_add_test(tc, entries);
}
