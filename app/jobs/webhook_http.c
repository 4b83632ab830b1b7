/* SPDX-License-Identifier: MIT */
#include "app/jobs/webhook_http.h"

#include "lib/http_client.h"
#include "lib/tx.h"

#include "app/admin/audit.h"
#include "app/config.h"
#include "app/errors.h"
#include "app/jobs/job.h"
#include "app/jobs/webhook.h"

struct webhooks_query { struct page page; };
TABLE(webhooks_query, PAGE_FIELDS(webhooks_query));

struct deliveries_query { struct page page; const char *state; };
TABLE(deliveries_query, PAGE_FIELDS(deliveries_query),
    FIELD(deliveries_query, state, OPTIONAL, 1, 20,
	.kind = &kind_job_state));

static int
check_url(struct req *rq, const char *url)
{
	const char *why;

	if (url != NULL &&
	    http_url_check(url, !config.webhook_insecure, &why) == -1)
		err_add(rq->err, "url", "invalid_format", "%s", why);
	return faults(rq);
}

int
get_admin_webhooks(struct req *rq, struct resp *rs)
{
	const struct webhooks_query *q = rq->q;
	struct page_start start;
	struct rows rows, total;

	if (page_start(rq, &q->page, "id", &start) == -1 ||
	    webhook_list(rq->tx, start.id, q->page.limit, &rows,
	    q->page.count ? &total : NULL) == -1)
		return -1;
	return resp_list(rq, rs, &q->page, "id", &rows,
	    q->page.count ? &total : NULL);
}

int
post_admin_webhooks(struct req *rq, struct resp *rs)
{
	const struct webhook_new *in = rq->in;
	struct rows row;

	if (check_url(rq, in->url) == -1 ||
	    webhook_create(rq->tx, in, &row) == -1)
		return -1;
	audit_put(rq->tx, "webhook.create", "webhook",
	    rows_i64(&row, 0, "id"), NULL, NULL);
	return resp_created(rq, rs, &row, "/api/v1/admin/webhooks/%lld",
	    (long long)rows_i64(&row, 0, "id"));
}

int
get_admin_webhooks_id(struct req *rq, struct resp *rs)
{
	struct rows row;

	if (webhook_get(rq->tx, rq->ids[0], &row) == -1)
		return -1;
	return resp_row(rq, rs, &row);
}

int
patch_admin_webhooks_id(struct req *rq, struct resp *rs)
{
	const struct webhook_change *in = rq->in;
	struct rows old, row;

	if (check_url(rq, in->url) == -1 ||
	    webhook_lock(rq->tx, rq->ids[0], &old) == -1 ||
	    req_if_match(rq, rows_i64(&old, 0, "_version")) == -1 ||
	    webhook_update(rq->tx, rq->ids[0], in, &row) == -1)
		return -1;
	audit_put(rq->tx, "webhook.update", "webhook", rq->ids[0],
	    rows_text(&old, 0, "_json"), NULL);
	return resp_row(rq, rs, &row);
}

int
delete_admin_webhooks_id(struct req *rq, struct resp *rs)
{
	struct rows old;

	if (webhook_lock(rq->tx, rq->ids[0], &old) == -1 ||
	    req_if_match(rq, rows_i64(&old, 0, "_version")) == -1 ||
	    webhook_delete(rq->tx, rq->ids[0]) == -1)
		return -1;
	audit_put(rq->tx, "webhook.delete", "webhook", rq->ids[0],
	    rows_text(&old, 0, "_json"), NULL);
	return resp_none(rs);
}

int
post_admin_webhooks_id_rotate(struct req *rq, struct resp *rs)
{
	struct rows row;

	if (webhook_rotate(rq->tx, rq->ids[0], &row) == -1)
		return -1;
	audit_put(rq->tx, "webhook.rotate", "webhook", rq->ids[0], NULL,
	    NULL);
	return resp_row(rq, rs, &row);
}

int
get_admin_webhooks_id_deliveries(struct req *rq, struct resp *rs)
{
	const struct deliveries_query *q = rq->q;
	struct page_start start;
	struct rows rows, total;

	if (page_start(rq, &q->page, "-id", &start) == -1 ||
	    webhook_deliveries(rq->tx, rq->ids[0], q->state, start.id,
	    q->page.limit, &rows, q->page.count ? &total : NULL) == -1)
		return -1;
	return resp_list(rq, rs, &q->page, "-id", &rows,
	    q->page.count ? &total : NULL);
}

int
post_admin_webhooks_id_deliveries_id_replay(struct req *rq, struct resp *rs)
{
	struct rows row;

	if (webhook_replay(rq->tx, rq->ids[0], rq->ids[1], &row) == -1)
		return -1;
	audit_put(rq->tx, "webhook.replay", "delivery", rq->ids[1], NULL,
	    NULL);
	return resp_row(rq, rs, &row);
}
