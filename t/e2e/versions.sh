#!/bin/bash
# SPDX-License-Identifier: MIT
# Versions, caching, creation, what answers with what.
set -u
. "$(dirname "$0")/../help/api.sh"
admin
long=$(repeat x 3000)
send POST /api/v1/products "{\"title\":\"Versioned\",\"price_cents\":100,
	\"stock\":5,\"description\":\"$long\"}"
want 201 "a product"
id=$(j .id)
p=/api/v1/products/$id
is "$(header location)" "$p" "Location"
like "$(header etag)" '^"[0-9]' "a tag when it is made"
ask GET "$(header location)"
has .id "$id" "where it says"
etag=$(header etag)
for who in be alice admin; do
	$who
	ask GET "$p"
	is "$(header etag)" "$etag" "the same tag for $who"
done

# --- If-None-Match ---

for tag in "$etag" "W/$etag" "\"x\", $etag" '*'; do
	ask GET "$p" -H "If-None-Match: $tag"
	is "$STATUS ${#BODY} $(header etag)" "304 0 $etag" "If-None-Match: $tag"
done
ask GET "$p" -H 'If-None-Match: "x"'
want 200 "another tag"
be
ask GET "$p" -H "If-None-Match: $etag"
is "$STATUS" 304 "also for nobody, from the cache or not"

for h in 'If-Match: "x"' 'If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT'
do
	ask GET "$p" -H "$h"
	want 200 "a GET does not mind ${h%%:*}"
done

# --- If-Match ---

admin
ask GET "$p" -H 'Accept-Encoding: gzip'
weak=$(header etag)
is "$weak" "W/$etag" "nginx weakens the tag of what it compresses"
send PATCH "$p" '{"title":"Version two"}' -H "If-Match: $weak"
want 200 "which matches all the same"
second=$(header etag)
unlike "$second" "^$etag\$" "PATCH answers with the new tag"
for method in PATCH PUT; do
	send $method "$p" '{"title":"Lost"}' -H "If-Match: $etag"
	refused 412 precondition_failed "a stale tag, $method"
done
ask DELETE "$p" -H "If-Match: $etag"
refused 412 precondition_failed "a stale tag, DELETE"
ask GET "$p"
has .title "Version two" "nothing has changed"
send PUT "$p" '{"title":"Version three"}' -H "If-Match: \"x\", $second"
want 200 "one of several tags"
send PUT "$p" '{"title":"Version four"}' -H 'If-Match: *'
want 200 "any version"
third=$(header etag)
send PATCH "$p" '{}' -H "If-Match: $third"
want 200 "a change of nothing"

# PATCH merges, and PUT does the same.
send PATCH "$p" '{"attributes":{"a":"1","b":"2"}}'
send PATCH "$p" '{"attributes":{"a":null,"c":"3"}}'
has '.attributes | tojson' '{"b":"2","c":"3"}' "objects are merged"
send PUT "$p" '{"attributes":{"b":null}}'
has '.attributes | tojson' '{"c":"3"}' "by PUT, too"
has .title "Version four" "and the rest stays"
like "$(j .updated_at)" '^20[0-9-]+T[0-9:.]+Z$' "times are UTC"

# --- caching ---

cache() {	# PATH WANTED NAME
	ask GET "$1"
	is "$(header cache-control)" "$2" "$3"
}
public='public, max-age=1, stale-while-revalidate=10'
cache "$p" no-store "an admin's product is not kept"
be
for path in "$p" /api/v1/products /products/1 /api/v1/categories \
	/api/v1/products/1/reviews /product/all_products; do
	cache "$path" "$public" "$path is, for nobody in particular"
done
cache /api/v1/products/999999999 no-store "what is not there is not"
cache /health no-store "nor is health"
cache /openapi.json no-store "nor the API document"
alice
cache /api/v1/cart no-store "nor a cart"
cache /api/v1/orders no-store "nor orders"
be
ask GET /docs/
is "$(header cache-control)" 'public, max-age=3600' "a page is, for an hour"
ask GET /docs/ -H "If-None-Match: $(header etag)"
is "$STATUS" 304 "and has a tag"

# HEAD must not poison the GET of a cached path.
sleep 2
for path in "$p" /api/v1/products /health /openapi.json; do
	ask HEAD "$path"
	is "$STATUS ${#BODY}" "200 0" "HEAD $path"
	length=$(header content-length)
	ask GET "$path"
	is "$STATUS $(j type)" "200 object" "and the GET after it is whole"
	[ -z "$length" ] || is "$length" "$(($(wc -c < "$tap_tmp/body")))" \
		"as long as HEAD said: $path"
done

# --- what answers with what ---

newcomer
send POST /api/v1/addresses '{"line1":"1 Main Street","city":"Springfield",
	"postal_code":"62701","country":"US"}'
is "$STATUS $(header location)" "201 /api/v1/addresses/$(j .id)" \
	"an address is made"
address=/api/v1/addresses/$(j .id)
tag=$(header etag)
ask GET "$address"
is "$(header etag)" "$tag" "with its tag"
send PATCH "$address" '{"city":"Shelbyville"}' -H "If-Match: $tag"
want 200 "an address is changed"
send PATCH "$address" '{"city":"Lost"}' -H "If-Match: $tag"
refused 412 precondition_failed "once"
send POST /api/v1/cart/items "{\"product_id\":$id,\"quantity\":2}"
want 201 "a line of a cart is made"
has .total_cents 200 "and answered with the cart"
send POST /api/v1/orders '{}'
is "$STATUS $(header location)" "201 /api/v1/orders/$(j .id)" \
	"an order is made"
order=$(j .id)
send POST /api/v1/payments "{\"order_id\":$order,\"token\":\"tok_visa\"}"
is "$STATUS $(header location)" "201 /api/v1/payments/$(j .id)" \
	"a payment is made"
send POST "$p/reviews" '{"rating":4}'
is "$STATUS" 201 "a review is made"
is "$(header location)" "$p/reviews" "its parent is where it is"
send POST "/api/v1/orders/$order/cancel" '{"reason":"changed my mind"}'
is "$STATUS $(j .status)" "200 cancelled" "an action answers with the thing"
ask DELETE "$address"
is "$STATUS ${#BODY}" "204 0" "DELETE answers with nothing"
ask DELETE /api/v1/cart
is "$STATUS $(j .is_empty)" "200 true" "but for the cart"
admin
ask DELETE "$p"
want 204 "the product goes"
be
for ((i = 0; i < 20; i++)); do
	ask GET "$p"
	[ "$STATUS" != 404 ] || break
	sleep 0.05
done
refused 404 not_found "within the second"
finish
