# SPDX-License-Identifier: GPL-2.0-only
"""The walk, which takes no lock, held against the iterators, which do."""
import array
import json
import os
import re
import resource
import socket

from harness import (CLONE_NEWNET, FAULT, LIBC, Child, Settings, Skip, check, enter_netns, here, kernel_before, listener, run,
                     scaled, sysctl)
from test_snapshot import NAMESPACES, Zoo, differences, find, has_passed, listed
from traffic import Churn, connection

CHURN = 9001


def needs_walk():
    done = run("list", "-tn", "--snapshot=walk")
    if done.returncode == FAULT and "refused the walk" in str(done.stderr):
        raise Skip("the kernel does not take the walk")
    check(done.returncode == 0, done.stderr)


class LargerZoo(Zoo):
    """And what only the walk has to find by itself."""

    def __init__(self):
        super().__init__()
        self.listener_6 = listener(socket.AF_INET6)
        self.keep.append(self.listener_6)
        self.bound = [socket.socket(), socket.socket(socket.AF_INET6)]
        self.bound[0].bind(("127.0.0.1", 0))
        self.bound[1].bind(("::1", 0))
        self.in_flight()
        self.twice()
        self.many = [self.pair(self.listener) for _ in range(200)]

    def in_flight(self):
        """A connection that only a message holds."""
        _, conn = self.pair(self.listener)
        self.keep.remove(conn)
        here, there = socket.socketpair(socket.AF_UNIX)
        here.sendmsg([b"f"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [conn.fileno()]))])
        conn.close()
        self.keep += [here, there]

    def twice(self):
        c, _ = self.pair(self.listener)
        self.keep += [c.dup(), c.dup()]


def quiet(rows):
    """Without the churn's."""
    return {k: v for k, v in rows.items() if CHURN not in (k[3], k[5])}


def check_alike(*args):
    """Both tell the same of what stays; returns what the walk tells."""
    walk, bpf = quiet(listed("walk", *args)), quiet(listed("bpf", *args))
    found = [pair for pair in differences(walk, bpf) if not has_passed(*pair)]
    check(not found, *args, "walk, bpf:", found)
    return walk


def test_walk__tells_what_the_iterators_tell_of_every_kind_of_socket():
    needs_walk()
    zoo = LargerZoo()
    for _ in range(scaled(30)):
        zoo.pass_soon()
        zoo.check(check_alike())


def test_walk__what_stays_is_told_whole_beside_a_churn():
    needs_walk()
    zoo = LargerZoo()
    zoo.check(check_alike())
    sysctl("net/ipv4/tcp_max_tw_buckets", 2000)  # else each page has a minute of the churn's
    with Churn(CHURN):
        for _ in range(scaled(30)):
            check_alike()


def test_walk__namespace_with_tables_of_its_own():
    needs_walk()
    if not os.path.exists("/proc/sys/net/ipv4/tcp_child_ehash_entries"):
        raise Skip("no tcp_child_ehash_entries")
    sysctl("net/ipv4/tcp_child_ehash_entries", 1024)
    if os.path.exists("/proc/sys/net/ipv4/udp_child_hash_entries"):
        sysctl("net/ipv4/udp_child_hash_entries", 256)
    children = [Child(Zoo.in_namespace) for _ in range(2)]
    for child in children:
        NAMESPACES.add(int(child.hear()))
    walk, bpf = listed("walk"), listed("bpf")
    check(walk == bpf, differences(walk, bpf))
    for child in children:
        check(find(walk, pid=child.pid, state="LISTEN", local_port=7777), walk)
        check(find(walk, pid=child.pid, proto="udp", local_port=53), walk)
        check(len(find(walk, pid=child.pid, proto="tcp")) >= 2, walk)


def test_walk__more_sockets_and_descriptors_than_a_window_has_room_for():
    needs_walk()
    NAMESPACES.add(Settings.netns)
    room = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    sockets, copies = 6000, min(20000, room - 6100)
    if copies < 11000:
        raise Skip(f"a process may not have more than {room} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (room, room))
    ends = []
    for _ in range(sockets):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 0))
        ends.append(s)
    fds = [os.dup(ends[0].fileno()) for _ in range(copies)]
    rows = find(listed("walk"), proto="udp", pid=os.getpid())
    check(len(rows) == sockets, len(rows))
    for s, row in zip(sorted(ends, key=lambda s: s.getsockname()[1]), sorted(rows, key=lambda r: r["local_port"])):
        check(row["local_port"] == s.getsockname()[1] and row["inode"] == os.fstat(s.fileno()).st_ino, row)
    owners = find(rows_by_port(rows), local_port=ends[0].getsockname()[1])[0]["owners"]
    check([o["fd"] for o in owners] == sorted([ends[0].fileno(), *fds]), len(owners))


def rows_by_port(rows):
    return {row["local_port"]: row for row in rows}


def test_walk__is_what_a_plain_list_takes_where_it_can_be():
    needs_walk()
    done = run("list", "-tn", "-v")
    check("by a walk" in str(done.stderr), done.stderr)
    check("by a walk" in str(run("who", "-v", "1").stderr), "who")
    for more in (["-j"], ["-o"], ["-e"], ["-im"], ["--csv"], ["--cgroup", "/"]):
        done = run("list", "-tn", "-v", *more)
        check("by a walk" in str(done.stderr), more, done.stderr)
    for more in (["-j"], ["--csv"], ["-e"]):
        done = run("who", "-v", "1", *more)
        check("by a walk" in str(done.stderr), more, done.stderr)


def told_whole(source):
    """All that is told of what stays, by the cookie; and what has none."""
    done = run("list", "-jtunoim", "-e", "--snapshot=" + source)
    check(done.returncode == 0, done.stderr)
    rows, bare = {}, []
    for line in done.stdout.splitlines():
        row = json.loads(line)
        if row["netns"] not in NAMESPACES or CHURN in (row["local_port"], row.get("remote_port")):
            continue
        if row.get("state") == "TIME_WAIT" or "inode" not in row and row.get("state") == "FIN_WAIT2":
            continue  # a cookie of its own, which is of no use to anybody
        if "cookie" not in row:
            bare.append(row)
            continue
        check(row["cookie"] not in rows, "told twice:", row)
        # mem_options: what calls take for a moment, and give back when the kernel comes to it
        for passing in ("time", "timer_ms", "timer", "timer_retransmits", "start_time", "mem_options"):
            row.pop(passing, None)
        rows[row["cookie"]] = row
    return rows, bare


class UnaskedZoo(LargerZoo):
    """Where some sockets that nobody holds are elsewhere, too."""

    def __init__(self):
        super().__init__()
        self.unaccepted = Child(self.waiting_elsewhere)
        NAMESPACES.add(int(self.unaccepted.hear()))

    @staticmethod
    def waiting_elsewhere(link):
        inode = enter_netns()
        server = listener(port=7778)
        c = socket.create_connection(server.getsockname())
        link.say(inode)
        link.hear()
        c.close()


def check_whole():
    walk, bare = told_whole("walk")
    check(not bare, "no cookie:", bare)
    bpf, _ = told_whole("bpf")
    differ = [{k: (a.get(k), b.get(k)) for k in {*a, *b} if a.get(k) != b.get(k)} if a and b else (a, b)
              for a, b in differences(walk, bpf)]
    check(not differ, "walk, bpf:", differ)
    return walk


def test_walk__all_formats_have_what_the_iterators_tell():
    """Cookies that nobody has asked for so far, cgroups, counters, windows, memory."""
    needs_walk()
    zoo = UnaskedZoo()
    for _ in range(scaled(20)):
        walk = check_whole()
        for key in ("cgroup_id", "bytes_sent", "cwnd", "congestion", "mem_send_limit", "mark"):
            check(any(key in row for row in walk.values()), "no", key, list(walk.values())[:3])
        check(find(walk, local_port=7778, state="ESTABLISHED"), walk)
        check([r for r in find(walk, state="CLOSE", proto="tcp") if r["pid"] == os.getpid()], "bound only", walk)
        zoo.keep += [socket.create_server(("127.0.0.1", 0)), *zoo.pair(zoo.listener)]
        zoo.bound.append(socket.socket())
        zoo.bound[-1].bind(("127.0.0.1", 0))


def test_walk__all_that_stays_is_told_whole_beside_a_churn():
    needs_walk()
    zoo = UnaskedZoo()
    check_whole()
    sysctl("net/ipv4/tcp_max_tw_buckets", 2000)
    with Churn(CHURN):
        for _ in range(scaled(20)):
            check(len(check_whole()) > 400)
    check(zoo.many)


def test_walk__looks_at_cgroups_as_the_iterators_do():
    needs_walk()
    zoo = LargerZoo()
    cgroup = [line for line in open("/proc/self/cgroup", encoding="utf8") if line.startswith("0::")]
    if not cgroup:
        raise Skip("no cgroup2")
    own = cgroup[0].strip()[3:]
    for args in (["--cgroup", own], ["--cgroup", "/"]):
        check(len(check_alike(*args)) > 400, args)
    check(zoo.many)


def test_walk__timers_are_those_of_the_iterators():
    needs_walk()
    with socket.create_server(("127.0.0.1", 0)) as server:
        c = socket.create_connection(server.getsockname())
        conn, _ = server.accept()
        c.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 3000)
        port = c.getsockname()[1]
        waits = connection(server)
        rows = {source: [json.loads(line) for line in run("list", "-jto", here(), "-P", str(port), "-P", str(waits),
                                                          "--snapshot=" + source).stdout.splitlines()]
                for source in ("walk", "bpf")}
        for found in rows.values():
            own = [r for r in found if r["local_port"] == port][0]
            check(own["timer"] == "keepalive" and 2900000 < own["timer_ms"] <= 3000000, found)
            check([r for r in found if r["state"] == "TIME_WAIT" and 0 < r["timer_ms"] <= 60000], found)
        c.close(), conn.close()


def test_walk__filters_as_the_iterators_do():
    needs_walk()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)) as c:
            done = run("list", "-jt", "--snapshot=walk", here(), "-D", str(port), "-L", str(c.getsockname()[1]))
            rows = [json.loads(line) for line in done.stdout.splitlines()]
            check([row["local_port"] for row in rows] == [c.getsockname()[1]], rows)


def who(source, *ports):
    """What is said, without what goes on (the wait of TIME_WAIT, a process's age) and what is not seen, which differs."""
    done = run("who", f"--snapshot={source}", here(), *[str(p) for p in ports])
    text = done.stdout.decode() + done.stderr.decode()
    return done.returncode, re.sub(r"(free in|since|note: process) .*", "", text)


def test_walk__who_says_what_it_says_by_the_iterators():
    needs_walk()
    zoo = LargerZoo()
    bound = [s.getsockname()[1] for s in zoo.bound]
    waits = connection(listener())
    with socket.socket() as gone:
        gone.bind(("127.0.0.1", 0))
        free = gone.getsockname()[1]
    for ports in ([zoo.listener.getsockname()[1]], [zoo.listener_6.getsockname()[1]], bound, [waits], [free], [53, 7777]):
        check(who("walk", *ports) == who("bpf", *ports), ports, who("walk", *ports), who("bpf", *ports))
    check(who("walk", *bound)[1].count("CLOSE") == 2 and "TIME_WAIT" in who("walk", waits)[1], who("walk", waits))


def test_walk__who_has_a_bound_socket_that_no_process_holds():
    """On its way between two processes, in a namespace that nobody lives in."""
    if kernel_before(6, 8):
        raise Skip("no diagnosis of what is bound only")
    needs_walk()
    nobodys = Child(bound_and_left)
    port = nobodys.hear()
    done = run("who", port)
    check(done.returncode == 0 and f":{port} ".encode() in done.stdout, done)
    nobodys.say()


def bound_and_left(link):
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    enter_netns()
    s, kept = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    mine, theirs = socket.socketpair(socket.AF_UNIX)
    mine.sendmsg([b"f"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [s.fileno()]))])
    port = s.getsockname()[1]
    s.close()
    LIBC.setns(own, CLONE_NEWNET)
    link.say(port)
    link.hear()
    mine.close(), theirs.close(), kept.close()
