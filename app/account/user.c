/* SPDX-License-Identifier: MIT */
#include "app/account/user.h"

#include <string.h>

#include "lib/tx.h"

#include "app/account/session.h"
#include "app/errors.h"

SHAPE(user, "id int", "email email", "username string?",
    "first_name string?", "last_name string?", "phone string?",
    "role customer|admin", "is_active bool", "email_verified bool",
    "created_at time", "updated_at time");

static bool
is_username(const char *s, size_t len)
{
	return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

const struct field_kind kind_username = {
	.pattern = "^[A-Za-z0-9._-]*$",
	.check = is_username,
	.message = "must be of letters, digits, '.', '_' and '-'",
	.example = "alice",
};

STMT(user_sql_insert,
    "INSERT INTO users AS u (email, username, first_name, last_name, phone,"
    " password_hash, role) VALUES ($1, nullif($2, ''), nullif($3, ''),"
    " nullif($4, ''), nullif($5, ''), $6,"
    " CASE WHEN $7::boolean THEN 'admin' ELSE 'customer' END)"
    " RETURNING " USER_COLS);

int
user_create(struct tx *tx, const struct user_new *u, const char *hash,
    struct rows *rs)
{
	return tx_one(tx, rs, &user_sql_insert, pg_text(u->email),
	    pg_text(u->username), pg_text(u->first_name),
	    pg_text(u->last_name), pg_text(u->phone), pg_text(hash),
	    pg_bool(u->admin));
}

#define VISIBLE								\
	" u.id = $1 AND u.erased_at IS NULL"				\
	" AND (u.id = $2 OR $3::boolean)"

STMT(user_sql_get,
    "SELECT " USER_COLS " FROM users u WHERE" VISIBLE);

int
user_get(struct tx *tx, int64_t id, struct rows *rs)
{
	return tx_one(tx, rs, &user_sql_get, pg_i64(id), pg_i64(tx->user),
	    pg_bool(tx->admin));
}

/* What the audit log keeps: no personal data, which could not be erased. */
#define STANDING							\
	", json_build_object('role', u.role, 'is_active', u.is_active)"	\
	"::text AS _standing"

STMT(user_sql_lock,
    "SELECT " USER_COLS STANDING ", u.password_hash AS _hash,"
    " coalesce(lower($4) <> lower(u.email), false) AS _email_changes"
    " FROM users u WHERE" VISIBLE " FOR NO KEY UPDATE");

int
user_lock(struct tx *tx, int64_t id, const char *email, struct rows *rs)
{
	return tx_one(tx, rs, &user_sql_lock, pg_i64(id), pg_i64(tx->user),
	    pg_bool(tx->admin), pg_text(email));
}

STMT(user_sql_update,
    "UPDATE users u SET email = coalesce($2, email),"
    " email_verified = email_verified"
    "  AND coalesce(lower($2) = lower(email), true),"
    " username = CASE WHEN $3::boolean THEN nullif($4, '')"
    "  ELSE username END,"
    " first_name = CASE WHEN $5::boolean THEN nullif($6, '')"
    "  ELSE first_name END,"
    " last_name = CASE WHEN $7::boolean THEN nullif($8, '')"
    "  ELSE last_name END,"
    " phone = CASE WHEN $9::boolean THEN nullif($10, '') ELSE phone END"
    " WHERE id = $1 RETURNING " USER_COLS);

int
user_update(struct tx *tx, int64_t id, const struct user_change *c,
    struct rows *rs)
{
	return tx_one(tx, rs, &user_sql_update, pg_i64(id),
	    pg_text(c->email), pg_bool(c->username.set),
	    pg_text(c->username.v), pg_bool(c->first_name.set),
	    pg_text(c->first_name.v), pg_bool(c->last_name.set),
	    pg_text(c->last_name.v), pg_bool(c->phone.set),
	    pg_text(c->phone.v));
}

STMT(user_sql_toggle,
    "UPDATE users u SET is_active = NOT is_active WHERE id = $1"
    " RETURNING " USER_COLS STANDING);

int
user_toggle(struct tx *tx, int64_t id, struct rows *rs)
{
	if (tx_one(tx, rs, &user_sql_toggle, pg_i64(id)) == -1)
		return -1;
	if (!rows_bool(rs, 0, "is_active"))
		session_end_all(tx, id, 0);
	return 0;
}

STMT(user_sql_set_role,
    "UPDATE users u SET role = $2 WHERE id = $1"
    " RETURNING " USER_COLS STANDING);

int
user_set_role(struct tx *tx, int64_t id, const char *role, struct rows *rs)
{
	return tx_one(tx, rs, &user_sql_set_role, pg_i64(id), pg_text(role));
}

/* The expression of the index users_search_idx. */
#define SEARCHED							\
	" (u.email || ' ' || coalesce(u.username, '') || ' '"		\
	" || coalesce(u.first_name, '') || ' '"				\
	" || coalesce(u.last_name, '')) ILIKE '%' ||"			\
	" replace(replace(replace($3, '\\', '\\\\'), '%', '\\%'), '_', '\\_')"\
	" || '%'"
#define FILTERED							\
	" u.erased_at IS NULL AND ($1::text IS NULL OR u.role = $1)"	\
	" AND ($2::boolean IS NULL OR u.is_active = $2)"

STMT(user_sql_list,
    "SELECT " USER_COLS " FROM users u WHERE" FILTERED
    " AND u.id > $3 ORDER BY u.id LIMIT $4::bigint + 1");
STMT(user_sql_search,
    "SELECT " USER_COLS " FROM users u WHERE" FILTERED " AND" SEARCHED
    " AND u.id > $4 ORDER BY u.id LIMIT $5::bigint + 1");
STMT(user_sql_count,
    "SELECT count(*) AS total FROM users u WHERE" FILTERED);
STMT(user_sql_search_count,
    "SELECT count(*) AS total FROM users u WHERE" FILTERED " AND" SEARCHED);

static struct pgv
active(const struct user_filter *f)
{
	return f->active.set ? pg_bool(f->active.v) : pg_null();
}

int
user_list(struct tx *tx, const struct user_filter *f, int64_t after,
    int64_t limit, struct rows *rs)
{
	if (f->search == NULL)
		return tx_rows(tx, rs, &user_sql_list, pg_text(f->role),
		    active(f), pg_i64(after), pg_i64(limit));
	return tx_rows(tx, rs, &user_sql_search, pg_text(f->role), active(f),
	    pg_text(f->search), pg_i64(after), pg_i64(limit));
}

void
user_count(struct tx *tx, const struct user_filter *f, struct rows *rs)
{
	if (f->search == NULL)
		tx_send(tx, rs, &user_sql_count, pg_text(f->role), active(f));
	else
		tx_send(tx, rs, &user_sql_search_count, pg_text(f->role),
		    active(f), pg_text(f->search));
}
