/* SPDX-License-Identifier: MIT */
#include "t/help/sound.h"

#include "t/help/suite.h"

#include <string.h>

#include "lib/tx.h"

#include "app/admin/check.h"

#include "t/help/db.h"

void
ck_sound(void)
{
	struct tx *tx = db_begin();
	const char *first;
	int64_t n;

	ck_assert_int_eq(check_snapshot(tx), 0);
	for (const struct invariant *v = check_list(); v->name != NULL; v++) {
		ck_assert_int_eq(check_one(tx, v, &n, &first), 0);
		ck_assert_msg(n == 0, "%s: %lld: %s", v->name, (long long)n,
		    first);
	}
	db_rollback(tx);
}

int64_t
violations(const char *name)
{
	const struct invariant *v = check_list();
	struct tx *tx = db_begin();
	const char *first;
	int64_t n;

	while (strcmp(v->name, name) != 0)
		v++;
	ck_assert_int_eq(check_one(tx, v, &n, &first), 0);
	db_rollback(tx);
	return n;
}
