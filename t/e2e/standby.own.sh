#!/bin/bash
# SPDX-License-Identifier: MIT
# A standby behind the address of the database: what it would answer is old,
# so nobody is answered until it is promoted.
set -u
[ -n "${DATABASE_ADMIN_URL-}" ] ||
	exec "$(dirname "$0")/../pg.sh" "$0"
. "$(dirname "$0")/../help/tap.sh"
. "$top/conf/pg.sh"
shopd=${SHOPD:-$top/obj/shopd}
dir=$(new_dir)

ask() { ask_socket "$dir/sock" "$1"; }
answers() { [[ $(ask "$1") == "$2"* ]]; }
ctl() {
	as "$PG_USER" "$PG_BIN/pg_ctl" -D "$PGDATA" -l "$PGDATA/log" -s -w "$@"
}

"$shopd" serve --listen "unix:$dir/sock" --workers 2 2> "$dir/log" &
pid=$!
check "the primary is ready" wait_for 5 answers /readyz 200

ctl -m fast stop
as "$PG_USER" touch "$PGDATA/standby.signal"
check "a standby takes its place" ctl start
for path in /readyz /health /api/v1/products; do
	like "$(ask $path)" ^503 "which is not asked for $path"
done
like "$(cat "$dir/log")" 'hot standby' "and the log says why"
url=$DATABASE_URL'&target_session_attrs=any'
for command in check export; do
	check "$command does, if its URL says so" \
		env DATABASE_URL="$url" "$shopd" $command
done

check "it is promoted" ctl promote
check "and asked by the same workers" wait_for 5 answers /readyz 200
like "$(ask /api/v1/products)" ^200 "for all there is"

kill -TERM $pid
wait $pid
ctl -m immediate stop
finish
