/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/arena.h"
#include "lib/random.h"
#include "lib/token.h"

#include "app/account/address.h"
#include "app/account/credential.h"
#include "app/account/password_rule.h"
#include "app/account/session.h"
#include "app/account/user.h"
#include "app/errors.h"

#include "t/help/db.h"

START_TEST(common_passwords)
{
	static const char *const yes[] = { "password", "PassWord1",
	    "12345678", "iloveyou", "trustno1", "P@ssw0rd", "qwerty123" };
	static const char *const no[] = { "correct-horse-alice", "passwor",
	    "TestPass123", "word1 password12", " password1 ", "" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		ck_assert_msg(password_common(yes[i], strlen(yes[i])), "%s",
		    yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		ck_assert_msg(!password_common(no[i], strlen(no[i])), "%s",
		    no[i]);
}
END_TEST

START_TEST(tries_are_counted)
{
	struct tx *tx = db_begin();

	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(attempt_count(tx, i % 2 ? "Who@x" :
		    "who@X"), 0);
	attempt_clear(tx, "WHO@x");
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(attempt_count(tx, "who@x"), 0);
	ck_assert_int_eq(attempt_count(tx, "other@x"), 0);
	ck_assert_int_eq(attempt_count(tx, "who@x"), -1);
	ck_assert_ptr_eq(tx->err->kind, &E_TOO_MANY_ATTEMPTS);
	ck_assert_int_eq(tx->err->retry_after, 900);
	db_rollback(tx);
}
END_TEST

static int64_t
new_user(struct tx *tx, const char *hash)
{
	const struct user_new u = { .email = arena_printf(tx->mem,
	    "d-%s@example.com", random_hex(8, tx->mem)) };
	struct rows rs;

	ck_assert_int_eq(user_create(tx, &u, hash, &rs), 0);
	return rows_i64(&rs, 0, "id");
}

START_TEST(session_needs_the_password_that_was_tried)
{
	struct tx *tx = db_begin();
	int64_t id = new_user(tx, "hash");
	struct token_pair pair;
	struct rows rs;

	ck_assert_int_eq(session_open(tx, id, "hash", NULL, &rs, &pair), 0);
	ck_assert_int_eq(rows_i64(&rs, 0, "id"), id);
	ck_assert_int_eq(password_change(tx, id, "hash", "new", 0), 0);
	ck_assert_int_eq(session_open(tx, id, "hash", NULL, &rs, &pair), -1);
	ck_assert_ptr_eq(tx->err->kind, &E_INVALID_CREDENTIALS);
	db_rollback(tx);
}
END_TEST

START_TEST(password_changes_from_the_one_that_was_tried)
{
	struct tx *tx = db_begin();
	int64_t id = new_user(tx, "hash");

	ck_assert_int_eq(password_change(tx, id, "old", "new", 0), -1);
	ck_assert_ptr_eq(tx->err->kind, &E_WRONG_PASSWORD);
	db_rollback(tx);
}
END_TEST

START_TEST(refresh_tokens_spend_once)
{
	struct tx *tx = db_begin();
	int64_t id = new_user(tx, "hash");
	struct token t = { .sub = id, .use = TOKEN_REFRESH };
	struct token_pair one, two;
	enum refreshed outcome;
	struct rows rs;

	ck_assert_int_eq(session_open(tx, id, "hash", NULL, &rs, &one), 0);
	t.session = rows_i64(&rs, 0, "_session");
	ck_assert_int_eq(session_refresh(tx, &t, one.refresh, &two,
	    &outcome), 0);
	ck_assert_int_eq(outcome, REFRESH_DONE);
	ck_assert_int_eq(session_refresh(tx, &t, one.refresh, &two,
	    &outcome), 0);
	ck_assert_int_eq(outcome, REFRESH_REUSED);
	ck_assert_int_eq(session_refresh(tx, &t, two.refresh, &two,
	    &outcome), 0);
	ck_assert_int_eq(outcome, REFRESH_REVOKED);
	ck_assert_int_eq(session_refresh(tx, &t, one.refresh, &two,
	    &outcome), 0);
	ck_assert_int_eq(outcome, REFRESH_REUSED);
	db_rollback(tx);
}
END_TEST

START_TEST(one_default_address)
{
	struct address_in a = { .line1 = "1", .city = "C",
	    .postal_code = "1", .country = "DE" };
	struct tx *tx = db_begin();
	struct rows rs;

	tx->user = new_user(tx, "hash");
	ck_assert_int_eq(address_create(tx, tx->user, &a, &rs), 0);
	ck_assert(rows_bool(&rs, 0, "is_default"));
	ck_assert_int_eq(address_create(tx, tx->user, &a, &rs), 0);
	ck_assert(!rows_bool(&rs, 0, "is_default"));
	a.is_default = true;
	ck_assert_int_eq(address_create(tx, tx->user, &a, &rs), 0);
	address_delete(tx, rows_i64(&rs, 0, "id"), true);
	ck_assert_int_eq(address_list(tx, 0, 10, &rs), 0);
	ck_assert_int_eq(rs.n, 2);
	ck_assert(rows_bool(&rs, 0, "is_default"));
	ck_assert(!rows_bool(&rs, 1, "is_default"));
	db_rollback(tx);
}
END_TEST

SUITE(account)
{
	tcase_add_test(tc, common_passwords);
	tcase_add_test(tc, tries_are_counted);
	tcase_add_test(tc, session_needs_the_password_that_was_tried);
	tcase_add_test(tc, password_changes_from_the_one_that_was_tried);
	tcase_add_test(tc, refresh_tokens_spend_once);
	tcase_add_test(tc, one_default_address);
}
