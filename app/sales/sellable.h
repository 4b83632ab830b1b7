/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_SELLABLE_H
#define APP_SALES_SELLABLE_H

/*
 * Pieces of SQL that cart and checkout share. They speak of v (a variant), p
 * (its product) and s (its inventory row).
 */

/* The variant meant by a variant id or, if that is 0, a product id. */
#define SELLABLE_JOIN(variant, product)					\
	" product_variants v ON v.id = coalesce(nullif(" variant ", 0)," \
	" default_variant(" product "))"

#define FOR_SALE							\
	"(v.deleted_at IS NULL AND p.deleted_at IS NULL"		\
	" AND p.status = 'active')"

/* 'ok', 'not_for_sale' or 'variant_required'. */
#define SELLABLE_STATE(variant)						\
	"CASE WHEN " FOR_SALE " IS NOT TRUE THEN 'not_for_sale'"	\
	" WHEN " variant " = 0 AND p.variant_count <> 1"		\
	" AND NOT v.is_default THEN 'variant_required' ELSE 'ok' END"

#define LINE_TITLE "line_title(p.title, v.title, p.variant_count)"

#endif
