#!/bin/bash
# SPDX-License-Identifier: MIT
# The packages, make install, and what systemd says of the units.
set -u
. "$(dirname "$0")/../help/tap.sh"
cd "$top" || exit 1
dir=$(new_dir)
units=$dir/usr/lib/systemd/system

# Missing packages, and nobody who may install them.
mkdir "$dir/bin"
printf '#!/bin/sh\necho 1000\n' > "$dir/bin/id"
printf '#!/bin/sh\nexit 1\n' | tee "$dir/bin/sudo" > "$dir/bin/dpkg-query"
chmod +x "$dir/bin"/*
out=$(PATH=$dir/bin:$PATH conf/deps.sh image 2>&1 < /dev/null)
is $? 1 "without packages, root or sudo it ends"
like "$out" 'sudo apt-get install -y --no-install-recommends nginx$' \
	"and prints the line to type"

check "make install works" make -s install DESTDIR="$dir" PREFIX=/usr
like "$("$dir/usr/bin/shopd" --version)" '^shopd [0-9]' "the program runs"
is "$(ls "$dir/usr/share/shopd/migrations")" "$(ls db/migrations)" \
	"all migrations are installed"
out=$(cd / && unset MIGRATIONS_DIR && DATABASE_URL="postgresql:///x?host=$dir" \
	"$dir/usr/bin/shopd" migrate up 2>&1)
like "$out" 'migrate: cannot prepare' "and found: only the database is missing"
unlike "$(cat "$units"/*)" '@PREFIX@' "the units name real paths"
like "$(cat "$dir/etc/logrotate.d/shopd")" \
	'^[^{]*/var/log/shopd/nginx-\*\.log .*USR1 shopd-nginx.service' \
	"nginx's logs are rotated"

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
