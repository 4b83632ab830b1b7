/* SPDX-License-Identifier: MIT */
#include "t/help/crowd.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "t/help/suite.h"

#include "t/help/call.h"
#include "t/help/db.h"

#define NOTHING	(-1)

static void
member(int i, int go, int *result, crowd_fn *fn, const void *arg)
{
	char c;

	/* Connections, and what a first statement costs, before the start;
	 * many at once may find the server slow. */
	db_i64("SELECT 1");
	for (int t = 0; t < 20 && call("GET", "/health", NULL,
	    NULL).status != 200; t++)
		usleep(100000);
	result[CROWD_MAX + i] = 1;
	if (read(go, &c, 1) == 0)
		result[i] = fn(i, arg);
	_exit(0);
}

static int
ready(const int *result, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += ((const volatile int *)result)[CROWD_MAX + i];
	return sum;
}

struct crowd
crowd_run(int n, crowd_fn *fn, const void *arg)
{
	size_t size = 2 * CROWD_MAX * sizeof(int);
	int *result = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct crowd c = { .n = n };
	pid_t pids[CROWD_MAX];
	int go[2];

	ck_assert_ptr_ne(result, MAP_FAILED);
	ck_assert_int_le(n, CROWD_MAX);
	ck_assert_int_eq(pipe(go), 0);
	for (int i = 0; i < n; i++) {
		result[i] = NOTHING;
		if ((pids[i] = fork()) == 0) {
			close(go[1]);
			member(i, go[0], result, fn, arg);
		}
		ck_assert_int_gt(pids[i], 0);
	}
	close(go[0]);
	for (int t = 0; t < 3000 && ready(result, n) < n; t++)
		usleep(10000);
	close(go[1]);
	for (int i = 0; i < n; i++) {
		waitpid(pids[i], NULL, 0);
		c.result[i] = result[i];
	}
	munmap(result, size);
	return c;
}

int
crowd_count(const struct crowd *c, int result)
{
	int sum = 0;

	for (int i = 0; i < c->n; i++)
		sum += c->result[i] == result;
	return sum;
}
