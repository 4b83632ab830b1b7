/* SPDX-License-Identifier: MIT */
#include "lib/metrics.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "lib/buf.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/worker.h"

#define METHODS	8	/* bits of enum method, and one for the rest */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const int statuses[] = {
	200, 201, 202, 204, 304, 400, 401, 402, 403, 404, 405, 406, 409, 412,
	413, 415, 422, 429, 500, 503, 504
};

static const struct { int64_t us; const char *le; } bounds[] = {
	{ 1000, "0.001" }, { 2500, "0.0025" }, { 5000, "0.005" },
	{ 10000, "0.01" }, { 25000, "0.025" }, { 50000, "0.05" },
	{ 100000, "0.1" }, { 250000, "0.25" }, { 500000, "0.5" },
	{ 1000000, "1" }, { 2500000, "2.5" }, { 5000000, "5" },
};

/* Of one route and method; the last status is all others, the last bucket
 * all that is slower. */
struct series {
	_Atomic uint64_t by_status[COUNT(statuses) + 1];
	_Atomic uint64_t buckets[COUNT(bounds) + 1];
	_Atomic uint64_t sum_us;
};

static struct {
	_Atomic uint64_t stmts, retries, errors, dropped;
	int64_t started_ms;
	size_t nroutes;
	struct series series[][METHODS];	/* [nroutes]: no route */
} *all;

static void
add(_Atomic uint64_t *c, uint64_t n)
{
	atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static uint64_t
get(const _Atomic uint64_t *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

void
metrics_init(size_t nroutes)
{
	all = mmap(NULL, sizeof(*all) + (nroutes + 1) *
	    sizeof(all->series[0]), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED) {
		all = NULL;
		return;
	}
	all->nroutes = nroutes;
	all->started_ms = now_ms();
}

static size_t
status_index(int status)
{
	size_t i = 0;

	while (i < COUNT(statuses) && statuses[i] != status)
		i++;
	return i;
}

static size_t
bucket_index(int64_t us)
{
	size_t i = 0;

	while (i < COUNT(bounds) && us > bounds[i].us)
		i++;
	return i;
}

/* What this process could not log since it was last asked. */
static void
add_dropped(void)
{
	static uint64_t told;
	uint64_t n = log_dropped();

	if (n > told)
		add(&all->dropped, n - told);
	told = n;
}

void
metrics_request(size_t route, unsigned method, int status, int64_t us,
    unsigned stmts, unsigned tries)
{
	size_t m = method == 0 ? METHODS - 1 : (size_t)__builtin_ctz(method);
	struct series *s;

	if (all == NULL || m >= METHODS)
		return;
	s = &all->series[route < all->nroutes ? route : all->nroutes][m];
	add(&s->by_status[status_index(status)], 1);
	add(&s->buckets[bucket_index(us)], 1);
	add(&s->sum_us, us > 0 ? (uint64_t)us : 0);
	if (stmts > 0)
		add(&all->stmts, stmts);
	if (tries > 1)
		add(&all->retries, tries - 1);
	add_dropped();
}

void
metrics_db_error(void)
{
	if (all != NULL)
		add(&all->errors, 1);
}

int64_t
metrics_uptime(void)
{
	return all == NULL ? 0 : (now_ms() - all->started_ms) / 1000;
}

/* ---- the text ------------------------------------------------------------ */

static void
family(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP shopd_%s %s\n# TYPE shopd_%s %s\n", name,
	    help, name, type);
}

/* The name and the labels of route and method; more labels may follow. */
static void
labels(struct buf *out, const char *name, const char *route, size_t m)
{
	buf_str(out, "shopd_");
	buf_str(out, name);
	buf_str(out, "{route=");
	buf_json_str(out, route);
	buf_str(out, ",method=\"");
	buf_str(out, m == METHODS - 1 ? "other" :
	    method_name((enum method)(1u << m)));
	buf_chr(out, '"');
}

static void
value(struct buf *out, uint64_t n)
{
	buf_chr(out, ' ');
	buf_i64(out, (int64_t)n);
	buf_chr(out, '\n');
}

static void
render_requests(struct buf *out, const struct series *s, const char *route,
    size_t m)
{
	size_t i;
	uint64_t n;

	for (i = 0; i <= COUNT(statuses); i++) {
		n = get(&s->by_status[i]);
		if (n == 0)
			continue;
		labels(out, "http_requests_total", route, m);
		if (i < COUNT(statuses))
			buf_printf(out, ",status=\"%d\"}", statuses[i]);
		else
			buf_str(out, ",status=\"other\"}");
		value(out, n);
	}
}

static void
render_durations(struct buf *out, const struct series *s, const char *route,
    size_t m)
{
	uint64_t n[COUNT(bounds) + 1], total = 0, us = get(&s->sum_us);
	size_t i;

	for (i = 0; i <= COUNT(bounds); i++)
		n[i] = total += get(&s->buckets[i]);
	if (total == 0)
		return;
	for (i = 0; i <= COUNT(bounds); i++) {
		labels(out, "http_request_duration_seconds_bucket", route, m);
		buf_printf(out, ",le=\"%s\"}",
		    i < COUNT(bounds) ? bounds[i].le : "+Inf");
		value(out, n[i]);
	}
	labels(out, "http_request_duration_seconds_sum", route, m);
	buf_printf(out, "} %llu.%06llu\n", (unsigned long long)us / 1000000,
	    (unsigned long long)us % 1000000);
	labels(out, "http_request_duration_seconds_count", route, m);
	buf_chr(out, '}');
	value(out, total);
}

static void
each_series(struct buf *out, const char *(*name)(size_t), size_t n,
    void (*render)(struct buf *, const struct series *, const char *, size_t))
{
	size_t i, m;

	for (i = 0; i <= all->nroutes; i++)
		for (m = 0; m < METHODS; m++)
			render(out, &all->series[i][m],
			    i < n && i < all->nroutes ? name(i) : "", m);
}

static void
render_workers(struct buf *out)
{
	size_t i, n;
	const struct worker_slot *slots = worker_slots(&n);
	int pool, busy, idle, pools = 0;

	for (i = 0; i < n; i++)
		if (slots[i].pid != 0 && slots[i].pool >= pools)
			pools = slots[i].pool + 1;
	if (pools > 0)
		family(out, "workers", "gauge", "Workers by what they do.");
	for (pool = 0; pool < pools; pool++) {
		busy = idle = 0;
		for (i = 0; i < n; i++) {
			if (slots[i].pid == 0 || slots[i].pool != pool)
				continue;
			if (slots[i].busy_since_ms != 0)
				busy++;
			else
				idle++;
		}
		buf_printf(out, "shopd_workers{pool=\"%s\",state=\"busy\"} %d\n"
		    "shopd_workers{pool=\"%s\",state=\"idle\"} %d\n",
		    worker_pool_name(pool), busy, worker_pool_name(pool),
		    idle);
	}
}

static void
render_counter(struct buf *out, const char *name, const char *help,
    const _Atomic uint64_t *c)
{
	family(out, name, "counter", help);
	buf_printf(out, "shopd_%s", name);
	value(out, get(c));
}

void
metrics_render(struct buf *out, const char *(*name)(size_t), size_t n)
{
	if (all == NULL)
		return;
	family(out, "http_requests_total", "counter", "Requests answered.");
	each_series(out, name, n, render_requests);
	family(out, "http_request_duration_seconds", "histogram",
	    "Time from the request to its answer.");
	each_series(out, name, n, render_durations);
	render_counter(out, "db_statements_total",
	    "Statements sent to the database.", &all->stmts);
	render_counter(out, "db_retries_total",
	    "Transactions that were run again.", &all->retries);
	render_counter(out, "db_errors_total",
	    "Database errors that made requests fail.", &all->errors);
	render_counter(out, "log_lines_dropped_total",
	    "Lines that workers could not write to the log.", &all->dropped);
	render_workers(out);
	family(out, "uptime_seconds", "gauge", "Since the service started.");
	buf_str(out, "shopd_uptime_seconds");
	value(out, (uint64_t)metrics_uptime());
}
