/* SPDX-License-Identifier: MIT */
#ifndef APP_JOBS_JOB_H
#define APP_JOBS_JOB_H

/* The queue as an admin sees it: rows of the outbox, without their
 * payloads. */

#include "lib/field.h"
#include "lib/pg.h"
#include "lib/route.h"

struct tx;

extern const struct shape job_shape;
extern const struct field_kind kind_job_state, kind_job_kind;

/* Newest first, below the id `after` (0: from the top), up to limit + 1;
 * state, kind NULL: all. total_r may be NULL. */
int job_list(struct tx *tx, const char *state, const char *kind,
    int64_t after, int64_t limit, struct rows *rs_r, struct rows *total_r);

/* Run a dead or waiting job at once, with all its tries again.
 * E_NOT_FOUND; E_INVALID_TRANSITION if it is done. */
int job_retry(struct tx *tx, int64_t id, struct rows *rs_r);

#endif
