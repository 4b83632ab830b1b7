#!/bin/bash
# SPDX-License-Identifier: MIT
# What a body may be: types, sizes, grammar, unknown members, numbers, money.
set -u
. "$(dirname "$0")/../help/api.sh"
newcomer
goods 1000 50
orders=/api/v1/orders
line="{\"variant_id\":$VARIANT,\"quantity\":1}"
good="{\"items\":[$line],\"delivery_address\":\"1 Main Street\"}"

# --- types ---

for type in application/json 'application/json; charset=utf-8' \
	'Application/JSON;charset="UTF-8"' application/vnd.shop+json; do
	ask POST $orders -H "Content-Type: $type" -d "$good"
	want 201 "a body of $type"
done
for type in text/plain application/xml multipart/form-data \
	application/x-www-form-urlencoded 'application/json; charset=utf-16' \
	application/jsonp text/json; do
	ask POST $orders -H "Content-Type: $type" -d "$good"
	refused 415 unsupported_media_type "a body of $type"
done
has .detail 'The body must be application/json in UTF-8' "which one it wants"
ask POST $orders -H 'Content-Type:' -d "$good"
refused 415 unsupported_media_type "a body without a type"
ask POST $orders -H "$J" -H 'Content-Encoding: gzip' --data-binary \
	@<(gzip <<< "$good")
refused 415 unsupported_media_type "a compressed body"
ask PATCH /api/v1/auth/me -H 'Content-Type: text/plain' -d '{}'
refused 415 unsupported_media_type "PATCH with another type"

# --- sizes ---

{
	printf '%s' "${good%\}}"
	printf ',"note":"'
	repeat n $((65536 - ${#good} - 10))
	printf '"}'
} > "$tap_tmp/whole"
is "$(wc -c < "$tap_tmp/whole")" 65536 "64 KiB are"
ask POST $orders -H "$J" -H Expect: --data-binary "@$tap_tmp/whole"
refused 422 validation_failed "read (and the note is too long)"
printf ' ' >> "$tap_tmp/whole"
ask POST $orders -H "$J" -H Expect: --data-binary "@$tap_tmp/whole"
refused 413 payload_too_large "one byte more is not"
ask POST $orders -H "$J" -H Expect: -H 'Transfer-Encoding: chunked' \
	--data-binary "@$tap_tmp/whole"
refused 413 payload_too_large "nor in chunks"
ask POST $orders -H "$J" -H 'Transfer-Encoding: chunked' -d "$good"
want 201 "a small body in chunks"

# --- grammar ---

# malformed NAME TEXT (printf %b)
malformed() {
	printf '%b' "$2" > "$tap_tmp/bad"
	ask POST $orders -H "$J" --data-binary "@$tap_tmp/bad"
	refused 400 malformed_json "malformed: $1"
}
ask POST $orders -H "$J"
want 422 "no body at all is an order of the cart"
malformed "blanks" ' '
malformed "null" null
malformed "an array" '[]'
malformed "a string" '"x"'
malformed "a number" 1
malformed "cut off" '{"items":['
malformed "a comma too many" '{"note":"a",}'
malformed "no quotes" '{note:"a"}'
malformed "single quotes" "{'note':'a'}"
malformed "NaN" '{"expected_total_cents":NaN}'
malformed "Infinity" '{"expected_total_cents":Infinity}'
malformed "-Infinity" '{"expected_total_cents":-Infinity}'
malformed "a leading zero" '{"expected_total_cents":01}'
malformed "a plus" '{"expected_total_cents":+1}'
malformed "hexadecimal" '{"expected_total_cents":0x1}'
malformed "a comment" '{"note":"a"/**/}'
malformed "trailing bytes" '{"note":"a"}x'
malformed "a second value" '{"note":"a"}{}'
malformed "a NUL behind it" '{"note":"a"}\0000garbage'
malformed "a raw NUL" '{"note":"a\0000"}'
malformed "an escaped NUL" '{"note":"a\\u0000"}'
malformed "an escaped NUL in a key" '{"role\\u0000x":1}'
malformed "a raw control character" '{"note":"a\0001b"}'
malformed "a raw line feed in a string" '{"note":"a\nb"}'
malformed "an overlong form" '{"note":"\0300\0257"}'
malformed "a surrogate" '{"note":"\0355\0240\0200"}'
malformed "beyond Unicode" '{"note":"\0364\0220\0200\0200"}'
malformed "no UTF-8" '{"note":"\0377"}'
malformed "a byte order mark" '\0357\0273\0277{"note":"a"}'
malformed "a lone surrogate escape" '{"note":"\\ud800"}'
malformed "surrogates in the wrong order" '{"note":"\\udc00\\ud800"}'
malformed "a key twice" '{"note":"a","note":"b"}'
malformed "a key twice, once escaped" '{"note":"a","\\u006eote":"b"}'
malformed "17 brackets" \
	"{\"items\":$(repeat '[' 16)$(repeat ']' 16)}"
send POST $orders "{\"items\":$(repeat '[' 15)$(repeat ']' 15)}"
is "$STATUS" 422 "16 brackets are JSON"
send POST $orders "$(printf '{"note":"\U1F600 \\u00e9 \\ud83d\\ude00",%s' \
	"${good#\{}")"
want 201 "emoji and escapes"
has .note "$(printf '\U1F600 \u00e9 \U1F600')" "come back whole"

# --- members ---

send POST $orders "${good%\}},\"status\":\"paid\",\"total\":1}"
refused 422 unknown_field "unknown members"
has '.errors | map("\(.field) \(.code)") | join(", ")' \
	"status unknown_field, total unknown_field" "are all named"
send POST $orders '{"items":[{"variant_id":0,"quantity":0,"price":1},{}],
	"wrong":1}'
refused 422 validation_failed "faults of all kinds at once"
has '.errors | map(.field) | sort | join(" ")' "items[0].price \
items[0].quantity items[0].variant_id wrong" \
	"each with its path"
send POST /api/v1/auth/register "{\"email\":\"r-$RANDOM@example.com\",
	\"password\":\"plain-sheep-walk\",\"role\":\"admin\"}"
refused 422 unknown_field "a role at registration"
for member in id user_id is_admin role is_active created_at password_hash; do
	send PATCH /api/v1/auth/me "{\"$member\":1}"
	refused 422 unknown_field "$member in the profile"
done
send POST $orders "${good%\}},\"order_items\":[$line]}"
refused 422 validation_failed "a member and its alias"

# --- integers ---

for n in 1.0 1e0 '"1"' true null 1.5 '[1]' 9223372036854775808 \
	99999999999999999999 -1 0 1000001; do
	send POST $orders "{\"items\":[{\"variant_id\":$VARIANT,
		\"quantity\":$n}],\"delivery_address\":\"x\"}"
	refused 422 validation_failed "a quantity of $n"
	has '.errors[0].field' 'items[0].quantity' "named: $n"
done

# --- money ---

admin
price() {	# WANTED JSON
	send POST /api/v1/products "{\"title\":\"Priced\",\"stock\":1,$2}"
	is "$STATUS $(j .price_cents)" "$1" "$2"
	[ "$STATUS" != 201 ] || ask DELETE "/api/v1/products/$(j .id)"
}
price '201 2999' '"price":29.99'
price '201 2999' '"price":"29.99"'
price '201 110' '"price":1.10'
price '201 10' '"price":0.1'
price '201 0' '"price":0'
price '201 29' '"price":"0.29"'
price '201 1000000000000' '"price":10000000000.00'
price '201 7' '"price_cents":7'
for p in 29.999 29.990 1e2 1E0 '"1e2"' '"29,99"' '" 1"' '"+1"' -1 '".5"' \
	'"1."' '""' true '"01"' 10000000000.01; do
	price '422 null' "\"price\":$p"
done
for p in 1.0 '"7"' -1 1000000000001; do
	price '422 null' "\"price_cents\":$p"
done
price '422 null' '"price":1,"price_cents":100'

# Sums are checked: this many at this price pass 64 bits.
items=
for _ in 1 2 3 4 5 6 7 8 9 10; do
	goods 1000000000000 1000000
	items="$items${items:+,}{\"variant_id\":$VARIANT,\"quantity\":1000000}"
done
newcomer
send POST $orders "{\"items\":[$items],\"delivery_address\":\"x\"}"
is "$STATUS" 422 "a sum beyond 64 bits"
ask GET $orders
has '.data | length' 0 "and there is no order"
finish
