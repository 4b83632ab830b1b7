/* SPDX-License-Identifier: MIT */
#include "app/sales/payment_webhook.h"

#include "lib/tx.h"

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
STMT(payment_webhook_outcome,
    "UPDATE provider_events SET outcome = $3,"
    " payment_id = nullif($4::bigint, 0)"
    " WHERE provider = $1 AND event_id = $2");

static int
apply(struct tx *tx, const struct provider *p, const struct notice *n,
    int64_t *payment_id_r, int64_t *order_id_r, bool *refund_due_r)
{
	bool money_back = n->kind == NOTICE_REFUND;
	struct rows rs;

	if (tx_opt(tx, &rs, money_back ? &payment_webhook_refund :
	    &payment_webhook_payment, pg_text(n->uuid), pg_text(n->ref),
	    pg_text(p->name)) == -1)
		return -1;
	if (rs.n == 0)
		return 0;
	*payment_id_r = rows_i64(&rs, 0, "payment_id");
	if (money_back)
		return refund_record(tx, rows_i64(&rs, 0, "id"),
		    &n->outcome);
	return payment_record(tx, *payment_id_r, &n->outcome, order_id_r,
	    refund_due_r);
}

int
payment_webhook(struct tx *tx, const struct provider *p,
    const struct notice *n, const char *body, int64_t *order_id_r,
    bool *refund_due_r)
{
	int64_t payment_id = 0;
	struct rows rs;

	*refund_due_r = false;
	if (tx_rows(tx, &rs, &payment_webhook_insert, pg_text(p->name),
	    pg_text(n->id), pg_text(body)) == -1)
		return -1;
	if (rs.affected == 0 || n->kind == NOTICE_OTHER)
		return 0;
	if (apply(tx, p, n, &payment_id, order_id_r, refund_due_r) == -1)
		return -1;
	tx_queue(tx, &payment_webhook_outcome, pg_text(p->name),
	    pg_text(n->id), pg_text(payment_id != 0 ? "recorded" :
	    "unknown"), pg_i64(payment_id));
	return 0;
}
