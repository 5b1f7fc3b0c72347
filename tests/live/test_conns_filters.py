# SPDX-License-Identifier: GPL-2.0-only
"""The filters of conns: what comes is what is asked for, and the kernel side decides it."""
import os
import socket

from cgroups import Cgroup, ours
from harness import Child, check, enter_netns, here, listener
from network import add_address
from test_conns import check_decided, conns, pair, port_of, told
from test_decided import MANY, others
from traffic import elsewhere


def whole(sock):
    """A connection to a listener, from its begin to its end: two records, one a side."""
    client, server = pair(sock)
    client.close()
    check(server.recv(1) == b"")
    server.close()


def ends_at_once(sock):
    """Only the client's side: the other one is whose listener it is."""
    with socket.create_connection(sock.getsockname()):
        pass


def in_child(fn, **how):
    child = elsewhere(fn, **how)
    child.go = lambda: (child.ask(), check(child.wait() == 0))
    return child


def test_conns_filter__addresses():
    with listener(host="127.0.0.2") as sock:
        check_decided(["--addr", "127.0.0.2"], lambda: whole(sock), 2)
        check_decided(["--local-addr", "127.0.0.2/32"], lambda: whole(sock), 1)
        check_decided(["--remote-addr", "127.0.0.2"], lambda: whole(sock), 1)


def test_conns_filter__families():
    with listener() as sock:
        check_decided(["-4"], lambda: whole(sock), 2, lambda: others(socket.AF_INET6, "::1", udp=False))
    with listener(socket.AF_INET6, "::1") as sock:
        check_decided(["-6"], lambda: whole(sock), 2)


def test_conns_filter__no_loopback():
    add_address("10.9.9.1/32")
    with listener(host="10.9.9.1") as sock:
        check_decided(["--no-loopback"], lambda: whole(sock), 2)


def test_conns_filter__user():
    with listener() as sock:
        check_decided(["--uid", "1234"], in_child(lambda: ends_at_once(sock), uid=1234).go, 1)


def test_conns_filter__process_by_name():
    with listener() as sock:
        check_decided(["--comm", "wanted"], in_child(lambda: ends_at_once(sock), name=b"wanted").go, 1)


def test_conns_filter__cgroup():
    group = Cgroup(ours())
    try:
        with listener() as sock:
            check_decided(["--cgroup", group.path], in_child(lambda: ends_at_once(sock), group=group).go, 1)
    finally:
        group.remove()


def test_conns_filter__namespace():
    def work(link):
        enter_netns()
        link.say("up")
        link.hear()
        others(udp=False)
        link.say("done")

    child = Child(work)
    child.hear()
    with listener() as sock:
        check_decided([], lambda: whole(sock), 2, child.ask)  # all have here()
    check(child.wait() == 0)


def test_conns_filter__two_are_both():
    with listener() as sock, listener() as other:
        port = str(port_of(sock))
        check_decided(["-D", port, "--pid", str(os.getpid())], lambda: (whole(other), whole(sock)), 1)
        check_decided(["-D", f"{port},{port_of(other)}"], lambda: (whole(other), whole(sock)), 2)
        check_decided(["-D", port, "--failed"], lambda: whole(sock), 0)


def test_conns_filter__listeners_of_a_port():
    """Neither connections, nor listeners of other ports."""
    sock = listener()
    port = port_of(sock)
    sock.close()

    def listen():
        with listener(port=port) as again:
            for _ in range(MANY):
                whole(again)

    check_decided(["-l", "-L", str(port)], listen, 2)


def test_conns_filter__failed_connects_of_a_port():
    taken = socket.socket()  # nobody listens there, nor will
    taken.bind(("127.0.0.1", 0))
    free = port_of(taken)

    def refused():
        with socket.socket() as s:
            check(s.connect_ex(("127.0.0.1", free)) != 0)

    def at_once():
        with socket.socket() as s:
            check(s.connect_ex(("192.0.2.7", free)) != 0)

    check_decided(["-D", str(free)], refused, 1)
    with conns("-D", str(free), "--failed", here()) as w:
        others(udp=False)
        at_once()
        refused()
        w.wait_for(event="conn", reason="refused")
        w.stop()
        check(told(w) == ["connect", "conn"], w.dump())
