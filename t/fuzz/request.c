/* SPDX-License-Identifier: MIT */
#include "t/fuzz/help/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/cgi.h"
#include "lib/err.h"
#include "lib/metrics.h"
#include "lib/pg.h"
#include "lib/token.h"

#include "app/config.h"
#include "app/routes.h"
#include "app/serve.h"

/*
 * Whole requests through app/serve.c, without a database: lines of
 * variables, an empty line, a body.  "HTTP_AUTHORIZATION=Bearer A" stands
 * for an admin's token, C for a customer's, R for one that refreshes.  There
 * is one answer to each, it is well-formed, and what is no fault of the
 * client's is 503.
 */

#define VARS 64

static struct service service;
static const char *tokens[3];

static void
setup(void)
{
	static struct arena *mem;
	struct token_conf c = { .alg = "HS256", .issuer = "shopd",
	    .audience = "shopd", .access_ttl = 86400, .refresh_ttl = 86400 };
	struct token t = { .sub = 7, .session = 9 };
	const char *why;

	setenv("JWT_SECRET", "0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789", 1);
	setenv("DATABASE_URL", "host=/nonexistent", 1);
	setenv("PASSWORD_COST", "1", 1);
	must(config_load(&why) == 0);
	c.secret = config.jwt_secret;
	must(token_init(&c, &why) == 0);
	metrics_init(routes.n);
	mem = arena_new((size_t)1 << 20);
	for (size_t i = 0; i < 3; i++) {
		t.admin = i == 0;
		t.use = i == 2 ? TOKEN_REFRESH : TOKEN_ACCESS;
		tokens[i] = token_sign(&t, mem);
	}
	service = (struct service){ pg_new(config.database_url), &routes };
}

static char *
variable(const char *line, struct arena *mem)
{
	static const char name[] = "HTTP_AUTHORIZATION=Bearer ";
	static const char who[] = "ACR";
	const char *at;

	if (strncmp(line, name, sizeof(name) - 1) != 0 ||
	    strlen(line) != sizeof(name) ||
	    (at = strchr(who, line[sizeof(name) - 1])) == NULL)
		return arena_strdup(mem, line);
	return arena_printf(mem, "%s%s", name, tokens[at - who]);
}

static void
head_is_sound(const struct req *rq, const struct resp *rs)
{
	struct buf out;
	char *head, *end, *line;

	buf_init(&out, rq->mem, 4096);
	cgi_head(rq, rs, &out);
	must(strncmp(out.data, "Status: ", 8) == 0);
	end = strstr(out.data, "\r\n\r\n");
	must(end != NULL);
	*end = '\0';
	for (head = out.data; (line = fuzz_line(&head)) != NULL; )
		must(strstr(line, ": ") != NULL);
}

static void
body_is_sound(const struct req *rq, const struct resp *rs)
{
	bool none = rs->status == 204 || rs->status == 304;

	must((rs->status >= 200 && rs->status < 500) || rs->status == 503);
	must(none == (rs->body.len == 0));
	if (none || (rq->route != NULL && (rq->route->flags & R_PLAIN) &&
	    rs->status < 400))
		return;
	must(other_json(rs->body.data, rs->body.len) == 1);
	if (rs->status == 405)
		must(rs->allow != NULL);
	if (rs->status == 503)
		must(rs->retry_after > 0);
	if (rs->status == 401)
		must(rs->www_authenticate != NULL ||
		    strstr(rs->body.data, "invalid_credentials") != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = fuzz_arena();
	char *text, *vars[VARS + 2], *line;
	struct err e;
	struct req rq = { .mem = mem, .err = &e };
	struct resp rs = { .mem = mem };
	size_t n = 0, length;

	if (service.table == NULL)
		setup();
	err_init(&e, mem);
	text = arena_strndup(mem, (const char *)data, size);
	while (n < VARS && (line = fuzz_line(&text)) != NULL && *line != '\0')
		vars[n++] = variable(line, mem);
	vars[n] = NULL;
	(void)cgi_request(vars, &rq, &length);
	rq.body = text != NULL ? text : "";
	rq.body_len = strlen(rq.body);
	buf_init(&rs.body, mem, 1024);
	serve(&rq, &rs, &service);
	body_is_sound(&rq, &rs);
	head_is_sound(&rq, &rs);
	arena_free(mem);
	return 0;
}
