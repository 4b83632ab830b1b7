#!/bin/bash
# SPDX-License-Identifier: MIT
# Input that means harm.
set -u
. "$(dirname "$0")/../help/api.sh"
newcomer

# --- SQL, markup, formats: letters like others ---

for text in "'; SELECT pg_sleep(5)--" '1 OR 1=1' "\$1 \$2 %s %n %x" \
	'<script>alert(1)</script>' "a\\'b" "%_\\" 'A & B " C'; do
	json=$(jq -n --arg t "$text" '$t')
	start=$SECONDS
	send POST /api/v1/addresses "{\"name\":$json,\"line1\":$json,
		\"city\":$json,\"postal_code\":\"1\",\"country\":\"US\"}"
	want 201 "an address of $text"
	has .line1 "$text" "comes back as it is"
	ask GET "/api/v1/products" -G --data-urlencode "q=$text"
	like "$STATUS" '^200$' "a search for $text"
	if [ $((SECONDS - start)) -lt 3 ]; then
		pass "at once"
	else
		fail "at once"
	fi
done
for q in '((((' 'a & | ! b' ':*' "a:*'" '"unbalanced' '-- -- --' '%%' "\\\\"
do
	ask GET /api/v1/products -G --data-urlencode "q=$q"
	want 200 "a search for $q"
done
ask GET /api/v1/products -G --data-urlencode 'attr.a"b=c'
like "$STATUS" '^(200|400)$' "an odd attribute"
ask GET /api/v1/products -G --data-urlencode "sort=id; DROP TABLE users"
refused 400 invalid_parameter "a sort of its own"

# --- line ends do not make headers ---

for path in '/api/v1/products/%0d%0aX-Evil:1' '/%0d%0aX-Evil:%201' \
	'/api/v1/products?q=a%0d%0aX-Evil:1' \
	'/api/v1/products?limit=1&attr.x=%0d%0aX-Evil:1'; do
	ask GET "$path"
	like "$STATUS" '^40[04]$' "$path"
	is "$(header x-evil)" "" "makes no header"
done
send POST /api/v1/addresses '{"name":"a\r\nX-Evil: 1","line1":"1","city":"c",
	"postal_code":"1","country":"US"}'
is "$STATUS$(header x-evil)" 422 "nor does a name"
ask GET '/api/v1/products?limit=1&q=sh%3C%3E%22'
unlike "$(header link)" '[<>"].*[<>"].*[<>"].*[<>"].*[<>"]' "nor a link"

# --- lengths count characters ---

e=$(printf '\u00e9')
name=$(for ((i = 0; i < 100; i++)); do printf %s "$e"; done)
send PATCH /api/v1/auth/me "{\"first_name\":\"$name\"}"
has .first_name "$name" "a hundred characters of two bytes"
send PATCH /api/v1/auth/me "{\"first_name\":\"$(repeat x 5000)\"}"
refused 422 validation_failed "too long a name"

# --- addresses and ids that are made up ---

for h in 'X-Forwarded-For: 1.2.3.4' 'X-Real-IP: 1.2.3.4' \
	'Forwarded: for=1.2.3.4' 'X-User-Id: 1'; do
	ask GET /api/v1/auth/sessions -H "$h"
	case $h in
	X-User*) refused 403 forbidden "$h" ;;
	*) has '.data[0].ip' 127.0.0.1 "$h is no matter" ;;
	esac
done

# --- large and deep ---

worker() { pgrep -P "$SHOPD_PID" | sort | paste -sd' '; }
before=$(worker)
big() {		# NAME FILE
	ask POST /api/v1/orders -H "$J" -H Expect: --data-binary "@$2"
	like "$STATUS" '^(400|413|422)$' "$1"
}
repeat '[' 65000 > "$tap_tmp/x" && big "65,000 brackets" "$tap_tmp/x"
{ printf '{"'; repeat k 65000; printf '":1}'; } > "$tap_tmp/x"
big "a key of 65,000" "$tap_tmp/x"
{ printf '{"note":"'; repeat k 65000; printf '"}'; } > "$tap_tmp/x"
big "a string of 65,000" "$tap_tmp/x"
jq -nc '[range(6000) | {key: "k\(.)", value: 1}] | from_entries' \
	> "$tap_tmp/x"
big "6,000 keys" "$tap_tmp/x"
repeat 9 65000 > "$tap_tmp/x" && big "a number of 65,000" "$tap_tmp/x"
jq -nc --argjson v 1 '{items: [range(1500) | {variant_id: $v,
	quantity: 1}]}' > "$tap_tmp/x"
big "1,500 lines" "$tap_tmp/x"
ask GET "/api/v1/products?$(for ((i = 0; i < 300; i++)); do
	printf 'a%d=1&' $i; done)"
refused 400 invalid_parameter "300 parameters"
has '.errors | length <= 100' true "a hundred faults are listed"
headers=()
for ((i = 0; i < 250; i++)); do headers+=(-H "X-H$i: 1"); done
ask GET /health "${headers[@]}"
refused 400 bad_request "250 headers"
is "$(worker)" "$before" "no worker has ended"

# --- secrets stay out of the logs ---

canary=canary$RANDOM$RANDOM$RANDOM
be
send POST /api/v1/auth/register "{\"email\":\"c-$RANDOM$RANDOM@example.com\",
	\"password\":\"$canary-a\"}"
want 201 "a password"
be "$(j .access_token)"
secrets=("$canary" "$(j .access_token)" "$(j .refresh_token)")
ask GET /api/v1/auth/me
send POST /api/v1/auth/change-password "{\"current_password\":
	\"$canary-wrong\",\"new_password\":\"$canary-b\"}"
send POST /api/v1/auth/login "{\"email\":\"a@b.c\",\"password\":\"$canary\""
refused 400 malformed_json "half a password"
send POST /api/v1/auth/register "{\"email\":\"x\",\"password\":\"$canary\"}"
refused 422 validation_failed "a password without an account"
unlike "$BODY" "$canary" "is not repeated"
ask GET "/api/v1/auth/me?access_token=$canary"
be "$canary"
ask GET /api/v1/auth/me
be
sleep 1.2
for s in "${secrets[@]}"; do
	is "$(grep -rlF -e "$s" "$VAR/log")" "" "in no log: ${s:0:12}..."
done
is "$(tr '\0' ' ' < /proc/"$SHOPD_PID"/cmdline | grep -c -i secret)" 0 \
	"no secret on the command line"

# --- what only logs see ---

ask GET /health -A $'\e[2J{"msg":"made up"}\xff%n'
want 200 "an agent for the log"
ask GET "/api/v1/$(printf '%%1b%%5b2J')"
is "$STATUS" 400 "control characters in a path"
sleep 1.2
bad=$(cat "$VAR"/log/shopd.log "$VAR"/log/nginx-access.log |
	grep -avc '^{.*}$')
is "$bad" 0 "each line of the logs is an object"
is "$(cat "$VAR"/log/shopd.log "$VAR"/log/nginx-access.log | iconv -f utf-8 \
	-t utf-8 2>&1 | jq -R 'fromjson? // "no"' | grep -c '^"no"')" 0 \
	"and JSON"
is "$(grep -ac $'\e' "$VAR/log/shopd.log")" 0 "without escapes"
finish
