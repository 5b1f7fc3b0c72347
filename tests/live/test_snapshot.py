# SPDX-License-Identifier: GPL-2.0-only
"""The sources of the snapshot held against each other: BPF iterators, netlink, /proc, the walk; and the list."""
import json
import os
import socket
import subprocess

from harness import (CLONE_NEWPID, FAULT, LIBC, SOURCES, Child, Settings, Skip, Watch, check, enter_netns, here,
                     in_pid_namespace, is_older_than_a_tick, listener, run, scratch, sysctl, wait_until)
from traffic import Churn, connection


# what only the iterators know
MORE = {"time", "cookie", "socket_cgroup_id", "socket_cgroup", "bytes_sent", "bytes_received", "retransmits", "srtt_us", "device", "scope", "v6only", "backlog", "backlog_full", "mark",
        "priority"}


def listed(source, *args):
    """What `list` tells, by what names a socket; a row of another test's namespace is left out."""
    done = run("list", "-jtu", "--snapshot=" + source, *args)
    check(done.returncode == 0, done.stderr)
    rows = {}
    for line in done.stdout.splitlines():
        row = json.loads(line)
        if row["netns"] in NAMESPACES:
            key = tuple(row.get(k) for k in ("netns", "proto", "local_addr", "local_port", "remote_addr",
                                             "remote_port", "inode"))
            check(key not in rows, "told twice:", row)
            if row["proto"] == "tcp":  # of listeners, likewise
                row.pop("drops", None)
                row.pop("send_q" if row["state"] == "LISTEN" else "", None)
                row.pop("uid" if row["state"] == "SYN_RECV" else "", None)  # diagnosis has none of requests
            rows[key] = {k: v for k, v in row.items() if k not in MORE}
    return rows


def has_walk():
    return run("list", "-tj", here(), "--snapshot=walk").returncode == 0


NAMESPACES = set()


def find(rows, **want):
    return [r for r in rows.values() if all(r.get(k) == v for k, v in want.items())]


class Zoo:
    """A socket of every kind, and what each is expected to be."""

    def __init__(self):
        NAMESPACES.add(Settings.netns)
        self.keep = []
        self.states()
        self.queues()
        self.families()
        self.datagrams()
        self.shared = listener()
        wait_until(is_older_than_a_tick, "the clock")
        self.holders = [Child(lambda link: (link.say("up"), link.hear())) for _ in range(2)]
        for holder in self.holders:
            holder.hear()
        self.elsewhere = Child(self.in_namespace)
        self.netns = int(self.elsewhere.hear())
        NAMESPACES.add(self.netns)

    def pair(self, sock):
        c = socket.create_connection(sock.getsockname()[:2])
        conn, _ = sock.accept()
        self.keep += [c, conn]
        return c, conn

    def states(self):
        sock = self.listener = listener()
        self.keep.append(sock)
        self.pair(sock)  # ESTABLISHED
        half, _ = self.pair(sock)
        half.shutdown(socket.SHUT_WR)  # FIN_WAIT2 and CLOSE_WAIT
        self.pass_soon()
        self.backlog = listener()
        self.waiting = socket.create_connection(self.backlog.getsockname())  # not accepted
        self.deferred = listener()
        self.deferred.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 600)
        self.silent = socket.create_connection(self.deferred.getsockname())  # a request, SYN_RECV

    def pass_soon(self):
        """What is there for a minute: TIME_WAIT; and FIN_WAIT2, held by nobody."""
        connection(self.listener)
        orphan, self.waits = self.pair(self.listener)
        orphan.close()

    def queues(self):
        self.sender, self.receiver = self.pair(self.listener)
        self.sender.sendall(b"x" * 1234)
        wait_until(lambda: len(self.receiver.recv(4096, socket.MSG_PEEK)) == 1234, "the bytes")

    def families(self):
        six = listener(socket.AF_INET6)
        both = listener(socket.AF_INET6, host="::")
        self.keep += [six, both]
        self.pair(six)
        mapped = socket.create_connection(("127.0.0.1", both.getsockname()[1]))
        self.keep += [mapped, both.accept()[0]]

    def datagrams(self):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        peer.connect(self.udp.getsockname())
        peer.send(b"y" * 100)
        wait_until(lambda: self.udp.recv(200, socket.MSG_PEEK), "the datagram")
        six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        six.bind(("::1", 0))
        self.keep += [peer, six]

    @staticmethod
    def in_namespace(link):
        inode = enter_netns()
        other = listener(port=7777)
        c = socket.create_connection(other.getsockname())
        datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagram.bind(("127.0.0.1", 53))
        link.say(inode)
        link.hear()
        c.close()

    def check(self, rows):
        """What must be there, whoever tells it."""
        port = self.listener.getsockname()[1]
        for state in ("LISTEN", "ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT2", "TIME_WAIT"):
            check(find(rows, state=state), "no", state, list(rows.values()))
        row = find(rows, state="FIN_WAIT2", local_port=self.waits.getpeername()[1])[0]
        check("pid" not in row and row["remote_port"] == port, row)
        row = find(rows, state="SYN_RECV", local_port=self.deferred.getsockname()[1])[0]
        check(row["owner_source"] == "inherited" and row["pid"] == os.getpid(), row)
        row = find(rows, local_port=self.backlog.getsockname()[1],
                   remote_port=self.waiting.getsockname()[1])[0]
        check(row["owner_source"] == "inherited" and row["pid"] == os.getpid(), row)
        row = find(rows, local_port=port, remote_port=self.sender.getsockname()[1])[0]
        check(row["recv_q"] == 1234, row)
        row = find(rows, proto="udp", local_port=self.udp.getsockname()[1])[0]
        check(row["recv_q"] > 100, row)
        row = find(rows, local_port=self.shared.getsockname()[1])[0]
        pids = {o["pid"] for o in row["owners"]}
        check(pids >= {os.getpid(), *(h.pid for h in self.holders)}, row)
        for proto, port in (("tcp", 7777), ("udp", 53)):
            row = find(rows, netns=self.netns, local_port=port, proto=proto)[0]
            check(row["pid"] == self.elsewhere.pid, row)


def differences(a, b):
    return [(a.get(k), b.get(k)) for k in sorted({*a, *b}, key=str) if a.get(k) != b.get(k)]


def has_passed(row, later):
    """It was there, and its time was over."""
    return row and not later and "pid" not in row and row.get("state") in ("TIME_WAIT", "FIN_WAIT2")


def check_same(zoo, but=0):
    """All sources, one after the other, have all of the zoo and tell it alike; but what is on that port."""
    zoo.pass_soon()
    first = None
    for source in (*SOURCES, "walk") if has_walk() else SOURCES:
        rows = listed(source)
        zoo.check(rows)
        rows = {k: v for k, v in rows.items() if but not in (k[3], k[5])}
        found = [pair for pair in differences(first or rows, rows) if not has_passed(*pair)]
        check(not found, SOURCES[0], source, found)
        first = first or rows


def test_snapshot__all_sources_tell_the_same_of_every_kind_of_socket():
    check_same(Zoo())


def test_snapshot__all_sources_tell_the_same_beside_a_churn():
    zoo = Zoo()
    # where the churn's TIME_WAITs fill them, an orphan is not kept: room for those of a minute
    sysctl("net/ipv4/tcp_max_tw_buckets", 1 << 18)
    with Churn(9001, pause=1000):
        for _ in range(5):
            check_same(zoo, but=9001)


def test_snapshot__namespace_that_only_has_a_name():
    """Its sockets are held by a process that has left it."""
    with scratch() as folder:
        name = f"sockwatch-{os.getpid()}"
        made = subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True)
        if made.returncode:
            raise Skip("ip netns add: " + made.stderr.decode().strip())
        try:
            home = os.open("/proc/self/ns/net", os.O_RDONLY)
            there = os.open("/run/netns/" + name, os.O_RDONLY)
            check(LIBC.setns(there, 0) == 0)
            sock = socket.socket()
            sock.bind(("0.0.0.0", 7070))
            sock.listen()
            check(LIBC.setns(home, 0) == 0)
            NAMESPACES.add(os.fstat(there).st_ino)
            rows = find(listed("bpf"), netns=os.fstat(there).st_ino, local_port=7070)
            check(len(rows) == 1 and rows[0]["pid"] == os.getpid(), rows, folder)
        finally:
            subprocess.run(["ip", "netns", "del", name], check=True)


def test_snapshot__process_of_another_pid_namespace():
    NAMESPACES.add(Settings.netns)

    def inside(link):
        if LIBC.unshare(CLONE_NEWPID):
            raise Skip("no PID namespace")
        child = Child(hold)  # the first process of the new namespace
        link.say(f"{child.pid} {child.hear()}")
        link.hear()
        child.kill()

    def hold(link):
        sock = listener()
        link.say(sock.getsockname()[1])
        link.hear()

    outer = Child(inside)
    pid, port = (int(x) for x in outer.hear().split())
    for source in SOURCES:
        row = find(listed(source), local_port=port)[0]
        check(row["pid"] == pid and [o["pid"] for o in row["owners"]] == [pid], source, row)
        check(row["ns_pid"] == 1, source, row)
    done = run("who", "-j", here(), str(port))
    told = [json.loads(line) for line in done.stdout.splitlines()]
    check([(r["event"], r["pid"], r["ns_pid"]) for r in told] == [("socket", pid, 1), ("process", pid, 1)], told)
    outer.say()
    outer.wait()


def test_snapshot__without_rights_it_is_what_an_ordinary_user_may_see():
    sock = listener()
    port = str(sock.getsockname()[1])
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    done = subprocess.run([*user, Settings.binary, "list", here(), "-jv", "-P", port], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    check(done.returncode == 0 and len(rows) == 1 and rows[0]["owner_source"] == "unknown", done)
    check(b"CAP_BPF" in done.stderr and b"/proc" in done.stderr, done.stderr)
    check(b"by netlink" in done.stderr and rows[0]["cookie"], done)
    done = subprocess.run([*user, Settings.binary, "list", "--snapshot=bpf"], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False)
    check(done.returncode == FAULT and not done.stdout and b"iterators" in done.stderr, done)


def test_snapshot__netlink_leaves_what_it_may_not_enter_to_proc():
    child = Child(Zoo.in_namespace)
    netns = int(child.hear())
    own = listener()
    done = subprocess.run(["setpriv", "--bounding-set=-sys_admin", Settings.binary, "list", "-tujv", "--snapshot=netlink"],
                          stdin=subprocess.DEVNULL, capture_output=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    theirs = {r["proto"]: r for r in rows if r["netns"] == netns and r["local_port"] in (7777, 53) and "remote_port" not in r}
    check(theirs.keys() == {"tcp", "udp"} and all(r["pid"] == child.pid for r in theirs.values()), theirs)
    check(not any("cookie" in r for r in theirs.values()) and b"cannot be entered" in done.stderr, theirs, done.stderr)
    mine = [r for r in rows if r["netns"] == Settings.netns and r["local_port"] == own.getsockname()[1]]
    check(len(mine) == 1 and mine[0]["cookie"] and mine[0]["backlog"] == 128, mine)


def next_pid(pid):
    """That the next process of this PID namespace gets."""
    try:
        with open("/proc/sys/kernel/ns_last_pid", "w", encoding="ascii") as f:
            f.write(str(pid - 1))
    except OSError as e:
        raise Skip(f"the next PID cannot be chosen: {e}") from e


def test_snapshot__of_several_holders_the_one_that_began_first_owns_it_though_pids_begin_anew():
    def server(link):
        sock = listener()
        wait_until(is_older_than_a_tick, "the clock")
        next_pid(400)
        worker = Child(lambda link: (link.say("up"), link.hear()))
        worker.hear()
        link.say(f"{worker.pid} {sock.getsockname()[1]}")
        link.hear()

    def inside():
        NAMESPACES.add(Settings.netns)
        next_pid(900)
        child = Child(server)
        worker, port = map(int, child.hear().split())
        check(worker < child.pid, worker, child.pid)
        for source in (*SOURCES, "walk") if has_walk() else SOURCES:
            row, = find(listed(source), local_port=port)
            check([o["pid"] for o in row["owners"]] == [child.pid, worker] and row["pid"] == child.pid, source, row)
        with Watch("-E", here()) as w:
            socket.create_connection(("127.0.0.1", port)).close()
            born = w.wait_for(local_port=port, old_state="LISTEN")
            check(born["pid"] == child.pid and born["owner_source"] == "inherited", born)

    in_pid_namespace(inside)
