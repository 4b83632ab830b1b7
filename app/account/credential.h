/* SPDX-License-Identifier: MIT */
#ifndef APP_ACCOUNT_CREDENTIAL_H
#define APP_ACCOUNT_CREDENTIAL_H

/* Passwords and single-use tokens, and how often one may guess them. */

#include <stdint.h>

struct arena;
struct rows;
struct tx;

/*
 * A try is counted before the password is looked at, so that parallel tries
 * count: the caller's transaction must be committed before the hash is
 * tried.  E_TOO_MANY_ATTEMPTS from the 11th within 15 minutes of the first
 * (never with RATE_LIMITS=off).  Case does not tell identifiers apart.
 * Locks: the counter's row.
 */
int attempt_count(struct tx *tx, const char *identifier);

/* Queue: forget the tries. */
void attempt_clear(struct tx *tx, const char *identifier);

/* The counter of those who know a user's id from a session (confirming the
 * current password).  No identifier that was typed equals it. */
const char *attempt_of_user(struct arena *mem, int64_t user);

/* Queue: forget all tries at this user's password. */
void attempt_clear_user(struct tx *tx, int64_t user);

/* Queue: the same, and the mails that were asked for, before the address
 * stops being the user's. */
void attempt_forget_address(struct tx *tx, int64_t user);

/* The account of an e-mail address or username: id, is_active, _hash; no
 * row if there is none (rs->n). */
int account_find(struct tx *tx, const char *identifier, struct rows *rs);

/* email, username, _hash of an active account.  E_NOT_FOUND. */
int account_secret(struct tx *tx, int64_t user, struct rows *rs);

/*
 * Change the password if it still is the one that `old` is the hash of;
 * E_WRONG_PASSWORD if it is not.  All sessions but `keep` (0: none) end, and
 * all tokens to reset it are void.
 */
int password_change(struct tx *tx, int64_t user, const char *old,
    const char *hash, int64_t keep);

/* Queue: replace a stale hash of the same password. */
void password_rehash(struct tx *tx, int64_t user, const char *old,
    const char *hash);

/*
 * Queue a token for the user's e-mail address ("reset", good for 1 hour;
 * "verify", 3 days), and the event `topic` from which it is mailed.  Older
 * ones of the same purpose are void.  Only its SHA-256 is kept.
 */
void token_mail(struct tx *tx, int64_t user, const char *email,
    const char *purpose, const char *topic);

/* Mail a token to reset the password of an active account, three times in
 * 15 minutes at most; does as much work if there is no account. */
int password_forgot(struct tx *tx, const char *email);

/* Who a good reset token belongs to: email, username; it is not spent.
 * E_BAD_RESET_TOKEN. */
int token_owner(struct tx *tx, const char *token, struct rows *rs);

/* Spend a reset token: the password is changed, the address proven, all
 * sessions end, the tries are forgotten.  E_BAD_RESET_TOKEN. */
int password_reset(struct tx *tx, const char *token, const char *hash);

/* Spend a token that proves the e-mail address.  E_BAD_RESET_TOKEN. */
int email_verify(struct tx *tx, const char *token);

#endif
