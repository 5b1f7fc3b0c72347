# SPDX-License-Identifier: GPL-2.0-only
"""Unix and raw sockets of `sockwatch list`, row by row beside netstat and ss."""
import json
import os
import re
import socket
import subprocess

from harness import Child, Settings, check, run, scratch


def listed(*args):
    done = run("list", "-xj", f"--netns={Settings.netns}", *args)
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


def netstat_rows():
    done = subprocess.run(["netstat", "-xanp"], capture_output=True, text=True, check=False)
    rows = {}
    for line in done.stdout.splitlines():
        m = re.match(r"unix +(\d+) +(\[.*?\]) +(\w+) +(\w*) +(\d+) +(\S+)(?: (?:\w.*?)?)? *([/@]\S*)? *$", line)
        if m:
            rows[int(m[5])] = (m[1], "ACC" in m[2], m[3], m[4], m[6].split("/")[0], m[7] or "")
    return rows


def our_rows():
    done = run("list", "-x", f"--netns={Settings.netns}")
    rows = {}
    for line in done.stdout.decode().splitlines():
        m = re.match(r"unix +(\d+) +(\[.*?\]) +(\w+) +([A-Z]*) +(\d+) +(\S+) +(\S+) *(?:-> )?([/@]\S*)?$",
                     line)
        if m:
            path = "" if "-> " in line else m[8] or ""
            rows[int(m[5])] = (m[1], "ACC" in m[2], m[3], m[4], m[6].split("/")[0], path)
    return rows


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


def test_unix__peers_and_queues_are_those_of_ss():
    with scratch() as folder:
        keep = every_kind(folder)
        ss = subprocess.run(["ss", "-xanO"], capture_output=True, text=True, check=True).stdout
        theirs = {}
        for line in ss.splitlines()[1:]:
            words = line.split()
            theirs[int(words[5])] = (int(words[7]), int(words[2]), int(words[3]))
        ours = {r["inode"]: (r.get("peer_inode", 0), r["recv_q"], r["send_q"]) for r in listed() if "inode" in r}
        theirs.pop(0, None)
        check(ours == theirs, "ours:", sorted(ours.items()), "ss:", sorted(theirs.items()))
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
        text = run("list", "-x", f"--netns={Settings.netns}").stdout.decode()
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
        done = run("list", "-a", f"--netns={Settings.netns}")
        text = done.stdout.decode()
        check(text.index("Foreign Address") < text.index("\n\nProto RefCnt") and folder + "/stream" in text, text)
        check(b"unix" not in run("list", "-P", "80").stdout, "no ports")
        for args in (("-x", "-P", "80"), ("-x", "-4"), ("-tx", "--csv")):
            done = run("list", *args)
            check(done.returncode == 2 and b"--unix" in done.stderr, args, done)
        lines = run("list", "-x", "--csv", f"--netns={Settings.netns}").stdout.decode().splitlines()
        check(lines[0].startswith("time,event,proto,type") and len(lines) == len(listed()) + 1, lines)
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
    out = subprocess.run(["netstat", "-wanp"], capture_output=True, text=True, check=True).stdout
    theirs = {tuple(w[:5]) + (next(x for x in w[5:] if "/" in x).split("/")[0],)
              for w in (line.split() for line in out.splitlines()) if w[0].startswith("raw")}
    for options in (("-w",), ("-w", "--snapshot=proc"), ("-uw", "--snapshot=bpf")):
        done = run("list", *options, f"--netns={Settings.netns}")
        ours = {tuple(w[:5]) + (w[-1].split("/")[0],)
                for w in (line.split() for line in done.stdout.decode().splitlines()) if w[0].startswith("raw")}
        check(ours == theirs and len(ours) == 3, ours, theirs)
    rows = [json.loads(x) for x in run("list", "-wuj", f"--netns={Settings.netns}").stdout.splitlines()]
    check([r["local_port"] for r in rows if r["family"] == "ipv6"] == [58], rows)
    check({r["proto"] for r in rows} == {"raw"} and {r["pid"] for r in rows} == {os.getpid()}, rows)
    check(not run("list", "-w", "-P", "1").stdout.decode().splitlines()[1:], "a protocol is no port")
    for s in (icmp, icmp6, aimed):
        s.close()
