/* SPDX-License-Identifier: MIT */
#include "app/jobs/expand.h"

#include "lib/arena.h"
#include "lib/tx.h"

#include "app/config.h"
#include "app/jobs/queue.h"
#include "app/jobs/topic.h"
#include "app/sales/order_columns.h"
#include "app/sales/sellable.h"

STMT(expand_sql_turn,
    "SELECT pg_try_advisory_xact_lock(hashtext('outbox expand')) AS mine");

/* What a receiver is told: the order as it is now, and never a secret. */
#define DATA								\
	"(e.payload - 'token' - 'email')"				\
	" || jsonb_strip_nulls(jsonb_build_object("			\
	"  'order_id', e.order_id, 'user_id', e.user_id,"		\
	"  'order', (SELECT jsonb_build_object('id', o.id,"		\
	"   'uuid', o.uuid, 'number', " ORDER_NUMBER ","		\
	"   'status', o.status, 'payment_status', o.payment_status,"	\
	"   'currency', o.currency, 'total_cents', o.total_cents,"	\
	"   'refunded_cents', o.refunded_cents)"			\
	"   FROM orders o WHERE o.id = e.order_id)))"

/* Mail is sent by run_at: a code that a person waits for overtakes half an
 * hour of order mail. */
STMT(expand_sql,
    "WITH e AS MATERIALIZED (SELECT id, uuid, topic, order_id, user_id,"
    "  payload, created_at FROM outbox"
    "  WHERE kind = 'event' AND state = 'queued'"
    "  ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED),"
    " mails AS (INSERT INTO outbox (kind, topic, order_id, user_id, payload,"
    "  run_at) SELECT 'mail', e.topic, e.order_id, u.id, e.payload,"
    "  now() - CASE WHEN starts_with(e.topic, 'user.')"
    "   THEN interval '30 minutes' ELSE interval '0' END"
    "  FROM e CROSS JOIN LATERAL ("
    "   SELECT id FROM users WHERE id = e.user_id"
    "    AND e.topic = ANY ($2::text[]) AND erased_at IS NULL"
    "   UNION ALL SELECT id FROM users WHERE role = 'admin'"
    "    AND is_active AND erased_at IS NULL"
    "    AND e.topic = ANY ($3::text[])) u"
    "  ORDER BY e.id, u.id RETURNING id),"
    " hooks AS (INSERT INTO outbox (kind, topic, uuid, order_id, user_id,"
    "  payload, webhook_id)"
    "  SELECT 'webhook', e.topic, e.uuid, e.order_id, e.user_id,"
    "  jsonb_build_object('type', e.topic, 'timestamp', ts(e.created_at),"
    "  'data', " DATA "), w.id"
    "  FROM e JOIN webhooks w ON w.is_active AND e.topic = ANY ($4::text[])"
    "   AND (e.topic = ANY (w.events) OR '*' = ANY (w.events))"
    "  ORDER BY e.id, w.id RETURNING id),"
    " done AS (UPDATE outbox q SET state = 'done', done_at = now(),"
    "  payload = q.payload - 'token' FROM e WHERE q.id = e.id"
    "  AND q.kind = 'event')"
    " SELECT (SELECT count(*) FROM e) AS events,"
    "  (SELECT count(*) FROM mails) AS mails,"
    "  (SELECT count(*) FROM hooks) AS hooks,"
    "  (SELECT array_agg(order_id) FROM e WHERE topic = 'order.created')"
    "  AS orders");

/* Told once, until there is enough again. */
STMT(expand_sql_low,
    "WITH low AS (INSERT INTO stock_alerts (variant_id)"
    "  SELECT DISTINCT i.variant_id FROM order_items i"
    "  JOIN inventory v ON v.variant_id = i.variant_id"
    "  WHERE i.order_id = ANY ($1::bigint[]) AND v.available <= $2"
    "  ORDER BY 1 ON CONFLICT DO NOTHING RETURNING variant_id)"
    " INSERT INTO outbox (kind, topic, payload)"
    " SELECT 'event', 'stock.low', jsonb_build_object('variant_id', v.id,"
    "  'product_id', p.id, 'sku', v.sku, 'title', " LINE_TITLE ","
    "  'available', i.available) FROM low"
    " JOIN product_variants v ON v.id = low.variant_id"
    " JOIN products p ON p.id = v.product_id"
    " JOIN inventory i ON i.variant_id = v.id");

STMT(expand_sql_rearm,
    "DELETE FROM stock_alerts a USING inventory v"
    " WHERE v.variant_id = a.variant_id AND v.available > $1");

static struct pgv
names(struct tx *tx, bool public, enum addressee to)
{
	const char **list = arena_array(tx->mem, topics_n, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < topics_n; i++)
		if (public ? topics[i].is_public : topics[i].to == to)
			list[n++] = topics[i].name;
	return pg_texts(tx->mem, list, n);
}

int
expand_events(struct tx *tx, int64_t limit, int64_t *count_r)
{
	struct rows turn, rs;

	*count_r = 0;
	if (tx_one(tx, &turn, &expand_sql_turn) == -1)
		return -1;
	if (!rows_bool(&turn, 0, "mine"))
		return 0;
	if (tx_one(tx, &rs, &expand_sql, pg_i64(limit),
	    names(tx, false, TO_USER), names(tx, false, TO_ADMINS),
	    names(tx, true, TO_NOBODY)) == -1)
		return -1;
	*count_r = rows_i64(&rs, 0, "events");
	if (!rows_null(&rs, 0, "orders"))
		tx_queue(tx, &expand_sql_low,
		    pg_text(rows_text(&rs, 0, "orders")),
		    pg_i64(config.low_stock));
	if (rows_i64(&rs, 0, "mails") > 0)
		queue_wake(tx, "outbox_mail");
	if (rows_i64(&rs, 0, "hooks") > 0)
		queue_wake(tx, "outbox_webhook");
	return 0;
}

STMT(expand_sql_skip,
    "UPDATE outbox SET state = 'dead', done_at = now(), last_error = $1"
    " WHERE kind = 'event' AND id = (SELECT id FROM outbox"
    "  WHERE kind = 'event'"
    "  AND state = 'queued' ORDER BY id LIMIT 1)");

int
expand_skip(struct tx *tx, const char *why)
{
	return tx_none(tx, &expand_sql_skip, pg_text(why));
}

int
expand_rearm(struct tx *tx)
{
	return tx_none(tx, &expand_sql_rearm, pg_i64(config.low_stock));
}
