/* SPDX-License-Identifier: MIT */
#include "app/account/session.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/token.h"
#include "lib/tx.h"

#include "app/account/user.h"
#include "app/config.h"
#include "app/errors.h"

static const char *
hash_of(const struct tx *tx, const char *text)
{
	return sha256_hex(text, strlen(text), tx->mem);
}

static int
sign(struct tx *tx, int64_t user, int64_t session, bool admin,
    struct token_pair *pair_r)
{
	struct token a = { .sub = user, .session = session, .admin = admin,
	    .use = TOKEN_ACCESS }, r = a;

	r.use = TOKEN_REFRESH;
	pair_r->access = token_sign(&a, tx->mem);
	pair_r->refresh = token_sign(&r, tx->mem);
	if (pair_r->access == NULL || pair_r->refresh == NULL)
		return fail(tx, E_INTERNAL, "no token could be signed");
	return 0;
}

STMT(session_sql_insert,
    "WITH u AS (SELECT * FROM users WHERE id = $1 AND password_hash = $2"
    "  AND is_active AND erased_at IS NULL FOR SHARE),"
    " s AS (INSERT INTO sessions (user_id, refresh_hash, device, ip,"
    "  expires_at) SELECT id, '', $3, $4,"
    "  now() + $5::bigint * interval '1 second' FROM u RETURNING id)"
    " SELECT " USER_COLS ", s.id AS _session FROM u, s");
/* A family ends after half a year, however often it is refreshed. */
STMT(session_sql_renew,
    "UPDATE sessions SET refresh_hash = $2, last_used_at = now(),"
    " expires_at = least(now() + $3::bigint * interval '1 second',"
    "  greatest(created_at + interval '180 days', expires_at))"
    " WHERE id = $1");

int
session_open(struct tx *tx, int64_t user, const char *hash,
    const char *device, struct rows *rs, struct token_pair *pair_r)
{
	int64_t session;
	bool admin;

	if (tx_opt(tx, rs, &session_sql_insert, pg_i64(user), pg_text(hash),
	    pg_text(device), pg_text(tx->ip),
	    pg_i64(config.refresh_ttl_s)) == -1)
		return -1;
	if (rs->n == 0)
		return fail(tx, E_INVALID_CREDENTIALS,
		    "The account or the password is wrong");
	session = rows_i64(rs, 0, "_session");
	admin = strcmp(rows_text(rs, 0, "role"), "admin") == 0;
	if (sign(tx, user, session, admin, pair_r) == -1)
		return -1;
	tx_queue(tx, &session_sql_renew, pg_i64(session),
	    pg_text(hash_of(tx, pair_r->refresh)),
	    pg_i64(config.refresh_ttl_s));
	return 0;
}

STMT(session_sql_lock,
    "SELECT s.refresh_hash = $3 AS newest, u.role = 'admin' AS admin,"
    " s.revoked_at IS NULL AND s.expires_at > now() AND u.is_active"
    "  AND u.erased_at IS NULL AS alive"
    " FROM sessions s JOIN users u ON u.id = s.user_id"
    " WHERE s.id = $1 AND s.user_id = $2 FOR UPDATE OF s");
STMT(session_sql_end,
    "UPDATE sessions SET revoked_at = now() WHERE id = $1 AND user_id = $2"
    " AND revoked_at IS NULL AND expires_at > now() RETURNING id");

int
session_refresh(struct tx *tx, const struct token *t, const char *text,
    struct token_pair *pair_r, enum refreshed *outcome_r)
{
	struct rows rs;

	if (tx_opt(tx, &rs, &session_sql_lock, pg_i64(t->session),
	    pg_i64(t->sub), pg_text(hash_of(tx, text))) == -1)
		return -1;
	if (rs.n == 0 || (rows_bool(&rs, 0, "newest") &&
	    !rows_bool(&rs, 0, "alive"))) {
		*outcome_r = REFRESH_REVOKED;
		return 0;
	}
	if (!rows_bool(&rs, 0, "newest")) {
		*outcome_r = REFRESH_REUSED;
		tx_queue(tx, &session_sql_end, pg_i64(t->session),
		    pg_i64(t->sub));
		return 0;
	}
	*outcome_r = REFRESH_DONE;
	if (sign(tx, t->sub, t->session, rows_bool(&rs, 0, "admin"),
	    pair_r) == -1)
		return -1;
	tx_queue(tx, &session_sql_renew, pg_i64(t->session),
	    pg_text(hash_of(tx, pair_r->refresh)),
	    pg_i64(config.refresh_ttl_s));
	return 0;
}

SHAPE(session, "id int", "device string?", "ip string?", "created_at time",
    "last_used_at time", "expires_at time", "current bool");
STMT(session_sql_list,
    "SELECT id, device, ip, created_at, last_used_at, expires_at,"
    " id = $2 AS current FROM sessions WHERE user_id = $1"
    " AND revoked_at IS NULL AND expires_at > now() AND id > $3"
    " ORDER BY id LIMIT $4::bigint + 1");
STMT(session_sql_count,
    "SELECT count(*) AS total FROM sessions WHERE user_id = $1"
    " AND revoked_at IS NULL AND expires_at > now()");

int
session_list(struct tx *tx, int64_t current, int64_t after, int64_t limit,
    struct rows *rs)
{
	return tx_rows(tx, rs, &session_sql_list, pg_i64(tx->user),
	    pg_i64(current), pg_i64(after), pg_i64(limit));
}

void
session_count(struct tx *tx, struct rows *rs)
{
	tx_send(tx, rs, &session_sql_count, pg_i64(tx->user));
}

int
session_end(struct tx *tx, int64_t user, int64_t session)
{
	struct rows rs;

	return tx_one(tx, &rs, &session_sql_end, pg_i64(session),
	    pg_i64(user));
}

STMT(session_sql_end_all,
    "UPDATE sessions SET revoked_at = now() WHERE user_id = $1"
    " AND id <> $2 AND revoked_at IS NULL");

void
session_end_all(struct tx *tx, int64_t user, int64_t keep)
{
	tx_queue(tx, &session_sql_end_all, pg_i64(user), pg_i64(keep));
}
