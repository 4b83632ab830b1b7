#!/bin/bash
# SPDX-License-Identifier: MIT
# Behind a proxy that is trusted: whose address counts.
set -u
. "$(dirname "$0")/../help/tap.sh"
stack_start "$(new_dir)" \
	TRUSTED_PROXIES='192.0.2.0/24,127.0.0.1 2001:db8::/32' || exit 1

# status PATH [ADDRESS]: as the proxy asks for a client of that address.
status() {
	curl -s -m 10 -o /dev/null -w '%{http_code}' --path-as-is \
		${2:+-H "X-Forwarded-For: $2"} "$BASE_URL$1"
}

for path in /metrics /metrics/ /%6detrics /%6detrics/ '/metrics?' \
	'/metrics/?'; do
	is "$(status "$path" 8.8.8.8)" 404 "not for everybody: $path"
	is "$(status "$path" '127.0.0.1, 8.8.8.8')" 404 \
		"nor for who claims to be here: $path"
	is "$(status "$path")" 200 "for the loopback: $path"
done
is "$(status /nginx-status/ 8.8.8.8) $(status /nginx-status 8.8.8.8)" \
	"404 404" "nginx's own counters are not shown either"
is "$(status /nginx-status)" 200 "but on the loopback"
stack_stop
finish
