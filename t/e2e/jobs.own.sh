#!/bin/bash
# SPDX-License-Identifier: MIT
# The jobs: mail to a real server, webhooks, expiry, and what happens when
# the others are down, slow or wrong: t/e2e/jobs.py plays them.
set -u
. "$(dirname "$0")/../help/tap.sh"
VAR=$(new_dir)
port=$(free_port)
stack_start "$VAR" WEBHOOK_INSECURE=on MAIL_URL="smtp://127.0.0.1:$port" \
	MAIL_FROM=shop@example.com SHOP_NAME="Käse & Co" || exit 1
SMTP_PORT=$port VAR=$VAR /usr/bin/python3 "$top/t/e2e/jobs.py"
