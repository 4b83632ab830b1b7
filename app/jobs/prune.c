/* SPDX-License-Identifier: MIT */
#include "app/jobs/prune.h"

#include "lib/tx.h"

#include "app/config.h"

/* The oldest first, found by the index on their time. */
#define PRUNE(name, table, which, time, age)				\
	STMT(name, "DELETE FROM " table " WHERE ctid = ANY (ARRAY("	\
	    "SELECT ctid FROM " table " WHERE " which time		\
	    " < now() - interval '" age "' ORDER BY " time		\
	    " LIMIT $1 FOR UPDATE SKIP LOCKED))")

PRUNE(prune_sql_keys, "idempotency_keys", "", "created_at", "24 hours");
PRUNE(prune_sql_events, "outbox",
    "state = 'done' AND kind = 'event' AND ", "done_at", "1 day");
PRUNE(prune_sql_mails, "outbox",
    "state = 'done' AND kind = 'mail' AND ", "done_at", "7 days");
PRUNE(prune_sql_deliveries, "outbox",
    "state = 'done' AND kind = 'webhook' AND ", "done_at", "30 days");
PRUNE(prune_sql_tokens, "one_time_tokens", "", "expires_at", "1 day");
PRUNE(prune_sql_sessions, "sessions", "", "expires_at", "7 days");
PRUNE(prune_sql_attempts, "login_attempts", "", "since", "1 day");
PRUNE(prune_sql_provider_events, "provider_events", "", "created_at",
    "90 days");

/* These say which rows are gone; $2 is the age in days. */
STMT(prune_sql_audit, "SELECT audit_prune($2, $1)");
STMT(prune_sql_ledger, "SELECT ledger_fold($2, $1)");

static const struct stmt *const statements[] = {
	&prune_sql_keys, &prune_sql_events, &prune_sql_mails,
	&prune_sql_deliveries, &prune_sql_tokens, &prune_sql_sessions,
	&prune_sql_attempts, &prune_sql_provider_events,
	&prune_sql_audit, &prune_sql_ledger,
};
#define HISTORY 2	/* the last ones */
const size_t prune_kinds = sizeof(statements) / sizeof(statements[0]);

int
prune(struct tx *tx, size_t which, int64_t limit, int64_t *count_r)
{
	struct rows rs;

	bool history = which >= prune_kinds - HISTORY;
	int rc;

	*count_r = 0;
	if (history && config.history_days == 0)
		return 0;
	rc = history ? tx_rows(tx, &rs, statements[which], pg_i64(limit),
	    pg_i64(config.history_days)) :
	    tx_rows(tx, &rs, statements[which], pg_i64(limit));
	if (rc == -1)
		return -1;
	*count_r = rs.affected;
	return 0;
}
