/* SPDX-License-Identifier: MIT */
#include "app/catalog/product_list.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/tx.h"

#include "app/catalog/product_columns.h"
#include "app/config.h"

/*
 * Each order has three statements.  The plain one lists all active products:
 * its plan never depends on the parameters, as a first page starts behind a
 * key that no product can have.  The others, without and with words, have
 * every filter and are planned at each execution, so that filters not given
 * fold away and the rest choose their index.
 */

#define ENTRIES(source, currency)					\
	"SELECT " PRODUCT_COLUMNS(currency) ","				\
	" s.total AS total_available, s.total > 0 AS in_stock,"		\
	" p.sort_key::text AS _key"					\
	" FROM (" source ") p"						\
	" LEFT JOIN categories c ON c.id = p.category_id"		\
	" CROSS JOIN LATERAL (SELECT coalesce(sum(" AVAILABLE "), 0) AS total" \
	"  FROM product_variants v JOIN inventory i ON i.variant_id = v.id" \
	"  WHERE v.product_id = p.id AND v.deleted_at IS NULL) s"

#define ARM(key, where, by, limit)					\
	"SELECT p.*, " key " AS sort_key FROM products p WHERE " where	\
	" ORDER BY " by " LIMIT " limit "::bigint + 1"

#define ACTIVE "p.status = 'active' AND p.deleted_at IS NULL"
#define WITH_STATUS "p.status = $1 AND p.deleted_at IS NULL"

/* A bound holds if any variant lies inside; mostly the lowest or the highest
 * price tells. (Both bounds in one condition: the planner takes several for
 * independent of each other, and their product for far too few.) What is sold
 * out is named, unless that is too much. OFFSET 0 keeps the planner from
 * hashing all variants there are for the few products of a page. */
#define MATCH								\
	WITH_STATUS							\
	" AND ($2::bigint IS NULL OR p.category_id ="			\
	"  ANY (category_below($2::bigint)))"				\
	" AND ($3::text IS NULL OR p.category_id ="			\
	"  ANY (category_below($3::text)))"				\
	" AND ($6::bigint IS NOT NULL OR p.max_price_cents >= $5"	\
	"  OR $5::bigint IS NULL)"					\
	" AND ($5::bigint IS NOT NULL OR p.min_price_cents <= $6"	\
	"  OR $6::bigint IS NULL)"					\
	" AND ($5::bigint IS NULL OR $6::bigint IS NULL"		\
	"  OR p.min_price_cents BETWEEN $5 AND $6"			\
	"  OR p.max_price_cents BETWEEN $5 AND $6"			\
	"  OR (p.min_price_cents < $5 AND p.max_price_cents > $6"	\
	"   AND EXISTS (SELECT FROM product_variants v"			\
	"   WHERE v.product_id = p.id AND v.deleted_at IS NULL"		\
	"   AND v.price_cents BETWEEN $5 AND $6 OFFSET 0)))"		\
	" AND ($8::jsonb IS NULL OR p.facets @> $8)"
#define IN_STOCK							\
	"EXISTS (SELECT FROM product_variants v"			\
	" JOIN inventory i ON i.variant_id = v.id"			\
	" WHERE v.product_id = p.id AND v.deleted_at IS NULL"		\
	" AND " AVAILABLE " > 0 OFFSET 0)"
#define SOLD_OUT							\
	"((sold_out() IS NULL OR p.id = ANY (sold_out()))"		\
	" AND NOT " IN_STOCK ")"
#define FILTERED							\
	MATCH " AND ($7::boolean IS NOT TRUE OR " IN_STOCK ")"		\
	" AND ($7::boolean IS NOT FALSE OR " SOLD_OUT ")"

/* What a bound means for the product's own price: it is as near as the prices
 * of the product are to each other. Were that asked of all products together,
 * one with prices far apart would have all others looked at; so there are two
 * kinds. Those that are not active have no index by price. */
#define KIND_1 "p.max_price_cents <= p.min_price_cents + 255"
#define KIND_2 "p.max_price_cents > p.min_price_cents + 255"
#define SPREAD_1 "least(255, price_spread())"
#define SPREAD_2 "price_spread()"
#define BOUNDED								\
	"($1 = 'active'"						\
	" AND ($5::bigint IS NOT NULL OR $6::bigint IS NOT NULL))"
#define ABOVE(spread)							\
	"p.price_cents >= coalesce($5::bigint - " spread ", 0)"
#define BELOW(spread)							\
	"p.price_cents <="						\
	" coalesce($6::bigint + " spread ", 9223372036854775807)"
#define NEAR(n)								\
	"(" KIND_##n " AND " ABOVE(SPREAD_##n) " AND " BELOW(SPREAD_##n) ")"
#define PRICED								\
	" AND (NOT " BOUNDED " OR " NEAR(1) " OR " NEAR(2) ")"
#define FILTERS FILTERED PRICED

/*
 * How words are found cannot be left to the planner, who has no idea of words
 * that it never saw.  First the order is walked a short way, which is enough
 * for words that many products have.  If it was not, some of the matches are
 * looked up; when those are all of them, they are sorted, else the order is
 * walked to the end.  Typing errors are forgiven only if nothing has the
 * words as they are.
 */
#define WALK "2000"	/* products looked at */
#define SHORT_WALK "1000"
#define FEW "3000"	/* matches looked up */
#define QUERY "search_query($4)"
/* Hidden from the planner, who would try the words on 200 titles. */
#define ALIKE(words) " (SELECT " words "::text) <% (title || ' ' || sku) "

#define STEPS(where, by, most, matches, limit)				\
	"(SELECT * FROM (SELECT * FROM products p WHERE " where		\
	"  ORDER BY " by " LIMIT " most ") p"				\
	"  WHERE search @@ " matches " LIMIT " limit ")"
#define WALKED(where, by, most, matches, limit)				\
	"walk AS MATERIALIZED "						\
	STEPS(where, by, most, matches, limit "::bigint + 1") ","	\
	" w AS MATERIALIZED (SELECT count(*) > " limit "::bigint AS done" \
	"  FROM walk), "
#define ALL(query, where)						\
	"SELECT id FROM products p WHERE search @@ " query		\
	" AND " where " LIMIT " FEW
/* unlike: nothing has the words as they are, whatever the filters say. */
#define LOOKED_UP(matches, words, where, unlike)			\
	"few AS MATERIALIZED (" matches "),"				\
	" n AS MATERIALIZED (SELECT count(*) AS n FROM few),"		\
	" alike AS MATERIALIZED (SELECT id FROM products p WHERE"	\
	ALIKE(words) "AND " unlike " AND " where " LIMIT " FEW "),"	\
	" found AS MATERIALIZED (SELECT id FROM few"			\
	"  UNION ALL SELECT id FROM alike),"				\
	" m AS MATERIALIZED (SELECT count(*) >= " FEW " AS many FROM found) "
#define NONE "(SELECT n FROM n) = 0"
#define NONE_AT_ALL(query, where)					\
	"CASE WHEN " NONE " THEN NOT EXISTS (SELECT FROM products p"	\
	"  WHERE search @@ " query " AND " where ") ELSE false END"
#define DONE "(SELECT done FROM w)"
#define MANY "(SELECT many FROM m)"
#define CHOSEN "p.id = ANY (ARRAY(SELECT id FROM found))"
#define RARE CHOSEN " AND NOT " MANY
/* CASE keeps the planner from looking all up. */
#define COMMON(query, words)						\
	" AND " MANY " AND CASE WHEN " NONE				\
	" THEN" ALIKE(words) "ELSE search @@ " query " END"

/* Words and nothing else: one plan for all. Most that are looked for are in
 * few products, and the walk is half of what those cost; so it goes on only
 * after first steps that met some. */
#define ASKED "WITH asked AS MATERIALIZED (SELECT search_query($5) AS words), "
#define WORDS "(SELECT words FROM asked)"
#define MET(where, by)							\
	"met AS MATERIALIZED " STEPS(where, by, "100", WORDS, "1") ", "

#define WALKED_IN_VAIN "NOT " DONE " AND " ACTIVE
#define ANYWHERE(after, limit) ALL(WORDS, WALKED_IN_VAIN)

/* In the order of ids, the matches in the next few ranges of them are as good
 * as all if they fill the page, or no range is behind: the index intersects the
 * lists of the words and of a range only where that lies. The list of a
 * beginning of words is made as a whole each time, and so only once. */
#define RANGES "8"
#define IN_RANGE(r, after)						\
	" ARRAY(SELECT id FROM products p WHERE search @@ " WORDS	\
	"  AND p.id >> 15 = " r " AND " after " AND " ACTIVE		\
	"  LIMIT " FEW ") AS ids"
#define NEARBY(after, limit, from, to, step)				\
	"WITH RECURSIVE span AS MATERIALIZED (SELECT " from "(p.id) >> 15" \
	"  AS first, " to "(p.id) >> 15 AS last FROM products p"	\
	"  WHERE " ACTIVE " AND " after "),"				\
	" near AS (SELECT first AS r, x.ids, cardinality(x.ids) AS n"	\
	"  FROM span CROSS JOIN LATERAL (SELECT" IN_RANGE("first", after) \
	"  OFFSET 0) x WHERE NOT " DONE					\
	"   AND strpos(" WORDS "::text, ':*') = 0"			\
	" UNION ALL SELECT r" step ", x.ids, n + cardinality(x.ids)"	\
	"  FROM near CROSS JOIN span CROSS JOIN LATERAL (SELECT"	\
	    IN_RANGE("r" step, after) " OFFSET 0) x"			\
	"  WHERE n <= " limit "::bigint AND r <> last"			\
	"   AND abs(r - first) < " RANGES " - 1),"			\
	" enough AS MATERIALIZED (SELECT max(cardinality(ids)) < " FEW	\
	"  AND max(n) > 0 AND (max(n) > " limit "::bigint"		\
	"   OR bool_or(r = last)) AS enough"				\
	"  FROM near CROSS JOIN span)"					\
	" SELECT unnest(ids) AS id FROM near"				\
	"  WHERE (SELECT enough FROM enough)"				\
	" UNION ALL (" ALL(WORDS, "(SELECT enough FROM enough) IS NOT TRUE" \
	    " AND " WALKED_IN_VAIN) ")"
#define NEAR_UP(after, limit)						\
	NEARBY(after, limit, "min", "max", " + 1")
#define NEAR_DOWN(after, limit)						\
	NEARBY(after, limit, "max", "min", " - 1")

/* Were the limit of the inner query a parameter, a plan for its very value
 * would look better than the one for all, and be made anew each time, for
 * more than it costs to run. */
#define PLAIN(id, key, after, by, most)					\
	STMT(id, ENTRIES(ARM(key, ACTIVE " AND " after("$2", "$3"), by,	\
	    most), "$4") " ORDER BY " by " LIMIT $1::bigint + 1")

/* look: where for words; arms: of the products that the filters leave. */
#define ORDER(tag, key, after, by, look, arms)				\
	PLAIN(product_list_##tag, key, after, by, "100");		\
	STMT(product_filter_##tag, ENTRIES(arms(key, after, by,		\
	    FILTERED " AND $4::text IS NULL"), "$12") " ORDER BY " by);	\
	STMT(product_words_##tag, ASKED					\
	    MET(ACTIVE " AND " after("$2", "$3"), by)			\
	    WALKED(ACTIVE " AND " after("$2", "$3"), by, SHORT_WALK,	\
	    WORDS " AND EXISTS (SELECT FROM met)", "$1")		\
	    LOOKED_UP(look(after("$2", "$3"), "$1"), "$5",		\
	    WALKED_IN_VAIN, NONE)					\
	    ENTRIES(							\
	    "SELECT p.*, " key " AS sort_key FROM walk p WHERE " DONE	\
	    " UNION ALL "						\
	    "(" ARM(key, ACTIVE COMMON(WORDS, "$5") " AND "		\
	    after("$2", "$3"), by, "$1") ") UNION ALL "			\
	    "(" ARM(key, RARE " AND " after("$2", "$3"), by, "$1") ")",	\
	    "$4") " ORDER BY " by);					\
	STMT(product_find_##tag, "WITH " WALKED(WITH_STATUS " AND "	\
	    after("$10", "$11"), by, WALK, QUERY " AND " FILTERS, "$9")	\
	    LOOKED_UP(ALL(QUERY, "NOT " DONE " AND " FILTERS), "$4",	\
	    "NOT " DONE " AND " FILTERS,				\
	    NONE_AT_ALL(QUERY, WITH_STATUS)) ENTRIES(			\
	    "SELECT p.*, " key " AS sort_key FROM walk p WHERE " DONE	\
	    " UNION ALL "						\
	    "(" arms(key, after, by, FILTERED COMMON(QUERY, "$4"))	\
	    ") UNION ALL "						\
	    "(" ARM(key, RARE " AND " after("$10", "$11"), by, "$9") ")", \
	    "$12") " ORDER BY " by)

#define UP_ID(k, i) "p.id > greatest(" k "::bigint, " i "::bigint)"
#define DOWN_ID(k, i) "p.id < least(" k "::bigint, " i "::bigint)"
#define UP_PRICE(k, i)							\
	"(p.price_cents, p.id) > (" k "::bigint, " i "::bigint)"
#define DOWN_PRICE(k, i)						\
	"(p.price_cents, p.id) < (" k "::bigint, " i "::bigint)"
#define UP_TITLE(k, i) "(p.title, p.id) > (" k "::text, " i "::bigint)"
#define DOWN_CREATED(k, i)						\
	"(p.created_at, p.id) < (" k "::timestamptz, " i "::bigint)"
#define DOWN_RATING(k, i)						\
	"(p.rating_average, p.id) < (" k "::numeric, " i "::bigint)"

#define ARM_OF_ALL(key, after, by, where)				\
	ARM(key, where PRICED " AND " after("$10", "$11"), by, "$9")

/* In the order of prices each kind of product has a scan of its own. It starts
 * at the row that it is to be behind, whatever other bound its first column
 * has, and the planner counts both; so the one takes the other in. */
#define ARM_OF_KIND(key, after, by, where, which, start, end)		\
	"(" ARM(key, where " AND " which " AND " after(start, "$11")	\
	" AND (NOT " BOUNDED " OR " end ")", by, "$9") ")"
#define ARMS_OF_KINDS(key, after, by, where, start, end)		\
	"SELECT * FROM (" ARM_OF_KIND(key, after, by, where,		\
	    "(NOT " BOUNDED " OR " KIND_1 ")", start(SPREAD_1),		\
	    end(SPREAD_1))						\
	" UNION ALL " ARM_OF_KIND(key, after, by, where,		\
	    BOUNDED " AND " KIND_2, start(SPREAD_2), end(SPREAD_2))	\
	") p ORDER BY " by " LIMIT $9::bigint + 1"
#define FROM_LOW(spread)						\
	"greatest($10::bigint, CASE WHEN " BOUNDED			\
	" THEN $5::bigint - " spread " - 1 END)"
#define FROM_HIGH(spread)						\
	"least($10::bigint, CASE WHEN " BOUNDED				\
	" THEN $6::bigint + " spread " + 1 END)"
#define ARMS_UP(key, after, by, where)					\
	ARMS_OF_KINDS(key, after, by, where, FROM_LOW, BELOW)
#define ARMS_DOWN(key, after, by, where)				\
	ARMS_OF_KINDS(key, after, by, where, FROM_HIGH, ABOVE)

ORDER(id, "p.id", UP_ID, "p.id", NEAR_UP, ARM_OF_ALL);
PLAIN(product_list_long, "p.id", UP_ID, "p.id", "1000");
ORDER(id_down, "p.id", DOWN_ID, "p.id DESC", NEAR_DOWN, ARM_OF_ALL);
ORDER(price, "p.price_cents", UP_PRICE, "p.price_cents, p.id", ANYWHERE,
    ARMS_UP);
ORDER(price_down, "p.price_cents", DOWN_PRICE,
    "p.price_cents DESC, p.id DESC", ANYWHERE, ARMS_DOWN);
ORDER(title, "p.title", UP_TITLE, "p.title, p.id", ANYWHERE, ARM_OF_ALL);
ORDER(created_down, "p.created_at", DOWN_CREATED,
    "p.created_at DESC, p.id DESC", ANYWHERE, ARM_OF_ALL);
ORDER(rating_down, "p.rating_average", DOWN_RATING,
    "p.rating_average DESC, p.id DESC", ANYWHERE, ARM_OF_ALL);
/* The nearest first: of words that very many products have, among the first
 * that were found. */
#define DISTANCE(query, words)						\
	"CASE WHEN (SELECT n FROM n) > 0"				\
	" THEN -ts_rank(p.search, " query ")"				\
	" ELSE -word_similarity(" words ", p.title || ' ' || p.sku) END"
#define NEAREST(name, with, query, words, where, unlike, limit, key, id, \
    cur)								\
	STMT(name, with LOOKED_UP(ALL(query, where), words, where,	\
	    unlike)							\
	    ENTRIES(ARM(DISTANCE(query, words), CHOSEN			\
	    " AND (" DISTANCE(query, words) ", p.id) > (" key "::real, " \
	    id "::bigint)", "sort_key, id", limit), cur)		\
	    " ORDER BY p.sort_key, p.id")
NEAREST(product_find_relevance, "WITH ", QUERY, "$4", FILTERS,
    NONE_AT_ALL(QUERY, WITH_STATUS), "$9", "$10", "$11", "$12");
NEAREST(product_words_relevance, ASKED, WORDS, "$5", ACTIVE, NONE, "$1", "$2",
    "$3", "$4");

#define ROW(name, tag, key, id)					\
	{ name, &product_list_##tag, &product_words_##tag,		\
	    &product_filter_##tag, &product_find_##tag, key, id }
static const struct order {
	const char *name;
	const struct stmt *list, *words, *filter, *find;
	const char *key;	/* before the first */
	int64_t id;
} orders[] = {
	ROW("id", id, "0", 0),
	ROW("-id", id_down, "9223372036854775807", INT64_MAX),
	ROW("price", price, "-1", 0),
	ROW("-price", price_down, "9223372036854775807", INT64_MAX),
	ROW("title", title, "", 0),
	ROW("-created_at", created_down, "infinity", INT64_MAX),
	ROW("rating", rating_down, "6", INT64_MAX),
	{ "relevance", NULL, &product_words_relevance, NULL,
	    &product_find_relevance, "-Infinity", 0 },
};
#define NORDERS (sizeof(orders) / sizeof(orders[0]))

static const char *const names[] = { "id", "price", "-price", "title",
    "-created_at", "rating", "relevance", "-id", NULL };
const struct field_kind kind_product_sort = { .values = names };

static bool
is_plain(const struct product_filter *f)
{
	return f->category_id == 0 && f->category == NULL &&
	    !f->min_price_cents.set && !f->max_price_cents.set &&
	    !f->in_stock.set && f->attributes.text == NULL &&
	    f->status == NULL;
}

static struct pgv
cents_or_null(const struct cents *c)
{
	return c->set ? pg_i64(c->v) : pg_null();
}

/* $1 to $8 */
#define FILTER_ARGS(tx, f)						\
	pg_text((f)->status != NULL ? (f)->status : "active"),		\
	(f)->category_id != 0 ? pg_i64((f)->category_id) : pg_null(),	\
	pg_text((f)->category), pg_text((f)->q),			\
	cents_or_null(&(f)->min_price_cents),				\
	cents_or_null(&(f)->max_price_cents),				\
	(f)->in_stock.set ? pg_bool((f)->in_stock.v) : pg_null(),	\
	pg_text((f)->attributes.text == NULL ? NULL :			\
	    arena_printf((tx)->mem, "[%s]", (f)->attributes.text))

/* For the statements of the flight that they go ahead of. */
#define SET(mode)							\
	"SELECT set_config('plan_cache_mode', 'force_" mode "_plan', true)," \
	" set_config('pg_trgm.word_similarity_threshold', '0.5', true)"
STMT(product_sql_custom, SET("custom"));
STMT(product_sql_generic, SET("generic"));

int
product_list(struct tx *tx, const struct product_filter *f,
    const struct product_page *page, struct rows *rs)
{
	const struct order *o = orders;
	struct pgv key, id;

	while (o < orders + NORDERS - 1 && strcmp(o->name, page->sort) != 0)
		o++;
	id = pg_i64(page->set ? page->id : o->id);
	key = !page->set ? pg_text(o->key) :
	    *page->key != '\0' ? pg_text(page->key) : id;
	if (is_plain(f) && f->q == NULL)
		return tx_rows(tx, rs, page->limit > 100 ? &product_list_long :
		    o->list, pg_i64(page->limit), key, id,
		    pg_text(config.currency));
	if (is_plain(f)) {
		tx_queue(tx, &product_sql_generic);
		return tx_rows(tx, rs, o->words,
		    pg_i64(page->limit), key, id, pg_text(config.currency),
		    pg_text(f->q));
	}
	tx_queue(tx, &product_sql_custom);
	return tx_rows(tx, rs, f->q == NULL ? o->filter : o->find,
	    FILTER_ARGS(tx, f), pg_i64(page->limit), key, id,
	    pg_text(config.currency));
}

/* What is in stock is counted as what is not sold out: the rest is few. */
STMT(product_sql_count,
    "SELECT (SELECT count(*) FROM products p WHERE " MATCH PRICED
    " AND $4::text IS NULL AND ($7::boolean IS NOT FALSE OR " SOLD_OUT "))"
    " - (SELECT count(*) FROM products p WHERE " MATCH PRICED
    " AND $7::boolean AND " SOLD_OUT ") AS total");
STMT(product_sql_count_found,
    "WITH n AS MATERIALIZED (SELECT count(*) AS n FROM products p WHERE "
    FILTERS " AND search @@ " QUERY ")"
    " SELECT CASE WHEN " NONE_AT_ALL(QUERY, WITH_STATUS)
    " THEN (SELECT count(*) FROM products p WHERE " FILTERS " AND"
    ALIKE("$4") ") ELSE n END AS total FROM n");
STMT(product_sql_count_nearest, "WITH "
    LOOKED_UP(ALL(QUERY, FILTERS), "$4", FILTERS,
    NONE_AT_ALL(QUERY, WITH_STATUS)) "SELECT count(*) AS total FROM found");

void
product_count(struct tx *tx, const struct product_filter *f,
    const char *sort, struct rows *rs)
{
	tx_queue(tx, &product_sql_custom);
	tx_send(tx, rs, f->q == NULL ? &product_sql_count :
	    strcmp(sort, "relevance") == 0 ? &product_sql_count_nearest :
	    &product_sql_count_found, FILTER_ARGS(tx, f));
}
