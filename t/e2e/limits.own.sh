#!/bin/bash
# SPDX-License-Identifier: MIT
# The limits per address, which all other tests switch off.
set -u
. "$(dirname "$0")/../help/tap.sh"
stack_start "$(new_dir)" RATE_LIMITS=on WORKERS=4 || exit 1

login() {
	curl -s -i -m 10 -H 'Content-Type: application/json' \
		-d '{"email":"'"$1"'","password":"no"}' \
		"$BASE_URL/api/v1/auth/login" | tr -d '\r'; echo
}
for i in $(seq 30); do login "nobody$i@example.com"; done > "$tap_tmp/all"
# A second gives another one back.
like "$(grep -c '^HTTP/1.1 401' "$tap_tmp/all")" '^2[1-4]$' \
	"some 20 logins in a row"
a=$(login nobody@example.com)
like "$a" '^HTTP/1.1 429' "then 429"
like "$a" $'\nRetry-After: 1\n' "which says when"
like "$a" '"code":"rate_limited"' "and why"
like "$(curl -s -i "$BASE_URL/api/v1/products")" '^HTTP/1.1 200' \
	"reading goes on"
seq 200 | xargs -P 8 -I{} curl -s -o /dev/null -w '%{http_code}\n' \
	-X DELETE "$BASE_URL/api/v1/cart" > "$tap_tmp/writes"
is "$(sort -u "$tap_tmp/writes" | tr '\n' ' ')" '401 429 ' \
	"writes have their own, wider limit"
stack_stop
finish
