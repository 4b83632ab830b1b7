#!/bin/bash
# SPDX-License-Identifier: MIT
# What pg_dump has written comes back by pg_restore: rows, rights and rules.
[ -n "${DATABASE_ADMIN_URL-}" ] || exec "$(dirname "$0")/../pg.sh" "$0"
set -u
. "$(dirname "$0")/../help/tap.sh"
shopd=${SHOPD:-$top/obj/shopd}
copy() { echo "${1/@\/shopd\?/@\/copy?}"; }
sql() { "$PG_BIN/psql" -qAtX -v ON_ERROR_STOP=1 "$@"; }
# All but a token that differs each time.
rows() { "$PG_BIN/pg_dump" -a "$1" 2> /dev/null | grep -v 'restrict '; }
rights() { "$PG_BIN/pg_dump" -s "$1" | grep -E '^(ALTER|GRANT|REVOKE)'; }

section=$(sed -n '/^## As a service/,/^## Buy/p' "$top/README.md")
like "$section" 'pg_dump -Fc shopd > shopd.dump' "the README makes one"
like "$section" 'pg_restore -d shopd < shopd.dump' "and puts it back"
check "a dump" "$PG_BIN/pg_dump" -Fc -f "$tap_tmp/dump" "$DATABASE_ADMIN_URL"
sql "$DATABASE_ADMIN_URL" -c "CREATE DATABASE copy OWNER shopd_owner
	TEMPLATE template0"
admin=$(copy "$DATABASE_ADMIN_URL")
out=$("$PG_BIN/pg_restore" -d "$admin" 2>&1 < "$tap_tmp/dump")
is "$?$out" 0 "pg_restore has nothing to say"
is "$(rows "$admin" | md5sum)" "$(rows "$DATABASE_ADMIN_URL" | md5sum)" \
	"each row is there"
is "$(diff <(rights "$DATABASE_ADMIN_URL") <(rights "$admin"))" "" \
	"whose it is, and who may do what"
like "$(DATABASE_OWNER_URL=$(copy "$DATABASE_OWNER_URL") "$shopd" migrate up)" \
	'^nothing to do' "no migration is missing"
like "$(DATABASE_URL=$(copy "$DATABASE_URL") "$shopd" check | tail -n 1)" \
	'^0 of the invariants' "and it is sound"
finish
