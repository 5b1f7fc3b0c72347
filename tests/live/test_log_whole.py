# SPDX-License-Identifier: GPL-2.0-only
"""log of a store that is not as it was written: changed, cut, damaged, missing."""
import os
import pathlib

from harness import FAULT, LONG, check, run, scaled, wait_until
from recording import Recorder, of, store
from test_conns import nanoseconds
from test_log import conns, log, now, records, sealed
from traffic import churn


UNKNOWN = 3  # exit status


def three_segments(folder):
    """A store with three sealed segments at least; its recorder, which has ended."""
    with Recorder(folder, "-t", "--segment=64K", "--max-size=64M", "--buffer-size=16M") as w:
        for _ in range(60):
            churn(9505, scaled(1000))
            if len(sealed(w)) >= 3:
                break
        wait_until(lambda: len(sealed(w)) >= 3, "three sealed segments", LONG)
        w.stop()
    return w


def test_log__verify_names_what_was_changed_cut_or_is_missing():
    with store() as folder:
        w = three_segments(folder)
        lines, errors = log(w, "--verify")
        check(f"{len(sealed(w))} sealed segments are as they were" in lines[-2] and "last digest " in lines[-1], lines, errors)
        whole = len(conns(w))
        path = sealed(w)[1]
        kept = pathlib.Path(path).read_bytes()
        name = os.path.basename(path)
        half = len(kept) // 2
        changed = kept[:half] + bytes([kept[half] ^ 1]) + kept[half + 1:]
        for content, what in ((changed, "changed"), (kept[:half], "cut"), (None, "missing")):
            if content is None:
                os.unlink(path)
            else:
                pathlib.Path(path).write_bytes(content)
            lines, errors = log(w, "--verify", status=FAULT)
            check(any(name in line and what in line for line in lines), what, lines)
            check(name in errors and "not as it was written" in errors, errors)
        pathlib.Path(path).write_bytes(kept)
        log(w, "--verify")
        check(len(conns(w)) == whole, "all is there again")


def test_log__what_is_not_there_is_not_nothing():
    """Damaged, missing or removed: each word tells its time, and that what it does not find is not known."""
    with store() as folder:
        w = three_segments(folder)
        path = sealed(w)[1]
        _, first, last = os.path.basename(path).split(".")[0].split("-")
        since, until = (f"@{t[:-9]}.{t[-9:]}" for t in (first, last))
        kept = pathlib.Path(path).read_bytes()
        for content, act, words in ((b"", "unreadable", "cannot be read"), (None, "missing", "is missing")):
            if content is None:
                os.unlink(path)
            else:
                pathlib.Path(path).write_bytes(content)
            holes = of(records(w), recorder=act)
            check(len(holes) == 1 and nanoseconds(holes[0]["from"]) <= int(first), holes, path)
            check(nanoseconds(holes[0]["to"]) >= int(last), holes, path)
            done = run("who", "1", "--dir", w.dir, "--since", since, "--until", until)
            check(done.returncode == UNKNOWN and words in done.stderr.decode(), done)
            done = run("log", "--dir", w.dir, "-P", "1", "--since", since, "--until", until)
            check(done.returncode == UNKNOWN and words in done.stdout.decode(), done)
            done = run("log", "--dir", w.dir, "--sql", "SELECT recorder FROM losses WHERE recorder != 'gap'", "-j")
            check(act in done.stdout.decode(), done)
        pathlib.Path(path).write_bytes(kept)
        done = run("who", "1", "--dir", w.dir, "--since", since, "--until", until)
        check(done.returncode == 1, done)


def test_log__a_damaged_segment_is_named_once_and_passed_over():
    with store() as folder:
        w = three_segments(folder)
        path = sealed(w)[1]
        whole = len(conns(w))
        kept = pathlib.Path(path).read_bytes()
        for content in (b"x" * 5000, kept[:len(kept) // 2 // 4096 * 4096], kept[:8192] + b"\0" * (len(kept) - 8192)):
            pathlib.Path(path).write_bytes(content)
            for args in ([], ["-r"], ["-n", "5"], ["--by", "comm"], ["--since", "1h"]):
                done = run("log", "--dir", w.dir, "-j", *args)
                errors = done.stderr.decode()
                check(done.returncode == 0, args, done.returncode, errors)
                often = errors.count(os.path.basename(path))
                check(often == 1 or (not often and "-n" in args), args, errors)  # the last of all are elsewhere
            check(0 < len(conns(w)) < whole, len(conns(w)), "of", whole)
            done = run("log", "--dir", w.dir, "--at", now())
            check(done.stderr.decode().count(os.path.basename(path)) <= 1, done)  # nothing was recorded by then
            done = run("log", "--dir", w.dir, "--sql", "SELECT count(*) FROM connections")
            check(done.stderr.decode().count(os.path.basename(path)) == 1 and done.returncode == 0, done)
