#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/setup.sh [--check] [build] [test]
#
# Installs what building and testing need, through the distribution's package manager. Silent when
# nothing is missing. --check only says what is missing, in one line. On a distribution without
# apt-get it says so too: nothing is guessed about other package managers.
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"

check_only=0
groups=()
for word in "$@"; do
    case $word in
    --check) check_only=1 ;;
    build | test) groups+=("$word") ;;
    *) echo "setup.sh: unknown word '$word': build, test or --check" >&2; exit 2 ;;
    esac
done
[ ${#groups[@]} -gt 0 ] || groups=(build)

# what is needed, how to see that it is there, and Debian's package of it
needs_build=(
    "command:cc gcc" "command:make make" "command:clang clang" "command:bpftool bpftool"
    "header:bpf/libbpf.h libbpf-dev" "header:libelf.h libelf-dev" "header:zlib.h zlib1g-dev"
    "header:stdio.h libc6-dev" "header:linux/bpf.h linux-libc-dev"
)
needs_test=(
    "header:cmocka.h libcmocka-dev" "command:python3 python3" "command:curl curl"
    "command:ip iproute2" "command:setpriv util-linux" "command:clang-format clang-format"
    "command:mandoc mandoc" "library:libasan.so gcc"
)

header_is_there() {
    # cmocka's header wants others before it; a missing compiler is reported as itself
    command -v cc >/dev/null || return 1
    printf '#include <stdarg.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <setjmp.h>\n#include <%s>\n' "$1" |
        cc -E -x c - -o /dev/null 2>/dev/null
}

is_there() {
    case $1 in
    command:*) command -v "${1#*:}" >/dev/null ;;
    header:*) header_is_there "${1#*:}" ;;
    library:*) [ -e "$(cc -print-file-name="${1#*:}" 2>/dev/null)" ] ;;
    esac
}

missing=() packages=()
look() {
    local need
    missing=() packages=()
    for group in "${groups[@]}"; do
        local -n needs="needs_$group"
        for need in "${needs[@]}"; do
            is_there "${need% *}" || { missing+=("${need% *}"); packages+=("${need#* }"); }
        done
    done
}

look
[ ${#missing[@]} -gt 0 ] || exit 0
names=$(printf ', %s' "${missing[@]#*:}")
names=${names#, }

if [ $check_only = 1 ]; then
    echo "missing: $names ('make setup' as root installs it)" >&2
    exit 1
fi
if ! command -v apt-get >/dev/null; then
    echo "missing: $names; this system has no apt-get: please install these with its own package manager" >&2
    exit 1
fi
if [ "$(id -u)" != 0 ]; then
    echo "missing: $names; run this as root, or install: ${packages[*]}" >&2
    exit 1
fi

echo "installing: ${packages[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "could not install ${packages[*]} (the lines above are apt-get's)" >&2
    exit 1
fi
look
[ ${#missing[@]} = 0 ] || { echo "still missing after installation: ${missing[*]#*:}" >&2; exit 1; }
