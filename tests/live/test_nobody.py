# SPDX-License-Identifier: GPL-2.0-only
"""Nobody means nobody: sockets that do nothing, or that lie where nobody looks."""
import json
import os
import socket
import subprocess

from harness import (CLONE_NEWNET, LIBC, SOURCES, Settings, Skip, Watch, check, finished, here, in_pid_namespace,
                     kernel_before, listener, program, run)


def rows_of(*args, status=0):
    done = run("who", "-j", *args)
    check(done.returncode == status, args, done)
    return [r for r in map(json.loads, done.stdout.splitlines()) if r["event"] == "socket"]


def is_mine(row):
    return row["pid"] == os.getpid() and os.getpid() in [o["pid"] for o in row["owners"]]


def bound(family=socket.AF_INET, host="127.0.0.1", port=0, kind=socket.SOCK_STREAM):
    s = socket.socket(family, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((host, port))
    return s, s.getsockname()[1]


def test_nobody__a_port_that_is_only_bound_has_its_process():
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"), (socket.AF_INET6, "::")):
        s, port = bound(family, host)
        found = rows_of(here(), str(port))
        check(len(found) == 1 and is_mine(found[0]) and found[0]["state"] == "CLOSE", found)
        check(found[0]["local_addr"] == host and found[0]["uid"] == os.geteuid(), found)
        text = run("list", "-ta", here(), "-P", str(port)).stdout.decode()
        check(f"{os.getpid()}/" in text, text)
        s.close()
        check(rows_of(here(), str(port), status=1) == [], "closed")


def test_nobody__two_that_are_bound_to_one_address_are_two_rows():
    (a, port), (b, _) = bound(), (None, 0)
    b, _ = bound(port=port)
    copies = [a.dup(), a.dup()]
    found = rows_of(here(), str(port))
    check(len(found) == 2 and len({r["inode"] for r in found}) == 2, found)
    a.listen()
    found = rows_of(here(), str(port))
    check(sorted(r["state"] for r in found) == ["CLOSE", "LISTEN"], found)
    for s in (a, b, *copies):
        s.close()


def test_nobody__the_stream_begins_with_what_is_bound():
    s, port = bound()
    with Watch("-P", str(port)) as w:
        row = w.wait_for(event="socket", local_port=port, state="CLOSE")
        check(row["pid"] == os.getpid(), row)
        s.listen()
        w.wait_for(event="state", local_port=port, old_state="CLOSE", state="LISTEN")
        check(len(w.find(event="socket")) == 1, w.find())


class Deserted:
    """Sockets in a network namespace that nobody lives in, and that has no name."""

    def __init__(self):
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        if LIBC.unshare(CLONE_NEWNET):
            raise Skip("no network namespace")
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        self.listener = listener(host="0.0.0.0")
        self.client = socket.create_connection(("127.0.0.1", self.listener.getsockname()[1]))
        self.waiting = socket.create_connection(("127.0.0.1", self.listener.getsockname()[1]))
        self.accepted = self.listener.accept()[0]
        self.bound, _ = bound()
        self.udp, _ = bound(kind=socket.SOCK_DGRAM)
        self.raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self.inode = os.stat("/proc/thread-self/ns/net").st_ino
        check(LIBC.setns(home, CLONE_NEWNET) == 0)
        os.close(home)

    def option(self):
        return f"--netns={self.inode}"


def test_nobody__a_namespace_that_nobody_lives_in_is_looked_at():
    d = Deserted()
    port = d.listener.getsockname()[1]
    found = rows_of(d.option(), str(port))
    check(sorted(r["state"] for r in found) == ["ESTABLISHED"] * 4 + ["LISTEN"], found)  # one is not accepted
    check(all(r["netns"] == d.inode and r["pid"] == os.getpid() for r in found), found)
    for s in (d.bound, d.udp):
        found = rows_of(d.option(), str(s.getsockname()[1]))
        check(len(found) == 1 and is_mine(found[0]), found)
    done = run("list", "-jw", d.option())
    check([json.loads(line)["pid"] for line in done.stdout.splitlines()] == [os.getpid()], done)


def test_nobody__the_first_thread_of_its_process_has_ended():
    with subprocess.Popen([program("leaderless")], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        port = int(p.stdout.readline())
        found = rows_of(here(), str(port))
        check(len(found) == 1 and found[0]["pid"] == p.pid and found[0]["owners"][0]["pid"] == p.pid, found)
        p.stdin.close()


def test_nobody__in_flight_between_two_processes():
    """A descriptor that waits in a Unix socket: nobody has it, and the port is taken all the same."""
    a, b = socket.socketpair()
    s = listener()
    port = s.getsockname()[1]
    socket.send_fds(a, [b"x"], [s.fileno()])
    s.close()
    found = rows_of(here(), str(port))
    check(len(found) == 1 and "pid" not in found[0] and found[0]["owner_source"] == "unknown", found)
    b.close()


def test_nobody__what_is_bound_only_is_told_by_every_source():
    if kernel_before(6, 8):
        raise Skip("this kernel does not tell of sockets that are bound only")
    a, b = socket.socketpair()
    s, port = bound()
    for source in SOURCES:
        found = rows_of(here(), "--snapshot=" + source, str(port))
        check(len(found) == 1 and is_mine(found[0]) and found[0]["state"] == "CLOSE", source, found)
    socket.send_fds(a, [b"x"], [s.fileno()])
    s.close()
    for source in SOURCES:
        found = rows_of(here(), "--snapshot=" + source, str(port))
        check(len(found) == 1 and found[0]["owner_source"] == "unknown", source, found)
    with Watch("who", "-f", str(port)) as w:
        w.wait_for(event="socket", local_port=port, state="CLOSE")
    b.close()


def test_nobody__list_and_the_stream_have_what_no_descriptor_shows():
    """Not only who, which asks once more before it says that nobody has a port."""
    if kernel_before(6, 8):
        raise Skip("this kernel does not tell of sockets that are bound only")
    a, b = socket.socketpair()
    s, port = bound()
    t, port6 = bound(socket.AF_INET6, "::1")
    socket.send_fds(a, [b"x"], [s.fileno(), t.fileno()])
    s.close(), t.close()
    for args in ([], ["-P", f"{port},{port6}"], *(["--snapshot=" + source] for source in SOURCES)):
        done = run("list", "-taj", here(), *args)
        found = [r for r in map(json.loads, done.stdout.splitlines()) if r["local_port"] in (port, port6)]
        check(sorted(r["local_port"] for r in found) == sorted((port, port6)), args, done)
        check(all(r["state"] == "CLOSE" and r["owner_source"] == "unknown" for r in found), args, found)
    done = run("list", "-tlj", here())
    check(all(json.loads(line)["local_port"] not in (port, port6) for line in done.stdout.splitlines()), done)
    with Watch() as w:
        w.wait_for(event="socket", local_port=port, state="CLOSE")
        w.wait_for(event="socket", local_port=port6, state="CLOSE")
    b.close()


def test_nobody__seen_from_a_pid_namespace():
    s, (other, unseen) = listener(), bound()
    port = str(s.getsockname()[1])

    def inside():
        s.close()  # here, not outside
        other.close()
        rows = rows_of(here(), port)
        check(len(rows) == 1 and "pid" not in rows[0] and rows[0]["owner_source"] == "unknown", rows)
        done = finished([Settings.binary, "who", "-j", here(), str(unseen)])
        if kernel_before(6, 8):
            check(done.returncode == 1 and b"nobody that is seen in this PID namespace" in done.stderr, done)
        else:
            check(done.returncode == 0 and json.loads(done.stdout)["owner_source"] == "unknown", done)
    in_pid_namespace(inside)


def test_nobody__is_not_said_of_a_namespace_that_may_not_be_looked_at():
    """It has a name, so that it is known to be there; without rights its tables cannot be read."""
    name = f"sockwatch-nobody-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True)
    if made.returncode:
        raise Skip("ip netns add: " + made.stderr.decode().strip())
    as_user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Settings.binary, "who"]
    try:
        there = os.open("/run/netns/" + name, os.O_RDONLY)
        number = str(os.fstat(there).st_ino)
        os.close(there)
        for source in [], ["--snapshot=netlink"], ["--snapshot=proc"]:
            for where in [], ["--netns", number]:
                done = finished([*as_user, "1", *source, *where])
                check(done.returncode == 3 and b"port 1: not known: nobody who is seen from here has it" in done.stderr, source, done)
                check(b"nobody holds" not in done.stderr, source, done)
            done = finished([*as_user, "1", *source, here()])
            check(done.returncode == 1 and b"nobody holds port 1\n" in done.stderr, "only ours was asked for", done)
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)
