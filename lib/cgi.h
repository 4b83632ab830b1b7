/* SPDX-License-Identifier: MIT */
#ifndef LIB_CGI_H
#define LIB_CGI_H

/*
 * The CGI side of FastCGI (RFC 3875): variables in, header lines out.
 * Nothing here touches a socket.
 */

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct req;
struct resp;

/*
 * Fill rq (whose mem and err are set, the rest zero) from the variables,
 * which must outlive it: "NAME=value" strings, NULL at the end.
 *
 *	method		0 if unknown; HEAD is GET with head set
 *	path		of REQUEST_URI, decoded once, without one trailing
 *			slash
 *	query_string	behind the '?', as it came; "" if there is none
 *	request_id	X-Request-Id if it is 8..64 of [A-Za-z0-9._-], else
 *			32 random hex digits
 *	headers		NULL if absent or empty, except idempotency_key
 *			(an empty one is a fault of the client)
 *	user_agent	what is not UTF-8 or a control character becomes '?'
 *	*length_r	CONTENT_LENGTH, 0 if absent
 *
 * E_BAD_REQUEST for: a variable given twice (nginx 1.22 passes repeated
 * header lines so), over 200 variables, a CONTENT_LENGTH that is no number,
 * a path with malformed or double meaning: bad %xx, NUL, control
 * characters, invalid UTF-8, "." and ".." segments.  request_id is set also
 * then.
 */
int cgi_request(char **vars, struct req *rq, size_t *length_r);

/*
 * Append the head of the answer as CGI text: Status with its reason, header
 * lines, and the empty one.  True if the body follows: 204 and 304 have
 * none.  Control characters never get into a header line.  No Content-Type:
 * application/json, from status 400 on application/problem+json.  No
 * Cache-Control: no-store.  The headers that all answers share, nginx's own
 * too, are added by nginx.
 */
bool cgi_head(const struct req *rq, const struct resp *rs,
    struct buf *out);

#endif
