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
    top) echo "cli live proc names netstat render core base" ;;
    main) echo "top cli base" ;;
    cli | live | proc | names | netstat | render) echo "core base" ;;
    core) echo "base" ;;
    base) echo "" ;;
    *) return 1 ;;
    esac
}

layer_of() {
    local path=${1#src/}
    case $path in
    */*) echo "${path%%/*}" ;;
    main.c) echo main ;;
    *) echo top ;; # what composes the layers
    esac
}

bad=0
complain() {
    echo "layers: $1" >&2
    bad=1
}

check_includes() {
    local file=$1 layer=$2 include target
    allowed "$layer" >/dev/null || complain "$file: no layer is called $layer"
    while IFS= read -r include; do
        case $include in
        */*) target=${include%%/*} ;;
        *.skel.h) [ "$layer" = live ] || complain "$file: only src/live knows the BPF skeleton"; continue ;;
        event.h | filter.h | reason.h) [ "$layer" != base ] || complain "$file: base knows nothing of include/$include"; continue ;;
        vmlinux.h) complain "$file: only the kernel side knows vmlinux.h"; continue ;;
        *) target=top ;;
        esac
        [ "$target" = "$layer" ] && continue
        [[ " $(allowed "$layer") " == *" $target "* ]] || complain "$file: $layer may not include $include"
    done < <(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$file")
}

# Only code counts: what a comment says to its reader binds nobody.
code() {
    sed -E 's,/\*.*\*/,,; /\/\*/,/\*\//d; s,//.*,,' "$1"
}

check_words() {
    local file=$1 layer=$2 text
    text=$(code "$file")
    if [ "$layer" != live ] && grep -qE '#[[:space:]]*include[[:space:]]*<(bpf/|.*\.skel\.h|g?elf|libelf)' "$file"; then
        complain "$file: only src/live knows libbpf"
    fi
    if [ "$layer" != netstat ] && grep -qE '#[[:space:]]*include[[:space:]]*<libmnl/' "$file"; then
        complain "$file: only src/netstat knows libmnl"
    fi
    # a path that is opened; a message may name one
    if [ "$layer" != proc ] && grep -q '"/proc/' <<<"$text"; then
        complain "$file: only src/proc reads below /proc"
    fi
    # the option's name is cli's, the choice of the formatter session's
    case $layer in
    render | cli | top) ;;
    *) ! grep -qi 'json' <<<"$text" || complain "$file: only src/render knows JSON" ;;
    esac
    if [ "$layer" != render ] && grep -qF '\":' <<<"$text"; then
        complain "$file: only src/render writes JSON"
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

# Every kind of violation must be found, and what is allowed must not be.
self_test() {
    local dir file line want
    dir=$(mktemp -d)
    cd "$dir"
    while read -r want file line; do
        rm -rf src
        mkdir -p "$(dirname "$file")"
        echo "$line" >"$file"
        if [ "$want" != "$( (check_tree) 2>/dev/null && echo good || echo bad)" ]; then
            echo "layers: self-test: should be $want: $file: $line" >&2
            rm -rf "$dir"
            exit 1
        fi
    done <<'END'
good src/session.c #include "live/loader.h"
good src/session.c #include "collect.h"
good src/session.c int fd = open("/proc", O_RDONLY); log("bad lines of /proc/net/tcp");
good src/main.c #include "session.h"
good src/live/x.c #include <bpf/libbpf.h>
good src/live/x.c #include "sockwatch.skel.h"
good src/proc/x.c const char *path = "/proc/net/tcp";
good src/core/x.c #include "event.h" /* "/proc/net/tcp", JSON */
good src/render/x.c buf_puts(b, "{\"time\":"); json_end(b);
bad src/base/x.c #include "core/row.h"
bad src/base/x.c #include "event.h"
bad src/core/x.c #include "proc/process.h"
bad src/core/x.c # include "render/render.h"
bad src/core/x.c #include "../proc/process.h"
bad src/core/x.c #include "vmlinux.h"
bad src/render/x.c #include "proc/process.h"
bad src/live/x.c #include "proc/process.h"
bad src/names/x.c #include "cli/options.h"
bad src/cli/x.c #include "session.h"
bad src/main.c #include "live/loader.h"
bad src/main.c #include "core/row.h"
bad src/other/x.c int x;
bad src/session.c #include <bpf/libbpf.h>
bad src/proc/x.c #include <libmnl/libmnl.h>
good src/netstat/x.c #include <libmnl/libmnl.h>
bad src/core/x.c #include "session.h"
bad src/core/x.c #include "sockwatch.skel.h"
bad src/core/x.c #include <sockwatch.skel.h>
bad src/core/x.c const char *path = "/proc/net/tcp";
bad src/session.c int fd = open("/proc/self", O_PATH);
bad src/core/x.c void json_begin(void);
bad src/session.c puts("{\"time\":1}");
END
    rm -rf "$dir"
}

cd "$(dirname "$0")/.."
if [ "${1:-}" = --self-test ]; then
    self_test
    exit 0
fi
check_tree
(self_test)
