/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <unistd.h>

#include "lib/random.h"

#include "t/help/call.h"
#include "t/help/crowd.h"
#include "t/help/db.h"

struct scene {
	struct persona admin, who[20];
	const char *tag;
	struct goods g;
};

static struct scene scene;

static void
setup(void)
{
	scene.admin = persona_new(true);
	for (int i = 0; i < 20; i++)
		scene.who[i] = persona_new(false);
	scene.tag = random_hex(6, db_mem());
	scene.g = goods_new(100, 10);
}

static int
same_title(int i, const void *arg)
{
	const struct scene *s = arg;

	(void)i;
	return call("POST", "/api/v1/products", s->admin.token,
	    pathf("{\"title\":\"Same %s\",\"price_cents\":1}", s->tag)).status;
}

/* Nobody is told that a slug is taken who did not ask for one. */
START_TEST(slugs_of_one_title)
{
	struct crowd c = crowd_run(20, same_title, &scene);
	int64_t made = crowd_count(&c, 201);

	ck_assert_int_eq(made + crowd_count(&c, 503), 20);
	ck_assert_int_ge(made, 1);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM products WHERE slug ="
	    " 'same-%s' OR slug ~ '^same-%s-[0-9]+$'", scene.tag, scene.tag),
	    made);
}
END_TEST

static int
same_sku(int i, const void *arg)
{
	const struct scene *s = arg;

	return call("POST", "/api/v1/products", s->admin.token,
	    pathf("{\"title\":\"Sku %s %d\",\"sku\":\"K-%s\","
	    "\"price_cents\":1}", s->tag, i, s->tag)).status;
}

START_TEST(one_sku)
{
	struct crowd c = crowd_run(20, same_sku, &scene);

	ck_assert_int_eq(crowd_count(&c, 201), 1);
	ck_assert_int_eq(crowd_count(&c, 409) + crowd_count(&c, 503), 19);
}
END_TEST

static int
review(int i, const void *arg)
{
	const struct scene *s = arg;

	return call("POST", pathf("/api/v1/products/%lld/reviews",
	    (long long)s->g.product), s->who[i].token,
	    pathf("{\"rating\":%d}", i % 5 + 1)).status;
}

static int
review_again(int i, const void *arg)
{
	(void)i;
	return review(0, arg);
}

START_TEST(ratings_add_up)
{
	struct crowd c = crowd_run(20, review, &scene);

	ck_assert_int_eq(crowd_count(&c, 201) + crowd_count(&c, 503), 20);
	ck_assert_int_eq(db_i64("SELECT rating_count - (SELECT count(*) FROM"
	    " reviews WHERE product_id = p.id) FROM products p WHERE id ="
	    " %lld", (long long)scene.g.product), 0);
	ck_assert_int_eq(db_i64("SELECT rating_sum - (SELECT sum(rating) FROM"
	    " reviews WHERE product_id = p.id) FROM products p WHERE id ="
	    " %lld", (long long)scene.g.product), 0);
	scene.g = goods_new(100, 10);
	c = crowd_run(20, review_again, &scene);
	ck_assert_int_eq(crowd_count(&c, 201), 1);
	ck_assert_int_eq(crowd_count(&c, 409) + crowd_count(&c, 503), 19);
}
END_TEST

/* A product of several variants: its title, its default and a new one. */
static int
change(int i, const void *arg)
{
	const int64_t *id = arg;
	const char *path = pathf("/api/v1/products/%lld", (long long)id[0]);

	if (i % 4 == 1)
		return call("PATCH", pathf("%s/variants/%lld", path,
		    (long long)id[i % 8 / 4 + 1]), scene.admin.token,
		    "{\"is_default\":true}").status;
	if (i % 4 == 2)
		return call("POST", pathf("%s/variants", path),
		    scene.admin.token, "{\"price_cents\":1}").status;
	return call("PATCH", path, scene.admin.token, pathf(
	    "{\"title\":\"Change %d\"}", i)).status;
}

START_TEST(changes_of_several_variants)
{
	struct answer a = call("POST", "/api/v1/products", scene.admin.token,
	    pathf("{\"title\":\"Several %s\",\"variants\":"
	    "[{\"price_cents\":1},{\"price_cents\":2}]}", scene.tag));
	int64_t id[3] = { jint(&a, "id"), jint(&a, "variants[0].id"),
	    jint(&a, "variants[1].id") };
	struct crowd c = crowd_run(16, change, id);

	ck_assert_int_eq(crowd_count(&c, 200) + crowd_count(&c, 201) +
	    crowd_count(&c, 503), 16);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM product_variants"
	    " WHERE product_id = %lld", (long long)id[0]),
	    2 + crowd_count(&c, 201));
}
END_TEST

static int
drop_or_price(int i, const void *arg)
{
	const int64_t *id = arg;
	const char *path = pathf("/api/v1/products/%lld", (long long)id[0]);

	if (i == 0)
		return call("DELETE", pathf("%s/variants/%lld", path,
		    (long long)id[1]), scene.admin.token, NULL).status;
	return call("PATCH", path, scene.admin.token,
	    "{\"price_cents\":7}").status;
}

/* The price of what has one variant left is that one's. */
START_TEST(price_of_what_is_left)
{
	for (int n = 0; n < 10; n++) {
		struct answer a = call("POST", "/api/v1/products",
		    scene.admin.token, pathf("{\"title\":\"Left %s\","
		    "\"variants\":[{\"price_cents\":1},"
		    "{\"price_cents\":2}]}", scene.tag));
		int64_t id[2] = { jint(&a, "id"),
		    jint(&a, "variants[0].id") };
		struct crowd c = crowd_run(4, drop_or_price, id);

		ck_assert_int_eq(crowd_count(&c, 200) + crowd_count(&c, 204) +
		    crowd_count(&c, 422) + crowd_count(&c, 503), 4);
		if (c.result[0] == 204)
			ck_assert_int_eq(db_i64("SELECT price_cents"
			    " FROM products WHERE id = %lld",
			    (long long)id[0]),
			    crowd_count(&c, 200) > 0 ? 7 : 2);
	}
}
END_TEST

/* Two moves that are good alone and a cycle together. */
static int
move(int i, const void *arg)
{
	const int64_t *id = arg;

	return call("PATCH", pathf("/api/v1/categories/%lld",
	    (long long)id[i]), scene.admin.token,
	    pathf("{\"parent_id\":%lld}", (long long)id[1 - i])).status;
}

START_TEST(no_cycle_by_two_moves)
{
	for (int n = 0; n < 10; n++) {
		int64_t id[2];
		struct crowd c;

		for (int i = 0; i < 2; i++)
			id[i] = db_i64("INSERT INTO categories (name, slug)"
			    " VALUES ('x', 'x%s-%d-%d') RETURNING id",
			    scene.tag, n, i);
		c = crowd_run(2, move, id);
		ck_assert_msg(crowd_count(&c, 200) + crowd_count(&c, 422) +
		    crowd_count(&c, 503) == 2, "%d %d", c.result[0],
		    c.result[1]);
		ck_assert_int_le(db_i64("SELECT count(*) FROM categories"
		    " WHERE id IN (%lld, %lld) AND parent_id IS NOT NULL",
		    (long long)id[0], (long long)id[1]), 1);
	}
}
END_TEST

/* What is put into a category that is going finds none: it is not what
 * stands in the way. */
static int
drop_or_fill(int i, const void *arg)
{
	const long long *id = arg;

	if (i == 0) {
		db_exec("WITH gone AS (DELETE FROM categories WHERE id = %lld"
		    " RETURNING id) SELECT pg_sleep(0.3) FROM gone", *id);
		return 204;
	}
	usleep(100000);
	if (i == 1)
		return call("POST", "/api/v1/products", scene.admin.token,
		    pathf("{\"title\":\"Late %s\",\"price_cents\":1,"
		    "\"category_id\":%lld}", scene.tag, *id)).status;
	return call("POST", "/api/v1/categories", scene.admin.token,
	    pathf("{\"name\":\"Late %s\",\"parent_id\":%lld}", scene.tag,
	    *id)).status;
}

START_TEST(nothing_goes_into_what_goes)
{
	long long id = db_i64("INSERT INTO categories (name, slug) VALUES"
	    " ('x', 'gone-%s') RETURNING id", scene.tag);
	struct crowd c = crowd_run(3, drop_or_fill, &id);

	ck_assert_int_eq(c.result[0], 204);
	ck_assert_msg(crowd_count(&c, 422) + crowd_count(&c, 503) == 2,
	    "%d %d", c.result[1], c.result[2]);
}
END_TEST

SUITE(catalog_race)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, slugs_of_one_title);
	tcase_add_test(tc, one_sku);
	tcase_add_test(tc, ratings_add_up);
	tcase_add_test(tc, changes_of_several_variants);
	tcase_add_test(tc, price_of_what_is_left);
	tcase_add_test(tc, no_cycle_by_two_moves);
	tcase_add_test(tc, nothing_goes_into_what_goes);
}
