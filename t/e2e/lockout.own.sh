#!/bin/bash
# SPDX-License-Identifier: MIT
# The lockout after ten wrong passwords, over new workers and whatever the
# client says of its address.
set -u
. "$(dirname "$0")/../help/tap.sh"
stack_start "$tap_tmp/var" RATE_LIMITS=on || exit 1

# login PASSWORD: "STATUS RETRY-AFTER"
login() {
	curl -s -m 10 -o "$tap_tmp/body" "$BASE_URL/api/v1/auth/login" \
		-w '%{http_code} %header{retry-after}' \
		-H 'Content-Type: application/json' \
		-H "X-Forwarded-For: 10.0.0.$RANDOM" \
		-d "{\"email\":\"alice@example.com\",\"password\":\"$1\"}"
}

for ((i = 0; i < 10; i++)); do
	status=$(login wrong)
done
is "$status" "401 " "ten wrong passwords are told so"
kill -HUP "$SHOPD_PID"
sleep 1
like "$(login correct-horse-alice)" '^429 [0-9]+$' \
	"then even the right one waits, also for new workers"
like "$(cat "$tap_tmp/body")" too_many_attempts "and the code says why"

finish
