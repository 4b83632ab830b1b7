#!/bin/bash
# SPDX-License-Identifier: MIT
# The pages in headless Chromium, by the tests in t/browser.
set -u
. "$(dirname "$0")/../help/tap.sh"
cd "$top" || exit 1
set -a
. "$VAR/stack.env"
set +a

# Says what is missing, or nothing.
missing() {
	command -v node > /dev/null || echo "node is not installed"
	command -v npm > /dev/null || echo "npm is not installed"
	[ -s app/web/static/vendor/.pins ] ||
		echo "the pages' scripts are missing"
	conf/deps.sh browser > /dev/null 2>&1 || echo "chromium is not installed"
	[ -d obj/browser/node_modules/axe-core ] ||
		npm install --silent --no-audit --no-fund --ignore-scripts \
			--prefix obj/browser playwright-core@1.65.1 axe-core@4.14.1 \
			> /dev/null 2>&1 || echo "npm does not give playwright-core"
}

why=$(missing | head -n 1)
if [ -n "$why" ]; then
	skip "pages in a browser" "$why"
	finish
fi
for t in t/browser/*.mjs; do
	[ "${t##*/}" != browser.mjs ] || continue
	tap_pipe timeout 240 node "$t"
done
finish
