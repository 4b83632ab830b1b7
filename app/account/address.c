/* SPDX-License-Identifier: MIT */
#include "app/account/address.h"

#include "lib/tx.h"

#include "app/errors.h"

SHAPE(address, "id int", "name string?", "line1 string", "line2 string?",
    "city string", "region string?", "postal_code string", "country string",
    "phone string?", "is_default bool", "created_at time",
    "updated_at time");

#define DOC_COUNTRY "ISO 3166 alpha-2 code, or a name"

TABLE(address_in,
    FIELD(address_in, name, OPTIONAL | F_NULLABLE, 0, 200,
	.kind = &kind_line, .doc = "Who receives", .example = "Alice Doe"),
    FIELD(address_in, line1, REQUIRED, 1, 200, .kind = &kind_printable,
	.example = "1 Main Street"),
    FIELD(address_in, line2, OPTIONAL | F_NULLABLE, 0, 200,
	.kind = &kind_line, .example = "Apartment 2"),
    FIELD(address_in, city, REQUIRED, 1, 100, .kind = &kind_printable,
	.example = "Springfield"),
    FIELD(address_in, region, OPTIONAL | F_NULLABLE, 0, 100,
	.kind = &kind_line, .doc = "State or province", .example = "IL"),
    FIELD(address_in, postal_code, REQUIRED, 1, 20, .kind = &kind_printable,
	.example = "62701"),
    FIELD(address_in, country, REQUIRED, 2, 60, .kind = &kind_country,
	.doc = DOC_COUNTRY, .example = "US"),
    FIELD(address_in, phone, OPTIONAL | F_NULLABLE, 0, 32,
	.kind = &kind_line, .example = "+1 555 0100"),
    FIELD(address_in, is_default, OPTIONAL, 0, 1,
	.doc = "The first one is the default anyway"));

/* All but its last row. */
const struct table order_address_in_table = { "order_address_in",
	address_in_fields, sizeof(address_in_fields) /
	sizeof(address_in_fields[0]) - 1, sizeof(struct address_in), NULL, 0 };

TABLE(address_change,
    FIELD(address_change, name, OPTIONAL | F_NULLABLE, 0, 200,
	.kind = &kind_line, .example = "Alice Doe"),
    FIELD(address_change, line1, OPTIONAL, 1, 200, .kind = &kind_printable,
	.example = "1 Main Street"),
    FIELD(address_change, line2, OPTIONAL | F_NULLABLE, 0, 200,
	.kind = &kind_line, .example = "Apartment 2"),
    FIELD(address_change, city, OPTIONAL, 1, 100, .kind = &kind_printable,
	.example = "Springfield"),
    FIELD(address_change, region, OPTIONAL | F_NULLABLE, 0, 100,
	.kind = &kind_line, .doc = "State or province", .example = "IL"),
    FIELD(address_change, postal_code, OPTIONAL, 1, 20,
	.kind = &kind_printable, .example = "62701"),
    FIELD(address_change, country, OPTIONAL, 2, 60, .kind = &kind_country,
	.doc = DOC_COUNTRY, .example = "US"),
    FIELD(address_change, phone, OPTIONAL | F_NULLABLE, 0, 32,
	.kind = &kind_line, .example = "+1 555 0100"),
    FIELD(address_change, is_default, OPTIONAL, 0, 1));

#define COLS								\
	"id, name, line1, line2, city, region, postal_code, country,"	\
	" phone, is_default, created_at, updated_at, version AS _version"

STMT(address_sql_user,
    "SELECT id FROM users WHERE id = $1 AND erased_at IS NULL"
    " FOR NO KEY UPDATE");
STMT(address_sql_no_default,
    "UPDATE addresses SET is_default = false"
    " WHERE user_id = $1 AND is_default");
STMT(address_sql_insert,
    "INSERT INTO addresses (user_id, name, line1, line2, city, region,"
    " postal_code, country, phone, is_default) VALUES ($1, nullif($2, ''),"
    " $3, nullif($4, ''), $5, nullif($6, ''), $7, $8, nullif($9, ''),"
    " $10::boolean"
    "  OR NOT EXISTS (SELECT FROM addresses WHERE user_id = $1))"
    " RETURNING " COLS);

int
address_create(struct tx *tx, int64_t user, const struct address_in *a,
    struct rows *rs)
{
	struct rows owner;

	tx_send(tx, &owner, &address_sql_user, pg_i64(user));
	if (a->is_default)
		tx_queue(tx, &address_sql_no_default, pg_i64(user));
	if (tx_one(tx, rs, &address_sql_insert, pg_i64(user),
	    pg_text(a->name), pg_text(a->line1), pg_text(a->line2),
	    pg_text(a->city), pg_text(a->region), pg_text(a->postal_code),
	    pg_text(a->country), pg_text(a->phone),
	    pg_bool(a->is_default)) == -1)
		return -1;
	return owner.n == 1 ? 0 : fail(tx, E_TOKEN_REVOKED,
	    "The account was erased meanwhile");
}

STMT(address_sql_get,
    "SELECT " COLS " FROM addresses WHERE id = $1 AND user_id = $2");

int
address_get(struct tx *tx, int64_t id, struct rows *rs)
{
	return tx_one(tx, rs, &address_sql_get, pg_i64(id),
	    pg_i64(tx->user));
}

STMT(address_sql_lock,
    "SELECT version AS _version, is_default AS _is_default FROM addresses"
    " WHERE id = $1 AND user_id = $2 FOR UPDATE");

int
address_lock(struct tx *tx, int64_t id, struct rows *rs)
{
	tx_queue(tx, &address_sql_user, pg_i64(tx->user));
	return tx_one(tx, rs, &address_sql_lock, pg_i64(id),
	    pg_i64(tx->user));
}

STMT(address_sql_update,
    "UPDATE addresses SET line1 = coalesce($2, line1),"
    " city = coalesce($3, city), postal_code = coalesce($4, postal_code),"
    " country = coalesce($5, country),"
    " name = CASE WHEN $6::boolean THEN nullif($7, '') ELSE name END,"
    " line2 = CASE WHEN $8::boolean THEN nullif($9, '') ELSE line2 END,"
    " region = CASE WHEN $10::boolean THEN nullif($11, '') ELSE region END,"
    " phone = CASE WHEN $12::boolean THEN nullif($13, '') ELSE phone END,"
    " is_default = coalesce($14, is_default)"
    " WHERE id = $1 RETURNING " COLS);

int
address_update(struct tx *tx, int64_t id, const struct address_change *c,
    struct rows *rs)
{
	if (c->is_default.set && c->is_default.v)
		tx_queue(tx, &address_sql_no_default, pg_i64(tx->user));
	return tx_one(tx, rs, &address_sql_update, pg_i64(id),
	    pg_text(c->line1), pg_text(c->city), pg_text(c->postal_code),
	    pg_text(c->country), pg_bool(c->name.set), pg_text(c->name.v),
	    pg_bool(c->line2.set), pg_text(c->line2.v),
	    pg_bool(c->region.set), pg_text(c->region.v),
	    pg_bool(c->phone.set), pg_text(c->phone.v),
	    c->is_default.set ? pg_bool(c->is_default.v) : pg_null());
}

STMT(address_sql_delete,
    "DELETE FROM addresses WHERE id = $1 AND user_id = $2");
STMT(address_sql_next_default,
    "UPDATE addresses SET is_default = true WHERE $2::boolean AND id ="
    " (SELECT min(id) FROM addresses WHERE user_id = $1)");

void
address_delete(struct tx *tx, int64_t id, bool was_default)
{
	tx_queue(tx, &address_sql_delete, pg_i64(id), pg_i64(tx->user));
	tx_queue(tx, &address_sql_next_default, pg_i64(tx->user),
	    pg_bool(was_default));
}

STMT(address_sql_list,
    "SELECT " COLS " FROM addresses WHERE user_id = $1 AND id > $2"
    " ORDER BY id LIMIT $3::bigint + 1");
STMT(address_sql_count,
    "SELECT count(*) AS total FROM addresses WHERE user_id = $1");

int
address_list(struct tx *tx, int64_t after, int64_t limit, struct rows *rs)
{
	return tx_rows(tx, rs, &address_sql_list, pg_i64(tx->user),
	    pg_i64(after), pg_i64(limit));
}

void
address_count(struct tx *tx, struct rows *rs)
{
	tx_send(tx, rs, &address_sql_count, pg_i64(tx->user));
}
