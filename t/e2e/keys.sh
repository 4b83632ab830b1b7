#!/bin/bash
# SPDX-License-Identifier: MIT
# Idempotency-Key, as clients see it.
set -u
. "$(dirname "$0")/../help/api.sh"
newcomer
goods 1000 20
order="{\"items\":[{\"variant_id\":$VARIANT,\"quantity\":1}],
	\"delivery_address\":\"1 Main Street\"}"
key() { echo "k-$$-$RANDOM$RANDOM"; }
keyed() { send "$1" "$2" "$3" -H "Idempotency-Key: $4"; }
orders=/api/v1/orders

# --- the same again ---

k=$(key)
keyed POST $orders "$order" "$k"
want 201 "an order"
first=$BODY tag=$(header etag) location=$(header location)
is "$(header idempotent-replayed)" "" "is the first"
keyed POST $orders "$order" "$k"
is "$STATUS $(header idempotent-replayed)" "201 true" "the same again"
is "$BODY" "$first" "byte by byte"
is "$(header location) $(header etag)" "$location $tag" \
	"with Location and ETag"
ask GET $orders
has '.data | length' 1 "one order"

# --- another use of it ---

keyed POST $orders "${order/\"quantity\":1/\"quantity\":2}" "$k"
refused 422 idempotency_key_reused "another body"
keyed POST /api/v1/orders/checkout "$order" "$k"
refused 422 idempotency_key_reused "another path"
was=$TOKEN
newcomer
keyed POST $orders "$order" "$k"
is "$STATUS $(header idempotent-replayed)" "201 " "another user's is another"
be "$was"

# --- refusals: kept if they are about the business ---

k=$(key)
keyed POST $orders "${order/\"quantity\":1/\"quantity\":999}" "$k"
refused 409 insufficient_stock "too many"
first=$BODY
keyed POST $orders "${order/\"quantity\":1/\"quantity\":999}" "$k"
is "$STATUS $(header idempotent-replayed)" "409 true" "and again"
is "$BODY" "$first" "byte by byte, its old request id too"
is "$(header content-type)" application/problem+json "as a problem"
k=$(key)
keyed POST $orders '{"items":[]}' "$k"
is "$STATUS" 422 "a fault"
keyed POST $orders '{"items":[]}' "$k"
is "$STATUS $(header idempotent-replayed)" "422 true" "is kept"
send POST $orders "$order"
id=$(j .id)
k=$(key)
pay="{\"order_id\":$id,\"token\":\"tok_declined\"}"
keyed POST /api/v1/payments "$pay" "$k"
refused 402 payment_declined "declined"
keyed POST /api/v1/payments "$pay" "$k"
is "$STATUS $(header idempotent-replayed)" "402 true" "is kept"
ask GET "$orders/$id/payments"
has '.data | length' 1 "one payment was tried"

k=$(key)
keyed POST $orders '{' "$k"
refused 400 malformed_json "what is malformed"
keyed POST $orders "$order" "$k"
want 201 "leaves the key free"
k=$(key)
was=$TOKEN
be
keyed POST $orders "$order" "$k"
refused 401 unauthorized "so does no token"
be "$was"
keyed POST $orders "$order" "$k"
want 201 "of the same client"
k=$(key)
keyed POST $orders/999999999/cancel '{}' "$k"
refused 404 not_found "and what is not there"
keyed POST $orders "$order" "$k"
want 201 "under the same key"

# --- which keys ---

for k in "$(repeat k 255)" ' !~' k; do
	keyed POST $orders/999999999/cancel '{}' "$k"
	refused 404 not_found "a key of ${#k}"
done
k=$(repeat k 256)
keyed POST $orders "$order" "$k"
refused 400 invalid_parameter "a key of 256"
has '.errors[0].field' Idempotency-Key "named"
ask POST $orders -H "$J" -H 'Idempotency-Key;' -d "$order"
refused 400 invalid_parameter "an empty key"
keyed POST $orders "$order" $'k\xc3\xa9'
refused 400 invalid_parameter "a key that is not ASCII"
ask POST $orders -H "$J" -H 'Idempotency-Key: a' -H 'Idempotency-Key: b' \
	-d "$order"
refused 400 bad_request "two keys"
ask GET $orders -H "Idempotency-Key: $k"
want 200 "no matter on a GET"
for path in auth/login users/login; do
	k=$(key)
	keyed POST /api/v1/$path '{"email":"bob@example.com",
		"password":"correct-horse-bob"}' "$k"
	one=$(j .access_token)
	keyed POST /api/v1/$path '{"email":"bob@example.com",
		"password":"correct-horse-bob"}' "$k"
	is "$STATUS $(header idempotent-replayed)" "200 " \
		"$path does not know keys"
	unlike "$(j .access_token)" "^$one\$" "and signs in anew"
done

# --- nobody's keys, and many at once ---

be
k=$(key)
user="{\"email\":\"k-$$-$RANDOM$RANDOM@example.com\",
	\"password\":\"plain-sheep-walk\"}"
keyed POST /api/v1/users "$user" "$k"
want 201 "an account with a key"
first=$(j .user.id)
keyed POST /api/v1/users "$user" "$k"
is "$STATUS $(j .user.id) $(header idempotent-replayed)" \
	"201 $first true" "and again"
be "$was"
k=$(key)
for i in 1 2 3 4 5 6 7 8; do
	curl -s -m 20 -o "$tap_tmp/p$i" -w '%{http_code}\n' -H "$J" \
		-H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: $k" \
		-d "$order" "$BASE_URL$orders" > "$tap_tmp/s$i" &
done
wait
is "$(grep -hvE '^(201|409)$' "$tap_tmp"/s?)" "" \
	"eight at once: 201 or 409"
# shellcheck disable=SC2046
is "$(jq .id $(grep -l 201 "$tap_tmp"/s? | sed 's/s\(.\)$/p\1/') |
	sort -u | wc -l)" 1 "of one order"
finish
