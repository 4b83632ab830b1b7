/* SPDX-License-Identifier: MIT */
#include "app/web/openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

bool
openapi_takes_key(const struct route *r, enum method m)
{
	return m == POST && !(r->flags & R_NOKEY);
}

/* One resource, and not a list. */
static bool
is_one(const char *path)
{
	return strchr(path, '{') != NULL || strstr(path, "/me") != NULL ||
	    strstr(path, "/cart") != NULL;
}

/* One resource, read in one transaction, has a version. */
bool
openapi_has_etag(const struct route *r, enum method m, const char *path)
{
	return m == GET && r->answer != NULL && r->tx == TX_READ &&
	    !(r->flags & (R_LIST | R_ARRAY)) && is_one(path);
}

bool
openapi_if_match(enum method m, const char *path)
{
	return (m & (PUT | PATCH | DELETE)) && is_one(path);
}

/* "GET", "/orders/{id:uuid}" is get_orders_id, as the handler's name. */
static void
operation_id(struct buf *out, enum method m, const char *path, bool alias)
{
	for (const char *p = method_name(m); *p != '\0'; p++)
		buf_chr(out, (char)tolower((unsigned char)*p));
	if (alias && path[1] == '/')
		buf_str(out, "_root");
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
	if (strcmp(path, "//") == 0)
		buf_str(out, "_root");
}

/* ---- parameters ---------------------------------------------------------- */

static const char *
path_schema(const char *kind)
{
	static const struct { const char *kind, *json; } rows[] = {
		{ ":slug}", "'description':'Id or slug','schema':{'anyOf':["
		    "{'type':'integer','format':'int64','minimum':1},"
		    "{'type':'string','pattern':'^[a-z0-9-]*[a-z][a-z0-9-]*$'"
		    "}]},'example':1" },
		{ ":uuid}", "'description':'Id or UUID','schema':{'anyOf':["
		    "{'type':'integer','format':'int64','minimum':1},"
		    "{'type':'string','format':'uuid'}]},'example':1" },
		{ ":text}", "'schema':{'type':'string','minLength':1},"
		    "'example':'test'" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strncmp(kind, rows[i].kind, strlen(rows[i].kind)) == 0)
			return rows[i].json;
	return "'schema':{'type':'integer','format':'int64','minimum':1},"
	    "'example':1";
}

static void
path_parameters(struct buf *out, const char *path)
{
	for (const char *p = path; (p = strchr(p, '{')) != NULL; p++) {
		size_t n = strcspn(p + 1, ":}");

		buf_json_sep(out);
		put(out, "{'name':'", arena_strndup(out->mem, p + 1, n),
		    "','in':'path','required':true,", path_schema(p + 1 + n),
		    "}");
	}
}

static void
query_parameter(struct buf *out, const struct field *f, const char *name,
    const char *alias_of)
{
	struct field plain = *f;

	plain.doc = NULL;
	buf_json_sep(out);
	put(out, "{'name':'", name, "','in':'query','required':",
	    f->flags & REQUIRED && f->aliases == NULL ? "true" : "false");
	if (alias_of != NULL)
		put(out, ",'description':'The same as ", alias_of,
		    "','x-alias-of':'", alias_of, "'");
	else if (f->doc != NULL) {
		buf_json_key(out, "description");
		buf_json_str(out, f->doc);
	}
	buf_json_key(out, "schema");
	openapi_field(out, &plain);
	buf_chr(out, '}');
}

static void
query_parameters(struct buf *out, const struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->fields[i];
		const char *p = f->aliases;

		query_parameter(out, f, f->name, NULL);
		while (p != NULL && *p != '\0') {
			size_t n = strcspn(p, " ");

			query_parameter(out, f, arena_strndup(out->mem, p, n),
			    f->name);
			p += n + strspn(p + n, " ");
		}
	}
	if (t->open == NULL)
		return;
	buf_json_sep(out);
	put(out, "{'name':'", t->open, "*','in':'query','required':false,"
	    "'style':'form','explode':true,'description':'Any number of ",
	    t->open, "<name>=<value>: that attribute has that value. The "
	    "object has the whole names: {\\'", t->open, "color\\': "
	    "\\'red\\'}','schema':{'type':'object','propertyNames':"
	    "{'pattern':'^", arena_printf(out->mem, "%.*s[.].",
	    (int)strlen(t->open) - 1, t->open), "'},"
	    "'additionalProperties':{'type':'string'}},'example':{}}");
}

static void
shared_parameter(struct buf *out, const char *name)
{
	buf_json_sep(out);
	put(out, "{'$ref':'#/components/parameters/", name, "'}");
}

static void
parameters(struct buf *out, const struct route *r, enum method m,
    const char *path)
{
	put(out, ",'parameters':[");
	path_parameters(out, path);
	if (r->query != NULL)
		query_parameters(out, r->query);
	if (openapi_takes_key(r, m))
		shared_parameter(out, "idempotency_key");
	if (openapi_has_etag(r, m, path))
		shared_parameter(out, "if_none_match");
	if (openapi_if_match(m, path))
		shared_parameter(out, "if_match");
	if (r->role != ANYONE)
		shared_parameter(out, "x_user_id");
	buf_chr(out, ']');
}

/* ---- request bodies ------------------------------------------------------ */

static void
request_body(struct buf *out, const struct route *r)
{
	if (r->flags & R_RAW) {
		put(out, ",'requestBody':{'required':true,'content':{"
		    "'application/json':{'schema':{'type':'object',"
		    "'additionalProperties':true},'example':{'id':'evt_1',"
		    "'type':'payment.succeeded',"
		    "'payment':'6f1c2e0a-5d3b-4c7e-9a8f-0b1c2d3e4f50'}}}}");
		return;
	}
	if (r->body == NULL)
		return;
	put(out, ",'requestBody':{'required':", r->flags & R_EMPTY_OK ?
	    "false" : "true", ",'content':{'application/json':{'schema':"
	    "{'$ref':'#/components/schemas/", r->body->name,
	    "'},'example':");
	openapi_table_example(out, r->body);
	buf_chr(out, '}');
	if (r->flags & R_FORM) {
		put(out, ",'application/x-www-form-urlencoded':{'schema':"
		    "{'$ref':'#/components/schemas/", r->body->name,
		    "'},'example':");
		openapi_table_example(out, r->body);
		buf_chr(out, '}');
	}
	put(out, "}}");
}

/* ---- one operation ------------------------------------------------------- */

static void
description(struct buf *out, const struct route *r, const char *alias_of)
{
	const char *who = r->role == ADMIN ? "For admins." : r->role ==
	    CUSTOMER ? "For anyone who is signed in." : NULL;

	if (who == NULL && alias_of == NULL)
		return;
	put(out, ",'description':'");
	if (alias_of != NULL)
		put(out, "The same as ", alias_of, ".", who != NULL ? " " : "");
	if (who != NULL)
		buf_str(out, who);
	put(out, "'");
	if (alias_of != NULL)
		put(out, ",'x-alias-of':'", alias_of, "'");
}

void
openapi_operation(struct buf *out, const struct route *r, enum method m,
    const char *path, const char *alias_of)
{
	char name[8];

	snprintf(name, sizeof(name), "%s", method_name(m));
	for (char *p = name; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	buf_json_key(out, name);
	put(out, "{'operationId':'");
	operation_id(out, m, path, alias_of != NULL);
	put(out, "','tags':['", alias_of != NULL ? "Aliases" : r->tag,
	    "'],'summary':");
	buf_json_str(out, r->summary);
	description(out, r, alias_of);
	put(out, ",'security':[", r->role == ANYONE ? "{}," : "",
	    "{'bearer':[]},{'password':[]}]");
	parameters(out, r, m, path);
	request_body(out, r);
	openapi_responses(out, r, m, path);
	buf_chr(out, '}');
}
