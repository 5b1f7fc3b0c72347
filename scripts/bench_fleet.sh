#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/bench_fleet.sh [HOSTS [RECORDS]]      (as root, after make all build/tests/bench/store)
#
# Many machines send to one cluster (scripts/fleet.sh): HOSTS stores (100) of RECORDS made-up records
# each (1,000), every one under a name of its own, two senders at a time. Then all of them are asked.
# Prints each number by its name; rows that are missing or came twice end it with 1.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "bench_fleet.sh: as root: each machine needs a name of its own" >&2; exit 2; }

hosts=${1:-100} records=${2:-1000}
export SOCKWATCH=${SOCKWATCH:-build/sockwatch} records
scratch=$(mktemp -d /var/tmp/sockwatch-hosts-XXXXXX)
export scratch
chmod 711 "$scratch"
cluster=
trap '[ -z "$cluster" ] || { kill "$cluster" 2>/dev/null; wait "$cluster" 2>/dev/null; }; rm -rf --one-file-system "$scratch"' EXIT

scripts/fleet.sh "$scratch/cluster" >"$scratch/said" 2>&1 &
cluster=$!
until grep -qx ready "$scratch/said"; do
    kill -0 $cluster 2>/dev/null || { cat "$scratch/said" >&2; exit 1; }
    sleep 0.2
done
mapfile -t servers < <(awk '/^server/ { print $2 }' "$scratch/said")
export servers_text="${servers[*]}"
"$SOCKWATCH" export --to "${servers[0]}" --create=fleet 2>/dev/null

now() { date +%s%N; }
seconds_since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.2f\n", (b - a) / 1e9 }'; }

make_store() { # NUMBER: under a name of its own
    hostname "host$1"
    build/tests/bench/store "$scratch/store$1" "$records" >/dev/null
    chmod -R a+rwX "$scratch/store$1" # the sender has a user of its own
}
send_store() { # NUMBER: to one of the servers, as often as it refuses
    local all try

    read -ra all <<<"$servers_text"
    for try in 1 2 3 4 5 6 7 8 9; do
        "$SOCKWATCH" export --to "${all[$1 % ${#all[@]}]}" --dir "$scratch/store$1" --once 2>"$scratch/error$1" && return
        grep -v ' rows sent in ' "$scratch/error$1" | tail -1 >>"$scratch/refused"
        sleep $((try * 2))
    done
    echo "$1" >>"$scratch/failed"
}
export -f make_store send_store

began=$(now)
seq "$hosts" | xargs -P 2 -I N unshare -u bash -c 'make_store N'
echo "stores $hosts, of $records records, in $(seconds_since "$began") s"

began=$(now)
seq "$hosts" | xargs -P 2 -I N bash -c 'send_store N'
took=$(seconds_since "$began")
if [ -e "$scratch/refused" ]; then
    echo "refused $(wc -l <"$scratch/refused") times, at first: $(head -1 "$scratch/refused")"
fi
[ ! -e "$scratch/failed" ] || { echo "not sent: $(wc -l <"$scratch/failed") stores" >&2; exit 1; }

read -r told_hosts told_rows least most <<<"$("$SOCKWATCH" log --from "${servers[1]}" --by host -j 2>/dev/null | python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
print(len(rows), sum(r["count"] for r in rows), min(r["count"] for r in rows), max(r["count"] for r in rows))')"
sent=$((hosts * records))
echo "rows_sent $sent"
if [ "$told_hosts $told_rows $least $most" != "$hosts $sent $records $records" ]; then
    echo "told are $told_rows rows of $told_hosts machines, from $least to $most of each" >&2
    exit 1
fi
awk -v n=$sent -v s="$took" 'BEGIN { printf "rows_per_second %.0f\n", n / s }'

for question in "--by host" "--host host1 -n 1" "--failed -n 10" "10.0.0.1 -n 10" "-n 100 --peer"; do
    began=$(now)
    # shellcheck disable=SC2086 # they are words
    "$SOCKWATCH" log --from "${servers[2]}" $question >/dev/null 2>&1 || true
    echo "seconds of log $question: $(seconds_since "$began")"
done
du -sb "$scratch"/cluster/server[02]/data/data/default/sockwatch_records_local 2>/dev/null |
    awk -v n=$sent '{ s += $1 } END { printf "bytes_per_row %.0f (one replica)\n", s / n }'
