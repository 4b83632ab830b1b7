/* SPDX-License-Identifier: MIT */
#include "t/help/runner.h"

#define SUITE(name) Suite *name##_suite(void);
#include "t/call/suites.def"
#undef SUITE

int
main(void)
{
	static suite_maker *const makers[] = {
#define SUITE(name) name##_suite,
#include "t/call/suites.def"
#undef SUITE
	};

	return run_suites(makers, sizeof(makers) / sizeof(makers[0]));
}
