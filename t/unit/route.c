/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <signal.h>
#include <string.h>

#include "lib/route.h"

static int
run(struct req *rq, struct resp *rs)
{
	(void)rq;
	(void)rs;
	return 0;
}

static const struct route rows[] = {
	{ .methods = GET, .path = "//", .run = run, .summary = "root" },
	{ .methods = GET, .path = "//health", .run = run,
	  .summary = "health" },
	{ .methods = GET, .path = "/orders", .run = run,
	  .summary = "orders" },
	{ .methods = POST, .path = "/orders", .run = run,
	  .summary = "order" },
	{ .methods = GET, .path = "/orders/{id:uuid}", .run = run,
	  .summary = "order by id" },
	{ .methods = GET, .path = "/orders/{id:uuid}/events", .run = run,
	  .summary = "events" },
	{ .methods = GET, .path = "/orders/health/stock", .run = run,
	  .summary = "stock" },
	{ .methods = GET, .path = "/products/{id:slug}", .run = run,
	  .summary = "product" },
	{ .methods = PATCH | PUT, .path = "/products/{id}", .run = run,
	  .summary = "change" },
	{ .methods = PATCH | PUT,
	  .path = "/products/{id}/variants/{vid}", .run = run,
	  .summary = "variant" },
	{ .methods = POST, .path = "/hooks/{provider:text}", .run = run,
	  .summary = "hook" },
};
static const struct alias aliases[] = {
	{ GET, "//products/{id:slug}", "/products/{id:slug}" },
	{ GET, "/orders/mine", "/orders" },
	{ GET | POST, "//shop", "/orders" },
	{ GET, "//api/health", "//health" },
};
static const struct route_table table = {
	rows, sizeof(rows) / sizeof(*rows),
	aliases, sizeof(aliases) / sizeof(*aliases)
};

static struct arena *mem;
static struct err err;
static struct req rq;
static unsigned allow;

static void
setup(void)
{
	mem = arena_new(1 << 20);
}

static void
teardown(void)
{
	arena_free(mem);
}

static int
find(enum method m, const char *path)
{
	err_init(&err, mem);
	rq = (struct req){ .mem = mem, .err = &err, .method = m,
	    .path = path };
	return route_find(&table, &rq, &allow);
}

static void
hit(enum method m, const char *path, const char *want)
{
	ck_assert_msg(find(m, path) == 0, "%s", path);
	ck_assert_ptr_nonnull(rq.route);
	ck_assert_str_eq(rq.route->summary, want);
}

static void
miss(const char *path)
{
	ck_assert_msg(find(GET, path) == -1, "%s", path);
	ck_assert_str_eq(err.kind->code, "not_found");
	ck_assert_ptr_null(rq.route);
	ck_assert_uint_eq(allow, 0);
}

static void
wrong(enum method m, const char *path, const char *want)
{
	struct buf b;

	ck_assert_msg(find(m, path) == -1, "%s", path);
	ck_assert_str_eq(err.kind->code, "method_not_allowed");
	buf_init(&b, mem, 64);
	route_allow(allow, &b);
	ck_assert_str_eq(b.data, want);
}

START_TEST(both_prefixes)
{
	hit(GET, "/", "root");
	hit(GET, "/health", "health");
	hit(GET, "/api/health", "health");
	hit(GET, "/api/v1/orders", "orders");
	hit(GET, "/api/orders", "orders");
	hit(POST, "/api/v1/orders", "order");
	hit(HEAD, "/api/v1/orders", "orders");
	miss("/orders");
	miss("/api/v1/health");
	miss("/api/v2/orders");
	miss("/API/v1/orders");
	miss("/api/v1/Orders");
	miss("/api/v1");
	miss("/api");
}
END_TEST

START_TEST(slashes)
{
	/* The transport takes one slash away; what is left counts. */
	miss("/api/v1/orders/");
	miss("/api/v1/orders//");
	miss("//");
	miss("/api/v1//orders");
	miss("//api/v1/orders");
	miss("/api/v1/orders/5//events");
	miss("api/v1/orders");
	miss("/a/b/c/d/e/f/g/h/i/j/k/l");
	miss("/api/v1/orders/./5");
	miss("/api/v1/hooks/../orders");
}
END_TEST

START_TEST(numbers)
{
	hit(PUT, "/api/v1/products/12", "change");
	ck_assert_int_eq(rq.ids[0], 12);
	ck_assert_str_eq(rq.refs[0], "12");
	hit(PUT, "/api/v1/products/9223372036854775807", "change");
	ck_assert_int_eq(rq.ids[0], INT64_MAX);
	hit(PATCH, "/api/products/3/variants/4", "variant");
	ck_assert_int_eq(rq.ids[0], 3);
	ck_assert_int_eq(rq.ids[1], 4);
	ck_assert_int_eq(rq.ids[2], 0);
}
END_TEST

START_TEST(bad_numbers)
{
	static const char *const bad[] = { "0", "-1", "01", "1e3", "0x10",
	    "1 ", " 1", "+1", "1.0", "9223372036854775808",
	    "99999999999999999999", "1;x", "x", "..", "%31", "\xd9\xa1" };
	char path[64] = "/api/v1/products/";
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		strcpy(path + 17, bad[i]);
		strcat(path, "/variants/1");
		miss(path);
	}
}
END_TEST

START_TEST(slugs)
{
	hit(GET, "/api/v1/products/red-shoe-2", "product");
	ck_assert_int_eq(rq.ids[0], 0);
	ck_assert_str_eq(rq.refs[0], "red-shoe-2");
	hit(GET, "/products/7", "product");
	ck_assert_int_eq(rq.ids[0], 7);
	miss("/products/12-34");
	miss("/products/Red");
	miss("/products/99999999999999999999");
	miss("/products/a%00");
}
END_TEST

START_TEST(uuids)
{
	const char *u = "/api/v1/orders/0B8F6F0E-4c2e-4d5f-9a51-3f2b8c1d7e90";

	hit(GET, u, "order by id");
	ck_assert_int_eq(rq.ids[0], 0);
	ck_assert_str_eq(rq.refs[0], u + 15);
	miss("/api/v1/orders/abc");
	miss("/api/v1/orders/0b8f6f0e-4c2e-4d5f-9a51-3f2b8c1d7e9");
}
END_TEST

START_TEST(words_win)
{
	hit(GET, "/api/v1/orders/mine", "orders");
	hit(GET, "/api/v1/orders/health/stock", "stock");
	hit(GET, "/api/v1/orders/5/events", "events");
	miss("/api/v1/orders/health/events");
	wrong(PUT, "/api/v1/orders/mine", "GET, HEAD, OPTIONS");
}
END_TEST

START_TEST(texts)
{
	hit(POST, "/api/v1/hooks/test", "hook");
	ck_assert_str_eq(rq.refs[0], "test");
	ck_assert_int_eq(rq.ids[0], 0);
	hit(POST, "/api/v1/hooks/12", "hook");
	ck_assert_int_eq(rq.ids[0], 0);
	miss("/api/v1/hooks/a/b");
}
END_TEST

START_TEST(aliases_by_method)
{
	hit(GET, "/shop", "orders");
	hit(POST, "/shop", "order");
	wrong(POST, "/products/7", "GET, HEAD, OPTIONS");
}
END_TEST

START_TEST(methods)
{
	wrong(DELETE, "/api/v1/orders", "GET, HEAD, POST, OPTIONS");
	wrong(0, "/api/v1/orders", "GET, HEAD, POST, OPTIONS");
	wrong(POST, "/api/v1/products/7", "GET, HEAD, PUT, PATCH, OPTIONS");
	wrong(PUT, "/api/v1/products/red", "GET, HEAD, OPTIONS");
	wrong(GET, "/api/v1/hooks/test", "POST, OPTIONS");
	ck_assert_int_eq(find(POST, "/nowhere"), -1);
	ck_assert_str_eq(err.kind->code, "not_found");
}
END_TEST

START_TEST(options)
{
	struct buf b;

	ck_assert_int_eq(find(OPTIONS, "/api/v1/products/7"), 0);
	ck_assert_ptr_null(rq.route);
	buf_init(&b, mem, 64);
	route_allow(allow, &b);
	ck_assert_str_eq(b.data, "GET, HEAD, PUT, PATCH, OPTIONS");
	ck_assert_int_eq(find(OPTIONS, "/nowhere"), -1);
	ck_assert_str_eq(err.kind->code, "not_found");
}
END_TEST

START_TEST(lost_alias)
{
	static const struct alias lost[] = { { GET, "/a", "/nothing" } };
	static const struct route_table t = { rows, 1, lost, 1 };

	rq = (struct req){ .mem = mem, .err = &err, .path = "/" };
	route_find(&t, &rq, &allow);
}
END_TEST

SUITE(route)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, both_prefixes);
	tcase_add_test(tc, slashes);
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, bad_numbers);
	tcase_add_test(tc, slugs);
	tcase_add_test(tc, uuids);
	tcase_add_test(tc, words_win);
	tcase_add_test(tc, texts);
	tcase_add_test(tc, aliases_by_method);
	tcase_add_test(tc, methods);
	tcase_add_test(tc, options);
	add_death(tc, lost_alias, SIGABRT);
}
