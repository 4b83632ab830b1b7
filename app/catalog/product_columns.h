/* SPDX-License-Identifier: MIT */
#ifndef APP_CATALOG_PRODUCT_COLUMNS_H
#define APP_CATALOG_PRODUCT_COLUMNS_H

/* Pieces of SQL that a product's own answer and the lists share. */

/* What can be sold of inventory row i.  Units that overdue orders hold can
 * be, before the orders are cancelled; mostly there are none, and the one
 * look at the head of an index says so. */
#define AVAILABLE							\
	"i.available + CASE WHEN i.reserved > 0"			\
	" AND (SELECT true FROM orders"					\
	" WHERE status = 'pending' AND payment_status = 'unpaid'"	\
	" AND expires_at <= now() LIMIT 1)"				\
	" THEN stock_overdue(i.variant_id) ELSE 0 END"

/* Of product p and its category c; currency is a parameter. */
#define PRODUCT_COLUMNS(currency)					\
	"p.id, p.sku, p.slug, p.title, p.description, p.category_id,"	\
	" CASE WHEN c.id IS NOT NULL THEN"				\
	" to_json(ROW(c.id, c.name, c.slug)::category_ref) END AS category," \
	" p.status, p.attributes, p.images, p.price_cents,"		\
	" p.min_price_cents, p.max_price_cents, "			\
	currency "::text AS currency, p.variant_count,"			\
	" p.rating_average, p.rating_count, p.created_at, p.updated_at"

/* Refuses the flight if the merge patch $2 leaves a row more attributes than
 * $3, and than it had. */
#define ATTRIBUTES(json) "(SELECT count(*) FROM jsonb_object_keys(" json "))"
#define ATTRIBUTES_FIT(table)						\
	"SELECT refuse('validation_failed', 'The request has invalid fields'," \
	" '\"errors\":' || json_build_array(json_build_object("		\
	"  'field', 'attributes', 'code', 'too_many',"			\
	"  'detail', 'must have ' || $3::bigint || ' or fewer')))"	\
	" FROM " table " WHERE id = $1 AND "				\
	ATTRIBUTES("merge_patch(attributes, $2::jsonb)")		\
	" > greatest($3::bigint, " ATTRIBUTES("attributes") ")"

#endif
