/* SPDX-License-Identifier: MIT */
#include "app/sales/refund.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/tx.h"

#include "app/errors.h"
#include "app/jobs/outbox.h"
#include "app/shapes.h"

SHAPE(refund, "id int", "payment_id int", "amount_cents int",
    "reason string?", "status pending|succeeded|failed", "created_at time");

STMT(refund_sql_claim_rest,
    "WITH held AS MATERIALIZED (SELECT id,"
    "  amount_cents - refunded_cents - refund_pending_cents AS rest"
    "  FROM payments WHERE order_id = $1"
    "  AND status IN ('succeeded', 'partially_refunded') FOR UPDATE),"
    " p AS (UPDATE payments p"
    "  SET refund_pending_cents = refund_pending_cents + held.rest"
    "  FROM held WHERE p.id = held.id AND held.rest > 0"
    "  RETURNING p.id, held.rest)"
    " INSERT INTO refunds (payment_id, amount_cents, reason, actor_id)"
    " SELECT id, rest, $2, nullif($3::bigint, 0) FROM p");

int
refund_claim_rest(struct tx *tx, int64_t order_id, const char *reason)
{
	tx_queue(tx, &refund_sql_claim_rest, pg_i64(order_id),
	    pg_text(reason), pg_i64(tx->actor));
	return 0;
}

STMT(refund_sql_lock_order,
    "SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id"
    " WHERE p.id = $1 OR p.uuid = $2::uuid FOR UPDATE OF o");

STMT(refund_sql_claim,
    "WITH held AS MATERIALIZED (SELECT id,"
    "  amount_cents - refunded_cents - refund_pending_cents AS rest"
    "  FROM payments WHERE (id = $1 OR uuid = $2::uuid)"
    "  AND status IN ('succeeded', 'partially_refunded') FOR UPDATE),"
    " want AS (SELECT id, coalesce(nullif($3::bigint, 0), rest) AS cents"
    "  FROM held WHERE rest > 0 AND $3::bigint <= rest),"
    " p AS (UPDATE payments p"
    "  SET refund_pending_cents = refund_pending_cents + w.cents"
    "  FROM want w WHERE p.id = w.id"
    "  RETURNING p.id, w.cents),"
    " r AS (INSERT INTO refunds (payment_id, amount_cents, reason, actor_id)"
    "  SELECT id, cents, $4, nullif($5::bigint, 0) FROM p RETURNING id)"
    " SELECT r.id, held.rest FROM held LEFT JOIN r ON true");

int
refund_claim(struct tx *tx, int64_t payment_id, const char *payment_uuid,
    int64_t amount_cents, const char *reason, int64_t *id_r,
    int64_t *order_id_r)
{
	struct rows order, refund;
	int64_t rest;

	if (tx_one(tx, &order, &refund_sql_lock_order, pg_i64(payment_id),
	    pg_text(payment_uuid)) == -1)
		return -1;
	if (tx_opt(tx, &refund, &refund_sql_claim, pg_i64(payment_id),
	    pg_text(payment_uuid), pg_i64(amount_cents), pg_text(reason),
	    pg_i64(tx->actor)) == -1)
		return -1;
	rest = refund.n > 0 ? rows_i64(&refund, 0, "rest") : 0;
	if (rest == 0)
		return fail(tx, E_REFUND_EXCEEDS_PAYMENT,
		    "No captured money is left of the payment");
	if (rows_null(&refund, 0, "id"))
		return fail(tx, E_REFUND_EXCEEDS_PAYMENT,
		    "No more than %lld is left of the payment",
		    (long long)rest);
	*id_r = rows_i64(&refund, 0, "id");
	*order_id_r = rows_i64(&order, 0, "id");
	return 0;
}

STMT(refund_sql_made_in_vain,
    "INSERT INTO refunds (payment_id, amount_cents, reason, status,"
    " provider_ref, failure_code) VALUES ($1, $2, $3, 'failed', $4, $5)"
    " RETURNING id");

int
refund_made(struct tx *tx, int64_t payment_id, int64_t amount_cents,
    const struct outcome *o, int64_t *id_r)
{
	static const char reason[] = "made with the provider";
	int64_t order_id;
	struct rows rs;

	if (o->kind != OUTCOME_FAILED)
		return refund_claim(tx, payment_id, NULL, amount_cents,
		    reason, id_r, &order_id);
	if (tx_one(tx, &rs, &refund_sql_made_in_vain, pg_i64(payment_id),
	    pg_i64(amount_cents), pg_text(reason), pg_text(o->ref),
	    pg_text(o->failure_code)) == -1)
		return -1;
	*id_r = rows_i64(&rs, 0, "id");
	return 0;
}

STMT(refund_sql_lock_all,
    "SELECT o.status FROM orders o JOIN payments p ON p.order_id = o.id"
    " JOIN refunds r ON r.payment_id = p.id WHERE r.id = $1 FOR UPDATE OF o");
STMT(refund_sql_lock_payment,
    "SELECT p.id FROM payments p JOIN refunds r ON r.payment_id = p.id"
    " WHERE r.id = $1 FOR UPDATE OF p");
STMT(refund_sql_record,
    "WITH was AS MATERIALIZED (SELECT id, status FROM refunds"
    "  WHERE id = $1 FOR UPDATE),"
    " r AS (UPDATE refunds r SET status = $2,"
    "  provider_ref = coalesce($3, provider_ref), failure_code = $4"
    "  FROM was WHERE r.id = was.id AND (was.status = 'pending'"
    "   OR (was.status = 'succeeded' AND $2 = 'failed'))"
    "  RETURNING r.id, payment_id, amount_cents, reason, actor_id,"
    "  CASE was.status WHEN 'pending' THEN amount_cents ELSE 0 END AS claim,"
    "  CASE WHEN $2 = 'succeeded' THEN amount_cents"
    "   WHEN was.status = 'succeeded' THEN -amount_cents ELSE 0 END AS back),"
    " p AS (UPDATE payments p"
    "  SET refund_pending_cents = refund_pending_cents - r.claim,"
    "  refunded_cents = refunded_cents + r.back,"
    "  status = CASE refunded_cents + r.back WHEN 0 THEN 'succeeded'"
    "   WHEN p.amount_cents THEN 'refunded' ELSE 'partially_refunded' END"
    "  FROM r WHERE p.id = r.payment_id AND $2 <> 'pending'"
    "  RETURNING p.id, p.order_id, p.user_id, p.currency),"
    " o AS (UPDATE orders o"
    "  SET refunded_cents = o.refunded_cents + r.back,"
    "  payment_status = CASE o.refunded_cents + r.back WHEN 0 THEN 'paid'"
    "   WHEN o.total_cents THEN 'refunded' ELSE 'partially_refunded' END,"
    "  status = CASE WHEN o.status IN ('shipped', 'delivered')"
    "   AND o.refunded_cents + r.back = o.total_cents"
    "   THEN 'refunded' ELSE o.status END,"
    "  changed_by = r.actor_id, change_reason = coalesce(r.reason, 'refund')"
    "  FROM r, p WHERE o.id = p.order_id AND r.back <> 0"
    "  RETURNING o.status)"
    " SELECT p.order_id, p.user_id, json_build_object('refund_id', r.id,"
    "  'payment_id', p.id, 'amount_cents', r.amount_cents,"
    "  'currency', p.currency, 'failure_code', $4)::text AS payload,"
    " coalesce(o.status, '') AS order_status,"
    " json_build_object('reason', r.reason)::text AS why"
    " FROM r, p LEFT JOIN o ON true");

static void
tell(struct tx *tx, const struct rows *was, const struct rows *rs, bool done)
{
	int64_t order = rows_i64(rs, 0, "order_id");
	int64_t user = rows_i64(rs, 0, "user_id");

	outbox_event(tx, done ? "refund.succeeded" : "refund.failed", order,
	    user, rows_text(rs, 0, "payload"));
	if (strcmp(rows_text(rs, 0, "order_status"), "refunded") == 0 &&
	    strcmp(rows_text(was, 0, "status"), "refunded") != 0)
		outbox_event(tx, "order.refunded", order, user,
		    rows_text(rs, 0, "why"));
}

int
refund_record(struct tx *tx, int64_t id, const struct outcome *o)
{
	bool done = o->kind == OUTCOME_SUCCEEDED;
	struct rows was, rs;

	tx_send(tx, &was, &refund_sql_lock_all, pg_i64(id));
	tx_queue(tx, &refund_sql_lock_payment, pg_i64(id));
	if (tx_opt(tx, &rs, &refund_sql_record, pg_i64(id),
	    pg_text(outcome_status(o)), pg_text(o->ref),
	    pg_text(o->kind == OUTCOME_FAILED ? o->failure_code : NULL)) ==
	    -1)
		return -1;
	if (rs.n == 1)
		tell(tx, &was, &rs, done);
	return 0;
}

#define REFUND_COLUMNS							\
	"r.id, r.payment_id, r.amount_cents, r.reason, r.status, r.created_at"

STMT(refund_sql_show,
    "SELECT " REFUND_COLUMNS " FROM refunds r WHERE r.id = $1");

int
refund_show(struct tx *tx, int64_t id, struct rows *rs_r)
{
	return tx_one(tx, rs_r, &refund_sql_show, pg_i64(id));
}

/* The owner's or an admin's: $3 is the user, $4 an admin's. */
#define VISIBLE_PAYMENT							\
	"FROM payments p JOIN orders o ON o.id = p.order_id"		\
	" WHERE (p.id = $1 OR p.uuid = $2::uuid)"			\
	" AND ($4 OR (p.user_id = $3 AND o.hidden_at IS NULL))"

STMT(refund_sql_payment,
    "SELECT (SELECT count(*) FROM refunds r WHERE r.payment_id = p.id)"
    " AS total " VISIBLE_PAYMENT);
STMT(refund_sql_list,
    "SELECT " REFUND_COLUMNS " FROM refunds r"
    " WHERE r.payment_id = (SELECT p.id " VISIBLE_PAYMENT ")"
    " AND r.id > $5 ORDER BY r.id LIMIT $6");

int
refund_list(struct tx *tx, int64_t payment_id, const char *payment_uuid,
    int64_t after, int64_t limit, struct rows *rs_r, struct rows *total_r)
{
	tx_send(tx, total_r, &refund_sql_payment, pg_i64(payment_id),
	    pg_text(payment_uuid), pg_i64(tx->user), pg_bool(tx->admin));
	if (tx_rows(tx, rs_r, &refund_sql_list, pg_i64(payment_id),
	    pg_text(payment_uuid), pg_i64(tx->user), pg_bool(tx->admin),
	    pg_i64(after), pg_i64(limit)) == -1)
		return -1;
	if (total_r->n == 0)
		return fail(tx, E_NOT_FOUND, "There is no such payment");
	return 0;
}

STMT(refund_sql_order,
    "SELECT p.order_id FROM refunds r JOIN payments p ON p.id = r.payment_id"
    " WHERE r.id = $1");

int
refund_order(struct tx *tx, int64_t id, int64_t *order_id_r)
{
	struct rows rs;

	if (tx_one(tx, &rs, &refund_sql_order, pg_i64(id)) == -1)
		return -1;
	*order_id_r = rows_i64(&rs, 0, "order_id");
	return 0;
}

/* One pending refund as its provider needs it. */
#define CALL_COLUMNS							\
	"SELECT r.id, r.uuid, r.provider_ref, r.amount_cents,"		\
	" p.uuid AS payment_uuid, p.provider_ref AS payment_ref,"	\
	" p.provider, p.currency, p.order_id,"				\
	" extract(epoch FROM now() - r.created_at)::bigint AS age_s"	\
	" FROM refunds r JOIN payments p ON p.id = r.payment_id"

STMT(refund_sql_pending,
    CALL_COLUMNS " WHERE p.order_id = $1 AND r.status = 'pending'"
    " ORDER BY r.id");

int
refund_pending(struct tx *tx, int64_t order_id, struct rows *rs_r)
{
	return tx_rows(tx, rs_r, &refund_sql_pending, pg_i64(order_id));
}

/* Claims that nobody answered: asked again after 1, 2, 4... minutes, at
 * most 60. */
STMT(refund_sql_stale,
    "WITH c AS MATERIALIZED (SELECT id FROM refunds"
    "  WHERE status = 'pending' AND claimed_at < now() - interval '60 s'"
    "  AND claimed_at < now()"
    "   - interval '60 s' * least(power(2, least(asked, 10)), 60)"
    "  ORDER BY claimed_at LIMIT $1 FOR UPDATE SKIP LOCKED),"
    " u AS (UPDATE refunds r SET claimed_at = now(), asked = asked + 1"
    "  FROM c WHERE r.id = c.id RETURNING r.id)"
    " " CALL_COLUMNS " JOIN u ON u.id = r.id ORDER BY r.id");

int
refund_stale(struct tx *tx, int64_t limit, struct rows *rs_r)
{
	return tx_rows(tx, rs_r, &refund_sql_stale, pg_i64(limit));
}

struct outcome
refund_ask(struct arena *mem, const struct rows *rs, int row, int timeout_ms)
{
	struct money_back m = {
		.uuid = rows_text(rs, row, "uuid"),
		.ref = rows_text(rs, row, "provider_ref"),
		.payment_uuid = rows_text(rs, row, "payment_uuid"),
		.payment_ref = rows_text(rs, row, "payment_ref"),
		.amount_cents = rows_i64(rs, row, "amount_cents"),
		.currency = rows_text(rs, row, "currency"),
		.age_s = rows_i64(rs, row, "age_s"),
	};
	const struct provider *p =
	    provider_find(rows_text(rs, row, "provider"));

	if (p == NULL || timeout_ms <= 0)
		return (struct outcome){ OUTCOME_UNKNOWN, NULL, NULL };
	return p->refund(mem, &m, timeout_ms);
}
