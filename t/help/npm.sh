# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The checkers that come from npm, at pinned versions, in obj/.

# npm_need DIRECTORY PACKAGE@VERSION...: says what is missing, or nothing.
npm_need() {
	local dir=$1
	shift
	command -v node > /dev/null || {
		echo "node is not installed"
		return
	}
	command -v npm > /dev/null || {
		echo "npm is not installed"
		return
	}
	[ "$(cat "$dir/.pins" 2> /dev/null)" != "$*" ] || return 0
	npm install --silent --no-audit --no-fund --ignore-scripts \
		--prefix "$dir" "$@" > /dev/null 2>&1 || {
		echo "npm does not give $*"
		return
	}
	echo "$*" > "$dir/.pins"
}
