/* SPDX-License-Identifier: MIT */
#include "lib/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"

#define SEGMENTS_MAX 10

/* What a segment of a pattern takes. */
enum take { WORD, ID, ID_OR_SLUG, ID_OR_UUID, TEXT };

struct segment { enum take take; const char *s; size_t len; };

/* A path of a row, an alias or a request, cut at its slashes. */
struct path { size_t n; struct segment seg[SEGMENTS_MAX]; };

struct pattern {
	unsigned methods;
	const struct route *route;
	unsigned words;		/* a bit for each WORD, the first the highest */
	struct path path;
};

/* The patterns of a table, in order of their number of segments: those of n
 * begin at start[n]. */
struct compiled {
	const struct route_table *table;
	struct compiled *next;
	size_t n, start[SEGMENTS_MAX + 2];
	struct pattern patterns[];
};

static void
broken(const char *path, const char *why)
{
	fprintf(stderr, "route %s: %s\n", path, why);
	abort();
}

/* Append the segments of s; false if there are too many. */
static bool
cut(struct path *p, const char *s)
{
	struct segment *seg;

	while (*s == '/') {
		s++;
		if (*s == '\0' && p->n == 0)
			break;
		if (p->n == SEGMENTS_MAX)
			return false;
		seg = &p->seg[p->n++];
		*seg = (struct segment){ WORD, s, strcspn(s, "/") };
		s += seg->len;
	}
	return *s == '\0';
}

static enum take
take_of(const char *pattern, const struct segment *seg)
{
	static const struct { const char *kind; enum take take; } kinds[] = {
		{ ":slug}", ID_OR_SLUG }, { ":uuid}", ID_OR_UUID },
		{ ":text}", TEXT },
	};
	const char *colon = memchr(seg->s, ':', seg->len);
	size_t i, len;

	if (seg->s[0] != '{')
		return WORD;
	if (colon == NULL && seg->s[seg->len - 1] == '}')
		return ID;
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds) && colon; i++) {
		len = strlen(kinds[i].kind);
		if ((size_t)(seg->s + seg->len - colon) == len &&
		    memcmp(colon, kinds[i].kind, len) == 0)
			return kinds[i].take;
	}
	broken(pattern, "a parameter is none");
	return WORD;
}

static void
add(struct compiled *c, unsigned methods, const struct route *r,
    const char *prefix, const char *path)
{
	struct pattern *p = &c->patterns[c->n++];
	size_t i, params = 0;

	p->methods = methods;
	p->route = r;
	if ((*prefix != '\0' && !cut(&p->path, prefix)) ||
	    !cut(&p->path, path))
		broken(path, "it has too many segments");
	for (i = 0; i < p->path.n; i++) {
		p->path.seg[i].take = take_of(path, &p->path.seg[i]);
		if (p->path.seg[i].take == WORD)
			p->words |= 1u << (SEGMENTS_MAX - 1 - i);
		else if (++params > REQ_PARAMS)
			broken(path, "it has too many parameters");
	}
}

static void
add_both(struct compiled *c, unsigned methods, const struct route *r,
    const char *path)
{
	if (path[0] == '/' && path[1] == '/') {
		add(c, methods, r, "", path + 1);
		return;
	}
	add(c, methods, r, "/api/v1", path);
	add(c, methods, r, "/api", path);
}

static void
add_alias(struct compiled *c, const struct alias *a)
{
	const struct route_table *t = c->table;
	const struct route *r;
	unsigned left = a->methods;

	for (r = t->routes; r < t->routes + t->n; r++)
		if ((left & r->methods) != 0 &&
		    strcmp(r->path, a->target) == 0) {
			add_both(c, left & r->methods, r, a->path);
			left &= ~r->methods;
		}
	if (left != 0)
		broken(a->path, "it is an alias of no row");
}

static int
by_length(const void *a, const void *b)
{
	const struct pattern *p = a, *q = b;

	return (p->path.n > q->path.n) - (p->path.n < q->path.n);
}

/* Lives as long as the process. */
static struct compiled *
compile(const struct route_table *t)
{
	/* An alias may stand for a row of each method. */
	size_t i, len, max = 2 * (t->n + 5 * t->naliases);
	struct compiled *c = calloc(1, sizeof(*c) +
	    max * sizeof(*c->patterns));

	if (c == NULL)
		broken("*", "out of memory");
	c->table = t;
	for (i = 0; i < t->n; i++)
		add_both(c, t->routes[i].methods, &t->routes[i],
		    t->routes[i].path);
	for (i = 0; i < t->naliases; i++)
		add_alias(c, &t->aliases[i]);
	qsort(c->patterns, c->n, sizeof(*c->patterns), by_length);
	for (i = len = 0; len <= SEGMENTS_MAX + 1; len++) {
		while (i < c->n && c->patterns[i].path.n < len)
			i++;
		c->start[len] = i;
	}
	return c;
}

static const struct compiled *
compiled(const struct route_table *t)
{
	static struct compiled *all;
	struct compiled *c;

	for (c = all; c != NULL; c = c->next)
		if (c->table == t)
			return c;
	c = compile(t);
	c->next = all;
	all = c;
	return c;
}

static bool
is_id(const char *s, int64_t *id_r)
{
	return i64_parse(s, id_r) && *id_r > 0;
}

static bool
takes(enum take take, const char *s)
{
	int64_t id;

	switch (take) {
	case WORD:
		break;
	case ID:
		return is_id(s, &id);
	case ID_OR_SLUG:
		return is_id(s, &id) || kind_slug.check(s, strlen(s));
	case ID_OR_UUID:
		return is_id(s, &id) || kind_uuid.check(s, strlen(s));
	case TEXT:
		return *s != '\0';
	}
	return false;
}

/* The words of the pattern stand where they must. */
static bool
words_match(const struct pattern *p, const struct path *path)
{
	const struct segment *want = p->path.seg, *have = path->seg;
	size_t i;

	for (i = 0; i < path->n; i++, want++, have++)
		if (want->take == WORD && (want->len != have->len ||
		    memcmp(want->s, have->s, want->len) != 0))
			return false;
	return true;
}

/* ... and its parameters take what stands there. */
static bool
params_match(const struct pattern *p, const struct path *path,
    struct arena *mem)
{
	size_t i;

	for (i = 0; i < path->n; i++)
		if (p->path.seg[i].take != WORD &&
		    !takes(p->path.seg[i].take, arena_strndup(mem,
		    path->seg[i].s, path->seg[i].len)))
			return false;
	return true;
}

/*
 * Of the patterns that take the path those decide whose words stand further
 * to the front: their methods together in *allow_r, and the one that has the
 * method, or NULL.
 */
static const struct pattern *
best(const struct compiled *c, const struct path *path, unsigned method,
    struct arena *mem, unsigned *allow_r)
{
	const struct pattern *p, *found = NULL;
	unsigned words = 0, allow = 0;

	for (p = c->patterns + c->start[path->n];
	    p < c->patterns + c->start[path->n + 1]; p++) {
		if (p->words < words || !words_match(p, path) ||
		    !params_match(p, path, mem))
			continue;
		if (p->words > words) {
			words = p->words;
			allow = 0;
			found = NULL;
		}
		allow |= p->methods;
		if (found == NULL && (p->methods & method) != 0)
			found = p;
	}
	*allow_r = allow;
	return found;
}

static void
set_params(struct req *rq, const struct pattern *p, const struct path *path)
{
	size_t i, n = 0;

	for (i = 0; i < path->n; i++) {
		if (p->path.seg[i].take == WORD)
			continue;
		rq->refs[n] = arena_strndup(rq->mem, path->seg[i].s,
		    path->seg[i].len);
		if (p->path.seg[i].take == TEXT ||
		    !is_id(rq->refs[n], &rq->ids[n]))
			rq->ids[n] = 0;
		n++;
	}
}

int
route_find(const struct route_table *t, struct req *rq, unsigned *allow_r)
{
	unsigned method = rq->method == HEAD ? GET : rq->method;
	struct path path = { 0 };
	const struct pattern *p = NULL;

	*allow_r = 0;
	rq->route = NULL;
	if (cut(&path, rq->path))
		p = best(compiled(t), &path, method, rq->mem, allow_r);
	if (*allow_r == 0)
		return fail(rq, E_NOT_FOUND, "There is nothing here");
	if (p != NULL) {
		rq->route = p->route;
		set_params(rq, p, &path);
		return 0;
	}
	*allow_r |= OPTIONS | ((*allow_r & GET) ? HEAD : 0u);
	if (method == OPTIONS)
		return 0;
	return fail(rq, E_METHOD_NOT_ALLOWED,
	    "This resource has no such method");
}

void
route_allow(unsigned methods, struct buf *out)
{
	static const enum method order[] = { GET, HEAD, POST, PUT, PATCH,
	    DELETE, OPTIONS };
	size_t i;
	bool first = true;

	for (i = 0; i < sizeof(order) / sizeof(*order); i++) {
		if ((methods & order[i]) == 0)
			continue;
		if (!first)
			buf_str(out, ", ");
		buf_str(out, method_name(order[i]));
		first = false;
	}
}
