/* SPDX-License-Identifier: MIT */
#ifndef APP_STOCK_STOCK_CHECK_H
#define APP_STOCK_STOCK_CHECK_H

#include <stdint.h>

#include "lib/route.h"

struct stock_filter {		/* narrows the lists, never the counts */
	const char *category;	/* of stock_categories, or NULL */
	struct opt_i64 min, max;
};

extern const struct shape stock_check_shape, stock_summary_shape,
    stock_counts_shape, stock_categories_shape, stock_distribution_shape,
    stock_alerts_shape, stock_entry_shape, stock_filters_shape;
extern const char *const stock_categories[];	/* ended by NULL */

/*
 * How well the active products are stocked: one row. A product's stock is
 * what is available of its variants together.
 */
int stock_check(struct tx *tx, const struct stock_filter *f,
    struct rows *rs_r);

/*
 * Fold a batch of marks (products whose stock has changed) into the levels
 * that the report counts by; *n_r marks were folded. Called by the jobs.
 * Locks the counts, then what it folds.
 */
int stock_check_fold(struct tx *tx, int64_t *n_r);

#endif
