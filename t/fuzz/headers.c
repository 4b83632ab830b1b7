/* SPDX-License-Identifier: MIT */
#include "t/fuzz/help/fuzz.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/cgi.h"
#include "lib/err.h"
#include "lib/http.h"

#include "app/idempotency.h"

/*
 * Variables as FastCGI brings them, one a line: doubled, without a value,
 * without a name.
 */

#define VARS 256

/* What may be there once only. */
static bool
single(const char *var)
{
	static const char *const names[] = { "HTTP_HOST=",
	    "HTTP_AUTHORIZATION=", "HTTP_IDEMPOTENCY_KEY=", "HTTP_IF_MATCH=",
	    "HTTP_IF_NONE_MATCH=", "HTTP_X_USER_ID=", "HTTP_X_REQUEST_ID=" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(var, names[i], strlen(names[i])) == 0)
			return true;
	return strncmp(var, "HTTP_", 5) != 0;
}

static bool
twice(char **vars)
{
	for (size_t i = 0; vars[i] != NULL; i++)
		for (size_t k = 0; k < i; k++) {
			size_t n = strcspn(vars[i], "=");

			if (vars[i][n] == '=' && single(vars[i]) &&
			    strncmp(vars[i], vars[k], n + 1) == 0)
				return true;
		}
	return false;
}

static const char *
value(char **vars, const char *name)
{
	size_t len = strlen(name);

	for (; *vars != NULL; vars++)
		if (strncmp(*vars, name, len) == 0 && (*vars)[len] == '=')
			return *vars + len + 1;
	return NULL;
}

static void
key(struct req *rq)
{
	const char *k = rq->idempotency_key;
	size_t n = 0;

	if (k == NULL)
		return;
	while (k[n] > 0x1f && k[n] < 0x7f)
		n++;
	if (idempotency_check(rq) == 0)
		must(n >= 1 && n <= 255 && k[n] == '\0');
	else {
		must(n == 0 || n > 255 || k[n] != '\0');
		must(rq->err->kind == &E_INVALID_PARAMETER);
		fuzz_problem(rq->err, rq->mem);
	}
}

static void
tags(const struct req *rq)
{
	static const char tag[] = "\"12.7\"";
	const char *h = rq->if_match;

	must(!etag_matches(NULL, tag, true));
	if (h == NULL)
		return;
	/* Whatever matches whole matches in its steady part too. */
	if (etag_matches(h, tag, true))
		must(etag_matches(h, tag, false));
	must(etag_matches(h, tag, true) ==
	    etag_matches(h, "W/\"12.7\"", true));
	must(etag_matches(arena_printf(rq->mem, "%s", tag), tag, true));
}

/* No control character of the client's gets into the head of an answer. */
static void
answer(struct req *rq)
{
	struct resp rs = { .mem = rq->mem, .status = 200,
	    .location = rq->user_agent, .etag = rq->if_match,
	    .link = rq->origin };
	struct buf out;
	char *head, *line;

	buf_init(&rs.body, rq->mem, 16);
	buf_str(&rs.body, "{}");
	buf_init(&out, rq->mem, 512);
	must(cgi_head(rq, &rs, &out));
	head = strstr(out.data, "\r\n\r\n");
	must(head != NULL && head[4] == '\0');
	*head = '\0';
	for (head = out.data; (line = fuzz_line(&head)) != NULL; ) {
		size_t len = strlen(line);

		must(strstr(line, ": ") != NULL);
		must(strcspn(line, "\r") == len - (head != NULL));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = fuzz_arena();
	char *text = fuzz_text(data, size, mem), *vars[VARS + 1], *line;
	struct err e;
	struct req rq = { .mem = mem, .err = &e };
	size_t n = 0, length;
	int rc;

	err_init(&e, mem);
	while (n < VARS && (line = fuzz_line(&text)) != NULL)
		vars[n++] = arena_strdup(mem, line);
	vars[n] = NULL;
	rc = cgi_request(vars, &rq, &length);
	must((rc == 0) == (e.kind == NULL));
	must(rq.request_id != NULL && strlen(rq.request_id) >= 8);
	must(rq.remote_addr != NULL);
	if (rc == -1) {
		must(e.kind == &E_BAD_REQUEST);
		fuzz_problem(&e, mem);
	} else {
		must(!twice(vars) && n <= 200);
		must(value(vars, "CONTENT_LENGTH") != NULL || length == 0);
		must(rq.path[0] == '/');
		key(&rq);
		tags(&rq);
	}
	answer(&rq);
	arena_free(mem);
	return 0;
}
