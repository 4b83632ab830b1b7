/* SPDX-License-Identifier: MIT */
#ifndef APP_JOBS_OUTBOX_H
#define APP_JOBS_OUTBOX_H

#include <stdint.h>

struct tx;

/*
 * Queue an event ("order.created") in the transaction of the change that it
 * tells of. The jobs process turns it into mail and webhook deliveries
 * after the commit. payload is a JSON object or NULL.
 */
void outbox_event(struct tx *tx, const char *topic, int64_t order_id,
    int64_t user_id, const char *payload);

#endif
