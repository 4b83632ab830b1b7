/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/tx.h"

#include "app/stock/stock_check.h"

#include "t/help/db.h"

/* The levels, folded or not, say what a count of the stock says. */
static void
ck_levels(void)
{
	ck_assert_str_eq(db_text("SELECT string_agg(products::text, ' '"
	    " ORDER BY level) FROM stock_levels"),
	    db_text("SELECT string_agg(n::text, ' ' ORDER BY l) FROM"
	    " (SELECT l, count(p.id) AS n FROM generate_series(0, 4) l"
	    " LEFT JOIN products p ON p.status = 'active'"
	    " AND p.deleted_at IS NULL"
	    " AND stock_level(product_stock(p.id)) = l GROUP BY l) x"));
}

static void
fold_all(void)
{
	int64_t n;

	do {
		struct tx *tx = db_begin();

		ck_assert_int_eq(stock_check_fold(tx, &n), 0);
		ck_assert_int_eq(tx_commit(tx), 0);
	} while (n > 0);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM stock_marks"), 0);
}

static void
set(const struct goods *g, int available)
{
	db_exec("UPDATE inventory SET available = %d WHERE variant_id = %lld",
	    available, (long long)g->variant);
}

START_TEST(each_change_counts)
{
	struct goods g = goods_new(100, 60), h;

	fold_all();
	ck_levels();
	for (int n = 61; n >= 0; n -= n > 51 ? 1 : 3) {
		set(&g, n);
		ck_levels();
	}
	fold_all();
	ck_levels();
	h = goods_new(100, 3);
	ck_levels();
	/* A second variant adds to the first. */
	db_exec("WITH v AS (INSERT INTO product_variants (product_id, sku,"
	    " title, price_cents) VALUES (%lld, 'L-%lld', 'x', 1)"
	    " RETURNING id) INSERT INTO inventory (variant_id, available)"
	    " SELECT id, 49 FROM v", (long long)h.product,
	    (long long)h.variant);
	ck_levels();
	fold_all();
	set(&h, 1);
	ck_levels();
	db_exec("UPDATE product_variants SET deleted_at = now()"
	    " WHERE id = %lld", (long long)h.variant);
	ck_levels();
	fold_all();
	db_exec("UPDATE products SET status = 'archived' WHERE id = %lld",
	    (long long)h.product);
	ck_levels();
	fold_all();
	ck_levels();
	db_exec("UPDATE products SET status = 'active' WHERE id = %lld",
	    (long long)h.product);
	fold_all();
	db_exec("UPDATE products SET deleted_at = now() WHERE id = %lld",
	    (long long)g.product);
	ck_levels();
	fold_all();
	ck_levels();
}
END_TEST

START_TEST(much_stock_leaves_no_mark)
{
	struct goods g = goods_new(100, 1000);

	fold_all();
	set(&g, 51);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM stock_marks"), 0);
	set(&g, 50);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM stock_marks"), 1);
}
END_TEST

SUITE(levels)
{
	tcase_add_test(tc, each_change_counts);
	tcase_add_test(tc, much_stock_leaves_no_mark);
}
