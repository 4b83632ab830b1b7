/* SPDX-License-Identifier: MIT */
#include "app/sales/order.h"

#include "lib/tx.h"

#include "app/errors.h"
#include "app/sales/order_columns.h"

/*
 * One statement for each index that can lead, so that each page is read
 * along it: a user's orders, a time, a status, or all. The other filters are
 * checked on the way. Totals have no order in common with "newest first":
 * there the planner chooses by the bounds between their index and the
 * newest ones.
 *
 * $1 user, $2 hidden too, $3 status, $4 $5 first and last time, $6 $7 totals;
 * of a list also $8 the id it starts behind and $9 its limit.
 */
#define BY_USER		"o.user_id = $1"
#define BY_STATUS	"o.status = $3"
#define BY_TOTAL							\
	"o.total_cents BETWEEN coalesce($6::bigint, 0)"			\
	" AND coalesce($7::bigint, 9223372036854775807)"

/* A day is in as a whole, a time with its last microsecond. */
#define FROM(p)		p "::text::timestamptz"
#define UNTIL(p)							\
	"(" p "::text::timestamptz + CASE length(" p ") WHEN 10"	\
	" THEN interval '1 day' ELSE interval '1 microsecond' END)"
#define BY_TIME								\
	"o.created_at >= coalesce(" FROM("$4") ", '-infinity')"		\
	" AND o.created_at < coalesce(" UNTIL("$5") ", 'infinity')"

#define OPTIONAL_ONES							\
	" AND ($1::bigint = 0 OR o.user_id = $1)"			\
	" AND ($2::boolean OR o.hidden_at IS NULL)"			\
	" AND ($3::text IS NULL OR o.status = $3)"			\
	" AND ($4::text IS NULL OR o.created_at >= " FROM("$4") ")"	\
	" AND ($5::text IS NULL OR o.created_at < " UNTIL("$5") ")"	\
	" AND ($6::bigint IS NULL OR o.total_cents >= $6)"		\
	" AND ($7::bigint IS NULL OR o.total_cents <= $7)"

#define LIST(lead)							\
	ORDER_SELECT " WHERE " lead OPTIONAL_ONES " AND o.id < $8"	\
	" ORDER BY o.id DESC LIMIT $9::bigint + 1"

STMT(order_sql_list_user, LIST(BY_USER));
STMT(order_sql_list_status, LIST(BY_STATUS));
STMT(order_sql_list_total, LIST(BY_TOTAL));
STMT(order_sql_list_all, LIST("true"));
/* A scan starts at the key, whatever other bound there is (see the products'
 * lists), so that takes it in. */
STMT(order_sql_list_time,
    "SELECT " ORDER_COLUMNS ", o.created_at::text AS _key FROM orders o"
    " WHERE " BY_TIME OPTIONAL_ONES
    " AND (o.created_at, o.id) < (least($10::text::timestamptz,"
    "  " UNTIL("$5") "), $8)"
    " ORDER BY o.created_at DESC, o.id DESC LIMIT $9::bigint + 1");
STMT(order_sql_count,
    "SELECT count(*) AS total FROM orders o WHERE true" OPTIONAL_ONES);

STMT(order_sql_reversed,
    "SELECT " FROM("$1") " >= " UNTIL("$2") " AS reversed");

static bool
by_time(const struct order_filter *f)
{
	return f->user_id == 0 && (f->from != NULL || f->to != NULL);
}

const char *
order_sort(const struct order_filter *f)
{
	return by_time(f) ? "-created_at" : "-id";
}

static const struct stmt *
leading(const struct order_filter *f)
{
	if (f->user_id != 0)
		return &order_sql_list_user;
	if (f->min_total.set || f->max_total.set)
		return &order_sql_list_total;
	return f->status != NULL ? &order_sql_list_status :
	    &order_sql_list_all;
}

static struct pgv
maybe(const struct cents *c)
{
	return c->set ? pg_i64(c->v) : pg_null();
}

#define FILTER(f) pg_i64((f)->user_id), pg_bool((f)->hidden_too),	\
	pg_text((f)->status), pg_text((f)->from), pg_text((f)->to),	\
	maybe(&(f)->min_total), maybe(&(f)->max_total)

static int
check_times(struct tx *tx, const struct order_filter *f)
{
	struct rows rs;

	if (f->from == NULL || f->to == NULL)
		return 0;
	if (tx_one(tx, &rs, &order_sql_reversed, pg_text(f->from),
	    pg_text(f->to)) == -1)
		return -1;
	if (!rows_bool(&rs, 0, "reversed"))
		return 0;
	err_add(tx->err, "start_date", "invalid_value", "is after end_date");
	return fail(tx, E_INVALID_PARAMETER, "The bounds are reversed");
}

int
order_list(struct tx *tx, const struct order_filter *f,
    const struct page_start *start, int64_t limit, struct rows *rs,
    struct rows *total)
{
	int64_t before = start->set ? start->id : INT64_MAX;

	if (check_times(tx, f) == -1)
		return -1;
	if (total != NULL)
		tx_send(tx, total, &order_sql_count, FILTER(f));
	if (by_time(f))
		return tx_rows(tx, rs, &order_sql_list_time, FILTER(f),
		    pg_i64(before), pg_i64(limit),
		    pg_text(start->set ? start->key : "infinity"));
	return tx_rows(tx, rs, leading(f), FILTER(f), pg_i64(before),
	    pg_i64(limit));
}
