# SPDX-License-Identifier: GPL-2.0-only
"""The sockets of other families and protocols of `sockwatch list`, row by row beside those that exist."""
import json
import os
import re
import socket
import struct
import subprocess

from harness import Child, Settings, Skip, check, enter_netns, here, kernel_before, run, sysctl

UDPLITE = 136
MPTCP = 262
AF_VSOCK, AF_XDP = 40, 44
ETH_P_ALL, ETH_P_ARP = 3, 0x806
SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC = 263, 1, 1
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
    packets = packet_sockets()
    usual, others = {inode(s) for s in (lite, udp, raw)}, {inode(s) for s in packets}
    check(usual <= {r.get("inode") for r in listed()} and
          not others & {r.get("inode") for r in listed()}, listed())
    check(usual | others <= {r.get("inode") for r in listed("-a")}, listed("-a"))
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


def ss_rows(option):
    """What ss says of this namespace: kind, queues and both sides of each."""
    done = subprocess.run(["ss", "-an", *option.split()], capture_output=True, text=True, check=False)
    if done.returncode or "unrecognized" in done.stderr:
        raise Skip(f"ss {option}: {done.stderr}")
    return [line.split() for line in done.stdout.splitlines()[1:]]


def packet_sockets():
    """All, datagrams of all, none, and ARP of one interface, which is to be promiscuous."""
    socks = [opened(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)),
             opened(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)),
             opened(socket.AF_PACKET, socket.SOCK_RAW, 0),
             opened(socket.AF_PACKET, socket.SOCK_RAW, 0, ("lo", ETH_P_ARP))]
    member = struct.pack("iHH8s", socket.if_nametoindex("lo"), PACKET_MR_PROMISC, 0, b"")
    socks[3].setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, member)
    return socks


def test_families__packet():
    socks = packet_sockets()
    for source in SOURCES:
        for option in ("-0", "--packet", "--proto=packet"):
            rows = listed(option, source)
            check_rows(socks, rows, "packet")
            told = [{k: row_of(s, rows).get(k) for k in ("type", "protocol", "promiscuous", "uid", "device")}
                    for s in socks]
            check([(t["type"], t["protocol"], t["device"]) for t in told] ==
                  [("raw", "all", None), ("dgram", "all", None), ("raw", "0", None), ("raw", "arp", "lo")], told)
            check([t["promiscuous"] for t in told] == [None, None, None, True], told)
            check({t["uid"] for t in told} == {0}, told)
        check(not any("family" in r or "local_addr" in r for r in listed("-0", source)), source)


def test_families__packet_is_as_ss_has_it():
    packet_sockets_held = packet_sockets()
    names = {"[2054]:lo": "arp:lo"}
    theirs = sorted((int(r[2]), names.get(r[4], r[4]), r[5]) for r in ss_rows("-0"))
    ours = sorted((int(r[1]), r[3], r[4]) for r in printed("-0"))
    check(ours == theirs, ours, theirs)
    check([r[6:] for r in printed("-0") if r[3] == "arp:lo"] == [["promiscuous"]], printed("-0"))
    check(all(s.fileno() >= 0 for s in packet_sockets_held))


def test_families__netlink():
    routes = opened(socket.AF_NETLINK, socket.SOCK_RAW, 0, (0, 0x11))
    audit = opened(socket.AF_NETLINK, socket.SOCK_DGRAM, 16, (4242, 0))
    for source in SOURCES:
        rows = listed("--netlink", source)
        row = row_of(routes, rows)
        check((row["protocol"], row["local_port"], row["groups"], row["pid"]) ==
              ("rtnl", routes.getsockname()[0], 0x11, os.getpid()), row)
        row = row_of(audit, rows)
        check((row["protocol"], row["local_port"], row["type"]) == ("genl", 4242, "dgram"), row)
        kernel = [r for r in rows if r["owner_source"] == "kernel"]
        check({"rtnl", "genl", "uevent"} <= {r["protocol"] for r in kernel} and
              not any("pid" in r or "local_port" in r for r in kernel), kernel)
        check(not [r for r in rows if r["owner_source"] == "unknown"], "our own socket is none of them", rows)
        check(len(listed("--netlink", source, f"--pid={os.getpid()}")) == 2, source)
    check(["netlink", "0", "0", "genl:4242", "*"] in [r[:5] for r in printed("--netlink")], printed("--netlink"))
    names = dict(re.findall(r"^(\d+)\s+(\S+)", open("/etc/iproute2/nl_protos", encoding="ascii").read(), re.M)) \
        if os.path.exists("/etc/iproute2/nl_protos") else {}
    def lasting(names):
        """Without those that who asks has, and had: somebody who looks at them may hold one for a moment more."""
        return {n for n in names if not re.match(r"tcpdiag:\d", n)}
    theirs = set()
    for row in ss_rows("-f netlink"):
        protocol, port = row[-2].split(":") if ":" in row[-2] else row[-3].split(":")
        theirs.add(f"{names.get(protocol, protocol)}:{'kernel' if port == '0' else port}")
    ours = {r[3] for r in printed("--netlink")}
    check(not names or lasting(ours) == lasting(theirs), ours, theirs)


def mptcp_sockets():
    try:
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP)
    except OSError as e:
        raise Skip(f"no MPTCP here: {e}") from e
    server.bind(("127.0.0.1", 7777))
    server.listen(7)
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP)
    client.connect(("127.0.0.1", 7777))
    return server, client, server.accept()[0]


def test_families__mptcp():
    if kernel_before(5, 19):
        raise Skip("listeners of MPTCP are told since 5.19")
    server, client, accepted = socks = mptcp_sockets()
    if subprocess.run(["ss", "-Mn"], capture_output=True, check=False).stderr:
        raise Skip("no diagnosis of MPTCP here")
    for source in SOURCES:
        rows = listed("-M", source)
        check_rows(socks, rows, "mptcp")
        row = row_of(server, rows)
        check((row["local_addr"], row["local_port"], row["state"]) == ("127.0.0.1", 7777, "LISTEN"), row)
        port = client.getsockname()[1]
        row = row_of(client, rows)
        check((row["local_port"], row["remote_port"], row["state"]) == (port, 7777, "ESTABLISHED"), row)
        row = row_of(accepted, rows)
        check((row["local_port"], row["remote_port"], row["state"]) == (7777, port, "ESTABLISHED"), row)
        check([r["inode"] for r in listed("-M", "-l", source)] == [inode(server)], source)
        check([r["inode"] for r in listed("-M", "-D", "7777", source)] == [inode(client)], source)
    theirs = sorted((r[3], r[4]) for r in ss_rows("-M"))
    ours = sorted((r[3], r[4]) for r in printed("-M"))
    check(ours == theirs, ours, theirs)


def test_families__what_this_kernel_lacks_is_said_once_and_when_asked_for():
    for option, family, proto in (("--sctp", socket.AF_INET, 132), ("--tipc", 30, 0)):
        try:
            socket.socket(family, socket.SOCK_SEQPACKET, proto).close()
            continue
        except OSError:
            done = run("list", option, here())
            check(done.returncode == 0 and done.stderr.decode().splitlines() ==
                  [f"sockwatch: note: {option}: this kernel has no such sockets"], done)
    check(b"this kernel" not in run("list", "-a", here()).stderr, "nobody asked")


def test_families__filters_select_or_say_why_not():
    socks = packet_sockets()
    both = ("--proto=packet,udp",)
    check(len(listed(*both, f"--comm={open('/proc/self/comm', encoding='ascii').read().strip()}")) == len(socks))
    check(not listed("-0", "--pid=1") and not listed("-0", "--uid=1") and not listed("-0", "--state=listen"))
    check(len(listed("-0", "-l")) == len(socks), "as ss -l0 has them")
    check(not listed("-0", netns=1), "another namespace")
    done = run("list", "-0", "-P", "80")
    check(done.returncode == 2 and b"--packet: these sockets have no ports" in done.stderr, done)
    check({r["proto"] for r in listed("-a", "-P", "80")} <= {"tcp", "udp"}, "what has no port is left out")
    counted = run("list", "--by=proto", "-j", "-0", here())
    check(json.loads(counted.stdout.splitlines()[0]).get("proto") == "packet", counted)


def test_families__vsock():
    try:
        server = opened(AF_VSOCK, socket.SOCK_STREAM, 0, (0xffffffff, 7004))
        server.listen()
    except OSError as e:
        raise Skip(f"no vsock here: {e}") from e
    lonely = opened(AF_VSOCK, socket.SOCK_STREAM, 0)
    for source in SOURCES:
        rows = listed("--vsock", source)
        row = row_of(server, rows)
        check((row["proto"], row["type"], row["local_addr"], row["local_port"], row["state"], row["pid"]) ==
              ("vsock", "stream", "*", 7004, "LISTEN", os.getpid()), row)
        check([r["inode"] for r in listed("--vsock", "-l", source)] == [inode(server)], source)
        unbound = [r for r in rows if r["inode"] == inode(lonely)]  # diagnosis has no such
        check(not unbound or "local_port" not in unbound[0], unbound)
    check(["vsock", "*:7004", "*:*", "LISTEN"] in [[r[0], *r[3:6]] for r in printed("--vsock")], printed("--vsock"))


def test_families__xdp():
    sock = opened(AF_XDP, socket.SOCK_RAW, 0)
    for source in SOURCES:
        rows = [r for r in listed("--xdp", source) if r["inode"] == inode(sock)]
        check(rows and (rows[0]["proto"], rows[0]["type"], rows[0]["pid"]) == ("xdp", "raw", os.getpid()), rows)
