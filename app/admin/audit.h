/* SPDX-License-Identifier: MIT */
#ifndef APP_ADMIN_AUDIT_H
#define APP_ADMIN_AUDIT_H

#include "lib/route.h"

extern const struct shape audit_entry_shape;

/*
 * Queue one row of the audit log: who (actor, acting_for, address and
 * request id of the transaction) did what ("product.update") to what
 * ("product", id). before and after are JSON texts or NULL. Travels in the
 * transaction of the change.
 */
void audit_put(struct tx *tx, const char *action, const char *target_type,
    int64_t target_id, const char *before, const char *after);

/* 0 and NULL: any. */
struct audit_filter {
	int64_t actor_id, target_id;
	const char *action, *target_type;
};

/* Up to limit + 1 entries after the id, oldest first; their number in all
 * (column total) if total is not NULL. */
int audit_list(struct tx *tx, const struct audit_filter *f, int64_t after,
    int64_t limit, struct rows *rs, struct rows *total);

#endif
