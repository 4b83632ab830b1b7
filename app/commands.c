/* SPDX-License-Identifier: MIT */
#include "app/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/fcgi.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/metrics.h"
#include "lib/password.h"
#include "lib/pg.h"
#include "lib/token.h"
#include "lib/worker.h"

#include "app/config.h"
#include "app/migrate.h"
#include "app/routes.h"
#include "app/sales/provider.h"
#include "app/serve.h"

#define REQUEST_MEMORY	((size_t)96 << 20)
#define MAX_BODY	((size_t)64 << 10)
#define BACKLOG		511
/* Counted for the defaults: 61 workers, which with the jobs and a restart
 * of each pool fit into PostgreSQL's own default of 100 connections. */
#define MAX_PROCESSORS	20

/*
 * Four pools, each with a socket of its own: reads never stand behind a
 * write that waits for a locked row, nor behind a login that hashes, and
 * nothing behind a payment provider. A few more workers than processors are
 * the quickest: each has a backend of the database, and more of both wait
 * for each other's turn.
 */
static const struct {
	const char *name, *listen, *workers;
	const int64_t *number;	/* 0: so many per two processors, and more */
	int per_two, more;
	bool background;
} kinds[] = {
	{ "main", "--listen", "--workers", &config.workers, 2, 1,
	    false },
	/* Hashing takes what the other requests leave. */
	{ "auth", "--listen-auth", "--auth-workers", &config.auth_workers, 1,
	    0, true },
	{ "writes", "--listen-writes", "--write-workers",
	    &config.write_workers, 2, 2, false },
	/* They wait for somebody else, on however many processors. */
	{ "pay", "--listen-pay", "--pay-workers", &config.pay_workers, 0, 8,
	    false },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int
run_worker(int pool, int listen_fd, void *arg)
{
	const struct worker_pool *pools = arg;
	struct service sv = { .pg = pg_new(config.database_url),
	    .table = &routes };
	struct arena *mem = arena_new(REQUEST_MEMORY);
	int status;

	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].background &&
		    strcmp(pools[pool].name, kinds[i].name) == 0)
			worker_background();
	status = fcgi_serve(listen_fd, mem, MAX_BODY, serve, &sv);
	pg_free(sv.pg);
	arena_free(mem);
	return status;
}

static int
setup(void)
{
	struct token_conf tc = {
		.alg = config.jwt_alg, .secret = config.jwt_secret,
		.old_secret = config.jwt_secret_old,
		.key_file = config.jwt_key_file,
		.issuer = config.jwt_issuer, .audience = config.jwt_audience,
		.access_ttl = (int)config.access_ttl_s,
		.refresh_ttl = (int)config.refresh_ttl_s,
	};
	unsigned char key[32];
	const char *why;

	log_init("shopd", log_level(config.log_level));
	if (token_init(&tc, &why) == -1)
		return die("%s: %s", strcmp(tc.alg, "HS256") == 0 ?
		    "JWT_SECRET" : "JWT_ALG, JWT_KEY_FILE", why);
	token_mac("cursor", 6, key);
	page_secret(key);
	if (provider_check(&why) == -1)
		return die("%s", why);
	password_init((int)config.password_cost);
	metrics_init(routes.n);
	return 0;
}

static const char *
unix_path(const char *s)
{
	return s != NULL && strncmp(s, "unix:", 5) == 0 ? s + 5 : s;
}

static int
workers_of(size_t kind)
{
	int processors = (int)sysconf(_SC_NPROCESSORS_ONLN);
	int n = (processors < MAX_PROCESSORS ? processors : MAX_PROCESSORS) *
	    kinds[kind].per_two / 2 + kinds[kind].more;

	if (*kinds[kind].number > 0)
		return (int)*kinds[kind].number;
	return n > 0 ? n : 1;
}

/* --listen unix:PATH, --workers N, and so on for each kind. */
static int
serve_arguments(int argc, char **argv, const char **paths, int *workers)
{
	size_t k;
	int64_t n;

	for (int i = 1; i < argc; i += 2) {
		const char *v = i + 1 < argc ? argv[i + 1] : "";

		for (k = 0; k < KINDS; k++) {
			if (strcmp(argv[i], kinds[k].listen) == 0) {
				paths[k] = unix_path(v);
				break;
			}
			if (strcmp(argv[i], kinds[k].workers) == 0 &&
			    i64_parse(v, &n) && n > 0 && n <= 256) {
				workers[k] = (int)n;
				break;
			}
		}
		if (k == KINDS) {
			die("serve: wrong argument %s %s", argv[i], v);
			return 2;
		}
	}
	return 0;
}

int
cmd_serve(int argc, char **argv)
{
	struct worker_pool pools[KINDS];
	struct worker_conf wc = { .pools = pools, .arg = pools,
	    .max_requests = config.max_requests,
	    .drain_s = (int)config.drain_s,
	    .stuck_s = (int)(config.request_timeout_ms / 1000) + 10 };
	const char *paths[KINDS] = { NULL }, *why = "";
	int workers[KINDS], fd;

	for (size_t k = 0; k < KINDS; k++)
		workers[k] = workers_of(k);
	if (serve_arguments(argc, argv, paths, workers) != 0)
		return 2;
	if (setup() != 0)
		return 1;
	for (size_t k = 0; k < KINDS; k++) {
		fd = worker_listen(k, paths[k], BACKLOG, &why);
		if (fd != -1)
			pools[wc.npools++] = (struct worker_pool){
				kinds[k].name, fd, workers[k], run_worker };
		else if (k == 0)
			return die("serve: no listening socket: %s", why);
		else if (paths[k] != NULL)
			return die("serve: %s", why);
	}
	if (strcmp(config.payment_provider, "test") == 0)
		log_msg(LOG_WARN, "PAYMENT_PROVIDER=test takes no real money",
		    NULL);
	migrate_newest();	/* what is installed later is not ours */
	return worker_master(&wc);
}

int
cmd_config(int argc, char **argv)
{
	struct arena *mem = arena_new(1 << 20);
	struct buf b;

	(void)argc;
	(void)argv;
	buf_init(&b, mem, 4096);
	config_print(&b);
	fputs(b.data, stdout);
	arena_free(mem);
	return 0;
}

static const char *
role_name(enum role r)
{
	return r == ADMIN ? "admin" : r == CUSTOMER ? "customer" : "anyone";
}

/* Which workers have it, as conf/nginx.conf gives it to them. */
static const char *
pool_name(const struct route *r)
{
	return r->methods == GET ? "main" : r->flags & R_HASHES ? "auth" :
	    r->flags & R_PAYS ? "pay" : "writes";
}

int
cmd_routes(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (size_t i = 0; i < routes.n; i++) {
		const struct route *r = &routes.routes[i];
		const char *sep = "";
		int w = 0;

		for (unsigned m = GET; m <= DELETE; m <<= 1)
			if (r->methods & m) {
				w += printf("%s%s", sep,
				    method_name((enum method)m));
				sep = ",";
			}
		printf("%*s%-9s %-7s %s%s  %s\n", 10 - w, "",
		    role_name(r->role), pool_name(r),
		    r->path[1] == '/' ? "" : "/api/v1",
		    r->path[1] == '/' ? r->path + 1 : r->path, r->summary);
	}
	return 0;
}
