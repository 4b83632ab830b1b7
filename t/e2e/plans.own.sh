#!/bin/bash
# SPDX-License-Identifier: MIT
# No statement of the API reads a whole table, on a shop that has grown so far
# that it would tell: PostgreSQL says what it did for each request and what
# the jobs made of it, triggers and foreign keys included, by the plan of the parameters and, from the sixth
# time on, by the one for all.
set -u
. "$(dirname "$0")/../help/tap.sh"
grown='users addresses sessions carts cart_items products product_variants
inventory inventory_movements reviews orders order_items order_events payments
refunds product_levels sales_products idempotency_keys audit_log'

var=$(new_dir)
stack_start "$var" WORKERS=1 WRITE_WORKERS=1 AUTH_WORKERS=1 PAY_WORKERS=1 ||
	exit 1
admin_url=${DATABASE_URL/shopd@/postgres@}
sql() { "$PG_BIN/psql" -qXAt -v ON_ERROR_STOP=1 "$admin_url" "$@"; }
check "a shop of 40,000 products" t/bench/load.sh 40000 20000 20000 "$admin_url"

# token EMAIL PASSWORD
api=$BASE_URL/api/v1
token() {
	curl -s -m 10 "$api/auth/login" -H 'Content-Type: application/json' \
		-d "{\"email\":\"$1\",\"password\":\"correct-horse-bench\"}" |
		jq -r .access_token
}
customer=$(token bench2@example.com)
admin=$(token bench1@example.com)

sql -c "ALTER ROLE shopd SET session_preload_libraries = 'auto_explain'" \
	-c "ALTER ROLE shopd SET auto_explain.log_min_duration = 0" \
	-c "ALTER ROLE shopd SET auto_explain.log_nested_statements = on"
log=$var/log/postgresql.log
kill -HUP "$SHOPD_PID" "$WORK_PID"
explained() { grep -q 'Query Text' "$log"; }
health() { curl -s -m 5 "$BASE_URL/health" > /dev/null; explained; }
check "plans are in the log" wait_for 20 health

# ask WHO STATUS CURL-ARGUMENTS...: until both kinds of plan were used; the
# answer of the last time is in $answer.
unexpected=
ask() {
	local who=$1 status=$2 path=$3 i got
	shift 3
	for i in 1 2 3 4 5 6 7; do
		got=$(curl -s -m 10 -w '\n%{http_code}' -H 'X-Plan: 1' \
			-H "Cookie: visitor=$i" ${who:+-H "Authorization: Bearer $who"} \
			-H 'Content-Type: application/json' "$@" "$api$path")
		[ "${got##*$'\n'}" = "$status" ] ||
			unexpected="$unexpected$path: ${got##*$'\n'} ${got:0:200}"$'\n'
	done
	answer=${got%$'\n'*}
}
see() { ask "" 200 "$@"; }
own() { ask "$customer" 200 "$@"; }
own_post() { ask "$customer" 201 "$1" -d "$2"; }
all() { ask "$admin" 200 "$@"; }

see /products/1005
see /products/bench-5
see /products/1005/reviews
see /categories
see /categories/1005
for sort in id -id price -price title -created_at rating; do
	see "/products?sort=$sort&limit=10"
	cursor=$(jq -r .next_cursor <<< "$answer")
	see "/products?sort=$sort&limit=10&cursor=$cursor"
	see "/products?sort=$sort&category_id=1015"
	see "/products?sort=$sort&min_price_cents=20000&max_price_cents=20500"
	see "/products?sort=$sort&attr.color=red&attr.material=oak"
	see "/products?sort=$sort&q=amber+oak+lamp"
	see "/products?sort=$sort&q=amber+oak+lamp&attr.color=amber"
done
see "/products?after=20000"
see "/products?category=bench-15"
see "/products?in_stock=true"
see "/products?in_stock=false"
see "/products?q=amber+oak+lamp&sort=relevance"
see "/products?q=amber+oak+lamp&sort=relevance&attr.color=amber"
see "/products?q=kettle"
see "/products?q=B-1234"
see "/products?q=1234"
see "/products?q=ambr+ok+lmp"
see "/products?q=nowhere+to+be+found"

own /auth/me
own /auth/sessions
own /addresses
own /cart
own_post /cart/items '{"variant_id":1005,"quantity":1}'
line=$(jq -r '.items[-1].id' <<< "$answer")
ask "$customer" 200 "/cart/items/$line" -X PATCH -d '{"quantity":2}'
for i in 1 2 3 4 5 6 7; do
	curl -s "$api/cart/items" -H "Authorization: Bearer $customer" \
		-H 'Content-Type: application/json' -d '{"variant_id":1008}' \
		> /dev/null
	curl -s "$api/orders" -H "Authorization: Bearer $customer" \
		-H 'Content-Type: application/json' -d '{}' > /dev/null
done
own_post /orders '{"items":[{"variant_id":1011,"quantity":1},
	{"variant_id":1014,"quantity":2},{"product_id":1007,"quantity":1}],
	"delivery_address":"1 Main Street"}'
order=$(jq -r .id <<< "$answer")
uuid=$(jq -r .uuid <<< "$answer")
own "/orders?limit=5"
own "/orders?limit=5&cursor=$(jq -r .next_cursor <<< "$answer")"
own "/orders/$order"
own "/orders/$uuid"
own "/orders/$order/events"
own "/orders/$order/payments"
for ((i = 0; i < 7; i++)); do
	curl -s "$api/payments" -H "Authorization: Bearer $customer" \
		-H 'Content-Type: application/json' -H "Idempotency-Key: pay-$i" \
		-d "{\"order_id\":$((order - i)),\"token\":\"tok_visa\"}" \
		> "$tap_tmp/payment"
done
payment=$(jq -r .id "$tap_tmp/payment")
own "/payments/$payment"
own "/payments/$payment/refunds"
for ((i = 0; i < 7; i++)); do
	curl -s -X POST "$api/orders/$((order - i))/cancel" \
		-H "Authorization: Bearer $customer" > /dev/null
	curl -s "$api/products/$((1005 + i))/reviews" \
		-H "Authorization: Bearer $customer" \
		-H 'Content-Type: application/json' -d '{"rating":5}' > /dev/null
done

for sort in id price -price; do
	all "/products?sort=$sort&status=draft&min_price_cents=20000"
	all "/products?sort=$sort&status=archived&max_price_cents=500&q=oak"
done
all "/orders?limit=5"
all "/orders?status=pending"
all "/orders?user_id=1005"
all "/orders?start_date=2020-01-01&end_date=2020-02-01"
all "/orders?min_amount=100&max_amount=101"
all "/orders/health/stock-check"
all "/admin/dashboard"
all "/admin/dashboard?from=2020-01-01"
all "/admin/inventory?limit=5"
all "/admin/inventory?level=low"
all "/admin/inventory?q=amber+oak"
all "/admin/inventory?q=oak"
all "/admin/inventory?q=oak&level=out_of_stock"
all "/admin/inventory/1005/movements"
ask "$admin" 200 "/admin/inventory/1005" -X PUT -d '{"delta":1}'
all "/admin/audit-log?limit=5"
all "/admin/audit-log?actor_id=999999"
all "/admin/audit-log?target_type=product&target_id=1005"
all "/users?limit=5"
all "/users?search=bench123"
all "/users/1005"
ask "$admin" 200 "/products/1009" -X PATCH -d '{"description":"New"}'
for ((i = 0; i < 7; i++)); do
	curl -s -X DELETE "$api/products/$((2005 + i))" \
		-H "Authorization: Bearer $admin" > /dev/null
done
is "$(sql -c "SELECT count(*) FROM products WHERE deleted_at IS NOT NULL
	AND id BETWEEN 2005 AND 2011")" 7 "products can be deleted"

# The square of so many would take longer than a request may.
sql -c "INSERT INTO carts (user_id) SELECT id FROM users u WHERE NOT EXISTS (
	SELECT FROM carts c WHERE c.user_id = u.id) ORDER BY id LIMIT 15000" \
	-c "INSERT INTO cart_items (cart_id, variant_id, quantity)
	SELECT id, (SELECT min(id) FROM product_variants
	WHERE product_id = 2020), 1 FROM carts ORDER BY id DESC LIMIT 15000" \
	-c "ANALYZE carts, cart_items"
is "$(curl -s -m 10 -o /dev/null -w '%{http_code}' -X DELETE \
	"$api/products/2020" -H "Authorization: Bearer $admin")" 204 \
	"a product leaves 15,000 carts"

is "$unexpected" "" "every request is answered as expected"
expanded() {
	[ "$(sql -c "SELECT count(*) FROM outbox WHERE kind = 'event'
		AND state = 'queued'")" = 0 ]
}
check "the jobs did their part" wait_for 20 expanded
check "both kinds of plan were seen" grep -q 'Index Cond: (id = [$]1)' "$log"

# A plan stands in the lines behind its query's text.
awk -v grown="$grown" '
	BEGIN { split(grown, t); for (i in t) is_grown[t[i]] = 1 }
	/Query Text: / { query = $0; sub(/.*Query Text: /, "", query) }
	match($0, /Seq Scan on [a-z_]+/) {
		table = substr($0, RSTART + 12, RLENGTH - 12)
		if (table in is_grown && !seen[table, query]++)
			print table ": " query
	}' "$log" > "$tap_tmp/scans"
is "$(cut -c 1-600 "$tap_tmp/scans")" "" "no statement reads a whole table"
finish
