/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <string.h>

#include "t/help/call.h"
#include "t/help/db.h"

static struct persona admin;

static void
setup(void)
{
	admin = persona_new(true);
}

static struct answer
create(const char *body)
{
	return call("POST", "/api/v1/admin/webhooks", admin.token, body);
}

#define GOOD "{\"url\":\"https://example.com/h\",\"events\":[\"*\"]}"

static int64_t
created(void)
{
	struct answer a = create(GOOD);

	ck_status(a, 201);
	return jint(&a, "id");
}

static struct answer
on(const char *method, int64_t id, const char *rest, const char *body)
{
	return call(method, pathf("/api/v1/admin/webhooks/%lld%s",
	    (long long)id, rest), admin.token, body);
}

START_TEST(create_and_read)
{
	struct answer a = create("{\"url\":\"https://example.com/h\","
	    "\"events\":[\"order.created\",\"stock.low\"],"
	    "\"description\":\"mine\"}"), b;

	ck_status(a, 201);
	ck_assert_str_eq(jstr(&a, "url"), "https://example.com/h");
	ck_assert_str_eq(jstr(&a, "events[1]"), "stock.low");
	ck_assert_str_eq(jstr(&a, "description"), "mine");
	ck_assert(jbool(&a, "is_active"));
	ck_assert_int_eq(strncmp(jstr(&a, "secret"), "whsec_", 6), 0);
	ck_assert_str_eq(a.rs.location, pathf("/api/v1/admin/webhooks/%lld",
	    (long long)jint(&a, "id")));
	b = on("GET", jint(&a, "id"), "", NULL);
	ck_status(b, 200);
	ck_assert(!jhas(&b, "secret"));
	b = call("GET", "/api/v1/admin/webhooks?limit=100", admin.token,
	    NULL);
	ck_assert_ptr_null(strstr(b.body, "whsec_"));
	ck_assert_ptr_null(strstr(db_text("SELECT coalesce(string_agg("
	    "before::text || after::text, ''), '') FROM audit_log"
	    " WHERE target_type = 'webhook'"), "whsec_"));
	b = create(GOOD);
	ck_assert_str_ne(jstr(&a, "secret"), jstr(&b, "secret"));
}
END_TEST

START_TEST(inner_urls)
{
	static const char *const urls[] = { "http://example.com/",
	    "https://127.0.0.1/", "https://localhost/", "https://0x7f.1/",
	    "https://0.2%2e68/", "https://127%2e1/", "https://127.0.0.1./",
	    "https://[::1]/", "https://169.254.169.254/", "https://10.1.2.3/",
	    "https://a.internal/", "https://u:p@example.com/",
	    "https://example.com:5432/", "file:///etc/passwd", "x" };
	int64_t id = created();
	struct answer a;

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		a = create(pathf("{\"url\":\"%s\",\"events\":[\"*\"]}",
		    urls[i]));
		ck_problem(a, 422, "validation_failed");
		ck_assert_str_eq(jstr(&a, "errors[0].field"), "url");
		ck_problem(on("PATCH", id, "", pathf("{\"url\":\"%s\"}",
		    urls[i])), 422, "validation_failed");
	}
}
END_TEST

START_TEST(bad_bodies)
{
	ck_problem(create("{\"url\":\"https://example.com/\"}"), 422,
	    "validation_failed");
	ck_problem(create("{\"url\":\"https://example.com/\",\"events\":[]}"),
	    422, "validation_failed");
	ck_problem(create("{\"url\":\"https://example.com/\",\"events\":"
	    "[\"user.password_reset\"]}"), 422, "validation_failed");
	ck_problem(create("{\"url\":\"https://example.com/\",\"events\":"
	    "[\"*\"],\"secret\":\"x\"}"), 422, "unknown_field");
}
END_TEST

START_TEST(change)
{
	int64_t id = created();
	struct answer a = on("PATCH", id, "", "{\"is_active\":false,"
	    "\"events\":[\"order.shipped\"]}");

	ck_status(a, 200);
	ck_assert(!jbool(&a, "is_active"));
	ck_assert_uint_eq(jlen(&a, "events"), 1);
	ck_assert_str_eq(jstr(&a, "url"), "https://example.com/h");
	ck_assert_str_eq(a.rs.etag, "\"2\"");
	a = call_with("PUT", pathf("/api/v1/admin/webhooks/%lld",
	    (long long)id), admin.token, "{\"description\":\"x\"}",
	    "If-Match", "\"1\"", NULL);
	ck_problem(a, 412, "precondition_failed");
	db_exec("UPDATE webhooks SET disabled_reason = 'x',"
	    " failing_since = now() WHERE id = %lld", (long long)id);
	a = on("PATCH", id, "", "{\"is_active\":true}");
	ck_status(a, 200);
	ck_assert(!jhas(&a, "disabled_reason"));
	ck_assert(!jhas(&a, "failing_since"));
	ck_status(on("DELETE", id, "", NULL), 204);
	ck_problem(on("GET", id, "", NULL), 404, "not_found");
	ck_problem(on("PATCH", id, "", "{}"), 404, "not_found");
}
END_TEST

START_TEST(rotate)
{
	int64_t id = created();
	struct answer a = on("POST", id, "/rotate-secret", NULL);

	ck_status(a, 200);
	ck_assert(jhas(&a, "old_secret_until"));
	ck_assert_str_eq(db_text("SELECT secret FROM webhooks WHERE id = %lld",
	    (long long)id), jstr(&a, "secret"));
	ck_assert_int_eq(db_i64("SELECT count(*) FROM webhooks WHERE id = %lld"
	    " AND old_secret <> secret AND old_secret_until BETWEEN now() +"
	    " interval '23 hours' AND now() + interval '24 hours'",
	    (long long)id), 1);
}
END_TEST

static int64_t
delivery(int64_t id, const char *state)
{
	return db_i64("INSERT INTO outbox (kind, topic, webhook_id, state,"
	    " attempts, last_error, payload, done_at) VALUES ('webhook',"
	    " 'order.created', %lld, '%s', 10, 'HTTP 500',"
	    " '{\"type\": \"order.created\"}', now()) RETURNING id",
	    (long long)id, state);
}

START_TEST(deliveries)
{
	int64_t id = created(), dead = delivery(id, "dead");
	int64_t done = delivery(id, "done");
	struct answer a = on("GET", id, "/deliveries?count=true", NULL);

	ck_status(a, 200);
	ck_assert_int_eq(jint(&a, "total_count"), 2);
	ck_assert_int_eq(jint(&a, "data[0].id"), done);
	ck_assert_str_eq(jstr(&a, "data[1].last_error"), "HTTP 500");
	ck_assert_str_eq(jstr(&a, "data[0].body.type"), "order.created");
	a = on("GET", id, "/deliveries?state=dead&limit=1", NULL);
	ck_assert_uint_eq(jlen(&a, "data"), 1);
	ck_assert_int_eq(jint(&a, "data[0].id"), dead);
	a = on("GET", id, "/deliveries?after=2147483648", NULL);
	ck_status(a, 200);
	ck_assert_uint_eq(jlen(&a, "data"), 2);
	ck_problem(on("GET", id, "/deliveries?state=x", NULL), 400,
	    "invalid_parameter");
	a = on("POST", id, pathf("/deliveries/%lld/replay", (long long)dead),
	    NULL);
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "state"), "queued");
	ck_assert_int_eq(jint(&a, "attempts"), 0);
	ck_problem(on("POST", id, "/deliveries/999999999/replay", NULL), 404,
	    "not_found");
	ck_problem(on("GET", id + 1000000, "/deliveries", NULL), 404,
	    "not_found");
}
END_TEST

START_TEST(jobs)
{
	int64_t id = created(), dead = delivery(id, "dead");
	struct answer a = call("GET", "/api/v1/admin/jobs?state=dead&kind="
	    "webhook&limit=1&count=true", admin.token, NULL);

	ck_status(a, 200);
	ck_assert_int_eq(jint(&a, "data[0].id"), dead);
	ck_assert_str_eq(jstr(&a, "data[0].kind"), "webhook");
	ck_assert(!jhas(&a, "data[0].payload"));
	ck_assert_int_ge(jint(&a, "total_count"), 1);
	a = call("GET", "/api/v1/admin/jobs?limit=1&after=2147483648",
	    admin.token, NULL);
	ck_status(a, 200);
	ck_assert_uint_eq(jlen(&a, "data"), 1);
	a = call("POST", pathf("/api/v1/admin/jobs/%lld/retry",
	    (long long)dead), admin.token, NULL);
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "state"), "queued");
	a = call("POST", pathf("/api/v1/admin/jobs/%lld/retry",
	    (long long)delivery(id, "done")), admin.token, NULL);
	ck_problem(a, 409, "invalid_transition");
	ck_problem(call("POST", "/api/v1/admin/jobs/999999999/retry",
	    admin.token, NULL), 404, "not_found");
	ck_problem(call("GET", "/api/v1/admin/jobs?kind=x", admin.token,
	    NULL), 400, "invalid_parameter");
}
END_TEST

SUITE(webhook)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, create_and_read);
	tcase_add_test(tc, inner_urls);
	tcase_add_test(tc, bad_bodies);
	tcase_add_test(tc, change);
	tcase_add_test(tc, rotate);
	tcase_add_test(tc, deliveries);
	tcase_add_test(tc, jobs);
}
