/* SPDX-License-Identifier: MIT */
#ifndef T_HELP_SUITE_H
#define T_HELP_SUITE_H

#include <check.h>
#undef fail	/* that name belongs to lib/err.h */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * A file of tests names itself and adds its cases:
 *
 *	SUITE(arena)
 *	{
 *		tcase_add_test(tc, test_reset);
 *	}
 *
 * The level's program runs every suite that was linked into it and prints
 * TAP; CK_RUN_SUITE=arena runs one, CK_FORK=no runs all in one process.
 */
struct suite {
	const char *name;
	void (*fill)(TCase *);
};

/* A case that must die of the signal; left out where cases do not fork. */
void add_death(TCase *, const TTest *, int sig);

#define SUITE(id)							\
	static void id##_fill(TCase *tc);				\
	static const struct suite id##_suite = { #id, id##_fill };	\
	static const struct suite *const id##_entry			\
	    __attribute__((section("suites"), used)) = &id##_suite;	\
	static void							\
	id##_fill(TCase *tc)

/* False under CK_FORK=no: tests that end their process cannot run. */
static inline bool
forked(void)
{
	const char *mode = getenv("CK_FORK");

	return mode == NULL || strcmp(mode, "no") != 0;
}

#endif
