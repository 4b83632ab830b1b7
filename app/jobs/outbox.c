/* SPDX-License-Identifier: MIT */
#include "app/jobs/outbox.h"

#include <string.h>

#include "lib/random.h"
#include "lib/tx.h"

#include "app/jobs/queue.h"

STMT(outbox_insert_event,
    "INSERT INTO outbox (kind, uuid, topic, order_id, user_id, payload)"
    " VALUES ('event', $1, $2, nullif($3::bigint, 0),"
    " nullif($4::bigint, 0), coalesce($5::jsonb, '{}'))");

void
outbox_event(struct tx *tx, const char *topic, int64_t order_id,
    int64_t user_id, const char *payload)
{
	tx_queue(tx, &outbox_insert_event, pg_text(uuid_v7(tx->mem)),
	    pg_text(topic), pg_i64(order_id), pg_i64(user_id),
	    pg_text(payload));
	/* Somebody sits and waits for these; see work.c for the others. */
	if (strncmp(topic, "user.", 5) == 0)
		queue_wake(tx, "outbox_event");
}
