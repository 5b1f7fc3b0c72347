#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/layers.sh [--self-test]
#
# Fails when a file of src/ includes what its layer may not know (ARCHITECTURE.md), or speaks of what
# only another layer knows.
set -euo pipefail

# layer -> the layers it may include, besides itself; headers of include/ have no folder
allowed() {
    case $1 in
    session) echo "cli live proc names netstat render core base" ;;
    main) echo "session cli base" ;;
    cli | live | proc | names | netstat | render) echo "core base" ;;
    core) echo "base" ;;
    base) echo "" ;;
    *) echo "unknown layer $1" >&2; exit 1 ;;
    esac
}

layer_of() {
    local path=${1#src/}
    case $path in
    */*) echo "${path%%/*}" ;;
    *) basename "${path%.*}" ;;
    esac
}

bad=0
complain() {
    echo "layers: $1" >&2
    bad=1
}

check_includes() {
    local file=$1 layer=$2 include target
    while IFS= read -r include; do
        case $include in
        */*) target=${include%%/*} ;;
        session.h) target=session ;;
        *.skel.h) [ "$layer" = live ] || complain "$file: only src/live knows the BPF skeleton"; continue ;;
        *) [ "$layer" != base ] || complain "$file: base knows nothing of include/$include"; continue ;;
        esac
        [ "$target" = "$layer" ] && continue
        [[ " $(allowed "$layer") " == *" $target "* ]] || complain "$file: $layer may not include $include"
    done < <(sed -n 's/^#include "\(.*\)"/\1/p' "$file")
}

check_words() {
    local file=$1 layer=$2
    if [ "$layer" != live ] && grep -q '#include <bpf/' "$file"; then
        complain "$file: only src/live knows libbpf"
    fi
    # in code, not in comments and messages: a path that is opened
    if [ "$layer" != proc ] && grep -qE '"/proc/[a-z%]' "$file"; then
        complain "$file: only src/proc reads below /proc"
    fi
}

check_tree() {
    local file layer
    bad=0
    while IFS= read -r file; do
        layer=$(layer_of "$file")
        check_includes "$file" "$layer"
        check_words "$file" "$layer"
    done < <(find src -name '*.[ch]' | sort)
    return $bad
}

# Every kind of violation must be found.
self_test() {
    local line
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    cd "$dir"
    while read -r file line; do
        rm -rf src
        mkdir -p "$(dirname "$file")"
        echo "$line" >"$file"
        if (check_tree) 2>/dev/null; then
            echo "layers: not found: $file: $line" >&2
            exit 1
        fi
    done <<'END'
src/base/x.c #include "core/row.h"
src/base/x.c #include "event.h"
src/core/x.c #include "proc/process.h"
src/render/x.c #include "proc/process.h"
src/cli/x.c #include "session.h"
src/main.c #include "live/loader.h"
src/session.c #include <bpf/libbpf.h>
src/core/x.c #include "sockwatch.skel.h"
src/core/x.c const char *path = "/proc/net/tcp";
END
}

cd "$(dirname "$0")/.."
if [ "${1:-}" = --self-test ]; then
    self_test
    exit 0
fi
check_tree
(self_test)
