/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/arena.h"
#include "lib/random.h"

#include "t/help/call.h"
#include "t/help/db.h"

#define ME	"/api/v1/auth/me"

static const char *
user_path(const struct persona *p)
{
	return pathf("/api/v1/users/%lld", (long long)p->id);
}

static const char *
admin_path(const struct persona *p, const char *what)
{
	return pathf("/api/v1/admin/users/%lld/%s", (long long)p->id, what);
}

START_TEST(own_profile)
{
	struct persona p = persona_new(false);
	struct answer a = call("GET", ME, p.token, NULL), b;

	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "email"), p.email);
	b = call("GET", user_path(&p), p.token, NULL);
	ck_assert_str_eq(a.body, b.body);
	ck_assert_str_eq(a.rs.etag, b.rs.etag);
	a = call_with("GET", ME, p.token, NULL, "If-None-Match", b.rs.etag,
	    NULL);
	ck_status(a, 304);
	a = call("PATCH", ME, p.token, "{\"first_name\":\"A\",\"last_name\":"
	    "\"B\",\"phone\":\"1\"}");
	ck_status(a, 200);
	ck_assert_str_ne(a.rs.etag, b.rs.etag);
	a = call("PUT", ME, p.token, "{\"phone\":null,\"last_name\":\"\"}");
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "first_name"), "A");
	ck_assert(!jhas(&a, "phone") && !jhas(&a, "last_name"));
	ck_problem(call_with("PATCH", ME, p.token, "{\"phone\":\"2\"}",
	    "If-Match", b.rs.etag, NULL), 412, "precondition_failed");
	ck_status(call_with("PATCH", ME, p.token, "{\"phone\":\"2\"}",
	    "If-Match", a.rs.etag, NULL), 200);
	ck_problem(call("PATCH", ME, p.token, "{\"role\":\"admin\"}"), 422,
	    "unknown_field");
	ck_problem(call("PATCH", ME, p.token, "{\"is_active\":true}"), 422,
	    "unknown_field");
	ck_status(call("PATCH", ME, p.token, "{\"email\":null}"), 422);
	ck_status(call("PATCH", ME, p.token, "{\"phone\":\"a\\nb\"}"), 422);
}
END_TEST

START_TEST(email_changes_with_the_password)
{
	const char *tag = random_hex(8, db_mem());
	struct answer a = call("POST", "/api/v1/auth/register", NULL,
	    pathf("{\"email\":\"%s@example.com\",\"password\":"
	    "\"long enough 1\"}", tag));
	const char *token = jstr(&a, "access_token");
	long long id = jint(&a, "user.id");

	db_exec("UPDATE users SET email_verified = true WHERE id = %lld",
	    id);
	a = call("PATCH", ME, token, pathf("{\"email\":\"%s@EXAMPLE.com\"}",
	    tag));
	ck_status(a, 200);
	ck_assert(jbool(&a, "email_verified"));
	a = call("PATCH", ME, token, "{\"email\":\"new@example.com\"}");
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "current_password");
	ck_problem(call("PATCH", ME, token, "{\"email\":\"new@example.com\","
	    "\"current_password\":\"wrong\"}"), 403, "invalid_credentials");
	ck_problem(call("PATCH", ME, token, pathf("{\"email\":\"%s\","
	    "\"current_password\":\"long enough 1\"}",
	    persona_new(false).email)), 409, "email_taken");
	a = call("PATCH", ME, token, pathf("{\"email\":\"n%s@example.com\","
	    "\"current_password\":\"long enough 1\"}", tag));
	ck_status(a, 200);
	ck_assert(!jbool(&a, "email_verified"));
	a = call("POST", "/api/v1/auth/verify-email", NULL,
	    pathf("{\"token\":\"%s\"}", db_text("SELECT payload->>'token'"
	    " FROM outbox WHERE user_id = %lld AND topic ="
	    " 'user.verify_email' ORDER BY id DESC LIMIT 1", id)));
	ck_status(a, 204);
}
END_TEST

START_TEST(others_are_not_there)
{
	struct persona p = persona_new(false), q = persona_new(false);
	struct answer a = call("GET", user_path(&q), p.token, NULL);
	struct answer none = call("GET", "/api/v1/users/9000000000000000",
	    p.token, NULL);

	ck_problem(a, 404, "not_found");
	ck_assert_str_eq(jstr(&a, "detail"), jstr(&none, "detail"));
	ck_problem(call("PATCH", user_path(&q), p.token, "{}"), 404,
	    "not_found");
	ck_problem(call("DELETE", user_path(&q), p.token, NULL), 404,
	    "not_found");
	ck_problem(call("GET", "/api/v1/users", p.token, NULL), 403,
	    "forbidden");
	ck_problem(call("GET", "/api/v1/admin/users", p.token, NULL), 403,
	    "forbidden");
}
END_TEST

START_TEST(list_of_users)
{
	struct persona admin = persona_new(true);
	const char *tag = random_hex(6, db_mem());
	struct answer a;

	for (int i = 0; i < 3; i++)
		db_exec("INSERT INTO users (email, username, password_hash,"
		    " first_name, is_active) VALUES ('u%d-%s@example.com',"
		    " 'u%d_%s', '*', 'Zo%%%s', %s)", i, tag, i, tag, tag,
		    i == 0 ? "false" : "true");
	a = call("GET", pathf("/api/v1/users?search=%s&count=true&limit=2",
	    tag), admin.token, NULL);
	ck_status(a, 200);
	ck_assert_int_eq(jint(&a, "total_count"), 3);
	ck_assert_uint_eq(jlen(&a, "data"), 2);
	ck_assert(jbool(&a, "has_more"));
	ck_assert(!jhas(&a, "data[0].password_hash"));
	a = call("GET", pathf("/api/v1/users?search=%s&limit=2&cursor=%s",
	    tag, jstr(&a, "next_cursor")), admin.token, NULL);
	ck_assert_uint_eq(jlen(&a, "data"), 1);
	a = call("GET", pathf("/api/v1/admin/users?search=ZO%%25%s"
	    "&is_active=false", tag), admin.token, NULL);
	ck_assert_uint_eq(jlen(&a, "data"), 1);
	a = call("GET", pathf("/api/v1/users?search=u_-%s", tag),
	    admin.token, NULL);
	ck_assert_uint_eq(jlen(&a, "data"), 0);
	a = call("GET", pathf("/api/v1/users?role=admin&after=%lld",
	    (long long)admin.id - 1), admin.token, NULL);
	ck_assert_int_eq(jint(&a, "data[0].id"), admin.id);
	ck_problem(call("GET", "/api/v1/users?role=king", admin.token, NULL),
	    400, "invalid_parameter");
}
END_TEST

START_TEST(status_and_role_by_an_admin)
{
	struct persona admin = persona_new(true), p = persona_new(false);
	struct answer a = call("PUT", admin_path(&p, "toggle-status"),
	    admin.token, NULL);

	ck_status(a, 200);
	ck_assert(!jbool(&a, "is_active"));
	ck_problem(call("GET", ME, p.token, NULL), 401, "token_revoked");
	a = call("PUT", admin_path(&p, "toggle-status"), admin.token, NULL);
	ck_assert(jbool(&a, "is_active"));
	/* Open sessions ended for good. */
	ck_problem(call("GET", ME, p.token, NULL), 401, "token_revoked");
	p = persona_new(false);
	a = call("PUT", admin_path(&p, "role"), admin.token,
	    "{\"role\":\"admin\"}");
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "role"), "admin");
	ck_status(call("GET", "/api/v1/users?limit=1", p.token, NULL), 200);
	ck_status(call("PUT", admin_path(&p, "role"), admin.token,
	    "{\"role\":\"customer\"}"), 200);
	ck_problem(call("GET", "/api/v1/users", p.token, NULL), 403,
	    "forbidden");
	ck_problem(call("PUT", admin_path(&p, "role"), admin.token,
	    "{\"role\":\"king\"}"), 422, "validation_failed");
	ck_problem(call_with("PUT", admin_path(&p, "role"), admin.token,
	    "{\"role\":\"admin\"}", "If-Match", "\"1\"", NULL), 412,
	    "precondition_failed");
	ck_problem(call("PUT", admin_path(&admin, "role"), admin.token,
	    "{\"role\":\"customer\"}"), 409, "own_account");
	ck_problem(call("PUT", admin_path(&admin, "toggle-status"),
	    admin.token, NULL), 409, "own_account");
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log WHERE"
	    " actor_id = %lld AND target_id = %lld AND action ="
	    " 'user.set_role' AND before->>'role' <> after->>'role'",
	    (long long)admin.id, (long long)p.id), 2);
}
END_TEST

START_TEST(admin_edits_a_profile)
{
	struct persona admin = persona_new(true), p = persona_new(false);
	struct answer a = call("PATCH", user_path(&p), admin.token,
	    pathf("{\"email\":\"x%s\",\"first_name\":\"N\"}", p.email));

	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "first_name"), "N");
	ck_assert(!jbool(&a, "email_verified"));
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log WHERE"
	    " actor_id = %lld AND target_id = %lld AND action ="
	    " 'user.update'", (long long)admin.id, (long long)p.id), 1);
}
END_TEST

/* ---- X-User-Id ----------------------------------------------------- */

static struct answer
as(const char *method, const char *path, const char *token,
    const char *body, int64_t user)
{
	return call_with(method, path, token, body, "X-User-Id",
	    pathf("%lld", (long long)user), NULL);
}

START_TEST(x_user_id)
{
	struct persona admin = persona_new(true), p = persona_new(false);
	struct persona q = persona_new(false);
	struct answer a;

	ck_problem(as("GET", ME, NULL, NULL, p.id), 401, "unauthorized");
	ck_status(as("GET", ME, p.token, NULL, p.id), 200);
	a = as("GET", ME, p.token, NULL, q.id);
	ck_problem(a, 403, "forbidden");
	ck_assert_ptr_nonnull(strstr(jstr(&a, "detail"), "X-User-Id"));
	ck_problem(call_with("GET", ME, p.token, NULL, "X-User-Id", "me",
	    NULL), 403, "forbidden");
	ck_problem(call_with("GET", ME, admin.token, NULL, "X-User-Id", "",
	    NULL), 403, "forbidden");
	a = as("GET", ME, admin.token, NULL, p.id);
	ck_status(a, 200);
	ck_assert_int_eq(jint(&a, "id"), p.id);
	ck_problem(as("GET", "/api/v1/users", admin.token, NULL, p.id), 403,
	    "forbidden");
	ck_problem(as("GET", user_path(&q), admin.token, NULL, p.id), 404,
	    "not_found");
	ck_problem(as("GET", ME, admin.token, NULL, INT64_C(1) << 60), 403,
	    "forbidden");
	ck_status(as("GET", "/api/v1/users", admin.token, NULL, admin.id),
	    200);
	ck_problem(as("PUT", admin_path(&admin, "role"), admin.token,
	    "{\"role\":\"customer\"}", persona_new(true).id), 409,
	    "own_account");
}
END_TEST

START_TEST(acting_is_audited)
{
	struct persona admin = persona_new(true), p = persona_new(false);
	struct answer a;

	ck_status(as("GET", ME, admin.token, NULL, p.id), 200);
	a = as("POST", "/api/v1/addresses", admin.token, "{\"line1\":\"1\","
	    "\"city\":\"C\",\"postal_code\":\"1\",\"country\":\"DE\"}",
	    p.id);
	ck_status(a, 201);
	ck_assert_int_eq(db_i64("SELECT user_id FROM addresses WHERE id ="
	    " %lld", (long long)jint(&a, "id")), p.id);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log WHERE"
	    " actor_id = %lld AND acting_for = %lld", (long long)admin.id,
	    (long long)p.id), 1);
	ck_assert_str_eq(db_text("SELECT action FROM audit_log WHERE"
	    " actor_id = %lld", (long long)admin.id),
	    "POST /api/v1/addresses");
	ck_status(as("POST", "/api/v1/addresses", admin.token, "{}", p.id),
	    422);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log WHERE"
	    " actor_id = %lld", (long long)admin.id), 1);
}
END_TEST

SUITE(user_call)
{
	tcase_add_test(tc, own_profile);
	tcase_add_test(tc, email_changes_with_the_password);
	tcase_add_test(tc, others_are_not_there);
	tcase_add_test(tc, list_of_users);
	tcase_add_test(tc, status_and_role_by_an_admin);
	tcase_add_test(tc, admin_edits_a_profile);
	tcase_add_test(tc, x_user_id);
	tcase_add_test(tc, acting_is_audited);
}
