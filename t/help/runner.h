/* SPDX-License-Identifier: MIT */
#ifndef T_HELP_RUNNER_H
#define T_HELP_RUNNER_H

/*
 * A test program is t/<level>/main.c, three lines that list the suites of
 * t/<level>/suites.def; each file t/<level>/x.c defines x_suite().
 */

#include <check.h>

typedef Suite *suite_maker(void);

/* Run all, honouring CK_FORK; returns the exit status. */
int run_suites(suite_maker *const *makers, size_t n);

/* One test case of a suite, with a time-out in seconds. */
TCase *suite_case(Suite *s, const char *name, int timeout);

#endif
