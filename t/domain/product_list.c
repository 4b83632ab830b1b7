/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/err.h"

#include "app/catalog/product_list.h"

#include "t/help/db.h"

/*
 * Enough products that all ways of finding words are gone: a short walk, the
 * few that have them, the many.  6,000 of them, with one variant each; the
 * last 3,500 are quokkas, of which every 700th is a wombat too.  The last
 * 5 are blue.
 */
static const struct stmt fill = { "t_fill",
    "WITH p AS (INSERT INTO products (sku, slug, title, facets,"
    "  price_cents, min_price_cents, max_price_cents)"
    "  SELECT 'fill-' || i, 'fill-' || i,"
    "  CASE WHEN i > 2500 THEN 'Quokka' ELSE 'Emu' END ||"
    "  CASE WHEN i > 2500 AND i % 700 = 0 THEN ' Wombat' ELSE '' END,"
    "  CASE WHEN i > 5995 THEN '[{\"hue\":\"blue\"}]'::jsonb ELSE '[]' END,"
    "  i * 37 % 1000, i * 37 % 1000, i * 37 % 1000"
    "  FROM generate_series(1, 6000) i RETURNING id)"
    " SELECT count(*) FROM p", "test" };

static const struct stmt patience = { "t_patience",
    "SELECT set_config('statement_timeout', '30s', true)", "test" };

static struct tx *
begin_filled(void)
{
	struct tx *tx = db_begin();
	struct rows rs;

	ck_assert_int_eq(tx_rows(tx, &rs, &patience), 0);
	ck_assert_int_eq(tx_rows(tx, &rs, &fill), 0);
	return tx;
}

static const struct stmt rename_one = { "t_rename",
    "UPDATE products SET title = 'Numbat' WHERE sku = 'fill-7'"
    " RETURNING id", "test" };

/* What must come out, by the plainest of queries. */
static const struct stmt by_id = { "t_by_id",
    "SELECT id FROM products WHERE status = 'active' AND deleted_at IS NULL"
    " AND id > $2 AND title ILIKE $1 ORDER BY id LIMIT 21", "test" };
static const struct stmt by_price = { "t_by_price",
    "SELECT id FROM products WHERE status = 'active' AND deleted_at IS NULL"
    " AND id > $2 AND title ILIKE $1 ORDER BY price_cents, id LIMIT 21",
    "test" };

static void
same(struct tx *tx, const char *q, const char *sort,
    const struct stmt *plain, const char *like)
{
	struct product_filter f = { .q = q };
	struct product_page page = { .sort = sort, .limit = 20 };
	struct rows got, want;

	ck_assert_int_eq(product_list(tx, &f, &page, &got), 0);
	ck_assert_int_eq(tx_rows(tx, &want, plain, pg_text(like),
	    pg_i64(0)), 0);
	ck_assert_int_eq(got.n, want.n);
	for (int i = 0; i < got.n; i++)
		ck_assert_int_eq(rows_i64(&got, i, "id"),
		    rows_i64(&want, i, "id"));
}

START_TEST(all_ways_find_the_same)
{
	struct tx *tx = begin_filled();
	struct rows rs, total;
	struct product_filter f = { .q = "quokka" };

	same(tx, "emu", "id", &by_id, "Emu%");		/* the walk */
	same(tx, "quokka", "id", &by_id, "Quokka%");	/* too many */
	same(tx, "wombat", "id", &by_id, "%Wombat");	/* a few */
	same(tx, "quokka wombat", "price", &by_price, "%Wombat");
	same(tx, "quokka", "price", &by_price, "Quokka%");
	same(tx, "wombta", "id", &by_id, "%Wombat");	/* mistyped */
	ck_assert_int_eq(tx_one(tx, &rs, &rename_one), 0);
	same(tx, "numb", "id", &by_id, "Numbat");	/* a new word */
	product_count(tx, &f, "id", &total);
	ck_assert_int_eq(tx_flush(tx), 0);
	ck_assert_int_eq(rows_i64(&total, 0, "total"), 3500);
	f.q = "wombta";
	product_count(tx, &f, "id", &total);
	ck_assert_int_eq(tx_flush(tx), 0);
	ck_assert_int_eq(rows_i64(&total, 0, "total"), 5);
	db_rollback(tx);
}
END_TEST

/* All pages have as many as the count says. */
static void
has(struct tx *tx, const char *q, const char *attributes, const char *sort,
    int64_t want)
{
	struct product_filter f = { .q = q, .attributes = { attributes } };
	struct product_page page = { .sort = sort, .limit = 1000 };
	struct rows rs, total;
	int64_t n = 0;

	product_count(tx, &f, sort, &total);
	do {
		ck_assert_int_eq(product_list(tx, &f, &page, &rs), 0);
		if (n == 0)
			ck_assert_int_eq(rows_i64(&total, 0, "total"), want);
		n += rs.n > 1000 ? 1000 : rs.n;
		if (rs.n > 0) {
			int last = rs.n > 1000 ? 999 : rs.n - 1;

			page.set = true;
			page.key = rows_text(&rs, last, "_key");
			page.id = rows_i64(&rs, last, "id");
		}
	} while (rs.n > 1000);
	ck_assert_msg(n == want, "%s %s %s: %lld", q, attributes, sort,
	    (long long)n);
}

START_TEST(counts_and_pages_agree)
{
	static const char *const sorts[] = { "id", "price", "relevance" };
	const char *blue = "{\"hue\":\"blue\"}";
	struct tx *tx = begin_filled();

	for (size_t i = 0; i < 3; i++) {
		int64_t all = i < 2 ? 3500 : 3000;

		has(tx, "quokka", NULL, sorts[i], all);
		has(tx, "quokka", blue, sorts[i], 5);
		has(tx, "quokkka", NULL, sorts[i], all);
		has(tx, "quokkka", blue, sorts[i], 5);
		has(tx, "quokka", "{\"hue\":\"red\"}", sorts[i], 0);
		has(tx, "emu", blue, sorts[i], 0);
	}
	db_rollback(tx);
}
END_TEST

/* Words are looked for in up to eight ranges of 32,768 ids first: the emus
 * stand in the first of all, enough for the short walk; of the bilbies 40 in
 * the twelfth, the others before and behind, some of them too far away. */
static const struct stmt spread = { "t_spread",
    "WITH p AS (INSERT INTO products (id, sku, slug, title, price_cents,"
    "  min_price_cents, max_price_cents) OVERRIDING SYSTEM VALUE"
    "  SELECT id, 'spread-' || id, 'spread-' || id, 'Bilby', 1, 1, 1"
    "  FROM (SELECT r * 32768 AS id"
    "   FROM unnest('{1, 12, 14, 15, 16, 36}'::bigint[]) r"
    "  UNION ALL SELECT r * 32768 - 1 FROM unnest('{1, 2, 9, 37}'::bigint[]) r"
    "  UNION ALL SELECT 12 * 32768 + 3 * i FROM generate_series(1, 39) i) n"
    "  RETURNING id) SELECT count(*) FROM p", "test" };
static const struct stmt bilbies = { "t_bilbies",
    "SELECT id FROM products WHERE title = 'Bilby'"
    " ORDER BY CASE WHEN $1 THEN -id ELSE id END", "test" };

static void
walks(struct tx *tx, const char *q, const char *sort, int64_t limit)
{
	struct product_filter f = { .q = q };
	struct product_page page = { .sort = sort, .limit = limit };
	struct rows rs, want;
	int at = 0;

	ck_assert_int_eq(tx_rows(tx, &want, &bilbies,
	    pg_bool(sort[0] == '-')), 0);
	ck_assert_int_eq(want.n, 49);
	do {
		ck_assert_int_eq(product_list(tx, &f, &page, &rs), 0);
		ck_assert_msg(rs.n == (at + limit < want.n ? limit + 1 :
		    want.n - at), "%s %s %lld: %d at %d", q, sort,
		    (long long)limit, rs.n, at);
		for (int i = 0; i < rs.n && i < limit; i++)
			ck_assert_int_eq(rows_i64(&rs, i, "id"),
			    rows_i64(&want, at++, "id"));
		page.set = true;
		page.key = "";
		page.id = rows_i64(&want, at - 1, "id");
	} while (at < want.n);
}

static const struct stmt bilbe = { "t_bilbe",
    "WITH p AS (INSERT INTO products (id, sku, slug, title, price_cents,"
    "  min_price_cents, max_price_cents) OVERRIDING SYSTEM VALUE"
    "  VALUES (38 * 32768, 'bilbe', 'bilbe', 'Bilbe', 1, 1, 1) RETURNING id)"
    " SELECT count(*) FROM p", "test" };

START_TEST(ranges_hide_nothing)
{
	struct product_page page = { .sort = "id", .limit = 5, .set = true,
	    .key = "", .id = 37 * 32768 };
	struct product_filter f = { .q = "bilby" };
	struct tx *tx = begin_filled();
	struct rows rs;

	ck_assert_int_eq(tx_rows(tx, &rs, &spread), 0);
	for (int64_t limit = 1; limit < 50; limit++) {
		walks(tx, "bilby", "id", limit);
		walks(tx, "bilby", "-id", limit);
	}
	walks(tx, "bilbyy", "id", 5);
	walks(tx, "bilbyy", "-id", 5);
	/* Behind the last match no page forgives what the others did not. */
	ck_assert_int_eq(tx_rows(tx, &rs, &bilbe), 0);
	ck_assert_int_eq(product_list(tx, &f, &page, &rs), 0);
	ck_assert_int_eq(rs.n, 0);
	db_rollback(tx);
}
END_TEST

/* Three variants each, whose prices are equal, near, or far apart. */
static const struct stmt price = { "t_price",
    "WITH p AS (INSERT INTO products (sku, slug, title) SELECT 'price-' || i,"
    "  'price-' || i, 'Dingo' FROM generate_series(1, 400) i"
    "  RETURNING id, substr(sku, 7)::integer AS i)"
    " INSERT INTO product_variants (product_id, sku, title, price_cents,"
    "  is_default) SELECT id, 'price-' || i || '-' || k, 'v' || k,"
    "  i * 37 % 3000 + (i + k) % 3 * CASE WHEN i % 40 = 0 THEN 20000"
    "   WHEN i % 10 = 0 THEN 700 WHEN i % 3 = 0 THEN 90 ELSE 0 END, k = 0"
    "  FROM p, generate_series(0, 2) k RETURNING id", "test" };
static const struct stmt in_bounds = { "t_in_bounds",
    "SELECT p.id FROM products p WHERE p.status = 'active'"
    "  AND p.deleted_at IS NULL AND ($4::text IS NULL"
    "  OR p.title = initcap($4)) AND EXISTS (SELECT"
    "  FROM product_variants v WHERE v.product_id = p.id"
    "  AND v.deleted_at IS NULL AND v.price_cents BETWEEN $1 AND $2)"
    " ORDER BY CASE $3 WHEN 'price' THEN p.price_cents"
    "  WHEN '-price' THEN -p.price_cents END,"
    "  CASE WHEN starts_with($3, '-') THEN -p.id ELSE p.id END", "test" };

static void
lies_inside(struct tx *tx, int64_t low, int64_t high, const char *sort,
    const char *q)
{
	struct product_filter f = { .q = q,
	    .min_price_cents = { .set = low >= 0, .v = low },
	    .max_price_cents = { .set = high >= 0, .v = high } };
	struct product_page page = { .sort = sort, .limit = 30 };
	struct rows rs, want, total;
	int at = 0;

	product_count(tx, &f, sort, &total);
	ck_assert_int_eq(tx_rows(tx, &want, &in_bounds, pg_i64(low),
	    pg_i64(high >= 0 ? high : INT64_MAX), pg_text(sort),
	    pg_text(q)), 0);
	ck_assert_msg(rows_i64(&total, 0, "total") == want.n,
	    "%lld to %lld by %s: %lld of %d", (long long)low,
	    (long long)high, sort,
	    (long long)rows_i64(&total, 0, "total"), want.n);
	do {
		ck_assert_int_eq(product_list(tx, &f, &page, &rs), 0);
		for (int i = 0; i < rs.n && i < 30; i++)
			ck_assert_msg(at < want.n && rows_i64(&rs, i, "id") ==
			    rows_i64(&want, at++, "id"), "%lld to %lld by %s",
			    (long long)low, (long long)high, sort);
		if (rs.n > 30) {
			page.set = true;
			page.key = rows_text(&rs, 29, "_key");
			page.id = rows_i64(&rs, 29, "id");
		}
	} while (rs.n > 30);
	ck_assert_int_eq(at, want.n);
}

START_TEST(bounds_of_prices)
{
	static const char *const sorts[] = { "id", "-id", "price", "-price" };
	static const int64_t bounds[][2] = { { 0, 0 }, { 100, -1 },
	    { 2900, -1 }, { 3500, -1 }, { 20500, -1 }, { -1, 90 },
	    { -1, 2950 }, { -1, 30000 }, { 1000, 1100 }, { 1700, 1700 },
	    { 3100, 19000 }, { 21000, 21500 }, { 40000, 50000 } };
	struct tx *tx = db_begin();
	struct rows rs;

	ck_assert_int_eq(tx_rows(tx, &rs, &price), 0);
	for (size_t s = 0; s < 4; s++)
		for (size_t i = 0; i < sizeof(bounds) / sizeof(*bounds); i++) {
			lies_inside(tx, bounds[i][0], bounds[i][1], sorts[s],
			    NULL);
			lies_inside(tx, bounds[i][0], bounds[i][1], sorts[s],
			    "dingo");
		}
	db_rollback(tx);
}
END_TEST

SUITE(product_list)
{
	tcase_add_test(tc, bounds_of_prices);
	tcase_add_test(tc, ranges_hide_nothing);
	tcase_add_test(tc, all_ways_find_the_same);
	tcase_add_test(tc, counts_and_pages_agree);
}
