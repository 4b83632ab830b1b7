/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdlib.h>
#include <string.h>

#include "app/routes.h"

#include "t/help/call.h"
#include "t/help/db.h"

/*
 * Every route of the table against every role. Which answer is right follows
 * from the row alone: nobody is 401 where a role is asked for, a customer
 * 403 on an admin's row; one who has the role never gets either for lack of
 * it. Ids in the path name things that do not exist, so nothing is changed.
 */

static const char *
concrete(const char *path)
{
	struct buf b;

	buf_init(&b, db_mem(), 128);
	if (path[1] == '/')
		path++;
	else
		buf_str(&b, "/api/v1");
	for (; *path != '\0'; path++) {
		if (*path == '{') {
			const char *end = path + strcspn(path, "}");

			buf_str(&b, strstr(path, ":text") != NULL &&
			    strstr(path, ":text") < end ? "nothing" :
			    "9000000000000000");
			path = end;
			continue;
		}
		buf_chr(&b, *path);
	}
	return b.data;
}

static bool
is_open(const struct route *r)
{
	return r->role == ANYONE || r->flags & R_REFRESH;
}

static void
try_row(const struct route *r, enum method m, const char *customer,
    const char *admin)
{
	const char *path = concrete(r->path), *name = method_name(m);
	struct answer a = call(name, path, NULL, NULL);

	if (!is_open(r)) {
		ck_assert_msg(a.status == 401, "%s %s by nobody: %d", name,
		    path, a.status);
		ck_assert_str_eq(a.code, "unauthorized");
		ck_assert_str_eq(a.rs.www_authenticate,
		    "Bearer realm=\"shopd\"");
	}
	a = call(name, path, customer, NULL);
	ck_assert_msg((a.status == 403) == (r->role == ADMIN),
	    "%s %s by a customer: %d", name, path, a.status);
	ck_assert_msg(a.status < 500, "%s %s by a customer: %d %s", name,
	    path, a.status, a.body);
	a = call(name, path, admin, NULL);
	ck_assert_msg(a.status != 401 && a.status != 403 && a.status < 500,
	    "%s %s by an admin: %d %s", name, path, a.status, a.body);
}

/* These end the session they are called with, or need a token of their
 * own kind. */
static bool
is_special(const struct route *r)
{
	return strstr(r->path, "logout") != NULL || r->flags & R_REFRESH;
}

START_TEST(every_route_by_every_role)
{
	struct persona customer = persona_new(false);
	struct persona admin = persona_new(true);

	for (size_t i = 0; i < routes.n; i++) {
		const struct route *r = &routes.routes[i];

		for (unsigned m = GET; m <= DELETE; m <<= 1)
			if ((r->methods & m) && !is_special(r))
				try_row(r, (enum method)m, customer.token,
				    admin.token);
	}
}
END_TEST

START_TEST(rows_are_whole)
{
	for (size_t i = 0; i < routes.n; i++) {
		const struct route *r = &routes.routes[i];

		ck_assert_ptr_nonnull(r->run);
		ck_assert_ptr_nonnull(r->summary);
		ck_assert_ptr_nonnull(r->tag);
		ck_assert_msg(r->path[0] == '/', "%s", r->path);
		for (size_t k = 0; k < i; k++)
			ck_assert_msg(!(routes.routes[k].methods &
			    r->methods) || strcmp(routes.routes[k].path,
			    r->path) != 0, "%s twice", r->path);
	}
}
END_TEST

START_TEST(aliases_have_targets)
{
	for (size_t i = 0; i < routes.naliases; i++) {
		const struct alias *a = &routes.aliases[i];
		unsigned found = 0;

		for (size_t k = 0; k < routes.n; k++)
			if (strcmp(routes.routes[k].path, a->target) == 0)
				found |= routes.routes[k].methods;
		ck_assert_msg((a->methods & ~found) == 0, "%s", a->path);
	}
}
END_TEST

START_TEST(conventions)
{
	struct answer a = call("GET", "/api/v1/nothing/here", NULL, NULL);

	ck_problem(a, 404, "not_found");
	a = call("PUT", "/health", NULL, "{}");
	ck_problem(a, 405, "method_not_allowed");
	ck_assert_ptr_nonnull(strstr(a.rs.allow, "GET"));
	ck_assert_ptr_nonnull(strstr(a.rs.allow, "HEAD"));
	a = call("OPTIONS", "/health", NULL, NULL);
	ck_status(a, 204);
	ck_assert_ptr_nonnull(strstr(a.rs.allow, "GET"));
	a = call_with("GET", "/health", NULL, NULL, "Accept", "text/html",
	    NULL);
	ck_problem(a, 406, "not_acceptable");
	a = call("GET", "/health?x=1", NULL, NULL);
	ck_problem(a, 400, "invalid_parameter");
	a = call("GET", "/health/", NULL, NULL);
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "status"), "ok");
	ck_assert_str_eq(jstr(&a, "database"), "ok");
	a = call("GET", "/openapi.json", NULL, NULL);
	ck_assert_str_eq(jstr(&a, "openapi"), "3.1.0");
	ck_assert_ptr_null(a.rs.cache_control);
}
END_TEST

START_TEST(metrics_are_for_the_loopback)
{
	static const char *const paths[] = { "/metrics", "/metrics/",
	    "/%6detrics" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		ck_problem(call_with("GET", paths[i], NULL, NULL,
		    "Remote-Addr", "8.8.8.8", NULL), 404, "not_found");
		ck_status(call_with("GET", paths[i], NULL, NULL,
		    "Remote-Addr", "::1", NULL), 200);
	}
}
END_TEST

static int64_t
gauge(const char *name)
{
	struct answer a = call("GET", "/metrics", NULL, NULL);
	const char *at = strstr(a.body, pathf("\nshopd_%s ", name));

	ck_assert_msg(at != NULL, "%s", a.body);
	return strtoll(strchr(at, ' '), NULL, 10);
}

/* Whether or not PostgreSQL has looked at the table. */
START_TEST(metrics_count_orders)
{
	struct persona p = persona_new(false);
	struct goods g = goods_new(100, 5);
	int64_t before = gauge("orders");

	ck_assert_int_ge(before, 0);
	ck_status(call("POST", "/api/v1/orders", p.token, pathf("{\"items\":"
	    "[{\"variant_id\":%lld}],\"delivery_address\":\"Here\"}",
	    (long long)g.variant)), 201);
	ck_assert_int_eq(gauge("orders"), before + 1);
}
END_TEST

/* A table that cannot be had is one; what the shop refuses is none. */
STMT(test_hold_carts, "LOCK TABLE carts");

START_TEST(metrics_count_faults)
{
	struct persona p = persona_new(false);
	int64_t before = gauge("db_errors_total");
	struct err err;
	struct tx tx = { 0 };

	ck_problem(call("POST", "/api/v1/auth/register", NULL,
	    pathf("{\"email\":\"%s\",\"password\":\"plain-sheep-walk\"}",
	    p.email)), 409, "email_taken");
	ck_assert_int_eq(gauge("db_errors_total"), before);
	err_init(&err, db_mem());
	tx_begin(&tx, pg_new(getenv("DATABASE_URL")), TX_WRITE, db_mem(),
	    &err, INT64_MAX);
	ck_assert_int_eq(tx_none(&tx, &test_hold_carts), 0);
	ck_problem(call("GET", "/api/v1/cart", p.token, NULL), 503,
	    "unavailable");
	tx_rollback(&tx);
	pg_free(tx.pg);
	ck_assert_int_eq(gauge("db_errors_total"), before + 1);
}
END_TEST

START_TEST(tokens_refused)
{
	struct persona p = persona_new(false);
	struct answer a = call("GET", "/api/v1/admin/audit-log", "x.y.z",
	    NULL);

	ck_problem(a, 401, "invalid_token");
	ck_assert_ptr_nonnull(strstr(a.rs.www_authenticate,
	    "error=\"invalid_token\""));
	a = call_with("GET", "/api/v1/admin/audit-log", p.token, NULL,
	    "X-User-Id", "abc", NULL);
	ck_problem(a, 403, "forbidden");
	db_exec("UPDATE users SET role = 'admin' WHERE id = %lld",
	    (long long)p.id);
	a = call("GET", "/api/v1/admin/audit-log", p.token, NULL);
	ck_status(a, 200);
	db_exec("UPDATE users SET role = 'customer' WHERE id = %lld",
	    (long long)p.id);
	a = call("GET", "/api/v1/admin/audit-log", p.token, NULL);
	ck_problem(a, 403, "forbidden");
	db_exec("UPDATE users SET is_active = false WHERE id = %lld",
	    (long long)p.id);
	a = call("GET", "/api/v1/admin/audit-log", p.token, NULL);
	ck_problem(a, 401, "token_revoked");
}
END_TEST

/* Where the handler asks for the role itself, the database decides, too. */
START_TEST(roles_of_parameters)
{
	static const char *const lists[] = { "/api/v1/products?status=draft",
	    "/api/v1/orders?user_id=1", "/api/v1/orders?status=pending" };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct persona p = persona_new(false);

		ck_problem(call("GET", lists[i], p.token, NULL), 403,
		    "forbidden");
		db_exec("UPDATE users SET role = 'admin' WHERE id = %lld",
		    (long long)p.id);
		ck_status(call("GET", lists[i], p.token, NULL), 200);
		db_exec("UPDATE users SET role = 'customer' WHERE id = %lld",
		    (long long)p.id);
		db_exec("DELETE FROM sessions WHERE user_id = %lld",
		    (long long)p.id);
		ck_problem(call("GET", lists[i], p.token, NULL), 401,
		    "token_revoked");
	}
	ck_problem(call("GET", lists[0], NULL, NULL), 403, "forbidden");
}
END_TEST

SUITE(matrix)
{
	tcase_add_test(tc, every_route_by_every_role);
	tcase_add_test(tc, rows_are_whole);
	tcase_add_test(tc, aliases_have_targets);
	tcase_add_test(tc, conventions);
	tcase_add_test(tc, metrics_are_for_the_loopback);
	tcase_add_test(tc, metrics_count_orders);
	tcase_add_test(tc, metrics_count_faults);
	tcase_add_test(tc, tokens_refused);
	tcase_add_test(tc, roles_of_parameters);
}
