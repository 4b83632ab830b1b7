/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/tx.h"

#include "t/help/call.h"
#include "t/help/db.h"

STMT(test_plans,
    "SELECT name, generic_plans, custom_plans FROM pg_prepared_statements"
    " WHERE name ~ '^(quote|order|cart|stock|outbox|auth|idempotency)_'");

/*
 * A prepared statement is planned anew each time for as long as such plans
 * look cheaper than one for all parameters. The hot ones are written so that
 * they are not: after the five times that PostgreSQL tries, they run by
 * their generic plan.
 */
START_TEST(hot_statements_keep_their_plan)
{
	struct persona p = persona_new(false);
	struct goods a = goods_new(10, 1000), b = goods_new(20, 1000);
	const char *item = pathf("{\"variant_id\":%lld}",
	    (long long)a.variant);
	const char *order = pathf("{\"items\":[%s,{\"variant_id\":%lld}],"
	    "\"delivery_address\":\"Here\"}", item, (long long)b.variant);
	struct answer r;
	struct rows rs;
	struct tx *tx;

	/* Without what other tests made of the statements. */
	pg_disconnect(db_pg());
	for (int i = 0; i < 12; i++) {
		r = call_with("POST", "/api/v1/orders", p.token, order,
		    "Idempotency-Key", pathf("k%d", i), NULL);
		ck_status(r, 201);
		r = call("GET", r.rs.location, p.token, NULL);
		r = call("GET", "/api/v1/orders", p.token, NULL);
		r = call("POST", "/api/v1/cart/items", p.token, item);
		r = call("POST", "/api/v1/orders", p.token,
		    "{\"delivery_address\":\"Here\"}");
		ck_status(r, 201);
	}
	tx = db_begin();
	ck_assert_int_eq(tx_rows(tx, &rs, &test_plans), 0);
	for (int i = 0; i < rs.n; i++)
		ck_assert_msg(rows_i64(&rs, i, "custom_plans") <= 5,
		    "%s is planned each time", rows_text(&rs, i, "name"));
	ck_assert_int_gt(rs.n, 8);
	db_rollback(tx);
}
END_TEST

SUITE(plan)
{
	tcase_add_test(tc, hot_statements_keep_their_plan);
}
