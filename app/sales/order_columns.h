/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_ORDER_COLUMNS_H
#define APP_SALES_ORDER_COLUMNS_H

/* Pieces of SQL that the statements on orders share; o is the order. */

#define ORDER_NUMBER "'SO-' || (100000 + o.id)"

/* The order as it is answered: order_shape. */
#define ORDER_COLUMNS							\
	"o.id, o.uuid, " ORDER_NUMBER " AS number, o.user_id,"		\
	" o.status, o.payment_status, o.currency, o.subtotal_cents,"	\
	" o.discount_cents, o.shipping_cents, o.tax_cents,"		\
	" o.total_cents, o.refunded_cents,"				\
	" (SELECT array_to_json(array_agg(i ORDER BY i.id)) FROM ("	\
	"  SELECT id, variant_id, product_id, sku, title,"		\
	"  unit_price_cents, quantity, subtotal_cents FROM order_items"	\
	"  WHERE order_id = o.id) i) AS items, o.shipping_address,"	\
	" o.billing_address, o.note, o.created_at, o.updated_at,"	\
	" o.expires_at, o.version AS _version"

#define ORDER_SELECT "SELECT " ORDER_COLUMNS " FROM orders o"

/* By id or, if that is 0, by uuid: one index in either case. */
#define ORDER_IS(id, uuid)						\
	"o.id = CASE " id "::bigint WHEN 0 THEN (SELECT x.id FROM orders x" \
	" WHERE x.uuid = " uuid "::uuid) ELSE " id " END"

/* Its owner sees it, and an admin. */
#define ORDER_SEEN(user, admin)						\
	" AND (" admin "::boolean OR (o.user_id = " user		\
	" AND o.hidden_at IS NULL))"

#endif
