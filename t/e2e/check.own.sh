#!/bin/bash
# SPDX-License-Identifier: MIT
# shopd check: what it prints, how it ends, and that it is quick enough for a
# cron job: 100,000 orders in 10 s.
[ -n "${DATABASE_ADMIN_URL-}" ] || exec "$(dirname "$0")/../pg.sh" "$0"
set -u
. "$(dirname "$0")/../help/tap.sh"
shopd=${SHOPD:-$top/obj/shopd}
sql() { "$PG_BIN/psql" -qAtX -v ON_ERROR_STOP=1 "$DATABASE_ADMIN_URL" "$@"; }
checked() {
	out=$("$shopd" check 2>&1)
	rc=$?
	bad=$(grep '^BAD' <<< "$out")
}

checked
is "$rc$bad" 0 "the demo data are sound"
like "$out" "ok   stock_is_ledger_sum +0" "a line for each invariant"
like "$out" "0 of the invariants are violated" "and one for all"

sql -c "UPDATE inventory SET available = available + 1 WHERE variant_id = 3"
checked
is "$rc" 1 "a violation ends it with 1"
is "$(tr -s ' ' <<< "$bad")" "BAD stock_is_ledger_sum 1 3" \
	"the invariant, how many violate it, and who"
sql -c "UPDATE inventory SET available = available - 1 WHERE variant_id = 3"

DATABASE_URL='postgresql:///nothing?host=/nowhere' checked
is "$rc" 1 "without a database it ends with 1"
like "$out" "check: " "and says why"

"$top/t/bench/load.sh" 10000 10000 100000 "$DATABASE_ADMIN_URL" > /dev/null ||
	fail "the load"
is "$(sql -c 'SELECT count(*) >= 100000 FROM orders')" t "100,000 orders"
"$shopd" user list | (sleep 11; wc -l) > "$tap_tmp/users" &
users=$!
best=999999
for _ in 1 2 3; do
	checked
	is "$rc$bad" 0 "a big shop is sound"
	ms=$(sed -n 's/.*violated (\([0-9]*\) ms)/\1/p' <<< "$out")
	start=$(date +%s%3N)
	"$PG_BIN/pg_dump" "$DATABASE_ADMIN_URL" > /dev/null
	dump=$(($(date +%s%3N) - start))
	echo "# checked in $ms ms, dumped in $dump ms"
	[ $((10 * ms / dump)) -ge "$best" ] || best=$((10 * ms / dump))
	[ "$best" -ge 100 ] || break
done
check "within ten times of what a dump takes ($best tenths)" \
	test "$best" -lt 100
wait $users
is "$(cat "$tap_tmp/users")" "$(sql -c 'SELECT count(*) FROM users')" \
	"who reads the accounts slowly reads all of them"
finish
