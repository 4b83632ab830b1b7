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

static int
gauges(struct req *rq, struct resp *rs, void *arg)
{
	(void)rs;
	return health_gauges(rq->tx, arg);
}

static const char *
route_name(size_t i)
{
	return routes.routes[i].path;
}

static void
shop_gauges(struct buf *out, const struct rows *g)
{
	static const char *const names[] = { "orders", "revenue_cents",
	    "stock_outs", "jobs_queued", "jobs_dead" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		buf_printf(out, "# TYPE shopd_%s gauge\nshopd_%s %lld\n",
		    names[i], names[i], (long long)rows_i64(g, 0, names[i]));
}

int
get_metrics(struct req *rq, struct resp *rs)
{
	struct rows g;

	if (!address_loopback_text(rq->remote_addr))
		return fail(rq, E_NOT_FOUND, "There is nothing here");
	rs->content_type = "text/plain; version=0.0.4; charset=utf-8";
	metrics_render(&rs->body, route_name, routes.n);
	if (serve_step(rq, rs, STEP_READ, gauges, &g) == 0)
		shop_gauges(&rs->body, &g);
	else
		err_init(rq->err, rq->mem);
	return 0;
}
