#!/bin/bash
# SPDX-License-Identifier: MIT
# t/pg.sh t/race/spec.sh: run each t/race/*.spec by PostgreSQL's
# isolationtester: steps of several sessions, which have the program's own
# statements prepared, in the orders listed. Prints TAP; an error (a deadlock
# is one) or a line BROKEN fails.
set -u
cd "$(dirname "$0")/../.." || exit 1
O=${O:-obj}
tester=
for dir in "$(pg_config --pkglibdir 2> /dev/null)" /usr/lib/postgresql/*/lib; do
	[ -x "$dir/pgxs/src/test/isolation/isolationtester" ] &&
		tester=$dir/pgxs/src/test/isolation/isolationtester
done
if [ -z "$tester" ]; then
	echo "ok 1 - specs # skip isolationtester is in postgresql-client"
	echo 1..1
	exit
fi
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
"$O/bench/sql" > "$tmp/sql" || exit 1

# Statements hold braces, which a spec cannot, so a function prepares them.
{
	echo 'CREATE TABLE spec_sql (name text, sql text);'
	echo '\copy spec_sql FROM pstdin'
} > "$tmp/load"
psql -qX -v ON_ERROR_STOP=1 "$DATABASE_ADMIN_URL" -f "$tmp/load" < <(
	grep -E '^(quote|order|cart|stock|expiry|inventory|product)_sql_' "$tmp/sql" |
		sed 's/\\/\\\\/g') &&
psql -qX -v ON_ERROR_STOP=1 "$DATABASE_ADMIN_URL" << 'SQL' || exit 1
CREATE FUNCTION spec_prepare() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	r spec_sql;
BEGIN
	EXECUTE 'DEALLOCATE ALL';
	FOR r IN SELECT * FROM spec_sql LOOP
		EXECUTE format('PREPARE %I AS %s', r.name, r.sql);
	END LOOP;
END $$;
SQL

n=0 failed=0
for spec in t/race/*.spec; do
	n=$((n + 1))
	timeout 60 "$tester" "$DATABASE_ADMIN_URL" < "$spec" \
		> "$tmp/out" 2>&1
	rc=$?
	tried=$(grep -c '^starting permutation' "$tmp/out")
	good=$(grep -c '^consistent' "$tmp/out")
	if [ $rc = 0 ] && [ "$tried" -gt 0 ] && [ "$good" = "$tried" ] &&
	    ! grep -qE 'ERROR|BROKEN' "$tmp/out"; then
		echo "ok $n - ${spec#t/race/}: $tried permutations"
		continue
	fi
	failed=$((failed + 1))
	echo "not ok $n - ${spec#t/race/}: $good of $tried permutations"
	grep -E -B30 'ERROR|BROKEN|error' "$tmp/out" | head -60 |
		sed 's/^/# /'
done
echo "1..$n"
[ $failed = 0 ]
