/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/arena.h"
#include "lib/random.h"

#include "t/help/call.h"
#include "t/help/db.h"

#define AUTH		"/api/v1/auth/"
#define PASSWORD	"long enough 1"

struct account {
	const char *email, *token, *refresh;
	long long id;
};

static struct answer
login(const char *email, const char *password)
{
	return call("POST", AUTH "login", NULL,
	    pathf("{\"email\":\"%s\",\"password\":\"%s\"}", email, password));
}

static struct account
enrol(void)
{
	struct account x = { .email = pathf("p-%s@example.com",
	    random_hex(8, db_mem())) };
	struct answer a = call("POST", AUTH "register", NULL,
	    pathf("{\"email\":\"%s\",\"password\":\"" PASSWORD "\"}",
	    x.email));

	ck_status(a, 201);
	x.token = jstr(&a, "access_token");
	x.refresh = jstr(&a, "refresh_token");
	x.id = jint(&a, "user.id");
	return x;
}

static struct answer
change(const struct account *x, const char *old, const char *new)
{
	return call("POST", AUTH "change-password", x->token,
	    pathf("{\"current_password\":\"%s\",\"new_password\":\"%s\"}",
	    old, new));
}

START_TEST(change_ends_all_other_sessions)
{
	struct account x = enrol();
	struct answer other = login(x.email, PASSWORD);

	ck_problem(change(&x, "wrong", "another one 2"), 403,
	    "invalid_credentials");
	ck_problem(change(&x, PASSWORD, "password1"), 422,
	    "validation_failed");
	ck_problem(change(&x, PASSWORD, x.email), 422, "validation_failed");
	ck_status(call("GET", AUTH "me", jstr(&other, "access_token"), NULL),
	    200);
	ck_status(change(&x, PASSWORD, "another one 2"), 204);
	ck_problem(call("GET", AUTH "me", jstr(&other, "access_token"),
	    NULL), 401, "token_revoked");
	ck_problem(call("POST", AUTH "refresh", jstr(&other,
	    "refresh_token"), NULL), 401, "token_revoked");
	ck_status(call("GET", AUTH "me", x.token, NULL), 200);
	ck_status(call("POST", AUTH "refresh", x.refresh, NULL), 200);
	ck_problem(login(x.email, PASSWORD), 401, "invalid_credentials");
	ck_status(login(x.email, "another one 2"), 200);
}
END_TEST

START_TEST(current_password_cannot_be_guessed)
{
	struct account x = enrol();

	for (int i = 0; i < 10; i++)
		ck_status(change(&x, "wrong", "another one 2"), 403);
	ck_problem(change(&x, PASSWORD, "another one 2"), 429,
	    "too_many_attempts");
	ck_status(login(x.email, PASSWORD), 200);
}
END_TEST

/* Only failures count, whatever becomes of the change itself. */
START_TEST(right_passwords_do_not_count)
{
	struct account x = enrol();
	const char *same = pathf("{\"email\":\"%s\",\"current_password\":\""
	    PASSWORD "\",\"first_name\":\"Ann\"}", x.email);

	for (int i = 0; i < 9; i++)
		ck_status(change(&x, "wrong", "another one 2"), 403);
	for (int i = 0; i < 11; i++)
		ck_status(call("PUT", AUTH "me", x.token, same), 200);
	for (int i = 0; i < 11; i++)
		ck_problem(change(&x, PASSWORD, "password1"), 422,
		    "validation_failed");
}
END_TEST

/* The token in the newest mail of that topic. */
static const char *
mailed(const struct account *x, const char *topic)
{
	return db_text("SELECT payload->>'token' FROM outbox WHERE user_id ="
	    " %lld AND topic = '%s' ORDER BY id DESC LIMIT 1", x->id, topic);
}

static struct answer
forgot(const char *email)
{
	return call("POST", AUTH "forgot-password", NULL,
	    pathf("{\"email\":\"%s\"}", email));
}

static struct answer
reset(const char *token, const char *password)
{
	return call("POST", AUTH "reset-password", NULL,
	    pathf("{\"token\":\"%s\",\"password\":\"%s\"}", token,
	    password));
}

START_TEST(forgot_and_reset)
{
	struct account x = enrol();
	const char *token;

	ck_status(forgot(pathf("P%s", x.email + 1)), 202);
	token = mailed(&x, "user.password_reset");
	ck_assert_uint_eq(strlen(token), 64);
	ck_problem(call("GET", AUTH "me", token, NULL), 401,
	    "invalid_token");
	ck_problem(reset(token, "password1"), 422, "validation_failed");
	ck_problem(reset(token, x.email), 422, "validation_failed");
	for (int i = 0; i < 10; i++)
		ck_status(login(x.email, "wrong"), 401);
	ck_status(reset(token, "another one 2"), 204);
	ck_problem(call("GET", AUTH "me", x.token, NULL), 401,
	    "token_revoked");
	ck_status(login(x.email, "another one 2"), 200);
	ck_problem(reset(token, "another one 3"), 400, "invalid_token");
	ck_assert_int_eq(db_i64("SELECT email_verified::int FROM users"
	    " WHERE id = %lld", x.id), 1);
}
END_TEST

START_TEST(forgot_tells_nothing)
{
	struct account x = enrol();
	struct answer known = forgot(x.email), unknown = forgot(pathf(
	    "nobody-%s@example.com", random_hex(8, db_mem())));

	ck_status(known, 202);
	ck_status(unknown, 202);
	ck_assert_str_eq(known.body, unknown.body);
	ck_assert_uint_eq(known.flights, unknown.flights);
	ck_status(forgot("no address"), 422);
}
END_TEST

START_TEST(reset_tokens_do_not_pile_up)
{
	struct account x = enrol();
	const char *first, *third;

	forgot(x.email);
	first = mailed(&x, "user.password_reset");
	forgot(x.email);
	forgot(x.email);
	third = mailed(&x, "user.password_reset");
	ck_status(forgot(x.email), 202);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM outbox WHERE user_id ="
	    " %lld AND topic = 'user.password_reset'", x.id), 3);
	ck_problem(reset(first, "another one 2"), 400, "invalid_token");
	db_exec("UPDATE one_time_tokens SET expires_at = now()"
	    " WHERE user_id = %lld", x.id);
	ck_problem(reset(third, "another one 2"), 400, "invalid_token");
	db_exec("UPDATE one_time_tokens SET expires_at = now() + '1 min',"
	    " email = 'old@example.com' WHERE user_id = %lld", x.id);
	ck_problem(reset(third, "another one 2"), 400, "invalid_token");
}
END_TEST

START_TEST(verify_email)
{
	struct account x = enrol();
	const char *token = mailed(&x, "user.verify_email");
	const char *body = pathf("{\"token\":\"%s\"}", token);
	struct answer a;

	ck_problem(reset(token, "another one 2"), 400, "invalid_token");
	ck_status(call("POST", AUTH "verify-email", NULL, body), 204);
	a = call("GET", AUTH "me", x.token, NULL);
	ck_assert(jbool(&a, "email_verified"));
	ck_problem(call("POST", AUTH "verify-email", NULL, body), 400,
	    "invalid_token");
	ck_problem(call("POST", AUTH "verify-email", NULL,
	    "{\"token\":\"x\"}"), 400, "invalid_token");
}
END_TEST

START_TEST(logout_is_felt_at_once)
{
	static const struct { const char *method, *path; } ways[] = {
		{ "POST", AUTH "logout" }, { "GET", "/api/v1/users/logout" },
		{ "POST", "/api/v1/users/logout" },
	};

	for (size_t i = 0; i < 3; i++) {
		struct account x = enrol();

		ck_status(call(ways[i].method, ways[i].path, x.token, NULL),
		    204);
		ck_problem(call("GET", AUTH "me", x.token, NULL), 401,
		    "token_revoked");
		ck_problem(call("POST", AUTH "refresh", x.refresh, NULL),
		    401, "token_revoked");
	}
}
END_TEST

START_TEST(sessions_are_listed_and_ended)
{
	struct account x = enrol(), y = enrol();
	struct answer b = login(x.email, PASSWORD), a;
	long long id;

	a = call("GET", AUTH "sessions?count=true", x.token, NULL);
	ck_status(a, 200);
	ck_assert_int_eq(jint(&a, "total_count"), 2);
	ck_assert(jbool(&a, "data[0].current"));
	ck_assert(!jbool(&a, "data[1].current"));
	ck_assert_str_eq(jstr(&a, "data[1].ip"), "127.0.0.1");
	ck_assert(!jhas(&a, "data[0].refresh_hash"));
	id = jint(&a, "data[1].id");
	ck_problem(call("DELETE", pathf(AUTH "sessions/%lld", id), y.token,
	    NULL), 404, "not_found");
	ck_status(call("DELETE", pathf(AUTH "sessions/%lld", id), x.token,
	    NULL), 204);
	ck_problem(call("GET", AUTH "me", jstr(&b, "access_token"), NULL),
	    401, "token_revoked");
	ck_problem(call("DELETE", pathf(AUTH "sessions/%lld", id), x.token,
	    NULL), 404, "not_found");
	a = call("GET", AUTH "sessions?limit=1", x.token, NULL);
	ck_assert(!jbool(&a, "has_more"));
}
END_TEST

START_TEST(last_use_is_noted_once_a_minute)
{
	struct account x = enrol();
	struct answer a;

	db_exec("UPDATE sessions SET last_used_at = now() - interval"
	    " '61 seconds' WHERE user_id = %lld", x.id);
	a = call("GET", AUTH "me", x.token, NULL);
	ck_status(a, 200);
	ck_assert_uint_eq(a.stmts, 3);	/* who, what, and the note */
	ck_assert_uint_eq(a.flights, 2);
	ck_assert_int_eq(db_i64("SELECT (last_used_at > now() - interval"
	    " '10 seconds')::int FROM sessions WHERE user_id = %lld", x.id),
	    1);
	ck_assert_uint_eq(call("GET", AUTH "me", x.token, NULL).flights, 1);
}
END_TEST

SUITE(password_call)
{
	tcase_add_test(tc, change_ends_all_other_sessions);
	tcase_add_test(tc, current_password_cannot_be_guessed);
	tcase_add_test(tc, right_passwords_do_not_count);
	tcase_add_test(tc, forgot_and_reset);
	tcase_add_test(tc, forgot_tells_nothing);
	tcase_add_test(tc, reset_tokens_do_not_pile_up);
	tcase_add_test(tc, verify_email);
	tcase_add_test(tc, logout_is_felt_at_once);
	tcase_add_test(tc, sessions_are_listed_and_ended);
	tcase_add_test(tc, last_use_is_noted_once_a_minute);
}
