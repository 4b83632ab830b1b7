#!/bin/bash
# SPDX-License-Identifier: MIT
# What shopd migrate does besides: databases it does not take, a migration
# whose table somebody else has locked, which waits for it and lets the others
# get at the table meanwhile.
set -u
[ -n "${DATABASE_ADMIN_URL-}" ] || exec "$(dirname "$0")/../pg.sh" "$0"
. "$(dirname "$0")/../help/tap.sh"
shopd=${SHOPD:-$top/obj/shopd}
sql() { "$PG_BIN/psql" -qAtX -v ON_ERROR_STOP=1 "$DATABASE_ADMIN_URL" "$@"; }

# What createdb makes in a cluster of an initdb without a locale.
sql -c "CREATE DATABASE ascii OWNER shopd_owner ENCODING SQL_ASCII LOCALE 'C'
	TEMPLATE template0"
ascii=${DATABASE_OWNER_URL/@\/shopd\?/@\/ascii?}
out=$(DATABASE_OWNER_URL=$ascii "$shopd" migrate up 2>&1)
is $? 1 "a database of another encoding is refused"
like "$out" 'encoded as SQL_ASCII; make one with createdb -E UTF8' \
	"and it says how to make one"
is "$("$PG_BIN/psql" -qAtX "$ascii" -c "SELECT count(*) FROM pg_class
	WHERE relnamespace = 'public'::regnamespace")" 0 "nothing is done to it"

# The service's role has no right to make a table.
status() { env -u DATABASE_OWNER_URL "$shopd" migrate status 2>&1; }
all() { (cd "$MIGRATIONS_DIR" && for f in *.sql; do echo "$1  $f"; done); }
is "$(status)" "$(all applied)" "the service sees what is applied"
is "$(DATABASE_URL=${DATABASE_URL/@\/shopd\?/@\/postgres?} status)" \
	"$(all pending)" "and in an empty database nothing"

dir=$(new_dir)
cp "$MIGRATIONS_DIR"/*.sql "$dir"
echo 'ALTER TABLE products ADD waited integer;' > "$dir/9997_waits.sql"

mkdir "$dir/9998_directory.sql"
out=$(MIGRATIONS_DIR=$dir "$shopd" migrate up 2>&1)
is "$? $out" "1 shopd: migrate: $dir/9998_directory.sql cannot be read" \
	"what cannot be read is not applied"
rmdir "$dir/9998_directory.sql"
(echo 'SELECT 1;' && yes -- '--' | head -n 400000) > "$dir/9998_long.sql"
out=$(MIGRATIONS_DIR=$dir "$shopd" migrate up 2>&1)
is "$? $out" "1 shopd: migrate: $dir/9998_long.sql cannot be read" \
	"nor what is longer than 1 MiB"
rm "$dir/9998_long.sql"

# A reader that stays in its transaction, as pg_dump does.
exec 7> >(exec "$PG_BIN/psql" -qAtX "$DATABASE_ADMIN_URL" > "$tap_tmp/reader")
echo 'BEGIN; SELECT count(*) > 0 FROM products;' >&7
check "somebody reads" wait_for 5 grep -q t "$tap_tmp/reader"
MIGRATIONS_DIR=$dir "$shopd" migrate up > "$tap_tmp/out" 2>&1 &
pid=$!
check "it says that it waits" \
	wait_for 5 grep -q '9997_waits.sql waits for a lock' "$tap_tmp/out"
is "$(sql -c "SET lock_timeout = '500ms'" -c 'SELECT 1 FROM products LIMIT 1')" \
	1 "others read the table meanwhile"
echo 'COMMIT;' >&7
exec 7>&-
wait $pid
is $? 0 "and is applied when the lock is free"
like "$(tail -n 1 "$tap_tmp/out")" 'applied 9997_waits.sql' "as it says"

# A version is installed while the one before it serves, whose new workers
# want no more of the database than their master did.
MIGRATIONS_DIR=$dir "$shopd" serve --listen "unix:$dir/sock" --workers 1 \
	2> /dev/null &
pid=$!
ready() { [[ $(ask_socket "$dir/sock" /readyz) == "$1"* ]]; }
check "it serves" wait_for 5 ready 200
echo 'SELECT 1;' > "$dir/9999_newer.sql"
kill -HUP $pid
sleep 1
check "it is ready before the next version has migrated" ready 200
kill -TERM $pid
wait $pid
MIGRATIONS_DIR=$dir "$shopd" serve --listen "unix:$dir/sock" --workers 1 \
	2> /dev/null &
pid=$!
check "that one is not" wait_for 5 ready 503
kill -TERM $pid
wait $pid
finish
