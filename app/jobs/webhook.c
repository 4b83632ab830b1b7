/* SPDX-License-Identifier: MIT */
#include "app/jobs/webhook.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/base64.h"
#include "lib/buf.h"
#include "lib/random.h"
#include "lib/tx.h"

#include "app/errors.h"
#include "app/jobs/queue.h"
#include "app/jobs/topic.h"
#include "app/shapes.h"

#define WEBHOOK_PROPS							\
	"id int", "url string", "description string?",			\
	"events [string]", "is_active bool", "disabled_reason string?",	\
	"failing_since time?", "old_secret_until time?",		\
	"created_at time", "updated_at time"
SHAPE(webhook, WEBHOOK_PROPS);
SHAPE(webhook_secret, WEBHOOK_PROPS, "secret string");

SHAPE(delivery, "id int", "webhook_id int", "message_id string",
    "event string", "order_id int?", "state queued|done|dead",
    "attempts int", "response_status int?", "last_error string?",
    "body object", "next_attempt_at time?", "done_at time?",
    "created_at time");

#define DOC_EVENTS "What it is told of; \"*\" is everything"

TABLE(webhook_new,
    FIELD(webhook_new, url, REQUIRED, 1, 2000,
	.doc = "https, on a public address, port 443 or 8443",
	.example = "https://example.com/hooks"),
    FIELD(webhook_new, events, REQUIRED, 1, 20, .kind = &kind_topic,
	.doc = DOC_EVENTS),
    FIELD(webhook_new, description, OPTIONAL | F_NULLABLE, 0, 500),
    FIELD(webhook_new, is_active, OPTIONAL, 0, 1, .doc = "Default: true"));

TABLE(webhook_change,
    FIELD(webhook_change, url, OPTIONAL, 1, 2000,
	.example = "https://example.com/hooks"),
    FIELD(webhook_change, events, OPTIONAL, 1, 20, .kind = &kind_topic,
	.doc = DOC_EVENTS),
    FIELD(webhook_change, description, OPTIONAL | F_NULLABLE, 0, 500),
    FIELD(webhook_change, is_active, OPTIONAL, 0, 1,
	.doc = "true forgives the failures that switched it off"));

#define COLS								\
	"id, url, description, to_json(events) AS events, is_active,"	\
	" disabled_reason, failing_since,"				\
	" CASE WHEN old_secret_until > now() THEN old_secret_until END"	\
	" AS old_secret_until, created_at, updated_at,"			\
	" version AS _version"

/* 48 hex digits, 192 random bits, are the key. */
static const char *
new_secret(struct arena *mem)
{
	const char *key = random_hex(24, mem);
	struct buf b;

	buf_init(&b, mem, 128);
	buf_str(&b, "whsec_");
	base64_encode(&b, key, strlen(key));
	return b.data;
}

STMT(webhook_sql_insert,
    "INSERT INTO webhooks (url, description, events, is_active, secret)"
    " VALUES ($1, nullif($2, ''), $3::text[], $4, $5)"
    " RETURNING " COLS ", secret");

int
webhook_create(struct tx *tx, const struct webhook_new *in,
    struct rows *rs_r)
{
	return tx_one(tx, rs_r, &webhook_sql_insert, pg_text(in->url),
	    pg_text(in->description), pg_texts(tx->mem, in->events.v,
	    in->events.n), pg_bool(!in->is_active.set || in->is_active.v),
	    pg_text(new_secret(tx->mem)));
}

STMT(webhook_sql_get, "SELECT " COLS " FROM webhooks WHERE id = $1");

int
webhook_get(struct tx *tx, int64_t id, struct rows *rs_r)
{
	return tx_one(tx, rs_r, &webhook_sql_get, pg_i64(id));
}

STMT(webhook_sql_list,
    "SELECT " COLS " FROM webhooks WHERE id > $1 ORDER BY id"
    " LIMIT $2::bigint + 1");
STMT(webhook_sql_total, "SELECT count(*) AS total FROM webhooks");

int
webhook_list(struct tx *tx, int64_t after, int64_t limit,
    struct rows *rs_r, struct rows *total_r)
{
	if (total_r != NULL)
		tx_send(tx, total_r, &webhook_sql_total);
	return tx_rows(tx, rs_r, &webhook_sql_list, pg_i64(after),
	    pg_i64(limit));
}

STMT(webhook_sql_lock,
    "SELECT version AS _version, json_build_object('url', url, 'events',"
    " events, 'is_active', is_active)::text AS _json"
    " FROM webhooks WHERE id = $1 FOR UPDATE");

int
webhook_lock(struct tx *tx, int64_t id, struct rows *rs_r)
{
	return tx_one(tx, rs_r, &webhook_sql_lock, pg_i64(id));
}

STMT(webhook_sql_update,
    "UPDATE webhooks SET url = coalesce($2, url),"
    " description = CASE WHEN $3 THEN nullif($4, '') ELSE description END,"
    " events = coalesce($5::text[], events),"
    " is_active = coalesce($6::boolean, is_active),"
    " failing_since = CASE WHEN $6::boolean THEN NULL ELSE failing_since END,"
    " disabled_reason = CASE WHEN $6::boolean THEN NULL"
    "  ELSE disabled_reason END"
    " WHERE id = $1 RETURNING " COLS);

int
webhook_update(struct tx *tx, int64_t id, const struct webhook_change *in,
    struct rows *rs_r)
{
	if (tx_one(tx, rs_r, &webhook_sql_update, pg_i64(id),
	    pg_text(in->url), pg_bool(in->description.set),
	    pg_text(in->description.v), in->events.set ? pg_texts(tx->mem,
	    in->events.v, in->events.n) : pg_null(),
	    in->is_active.set ? pg_bool(in->is_active.v) : pg_null()) == -1)
		return -1;
	queue_wake(tx, "outbox_webhook");
	return 0;
}

STMT(webhook_sql_delete, "DELETE FROM webhooks WHERE id = $1");

int
webhook_delete(struct tx *tx, int64_t id)
{
	return tx_none(tx, &webhook_sql_delete, pg_i64(id));
}

STMT(webhook_sql_rotate,
    "UPDATE webhooks SET old_secret = secret,"
    " old_secret_until = now() + interval '24 hours', secret = $2"
    " WHERE id = $1 RETURNING " COLS ", secret");

int
webhook_rotate(struct tx *tx, int64_t id, struct rows *rs_r)
{
	return tx_one(tx, rs_r, &webhook_sql_rotate, pg_i64(id),
	    pg_text(new_secret(tx->mem)));
}

/* ---- deliveries ----------------------------------------------------- */

#define DELIVERY_COLS							\
	"id, webhook_id, 'msg_' || uuid AS message_id, topic AS event,"	\
	" order_id, state, attempts, response_status, last_error,"	\
	" payload AS body, CASE WHEN state = 'queued' THEN run_at END"	\
	" AS next_attempt_at, done_at, created_at"
#define DELIVERIES							\
	" FROM outbox WHERE kind = 'webhook' AND webhook_id = $1"	\
	" AND ($2::text IS NULL OR state = $2)"

STMT(webhook_sql_deliveries,
    "SELECT " DELIVERY_COLS DELIVERIES
    " AND ($3::bigint = 0 OR id < $3) ORDER BY id DESC LIMIT $4::bigint + 1");
STMT(webhook_sql_deliveries_total, "SELECT count(*) AS total" DELIVERIES);

int
webhook_deliveries(struct tx *tx, int64_t id, const char *state,
    int64_t after, int64_t limit, struct rows *rs_r, struct rows *total_r)
{
	struct rows hook;

	tx_send(tx, &hook, &webhook_sql_get, pg_i64(id));
	if (total_r != NULL)
		tx_send(tx, total_r, &webhook_sql_deliveries_total,
		    pg_i64(id), pg_text(state));
	if (tx_rows(tx, rs_r, &webhook_sql_deliveries, pg_i64(id),
	    pg_text(state), pg_i64(after), pg_i64(limit)) == -1)
		return -1;
	if (hook.n == 0)
		return fail(tx, E_NOT_FOUND, "There is no such webhook");
	return 0;
}

STMT(webhook_sql_replay,
    "UPDATE outbox SET state = 'queued', attempts = 0, run_at = now(),"
    " locked_until = NULL, done_at = NULL, last_error = NULL,"
    " response_status = NULL"
    " WHERE id = $2 AND kind = 'webhook' AND webhook_id = $1"
    " RETURNING " DELIVERY_COLS);

int
webhook_replay(struct tx *tx, int64_t id, int64_t delivery,
    struct rows *rs_r)
{
	if (tx_one(tx, rs_r, &webhook_sql_replay, pg_i64(id),
	    pg_i64(delivery)) == -1)
		return -1;
	queue_wake(tx, "outbox_webhook");
	return 0;
}
