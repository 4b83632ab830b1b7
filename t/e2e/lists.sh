#!/bin/bash
# SPDX-License-Identifier: MIT
# Lists, parameters, ids in paths.
set -u
. "$(dirname "$0")/../help/api.sh"
products=/api/v1/products

# bad QUERY PARAMETER: 400, and the parameter is named.
bad() {
	ask GET "$products?$1"
	refused 400 invalid_parameter "$1"
	has '.errors | map(.field) | index("'"$2"'") != null' true \
		"$1: names $2"
}
bad limit=0 limit
bad limit=101 limit
bad limit=-1 limit
bad limit=1.5 limit
bad limit=abc limit
bad limit= limit
bad limit=99999999999999999999 limit
bad 'limit=1&limit=2' limit
bad 'q=shirt&search=shirt' search
bad q=a q
bad "q=$(repeat a 101)" q
bad unknown=1 unknown
bad sort=password_hash sort
bad 'sort=price&after=1' after
bad 'after=-1' after
bad 'cursor=x&after=1' after
bad cursor=x cursor
bad in_stock=maybe in_stock
bad 'min_price_cents=2&max_price_cents=1' min_price_cents
bad min_price=1.999 min_price
bad q=%ff q
bad q=a%00b q
bad q=a%0d%0ab q
bad 'a[]=1' 'a[]'
bad '%ff=1' ''
ask GET "$products?status=draft"
refused 403 forbidden "status is for admins"
ask GET '/api/v1/auth/me?access_token=x'
is "$STATUS" 401 "no token in the query"
ask GET '/health?x=1'
refused 400 invalid_parameter "where there are no parameters, too"
ask GET "$products?q=a+b%20c&limit=1"
want 200 "plus and %20 are blanks"
ask GET "$products?&&limit=1&"
want 200 "empty pairs are nothing"

# --- pages ---

ask GET "$products?limit=100&count=true"
all=$(j '.data | map(.id) | join(" ")')
has '.data | length <= 100 and length > 3' true "a page of products"
has .total_count "$(j '.data | length')" "count=true"
ask GET "$products?limit=2"
has 'has("total_count")' false "no count unless asked"
has .has_more true "there is more"
seen=$(j '.data | map(.id) | join(" ")')
path="$products?limit=2&cursor=$(j .next_cursor)"
for ((i = 0; i < 60; i++)); do
	link=$(header link)
	like "$link" '^<[^<>]*limit=2&cursor=[A-Za-z0-9_-]+>; rel="next"$' \
		"a link to page $((i + 2))"
	is "${link%>*}" "<$path" "as the cursor says"
	ask GET "$path"
	seen="$seen $(j '.data | map(.id) | join(" ")')"
	[ "$(j .has_more)" = true ] || break
	path="$products?limit=2&cursor=$(j .next_cursor)"
done
is "$seen" "$all" "the pages are the list, in order, nothing twice"
has '.has_more, .next_cursor' $'false\nnull' "the last page"
is "$(header link)" "" "has no link"
ask GET "$products?limit=1&sort=-price"
cursor=$(j .next_cursor)
ask GET "$products?limit=1&sort=price&cursor=$cursor"
refused 400 invalid_parameter "a cursor is of its own order"
ask GET "$products?limit=1&cursor=${cursor%?}A"
refused 400 invalid_parameter "a forged cursor"
admin
ask GET '/api/v1/users?limit=1'
cursor=$(j .next_cursor)
ask GET "/api/v1/admin/audit-log?limit=1&cursor=$cursor"
refused 400 invalid_parameter "a cursor of another list"
ask GET '/api/v1/categories'
has 'keys | join(" ")' "data has_more next_cursor" "the tree is a list, too"

# --- ids in paths ---

for id in 0 -1 9223372036854775808 99999999999999999999 1e3 0x10 1%20 %201 \
	01 1.0 '1;x' %00 1%2f2 "$(repeat 1 300)"; do
	ask GET "/api/v1/addresses/$id"
	case $id in
	%00) refused 400 bad_request "address $id" ;;
	*) refused 404 not_found "address $id" ;;
	esac
done
for id in 6f1c2e0a-5d3b-4c7e-9a8f-0b1c2d3e4f50 6F1C2E0A no-uuid \
	6f1c2e0a5d3b4c7e9a8f0b1c2d3e4f50; do
	ask GET "/api/v1/orders/$id"
	refused 404 not_found "order $id"
done
ask GET /api/v1/orders/1
uuid=$(j .uuid)
ask GET "/api/v1/orders/$uuid"
has .id 1 "an order by its UUID"
ask GET "/api/v1/orders/${uuid^^}"
is "$STATUS" 200 "in upper case"
be
for slug in 123-456 Laptop laptop_ '%6captop '; do
	ask GET "/api/v1/products/${slug// /%20}"
	refused 404 not_found "slug '$slug'"
done
ask GET /api/v1/products/laptop
has .id 1 "a product by its slug"
ask GET /api/v1/products/%6captop
has .id 1 "however it is written"

# --- paths ---

ask GET /api/v1/products/1/
has .id 1 "a slash at the end"
for path in /api/v1/products/1// //api/v1/products/1 /api/v1//products/1 \
	/api/v1/products/1/. /API/v1/products/1 '/api/v1/products/1;x' \
	/api/v1/products/1%00 /api/v2/products/1 /.git/config /api/v1; do
	ask GET "$path" --path-as-is
	like "$STATUS $(j .code)" '^(404 not_found|400 bad_request)$' "$path"
done
for path in /api/v1/products/../../health /api/v1/%2e%2e/%2e%2e/health \
	/api/v1/products/%252e%252e/1; do
	ask GET "$path" --path-as-is
	like "$STATUS" '^40[04]$' "$path leads nowhere"
done
finish
