# SPDX-License-Identifier: GPL-2.0-only
"""
Every filter is decided in the kernel: what does not match never comes to user space, which for some of
them would decide again, and alike. What came is counted by the program itself, at its end.
"""
import re
import socket

from cgroups import Cgroup, ours
from harness import Child, Watch, check, enter_netns, here, listener
from network import add_address
from traffic import connection, elsewhere

MANY = 50


def taken(w):
    """How many records it took from the ring, by its own account."""
    found = re.search(r"records from the kernel: (\d+)\n", w.stderr())
    check(found, "it does not say how many records it took")
    return int(found[1])


def datagrams(family, host):
    """Two datagram sockets, a bound and a connected one, and what goes on between them."""
    with socket.socket(family, socket.SOCK_DGRAM) as server, socket.socket(family, socket.SOCK_DGRAM) as client:
        server.bind((host, 0))
        client.connect(server.getsockname()[:2])
        client.send(b"x")
        server.recv(1)


def others(family=socket.AF_INET, host="127.0.0.1", udp=True):
    """What does not match: listeners, connections, binds, datagrams."""
    for _ in range(MANY):
        with listener(family, host) as sock:
            connection(sock)
        if udp:
            datagrams(family, host)


def check_decided(args, wanted, unwanted=others):
    """Many that do not match and a few that do, which are told: only these are taken."""
    with Watch("-E", *args, here()) as w:
        unwanted()
        wanted()
        told = sum(r["event"] != "lost" for r in w.stop())
        check(w.status == 0 and told > 0, "nothing was told", w.status)
        # one connection makes eleven events at most; of the others there are so many of each kind
        check(told <= taken(w) < MANY / 2, args, told, "told, and taken:", taken(w))


def port_of(sock):
    return str(sock.getsockname()[1])


def connects_to(sock):
    """Only the client's side: the other one is whose listener it is."""
    def connect():
        with socket.create_connection(sock.getsockname()):
            pass
    return connect


def check_decided_by_process(option, value=None, **how):
    """Value: None is its PID."""
    with listener() as sock:
        child = elsewhere(connects_to(sock), **how)
        check_decided(["-tu", option, value or str(child.pid)], child.ask)
        check(child.wait() == 0)


def test_filter__decided_in_the_kernel_by_port():
    with listener() as sock:
        check_decided(["-tu", "--port", port_of(sock)], lambda: connection(sock))


def test_filter__decided_in_the_kernel_by_local_port():
    with listener() as sock:
        check_decided(["-tu", "--local-port", port_of(sock)], lambda: connection(sock))


def test_filter__decided_in_the_kernel_by_remote_port():
    with listener() as sock:
        check_decided(["-tu", "--remote-port", port_of(sock)], lambda: connection(sock))


def test_filter__decided_in_the_kernel_by_address():
    with listener(host="127.0.0.2") as sock:
        check_decided(["-tu", "--addr", "127.0.0.2"], lambda: connection(sock))


def test_filter__decided_in_the_kernel_by_local_address():
    with listener(host="127.0.0.2") as sock:
        check_decided(["-tu", "--local-addr", "127.0.0.2"], lambda: connection(sock))


def test_filter__decided_in_the_kernel_by_remote_address():
    with listener(host="127.0.0.2") as sock:
        check_decided(["-tu", "--remote-addr", "127.0.0.2"], lambda: connection(sock))


def test_filter__decided_in_the_kernel_by_ipv4():
    with listener() as sock:
        check_decided(["-tu4"], lambda: connection(sock), lambda: others(socket.AF_INET6, "::1"))


def test_filter__decided_in_the_kernel_by_ipv6():
    with listener(socket.AF_INET6) as sock:
        check_decided(["-tu6"], lambda: connection(sock))


def test_filter__decided_in_the_kernel_without_loopback():
    add_address("10.9.9.1/32")
    with listener(host="10.9.9.1") as sock:
        check_decided(["-tu", "--no-loopback"], lambda: connection(sock))


def test_filter__decided_in_the_kernel_by_user():
    check_decided_by_process("--uid", "1234", uid=1234)


def test_filter__decided_in_the_kernel_by_process():
    check_decided_by_process("--pid")


def test_filter__decided_in_the_kernel_by_name_of_the_process():
    check_decided_by_process("--comm", "wanted", name=b"wanted")


def test_filter__decided_in_the_kernel_by_state():
    def connect():
        """Some come and go, beside which no listener does."""
        for _ in range(MANY):
            connection(sock)

    with listener() as sock:
        check_decided(["--state", "listen"], lambda: listener().close(), connect)


def test_filter__decided_in_the_kernel_for_listeners():
    def connect():
        for _ in range(MANY):
            connection(sock)

    with listener() as sock:
        check_decided(["-l"], lambda: listener().close(), connect)


def test_filter__decided_in_the_kernel_for_failures():
    def refused():
        with socket.socket() as s:
            check(s.connect_ex(("127.0.0.1", 9)) != 0)

    check_decided(["-tu", "--failed"], refused)


def test_filter__decided_in_the_kernel_by_namespace():
    def work(link):
        enter_netns()
        link.say("up")
        link.hear()
        others()
        link.say("done")

    child = Child(work)
    child.hear()
    with listener() as sock:
        check_decided(["-tu"], lambda: connection(sock), child.ask)  # all of them have here()
    check(child.wait() == 0)


def test_filter__decided_in_the_kernel_by_cgroup():
    group = Cgroup(ours())

    def connect():
        group.enter()
        connects_to(sock)()

    try:
        with listener() as sock:
            child = elsewhere(connect)
            check_decided(["-tu", "--cgroup", group.path], child.ask)
            check(child.wait() == 0)
    finally:
        group.remove()
