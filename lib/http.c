/* SPDX-License-Identifier: MIT */
#include "lib/http.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "lib/pg.h"

static const struct { enum method m; const char *name; } methods[] = {
	{ GET, "GET" }, { POST, "POST" }, { PUT, "PUT" },
	{ PATCH, "PATCH" }, { DELETE, "DELETE" }, { HEAD, "HEAD" },
	{ OPTIONS, "OPTIONS" },
};
#define NMETHODS (sizeof(methods) / sizeof(*methods))

const char *
method_name(enum method m)
{
	size_t i;

	for (i = 0; i < NMETHODS; i++)
		if (methods[i].m == m)
			return methods[i].name;
	return "?";
}

enum method
method_parse(const char *name)
{
	size_t i;

	for (i = 0; i < NMETHODS; i++)
		if (strcmp(methods[i].name, name) == 0)
			return methods[i].m;
	return 0;
}

const char *
req_header(const struct req *rq, const char *cgi_name)
{
	return rq->header != NULL ? rq->header(rq, cgi_name) : NULL;
}

bool
req_admin(const struct req *rq)
{
	const struct actor *w = &rq->who;

	return w->acting_for != 0 ? w->acting_admin : w->admin;
}

/* The entity tag of a row, or NULL if it has none. */
static const char *
row_etag(struct req *rq, const struct rows *rows)
{
	const char *col = rows_has(rows, "_etag") ? "_etag" : "_version";

	if (!rows_has(rows, col) || rows_null(rows, 0, col))
		return NULL;
	if (rows->mark != 0)
		return arena_printf(rq->mem, "\"%s.%x\"",
		    rows_text(rows, 0, col), (unsigned)rows->mark);
	return arena_printf(rq->mem, "\"%s\"", rows_text(rows, 0, col));
}

int
resp_row(struct req *rq, struct resp *rs, const struct rows *rows)
{
	if (rows->n == 0)
		return fail(rq, E_NOT_FOUND, "There is no such resource");
	buf_clear(&rs->body);
	rs->status = 200;
	rs->etag = row_etag(rq, rows);
	if (rq->method == GET && rs->etag != NULL &&
	    etag_matches(rq->if_none_match, rs->etag, true))
		rs->status = 304;
	else
		rows_json(rows, 0, req_admin(rq), &rs->body);
	return 0;
}

int
resp_created(struct req *rq, struct resp *rs, const struct rows *rows,
    const char *location, ...)
{
	va_list ap;

	if (resp_row(rq, rs, rows) != 0)
		return -1;
	rs->status = 201;
	va_start(ap, location);
	rs->location = arena_vprintf(rq->mem, location, ap);
	va_end(ap);
	return 0;
}

int
resp_none(struct resp *rs)
{
	buf_clear(&rs->body);
	rs->status = 204;
	return 0;
}

void
resp_clear(struct resp *rs)
{
	struct arena *mem = rs->mem;

	memset(rs, 0, sizeof(*rs));
	rs->mem = mem;
	buf_init(&rs->body, mem, 1024);
}

/* One entity tag of a list: moves *p behind it, its inside in *s_r and
 * *len_r.  False if there is none. */
static bool
next_tag(const char **p, const char **s_r, size_t *len_r)
{
	const char *s = *p + strspn(*p, " \t,"), *end;

	if (strncmp(s, "W/", 2) == 0)
		s += 2;
	if (*s != '"' || (end = strchr(s + 1, '"')) == NULL)
		return false;
	*s_r = s + 1;
	*len_r = (size_t)(end - s - 1);
	*p = end + 1;
	return true;
}

static size_t
steady_part(const char *s, size_t len)
{
	const char *dot = memchr(s, '.', len);

	return dot != NULL ? (size_t)(dot - s) : len;
}

bool
etag_matches(const char *header, const char *etag, bool volatile_too)
{
	const char *want, *have;
	size_t nwant, nhave;

	if (header == NULL || !next_tag(&etag, &want, &nwant))
		return false;
	header += strspn(header, " \t");
	if (header[0] == '*' && header[1 + strspn(header + 1, " \t")] == '\0')
		return true;
	if (!volatile_too)
		nwant = steady_part(want, nwant);
	while (next_tag(&header, &have, &nhave)) {
		if (!volatile_too)
			nhave = steady_part(have, nhave);
		if (nhave == nwant && memcmp(have, want, nhave) == 0)
			return true;
	}
	return false;
}

int
req_if_match(struct req *rq, int64_t version)
{
	const char *etag;

	if (rq->if_match == NULL)
		return 0;
	etag = arena_printf(rq->mem, "\"%" PRId64 "\"", version);
	if (etag_matches(rq->if_match, etag, false))
		return 0;
	return fail(rq, E_PRECONDITION_FAILED,
	    "The resource has changed: its entity tag is now %s", etag);
}
