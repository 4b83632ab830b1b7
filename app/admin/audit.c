/* SPDX-License-Identifier: MIT */
#include "app/admin/audit.h"

#include "lib/tx.h"

STMT(audit_insert,
    "INSERT INTO audit_log (actor_id, acting_for, action, target_type,"
    " target_id, before, after, ip, request_id)"
    " VALUES (nullif($1::bigint, 0), nullif($2::bigint, 0), $3, $4, nullif($5::bigint, 0), $6, $7,"
    " $8, $9)");

void
audit_put(struct tx *tx, const char *action, const char *target_type,
    int64_t target_id, const char *before, const char *after)
{
	tx_queue(tx, &audit_insert, pg_i64(tx->actor), pg_i64(tx->acting_for),
	    pg_text(action), pg_text(target_type), pg_i64(target_id),
	    pg_text(before), pg_text(after), pg_text(tx->ip),
	    pg_text(tx->request_id));
}
