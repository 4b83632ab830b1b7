/* SPDX-License-Identifier: MIT */
#ifndef APP_JOBS_PRUNE_H
#define APP_JOBS_PRUNE_H

#include <stddef.h>
#include <stdint.h>

struct tx;

/*
 * What has had its time goes, up to limit rows of one table at a call:
 * idempotency keys after 24 h; of the outbox what is done, events after a
 * day, mail after a week, deliveries after 30 days, and what is dead after 30
 * days, or after 3 with a code in it; spent tokens, sessions and login
 * attempts; what is older than HISTORY_DAYS in the audit log and the ledger,
 * whose sums stay. which counts from 0 to prune_kinds - 1.
 */
extern const size_t prune_kinds;
int prune(struct tx *tx, size_t which, int64_t limit, int64_t *count_r);

#endif
