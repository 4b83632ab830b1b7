/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include "app/web/openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "app/config.h"
#include "app/errors.h"
#include "app/idempotency.h"

/* "/orders/{id:uuid}/cancel" as the document writes it. */
static void
write_path(struct buf *out, const char *path)
{
	if (path[1] == '/')
		path++;
	else
		buf_str(out, "/api/v1");
	for (; *path != '\0'; path++) {
		if (*path == ':')
			path += strcspn(path, "}");
		buf_chr(out, *path);
	}
}

static const char *
doc_path(struct arena *mem, const char *path)
{
	struct buf b;

	buf_init(&b, mem, 128);
	write_path(&b, path);
	return b.data;
}

/* "GET", "/orders/{id:uuid}" is get_orders_id, as the handler's name. */
static void
operation_id(struct buf *out, enum method m, const char *path)
{
	buf_chr(out, '"');
	for (const char *p = method_name(m); *p != '\0'; p++)
		buf_chr(out, (char)tolower((unsigned char)*p));
	for (const char *p = path; *p != '\0'; p++) {
		if (*p == ':')
			p += strcspn(p, "}") - 1;
		else if (*p == '/' && p[1] != '/' && p[1] != '\0')
			buf_chr(out, '_');
		else if (isalnum((unsigned char)*p))
			buf_chr(out, *p);
		else if (*p == '-' || *p == '.' || *p == '_')
			buf_chr(out, '_');
	}
	buf_chr(out, '"');
}

static void
parameter(struct buf *out, const char *in, const char *name, bool required,
    const char *schema, const char *doc)
{
	buf_json_sep(out);
	buf_printf(out, "{\"name\":\"%s\",\"in\":\"%s\",\"required\":%s,"
	    "\"schema\":%s", name, in, required ? "true" : "false", schema);
	if (doc != NULL) {
		buf_str(out, ",\"description\":");
		buf_json_str(out, doc);
	}
	buf_chr(out, '}');
}

static void
path_parameters(struct buf *out, const char *path)
{
	char name[64];
	size_t n;

	for (const char *p = path; (p = strchr(p, '{')) != NULL; p++) {
		const char *schema = "{\"type\":\"integer\",\"minimum\":1}";

		n = strcspn(p + 1, ":}");
		snprintf(name, sizeof(name), "%.*s", (int)n, p + 1);
		if (p[1 + n] == ':')
			schema = "{\"type\":\"string\"}";
		parameter(out, "path", name, true, schema,
		    strncmp(p + 1 + n, ":slug", 5) == 0 ? "Id or slug" :
		    strncmp(p + 1 + n, ":uuid", 5) == 0 ? "Id or UUID" : NULL);
	}
}

static void
query_parameters(struct buf *out, const struct table *t)
{
	for (size_t i = 0; t != NULL && i < t->n; i++) {
		const struct field *f = &t->fields[i];

		buf_json_sep(out);
		buf_printf(out, "{\"name\":\"%s\",\"in\":\"query\","
		    "\"required\":%s,\"schema\":", f->name,
		    f->flags & REQUIRED ? "true" : "false");
		openapi_field(out, f);
		buf_chr(out, '}');
	}
}

static bool
takes_key(const struct route *r, enum method m)
{
	return m == POST && !(r->flags & R_NOKEY);
}

static void
parameters(struct buf *out, const struct route *r, enum method m,
    const char *path)
{
	static const char text[] = "{\"type\":\"string\"}";

	buf_str(out, ",\"parameters\":[");
	path_parameters(out, path);
	query_parameters(out, r->query);
	if (takes_key(r, m))
		parameter(out, "header", "Idempotency-Key", false,
		    "{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}",
		    "Makes a retry safe: the first answer is given again "
		    "for 24 hours");
	if (m == GET && r->answer != NULL && !(r->flags & R_LIST))
		parameter(out, "header", "If-None-Match", false, text,
		    "304 if the ETag is still this one");
	if ((m & (PUT | PATCH | DELETE)) && strchr(path, '{') != NULL)
		parameter(out, "header", "If-Match", false, text,
		    "412 unless the ETag is still this one");
	buf_chr(out, ']');
}

static void
request_body(struct buf *out, const struct route *r)
{
	if (r->flags & R_RAW) {
		buf_str(out, ",\"requestBody\":{\"required\":true,\"content\":"
		    "{\"application/json\":{\"schema\":{\"type\":\"object\"},"
		    "\"example\":{}}}}");
		return;
	}
	if (r->body == NULL)
		return;
	buf_printf(out, ",\"requestBody\":{\"required\":%s,\"content\":{",
	    r->flags & R_EMPTY_OK ? "false" : "true");
	buf_printf(out, "\"application/json\":{\"schema\":{\"$ref\":"
	    "\"#/components/schemas/%s\"},\"example\":", r->body->name);
	openapi_table_example(out, r->body);
	buf_chr(out, '}');
	if (r->flags & R_FORM)
		buf_printf(out, ",\"application/x-www-form-urlencoded\":"
		    "{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}",
		    r->body->name);
	buf_str(out, "}}");
}

/* ---- answers ----------------------------------------------------------- */

static void
success_content(struct buf *out, const struct route *r)
{
	if (r->flags & R_PLAIN) {
		buf_str(out, ",\"content\":{\"text/plain\":{\"schema\":"
		    "{\"type\":\"string\"}}}");
		return;
	}
	if (r->answer == NULL)
		return;
	buf_str(out, ",\"content\":{\"application/json\":{\"schema\":");
	if (r->flags & R_LIST)
		buf_printf(out, "{\"type\":\"object\",\"additionalProperties\""
		    ":false,\"required\":[\"data\",\"has_more\","
		    "\"next_cursor\"],\"properties\":{\"data\":{\"type\":"
		    "\"array\",\"items\":{\"$ref\":\"#/components/schemas/%s\""
		    "}},\"has_more\":{\"type\":\"boolean\"},\"next_cursor\":"
		    "{\"type\":[\"string\",\"null\"]},\"total_count\":"
		    "{\"type\":\"integer\"}}}", r->answer->name);
	else if (r->flags & R_ARRAY)
		buf_printf(out, "{\"type\":\"array\",\"items\":{\"$ref\":"
		    "\"#/components/schemas/%s\"}}", r->answer->name);
	else
		buf_printf(out, "{\"$ref\":\"#/components/schemas/%s\"}",
		    r->answer->name);
	buf_str(out, ",\"example\":");
	if (r->flags & R_LIST)
		buf_str(out, "{\"data\":[");
	else if (r->flags & R_ARRAY)
		buf_chr(out, '[');
	openapi_shape_example(out, r->answer, 0);
	if (r->flags & R_LIST)
		buf_str(out, "],\"has_more\":false,\"next_cursor\":null}");
	else if (r->flags & R_ARRAY)
		buf_chr(out, ']');
	buf_str(out, "}}");
}

static int
success_status(const struct route *r)
{
	return r->status != 0 ? r->status : 200;
}

/* Codes that an operation may answer with: the usual ones and its own. */
static void
codes(struct buf *out, const struct route *r, enum method m, const char *path)
{
	if (r->query != NULL || takes_key(r, m))
		buf_str(out, "invalid_parameter ");
	if (r->body != NULL)
		buf_str(out, "malformed_json unsupported_media_type "
		    "payload_too_large validation_failed unknown_field ");
	if (r->role != ANYONE)
		buf_str(out, "unauthorized invalid_token token_expired "
		    "token_revoked forbidden ");
	else
		buf_str(out, "invalid_token token_expired token_revoked ");
	if (strchr(path, '{') != NULL)
		buf_str(out, "not_found ");
	if ((m & (PUT | PATCH | DELETE)) && strchr(path, '{') != NULL)
		buf_str(out, "precondition_failed ");
	if (takes_key(r, m))
		buf_str(out, "idempotency_in_progress "
		    "idempotency_key_reused ");
	if (r->errors != NULL)
		buf_printf(out, "%s ", r->errors);
	buf_str(out, "not_acceptable rate_limited internal unavailable");
}

/* One answer per status, with the codes it may carry. */
static void
refusals(struct buf *out, const char *list)
{
	static const int statuses[] = { 400, 401, 402, 403, 404, 406, 409,
	    412, 413, 415, 422, 429, 500, 503 };
	char code[64];

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		const struct err_kind *first = NULL;

		for (const char *p = list; *p != '\0'; ) {
			size_t n = strcspn(p, " ");
			const struct err_kind *k;

			snprintf(code, sizeof(code), "%.*s", (int)n, p);
			k = err_kind_by_code(code);
			if (k != NULL && k->status == statuses[i]) {
				if (first == NULL)
					buf_printf(out, ",\"%d\":{"
					    "\"description\":\"%s", k->status,
					    code);
				else
					buf_printf(out, ", %s", code);
				if (first == NULL)
					first = k;
			}
			p += n;
			p += strspn(p, " ");
		}
		if (first != NULL)
			buf_printf(out, "\",\"content\":{\"application/"
			    "problem+json\":{\"schema\":{\"$ref\":\"#/"
			    "components/schemas/problem\"},\"example\":{"
			    "\"type\":\"urn:shopd:problem:%s\",\"title\":"
			    "\"%s\",\"status\":%d,\"code\":\"%s\","
			    "\"request_id\":\"8f14e45fceea167a\"}}}}",
			    first->code, first->title, first->status,
			    first->code);
	}
}

static void
answers(struct buf *out, const struct route *r, enum method m,
    const char *path)
{
	struct buf list;
	int st = success_status(r);

	buf_init(&list, out->mem, 512);
	codes(&list, r, m, path);
	buf_printf(out, ",\"responses\":{\"%d\":{\"description\":\"%s\"", st,
	    st == 201 ? "Created" : st == 202 ? "Accepted" :
	    st == 204 ? "Done" : "OK");
	if (st == 201)
		buf_str(out, ",\"headers\":{\"Location\":{\"schema\":"
		    "{\"type\":\"string\"}}}");
	success_content(out, r);
	buf_chr(out, '}');
	if (m == GET && r->answer != NULL && !(r->flags & (R_LIST | R_ARRAY)))
		buf_str(out, ",\"304\":{\"description\":\"Not modified\"}");
	refusals(out, list.data);
	buf_chr(out, '}');
}

static void
operation(struct buf *out, const struct route *r, enum method m,
    const char *path, const char *alias_of)
{
	char name[8];

	snprintf(name, sizeof(name), "%s", method_name(m));
	for (char *p = name; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	buf_json_key(out, name);
	buf_str(out, "{\"operationId\":");
	operation_id(out, m, path);
	buf_printf(out, ",\"tags\":[\"%s\"],\"summary\":",
	    alias_of != NULL ? "Aliases" : r->tag);
	buf_json_str(out, r->summary);
	if (alias_of != NULL)
		buf_printf(out, ",\"x-alias-of\":\"%s\",\"description\":"
		    "\"The same as %s.\"", alias_of, alias_of);
	buf_str(out, r->role == ANYONE ? ",\"security\":[{},{\"bearer\":[]}]" :
	    ",\"security\":[{\"bearer\":[]},{\"password\":[]}]");
	parameters(out, r, m, path);
	request_body(out, r);
	answers(out, r, m, path);
	buf_chr(out, '}');
}

/* ---- paths --------------------------------------------------------------- */

static bool
same_path(struct buf *scratch, const char *a, const char *b)
{
	return strcmp(doc_path(scratch->mem, a), doc_path(scratch->mem, b)) ==
	    0;
}

static const struct route *
target_of(const struct route_table *t, const struct alias *a, enum method m)
{
	for (size_t i = 0; i < t->n; i++)
		if ((t->routes[i].methods & m) &&
		    strcmp(t->routes[i].path, a->target) == 0)
			return &t->routes[i];
	return NULL;
}

/* All operations of one path: rows first, then aliases. */
static void
path_item(struct buf *out, const struct route_table *t, const char *path)
{
	unsigned done = 0;

	for (size_t i = 0; i < t->n; i++)
		if (same_path(out, t->routes[i].path, path))
			for (unsigned m = GET; m <= DELETE; m <<= 1)
				if ((t->routes[i].methods & m & ~done)) {
					done |= m;
					operation(out, &t->routes[i],
					    (enum method)m, path, NULL);
				}
	for (size_t i = 0; i < t->naliases; i++) {
		const struct alias *a = &t->aliases[i];
		const struct route *r;

		if (!same_path(out, a->path, path))
			continue;
		for (unsigned m = GET; m <= DELETE; m <<= 1)
			if ((a->methods & m & ~done) && (r = target_of(t, a,
			    (enum method)m)) != NULL) {
				done |= m;
				operation(out, r, (enum method)m, path,
				    doc_path(out->mem, a->target));
			}
	}
}

static bool
seen_before(struct buf *scratch, const struct route_table *t, size_t i,
    const char *path)
{
	for (size_t k = 0; k < i; k++)
		if (same_path(scratch, k < t->n ? t->routes[k].path :
		    t->aliases[k - t->n].path, path))
			return true;
	return false;
}

static void
paths(struct buf *out, const struct route_table *t)
{
	buf_str(out, ",\"paths\":{");
	for (size_t i = 0; i < t->n + t->naliases; i++) {
		const char *path = i < t->n ? t->routes[i].path :
		    t->aliases[i - t->n].path;

		if (seen_before(out, t, i, path) ||
		    (i < t->n && (t->routes[i].flags & R_HIDDEN)))
			continue;
		buf_json_sep(out);
		buf_chr(out, '"');
		write_path(out, path);
		buf_str(out, "\":{");
		path_item(out, t, path);
		buf_chr(out, '}');
	}
	buf_chr(out, '}');
}

static const char problem_schema[] =
    "\"problem\":{\"type\":\"object\",\"required\":[\"type\",\"title\","
    "\"status\",\"code\",\"request_id\"],\"properties\":{\"type\":{\"type\":"
    "\"string\"},\"title\":{\"type\":\"string\"},\"status\":{\"type\":"
    "\"integer\"},\"detail\":{\"type\":\"string\"},\"code\":{\"type\":"
    "\"string\"},\"request_id\":{\"type\":\"string\"},\"errors\":{\"type\":"
    "\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"field\":"
    "{\"type\":\"string\"},\"code\":{\"type\":\"string\"},\"detail\":"
    "{\"type\":\"string\"}}}}}}";

static void
tags(struct buf *out, const struct route_table *t)
{
	buf_str(out, ",\"tags\":[");
	for (size_t i = 0; i < t->n; i++) {
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen |= strcmp(t->routes[k].tag, t->routes[i].tag) ==
			    0;
		if (seen)
			continue;
		buf_json_sep(out);
		buf_printf(out, "{\"name\":\"%s\",\"description\":\"%s\"}",
		    t->routes[i].tag, t->routes[i].tag);
	}
	buf_str(out, ",{\"name\":\"Aliases\",\"description\":"
	    "\"Second paths of the same operations\"}]");
}

void
openapi_write(const struct route_table *t, struct buf *out)
{
	buf_str(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"shopd\","
	    "\"version\":\"" SHOPD_VERSION "\",\"description\":"
	    "\"A complete shop backend. Every path under /api/v1 also answers "
	    "under /api. Errors are RFC 9457 problem documents; money is in "
	    "integer minor units.\",\"license\":{\"name\":\"MIT\",\"url\":"
	    "\"https://spdx.org/licenses/MIT.html\"}},\"servers\":[{\"url\":"
	    "\"/\",\"description\":\"Where this document came from\"},"
	    "{\"description\":\"Its public address\",\"url\":");
	buf_json_str(out, config.public_url);
	buf_str(out, "}]");
	tags(out, t);
	paths(out, t);
	buf_str(out, ",\"components\":{\"securitySchemes\":{\"bearer\":"
	    "{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":"
	    "\"JWT\"},\"password\":{\"type\":\"oauth2\",\"flows\":"
	    "{\"password\":{\"tokenUrl\":\"/api/v1/auth/login\",\"refreshUrl\""
	    ":\"/api/v1/auth/refresh\",\"scopes\":{}}}}},\"schemas\":{");
	buf_str(out, problem_schema);
	openapi_shapes(out);
	openapi_tables(t, out);
	buf_str(out, "}}}");
}
