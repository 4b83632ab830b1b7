/* SPDX-License-Identifier: MIT */
#include "app/account/credential.h"

#include <stdbool.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/random.h"
#include "lib/token.h"
#include "lib/tx.h"

#include "app/account/session.h"
#include "app/config.h"
#include "app/errors.h"
#include "app/jobs/outbox.h"

#define TRIES		10
#define RESET_MAILS	3
#define TOKEN_BYTES	32

/* ---- tries --------------------------------------------------------- */

/* One row per identifier, so that parallel tries wait for each other. */
STMT(attempt_sql_count,
    "INSERT INTO login_attempts AS a (identifier, failures)"
    " VALUES (lower($1), 1) ON CONFLICT (identifier) DO UPDATE SET"
    " failures = CASE WHEN a.since <= now() - interval '15 minutes' THEN 1"
    "  ELSE least(a.failures, 1000000) + 1 END,"
    " since = CASE WHEN a.since <= now() - interval '15 minutes' THEN now()"
    "  ELSE a.since END"
    " RETURNING failures, ceil(extract(epoch FROM"
    "  since + interval '15 minutes' - now()))::bigint AS wait");

static int
count(struct tx *tx, const char *identifier, struct rows *rs)
{
	return tx_one(tx, rs, &attempt_sql_count, pg_text(identifier));
}

int
attempt_count(struct tx *tx, const char *identifier)
{
	struct rows rs;

	if (count(tx, identifier, &rs) == -1)
		return -1;
	if (rows_i64(&rs, 0, "failures") <= TRIES || !config.rate_limits)
		return 0;
	tx->err->retry_after = (int)rows_i64(&rs, 0, "wait");
	return fail(tx, E_TOO_MANY_ATTEMPTS,
	    "Too many attempts; try again later");
}

STMT(attempt_sql_clear,
    "DELETE FROM login_attempts WHERE identifier = lower($1)");

void
attempt_clear(struct tx *tx, const char *identifier)
{
	tx_queue(tx, &attempt_sql_clear, pg_text(identifier));
}

/* The input table of a login lets no tab through. */
const char *
attempt_of_user(struct arena *mem, int64_t user)
{
	return arena_printf(mem, "\tuser %lld", (long long)user);
}

STMT(attempt_sql_clear_user,
    "DELETE FROM login_attempts USING users u WHERE u.id = $1"
    " AND identifier IN (lower(u.email), lower(u.username), $2)");

void
attempt_clear_user(struct tx *tx, int64_t user)
{
	tx_queue(tx, &attempt_sql_clear_user, pg_i64(user),
	    pg_text(attempt_of_user(tx->mem, user)));
}

STMT(attempt_sql_clear_mails,
    "DELETE FROM login_attempts USING users u WHERE u.id = $1"
    " AND identifier = E'\\treset ' || lower(u.email)");

void
attempt_forget_address(struct tx *tx, int64_t user)
{
	attempt_clear_user(tx, user);
	tx_queue(tx, &attempt_sql_clear_mails, pg_i64(user));
}

/* ---- passwords ----------------------------------------------------- */

/* A username has no '@', so at most one account fits. */
STMT(account_sql_find,
    "SELECT id, is_active, password_hash AS _hash FROM users"
    " WHERE (lower(email) = lower($1) OR lower(username) = lower($1))"
    " AND erased_at IS NULL");

int
account_find(struct tx *tx, const char *identifier, struct rows *rs)
{
	return tx_opt(tx, rs, &account_sql_find, pg_text(identifier));
}

STMT(account_sql_secret,
    "SELECT email, username, password_hash AS _hash FROM users"
    " WHERE id = $1 AND is_active AND erased_at IS NULL");

int
account_secret(struct tx *tx, int64_t user, struct rows *rs)
{
	return tx_one(tx, rs, &account_sql_secret, pg_i64(user));
}

STMT(password_sql_change,
    "UPDATE users SET password_hash = $3 WHERE id = $1"
    " AND password_hash = $2 AND is_active AND erased_at IS NULL"
    " RETURNING id");
STMT(token_sql_void,
    "DELETE FROM one_time_tokens WHERE user_id = $1 AND purpose = $2");

int
password_change(struct tx *tx, int64_t user, const char *old,
    const char *hash, int64_t keep)
{
	struct rows rs;

	if (tx_opt(tx, &rs, &password_sql_change, pg_i64(user), pg_text(old),
	    pg_text(hash)) == -1)
		return -1;
	if (rs.n == 0)
		return fail(tx, E_WRONG_PASSWORD,
		    "The current password is wrong");
	session_end_all(tx, user, keep);
	tx_queue(tx, &token_sql_void, pg_i64(user), pg_text("reset"));
	attempt_clear_user(tx, user);
	return 0;
}

void
password_rehash(struct tx *tx, int64_t user, const char *old,
    const char *hash)
{
	tx_queue(tx, &password_sql_change, pg_i64(user), pg_text(old),
	    pg_text(hash));
}

/* ---- single-use tokens --------------------------------------------- */

STMT(token_sql_insert,
    "INSERT INTO one_time_tokens (token_hash, user_id, purpose, email,"
    " expires_at) VALUES ($1, $2, $3, $4, now() + CASE $3"
    " WHEN 'reset' THEN interval '1 hour' ELSE interval '3 days' END)");

static const char *
token_hash(const struct tx *tx, const char *token)
{
	return sha256_hex(token, strlen(token), tx->mem);
}

void
token_mail(struct tx *tx, int64_t user, const char *email,
    const char *purpose, const char *topic)
{
	const char *token = random_hex(TOKEN_BYTES, tx->mem);
	struct buf payload;

	buf_init(&payload, tx->mem, 256);
	buf_str(&payload, "{\"email\":");
	buf_json_str(&payload, email);
	buf_printf(&payload, ",\"token\":\"%s\"}", token);
	tx_queue(tx, &token_sql_void, pg_i64(user), pg_text(purpose));
	tx_queue(tx, &token_sql_insert, pg_text(token_hash(tx, token)),
	    pg_i64(user), pg_text(purpose), pg_text(email));
	outbox_event(tx, topic, 0, user, payload.data);
}

STMT(account_sql_mailbox,
    "SELECT id, email FROM users WHERE lower(email) = lower($1)"
    " AND is_active AND erased_at IS NULL");

int
password_forgot(struct tx *tx, const char *email)
{
	struct rows tries, rs;

	/* The count is a write for known and unknown addresses alike: both
	 * wait for the disk. */
	tx_send(tx, &tries, &attempt_sql_count,
	    pg_text(arena_printf(tx->mem, "\treset %s", email)));
	if (tx_opt(tx, &rs, &account_sql_mailbox, pg_text(email)) == -1)
		return -1;
	if (rs.n == 1 && rows_i64(&tries, 0, "failures") <= RESET_MAILS)
		token_mail(tx, rows_i64(&rs, 0, "id"),
		    rows_text(&rs, 0, "email"), "reset",
		    "user.password_reset");
	return 0;
}

/* Good: not spent, not old, and the address is still the account's. */
#define TOKEN_GOOD							\
	" t.token_hash = $1 AND t.used_at IS NULL"			\
	" AND t.expires_at > now() AND u.id = t.user_id"		\
	" AND lower(u.email) = lower(t.email)"				\
	" AND u.is_active AND u.erased_at IS NULL"

STMT(token_sql_owner,
    "SELECT u.email, u.username FROM one_time_tokens t, users u WHERE"
    TOKEN_GOOD " AND t.purpose = 'reset'");

static int
bad_token(struct tx *tx)
{
	return fail(tx, E_BAD_RESET_TOKEN,
	    "The token is wrong, spent or too old");
}

int
token_owner(struct tx *tx, const char *token, struct rows *rs)
{
	if (tx_opt(tx, rs, &token_sql_owner,
	    pg_text(token_hash(tx, token))) == -1)
		return -1;
	return rs->n == 1 ? 0 : bad_token(tx);
}

STMT(token_sql_spend,
    "UPDATE one_time_tokens t SET used_at = now() FROM users u WHERE"
    TOKEN_GOOD " AND t.purpose = $2 RETURNING t.user_id");

static int
spend(struct tx *tx, const char *token, const char *purpose,
    int64_t *user_r)
{
	struct rows rs;

	if (tx_opt(tx, &rs, &token_sql_spend, pg_text(token_hash(tx, token)),
	    pg_text(purpose)) == -1)
		return -1;
	if (rs.n == 0)
		return bad_token(tx);
	*user_r = rows_i64(&rs, 0, "user_id");
	return 0;
}

STMT(password_sql_reset,
    "UPDATE users SET password_hash = $2, email_verified = true"
    " WHERE id = $1");

int
password_reset(struct tx *tx, const char *token, const char *hash)
{
	int64_t user;

	if (spend(tx, token, "reset", &user) == -1)
		return -1;
	tx_queue(tx, &password_sql_reset, pg_i64(user), pg_text(hash));
	session_end_all(tx, user, 0);
	tx_queue(tx, &token_sql_void, pg_i64(user), pg_text("reset"));
	attempt_clear_user(tx, user);
	return 0;
}

STMT(email_sql_verify,
    "UPDATE users SET email_verified = true WHERE id = $1");

int
email_verify(struct tx *tx, const char *token)
{
	int64_t user;

	if (spend(tx, token, "verify", &user) == -1)
		return -1;
	tx_queue(tx, &email_sql_verify, pg_i64(user));
	return 0;
}
