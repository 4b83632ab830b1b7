/* SPDX-License-Identifier: MIT */
#include "app/sales/order.h"

#include "lib/arena.h"
#include "lib/random.h"
#include "lib/tx.h"

#include "app/config.h"
#include "app/errors.h"
#include "app/jobs/outbox.h"
#include "app/sales/expiry.h"
#include "app/stock/inventory.h"
#include "app/stock/stock.h"

#define EXPIRE_AT_MOST 1000

/* ---- stock --------------------------------------------------------- */

static bool
is_short(const struct quote *q)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->line[i].quantity > q->line[i].available)
			return true;
	return false;
}

static int
refuse_short(struct tx *tx, const struct quote *q)
{
	for (size_t i = 0; i < q->n; i++) {
		const struct quote_line *l = &q->line[i];

		if (l->quantity > l->available)
			inventory_short(tx, arena_printf(tx->mem,
			    "items[%zu].quantity", l->input), l->variant_id,
			    l->quantity, l->available);
	}
	return fail(tx, E_INSUFFICIENT_STOCK, "There is not enough stock");
}

/* What is there now; both lists are in variant order. */
static void
take_in(struct quote *q, const struct rows *rs)
{
	size_t i = 0;

	for (int row = 0; row < rs->n; row++) {
		while (q->by_variant[i]->variant_id !=
		    rows_i64(rs, row, "variant_id"))
			i++;
		q->by_variant[i]->available = rows_i64(rs, row, "available");
	}
}

/*
 * Overdue orders may hold what is missing: they end here. If there are none,
 * somebody else may have ended them while this transaction waited for their
 * locks, so another look is due before the refusal.
 */
static int
find_more(struct tx *tx, struct quote *q, const int64_t *variants)
{
	int64_t expired;
	struct rows rs;

	if (expiry_run(tx, variants, q->n, EXPIRE_AT_MOST, &expired) == -1)
		return -1;
	if (expired > 0)
		return 0;
	if (inventory_look(tx, variants, q->n, &rs) == -1)
		return -1;
	take_in(q, &rs);
	return is_short(q) ? refuse_short(tx, q) : 0;
}

/*
 * Nothing to do if the quote saw enough: the reservation itself refuses to
 * go below zero. If the quote did not, or the reservation failed all the
 * same (careful), locks show what is there before anything is written.
 */
static int
ensure_stock(struct tx *tx, struct quote *q)
{
	bool lacking = is_short(q);
	int64_t *variants;
	struct rows rs;

	if (!lacking && !tx->careful)
		return 0;
	variants = arena_array(tx->mem, q->n, sizeof(*variants));
	for (size_t i = 0; i < q->n; i++)
		variants[i] = q->by_variant[i]->variant_id;
	if (lacking && find_more(tx, q, variants) == -1)
		return -1;
	if (inventory_hold(tx, variants, q->n, &rs) == -1)
		return -1;
	take_in(q, &rs);
	return is_short(q) ? refuse_short(tx, q) : 0;
}

/* ---- writing ------------------------------------------------------- */

STMT(order_sql_insert,
    "WITH o AS (INSERT INTO orders (id, uuid, user_id, currency,"
    "  subtotal_cents, shipping_cents, tax_cents, total_cents,"
    "  shipping_address, billing_address, note, expires_at, placed_by)"
    "  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
    "  nullif($21::bigint, 0)))"
    " INSERT INTO order_items (order_id, id, variant_id, product_id,"
    "  quantity, unit_price_cents, subtotal_cents, sku, title)"
    " SELECT $1, id, ($14::bigint[])[i], ($15::bigint[])[i],"
    "  ($16::bigint[])[i], ($17::bigint[])[i], ($18::bigint[])[i],"
    "  ($19::text[])[i], ($20::text[])[i]"
    " FROM unnest($13::bigint[]) WITH ORDINALITY AS n (id, i)");

STMT(order_sql_empty_cart,
    "WITH c AS (UPDATE carts SET updated_at = now() WHERE id = $1)"
    " DELETE FROM cart_items WHERE cart_id = $1");

static struct pgv
column(struct tx *tx, const struct quote *q, size_t offset)
{
	int64_t *v = arena_array(tx->mem, q->n, sizeof(*v));

	for (size_t i = 0; i < q->n; i++)
		v[i] = *(const int64_t *)(const void *)
		    ((const char *)&q->line[i] + offset);
	return pg_i64s(tx->mem, v, q->n);
}
#define COLUMN(member) column(tx, q, offsetof(struct quote_line, member))

static void
insert(struct tx *tx, const struct quote *q, const char *uuid,
    const char *note)
{
	const char **skus = arena_array(tx->mem, q->n, sizeof(*skus));
	const char **titles = arena_array(tx->mem, q->n, sizeof(*titles));

	for (size_t i = 0; i < q->n; i++) {
		skus[i] = q->line[i].sku;
		titles[i] = q->line[i].title;
	}
	tx_queue(tx, &order_sql_insert, pg_i64(q->order_id), pg_text(uuid),
	    pg_i64(tx->user), pg_text(config.currency), pg_i64(q->subtotal),
	    pg_i64(q->shipping), pg_i64(q->tax), pg_i64(q->total),
	    pg_text(rows_text(&q->rows, 0, "shipping")),
	    pg_text(rows_text(&q->rows, 0, "billing")), pg_text(note),
	    pg_text(rows_text(&q->rows, 0, "expires")), COLUMN(id),
	    COLUMN(variant_id), COLUMN(product_id), COLUMN(quantity),
	    COLUMN(price), COLUMN(subtotal), pg_texts(tx->mem, skus, q->n),
	    pg_texts(tx->mem, titles, q->n),
	    pg_i64(tx->acting_for != 0 ? tx->actor : 0));
}

static void
reserve(struct tx *tx, const struct quote *q)
{
	int64_t *v = arena_array(tx->mem, q->n, sizeof(*v));
	int64_t *n = arena_array(tx->mem, q->n, sizeof(*n));

	for (size_t i = 0; i < q->n; i++) {
		v[i] = q->by_variant[i]->variant_id;
		n[i] = q->by_variant[i]->quantity;
	}
	stock_reserve(tx, q->order_id, v, n, q->n);
}

/* ---- the answer ---------------------------------------------------- */

static void
add_i64(struct buf *b, const char *key, int64_t n)
{
	buf_json_key(b, key);
	buf_i64(b, n);
}

static void
add_str(struct buf *b, const char *key, const char *s)
{
	buf_json_key(b, key);
	buf_json_str(b, s);
}

static void
add_value(struct buf *b, const char *key, const struct quote *q,
    const char *col)
{
	buf_json_key(b, key);
	rows_value(&q->rows, 0, col, b);
}

static void
add_items(struct buf *b, const struct quote *q)
{
	buf_json_key(b, "items");
	buf_chr(b, '[');
	for (size_t i = 0; i < q->n; i++) {
		const struct quote_line *l = &q->line[i];

		buf_json_sep(b);
		buf_chr(b, '{');
		add_i64(b, "id", l->id);
		add_i64(b, "variant_id", l->variant_id);
		add_i64(b, "product_id", l->product_id);
		add_str(b, "sku", l->sku);
		add_str(b, "title", l->title);
		add_i64(b, "unit_price_cents", l->price);
		add_i64(b, "quantity", l->quantity);
		add_i64(b, "subtotal_cents", l->subtotal);
		buf_chr(b, '}');
	}
	buf_chr(b, ']');
}

/* What order_read() will answer, written without asking: the flight that
 * holds the stock is the last one. A test compares the two. */
static void
write_order(struct tx *tx, const struct quote *q, const char *uuid,
    const char *note, struct buf *b)
{
	buf_chr(b, '{');
	add_i64(b, "id", q->order_id);
	add_str(b, "uuid", uuid);
	add_str(b, "number", arena_printf(tx->mem, "SO-%lld",
	    100000 + (long long)q->order_id));
	add_i64(b, "user_id", tx->user);
	add_str(b, "status", "pending");
	add_str(b, "payment_status", "unpaid");
	add_str(b, "currency", config.currency);
	add_i64(b, "subtotal_cents", q->subtotal);
	add_i64(b, "discount_cents", 0);
	add_i64(b, "shipping_cents", q->shipping);
	add_i64(b, "tax_cents", q->tax);
	add_i64(b, "total_cents", q->total);
	add_i64(b, "refunded_cents", 0);
	add_items(b, q);
	add_value(b, "shipping_address", q, "shipping");
	add_value(b, "billing_address", q, "billing");
	add_str(b, "note", note);
	add_value(b, "created_at", q, "now");
	add_value(b, "updated_at", q, "now");
	add_value(b, "expires_at", q, "expires");
	buf_chr(b, '}');
}

int
order_place(struct tx *tx, const struct quote_ask *ask, const char *note,
    int64_t *id_r, struct buf *json_r)
{
	const char *uuid = uuid_v7(tx->mem);
	struct quote q;

	tx_careful_on(tx, &E_INSUFFICIENT_STOCK);
	if (quote_read(tx, ask, &q) == -1 || ensure_stock(tx, &q) == -1)
		return -1;
	insert(tx, &q, uuid, note);
	if (q.cart_id != 0)
		tx_queue(tx, &order_sql_empty_cart, pg_i64(q.cart_id));
	outbox_event(tx, "order.created", q.order_id, tx->user, NULL);
	reserve(tx, &q);
	*id_r = q.order_id;
	write_order(tx, &q, uuid, note, json_r);
	return 0;
}
