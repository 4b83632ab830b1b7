#!/bin/bash
# SPDX-License-Identifier: MIT
# conf/deps.sh GROUP...: install the Debian packages that are missing.
# Groups: build, assets (what fetches the pages' scripts), runtime (shopd's
# libraries), image (what a container adds),
# run (the stack), check (tests), browser (tests of the pages), docker (the
# test of the image), bench (the load and the programs to compare with).
set -eu

packages() {
	case $1 in
	build)
		echo gcc make pkg-config libc6-dev libfcgi-dev libpq-dev
		echo libjson-c-dev libjwt-dev libcrypt-dev
		echo libcurl4-openssl-dev libssl-dev
		;;
	assets)
		echo npm
		;;
	runtime)
		echo libfcgi0ldbl libpq5 libjson-c5 libjwt0 libcrypt1
		echo libcurl4 libssl3 ca-certificates
		;;
	image)
		echo nginx
		;;
	run)
		echo postgresql-15 postgresql-client-15 nginx curl util-linux
		;;
	check)
		echo check clang clang-format libclang-rt-14-dev shellcheck
		echo libjansson-dev jq openssl procps libfcgi-bin spawn-fcgi
		echo systemd python3 python3-aiosmtpd libfaketime
		;;
	docker)
		echo buildah debootstrap
		;;
	bench)
		echo wrk python3 gunicorn python3-flask python3-psycopg2
		echo uvicorn python3-fastapi python3-asyncpg python3-uvloop
		echo python3-httptools golang-go
		echo golang-github-jackc-pgx-v4-dev
		;;
	browser)
		echo chromium
		;;
	*)
		echo "no group of packages is called $1" >&2
		return 1
		;;
	esac
}

missing=
for group; do
	for p in $(packages "$group"); do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" \
			2>/dev/null)" = installed ] || missing="$missing $p"
	done
done
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" != 0 ]; then
	# sudo asks for a password only where somebody can type it.
	if sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo > /dev/null; }
	then
		root=sudo
	else
		echo "These packages are missing; install them with:" >&2
		echo "  sudo apt-get install -y --no-install-recommends$missing" >&2
		exit 1
	fi
fi
echo "installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
$root apt-get update -qq > "$log" 2>&1 ||
	echo "apt-get update failed; trying with the lists there are" >&2
# shellcheck disable=SC2086
$root apt-get install -y -qq --no-install-recommends $missing \
	> "$log" 2>&1 < /dev/null || {
	tail -n 20 "$log" >&2
	exit 1
}
