#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/bench.sh [ROUNDS [CONNECTIONS]]      (as root, after make all tests)
#
# What watching costs: the rate of a connection churn on loopback while its whole stream is written
# to a file, as a share of the rate without a tracer. All candidates take turns in each round, so
# that a noisy machine is noisy for all. tcpstates (Debian's libbpf-tools) runs beside when it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"

rounds=${1:-5}
connections=${2:-20000}
churn=build/tests/live/churn
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

candidates=(none text json "filtered")
command -v tcpstates >/dev/null && candidates+=(tcpstates)

start() {
    : >"$dir/out"
    : >"$dir/err"
    case $1 in
    none) sleep 0 & ;;
    text) build/sockwatch -E >"$dir/out" 2>"$dir/err" & ;;
    json) build/sockwatch -E -j >"$dir/out" 2>"$dir/err" & ;;
    filtered) build/sockwatch -E -P 1 >"$dir/out" 2>"$dir/err" & ;;
    tcpstates) tcpstates >"$dir/out" 2>"$dir/err" & ;;
    esac
    pid=$!
    sleep 1 # attached; nothing here depends on it being exact
}

for ((round = 1; round <= rounds; round++)); do
    for candidate in "${candidates[@]}"; do
        start "$candidate"
        seconds=$("$churn" 9099 "$connections" | tail -n 1)
        kill -INT "$pid" 2>/dev/null || true
        wait "$pid" || true
        lines=$(wc -l <"$dir/out" 2>/dev/null || echo 0)
        lost=$(sed -n 's/.*, \([0-9]*\) lost$/\1/p' "$dir/err" 2>/dev/null || true)
        echo "$candidate $seconds $lines ${lost:--}" >>"$dir/results"
    done
done

echo "$connections connections a run, $rounds interleaved rounds; share of the untraced rate:"
for candidate in "${candidates[@]}"; do
    awk -v c="$candidate" '
        $1 == "none" { base[++b] = $2 }
        $1 == c { t[++n] = $2; lines += $3; lost += $4 }
        END {
            for (i = 1; i <= n; i++) {
                share = base[i] / t[i]
                sum += share
                if (!lowest || share < lowest) lowest = share
                if (share > highest) highest = share
            }
            printf "  %-10s %.2f  (%.2f to %.2f)  %d lines a run, %d lost\n", c, sum / n, lowest, highest, lines / n, lost
        }' "$dir/results"
done
