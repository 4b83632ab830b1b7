#!/bin/bash
# SPDX-License-Identifier: MIT
# Methods, headers and errors of every path.
set -u
. "$(dirname "$0")/../help/api.sh"
ask GET /openapi.json
doc=$tap_tmp/openapi.json
cp "$tap_tmp/body" "$doc"

# A body that does not come: looked at in the end.
host='Host: shop.example\r\nConnection: close\r\n'
(
	start=$SECONDS
	raw "POST /api/v1/cart/items HTTP/1.1\r\n${host}Content-Type: \
application/json\r\nContent-Length: 30\r\n\r\n{" 15 > "$tap_tmp/slow-body" 2> /dev/null
	echo $((SECONDS - start)) > "$tap_tmp/slow"
) &
slow=$!

# --- every path: OPTIONS, and a method that it does not have ---

# In one go: METHOD PATH STATUS CODE-WANTED ALLOW.
jq -r '["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as $all |
	.paths | to_entries[] | (.value | keys | map(ascii_upcase)) as $has |
	(.key | gsub("{provider}"; "test") | gsub("{[a-z]+}"; "1")) as $path |
	($all | map(select(IN($has[]) or . == "OPTIONS" or
	(. == "HEAD" and ("GET" | IN($has[])))))) as $allow |
	"OPTIONS \($path) 204 \($allow | join(", "))",
	"\([$all[] | select(IN($allow[]) | not)][0] // empty) \($path) 405 \(
	$allow | join(", "))"' "$doc" > "$tap_tmp/expected"
while read -r method path _; do
	printf 'next\nsilent\nrequest = "%s"\nurl = "%s%s"\noutput = "%s"\n' \
		"$method" "$BASE_URL" "$path" /dev/null
	[ "$method" != HEAD ] || echo head
	printf 'write-out = "%s %s %%{http_code} %%header{allow}\\n"\n' \
		"$method" "$path"
done < "$tap_tmp/expected" > "$tap_tmp/config"
curl -K "$tap_tmp/config" > "$tap_tmp/got"
n=$(wc -l < "$tap_tmp/expected")
if [ "$n" -gt 100 ]; then
	check "OPTIONS and 405 with Allow: $n requests" \
		diff "$tap_tmp/expected" "$tap_tmp/got"
else
	fail "OPTIONS and 405 with Allow" "only $n requests"
fi

# --- odd methods ---

for m in TRACE CONNECT PROPFIND BREW get; do
	ask $m /api/v1/products
	like "$STATUS $(j .code)" \
		'^(405 method_not_allowed|400 bad_request)$' "method $m"
done
alice
ask GET /api/v1/cart -H 'X-HTTP-Method-Override: DELETE'
want 200 "methods are not overridden"
ask HEAD /api/v1/cart
is "$STATUS ${#BODY}" "200 0" "HEAD"
ask HEAD /api/v1/nowhere
is "$STATUS ${#BODY}" "404 0" "HEAD of nothing"

# --- Accept ---

be
for accept in '*/*' application/json 'application/*' \
	'text/html, application/json;q=0.5' 'text/html, */*;q=0.1' \
	application/problem+json; do
	ask GET /health -H "Accept: $accept"
	want 200 "Accept: $accept"
done
ask GET /health -H 'Accept:'
want 200 "no Accept"
for accept in text/html image/png 'application/xml;q=0.9, text/*' \
	application/jsonp; do
	ask GET /health -H "Accept: $accept"
	refused 406 not_acceptable "Accept: $accept"
done

# --- who is asking ---

challenge='Bearer realm="shopd"'
ask GET /api/v1/cart
refused 401 unauthorized "no credentials"
is "$(header www-authenticate)" "$challenge" "a challenge without an error"
ask GET /api/v1/cart -H 'Authorization: Basic YTpi'
refused 401 unauthorized "another scheme"
for token in x a.b.c "$(repeat a 1025)" \
	eyJhbGciOiJub25lIn0.e30. ; do
	ask GET /api/v1/cart -H "Authorization: Bearer $token"
	refused 401 invalid_token "a bad token"
	is "$(header www-authenticate)" "$challenge, error=\"invalid_token\"" \
		"and its challenge"
done
send POST /api/v1/auth/login '{"email":"a@b.c","password":"wrong"}'
refused 401 invalid_credentials "a failed login"
is "$(header www-authenticate)" "" "is no challenge"
ask GET /health -H 'Authorization: Bearer x'
refused 401 invalid_token "a bad token is no bad health"
alice
was=${TOKEN:?}
alice
ask GET '/api/v1/auth/sessions?limit=100'
for id in $(j '.data[] | select(.current | not) | .id'); do
	ask DELETE "/api/v1/auth/sessions/$id"
done
be
ask GET /health -H "Authorization: Bearer $was"
refused 401 token_revoked "nor is a dead one"
alice
ask GET /api/v1/admin/dashboard
refused 403 forbidden "the wrong role"
for id in 2 0 x '1 1'; do
	ask GET /api/v1/cart -H "X-User-Id: $id"
	refused 403 forbidden "X-User-Id: $id"
done
admin
ask GET /api/v1/cart -H 'X-User-Id: 1'
has .user_id 1 "an admin acts for a user"
be

# --- request ids ---

for path in /health /nowhere /api/v1/cart /docs/no; do
	ask GET $path -H 'X-Request-Id: a-Given.id_0'
	is "$(header x-request-id)" a-Given.id_0 "the id of $path"
	[ "$STATUS" = 200 ] || has .request_id a-Given.id_0 "in its problem"
done

# --- headers twice ---

for h in 'Authorization: Bearer x' 'Content-Type: application/json' \
	'X-User-Id: 1' 'Origin: https://a.example' 'If-Match: "1"' \
	'X-Request-Id: abcdefgh'; do
	ask GET /api/v1/cart -H "$h" -H "${h%%:*}: other"
	like "$STATUS $(j .code)" '^(400 bad_request|401 unauthorized)$' \
		"twice: ${h%%:*}"
done
ask GET /health -H 'If-Match: 1' -H 'If-Match: 2'
refused 400 bad_request "a header that has one value twice"
for h in Accept-Language Cookie Via X-Forwarded-For Forwarded Cache-Control \
	X-Anything Accept-Encoding; do
	ask GET /health -H "$h: a" -H "$h: b"
	want 200 "a list in two lines: $h"
done
ask GET /health -H 'Accept: text/html' -H 'Accept: application/json'
want 200 "either Accept will do"
# On a path that nginx keeps answers of: the same, with one or without.
for accept in text/json application/jsonlines 'text/html;a="json"' \
	'text/html;a=", application/json"' 'text/html;application/json' \
	application/x-json application/json5 '*/json' json \
	'application/json;q=0' 'application/json;q=0.' \
	'application/json;q=0.0' '*/*, application/json;q=0.00'; do
	ask GET /api/v1/products
	ask GET /api/v1/products -H "Accept: $accept"
	refused 406 not_acceptable "Accept: $accept, of the catalogue"
done
for accept in '*/*' 'Application/JSON' 'text/html, application/*;q=0.1' \
	'text/html,application/xml;q=0.9,*/*;q=0.8' \
	application/problem+json 'application/json ;v=1'; do
	ask GET /api/v1/products
	ask GET /api/v1/products -H "Accept: $accept"
	like "$STATUS $(header x-cache)" '^200 (HIT|EXPIRED|UPDATING)$' \
		"Accept: $accept, from the cache"
done
ask GET /api/v1/products/1 -H 'If-Match: "of-another-time"'
want 200 "a read does not mind If-Match"
for path in /docs /redoc /scalar /admin/; do
	ask OPTIONS $path
	is "$STATUS $(header allow)" "204 GET, HEAD, OPTIONS" "OPTIONS $path"
	ask GET $path -H 'If-Match: "of-another-time"'
	refused 412 precondition_failed "$path of another version"
	ask GET $path -H 'Range: bytes=9999999-'
	want 200 "$path knows no ranges"
done

# --- what every answer carries ---

secure() {	# NAME
	is "$(header x-content-type-options)|$(header referrer-policy)|$(
	    header content-security-policy)|$(header server)" \
		"nosniff|no-referrer|default-src 'none'; frame-ancestors \
'none'|nginx" "$STATUS has the headers of all: $1"
}
ask GET /health
secure "an answer"
ask OPTIONS /api/v1/products
secure "OPTIONS"
ask GET /api/v1/products/1 -H "If-None-Match: *"
is "$STATUS" 304 "a 304"
secure "a 304"
newcomer
send POST /api/v1/cart/items '{"variant_id":8}'
secure "a creation"
send POST /api/v1/cart/items '{"variant_id":8,"quantity":99}'
secure "a refusal"
ask POST /api/v1/auth/logout
is "$STATUS" 204 "a logout"
secure "nothing"
be
ask GET "/$(repeat x 9000)"
refused 414 uri_too_long "too long a path"
secure "nginx's own"
ask GET /health -H "X-Long: $(repeat x 9000)"
refused 431 headers_too_large "too long a header"
secure "nginx's own"
ask GET /.error/404
refused 404 not_found "nginx's inner paths"

# --- not quite HTTP ---

for r in "GET /health HTTP/1.1\r\n\r\n" "GET /health HTTP/3.7\r\n$host\r\n" \
	"GET /health HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n" \
	"GET /health HTTP/1.1\r\n${host}Content-Length: 1\r\n\
Content-Length: 2\r\n\r\nx" \
	"GET /health HTTP/1.1\r\n${host}Bad Header: 1\r\n\r\n" \
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" "\x16\x03\x01\x02\r\n\r\n"; do
	# The answer may be lost with the connection that nginx resets.
	for ((i = 0; i < 5; i++)); do
		a=$(raw "$r" 2> /dev/null | tr -d '\0')
		[ -z "$a" ] || break
	done
	like "$a" '^$|"code":"bad_request"' "refused: ${r:0:60}"
done
like "$(raw "GET /health HTTP/1.0\r\n\r\n")" '^HTTP/1.1 200' "HTTP/1.0"
a=$(raw "GET /health HTTP/1.1\r\nHost: a\r\n\r\n\
GET /livez HTTP/1.1\r\n$host\r\n")
is "$(grep -o 'HTTP/1.1 200' <<< "$a" | wc -l)" 2 "two requests, two answers"
# Smuggling: whatever is refused ends the connection (and the answer may be
# lost with it, as nginx resets one that goes on sending).
for r in "POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\
Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /livez HTTP/1.1\r\n$host\r\n" \
	"POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x, chunked\
\r\n\r\n0\r\n\r\nGET /livez HTTP/1.1\r\n$host\r\n" \
	"GET http://b.example/health HTTP/1.1\r\nHost: a\r\nHost: c\r\n\r\n\
GET /livez HTTP/1.1\r\n$host\r\n"; do
	unlike "$(raw "$r" 2> /dev/null | grep -o 'HTTP/1.1' | paste -sd' ')" \
		' ' "one answer at most: ${r:0:50}"
done
# --- a row that somebody else holds ---

newcomer
goods 1000 50
order="{\"items\":[{\"variant_id\":$VARIANT,\"quantity\":1}],
	\"delivery_address\":\"x\"}"
"$PG_BIN/psql" -qX "$DATABASE_OWNER_URL" > /dev/null <<END &
BEGIN;
SELECT FROM inventory WHERE variant_id = $VARIANT FOR UPDATE;
SELECT pg_sleep(4);
END
holder=$!
sleep 0.5
start=$(date +%s%N)
send POST /api/v1/orders "$order"
ms=$((($(date +%s%N) - start) / 1000000))
refused 503 unavailable "a locked row"
like "$(header retry-after)" '^[1-9]' "try again later"
if [ $ms -ge 400 ] && [ $ms -lt 2500 ]; then
	pass "after half a second or so"
else
	fail "after half a second or so" "$ms ms"
fi
buyers=
for ((i = 0; i < 16; i++)); do
	curl -s -o "$tap_tmp/buyer-$i" -X POST "$BASE_URL/api/v1/orders" \
		-H "Authorization: Bearer $TOKEN" -d "$order" \
		-H 'Content-Type: application/json' &
	buyers="$buyers $!"
done
sleep 0.2
slowest=$(for ((i = 0; i < 5; i++)); do
	curl -s -o /dev/null -w '%{time_total}\n' -H 'Cookie: a=b' \
		"$BASE_URL/api/v1/products?limit=5"
done | sort -n | tail -1)
check "who only looks does not wait for it ($slowest s)" \
	awk "BEGIN { exit !($slowest < 0.2) }"
# shellcheck disable=SC2086
wait $buyers $holder
send POST /api/v1/orders "$order"
want 201 "and it goes"

wait $slow
if [ "$(cat "$tap_tmp/slow")" -le 12 ]; then
	pass "a body that does not come ends the connection"
else
	fail "a body that does not come ends the connection"
fi
is "$(cat "$tap_tmp/slow-body")" "" "without an answer"
is "$(grep -c 'too slow' "$doc")" 0 "and the document speaks of none"
finish
