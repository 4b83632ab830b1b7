/* SPDX-License-Identifier: MIT */
#ifndef LIB_FCGI_H
#define LIB_FCGI_H

/*
 * FastCGI: the only file that includes fcgiapp.h.  Connections are accepted
 * here and handed to libfcgi (see lib/fcgi.c for what that avoids: waits of
 * 2 s, reads without a time-out, answers cut by a signal).
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;
struct err;
struct req;
struct resp;

/* Called for each request; must fill the answer. */
typedef void fcgi_handler(struct req *, struct resp *, void *arg);

/*
 * Serve connections of listen_fd until worker_leaving().  mem is reset
 * after each request.  max_body: a longer one is answered 413 without
 * reading it.  TERM interrupts an idle wait at once and a request in work
 * never.
 */
int fcgi_serve(int listen_fd, struct arena *mem, size_t max_body,
    fcgi_handler *run, void *arg);

/* Called between requests, at least every 1 s when idle. */
void fcgi_on_idle(void (*fn)(void *), void *arg);

/* Security headers, status line and all: the answer as CGI text.  Exposed
 * for the tests. */
void fcgi_render(const struct req *rq, const struct resp *rs,
    struct buf *out);

#endif
