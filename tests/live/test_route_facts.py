# SPDX-License-Identifier: GPL-2.0-only
"""What `ip -d route` and `ip -d link` tell besides netstat's columns is told by `route` and `link`."""
import json
import socket
import subprocess

from harness import Skip, check, run, wait_until
from network import ip, veth


def records(*args):
    done = run(*args, "-j")
    check(done.returncode == 0 and not done.stderr, done)
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def wires():
    veth("v0", "v1")
    for name in ("v0", "v1"):
        ip("link", "set", name, "up")
    ip("addr", "add", "10.1.0.1/24", "dev", "v0")
    ip("addr", "add", "2001:db8::1/64", "dev", "v0", "nodad")


def try_ip(*words):
    """False: this kernel, or this ip, has no such thing."""
    return not subprocess.run(["ip", *words], capture_output=True, check=False).returncode


def routes(family):
    """Theirs and ours by destination."""
    theirs = {r["dst"]: r for r in json.loads(ip("-j", family, "-d", "route"))}
    ours = {r["dst"].replace("0.0.0.0/0", "default").removesuffix("/32"): r for r in records("route", family)}
    return theirs, ours


def test_route__realms_locks_and_scopes_are_those_of_ip():
    wires()
    if not try_ip("route", "add", "10.2.0.0/16", "via", "10.1.0.2", "realms", "5/6", "mtu", "lock", "1300"):
        raise Skip("no realms")
    ip("route", "add", "10.3.0.0/16", "dev", "v0", "scope", "100")
    ip("route", "add", "10.4.0.0/16", "via", "10.9.0.2", "dev", "v0", "onlink")
    ip("route", "add", "10.5.0.0/16", "nexthop", "via", "10.1.0.3", "realms", "7", "nexthop", "via", "10.1.0.4")
    ip("-6", "route", "add", "2001:db8:1::/48", "via", "2001:db8::2", "pref", "high", "rto_min", "100ms")
    theirs, ours = routes("-4")
    check(theirs.keys() == ours.keys(), theirs, ours)
    for dst, row in ours.items():
        want = theirs[dst]
        check(row["scope"] == want["scope"], row, want)
        check([str(row.get(k, 0)) for k in ("realm_from", "realm_to")] ==
              [want.get("flow", {}).get(k, "0") for k in ("from", "to")], row, want)
        check(bool(row.get("onlink")) == ("onlink" in want.get("flags", [])), row, want)
    check(ours["10.2.0.0/16"]["locked"] == ["mtu"] and "locked" not in ours["10.3.0.0/16"], ours)
    check([h.get("realm_to") for h in ours["10.5.0.0/16"]["nexthops"]] == [7, None], ours["10.5.0.0/16"])
    theirs, ours = routes("-6")
    for dst, row in ours.items():
        check(row.get("pref") == theirs[dst].get("pref"), row, theirs[dst])
    check(ours["2001:db8:1::/48"]["locked"] == ["rto_min"], ours)
    text = run("route", "-e4").stdout.decode()
    check(" realms=5/6 " in text and " mtu=1300 locked=mtu\n" in text and " scope=100" in text, text)


WRAPPED = (
    ("-4", "10.10.0.0/16", "encap mpls 100/200 via 10.1.0.2"),
    ("-4", "10.11.0.0/16", "encap ip id 42 src 10.1.0.1 dst 10.9.9.9 ttl 9 via 10.1.0.2"),
    ("-6", "2001:db8:1::/48", "encap ip6 id 7 dst 2001:db8::9 dev v0"),
    ("-6", "2001:db8:2::/48", "encap seg6 mode encap segs 2001:db8::7,2001:db8::8 dev v0"),
    ("-6", "2001:db8:3::/48", "encap seg6local action End.X nh6 2001:db8::2 dev v0"),
)


def test_route__that_is_wrapped_says_in_what_as_ip_does():
    wires()
    done = [(family, dst) for family, dst, words in WRAPPED if try_ip(family, "route", "add", dst, *words.split())]
    if not done:
        raise Skip("no lightweight tunnels")
    for family in ("-4", "-6"):
        _, ours = routes(family)
        for dst in [d for f, d in done if f == family]:
            row = ours[dst]
            want = " ".join(ip(family, "route", "show", dst).split())
            check(f"encap {row['encap']} {row['encap_info']} " in want, row, want)
    text = run("route").stdout.decode()
    check(text.count(" encap=") == len(done), text)
    plain = [r for family in ("-4", "-6") for r in records("route", family) if "encap" not in r]
    check(plain, "routes that are not wrapped")


def promiscuity():
    return {x["ifname"]: x["promiscuity"] for x in json.loads(ip("-j", "-d", "link"))}


def test_link__promiscuity_is_as_the_kernel_counts_it():
    wires()

    def same(**want):
        ours = {x["name"]: x["promiscuity"] for x in records("link", "-a")}
        check(ours == promiscuity(), ours, promiscuity())
        return all(ours[name] == n for name, n in want.items())
    check(same(v0=0), "nobody captures")
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind(("v0", 0))
        membership = socket.if_nametoindex("v0").to_bytes(4, "little") + (1).to_bytes(2, "little") + bytes(10)
        s.setsockopt(263, 1, membership)  # SOL_PACKET, PACKET_ADD_MEMBERSHIP: as a capture does
        check(same(v0=1), "a capture")
        line = [x for x in run("link").stdout.decode().splitlines() if x.startswith("v0")][0]
        check(line.endswith(" promiscuity=1") and "P" not in line.split()[10], "no letter of netstat's", line)
        ip("link", "set", "v0", "promisc", "on")
        check(same(v0=2), "a capture and the user")
    wait_until(lambda: same(v0=1), "only the user")
