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
look(const char *query)
{
	return call("GET", pathf("/api/v1/admin/inventory?%s", query),
	    admin.token, NULL);
}

/* All pages of a list; how many rows they had, in order. */
static int64_t
walk(const char *query)
{
	int64_t n = 0, last = 0, id;
	struct answer a;

	do {
		a = look(pathf("%s&limit=100&after=%lld", query,
		    (long long)last));
		ck_status(a, 200);
		for (size_t i = 0; i < jlen(&a, "data"); i++, n++) {
			id = jint(&a, pathf("data[%zu].variant_id", i));
			ck_assert_int_gt(id, last);
			last = id;
		}
	} while (jbool(&a, "has_more"));
	return n;
}

static int64_t
counted(const char *query)
{
	struct answer a = look(pathf("%s&count=true&limit=1", query));

	ck_status(a, 200);
	return jint(&a, "total_count");
}

/* More matches than are looked up. */
START_TEST(of_many)
{
	db_exec("WITH v AS (INSERT INTO product_variants (product_id, sku,"
	    " title, price_cents) SELECT %lld, 'HEAP-%lld-' || n, 'Heap ' ||"
	    " n, 1 FROM generate_series(1, 3100) n RETURNING id)"
	    " INSERT INTO inventory (variant_id) SELECT id FROM v",
	    (long long)goods.product, (long long)goods.product);
	ck_assert_int_eq(walk("q=heap"), 3100);
	ck_assert_int_eq(counted("q=heap"), 3100);
	ck_assert_int_eq(walk("q=heap&level=high"), 0);
	ck_assert_int_eq(walk("q=heap%2077"), 11);
	ck_assert_int_eq(counted("q=heap%2077"), 11);
	ck_assert_int_eq(walk("q=heap%2077&level=out_of_stock"), 11);
	ck_assert_int_eq(walk("q=heap%2077&level=low"), 0);
	db_exec("DELETE FROM product_variants WHERE title ~ '^Heap'");
}
END_TEST

START_TEST(what_is_gone_does_not_count)
{
	struct goods other = goods_new(100, 7);
	int64_t all = counted(""), low = counted("level=low");

	db_exec("UPDATE product_variants SET deleted_at = now()"
	    " WHERE id = %lld", (long long)goods.variant);
	ck_assert_int_eq(counted(""), all - 1);
	ck_assert_int_eq(counted("level=low"), low - 1);
	db_exec("UPDATE products SET deleted_at = now() WHERE id IN (%lld,"
	    " %lld)", (long long)other.product, (long long)goods.product);
	ck_assert_int_eq(counted(""), all - 2);
	ck_assert_int_eq(counted("level=low"), low - 2);
	ck_assert_int_eq(counted(""), walk(""));
	ck_assert_int_eq(counted("level=low"), walk("level=low"));
}
END_TEST

SUITE(inventory_list)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, of_many);
	tcase_add_test(tc, what_is_gone_does_not_count);
}
