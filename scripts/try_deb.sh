#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/try_deb.sh [--once] [SUITE...]      (as root; needs debhelper, lintian and debootstrap)
#
# Builds Debian's packages twice, which must give the same bytes, asks lintian, and tries them in a
# fresh root of each suite (bookworm, trixie): install, a change by the administrator, upgrade,
# removal, purge. --once: what lies in build/deb is tried, nothing is built. ROOTS=FOLDER keeps the
# roots there as tar files for the next time.
set -euo pipefail
cd "$(dirname "$0")/.."

once=0
suites=()
for word in "$@"; do
    case $word in
    --once) once=1 ;;
    -*) echo "try_deb.sh: unknown option '$word'" >&2; exit 2 ;;
    *) suites+=("$word") ;;
    esac
done
[ ${#suites[@]} -gt 0 ] || suites=(bookworm trixie)

scratch=$(mktemp -d /var/tmp/sockwatch-try-XXXXXX)
trap 'rm -rf --one-file-system "$scratch"' EXIT
roots=${ROOTS:-$scratch}
fail() { echo "not ok - $1" >&2; exit 1; }
ok() { echo "ok - $1"; }

if [ $once = 0 ]; then
    scripts/deb.sh "$scratch/first" >"$scratch/first.log" 2>&1 || { tail -20 "$scratch/first.log" >&2; fail "build"; }
    # the second time in another folder
    DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:-} nocheck" scripts/deb.sh build/deb >"$scratch/second.log" 2>&1 || fail "second build"
    for deb in "$scratch"/first/*.deb "$scratch"/first/*.dsc "$scratch"/first/*.tar.*; do
        cmp "$deb" "build/deb/${deb##*/}" || fail "two builds differ: ${deb##*/}"
    done
    ok "two builds have the same bytes"
fi
said=$(lintian --allow-root --fail-on error,warning build/deb/*.changes) || fail "lintian: $said"
ok "lintian has no error and no warning"

# A root with the suite's base system alone.
make_root() { # suite folder
    [ -e "$roots/$1.tar" ] || {
        debootstrap --variant=minbase "$1" "$2" >"$scratch/debootstrap.log" 2>&1 || { tail -3 "$scratch/debootstrap.log" >&2; return 1; }
        tar -C "$2" --one-file-system -cf "$roots/$1.tar.new" . && mv "$roots/$1.tar.new" "$roots/$1.tar"
        return
    }
    mkdir -p "$2" && tar -C "$2" -xf "$roots/$1.tar"
}

inside() { # in mounts and processes of its own
    unshare --mount --pid --fork --kill-child -- bash -c '
        root=$1; shift
        mount --make-rprivate / && mount --bind "$root" "$root" && mount -t proc proc "$root/proc"
        [ ! -e /etc/resolv.conf ] || cat /etc/resolv.conf >"$root/etc/resolv.conf"
        exec chroot "$root" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' bash "$@"
}

# The same packages, of a higher version: what an upgrade does is in their scripts.
newer() { # folder
    local deb tree
    for deb in build/deb/sockwatch_*.deb build/deb/sockwatch-record_*.deb; do
        tree=$scratch/tree && rm -rf "$tree" && dpkg-deb -R "$deb" "$tree"
        sed -i 's/^Version: .*/&+try1/' "$tree/DEBIAN/control"
        dpkg-deb --root-owner-group -b "$tree" "$1" >/dev/null
    done
}

try() { # suite
    local root=$scratch/$1 conf=/etc/sockwatch/record.conf
    make_root "$1" "$root" || { echo "skip - $1 # no root of it can be had"; return 0; }
    mkdir -p "$root/debs/new" && cp build/deb/*.deb "$root/debs/" && rm -f "$root"/debs/*dbgsym* && newer "$root/debs/new"
    inside "$root" sh -c 'apt-get update && apt-get install -y --no-install-recommends ./debs/*.deb' >"$scratch/apt.log" 2>&1 ||
        { tail -20 "$scratch/apt.log" >&2; fail "$1: install"; }
    inside "$root" sh -c "sockwatch --version && sockwatch record --check --config $conf &&
        getent passwd sockwatch && [ \"\$(stat -c %U:%G:%a /var/lib/sockwatch)\" = sockwatch:sockwatch:750 ] &&
        [ ! -e /etc/systemd/system/multi-user.target.wants/sockwatch-record.service ] &&
        [ -s /usr/share/bash-completion/completions/sockwatch ] && [ -s /usr/share/zsh/vendor-completions/_sockwatch ] &&
        systemd-analyze security --offline=true --threshold=20 --no-pager sockwatch-record.service | tail -1" || fail "$1: what is installed"
    ok "$1: installs, with its user, its directory and a unit that is not enabled"
    inside "$root" sh -c "echo 'max-size 2G' >>$conf && touch /var/lib/sockwatch/kept && dpkg -i /debs/new/*.deb >/debs/log 2>&1 &&
        grep -q '^max-size 2G' $conf && [ -e /var/lib/sockwatch/kept ] && sockwatch record --check --config $conf 2>&1 | grep -q 'up to 2G'" ||
        fail "$1: upgrade"
    ok "$1: an upgrade keeps the options and what is recorded"
    inside "$root" sh -c "dpkg -r sockwatch-record >/dev/null 2>&1 && [ -e $conf ] && [ -e /var/lib/sockwatch/kept ] && [ -x /usr/sbin/sockwatch ]" || fail "$1: removal"
    inside "$root" sh -c "dpkg -P sockwatch-record sockwatch >/dev/null 2>&1 && [ ! -e /etc/sockwatch ] && [ ! -e /var/lib/sockwatch ] &&
        ! find / -xdev -path /debs -prune -o -path /proc -prune -o -iname '*sockwatch*' -print | grep ." || fail "$1: purge leaves something"
    ok "$1: a purge leaves nothing"
}

for suite in "${suites[@]}"; do
    try "$suite"
done
