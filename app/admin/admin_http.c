/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include "app/admin/admin_http.h"

#include "app/admin/audit.h"
#include "app/admin/dashboard.h"

struct dashboard_query { const char *from, *to; };
TABLE(dashboard_query,
    FIELD(dashboard_query, from, OPTIONAL, 10, 10, .kind = &kind_date,
	.doc = "First UTC day, YYYY-MM-DD; default 30 days before to"),
    FIELD(dashboard_query, to, OPTIONAL, 10, 10, .kind = &kind_date,
	.doc = "Last UTC day, YYYY-MM-DD; default today"));

int
get_admin_dashboard(struct req *rq, struct resp *rs)
{
	const struct dashboard_query *q = rq->q;
	struct rows rows;

	if (dashboard_read(rq->tx, q->from, q->to, &rows) == -1)
		return -1;
	return resp_row(rq, rs, &rows);
}

struct audit_query {
	struct page page;
	int64_t actor_id, target_id;
	const char *action, *target_type;
};
TABLE(audit_query, PAGE_FIELDS(audit_query),
    FIELD(audit_query, actor_id, OPTIONAL, 1, INT64_MAX,
	.doc = "Only what this user did"),
    FIELD(audit_query, action, OPTIONAL, 1, 100,
	.doc = "Only this action, such as product.update"),
    FIELD(audit_query, target_type, OPTIONAL, 1, 100,
	.doc = "Only on this kind of thing, such as product"),
    FIELD(audit_query, target_id, OPTIONAL, 1, INT64_MAX,
	.doc = "Only on the thing with this id"));

int
get_admin_audit_log(struct req *rq, struct resp *rs)
{
	const struct audit_query *q = rq->q;
	const struct audit_filter f = { q->actor_id, q->target_id, q->action,
	    q->target_type };
	struct page_start start;
	struct rows rows, total = { 0 };

	if (page_start(rq, &q->page, "id", &start) == -1 ||
	    audit_list(rq->tx, &f, start.id, q->page.limit, &rows,
	    q->page.count ? &total : NULL) == -1)
		return -1;
	return resp_list(rq, rs, &q->page, "id", &rows,
	    q->page.count ? &total : NULL);
}
