/* SPDX-License-Identifier: MIT */
#include "app/web/openapi.h"

#include <string.h>

#include "app/config.h"

void
openapi_put(struct buf *out, const char *const *pieces)
{
	for (; *pieces != NULL; pieces++)
		for (const char *p = *pieces; *p != '\0'; p++)
			buf_chr(out, *p == '\'' ? '"' : *p);
}

/* "/orders/{id:uuid}/cancel" is /api/v1/orders/{id}/cancel there. */
const char *
openapi_path(struct arena *mem, const char *path)
{
	struct buf b;

	buf_init(&b, mem, 128);
	if (path[1] == '/')
		path++;
	else
		buf_str(&b, "/api/v1");
	for (; *path != '\0'; path++) {
		if (*path == ':')
			path += strcspn(path, "}");
		buf_chr(&b, *path);
	}
	return b.data;
}

/* ---- paths --------------------------------------------------------------- */

/* The rows and aliases by number, and the paths as written. */
struct paths { const struct route_table *t; const char **written; };

static const struct route *
target_of(const struct route_table *t, const struct alias *a, enum method m)
{
	for (size_t i = 0; i < t->n; i++)
		if ((t->routes[i].methods & m) &&
		    strcmp(t->routes[i].path, a->target) == 0)
			return &t->routes[i];
	return NULL;
}

static void
row_operations(struct buf *out, const struct route *r, unsigned *done)
{
	for (unsigned m = GET; m <= DELETE; m <<= 1)
		if (r->methods & m & ~*done) {
			*done |= m;
			openapi_operation(out, r, (enum method)m, r->path,
			    NULL);
		}
}

static void
alias_operations(struct buf *out, const struct route_table *t,
    const struct alias *a, unsigned *done)
{
	for (unsigned m = GET; m <= DELETE; m <<= 1) {
		const struct route *r = target_of(t, a, (enum method)m);

		if (!(a->methods & m & ~*done) || r == NULL)
			continue;
		*done |= m;
		openapi_operation(out, r, (enum method)m, a->path,
		    openapi_path(out->mem, a->target));
	}
}

/* All operations of the path that entry i is the first of. */
static void
path_item(struct buf *out, const struct paths *p, size_t i)
{
	const struct route_table *t = p->t;
	unsigned done = 0;

	buf_json_key(out, p->written[i]);
	buf_chr(out, '{');
	for (size_t k = i; k < t->n + t->naliases; k++) {
		if (strcmp(p->written[k], p->written[i]) != 0)
			continue;
		if (k < t->n)
			row_operations(out, &t->routes[k], &done);
		else
			alias_operations(out, t, &t->aliases[k - t->n],
			    &done);
	}
	buf_chr(out, '}');
}

static bool
seen_before(const struct paths *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(p->written[k], p->written[i]) == 0)
			return true;
	return false;
}

static void
all_paths(struct buf *out, const struct route_table *t)
{
	size_t i, n = t->n + t->naliases;
	struct paths p = { t, arena_array(out->mem, n,
	    sizeof(*p.written)) };

	for (i = 0; i < n; i++)
		p.written[i] = openapi_path(out->mem, i < t->n ?
		    t->routes[i].path : t->aliases[i - t->n].path);
	put(out, ",'paths':{");
	for (i = 0; i < n; i++)
		if (!seen_before(&p, i) &&
		    (i >= t->n || !(t->routes[i].flags & R_HIDDEN)))
			path_item(out, &p, i);
	buf_chr(out, '}');
}

/* ---- the rest ------------------------------------------------------------ */

static const char *
tag_text(const char *name)
{
	static const struct { const char *name, *text; } rows[] = {
		{ "Health", "Is it there, what is it, how is it doing" },
		{ "Accounts", "Registration, signing in and out, passwords, "
		    "sessions, profiles" },
		{ "Addresses", "The address book of an account" },
		{ "Catalogue", "Products, variants, categories" },
		{ "Reviews", "What customers say of a product" },
		{ "Cart", "What a customer is about to order" },
		{ "Orders", "Checkout and what becomes of an order" },
		{ "Payments", "Payments and refunds" },
		{ "Admin", "For the people who run the shop" },
		{ "Jobs", "What the shop does in the background" },
		{ "Webhooks", "Events that are sent to other systems" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].text;
	return name;
}

static void
tags(struct buf *out, const struct route_table *t)
{
	put(out, ",'tags':[");
	for (size_t i = 0; i < t->n; i++) {
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen |= strcmp(t->routes[k].tag, t->routes[i].tag) ==
			    0;
		if (seen)
			continue;
		buf_json_sep(out);
		put(out, "{'name':'", t->routes[i].tag, "','description':'",
		    tag_text(t->routes[i].tag), "'}");
	}
	put(out, ",{'name':'Aliases','description':"
	    "'Second paths of the same operations'}]");
}

static void
info(struct buf *out)
{
	put(out, "{'openapi':'3.1.0','info':{'title':");
	buf_json_str(out, config.shop_name != NULL ? config.shop_name :
	    "shopd");
	put(out, ",'version':'" SHOPD_VERSION "','summary':"
	    "'A complete shop backend','description':'Every path under "
	    "/api/v1 also answers under /api, with or without a slash at its "
	    "end; HEAD works wherever GET does, and OPTIONS answers with "
	    "Allow.\\n\\nMoney is in integer minor units (*_cents); times are "
	    "RFC 3339 in UTC. Lists are paged by cursor. Errors are RFC 9457 "
	    "problem documents with a stable code.','license':{'name':'MIT',"
	    "'identifier':'MIT'}},'servers':[{'url':'/','description':"
	    "'Where this document came from'},{'description':"
	    "'Its public address','url':");
	buf_json_str(out, config.public_url);
	put(out, "}]");
}

static void
security(struct buf *out)
{
	put(out, "'securitySchemes':{'bearer':{'type':'http','scheme':"
	    "'bearer','bearerFormat':'JWT','description':"
	    "'The access_token of a registration or a login'},"
	    "'password':{'type':'oauth2','description':"
	    "'The same token, by the form of OAuth 2.0','flows':{'password':"
	    "{'tokenUrl':'/api/v1/auth/login','scopes':{}}}}}");
}

static void
shared_parameters(struct buf *out)
{
	put(out, ",'parameters':{'idempotency_key':{'name':'Idempotency-Key',"
	    "'in':'header','required':false,'description':'Makes a retry "
	    "safe: for 24 hours the first answer is given again, with "
	    "Idempotent-Replayed: true','schema':{'type':'string',"
	    "'minLength':1,'maxLength':255,'pattern':'^[ -~]+$'}},"
	    "'if_none_match':{'name':'If-None-Match',"
	    "'in':'header','required':false,'description':'304 if the ETag "
	    "is still one of these','schema':{'type':'string'}},"
	    "'if_match':{'name':'If-Match','in':'header','required':false,"
	    "'description':'412 unless the ETag is still one of these',"
	    "'schema':{'type':'string'}},'x_user_id':{'name':'X-User-Id',"
	    "'in':'header','required':false,'description':'The own id; or, "
	    "from an admin, that of the user to act for','schema':{'type':"
	    "'integer','format':'int64','minimum':1}}}");
}

void
openapi_write(const struct route_table *t, struct buf *out)
{
	info(out);
	tags(out, t);
	all_paths(out, t);
	openapi_webhooks(out);
	put(out, ",'components':{");
	security(out);
	shared_parameters(out);
	openapi_response_components(out);
	put(out, ",'schemas':{");
	openapi_event_schema(out);
	openapi_shapes(out);
	openapi_tables(t, out);
	put(out, "}}}");
}
