#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/deb.sh [FOLDER]      (make deb)
#
# Builds Debian's packages into FOLDER (build/deb), from what git knows of this tree, with
# packaging/debian as debian/. DEB_BUILD_OPTIONS=nocheck leaves the unit tests out.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(realpath -m "${1:-build/deb}")
for tool in dpkg-buildpackage dh; do
    command -v $tool >/dev/null || { echo "deb.sh: $tool is missing: apt-get install debhelper dpkg-dev" >&2; exit 1; }
done
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' packaging/debian/changelog)
ours=$(sed -n 's/^VERSION := //p' Makefile)
[ "$version" = "$ours" ] || { echo "deb.sh: packaging/debian/changelog is of $version, the Makefile of $ours" >&2; exit 1; }

tree=$folder/sockwatch-$version
rm -rf "$folder"
mkdir -p "$tree"
git ls-files -z | while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
    tar --null -T - -cf - | tar -C "$tree" -xf -
cp -a "$tree/packaging/debian" "$tree/debian"
cd "$tree"
# the same bytes wherever and whenever: times are the changelog's, paths of the build are mapped
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -STimestamp)
export SOURCE_DATE_EPOCH MAKEFLAGS= MAKELEVEL=
unset MAKELEVEL
dpkg-buildpackage -us -uc
cd "$folder"
ls -1 ./*.deb
