# SPDX-License-Identifier: GPL-2.0-only
"""Runs the live tests and prints TAP. Each test runs in a process and a network namespace of its own.

    run.py [--binary PATH] [--programs DIR] [--shuffle] [--again] [NAME...]      NAME: part of a test's name

--again: what failed is run once more, and a test that passes then says "# AGAIN" behind its name.
"""
import argparse
import importlib
import os
import pathlib
import random
import signal
import sys
import tempfile
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.dont_write_bytecode = True

import harness  # noqa: E402

LIMIT = 9 * harness.DEADLINE  # seconds a test may take


def collect(names):
    found = []
    for path in sorted(pathlib.Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        for name, fn in vars(module).items():
            if name.startswith("test_") and callable(fn):
                if not names or any(n in name for n in names):
                    found.append((name[len("test_"):], fn))
    return found


def too_long(*_):
    raise AssertionError(f"it took longer than {LIMIT:.0f} s")


def run_test(fn):
    """In its own process: the result and its explanation."""
    signal.signal(signal.SIGALRM, too_long)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        harness.Settings.netns = harness.enter_netns()
        fn()
    except harness.Skip as e:
        return "skip", str(e)
    except BaseException:
        return "fail", traceback.format_exc()
    return "ok", ""


def wait_for(pid):
    """The exit status of a test; one that takes too long is asked where it is, and ended."""
    patience = harness.Patience(LIMIT)
    told = False
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        signal.sigtimedwait({signal.SIGCHLD}, 1)
        if patience.is_over():
            os.kill(pid, signal.SIGKILL if told else signal.SIGALRM)
            told, patience = True, harness.Patience()


def in_child(fn):
    """Runs one test; returns (result, explanation). What it and its processes say on stderr explains, too."""
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as errors:
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)  # so that whatever a failed test left running can be ended
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            os.dup2(errors.fileno(), 2)
            os.write(answer.fileno(), "\0".join(run_test(fn)).encode("utf-8", "replace"))
            os._exit(0)
        try:
            status = wait_for(pid)
        finally:
            try:
                os.killpg(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        answer.seek(0)
        errors.seek(0)
        result, _, why = answer.read().decode("utf-8", "replace").partition("\0")
        said = errors.read().decode("utf-8", "replace")
    if not result:
        return "fail", f"the test died with status {status}\n{said}"
    return result, why + said if result == "fail" else why


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=harness.Settings.binary)
    parser.add_argument("--programs", help="directory of the helper programs (default: beside the binary)")
    parser.add_argument("--shuffle", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    harness.Settings.use(args.binary, args.programs)
    tests = collect(args.names)
    if args.shuffle:
        random.shuffle(tests)
    failed = 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # with what a test has left running
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    print("TAP version 13")
    print(f"1..{len(tests)}", flush=True)
    for number, (name, fn) in enumerate(tests, 1):
        result, why = in_child(fn)
        remark = f" # SKIP {why}" if result == "skip" else ""
        if result == "fail" and args.again and in_child(fn)[0] == "ok":
            result, remark = "ok", " # AGAIN: it failed first"
        failed += result == "fail"
        print(f"{'not ok' if result == 'fail' else 'ok'} {number} - live__{name}{remark}")
        if result != "skip":
            for line in why.splitlines():
                print("#", line)
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
