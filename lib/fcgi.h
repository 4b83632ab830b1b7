/* SPDX-License-Identifier: MIT */
#ifndef LIB_FCGI_H
#define LIB_FCGI_H

/*
 * FastCGI: the only file that includes fcgiapp.h.  Connections are accepted
 * here and handed to libfcgi (see lib/fcgi.c for what that avoids: waits of
 * 2 s, reads without a time-out, answers cut by a signal).  The CGI text on
 * both sides is lib/cgi.c's.
 */

#include <stddef.h>

struct arena;
struct buf;
struct err;
struct req;
struct resp;

/* Called for each request; must fill the answer. */
typedef void fcgi_handler(struct req *, struct resp *, void *arg);

/*
 * Serve connections of listen_fd until worker_leaving(); tells the master
 * that it is ready.  One request a connection.  mem is reset after each.
 *
 * What is no request is answered here and logged, and the handler is not
 * called: see cgi_request(); a body shorter or longer than its
 * Content-Length (400), or longer than max_body (413, without reading it).
 * A peer that stops in the middle of a request holds the worker for 1 s, one
 * that does not read its answer for 10 s.
 *
 * worker_signals() must have been called: TERM then interrupts an idle wait
 * at once and a request in work never.  Returns the exit status.
 */
int fcgi_serve(int listen_fd, struct arena *mem, size_t max_body,
    fcgi_handler *run, void *arg);

#endif
