#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/check.sh [--unit | --live] DIR...
#
# Runs the tests that were built in each DIR, one program after the other, and sums up their TAP. A
# program that dies, or runs fewer tests than it planned, is a failed test. The last line is
# "N passed, N failed, N skipped"; every skipped test is named.
set -uo pipefail
cd "$(dirname "$0")/.."

kinds="unit live"
dirs=()
for word in "$@"; do
    case $word in
    --unit) kinds=unit ;;
    --live) kinds=live ;;
    *) dirs+=("$word") ;;
    esac
done

passed=0 failed=0
skipped=()
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# Runs one program, prints what failed, and adds up.
run() {
    local name=$1 status ok not_ok skips planned seen
    shift
    "$@" >"$out" 2>&1
    status=$?
    ok=$(grep -c '^ok ' "$out")
    not_ok=$(grep -c '^not ok ' "$out")
    skips=$(grep -c '^ok .*# SKIP' "$out")
    planned=$(grep -m1 '^1\.\.' "$out" | sed 's/^1\.\.\([0-9]*\).*/\1/')
    seen=$((ok + not_ok))
    # a program that died says so by its status: it has no failed test to show for it
    if [ "$seen" = 0 ] || [ "$seen" != "${planned:-0}" ] || { [ $status != 0 ] && [ "$not_ok" = 0 ]; }; then
        not_ok=$((not_ok + 1))
        echo "not ok - $name ended with status $status after $seen of ${planned:-?} tests"
        tail -n 40 "$out"
    fi
    passed=$((passed + ok - skips))
    failed=$((failed + not_ok))
    while IFS= read -r line; do
        [ -n "$line" ] && skipped+=("$name: ${line#ok }")
    done < <(grep '^ok .*# SKIP' "$out")
    if [ "$not_ok" = 0 ]; then
        echo "ok      $name: $ok tests"
    else
        echo "FAILED  $name:"
        grep -v '^ok ' "$out"
    fi
}

for dir in "${dirs[@]}"; do
    for kind in $kinds; do
        if [ $kind = unit ]; then
            for program in tests/unit/test_*.c; do
                program=$(basename "$program" .c)
                CMOCKA_MESSAGE_OUTPUT=TAP run "$dir/$program" "$dir/tests/unit/$program"
            done
        else
            run "$dir/live" "${PYTHON:-python3}" tests/live/run.py --binary "$dir/sockwatch" \
                --churn "$dir/tests/live/churn"
        fi
    done
done
for line in "${skipped[@]}"; do
    echo "skipped $line"
done
echo "$passed passed, $failed failed, ${#skipped[@]} skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
