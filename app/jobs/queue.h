/* SPDX-License-Identifier: MIT */
#ifndef APP_JOBS_QUEUE_H
#define APP_JOBS_QUEUE_H

/* How a row of the outbox that was claimed ends, of the kind "mail" or
 * "webhook". All are queued, and do nothing if somebody else has ended it. */

#include <stddef.h>
#include <stdint.h>

struct tx;

/* Done; the secrets in the payloads are wiped. status is the HTTP status,
 * 0: none. */
void queue_done(struct tx *tx, const char *kind, const int64_t *ids, size_t n,
    int status);

/* Failed: again in about seconds (+-10 %). */
void queue_again(struct tx *tx, const char *kind, int64_t id,
    int64_t seconds, int status, const char *why);

/* Failed for good: listed for the admin, who may retry it. */
void queue_dead(struct tx *tx, const char *kind, int64_t id, int status,
    const char *why);

/* Wake the process that listens on the channel, at the commit. */
void queue_wake(struct tx *tx, const char *channel);

/* Pause before try number attempt + 1: first_s, doubled each time, at most
 * most_s. */
int64_t queue_backoff(int64_t attempt, int64_t first_s, int64_t most_s);

#endif
