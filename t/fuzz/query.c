/* SPDX-License-Identifier: MIT */
#include "t/fuzz/help/fuzz.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/cgi.h"
#include "lib/err.h"
#include "lib/json.h"

#include "app/routes.h"

/*
 * Path and query: the first byte picks the method, the rest is what stands
 * in the request line.  The route is the one that a plain reading of the
 * table finds.
 */

/* The best pattern so far: for each segment 'w' for a word or 'p' for a
 * parameter, and the rows that have it. */
struct found {
	char rank[32];
	unsigned methods;
	const struct route *route;
	unsigned method;
};

static bool
is_number(const char *s)
{
	static const char most[] = "9223372036854775807";
	size_t len = strlen(s);

	return s[0] >= '1' && s[0] <= '9' &&
	    strspn(s, "0123456789") == len && (len < sizeof(most) - 1 ||
	    (len == sizeof(most) - 1 && strcmp(s, most) <= 0));
}

static bool
segment_takes(const char *want, const char *have)
{
	if (want[0] != '{')
		return strcmp(want, have) == 0;
	if (strstr(want, ":text}") != NULL)
		return *have != '\0';
	if (is_number(have))
		return true;
	if (strstr(want, ":slug}") != NULL)
		return kind_slug.check(have, strlen(have));
	return strstr(want, ":uuid}") != NULL &&
	    kind_uuid.check(have, strlen(have));
}

/* The next segment of a path that stands at its slash, or NULL. */
static const char *
next(const char **path, struct arena *mem)
{
	size_t len;
	const char *s;

	if (**path != '/')
		return NULL;
	len = strcspn(*path + 1, "/");
	s = arena_strndup(mem, *path + 1, len);
	*path += 1 + len;
	return s;
}

static bool
pattern_takes(const char *pattern, const char *path, char *rank,
    struct arena *mem)
{
	const char *want, *have;
	size_t n = 0;

	if (strcmp(pattern, "/") == 0 || strcmp(path, "/") == 0) {
		*rank = '\0';
		return strcmp(pattern, path) == 0;
	}
	for (;;) {
		want = next(&pattern, mem);
		have = next(&path, mem);
		rank[n] = '\0';
		if (want == NULL || have == NULL)
			return want == have;
		if (!segment_takes(want, have))
			return false;
		rank[n++] = want[0] == '{' ? 'p' : 'w';
	}
}

static void
consider(struct found *f, unsigned methods, const struct route *r,
    const char *pattern, const char *path, struct arena *mem)
{
	char rank[32];

	if (!pattern_takes(pattern, path, rank, mem) ||
	    strcmp(rank, f->rank) < 0)
		return;
	if (strcmp(rank, f->rank) > 0 || f->methods == 0) {
		memcpy(f->rank, rank, sizeof(rank));
		f->methods = 0;
		f->route = NULL;
	}
	f->methods |= methods;
	if (f->route == NULL && (methods & f->method))
		f->route = r;
}

static void
consider_both(struct found *f, unsigned methods, const struct route *r,
    const char *pattern, const char *path, struct arena *mem)
{
	if (strncmp(pattern, "//", 2) == 0) {
		consider(f, methods, r, pattern + 1, path, mem);
		return;
	}
	consider(f, methods, r, arena_printf(mem, "/api/v1%s", pattern), path,
	    mem);
	consider(f, methods, r, arena_printf(mem, "/api%s", pattern), path,
	    mem);
}

static void
search(struct found *f, const char *path, struct arena *mem)
{
	const struct route *r;
	const struct alias *a;

	for (r = routes.routes; r < routes.routes + routes.n; r++)
		consider_both(f, r->methods, r, r->path, path, mem);
	for (a = routes.aliases; a < routes.aliases + routes.naliases; a++)
		for (r = routes.routes; r < routes.routes + routes.n; r++)
			if ((a->methods & r->methods) &&
			    strcmp(a->target, r->path) == 0)
				consider_both(f, a->methods & r->methods, r,
				    a->path, path, mem);
}

static void
parameters(const struct req *rq)
{
	size_t i, n = 0;
	const char *p;

	for (p = rq->route->path; (p = strchr(p, '{')) != NULL; p++)
		n++;
	for (i = 0; i < n; i++) {
		must(rq->refs[i] != NULL && rq->refs[i][0] != '\0');
		must(strchr(rq->refs[i], '/') == NULL);
		must(rq->ids[i] >= 0);
	}
}

static void
query(struct req *rq)
{
	const struct table *t = rq->route->query;
	void *q = arena_alloc(rq->mem, t != NULL ? t->size : 1);
	struct page_start start;

	if (field_query(t, rq->query_string, rq->mem, rq->err, q) == -1) {
		must(rq->err->kind == &E_INVALID_PARAMETER);
		must(rq->err->items != NULL);
		fuzz_problem(rq->err, rq->mem);
		return;
	}
	if (t == NULL)
		return;
	fuzz_input(t, q);
	if (t->n > 0 && strcmp(t->fields[0].name, "limit") == 0 &&
	    page_start(rq, q, "id", &start) == 0)
		must(!start.set || start.id != 0 || start.key != NULL);
}

static void
find(struct req *rq)
{
	struct found f = { .method = rq->method };
	unsigned allow;
	int rc = route_find(&routes, rq, &allow);

	must(utf8_valid(rq->path, strlen(rq->path)));
	must(strstr(rq->path, "/../") == NULL);
	search(&f, rq->path, rq->mem);
	must(rq->route == f.route);
	if (f.methods == 0)
		must(rc == -1 && rq->err->kind == &E_NOT_FOUND);
	else if (f.route == NULL && rq->method != OPTIONS)
		must(rc == -1 && rq->err->kind == &E_METHOD_NOT_ALLOWED &&
		    (allow & f.methods) == f.methods);
	else
		must(rc == 0);
	if (rq->route != NULL) {
		parameters(rq);
		query(rq);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH",
	    "DELETE", "OPTIONS", "HEAD", "TRACE" };
	struct arena *mem;
	struct err e;
	struct req rq = { .err = &e };
	char *vars[3] = { NULL };
	size_t length;

	if (size < 2)
		return 0;
	rq.mem = mem = fuzz_arena();
	err_init(&e, mem);
	vars[0] = arena_printf(mem, "REQUEST_METHOD=%s", methods[data[0] % 8]);
	vars[1] = arena_printf(mem, "REQUEST_URI=%s",
	    fuzz_text(data + 1, size - 1, mem));
	if (cgi_request(vars, &rq, &length) == 0)
		find(&rq);
	else
		fuzz_problem(&e, mem);
	arena_free(mem);
	return 0;
}
