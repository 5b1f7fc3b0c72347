# SPDX-License-Identifier: GPL-2.0-only
"""What is told when a system call returns: ports that the call chose."""
import errno
import os
import socket

from harness import Settings, Watch, check, check_chains, run, sysctl, transitions

# no tracefs: calls are seen at the exit of every system call
HIDE = ["unshare", "-m", "--propagation=unchanged", "sh", "-c",
        "mount --make-rprivate /; umount -l /sys/kernel/tracing 2>/dev/null; "
        "umount -l /sys/kernel/debug/tracing 2>/dev/null; umount -l /sys/kernel/debug 2>/dev/null; exec \"$0\" \"$@\""]
BOTH = [], HIDE


def here():
    return "-E", "--netns", str(Settings.netns)


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
        with Watch(*here(), prefix=prefix) as w:
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
            with Watch(*here(), *asked, prefix=prefix) as w:
                s = socket.socket()
                s.listen(4)
                check_listens(w, s)
        with Watch(*here(), "-P", "40002", prefix=prefix) as w:
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
        with Watch(*here(), prefix=prefix) as w, Watch(*here(), "-P", "40001", prefix=prefix) as by_port:
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
    with Watch(*here()) as w:
        try:
            second.listen()
        except OSError as e:
            check(e.errno == errno.EADDRINUSE, e)
        w.stop()
        check(transitions(w.records()) == [("CLOSE", "LISTEN"), ("LISTEN", "CLOSE")], w.records())
        check(all(r["local_port"] == port for r in w.records()), w.records())
    check(run("list", "-tl", "-P", str(port)).returncode == 0)
