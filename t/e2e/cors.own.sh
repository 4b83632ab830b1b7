#!/bin/bash
# SPDX-License-Identifier: MIT
# CORS: off unless origins are named, and only for those.
set -u
. "$(dirname "$0")/../help/tap.sh"
VAR=$(new_dir)
if ! stack_start "$VAR" \
	CORS_ORIGINS='https://shop.example,http://localhost:3000'; then
	fail "the stack starts"
	finish
fi
. "$(dirname "$0")/../help/api.sh"

for o in https://shop.example http://localhost:3000; do
	ask GET /health -H "Origin: $o"
	is "$STATUS $(header access-control-allow-origin)" "200 $o" "$o"
	like "$(header vary)" 'Origin' "and caches know"
done
for o in https://shop.example.evil.tld https://evil-shop.example \
	http://shop.example https://shop.example:8443 null '*' \
	https://SHOP.example https://shop.example/; do
	ask GET /health -H "Origin: $o"
	is "$STATUS $(header access-control-allow-origin)" "200 " "not $o"
done
ask GET /health
is "$(header access-control-allow-origin)" "" "no Origin, no header"
ask OPTIONS /api/v1/orders -H 'Origin: https://shop.example' \
	-H 'Access-Control-Request-Method: POST' \
	-H 'Access-Control-Request-Headers: authorization, content-type'
is "$STATUS" 204 "a preflight"
is "$(header access-control-allow-origin)" https://shop.example "is allowed"
like "$(header access-control-allow-methods)" POST "the method"
like "$(header access-control-allow-headers | tr '[:upper:]' '[:lower:]')" \
	'authorization.*content-type|content-type.*authorization' "the headers"
unlike "$(header access-control-allow-origin)" '\*' "never with a star"
ask OPTIONS /api/v1/orders -H 'Origin: https://evil.example' \
	-H 'Access-Control-Request-Method: POST'
is "$(header access-control-allow-origin)" "" "not for others"
ask GET /api/v1/cart -H 'Origin: https://shop.example'
is "$STATUS $(header access-control-allow-origin)" \
	"401 https://shop.example" "an error can be read, too"
# nginx's own errors.
head -c 70000 /dev/zero > "$tap_tmp/big"
for o in https://shop.example http://localhost:3000; do
	ask POST /api/v1/auth/login -H "$J" -H Expect: -H "Origin: $o" \
		--data-binary "@$tap_tmp/big"
	is "$STATUS $(header access-control-allow-origin) $(header \
		access-control-allow-credentials)" "413 $o true" \
		"nginx's own error can be read, too: $o"
	like "$(header access-control-expose-headers)" Retry-After \
		"and when to try again"
done
ask POST /api/v1/auth/login -H "$J" -H Expect: \
	-H 'Origin: https://evil.example' --data-binary "@$tap_tmp/big"
is "$STATUS $(header access-control-allow-origin)" "413 " "not by others"
ask GET /api/v1/nowhere -H 'Origin: https://shop.example'
is "$STATUS $(header access-control-allow-origin | wc -l)" "404 1" \
	"and shopd's has the header once"
ask GET /api/v1/products/1
ask GET /api/v1/products/1 -H 'Origin: https://shop.example'
is "$(header access-control-allow-origin)" https://shop.example \
	"also of what may be cached"
ask GET /api/v1/products/1
is "$(header access-control-allow-origin)" "" "and the cache stays clean"
stack_stop
finish
