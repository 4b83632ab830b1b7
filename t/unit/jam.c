/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <sys/wait.h>
#include <unistd.h>

#include "lib/jam.h"

static void
setup(void)
{
	jam_init();
}

/* Whether another process may wait for it. */
static bool
other(enum jam_kind kind, int64_t id)
{
	int status;

	if (fork() == 0)
		_exit(jam_enter(kind, id) ? 0 : 1);
	ck_assert_int_gt(wait(&status), 0);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status) == 0;
}

START_TEST(one_waits)
{
	ck_assert(jam_enter(JAM_STOCK, 7));
	ck_assert(other(JAM_STOCK, 7));
	jam_tell(JAM_STOCK, 7);
	ck_assert(jam_enter(JAM_STOCK, 7));
	ck_assert(jam_enter(JAM_STOCK, 7));
	ck_assert(!other(JAM_STOCK, 7));
	ck_assert(other(JAM_STOCK, 8));
	ck_assert(other(JAM_CART, 7));
	/* Not in time again: the next one may try. */
	jam_tell(JAM_STOCK, 7);
	ck_assert(other(JAM_STOCK, 7));
}
END_TEST

START_TEST(free_again)
{
	jam_tell(JAM_CART, 9);
	ck_assert(jam_enter(JAM_CART, 9));
	ck_assert(!other(JAM_CART, 9));
	jam_leave(JAM_CART, 9, true);
	ck_assert(other(JAM_CART, 9));
	ck_assert(jam_enter(JAM_CART, 9));
}
END_TEST

START_TEST(given_up)
{
	jam_tell(JAM_CART, 9);
	ck_assert(jam_enter(JAM_CART, 9));
	jam_leave(JAM_CART, 9, false);
	/* It is jammed still, and who tried is dead: nobody for 2 s. */
	ck_assert(other(JAM_CART, 9));
	ck_assert(!jam_enter(JAM_CART, 9));
	usleep(2100000);
	ck_assert(jam_enter(JAM_CART, 9));
	ck_assert(other(JAM_CART, 9));
}
END_TEST

SUITE(jam)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, one_waits);
	tcase_add_test(tc, free_again);
	tcase_add_test(tc, given_up);
}
