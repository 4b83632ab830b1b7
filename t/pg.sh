#!/bin/bash
# SPDX-License-Identifier: MIT
# t/pg.sh COMMAND...: run a command with a throw-away database: a cluster of
# its own on a unix socket, the migrations, the seed.  All of it is gone
# afterwards.  DATABASE_URL is the service's role, DATABASE_OWNER_URL the
# schema's owner, DATABASE_ADMIN_URL the superuser (to clone databases).
set -u
umask 022
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/conf/pg.sh"
pg_find || exit 1

dir=$(mktemp -d /tmp/shopd-pg.XXXXXX) || exit 1
PGDATA=$dir/data
PGSOCK=$dir
export PGDATA PG_BIN
pid=
finish() {
	trap '' INT TERM HUP
	[ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

[ "$PG_USER" = "$(id -un)" ] || chown "$PG_USER" "$dir"
chmod 711 "$dir"
pg_create --no-sync || exit 1
pg_access
pg_settings <<-END
	fsync = off
	full_page_writes = off
	synchronous_commit = off
	max_wal_size = 256MB
	autovacuum = off
END
exec_as "$PG_USER" setsid "$PG_BIN/postgres" -D "$PGDATA" \
	> "$dir/log" 2>&1 < /dev/null &
pid=$!
for ((i = 0; i < 200; i++)); do
	"$PG_BIN/pg_isready" -q -h "$PGSOCK" -U postgres -d postgres && break
	kill -0 $pid 2>/dev/null || break
	sleep 0.05
done
pg_roles || {
	cat "$dir/log" >&2
	exit 1
}
DATABASE_URL=$(pg_url shopd)
DATABASE_OWNER_URL=$(pg_url shopd_owner)
DATABASE_ADMIN_URL=$(pg_url postgres)
export DATABASE_URL DATABASE_OWNER_URL DATABASE_ADMIN_URL
export MIGRATIONS_DIR=${MIGRATIONS_DIR:-$top/db/migrations}
export JWT_SECRET=${JWT_SECRET:-$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')}

# Without the program, as before its first build, psql does as well.
sql() { "$PG_BIN/psql" -qX -v ON_ERROR_STOP=1 "$DATABASE_OWNER_URL" "$@"; }
shopd=${SHOPD:-$top/obj/shopd}
if [ -x "$shopd" ]; then
	"$shopd" migrate up > "$dir/migrate" 2>&1 || {
		cat "$dir/migrate" >&2
		exit 1
	}
else
	for f in "$MIGRATIONS_DIR"/*.sql; do
		[ ! -e "$f" ] || sql -1 -f "$f" > /dev/null || exit 1
	done
fi
[ ! -e "$top/db/seed.sql" ] || sql -f "$top/db/seed.sql" > /dev/null || exit 1

"$@"
