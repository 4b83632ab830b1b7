#!/bin/bash
# SPDX-License-Identifier: MIT
# What the other scripts have no need of, so that each operation of the API
# is seen to succeed once through nginx.
set -u
. "$(dirname "$0")/../help/api.sh"

for path in / /livez /readyz /metrics /api/health; do
	ask GET $path
	want 200 "GET $path"
done

# mail TOPIC ADDRESS: the token in the newest letter of that kind to it.
mail() {
	local f
	for f in $(find -L "$VAR/mail" -name "*-$1.eml" | sort -r); do
		grep -q "^To:.*$2" "$f" || continue
		sed -n '/^Content-Type: text\/plain/,/^--=_/p' "$f" |
			tr -d '\r' | grep -oE '[0-9a-f]{32,}|[A-Za-z0-9_-]{40,}' |
			head -n 1
		return
	done
	return 1
}
mailed() { mail "$@" > "$tap_tmp/token" && [ -s "$tap_tmp/token" ]; }

# --- accounts ---

newcomer
me=$TOKEN
if wait_for 20 mailed user.verify_email "$EMAIL"; then
	be
	send POST /api/v1/auth/verify-email \
		"{\"token\":\"$(cat "$tap_tmp/token")\"}"
	like "$STATUS" '^20[04]$' "POST /auth/verify-email"
	be "$me"
	ask GET /api/v1/auth/me
	has .email_verified true "the address is verified"
else
	fail "a letter to verify the address comes"
fi
ask GET "/api/v1/users/$USER_ID"
tag=$(header etag)
send PATCH "/api/v1/users/$USER_ID" '{"phone":"+1 555 0199"}' \
	-H "If-Match: $tag"
has .phone "+1 555 0199" "PATCH /users/{id}"
send PATCH /api/v1/auth/me '{"phone":null}'
has .phone null "PATCH /auth/me"
sign_in "$EMAIL" plain-sheep-walk
ask GET /api/v1/auth/sessions
other=$(j '[.data[] | select(.current | not)][0].id')
ask DELETE "/api/v1/auth/sessions/$other"
want 204 "DELETE /auth/sessions/{id}"
send POST /api/v1/addresses '{"line1":"1 Main Street","city":"Springfield",
	"postal_code":"62701","country":"US"}'
address=$(j .id)
send PUT "/api/v1/addresses/$address" '{"name":"Home"}'
has .name Home "PUT /addresses/{id}"
ask GET '/api/v1/addresses?count=true'
has .total_count 1 "GET /addresses"
me=$TOKEN
be
send POST /api/v1/auth/forgot-password "{\"email\":\"$EMAIL\"}"
want 202 "POST /auth/forgot-password"
if wait_for 20 mailed user.password_reset "$EMAIL" ||
	mailed user.reset_password "$EMAIL"; then
	send POST /api/v1/auth/reset-password "{\"token\":\"$(cat \
		"$tap_tmp/token")\",\"password\":\"another-plain-walk\"}"
	want 204 "POST /auth/reset-password"
	sign_in "$EMAIL" another-plain-walk
	want 200 "and the new password opens"
else
	fail "a letter with a token comes"
fi
for path in reset-password verify-email; do
	send POST /api/v1/auth/$path '{"token":"made-up",
		"password":"another-plain-walk"}'
	[ $path = reset-password ] ||
		send POST /api/v1/auth/$path '{"token":"made-up"}'
	refused 400 invalid_token "a made-up token: $path"
done
me=$TOKEN
admin
boss=$TOKEN
send PUT "/api/v1/admin/users/$USER_ID/role" '{"role":"admin"}'
has .role admin "PUT /admin/users/{id}/role"
send PUT "/api/v1/admin/users/$USER_ID/role" '{"role":"customer"}'
has .role customer "and back"

# --- catalogue ---

send POST /api/v1/categories "{\"name\":\"Tour $RANDOM$RANDOM\"}"
want 201 "POST /categories"
category=$(j .id)
ask GET "/api/v1/categories/$category"
want 200 "GET /categories/{id}"
send PATCH "/api/v1/categories/$category" '{"parent_id":1}'
has .parent_id 1 "PATCH /categories/{id}"
send PUT "/api/v1/categories/$category" '{"parent_id":null}'
has .parent_id null "PUT /categories/{id}"
goods 1500 9
be "$boss"
p=/api/v1/products/$PRODUCT
send POST "$p/variants" "{\"sku\":\"$SKU-L\",\"title\":\"Large\",
	\"price_cents\":1700,\"stock\":3}"
want 201 "POST /products/{id}/variants"
ask GET "$p"
second=$(j ".variants[] | select(.sku == \"$SKU-L\") | .id")
send PATCH "$p/variants/$second" '{"compare_at_price_cents":1900}'
want 200 "PATCH /products/{id}/variants/{vid}"
send PUT "$p/variants/$second" '{"title":"Very large"}'
want 200 "PUT /products/{id}/variants/{vid}"
ask DELETE "$p/variants/$second"
like "$STATUS" '^20[04]$' "DELETE /products/{id}/variants/{vid}"
ask DELETE "/api/v1/categories/$category"
want 204 "DELETE /categories/{id}"
be "$me"
send POST "$p/reviews" '{"rating":3,"title":"So so"}'
review=$(j .id)
send PATCH "$p/reviews/$review" '{"rating":4}'
has .rating 4 "PATCH /products/{id}/reviews/{rid}"
send PUT "$p/reviews/$review" '{"comment":"It grows on you"}'
has .comment "It grows on you" "PUT /products/{id}/reviews/{rid}"
ask DELETE "$p/reviews/$review"
want 204 "DELETE /products/{id}/reviews/{rid}"

# --- the cart by all its names ---

for cart in /api/v1/cart /api/v1/carts/me /carts/me; do
	send POST "$cart/items" "{\"product_id\":$PRODUCT}"
	line=$(j '.items[0].id')
	for method in PATCH PUT; do
		send $method "$cart/items/$line" '{"quantity":2}'
		has '.items[0].quantity' 2 "$method $cart/items/{id}"
	done
	ask DELETE "$cart/items/$line"
	has .is_empty true "DELETE $cart/items/{id}"
	ask GET "$cart"
	want 200 "GET $cart"
	ask DELETE "$cart"
	want 200 "DELETE $cart"
done
ask GET "/products/$PRODUCT"
want 200 "GET /products/{id}"
send POST /api/v1/cart "{\"product_id\":$PRODUCT,\"quantity\":2}"
want 201 "POST /cart"
ask DELETE "/api/v1/cart/$PRODUCT"
has .is_empty true "DELETE /cart/{product_id}"

# --- an order from its checkout to its end ---

send POST /api/v1/orders/checkout "{\"items\":[{\"product_id\":$PRODUCT,
	\"quantity\":2}]}"
want 201 "POST /orders/checkout, to the default address"
order=$(j .id)
send POST /api/v1/payments "{\"order_id\":$order,\"token\":\"tok_pending\"}"
has .status pending "a payment that waits for its provider"
payment=$(j .id)
event="{\"id\":\"evt_$RANDOM$RANDOM\",\"type\":\"payment.succeeded\",
	\"payment\":\"$(j .uuid)\"}"
now=$(date +%s)
be
mac=$(printf '%s.%s' "$now" "$event" | openssl dgst -sha256 \
	-hmac "$TEST_WEBHOOK_SECRET" -r)
for i in 1 2; do
	send POST /api/v1/payments/webhooks/test "$event" \
		-H "Test-Signature: t=$now,v1=${mac%% *}"
	want 200 "POST /payments/webhooks/{provider}, time $i"
done
send POST /api/v1/payments/webhooks/test "$event " \
	-H "Test-Signature: t=$now,v1=${mac%% *}"
is "$STATUS" 400 "a signature of something else"
be "$me"
ask GET "/api/v1/payments/$payment"
has .status succeeded "which it does"
for path in my-orders history; do
	ask GET "/api/v1/orders/$path"
	has '.data[0].id' "$order" "GET /orders/$path"
done
be "$boss"
ask GET "/api/v1/orders?user_id=$USER_ID&status=confirmed&min_amount=1"
has '.data | map(.id) | join(" ")' "$order" "GET /orders with filters"
send PUT "/api/v1/admin/orders/$order/status" \
	'{"status":"shipped","reason":"by rail"}'
has .status shipped "PUT /admin/orders/{id}/status"
send POST "/api/v1/payments/$payment/refunds" \
	'{"amount_cents":500,"reason":"a dent"}'
want 201 "POST /payments/{id}/refunds"
be "$me"
ask GET "/api/v1/payments/$payment/refunds"
has '.data[0].amount_cents' 500 "GET /payments/{id}/refunds"
ask GET "/api/v1/orders/$order/payments"
has '.data[0].status' partially_refunded "GET /orders/{id}/payments"
ask GET "/api/v1/orders/$order/events"
has '.data | map(.to) | join(" ")' "pending confirmed shipped" \
	"GET /orders/{id}/events"
has '.data | map(.actor | type) | unique | length >= 1' true "by somebody"

# --- admin ---

be "$boss"
ask GET "/api/v1/admin/inventory/$VARIANT"
has '.available, .reserved' $'7\n0' "GET /admin/inventory/{id}"
send PATCH "/api/v1/admin/inventory/$VARIANT" \
	'{"delta":-2,"reason":"broken"}'
has .available 5 "PATCH /admin/inventory/{id}"
ask GET "/api/v1/admin/inventory/$VARIANT/movements"
has '.data | map(.delta_available) | add' 5 \
	"GET /admin/inventory/{id}/movements"
ask GET '/api/v1/admin/audit-log?limit=5'
want 200 "GET /admin/audit-log"
ask GET '/api/v1/admin/dashboard?from=2026-01-01&to=2026-01-02'
has .orders_count 0 "GET /admin/dashboard of another time"

send POST /api/v1/admin/webhooks '{"url":"https://hooks.example.org/shop",
	"events":["order.created"]}'
want 201 "POST /admin/webhooks"
hook=/api/v1/admin/webhooks/$(j .id)
like "$(j .secret)" '^whsec_' "with its secret, once"
ask GET /api/v1/admin/webhooks
has '.data[0] | has("secret")' false "GET /admin/webhooks, without"
ask GET "$hook"
want 200 "GET /admin/webhooks/{id}"
send PATCH "$hook" '{"description":"Accounting"}'
has .description Accounting "PATCH /admin/webhooks/{id}"
ask POST "$hook/rotate-secret"
like "$(j .secret)" '^whsec_' "POST /admin/webhooks/{id}/rotate-secret"
be "$me"
send POST /api/v1/orders "{\"items\":[{\"product_id\":$PRODUCT}]}"
want 201 "an order, of one by default"
be "$boss"
delivered() {
	ask GET "$hook/deliveries"
	[ "$(j '.data | length')" -gt 0 ]
}
if wait_for 20 delivered; then
	pass "GET /admin/webhooks/{id}/deliveries"
	delivery=$(j '.data[0].id')
	has '.data[0].event' order.created "of that order"
	ask POST "$hook/deliveries/$delivery/replay"
	want 200 "POST /admin/webhooks/{id}/deliveries/{did}/replay"
else
	fail "a delivery is tried" "$BODY"
fi
ask GET '/api/v1/admin/jobs?state=queued'
want 200 "GET /admin/jobs"
job=$(j '.data[] | select(.kind == "webhook") | .id' | head -n 1)
ask POST "/api/v1/admin/jobs/$job/retry"
want 200 "POST /admin/jobs/{id}/retry"
send PUT "$hook" '{"is_active":false}'
has .is_active false "PUT /admin/webhooks/{id}"
ask DELETE "$hook"
want 204 "DELETE /admin/webhooks/{id}"
ask DELETE "$p"
want 204 "DELETE /products/{id}"
ask DELETE "/api/v1/users/$USER_ID"
want 204 "DELETE /users/{id}, by an admin"
finish
