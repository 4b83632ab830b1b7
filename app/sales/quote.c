/* SPDX-License-Identifier: MIT */
#include "app/sales/quote.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/tx.h"

#include "app/config.h"
#include "app/errors.h"
#include "app/sales/sellable.h"

STMT(quote_sql_lock,
    "SELECT id FROM carts WHERE user_id = $1 FOR UPDATE");

/* $1 user; shipping: $2 JSON, $3 id; billing: $4, $5; $6 minutes to live.
 * What is the order's is in its first line; ord is asked of the source. The
 * numbers are drawn after the sort. */
#define QUOTE(ord, quantity, state)					\
	"SELECT " ord " AS ord, " quantity " AS quantity,"		\
	" " state " AS state, now() AS now,"				\
	" now() + $6 * interval '1 minute' AS expires,"			\
	" CASE WHEN " ord " = 1 THEN nextval('orders_id_seq') END"	\
	"  AS order_id,"						\
	" CASE WHEN " ord " = 1 THEN"					\
	"  coalesce($2::jsonb, own_address($1, $3::bigint)) END"	\
	"  AS shipping,"						\
	" CASE WHEN " ord " <> 1 THEN NULL"				\
	"  WHEN $4::jsonb IS NOT NULL THEN $4::jsonb"			\
	"  WHEN $5::bigint <> 0 THEN own_address($1, $5) END"		\
	"  AS billing,"							\
	" nextval('order_items_id_seq') AS id,"				\
	" v.id AS variant_id, v.product_id, v.sku,"			\
	" " LINE_TITLE " AS title, v.price_cents, s.available"

/* The array is hidden in a subquery: a plan made for its very length looks
 * better than the generic one each time, and costs its planning each time. */
STMT(quote_sql_items,
    QUOTE("n.ord", "($9::bigint[])[n.ord]", SELLABLE_STATE("n.variant"))
    " FROM unnest((SELECT $7::bigint[])) WITH ORDINALITY"
    "  AS n (variant, ord)"
    " LEFT JOIN" SELLABLE_JOIN("n.variant", "($8::bigint[])[n.ord]")
    " LEFT JOIN products p ON p.id = v.product_id"
    " LEFT JOIN inventory s ON s.variant_id = v.id ORDER BY n.ord");

STMT(quote_sql_cart,
    QUOTE("row_number() OVER (ORDER BY i.id)", "i.quantity",
    SELLABLE_STATE("v.id"))
    " FROM carts c JOIN cart_items i ON i.cart_id = c.id"
    " JOIN product_variants v ON v.id = i.variant_id"
    " JOIN products p ON p.id = v.product_id"
    " LEFT JOIN inventory s ON s.variant_id = v.id"
    " WHERE c.user_id = $1 AND v.deleted_at IS NULL"
    " AND p.deleted_at IS NULL ORDER BY i.id");

#define ADDRESS(a) pg_text((a).json), pg_i64((a).id)

static int
ask_items(struct tx *tx, const struct quote_ask *ask, struct rows *rs)
{
	int64_t *v = arena_array(tx->mem, ask->n + 1, sizeof(*v));
	int64_t *p = arena_array(tx->mem, ask->n + 1, sizeof(*p));
	int64_t *n = arena_array(tx->mem, ask->n + 1, sizeof(*n));

	for (size_t i = 0; i < ask->n; i++) {
		v[i] = ask->want[i].variant_id;
		p[i] = ask->want[i].product_id;
		n[i] = ask->want[i].quantity;
	}
	return tx_rows(tx, rs, &quote_sql_items, pg_i64(tx->user),
	    ADDRESS(ask->shipping), ADDRESS(ask->billing),
	    pg_i64(config.order_ttl_minutes), pg_i64s(tx->mem, v, ask->n),
	    pg_i64s(tx->mem, p, ask->n), pg_i64s(tx->mem, n, ask->n));
}

static int
ask_cart(struct tx *tx, const struct quote_ask *ask, struct quote *q)
{
	struct rows cart;

	tx_row(tx, JAM_CART, tx->user);
	tx_send(tx, &cart, &quote_sql_lock, pg_i64(tx->user));
	if (tx_rows(tx, &q->rows, &quote_sql_cart, pg_i64(tx->user),
	    ADDRESS(ask->shipping), ADDRESS(ask->billing),
	    pg_i64(config.order_ttl_minutes)) == -1)
		return -1;
	/* One that was made since is not locked. */
	if (cart.n == 0)
		return fail(tx, E_CART_EMPTY, "There is nothing to order");
	q->cart_id = rows_i64(&cart, 0, "id");
	return 0;
}

/* ---- faults -------------------------------------------------------- */

static const char *
field_of(struct tx *tx, const struct quote_ask *ask, size_t i)
{
	bool product = ask->want != NULL && ask->want[i].variant_id == 0;

	return arena_printf(tx->mem, "items[%zu].%s", i,
	    product ? "product_id" : "variant_id");
}

static int
check_lines(struct tx *tx, const struct quote_ask *ask,
    const struct rows *rs)
{
	bool only_vague = true;
	int bad = 0;

	for (int i = 0; i < rs->n; i++) {
		const char *state = rows_text(rs, i, "state");
		bool vague = strcmp(state, "variant_required") == 0;

		if (strcmp(state, "ok") == 0)
			continue;
		bad++;
		only_vague &= vague;
		err_add(tx->err, field_of(tx, ask, (size_t)i), state, "%s",
		    vague ? "has several variants: name one by variant_id" :
		    "is not for sale");
	}
	if (bad > 0 && only_vague)
		return fail(tx, E_VARIANT_REQUIRED,
		    "A product has several variants");
	return 0;
}

static int
check_address(struct tx *tx, const struct quote_address *a,
    const struct rows *rs, const char *col, bool required)
{
	if (a->id != 0 && rows_null(rs, 0, col))
		return fail(tx, E_NOT_FOUND, "There is no such address");
	if (required && rows_null(rs, 0, col))
		err_add(tx->err, "shipping_address", "required",
		    "is needed, as there is no default address");
	return 0;
}

static int
check(struct tx *tx, const struct quote_ask *ask, const struct rows *rs)
{
	if (rs->n == 0)
		return fail(tx, E_CART_EMPTY, "There is nothing to order");
	if (check_lines(tx, ask, rs) == -1 ||
	    check_address(tx, &ask->shipping, rs, "shipping", true) == -1 ||
	    check_address(tx, &ask->billing, rs, "billing", false) == -1)
		return -1;
	if (ask->currency != NULL &&
	    strcmp(ask->currency, config.currency) != 0)
		err_add(tx->err, "currency", "invalid_value",
		    "must be %s", config.currency);
	return faults(tx);
}

/* ---- lines and sums ------------------------------------------------ */

static struct quote_line *
line_of(struct quote *q, int64_t variant_id)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->line[i].variant_id == variant_id)
			return &q->line[i];
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	const struct quote_line *const *x = a, *const *y = b;

	return ((*x)->variant_id > (*y)->variant_id) -
	    ((*x)->variant_id < (*y)->variant_id);
}

static void
read_lines(struct tx *tx, struct quote *q)
{
	const struct rows *rs = &q->rows;
	struct quote_line *l;

	q->line = arena_array(tx->mem, (size_t)rs->n, sizeof(*q->line));
	for (int i = 0; i < rs->n; i++) {
		l = line_of(q, rows_i64(rs, i, "variant_id"));
		if (l != NULL) {
			l->quantity += rows_i64(rs, i, "quantity");
			l->last = (size_t)i;
			continue;
		}
		q->line[q->n++] = (struct quote_line){
			.id = rows_i64(rs, i, "id"),
			.variant_id = rows_i64(rs, i, "variant_id"),
			.product_id = rows_i64(rs, i, "product_id"),
			.quantity = rows_i64(rs, i, "quantity"),
			.price = rows_i64(rs, i, "price_cents"),
			.available = rows_i64(rs, i, "available"),
			.sku = rows_text(rs, i, "sku"),
			.title = rows_text(rs, i, "title"),
			.input = (size_t)i, .last = (size_t)i,
		};
	}
	q->by_variant = arena_array(tx->mem, q->n, sizeof(*q->by_variant));
	for (size_t i = 0; i < q->n; i++)
		q->by_variant[i] = &q->line[i];
	qsort(q->by_variant, q->n, sizeof(*q->by_variant), compare);
}

static int
check_quantities(struct tx *tx, const struct quote *q)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->line[i].quantity > QUOTE_LINE_MAX)
			err_add(tx->err, arena_printf(tx->mem,
			    "items[%zu].quantity", q->line[i].last),
			    "out_of_range", "makes more than %d of the variant",
			    QUOTE_LINE_MAX);
	return faults(tx);
}

static int
check_sums(struct tx *tx, const struct quote_ask *ask, struct quote *q)
{
	for (size_t i = 0; i < q->n; i++) {
		struct quote_line *l = &q->line[i];

		if (__builtin_mul_overflow(l->quantity, l->price,
		    &l->subtotal) || __builtin_add_overflow(q->subtotal,
		    l->subtotal, &q->subtotal)) {
			err_add(tx->err, arena_printf(tx->mem,
			    "items[%zu].quantity", l->input), "out_of_range",
			    "makes the total too large");
			return faults(tx);
		}
	}
	if (!quote_sums(q)) {
		err_add(tx->err, "items", "out_of_range",
		    "make the total too large");
		return faults(tx);
	}
	if (ask->expects && ask->expected_total != q->total) {
		tx->err->members = arena_printf(tx->mem,
		    "\"total_cents\":%lld", (long long)q->total);
		return fail(tx, E_PRICE_CHANGED, "The total is %lld",
		    (long long)q->total);
	}
	return 0;
}

bool
quote_sums(struct quote *q)
{
	int64_t sub = q->subtotal, bp = config.tax_basis_points;
	int64_t whole = sub / 10000, part = sub % 10000;

	q->shipping = config.free_shipping_from_cents > 0 &&
	    sub >= config.free_shipping_from_cents ? 0 :
	    config.shipping_cents;
	/* Half a cent is rounded up; bp is at most 10000. */
	q->tax = whole * bp + (part * bp + 5000) / 10000;
	return !__builtin_add_overflow(sub, q->shipping, &q->total) &&
	    !__builtin_add_overflow(q->total, q->tax, &q->total);
}

int
quote_read(struct tx *tx, const struct quote_ask *ask, struct quote *q)
{
	int rc;

	memset(q, 0, sizeof(*q));
	if (ask->want != NULL)
		rc = ask_items(tx, ask, &q->rows);
	else
		rc = ask_cart(tx, ask, q);
	if (rc == -1 || check(tx, ask, &q->rows) == -1)
		return -1;
	q->order_id = rows_i64(&q->rows, 0, "order_id");
	read_lines(tx, q);
	if (check_quantities(tx, q) == -1)
		return -1;
	return check_sums(tx, ask, q);
}
