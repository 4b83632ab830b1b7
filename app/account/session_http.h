/* SPDX-License-Identifier: MIT */
#ifndef APP_ACCOUNT_SESSION_HTTP_H
#define APP_ACCOUNT_SESSION_HTTP_H

#include "lib/route.h"

#include "app/account/session.h"

struct refresh_in { const char *refresh_token; };
extern const struct table refresh_in_table;
struct sessions_query { struct page page; };
extern const struct table sessions_query_table;

extern const struct shape token_pair_shape;

handler post_auth_refresh, post_auth_logout, get_auth_sessions,
    delete_auth_sessions_id;

/* The members of an answer that hands out tokens, without braces. */
void token_pair_members(const struct token_pair *p, struct buf *out);

/* What the client calls itself: the printable ASCII of User-Agent, at most
 * 200 of it; NULL if it says nothing. */
const char *device_name(struct req *rq);

#endif
