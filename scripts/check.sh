#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
#   scripts/check.sh [--unit | --live] DIR...
#
# Runs the tests that were built in each DIR, one program after the other, and sums up their TAP. A
# program that dies, or runs fewer tests than it planned, is a failed test. The last line is
# "N passed, N failed, N skipped"; every skipped test is named. SOCKWATCH_TEST_JOBS: so many live tests
# side by side; by default two for each processor.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

kinds="unit live"
dirs=()
for word in "$@"; do
    case $word in
    --unit) kinds=unit ;;
    --live) kinds=live ;;
    *) dirs+=("$word") ;;
    esac
done

# live tests wait more than they work
jobs=${SOCKWATCH_TEST_JOBS:-$((2 * $(nproc)))}
passed=0 failed=0
skipped=()
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

# Runs one program (run NAME SECONDS COMMAND...), prints what failed, and adds up.
run() {
    local name=$1 limit=$2 line status=0 planned="" ok=0 not_ok=0 skips=0 seen
    shift 2
    # stderr apart, so that no half a line of it hides a result; --foreground keeps Ctrl-C working
    timeout --foreground -k 10 "$limit" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
    while IFS= read -r line; do
        case $line in
        # cmocka before 1.1.6 says "not ok N # SKIP name", and means skipped
        "ok "*"# SKIP"* | "not ok "*"# SKIP"*)
            skips=$((skips + 1))
            skipped+=("$name: $(sed -E 's/^(not )?ok [0-9]+ (- )?//; s/^# SKIP //' <<<"$line")")
            ;;
        "ok "*) ok=$((ok + 1)) ;;
        "not ok "*) not_ok=$((not_ok + 1)) ;;
        1..[0-9]*) planned=${line#1..} planned=${planned%%[!0-9]*} ;;
        esac
    done <"$tmp/out"
    seen=$((ok + not_ok + skips))
    # a program that died, hung or stopped early has no failed test to show for it
    if [ "$seen" = 0 ] || [ "$seen" != "$planned" ] || [ "$status" -ge 124 ] ||
        { [ "$status" != 0 ] && [ "$not_ok" = 0 ]; }; then
        not_ok=$((not_ok + 1))
        echo "not ok - $name ended with status $status after $seen of ${planned:-?} tests"
    fi
    passed=$((passed + ok))
    failed=$((failed + not_ok))
    if [ "$not_ok" = 0 ]; then
        echo "ok      $name: $ok passed, $skips skipped"
    else
        echo "FAILED  $name: $ok passed, $not_ok failed, $skips skipped"
        grep -vE '^ok |# SKIP|^1\.\.|^TAP version' "$tmp/out"
        sed '$a\' "$tmp/err" # and a newline, where the last is missing
    fi
}

for dir in "${dirs[@]}"; do
    for kind in $kinds; do
        if [ $kind = unit ]; then
            for program in tests/unit/test_*.c; do
                program=$(basename "$program" .c)
                CMOCKA_MESSAGE_OUTPUT=TAP run "$dir/$program" 300 "$dir/tests/unit/$program"
            done
        else
            # each test has a limit of its own; all of them take hours where others take the processors
            run "$dir/live" 14400 "${PYTHON:-python3}" tests/live/run.py --binary "$dir/sockwatch" \
                --programs "$dir/tests/live" --jobs "$jobs"
        fi
    done
done
for line in "${skipped[@]}"; do
    echo "skipped $line"
done
echo "$passed passed, $failed failed, ${#skipped[@]} skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
