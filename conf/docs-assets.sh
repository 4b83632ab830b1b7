#!/bin/bash
# SPDX-License-Identifier: MIT
# Fetch the scripts of the API pages and of the admin's page from npm, pinned
# and checked, into app/web/static/vendor (or the directory given).  Without
# npm or network it says so and the pages do without them.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$top/app/web/static/vendor}
cache=$top/obj/assets

# name version sha256-of-the-tarball, then the files that are served
packages() {
	cat <<-'END'
	swagger-ui-dist 5.35.0 1b8e891893404ea4c3558b6a87e2a3e494e7eedba41168c2ece5800a391a6ea6 swagger-ui.css swagger-ui-bundle.js LICENSE NOTICE swagger-ui-bundle.js.LICENSE.txt
	redoc 2.5.4 44922df4d0eb45c1b066c09ec251e6bd9bd7ded16bc69e87613337b9d911a56e bundles/redoc.standalone.js LICENSE bundles/redoc.standalone.js.LICENSE.txt
	@scalar/api-reference 1.46.4 335d7f2d3a8ebb6b93a0e45142f5ee15965c09826bcacb18aeb1c5c187eedcb5 dist/browser/standalone.js package.json
	lit-html 3.3.3 ae004138a6327c362fee8e48db2a8ee9619a6ca3014c802857395e6ac447a0eb lit-html.js LICENSE
	uplot 1.6.32 4b8a8191e425658e3ea8c8c1314b0fc679c861ee3a1af2b20c7b16ba50b5133d dist/uPlot.iife.min.js dist/uPlot.min.css LICENSE
	@picocss/pico 2.1.1 4affbb56f49df6d5325610b06762156f1dcdbc6ef57cea5c136d7e8a00a8cd24 css/pico.min.css LICENSE.md
	END
}

skip() {
	echo "docs-assets: $*: the API pages are plain lists of the operations" \
		"and /admin/ does not work" >&2
	exit 0
}

die() {
	echo "docs-assets: $*" >&2
	exit 1
}

pins=$(sha256sum < "$0")
[ "$(cat "$out/.pins" 2>/dev/null)" != "$pins" ] || exit 0

# The tarball's name as `npm pack` writes it: @scalar/x -> scalar-x.
tarball() {
	local n=${1#@}
	echo "$cache/${n//\//-}-$2.tgz"
}

fetch() {
	local tgz
	tgz=$(tarball "$1" "$2")
	[ ! -s "$tgz" ] || return 0
	command -v npm > /dev/null || skip "npm is not installed"
	(cd "$cache" && npm pack --silent --ignore-scripts \
		--fetch-retries=1 --fetch-timeout=30000 "$1@$2") > /dev/null 2>&1
	[ -s "$tgz" ] || skip "npm did not give $1@$2"
}

# Unpack the named files, without directories, below the package's own name.
unpack() {
	local name=$1 version=$2 dir f
	shift 3
	dir=$new/${name##*/}
	mkdir -p "$dir" "$cache/unpacked"
	tar -xzf "$(tarball "$name" "$version")" -C "$cache/unpacked" \
		"${@/#/package/}" || die "$name@$version lacks a file"
	for f; do
		install -m 644 "$cache/unpacked/package/$f" "$dir/"
	done
	rm -rf "$cache/unpacked"
}

mkdir -p "$cache" || exit 1
# Two stacks that start from one checkout fetch once.
exec 9> "$cache/lock"
flock 9
[ "$(cat "$out/.pins" 2>/dev/null)" != "$pins" ] || exit 0
echo "docs-assets: fetching the scripts of the pages from npm" >&2
new=$out.new
rm -rf "$new"
mkdir -p "$new" || exit 1
trap 'rm -rf "$new"' EXIT
while read -r name version sum files; do
	fetch "$name" "$version"
	tgz=$(tarball "$name" "$version")
	echo "$sum  $tgz" | sha256sum --status -c || {
		rm -f "$tgz"
		die "$name@$version is not the package that was pinned"
	}
	# shellcheck disable=SC2086
	unpack "$name" "$version" "$sum" $files
done < <(packages)

# ReDoc's badge would be the only thing that comes from another host, and
# Scalar asks whether it may eval, which our policy would report.
replace() {
	grep -qF "$2" "$1" || die "$1 has no $2"
	sed -i "s#$2#$3#" "$1"
}
replace "$new/redoc/redoc.standalone.js" \
	https://cdn.redoc.ly/redoc/logo-mini.svg data:,
replace "$new/api-reference/standalone.js" \
	'try{return new Function(""),!0}catch(e){return!1}' 'return!1'
find "$new" \( -name '*.js' -o -name '*.css' \) -exec gzip -9kn {} +
echo "$pins" > "$new/.pins"
rm -rf "$out"
mv "$new" "$out"
