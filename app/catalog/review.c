/* SPDX-License-Identifier: MIT */
#include "app/catalog/review.h"

#include "lib/tx.h"

#include "app/admin/audit.h"
#include "app/catalog/product.h"
#include "app/errors.h"

SHAPE(review, "id int", "product_id int", "user_id int?", "author string?",
    "rating int", "title string?", "comment string?",
    "verified_purchase bool", "created_at time", "updated_at time");

TABLE(review_in,
    FIELD(review_in, rating, REQUIRED, 1, 5, .example = "5"),
    FIELD(review_in, title, OPTIONAL | F_NULLABLE, 0, 200,
	.example = "A good shirt"),
    FIELD(review_in, comment, OPTIONAL | F_NULLABLE, 0, 5000,
	.example = "Fits well"));

TABLE(review_change,
    FIELD(review_change, rating, OPTIONAL, 1, 5, .example = "4"),
    FIELD(review_change, title, OPTIONAL | F_NULLABLE, 0, 200,
	.example = "A good shirt"),
    FIELD(review_change, comment, OPTIONAL | F_NULLABLE, 0, 5000,
	.example = "Fits well"));

/* An author is shown by first name and initial, or by username; one whose
 * account was erased not at all. */
#define REVIEWS								\
	"SELECT r.id, r.product_id, r.user_id, CASE WHEN u.id IS NOT NULL" \
	" THEN coalesce(nullif(concat_ws(' ', nullif(u.first_name, '')," \
	"  left(u.last_name, 1) || '.'), ''), u.username, 'Customer') END" \
	" AS author, r.rating, r.title, r.comment,"			\
	" EXISTS (SELECT FROM orders o JOIN order_items i"		\
	"  ON i.order_id = o.id AND i.product_id = r.product_id"	\
	"  WHERE o.user_id = r.user_id AND o.payment_status IN"		\
	"  ('paid', 'partially_refunded')) AS verified_purchase,"	\
	" r.created_at, r.updated_at, r.version AS _version"		\
	" FROM reviews r LEFT JOIN users u ON u.id = r.user_id "

STMT(review_sql_list, REVIEWS
    "WHERE r.product_id = $1 AND r.id < $2 ORDER BY r.id DESC"
    " LIMIT $3::bigint + 1");
STMT(review_sql_count,
    "SELECT rating_count AS total FROM products WHERE id = $1");

int
review_list(struct tx *tx, int64_t product, int64_t before, int64_t limit,
    struct rows *rs)
{
	product_must_exist(tx, product);
	return tx_rows(tx, rs, &review_sql_list, pg_i64(product),
	    pg_i64(before != 0 ? before : INT64_MAX), pg_i64(limit));
}

void
review_count(struct tx *tx, int64_t product, struct rows *rs)
{
	tx_send(tx, rs, &review_sql_count, pg_i64(product));
}

STMT(review_sql_get, REVIEWS "WHERE r.id = $1");
STMT(review_sql_insert,
    "INSERT INTO reviews (product_id, user_id, rating, title, comment)"
    " VALUES ($1, $2, $3, nullif($4, ''), nullif($5, '')) RETURNING id");

int
review_create(struct tx *tx, int64_t product, const struct review_in *in,
    struct rows *rs)
{
	struct rows made;

	product_must_exist(tx, product);
	if (tx_one(tx, &made, &review_sql_insert, pg_i64(product),
	    pg_i64(tx->user), pg_i64(in->rating), pg_text(in->title),
	    pg_text(in->comment)) == -1)
		return -1;
	return tx_one(tx, rs, &review_sql_get,
	    pg_i64(rows_i64(&made, 0, "id")));
}

STMT(review_sql_lock,
    "SELECT version, CASE WHEN user_id IS DISTINCT FROM $3"
    " AND NOT $4::boolean THEN refuse('forbidden',"
    " 'Only its author may change a review') END"
    " FROM reviews WHERE id = $2 AND product_id = $1 FOR NO KEY UPDATE");

int
review_lock(struct tx *tx, int64_t product, int64_t id, int64_t *version_r)
{
	struct rows rs;

	if (!tx->admin)
		product_must_exist(tx, product);
	if (tx_one(tx, &rs, &review_sql_lock, pg_i64(product), pg_i64(id),
	    pg_i64(tx->user), pg_bool(tx->admin)) == -1)
		return -1;
	*version_r = rows_i64(&rs, 0, "version");
	return 0;
}

STMT(review_sql_update,
    "UPDATE reviews r SET rating = coalesce(nullif($2::bigint, 0), o.rating),"
    " title = CASE WHEN $3::boolean THEN nullif($4, '') ELSE o.title END,"
    " comment = CASE WHEN $5::boolean THEN nullif($6, '')"
    "  ELSE o.comment END FROM reviews o WHERE r.id = $1 AND o.id = $1"
    " RETURNING to_json(o)::text AS before, to_json(r)::text AS after");

/* What admins do to other people's words is on record. */
static void
audit(struct tx *tx, const char *action, int64_t id, const struct rows *rs)
{
	if (tx->admin)
		audit_put(tx, action, "review", id,
		    rows_text(rs, 0, "before"), rows_text(rs, 0, "after"));
}

int
review_update(struct tx *tx, int64_t id, const struct review_change *c,
    struct rows *rs)
{
	struct rows done;

	if (tx_one(tx, &done, &review_sql_update, pg_i64(id),
	    pg_i64(c->rating),
	    pg_bool(c->title.set), pg_text(c->title.v),
	    pg_bool(c->comment.set), pg_text(c->comment.v)) == -1)
		return -1;
	audit(tx, "review.update", id, &done);
	return tx_one(tx, rs, &review_sql_get, pg_i64(id));
}

STMT(review_sql_delete,
    "DELETE FROM reviews WHERE id = $1"
    " RETURNING to_json(reviews)::text AS before, NULL::text AS after");

int
review_delete(struct tx *tx, int64_t id)
{
	struct rows done;

	if (tx_one(tx, &done, &review_sql_delete, pg_i64(id)) == -1)
		return -1;
	audit(tx, "review.delete", id, &done);
	return 0;
}
