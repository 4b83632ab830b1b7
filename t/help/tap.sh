# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For the test scripts: TAP, free ports, stacks of their own.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# A container has no locale, and bash then prints \u escapes as they are.
export LC_ALL=C.UTF-8
tap_n=0
tap_failed=0

# Whatever a script makes below this, or starts by stack_start, is gone when
# it ends, also by a signal.
tap_tmp=$(mktemp -d /tmp/shopd-t.XXXXXX) || exit 1
chmod 711 "$tap_tmp"
tap_exit() {
	stack_stop
	rm -rf "$tap_tmp"
}
trap tap_exit EXIT
trap 'exit 130' INT TERM HUP

# pass NAME, fail NAME [WHY], skip NAME WHY
pass() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1"
}
fail() {
	tap_n=$((tap_n + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_n - $1"
	[ -z "${2-}" ] || echo "# ${2//$'\n'/$'\n'# }"
}
skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

# is GOT WANTED NAME; like GOT REGEX NAME; unlike; check NAME COMMAND...
is() {
	if [ "$1" = "$2" ]; then pass "$3"; else fail "$3" "got:    $1
wanted: $2"; fi
}
like() {
	if [[ $1 =~ $2 ]]; then pass "$3"; else fail "$3" "got:  $1
like: $2"; fi
}
unlike() {
	if [[ ! $1 =~ $2 ]]; then pass "$3"; else fail "$3" "got:    $1
unlike: $2"; fi
}
check() {
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then pass "$name"; else fail "$name" "$out"; fi
}

# tap_pipe COMMAND...: its tests become tests of this script.
tap_pipe() {
	local line plan=
	while read -r line; do
		case $line in
		1..*) plan=$line ;;
		"ok "*) pass "${line#ok * - }" ;;
		"not ok "*) fail "${line#not ok * - }" ;;
		"#"*) echo "$line" ;;
		esac
	done < <("$@" 2>&1)
	[ -n "$plan" ] || fail "$* ends well"
}

# What curl sends and gets is kept for t/e2e/zz-traffic.sh.
curl() {
	if [ -n "${EXCHANGES-}" ]; then
		command curl --trace "$(mktemp "$EXCHANGES/XXXXXXXX")" "$@"
	else
		command curl "$@"
	fi
}

finish() {
	echo "1..$tap_n"
	exit $((tap_failed > 0))
}

# wait_for SECONDS COMMAND...
wait_for() {
	local i n=$(($1 * 20))
	shift
	for ((i = 0; i < n; i++)); do
		"$@" > /dev/null 2>&1 && return
		sleep 0.05
	done
	return 1
}

free_port() {
	local p
	while :; do
		p=$((20000 + RANDOM % 10000))
		{ : < "/dev/tcp/127.0.0.1/$p"; } 2>/dev/null || break
	done
	echo "$p"
}

# ask_socket SOCKET PATH: the status line of a worker's answer, without nginx.
ask_socket() {
	REQUEST_METHOD=GET REQUEST_URI=$2 QUERY_STRING='' CONTENT_LENGTH='' \
		REMOTE_ADDR=127.0.0.1 SERVER_PROTOCOL=HTTP/1.1 \
		timeout 5 cgi-fcgi -bind -connect "$1" 2> /dev/null |
		tr -d '\r' | sed -n 's/^Status: //p'
}

# A directory that every user can reach.
new_dir() {
	local d
	d=$(mktemp -d "$tap_tmp/XXXXXX") && chmod 711 "$d" && echo "$d"
}

# stack_start VAR [NAME=VALUE...]: make run in a session of its own; its
# values are in the environment afterwards, STACK_PID leads its group.
stack_start() {
	local var=$1
	shift
	PORT=$(free_port)
	rm -f "$var/stack.env" "$var/out"
	mkdir -p "$var"
	(
		cd "$top" && exec env RATE_LIMITS=off "$@" PORT="$PORT" \
			VAR="$var" setsid conf/stack.sh
	) > "$var/out" 2>&1 < /dev/null &
	STACK_PID=$!
	if ! wait_for 60 stack_up "$var" || ! grep -q '^ready: ' "$var/out"
	then
		sed 's/^/# /' "$var/out"
		return 1
	fi
	set -a
	# shellcheck disable=SC1091
	. "$var/stack.env"
	set +a
}
stack_up() {
	grep -q '^ready: ' "$1/out" || ! kill -0 "$STACK_PID"
}
stack_stop() {
	[ -n "${STACK_PID-}" ] || return 0
	kill -TERM -- "-$STACK_PID" 2>/dev/null
	wait "$STACK_PID"
	local rc=$?
	STACK_PID=
	return $rc
}
