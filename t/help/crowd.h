/* SPDX-License-Identifier: MIT */
#ifndef T_HELP_CROWD_H
#define T_HELP_CROWD_H

/*
 * The same thing done by many processes at once, for races. Each has a
 * connection of its own; all wait until everybody is there. A process in
 * which a check fails counts as -1.
 */

#define CROWD_MAX 64

struct crowd { int n, result[CROWD_MAX]; };

typedef int crowd_fn(int i, const void *arg);

struct crowd crowd_run(int n, crowd_fn *fn, const void *arg);

/* How many had this result. */
int crowd_count(const struct crowd *c, int result);

#endif
