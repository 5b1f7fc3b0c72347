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
    main) echo "words cli base" ;;
    words) echo "flow sink cli live proc netlink names render counters store top screen metrics http remote core base" ;;
    screen) echo "top render core base" ;;
    top) echo "render core base" ;;
    flow) echo "live proc netlink names core base" ;;
    metrics) echo "render core base" ;;
    sink) echo "names render store metrics core base" ;;
    cli | live | proc | netlink | names | render | counters | store | http | remote) echo "core base" ;;
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
    *) echo stray ;; # nothing else lies at the top
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
        *.skel.h | *.lskel.h) [ "$layer" = live ] || complain "$file: only src/live knows the BPF skeleton"; continue ;;
        event.h | conn.h | peer.h | filter.h | reason.h | window.h) [ "$layer" != base ] || complain "$file: base knows nothing of include/$include"; continue ;;
        vmlinux.h) complain "$file: only the kernel side knows vmlinux.h"; continue ;;
        *) complain "$file: $include has no room"; continue ;;
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
    if [ "$layer" != netlink ] && grep -qE '#[[:space:]]*include[[:space:]]*<libmnl/' "$file"; then
        complain "$file: only src/netlink knows libmnl"
    fi
    if [ "$layer" != names ] && grep -qE '#[[:space:]]*include[[:space:]]*<jansson' "$file"; then
        complain "$file: only src/names knows jansson"
    fi
    if [ "$layer" != screen ] && grep -qE '#[[:space:]]*include[[:space:]]*<(ncursesw/)?(curses|ncurses)' "$file"; then
        complain "$file: only src/screen knows ncurses"
    fi
    if [ "$layer" != http ] && grep -qE '#[[:space:]]*include[[:space:]]*<microhttpd' "$file"; then
        complain "$file: only src/http knows libmicrohttpd"
    fi
    if [ "$layer" != remote ] && grep -qE '#[[:space:]]*include[[:space:]]*<curl/' "$file"; then
        complain "$file: only src/remote knows libcurl"
    fi
    if [ "$layer" != store ] && grep -qE '#[[:space:]]*include[[:space:]]*<sqlite3' "$file"; then
        complain "$file: only src/store knows SQLite"
    fi
    # a path that is opened; a message may name one
    if [ "$layer" != proc ] && grep -q '"/proc/' <<<"$text"; then
        complain "$file: only src/proc reads below /proc"
    fi
    # cli and words alone know what stands on the command line; below, each has a small struct of its own
    case $layer in
    main | words | cli) ;;
    *) ! grep -qE 'struct options\b' <<<"$text" || complain "$file: only cli and words know struct options" ;;
    esac
    # the option's name is cli's, the choice of the formatter that of sinks and pages
    case $file in
    src/render/* | src/cli/* | src/words/* | src/sink/* | src/top/* | src/core/opts.h) ;;
    src/names/engine* | src/names/without_jansson.c) ;; # what others wrote is read there
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
good src/words/list.c #include "live/loader.h"
good src/words/list.c #include "flow/collect.h"
good src/words/list.c #include "words/page.h"
good src/words/x.c int fd = open("/proc", O_RDONLY); log("bad lines of /proc/net/tcp");
good src/main.c #include "words/words.h"
good src/flow/x.c #include "live/loader.h"
good src/flow/x.c #include "core/sink.h"
good src/sink/x.c #include "render/render.h"
good src/live/x.c #include <bpf/libbpf.h>
good src/live/x.c #include "sockwatch.skel.h"
good src/proc/x.c const char *path = "/proc/net/tcp";
good src/core/x.c #include "event.h" /* "/proc/net/tcp", JSON */
good src/render/x.c buf_puts(b, "{\"time\":"); json_end(b);
good src/netlink/x.c #include <libmnl/libmnl.h>
good src/store/x.c #include <sqlite3.h>
good src/names/x.c #include <jansson.h>
good src/sink/x.c #include "store/writer.h"
good src/top/x.c #include "render/schema.h"
good src/screen/x.c #include "top/view.h"
good src/screen/x.c #include <curses.h>
good src/words/x.c #include "screen/screen.h"
good src/metrics/x.c #include "render/escape.h"
good src/sink/x.c #include "metrics/meter.h"
good src/http/x.c #include <microhttpd.h>
good src/remote/x.c #include <curl/curl.h>
good src/words/x.c #include "remote/client.h"
bad src/words/x.c #include <curl/curl.h>
bad src/remote/x.c #include "store/spool.h"
bad src/metrics/x.c #include "sink/metrics.h"
bad src/http/x.c #include "metrics/meter.h"
bad src/words/x.c #include <microhttpd.h>
bad src/top/x.c #include <curses.h>
bad src/top/x.c #include "flow/watch.h"
bad src/top/x.c #include "screen/screen.h"
bad src/screen/x.c #include "words/words.h"
bad src/sink/x.c #include "top/board.h"
bad src/sink/x.c #include <sqlite3.h>
bad src/render/x.c #include <jansson.h>
bad src/store/x.c #include "sink/print.h"
bad src/flow/x.c #include "store/writer.h"
good src/words/x.c int run(const struct options *o);
good src/core/opts.h enum output_format { OUTPUT_JSON };
bad src/base/x.c #include "core/row.h"
bad src/base/x.c #include "event.h"
bad src/core/x.c #include "proc/process.h"
bad src/core/x.c # include "render/render.h"
bad src/core/x.c #include "../proc/process.h"
bad src/core/x.c #include "vmlinux.h"
bad src/render/x.c #include "proc/process.h"
bad src/live/x.c #include "proc/process.h"
bad src/names/x.c #include "cli/options.h"
bad src/cli/x.c #include "words/words.h"
bad src/flow/x.c #include "sink/print.h"
bad src/flow/x.c #include "render/render.h"
bad src/flow/x.c #include "cli/options.h"
bad src/flow/x.c int run(const struct options *o);
bad src/flow/x.c #include "words/page.h"
bad src/sink/x.c #include "flow/watch.h"
bad src/sink/x.c #include "proc/process.h"
bad src/sink/x.c #include "live/loader.h"
bad src/counters/x.c #include "proc/counters.h"
bad src/main.c #include "live/loader.h"
bad src/main.c #include "core/row.h"
bad src/x.c int x;
bad src/x.h int x;
bad src/other/x.c int x;
bad src/words/x.c #include "x.h"
bad src/words/x.c #include <bpf/libbpf.h>
bad src/proc/x.c #include <libmnl/libmnl.h>
bad src/core/x.c #include "flow/watch.h"
bad src/core/x.c #include "sockwatch.skel.h"
bad src/core/x.c #include <sockwatch.skel.h>
bad src/core/x.c const char *path = "/proc/net/tcp";
bad src/words/x.c int fd = open("/proc/self", O_PATH);
bad src/core/x.c void json_begin(void);
bad src/flow/x.c void json_begin(void);
bad src/words/x.c puts("{\"time\":1}");
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
