#!/bin/bash
# SPDX-License-Identifier: MIT
# Requests by chance, made from the API document, on a stack of their own;
# then the invariants.  SEED=n repeats a walk, REQUESTS=n makes it longer.
set -u
. "$(dirname "$0")/../help/tap.sh"
. "$(dirname "$0")/../help/npm.sh"
cd "$top" || exit 1

why=$(npm_need obj/ajv ajv@8.20.0 ajv-formats@3.0.1)
if [ -n "$why" ]; then
	skip "requests by chance" "$why"
	finish
fi
VAR=$(new_dir)
if ! stack_start "$VAR"; then
	fail "the stack starts"
	finish
fi
curl -s -o "$tap_tmp/openapi.json" "$BASE_URL/openapi.json"
tap_pipe timeout 400 node t/e2e/random.mjs "$tap_tmp/openapi.json" \
	"$BASE_URL" "${REQUESTS-2000}" ${SEED+"$SEED"}
check "the invariants hold" "${SHOPD:-obj/shopd}" check
is "$(grep -c '"level":"error"' "$VAR/log/shopd.log")" 0 \
	"no error in the log"
stack_stop
finish
