# SPDX-License-Identifier: GPL-2.0-only
"""Runs the live tests and prints TAP. Each test runs in a process and a network namespace of its own.

    run.py [--binary PATH] [--programs DIR] [--jobs N] [--shuffle] [--again] [--times] [NAME...]

NAME: part of a test's name; ^NAME: what it begins with.
--jobs: so many side by side (1).
--times: what each took, the longest first.
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
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.dont_write_bytecode = True

import harness  # noqa: E402

LIMIT = 9 * harness.DEADLINE  # seconds a test may take


def is_named(name, part):
    return name.startswith("test_" + part[1:]) if part[:1] == "^" else part in name


def collect(names):
    found = []
    for path in sorted(pathlib.Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        for name, fn in vars(module).items():
            if name.startswith("test_") and callable(fn):
                if not names or any(is_named(name, n) for n in names):
                    found.append((name[len("test_"):], fn))
    return found


def too_long(*_):
    raise AssertionError(f"it took longer than {LIMIT:.0f} s")


def run_test(fn):
    """In its own process: the result and its explanation."""
    signal.signal(signal.SIGALRM, too_long)
    try:
        harness.Settings.netns = harness.enter_netns()
        fn()
    except harness.Skip as e:
        return "skip", str(e)
    except BaseException:
        return "fail", traceback.format_exc()
    return "ok", ""


class Running:
    """
    A test in a child of its own, in a process group of its own, so that whatever it leaves behind can be
    ended. One that takes too long is asked where it is, and ended.
    """

    def __init__(self, name, fn):
        self.name, self.fn = name, fn
        self.answer, self.errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.patience, self.told, self.begin = harness.Patience(LIMIT), False, time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            os.setpgid(0, 0)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            os.dup2(self.errors.fileno(), 2)
            os.write(self.answer.fileno(), "\0".join(run_test(fn)).encode("utf-8", "replace"))
            os._exit(0)

    def result(self):
        """None while it runs; then the result and what explains it: what it and its processes said, too."""
        done, status = os.waitpid(self.pid, os.WNOHANG)
        if not done:
            if self.patience.is_over():
                os.kill(self.pid, signal.SIGKILL if self.told else signal.SIGALRM)
                self.told, self.patience = True, harness.Patience()
            return None
        self.seconds = time.monotonic() - self.begin
        self.end_group()
        answer, said = self.told_in(self.answer), self.told_in(self.errors)
        result, _, why = answer.partition("\0")
        if not result:
            return "fail", f"the test died with status {status}\n{said}"
        return result, why + said if result == "fail" else why

    def told_in(self, file):
        with file:
            file.seek(0)
            return file.read().decode("utf-8", "replace")

    def end_group(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def run_all(tests, jobs):
    """Runs so many tests side by side; yields each with its result when it ends."""
    waiting, running = list(reversed(tests)), []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(Running(*waiting.pop()))
            signal.sigtimedwait({signal.SIGCHLD}, 0.2)
            for test in list(running):
                if (result := test.result()):
                    running.remove(test)
                    yield test, *result
    finally:
        for test in running:
            test.end_group()


def run_again(fn):
    return next(run_all([("", fn)], 1))[1]


def tell(number, test, result, why, remark):
    print(f"{'not ok' if result == 'fail' else 'ok'} {number} - live__{test.name}{remark}")
    if result != "skip":
        for line in why.splitlines():
            print("#", line)
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=harness.Settings.binary)
    parser.add_argument("--programs", help="directory of the helper programs (default: beside the binary)")
    parser.add_argument("--shuffle", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--times", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    harness.Settings.use(args.binary, args.programs)
    tests = collect(args.names)
    if args.shuffle:
        random.shuffle(tests)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # with what a test has left running
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as of a shell's background: tests send it, however early
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    print("TAP version 13")
    print(f"1..{len(tests)}", flush=True)
    failed, seconds = 0, []
    for number, (test, result, why) in enumerate(run_all(tests, args.jobs), 1):
        remark = f" # SKIP {why}" if result == "skip" else ""
        if result == "fail" and args.again and run_again(test.fn) == "ok":
            result, remark = "ok", " # AGAIN: it failed first"
        failed += result == "fail"
        seconds.append((test.seconds, test.name))
        tell(number, test, result, why, remark)
    if args.times:
        for took, name in sorted(seconds, reverse=True):
            print(f"# {took:6.1f} s  {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
