/* SPDX-License-Identifier: MIT */
#include "app/sales/payment_webhook.h"

#include "lib/tx.h"

#include "app/errors.h"
#include "app/jobs/outbox.h"
#include "app/sales/payment.h"
#include "app/sales/refund.h"

STMT(payment_webhook_insert,
    "INSERT INTO provider_events (provider, event_id, body, outcome)"
    " VALUES ($1, $2, $3, 'ignored')"
    " ON CONFLICT ON CONSTRAINT provider_events_pkey DO NOTHING");

#define AS_UUID								\
	"CASE WHEN $1 ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-"		\
	"[0-9a-fA-F]{12}$' THEN $1::uuid END"

STMT(payment_webhook_payment,
    "SELECT id, id AS payment_id FROM payments"
    " WHERE provider = $3 AND (uuid = " AS_UUID " OR provider_ref = $2)");
STMT(payment_webhook_refund,
    "SELECT r.id, p.id AS payment_id FROM refunds r"
    " JOIN payments p ON p.id = r.payment_id"
    " WHERE p.provider = $3 AND (r.uuid = " AS_UUID
    " OR r.provider_ref = $2) LIMIT 1");

STMT(payment_webhook_lock_order,
    "SELECT p.id FROM orders o JOIN payments p ON p.order_id = o.id"
    " WHERE p.provider = $1 AND p.provider_ref = $2 FOR UPDATE OF o");
STMT(payment_webhook_nameless,
    "SELECT EXISTS (SELECT FROM payments WHERE provider = $1"
    " AND status = 'pending' AND provider_ref IS NULL) AS nameless");
STMT(payment_webhook_failed,
    "SELECT status = 'failed' AS failed FROM payments WHERE id = $1");

/* Does the row say what its provider does? */
#define AGREES								\
	"$2 = 'pending' OR (status = 'failed') = ($2 = 'failed') AS agrees"
STMT(payment_webhook_payment_is,
    "SELECT " AGREES ", order_id, user_id, json_build_object('payment_id',"
    " id, 'amount_cents', amount_cents, 'currency', currency,"
    " 'provider_ref', coalesce(provider_ref, uuid::text))::text AS payload"
    " FROM payments WHERE id = $1");
STMT(payment_webhook_refund_is,
    "SELECT " AGREES " FROM refunds WHERE id = $1");
STMT(payment_webhook_outcome,
    "UPDATE provider_events SET outcome = $3, payment_id = $4"
    " WHERE provider = $1 AND event_id = $2");

struct named {
	int64_t id;		/* of the payment or refund, 0: none */
	int64_t payment_id;
};

static int
find(struct tx *tx, const struct provider *p, const struct notice *n,
    struct named *what_r)
{
	struct rows rs;

	if (tx_opt(tx, &rs, n->kind == NOTICE_REFUND ?
	    &payment_webhook_refund : &payment_webhook_payment,
	    pg_text(n->uuid), pg_text(n->ref), pg_text(p->name)) == -1)
		return -1;
	if (rs.n == 0)
		return 0;
	what_r->id = rows_i64(&rs, 0, "id");
	what_r->payment_id = rows_i64(&rs, 0, "payment_id");
	return 0;
}

/* The payment of a refund that the shop did not make, with its order locked;
 * n 0 if it is none of ours. */
static int
payment_of(struct tx *tx, const struct provider *p, const struct notice *n,
    struct rows *rs_r)
{
	struct rows rs;

	if (tx_opt(tx, rs_r, &payment_webhook_lock_order, pg_text(p->name),
	    pg_text(n->payment_ref)) == -1)
		return -1;
	if (rs_r->n > 0)
		return 0;
	if (tx_one(tx, &rs, &payment_webhook_nameless, pg_text(p->name)) ==
	    -1)
		return -1;
	if (rows_bool(&rs, 0, "nameless"))
		return fail(tx, E_UNAVAILABLE,
		    "This may be of a payment that is not settled yet");
	return 0;
}

/* A refund that was made with the provider, and not by the shop, is claimed
 * here as its own would have been; unless somebody else has just done that,
 * or its payment is one that the shop has no money of. */
static int
made_elsewhere(struct tx *tx, const struct provider *p,
    const struct notice *n, struct named *what_r)
{
	struct rows rs, is;

	if (n->uuid != NULL || n->payment_ref == NULL || n->ref == NULL ||
	    n->amount_cents == 0 || n->outcome.kind == OUTCOME_UNKNOWN)
		return 0;
	if (payment_of(tx, p, n, &rs) == -1)
		return -1;
	if (rs.n == 0)
		return 0;
	if (find(tx, p, n, what_r) == -1)
		return -1;
	if (what_r->id != 0)
		return 0;
	what_r->payment_id = rows_i64(&rs, 0, "id");
	if (tx_one(tx, &is, &payment_webhook_failed,
	    pg_i64(what_r->payment_id)) == -1)
		return -1;
	return rows_bool(&is, 0, "failed") ? 0 : refund_made(tx,
	    what_r->payment_id, n->amount_cents, &n->outcome, &what_r->id);
}

/* What happened twice, too late or out of turn may have been in vain; money
 * that came and has no place here is a case for people. */
static int
record(struct tx *tx, const struct notice *n, int64_t id, const char **did_r)
{
	bool refund = n->kind == NOTICE_REFUND, refund_due;
	int64_t order_id;
	struct rows is;

	if ((refund ? refund_record(tx, id, &n->outcome) :
	    payment_record(tx, id, &n->outcome, &order_id, &refund_due)) ==
	    -1)
		return -1;
	if (tx_one(tx, &is, refund ? &payment_webhook_refund_is :
	    &payment_webhook_payment_is, pg_i64(id),
	    pg_text(outcome_status(&n->outcome))) == -1)
		return -1;
	*did_r = rows_bool(&is, 0, "agrees") ? "recorded" : "ignored";
	if (!refund && !rows_bool(&is, 0, "agrees") &&
	    n->outcome.kind == OUTCOME_SUCCEEDED)
		outbox_event(tx, "payment.unexpected",
		    rows_i64(&is, 0, "order_id"),
		    rows_i64(&is, 0, "user_id"),
		    rows_text(&is, 0, "payload"));
	return 0;
}

int
payment_webhook(struct tx *tx, const struct provider *p,
    const struct notice *n, const char *body)
{
	struct named what = { 0, 0 };
	const char *did;
	struct rows rs;

	if (tx_rows(tx, &rs, &payment_webhook_insert, pg_text(p->name),
	    pg_text(n->id), pg_text(body)) == -1)
		return -1;
	if (rs.affected == 0 || n->kind == NOTICE_OTHER)
		return 0;
	if (find(tx, p, n, &what) == -1 || (what.id == 0 &&
	    n->kind == NOTICE_REFUND && made_elsewhere(tx, p, n, &what) ==
	    -1))
		return -1;
	did = what.payment_id != 0 ? "ignored" : "unknown";
	if (what.id != 0 && record(tx, n, what.id, &did) == -1)
		return -1;
	tx_queue(tx, &payment_webhook_outcome, pg_text(p->name),
	    pg_text(n->id), pg_text(did), what.payment_id != 0 ?
	    pg_i64(what.payment_id) : pg_null());
	return 0;
}
