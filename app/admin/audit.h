/* SPDX-License-Identifier: MIT */
#ifndef APP_ADMIN_AUDIT_H
#define APP_ADMIN_AUDIT_H

#include <stdint.h>

struct tx;

/*
 * Queue one row of the audit log: who (actor, acting_for, address and
 * request id of the transaction) did what ("product.update") to what
 * ("product", id). before and after are JSON texts or NULL. Travels in the
 * transaction of the change.
 */
void audit_put(struct tx *tx, const char *action, const char *target_type,
    int64_t target_id, const char *before, const char *after);

#endif
