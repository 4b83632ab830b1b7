#!/bin/bash
# SPDX-License-Identifier: MIT
# shopd import and export, with a database of their own and no service.
set -u
cd "$(dirname "$0")/../.." || exit 1
[ "${1-}" = inside ] || exec t/pg.sh "$0" inside
. t/help/tap.sh
SHOPD=${SHOPD:-obj/shopd}
dir=$(new_dir) || exit 1

q() { psql -qAtX "$DATABASE_OWNER_URL" -c "$1"; }

cat > "$dir/two.json" <<'END'
[{"title": "Kettle", "sku": "IMP-1", "price": 19.99, "stock": 5,
  "category": "Kitchen", "images": ["https://x.example/k.webp"],
  "brand": "Steam", "tags": ["hot"]},
 {"title": "", "sku": "IMP-2", "price": 1},
 {"name": "Cups", "sku": "IMP-3", "category": "kitchen", "variants":
  [{"sku": "IMP-3-A", "title": "Red", "price_cents": 500, "stock": 1},
   {"sku": "IMP-3-B", "title": "Blue", "price_cents": 600, "stock": 2}]}]
END

out=$("$SHOPD" import --dry-run "$dir/two.json" 2> "$dir/err")
is $? 1 "dry run: a bad row makes the status 1"
check "dry run: it tells what it would do" \
	grep -q '^dry run.*3 rows: 2 created, 0 updated, 1 bad' <<< "$out"
check "dry run: nothing is changed" \
	[ "$(q "SELECT count(*) FROM products WHERE sku LIKE 'IMP-%'")" = 0 ]

out=$("$SHOPD" import "$dir/two.json" 2> "$dir/err")
check "the summary counts rows" \
	grep -q '^3 rows: 2 created, 0 updated, 1 bad' <<< "$out"
check "the category is made once" \
	grep -q '^1 categories created' <<< "$out"
check "what is ignored is counted" \
	grep -q '^ignored members: tags (1)' <<< "$out"
check "a bad row has its number and reason" \
	grep -q '^row 2: title must not be empty' "$dir/err"
check "price, stock, image, category and attribute are there" \
	[ "$(q "SELECT p.price_cents, i.available, p.images ->> 0, c.name,
	    p.attributes FROM products p JOIN categories c
	    ON c.id = p.category_id JOIN product_variants v
	    ON v.product_id = p.id JOIN inventory i ON i.variant_id = v.id
	    WHERE p.sku = 'IMP-1'")" = \
	'1999|5|https://x.example/k.webp|Kitchen|{"brand": "Steam"}' ]

sed -i 's/19.99/18.50/; s/"stock": 5/"stock": 7/; s/"stock": 2/"stock": 4/
    s/"title": ""/"title": "Pan"/' "$dir/two.json"
out=$("$SHOPD" import "$dir/two.json" 2>&1)
check "the same file again changes what has the SKU" \
	grep -q '^3 rows: 1 created, 2 updated, 0 bad' <<< "$out"
check "prices and stock are those of the file" \
	[ "$(q "SELECT string_agg(v.sku || ' ' || v.price_cents || ' ' ||
	    i.available, ', ' ORDER BY v.sku) FROM product_variants v
	    JOIN inventory i ON i.variant_id = v.id WHERE v.sku LIKE 'IMP-%'
	    ")" = 'IMP-1 1850 7, IMP-2 100 0, IMP-3-A 500 1, IMP-3-B 600 4' ]

cat > "$dir/prices.json" <<'END'
[{"title": "Kettle", "sku": "IMP-1", "price": 20},
 {"name": "Cups", "sku": "IMP-3", "variants":
  [{"sku": "IMP-3-A", "price_cents": 550, "stock": 0},
   {"sku": "IMP-3-B", "price_cents": 650}]}]
END
"$SHOPD" import "$dir/prices.json" > /dev/null 2>&1
check "what a row does not name stays, the stock of a variant too" \
	[ "$(q "SELECT string_agg(v.title || ' ' || v.price_cents || ' ' ||
	    i.available, ', ' ORDER BY v.sku) FROM product_variants v
	    JOIN inventory i ON i.variant_id = v.id WHERE v.sku IN ('IMP-1',
	    'IMP-3-A', 'IMP-3-B')")" = \
	'Default 2000 7, Red 550 0, Blue 650 4' ]

printf 'sku,title,price,stock,attr.color,category\r\n%s\r\n%s\r\n' \
	'IMP-4,"Jug, ""big""",7.5,2,blue,Garden' 'IMP-5,Can,abc,1,,' \
	> "$dir/x.csv"
out=$("$SHOPD" import "$dir/x.csv" 2> "$dir/err")
check "CSV" grep -q '^2 rows: 1 created, 0 updated, 1 bad' <<< "$out"
check "CSV: the reason" grep -q '^row 2: price must be a decimal' "$dir/err"
check "CSV: quotes and attributes" \
	[ "$(q "SELECT title, attributes ->> 'color' FROM products
	    WHERE sku = 'IMP-4'")" = 'Jug, "big"|blue' ]

q "WITH c AS (INSERT INTO categories (name, slug) VALUES ('Garden', 'garden-b')
    RETURNING id) UPDATE products SET category_id = c.id FROM c
    WHERE sku = 'IMP-3'" || exit 1
for i in $(seq 200); do
	echo "{\"sku\": \"IMP-6-$i\", \"price_cents\": $i, \"stock\": $i}"
done | jq -s '[{title: "Beads", sku: "IMP-6", variants: .}]' \
	> "$dir/many.json"
out=$("$SHOPD" import "$dir/many.json" 2>&1)
check "a product of 200 variants" \
	grep -q '^1 rows: 1 created, 0 updated, 0 bad' <<< "$out"
check "and their stock" \
	[ "$(q "SELECT count(*), sum(i.available) FROM product_variants v
	    JOIN inventory i ON i.variant_id = v.id WHERE v.sku LIKE 'IMP-6-%'
	    ")" = '200|20100' ]

for k in 1 2 3 4; do
	seq $((k < 3 ? 1 : 4)) | jq -s --arg sku "IMP-7-$k" '{title: "Beads",
	    $sku, variants: map({sku: "\($sku)-\(.)", price_cents: .})}'
done | jq -s . > "$dir/some.json"
"$SHOPD" import "$dir/some.json" > /dev/null 2>&1
is "$(q "SELECT count(DISTINCT xmin::text) FROM products
    WHERE sku LIKE 'IMP-7-%'")" 3 \
	"many variants have a transaction of their own, the others share one"

for n in 1e39 -1e38 -1.5e-36 1e99; do
	echo "{\"title\": \"$n\", \"price\": 1, \"attributes\": {\"n\": $n}}"
done | paste -sd, | sed 's/.*/[&]/' > "$dir/numbers.json"
out=$("$SHOPD" import "$dir/numbers.json" 2> "$dir/err")
check "numbers that are long without an exponent are refused" \
	grep -q '^4 rows: 3 created, 0 updated, 1 bad' <<< "$out"

out=$(DATABASE_URL=postgresql://shopd@127.0.0.1:1/shopd \
	"$SHOPD" import "$dir/two.json" 2>&1)
is $? 1 "without its database it ends"
like "$out" 'rows 1 to .*port 1 failed' "and says why it has none"

# The answer to a COMMIT is lost: there is no such standby to wait for.
admin() { psql -qAtX "$DATABASE_ADMIN_URL" -c "$1"; }
waiting="FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
admin "ALTER ROLE shopd SET synchronous_commit = on"
admin "ALTER SYSTEM SET synchronous_standby_names = 'nobody'"
admin "SELECT pg_reload_conf()" > /dev/null
echo '[{"title": "Doubt", "price": 1}, {"title": "Doubt", "price": 2}]' \
	> "$dir/doubt.json"
"$SHOPD" import "$dir/doubt.json" > /dev/null 2> "$dir/err" &
for ((i = 0; i < 100; i++)); do
	[ "$(admin "SELECT count(*) $waiting")" = 0 ] || break
	sleep 0.1
done
admin "ALTER SYSTEM RESET synchronous_standby_names"
admin "SELECT pg_terminate_backend(pid) $waiting" > /dev/null
admin "SELECT pg_reload_conf()" > /dev/null
wait $!
is $? 1 "a commit in doubt ends it"
check "it is said which rows may be in" grep -q 'rows 1 to 2' "$dir/err"
is "$(q "SELECT count(*) FROM products WHERE title = 'Doubt'")" 2 \
	"and nothing is made twice"

DATABASE_URL="host=$dir dbname=shopd" "$SHOPD" import "$dir/doubt.json" \
	> /dev/null 2> "$dir/err"
is "$? $(grep -c "^shopd: import: rows 1 to 2: .*$dir.*failed" "$dir/err")" \
	"1 1" "why there is no database, it says"
admin "ALTER ROLE shopd SET default_transaction_read_only = on"
"$SHOPD" import "$dir/doubt.json" > /dev/null 2> "$dir/err"
is "$? $(grep -c "rows 1 to 2: .*read-only transaction" "$dir/err")" "1 1" \
	"and why that takes nothing"
admin "ALTER ROLE shopd RESET default_transaction_read_only"

"$SHOPD" export > "$dir/all.json"
"$SHOPD" export --csv > "$dir/all.csv"
n=$(q "SELECT count(*) FROM products WHERE deleted_at IS NULL")
for f in json csv; do
	out=$("$SHOPD" import "$dir/all.$f" 2>&1)
	check "what export writes as $f, import takes" \
		grep -q "^$n rows: 0 created, $n updated, 0 bad" <<< "$out"
done
"$SHOPD" export > "$dir/again.json"
check "and nothing has changed" cmp -s "$dir/all.json" "$dir/again.json"
for what in export config routes openapi; do
	"$SHOPD" $what > /dev/full 2> "$dir/err"
	is "$? $(cat "$dir/err")" "1 shopd: $what: cannot write" \
		"$what says when it cannot write"
done
for what in 'config all' 'routes x' 'openapi x' 'check x' 'work x' \
	'migrate up x'; do
	# shellcheck disable=SC2086
	"$SHOPD" $what > /dev/null 2>&1
	is $? 2 "what means nothing is refused: shopd $what"
done

for data in "${DUMMYJSON-}" ../shared/data/dummyjson-products.json; do
	[ ! -f "$data" ] || break
done
if [ -f "$data" ]; then
	out=$("$SHOPD" import "$data" 2>&1)
	check "194 products" \
		grep -q '^194 rows: 194 created, 0 updated, 0 bad' <<< "$out"
	check "in 24 categories" grep -q '^24 categories created' <<< "$out"
else
	skip "194 products" "no dummyjson-products.json (DUMMYJSON=path)"
fi
check "categories of one name stay apart" [ "$(q "SELECT string_agg(c.slug, ' '
    ORDER BY p.sku) FROM products p JOIN categories c ON c.id = p.category_id
    WHERE p.sku IN ('IMP-3', 'IMP-4')")" = 'garden-b garden' ]
check "the invariants hold" "$SHOPD" check
finish
