# SPDX-License-Identifier: GPL-2.0-only
"""who --since, --until and --at: who had a port, by what a recorder kept."""
import csv
import io
import json
import os
import socket
import time

from harness import FAULT, Child, check, listener, run, set_name
from recording import Recorder, store
from test_conns import nanoseconds, port_of
from test_log import come_and_gone, now
from test_place import connect_by_a_shell
from traffic import connection, refused

LOST = 3


def who(w, *args, status=0):
    done = run("who", *[str(a) for a in args], "--dir", w.dir)
    check(done.returncode == status, args, done)
    return done.stdout.decode(), done.stderr.decode()


def entries(w, *args, status=0):
    return [json.loads(line) for line in who(w, *args, "-j", status=status)[0].splitlines()]


def roles(told):
    return sorted((r["role"], r["pid"], r["count"]) for r in told)


def refused_bind(port):
    """By another process, which is called thief."""
    def bind():
        set_name(b"thief")
        with socket.socket() as s:
            check(s.connect_ex(("127.0.0.1", 1)) != 0)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                return
            raise AssertionError("it got the port")
    child = Child(lambda link: bind())
    check(child.wait() == 0)
    return child.pid


def test_who_past__who_held_it_who_came_who_was_refused():
    with store() as folder, Recorder(folder) as w:
        began = now()
        sock = listener()
        port = port_of(sock)
        for _ in range(3):
            connection(sock)
        thief = refused_bind(port)
        sock.close()
        refused(port)
        ended = now()
        w.stop()
        told = entries(w, port, "--since", began, "--until", ended)
        me = os.getpid()
        check(roles(told) == sorted([("held", me, 1), ("served", me, 3), ("came", me, 3), ("refused", thief, 1),
                                     ("refused", me, 1)]), told)
        check({r.get("reason") for r in told if r["role"] == "refused"} == {"in_use", "refused"}, told)
        held, = [r for r in told if r["role"] == "held"]
        check((held["local_addr"], held["local_port"], held["proto"]) == ("127.0.0.1", port, "tcp"), held)
        check(held["first"] < held["last"] and held["exe"] == os.path.realpath("/proc/self/exe"), held)
        check("run.py" in held["cmdline"] and held["ppid"] == os.getppid(), held)
        served, = [r for r in told if r["role"] == "served"]
        check(served["remote_addr"] == "127.0.0.1" and "remote_port" not in served, served)
        text, errors = who(w, port, "--since", began, "--until", ended)
        check("recorded" not in errors and "nobody" not in errors, errors)
        check([line.split()[0] for line in text.splitlines()[:6]] == ["What", "held", "served", "came", "refused", "refused"], text)
        check(f"\n{me}/" in text and f"\n{thief}/" in text and "    by   " in text, text)
        lines = list(csv.DictReader(io.StringIO(who(w, port, "--since", began, "--until", ended, "--csv")[0])))
        check(sorted((r["role"], int(r["pid"]), int(r["count"])) for r in lines) == roles(told), lines)


def test_who_past__at_a_moment_and_between_two():
    with store() as folder, Recorder(folder) as w:
        before, during, after, (port, _) = come_and_gone()
        time.sleep(1.2)
        later = now()
        w.stop()
        me = os.getpid()
        all_of_it = sorted([("held", me, 1), ("served", me, 1), ("came", me, 1)])
        check(roles(entries(w, port, "--at", during)) == all_of_it, entries(w, port, "--at", during))
        check(roles(entries(w, port, "--since", during, "--until", after)) == all_of_it, "it went on")
        check(roles(entries(w, port, "--since", before, "--until", during)) == all_of_it, "it had begun")
        for args in (("--at", before), ("--at", after), ("--since", after, "--until", later)):
            out, errors = who(w, port, *args, status=1)
            check(not out and f"nobody had, used or was refused port {port}" in errors, args, out, errors)


def test_who_past__a_listener_that_was_there_and_goes_on():
    sock = listener()
    port = port_of(sock)
    with store() as folder, Recorder(folder) as w:
        time.sleep(1.2)
        w.stop()
        stop = [r for r in w.read() if r.get("recorder") == "stop"][0]["time"]
        at = nanoseconds(stop) / 1e9 - 0.1
        told = entries(w, port, "--at", f"@{at:.6f}")
        check(roles(told) == [("held", os.getpid(), 1)] and "last" not in told[0] and "first" not in told[0], told)
        text = who(w, port, "--at", f"@{at:.6f}")[0]
        check("before" in text and "goes on" in text, text)
    sock.close()


def test_who_past__what_is_not_known_is_no_nobody():
    with store() as folder, Recorder(folder) as w:
        w.stop()
        for args in (("--since", "1h"), ("--at", "30m"), ("--since", "1h", "--until", "30m")):
            out, errors = who(w, 9, *args, status=LOST)
            check(not out and "whether somebody had port 9 is not known" in errors and "nothing was recorded" in errors,
                  args, out, errors)


def test_who_past__a_process_of_a_few_milliseconds_and_what_started_it():
    with listener() as sock, store() as folder, Recorder(folder) as w:
        port = port_of(sock)
        shell = connect_by_a_shell(sock, "a-word")
        w.stop()
        came, = [r for r in entries(w, port, "--since", "1h") if r["role"] == "came"]
        check((came["ppid"], came["parent_comm"], came["count"]) == (shell, "sh", 1), came)
        check(came["cmdline"].endswith("a-word"), came)


def test_who_past__udp_and_two_targets():
    with store() as folder, Recorder(folder) as w:
        began = now()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            port = port_of(s)
        ended = now()
        w.stop()
        told = entries(w, port, f"{port}/tcp", "--since", began, "--until", ended)
        check(roles(told) == [("held", os.getpid(), 1)] and told[0]["proto"] == "udp", told)
        out, errors = who(w, f"{port}/udp", f"{port}/tcp", "--since", began, "--until", ended)
        check(f"{port}/udp:\n" in out and f"refused port {port}/tcp" in errors, out, errors)


def test_who_past__what_it_does_not_take():
    for args, why in ((["-f", "--since", "1h"], "it knows no past"), (["-t", "--since", "1h"], "kill"),
                      (["--at", "10m", "--since", "1h"], "--at is a moment"), (["--since", "tomorrow"], "still to come"),
                      (["--since", "10"], "did you mean 10m"), (["--since", "1h", "--until", "2h"], "is not after")):
        done = run("who", "80", *args)
        check(done.returncode == 2 and why in done.stderr.decode(), args, done)
    with store() as folder:
        done = run("who", "80", "--since", "1h", "--dir", os.path.join(folder, "none"))
        check(done.returncode == FAULT and "there is no store in it" in done.stderr.decode(), done)
