# SPDX-License-Identifier: GPL-2.0-only
"""What a row tells of its socket beyond who and where, beside ss."""
import json
import os
import re
import socket

from harness import CAPS, LONG, Child, Settings, check, enter_netns, finished, here, listener, run, wait_until
from network import ip, veth
from servers import needs
from test_privilege import only

SO_BINDTODEVICE = 25
SO_MARK = 36
IPV6_V6ONLY = 26


def listed(*args):
    done = run("list", "-j", "--snapshot=bpf", *args)
    check(done.returncode == 0, done)
    return [json.loads(line) for line in done.stdout.splitlines()]


def row_of(rows, **want):
    found = [r for r in rows if all(r.get(k) == v for k, v in want.items())]
    check(len(found) == 1, want, rows)
    return found[0]


def links():
    """Two interfaces that lead to each other, and the link-local address of the first."""
    veth("left0", "right0")
    for name in ("left0", "right0"):
        ip("link", "set", name, "up")

    def settled():
        text = ip("-6", "-o", "addr", "show", "dev", "left0", "scope", "link")
        return None if "tentative" in text else re.search(r"inet6 (fe80::\S+)/", text)
    return wait_until(settled, "a link-local address")[1]


def bound(device, sock, port, backlog=5):
    sock.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, device.encode())
    sock.bind(("", port))
    if sock.type == socket.SOCK_STREAM:
        sock.listen(backlog)
    return sock


def only_ipv6(port):
    sock = socket.socket(socket.AF_INET6)
    sock.setsockopt(socket.IPPROTO_IPV6, IPV6_V6ONLY, 1)
    sock.bind(("::", port))
    sock.listen(5)
    return sock


def ss_rows(*args):
    """ss's rows: (proto, local) -> (recv_q, send_q, the rest)."""
    rows = {}
    for line in finished([needs("ss"), "-HnO", *args], LONG, text=True).stdout.splitlines():
        words = line.split()
        # *:80 is what takes both, [::]:80 what takes IPv6 only
        rows[(words[0], words[4].replace("[", "").replace("]", ""))] = (int(words[2]), int(words[3]), line)
    return rows


def as_ss(row):
    """The key by which ss has it."""
    addr = "*" if row.get("v6only") is False else row["local_addr"]
    device = "%" + row["device"] if "device" in row else ""
    return row["proto"], f"{addr}{device}:{row.get('local_port', '*')}"


def test_facts__device_of_a_namespace_that_may_not_be_entered_is_a_number():
    def elsewhere(link):
        enter_netns()
        with bound("lo", socket.socket(), 0) as sock:
            link.say(sock.getsockname()[1])
            link.hear()
    child = Child(elsewhere)
    port = int(child.hear())
    done = finished([*only(*CAPS, "sys_ptrace", "dac_read_search"), Settings.binary, "list", "-j", "-L", str(port)])
    child.link.say("go")
    check(child.wait() == 0 and done.returncode == 0, done)
    check(row_of([json.loads(line) for line in done.stdout.splitlines()], pid=child.pid)["device"] == "1", done)


def test_facts__devices_limits_and_v6only_are_those_of_ss():
    local = links()
    keep = [bound("left0", socket.socket(), 80, 7), bound("right0", socket.socket(), 80, 9),
            bound("left0", socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 53),
            listener(socket.AF_INET6, host="::", port=81, backlog=11), only_ipv6(82), listener(port=83, backlog=13)]
    scoped = socket.socket(socket.AF_INET6)
    scoped.bind((local, 84, 0, socket.if_nametoindex("left0")))
    scoped.listen(3)
    rows = listed("-tul", here())
    theirs = ss_rows("-tul")
    ours = {as_ss(r): (r["recv_q"], r["send_q"]) for r in rows}
    check(ours == {key: value[:2] for key, value in theirs.items()}, ours, theirs)
    check(all(r["backlog"] == r["send_q"] for r in rows if r["proto"] == "tcp"), rows)
    row = row_of(rows, local_port=84)
    check(row["scope"] == row["device"] == "left0", row)
    check(all("scope" not in r for r in rows if r["local_port"] != 84), rows)
    text = run("list", "-tl", here(), "-n", "--snapshot=bpf").stdout.decode()
    for want in (" 7 0.0.0.0%left0:80 ", " 9 0.0.0.0%right0:80 ", f" 3 {local}%left0:84 ", " 11 :::81 "):
        check(want in text, want, text)
    del keep


def test_facts__both_sides_of_a_link_local_connection():
    local = links()
    index = socket.if_nametoindex("left0")
    server = socket.socket(socket.AF_INET6)
    server.bind((local, 84, 0, index))
    server.listen(3)
    client = socket.socket(socket.AF_INET6)
    client.connect((local, 84, 0, index))
    accepted = server.accept()[0]
    for port in (84, client.getsockname()[1]):
        row = row_of(listed("-t", here(), "--state=established"), local_port=port)
        check(row["scope"] == row["device"] == "left0", row)
    text = run("list", "-tn", here(), "--state=established", "--snapshot=bpf").stdout.decode()
    check(text.count("%left0:84 ") == 2 and text.count(f"{local}%left0:") == 4, text)
    accepted.close()


def test_facts__ipv4_keeps_the_listener_that_takes_it():
    keep = [listener(socket.AF_INET6, host="::", port=81), only_ipv6(82), listener(port=83),
            listener(socket.AF_INET6, port=84)]
    datagram = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    datagram.bind(("::", 85))
    ports = [[r["local_port"] for r in listed("-tul", version, "--sort=port", here())] for version in ("-4", "-6")]
    check(ports == [[81, 83, 85], [81, 82, 84, 85]], ports)
    del keep


def test_facts__a_full_queue_is_said():
    server = listener(backlog=1)
    port = server.getsockname()[1]
    clients = []
    for _ in range(3):
        clients.append(socket.socket())
        clients[-1].setblocking(False)
        clients[-1].connect_ex(server.getsockname())

    def listening():
        return row_of(listed("-tl", here()), local_port=port)
    row = wait_until(lambda: listening() if listening()["recv_q"] == 2 else None, "a queue with more than its limit")
    check(row["backlog_full"] is True and row["backlog"] == 1, row)
    row = wait_until(lambda: listening() if listening()["drops"] else None, "a connection that is dropped")
    text = run("list", "-tl", here(), "--snapshot=bpf").stdout.decode()
    check(re.search(r"queue full drops [1-9]", text), text)
    accepted = [server.accept() for _ in range(2)]
    wait_until(lambda: "backlog_full" not in listening(), "room in the queue")
    del accepted


def drops_of_ss(port):
    line = next(v[2] for k, v in ss_rows("-tuam").items() if k[1].endswith(f":{port}"))
    return int(re.search(r",d(\d+)\)", line)[1])


def test_facts__drops_are_those_of_ss_from_every_source():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    server.bind(("127.0.0.1", 0))
    port = server.getsockname()[1]
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(100):
        client.sendto(b"x" * 1000, server.getsockname())
    drops = drops_of_ss(port)
    check(drops > 0, drops)
    for source in ("bpf", "proc"):
        rows = [json.loads(line) for line in run("list", "-uj", f"--snapshot={source}", here()).stdout.splitlines()]
        check(row_of(rows, local_port=port)["drops"] == drops, source, drops, rows)
        text = run("list", "-u", f"--snapshot={source}", here()).stdout.decode()
        check(f" drops {drops}" in text, source, text)


def test_facts__mark_and_priority():
    server = listener()
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, SO_MARK, 4242)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, 5)
    client.connect(server.getsockname())
    port = client.getsockname()[1]
    row = row_of(listed("-t", here()), local_port=port)
    check(row["mark"] == 4242 and row["priority"] == 5, row)
    text = run("list", "-te", here(), "-L", str(port), "--snapshot=bpf").stdout.decode()
    check(" mark=4242 priority=5 " in text, text)


def in_other_namespace(link):
    """Another interface than there, though its index may be the same."""
    enter_netns()
    veth("there0", "there1")
    for name in ("there0", "there1"):
        ip("link", "set", name, "up")
    sock = bound("there0", socket.socket(), 8001)
    link.say(os.stat("/proc/self/ns/net").st_ino)
    link.hear()
    del sock


def test_facts__an_interface_is_named_by_its_own_namespace():
    links()
    keep = bound("left0", socket.socket(), 8001)
    other = Child(in_other_namespace)
    netns = int(other.hear())
    rows = listed("-tl", "-L", "8001", here(), f"--netns={netns}")
    check({r["device"] for r in rows} == {"left0", "there0"}, rows)
    check(row_of(rows, netns=netns)["device"] == "there0", rows)
    text = run("list", "-tl", "-L", "8001", here(), f"--netns={netns}", "--snapshot=bpf").stdout.decode()
    check(re.search(f"%there0:8001 .* netns={netns}$", text, re.M), text)
    check(re.search("%left0:8001 .*python3$", text, re.M), text)
    alone = run("list", "-tl", "-L", "8001", f"--netns={netns}", "--snapshot=bpf").stdout.decode()
    check("%there0:8001" in alone and "netns=" not in alone, alone)
    del keep


def test_facts__self_is_the_namespace_that_we_are_in():
    keep = listener()
    other = Child(in_other_namespace)
    other.hear()
    rows = listed("-tl", "--netns=self")
    check(rows and all(f"--netns={r['netns']}" == here() for r in rows), rows)
    del keep


def shortest(text):
    """As ss writes them: 0.020/0.010 is 0.02/0.01."""
    return text and re.sub(r"\.?0+(?=/|$)", "", text) if "." in (text or "") else text


def test_facts__memory_and_the_way_are_those_of_ss():
    server = listener()
    client = socket.create_connection(server.getsockname())
    accepted = server.accept()[0]
    client.sendall(b"x" * 10000)
    check(accepted.recv(100, socket.MSG_WAITALL) == b"x" * 100, "the first bytes")
    datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagram.bind(("127.0.0.1", 0))
    datagram.sendto(b"y" * 100, datagram.getsockname())
    socks = {"tcp": [server, client, accepted], "udp": [datagram]}

    def same():
        for proto, these in socks.items():
            for sock in these:
                local = f"127.0.0.1:{sock.getsockname()[1]}"
                remote = [] if sock in (server, datagram) else ["-D", str(sock.getpeername()[1])]
                text = run("list", "-tui", "-m", "-n", "-L", local.rsplit(":", 1)[1], *remote, here(),
                           "--snapshot=bpf").stdout.decode()
                rows = [line for line in text.splitlines()[1:] if f" {local} " in line and
                        (sock is not server or "LISTEN" in line)]
                check(len(rows) == 1, text)
                ours = dict(re.findall(r" ([a-z_]+):([^ ]+)", rows[0]))
                theirs = next(v[2] for k, v in pair_rows(proto, local, sock).items())
                theirs = dict(re.findall(r" ([a-z_]+):([^ ]+)", theirs))
                for word in ("skmem", "rtt", "minrtt", "mss", "pmtu", "cwnd", "bytes_sent", "bytes_acked",
                             "bytes_received", "segs_out", "segs_in"):
                    if word in theirs and sock is not server and shortest(ours.get(word)) != theirs[word]:
                        return None
                if ours["skmem"] != theirs["skmem"]:
                    return None
                check(proto == "udp" or re.search(r" (cubic|reno|bbr) ", rows[0]), rows[0])
        return True
    wait_until(same, "the same as ss", LONG)
    rows = listed("-tim", "-L", str(client.getsockname()[1]), here())
    check(rows[0]["bytes_acked"] >= 10000 and rows[0]["cwnd"] > 0 and rows[0]["mem_send_limit"] > 0, rows)
    check(all("congestion" not in r and "mem_sent" not in r for r in listed("-t", here())), "told unasked")


def pair_rows(proto, local, sock):
    """ss's row of that socket alone."""
    try:
        peer = "%s:%d" % sock.getpeername()
    except OSError:
        peer = "0.0.0.0:*"
    rows = {}
    for line in finished([needs("ss"), "-HnOtuaim"], LONG, text=True).stdout.splitlines():
        words = line.split()
        if words[0] == proto and words[4] == local and words[5] == peer:
            rows[local] = (0, 0, line)
    return rows


def test_facts__asked_of_a_source_that_does_not_tell():
    for option in ("-m", "--info"):
        done = run("list", option, "--snapshot=proc")
        check(done.returncode == 2 and b"--snapshot=proc" in done.stderr, done)
