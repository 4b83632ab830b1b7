#!/bin/sh
# SPDX-License-Identifier: MIT
# make install calls it with DESTDIR and PREFIX.
set -eu
umask 022
cd "$(dirname "$0")/.."
to=${DESTDIR-}$PREFIX
share=$to/share/shopd
# systemd looks into these and into /etc, logrotate into /etc alone.
etc=${DESTDIR-}/etc
case $PREFIX in
/usr | /usr/local) lib=$to/lib ;;
*) lib=$etc ;;
esac
units=$lib/systemd/system

install -D -m 755 obj/shopd "$to/bin/shopd"
mkdir -p "$share/migrations" "$units"
install -m 644 db/migrations/*.sql "$share/migrations"
install -m 644 conf/roles.sql conf/nginx.conf \
	conf/prometheus-rules.yaml conf/grafana.json "$share"
install -m 755 conf/nginx.sh "$share"
if [ -d app/web/static ]; then
	rm -rf "$share/static"
	cp -R app/web/static "$share/static"
	chmod -R a+rX "$share/static"
fi
for unit in conf/*.service conf/*.socket; do
	sed "s|@PREFIX@|$PREFIX|g" "$unit" > "$units/${unit##*/}"
done
install -D -m 644 conf/shopd.sysusers "$lib/sysusers.d/shopd.conf"
install -D -m 644 conf/shopd.logrotate "$etc/logrotate.d/shopd"
install -D -m 644 README.md "$to/share/doc/shopd/README.md"
install -m 644 conf/*.env.sample "$to/share/doc/shopd"
