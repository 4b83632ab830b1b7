/* SPDX-License-Identifier: MIT */
#ifndef APP_AUTH_H
#define APP_AUTH_H

#include <stdbool.h>

struct req;
struct rows;
struct tx;

/*
 * Who asks: checks the bearer token (and X-User-Id) and fills rq->who.
 * Nobody if there is no token and the route takes anyone.  E_UNAUTHORIZED,
 * E_INVALID_TOKEN, E_TOKEN_EXPIRED.  Whether the session is still open, and
 * the role still the user's, is checked by auth_queue()'s statement.
 */
int auth_actor(struct req *rq);

/* Queue the session check of a signed-in request: it refuses the whole
 * flight with E_TOKEN_REVOKED, E_ROLE_CHANGED, E_ACTING_ROLE_CHANGED.
 * *check_r comes with the flight. */
void auth_queue(struct req *rq, struct tx *tx, struct rows *check_r);

/* Queue the audit log's row of an admin's write for another user. */
void auth_audit(struct req *rq, struct tx *tx);

/* Was the session's last use noted so long ago that it is time again? */
bool auth_stale(const struct rows *check);

/* Note it, outside of any transaction: a commit that comes with it does not
 * wait for the disk. */
int auth_touch(struct req *rq, struct tx *tx);

/* After E_ROLE_CHANGED or E_ACTING_ROLE_CHANGED: take the database's word;
 * true if the request should run again. */
bool auth_learn(struct req *rq);

/* Does the actor have the route's role, as the token says?  That may be old:
 * before E_FORBIDDEN the database is to be asked. */
bool auth_role_fits(const struct req *rq);

#endif
