#!/bin/bash
# SPDX-License-Identifier: MIT
# A shop of a given size, made by obj/bench/rows, in a fresh database (the
# demo data may be in it):
#	t/bench/load.sh PRODUCTS USERS ORDERS URL-OF-THE-SUPERUSER
# Two tables at a time, without triggers, foreign keys and indexes; those that
# nothing refers to without WAL too.  No step waits for one table with a lock
# on another, so that a running jobs process does not matter.
set -euo pipefail
size=("$1" "$2" "$3") url=$4
top=$(cd "$(dirname "$0")/../.." && pwd)
make -s -C "$top" obj/bench/rows
rows=$top/obj/bench/rows
psql=${PG_BIN:-/usr/lib/postgresql/15/bin}/psql
export PGOPTIONS="-c session_replication_role=replica
	-c synchronous_commit=off -c maintenance_work_mem=512MB
	-c max_parallel_maintenance_workers=0 -c client_min_messages=warning"
sql() { "$psql" -qAtX -v ON_ERROR_STOP=1 "$@" "$url"; }
say() { printf '%4d s  %s\n' $((SECONDS - begun)) "$*"; }
begun=$SECONDS now=$(date +%s)

copy() {	# TABLE
	{
		cat <<-END
		\set how
		BEGIN;
		SELECT NOT EXISTS (SELECT FROM $1) AND NOT EXISTS (SELECT
		    FROM pg_constraint WHERE confrelid = '$1'::regclass)
		    AND relkind = 'r' AS alone FROM pg_class
		    WHERE oid = '$1'::regclass
		\gset
		\if :alone
		TRUNCATE $1;
		\set how '(FREEZE)'
		\endif
		END
		"$rows" "$1" "${size[@]}" "$now"
		echo 'COMMIT;'
	} | sql
	say "$1"
}

build() {	# STATEMENT
	sql -c "$1"
	[[ $1 =~ (INDEX|CONSTRAINT)\ ([a-z_]+) ]]
	say "${BASH_REMATCH[2]}"
}

# two COMMAND: for each line of the input, two of them at a time.
two() {
	local line
	while IFS= read -r line; do
		while [ "$(jobs -rp | wc -l)" -ge 2 ]; do
			wait -n
		done
		"$1" "$line" < /dev/null &
	done
	while [ -n "$(jobs -p)" ]; do
		wait -n
	done
}

# All indexes but those that foreign keys stand on: how to drop and how to make each.
mapfile -t indexes < <(sql -v tables="{$("$rows" | paste -sd,)}" <<-'END'
	SELECT format(CASE WHEN c.oid IS NULL THEN 'DROP INDEX %2$s'
	    ELSE 'ALTER TABLE %1$s DROP CONSTRAINT %2$s' END,
	    i.indrelid::regclass, i.indexrelid::regclass),
	    CASE WHEN c.oid IS NULL THEN
	    replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
	    ELSE format('ALTER TABLE %s ADD CONSTRAINT %s %s',
	    i.indrelid::regclass, i.indexrelid::regclass,
	    pg_get_constraintdef(c.oid)) END
	FROM pg_index i JOIN pg_class t ON t.oid = i.indexrelid
	JOIN pg_am a ON a.oid = t.relam
	LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
	AND c.contype = 'u'
	WHERE i.indrelid = ANY (:'tables'::regclass[]) AND NOT i.indisprimary
	AND NOT EXISTS (SELECT FROM pg_constraint
	    WHERE conindid = i.indexrelid AND contype = 'f')
	ORDER BY a.amname <> 'gin', array_position(:'tables'::regclass[],
	i.indrelid), i.indexrelid
END
)
printf '%s;\n' "${indexes[@]%%|*}" | sql
sql -c "SELECT ledger_extend(10 * $3 + 4 * $1)" > /dev/null
"$rows" | two copy
printf '%s\n' "${indexes[@]#*|}" | two build
sql > /dev/null <<-'END'
	SELECT format('SELECT setval(pg_get_serial_sequence(%L, ''id''), '
	    'greatest((SELECT max(id) FROM %I), 1))', t, t)
	    FROM unnest('{users,carts,categories,products,product_variants,'
	    'orders,payments}'::text[]) t \gexec
	SELECT stock_levels_rebuild();
	SELECT product_words_add();
END
say "stock levels and words"
"${psql%psql}vacuumdb" -q -z -j 2 -d "$url"
say "vacuum and statistics"
