#!/bin/bash
# SPDX-License-Identifier: MIT
# The alerts, by t/e2e/alerts.yaml.
set -u
. "$(dirname "$0")/../help/tap.sh"
if command -v promtool > /dev/null; then
	check "the rules are well-formed" \
		promtool check rules "$top/conf/prometheus-rules.yaml"
	check "they fire when they should" \
		promtool test rules "$top/t/e2e/alerts.yaml"
else
	skip "the alerts" "promtool is not installed"
fi
finish
