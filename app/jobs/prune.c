/* SPDX-License-Identifier: MIT */
#include "app/jobs/prune.h"

#include "lib/tx.h"

#include "app/config.h"

#define PRUNE_FIRST(name, table, which, order)				\
	STMT(name, "DELETE FROM " table " WHERE ctid = ANY (ARRAY("	\
	    "SELECT ctid FROM " table " WHERE " which			\
	    " ORDER BY " order " LIMIT $1 FOR UPDATE SKIP LOCKED))")
/* The oldest first, found by the index on their time. */
#define PRUNE(name, table, which, time, age)				\
	PRUNE_FIRST(name, table, which time " < now() - interval '"	\
	    age "'", time)
/* The dead are few, and have an index of their own. An admin may retry them
 * for a while, but a code in one is of no use for so long. */
#define PRUNE_DEAD(name, table)						\
	PRUNE_FIRST(name, table, "state = 'dead' AND done_at < now() -"	\
	    " CASE WHEN payload ? 'token' THEN interval '3 days'"	\
	    " ELSE interval '30 days' END", "id")

PRUNE(prune_sql_keys, "idempotency_keys", "", "created_at", "24 hours");
PRUNE(prune_sql_events, "outbox_events", "state = 'done' AND ",
    "done_at", "1 day");
PRUNE(prune_sql_mails, "outbox_mails", "state = 'done' AND ",
    "done_at", "7 days");
PRUNE(prune_sql_deliveries, "outbox_deliveries", "state = 'done' AND ",
    "done_at", "30 days");
PRUNE_DEAD(prune_sql_dead_events, "outbox_events");
PRUNE_DEAD(prune_sql_dead_mails, "outbox_mails");
PRUNE_DEAD(prune_sql_dead_deliveries, "outbox_deliveries");
PRUNE(prune_sql_tokens, "one_time_tokens", "", "expires_at", "1 day");
PRUNE(prune_sql_sessions, "sessions", "", "expires_at", "7 days");
PRUNE(prune_sql_attempts, "login_attempts", "", "since", "1 day");
PRUNE(prune_sql_provider_events, "provider_events", "", "created_at",
    "90 days");

/* These say which rows are gone; $2 is the age in days. */
STMT(prune_sql_audit, "SELECT audit_prune($2, $1)");
STMT(prune_sql_ledger, "SELECT ledger_fold($2, $1)");

static const struct {
	const struct stmt *stmt;
	bool history;		/* by HISTORY_DAYS */
} kinds[] = {
	{ &prune_sql_keys, false }, { &prune_sql_events, false },
	{ &prune_sql_mails, false }, { &prune_sql_deliveries, false },
	{ &prune_sql_dead_events, false }, { &prune_sql_dead_mails, false },
	{ &prune_sql_dead_deliveries, false },
	{ &prune_sql_tokens, false }, { &prune_sql_sessions, false },
	{ &prune_sql_attempts, false },
	{ &prune_sql_provider_events, false },
	{ &prune_sql_audit, true }, { &prune_sql_ledger, true },
};
const size_t prune_kinds = sizeof(kinds) / sizeof(kinds[0]);

int
prune(struct tx *tx, size_t which, int64_t limit, int64_t *count_r)
{
	struct rows rs;
	int rc;

	*count_r = 0;
	if (!kinds[which].history)
		rc = tx_rows(tx, &rs, kinds[which].stmt, pg_i64(limit));
	else if (config.history_days == 0)
		return 0;
	else
		rc = tx_rows(tx, &rs, kinds[which].stmt, pg_i64(limit),
		    pg_i64(config.history_days));
	if (rc == 0)
		*count_r = rs.affected;
	return rc;
}
