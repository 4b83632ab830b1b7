/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdlib.h>
#include <string.h>

extern const struct suite *const __start_suites[];
extern const struct suite *const __stop_suites[];

void
add_death(TCase *tc, const TTest *test, int sig)
{
	const char *fork_mode = getenv("CK_FORK");

	if (fork_mode == NULL || strcmp(fork_mode, "no") != 0)
		tcase_add_test_raise_signal(tc, test, sig);
}

static Suite *
make_suite(const struct suite *s)
{
	Suite *suite = suite_create(s->name);
	TCase *tc = tcase_create(s->name);

	tcase_set_timeout(tc, 60);
	s->fill(tc);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	const struct suite *const *s;
	SRunner *sr = srunner_create(NULL);
	int failed;

	for (s = __start_suites; s < __stop_suites; s++)
		srunner_add_suite(sr, make_suite(*s));
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
