# SPDX-License-Identifier: GPL-2.0-only
"""What is told when a system call returns: ports that the call chose."""
import errno
import os
import socket
import subprocess

from chains import check_chains, transitions
from harness import Skip, Watch, check, here, program, run, sysctl


# no tracefs: calls are seen at the exit of every system call
HIDE = ["unshare", "-m", "--propagation=unchanged", "sh", "-c",
        "mount --make-rprivate /; umount -l /sys/kernel/tracing 2>/dev/null; "
        "umount -l /sys/kernel/debug/tracing 2>/dev/null; umount -l /sys/kernel/debug 2>/dev/null; exec \"$0\" \"$@\""]
BOTH = [], HIDE


def check_listens(w, s):
    """The listener of this process that s is: there at once, with its port, told once."""
    port = s.getsockname()[1]
    r = w.wait_for(state="LISTEN", local_port=port)
    check((r["pid"], r["owner_source"], r["actor_pid"]) == (os.getpid(), "listen", os.getpid()), r)
    check(r["inode"] == os.fstat(s.fileno()).st_ino and r["local_addr"] == s.getsockname()[0], r)
    s.close()
    w.wait_for(old_state="LISTEN", local_port=port)
    mine = [r for r in w.records() if r.get("local_port") == port]
    check(transitions(mine) == [("CLOSE", "LISTEN"), ("LISTEN", "CLOSE")], mine)
    check(mine[0].get("cookie") == mine[1].get("cookie") and mine[0]["time"] < mine[1]["time"], mine)


def test_calls__listen_without_bind_has_its_port_at_once():
    for prefix in BOTH:
        with Watch("-E", here(), prefix=prefix) as w:
            for family in (socket.AF_INET, socket.AF_INET6):
                s = socket.socket(family)
                s.listen(4)
                check_listens(w, s)
            w.stop()
            check(not [r for r in w.records() if "local_port" not in r], w.records())
            check_chains(w.records())


def test_calls__listen_without_bind_is_found_by_its_port():
    sysctl("net/ipv4/ip_local_port_range", "40001 40001")
    for prefix in BOTH:
        for asked in (("-P", "40001"), ("-L", "40001"), ("-lP", "40001")):
            with Watch("-E", here(), *asked, prefix=prefix) as w:
                s = socket.socket()
                s.listen(4)
                check_listens(w, s)
        with Watch("-E", here(), "-P", "40002", prefix=prefix) as w:
            s = socket.socket()
            s.listen(4)
            s.close()
            w.stop()
            check(not w.records(), w.records())


def test_calls__listen_that_finds_no_port_ends_as_it_began():
    sysctl("net/ipv4/ip_local_port_range", "40001 40001")
    taken = socket.socket()
    taken.bind(("0.0.0.0", 40001))
    for prefix in BOTH:
        with Watch("-E", here(), prefix=prefix) as w, Watch("-E", here(), "-P", "40001", prefix=prefix) as by_port:
            s = socket.socket()
            for _ in range(2):
                try:
                    s.listen(4)
                    check(False, "listens on", s.getsockname())
                except OSError as e:
                    check(e.errno == errno.EADDRINUSE, e)
            inode = os.fstat(s.fileno()).st_ino
            w.stop()
            by_port.stop()
            mine = [r for r in w.records() if r.get("inode") == inode]
            check(transitions(mine) == [("CLOSE", "LISTEN"), ("LISTEN", "CLOSE")] * 2, mine)
            check(all(r["pid"] == os.getpid() and "local_port" not in r for r in mine), mine)
            check(not by_port.records(), by_port.records())


def test_calls__listen_on_a_taken_port_ends_as_it_began():
    first, second = socket.socket(), socket.socket()
    for s in (first, second):
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    first.bind(("127.0.0.1", 0))
    port = first.getsockname()[1]
    second.bind(("127.0.0.1", port))
    first.listen()
    with Watch("-E", here()) as w:
        try:
            second.listen()
        except OSError as e:
            check(e.errno == errno.EADDRINUSE, e)
        w.stop()
        check(transitions(w.records()) == [("CLOSE", "LISTEN"), ("LISTEN", "CLOSE")], w.records())
        check(all(r["local_port"] == port for r in w.records()), w.records())
    check(run("list", here(), "-tl", "-P", str(port)).returncode == 0)


# --- calls of 32-bit programs -------------------------------------------------------------------

def calls_of_32_bit(how, w):
    """Lets the helper do it all while w watches; its process number, its port, what was told of it."""
    with subprocess.Popen([program("call32"), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        port = p.stdout.readline().strip()
        if not port and p.wait() in (77, -11):
            raise Skip("no calls of 32-bit programs here")
        client = socket.create_connection(("127.0.0.1", int(port)))
        check(p.stdout.readline() == "done\n", "the helper ended with", p.poll())
        p.stdin.write("go\n")
        p.stdin.flush()
        check(p.wait() == 0, p.returncode)
        client.close()
    w.wait_for(pid=p.pid, old_state="LISTEN", state="CLOSE", local_port=int(port))
    w.stop()
    return p.pid, int(port), [r for r in w.records() if p.pid in (r.get("pid"), r.get("actor_pid"))]


def test_calls__of_32_bit_programs_are_told_without_tracefs():
    for how in ("direct", "socketcall"):
        with Watch("-E", here(), prefix=HIDE) as w:
            pid, port, told = calls_of_32_bit(how, w)
            check("32-bit programs: seen" in w.stderr(), w.stderr())
        for r in told:
            check((r["pid"], r["comm"]) == (pid, "call32"), r)
        calls = [(r["event"], r.get("error"), r.get("local_port"), r.get("remote_addr"), r.get("remote_port"))
                 for r in told if r["event"] != "state"]
        accepted = [c for c in calls if c[0] == "accept"]
        check(len(accepted) == 1 and accepted[0][2] == port, calls)
        check([c for c in calls if c[0] != "accept"] == [
            ("bind", None, port, None, None), ("bind", "EADDRINUSE", port, None, None),
            ("connect", "ENETUNREACH", None, "192.0.2.1", 9)], calls)
        listens = [r.get("local_port") for r in told if r["event"] == "state" and r["state"] == "LISTEN"]
        check(len(listens) == 2 and listens[0] == port and listens[1], listens)


def test_calls__of_32_bit_programs_are_not_seen_by_tracepoints_nor_taken_for_others():
    with Watch("-E", here()) as w:
        if "seen by: system call tracepoints" not in w.stderr():
            raise Skip("calls are seen at the exit of every system call")
        check("32-bit programs: not seen" in w.stderr(), w.stderr())
        _, port, told = calls_of_32_bit("direct", w)
    check({r["event"] for r in told} == {"state"}, told)
    check([r for r in told if r["state"] == "LISTEN" and r.get("local_port") == port], told)
    features = run("--features").stdout.decode()
    check("not seen (system call tracepoints leave them out)" in features, features)
