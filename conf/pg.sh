# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A private PostgreSQL cluster; sourced by conf/stack.sh and t/pg.sh, which
# set PGDATA, PGSOCK (a short directory for the unix socket) and PG_USER.

unset PGHOST PGHOSTADDR PGPORT PGUSER PGPASSWORD PGDATABASE PGSERVICE PGOPTIONS
SVC_USER=$(id -un)
PG_USER=$SVC_USER
if [ "$(id -u)" = 0 ]; then
	# PostgreSQL refuses to run as root; the service does not want to.
	SVC_USER=www-data
	PG_USER=postgres
fi

pg_find() {
	PG_BIN=${PG_BIN:-/usr/lib/postgresql/15/bin}
	[ -x "$PG_BIN/postgres" ] || PG_BIN=$(dirname "$(command -v postgres)")
	[ -x "$PG_BIN/postgres" ] || {
		echo "PostgreSQL 15 is not installed" >&2
		return 1
	}
}

# exec_as USER COMMAND...: from a directory that the user can read.
exec_as() {
	local user=$1
	shift
	cd / || exit
	[ "$user" = "$(id -un)" ] && exec "$@"
	exec setpriv --reuid="$user" --regid="$user" --init-groups -- "$@"
}
as() { (exec_as "$@"); }

pg_url() { echo "postgresql://$1@/shopd?host=$PGSOCK"; }

# Who may connect as whom, by the kernel's word (peer): the starting user and
# root as anybody, the service's user only as the service.
pg_access() {
	local me=${SUDO_USER:-$(id -un)} who
	{
		for who in root "$me" "$PG_USER"; do
			printf 'shopd %s %s\n' "$who" postgres "$who" \
				shopd_owner "$who" shopd
		done
		echo "shopd $SVC_USER shopd"
	} | sort -u > "$PGDATA/pg_ident.conf"
	echo 'local all all peer map=shopd' > "$PGDATA/pg_hba.conf"
}

# pg_create INITDB-OPTIONS...
pg_create() {
	as "$PG_USER" "$PG_BIN/initdb" -D "$PGDATA" -U postgres -E UTF8 \
		--locale=C.UTF-8 -A peer "$@" > /dev/null || return
	echo "include_if_exists 'shopd.conf'" >> "$PGDATA/postgresql.conf"
}

# The settings that every cluster of ours shares; more come on stdin.
pg_settings() {
	{
		cat <<-END
		listen_addresses = ''
		unix_socket_directories = '$PGSOCK'
		max_connections = 200
		deadlock_timeout = 200ms
		client_connection_check_interval = 1s
		random_page_cost = 1.1
		timezone = UTC
		log_timezone = UTC
		log_line_prefix = '%m [%p] '
		log_parameter_max_length = 0
		log_parameter_max_length_on_error = 0
		log_min_error_statement = panic
		END
		cat
	} > "$PGDATA/shopd.conf"
}

# The roles and the database.  The owner runs the migrations, the service has
# what they grant; both may be there already.
pg_roles() {
	"$PG_BIN/psql" -qX -v ON_ERROR_STOP=1 -d postgres -h "$PGSOCK" \
		-U postgres -f "${BASH_SOURCE[0]%/*}/roles.sql" || return
	"$PG_BIN/psql" -qXAt -d postgres -h "$PGSOCK" -U postgres \
		-c "SELECT 1 FROM pg_database WHERE datname = 'shopd'" |
		grep -q 1 ||
		"$PG_BIN/createdb" -h "$PGSOCK" -U postgres -O shopd_owner shopd
}
