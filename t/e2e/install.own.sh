#!/bin/bash
# SPDX-License-Identifier: MIT
# make install, and what systemd says of the units.
set -u
. "$(dirname "$0")/../help/tap.sh"
cd "$top" || exit 1
dir=$(new_dir)
units=$dir/usr/lib/systemd/system

check "make install works" make -s install DESTDIR="$dir" PREFIX=/usr
like "$("$dir/usr/bin/shopd" --version)" '^shopd [0-9]' "the program runs"
is "$(ls "$dir/usr/share/shopd/migrations")" "$(ls db/migrations)" \
	"all migrations are installed"
unlike "$(cat "$units"/*)" '@PREFIX@' "the units name real paths"

if command -v systemd-analyze > /dev/null; then
	# The verifier wants to see the programs that the units start.
	make -s install DESTDIR= PREFIX="$dir"
	is "$(systemd-analyze verify "$dir"/lib/systemd/system/shopd*.* 2>&1 |
		grep -F shopd | grep -vi 'shopd.env')" "" \
		"systemd has nothing to say against the units"
	score=$(systemd-analyze security --offline=true \
		"$dir/lib/systemd/system/shopd.service" 2>/dev/null |
		sed -n 's/.*level for [^ ]*: \([0-9]*\).*/\1/p')
	is "$((score < 3))" 1 "the service's sandbox is tight ($score)"
else
	skip "systemd units" "systemd-analyze is not installed"
fi
finish
