#!/bin/bash
# SPDX-License-Identifier: MIT
# t/fuzz/run.sh SECONDS [TARGET...]: every fuzz target for so long, two at a
# time, and a table of what they did; 0 seconds only replays the corpora.
# What was found lies in obj/fuzz/found; ends with 1 if there is any.
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=${1:-60}
shift
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
O=obj/fuzz
jobs=${JOBS:-$(nproc)}

conf/deps.sh build check || exit 1
sanitize='-fsanitize=fuzzer-no-link,address,undefined'
sanitize="$sanitize -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
sanitize="$sanitize -DARENA_DEBUG"
make -s -j"$jobs" O=$O CC=clang WARN=-w CFLAGS='-O1 -g' \
	HARDEN="$sanitize" LDHARDEN='-fsanitize=address,undefined' fuzz-targets || exit 1
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1

targets=("$@")
if [ ${#targets[@]} = 0 ]; then
	for t in t/fuzz/*.c; do
		t=${t##*/}
		targets+=("${t%.c}")
	done
fi
mkdir -p $O/found $O/log

# What earlier runs learned is kept in obj/, the seeds in t/fuzz/corpus.
one() {
	local t=$1 dict=()
	mkdir -p "$O/corpus/$t"
	[ ! -e "t/fuzz/corpus/$t.dict" ] ||
		dict=("-dict=t/fuzz/corpus/$t.dict")
	local limit=("-max_total_time=$seconds")
	[ "$seconds" != 0 ] || limit=(-runs=0)
	"$O/t/fuzz/$t" "${limit[@]}" -max_len=4096 -timeout=10 \
		-rss_limit_mb=2048 -print_final_stats=1 \
		"-artifact_prefix=$O/found/$t-" "${dict[@]}" \
		"$O/corpus/$t" "t/fuzz/corpus/$t" > "$O/log/$t" 2>&1
	echo $? > "$O/log/$t.rc"
}
stat() { sed -n "s/^stat::$2: *//p" "$O/log/$1" | tail -n 1; }

running=0
for t in "${targets[@]}"; do
	one "$t" &
	running=$((running + 1))
	if [ $running -ge "$jobs" ]; then
		wait -n
		running=$((running - 1))
	fi
done
wait

bad=0
printf '%-10s %12s %8s %10s %8s\n' target runs runs/s 'new finds' crashes
for t in "${targets[@]}"; do
	crashes=0
	[ "$(cat "$O/log/$t.rc")" = 0 ] || crashes=1
	bad=$((bad + crashes))
	printf '%-10s %12s %8s %10s %8s\n' "$t" \
		"$(stat "$t" number_of_executed_units)" \
		"$(stat "$t" average_exec_per_sec)" \
		"$(stat "$t" new_units_added)" $crashes
	[ $crashes = 0 ] || grep -E -m 3 \
		'not true|ERROR|runtime error|SUMMARY|Test unit written' \
		"$O/log/$t" | sed 's/^/# /'
done
[ $bad = 0 ]
