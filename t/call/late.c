/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <time.h>

#include "t/help/call.h"
#include "t/help/db.h"

/* Requests that waited for a worker. */

static struct persona buyer;
static struct goods goods;

static void
setup(void)
{
	buyer = persona_new(false);
	goods = goods_new(100, 10);
}

/* So many milliseconds ago, as nginx says it. */
static const char *
ago(int64_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 - ms;
	return pathf("%lld.%03lld", (long long)(ms / 1000),
	    (long long)(ms % 1000));
}

static struct answer
order(const char *started)
{
	return call_with("POST", "/api/v1/orders", buyer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":1}],"
	    "\"delivery_address\":\"Here\"}", (long long)goods.variant),
	    "Request-Started", started, NULL);
}

static struct answer
pay(int64_t order_id, const char *started)
{
	return call_with("POST", "/api/v1/payments", buyer.token,
	    pathf("{\"order_id\":%lld,\"token\":\"tok_visa\"}",
	    (long long)order_id), "Request-Started", started, NULL);
}

START_TEST(too_late)
{
	struct answer a;

	a = order(ago(5100));
	ck_problem(a, 503, "unavailable");
	ck_assert_int_eq(a.rs.retry_after, 1);
	ck_assert_uint_eq(a.stmts, 0);
	ck_problem(order(ago(59000)), 503, "unavailable");
	ck_status(order(ago(4000)), 201);
	ck_status(order(ago(0)), 201);
}
END_TEST

START_TEST(another_clock)
{
	ck_status(order(ago(-10000)), 201);
	ck_status(order(ago(3600000)), 201);
	ck_status(order("nan"), 201);
	ck_status(order("-1e999"), 201);
	ck_status(order(""), 201);
}
END_TEST

/* With less than half of its time a payment is not begun. */
START_TEST(paying)
{
	struct answer a = order(ago(0));
	int64_t id = jint(&a, "id");

	a = pay(id, ago(2600));
	ck_problem(a, 503, "unavailable");
	ck_assert_uint_eq(a.stmts, 0);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM payments"
	    " WHERE order_id = %lld", (long long)id), 0);
	ck_status(pay(id, ago(2000)), 201);
	/* Which asks nobody. */
	ck_status(call_with("POST", "/api/v1/users", NULL,
	    pathf("{\"email\":\"late-%lld@example.com\",\"password\":"
	    "\"long enough 1\"}", (long long)id), "REQUEST_STARTED",
	    ago(2600), NULL), 201);
}
END_TEST

SUITE(late)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, too_late);
	tcase_add_test(tc, another_clock);
	tcase_add_test(tc, paying);
}
