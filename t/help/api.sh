# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# For the scripts that speak to the API: one request at a time, and what came
# back in STATUS, HEAD and BODY.
[ -n "${tap_tmp-}" ] ||
	. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"
: "${BASE_URL:?}"
J='Content-Type: application/json'
STATUS='' HEAD='' BODY='' TOKEN=''

# ask METHOD PATH [CURL-OPTION...]; with the bearer TOKEN unless it is empty.
ask() {
	local method=$1 path=$2 bearer=()
	shift 2
	[ -z "$TOKEN" ] || bearer=(-H "Authorization: Bearer $TOKEN")
	case $method in
	HEAD) bearer+=(-I) ;;
	*) bearer+=(-X "$method") ;;
	esac
	: > "$tap_tmp/body"
	STATUS=$(curl -s -m 20 -D "$tap_tmp/head" -o "$tap_tmp/body" \
		-w '%{http_code}' "${bearer[@]}" "$@" "$BASE_URL$path")
	HEAD=$(tr -d '\r' < "$tap_tmp/head")
	# curl shows the head as the body of HEAD.
	[ "$method" != HEAD ] || tail -c "+$(($(wc -c < "$tap_tmp/head") + 1))" \
		"$tap_tmp/body" > "$tap_tmp/rest"
	[ "$method" != HEAD ] || mv "$tap_tmp/rest" "$tap_tmp/body"
	BODY=$(tr -d '\0' < "$tap_tmp/body")
}
# send METHOD PATH JSON [CURL-OPTION...]
send() {
	local method=$1 path=$2 json=$3
	shift 3
	ask "$method" "$path" -H "$J" -d "$json" "$@"
}

header() { sed -n "s/^$1: //Ip" <<< "$HEAD"; }
j() { jq -r "$1" <<< "$BODY"; }

# want STATUS NAME; refused STATUS CODE NAME; has FILTER VALUE NAME
want() {
	if [ "$STATUS" = "$1" ]; then pass "$2"; else fail "$2" \
		"got:    $STATUS $BODY
wanted: $1"; fi
}
refused() {
	is "$STATUS $(header content-type) $(j '"\(.status) \(.code)"')" \
		"$1 application/problem+json $1 $2" "$3"
}
has() {
	local got
	got=$(j "$1" 2>&1)
	if [ "$got" = "$2" ]; then pass "$3"; else fail "$3" \
		"got:    $got
wanted: $2
in:     $BODY"; fi
}

# sign_in EMAIL PASSWORD: sets TOKEN.
sign_in() {
	TOKEN=
	send POST /api/v1/auth/login \
		"$(jq -n --arg e "$1" --arg p "$2" '{email: $e, password: $p}')"
	TOKEN=$(j .access_token)
}
# be [TOKEN]: somebody signed in before, or nobody.
be() { TOKEN=${1-}; }
alice() { sign_in alice@example.com correct-horse-alice; }
bob() { sign_in bob@example.com correct-horse-bob; }
admin() { sign_in admin@example.com correct-horse-admin; }

# newcomer: a user of one's own, signed in; EMAIL, USER_ID, TOKEN.
newcomer() {
	TOKEN='' EMAIL=n-$$-$RANDOM$RANDOM@example.com
	send POST /api/v1/auth/register \
		"{\"email\":\"$EMAIL\",\"password\":\"plain-sheep-walk\"}"
	TOKEN=$(j .access_token) USER_ID=$(j .user.id)
}

# goods PRICE_CENTS STOCK: a product of one's own; PRODUCT, VARIANT, SKU.
goods() {
	local was=$TOKEN
	admin
	SKU=G-$$-$RANDOM$RANDOM
	send POST /api/v1/products "{\"title\":\"Goods $SKU\",\"sku\":\"$SKU\",
		\"price_cents\":$1,\"stock\":$2}"
	PRODUCT=$(j .id) VARIANT=$(j '.variants[0].id')
	TOKEN=$was
}

# as_written < LINES: a curl command as a document shows it, but for its host
# and port, YOUR_TOKEN, and where the answer goes.
as_written() {
	local text
	text=$(cat)
	case $text in curl\ *) ;; *) return 1 ;; esac
	text=${text//http:\/\/localhost:5000/$BASE_URL}
	text=${text//http:\/\/localhost:8000/$BASE_URL}
	text=${text//YOUR_TOKEN/$TOKEN}
	: > "$tap_tmp/body"
	STATUS=$(eval "curl -s -m 20 -D '$tap_tmp/head' -o '$tap_tmp/body' \
		-w '%{http_code}' ${text#curl}")
	HEAD=$(tr -d '\r' < "$tap_tmp/head")
	BODY=$(cat "$tap_tmp/body")
}

# raw TEXT: send it as it is (printf %b), print the answer.
raw() {
	exec 5<> "/dev/tcp/127.0.0.1/${BASE_URL##*:}" || return
	printf '%b' "$1" >&5
	timeout "${2-3}" cat <&5
	exec 5>&-
}
repeat() { head -c "$2" /dev/zero | tr '\0' "$1"; }
