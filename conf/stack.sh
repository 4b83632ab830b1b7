#!/bin/bash
# SPDX-License-Identifier: MIT
# The whole service on this machine, in the foreground: PostgreSQL, shopd's
# workers, its jobs and nginx.  `make run` calls it.
#
#	PORT=8080  VAR=./var	where it listens and keeps its data
#	WORKERS, WRITE_WORKERS, AUTH_WORKERS, PAY_WORKERS
#				of reads, writes, passwords, payments; see the
#				README
#	DEMO=off		no demo data
#	RATE_LIMITS=off		no limits, for tests and benchmarks
#
# Everything else in the environment goes on to shopd.
set -u
umask 022
top=$(cd "$(dirname "$0")/.." && pwd)
PORT=${PORT:-8080} VAR=${VAR:-./var}
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

say() { echo "$*"; }
die() {
	echo "stack: $*" >&2
	exit 1
}

# --- packages and program -------------------------------------------------

"$top/conf/deps.sh" build run || exit 1
[ -x "$top/obj/shopd" ] || say "building, which takes a minute or two"
make -C "$top" -s -j"$(nproc)" all || die "the build failed"
make -C "$top" -s docs-assets || say "the API pages will lack their scripts"
. "$top/conf/pg.sh"
pg_find || exit 1

# --- directories ----------------------------------------------------------

mkdir -p "$VAR/log" || exit 1
VAR=$(cd "$VAR" && pwd)
chmod a+x "$VAR"
chmod o= "$VAR/log"
exec 9> "$VAR/lock"
flock -n 9 || die "another stack is using $VAR"
find "$VAR/log" -name '*.log' -size +64M -exec mv {} {}.old \;

# The place for what the other users must reach: VAR itself, or where they
# cannot get there (a checkout below /root, say) one that VAR links to.
reach() { as "$1" test "$2" "$3"; }
place=$VAR
if ! reach "$PG_USER" -x "$VAR" || ! reach "$SVC_USER" -x "$VAR"; then
	place=$(readlink -f "$VAR/place") || place=
	if [ ! -d "$place" ]; then
		mkdir -p /var/lib/shopd
		place=$(mktemp -d /var/lib/shopd/XXXXXX) || exit 1
		chmod 711 "$place"
		ln -sfn "$place" "$VAR/place"
	fi
	for d in pg mail; do
		[ -e "$VAR/$d" ] || ln -sfn "$place/$d" "$VAR/$d"
	done
	say "note: $VAR is closed to user $PG_USER; the data are in $place"
fi
PGDATA=$place/pg
mkdir -p "$place/mail"
chown "$SVC_USER" "$place/mail"
rm -rf "$place/spool"	# a killed nginx leaves files
[ ! -e "$PGDATA" ] || [ "$(stat -c %U "$PGDATA")" = "$PG_USER" ] ||
	die "$PGDATA belongs to $(stat -c %U "$PGDATA"), not to $PG_USER"

shopd=$top/obj/shopd static=$top/app/web/static
if ! reach "$SVC_USER" -x "$shopd" ||
    { [ -d "$static" ] && ! reach "$SVC_USER" -r "$static"; }; then
	install -m 755 -D "$shopd" "$place/bin/shopd"
	shopd=$place/bin/shopd
	rm -rf "$place/static"
	[ ! -d "$static" ] || cp -r "$static" "$place/static"
	static=$place/static
	chmod -R a+rX "$place/bin" "$static" 2>/dev/null
fi

# Sockets get a short directory of their own: their paths end at 107 bytes.
old_value() { sed -n "s/^$1=//p" "$VAR/stack.env" 2>/dev/null; }
old=$(old_value RUN)
case $old in */shopd.??????) rm -rf "$old" ;; esac
base=${XDG_RUNTIME_DIR:-/tmp}
[ "$(id -u)" != 0 ] || base=/run
[ -w "$base" ] || base=/tmp
RUN=$(mktemp -d "$base/shopd.XXXXXX") || exit 1
chmod 711 "$RUN"
PGSOCK=$RUN/pg sockets=$RUN/app
mkdir -m 755 "$RUN/pg" "$sockets" "$RUN/tmp"
chown "$PG_USER" "$RUN/pg"
chown "$SVC_USER" "$sockets" "$RUN/tmp"
chmod 750 "$RUN/app"
ln -s "$shopd" "$RUN/shopd"

# --- processes ------------------------------------------------------------

# Each is the leader of a session of its own, so that a signal to our group
# reaches only us and we end them in order; were we killed, the kernel ends
# them.
declare -A pid=() since=() delay=() due=()

launch() {	# NAME USER DEATHSIGNAL LOG COMMAND...
	local name=$1 user=$2 sig=$3 log=$4
	shift 4
	exec_as "$user" setpriv --pdeathsig "$sig" -- setsid "$@" \
		< /dev/null >> "$log" 2>&1 8>&- 9>&- &
	pid[$name]=$! since[$name]=$SECONDS
	disown	# its end is noticed by keep(), not by the shell
}

start_pg() {
	launch pg "$PG_USER" INT "$VAR/log/postgresql.log" \
		"$PG_BIN/postgres" -D "$PGDATA"
}
start_shopd() {
	launch shopd "$SVC_USER" TERM "$VAR/log/shopd.log" "$shopd" serve \
		--listen "unix:$sockets/shopd.sock" \
		--listen-writes "unix:$sockets/writes.sock" \
		--listen-auth "unix:$sockets/auth.sock" \
		--listen-pay "unix:$sockets/pay.sock"
}
start_work() {
	launch work "$SVC_USER" TERM "$VAR/log/work.log" "$RUN/shopd" work
}
start_nginx() {
	launch nginx "$(id -un)" QUIT "$VAR/log/nginx-error.log" \
		nginx -e "$VAR/log/nginx-error.log" -c "$VAR/nginx.conf" \
		-g 'daemon off;'
}

alive() { [ -n "${pid[$1]-}" ] && kill -0 "${pid[$1]}" 2>/dev/null; }

ends_within() {	# NAME SECONDS
	local i
	for ((i = 0; i < $2 * 20; i++)); do
		alive "$1" || return 0
		sleep 0.05
	done
	return 1
}

# finish NAME SIGNAL SECONDS HARDER: ask, wait, insist, force.
finish() {
	alive "$1" || return 0
	kill -"$2" "${pid[$1]}"
	ends_within "$1" "$3" && return
	kill -"$4" "${pid[$1]}"
	ends_within "$1" 1 || kill -KILL "${pid[$1]}"
} 2>/dev/null

# A server that serves this data directory, whoever started it.
pg_other() {
	local p
	read -r p < "$PGDATA/postmaster.pid" || return 1
	[ "$(cat "/proc/$p/comm")" = postgres ] &&
		[ "$(readlink "/proc/$p/cwd")" -ef "$PGDATA" ] && echo "$p"
} 2>/dev/null

stop_all() {
	trap '' INT TERM HUP
	finish nginx QUIT 5 TERM
	alive shopd && kill -TERM "${pid[shopd]}"
	finish work TERM 3 KILL
	finish shopd TERM 9 KILL
	alive pg || pid[pg]=$(pg_other)
	# One that was frozen would hear nothing.
	alive pg && xargs kill -CONT "${pid[pg]}" \
		< "/proc/${pid[pg]}/task/${pid[pg]}/children" 2>/dev/null
	finish pg INT 8 QUIT
	rm -rf "$RUN"
	sed -i '/^\(RUN\|[A-Z]*_PID\)=/d' "$VAR/stack.env" 2>/dev/null
	[ -z "$ready" ] || say "stopped"
}
ready=
trap stop_all EXIT
trap 'exit 0' INT TERM HUP

# --- PostgreSQL -----------------------------------------------------------

ready_pg() {
	"$PG_BIN/pg_isready" -q -h "$PGSOCK" -U postgres -d postgres
}

# What a killed stack left behind ends here.  Its numbers may be somebody
# else's by now, whose command line names nothing of this stack.
for name in SHOPD_PID WORK_PID NGINX_PID; do
	p=$(old_value $name)
	case $(tr '\0' ' ' < "/proc/${p:-none}/cmdline") in
	*"$VAR/"* | *"${old:-$VAR}/"*) ;;
	*) continue ;;
	esac
	case $(cat "/proc/$p/comm") in
	shopd | nginx) kill -TERM "$p" ;;
	esac
done 2>/dev/null
p=$(pg_other) && pid[pg]=$p && finish pg INT 10 QUIT

port_taken() { : < "/dev/tcp/127.0.0.1/$PORT"; } 2>/dev/null
for ((i = 0; i < 20; i++)); do
	port_taken || break
	sleep 0.05
done
[ "$i" -lt 20 ] ||
	die "port $PORT is in use; choose another: make run PORT=$((PORT + 1))"

if [ ! -e "$PGDATA/PG_VERSION" ]; then
	say "making a PostgreSQL cluster in $PGDATA"
	rm -rf "$PGDATA.new"
	mkdir -m 700 "$PGDATA.new" && chown "$PG_USER" "$PGDATA.new"
	PGDATA=$PGDATA.new pg_create -k || die "initdb failed"
	mv "$PGDATA.new" "$PGDATA" || exit 1
fi
pg_access
read -r _ memory _ < /proc/meminfo
pg_settings <<-END
	shared_buffers = $((memory > 4000000 ? 512 : 128))MB
	wal_level = minimal
	max_wal_senders = 0
	max_wal_size = 4GB
	wal_compression = lz4
	checkpoint_timeout = 15min
	jit = off
	autovacuum_naptime = 10s
END
start_pg
for ((i = 0; i < 1200; i++)); do
	ready_pg && break
	alive pg || break
	sleep 0.05
done
if ! ready_pg || ! pg_roles; then
	tail -n 5 "$VAR/log/postgresql.log" >&2
	die "PostgreSQL does not start"
fi

# --- shopd's environment --------------------------------------------------

# A random secret of this stack, made once.
secret() {
	[ -s "$VAR/$1" ] || (umask 077 && od -An -N48 -tx1 /dev/urandom |
		tr -d ' \n' > "$VAR/$1")
	cat "$VAR/$1"
}
DATABASE_URL=$(pg_url shopd)
JWT_SECRET=${JWT_SECRET:-$(secret secret)}
TEST_WEBHOOK_SECRET=${TEST_WEBHOOK_SECRET:-$(secret webhook-secret)}
PUBLIC_URL=${PUBLIC_URL:-http://127.0.0.1:$PORT}
MAIL_DIR=${MAIL_DIR:-$place/mail}
export DATABASE_URL JWT_SECRET TEST_WEBHOOK_SECRET PUBLIC_URL MAIL_DIR
owner=$(pg_url shopd_owner)
(cd "$top" && DATABASE_OWNER_URL=$owner MIGRATIONS_DIR=$top/db/migrations \
	"$top/obj/shopd" migrate up) >> "$VAR/log/migrate.log" 2>&1 || {
	tail -n 5 "$VAR/log/migrate.log" >&2
	die "the migrations failed"
}
export MIGRATIONS_DIR=$top/db/migrations
if [ "${DEMO-}" != off ] && [ ! -e "$PGDATA/shopd.seeded" ]; then
	say "loading the demo data"
	"$PG_BIN/psql" -qX -1 -v ON_ERROR_STOP=1 -f "$top/db/seed.sql" \
		"$owner" > /dev/null || die "db/seed.sql failed"
	: > "$PGDATA/shopd.seeded"
fi

# --- start ----------------------------------------------------------------

LISTEN=127.0.0.1:$PORT RUN=$RUN SOCKETS=$sockets LOG=$VAR/log \
	SPOOL=$place/spool STATIC=$static NGINX_USER=$([ "$(id -u)" = 0 ] && echo "$SVC_USER") \
	"$top/conf/nginx.sh" > "$VAR/nginx.conf" || exit 1

write_env() {
	(umask 077 && cat > "$VAR/stack.env.new") <<-END
	BASE_URL=http://127.0.0.1:$PORT
	DATABASE_URL=$DATABASE_URL
	DATABASE_OWNER_URL=$owner
	SHOPD_PID=${pid[shopd]}
	WORK_PID=${pid[work]}
	NGINX_PID=${pid[nginx]}
	PGDATA=$(printf %q "$PGDATA")
	PG_BIN=$PG_BIN
	RUN=$RUN
	TEST_WEBHOOK_SECRET=$TEST_WEBHOOK_SECRET
	END
	mv "$VAR/stack.env.new" "$VAR/stack.env"
}

start_shopd
start_nginx
start_work
for ((i = 0; i < 300; i++)); do
	curl -sf -m 2 -o /dev/null "http://127.0.0.1:$PORT/health" && break
	alive nginx || {
		tail -n 3 "$VAR/log/nginx-error.log" >&2
		die "nginx does not start"
	}
	sleep 0.05
done
[ "$i" -lt 300 ] || {
	tail -n 5 "$VAR/log/shopd.log" >&2
	die "shopd does not answer"
}
write_env
[ "${RATE_LIMITS-}" != off ] ||
	say "warning: RATE_LIMITS=off; for tests and benchmarks only"
ready=yes
say "ready: http://127.0.0.1:$PORT"
[ ! -e "$PGDATA/shopd.seeded" ] || cat <<-END
	  alice@example.com / correct-horse-alice
	  bob@example.com / correct-horse-bob
	  admin@example.com / correct-horse-admin
END

# --- supervision ----------------------------------------------------------

# A program that ends is started again at once, and later and later while it
# does not live for 10 s.
keep() {
	alive "$1" && return
	if [ -z "${due[$1]-}" ]; then
		local d=${delay[$1]-0}
		[ $((SECONDS - since[$1])) -lt 10 ] || d=0
		due[$1]=$((SECONDS + d))
		delay[$1]=$((d == 0 ? 1 : d < 8 ? d * 2 : 10))
		say "$1 has ended; starting it again"
	fi
	[ "$SECONDS" -ge "${due[$1]}" ] || return
	unset "due[$1]"
	"start_$1"
	write_env
}

# PostgreSQL may be somebody else's doing: crashed (its pid file is left) it
# is started again after 5 s, stopped after 20 s, and not at all if they
# start it themselves.
keep_pg() {
	local p wait=20
	alive pg && return
	if p=$(pg_other); then
		pid[pg]=$p
		unset "due[pg]"
		return
	fi
	if [ -z "${due[pg]-}" ]; then
		[ ! -e "$PGDATA/postmaster.pid" ] || wait=5
		due[pg]=$((SECONDS + wait))
		say "PostgreSQL has ended; starting it again in $wait s"
	fi
	[ "$SECONDS" -ge "${due[pg]}" ] || return
	unset "due[pg]"
	start_pg
}

# A read that times out is a sleep without a process.
exec 8<> <(:)
while :; do
	read -r -t 0.2 -u 8 _
	keep shopd
	keep nginx
	keep work
	keep_pg
done
