/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <unistd.h>

#include "lib/arena.h"

#include "app/config.h"
#include "app/jobs/work.h"

#include "t/help/call.h"
#include "t/help/db.h"

/* An order of a line for each of 200 variants with long titles. */
static int64_t
long_order(void)
{
	const char *x = "................................................";
	struct persona admin = persona_new(true), buyer = persona_new(false);
	struct answer a;
	struct buf b;

	buf_init(&b, db_mem(), 65536);
	buf_printf(&b, "{\"title\":\"%s%s%s%s\",\"variants\":[", x, x, x, x);
	for (int i = 0; i < 200; i++)
		buf_printf(&b, "%s{\"title\":\"%s%s\",\"price_cents\":1,"
		    "\"stock\":1}", i > 0 ? "," : "", x, x);
	buf_str(&b, "]}");
	a = call("POST", "/api/v1/products", admin.token, b.data);
	ck_status(a, 201);
	buf_init(&b, db_mem(), 65536);
	buf_str(&b, "{\"delivery_address\":\"Here\",\"items\":[");
	for (int i = 0; i < 200; i++)
		buf_printf(&b, "%s{\"variant_id\":%lld}", i > 0 ? "," : "",
		    (long long)jint(&a, pathf("variants[%d].id", i)));
	buf_str(&b, "]}");
	a = call("POST", "/api/v1/orders", buyer.token, b.data);
	ck_status(a, 201);
	return jint(&a, "id");
}

/* Together they would not fit into the memory of a turn. */
START_TEST(long_letters)
{
	char dir[] = "/tmp/shopd-mail.XXXXXX";
	struct err err;
	struct job job = { .pg = db_pg(), .mem = arena_new(1 << 24),
	    .err = &err, .role = "test" };
	int64_t order = long_order(), last;

	db_exec("UPDATE outbox SET state = 'done', done_at = now()"
	    " WHERE state = 'queued'");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	config.mail_url = NULL;
	config.mail_dir = dir;
	last = db_i64("WITH i AS (INSERT INTO outbox (kind, topic, user_id,"
	    " order_id) SELECT 'mail', 'order.created', user_id, id"
	    " FROM orders, generate_series(1, 100) WHERE id = %lld"
	    " RETURNING id) SELECT max(id) FROM i", (long long)order);
	ck_assert_int_eq(mailer_turn(&job), WORK_REST);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM outbox WHERE"
	    " kind = 'mail' AND state = 'done' AND order_id = %lld",
	    (long long)order), 100);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(unlink(pathf("%s/%010lld-order.created.eml",
		    dir, (long long)last - i)), 0);
	ck_assert_int_eq(rmdir(dir), 0);
	arena_free(job.mem);
}
END_TEST

SUITE(letters)
{
	if (forked())	/* it becomes a worker */
		tcase_add_test(tc, long_letters);
}
