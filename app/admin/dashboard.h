/* SPDX-License-Identifier: MIT */
#ifndef APP_ADMIN_DASHBOARD_H
#define APP_ADMIN_DASHBOARD_H

#include "lib/route.h"

extern const struct shape dashboard_shape;

/* One row: the sums of orders created from..to (UTC days, both ends in;
 * NULL: the last 30 days). E_INVALID_PARAMETER if from is after to. */
int dashboard_read(struct tx *tx, const char *from, const char *to,
    struct rows *rs);

/*
 * Fold a batch of the journals into the sums per day; *n_r rows were folded.
 * Called by the jobs process. Locks: journal rows (those locked by another
 * are skipped), then the days in order.
 */
int dashboard_fold(struct tx *tx, int64_t *n_r);

#endif
