#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/sysroot.sh ARCH FOLDER [PACKAGE...]
#
# Puts Debian's packages for another processor (ARCH: arm64, armhf, amd64, ...) with all that they depend
# on into FOLDER, unpacked and not set up: what a cross compiler needs as its sysroot, or, with the
# packages named, the root of an emulated machine. Without PACKAGEs: the libraries that sockwatch is
# built with. The release is this machine's (SOCKWATCH_SUITE names another), the mirror the one that its
# apt uses (SOCKWATCH_MIRROR names another), through an apt configuration of its own. What is there
# already is not downloaded again.
set -euo pipefail
. "$(dirname "$0")/apt_own.sh"

[ $# -ge 2 ] || { echo "usage: sysroot.sh ARCH FOLDER [PACKAGE...]" >&2; exit 2; }
arch=$1 folder=$2
shift 2
packages=("$@")
[ $# -gt 0 ] || packages=(
    libc6-dev linux-libc-dev libgcc-12-dev libbpf-dev libelf-dev zlib1g-dev libmnl-dev libseccomp-dev
    libsqlite3-dev libmd-dev libncurses-dev libmicrohttpd-dev libcmocka-dev libjansson-dev
)
cache=${SOCKWATCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sockwatch}/$arch

suite() {
    [ -z "${SOCKWATCH_SUITE:-}" ] || { echo "$SOCKWATCH_SUITE"; return; }
    sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

from=$(debian_mirror)
[ -n "$from" ] || { echo "sysroot.sh: apt names no Debian mirror: set SOCKWATCH_MIRROR" >&2; exit 1; }
mkdir -p "$cache" "$folder"
{
    sources_line "$from" "$(suite)"
    sources_line "${from%/}-security" "$(suite)-security"
} >"$cache/sources.list"

{
    [ -n "$(find "$cache/lists" -name '*_Packages*' -mtime -1 -print -quit)" ] || apt_own "$cache" "$arch" apt-get update
    apt_own "$cache" "$arch" apt-get install -y --no-install-recommends --download-only "${packages[@]}"
} >"$cache/log" 2>&1 || { echo "sysroot.sh: apt-get for $arch failed:" >&2; tail -n 5 "$cache/log" >&2; exit 1; }

# what was asked for and what it needs, but not what an earlier call downloaded besides
apt_own "$cache" "$arch" apt-get install -s -y --no-install-recommends "${packages[@]}" |
    sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1_\2/p' | sed 's/:/%3a/g' | while read -r name; do
    dpkg-deb -x "$(compgen -G "$cache/cache/archives/${name}_*.deb" | head -n 1)" "$folder"
done
# what is told by absolute links would be this machine's
find "$folder" -type l -lname '/*' -printf '%p\t%l\n' | while IFS=$'\t' read -r link target; do
    ln -sfn "$(realpath -m --relative-to="$(dirname "$link")" "$folder$target")" "$link"
done
