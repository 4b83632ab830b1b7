/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "t/help/call.h"
#include "t/help/db.h"

static struct persona alice, bob, admin;
static struct goods g;

static void
setup(void)
{
	alice = persona_new(false);
	bob = persona_new(false);
	admin = persona_new(true);
	g = goods_new(100, 10);
}

static const char *
reviews(void)
{
	return pathf("/api/v1/products/%lld/reviews", (long long)g.product);
}

static const char *
review(int64_t id)
{
	return pathf("%s/%lld", reviews(), (long long)id);
}

static struct answer
write_one(const char *token, int rating)
{
	return call("POST", reviews(), token, pathf("{\"rating\":%d,"
	    "\"title\":\"T\",\"comment\":\"C\"}", rating));
}

START_TEST(written_once)
{
	struct answer a = write_one(alice.token, 4);

	ck_status(a, 201);
	ck_assert_str_eq(a.rs.location, reviews());
	ck_assert_int_eq(jint(&a, "product_id"), g.product);
	ck_assert_int_eq(jint(&a, "user_id"), alice.id);
	ck_assert_int_eq(jint(&a, "rating"), 4);
	ck_assert_str_eq(jstr(&a, "title"), "T");
	ck_assert_str_eq(jstr(&a, "comment"), "C");
	ck_assert(!jbool(&a, "verified_purchase"));
	ck_assert(jhas(&a, "author"));
	ck_assert_ptr_null(strstr(jstr(&a, "author"), "@"));
	ck_problem(write_one(alice.token, 4), 409, "already_reviewed");
	ck_problem(write_one(NULL, 4), 401, "unauthorized");
	ck_problem(write_one(bob.token, 0), 422, "validation_failed");
	ck_problem(write_one(bob.token, 6), 422, "validation_failed");
	a = call("POST", reviews(), bob.token,
	    "{\"rating\":5,\"verified_purchase\":true}");
	ck_problem(a, 422, "unknown_field");
	a = call("POST", "/api/v1/products/99999999/reviews", bob.token,
	    "{\"rating\":5}");
	ck_problem(a, 404, "not_found");
}
END_TEST

START_TEST(rating_of_the_product)
{
	struct answer a = write_one(alice.token, 4), p;
	int64_t id = jint(&a, "id");
	const char *path = pathf("/api/v1/products/%lld",
	    (long long)g.product);

	ck_status(write_one(bob.token, 1), 201);
	p = call("GET", path, NULL, NULL);
	ck_assert_int_eq(jint(&p, "rating_count"), 2);
	ck_assert_ptr_nonnull(strstr(p.body, "\"rating_average\":2.50"));
	ck_status(call("PATCH", review(id), alice.token, "{\"rating\":5}"),
	    200);
	p = call("GET", path, NULL, NULL);
	ck_assert_ptr_nonnull(strstr(p.body, "\"rating_average\":3.00"));
	ck_problem(call("PATCH", review(id), alice.token,
	    "{\"rating\":null}"), 422, "validation_failed");
	ck_status(call("DELETE", review(id), alice.token, NULL), 204);
	p = call("GET", path, NULL, NULL);
	ck_assert_int_eq(jint(&p, "rating_count"), 1);
	ck_assert_ptr_nonnull(strstr(p.body, "\"rating_average\":1.00"));
}
END_TEST

START_TEST(changed_by_author_and_admin)
{
	struct answer a = write_one(alice.token, 4), b;
	int64_t id = jint(&a, "id");

	ck_problem(call("PATCH", review(id), bob.token, "{\"rating\":1}"),
	    403, "forbidden");
	ck_problem(call("DELETE", review(id), bob.token, NULL), 403,
	    "forbidden");
	b = call_with("PATCH", review(id), alice.token,
	    "{\"title\":null,\"comment\":\"D\"}", "If-Match", a.rs.etag,
	    NULL);
	ck_status(b, 200);
	ck_assert(!jhas(&b, "title"));
	ck_assert_str_eq(jstr(&b, "comment"), "D");
	ck_assert_int_eq(jint(&b, "rating"), 4);
	b = call_with("PUT", review(id), alice.token, "{\"rating\":1}",
	    "If-Match", a.rs.etag, NULL);
	ck_problem(b, 412, "precondition_failed");
	ck_status(call("PATCH", review(id), admin.token,
	    "{\"comment\":\"(removed)\"}"), 200);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log WHERE action"
	    " = 'review.update' AND target_id = %lld AND before ->> 'comment'"
	    " = 'D'", (long long)id), 1);
	ck_problem(call("PATCH", pathf("/api/v1/products/1/reviews/%lld",
	    (long long)id), alice.token, "{\"rating\":1}"), 404, "not_found");
	ck_status(call("DELETE", review(id), admin.token, NULL), 204);
	ck_problem(call("DELETE", review(id), admin.token, NULL), 404,
	    "not_found");
}
END_TEST

/* Bought and paid for; not any more after the money went back. */
START_TEST(verified)
{
	struct answer a = call("POST", "/api/v1/orders", alice.token,
	    pathf("{\"items\":[{\"variant_id\":%lld}],"
	    "\"delivery_address\":\"1 Main Street\"}", (long long)g.variant)),
	    p;

	ck_status(a, 201);
	write_one(alice.token, 5);
	a = call("GET", reviews(), NULL, NULL);
	ck_assert(!jbool(&a, "data[0].verified_purchase"));
	p = call("POST", "/api/v1/payments", alice.token,
	    pathf("{\"order_id\":%lld,\"token\":\"tok_visa\"}",
	    (long long)db_i64("SELECT max(id) FROM orders WHERE user_id ="
	    " %lld", (long long)alice.id)));
	ck_status(p, 201);
	a = call("GET", reviews(), NULL, NULL);
	ck_assert(jbool(&a, "data[0].verified_purchase"));
	p = call("POST", pathf("/api/v1/payments/%lld/refunds",
	    (long long)jint(&p, "id")), admin.token, "{}");
	ck_status(p, 201);
	a = call("GET", reviews(), NULL, NULL);
	ck_assert(!jbool(&a, "data[0].verified_purchase"));
}
END_TEST

START_TEST(listed)
{
	struct answer a = write_one(alice.token, 4), b;
	int64_t first = jint(&a, "id"), second;

	a = write_one(bob.token, 2);
	second = jint(&a, "id");
	a = call("GET", pathf("%s?limit=1&count=true", reviews()), NULL,
	    NULL);
	ck_status(a, 200);
	ck_assert_int_eq(jint(&a, "data[0].id"), second);
	ck_assert_int_eq(jint(&a, "total_count"), 2);
	ck_assert(jbool(&a, "has_more"));
	b = call("GET", pathf("%s?limit=1&cursor=%s", reviews(),
	    jstr(&a, "next_cursor")), NULL, NULL);
	ck_assert_int_eq(jint(&b, "data[0].id"), first);
	ck_assert(!jbool(&b, "has_more"));
	db_exec("UPDATE products SET status = 'draft' WHERE id = %lld",
	    (long long)g.product);
	ck_status(call("GET", reviews(), NULL, NULL), 404);
	ck_status(call("GET", reviews(), admin.token, NULL), 200);
	ck_status(call("GET", "/api/v1/products/99999999/reviews", NULL,
	    NULL), 404);
}
END_TEST

/* What one may not see has no reviews to change. */
START_TEST(reviews_of_what_is_not_seen)
{
	struct answer a = write_one(alice.token, 4);
	int64_t id = jint(&a, "id");

	db_exec("UPDATE products SET status = 'draft' WHERE id = %lld",
	    (long long)g.product);
	ck_problem(call("PATCH", review(id), alice.token, "{\"rating\":1}"),
	    404, "not_found");
	db_exec("UPDATE products SET status = 'active', deleted_at = now()"
	    " WHERE id = %lld", (long long)g.product);
	ck_problem(call("PATCH", review(id), alice.token, "{\"rating\":1}"),
	    404, "not_found");
	ck_problem(call("DELETE", review(id), alice.token, NULL), 404,
	    "not_found");
	ck_status(call("PATCH", review(id), admin.token, "{\"rating\":1}"),
	    200);
	ck_status(call("DELETE", review(id), admin.token, NULL), 204);
}
END_TEST

SUITE(review_call)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, written_once);
	tcase_add_test(tc, rating_of_the_product);
	tcase_add_test(tc, changed_by_author_and_admin);
	tcase_add_test(tc, verified);
	tcase_add_test(tc, listed);
	tcase_add_test(tc, reviews_of_what_is_not_seen);
}
