/* SPDX-License-Identifier: MIT */
#ifndef APP_WEB_HEALTH_H
#define APP_WEB_HEALTH_H

#include <stdint.h>

struct rows;
struct tx;

/* One row with the number of the newest migration applied (level). */
int health_level(struct tx *tx, int64_t *level_r);

/* What the metrics tell of the shop: orders (about), revenue_cents of those
 * placed since midnight UTC, stock_outs (products). */
int health_shop(struct tx *tx, struct rows *rs);

/* And of the jobs: jobs_queued, jobs_dead, jobs_oldest_seconds, for which the
 * first of what is due has waited. */
int health_jobs(struct tx *tx, struct rows *rs);

#endif
