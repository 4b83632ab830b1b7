#!/bin/sh
# SPDX-License-Identifier: MIT
# Print nginx's configuration, the template beside this file with its values
# put in; `nginx.sh run` writes it to RUN/nginx.conf and becomes nginx, which
# `nginx.sh reload` gives another, if that is one it takes.
#
#	LISTEN		address:port			(0.0.0.0:8080)
#	RUN		directory of pid, cache, bodies	(/run/shopd-nginx)
#	SOCKETS		directory of shopd's sockets	(/run/shopd)
#	LOG		directory of the logs		(/var/log/shopd)
#	SPOOL		directory of long answers	(RUN/tmp/fastcgi)
#	STATIC		directory of the pages
#	NGINX_USER	user of nginx's workers, empty: the caller's
#	RATE_LIMITS	off: no limits per address
#	TRUSTED_PROXIES	networks whose X-Forwarded-For is believed
#	CORS_ORIGINS	as shopd's: they may read nginx's own errors, too
set -euf
dir=$(cd "$(dirname "$0")" && pwd)
STATIC=${STATIC:-$dir/static}
RUN=${RUN:-/run/shopd-nginx}
user='' real_ip='' origins=''
[ -z "${NGINX_USER-}" ] || user="user $NGINX_USER;"
for net in $(echo "${TRUSTED_PROXIES-}" | tr , ' '); do
	real_ip="$real_ip set_real_ip_from $net;"
done
[ -z "$real_ip" ] ||
	real_ip="$real_ip real_ip_header X-Forwarded-For; real_ip_recursive on;"

# The origin itself, as the map ignores case.
for origin in $(echo "${CORS_ORIGINS-}" | tr , ' '); do
	origins="$origins \"$origin\" \"$origin\";"
done

# A path as sed's replacement.
path() { printf %s "$1" | sed 's/[\\&|]/\\&/g'; }

render() {
	sed -e "s|@USER@|$user|; s|@REAL_IP@|${real_ip# }|" \
		-e "s|@LISTEN@|${LISTEN:-0.0.0.0:8080}|" \
		-e "s|@RUN@|$(path "$RUN")|g" \
		-e "s|@SOCKETS@|$(path "${SOCKETS:-/run/shopd}")|g" \
		-e "s|@LOG@|$(path "${LOG:-/var/log/shopd}")|g" \
		-e "s|@STATIC@|$(path "$STATIC")|" \
		-e "s|@SPOOL@|$(path "${SPOOL:-$RUN/tmp/fastcgi}")|" \
		-e "s|@CORS_ORIGINS@|$origins|" \
		-e "s|@RATE_LIMITS@|${RATE_LIMITS:-on}|" "$dir/nginx.conf"
}

[ $# -gt 0 ] || {
	render
	exit
}
mkdir -p "$RUN/tmp"
render > "$RUN/nginx.conf.new"
[ "$1" = run ] || nginx -t -q -e stderr -c "$RUN/nginx.conf.new"
mv "$RUN/nginx.conf.new" "$RUN/nginx.conf"
[ "$1" = run ] || exec kill -HUP "$(cat "$RUN/nginx.pid")"
exec nginx -e stderr -c "$RUN/nginx.conf" -g 'daemon off;'
