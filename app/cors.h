/* SPDX-License-Identifier: MIT */
#ifndef APP_CORS_H
#define APP_CORS_H

struct req;
struct resp;

/* CORS (fetch.spec.whatwg.org): off unless CORS_ORIGINS lists the request's
 * Origin, letter by letter; never "*".  Also answers a preflight. */
void cors_headers(const struct req *rq, struct resp *rs);

#endif
