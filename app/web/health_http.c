/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include "app/web/health_http.h"

#include <time.h>

#include "lib/address.h"
#include "lib/metrics.h"
#include "lib/worker.h"

#include "app/errors.h"
#include "app/migrate.h"
#include "app/routes.h"
#include "app/serve.h"
#include "app/shapes.h"
#include "app/web/health.h"

SHAPE(health, "status ok|unavailable", "database ok|unreachable",
    "version string", "uptime_seconds int");
SHAPE(live, "status string");
SHAPE(root, "name string", "message string", "version string",
    "docs string", "openapi string");

static int
level(struct req *rq, struct resp *rs, void *arg)
{
	(void)rs;
	return health_level(rq->tx, arg);
}

int
get_health(struct req *rq, struct resp *rs)
{
	int64_t n;
	bool up = serve_step(rq, rs, STEP_READ, level, &n) == 0;

	/* Somebody's bad token says nothing of our health. */
	if (!up && rq->err->kind->status < 500)
		return -1;
	if (!up) {
		err_init(rq->err, rq->mem);
		rs->status = 503;
		rs->content_type = "application/json";
		rs->retry_after = 1;
	}
	buf_printf(&rs->body, "{\"status\":\"%s\",\"database\":\"%s\","
	    "\"version\":\"%s\",\"uptime_seconds\":%lld}",
	    up ? "ok" : "unavailable", up ? "ok" : "unreachable",
	    SHOPD_VERSION, (long long)metrics_uptime());
	return 0;
}

int
get_livez(struct req *rq, struct resp *rs)
{
	(void)rq;
	buf_str(&rs->body, "{\"status\":\"ok\"}");
	return 0;
}

int
get_readyz(struct req *rq, struct resp *rs)
{
	int64_t n = 0;

	if (worker_draining())
		return fail(rq, E_UNAVAILABLE, "Draining");
	if (serve_step(rq, rs, STEP_READ, level, &n) == -1)
		return -1;
	if (n < migrate_newest())
		return fail(rq, E_UNAVAILABLE, "Migrations are pending");
	buf_str(&rs->body, "{\"status\":\"ok\"}");
	return 0;
}

int
get_root(struct req *rq, struct resp *rs)
{
	(void)rq;
	buf_str(&rs->body, "{\"name\":\"shopd\",\"message\":"
	    "\"A complete shop backend\",\"version\":\"" SHOPD_VERSION "\","
	    "\"docs\":\"/docs\",\"openapi\":\"/openapi.json\"}");
	return 0;
}

/* Each by itself, so that one that cannot be had hides no other. */
static const struct gauges {
	int (*read)(struct tx *tx, struct rows *rs);
	const char *names[4];
} gauges[] = {
	{ health_shop, { "orders", "revenue_cents", "stock_outs" } },
	{ health_jobs, { "jobs_queued", "jobs_dead",
	    "jobs_oldest_seconds" } },
};

struct reading { const struct gauges *g; struct rows rows; };

static int
read_gauges(struct req *rq, struct resp *rs, void *arg)
{
	struct reading *r = arg;

	(void)rs;
	return r->g->read(rq->tx, &r->rows);
}

static const char *
route_name(size_t i)
{
	return routes.routes[i].path;
}

static void
put_gauges(struct buf *out, const struct reading *r)
{
	for (const char *const *name = r->g->names; *name != NULL; name++)
		buf_printf(out, "# TYPE shopd_%s gauge\nshopd_%s %lld\n",
		    *name, *name, (long long)rows_i64(&r->rows, 0, *name));
}

int
get_metrics(struct req *rq, struct resp *rs)
{
	struct reading r;

	if (!address_loopback_text(rq->remote_addr))
		return fail(rq, E_NOT_FOUND, "There is nothing here");
	rs->content_type = "text/plain; version=0.0.4; charset=utf-8";
	metrics_render(&rs->body, route_name, routes.n);
	for (size_t i = 0; i < sizeof(gauges) / sizeof(*gauges); i++) {
		r.g = &gauges[i];
		if (serve_step(rq, rs, STEP_READ, read_gauges, &r) == 0)
			put_gauges(&rs->body, &r);
		else
			err_init(rq->err, rq->mem);
	}
	return 0;
}
