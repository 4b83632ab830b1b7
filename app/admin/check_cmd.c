/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/tx.h"
#include "lib/worker.h"

#include "app/admin/check.h"
#include "app/command.h"
#include "app/config.h"

#define PATIENCE_MS 3600000

int
cmd_check(int argc, char **argv)
{
	struct arena *mem = arena_new((size_t)256 << 20);
	struct pg *pg = pg_new(config.database_url);
	struct tx tx = { 0 };
	struct err e;
	const char *first;
	int64_t n, bad = 0, start = now_ms();
	int rc = 0;

	(void)argv;
	if (argc > 1) {
		die("usage: shopd check");
		return 2;
	}
	err_init(&e, mem);
	tx_begin(&tx, pg, TX_WRITE, mem, &e, now_ms() + PATIENCE_MS);
	rc = check_snapshot(&tx);
	for (const struct invariant *v = check_list();
	    rc == 0 && v->name != NULL; v++) {
		if ((rc = check_one(&tx, v, &n, &first)) == -1)
			break;
		printf("%-4s %-30s %lld%s%s\n", n == 0 ? "ok" : "BAD",
		    v->name, (long long)n, n == 0 ? "" : "  ", first);
		bad += n != 0;
	}
	tx_rollback(&tx);
	if (rc == -1)
		rc = die("check: %s", e.internal != NULL ? e.internal :
		    e.detail);
	else {
		printf("%lld of the invariants are violated (%lld ms)\n",
		    (long long)bad, (long long)(now_ms() - start));
		rc = bad != 0;
	}
	pg_free(pg);
	arena_free(mem);
	return rc;
}
