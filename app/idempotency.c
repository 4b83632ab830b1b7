/* SPDX-License-Identifier: MIT */
#include "app/idempotency.h"

#include <string.h>

#include "lib/http.h"
#include "lib/route.h"
#include "lib/seal.h"
#include "lib/token.h"
#include "lib/tx.h"

#include "app/errors.h"

STMT(idempotency_sql_claim,
    "SELECT idempotency_claim($1, $2, $3, $4) AS resume");
STMT(idempotency_sql_look,
    "SELECT idempotency_look($1, $2, $3, $4) AS resume");
STMT(idempotency_sql_store,
    "INSERT INTO idempotency_keys (user_id, address, key, fingerprint,"
    "  status, location, etag, body)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
/* The lease ends with the request, or 10 s after its claim; what came after
 * it then has the key, and this one may not answer for it any more. */
STMT(idempotency_sql_lease,
    "SELECT locked_at AS lease FROM idempotency_keys"
    " WHERE user_id = $1 AND address = $2 AND key = $3");
STMT(idempotency_sql_settle,
    "WITH mine AS (UPDATE idempotency_keys SET status = $4, location = $5,"
    "  etag = $6, body = $7 WHERE user_id = $1 AND address = $2 AND key = $3"
    "  AND status IS NULL AND locked_at = $8::timestamptz RETURNING status)"
    " SELECT CASE WHEN NOT EXISTS (SELECT FROM mine) THEN refuse((SELECT"
    "  CASE WHEN max(status) IS NULL THEN 'idempotency_in_progress'"
    "   ELSE 'idempotency_replay' END FROM idempotency_keys"
    "  WHERE user_id = $1 AND address = $2 AND key = $3),"
    "  'Another request with this key has taken over') END");
STMT(idempotency_sql_release,
    "UPDATE idempotency_keys SET locked_at = '-infinity'"
    " WHERE user_id = $1 AND address = $2 AND key = $3"
    " AND status IS NULL AND locked_at = $4::timestamptz");
STMT(idempotency_sql_note,
    "UPDATE idempotency_keys SET resume_id = $4, locked_at = now()"
    " WHERE user_id = $1 AND address = $2 AND key = $3");
STMT(idempotency_sql_stored,
    "SELECT status, location, etag, body FROM idempotency_keys"
    " WHERE user_id = $1 AND address = $2 AND key = $3"
    " AND status IS NOT NULL");

bool
idempotency_wanted(const struct req *rq)
{
	return rq->idempotency_key != NULL && rq->method == POST &&
	    !(rq->route->flags & R_NOKEY);
}

int
idempotency_check(struct req *rq)
{
	const char *k = rq->idempotency_key;
	size_t len = strlen(k);

	for (const char *p = k; *p != '\0'; p++)
		if (*p < 0x20 || *p > 0x7e)
			len = 0;
	if (len >= 1 && len <= 255)
		return 0;
	err_add(rq->err, "Idempotency-Key", "invalid_format",
	    "1 to 255 printable ASCII characters");
	return fail(rq, E_INVALID_PARAMETER, "The Idempotency-Key is invalid");
}

static const char *
address(const struct req *rq)
{
	return rq->who.user != 0 ? "" : rq->remote_addr;
}

/* Method, path and body: what the key stands for. A plain digest of a body
 * with a password in it could be tried against as fast as one can hash. */
static const char *
fingerprint(struct req *rq)
{
	unsigned char mac[32];
	struct buf b;

	if (rq->fingerprint != NULL)
		return rq->fingerprint;
	buf_init(&b, rq->mem, rq->body_len + 256);
	buf_printf(&b, "%s %s?%s\n%lld\n", method_name(rq->method), rq->path,
	    rq->query_string != NULL ? rq->query_string : "",
	    (long long)rq->who.acting_for);
	buf_add(&b, rq->body, rq->body_len);
	if (rq->route->flags & R_SEALED) {
		token_mac(b.data, b.len, mac);
		rq->fingerprint = sha256_hex(mac, sizeof(mac), rq->mem);
	} else
		rq->fingerprint = sha256_hex(b.data, b.len, rq->mem);
	return rq->fingerprint;
}

/* Other than the fingerprint it is not in the database. */
static void
seal_key(struct req *rq, unsigned char key_r[32])
{
	const char *s = arena_printf(rq->mem, "seal %s", fingerprint(rq));

	token_mac(s, strlen(s), key_r);
}

static const char *
kept_body(struct req *rq, const struct resp *rs)
{
	const char *body = rs->body.len > 0 ? rs->body.data : "";
	unsigned char key[32];

	if (!(rq->route->flags & R_SEALED))
		return body;
	seal_key(rq, key);
	return seal(key, body, rq->mem);
}

void
idempotency_claim(struct req *rq, struct tx *tx, bool write, struct rows *rs)
{
	tx->keyed = true;
	tx_send(tx, rs, write ? &idempotency_sql_claim :
	    &idempotency_sql_look, pg_i64(rq->who.user),
	    pg_text(address(rq)), pg_text(rq->idempotency_key),
	    pg_text(fingerprint(rq)));
}

void
idempotency_store(struct req *rq, struct tx *tx, const struct resp *rs)
{
	tx_queue(tx, &idempotency_sql_store, pg_i64(rq->who.user),
	    pg_text(address(rq)), pg_text(rq->idempotency_key),
	    pg_text(fingerprint(rq)), pg_i64(rs->status),
	    pg_text(rs->location), pg_text(rs->etag),
	    pg_text(kept_body(rq, rs)));
}

void
idempotency_lease(struct req *rq, struct tx *tx, struct rows *rs)
{
	tx_send(tx, rs, &idempotency_sql_lease, pg_i64(rq->who.user),
	    pg_text(address(rq)), pg_text(rq->idempotency_key));
}

void
idempotency_settle(struct req *rq, struct tx *tx, const struct resp *rs,
    const char *lease)
{
	tx_queue(tx, &idempotency_sql_settle, pg_i64(rq->who.user),
	    pg_text(address(rq)), pg_text(rq->idempotency_key),
	    pg_i64(rs->status), pg_text(rs->location), pg_text(rs->etag),
	    pg_text(kept_body(rq, rs)), pg_text(lease));
}

int
idempotency_release(struct req *rq, struct tx *tx, const char *lease)
{
	return tx_none(tx, &idempotency_sql_release, pg_i64(rq->who.user),
	    pg_text(address(rq)), pg_text(rq->idempotency_key),
	    pg_text(lease));
}

void
idempotency_note(struct req *rq, struct tx *tx, int64_t id)
{
	tx_queue(tx, &idempotency_sql_note, pg_i64(rq->who.user),
	    pg_text(address(rq)), pg_text(rq->idempotency_key), pg_i64(id));
}

int
idempotency_replay(struct req *rq, struct tx *tx, struct resp *rs)
{
	unsigned char key[32];
	const char *body;
	struct rows k;

	if (tx_one(tx, &k, &idempotency_sql_stored, pg_i64(rq->who.user),
	    pg_text(address(rq)), pg_text(rq->idempotency_key)) == -1)
		return -1;
	body = rows_text(&k, 0, "body");
	if (rq->route->flags & R_SEALED) {
		seal_key(rq, key);
		if ((body = unseal(key, body, rq->mem)) == NULL)
			return fail(tx, E_INTERNAL,
			    "the answer kept under a key cannot be unsealed");
	}
	resp_clear(rs);
	rs->status = (int)rows_i64(&k, 0, "status");
	rs->location = rows_text(&k, 0, "location");
	rs->etag = rows_text(&k, 0, "etag");
	buf_str(&rs->body, body);
	if (rs->status >= 400)
		rs->content_type = "application/problem+json";
	rs->replayed = true;
	return 0;
}

bool
idempotency_keeps(int status, const char *code)
{
	if (code != NULL && strncmp(code, "idempotency_", 12) == 0)
		return false;
	return (status >= 200 && status < 300) || status == 402 ||
	    status == 409 || status == 422;
}
