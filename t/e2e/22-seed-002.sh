#!/bin/bash
# SPDX-License-Identifier: MIT
# What the document of the third system shows: three calls and two pages.
set -u
. "$(dirname "$0")/../help/api.sh"

ask GET /product/all_products
want 200 "GET /product/all_products"
has type array "a bare array"
has 'map(.id) == (map(.id) | sort)' true "in the order of ids"
ask GET '/product/all_products?limit=1&after=1'
has 'map(.id) | length == 1 and .[0] > 1' true "with limit and after"
is "$(header link)" \
	"</product/all_products?limit=1&after=$(j '.[0].id')>; rel=\"next\"" \
	"and a link to the next ones"

send POST /product/create_product '{"name":"Kettle","price":39.9,"stock":5}'
refused 401 unauthorized "a product needs a token here"
alice
send POST /product/create_product '{"name":"Kettle","price":39.9,"stock":5}'
refused 403 forbidden "and an admin's"
admin
send POST /product/create_product '{"name":"Kettle","price":39.9,"stock":5}'
want 201 "POST /product/create_product"
has '.title, .price_cents, .total_available' $'Kettle\n3990\n5' \
	"at 39.9, 5 in stock"
product=$(j .id)

order="{\"products\":[{\"product_id\":$product,\"quantity\":2}]}"
be
send POST /order/create_order "$order"
refused 401 unauthorized "an order needs a token here"
alice
send POST /order/create_order "$order"
want 201 "POST /order/create_order"
has '.total_cents, .items[0].unit_price_cents, .items[0].quantity' \
	$'7980\n3990\n2' "two kettles, their price kept"
id=$(j .id)

# --- what it handles ---

send POST /order/create_order \
	"{\"products\":[{\"product_id\":$product,\"quantity\":4}]}"
refused 409 insufficient_stock "insufficient stock"
has '.errors[0] | .requested, .available' $'4\n3' "named"
send POST /order/create_order \
	'{"products":[{"product_id":999999999,"quantity":1}]}'
is "$STATUS" 422 "product not found"
send POST /order/create_order '{"products":[]}'
is "$STATUS" 422 "an order of nothing"
send POST /order/create_order '{"products":[{"quantity":1}]}'
refused 422 validation_failed "an order of no product"

for page in docs redoc; do
	ask GET "/$page/"
	want 200 "/$page"
	like "$(header content-type)" '^text/html' "/$page is a page"
done

admin
ask GET /product/all_products
has "map(select(.id == $product)) | .[0].total_available" 3 "3 are left"
alice
ask POST "/api/v1/orders/$id/cancel"
admin
ask DELETE "/api/v1/products/$product"
finish
