#!/bin/bash
# SPDX-License-Identifier: MIT
# The API document: what the program prints is what it serves, and Redocly's
# linter, which also holds every example against its schema, finds nothing.
set -u
. "$(dirname "$0")/../help/api.sh"
. "$(dirname "$0")/../help/npm.sh"
cd "$top" || exit 1
redocly=@redocly/cli@2.77.0	# the last one for Node 20

doc=$tap_tmp/openapi.json
a=$(curl -s -D - -o "$doc" "$BASE_URL/openapi.json" | tr -d '\r')
like "$a" '^HTTP/1.1 200' "it is served"
like "$a" $'\n''Content-Type: application/json'$'\n' "as JSON"
is "$(jq -r .openapi "$doc")" 3.1.0 "OpenAPI 3.1"
# The public address is this stack's there.
is "$(jq -S 'del(.servers)' "$doc" | md5sum)" \
	"$(obj/shopd openapi | jq -S 'del(.servers)' | md5sum)" \
	"it is what shopd openapi prints"

# Every operation: an id of its own, a summary, a tag, security, an answer.
ops='[.paths[] | to_entries[] | select(.key | test("get|put|post|patch|delete"))
	| .value]'
is "$(jq "$ops | length" "$doc")" \
	"$(jq "$ops | map(.operationId) | unique | length" "$doc")" \
	"no id is there twice"
is "$(jq -c "$ops | map(select((.summary and .tags[0] and .security and
	(.responses | length > 1)) | not) | .operationId)" "$doc")" "[]" \
	"every operation has summary, tag, security and answers"
is "$(jq -c "$ops | map(select([.responses | to_entries[] |
	select(.key | test(\"^20[0-3]\")) | .value.content[]?] |
	map(select(.schema | not)) | length > 0) | .operationId)" "$doc")" \
	"[]" "and its answer a schema"
is "$(jq -c "$ops | map(select(.requestBody.content[\"application/json\"] |
	. and (has(\"example\") and has(\"schema\") | not)) |
	.operationId)" "$doc")" "[]" "and its body a schema and an example"
is "$(jq -c '.paths | to_entries | map(select(.key | test("^/api/v1") | not))
	| map(.key as $p | .value[] | select(.tags[0] != "Aliases" and
	.tags[0] != "Health") | $p)' "$doc")" '["/product/all_products"]' \
	"what is outside of /api/v1 is marked as an alias"

# What an answer says in words of a list is a value that a request may have.
is "$(jq -c '.components.schemas | [.order_status.properties.status,
	.order.properties.status, .order_event.properties.to] |
	map(.enum) | unique | length' "$doc")" 1 \
	"an order has the same statuses everywhere"
is "$(jq -c '.paths["/api/v1/orders/health/stock-check"].get.parameters[0]
	.schema.enum + [null] == .components.schemas.stock_filters.properties
	.category.enum' "$doc")" true "and so have the filters of the stock"

# Whoever follows the flow of OAuth 2.0 sends forms.
is "$(jq -c '. as $d | .components.securitySchemes.password.flows.password |
	[.tokenUrl, .refreshUrl // empty] | map($d.paths[.].post.requestBody
	.content | has("application/x-www-form-urlencoded"))' "$doc")" \
	"[true]" "the URLs of OAuth 2.0 take its forms"

# What it shows is taken as it stands.
example() {
	jq -c --arg path "$1" '.paths[$path].post.requestBody
		.content["application/json"].example' "$doc"
}
send POST /api/v1/auth/login "$(example /api/v1/auth/login)"
want 200 "the example of a login signs in"
be "$(j .access_token)"
send POST /api/v1/orders "$(example /api/v1/orders)"
want 201 "the example of an order orders"
ask POST "/api/v1/orders/$(j .id)/cancel"

why=$(npm_need obj/redocly "$redocly")
if [ -n "$why" ]; then
	skip "redocly lint" "$why"
	finish
fi
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
check "redocly lint, strictly" obj/redocly/node_modules/.bin/redocly lint \
	--config t/e2e/redocly.yaml --format=stylish "$doc"
finish
