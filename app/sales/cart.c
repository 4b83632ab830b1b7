/* SPDX-License-Identifier: MIT */
#include "app/sales/cart.h"

#include <string.h>

#include "lib/tx.h"

#include "app/config.h"
#include "app/errors.h"
#include "app/sales/expiry.h"
#include "app/sales/sellable.h"
#include "app/shapes.h"
#include "app/stock/inventory.h"

SHAPE(cart_item, "id int", "variant_id int", "product_id int", "sku string",
    "title string", "attributes object", "unit_price_cents int",
    "quantity int", "subtotal_cents int", "available int", "in_stock bool");
SHAPE(cart, "id int?", "user_id int", "items [{cart_item}]",
    "total_items int", "total_quantity int", "total_cents int",
    "currency string", "is_empty bool", "updated_at time?");

/* The version is the time of the last change; prices and stock are behind
 * the dot, as they change without the cart. */
#define VERSION "coalesce((extract(epoch FROM c.updated_at)"		\
    " * 1000000)::bigint, 0)"

STMT(cart_sql_view,
    "SELECT c.id, u.id AS user_id, l.items, l.total_items,"
    " l.total_quantity, l.total_cents, $2::text AS currency,"
    " l.total_items = 0 AS is_empty, c.updated_at,"
    " " VERSION " || '.' || md5(l.items::text) AS _etag"
    " FROM (SELECT $1::bigint AS id) u"
    " LEFT JOIN carts c ON c.user_id = u.id CROSS JOIN LATERAL ("
    "  SELECT coalesce(array_to_json(array_agg(i ORDER BY i.id)), '[]')"
    "   AS items, count(*) AS total_items,"
    "   coalesce(sum(quantity), 0) AS total_quantity,"
    "   coalesce(sum(subtotal_cents), 0) AS total_cents FROM ("
    "   SELECT i.id, i.variant_id, v.product_id, v.sku,"
    "    " LINE_TITLE " AS title, v.attributes,"
    "    v.price_cents AS unit_price_cents, i.quantity,"
    "    i.quantity * v.price_cents AS subtotal_cents,"
    "    a.available, a.available > 0 AS in_stock"
    "   FROM cart_items i JOIN product_variants v ON v.id = i.variant_id"
    "   JOIN products p ON p.id = v.product_id"
    "   JOIN inventory s ON s.variant_id = v.id"
    "   LEFT JOIN stock_due d ON d.variant_id = v.id"
    "   CROSS JOIN LATERAL (SELECT CASE WHEN " FOR_SALE
    "    THEN s.available + coalesce(d.quantity, 0) ELSE 0 END"
    "    AS available) a"
    "   WHERE i.cart_id = c.id AND v.deleted_at IS NULL"
    "   AND p.deleted_at IS NULL) i) l");

int
cart_view(struct tx *tx, struct rows *rs)
{
	return tx_one(tx, rs, &cart_sql_view, pg_i64(tx->user),
	    pg_text(config.currency));
}

STMT(cart_sql_lock,
    "SELECT " VERSION " AS version FROM carts c WHERE user_id = $1"
    " FOR UPDATE");

int
cart_lock(struct tx *tx, int64_t *version_r)
{
	struct rows rs;

	tx_row(tx, JAM_CART, tx->user);
	if (tx_opt(tx, &rs, &cart_sql_lock, pg_i64(tx->user)) == -1)
		return -1;
	*version_r = rs.n == 1 ? rows_i64(&rs, 0, "version") : 0;
	return 0;
}

/*
 * Looks and writes in one statement: what it must not do it does not do, and
 * the row says why. $5: units that overdue orders hold, beyond what is
 * available.
 */
STMT(cart_sql_add,
    "WITH x AS MATERIALIZED (SELECT v.id, s.available + $5 AS available,"
    "  " SELLABLE_STATE("$2::bigint") " AS state, h.held + $4 AS wanted,"
    "  h.lines FROM (SELECT) one JOIN"
    "  " SELLABLE_JOIN("$2::bigint", "$3::bigint")
    "  JOIN products p ON p.id = v.product_id"
    "  JOIN inventory s ON s.variant_id = v.id CROSS JOIN LATERAL ("
    "   SELECT coalesce(sum(i.quantity) FILTER (WHERE i.variant_id = v.id),"
    "    0) AS held, count(*) FILTER (WHERE i.variant_id <> v.id) AS lines"
    "   FROM carts c JOIN cart_items i ON i.cart_id = c.id"
    "   WHERE c.user_id = $1) h),"
    " c AS (INSERT INTO carts (user_id) SELECT $1 FROM x"
    "  WHERE state = 'ok' AND wanted <= least(available, 99)"
    "  AND lines < 1000"
    "  ON CONFLICT (user_id) DO UPDATE SET updated_at = now()"
    "  RETURNING id),"
    " i AS (INSERT INTO cart_items AS i (cart_id, variant_id, quantity)"
    "  SELECT c.id, x.id, $4 FROM c, x"
    "  ON CONFLICT (cart_id, variant_id) DO UPDATE"
    "  SET quantity = i.quantity + excluded.quantity WHERE i.quantity +"
    "  excluded.quantity <= (SELECT least(available, 99) FROM x)"
    "  RETURNING 1)"
    " SELECT id, available, state, wanted, lines,"
    " EXISTS (SELECT FROM i) AS done FROM x");

/* The same for the quantity of a line. */
STMT(cart_sql_set,
    "WITH x AS MATERIALIZED (SELECT v.id, i.id AS item, i.cart_id,"
    "  s.available + $4 AS available, " SELLABLE_STATE("v.id") " AS state,"
    "  $3::bigint AS wanted, 0 AS lines FROM carts c"
    "  JOIN cart_items i ON i.cart_id = c.id"
    "  JOIN product_variants v ON v.id = i.variant_id"
    "  JOIN products p ON p.id = v.product_id"
    "  JOIN inventory s ON s.variant_id = v.id"
    "  WHERE c.user_id = $1 AND i.id = $2),"
    " c AS (UPDATE carts c SET updated_at = now() FROM x"
    "  WHERE c.id = x.cart_id AND (wanted = 0 OR (state = 'ok'"
    "  AND wanted <= available)) RETURNING item, wanted),"
    " u AS (UPDATE cart_items i SET quantity = c.wanted FROM c"
    "  WHERE i.id = c.item AND c.wanted > 0 RETURNING 1),"
    " d AS (DELETE FROM cart_items i USING c"
    "  WHERE i.id = c.item AND c.wanted = 0 RETURNING 1)"
    " SELECT id, available, state, wanted, lines,"
    " EXISTS (SELECT FROM u UNION ALL SELECT FROM d) AS done FROM x");

static int
not_for_sale(struct tx *tx, const char *field)
{
	err_add(tx->err, field, "not_for_sale", "is not for sale");
	return faults(tx);
}

static int
too_many(struct tx *tx, const struct rows *x)
{
	int64_t wanted = rows_i64(x, 0, "wanted");

	if (wanted <= CART_MAX_QUANTITY &&
	    rows_i64(x, 0, "lines") < CART_MAX_LINES)
		return 0;
	if (wanted > CART_MAX_QUANTITY)
		err_add(tx->err, "quantity", "out_of_range",
		    "would be %lld in the cart; at most %d",
		    (long long)wanted, CART_MAX_QUANTITY);
	else
		err_add(tx->err, "variant_id", "too_many",
		    "a cart holds at most %d lines", CART_MAX_LINES);
	return faults(tx);
}

static int
short_of(struct tx *tx, const struct rows *x)
{
	int64_t available = rows_i64(x, 0, "available");

	inventory_short(tx, "quantity", rows_i64(x, 0, "id"),
	    rows_i64(x, 0, "wanted"), available);
	return fail(tx, E_INSUFFICIENT_STOCK,
	    "There is not enough stock: %lld available",
	    (long long)available);
}

/* Why a statement above did not do it; 0 if it did. field names what the
 * request called the variant by. */
static int
refusal(struct tx *tx, const struct rows *x, const char *field)
{
	const char *state;

	if (x->n == 0)
		return not_for_sale(tx, field);
	if (rows_bool(x, 0, "done"))
		return 0;
	state = rows_text(x, 0, "state");
	if (strcmp(state, "not_for_sale") == 0)
		return not_for_sale(tx, field);
	if (strcmp(state, "variant_required") == 0) {
		err_add(tx->err, field, "variant_required",
		    "has several variants: name one by variant_id");
		return fail(tx, E_VARIANT_REQUIRED,
		    "The product has several variants");
	}
	if (too_many(tx, x) == -1)
		return -1;
	if (rows_i64(x, 0, "wanted") > rows_i64(x, 0, "available"))
		return short_of(tx, x);
	/* Somebody else was faster; look again. */
	return tx_rerun(tx);
}

static bool
lacks_stock(const struct rows *x)
{
	return x->n == 1 && !rows_bool(x, 0, "done") &&
	    strcmp(rows_text(x, 0, "state"), "ok") == 0 &&
	    rows_i64(x, 0, "wanted") <= CART_MAX_QUANTITY &&
	    rows_i64(x, 0, "wanted") > rows_i64(x, 0, "available");
}

/* Overdue orders may hold what is missing. Called twice: the first time,
 * when the transaction may be over already, it asks for a careful run. */
static int
due_of(struct tx *tx, const struct rows *x, int64_t *due_r)
{
	if (!tx->careful)
		return tx_rerun(tx);
	return expiry_due(tx, rows_i64(x, 0, "id"), due_r);
}

int
cart_add(struct tx *tx, int64_t variant, int64_t product, int64_t quantity,
    struct rows *rs)
{
	const char *field = product != 0 ? "product_id" : "variant_id";
	struct rows x;
	int64_t due = 0;

	tx_careful_on(tx, &E_INSUFFICIENT_STOCK);
	tx_row(tx, JAM_CART, tx->user);
	for (int tries = 0; ; tries++) {
		tx_send(tx, &x, &cart_sql_add, pg_i64(tx->user),
		    pg_i64(variant), pg_i64(product), pg_i64(quantity),
		    pg_i64(due));
		if (!tx->careful)
			tx_last(tx);
		if (cart_view(tx, rs) == -1)
			return -1;
		if (tries > 0 || !lacks_stock(&x))
			return refusal(tx, &x, field);
		if (due_of(tx, &x, &due) == -1)
			return -1;
	}
}

int
cart_set(struct tx *tx, int64_t item, int64_t quantity, struct rows *rs)
{
	struct rows x;
	int64_t due = 0;

	tx_row(tx, JAM_CART, tx->user);
	for (int tries = 0; ; tries++) {
		tx_send(tx, &x, &cart_sql_set, pg_i64(tx->user),
		    pg_i64(item), pg_i64(quantity), pg_i64(due));
		if (!tx->careful)
			tx_last(tx);
		if (cart_view(tx, rs) == -1)
			return -1;
		if (x.n == 0)
			return fail(tx, E_NOT_FOUND,
			    "There is no such line in the cart");
		if (tries > 0 || !lacks_stock(&x))
			return refusal(tx, &x, "variant_id");
		if (due_of(tx, &x, &due) == -1)
			return -1;
	}
}

/* Only a cart that has the line is touched. */
#define REMOVE(which)							\
	"WITH i AS MATERIALIZED (SELECT i.id, i.cart_id FROM carts c"	\
	"  JOIN cart_items i ON i.cart_id = c.id" which			\
	"  WHERE c.user_id = $1),"					\
	" c AS (UPDATE carts SET updated_at = now()"			\
	"  WHERE id IN (SELECT cart_id FROM i) RETURNING id)"		\
	" DELETE FROM cart_items WHERE id IN (SELECT id FROM i)"	\
	" AND cart_id IN (SELECT id FROM c)"

STMT(cart_sql_remove, REMOVE(" AND i.id = $2"));
STMT(cart_sql_remove_product,
    REMOVE(" JOIN product_variants v ON v.id = i.variant_id"
    " AND v.product_id = $2"));
STMT(cart_sql_clear, REMOVE(""));

static int
removed(struct tx *tx, const struct rows *gone, struct rows *rs)
{
	tx_last(tx);
	if (cart_view(tx, rs) == -1)
		return -1;
	if (gone->affected == 0)
		return fail(tx, E_NOT_FOUND,
		    "There is no such line in the cart");
	return 0;
}

int
cart_remove(struct tx *tx, int64_t item, struct rows *rs)
{
	struct rows gone;

	tx_row(tx, JAM_CART, tx->user);
	tx_send(tx, &gone, &cart_sql_remove, pg_i64(tx->user), pg_i64(item));
	return removed(tx, &gone, rs);
}

int
cart_remove_product(struct tx *tx, int64_t product, struct rows *rs)
{
	struct rows gone;

	tx_row(tx, JAM_CART, tx->user);
	tx_send(tx, &gone, &cart_sql_remove_product, pg_i64(tx->user),
	    pg_i64(product));
	return removed(tx, &gone, rs);
}

int
cart_clear(struct tx *tx, struct rows *rs)
{
	tx_row(tx, JAM_CART, tx->user);
	tx_queue(tx, &cart_sql_clear, pg_i64(tx->user));
	tx_last(tx);
	return cart_view(tx, rs);
}
