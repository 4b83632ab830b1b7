/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "t/help/call.h"
#include "t/help/db.h"

static struct persona buyer, admin;
static int64_t ids[5];

/* Five orders: 100, 200 ... 500 cents, on 1 to 5 March 2021, at noon. */
static void
setup(void)
{
	buyer = persona_new(false);
	admin = persona_new(true);
	for (int i = 0; i < 5; i++) {
		struct goods g = goods_new(100 * (i + 1), 10);
		struct answer a = call("POST", "/api/v1/orders", buyer.token,
		    pathf("{\"items\":[{\"variant_id\":%lld}],"
		    "\"delivery_address\":\"Here\"}", (long long)g.variant));

		ck_status(a, 201);
		ids[i] = jint(&a, "id");
		db_exec("UPDATE orders SET created_at ="
		    " '2021-03-0%d 12:00:00+00' WHERE id = %lld", i + 1,
		    (long long)ids[i]);
	}
}

static struct answer
list(const struct persona *who, const char *query)
{
	return call("GET", pathf("/api/v1/orders?%s", query), who->token,
	    NULL);
}

/* An admin's list for this buyer: which of the five, newest first, as
 * digits. */
static const char *
found(const char *query)
{
	struct answer a = list(&admin, pathf("user_id=%lld&%s",
	    (long long)buyer.id, query));
	struct buf b;

	ck_status(a, 200);
	buf_init(&b, db_mem(), 16);
	for (size_t i = 0; i < jlen(&a, "data"); i++)
		for (int k = 0; k < 5; k++)
			if (jint(&a, pathf("data[%zu].id", i)) == ids[k])
				buf_chr(&b, (char)('1' + k));
	return b.data;
}

START_TEST(own)
{
	static const char *const paths[] = { "/api/v1/orders",
	    "/api/v1/orders/my-orders", "/api/v1/orders/history",
	    "/api/orders/history" };
	struct persona other = persona_new(false);
	struct answer a;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		a = call("GET", paths[i], buyer.token, NULL);
		ck_status(a, 200);
		ck_assert_uint_eq(jlen(&a, "data"), 5);
		ck_assert_int_eq(jint(&a, "data[0].id"), ids[4]);
		ck_assert_int_eq(jint(&a, "data[4].id"), ids[0]);
		ck_assert_uint_eq(jlen(&a, "data[0].items"), 1);
		ck_assert_uint_eq(a.flights, 1);
		a = call("GET", paths[i], other.token, NULL);
		ck_assert_uint_eq(jlen(&a, "data"), 0);
	}
	a = call("GET", "/api/v1/orders/my-orders", admin.token, NULL);
	ck_assert_uint_eq(jlen(&a, "data"), 0);
}
END_TEST

START_TEST(pages)
{
	struct answer a = list(&buyer, "limit=2&count=true"), b;

	ck_assert_uint_eq(jlen(&a, "data"), 2);
	ck_assert(jbool(&a, "has_more"));
	ck_assert_int_eq(jint(&a, "total_count"), 5);
	ck_assert_ptr_nonnull(a.rs.link);
	b = list(&buyer, pathf("limit=2&cursor=%s", jstr(&a, "next_cursor")));
	ck_assert_int_eq(jint(&b, "data[0].id"), ids[2]);
	b = list(&buyer, pathf("limit=2&cursor=%s", jstr(&b, "next_cursor")));
	ck_assert_uint_eq(jlen(&b, "data"), 1);
	ck_assert(!jbool(&b, "has_more"));
	ck_assert(!jhas(&b, "next_cursor"));
	b = list(&buyer, pathf("after=%lld", (long long)ids[1]));
	ck_assert_uint_eq(jlen(&b, "data"), 1);
	ck_assert_int_eq(jint(&b, "data[0].id"), ids[0]);
}
END_TEST

START_TEST(filters)
{
	ck_assert_str_eq(found(""), "54321");
	db_exec("UPDATE orders SET status = 'cancelled' WHERE id = %lld",
	    (long long)ids[1]);
	ck_assert_str_eq(found("status=cancelled"), "2");
	ck_assert_str_eq(found("status=pending"), "5431");
	ck_assert_str_eq(found("start_date=2021-03-03"), "543");
	ck_assert_str_eq(found("end_date=2021-03-03"), "321");
	ck_assert_str_eq(found("start_date=2021-03-02&end_date=2021-03-02"),
	    "2");
	ck_assert_str_eq(found("start_date=2021-03-02T12:00:00Z"), "5432");
	ck_assert_str_eq(found("start_date=2021-03-02T08:00:00Z"
	    "&end_date=2021-03-02"), "2");
	ck_assert_str_eq(found("start_date=2021-03-02T12:00:00Z"
	    "&end_date=2021-03-02T12:00:00Z"), "2");
	ck_assert_str_eq(found("start_date=2021-03-02T13:00:01%2B01:00"),
	    "543");
	ck_assert_str_eq(found("end_date=2021-03-02T12:00:00Z"), "21");
	ck_assert_str_eq(found("end_date=2021-03-02T11:59:59.999999Z"), "1");
	ck_assert_str_eq(found("min_amount=2.00"), "5432");
	ck_assert_str_eq(found("max_amount=3"), "321");
	ck_assert_str_eq(found("max_amount=92233720368547758.07"), "54321");
	ck_assert_str_eq(found("min_amount=10000000000.01"), "");
	ck_assert_str_eq(found("min_total_cents=200&max_total_cents=300"),
	    "32");
	ck_assert_str_eq(found("min_amount=1&status=pending"
	    "&end_date=2021-03-04&start_date=2021-03-03"), "43");
}
END_TEST

/* Each statement by itself, without the user. */
START_TEST(filters_over_all)
{
	struct answer a;
	int64_t seen = 0;

	a = list(&admin, "start_date=2021-03-01&end_date=2021-03-31&limit=2");
	ck_status(a, 200);
	for (int page = 1; page < 60; page++) {
		for (size_t i = 0; i < jlen(&a, "data"); i++)
			for (int k = 0; k < 5; k++)
				seen += jint(&a, pathf("data[%zu].id", i)) ==
				    ids[k];
		if (!jhas(&a, "next_cursor"))
			break;
		a = list(&admin, pathf("start_date=2021-03-01&"
		    "end_date=2021-03-31&limit=2&cursor=%s",
		    jstr(&a, "next_cursor")));
		ck_status(a, 200);
	}
	ck_assert_int_eq(seen, 5);
	a = list(&admin, "status=pending&limit=1");
	ck_assert_int_eq(jint(&a, "data[0].id"), ids[4]);
	a = list(&admin, "min_amount=1&limit=1&count=true");
	ck_assert_int_eq(jint(&a, "data[0].id"), ids[4]);
	a = list(&admin, "min_amount=1&status=pending&limit=1");
	ck_assert_int_eq(jint(&a, "data[0].id"), ids[4]);
	a = list(&admin, "limit=1");
	ck_assert_int_eq(jint(&a, "data[0].id"), ids[4]);
	a = call("GET", "/api/v1/admin/orders?limit=1", admin.token, NULL);
	ck_assert_int_eq(jint(&a, "data[0].id"), ids[4]);
}
END_TEST

START_TEST(bad_filters)
{
	static const char *const bad[] = { "status=lost", "start_date=x",
	    "start_date=2021-02-29", "user_id=0", "min_amount=1.234",
	    "max_amount=92233720368547758.08", "min_amount=-1",
	    "limit=0", "limit=101", "what=1",
	    "min_amount=2&max_amount=1", "min_amount=1&min_total_cents=1",
	    "min_total_cents=2&max_total_cents=1",
	    "start_date=2021-03-02&end_date=2021-03-01",
	    "start_date=2021-03-02T00:00:00Z&end_date=2021-03-01" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct answer a = list(&admin, bad[i]);

		ck_assert_msg(a.status == 400, "%s: %d", bad[i], a.status);
		ck_assert_str_eq(a.code, "invalid_parameter");
		ck_assert_uint_ge(jlen(&a, "errors"), 1);
		ck_assert_msg(strstr(bad[i], pathf("%s=",
		    jstr(&a, "errors[0].field"))) != NULL, "%s: %s", bad[i],
		    a.body);
	}
}
END_TEST

START_TEST(admins_only)
{
	static const char *const names[] = { "status=pending", "user_id=1",
	    "start_date=2021-03-01", "end_date=2021-03-01", "min_amount=1",
	    "max_amount=1", "min_total_cents=0", "max_total_cents=1" };
	struct answer a;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		a = list(&buyer, names[i]);
		ck_problem(a, 403, "forbidden");
	}
	a = call("GET", "/api/v1/admin/orders", buyer.token, NULL);
	ck_problem(a, 403, "forbidden");
	/* An admin that acts for a customer sees what that one sees. */
	a = call_with("GET", "/api/v1/orders", admin.token, NULL,
	    "X-User-Id", pathf("%lld", (long long)buyer.id), NULL);
	ck_status(a, 200);
	ck_assert_uint_eq(jlen(&a, "data"), 5);
}
END_TEST

SUITE(order_list)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, own);
	tcase_add_test(tc, pages);
	tcase_add_test(tc, filters);
	tcase_add_test(tc, filters_over_all);
	tcase_add_test(tc, bad_filters);
	tcase_add_test(tc, admins_only);
}
