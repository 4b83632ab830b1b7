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

static int64_t
note(int64_t actor, const char *action, const char *type, int64_t target)
{
	return db_i64("INSERT INTO audit_log (actor_id, action, target_type,"
	    " target_id) VALUES (%lld, '%s', '%s', %lld) RETURNING id",
	    (long long)actor, action, type, (long long)target);
}

/* The rows that a query finds, as bits: the first one is 1. */
static unsigned
seen(const int64_t id[4], const char *query)
{
	struct answer a = call("GET", pathf("/api/v1/admin/audit-log?"
	    "after=%lld%s", (long long)id[0] - 1, query), admin.token, NULL);
	unsigned bits = 0;

	ck_status(a, 200);
	for (size_t i = 0; i < jlen(&a, "data"); i++)
		for (int k = 0; k < 4; k++)
			if (jint(&a, pathf("data[%zu].id", i)) == id[k])
				bits |= 1U << k;
	return bits;
}

static int64_t
counted(const char *query)
{
	struct answer a = call("GET", pathf("/api/v1/admin/audit-log?"
	    "limit=1&count=true%s", query), admin.token, NULL);

	ck_status(a, 200);
	return jint(&a, "total_count");
}

START_TEST(filters)
{
	int64_t target = goods_new(1, 1).product, someone = persona_new(
	    true).id, id[4];
	const char *actor = pathf("&actor_id=%lld", (long long)someone);
	const char *of = pathf("&target_type=cup&target_id=%lld",
	    (long long)target);

	id[0] = note(admin.id, "fill", "cup", target);
	id[1] = note(someone, "fill", "cup", target);
	id[2] = note(someone, "empty", "cup", target + 1);
	id[3] = note(someone, "fill", "mug", target);
	ck_assert_uint_eq(seen(id, ""), 15);
	ck_assert_uint_eq(seen(id, actor), 14);
	ck_assert_uint_eq(seen(id, of), 3);
	ck_assert_uint_eq(seen(id, pathf("%s%s", of, actor)), 2);
	ck_assert_uint_eq(seen(id, "&action=empty"), 4);
	ck_assert_uint_eq(seen(id, pathf("%s&action=fill", actor)), 10);
	ck_assert_uint_eq(seen(id, "&target_type=mug"), 8);
	ck_assert_uint_eq(seen(id, pathf("%s&action=empty", of)), 0);
	ck_assert_uint_eq(seen(id, pathf("&target_id=%lld",
	    (long long)target)), 11);
	ck_assert_int_eq(counted(actor), 3);
	ck_assert_int_eq(counted(of), 2);
	ck_assert_int_eq(counted(pathf("%s%s", of, actor)), 1);
	ck_assert_int_eq(counted(pathf("%s&action=empty", actor)), 1);
}
END_TEST

SUITE(audit)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, filters);
}
