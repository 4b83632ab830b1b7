#!/bin/bash
# SPDX-License-Identifier: MIT
# The limits per address, which all other tests switch off.
set -u
. "$(dirname "$0")/../help/tap.sh"
stack_start "$(new_dir)" RATE_LIMITS=on WORKERS=4 TRUSTED_PROXIES=127.0.0.1 ||
	exit 1

# many N CURL-OPTIONS...: N requests by one process, as fast as it can; their
# answers are in $tap_tmp/answers, the codes are printed.
many() {
	local i n=$1
	shift
	for ((i = 0; i < n; i++)); do
		printf 'url="%s"\n' "$url"
	done > "$tap_tmp/urls"
	{ curl -s -i -w '\n%{stderr}%{http_code}\n' -K "$tap_tmp/urls" "$@" \
		> "$tap_tmp/answers"; } 2>&1
}

url=$BASE_URL/api/v1/auth/login
many 60 -H 'Content-Type: application/json' \
	-d '{"email":"nobody","password":"no"}' > "$tap_tmp/codes"
is "$(head -n 20 "$tap_tmp/codes" | grep -c 429)" 10 \
	"20 logins reach shopd, which locks the account after 10"
a=$(tr -d '\r' < "$tap_tmp/answers" | grep -B 13 -m 1 '"rate_limited"')
like "$a" 'HTTP/1.1 429' "then nginx answers 429"
like "$a" $'\nRetry-After: 1\n' "which says when"
like "$a" '"code":"rate_limited"' "and why"
like "$(curl -s -i "$BASE_URL/api/v1/products")" '^HTTP/1.1 200' \
	"reading goes on"
url=$BASE_URL/api/v1/cart
is "$(many 400 -X DELETE | sort -u | tr '\n' ' ')" '401 429 ' \
	"writes have their own, wider limit"

# from PREFIX N: how many logins from N addresses nginx refuses.
from() {
	local i
	for ((i = 1; i <= $2; i++)); do
		curl -s -m 10 -o /dev/null -w '%{http_code}\n' \
			-H "X-Forwarded-For: $1$i" -d '{}' \
			-H 'Content-Type: application/json' \
			"$BASE_URL/api/v1/auth/login"
	done | grep -c 429
}
check "the addresses of one IPv6 network are one client" \
	[ "$(from 2001:db8:0:1::a: 60)" -gt 0 ]
is "$(from 2001:db8:0:2::a: 15)" 0 "another network is another one"
is "$(from ::ffff:192.0.2. 60) $(from 192.0.2. 60)" "0 0" \
	"and so is each IPv4 address"
stack_stop
finish
