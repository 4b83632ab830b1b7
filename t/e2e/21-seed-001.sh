#!/bin/bash
# SPDX-License-Identifier: MIT
# What the document of the second system shows: all of it under /api.
set -u
. "$(dirname "$0")/../help/api.sh"

ask GET /api/health
want 200 "GET /api/health"

# --- its examples, as they stand there ---

as_written <<'END'
curl -X POST http://localhost:5000/api/auth/register \
  -H "Content-Type: application/json" \
  -d '{"email":"john@test.com","password":"TestPass123"}'
END
want 201 "register"
has '.user.email, .token_type' $'john@test.com\nBearer' "john's account"
as_written <<'END'
curl -X POST http://localhost:5000/api/auth/login \
  -H "Content-Type: application/json" \
  -d '{"email":"john@test.com","password":"TestPass123"}'
END
want 200 "login"
has '.access_token, .refresh_token | length > 100' $'true\ntrue' "two tokens"
be "$(j .access_token)"
refresh=$(j .refresh_token)
as_written <<'END'
curl http://localhost:5000/api/products/
END
want 200 "list products"
as_written <<'END'
curl "http://localhost:5000/api/products/?search=laptop&in_stock=true"
END
want 200 "search products"
has '.data[0].title' Laptop "finds the laptop"
as_written <<'END'
curl -X POST http://localhost:5000/api/cart/items \
  -H "Authorization: Bearer YOUR_TOKEN" \
  -H "Content-Type: application/json" \
  -d '{"product_id":1,"quantity":2}'
END
want 201 "add to cart"
has '.items[0] | .product_id, .quantity' $'1\n2' "two laptops"
as_written <<'END'
curl -X POST http://localhost:5000/api/orders/ \
  -H "Authorization: Bearer YOUR_TOKEN" \
  -H "Content-Type: application/json" \
  -d '{"delivery_address":"123 Main St"}'
END
want 201 "checkout"
has '.status, .shipping_address.line1, .items[0].quantity' \
	$'pending\n123 Main St\n2' "an order to 123 Main St"
order=$(j .id) total=$(j .total_cents)
is "$total" "$(j '.items[0].unit_price_cents * 2')" "at the price of two"

# --- the tables: authentication ---

ask POST /api/auth/refresh -H "Authorization: Bearer $refresh"
# The own token is in the way: it is an access token.
want 400 "two Authorization headers are one too many"
was=$TOKEN
be
ask POST /api/auth/refresh -H "Authorization: Bearer $refresh"
want 200 "POST /refresh with the refresh token"
be "$(j .access_token)"
ask GET /api/auth/me
has .email john@test.com "GET /me"
send PUT /api/auth/me '{"first_name":"John"}'
has .first_name John "PUT /me"
send POST /api/auth/change-password \
	'{"current_password":"TestPass123","new_password":"TestPass124!"}'
want 204 "POST /change-password"
be "$was"
ask GET /api/auth/me
want 200 "the token before it belongs to the same session"
sign_in john@test.com 'TestPass124!'

# --- cart ---

send POST /api/cart/items '{"product_id":2}'
want 201 "POST /cart/items"
line=$(j '.items[0].id')
send PUT "/api/cart/items/$line" '{"quantity":3}'
has '.items[0].quantity' 3 "PUT /cart/items/<id>"
ask DELETE "/api/cart/items/$line"
has .is_empty true "DELETE /cart/items/<id>"
send POST /api/cart/items '{"product_id":4}'
ask DELETE /api/cart/
has .is_empty true "DELETE /cart/"
ask GET /api/cart/
want 200 "GET /cart/"

# --- payments and orders ---

send POST /api/payments/process "{\"order_id\":$order,\"token\":\"tok_visa\"}"
want 201 "POST /payments/process"
has '.status, .amount_cents' $'succeeded\n'"$total" "paid"
payment=$(j .id)
ask GET "/api/payments/$payment"
has .order_id "$order" "GET /payments/<id>"
ask GET /api/orders/
has '.data[0].id' "$order" "GET /orders/"
ask GET "/api/orders/$order"
has .payment_status paid "GET /orders/<id>"
ask POST "/api/orders/$order/cancel"
has '.status, .payment_status' $'cancelled\nrefunded' \
	"POST /orders/<id>/cancel gives the money back"

# --- reviews ---

send POST /api/products/4/reviews '{"rating":5,"comment":"A classic"}'
want 201 "POST /products/<id>/reviews"
ask GET /api/products/categories
has '.data | map(.name) | join(" ")' "Books Clothing Electronics" \
	"GET /products/categories"

# --- products and admin ---

send POST /api/products/ '{"name":"Lamp","price":29.99,"stock_quantity":8}'
refused 403 forbidden "a customer makes no product"
customer=$TOKEN
ask GET /api/auth/me
john=$(j .id)
admin
send POST /api/products/ '{"name":"Lamp","price":29.99,"stock_quantity":8}'
want 201 "POST /products/"
has '.price_cents, .total_available' $'2999\n8' "at 29.99, 8 in stock"
lamp=$(j .id) variant=$(j '.variants[0].id')
send PUT "/api/products/$lamp" '{"price":"19.50"}'
has .price_cents 1950 "PUT /products/<id>"
ask GET /api/admin/dashboard
want 200 "GET /admin/dashboard"
ask GET '/api/admin/users?search=john@test.com'
has '.data[0].id' "$john" "GET /admin/users"
ask PUT "/api/admin/users/$john/toggle-status"
has .is_active false "PUT /admin/users/<id>/toggle-status"
boss=$TOKEN
be "$customer"
ask GET /api/auth/me
is "$STATUS" 401 "felt by the very next request"
be "$boss"
ask PUT "/api/admin/users/$john/toggle-status"
has .is_active true "and back"
ask GET /api/admin/orders
want 200 "GET /admin/orders"
send PUT "/api/admin/orders/$order/status" '{"status":"shipped"}'
refused 409 invalid_transition "PUT /admin/orders/<id>/status: cancelled"
ask GET /api/admin/inventory
want 200 "GET /admin/inventory"
send PUT "/api/admin/inventory/$variant" '{"stock_quantity":12}'
has .available 12 "PUT /admin/inventory/<id>"
ask DELETE "/api/products/$lamp"
want 204 "DELETE /products/<id>"
ask DELETE "/api/v1/users/$john"
want 204 "john goes, so that he can come again"
finish
