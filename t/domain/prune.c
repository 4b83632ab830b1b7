/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/tx.h"

#include "app/jobs/prune.h"

#include "t/help/db.h"

/* Two rows of a table, one that has had its time and one that has not; the
 * query says which are left ("young" alone). */
static const struct { const char *two, *left; } kinds[] = {
	{ "INSERT INTO idempotency_keys (user_id, address, key, fingerprint,"
	    " created_at) VALUES (1, 'prune', 'old', '',"
	    " now() - interval '25 hours'), (1, 'prune', 'young', '',"
	    " now() - interval '23 hours')",
	    "SELECT key FROM idempotency_keys WHERE address = 'prune'" },
#define OUTBOX(kind, old, young)					\
	{ "INSERT INTO outbox (kind, topic, state, done_at, last_error)" \
	    " VALUES ('" kind "', 'prune', 'done', now() - interval '" old \
	    "', 'old'), ('" kind "', 'prune', 'done', now() -"		\
	    " interval '" young "', 'young')",				\
	    "SELECT last_error FROM outbox WHERE topic = 'prune'"	\
	    " AND state = 'done' AND kind = '" kind "'" }
	OUTBOX("event", "25 hours", "23 hours"),
	OUTBOX("mail", "8 days", "6 days"),
#define DEAD(kind, payload, old, young)					\
	{ "INSERT INTO outbox (kind, topic, state, webhook_id, payload," \
	    " done_at, last_error) SELECT '" kind "', 'prune', 'dead',"	\
	    " CASE '" kind "' WHEN 'webhook' THEN (SELECT max(id) FROM"	\
	    "  webhooks) END, '" payload "', now() - t::interval, w"	\
	    " FROM (VALUES ('old', '" old "'), ('young', '" young "'))"	\
	    " v (w, t)",						\
	    "SELECT last_error FROM outbox WHERE topic = 'prune'"	\
	    " AND state = 'dead' AND kind = '" kind "'" }
	DEAD("event", "{}", "31 days", "29 days"),
	DEAD("event", "{\"token\": \"x\"}", "73 hours", "71 hours"),
	DEAD("mail", "{}", "31 days", "29 days"),
	DEAD("mail", "{\"token\": \"x\"}", "73 hours", "71 hours"),
	DEAD("webhook", "{}", "31 days", "29 days"),
	{ "INSERT INTO one_time_tokens (token_hash, user_id, purpose, email,"
	    " expires_at) SELECT 'prune ' || w, 1, 'reset', 'p@x.example',"
	    " now() - n * interval '1 hour' FROM (VALUES ('old', 25),"
	    " ('young', 23)) v (w, n)",
	    "SELECT substr(token_hash, 7) FROM one_time_tokens"
	    " WHERE token_hash LIKE 'prune %'" },
	{ "INSERT INTO sessions (user_id, refresh_hash, device, expires_at)"
	    " SELECT 1, 'prune ' || w, w, now() - n * interval '1 day'"
	    " FROM (VALUES ('old', 8), ('young', 6)) v (w, n)",
	    "SELECT device FROM sessions WHERE refresh_hash LIKE 'prune %'" },
	{ "INSERT INTO login_attempts (identifier, failures, since)"
	    " SELECT 'prune ' || w, 1, now() - n * interval '1 hour'"
	    " FROM (VALUES ('old', 25), ('young', 23)) v (w, n)",
	    "SELECT substr(identifier, 7) FROM login_attempts"
	    " WHERE identifier LIKE 'prune %'" },
	{ "INSERT INTO provider_events (provider, event_id, body, outcome,"
	    " created_at) SELECT 'prune', w, '{}', '', now() - n *"
	    " interval '1 day' FROM (VALUES ('old', 91), ('young', 89)) v"
	    " (w, n)",
	    "SELECT event_id FROM provider_events"
	    " WHERE provider = 'prune'" },
	{ "INSERT INTO audit_log (at, action) SELECT now() - n *"
	    " interval '1 day', 'prune ' || w FROM (VALUES ('old', 3651),"
	    " ('young', 3649)) v (w, n)",
	    "SELECT substr(action, 7) FROM audit_log"
	    " WHERE action LIKE 'prune %'" },
};

static void
prune_all(void)
{
	for (size_t i = 0; i < prune_kinds; i++) {
		int64_t n;

		do {
			struct tx *tx = db_begin();

			ck_assert_int_eq(prune(tx, i, 1000, &n), 0);
			ck_assert_int_eq(tx_commit(tx), 0);
		} while (n == 1000);
	}
}

START_TEST(old_rows_go)
{
	db_exec("DELETE FROM outbox WHERE topic = 'prune'");
	db_exec("INSERT INTO webhooks (url, events, secret, is_active)"
	    " VALUES ('https://x.example/', '{*}', '', false)");
	db_exec("%s", kinds[_i].two);
	prune_all();
	ck_assert_str_eq(db_text("SELECT string_agg(w, ' ') FROM (%s) x (w)",
	    kinds[_i].left), "young");
}
END_TEST

/* A batch is a batch, and the oldest go first. */
START_TEST(one_batch_at_a_time)
{
	struct tx *tx;
	int64_t n;

	prune_all();
	db_exec("INSERT INTO idempotency_keys (user_id, address, key,"
	    " fingerprint, created_at) SELECT 2, 'prune', n, '',"
	    " now() - interval '2 days' - n * interval '1 minute'"
	    " FROM generate_series(1, 5) n");
	tx = db_begin();
	ck_assert_int_eq(prune(tx, 0, 3, &n), 0);
	ck_assert_int_eq(tx_commit(tx), 0);
	ck_assert_int_eq(n, 3);
	ck_assert_str_eq(db_text("SELECT string_agg(key, ' ' ORDER BY key)"
	    " FROM idempotency_keys WHERE user_id = 2"
	    " AND address = 'prune'"), "1 2");
}
END_TEST

SUITE(prune)
{
	tcase_add_loop_test(tc, old_rows_go, 0,
	    (int)(sizeof(kinds) / sizeof(kinds[0])));
	tcase_add_test(tc, one_batch_at_a_time);
}
