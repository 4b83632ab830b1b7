#!/bin/sh
# SPDX-License-Identifier: MIT
# Print nginx's configuration: conf/nginx.conf with its values put in.
#
#	LISTEN		address:port			(0.0.0.0:8080)
#	RUN		directory of sockets and cache	(/run/shopd)
#	LOG		directory of the logs		(/var/log/shopd)
#	STATIC		directory of the pages		(app/web/static)
#	NGINX_USER	user of nginx's workers, empty: the caller's
#	RATE_LIMITS	off: no limits per address
#	TRUSTED_PROXIES	networks whose X-Forwarded-For is believed
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
user='' real_ip=''
[ -z "${NGINX_USER-}" ] || user="user $NGINX_USER;"
for net in ${TRUSTED_PROXIES-}; do
	real_ip="$real_ip set_real_ip_from $net;"
done
[ -z "$real_ip" ] ||
	real_ip="$real_ip real_ip_header X-Forwarded-For; real_ip_recursive on;"

exec sed -e "s|@USER@|$user|; s|@REAL_IP@|${real_ip# }|" \
	-e "s|@LISTEN@|${LISTEN:-0.0.0.0:8080}|" \
	-e "s|@RUN@|${RUN:-/run/shopd}|g; s|@LOG@|${LOG:-/var/log/shopd}|g" \
	-e "s|@STATIC@|${STATIC:-$top/app/web/static}|" \
	-e "s|@RATE_LIMITS@|${RATE_LIMITS:-on}|" \
	"${NGINX_TEMPLATE:-$top/conf/nginx.conf}"
