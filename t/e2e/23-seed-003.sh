#!/bin/bash
# SPDX-License-Identifier: MIT
# What the document of the fourth system shows: users, products, orders and
# the health of the stock.
set -u
. "$(dirname "$0")/../help/api.sh"

for page in docs scalar; do
	ask GET "/$page/"
	want 200 "/$page"
	like "$(header content-type)" '^text/html' "/$page is a page"
done

# --- authentication and users ---

mail=jane-$$-$RANDOM@test.com
send POST /api/v1/users/ "{\"email\":\"$mail\",\"password\":\"TestPass123\",
	\"first_name\":\"Jane\",\"last_name\":\"Doe\"}"
want 201 "POST /users/"
id=$(j '.user.id')
send POST /api/v1/users/ "{\"email\":\"$mail\",\"password\":\"TestPass123\"}"
refused 409 email_taken "an e-mail address is taken once"
ask POST /api/v1/users/login -d "username=$mail" -d password=TestPass123
want 200 "POST /users/login by the form"
send POST /api/v1/users/login \
	"{\"email\":\"$mail\",\"password\":\"TestPass123\"}"
want 200 "POST /users/login"
be "$(j .access_token)"
ask GET "/api/v1/users/$id"
has '.email, .role' "$mail"$'\ncustomer' "GET /users/{id}"
send PUT "/api/v1/users/$id" '{"first_name":"Janet"}'
has .first_name Janet "PUT /users/{id}"
ask GET /api/v1/users/1
refused 404 not_found "somebody else's profile"
ask GET /api/v1/users/
refused 403 forbidden "GET /users/ is for admins"
send POST /api/v1/products/ '{"title":"x","price_cents":1,"stock":1}'
refused 403 forbidden "so is POST /products/"
customer=$TOKEN

# --- products ---

admin
boss=$TOKEN
ask GET "/api/v1/users/?search=$mail"
has '.data[0].id' "$id" "GET /users/"
send POST /api/v1/products/ '{"title":"Teapot","price_cents":2500,"stock":20}'
want 201 "POST /products/"
teapot=$(j .id)
ask GET '/api/v1/products/?min_price=24.99&max_price=25.01'
has ".data | map(.id) | index($teapot) != null" true "GET /products/"
ask GET "/api/v1/products/$teapot"
has .title Teapot "GET /products/{id}"
send PUT "/api/v1/products/$teapot" '{"title":"Blue teapot"}'
has .title "Blue teapot" "PUT /products/{id}"

# --- orders ---

be "$customer"
send POST /api/v1/orders/ "{\"order_items\":[{\"product_id\":$teapot,
	\"quantity\":3}],\"shipping_address_line1\":\"1 High Street\",
	\"shipping_address_line2\":\"\",\"shipping_city\":\"Leeds\",
	\"shipping_state\":\"Yorkshire\",\"shipping_postal_code\":\"LS1 1AA\",
	\"shipping_country\":\"United Kingdom\"}"
want 201 "POST /orders/"
has '.shipping_address | .line1, .city, .region, .country' \
	$'1 High Street\nLeeds\nYorkshire\nUnited Kingdom' "to that address"
order=$(j .id)
send POST /api/v1/orders/ "{\"order_items\":[{\"product_id\":$teapot,
	\"quantity\":18}],\"delivery_address\":\"x\"}"
refused 409 insufficient_stock "no order without the stock"
ask GET /api/v1/orders/my-orders
has '.data[0].id' "$order" "GET /orders/my-orders"
ask GET "/api/v1/orders/$order"
has .total_cents 7500 "GET /orders/{id}"
send PUT "/api/v1/orders/$order/status" '{"status":"shipped"}'
refused 403 forbidden "a customer ships nothing"
ask GET /api/v1/orders/health/stock-check
refused 403 forbidden "nor sees the stock"
be "$boss"
ask GET /api/v1/orders/
has ".data | map(.id) | index($order) != null" true "GET /orders/: all"
send PUT "/api/v1/orders/$order/status" '{"status":"confirmed"}'
has .status confirmed "PUT /orders/{id}/status"
ask GET /api/v1/orders/health/stock-check
want 200 "GET /orders/health/stock-check"
has '.stock_summary | keys | join(" ")' \
	"alerts stock_categories stock_distribution summary" "its parts"
has '.stock_summary.stock_distribution | keys | join(" ")' \
	"critical_stock high_stock medium_stock" "its levels"
ask GET '/api/v1/orders/health/stock-check?category=critical&min_stock=1'
has '.filters_applied | .category, .min_stock' $'critical\n1' "its filters"
be "$customer"
ask DELETE "/api/v1/orders/$order"
refused 409 order_not_pending "DELETE /orders/{id}: confirmed already"
send POST /api/v1/orders/ "{\"order_items\":[{\"product_id\":$teapot,
	\"quantity\":1}],\"delivery_address\":\"1 High Street\"}"
second=$(j .id)
ask DELETE "/api/v1/orders/$second"
want 204 "DELETE /orders/{id}"
ask GET "/api/v1/orders/$second"
refused 404 not_found "and it is gone"
ask GET /api/v1/users/logout
want 204 "GET /users/logout"
ask GET "/api/v1/users/$id"
refused 401 token_revoked "the token is dead"
be "$boss"
ask DELETE "/api/v1/products/$teapot"
want 204 "DELETE /products/{id}"
ask POST "/api/v1/orders/$order/cancel"
ask POST /api/v1/users/logout
want 204 "POST /users/logout"
finish
