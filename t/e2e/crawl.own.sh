#!/bin/bash
# SPDX-License-Identifier: MIT
# Somebody reads every page once while there is little room for nginx's
# copies: each answer is whole.
set -u
. "$(dirname "$0")/../help/tap.sh"
stack_start "$(new_dir)" || exit 1
dir=$(new_dir)
end() {
	kill "$pid" && wait "$pid"
	umount "$dir"
	tap_exit
}
if ! mount -t tmpfs -o size=64m tmpfs "$dir" 2> /dev/null; then
	skip "a small file system" "it cannot be mounted"
	finish
fi
trap end EXIT
jq -n '[range(200) | {title: "Item \(.)", sku: "CRAWL-\(.)", price: 1,
	description: ("A thing of which much can be said. " * 10)}]' \
	> "$tap_tmp/items.json"
check "200 products" "${SHOPD:-$top/obj/shopd}" import "$tap_tmp/items.json"

port=$(free_port)
mkdir "$dir/tmp"
chown -R --reference="$RUN/tmp" "$dir"
sockets=$RUN/app
RUN=$dir SOCKETS=$sockets LOG=$tap_tmp LISTEN=127.0.0.1:$port \
	NGINX_USER=$([ "$(id -u)" = 0 ] && echo www-data) \
	"$top/conf/nginx.sh" > "$tap_tmp/nginx.conf"
nginx -e "$tap_tmp/nginx-error.log" -c "$tap_tmp/nginx.conf" \
	-g 'daemon off;' &
pid=$!
for ((i = 0; i < 1200; i++)); do
	printf 'url="http://127.0.0.1:%d/api/v1/products?limit=100&%s=%d"\n' \
		"$port" max_price_cents $((1000 + i))
	echo 'output="/dev/null"'
done > "$tap_tmp/urls"
wait_for 5 curl -sf "http://127.0.0.1:$port/health"
# 60 a second of 70 KB each.
codes=$(command curl -s --rate 3600/m -w '%{http_code}\n' \
	-K "$tap_tmp/urls" | sort | uniq -c)
is "$(tr -s ' ' <<< "$codes")" " 1200 200" "1,200 pages are whole"
finish
