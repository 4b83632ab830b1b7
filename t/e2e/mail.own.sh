#!/bin/bash
# SPDX-License-Identifier: MIT
# Mail with a password, over TLS, to a server whose certificate is made here:
# t/e2e/mail.py plays it. The jobs alone, without the rest of a stack.
set -u
. "$(dirname "$0")/../help/tap.sh"
VAR=$(new_dir)
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=mail \
	-addext subjectAltName=IP:127.0.0.1 -keyout "$VAR/key" \
	-out "$VAR/cert" 2> "$VAR/openssl" || {
	cat "$VAR/openssl" >&2
	exit 1
}
SMTP_PORT=$(free_port)
export VAR SMTP_PORT
exec "$top/t/pg.sh" /usr/bin/python3 "$top/t/e2e/mail.py"
