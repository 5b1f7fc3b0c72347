# SPDX-License-Identifier: GPL-2.0-only
"""The sockets of other families and protocols of `sockwatch list`, row by row beside those that exist."""
import json
import os
import socket

from harness import Settings, Skip, check, enter_netns, here, run, sysctl, Child

UDPLITE = 136
SOURCES = ("--snapshot=bpf", "--snapshot=proc")


def listed(*args, netns=None):
    done = run("list", "-j", f"--netns={netns or Settings.netns}", *args)
    check(done.returncode == 0, done)
    return [json.loads(line) for line in done.stdout.splitlines()]


def printed(*args):
    """The words of each row."""
    done = run("list", "-n", here(), *args)
    check(done.returncode == 0, done)
    return [line.split() for line in done.stdout.decode().splitlines()[1:]]


def inode(sock):
    return os.fstat(sock.fileno()).st_ino


def opened(family, kind, proto, address=None):
    try:
        sock = socket.socket(family, kind, proto)
    except OSError as e:
        raise Skip(f"no such socket here: {e}") from e
    if address:
        sock.bind(address)
    return sock


def check_rows(socks, rows, proto):
    """Each socket has one row, and nobody else has one."""
    check(sorted(r["inode"] for r in rows) == sorted(inode(s) for s in socks), proto, rows)
    for row in rows:
        check((row["proto"], row["pid"], row["owner_source"]) == (proto, os.getpid(), "snapshot"), row)


def row_of(sock, rows):
    return next(r for r in rows if r["inode"] == inode(sock))


def test_families__udplite():
    bound = opened(socket.AF_INET, socket.SOCK_DGRAM, UDPLITE, ("127.0.0.1", 7001))
    linked = opened(socket.AF_INET6, socket.SOCK_DGRAM, UDPLITE, ("::1", 7002))
    linked.connect(("::1", 9))
    for source in SOURCES:
        for option in ("-U", "--udplite", "--proto=udplite"):
            rows = listed(option, source)
            check_rows((bound, linked), rows, "udplite")
            row = row_of(bound, rows)
            check((row["local_addr"], row["local_port"], row["family"]) == ("127.0.0.1", 7001, "ipv4"), row)
            check("state" not in row and "remote_port" not in row, row)
            row = row_of(linked, rows)
            check((row["local_addr"], row["remote_port"], row["state"]) == ("::1", 9, "ESTABLISHED"), row)
        rows = listed("--proto=udp,udplite", "-P", "7001", source)
        check([r["inode"] for r in rows] == [inode(bound)], rows)
    check([r[0] for r in sorted(printed("-U"))] == ["udplite", "udplite6"], printed("-U"))


def test_families__ping():
    sysctl("net/ipv4/ping_group_range", "0 2147483647")
    ping = opened(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP, ("127.0.0.1", 77))
    ping6 = opened(socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6, ("::1", 78))
    for source in SOURCES:
        rows = listed("--icmp", source)
        check_rows((ping, ping6), rows, "icmp")
        check({(r["family"], r["local_addr"], r["local_port"]) for r in rows} ==
              {("ipv4", "127.0.0.1", 77), ("ipv6", "::1", 78)}, rows)
        check(len(listed("--icmp", "-4", source)) == 1, source)
        check(not listed("--icmp", "-P", "77", source), "an identifier is no port")
    check(sorted((r[0], r[3]) for r in printed("--icmp")) == [("icmp", "127.0.0.1:77"), ("icmp6", "::1:78")])


def test_families__all_are_shown_unless_some_are_asked_for():
    lite = opened(socket.AF_INET, socket.SOCK_DGRAM, UDPLITE, ("127.0.0.1", 7001))
    udp = opened(socket.AF_INET, socket.SOCK_DGRAM, 0, ("127.0.0.1", 7001))
    raw = opened(socket.AF_INET, socket.SOCK_RAW, 99)
    everything = {inode(s) for s in (lite, udp, raw)}
    for options in ((), ("-a",)):
        check(everything <= {r.get("inode") for r in listed(*options)}, options)
    check({r.get("inode") for r in listed("-au")} == {inode(udp)}, "netstat -au is UDP")
    rows = [r for r in printed() if r and r[0] in ("udp", "udplite", "raw")]
    check(sorted(r[0] for r in rows) == ["raw", "udp", "udplite"], rows)
    title = run("list", "-U", here()).stdout.decode().splitlines()
    check(title[0].index("Local Address") == title[1].index("127.0.0.1:7001"), title)


def test_families__another_namespace():
    def other(link):
        netns = enter_netns()
        sock = opened(socket.AF_INET, socket.SOCK_DGRAM, UDPLITE, ("0.0.0.0", 7003))
        link.say(f"{netns} {inode(sock)}")
        link.hear()

    child = Child(other)
    netns, number = (int(x) for x in child.hear().split())
    for source in SOURCES:
        rows = listed("-U", source, netns=netns)
        check([(r["inode"], r["pid"], r["local_port"]) for r in rows] == [(number, child.pid, 7003)], source, rows)
    child.say()
    child.wait()
