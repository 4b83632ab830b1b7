/* SPDX-License-Identifier: MIT */
#ifndef APP_CRASH_H
#define APP_CRASH_H

/*
 * Test hook: with CRASH_AT=point in the environment the process ends here at
 * once, as if killed. Points: before_commit, after_commit, after_charge, and
 * the name of each statement, when it is queued; #n is the n-th point passed,
 * whichever it is. With a ~ before it, the process stops (SIGSTOP) instead.
 */
void crash_point(const char *point);

#endif
