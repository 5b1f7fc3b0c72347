#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/fuzz.sh DIR SECONDS
#
# Runs each fuzzer that was built in DIR so long, one on each CPU, from its corpus in
# tests/fuzz/corpus. What it finds stays in DIR/finds/NAME and DIR/crashes, nothing in the tree. A
# fuzzer that died or made no run is a failure. The last line is "N passed, N failed, 0 skipped".
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

dir=${1:?} seconds=${2:?}
tmp=$(mktemp -d)
# where there is one, fuzz_proc's trees are made in memory
trees=$(mktemp -d -p /dev/shm 2>/dev/null) || trees=$(mktemp -d)
trap 'rm -rf "$tmp" "$trees"' EXIT
trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1} TMPDIR=$trees

# Old sanitizers do not find their place in the widest address space layouts.
fixed=()
if setarch -R true 2>/dev/null; then
    fixed=(setarch -R)
fi

# Becomes one fuzzer; its log is left in $tmp.
fuzz() {
    local name=$1 args=()
    [ ! -e "tests/fuzz/$name.dict" ] || args+=("-dict=tests/fuzz/$name.dict")
    args+=("$dir/finds/$name")
    [ ! -d "tests/fuzz/corpus/$name" ] || args+=("tests/fuzz/corpus/$name")
    # more than -max_total_time is for one that hangs where libFuzzer cannot tell
    exec timeout -k 10 $((seconds + 120)) "${fixed[@]}" "$dir/tests/fuzz/fuzz_$name" \
        -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$dir/crashes/$name-" "${args[@]}" >"$tmp/$name.log" 2>&1 </dev/null
}

passed=0 failed=0
report() {
    local name=$1 log=$tmp/$1.log status=$2 runs artefact
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    if [ "$status" = 0 ] && [ "${runs:-0}" -gt 0 ]; then
        passed=$((passed + 1))
        echo "ok      fuzz__$name: $runs runs"
        return
    fi
    failed=$((failed + 1))
    echo "FAILED  fuzz__$name: ended with status $status after ${runs:-no} runs"
    tail -n 60 "$log"
    artefact=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    [ -z "$artefact" ] || echo "again: $dir/tests/fuzz/fuzz_$name $artefact"
}

names=() pids=()
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    name=${name#fuzz_}
    names+=("$name")
    mkdir -p "$dir/finds/$name" "$dir/crashes"
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
        wait -n
    done
    fuzz "$name" &
    pids+=($!)
done
for i in "${!names[@]}"; do
    status=0
    wait "${pids[i]}" || status=$?
    report "${names[i]}" "$status"
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
