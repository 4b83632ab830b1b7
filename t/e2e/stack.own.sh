#!/bin/bash
# SPDX-License-Identifier: MIT
# make run: start, signals, what comes back by itself, the end.
set -u
. "$(dirname "$0")/../help/tap.sh"
status() { curl -s -m 7 -o /dev/null -w '%{http_code}' "$BASE_URL$1"; }
answers() { [ "$(status "${2:-/health}")" = "$1" ]; }
sql() { "$PG_BIN/psql" -qXAt "$@"; }
children() { cat /proc/"$1"/task/*/children 2> /dev/null; }
seconds_since() { echo $((SECONDS - $1)); }
at_most() { [ "$1" -le "$2" ]; }

var=$(new_dir)
key=$(new_dir)/key
openssl ecparam -name prime256v1 -genkey -noout -out "$key" &&
	chmod 644 "$key"
start=$SECONDS
stack_start "$var" JWT_ALG=ES256 JWT_KEY_FILE="$key" || exit 1
first=$(seconds_since "$start")
check "the first start is quick" at_most "$first" 30
out=$(cat "$var/out")
like "$out" "ready: $BASE_URL" "it says where"
like "$out" 'alice@example.com / correct-horse-alice' "and who is in the demo"
like "$out" 'warning: RATE_LIMITS=off' "and that the limits are off"
is "$(sql "$DATABASE_URL" -c 'SELECT current_user')" shopd \
	"DATABASE_URL is for psql too"
is "$(stat -c %a "$var/secret")" 600 "the secret is private"
if [ "$(id -u)" = 0 ]; then
	is "$(stat -c %U "$PGDATA")" postgres "PostgreSQL is not root's"
	is "$(stat -c %U "/proc/$SHOPD_PID")" www-data "nor are the workers"
fi
is "$(cat "/proc/$SHOPD_PID/comm")" shopd "the executable is shopd"
like "$(tr '\0' ' ' < "/proc/$SHOPD_PID/cmdline")" ' serve ' "it serves"
like "$(tr '\0' ' ' < "/proc/$WORK_PID/cmdline")" ' work ' "the jobs work"
n=$(getconf _NPROCESSORS_ONLN)
[ "$n" -le 20 ] || n=20
workers=$((n + 1 + n + 2 + (n > 1 ? n / 2 : 1) + 8))
is "$(children "$SHOPD_PID" | wc -w)" $workers "its workers are its children"
fails() { ! sql "$DATABASE_URL" -c "$1"; }
check "the service makes no tables" fails 'CREATE TABLE x ()'

# HUP replaces the workers and loses no request.
before=$(children "$SHOPD_PID")
(for ((i = 0; i < 200; i++)); do status /api/v1/products; echo; done) \
	> "$tap_tmp/codes" &
load=$!
kill -HUP "$SHOPD_PID"
replaced() {
	local p
	for p in $before; do [ ! -d "/proc/$p" ] || return 1; done
}
check "HUP replaces every worker" wait_for 20 replaced
wait $load
is "$(sort -u "$tap_tmp/codes")" 200 "and no request fails"
check "as many as before" wait_for 5 \
	test "$(children "$SHOPD_PID" | wc -w)" = $workers

old=$SHOPD_PID
kill -KILL "$old"
renewed() { . "$var/stack.env" && [ "$SHOPD_PID" != "$old" ]; }
check "a dead master is started again" wait_for 5 renewed
. "$var/stack.env"
check "and serves" wait_for 5 answers 200

# PostgreSQL.
kill -KILL "$(head -n 1 "$PGDATA/postmaster.pid")"
check "without a database: 503" wait_for 2 answers 503
like "$(curl -s -i "$BASE_URL/api/v1/products?limit=7")" 'Retry-After' \
	"which says when"
check "a crashed cluster comes back by itself" wait_for 12 answers 200
kill -INT "$(head -n 1 "$PGDATA/postmaster.pid")"
check "stopped: 503" wait_for 3 answers 503
check "a stopped one comes back later" wait_for 30 answers 200

# Another one beside it.
first_url=$BASE_URL first_pid=$STACK_PID
other=$(new_dir)
stack_start "$other" DEMO=off WORKERS=2 || exit 1
is "$(sql "$DATABASE_URL" -c 'SELECT count(*) FROM users')" 0 \
	"a second stack is empty without the demo"
unlike "$(cat "$other/out")" alice "and names nobody"
# Long answers that nobody reads hold no worker.
jq -n '[range(400) | {title: "Long", sku: "LONG-\(.)", price: 1,
	description: ("long" * 5000)}]' > "$tap_tmp/long.json"
check "products with long texts" "${SHOPD:-$top/obj/shopd}" import \
	"$tap_tmp/long.json"
out=$(python3 - "${BASE_URL##*:}" <<'END'
import socket, sys, time
def get(path):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(("127.0.0.1", int(sys.argv[1])))
    s.sendall(b"GET " + path + b" HTTP/1.0\r\nCookie: not=cached\r\n\r\n")
    return s
slow = [get(b"/product/all_products") for _ in range(4)]
time.sleep(2)
print(get(b"/api/v1/products?limit=1").makefile("rb").readline()[9:12].decode(),
    len(slow[0].makefile("rb").read()) > 8000000)
END
)
is "$out" "200 True" "four who read nothing keep two workers from nobody"

# What is left of a stack that was killed; the numbers of which may be others'
# by now.
left=$(new_dir)
mkdir "$left/var"
cp "$(command -v sleep)" "$left/shopd"
cp "$(command -v sleep)" "$left/var/shopd"
"$left/shopd" 100 &
strange=$!
"$left/var/shopd" 100 &
ours=$!
printf 'SHOPD_PID=%s\n' $strange > "$left/var/stack.env"
printf 'WORK_PID=%s\n' $ours >> "$left/var/stack.env"
out=$(cd "$top" && PORT=${first_url##*:} VAR=$left/var \
	timeout 60 conf/stack.sh 2>&1)
like "$out" 'is in use' "a taken port is said to be"
wait $ours
is $? 143 "what a killed stack has left is ended"
check "nothing else is" kill $strange
unlike "$(cat "$left/var/stack.env")" '_PID=' "and is known no more"
stack_stop
is $? 0 "the second ends"
STACK_PID=$first_pid BASE_URL=$first_url
. "$var/stack.env"
check "the first lives" answers 200

sql "$DATABASE_OWNER_URL" -c "CREATE TABLE kept AS SELECT 1 AS n"
next=$(curl -s "$BASE_URL/api/v1/products?limit=2" | jq -r .next_cursor)
start=$SECONDS
pids="$SHOPD_PID $WORK_PID $NGINX_PID $(head -n 1 "$PGDATA/postmaster.pid") \
$(children "$SHOPD_PID")"
stack_stop
is $? 0 "TERM to the group ends it"
check "soon" at_most "$(seconds_since "$start")" 30
gone() {
	local p
	for p in $pids; do [ ! -d "/proc/$p" ] || return 1; done
}
check "all of it" gone
unlike "$(cat "$var/stack.env")" '_PID=' "the numbers are forgotten"
like "$(tail -n 1 "$var/log/postgresql.log")" 'database system is shut down' \
	"cleanly"

start=$SECONDS
stack_start "$var" JWT_ALG=ES256 JWT_KEY_FILE="$key" \
	JWT_SECRET="$(openssl rand -hex 32)" || exit 1
check "the next start is quicker" at_most "$(seconds_since "$start")" \
	$((first > 5 ? first : 5))
is "$(status "/api/v1/products?limit=2&cursor=$next")" 200 \
	"lists go on where they were"
is "$(sql "$DATABASE_OWNER_URL" -c 'SELECT n FROM kept')" 1 "the data are kept"
kill -KILL -- "-$STACK_PID"
wait "$STACK_PID" 2> /dev/null
stack_start "$var" || exit 1
check "and after a stack that was killed" answers 200
stack_stop
finish
