#!/bin/bash
# SPDX-License-Identifier: MIT
# Webhooks while a name server does not answer: t/e2e/resolver.py plays it, in
# a network of its own. The jobs alone, without the rest of a stack.
set -u
. "$(dirname "$0")/../help/tap.sh"
VAR=$(new_dir)
export VAR
echo 'nameserver 127.0.0.1' > "$VAR/resolv.conf"
if ! unshare -rmn mount --bind "$VAR/resolv.conf" /etc/resolv.conf 2> /dev/null
then
	skip "webhooks without a name server" "no namespaces here"
	finish
fi
# shellcheck disable=SC2016
exec "$top/t/pg.sh" unshare -rmn sh -c \
	'mount --bind "$VAR/resolv.conf" /etc/resolv.conf && exec "$@"' sh \
	/usr/bin/python3 "$top/t/e2e/resolver.py"
