# SPDX-License-Identifier: GPL-2.0-only
"""Unix and raw sockets of `sockwatch list`, row by row beside netstat and ss."""
import json
import os
import re
import socket
import subprocess

from harness import (CLONE_NEWNS, CLONE_NEWPID, LIBC, Child, Settings, Skip, check, enter_netns, here, listener, run,
                     scratch)

WITHOUT_SETNS = ("setpriv", "--bounding-set=-sys_admin")
SOURCES = ("--snapshot=bpf", "--snapshot=proc")


def listed(*args, netns=None, prefix=()):
    done = subprocess.run([*prefix, Settings.binary, "list", "-xj", f"--netns={netns or Settings.netns}", *args],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    check(done.returncode == 0, done)
    return [json.loads(line) for line in done.stdout.splitlines()]


def inode(sock):
    return os.fstat(sock.fileno()).st_ino


def find(rows, sock):
    found = [r for r in rows if r.get("inode") == inode(sock)]
    check(len(found) == 1, inode(sock), rows)
    return found[0]


def bound(kind, name, listen=True):
    s = socket.socket(socket.AF_UNIX, kind)
    s.bind(name)
    if listen and kind != socket.SOCK_DGRAM:
        s.listen(5)
    return s


def every_kind(folder):
    """Sockets of every kind and state. Returned so that they live."""
    stream = bound(socket.SOCK_STREAM, folder + "/stream")
    packet = bound(socket.SOCK_SEQPACKET, "\0abstract")
    datagram = bound(socket.SOCK_DGRAM, folder + "/datagram")
    silent = bound(socket.SOCK_STREAM, folder + "/bound-only", listen=False)
    long = bound(socket.SOCK_STREAM, folder + "/" + "x" * (107 - len(folder) - 1))
    client = socket.socket(socket.AF_UNIX)
    client.connect(folder + "/stream")
    accepted = stream.accept()[0]
    waiting = socket.socket(socket.AF_UNIX)
    waiting.connect(folder + "/stream")
    talks = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    talks.connect(folder + "/datagram")
    talks.send(b"12345")
    pair = socket.socketpair()
    lonely = socket.socket(socket.AF_UNIX)
    return stream, packet, datagram, silent, long, client, accepted, waiting, talks, *pair, lonely


def netstat_rows(text=None):
    if text is None:
        text = subprocess.run(["netstat", "-xanp"], capture_output=True, text=True, check=False).stdout
    rows = {}
    for line in text.splitlines():
        m = re.match(r"unix +(\d+) +(\[.*?\]) +(\w+) +(\w*) +(\d+) +(\S+)(?: (?:\w.*?)?)? *([/@]\S*)? *$", line)
        if m:
            rows[int(m[5])] = (m[1], "ACC" in m[2], m[3], m[4], m[6].split("/")[0], m[7] or "")
    return rows


def our_rows(*args, netns=None):
    done = run("list", "-x", f"--netns={netns or Settings.netns}", *args)
    rows = {}
    for line in done.stdout.decode().splitlines():
        m = re.match(r"unix +(\d+) +(\[.*?\]) +(\w+) +([A-Z]*) +(\d+) +(\S+) +(\S+) *(?:-> )?([/@]\S*)?$",
                     line)
        if m:
            path = "" if "-> " in line else m[8] or ""
            rows[int(m[5])] = (m[1], "ACC" in m[2], m[3], m[4], m[6].split("/")[0], path)
    return rows


SS_TYPES = {"u_str": "STREAM", "u_dgr": "DGRAM", "u_seq": "SEQPACKET"}
SS_STATES = {"LISTEN": "LISTENING", "ESTAB": "CONNECTED", "UNCONN": ""}


def ss_rows(text=None):
    """By inode: type, state, Recv-Q, Send-Q, path, the peer's inode, holders with their descriptors."""
    if text is None:
        text = subprocess.run(["ss", "-xanpO"], capture_output=True, text=True, check=True).stdout
    rows = {}
    for line in text.splitlines()[1:]:
        kind, state, recv_q, send_q, path, number, _, peer, *rest = line.split()
        holders = frozenset((int(p), int(fd)) for p, fd in re.findall(r"pid=(\d+),fd=(\d+)", " ".join(rest)))
        rows[int(number)] = (SS_TYPES[kind], SS_STATES[state], int(recv_q), int(send_q),
                             "" if path == "*" else path, int(peer), holders)
    return rows


def seen_by_ss(r):
    """A row of ours as ss tells it: of a client it shows the path of the other end."""
    return (r["type"], r.get("state", ""), r["recv_q"], r["send_q"], r.get("path", ""), r.get("peer_inode", 0),
            frozenset((o["pid"], o["fd"]) for o in r.get("owners", ())))


def test_unix__every_row_is_netstats():
    with scratch() as folder:
        keep = every_kind(folder)
        theirs, ours = netstat_rows(), our_rows()
        theirs.pop(0, None)  # not accepted yet: several have this number
        ours.pop(0, None)
        check(ours == theirs, "only ours:", set(ours.items()) - set(theirs.items()),
              "only netstat's:", set(theirs.items()) - set(ours.items()))
        check(len(ours) >= len(keep), ours)
        states = {row[3] for row in ours.values()}
        check({"LISTENING", "CONNECTED", ""} <= states, states)
        for s in keep:
            s.close()


def test_unix__every_row_is_that_of_ss():
    with scratch() as folder:
        keep = every_kind(folder)
        theirs = ss_rows()
        theirs.pop(0, None)  # not accepted yet: several have this number
        for source in SOURCES:
            ours = {r["inode"]: seen_by_ss(r) for r in listed(source) if "inode" in r}
            check(ours == theirs, source, "only ours:", set(ours.items()) - set(theirs.items()),
                  "only of ss:", set(theirs.items()) - set(ours.items()))
        stream, client, accepted, talks = keep[0], keep[5], keep[6], keep[8]
        rows = listed()
        check(find(rows, client)["peer_inode"] == inode(accepted), find(rows, client))
        check(find(rows, client)["peer_path"] == folder + "/stream", find(rows, client))
        check(find(rows, talks)["peer_path"] == folder + "/datagram", find(rows, talks))
        check(find(rows, stream)["recv_q"] == 1, "one waits to be accepted")
        for s in keep:
            s.close()


def test_unix__peer_and_every_owner_is_told():
    with scratch() as folder:
        server = bound(socket.SOCK_STREAM, folder + "/s")

        def other(link):
            mine = socket.socket(socket.AF_UNIX)
            mine.connect(folder + "/s")
            link.say(inode(mine))
            link.hear()

        child = Child(other)
        its = int(child.hear())
        accepted = server.accept()[0]
        rows = listed()
        row = find(rows, accepted)
        check(row["peer_inode"] == its and [o["pid"] for o in row["peer_owners"]] == [child.pid], row)
        check(row["pid"] == os.getpid() and row["owner_source"] == "snapshot", row)
        holders = {o["pid"] for o in find(rows, server)["owners"]}
        check(holders == {os.getpid(), child.pid}, "it was forked with the listener", holders)
        line = [x for x in run("list", "-x", f"--pid={child.pid}").stdout.decode().splitlines()
                if f" {its} " in x][0]
        check(f" {child.pid}/" in line and f" {os.getpid()}/" in line and line.endswith("-> " + folder + "/s"), line)
        child.say()
        child.wait()


def elsewhere(link):
    """In a namespace of its own: a listener, who is connected to it, and a pair."""
    netns = enter_netns()
    server = bound(socket.SOCK_STREAM, "\0same-name")
    client = socket.socket(socket.AF_UNIX)
    client.connect("\0same-name")
    accepted = server.accept()[0]
    datagrams = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    link.say(" ".join(str(n) for n in (netns, *(inode(s) for s in (server, client, accepted, *datagrams)))))
    while link.hear() == "tables":
        link.say(json.dumps([subprocess.run(c, capture_output=True, text=True, check=True).stdout
                             for c in (("netstat", "-xanp"), ("ss", "-xanpO"))]))


def test_unix__other_namespaces_are_told_apart():
    mine = bound(socket.SOCK_STREAM, "\0same-name")
    child = Child(elsewhere)
    netns, server, client, accepted, one, other = (int(x) for x in child.hear().split())
    child.say("tables")
    netstat, ss = json.loads(child.hear())
    for source in SOURCES:
        rows = {r["inode"]: r for r in listed(source, netns=netns)}
        check(set(rows) == {server, client, accepted, one, other}, source, rows)
        check({r["pid"] for r in rows.values()} == {child.pid}, source, rows)
        check(rows[server]["path"] == rows[accepted]["path"] == "@same-name", rows)
        check(rows[client]["peer_inode"] == accepted and rows[client]["peer_path"] == "@same-name", rows)
        check(rows[one]["peer_inode"] == other and rows[other]["peer_inode"] == one, rows)
        check(netstat_rows(netstat) == our_rows(source, netns=netns), source, netstat)
        check(ss_rows(ss) == {k: seen_by_ss(r) for k, r in rows.items()}, source, ss)
        row = find(listed(source), mine)
        check(row["path"] == "@same-name" and row["netns"] == Settings.netns, row)
    child.say("end")
    child.wait()


def test_unix__namespace_that_cannot_be_entered_is_read_in_proc():
    child = Child(elsewhere)
    netns, server, client, accepted, one, other = (int(x) for x in child.hear().split())
    for source in SOURCES:
        rows = {r["inode"]: r for r in listed(source, netns=netns, prefix=WITHOUT_SETNS)}
        check(set(rows) == {server, client, accepted, one, other}, source, rows)
        check({r["pid"] for r in rows.values()} == {child.pid}, source, rows)
        check(rows[server]["path"] == "@same-name" and rows[server]["state"] == "LISTENING", source, rows)
        check(not any("peer_inode" in r or "recv_q" in r for r in rows.values()), source, rows)
    child.say("end")
    child.wait()


def test_unix__namespace_that_only_has_a_name():
    """Its sockets are held by a process that has left it."""
    name = f"sockwatch-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True)
    if made.returncode:
        raise Skip("ip netns add: " + made.stderr.decode().strip())
    try:
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        there = os.open("/run/netns/" + name, os.O_RDONLY)
        check(LIBC.setns(there, 0) == 0)
        left = bound(socket.SOCK_STREAM, "\0left-behind")
        check(LIBC.setns(home, 0) == 0)
        for source in SOURCES:
            row = find(listed(source, netns=os.fstat(there).st_ino), left)
            check(row["path"] == "@left-behind" and row["pid"] == os.getpid(), source, row)
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def test_unix__proc_of_another_pid_namespace_does_not_say_which_namespace_is_ours():
    """As after nsenter -m into a container: /proc/self is not there, and the rest is the container's."""
    mine = bound(socket.SOCK_STREAM, "\0mine")
    tcp = listener()

    def container(link):
        if LIBC.unshare(CLONE_NEWPID):
            raise Skip("no PID namespace")
        inner = Child(first)
        link.say(f"{inner.pid} {inner.hear()}")
        link.hear()
        inner.kill()

    def first(link):
        check(LIBC.unshare(CLONE_NEWNS) == 0)
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True)
        netns = enter_netns()
        theirs = bound(socket.SOCK_STREAM, "\0theirs")
        server = listener()
        link.say(f"{netns} {inode(theirs)} {server.getsockname()[1]} {inode(server)}")
        link.hear()

    child = Child(container)
    pid, netns, number, port, server = (int(x) for x in child.hear().split())
    inside = ("nsenter", "-t", str(pid), "-m")
    probe = subprocess.run([*inside, Settings.binary, "--version"], capture_output=True, check=False)
    if b"LeakSanitizer" in probe.stderr:
        raise Skip("the sanitizer needs a /proc of its own")
    check(probe.returncode == 0, probe)
    for source in SOURCES:
        rows = {r["inode"]: r for r in listed(source, netns=netns, prefix=inside)}
        check(inode(mine) not in rows, source, "ours is shown as theirs:", rows)
        check(rows[number]["path"] == "@theirs", source, rows)
    for options in ((), ("--snapshot=proc",)):
        done = subprocess.run([*inside, Settings.binary, "list", "-tj", f"--netns={netns}", *options],
                              capture_output=True, check=False)
        check(done.returncode == 0, done)
        rows = {r["inode"]: r["local_port"] for r in (json.loads(x) for x in done.stdout.splitlines())}
        check(rows == {server: port}, options, rows, "ours is", inode(tcp))
    child.say()
    child.wait()


def test_unix__hidden_owners_are_told_where_nothing_else_is_read():
    """The iterators need no right to look into others; whoever has no iterators must be told."""
    keep = socket.socketpair()
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    for args in (("-x",), ("-w",), ("-tx",), ("-a",)):
        done = subprocess.run([*user, Settings.binary, "list", *args], capture_output=True, check=False)
        check(done.returncode == 0 and done.stderr.count(b"CAP_SYS_PTRACE") == 1, args, done.stderr)
    row = find(listed(prefix=("setpriv", "--bounding-set=-sys_ptrace")), keep[0])
    check(row["pid"] == os.getpid(), row)


def test_unix__holders_are_found_wherever_the_descriptor_is():
    """A fork, a passed descriptor, a pair whose other end is another process's."""
    mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    passed = bound(socket.SOCK_DGRAM, "\0passed")
    road = socket.socketpair()

    def other(link):
        mine.close()
        passed.close()
        link.say("up")
        received = socket.recv_fds(road[1], 1, 1)[1][0]
        link.say(received)
        link.hear()

    child = Child(other)
    its.close()
    child.hear()
    socket.send_fds(road[0], [b"x"], [passed.fileno()])
    fd = int(child.hear())
    for source in SOURCES:
        rows = listed(source)
        row = find(rows, mine)
        check([o["pid"] for o in row["owners"]] == [os.getpid()], source, row)
        check([o["pid"] for o in row["peer_owners"]] == [child.pid], source, row)
        check(row["type"] == "SEQPACKET" and row["state"] == "CONNECTED" and "path" not in row, source, row)
        row = find(rows, passed)
        check({(o["pid"], o["fd"]) for o in row["owners"]} == {(os.getpid(), passed.fileno()), (child.pid, fd)},
              source, row)
    passed.close()  # in flight, or held by the other alone
    row = next(r for r in listed() if r.get("path") == "@passed")
    check(row["pid"] == child.pid, row)
    child.say()
    child.wait()


def test_unix__socket_in_flight_has_no_owner():
    road = socket.socketpair()
    sent = bound(socket.SOCK_DGRAM, "\0in-flight")
    socket.send_fds(road[0], [b"x"], [sent.fileno()])
    sent.close()
    row = next(r for r in listed() if r.get("path") == "@in-flight")
    check(row["owner_source"] == "unknown" and "pid" not in row, row)


def test_unix__names_cannot_forge_a_row():
    with scratch() as folder:
        evil = folder + "/a\n0000000000000000: 00000002 00000000 00010000 0001 01 4711 @forged"
        name = folder + "/b\x1b[31m\t\\"
        keep = [bound(socket.SOCK_STREAM, evil), bound(socket.SOCK_STREAM, name),
                bound(socket.SOCK_STREAM, "\0a\0b"), bound(socket.SOCK_DGRAM, b"\0\xff\xfe"),
                bound(socket.SOCK_STREAM, "@plain") if os.chdir(folder) is None else None]
        rows = listed()
        check(find(rows, keep[0])["path"] == evil, rows)
        check(find(rows, keep[1])["path"] == name, rows)
        check(find(rows, keep[2])["path"] == "@a@b", rows)
        check(find(rows, keep[3])["path"] == "@\ufffd\ufffd", rows)
        check(find(rows, keep[4])["path"] == "@plain", rows)
        check(not [r for r in rows if r.get("inode") == 4711], rows)
        text = run("list", "-x", here()).stdout.decode()
        check("\x1b" not in text and "\\x1b[31m" in text, text)
        check(len(text.splitlines()) == len(rows) + 1, text)
        for s in keep:
            s.close()
        os.chdir("/")


def test_unix__path_cannot_forge_the_count_of_another():
    with scratch() as folder:
        victim = bound(socket.SOCK_STREAM, folder + "/victim")
        line = f"0000000000000000: 000000FF 00000000 00010000 0001 01 {inode(victim)} "
        os.chdir(folder)
        keep = [bound(socket.SOCK_STREAM, f"v\n{line}@{n}") for n in range(4)]
        os.chdir("/")
        with open("/proc/self/net/unix", encoding="utf-8") as f:
            table = f.read()
        check(table.count(f"\n{line}") == 4, "the kernel does not print it", table)
        check(find(listed(), victim)["refcnt"] == 2, find(listed(), victim))
        for s in (victim, *keep):
            s.close()


def test_unix__what_is_asked_for_is_shown():
    with scratch() as folder:
        keep = every_kind(folder)
        check({r["state"] for r in listed("-l")} == {"LISTENING"}, "-l")
        check({r["state"] for r in listed("--state=established")} == {"CONNECTED"}, "--state")
        check(listed(f"--pid={os.getpid()}") and not listed("--pid=1"), "--pid")
        check({r["proto"] for r in listed("-t")} <= {"tcp", "unix"}, "-t")
        done = run("list", "-a", here())
        text = done.stdout.decode()
        check(text.index("Foreign Address") < text.index("\n\nProto RefCnt") and folder + "/stream" in text, text)
        check(b"unix" not in run("list", "-P", "80").stdout, "no ports")
        for args in (("-x", "-P", "80"), ("-x", "-4"), ("-tx", "--csv")):
            done = run("list", *args)
            check(done.returncode == 2 and b"--unix" in done.stderr, args, done)
        queues = [(r["recv_q"], r["send_q"]) for r in listed("--sort=recv-q,send-q")]
        check(queues == sorted(queues, reverse=True) and queues[0][0] > 0, queues)
        rows = listed("--sort=type,inode")
        check([r["type"] for r in rows] == sorted(r["type"] for r in rows) and len({r["type"] for r in rows}) > 1, rows)
        named = [r for r in rows if "inode" in r]  # what is not accepted yet has none
        check(all(a["inode"] < b["inode"] for a, b in zip(named, named[1:]) if a["type"] == b["type"]), rows)
        counts = [r.get("refcnt", 0) for r in listed("--sort=refcnt")]
        check(counts == sorted(counts, reverse=True) and len(set(counts)) > 1, counts)
        line = run("list", "-x", "--csv", "-HT", "epoch", here()).stdout.decode().splitlines()[0]
        check(re.match(r"\d+\.\d+,socket,unix,", line), line)
        lines = run("list", "-x", "--csv", here()).stdout.decode().splitlines()
        check(lines[0].startswith("time,event,proto,type") and len(lines) == len(listed()) + 1, lines)
        keys = {k: i for i, k in enumerate(lines[0].split(","))}
        for row in listed():  # the keys of an object are the columns, in their order
            check(sorted(row, key=lambda k: keys[k]) == list(row), row, lines[0])
        for s in keep:
            s.close()


def test_unix__without_rights_the_own_namespace_is_there():
    with scratch() as folder:
        os.chmod(folder, 0o755)
        keep = every_kind(folder)
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Settings.binary,
                               "list", "-xj"], capture_output=True, check=False)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        row = find(rows, keep[5])
        check(row["owner_source"] == "unknown" and row["peer_inode"] == inode(keep[6]), row)
        check(done.stderr.count(b"CAP_SYS_PTRACE") == 1, done.stderr)
        for s in keep:
            s.close()


def test_raw__rows_are_netstats():
    icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    icmp6 = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    aimed = socket.socket(socket.AF_INET, socket.SOCK_RAW, 99)
    aimed.connect(("127.0.0.1", 0))
    twin = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    ssh = socket.socket(socket.AF_INET, socket.SOCK_RAW, 22)
    out = subprocess.run(["netstat", "-wanp"], capture_output=True, text=True, check=True).stdout
    theirs = sorted((*w[:5], next(x for x in w[5:] if "/" in x).split("/")[0])
                    for w in (line.split() for line in out.splitlines()) if w[0].startswith("raw"))
    for options in (("-w",), ("-w", "--snapshot=proc"), ("-w", "--snapshot=bpf"), ("-uw", "--snapshot=bpf"),
                    ("-w", "--resolve")):  # a protocol is no service: 22 is not ssh
        done = run("list", *options, here())
        ours = sorted((*w[:5], w[-1].split("/")[0])
                      for w in (line.split() for line in done.stdout.decode().splitlines()) if w[0].startswith("raw"))
        check(len(ours) == 5 and (ours == theirs or "--resolve" in options), options, ours, theirs)
        check("ssh" not in done.stdout.decode(), done)
    states = sorted(r.get("state", "") for r in (json.loads(x) for x in run(
        "list", "-wj", here()).stdout.splitlines()))
    check(states == ["", "", "", "", "ESTABLISHED"], states)
    rows = [json.loads(x) for x in run("list", "-wuj", here()).stdout.splitlines()]
    check([r["local_port"] for r in rows if r["family"] == "ipv6"] == [58], rows)
    check({r["proto"] for r in rows} == {"raw"} and {r["pid"] for r in rows} == {os.getpid()}, rows)
    check(not run("list", "-w", "-P", "1").stdout.decode().splitlines()[1:], "a protocol is no port")
    for s in (icmp, icmp6, aimed, twin, ssh):
        s.close()


def test_raw__another_namespace():
    def other(link):
        netns = enter_netns()
        sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 99)
        link.say(f"{netns} {inode(sock)}")
        link.hear()

    child = Child(other)
    netns, number = (int(x) for x in child.hear().split())
    for source in SOURCES:
        rows = [json.loads(x) for x in run("list", "-wj", source, f"--netns={netns}").stdout.splitlines()]
        check([(r["inode"], r["pid"], r["family"], r["local_port"]) for r in rows] ==
              [(number, child.pid, "ipv6", 99)], source, rows)
    child.say()
    child.wait()
