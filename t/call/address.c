/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "t/help/call.h"
#include "t/help/db.h"

#define ADDRESSES "/api/v1/addresses"

static struct answer
add(const struct persona *p, const char *more)
{
	return call("POST", ADDRESSES, p->token, pathf("{\"line1\":"
	    "\"1 Street\",\"city\":\"C\",\"postal_code\":\"1\","
	    "\"country\":\"DE\"%s}", more));
}

static int64_t
default_of(const struct persona *p)
{
	return db_i64("SELECT coalesce(min(id), 0) FROM addresses"
	    " WHERE user_id = %lld AND is_default", (long long)p->id);
}

START_TEST(first_is_the_default)
{
	struct persona p = persona_new(false);
	struct answer a = add(&p, ",\"is_default\":false"), b, c;

	ck_status(a, 201);
	ck_assert(jbool(&a, "is_default"));
	ck_assert_str_eq(a.rs.location, pathf(ADDRESSES "/%lld",
	    (long long)jint(&a, "id")));
	b = add(&p, ",\"line2\":\"\",\"name\":null");
	ck_assert(!jbool(&b, "is_default"));
	ck_assert(!jhas(&b, "line2") && !jhas(&b, "name"));
	c = add(&p, ",\"is_default\":true");
	ck_assert(jbool(&c, "is_default"));
	ck_assert_int_eq(default_of(&p), jint(&c, "id"));
	ck_status(call("PATCH", b.rs.location, p.token,
	    "{\"is_default\":true}"), 200);
	ck_assert_int_eq(default_of(&p), jint(&b, "id"));
	ck_status(call("DELETE", b.rs.location, p.token, NULL), 204);
	ck_assert_int_eq(default_of(&p), jint(&a, "id"));
	ck_status(call("DELETE", c.rs.location, p.token, NULL), 204);
	ck_status(call("DELETE", a.rs.location, p.token, NULL), 204);
	ck_assert_int_eq(default_of(&p), 0);
}
END_TEST

START_TEST(fields_are_checked)
{
	struct persona p = persona_new(false);
	struct answer a = call("POST", ADDRESSES, p.token, "{}");

	ck_problem(a, 422, "validation_failed");
	ck_assert_uint_eq(jlen(&a, "errors"), 4);
	a = call("POST", ADDRESSES, p.token, "{\"line1\":\" \",\"city\":\"\","
	    "\"postal_code\":\"a\\rb\",\"country\":\"XX\"}");
	ck_assert_uint_eq(jlen(&a, "errors"), 4);
	a = call("POST", ADDRESSES, p.token, "{\"line1\":\"1\",\"city\":"
	    "\"C\",\"postal_code\":\"1\",\"country\":\"Germany\","
	    "\"user_id\":1}");
	ck_problem(a, 422, "unknown_field");
}
END_TEST

START_TEST(change_and_concurrency)
{
	struct persona p = persona_new(false);
	struct answer a = add(&p, ",\"region\":\"R\",\"phone\":\"1\""), b;

	b = call("PATCH", a.rs.location, p.token,
	    "{\"city\":\"D\",\"region\":null}");
	ck_status(b, 200);
	ck_assert_str_eq(jstr(&b, "city"), "D");
	ck_assert_str_eq(jstr(&b, "phone"), "1");
	ck_assert(!jhas(&b, "region"));
	ck_problem(call("PATCH", a.rs.location, p.token,
	    "{\"is_default\":null}"), 422, "validation_failed");
	ck_problem(call_with("PUT", a.rs.location, p.token, "{}", "If-Match",
	    a.rs.etag, NULL), 412, "precondition_failed");
	ck_problem(call_with("DELETE", a.rs.location, p.token, NULL,
	    "If-Match", a.rs.etag, NULL), 412, "precondition_failed");
	b = call("GET", a.rs.location, p.token, NULL);
	ck_status(call_with("GET", a.rs.location, p.token, NULL,
	    "If-None-Match", b.rs.etag, NULL), 304);
	ck_status(call_with("DELETE", a.rs.location, p.token, NULL,
	    "If-Match", b.rs.etag, NULL), 204);
	ck_problem(call("GET", a.rs.location, p.token, NULL), 404,
	    "not_found");
}
END_TEST

START_TEST(others_are_not_there)
{
	struct persona p = persona_new(false), q = persona_new(false);
	struct persona admin = persona_new(true);
	struct answer a = add(&p, "");

	ck_problem(call("GET", a.rs.location, q.token, NULL), 404,
	    "not_found");
	ck_problem(call("PATCH", a.rs.location, q.token, "{}"), 404,
	    "not_found");
	ck_problem(call("DELETE", a.rs.location, q.token, NULL), 404,
	    "not_found");
	ck_problem(call("GET", a.rs.location, admin.token, NULL), 404,
	    "not_found");
	ck_status(call_with("GET", a.rs.location, admin.token, NULL,
	    "X-User-Id", pathf("%lld", (long long)p.id), NULL), 200);
	a = call("GET", ADDRESSES "?count=true", q.token, NULL);
	ck_assert_int_eq(jint(&a, "total_count"), 0);
	ck_assert_uint_eq(a.flights, 1);
}
END_TEST

SUITE(address_call)
{
	tcase_add_test(tc, first_is_the_default);
	tcase_add_test(tc, fields_are_checked);
	tcase_add_test(tc, change_and_concurrency);
	tcase_add_test(tc, others_are_not_there);
}
