/* SPDX-License-Identifier: MIT */
#ifndef APP_ACCOUNT_SESSION_H
#define APP_ACCOUNT_SESSION_H

/*
 * A session is one login and a family of refresh tokens, each good for one
 * use.  The row keeps the SHA-256 of the newest; ending the row ends the
 * family and its access tokens with the next request (session_check() of
 * db/migrations/0001_account.sql).
 */

#include <stdbool.h>
#include <stdint.h>

#include "app/shapes.h"

struct rows;
struct token;
struct tx;

struct token_pair { const char *access, *refresh; };

extern const struct shape session_shape;

/*
 * Open a session for the user if `hash` still is the password's and the
 * account is active (E_INVALID_CREDENTIALS): *rs has the user's columns.
 * Locks the user's row, shared, so that a password change either comes first
 * or sees the session.
 */
int session_open(struct tx *tx, int64_t user, const char *hash,
    const char *device, struct rows *rs, struct token_pair *pair_r);

enum refreshed { REFRESH_DONE, REFRESH_REUSED, REFRESH_REVOKED };

/*
 * Spend the refresh token `text` (already verified: t) for a new pair.  One
 * that was spent before ends the session; *outcome_r tells, as the
 * transaction must be committed for that.  Locks the session's row: of
 * parallel tries one wins.
 */
int session_refresh(struct tx *tx, const struct token *t, const char *text,
    struct token_pair *pair_r, enum refreshed *outcome_r);

/* Open sessions of the transaction's user, in id order after `after`, up to
 * limit + 1; `current` marks the one with that id. */
int session_list(struct tx *tx, int64_t current, int64_t after,
    int64_t limit, struct rows *rs);
/* Queue: how many there are, as total. */
void session_count(struct tx *tx, struct rows *rs);

/* End one of the user's own.  E_NOT_FOUND. */
int session_end(struct tx *tx, int64_t user, int64_t session);
/* Queue: end all of a user's but `keep` (0: none). */
void session_end_all(struct tx *tx, int64_t user, int64_t keep);

#endif
