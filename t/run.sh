#!/bin/bash
# SPDX-License-Identifier: MIT
# t/run.sh [LEVEL...]: build, run the tests, print one summary line.
# SAN=1 runs them under ASan and UBSan.
set -u
cd "$(dirname "$0")/.." || exit 1
. t/help/tap.sh
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
O=obj
if [ -n "${SAN-}" ]; then
	O=obj/san
	export SAN CK_FORK=no
	export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
	export UBSAN_OPTIONS=print_stacktrace=1
fi
export SHOPD=$top/$O/shopd

passed=0 failed=0 skipped=0
tmp=$(new_dir) || exit 1
# tap NAME COMMAND...: run it and count its lines.
tap() {
	local name=$1 rc p f s start=$SECONDS
	shift
	echo "# --- $name"
	"$@" 2>&1 < /dev/null | tee "$tmp/out"
	rc=${PIPESTATUS[0]}
	s=$(grep -ciE '^ok .*# skip' "$tmp/out")
	p=$(grep -c '^ok ' "$tmp/out")
	f=$(grep -c '^not ok ' "$tmp/out")
	if [ "$rc" != 0 ] && [ "$f" = 0 ]; then
		echo "not ok - $name: ended with $rc"
		f=1
	elif [ "$rc" = 0 ] && [ "$((p + f))" = 0 ]; then
		echo "not ok - $name: not one test"
		f=1
	fi
	passed=$((passed + p - s)) failed=$((failed + f))
	skipped=$((skipped + s))
	echo "# $name: $((p - s)) passed, $f failed, $((SECONDS - start)) s"
	[ "$f" = 0 ]
}

e2e() {
	local script name
	if compgen -G 't/e2e/*.sh' > /dev/null; then
		# One stack serves all that do not want one of their own.
		stack_start "$tmp/var" || {
			echo "not ok - e2e: the stack does not start"
			failed=$((failed + 1))
			return
		}
		export VAR=$tmp/var EXCHANGES=$tmp/exchanges
		mkdir -p "$EXCHANGES"
		for script in t/e2e/*.sh; do
			case $script in *.own.sh) continue ;; esac
			[ -x "$script" ] || continue	# a part of others
			name=${script#t/}
			tap "${name%.sh}" timeout 300 "$script" || keep_logs
		done
		stack_stop
		unset VAR EXCHANGES
	fi
	for script in t/e2e/*.own.sh; do
		name=${script#t/}
		[ ! -x "$script" ] ||
			tap "${name%.own.sh}" timeout -k 60 600 "$script"
	done
}
keep_logs() {
	rm -rf "$O/e2e-log"
	cp -r "$tmp/var/log" "$O/e2e-log"
	echo "# the stack's logs are in $O/e2e-log"
}

# The short form of make faults; a row of its table is a test.
faults() {
	SHORT=1 timeout -k 60 500 t/fault/run.sh |
		sed -u -E 's/^(.{36} .*) ok$/ok - \1/
			s/^(.{36} .*) FAILED$/not ok - \1/
			/^[0-9]+ passed, [0-9]+ failed$/d'
	return "${PIPESTATUS[0]}"
}

# What the fuzzers have learnt is replayed.
corpora() {
	timeout 600 t/fuzz/run.sh 0 > "$tmp/fuzz" 2>&1 &&
		echo "ok 1 - every corpus" && return
	sed 's/^/# /' "$tmp/fuzz"
	echo "not ok 1 - every corpus"
	return 1
}

specs() {
	make -s O=$O $O/bench/sql &&
		O=$O timeout 300 t/pg.sh t/race/spec.sh
}

level() {
	case $1 in
	lint) tap lint t/lint.sh ;;
	unit) [ ! -x $O/t/unit/unit ] || tap unit timeout 300 $O/t/unit/unit ;;
	domain | call | race)
		[ ! -x "$O/t/$1/$1" ] ||
			tap "$1" timeout 900 t/pg.sh "$O/t/$1/$1"
		[ "$1" != race ] || tap "lock order" specs
		;;
	e2e) e2e ;;
	faults)
		[ ! -x t/fault/run.sh ] || tap faults faults
		;;
	fuzz) [ ! -x t/fuzz/run.sh ] || tap fuzz corpora ;;
	*)
		echo "there is no level $1" >&2
		exit 2
		;;
	esac
}

conf/deps.sh build run check || exit 1
make -s -j"$(nproc)" O=$O all tests || {
	echo "not ok - the build"
	echo "0 passed, 1 failed"
	exit 1
}
[ $# -gt 0 ] || set -- lint unit domain call race fuzz e2e faults
for l; do
	level "$l"
done
line="$passed passed, $failed failed"
[ "$skipped" = 0 ] || line="$line, $skipped skipped"
echo "$line"
[ "$failed" = 0 ]
