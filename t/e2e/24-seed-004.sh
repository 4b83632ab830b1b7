#!/bin/bash
# SPDX-License-Identifier: MIT
# What the document of the fifth system shows: a cart by products.
set -u
. "$(dirname "$0")/../help/api.sh"

# --- authentication ---

mail=jim-$$-$RANDOM@test.com
send POST /api/auth/register \
	"{\"email\":\"$mail\",\"password\":\"TestPass123\"}"
want 201 "POST /api/auth/register"
send POST /api/auth/login "{\"email\":\"$mail\",\"password\":\"TestPass123\"}"
want 200 "POST /api/auth/login"
be "$(j .access_token)"
customer=$TOKEN

# --- products ---

admin
send POST /api/products '{"name":"Scarf","price":"12.00","stock":9}'
want 201 "POST /api/products"
scarf=$(j .id)
send PUT "/api/products/$scarf" '{"name":"Red scarf"}'
has .title "Red scarf" "PUT /api/products/<id>"
be
ask GET /api/products
want 200 "GET /api/products"
ask GET "/api/products/$scarf"
has '.title, .price_cents' $'Red scarf\n1200' "GET /api/products/<id>"
be "$customer"
for method in POST PUT; do
	path=/api/products
	[ $method = POST ] || path=$path/$scarf
	send "$method" "$path" '{"name":"Mine","price":1,"stock":1}'
	refused 403 forbidden "$method $path is for admins"
done
ask DELETE "/api/products/$scarf"
refused 403 forbidden "DELETE /api/products/<id> is for admins"

# --- cart ---

ask GET /api/cart
has .is_empty true "GET /api/cart"
send POST /api/cart "{\"product_id\":$scarf,\"quantity\":2}"
want 201 "POST /api/cart"
has '.items[0] | .product_id, .quantity, .subtotal_cents' \
	"$scarf"$'\n2\n2400' "two scarves"
send POST /api/cart '{"product_id":4}'
has .total_items 2 "and a book"
ask DELETE /api/cart/4
want 200 "DELETE /api/cart/<product_id>"
has '.items | map(.product_id) | join(" ")' "$scarf" "without the book"
ask DELETE /api/cart/4
refused 404 not_found "which is not there twice"

# --- orders ---

send POST /api/orders '{"delivery_address":"5 Elm Street"}'
want 201 "POST /api/orders"
has '.total_cents, .items[0].product_id' $'2400\n'"$scarf" "the scarves"
order=$(j .id)
ask GET /api/cart
has .is_empty true "the cart is empty then"
send POST /api/orders '{"delivery_address":"5 Elm Street"}'
refused 422 cart_empty "and makes no second order"
ask GET /api/orders/history
has '.data | map(.id) | join(" ")' "$order" "GET /api/orders/history"
ask GET "/api/orders/$order"
has .id "$order" "GET /api/orders/<order_id>"
bob
ask GET "/api/orders/$order"
refused 404 not_found "not for somebody else"
be
ask GET "/api/orders/$order"
refused 401 unauthorized "nor for nobody"
be "$customer"
ask POST "/api/orders/$order/cancel"
admin
ask DELETE "/api/products/$scarf"
want 204 "DELETE /api/products/<id>"
finish
