#!/bin/bash
# SPDX-License-Identifier: MIT
# Where the workers' sockets come from besides --listen: systemd, spawn-fcgi.
# It runs itself again inside a throw-away database.
set -u
[ -n "${DATABASE_ADMIN_URL-}" ] ||
	exec "$(dirname "$0")/../pg.sh" "$0"
. "$(dirname "$0")/../help/tap.sh"
shopd=${SHOPD:-$top/obj/shopd}
dir=$(new_dir)

lives() { [[ $(ask_socket "$1" /livez) == 200* ]]; }

if command -v systemd-socket-activate > /dev/null; then
	systemd-socket-activate -l "$dir/main.sock" -l "$dir/auth.sock" \
		-l "$dir/writes.sock" -l "$dir/pay.sock" \
		-E DATABASE_URL -E JWT_SECRET "$shopd" serve --workers 2 \
		--auth-workers 1 --pay-workers 3 2> "$dir/log" &
	pid=$!
	wait_for 5 test -S "$dir/pay.sock"
	check "systemd's first socket" wait_for 5 lives "$dir/main.sock"
	check "systemd's second socket" lives "$dir/auth.sock"
	check "systemd's third socket" lives "$dir/writes.sock"
	check "systemd's fourth socket" lives "$dir/pay.sock"
	like "$(ask_socket "$dir/main.sock" /health)" ^200 "with a database"
	kill -TERM $pid
	check "TERM ends it" wait_for 5 eval "! kill -0 $pid"
else
	skip "sockets from systemd" "systemd-socket-activate is not installed"
fi

spawn-fcgi -n -s "$dir/spawned.sock" -- "$shopd" serve --workers 2 \
	2> "$dir/log" &
pid=$!
check "spawn-fcgi's descriptor 0" wait_for 5 lives "$dir/spawned.sock"
kill -TERM $pid
check "TERM ends that too" wait_for 5 eval "! kill -0 $pid"
like "$(cat "$dir/log")" '"warn".*PAYMENT_PROVIDER=test takes no real money' \
	"that cards are not charged is in the log"
PAYMENT_PROVIDER=stripe STRIPE_SECRET_KEY=sk spawn-fcgi -n \
	-s "$dir/stripe.sock" -- "$shopd" serve --workers 2 2> "$dir/log" &
pid=$!
check "with a real provider" wait_for 5 lives "$dir/stripe.sock"
kill -TERM $pid
wait_for 5 eval "! kill -0 $pid"
unlike "$(cat "$dir/log")" '"warn"' "there is no such line"

# The README's lines, for a user that this cluster knows.
if [ "$(id -u)" = 0 ]; then
	cp "$shopd" "$dir/shopd"
	lines=$(sed -n '/^mkdir -p \/run/,/-- shopd serve$/p' "$top/README.md" |
		sed "s|/run/shopd|$dir/run|; s/^spawn-fcgi/exec &/
		s/-\([uU]\) shopd/-\1 www-data/g; s|-- shopd|-- $dir/shopd|")
	for start in first second; do
		eval "$lines --workers 2" 2> "$dir/log" &
		pid=$!
		check "spawn-fcgi as root, a $start time" \
			wait_for 5 lives "$dir/run/pay.sock"
		is "$(stat -c '%U:%G %a' "$dir/run/shopd.sock")" \
			"www-data:www-data 660" "nginx may use the socket"
		is "$(stat -c %U "/proc/$pid")" www-data "shopd is not root"
		like "$(ask_socket "$dir/run/shopd.sock" /health)" ^200 \
			"and has its database"
		kill -TERM $pid
		check "TERM ends it as well" wait_for 5 eval "! kill -0 $pid"
		is "$(grep -v "^{" "$dir/log")" "" "with no complaint"
	done
else
	skip "spawn-fcgi as root" "this is not root"
fi

# Masters whose log nobody reads any more, and signals that mean nothing.
workers() { cat "/proc/$1/task/$1/children"; }
replaced() {
	local p
	for p in $before; do [ ! -d "/proc/$p" ] || return 1; done
	[ -n "$(workers "$pid")" ]
}
mkfifo "$dir/fifo"
for command in "serve --listen unix:$dir/own.sock --workers 2" work; do
	grep -m 1 ready "$dir/fifo" > "$dir/log" &
	reader=$!
	# shellcheck disable=SC2086
	"$shopd" $command 2> "$dir/fifo" &
	pid=$!
	wait $reader
	is $? 0 "${command%% *}: it is ready"
	before=$(workers $pid)
	kill -HUP $pid
	check "its workers are replaced with nobody to tell" \
		wait_for 10 replaced
	kill -PIPE $pid
	kill -USR2 $pid
	kill -ALRM $pid
	sleep 0.2
	kill -TERM $pid
	wait $pid
	is $? 0 "and TERM ends it, no other signal"
done

out=$("$shopd" serve < /dev/null 2>&1)
is $? 1 "without a socket it does not start"
like "$out" 'no listening socket' "and says why"
out=$(REQUEST_TIMEOUT_MS=5001 "$shopd" serve < /dev/null 2>&1)
is $? 1 "nor with a deadline that nginx would not wait for"
like "$out" REQUEST_TIMEOUT_MS "and says why"
for secret in '' short change-me-change-me-change-me-change-me; do
	JWT_SECRET=$secret timeout 5 "$shopd" serve \
		--listen "unix:$dir/x.sock" > "$dir/log" 2>&1
	is $? 1 "nor with the secret '$secret'"
	like "$(cat "$dir/log")" JWT_SECRET "and says why"
done
finish
