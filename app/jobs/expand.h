/* SPDX-License-Identifier: MIT */
#ifndef APP_JOBS_EXPAND_H
#define APP_JOBS_EXPAND_H

#include <stdint.h>

struct tx;

/*
 * Turn up to limit events, in order of their ids, into what follows from
 * them: mail rows, one webhook delivery for each endpoint that wants the
 * event, and stock.low for what an order has nearly emptied. All in this
 * transaction; one process at a time, so that deliveries are queued in the
 * order of the events. *count_r events were done.
 */
int expand_events(struct tx *tx, int64_t limit, int64_t *count_r);

/* Put the first event aside as dead: it cannot be expanded. */
int expand_skip(struct tx *tx, const char *why);

/* Forget alerts of variants that have enough stock again, so that the next
 * time is told of. */
int expand_rearm(struct tx *tx);

#endif
