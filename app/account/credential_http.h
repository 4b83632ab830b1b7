/* SPDX-License-Identifier: MIT */
#ifndef APP_ACCOUNT_CREDENTIAL_HTTP_H
#define APP_ACCOUNT_CREDENTIAL_HTTP_H

#include "lib/route.h"

#include "app/shapes.h"

struct password_change_in { const char *current_password, *new_password; };
struct password_forgot_in { const char *email; };
struct password_reset_in { const char *token, *password; };
struct email_verify_in { const char *token; };
extern const struct table password_change_in_table, password_forgot_in_table,
    password_reset_in_table, email_verify_in_table;

extern const struct shape accepted_shape;

handler post_auth_change_password, post_auth_forgot_password,
    post_auth_reset_password, post_auth_verify_email;

/* Whose account a request is about: the token's user, or the one that an
 * admin acts for. */
int64_t acting_user(const struct req *rq);

/*
 * For a handler with TX_STEPS: does the password fit the acting user's
 * account?  E_WRONG_PASSWORD, E_TOO_MANY_ATTEMPTS.  *secret_r: email,
 * username, _hash as they were tried.  If it fits, the tries are forgotten.
 */
int confirm_password(struct req *rq, struct resp *rs, const char *password,
    struct rows *secret_r);

/* A new hash; outside of any transaction.  NULL and E_INTERNAL if there is no
 * memory. */
const char *new_hash(struct req *rq, const char *password);

#endif
