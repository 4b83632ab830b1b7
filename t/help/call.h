/* SPDX-License-Identifier: MIT */
#ifndef T_HELP_CALL_H
#define T_HELP_CALL_H

/*
 * A request through app/serve.c without sockets: all of the service but
 * FastCGI and nginx.
 */

#include <stdint.h>

#include "lib/http.h"

struct answer {
	int status;
	const char *body;	/* NUL-terminated */
	const char *code;	/* of a problem document, else "" */
	const struct json *json;	/* NULL if the body is empty */
	struct resp rs;
	unsigned stmts, flights;	/* of this request */
};

/* path may hold a query; token, body NULL: none. More headers as pairs of
 * name and value, ended by NULL: "Idempotency-Key", "abc", NULL. Names:
 * Idempotency-Key, If-Match, If-None-Match, X-User-Id, Content-Type, Accept,
 * Origin, X-Request-Id, Access-Control-Request-Method, or one that a handler
 * asks for itself. */
#define call(method, path, token, body) \
	call_with(method, path, token, body, NULL)
struct answer call_with(const char *method, const char *path,
    const char *token, const char *body, ...) __attribute__((sentinel));

/* The path of printf, for ids. */
const char *pathf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Values by path ("items[0].quantity"); a missing one fails the test. */
int64_t jint(const struct answer *a, const char *path);
const char *jstr(const struct answer *a, const char *path);
bool jbool(const struct answer *a, const char *path);
bool jhas(const struct answer *a, const char *path);	/* and not null */
size_t jlen(const struct answer *a, const char *path);

/* Fails the test with the body in the message unless it fits. The answer,
 * which may be a call, is evaluated once. */
#define ck_status(a, want) do {						\
	const struct answer got_ = (a);					\
									\
	ck_assert_msg(got_.status == (want), "%d, not %d: %.2000s",	\
	    got_.status, (want), got_.body);				\
} while (0)
#define ck_problem(a, want, name) do {					\
	const struct answer problem_ = (a);				\
									\
	ck_status(problem_, want);					\
	ck_assert_str_eq(problem_.code, name);				\
	ck_assert_str_ne(jstr(&problem_, "detail"), "");		\
} while (0)

#endif
