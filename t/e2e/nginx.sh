#!/bin/bash
# SPDX-License-Identifier: MIT
# What nginx answers by itself, and what it adds to shopd's answers.
set -u
. "$(dirname "$0")/../help/tap.sh"
port=${BASE_URL##*:}

# raw TEXT: send it as it is, print the answer.
raw() {
	local text=$1
	exec 5<> "/dev/tcp/127.0.0.1/$port" || return
	# In one piece: nginx may answer and close after the first line.
	printf '%b' "$text" | dd bs=64k iflag=fullblock status=none >&5
	timeout 3 cat <&5
	exec 5>&-
}
get() { curl -s -m 10 -i "$@" | tr -d '\r'; }
header() { sed -n "1,/^\$/s/^$1: //Ip"; }
body() { sed '1,/^$/d'; }
zeros() { head -c "$1" /dev/zero | tr '\0' a; }

# problem NAME STATUS CODE < answer
problem() {
	local answer doc
	answer=$(tr -d '\r')
	doc=$(body <<< "$answer")
	is "$(head -n 1 <<< "$answer" | cut -d' ' -f2) $(header content-type \
		<<< "$answer") $(jq -r .code <<< "$doc") $(jq -r .status \
		<<< "$doc")" "$2 application/problem+json $3 $2" "$1"
	is "$(jq -r .request_id <<< "$doc")" \
		"$(header x-request-id <<< "$answer")" "$1: the request's id"
	is "$(header cache-control <<< "$answer")" no-store "$1: not stored"
	secure "$1" <<< "$answer"
}
# secure NAME < answer: the headers of every answer, each once.
secure() {
	local answer
	answer=$(cat)
	is "$(header x-content-type-options <<< "$answer")|$(header \
		referrer-policy <<< "$answer")|$(header \
		content-security-policy <<< "$answer")|$(header server \
		<<< "$answer")" "nosniff|no-referrer|default-src 'none'; \
frame-ancestors 'none'|nginx" "$1: security headers, no version"
}

host='Host: shop.example\r\nConnection: close\r\n'
problem "no Host" 400 bad_request < <(raw 'GET / HTTP/1.1\r\n\r\n')
problem "two Hosts" 400 bad_request \
	< <(raw "GET / HTTP/1.1\r\n${host}Host: b\r\n\r\n")
problem "no HTTP version at all" 400 bad_request \
	< <(raw 'what is this\r\n\r\n')
problem "length and chunks" 400 bad_request < <(raw "POST / HTTP/1.1\r\n\
${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
problem "a transfer coding of no kind" 400 bad_request \
	< <(raw "POST / HTTP/1.1\r\n${host}Transfer-Encoding: x\r\n\r\n")
problem "a broken escape" 400 bad_request \
	< <(raw "GET /%%zz HTTP/1.1\r\n$host\r\n")
problem "above the root" 400 bad_request \
	< <(raw "GET /../../etc HTTP/1.1\r\n$host\r\n")
like "$(raw 'GET /\r\n')" '"code":"bad_request"' "HTTP/0.9"
like "$(raw 'GET /products\r\n')" '"code":"bad_request"' \
	"HTTP/0.9 on a cached path"
problem "TRACE" 405 method_not_allowed < <(get -X TRACE "$BASE_URL/")
allow() { get -X "$1" "$BASE_URL$2" | header allow; }
for path in /api/v1/auth/login /api/v1/products /product/all_products; do
	like "$(allow TRACE $path)" OPTIONS "TRACE $path: what it allows"
	is "$(allow TRACE $path)" "$(allow OPTIONS $path)" \
		"TRACE $path: the truth"
done
for path in /docs /admin/ /nginx-status; do
	is "$(allow TRACE $path)" "GET, HEAD, OPTIONS" "TRACE $path"
done
problem "TRACE with a body" 405 method_not_allowed < <(get -X TRACE \
	-d '{}' -H 'Content-Type: application/json' "$BASE_URL/health")
problem "a long path" 414 uri_too_long < <(get "$BASE_URL/$(zeros 9000)")
problem "a long header" 431 headers_too_large \
	< <(get -H "X-Long: $(zeros 9000)" "$BASE_URL/")
zeros 70000 > "$tap_tmp/big"
problem "a big body" 413 payload_too_large < <(get --data-binary \
	"@$tap_tmp/big" -H 'Content-Type: application/json' -H Expect: \
	"$BASE_URL/api/v1/auth/login")
problem "a page that is not there" 404 not_found < <(get "$BASE_URL/docs/no")
problem "a page's wrong method" 405 method_not_allowed \
	< <(get -X POST "$BASE_URL/docs")
problem "nginx's own addresses" 404 not_found < <(get "$BASE_URL/.error/500")

a=$(get "$BASE_URL/health")
secure "shopd's answer" <<< "$a"
is "$(header x-request-id <<< "$a" | wc -l)" 1 "one request id"
a=$(get -H 'X-Request-Id: my-request.01' "$BASE_URL/api/v1/nowhere")
is "$(header x-request-id <<< "$a")" my-request.01 "a given id is kept"
is "$(body <<< "$a" | jq -r .request_id)" my-request.01 "and in the problem"
for id in short 'with space in it' "$(zeros 65)"; do
	like "$(get -H "X-Request-Id: $id" "$BASE_URL/health" |
		header x-request-id)" '^[0-9a-f]{32}$' "not as an id: ${id:0:20}"
done
a=$(get -H 'X-Forwarded-For: 6.6.6.6' -H 'Proxy: evil' "$BASE_URL/health")
like "$a" '^HTTP/1.1 200' "made-up addresses are no matter"

# The cache: for nobody in particular, and whole whoever asked first.
p=$BASE_URL/api/v1/products/1
like "$(get "$p" | header cache-control)" '^public, max-age=1' \
	"the catalogue may be cached"
# A copy lives to the end of its second: begin with one.
second() {
	sleep "$(printf 0.%09d $(((1000000000 - 10#$(date +%N)) % 1000000000)))"
}
sleep 1
second
is "$(curl -s -I "$p" | tr -d '\r' | header x-cache)" EXPIRED \
	"HEAD asks shopd when the copy is old"
a=$(get "$p")
is "$(header x-cache <<< "$a")" HIT "GET takes what HEAD brought"
is "$(body <<< "$a" | jq -r .id)" 1 "and it is whole"
for h in 'Authorization: Bearer x' 'Cookie: a=b' 'X-User-Id: 1' \
	'Origin: https://evil.example'; do
	unlike "$(get -H "$h" "$p" | header x-cache)" 'HIT|UPDATING' \
		"not from the cache: $h"
done
is "$(get -H "If-None-Match: $(header etag <<< "$a")" "$p" | head -n 1 |
	cut -d' ' -f2)" 304 "304 also from the cache"

rename() {
	"$PG_BIN/psql" -qXAt "$DATABASE_URL" -v title="$1" -f - \
		<<< "UPDATE products SET title = :'title' WHERE id = 1"
}
title=$(body <<< "$a" | jq -r .title)
rename "Another title"
sleep 1.05
is "$(get "$p" | body | jq -r .title)" "Another title" \
	"a change is seen by everybody within a second"
rename "$title"
sleep 1.05

# Eight at once while the first of them waits for a table: what they were told.
eight() {
	local i
	: > "$tap_tmp/lock"
	"$PG_BIN/psql" -qXAt "$DATABASE_URL" > "$tap_tmp/lock" -c BEGIN \
		-c "LOCK TABLE products" -c "SELECT 'locked'" \
		-c "SELECT pg_sleep(0.45)" &
	wait_for 5 grep -q locked "$tap_tmp/lock"
	for i in 1 2 3 4 5 6 7 8; do
		get "$p" > "$tap_tmp/eight.$i" &
		[ "$i" != 1 ] || sleep 0.1
	done
	wait
	for i in 1 2 3 4 5 6 7 8; do
		echo "$(header x-cache < "$tap_tmp/eight.$i") $(body \
			< "$tap_tmp/eight.$i" | jq -r .title)"
	done
}
get "$p" > "$tap_tmp/first"
rename "Later"
sleep 1.05
told=$(eight)
is "$(sed -n 1p <<< "$told")" "EXPIRED Later" "the first one waits"
is "$(sed 1d <<< "$told" | sort -u)" "UPDATING $title" \
	"and the others do not: they get the old copy"
rename "$title"
sleep 12
is "$(eight | cut -d' ' -f2- | sort -u)" "$title" \
	"but none that is older than its header allows"

# Every write has a worker of the writes, also in the catalogue.
status() { get "$@" | head -n 1 | cut -d' ' -f2; }
mv "$RUN/app/writes.sock" "$RUN/app/away.sock"
for m in 'POST products' 'PATCH products/1' 'DELETE products/1/reviews/1' \
	'PUT categories/1'; do
	is "$(status -X "${m% *}" "$BASE_URL/api/v1/${m#* }")" 503 \
		"without workers that write: $m"
	is "$(status -X "${m% *}" -H 'If-Match: "x"' \
		"$BASE_URL/api/v1/${m#* }")" 503 "the same with If-Match"
done
is "$(status "$p")$(status -H 'If-Match: "x"' "$p")" 200200 "reading goes on"
mv "$RUN/app/away.sock" "$RUN/app/writes.sock"
is "$(status -X DELETE "$BASE_URL/api/v1/products/1")" 401 "and writing again"

a=$(get -H 'Accept-Encoding: gzip' "$BASE_URL/openapi.json" | head -n 30 |
	tr -d '\0')
is "$(header content-encoding <<< "$a" 2> /dev/null)" gzip "gzip"

is "$(get "$BASE_URL/metrics" | head -n 1 | cut -d' ' -f2)" 200 \
	"metrics for the loopback"
like "$(curl -s "$BASE_URL/nginx-status")" '^Active connections' \
	"nginx's own counters too"
finish
