/* SPDX-License-Identifier: MIT */
#include "app/jobs/job_http.h"

#include "lib/tx.h"

#include "app/admin/audit.h"
#include "app/jobs/job.h"

struct jobs_query { struct page page; const char *state, *kind; };
TABLE(jobs_query, PAGE_FIELDS(jobs_query),
    FIELD(jobs_query, state, OPTIONAL, 1, 20, .kind = &kind_job_state,
	.doc = "dead are those that were given up"),
    FIELD(jobs_query, kind, OPTIONAL, 1, 20, .kind = &kind_job_kind));

int
get_admin_jobs(struct req *rq, struct resp *rs)
{
	const struct jobs_query *q = rq->q;
	struct page_start start;
	struct rows rows, total;

	if (page_start(rq, &q->page, "-id", &start) == -1 ||
	    job_list(rq->tx, q->state, q->kind, start.id, q->page.limit,
	    &rows, q->page.count ? &total : NULL) == -1)
		return -1;
	return resp_list(rq, rs, &q->page, "-id", &rows,
	    q->page.count ? &total : NULL);
}

int
post_admin_jobs_id_retry(struct req *rq, struct resp *rs)
{
	struct rows row;

	if (job_retry(rq->tx, rq->ids[0], &row) == -1)
		return -1;
	audit_put(rq->tx, "job.retry", "job", rq->ids[0], NULL, NULL);
	return resp_row(rq, rs, &row);
}
