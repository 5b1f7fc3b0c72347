# SPDX-License-Identifier: GPL-2.0-only
"""A line has one row: of IPv4 at 80 columns, with an address of IPv6 at 120. And two namespaces are told apart."""
import os
import re
import socket

from harness import Child, Watch, check, enter_netns, here, listener, run, set_name, wait_until
from network import add_address
from terminal import Terminal, at_terminal
from test_terminal import plain

NAME = "clickhouse-serv"  # as long as names can be
ENDS = ("192.168.110.120", 54321), ("192.168.110.121", 43210)
SHORT = "2001:db8::7"
SIX = "2001:db8:1234:5678:9abc:def0:1234:5678"
ANY_PORT = 1  # nobody listens there


def pair(server, source):
    client = socket.socket(server.family)
    client.bind(source)
    client.connect(server.getsockname())
    return client, server.accept()[0]


def close(client, accepted):
    """With all its states: each side knows of the other's end."""
    client.sendall(b"x" * 1234)
    accepted.recv(4096)
    client.close()
    accepted.recv(1)
    accepted.close()


class Scene:
    """Sockets with the longest addresses of IPv4, and one with such an address of IPv6."""

    def __init__(self):
        set_name(NAME.encode())
        for address in (ENDS[0][0] + "/32", ENDS[1][0] + "/32", SIX + "/128", SHORT + "/128"):
            add_address(address)
        self.four = listener(host=ENDS[0][0], port=ENDS[0][1])
        self.six = listener(socket.AF_INET6, host=SIX, port=54321)
        self.pairs = [pair(self.four, ENDS[1]), pair(self.six, (SHORT, 43210))]

    def act(self):
        """Connections that end, and one that is refused."""
        for each in self.pairs:
            close(*each)
        with socket.socket() as s:
            s.bind((ENDS[1][0], 0))
            check(s.connect_ex((ENDS[0][0], ANY_PORT)) != 0)


def check_rows(rows, columns, least):
    """Of sockets: each in one row, with its addresses whole and its process."""
    sockets = [r for r in map(plain, rows) if re.search(r"\d+/", r)]
    check(len(sockets) >= least, "too few", rows)
    for row in sockets:
        check(len(row) <= columns or (":db8:" in row and columns < 120), len(row), row)
        check(f" {os.getpid()}/c" in row, "no process", row)
        ends = re.findall(r" (?:192\.168\.110\.12[01]|" + SIX + "|" + SHORT + r"):\d+", row)
        check(len(ends) == 2 or re.search(r" (0\.0\.0\.0|::):\*", row), "an address is cut", row)


def told(columns, word, ends):
    """What it prints of what happens, until it has what is waited for."""
    scene = Scene()
    with Terminal(*word, here(), columns=columns, lines=60, env={"LC_ALL": "C"}, errors=True) as w:
        w.wait_for(ends[0])
        scene.act()
        for end in ends[1:]:
            w.wait_for(end)
    return w.rows


def test_rows_fit__list():
    scene = Scene()
    for columns in (80, 120):
        check_rows(at_terminal("list", "-tn", here(), columns=columns), columns, 6)
    wide = [plain(r) for r in at_terminal("list", "-tnW", here(), columns=80)]
    check(all(f" {os.getpid()}/{NAME}" in r for r in wide[1:]), "-W cuts nothing", wide)
    pipe = run("list", "-tn", here()).stdout.decode().splitlines()
    check(pipe == wide, "as a pipe has it", pipe, wide)
    del scene


def test_rows_fit__stream_80():
    check_rows(told(80, ["-t"], ["Local Address", "refused"]), 80, 15)


def test_rows_fit__stream_120():
    check_rows(told(120, ["-t"], ["Local Address", "refused"]), 120, 15)


def two_long(far=SIX[:-1] + "9"):
    """A connection between the longest addresses of IPv6, and its port."""
    add_address(SIX + "/128")
    add_address(far + "/128")
    set_name(NAME.encode())
    return listener(socket.AF_INET6, host=SIX, port=54321), (far, 43210)


def check_long(rows, least):
    """One row of 120, with both addresses whole and the process."""
    rows = [plain(r) for r in rows if len(re.findall(re.escape(SIX[:-1]) + r"[89]:\d+ ", plain(r))) == 2]
    told = [r for r in rows if f" {os.getpid()}" in r]
    check(len(told) >= least and all(len(r) <= 120 for r in told if "(inherited)" not in r), least, rows)


def test_rows_fit__two_long_addresses_120():
    server, far = two_long()
    client, accepted = pair(server, far)
    check_long(at_terminal("list", "-tn", here(), columns=120), 2)
    with Terminal("-t", here(), columns=120, lines=60) as w:
        w.wait_for("LISTEN")
        close(client, accepted)
        w.wait_for("->TIME_WAIT")
        w.wait_for("->LAST_ACK")
    check_long(w.rows, 6)
    with Terminal("conns", "-v", here(), columns=120, lines=60, errors=True) as w:
        w.wait_for("ring buffer:")
        close(*pair(server, (far[0], 43211)))
        w.wait_for(":43211 ")
        while len([r for r in w.rows if f" {os.getpid()}/c" in r]) < 2:
            w.read()
    check_long(w.rows, 2)
    server.close()


def rows_of_conns(columns):
    scene = Scene()
    with Watch("conns", here(), form=None) as other:  # which says when all was told
        with Terminal("conns", "-v", here(), columns=columns, lines=60, errors=True) as w:
            w.wait_for("ring buffer:")
            scene.act()
            wait_until(lambda: len(other.text().splitlines()) >= 6, other.text)
            w.wait_for("refused")
            while len([r for r in w.rows if f"{os.getpid()}/c" in r]) < 5:
                w.read()
        rows = [r for r in w.rows if not r.startswith("sockwatch: ")]
    return rows


def test_rows_fit__conns_80():
    check_rows(rows_of_conns(80), 80, 5)


def test_rows_fit__conns_120():
    check_rows(rows_of_conns(120), 120, 5)


# --- namespaces ------------------------------------------------------------------------------------


def lives_apart(link):
    """The same addresses and ports in a namespace of its own."""
    inode = enter_netns()
    server = listener(port=8089)
    client = socket.create_connection(server.getsockname())
    accepted = server.accept()[0]
    link.say(str(inode))
    link.hear()
    client.close()
    accepted.recv(1)
    accepted.close()
    server.close()
    link.say("done")
    link.hear()


def test_rows_fit__two_namespaces_are_told_apart():
    children = [Child(lives_apart) for _ in range(2)]
    inodes = [child.hear() for child in children]
    only = "--netns=" + ",".join(inodes)
    for args in (["list", "-tn", "-P", "8089", only], ["who", "8089", only], ["top", "-b", "-c", "0.2", "--count=1", "-P", "8089", only],
                 ["top", "-b", "-c", "0.2", "--count=1", "--view", "listeners", "-P", "8089", only]):
        lines = run(*args).stdout.decode().splitlines()
        rows = [r for r in lines if ":8089" in r]
        for inode in inodes:
            check(sum(bool(re.search(rf"\b{inode}\b", r)) for r in rows) == len(rows) / 2 > 0, args, lines)
    with Terminal("conns", "-v", only, columns=80, errors=True) as w:
        w.wait_for("ring buffer:")
        for child in children:
            child.say()
            child.hear()
        for inode in inodes:
            w.wait_for("netns=" + inode)
    for child in children:
        child.say()
        child.wait()
