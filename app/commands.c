/* SPDX-License-Identifier: MIT */
#include "app/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

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
#include "app/routes.h"
#include "app/sales/provider.h"
#include "app/serve.h"

#define REQUEST_MEMORY	((size_t)64 << 20)
#define MAX_BODY	((size_t)64 << 10)
#define BACKLOG		511
#define AUTH_POOL	1
#define AUTH_NICE	10

int
die(const char *fmt, ...)
{
	va_list ap;

	fputs("shopd: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return 1;
}

static int
run_worker(int pool, int listen_fd, void *arg)
{
	struct service sv = { .pg = pg_new(config.database_url),
	    .table = &routes };
	struct arena *mem = arena_new(REQUEST_MEMORY);
	int status;

	(void)arg;
	/* Hashing takes what the other requests leave. */
	if (pool == AUTH_POOL)
		setpriority(PRIO_PROCESS, 0, AUTH_NICE);
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
	const char *why;

	log_init("shopd", log_level(config.log_level));
	if (token_init(&tc, &why) == -1)
		return die("JWT_SECRET: %s", why);
	page_secret(config.jwt_secret);
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

int
cmd_serve(int argc, char **argv)
{
	struct worker_pool pools[2] = {
		{ "main", -1, (int)config.workers, run_worker },
		{ "auth", -1, (int)config.auth_workers, run_worker },
	};
	struct worker_conf wc = { .pools = pools, .npools = 1,
	    .max_requests = config.max_requests,
	    .drain_s = (int)config.drain_s,
	    .stuck_s = (int)(config.request_timeout_ms / 1000) + 10 };
	const char *paths[2] = { NULL, NULL }, *why = "";
	int64_t n;

	for (int i = 1; i < argc; i++) {
		const char *v = i + 1 < argc ? argv[i + 1] : "";

		if (strcmp(argv[i], "--listen") == 0)
			paths[0] = unix_path(v);
		else if (strcmp(argv[i], "--listen-auth") == 0)
			paths[1] = unix_path(v);
		else if (strcmp(argv[i], "--workers") == 0 &&
		    i64_parse(v, &n) && n > 0 && n <= 256)
			pools[0].workers = (int)n;
		else if (strcmp(argv[i], "--auth-workers") == 0 &&
		    i64_parse(v, &n) && n > 0 && n <= 64)
			pools[1].workers = (int)n;
		else {
			die("serve: wrong argument %s %s", argv[i], v);
			return 2;
		}
		i++;
	}
	if (setup() != 0)
		return 1;
	if ((pools[0].listen_fd = worker_listen(0, paths[0], BACKLOG,
	    &why)) == -1)
		return die("serve: no listening socket: %s", why);
	if ((pools[1].listen_fd = worker_listen(1, paths[1], BACKLOG,
	    &why)) != -1)
		wc.npools = 2;
	else if (paths[1] != NULL)
		return die("serve: %s", why);
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
		printf("%*s%-9s %s%s  %s\n", 10 - w, "", role_name(r->role),
		    r->path[1] == '/' ? "" : "/api/v1",
		    r->path[1] == '/' ? r->path + 1 : r->path, r->summary);
	}
	return 0;
}
