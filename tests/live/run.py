# SPDX-License-Identifier: GPL-2.0-only
"""Runs the live tests and prints TAP. Each test runs in a process and a network namespace of its own.

    run.py [--binary PATH] [--programs DIR] [--shuffle] [NAME...]      NAME: part of a test's name
"""
import argparse
import importlib
import os
import pathlib
import random
import signal
import sys
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.dont_write_bytecode = True

import harness  # noqa: E402

LIMIT = int(3 * harness.DEADLINE)  # seconds a test may take


def collect(names):
    found = []
    for path in sorted(pathlib.Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        for name, fn in vars(module).items():
            if name.startswith("test_") and callable(fn):
                if not names or any(n in name for n in names):
                    found.append((name[len("test_"):], fn))
    return found


def in_child(fn):
    """Runs one test; returns (result, explanation)."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        os.setpgid(0, 0)  # so that whatever a failed test left running can be ended
        signal.alarm(LIMIT)
        result, why = b"ok", ""
        try:
            harness.Settings.netns = harness.enter_netns()
            fn()
        except harness.Skip as e:
            result, why = b"skip", str(e)
        except BaseException:
            result, why = b"fail", traceback.format_exc()
        os.write(write, result + b"\0" + why.encode("utf-8", "replace")[-60000:])
        os._exit(0)
    os.close(write)
    _, status = os.waitpid(pid, 0)
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    # only now: what a failed test left running has the other end of the pipe, which holds it all
    with os.fdopen(read, "rb") as f:
        answer = f.read()
    if not answer:
        return "fail", f"the test died with status {status} (limit: {LIMIT} s)"
    result, _, why = answer.partition(b"\0")
    return result.decode(), why.decode("utf-8", "replace")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=harness.Settings.binary)
    parser.add_argument("--programs", help="directory of the helper programs (default: beside the binary)")
    parser.add_argument("--shuffle", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    harness.Settings.use(args.binary, args.programs)
    tests = collect(args.names)
    if args.shuffle:
        random.shuffle(tests)
    failed = 0
    print("TAP version 13")
    print(f"1..{len(tests)}", flush=True)
    for number, (name, fn) in enumerate(tests, 1):
        result, why = in_child(fn)
        if result == "fail":
            failed += 1
            print(f"not ok {number} - live__{name}")
            for line in why.splitlines():
                print("#", line)
        elif result == "skip":
            print(f"ok {number} - live__{name} # SKIP {why}")
        else:
            print(f"ok {number} - live__{name}")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
