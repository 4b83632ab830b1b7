/* SPDX-License-Identifier: MIT */
#ifndef LIB_METRICS_H
#define LIB_METRICS_H

/*
 * Counters and histograms of the whole service, in memory that the master
 * makes before it forks and all workers share; added to atomically, so any
 * worker can show them all.
 */

#include <stddef.h>
#include <stdint.h>

struct buf;

#define METRICS_NO_ROUTE SIZE_MAX

/* Make the memory for that many routes; before the fork.  Without it (tests)
 * everything below does nothing and shows nothing. */
void metrics_init(size_t nroutes);

/*
 * One answered request: the index of its route or METRICS_NO_ROUTE, its
 * method (a bit of enum method, HEAD too; 0: unknown), status, duration in
 * microseconds, database statements, and runs of its transaction (more than
 * one: retries).
 */
void metrics_request(size_t route, unsigned method, int status, int64_t us,
    unsigned stmts, unsigned tries);

/* A database error that made a request fail. */
void metrics_db_error(void);

/* Seconds since metrics_init(). */
int64_t metrics_uptime(void);

/*
 * Append all in the Prometheus text format 0.0.4, with the workers by pool
 * and state: the route label is name(i), i < n; requests without a route
 * have "".  Series that are zero are left out.
 */
void metrics_render(struct buf *out, const char *(*name)(size_t), size_t n);

#endif
