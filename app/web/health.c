/* SPDX-License-Identifier: MIT */
#include "app/web/health.h"

#include "lib/tx.h"

STMT(health_sql_level,
    "SELECT coalesce(max(number), 0)::bigint AS level"
    " FROM schema_migrations");
/* What the reports count anyway: no table is read whole for a scrape. */
STMT(health_sql_shop,
    "SELECT coalesce(sum(orders), 0)::bigint AS orders,"
    " clamp(coalesce(sum(revenue_cents) FILTER (WHERE day = utc_day(now())),"
    "  0)) AS revenue_cents,"
    " (SELECT coalesce(sum(products), 0)::bigint FROM stock_levels"
    "  WHERE level = 0) AS stock_outs FROM ("
    "  SELECT day, orders, revenue_cents FROM sales_days UNION ALL"
    "  SELECT day, orders, revenue_cents FROM sales_journal) x");
STMT(health_sql_jobs,
    "SELECT"
    /* By kind, as the indexes are; without what waits for an endpoint
     * that is off or fails, or for a later try. */
    " (SELECT count(*) FROM outbox WHERE state = 'queued'"
    "  AND kind = 'event')"
    " + (SELECT count(*) FROM outbox WHERE state = 'queued'"
    "  AND kind = 'mail') + d.n AS jobs_queued,"
    " (SELECT count(*) FROM outbox WHERE state = 'dead') AS jobs_dead,"
    /* A code is due before it was made, and so ahead of older mail. */
    " greatest(0, extract(epoch FROM now() - least(d.due,"
    "  (SELECT greatest(run_at, created_at) FROM outbox"
    "   WHERE state = 'queued' AND kind = 'event' ORDER BY id LIMIT 1),"
    "  (SELECT min(m.due) FROM (SELECT greatest(run_at, created_at) AS due"
    "   FROM outbox WHERE state = 'queued' AND kind = 'mail'"
    "   AND run_at <= now() ORDER BY run_at, id LIMIT 100) m)))::bigint)"
    "  AS jobs_oldest_seconds"
    " FROM (SELECT count(*) AS n, min(q.run_at) AS due"
    "  FROM webhooks w JOIN outbox q"
    "  ON q.webhook_id = w.id AND q.kind = 'webhook'"
    "  AND q.state = 'queued' AND q.run_at <= now()"
    "  WHERE w.is_active AND w.failing_since IS NULL) d");

int
health_level(struct tx *tx, int64_t *level_r)
{
	struct rows rs;

	if (tx_one(tx, &rs, &health_sql_level) == -1)
		return -1;
	*level_r = rows_i64(&rs, 0, "level");
	return 0;
}

int
health_shop(struct tx *tx, struct rows *rs)
{
	return tx_one(tx, rs, &health_sql_shop);
}

int
health_jobs(struct tx *tx, struct rows *rs)
{
	return tx_one(tx, rs, &health_sql_jobs);
}
