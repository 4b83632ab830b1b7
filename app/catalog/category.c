/* SPDX-License-Identifier: MIT */
#include "app/catalog/category.h"

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/tx.h"

#include "app/admin/audit.h"
#include "app/errors.h"

SHAPE(category, "id int", "name string", "slug string", "parent_id int?",
    "product_count int", "children [{category}]");

TABLE(category_in,
    FIELD(category_in, name, REQUIRED, 1, 100, .kind = &kind_printable,
	.example = "Books"),
    FIELD(category_in, slug, OPTIONAL | F_NULLABLE, 1, 100,
	.kind = &kind_slug, .doc = "Made from the name if absent",
	.example = "books"),
    FIELD(category_in, parent_id, OPTIONAL | F_NULLABLE, 1, INT64_MAX,
	.doc = "The category it stands in", .example = "null"));

TABLE(category_change,
    FIELD(category_change, name, OPTIONAL, 1, 100, .kind = &kind_printable,
	.example = "Books"),
    FIELD(category_change, slug, OPTIONAL, 1, 100, .kind = &kind_slug,
	.example = "books"),
    FIELD(category_change, parent_id, OPTIONAL | F_NULLABLE, 1, INT64_MAX,
	.doc = "Null makes it a root", .example = "null"));

/* ---- reading ------------------------------------------------------------- */

#define COUNTED(first)							\
	"WITH RECURSIVE t AS (SELECT id, name, slug, parent_id, version," \
	"  0 AS depth, ARRAY[name, id::text] AS path FROM categories"	\
	"  WHERE " first " UNION ALL"					\
	"  SELECT c.id, c.name, c.slug, c.parent_id, c.version,"	\
	"  t.depth + 1, t.path || ARRAY[c.name, c.id::text]"		\
	"  FROM t JOIN categories c ON c.parent_id = t.id)"		\
	" SELECT t.id, t.name, t.slug, t.parent_id,"			\
	" coalesce(n.count, 0) AS product_count, t.depth AS _depth,"	\
	" t.version AS _version FROM t "

/* Counting each category by itself costs a look-up each, all together one
 * walk along the index. */
STMT(category_sql_tree, COUNTED("parent_id IS NULL")
    "LEFT JOIN (SELECT category_id, count(*) FROM products"
    "  WHERE status = 'active' AND deleted_at IS NULL GROUP BY category_id)"
    " n ON n.category_id = t.id ORDER BY t.path");
STMT(category_sql_below, COUNTED("id = $1")
    "CROSS JOIN LATERAL (SELECT count(*) FROM products p"
    "  WHERE p.category_id = t.id AND p.status = 'active'"
    "  AND p.deleted_at IS NULL) n ORDER BY t.path");

int
category_rows(struct tx *tx, int64_t root, struct rows *rs)
{
	if (root == 0)
		return tx_rows(tx, rs, &category_sql_tree);
	if (tx_rows(tx, rs, &category_sql_below, pg_i64(root)) == -1)
		return -1;
	return rs->n > 0 ? 0 :
	    fail(tx, E_NOT_FOUND, "There is no such category");
}

void
category_json(const struct rows *rs, struct buf *out)
{
	int64_t open = 0;	/* objects whose children are being written */

	for (int i = 0; i < rs->n; i++) {
		for (; open > rows_i64(rs, i, "_depth"); open--)
			buf_str(out, "]}");
		buf_json_sep(out);
		buf_chr(out, '{');
		rows_members(rs, i, false, out);
		buf_str(out, ",\"children\":[");
		open++;
	}
	for (; open > 0; open--)
		buf_str(out, "]}");
}

/* ---- change -------------------------------------------------------------- */

/* And stay: one that is being deleted is waited for. */
STMT(category_sql_must_exist,
    "SELECT refuse('validation_failed', 'The request has invalid fields',"
    " '\"errors\":'"
    " || json_build_array(json_build_object('field', $1::text,"
    " 'code', 'not_found', 'detail', 'There is no such category')))"
    " WHERE $2::bigint <> 0"
    " AND NOT EXISTS (SELECT FROM categories WHERE id = $2 FOR KEY SHARE)");

void
category_must_exist(struct tx *tx, const char *field, int64_t id)
{
	if (id != 0)
		tx_queue(tx, &category_sql_must_exist, pg_text(field),
		    pg_i64(id));
}

STMT(category_sql_insert,
    "INSERT INTO categories (name, slug, parent_id) SELECT $1,"
    " coalesce($2, category_slug(slugify($1, 'category'))),"
    " nullif($3::bigint, 0)"
    " RETURNING id, to_json(categories)::text AS after");

int
category_create(struct tx *tx, const struct category_in *in, int64_t *id_r)
{
	struct rows rs;

	category_must_exist(tx, "parent_id", in->parent_id);
	if (tx_one(tx, &rs, &category_sql_insert, pg_text(in->name),
	    pg_text(in->slug), pg_i64(in->parent_id)) == -1)
		return -1;
	*id_r = rows_i64(&rs, 0, "id");
	audit_put(tx, "category.create", "category", *id_r, NULL,
	    rows_text(&rs, 0, "after"));
	return 0;
}

STMT(category_sql_lock,
    "SELECT version FROM categories WHERE id = $1 FOR NO KEY UPDATE");

int
category_lock(struct tx *tx, int64_t id, int64_t *version_r)
{
	struct rows rs;

	if (tx_one(tx, &rs, &category_sql_lock, pg_i64(id)) == -1)
		return -1;
	*version_r = rows_i64(&rs, 0, "version");
	return 0;
}

STMT(category_sql_update,
    "UPDATE categories c SET name = coalesce($2, o.name),"
    " slug = coalesce($3, o.slug), parent_id = CASE WHEN $4::boolean"
    "  THEN $5::bigint ELSE o.parent_id END"
    " FROM categories o WHERE c.id = $1 AND o.id = $1"
    " RETURNING to_json(o)::text AS before, to_json(c)::text AS after");

int
category_update(struct tx *tx, int64_t id, const struct category_change *c)
{
	const struct opt_i64 *parent = &c->parent_id;
	struct rows rs;

	category_must_exist(tx, "parent_id", parent->v);
	if (tx_one(tx, &rs, &category_sql_update, pg_i64(id),
	    pg_text(c->name), pg_text(c->slug), pg_bool(parent->set),
	    parent->null ? pg_null() : pg_i64(parent->v)) == -1)
		return -1;
	audit_put(tx, "category.update", "category", id,
	    rows_text(&rs, 0, "before"), rows_text(&rs, 0, "after"));
	return 0;
}

/* Deleted products let go of it. */
STMT(category_sql_let_go,
    "UPDATE products SET category_id = NULL WHERE category_id = $1"
    " AND deleted_at IS NOT NULL");
STMT(category_sql_delete,
    "DELETE FROM categories WHERE id = $1"
    " RETURNING to_json(categories)::text AS before");

int
category_delete(struct tx *tx, int64_t id)
{
	struct rows rs;

	tx_queue(tx, &category_sql_let_go, pg_i64(id));
	if (tx_one(tx, &rs, &category_sql_delete, pg_i64(id)) == -1)
		return -1;
	audit_put(tx, "category.delete", "category", id,
	    rows_text(&rs, 0, "before"), NULL);
	return 0;
}

STMT(category_sql_by_name,
    "WITH have AS (SELECT id FROM categories WHERE slug = $2"
    "  OR ($2 IS NULL AND lower(name) = lower($1)) ORDER BY id LIMIT 1),"
    " made AS (INSERT INTO categories (name, slug)"
    "  SELECT $1, coalesce($2, category_slug(slugify($1, 'category')))"
    "  WHERE NOT EXISTS (SELECT FROM have) RETURNING id)"
    " SELECT id, false AS made FROM have UNION ALL"
    " SELECT id, true FROM made");

int
category_by_name(struct tx *tx, const char *slug, const char *name,
    int64_t *id_r, bool *made_r)
{
	struct rows rs;

	if (tx_one(tx, &rs, &category_sql_by_name, pg_text(name),
	    pg_text(slug)) == -1)
		return -1;
	*id_r = rows_i64(&rs, 0, "id");
	*made_r = rows_bool(&rs, 0, "made");
	return 0;
}
