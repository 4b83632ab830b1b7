/* SPDX-License-Identifier: MIT */
#ifndef APP_JOBS_WEBHOOK_H
#define APP_JOBS_WEBHOOK_H

/*
 * Endpoints of others that are told of events (Standard Webhooks 1.0). The
 * secret is shown when it is made and never again.
 */

#include "lib/field.h"
#include "lib/pg.h"
#include "lib/route.h"

struct tx;

struct webhook_new {
	const char *url, *description;
	struct texts events;
	struct opt_bool is_active;
};

struct webhook_change {
	const char *url;
	struct opt_text description;
	struct texts events;
	struct opt_bool is_active;
};

extern const struct table webhook_new_table, webhook_change_table;
extern const struct shape webhook_shape, webhook_secret_shape,
    delivery_shape;

/* The row has the column secret. */
int webhook_create(struct tx *tx, const struct webhook_new *in,
    struct rows *rs_r);

int webhook_get(struct tx *tx, int64_t id, struct rows *rs_r);

/* Up to limit + 1 from id `after` on; total_r may be NULL. */
int webhook_list(struct tx *tx, int64_t after, int64_t limit,
    struct rows *rs_r, struct rows *total_r);

/* The row for a change, locked: columns _version and _json (for the audit
 * log). */
int webhook_lock(struct tx *tx, int64_t id, struct rows *rs_r);

/* Switching it on forgives the failures. */
int webhook_update(struct tx *tx, int64_t id,
    const struct webhook_change *in, struct rows *rs_r);

/* Its deliveries go with it. */
int webhook_delete(struct tx *tx, int64_t id);

/* A new secret, shown in the row; the old one signs too for 24 hours. */
int webhook_rotate(struct tx *tx, int64_t id, struct rows *rs_r);

/* Newest first, after (below) the entry `after`; state NULL: all. */
int webhook_deliveries(struct tx *tx, int64_t id, const char *state,
    int64_t after, int64_t limit, struct rows *rs_r, struct rows *total_r);

/* Send a delivery again, at once, with the same webhook-id. */
int webhook_replay(struct tx *tx, int64_t id, int64_t delivery,
    struct rows *rs_r);

#endif
