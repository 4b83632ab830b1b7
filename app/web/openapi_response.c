/* SPDX-License-Identifier: MIT */
#include "app/web/openapi.h"

#include <stdlib.h>
#include <string.h>

#include "app/errors.h"
#include "app/routes.h"
#include "app/shapes.h"

/* ---- of success ---------------------------------------------------------- */

static void
schema_ref(struct buf *out, const char *name)
{
	put(out, "{'$ref':'#/components/schemas/", name, "'}");
}

static void
success_schema(struct buf *out, const struct route *r)
{
	if (r->flags & R_LIST) {
		put(out, "{'type':'object','additionalProperties':false,"
		    "'required':['data','has_more','next_cursor'],"
		    "'properties':{'data':{'type':'array','items':");
		schema_ref(out, r->answer->name);
		put(out, "},'has_more':{'type':'boolean'},'next_cursor':"
		    "{'type':['string','null']},'total_count':{'type':"
		    "'integer','format':'int64','minimum':0}}}");
	} else if (r->flags & R_ARRAY) {
		put(out, "{'type':'array','items':");
		schema_ref(out, r->answer->name);
		buf_chr(out, '}');
	} else
		schema_ref(out, r->answer->name);
}

static void
success_content(struct buf *out, const struct route *r)
{
	bool list = (r->flags & R_LIST) != 0, array = (r->flags & R_ARRAY) != 0;

	if (r->flags & R_PLAIN) {
		put(out, ",'content':{'text/plain':{'schema':{'type':"
		    "'string'},'example':'# TYPE shopd_orders gauge\\n"
		    "shopd_orders 42\\n'}}");
		return;
	}
	if (r->answer == NULL) {
		/* This very document. */
		put(out, ",'content':{'application/json':{'schema':{'type':"
		    "'object','additionalProperties':true},'example':"
		    "{'openapi':'3.1.0','info':{'title':'shopd','version':"
		    "'0.1.0'},'paths':{}}}}");
		return;
	}
	put(out, ",'content':{'application/json':{'schema':");
	success_schema(out, r);
	put(out, ",'example':", list ? "{'data':[" : array ? "[" : "");
	openapi_shape_example(out, r->answer, 0);
	put(out, list ? "],'has_more':false,'next_cursor':null}" :
	    array ? "]" : "", "}}");
}

static void
header_ref(struct buf *out, const char *name)
{
	buf_json_key(out, name);
	put(out, "{'$ref':'#/components/headers/", name, "'}");
}

static bool
extends(const struct shape *s, const struct shape *base)
{
	const char *const *p = s->props;

	for (const char *const *q = base->props; *q != NULL; p++, q++)
		if (*p == NULL || strcmp(*p, *q) != 0)
			return false;
	return true;
}

/* What has a version where it is read or changed has it in each answer. */
static bool
has_version(const struct route *r)
{
	if (r->answer == NULL || (r->flags & (R_LIST | R_ARRAY)))
		return false;
	for (size_t i = 0; i < routes.n; i++) {
		const struct route *q = &routes.routes[i];

		if (q->answer != NULL && extends(r->answer, q->answer) &&
		    (openapi_has_etag(q, q->methods, q->path) ||
		    ((q->methods & PATCH) &&
		    openapi_if_match(PATCH, q->path))))
			return true;
	}
	return false;
}

static void
success(struct buf *out, const struct route *r, enum method m,
    const char *path)
{
	int st = r->status != 0 ? r->status : 200;

	buf_printf(out, "\"%d\":", st);
	put(out, "{'description':'", st == 201 ? "Created" : st == 202 ?
	    "Accepted" : st == 204 ? "Done" : "OK", "','headers':{");
	header_ref(out, "X-Request-Id");
	if (st == 201)
		header_ref(out, "Location");
	if (r->flags & (R_LIST | R_ARRAY))
		header_ref(out, "Link");
	if (has_version(r))
		header_ref(out, "ETag");
	if (openapi_takes_key(r, m))
		header_ref(out, "Idempotent-Replayed");
	buf_chr(out, '}');
	if (st != 204)
		success_content(out, r);
	buf_chr(out, '}');
	if (m == GET && (r->flags & R_CACHED) && (r->flags &
	    (R_LIST | R_ARRAY)))
		put(out, ",'304':{'description':'If-None-Match is *'}");
	else if (openapi_has_etag(r, m, path))
		put(out, ",'304':{'description':'Not modified','headers':{"
		    "'ETag':{'$ref':'#/components/headers/ETag'}}}");
}

/* ---- refusals ------------------------------------------------------------ */

/* Codes that an operation may answer with: the usual ones and its own. */
static const char *
codes(struct arena *mem, const struct route *r, enum method m,
    const char *path)
{
	struct buf b;

	buf_init(&b, mem, 512);
	buf_str(&b, "bad_request invalid_parameter ");
	if (r->body != NULL || (m & (POST | PUT | PATCH | DELETE)))
		buf_str(&b, "malformed_json unsupported_media_type "
		    "payload_too_large unknown_field ");
	if (r->body != NULL)
		buf_str(&b, "validation_failed ");
	if (r->role != ANYONE)
		buf_str(&b, "unauthorized ");
	buf_str(&b, "invalid_token token_expired token_revoked forbidden "
	    "account_disabled ");
	if (strchr(path, '{') != NULL)
		buf_str(&b, "not_found ");
	if (openapi_if_match(m, path))
		buf_str(&b, "precondition_failed ");
	if (openapi_takes_key(r, m))
		buf_str(&b, "idempotency_in_progress "
		    "idempotency_key_reused ");
	buf_str(&b, "not_acceptable rate_limited internal unavailable ");
	if (r->errors != NULL)
		buf_str(&b, r->errors);
	return b.data;
}

/* A code, and its status here. */
struct refusal { const struct err_kind *kind; int status; };

/* The code at *p ("forbidden", or "403:invalid_credentials" where its status
 * is not the usual one), moving behind it. */
static struct refusal
next_refusal(struct arena *mem, const char **p)
{
	size_t n = strcspn(*p, " ");
	const char *text = arena_strndup(mem, *p, n);
	const char *colon = strchr(text, ':');
	struct refusal r = { err_kind_by_code(colon != NULL ? colon + 1 :
	    text), 0 };

	if (colon != NULL)
		r.status = (int)strtol(text, NULL, 10);
	else if (r.kind != NULL)
		r.status = r.kind->status;
	*p += n;
	*p += strspn(*p, " ");
	return r;
}

static void
example(struct buf *out, const struct err_kind *k, int status)
{
	put(out, "{'value':{'type':'urn:shopd:problem:", k->code,
	    "','title':");
	buf_json_str(out, k->title);
	put(out, ",'status':");
	buf_i64(out, status);
	put(out, ",'detail':");
	buf_json_str(out, k->title);
	put(out, ",'code':'", k->code, "','request_id':"
	    "'8f14e45fceea167a8f14e45fceea167a'}}");
}

static void
refusal_content(struct buf *out, const struct route *r, const char *list,
    int status)
{
	struct buf seen;

	buf_init(&seen, out->mem, 128);
	put(out, ",'content':{");
	if (status == 503 && (r->flags & R_STATUS)) {
		put(out, "'application/json':{'schema':");
		schema_ref(out, r->answer->name);
		put(out, ",'example':{'status':'unavailable','database':"
		    "'unreachable','version':'0.1.0','uptime_seconds':1}},");
	}
	put(out, "'application/problem+json':{'schema':"
	    "{'$ref':'#/components/schemas/problem'},'examples':{");
	for (const char *p = list; *p != '\0'; ) {
		struct refusal f = next_refusal(out->mem, &p);

		if (f.status != status || strstr(seen.data,
		    arena_printf(out->mem, " %s ", f.kind->code)) != NULL)
			continue;
		buf_printf(&seen, " %s ", f.kind->code);
		buf_json_key(out, f.kind->code);
		if (f.status != f.kind->status)
			example(out, f.kind, status);
		else
			put(out, "{'$ref':'#/components/examples/",
			    f.kind->code, "'}");
	}
	put(out, "}}}");
}

/* One answer for each status, with the codes that it may carry. */
static void
refusals(struct buf *out, const struct route *r, const char *list)
{
	for (int status = 400; status < 600; status++) {
		const struct err_kind *first = NULL;

		for (const char *p = list; *p != '\0' && first == NULL; ) {
			struct refusal f = next_refusal(out->mem, &p);

			if (f.status == status)
				first = f.kind;
		}
		if (first == NULL)
			continue;
		buf_printf(out, ",\"%d\":", status);
		put(out, "{'description':");
		buf_json_str(out, first->title);
		put(out, ",'headers':{");
		header_ref(out, "X-Request-Id");
		if (status == 401)
			header_ref(out, "WWW-Authenticate");
		if (status == 429 || status == 503)
			header_ref(out, "Retry-After");
		buf_chr(out, '}');
		refusal_content(out, r, list, status);
		buf_chr(out, '}');
	}
}

void
openapi_responses(struct buf *out, const struct route *r, enum method m,
    const char *path)
{
	put(out, ",'responses':{");
	success(out, r, m, path);
	refusals(out, r, codes(out->mem, r, m, path));
	put(out, ",'default':{'$ref':'#/components/responses/refused'}}");
}

/* ---- components ---------------------------------------------------------- */

static void
headers(struct buf *out)
{
	static const struct { const char *name, *text, *schema; } rows[] = {
		{ "X-Request-Id", "The id of the request, also in logs and "
		    "errors; taken from the request if it is decent",
		    "'type':'string','pattern':'^[A-Za-z0-9._-]{8,64}$'" },
		{ "Location", "Where the new resource is",
		    "'type':'string'" },
		{ "Link", "The next page, if there is one: "
		    "<...>; rel=next", "'type':'string'" },
		{ "ETag", "The version, for If-Match and If-None-Match",
		    "'type':'string'" },
		{ "Idempotent-Replayed", "This is the first answer again",
		    "'type':'string','enum':['true']" },
		{ "WWW-Authenticate", "How to sign in (RFC 6750)",
		    "'type':'string'" },
		{ "Retry-After", "Seconds to wait",
		    "'type':'integer','minimum':1" },
	};

	put(out, ",'headers':{");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_json_key(out, rows[i].name);
		put(out, "{'description':'", rows[i].text, "','schema':{",
		    rows[i].schema, "}}");
	}
	buf_chr(out, '}');
}

/* Some kinds never leave the process. */
static bool
public_kind(const struct err_kind *k)
{
	return k->status != 500 || k == &E_INTERNAL;
}

static void
examples(struct buf *out)
{
	const struct err_kind *const *kinds;
	size_t n = err_kinds(&kinds);

	put(out, ",'examples':{");
	for (size_t i = 0; i < n; i++) {
		const struct err_kind *k = kinds[i];

		if (!public_kind(k))
			continue;
		buf_json_key(out, k->code);
		example(out, k, k->status);
	}
	buf_chr(out, '}');
}

void
openapi_response_components(struct buf *out)
{
	headers(out);
	examples(out);
	put(out, ",'responses':{'refused':{'description':'Refused before it "
	    "came to the operation: a request that is no HTTP, of a "
	    "method that the path does not know (405), too long "
	    "(413, 414, 431), or an answer that took too long "
	    "(504)','content':{'application/problem+json':{'schema':"
	    "{'$ref':'#/components/schemas/problem'},'examples':{"
	    "'method_not_allowed':{'$ref':"
	    "'#/components/examples/method_not_allowed'},'uri_too_long':"
	    "{'value':{'type':'urn:shopd:problem:uri_too_long','title':"
	    "'URI too long','status':414,'detail':'The request line is "
	    "longer than 8 KiB.','code':'uri_too_long','request_id':"
	    "'8f14e45fceea167a8f14e45fceea167a'}}}}}}}");
}
