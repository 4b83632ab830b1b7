/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/buf.h"

#include "t/help/call.h"
#include "t/help/db.h"

/* What may be 200 at once is no more piece by piece: shopd import takes what
 * shopd export has written. */
static struct persona admin;
static const char *path;	/* of a product of one variant */
static int64_t variant;

static void
setup(void)
{
	struct answer a;

	admin = persona_new(true);
	a = call("POST", "/api/v1/products", admin.token,
	    "{\"title\":\"Limits\",\"price_cents\":1,"
	    "\"attributes\":{\"own\":1}}");
	ck_status(a, 201);
	path = pathf("/api/v1/products/%lld", (long long)jint(&a, "id"));
	variant = jint(&a, "variants[0].id");
}

/* A patch of attributes named from first to last; what is NULL removes. */
static struct answer
name(const char *at, int first, int last, const char *value)
{
	struct buf b;

	buf_init(&b, db_mem(), 4096);
	for (int i = first; i <= last; i++)
		buf_printf(&b, "%s\"n%d\":%s", i > first ? "," : "", i,
		    value);
	return call("PATCH", at, admin.token, pathf("{\"attributes\":{%s}}",
	    b.data));
}

static void
too_many(struct answer a)
{
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "attributes");
	ck_assert_str_eq(jstr(&a, "errors[0].code"), "too_many");
}

static void
grows_to_200(const char *at, const char *table)
{
	ck_status(name(at, 2, 200, "1"), 200);
	too_many(name(at, 201, 202, "1"));
	ck_status(name(at, 2, 3, "null"), 200);
	ck_status(name(at, 199, 202, "2"), 200);
	too_many(name(at, 203, 203, "1"));
	/* One that has more already may lose some. */
	db_exec("UPDATE %s SET attributes = attributes || (SELECT"
	    " jsonb_object_agg('old' || n, n) FROM generate_series(1, 300) n)"
	    " WHERE id = %s", table, strrchr(at, '/') + 1);
	too_many(name(at, 204, 204, "1"));
	ck_status(name(at, 199, 202, "null"), 200);
}

START_TEST(attributes_of_a_product)
{
	grows_to_200(path, "products");
}
END_TEST

START_TEST(attributes_of_a_variant)
{
	const char *at = pathf("%s/variants/%lld", path, (long long)variant);

	ck_status(name(at, 1, 1, "1"), 200);
	grows_to_200(at, "product_variants");
}
END_TEST

START_TEST(variants_of_a_product)
{
	const char *at = pathf("%s/variants", path);
	struct answer a;

	for (int i = 2; i <= 200; i++)
		ck_status(call("POST", at, admin.token,
		    "{\"price_cents\":1}"), 201);
	a = call("POST", at, admin.token, "{\"price_cents\":1}");
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "variants");
	ck_assert_str_eq(jstr(&a, "errors[0].code"), "too_many");
	ck_status(call("DELETE", pathf("%s/%lld", at, (long long)variant),
	    admin.token, NULL), 204);
	ck_status(call("POST", at, admin.token, "{\"price_cents\":1}"), 201);
}
END_TEST

SUITE(product_limits)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, attributes_of_a_product);
	tcase_add_test(tc, attributes_of_a_variant);
	tcase_add_test(tc, variants_of_a_product);
}
