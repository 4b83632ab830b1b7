#!/bin/bash
# SPDX-License-Identifier: MIT
# All that the scripts before this one have sent and got, against the API
# document.
set -u
. "$(dirname "$0")/../help/tap.sh"
. "$(dirname "$0")/../help/npm.sh"
cd "$top" || exit 1

why=$(npm_need obj/ajv ajv@8.20.0 ajv-formats@3.0.1)
[ -n "${EXCHANGES-}" ] || why="nothing was recorded"
if [ -n "$why" ]; then
	skip "the traffic is as the document says" "$why"
	finish
fi
doc=$tap_tmp/openapi.json
curl -s -o "$doc" "$BASE_URL/openapi.json"
jq 'del(.components.schemas.health.properties.database)' "$doc" \
	> "$tap_tmp/lie.json"
like "$(node t/e2e/validate.mjs "$tap_tmp/lie.json" "$EXCHANGES")" \
	$'\n''not ok 2' "a document that lies is seen to"
tap_pipe timeout 240 node t/e2e/validate.mjs "$doc" "$EXCHANGES"
finish
