/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <unistd.h>

#include "lib/arena.h"
#include "lib/random.h"

#include "app/account/erase.h"

#include "t/help/call.h"
#include "t/help/crowd.h"
#include "t/help/db.h"

static const char *
new_account(const char **refresh_r)
{
	const char *email = pathf("r-%s@example.com",
	    random_hex(8, db_mem()));
	struct answer a = call("POST", "/api/v1/auth/register", NULL,
	    pathf("{\"email\":\"%s\",\"password\":\"long enough 1\"}",
	    email));

	ck_status(a, 201);
	*refresh_r = jstr(&a, "refresh_token");
	return email;
}

static int
refresh(int i, const void *arg)
{
	struct answer a = call("POST", "/api/v1/auth/refresh", arg, NULL);

	(void)i;
	if (a.status == 401)
		ck_assert(strcmp(a.code, "token_reused") == 0 ||
		    strcmp(a.code, "token_revoked") == 0);
	return a.status;
}

START_TEST(one_refresh_wins_and_the_family_ends)
{
	const char *token, *email = new_account(&token);
	struct crowd c = crowd_run(20, refresh, token);

	ck_assert_int_eq(crowd_count(&c, 200), 1);
	ck_assert_int_eq(crowd_count(&c, 401) + crowd_count(&c, 503), 19);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM sessions s JOIN users u"
	    " ON u.id = s.user_id WHERE u.email = '%s'"
	    " AND s.revoked_at IS NULL", email), 0);
}
END_TEST

static int
guess(int i, const void *arg)
{
	struct answer a = call("POST", "/api/v1/auth/login", NULL,
	    pathf("{\"email\":\"%s\",\"password\":\"guess %d\"}",
	    (const char *)arg, i));

	return a.status;
}

START_TEST(parallel_guesses_count)
{
	const char *token, *email = new_account(&token);
	struct crowd c = crowd_run(40, guess, email);
	struct answer a;

	ck_assert_int_eq(crowd_count(&c, 401), 10);
	ck_assert_int_eq(crowd_count(&c, 429) + crowd_count(&c, 503), 30);
	a = call("POST", "/api/v1/auth/login", NULL, pathf("{\"email\":\"%s\""
	    ",\"password\":\"long enough 1\"}", email));
	ck_problem(a, 429, "too_many_attempts");
}
END_TEST

static int
enrol(int i, const void *arg)
{
	struct answer a = call("POST", "/api/v1/auth/register", NULL,
	    pathf("{\"email\":\"%s\",\"password\":\"long enough 1\"}",
	    i % 2 == 0 ? (const char *)arg : "RACE@Example.com"));

	return a.status;
}

START_TEST(one_registration_wins)
{
	struct crowd c;

	db_exec("DELETE FROM users WHERE lower(email) = 'race@example.com'");
	c = crowd_run(20, enrol, "race@example.com");
	ck_assert_int_eq(crowd_count(&c, 201), 1);
	ck_assert_int_eq(crowd_count(&c, 409) + crowd_count(&c, 503), 19);
}
END_TEST

static int
default_address(int i, const void *arg)
{
	struct answer a = call("POST", "/api/v1/addresses", arg,
	    pathf("{\"line1\":\"%d Street\",\"city\":\"C\",\"postal_code\":"
	    "\"1\",\"country\":\"DE\",\"is_default\":%s}", i,
	    i % 2 == 0 ? "true" : "false"));

	return a.status;
}

START_TEST(one_default_address)
{
	struct persona p = persona_new(false);
	struct crowd c = crowd_run(16, default_address, p.token);

	ck_assert_int_eq(crowd_count(&c, 201), 16);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM addresses"
	    " WHERE user_id = %lld AND is_default", (long long)p.id), 1);
}
END_TEST

static int
reset(int i, const void *arg)
{
	struct answer a = call("POST", "/api/v1/auth/reset-password", NULL,
	    pathf("{\"token\":\"%s\",\"password\":\"long enough %d\"}",
	    (const char *)arg, i));

	return a.status;
}

START_TEST(one_reset_spends_the_token)
{
	const char *token, *email = new_account(&token);
	struct crowd c;

	call("POST", "/api/v1/auth/forgot-password", NULL,
	    pathf("{\"email\":\"%s\"}", email));
	token = db_text("SELECT payload->>'token' FROM outbox"
	    " WHERE topic = 'user.password_reset'"
	    " AND payload->>'email' = '%s'", email);
	ck_assert_ptr_nonnull(token);
	c = crowd_run(10, reset, token);
	ck_assert_int_eq(crowd_count(&c, 204), 1);
	ck_assert_int_eq(crowd_count(&c, 400), 9);
}
END_TEST

/* One who is just leaving. */
static int
leave_or_move(int i, const void *arg)
{
	const struct persona *p = arg;
	struct tx *tx;

	if (i == 1) {
		usleep(100000);
		return call("POST", "/api/v1/addresses", p->token,
		    "{\"line1\":\"1\",\"city\":\"C\",\"postal_code\":\"2\","
		    "\"country\":\"DE\"}").status;
	}
	tx = db_begin();
	if (user_erase(tx, p->id) == -1)
		return 0;
	usleep(300000);
	return tx_commit(tx) == 0 ? 204 : 0;
}

START_TEST(nothing_comes_after_an_erasure)
{
	struct persona p = persona_new(false);
	struct crowd c = crowd_run(2, leave_or_move, &p);

	ck_assert_int_eq(c.result[0], 204);
	ck_assert_int_eq(c.result[1], 401);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM addresses"
	    " WHERE user_id = %lld", (long long)p.id), 0);
}
END_TEST

SUITE(account_race)
{
	tcase_add_test(tc, one_refresh_wins_and_the_family_ends);
	tcase_add_test(tc, parallel_guesses_count);
	tcase_add_test(tc, one_registration_wins);
	tcase_add_test(tc, one_default_address);
	tcase_add_test(tc, one_reset_spends_the_token);
	tcase_add_test(tc, nothing_comes_after_an_erasure);
}
