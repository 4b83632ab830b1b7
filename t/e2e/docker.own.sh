#!/bin/bash
# SPDX-License-Identifier: MIT
# The image builds on a fresh Debian and its program runs.  The check stage
# is left out: it is what runs this script.
set -u
. "$(dirname "$0")/../help/tap.sh"
cd "$top" || exit 1

without() {
	skip "docker/Dockerfile builds and runs" "$1"
	finish
}
[ -z "${NO_DOCKER-}" ] || without "NO_DOCKER is set"
[ "$(id -u)" = 0 ] || without "only root can make the base image"
conf/deps.sh docker > /dev/null 2>&1 ||
	without "buildah and debootstrap cannot be installed"

dir=$(new_dir)
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI)' \
	'Created-By: Packages' 2> /dev/null | head -n 1)
debootstrap --variant=minbase bookworm "$dir/base" ${mirror:+"$mirror"} \
	> "$dir/log" 2>&1 || without "debootstrap: $(tail -n 1 "$dir/log")"

# A store of its own, and no engine: nothing outside the directory changes.
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
b() { buildah --root "$dir/root" --runroot "$dir/run" "$@"; }
if ! { c=$(b from scratch) && b add -q "$c" "$dir/base" &&
	b commit -q "$c" shopd-base; } > "$dir/log" 2>&1; then
	without "buildah: $(tail -n 1 "$dir/log")"
fi
b rm -a > /dev/null
rm -rf "$dir/base"

version=$(obj/shopd --version)
if b bud --isolation chroot -f docker/Dockerfile -t shopd --layers=false \
	--build-arg BASE=localhost/shopd-base --build-arg CHECK=no \
	--build-arg VERSION="${version#shopd }" . > "$dir/log" 2>&1; then
	pass "docker/Dockerfile builds"
else
	fail "docker/Dockerfile builds" "$(tail -n 20 "$dir/log")"
	finish
fi
c=$(b from --pull-never localhost/shopd)
is "$(b run --isolation chroot "$c" -- /usr/bin/shopd --version)" "$version" \
	"the image's program runs and is of this version"
is "$(b inspect --format '{{.OCIv1.Config.User}}' "$c")" www-data \
	"and not as root"
check "the pages have their scripts" b run --isolation chroot "$c" -- \
	test -s /usr/share/shopd/static/vendor/lit-html/lit-html.js
check "the image's nginx takes its configuration" \
	b run --isolation chroot "$c" -- sh -c 'LOG=/tmp /usr/share/shopd/nginx.sh \
	> /tmp/nginx.conf && mkdir -p /run/shopd-nginx/tmp &&
	nginx -t -q -e stderr -c /tmp/nginx.conf'
finish
