/* SPDX-License-Identifier: MIT */
#include "t/help/call.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "t/help/suite.h"

#include "lib/json.h"
#include "lib/pg.h"
#include "lib/random.h"

#include "app/routes.h"
#include "app/serve.h"

#include "t/help/db.h"
#include "t/help/shape.h"

/* Headers that no member of struct req stands for. */
static struct { const char *name, *value; } others[8];
static size_t nothers;

static const char *
other_header(const struct req *rq, const char *cgi_name)
{
	const char *n, *c;

	(void)rq;
	for (size_t i = 0; i < nothers; i++) {
		n = others[i].name;
		for (c = cgi_name + strlen("HTTP_"); *n != '\0' &&
		    (toupper((unsigned char)*n) == *c ||
		    (*n == '-' && *c == '_')); n++)
			c++;
		if (*n == '\0' && *c == '\0')
			return others[i].value;
	}
	return NULL;
}

static void
set_header(struct req *rq, const char *name, const char *value)
{
	static const struct { const char *name; size_t offset; } headers[] = {
		{ "Idempotency-Key", offsetof(struct req, idempotency_key) },
		{ "If-Match", offsetof(struct req, if_match) },
		{ "If-None-Match", offsetof(struct req, if_none_match) },
		{ "X-User-Id", offsetof(struct req, x_user_id) },
		{ "Content-Type", offsetof(struct req, content_type) },
		{ "Accept", offsetof(struct req, accept) },
		{ "Origin", offsetof(struct req, origin) },
		{ "Authorization", offsetof(struct req, authorization) },
		{ "X-Request-Id", offsetof(struct req, request_id) },
		{ "Remote-Addr", offsetof(struct req, remote_addr) },
		{ "Request-Started", offsetof(struct req, started) },
		{ "Access-Control-Request-Method", offsetof(struct req, acrm) },
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (strcasecmp(headers[i].name, name) == 0) {
			memcpy((char *)rq + headers[i].offset, &value,
			    sizeof(value));
			return;
		}
	ck_assert_uint_lt(nothers, sizeof(others) / sizeof(others[0]));
	others[nothers].name = name;
	others[nothers++].value = value;
}

static const char *
clean_path(struct arena *mem, const char *path)
{
	char *p = url_decode(mem, path, strcspn(path, "?"), false);
	size_t len;

	ck_assert_ptr_nonnull(p);
	len = strlen(p);
	if (len > 1 && p[len - 1] == '/')
		p[len - 1] = '\0';
	return p;
}

struct answer
call_with(const char *method, const char *path, const char *token,
    const char *body, ...)
{
	struct arena *mem = db_mem();
	struct service sv = { .pg = db_pg(), .table = &routes };
	struct err *e = arena_alloc(mem, sizeof(*e));
	struct answer a = { 0 };
	struct req rq = { .mem = mem, .err = e, .remote_addr = "127.0.0.1",
	    .header = other_header };
	const char *name, *why;
	va_list ap;

	err_init(e, mem);
	rq.method = method_parse(method);
	rq.head = strcmp(method, "HEAD") == 0;
	if (rq.head)
		rq.method = GET;
	rq.path = clean_path(mem, path);
	rq.query_string = strchr(path, '?') != NULL ?
	    strchr(path, '?') + 1 : "";
	rq.request_id = random_hex(16, mem);
	rq.body = body != NULL ? body : "";
	rq.body_len = strlen(rq.body);
	if (body != NULL)
		rq.content_type = "application/json";
	if (token != NULL)
		rq.authorization = arena_printf(mem, "Bearer %s", token);
	nothers = 0;
	va_start(ap, body);
	while ((name = va_arg(ap, const char *)) != NULL)
		set_header(&rq, name, va_arg(ap, const char *));
	va_end(ap);
	a.rs.mem = mem;
	buf_init(&a.rs.body, mem, 1024);
	serve(&rq, &a.rs, &sv);
	a.stmts = rq.stmts;
	a.flights = rq.flights;
	a.status = a.rs.status;
	a.body = a.rs.body.len > 0 ? a.rs.body.data : "";
	a.code = "";
	if (a.rs.body.len > 0 && a.rs.content_type == NULL)
		ck_assert_msg((a.json = json_parse(a.body, a.rs.body.len, mem,
		    &why)) != NULL, "%s: %.2000s", why, a.body);
	else if (a.rs.body.len > 0)
		a.json = json_parse(a.body, a.rs.body.len, mem, &why);
	if (a.status >= 400 && a.json != NULL && jhas(&a, "code"))
		a.code = jstr(&a, "code");
	if (a.status >= 200 && a.status < 300 && a.status != 204 &&
	    rq.route != NULL && !(rq.route->flags & R_PLAIN))
		shape_check(rq.route, a.json, req_admin(&rq));
	return a;
}

const char *
pathf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(db_mem(), fmt, ap);
	va_end(ap);
	return s;
}

static const struct json *
find(const struct answer *a, const char *path)
{
	const struct json *j = a->json;
	char key[128];
	size_t n;

	while (j != NULL && *path != '\0') {
		if (*path == '.')
			path++;
		if (*path == '[') {
			j = json_type(j) == JSON_ARRAY &&
			    strtoul(path + 1, NULL, 10) < json_len(j) ?
			    json_at(j, strtoul(path + 1, NULL, 10)) : NULL;
			path = strchr(path, ']') + 1;
			continue;
		}
		n = strcspn(path, ".[");
		ck_assert_uint_lt(n, sizeof(key));
		memcpy(key, path, n);
		key[n] = '\0';
		j = json_type(j) == JSON_OBJECT ? json_get(j, key) : NULL;
		path += n;
	}
	return j;
}

static const struct json *
must(const struct answer *a, const char *path)
{
	const struct json *j = find(a, path);

	ck_assert_msg(j != NULL, "no %s in %.2000s", path, a->body);
	return j;
}

int64_t
jint(const struct answer *a, const char *path)
{
	int64_t n;

	ck_assert_msg(json_i64(must(a, path), &n), "%s in %.2000s", path,
	    a->body);
	return n;
}

const char *
jstr(const struct answer *a, const char *path)
{
	const struct json *j = must(a, path);

	ck_assert_msg(json_type(j) == JSON_STRING, "%s in %.2000s", path,
	    a->body);
	return json_string(j, NULL);
}

bool
jbool(const struct answer *a, const char *path)
{
	const struct json *j = must(a, path);

	ck_assert_msg(json_type(j) == JSON_BOOL, "%s in %.2000s", path,
	    a->body);
	return json_bool(j);
}

bool
jhas(const struct answer *a, const char *path)
{
	const struct json *j = find(a, path);

	return j != NULL && json_type(j) != JSON_NULL;
}

size_t
jlen(const struct answer *a, const char *path)
{
	return json_len(must(a, path));
}
