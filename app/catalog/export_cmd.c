/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/tx.h"
#include "lib/worker.h"

#include "app/command.h"
#include "app/config.h"

#define PATIENCE_MS 60000

/* What `shopd import` takes.  The only variant of a product that was made
 * with a price is written as it was given. */
STMT(export_sql_page,
    "SELECT p.id AS _id, p.sku, p.slug, p.title, p.description,"
    " c.name AS category, c.slug AS category_slug, p.status,"
    " p.attributes, p.images,"
    " CASE WHEN v.plain THEN v.price END AS price_cents,"
    " CASE WHEN v.plain THEN v.compare END AS compare_at_price_cents,"
    " CASE WHEN v.plain THEN v.stock END AS stock,"
    " CASE WHEN NOT v.plain THEN v.list END AS variants"
    " FROM products p LEFT JOIN categories c ON c.id = p.category_id"
    " CROSS JOIN LATERAL (SELECT count(*) = 1 AND bool_and(v.sku = p.sku"
    "   AND v.title = 'Default' AND v.attributes = '{}') AS plain,"
    "  min(v.price_cents) AS price, min(v.compare_at_price_cents)"
    "   AS compare, min(i.available) AS stock,"
    "  json_agg(json_build_object('sku', v.sku, 'title', v.title,"
    "   'price_cents', v.price_cents, 'compare_at_price_cents',"
    "   v.compare_at_price_cents, 'attributes', v.attributes,"
    "   'stock', i.available, 'is_default', v.is_default)"
    "   ORDER BY v.id) AS list"
    "  FROM product_variants v JOIN inventory i ON i.variant_id = v.id"
    "  WHERE v.product_id = p.id AND v.deleted_at IS NULL) v"
    " WHERE p.deleted_at IS NULL AND p.id > $1 ORDER BY p.id LIMIT 500");

static const char *const columns[] = { "sku", "slug", "title", "description",
    "category", "category_slug", "status", "attributes", "images",
    "price_cents", "compare_at_price_cents", "stock", "variants" };
#define NCOLUMNS (sizeof(columns) / sizeof(columns[0]))

/* RFC 4180.  What a spreadsheet would run as a formula gets a quote. */
static void
write_cell(struct buf *out, const char *s)
{
	bool quoted = s[strcspn(s, "\",\r\n")] != '\0';

	if (quoted)
		buf_chr(out, '"');
	if (*s != '\0' && strchr("=+-@\t\r'", *s) != NULL)
		buf_chr(out, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '"')
			buf_chr(out, '"');
		buf_chr(out, *s);
	}
	if (quoted)
		buf_chr(out, '"');
}

static void
write_csv(struct buf *out, const struct rows *rs, int row)
{
	const char *s;

	for (size_t i = 0; i < NCOLUMNS; i++) {
		if (i > 0)
			buf_chr(out, ',');
		if ((s = rows_text(rs, row, columns[i])) != NULL)
			write_cell(out, s);
	}
	buf_str(out, "\r\n");
}

static void
write_page(struct buf *out, const struct rows *rs, bool csv, bool first)
{
	for (int i = 0; i < rs->n; i++) {
		if (csv) {
			write_csv(out, rs, i);
			continue;
		}
		buf_str(out, first && i == 0 ? "\n" : ",\n");
		rows_json(rs, i, true, out);
	}
}

/* One page at a time: the catalogue goes on changing meanwhile. */
static int
export(struct pg *pg, bool csv)
{
	struct arena *mem = arena_new((size_t)1 << 30);
	struct tx tx = { 0 };
	struct rows rs = { .n = 1 };
	struct err e;
	struct buf b;
	int rc = 0;

	for (int64_t after = 0; rs.n > 0; arena_reset(mem)) {
		err_init(&e, mem);
		tx_begin(&tx, pg, TX_READ, mem, &e, now_ms() + PATIENCE_MS);
		if (tx_rows(&tx, &rs, &export_sql_page,
		    pg_i64(after)) == -1) {
			rc = die("export: %s", e.internal != NULL ?
			    e.internal : e.detail);
			break;
		}
		buf_init(&b, mem, 65536);
		write_page(&b, &rs, csv, after == 0);
		fwrite(b.data, 1, b.len, stdout);
		if (rs.n > 0)
			after = rows_i64(&rs, rs.n - 1, "_id");
	}
	arena_free(mem);
	return rc;
}

int
cmd_export(int argc, char **argv)
{
	bool csv = argc == 2 && strcmp(argv[1], "--csv") == 0;
	struct pg *pg;
	int rc;

	if (argc > 1 && !csv) {
		die("usage: shopd export [--csv]");
		return 2;
	}
	for (size_t i = 0; csv && i < NCOLUMNS; i++)
		printf("%s%s", columns[i], i + 1 < NCOLUMNS ? "," : "\r\n");
	if (!csv)
		fputs("[", stdout);
	pg = pg_new(config.database_url);
	rc = export(pg, csv);
	pg_free(pg);
	if (rc == 0 && !csv)
		fputs("\n]\n", stdout);
	return rc;
}
