#!/bin/bash
# SPDX-License-Identifier: MIT
# Accounts through nginx: forms, headers, timing, and the command line.
set -u
. "$(dirname "$0")/../help/tap.sh"
J='Content-Type: application/json'
api=$BASE_URL/api/v1
tag=$$-$RANDOM

# ask METHOD PATH [CURL-OPTION...]: "STATUS BODY"
ask() {
	local method=$1 path=$2
	shift 2
	curl -s -m 10 -w '\n%{http_code}' -X "$method" "$api$path" "$@" |
		awk '{ l[NR] = $0 } END { printf "%s ", l[NR]
			for (i = 1; i < NR; i++) print l[i] }'
}
member() {
	local v=${1##*\""$2"\":\"}
	echo "${v%%\"*}"
}

# --- sign-in ---

like "$(ask POST /auth/login -d username=alice@example.com \
	-d password=correct-horse-alice)" '^200 .*"access_token"' \
	"login by a form"
like "$(curl -s "$BASE_URL/api/auth/login/" -H "$J" \
	-d '{"email":"alice@example.com","password":"correct-horse-alice"}')" \
	'"token_type":"Bearer"' "login under /api, with a slash"
like "$(ask POST /users/login -H "$J" \
	-d '{"username":"bob","password":"correct-horse-bob"}')" \
	'^200 ' "login at /users/login"
like "$(ask POST /auth/login -H 'Content-Type: text/plain' -d x)" \
	'^415 .*unsupported_media_type' "login by another type"
like "$(curl -s -i "$api/auth/login" -H "$J" \
	-d '{"email":"alice@example.com","password":"wrong"}')" \
	'no-store' "a refusal is not stored"
unlike "$(curl -s -i "$api/auth/login" -H "$J" \
	-d '{"email":"alice@example.com","password":"wrong"}')" \
	'WWW-Authenticate' "a failed login is no challenge"

a=$(ask POST /auth/register -H "$J" -A $'agent \xff\x01' \
	-d "{\"email\":\"john-$tag@test.com\",\"password\":\"TestPass123\"}")
like "$a" '^201 ' "register as the second system's document shows"
token=$(member "$a" access_token) refresh=$(member "$a" refresh_token)
auth="Authorization: Bearer $token"
like "$(ask GET /auth/sessions -H "$auth")" '"device":"agent \?\?"' \
	"a strange agent is made printable"
like "$(ask GET "/auth/me?access_token=$token")" '^401 ' \
	"no token in the query"
a=$(ask POST /auth/refresh -H "Authorization: Bearer $refresh")
like "$a" '^200 ' "refresh by bearer"
newest=$(member "$a" refresh_token)
like "$(ask POST /auth/refresh -H "$J" \
	-d "{\"refresh_token\":\"$refresh\"}")" '^401 .*token_reused' \
	"a spent one is noticed"
like "$(ask POST /auth/refresh -H "$J" \
	-d "{\"refresh_token\":\"$newest\"}")" '^401 .*token_revoked' \
	"the family has ended"
like "$(ask GET /auth/me -H "$auth")" '^401 .*token_revoked' \
	"its access tokens too"
like "$(ask GET /auth/me -H 'X-User-Id: 1')" '^401 .*unauthorized' \
	"X-User-Id alone is nobody"

# --- equal work ---

# The lower quartiles of 31 failed logins each, taking turns: what a busy
# machine adds is in the upper ones.
times() {
	local i
	for ((i = 0; i < 31; i++)); do
		for who in alice@example.com nobody-$tag@example.com; do
			curl -s -o /dev/null -w "$who %{time_total}\n" \
				"$api/auth/login" -H "$J" \
				-d "{\"email\":\"$who\",\"password\":\"no\"}"
		done
	done
}
quartile() { sort -n | sed -n 8p; }
times > "$tap_tmp/times"
known=$(awk '/^alice/ { print $2 }' "$tap_tmp/times" | quartile)
unknown=$(awk '/^nobody/ { print $2 }' "$tap_tmp/times" | quartile)
check "known $known s, unknown $unknown s: within a third" awk \
	-v a="$known" -v b="$unknown" \
	'BEGIN { exit !(a < b * 1.33 && b < a * 1.33) }'

# --- the command line ---

shopd=${SHOPD:-$top/obj/shopd}
out=$(echo "operator phrase" | "$shopd" user add --admin "op-$tag@test.com")
like "$out" "op-$tag@test.com	admin" "user add --admin"
a=$(ask POST /auth/login -H "$J" \
	-d "{\"email\":\"op-$tag@test.com\",\"password\":\"operator phrase\"}")
like "$(ask GET /users?limit=1 -H "Authorization: Bearer \
$(member "$a" access_token)")" '^200 ' "who is an admin at once"
out=$("$shopd" user add "op2-$tag@test.com" < /dev/null)
a=$(ask POST /auth/login -H "$J" -d "{\"email\":\"op2-$tag@test.com\",\
\"password\":\"${out##*password: }\"}")
like "$a" '^200 .*"role":"customer"' "a password is made and printed"
out=$(echo "operator phrase" | "$shopd" user add "OP-$tag@test.com" 2>&1)
is "$?" 1 "an address is taken once"
like "$out" 'exists' "and the reason is said"
out=$(echo "password1" | "$shopd" user add "op3-$tag@test.com" 2>&1)
like "$out" 'most common' "a common password is refused"
like "$("$shopd" user list)" "op-$tag@test.com	admin	active" "user list"
out=$(DATABASE_URL='postgresql:///d?host=/nowhere' "$shopd" user list 2>&1)
like "$out" '^shopd: .*/nowhere' "or why there is none"
"$shopd" user frob > /dev/null 2>&1
is "$?" 2 "wrong usage"

finish
