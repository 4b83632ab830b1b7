/* SPDX-License-Identifier: MIT */
#ifndef LIB_HTTP_CLIENT_H
#define LIB_HTTP_CLIENT_H

/*
 * HTTP to others: one call at a time, or many side by side.  With
 * lib/smtp.c the only file that includes curl.h.  Redirects are not
 * followed, and neither the environment nor a proxy is asked.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

struct arena;

struct http_call {
	/* The request; what it points to must live as long as the call. */
	struct arena *mem;	/* for the answer */
	const char *method, *url;
	const char *const *headers;	/* "Name: value", ended by NULL */
	const char *body;	/* NULL: none */
	size_t body_len;
	int connect_ms, total_ms;	/* total_ms <= 0: no time is left */
	size_t max_answer;	/* what is longer is cut */
	bool guarded;		/* only https to public addresses */
	void *of;		/* the caller's */
	/* The answer. */
	int status;		/* 0: none came in time */
	const char *why;	/* then, a sentence; else NULL */
	struct buf answer;
	int retry_after;	/* seconds of the header, at most a day;
				   0: none */
	/* of http_client.c */
	void *handle, *lines;
	bool cut;
};

/* Run one call to its end. */
void http_do(struct http_call *c);

/* Calls side by side.  One that runs must not move, and none may run when
 * they are freed. */
struct http_many *http_many_new(void);
void http_many_free(struct http_many *m);
void http_many_start(struct http_many *m, struct http_call *c);

/* A call that has ended, after waiting for at most ms; NULL: none yet. */
struct http_call *http_many_next(struct http_many *m, int ms);

/*
 * May a guarded call go to this URL?  https, no user, no fragment, port 443
 * or 8443, and a host that is a public address or a name that can be public
 * (not localhost, not under .local, .internal...; a name that turns out to
 * be an inner address is refused when it is called).  guarded false: http
 * and any host and port, too.  -1 and the reason in *why_r.
 */
int http_url_check(const char *url, bool guarded, const char **why_r);

/* "a=b&c=d" for application/x-www-form-urlencoded: add one pair. */
void http_form_add(struct buf *form, const char *key, const char *value);

#endif
