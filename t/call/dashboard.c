/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "t/help/call.h"
#include "t/help/db.h"

static struct persona admin;

static void
setup(void)
{
	admin = persona_new(true);
}

static struct answer
report(const char *query)
{
	return call("GET", pathf("/api/v1/admin/dashboard?%s", query),
	    admin.token, NULL);
}

START_TEST(bounds)
{
	struct answer a = report("to=2021-03-31");

	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "from"), "2021-03-02");
	ck_assert_str_eq(jstr(&a, "to"), "2021-03-31");
	a = report("to=0001-01-02");
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "from"), "0001-01-01");
	ck_problem(report("from=2021-03-02&to=2021-03-01"), 400,
	    "invalid_parameter");
}
END_TEST

SUITE(dashboard)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, bounds);
}
