/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/arena.h"
#include "lib/json.h"
#include "lib/random.h"
#include "lib/token.h"

#include "t/help/call.h"
#include "t/help/db.h"

#define LOGIN		"/api/v1/auth/login"
#define REGISTER	"/api/v1/auth/register"
#define REFRESH		"/api/v1/auth/refresh"
#define ME		"/api/v1/auth/me"
#define PASSWORD	"long enough 1"

static const char *
fresh_email(void)
{
	return pathf("A-%s@example.com", random_hex(8, db_mem()));
}

static struct answer
enrol(const char *email)
{
	struct answer a = call("POST", REGISTER, NULL,
	    pathf("{\"email\":\"%s\",\"password\":\"" PASSWORD "\"}",
	    email));

	ck_status(a, 201);
	return a;
}

static struct answer
login(const char *email, const char *password)
{
	return call("POST", LOGIN, NULL,
	    pathf("{\"email\":\"%s\",\"password\":\"%s\"}", email, password));
}

/* ---- register ------------------------------------------------------ */

START_TEST(register_opens_an_account)
{
	const char *email = fresh_email();
	struct answer a = call("POST", REGISTER, NULL,
	    pathf("{\"email\":\"%s\",\"password\":\"" PASSWORD "\","
	    "\"username\":\"u%s\",\"first_name\":\"Ann\",\"last_name\":"
	    "\"Doe\",\"phone\":\"\",\"address_line1\":\"1 Street\","
	    "\"address_line2\":\"\",\"city\":\"C\",\"state\":\"S\","
	    "\"postal_code\":\"1\",\"country\":\"Germany\"}", email,
	    random_hex(6, db_mem()))), b;
	const char *token;

	ck_status(a, 201);
	ck_assert_str_eq(a.rs.location,
	    pathf("/api/v1/users/%lld", (long long)jint(&a, "user.id")));
	ck_assert_str_eq(jstr(&a, "user.email"), email);
	ck_assert_str_eq(jstr(&a, "user.role"), "customer");
	ck_assert(!jhas(&a, "user.phone"));
	ck_assert(!jbool(&a, "user.email_verified"));
	ck_assert_str_eq(jstr(&a, "token_type"), "Bearer");
	ck_assert_int_eq(jint(&a, "expires_in"), 900);
	ck_assert_ptr_null(strstr(a.body, "$y$"));
	token = jstr(&a, "access_token");
	b = call("GET", ME, token, NULL);
	ck_status(b, 200);
	ck_assert_int_eq(jint(&b, "id"), jint(&a, "user.id"));
	b = call("GET", "/api/v1/addresses", token, NULL);
	ck_assert_uint_eq(jlen(&b, "data"), 1);
	ck_assert_str_eq(jstr(&b, "data[0].name"), "Ann Doe");
	ck_assert_str_eq(jstr(&b, "data[0].region"), "S");
	ck_assert(jbool(&b, "data[0].is_default"));
	ck_assert_int_eq(db_i64("SELECT count(*) FROM outbox WHERE user_id ="
	    " %lld AND topic IN ('user.registered', 'user.verify_email')",
	    (long long)jint(&a, "user.id")), 2);
}
END_TEST

/* A form of which nobody filled in the address. */
START_TEST(blank_address_is_none)
{
	struct answer a = call("POST", REGISTER, NULL,
	    pathf("{\"email\":\"%s\",\"password\":\"" PASSWORD "\","
	    "\"address_line1\":\"\",\"address_line2\":\"\",\"city\":\"\","
	    "\"state\":\"\",\"postal_code\":\"\",\"country\":\"\"}",
	    fresh_email()));

	ck_status(a, 201);
	a = call("GET", "/api/v1/addresses", jstr(&a, "access_token"), NULL);
	ck_assert_uint_eq(jlen(&a, "data"), 0);
	a = call("POST", REGISTER, NULL,
	    pathf("{\"email\":\"%s\",\"password\":\"" PASSWORD "\","
	    "\"address_line1\":\"1\",\"city\":\"C\",\"postal_code\":\"1\","
	    "\"country\":\"\"}", fresh_email()));
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "country");
}
END_TEST

static struct answer
named(const char *email, const char *username, const char *tag)
{
	return call("POST", REGISTER, NULL, pathf("{\"email\":"
	    "\"%s%s@example.com\",\"username\":\"%s%s\","
	    "\"password\":\"" PASSWORD "\"}", email, tag, username, tag));
}

START_TEST(names_are_taken_case_aside)
{
	const char *tag = random_hex(6, db_mem());

	ck_status(named("x", "n", tag), 201);
	ck_problem(named("X", "m", tag), 409, "email_taken");
	ck_problem(named("y", "N", tag), 409, "username_taken");
}
END_TEST

/* The password alone, with an address of its own. */
static struct answer
with_password(const char *password)
{
	return call("POST", REGISTER, NULL,
	    pathf("{\"email\":\"%s\",\"password\":\"%s\"}", fresh_email(),
	    password));
}

static const char *
repeat(const char *s, int n)
{
	struct buf b;

	buf_init(&b, db_mem(), 1024);
	while (n-- > 0)
		buf_str(&b, s);
	return b.data;
}

START_TEST(password_rules)
{
	static const char *const bad[] = { "1234567", "password",
	    "Password123", "PASSW0RD", "12345678", "qwertyuiop", "iloveyou",
	    "welcome1", "changeme" };
	struct answer a;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		a = with_password(bad[i]);
		ck_problem(a, 422, "validation_failed");
		ck_assert_str_eq(jstr(&a, "errors[0].field"), "password");
	}
	ck_status(with_password("TestPass123"), 201);
	ck_status(with_password("        "), 201);
	ck_status(with_password(repeat("x", 128)), 201);
	ck_status(with_password(repeat("x", 129)), 422);
	ck_status(with_password(repeat("\xf0\x9f\x90\x8e", 8)), 201);
	ck_status(with_password("a\\u0000bcdefgh"), 400);
	ck_status(with_password("a\xff" "bcdefgh"), 400);
	a = call("POST", REGISTER, NULL, "{\"email\":\"Long.name@b.example\","
	    "\"password\":\"long.NAME\"}");
	ck_problem(a, 422, "validation_failed");
	a = call("POST", REGISTER, NULL, "{\"email\":\"long@b.example\","
	    "\"password\":\"Long@B.example\"}");
	ck_problem(a, 422, "validation_failed");
}
END_TEST

START_TEST(passwords_are_never_cut)
{
	const char *email = fresh_email();
	const char *base = repeat("a", 72);
	struct answer a = call("POST", REGISTER, NULL,
	    pathf("{\"email\":\"%s\",\"password\":\" %sx \"}", email, base));

	ck_status(a, 201);
	ck_status(login(email, pathf(" %sx ", base)), 200);
	ck_problem(login(email, pathf(" %sy ", base)), 401,
	    "invalid_credentials");
	ck_problem(login(email, pathf("%sx", base)), 401,
	    "invalid_credentials");
}
END_TEST

START_TEST(register_refuses)
{
	struct answer a = call("POST", REGISTER, NULL,
	    pathf("{\"email\":\"%s\",\"password\":\"" PASSWORD "\","
	    "\"role\":\"admin\"}", fresh_email()));

	ck_problem(a, 422, "unknown_field");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "role");
	a = call("POST", REGISTER, NULL,
	    pathf("{\"email\":\"%s\",\"password\":\"" PASSWORD "\","
	    "\"city\":\"C\"}", fresh_email()));
	ck_problem(a, 422, "validation_failed");
	ck_assert_uint_eq(jlen(&a, "errors"), 3);
	a = call("POST", REGISTER, NULL, "{\"email\":\"x\",\"password\":"
	    "\"short\",\"username\":\"a@b.c\"}");
	ck_assert_uint_eq(jlen(&a, "errors"), 3);
}
END_TEST

START_TEST(users_takes_a_key_and_auth_does_not)
{
	const char *key = random_hex(8, db_mem());
	const char *body = pathf("{\"email\":\"%s\",\"password\":\"" PASSWORD
	    "\"}", fresh_email());
	struct answer a, b;

	a = call_with("POST", "/api/v1/users/", NULL, body,
	    "Idempotency-Key", key, NULL);
	ck_status(a, 201);
	b = call_with("POST", "/api/v1/users/", NULL, body,
	    "Idempotency-Key", key, NULL);
	ck_status(b, 201);
	ck_assert(b.rs.replayed);
	ck_assert_str_eq(a.body, b.body);
	b = call_with("POST", REGISTER, NULL, body, "Idempotency-Key", key,
	    NULL);
	ck_problem(b, 409, "email_taken");
}
END_TEST

/* ---- login --------------------------------------------------------- */

START_TEST(login_by_any_name)
{
	const char *email = fresh_email();
	const char *name = pathf("n%s", random_hex(6, db_mem()));
	struct answer a = call("POST", REGISTER, NULL,
	    pathf("{\"email\":\"%s\",\"username\":\"%s\",\"password\":\""
	    PASSWORD "\"}", email, name));

	ck_status(a, 201);
	ck_status(login(email, PASSWORD), 200);
	ck_status(call("POST", "/api/v1/users/login", NULL,
	    pathf("{\"username\":\"%s\",\"password\":\"" PASSWORD "\"}",
	    name)), 200);
	a = call_with("POST", LOGIN, NULL, pathf("grant_type=password"
	    "&username=%s&password=long+enough%%201&scope=&client_id=",
	    email), "Content-Type", "application/x-www-form-urlencoded",
	    NULL);
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "user.email"), email);
	ck_status(call("POST", LOGIN, NULL, "{\"password\":\"x\"}"), 422);
	ck_status(call("POST", LOGIN, NULL, "{\"email\":\"a\",\"username\":"
	    "\"a\",\"password\":\"x\"}"), 422);
}
END_TEST

/* As Swagger UI writes it for FastAPI: with blanks for what is not given. */
START_TEST(login_by_a_form_with_blanks)
{
	const char *email = fresh_email();
	static const char *const grants[] = { "", "password", "refresh_token" };

	enrol(email);
	for (size_t i = 0; i < 3; i++)
		ck_status(call_with("POST", "/api/v1/users/login", NULL,
		    pathf("grant_type=%s&username=%s&password=long+enough+1"
		    "&scope=&client_id=&client_secret=", grants[i], email),
		    "Content-Type", "application/x-www-form-urlencoded",
		    NULL), i < 2 ? 200 : 422);
}
END_TEST

/* The answer without its request id. */
static const char *
same_part(const struct answer *a)
{
	return pathf("%.*s", (int)(strstr(a->body, "request_id") - a->body),
	    a->body);
}

START_TEST(failed_logins_look_alike)
{
	const char *email = fresh_email();
	struct answer known, unknown, off;

	enrol(email);
	known = login(email, "wrong password");
	unknown = login(fresh_email(), "wrong password");
	ck_problem(known, 401, "invalid_credentials");
	ck_assert_str_eq(same_part(&known), same_part(&unknown));
	ck_assert_ptr_null(known.rs.www_authenticate);
	ck_assert_uint_eq(known.stmts, unknown.stmts);
	ck_assert_uint_eq(known.flights, unknown.flights);
	db_exec("UPDATE users SET is_active = false WHERE email = '%s'",
	    email);
	off = login(email, "wrong password");
	ck_assert_str_eq(same_part(&known), same_part(&off));
	ck_problem(login(email, PASSWORD), 403, "account_disabled");
}
END_TEST

START_TEST(stale_hash_is_replaced)
{
	const char *email = fresh_email();
	/* bcrypt, cost 4, of "long enough 1" */
	static const char old[] = "$2b$04$5TC33fsF1j0aVyqpbDxMmOm"
	    "zGniP95A4Z8m5.M95w3CIosBZiRW/y";

	enrol(email);
	db_exec("UPDATE users SET password_hash = '%s' WHERE email = '%s'",
	    old, email);
	ck_status(login(email, PASSWORD), 200);
	ck_assert_int_eq(db_i64("SELECT (password_hash LIKE '$y$%%')::int"
	    " FROM users WHERE email = '%s'", email), 1);
	ck_status(login(email, PASSWORD), 200);
}
END_TEST

START_TEST(lockout)
{
	const char *email = fresh_email(), *nobody = fresh_email();
	struct answer a;

	enrol(email);
	for (int i = 0; i < 10; i++) {
		ck_status(login(i % 2 ? email : pathf("a%s", email + 1),
		    "wrong"), 401);
		ck_status(login(nobody, "wrong"), 401);
	}
	a = login(email, PASSWORD);
	ck_problem(a, 429, "too_many_attempts");
	ck_assert_int_gt(a.rs.retry_after, 800);
	ck_assert_int_le(a.rs.retry_after, 900);
	a = login(nobody, PASSWORD);
	ck_problem(a, 429, "too_many_attempts");
	db_exec("UPDATE login_attempts SET since = now() -"
	    " interval '15 minutes 1 second' WHERE identifier = lower('%s')",
	    email);
	ck_status(login(email, "wrong"), 401);
	ck_status(login(email, PASSWORD), 200);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM login_attempts"
	    " WHERE identifier = lower('%s')", email), 0);
}
END_TEST

/* ---- refresh ------------------------------------------------------- */

START_TEST(refresh_rotates)
{
	struct answer a = enrol(fresh_email()), b, c;

	b = call("POST", REFRESH, jstr(&a, "refresh_token"), NULL);
	ck_status(b, 200);
	ck_assert(!jhas(&b, "user"));
	ck_assert_str_ne(jstr(&a, "refresh_token"),
	    jstr(&b, "refresh_token"));
	ck_status(call("GET", ME, jstr(&b, "access_token"), NULL), 200);
	c = call("POST", REFRESH, NULL, pathf("{\"refresh_token\":\"%s\"}",
	    jstr(&b, "refresh_token")));
	ck_status(c, 200);
	ck_problem(call("POST", REFRESH, NULL, NULL), 401, "unauthorized");
	ck_problem(call("POST", REFRESH, jstr(&c, "access_token"), NULL),
	    401, "invalid_token");
	ck_problem(call("GET", ME, jstr(&c, "refresh_token"), NULL), 401,
	    "invalid_token");
}
END_TEST

START_TEST(spent_refresh_token_ends_the_family)
{
	struct answer a = enrol(fresh_email()), b;

	b = call("POST", REFRESH, jstr(&a, "refresh_token"), NULL);
	ck_status(b, 200);
	ck_problem(call("POST", REFRESH, jstr(&a, "refresh_token"), NULL),
	    401, "token_reused");
	ck_problem(call("POST", REFRESH, jstr(&b, "refresh_token"), NULL),
	    401, "token_revoked");
	ck_problem(call("POST", REFRESH, jstr(&a, "refresh_token"), NULL),
	    401, "token_reused");
	ck_problem(call("GET", ME, jstr(&b, "access_token"), NULL), 401,
	    "token_revoked");
	ck_problem(call("GET", ME, jstr(&a, "access_token"), NULL), 401,
	    "token_revoked");
}
END_TEST

/* A session has no versions: what is there matches "*" alone. */
START_TEST(sessions_have_no_tag)
{
	struct answer a = enrol(fresh_email());
	const char *token = jstr(&a, "access_token"), *path;

	path = arena_printf(db_mem(), "/api/v1/auth/sessions/%s",
	    db_text("SELECT id FROM sessions WHERE user_id = %lld",
	    (long long)jint(&a, "user.id")));
	ck_problem(call_with("DELETE", path, token, NULL, "If-Match", "\"1\"",
	    NULL), 412, "precondition_failed");
	ck_status(call("GET", ME, token, NULL), 200);
	ck_status(call_with("DELETE", path, token, NULL, "If-Match", "*",
	    NULL), 204);
}
END_TEST

START_TEST(sessions_end_in_time)
{
	struct answer a = enrol(fresh_email()), b;
	long long id = jint(&a, "user.id");

	db_exec("UPDATE sessions SET created_at = now() - interval"
	    " '179 days 23 hours', expires_at = now() + interval '5 minutes'"
	    " WHERE user_id = %lld", id);
	b = call("POST", REFRESH, jstr(&a, "refresh_token"), NULL);
	ck_status(b, 200);
	ck_assert_int_eq(db_i64("SELECT (expires_at <= created_at"
	    " + interval '180 days')::int FROM sessions WHERE user_id ="
	    " %lld", id), 1);
	db_exec("UPDATE sessions SET expires_at = now() WHERE user_id ="
	    " %lld", id);
	ck_problem(call("POST", REFRESH, jstr(&b, "refresh_token"), NULL),
	    401, "token_revoked");
	ck_problem(call("GET", ME, jstr(&b, "access_token"), NULL), 401,
	    "token_revoked");
}
END_TEST

START_TEST(only_hashes_are_kept)
{
	struct answer a = enrol(fresh_email());
	long long id = jint(&a, "user.id");

	ck_assert_str_eq(db_text("SELECT refresh_hash FROM sessions"
	    " WHERE user_id = %lld", id), sha256_hex(
	    jstr(&a, "refresh_token"), strlen(jstr(&a, "refresh_token")),
	    db_mem()));
	ck_assert_int_eq(db_i64("SELECT (t.token_hash = encode(sha256("
	    "(o.payload->>'token')::bytea), 'hex'))::int"
	    " FROM one_time_tokens t JOIN outbox o USING (user_id)"
	    " WHERE user_id = %lld AND topic = 'user.verify_email'", id), 1);
}
END_TEST

START_TEST(no_token_in_the_query)
{
	struct answer a = enrol(fresh_email());

	ck_problem(call("GET", pathf(ME "?access_token=%s",
	    jstr(&a, "access_token")), NULL, NULL), 401, "unauthorized");
}
END_TEST

SUITE(auth)
{
	tcase_add_test(tc, register_opens_an_account);
	tcase_add_test(tc, blank_address_is_none);
	tcase_add_test(tc, names_are_taken_case_aside);
	tcase_add_test(tc, password_rules);
	tcase_add_test(tc, passwords_are_never_cut);
	tcase_add_test(tc, register_refuses);
	tcase_add_test(tc, users_takes_a_key_and_auth_does_not);
	tcase_add_test(tc, login_by_any_name);
	tcase_add_test(tc, login_by_a_form_with_blanks);
	tcase_add_test(tc, failed_logins_look_alike);
	tcase_add_test(tc, stale_hash_is_replaced);
	tcase_add_test(tc, lockout);
	tcase_add_test(tc, refresh_rotates);
	tcase_add_test(tc, spent_refresh_token_ends_the_family);
	tcase_add_test(tc, sessions_have_no_tag);
	tcase_add_test(tc, sessions_end_in_time);
	tcase_add_test(tc, only_hashes_are_kept);
	tcase_add_test(tc, no_token_in_the_query);
}
