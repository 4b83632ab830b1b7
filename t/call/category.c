/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/json.h"
#include "lib/random.h"

#include "t/help/call.h"
#include "t/help/db.h"

static struct persona admin;
static const char *tag;

static void
setup(void)
{
	admin = persona_new(true);
	tag = random_hex(6, db_mem());
}

static struct answer
create(const char *name, int64_t parent)
{
	return call("POST", "/api/v1/categories", admin.token,
	    pathf("{\"name\":\"%s %s\",\"parent_id\":%s}", name, tag,
	    parent == 0 ? "null" : pathf("%lld", (long long)parent)));
}

static struct answer
on(const char *method, int64_t id, const char *body)
{
	return call(method, pathf("/api/v1/categories/%lld", (long long)id),
	    admin.token, body);
}

START_TEST(tree)
{
	struct answer a = create("Zoo", 0);
	int64_t zoo = jint(&a, "id"), cats, lions;
	size_t i;

	ck_status(a, 201);
	ck_assert_str_eq(a.rs.location, pathf("/api/v1/categories/%lld",
	    (long long)zoo));
	ck_assert_str_eq(jstr(&a, "slug"), pathf("zoo-%s", tag));
	ck_assert(!jhas(&a, "parent_id"));
	a = create("Cats", zoo);
	cats = jint(&a, "id");
	ck_assert_int_eq(jint(&a, "parent_id"), zoo);
	create("Birds", zoo);
	a = create("Lions", cats);
	lions = jint(&a, "id");
	db_exec("INSERT INTO products (sku, slug, title, category_id, status)"
	    " VALUES ('%s1', 's-%s1', 'x', %lld, 'active'),"
	    " ('%s2', 's-%s2', 'x', %lld, 'draft')", tag, tag,
	    (long long)lions, tag, tag, (long long)lions);
	a = on("GET", zoo, NULL);
	ck_status(a, 200);
	ck_assert_int_eq(jint(&a, "product_count"), 0);
	ck_assert_uint_eq(jlen(&a, "children"), 2);
	ck_assert_str_eq(jstr(&a, "children[0].name"), pathf("Birds %s", tag));
	ck_assert_int_eq(jint(&a, "children[1].children[0].id"), lions);
	ck_assert_int_eq(jint(&a, "children[1].children[0].product_count"),
	    1);
	ck_assert_uint_eq(jlen(&a, "children[1].children[0].children"), 0);
	a = call("GET", "/api/v1/products/categories", NULL, NULL);
	ck_status(a, 200);
	ck_assert(!jbool(&a, "has_more"));
	ck_assert(!jhas(&a, "next_cursor"));
	for (i = 0; i < jlen(&a, "data"); i++)
		if (jint(&a, pathf("data[%zu].id", i)) == zoo)
			break;
	ck_assert_int_eq(jint(&a, pathf(
	    "data[%zu].children[1].children[0].id", i)), lions);
	ck_problem(on("GET", 99999999, NULL), 404, "not_found");
}
END_TEST

START_TEST(names)
{
	struct answer a = create("Same", 0), b = create("Same", 0);

	ck_assert_str_eq(jstr(&a, "slug"), pathf("same-%s", tag));
	ck_assert_str_eq(jstr(&b, "slug"), pathf("same-%s-2", tag));
	a = call("POST", "/api/v1/categories", admin.token,
	    pathf("{\"name\":\"x\",\"slug\":\"same-%s\"}", tag));
	ck_problem(a, 409, "slug_taken");
	a = call("POST", "/api/v1/categories", admin.token, "{}");
	ck_problem(a, 422, "validation_failed");
	a = call("POST", "/api/v1/categories", admin.token,
	    "{\"name\":\"x\",\"parent_id\":99999999}");
	ck_problem(a, 422, "validation_failed");
	ck_assert_str_eq(jstr(&a, "errors[0].field"), "parent_id");
	a = on("PATCH", jint(&b, "id"), pathf("{\"slug\":\"same-%s\"}", tag));
	ck_problem(a, 409, "slug_taken");
	a = on("PUT", jint(&b, "id"), "{\"name\":\"Other\"}");
	ck_status(a, 200);
	ck_assert_str_eq(jstr(&a, "name"), "Other");
	ck_assert_str_eq(jstr(&a, "slug"), pathf("same-%s-2", tag));
}
END_TEST

START_TEST(no_cycles)
{
	struct answer a = create("One", 0), b, c;
	int64_t below[2];

	b = create("Two", jint(&a, "id"));
	c = create("Three", jint(&b, "id"));
	below[0] = jint(&c, "id");
	below[1] = jint(&a, "id");
	for (size_t i = 0; i < 2; i++) {
		b = on("PATCH", jint(&a, "id"), pathf("{\"parent_id\":%lld}",
		    (long long)below[i]));
		ck_problem(b, 422, "validation_failed");
		ck_assert_str_eq(jstr(&b, "errors[0].field"), "parent_id");
	}
	ck_problem(on("PATCH", jint(&a, "id"), "{\"parent_id\":99999999}"),
	    422, "validation_failed");
	a = on("PATCH", jint(&c, "id"), "{\"parent_id\":null}");
	ck_status(a, 200);
	ck_assert(!jhas(&a, "parent_id"));
}
END_TEST

START_TEST(in_use)
{
	struct answer a = create("Up", 0), b = create("Down",
	    jint(&a, "id")), p;
	int64_t id = jint(&b, "id");

	ck_problem(on("DELETE", jint(&a, "id"), NULL), 409, "in_use");
	p = call("POST", "/api/v1/products", admin.token,
	    pathf("{\"title\":\"x\",\"price_cents\":1,\"status\":\"draft\","
	    "\"category_id\":%lld}", (long long)id));
	ck_status(p, 201);
	ck_assert_str_eq(jstr(&p, "category.name"), pathf("Down %s", tag));
	ck_problem(on("DELETE", id, NULL), 409, "in_use");
	ck_status(call("DELETE", pathf("/api/v1/products/%lld",
	    (long long)jint(&p, "id")), admin.token, NULL), 204);
	ck_status(on("DELETE", id, NULL), 204);
	ck_status(on("DELETE", id, NULL), 404);
	ck_status(on("DELETE", jint(&a, "id"), NULL), 204);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log WHERE"
	    " target_type = 'category' AND target_id = %lld",
	    (long long)id), 2);
}
END_TEST

START_TEST(entity_tags)
{
	struct answer a = create("Tag", 0), b;
	int64_t id = jint(&a, "id");
	const char *path = pathf("/api/v1/categories/%lld", (long long)id);

	b = call_with("GET", path, NULL, NULL, "If-None-Match", a.rs.etag,
	    NULL);
	ck_status(b, 304);
	db_exec("INSERT INTO products (sku, slug, title, category_id)"
	    " VALUES ('%s', 's-%s', 'x', %lld)", tag, tag, (long long)id);
	b = call_with("GET", path, NULL, NULL, "If-None-Match", a.rs.etag,
	    NULL);
	ck_status(b, 200);
	ck_assert_int_eq(jint(&b, "product_count"), 1);
	b = call_with("PATCH", path, admin.token, "{\"name\":\"y\"}",
	    "If-Match", a.rs.etag, NULL);
	ck_status(b, 200);
	b = call_with("PATCH", path, admin.token, "{\"name\":\"z\"}",
	    "If-Match", a.rs.etag, NULL);
	ck_problem(b, 412, "precondition_failed");
	b = call_with("DELETE", path, admin.token, NULL, "If-Match",
	    a.rs.etag, NULL);
	ck_problem(b, 412, "precondition_failed");
}
END_TEST

SUITE(category_call)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, tree);
	tcase_add_test(tc, names);
	tcase_add_test(tc, no_cycles);
	tcase_add_test(tc, in_use);
	tcase_add_test(tc, entity_tags);
}
