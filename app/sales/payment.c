/* SPDX-License-Identifier: MIT */
#include "app/sales/payment.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/tx.h"

#include "app/errors.h"
#include "app/jobs/outbox.h"
#include "app/sales/refund.h"
#include "app/shapes.h"

SHAPE(payment, "id int", "uuid uuid", "order_id int", "provider string",
    "status pending|succeeded|failed|refunded|partially_refunded",
    "amount_cents int", "refunded_cents int", "currency string",
    "failure_code string?", "created_at time");

STMT(payment_sql_order,
    "SELECT id, status, payment_status, total_cents, currency,"
    " coalesce(expires_at <= now(), false) AS late,"
    " EXISTS (SELECT FROM payments p WHERE p.order_id = orders.id"
    "  AND p.status = 'pending') AS paying"
    " FROM orders WHERE id = $1 AND user_id = $2 AND hidden_at IS NULL"
    " FOR UPDATE");
STMT(payment_sql_insert,
    "INSERT INTO payments (order_id, user_id, provider, method, token,"
    " amount_cents, currency) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    " RETURNING id");

static int
payable(struct tx *tx, const struct rows *o, int64_t amount)
{
	int64_t total = rows_i64(o, 0, "total_cents");

	if (strcmp(rows_text(o, 0, "payment_status"), "unpaid") != 0)
		return fail(tx, E_ALREADY_PAID, "The order is paid");
	if (rows_bool(o, 0, "paying"))
		return fail(tx, E_ALREADY_PAID, "A payment is under way");
	if (strcmp(rows_text(o, 0, "status"), "pending") != 0 ||
	    rows_bool(o, 0, "late"))
		return fail(tx, E_ORDER_NOT_PENDING,
		    "The order is not pending any more");
	if (total == 0)
		return fail(tx, E_AMOUNT_MISMATCH,
		    "There is nothing to pay for this order");
	if (amount >= 0 && amount != total)
		return fail(tx, E_AMOUNT_MISMATCH,
		    "The order's total is %lld", (long long)total);
	return 0;
}

int
payment_claim(struct tx *tx, const struct payment_claim *c, int64_t *id_r)
{
	struct rows o, p;

	if (tx_opt(tx, &o, &payment_sql_order, pg_i64(c->order_id),
	    pg_i64(tx->user)) == -1)
		return -1;
	if (o.n == 0)
		return fail(tx, E_NOT_FOUND, "There is no such order");
	if (payable(tx, &o, c->amount_cents) == -1)
		return -1;
	if (tx_one(tx, &p, &payment_sql_insert, pg_i64(c->order_id),
	    pg_i64(tx->user), pg_text(c->provider), pg_text(c->method),
	    pg_text(c->token), pg_i64(rows_i64(&o, 0, "total_cents")),
	    pg_text(rows_text(&o, 0, "currency"))) == -1)
		return -1;
	*id_r = rows_i64(&p, 0, "id");
	return 0;
}

STMT(payment_sql_lock_order,
    "SELECT o.status FROM orders o JOIN payments p ON p.order_id = o.id"
    " WHERE p.id = $1 FOR UPDATE OF o");
STMT(payment_sql_record,
    "WITH p AS (UPDATE payments p SET status = $2,"
    "  provider_ref = coalesce($3, provider_ref), failure_code = $4"
    "  WHERE id = $1 AND (status = 'pending'"
    "   OR (status = 'failed' AND $2 = 'succeeded' AND NOT EXISTS ("
    "    SELECT FROM payments o WHERE o.order_id = p.order_id"
    "    AND o.status <> 'failed')))"
    "  RETURNING id, order_id, user_id, amount_cents, currency),"
    " o AS (UPDATE orders o SET payment_status = 'paid',"
    "  status = CASE o.status WHEN 'pending' THEN 'confirmed'"
    "   ELSE o.status END,"
    "  changed_by = nullif($5::bigint, 0), change_reason = 'paid' FROM p"
    "  WHERE o.id = p.order_id AND $2 = 'succeeded'"
    "  AND o.payment_status = 'unpaid' RETURNING o.status)"
    " SELECT p.order_id, p.user_id, o.status AS order_status,"
    "  json_build_object('payment_id', p.id, 'amount_cents',"
    "  p.amount_cents, 'currency', p.currency, 'failure_code', $4)::text"
    "  AS payload FROM p LEFT JOIN o ON true");

/* What follows from money that has come: the order goes on, or the money
 * goes back. */
static void
captured(struct tx *tx, const char *was, int64_t order_id, int64_t user_id,
    bool *refund_due_r)
{
	if (strcmp(was, "pending") == 0)
		outbox_event(tx, "order.confirmed", order_id, user_id, NULL);
	else if (strcmp(was, "confirmed") != 0) {
		refund_claim_rest(tx, order_id, "the order had ended");
		*refund_due_r = true;
	}
}

int
payment_record(struct tx *tx, int64_t id, const struct outcome *o,
    int64_t *order_id_r, bool *refund_due_r)
{
	bool ok = o->kind == OUTCOME_SUCCEEDED;
	bool failed = o->kind == OUTCOME_FAILED;
	struct rows was, now;

	*refund_due_r = false;
	tx_send(tx, &was, &payment_sql_lock_order, pg_i64(id));
	if (tx_opt(tx, &now, &payment_sql_record, pg_i64(id),
	    pg_text(outcome_status(o)),
	    pg_text(o->ref), pg_text(failed ? o->failure_code : NULL),
	    pg_i64(tx->actor)) == -1)
		return -1;
	if (now.n == 0)
		return 0;
	*order_id_r = rows_i64(&now, 0, "order_id");
	if (!ok && !failed)
		return 0;
	outbox_event(tx, ok ? "payment.succeeded" : "payment.failed",
	    *order_id_r, rows_i64(&now, 0, "user_id"),
	    rows_text(&now, 0, "payload"));
	if (ok)
		captured(tx, rows_text(&was, 0, "status"), *order_id_r,
		    rows_i64(&now, 0, "user_id"), refund_due_r);
	return 0;
}

#define CALL_COLUMNS							\
	"SELECT p.id, p.uuid, p.token, p.provider, p.provider_ref,"	\
	" p.amount_cents, p.currency, p.status, p.order_id,"		\
	" o.status AS order_status,"					\
	" extract(epoch FROM now() - p.created_at)::bigint AS age_s"	\
	" FROM payments p JOIN orders o ON o.id = p.order_id"

STMT(payment_sql_find, CALL_COLUMNS " WHERE p.id = $1");

int
payment_find(struct tx *tx, int64_t id, struct rows *rs_r)
{
	return tx_one(tx, rs_r, &payment_sql_find, pg_i64(id));
}

/* Asked again after 1, 2, 4... minutes, at most 60. */
STMT(payment_sql_stale,
    "WITH c AS MATERIALIZED (SELECT id FROM payments"
    "  WHERE status = 'pending' AND claimed_at < now() - interval '60 s'"
    "  AND claimed_at < now()"
    "   - interval '60 s' * least(power(2, least(asked, 10)), 60)"
    "  ORDER BY claimed_at LIMIT $1 FOR UPDATE SKIP LOCKED),"
    " u AS (UPDATE payments p SET claimed_at = now(), asked = asked + 1"
    "  FROM c WHERE p.id = c.id RETURNING p.id)"
    " " CALL_COLUMNS " JOIN u ON u.id = p.id ORDER BY p.id");

int
payment_stale(struct tx *tx, int64_t limit, struct rows *rs_r)
{
	return tx_rows(tx, rs_r, &payment_sql_stale, pg_i64(limit));
}

struct outcome
payment_ask(struct arena *mem, const struct rows *rs, int row,
    int timeout_ms)
{
	struct charge c = {
		.uuid = rows_text(rs, row, "uuid"),
		.token = rows_text(rs, row, "token"),
		.ref = rows_text(rs, row, "provider_ref"),
		.amount_cents = rows_i64(rs, row, "amount_cents"),
		.currency = rows_text(rs, row, "currency"),
		.order_id = rows_i64(rs, row, "order_id"),
		.age_s = rows_i64(rs, row, "age_s"),
		.wanted = strcmp(rows_text(rs, row, "order_status"),
		    "cancelled") != 0,
	};
	const struct provider *p =
	    provider_find(rows_text(rs, row, "provider"));

	if (p == NULL || timeout_ms <= 0)
		return (struct outcome){ OUTCOME_UNKNOWN, NULL, NULL };
	return p->charge(mem, &c, timeout_ms);
}

#define COLUMNS								\
	"p.id, p.uuid, p.order_id, p.provider, p.status, p.amount_cents," \
	" p.refunded_cents, p.currency, p.failure_code, p.created_at,"	\
	" p.version AS _version"

/* $3 is the user, $4 an admin's. */
#define VISIBLE	" AND ($4 OR (o.user_id = $3 AND o.hidden_at IS NULL))"

STMT(payment_sql_show,
    "SELECT " COLUMNS " FROM payments p JOIN orders o ON o.id = p.order_id"
    " WHERE (p.id = $1 OR p.uuid = $2::uuid)" VISIBLE);

int
payment_show(struct tx *tx, int64_t id, const char *uuid, struct rows *rs_r)
{
	return tx_one(tx, rs_r, &payment_sql_show, pg_i64(id), pg_text(uuid),
	    pg_i64(tx->user), pg_bool(tx->admin));
}

STMT(payment_sql_made, "SELECT " COLUMNS " FROM payments p WHERE p.id = $1");

int
payment_made(struct tx *tx, int64_t id, struct rows *rs_r)
{
	return tx_one(tx, rs_r, &payment_sql_made, pg_i64(id));
}

STMT(payment_sql_total,
    "SELECT (SELECT count(*) FROM payments p WHERE p.order_id = o.id)"
    " AS total FROM orders o WHERE (o.id = $1 OR o.uuid = $2::uuid)"
    VISIBLE);
STMT(payment_sql_list,
    "SELECT " COLUMNS " FROM payments p JOIN orders o ON o.id = p.order_id"
    " WHERE (o.id = $1 OR o.uuid = $2::uuid)" VISIBLE
    " AND p.id > $5 ORDER BY p.id LIMIT $6");

int
payment_list(struct tx *tx, int64_t order_id, const char *order_uuid,
    int64_t after, int64_t limit, struct rows *rs_r, struct rows *total_r)
{
	tx_send(tx, total_r, &payment_sql_total, pg_i64(order_id),
	    pg_text(order_uuid), pg_i64(tx->user), pg_bool(tx->admin));
	if (tx_rows(tx, rs_r, &payment_sql_list, pg_i64(order_id),
	    pg_text(order_uuid), pg_i64(tx->user), pg_bool(tx->admin),
	    pg_i64(after), pg_i64(limit)) == -1)
		return -1;
	if (total_r->n == 0)
		return fail(tx, E_NOT_FOUND, "There is no such order");
	return 0;
}
