# SPDX-License-Identifier: GPL-2.0-only
"""log --peer: who is at the other end of a connection, of one machine and of a fleet."""
import json
import os
import socket

from fleet import ClickHouse, needs_fleet
from harness import check, listener, run
from recording import Recorder, of, store
from servers import needs
from test_conns import port_of
from test_fleet import insert, row
from test_log import conns, log
from traffic import churn, elsewhere

MINE = ("peer_pid", "peer_comm", "peer_exe", "peer_uid")


def peers(records, *keys):
    return [tuple(r.get(k) for k in keys) for r in records]


def connected_by(sock, name, uid=None):
    """A connection from another process, which closes it first; its PID and port."""
    ports = []

    def connect():
        s = socket.create_connection(sock.getsockname())
        s.sendall(b"12345")
        s.close()
    child = elsewhere(connect, name=name, uid=uid)
    child.ask()
    server, address = sock.accept()
    ports.append(address[1])
    check(server.recv(9) == b"12345" and server.recv(9) == b"", "its end")
    server.close()
    check(child.wait() == 0, "the client")
    return child.pid, ports[0]


def test_log_peer__both_ends_on_this_machine():
    with listener() as sock, store() as folder, Recorder(folder) as w:
        pid, port = connected_by(sock, b"a client", uid=4242)
        itself = socket.socket()
        itself.bind(("127.0.0.1", 0))
        itself.connect(itself.getsockname())
        own = port_of(itself)
        itself.close()
        refused = socket.socket()
        refused.bind(("127.0.0.1", 0))
        check(refused.connect_ex(("127.0.0.1", 1)) != 0, "nobody listens")
        refused.close()
        w.stop()
        exe = os.readlink("/proc/self/exe")
        for more in ((), ("-r",), ("-n", 9), ("-r", "-n", 9), ("--uid", "4242")):
            r, = conns(w, "--peer", "-D", port_of(sock), *more)
            check(peers([r], *MINE) == [(os.getpid(), r["peer_comm"], exe, os.getuid())], more, r)
        r, = conns(w, "--peer", "-L", port_of(sock))
        check(peers([r], *MINE) == [(pid, "a client", exe, 4242)], r)
        r, = conns(w, "--peer", "-L", own)
        check(peers([r], *MINE) == [(os.getpid(), r["comm"], exe, os.getuid())], r)
        for r in conns(w, "--peer", "--failed", "-D", 1):
            check(not any(k.startswith("peer_") for k in r), r)
        check(not any("peer_pid" in r for r in conns(w)), "not asked for")
        text, _ = log(w, "--peer", "-L", port_of(sock))
        check(any(line.endswith(f' peer={pid}/"a client"') for line in text), text)
        names, _ = log(w, "-D", port_of(sock), "--fields", "local_port,peer_pid")
        check([str(port), str(os.getpid())] in [line.split() for line in names], names)


def test_log_peer__of_a_churn_each_has_its_own():
    with store() as folder, Recorder(folder) as w:
        churn(9531, 500)
        w.stop()
        out, back = (conns(w, "--peer", option, 9531) for option in ("-D", "-L"))
        check(len(out) == len(back) == 500, len(out), len(back))
        pids = {r["local_port"]: r["pid"] for r in back + out}
        check(len({r["local_port"] for r in out}) == 500, "each port once")
        for r in out + back:
            check(r["peer_pid"] == pids[r["remote_port"]], r)


def test_log_peer__what_it_does_not_go_with():
    for args in (("--by", "comm"), ("--plot",), ("--at", "1h"), ("-f",), ("--report", "x.html"), ("--verify",), ("--sql", "SELECT 1")):
        done = run("log", "--peer", *args)
        check(done.returncode == 2 and b"--peer is for the records of the past, one by one" in done.stderr, args, done)
    done = run("list", "--peer")
    check(done.returncode == 2 and b"--peer is not for list (but for: log)" in done.stderr, done)


# --- a fleet ------------------------------------------------------------------------------------

SPAN = "--since", "2026-11-24T00:00Z", "--until", "2026-11-25T00:00Z"


def server_row(host, seconds, **more):
    """The other end of row(), as its machine has it."""
    return row(host, seconds, **{"local_addr": "10.0.0.2", "local_port": 443, "remote_addr": "10.0.0.1", "remote_port": 40000,
                                 "history": "REWLC", "comm": "nginx", "pid": 811, "owner_source": "accept", "bytes_sent": 2,
                                 "bytes_received": 1, "cookie": int(seconds * 1000) + 1, **more})


def asked(server, *args, status=0):
    done = run("log", "--from", server.to, "-j", "--peer", *SPAN, *args)
    check(done.returncode == status, done)
    return of([json.loads(line) for line in done.stdout.splitlines()], event="conn")


def test_log_peer__of_a_fleet_it_is_a_process_of_another_machine():
    needs_fleet()
    needs("clickhouse-server")
    with store() as folder, ClickHouse(folder) as server:
        check(run("export", "--to", server.to, "--create").returncode == 0, "the table")
        insert(server, row("app1", 10), server_row("web1", 10.4, exe="/usr/sbin/nginx", unit="nginx.service"),
               row("app1", 20), server_row("web1", 23),  # too late
               row("app1", 30), server_row("web1", 30.1), server_row("web2", 30.2),  # one of two
               row("app1", 40, local_addr="127.0.0.1", remote_addr="127.0.0.1"),
               server_row("web1", 40, local_addr="127.0.0.1", remote_addr="127.0.0.1"),  # of another machine
               row("app1", 50, family="ipv6", local_addr="2001:db8::1", remote_addr="2001:db8::2"),
               server_row("web1", 50, family="ipv6", local_addr="2001:db8::2", remote_addr="2001:db8::1", pid=812))
        insert(server, server_row("web1", 10.4, exe="/usr/sbin/nginx", unit="nginx.service"))  # sent twice
        keys = "peer_host", "peer_pid", "peer_comm", "peer_exe", "peer_unit"
        nobody = (None,) * 5
        found = asked(server, "--host", "app*")
        check(peers(found, *keys) == [("web1", 811, "nginx", "/usr/sbin/nginx", "nginx.service"), nobody, nobody, nobody,
                                      ("web1", 812, "nginx", None, None)], found)
        found = asked(server, "--host", "web1", "-n", "1")
        check(peers(found, "peer_host", "peer_comm") == [("app1", "curl")], found)
        text = run("log", "--from", server.to, "--peer", *SPAN, "--host", "app1", "-r", "-4").stdout.decode()
        check(text.count(" peer=") == 1 and " peer=web1:811/nginx\n" in text, text)


def test_log_peer__more_than_one_question_has_room_for():
    needs_fleet()
    needs("clickhouse-server")
    with store() as folder, ClickHouse(folder) as server:
        check(run("export", "--to", server.to, "--create").returncode == 0, "the table")
        rows = []
        for i in range(2500):
            rows += [row("app1", i, local_port=10000 + i), server_row("web1", i + 0.1, remote_port=10000 + i, pid=1000 + i)]
        insert(server, *rows)
        for order in ((), ("-r",)):
            found = asked(server, "-D", "443", *order)
            check([r["peer_pid"] - 1000 for r in found] == [r["local_port"] - 10000 for r in found] and len(found) == 2500,
                  order, len(found))
        found = asked(server, "-L", "443", "-n", "1500")
        check([r["remote_port"] - 10000 for r in found] == list(range(1000, 2500)) and
              all(r["peer_host"] == "app1" for r in found), len(found))


def test_log_peer__what_cannot_be_asked_is_said():
    """Of some records the other ends were asked for, of others they cannot be: the answer is not whole."""
    needs_fleet()
    needs("clickhouse-server")
    with store() as folder, ClickHouse(folder, "<max_query_size>20000</max_query_size>") as server:
        check(run("export", "--to", server.to, "--create").returncode == 0, "the table")
        insert(server, *(row("app1", i, local_port=10000 + i) for i in range(100)))
        check(len(asked(server)) == 100, "there is room for so many")
        for first in (100, 400, 700):
            insert(server, *(row("app1", i, local_port=10000 + i) for i in range(first, first + 300)))
        done = run("log", "--from", server.to, "-j", "--peer", *SPAN)
        check(done.returncode == 4 and b"(HTTP 400)" in done.stderr and done.stderr.count(b"\n") == 1, done)
