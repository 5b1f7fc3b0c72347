# SPDX-License-Identifier: GPL-2.0-only
"""The word conns: one record a connection, at its end for this side."""
import errno
import os
import socket
from datetime import datetime

from harness import Child, Watch, check, here, kernel_before, listener, reset, scaled, wait_until
from test_decided import MANY, others, taken
from traffic import becomes_sleep, churn


def conns(*args, **kw):
    return Watch("conns", *args, **kw)


def pair(sock):
    """A connection to a listener: the client's and the server's socket."""
    client = socket.create_connection(sock.getsockname()[:2])
    server, _ = sock.accept()
    return client, server


def told(w):
    """What was told, in order."""
    return [r["event"] for r in w.records()]


def port_of(sock):
    return sock.getsockname()[1]


def record_of(w, **want):
    return w.wait_for(event="conn", **want)


def nanoseconds(stamp):
    head, _, rest = stamp.partition(".")
    return int(datetime.fromisoformat(head + "+00:00").timestamp()) * 10**9 + int(rest.rstrip("Z"))


def owners_of(record):
    return [(o["pid"], o["source"]) for o in record["owners"]]


def check_times(record):
    start, end = nanoseconds(record["start"]), nanoseconds(record["end"])
    check(record["end"] == record["time"] and (end - start) // 1000 == record["duration_us"], record)


# --- what a record says -------------------------------------------------------------------------


def test_conns__both_sides_of_an_orderly_end():
    sock = listener()
    with conns(here()) as w:
        client, server = pair(sock)
        client.sendall(b"x" * 1000)
        got = 0
        while got < 1000:
            got += len(server.recv(1000))
        server.sendall(b"y" * 3000)
        got = 0
        while got < 3000:
            got += len(client.recv(3000))
        port = port_of(client)
        client.close()
        check(server.recv(1) == b"")
        server.close()
        out = record_of(w, local_port=port)
        into = record_of(w, remote_port=port)
        w.stop()
    check(out["history"] == "SEFfT" and out["state"] == "TIME_WAIT" and out["direction"] == "out", out)
    check(into["history"] == "REWAC" and into["state"] == "CLOSE" and into["direction"] == "in", into)
    check((out["bytes_sent"], out["bytes_received"]) == (1000, 3000), out)
    check((into["bytes_sent"], into["bytes_received"]) == (3000, 1000), into)
    check(0 < out["connect_us"] <= out["duration_us"] and "connect_us" not in into, out, into)
    check(out["segments_sent"] > 3 and into["segments_received"] > 3, out, into)
    check(owners_of(out) == [(os.getpid(), "connect")] and owners_of(into) == [(os.getpid(), "accept")], out, into)
    for r in (out, into):
        check(r["final"] is True and "started_before" not in r and "reason" not in r, r)
        check(r["owners"][0]["since_us"] <= r["duration_us"], r)
        check_times(r)
    check(told(w) == ["conn", "conn"], w.dump())


def test_conns__the_server_closes_first():
    sock = listener()
    with conns(here()) as w:
        client, server = pair(sock)
        port = port_of(client)
        server.close()
        check(client.recv(1) == b"")
        client.close()
        check(record_of(w, local_port=port)["history"] == "SEWAC", w.dump())
        check(record_of(w, remote_port=port)["history"] == "REFfT", w.dump())


def test_conns__one_that_is_reset_says_so_on_both_sides():
    sock = listener()
    with conns(here()) as w:
        client, server = pair(sock)
        port = port_of(client)
        reset(server)
        into = record_of(w, remote_port=port)
        out = record_of(w, local_port=port)
        client.close()
    check(into["reason"] == "reset_locally" and into["history"] == "REC", into)
    check(out["reason"] == "reset_by_peer" and out["error"] == "ECONNRESET" and out["history"] == "SEC", out)


def test_conns__a_connect_that_is_refused_is_a_record():
    free = listener()
    port = port_of(free)
    free.close()
    with conns(here()) as w:
        with socket.socket() as s:
            check(s.connect_ex(("127.0.0.1", port)) != 0)
        r = record_of(w, remote_port=port)
    check((r["reason"], r["history"], r["direction"]) == ("refused", "SC", "out"), r)
    check("connect_us" not in r and owners_of(r) == [(os.getpid(), "connect")], r)
    check_times(r)


def test_conns__a_connect_that_fails_at_once_is_a_line():
    with conns(here()) as w:
        with socket.socket() as s:
            check(s.connect_ex(("192.0.2.7", 80)) != 0)
        r = w.wait_for(event="connect", remote_addr="192.0.2.7")
    check(r["reason"] == "unreachable" and r["pid"] == os.getpid(), r)


def test_conns__closed_while_it_connects():
    sock = listener(backlog=0)
    with socket.create_connection(sock.getsockname()), conns(here()) as w, socket.socket() as s:
        s.setblocking(False)  # the queue is full: no answer comes
        check(s.connect_ex(sock.getsockname()) == errno.EINPROGRESS)
        port = port_of(s)
        s.close()
        r = record_of(w, local_port=port)
    check((r["history"], r["reason"], r["direction"]) == ("SC", "aborted", "out"), r)


def test_conns__one_that_was_there_before_has_no_start():
    sock = listener()
    client, server = pair(sock)
    with conns(here()) as w:
        port = port_of(client)
        client.close()
        check(server.recv(1) == b"")
        server.close()
        out, into = record_of(w, local_port=port), record_of(w, remote_port=port)
    for r, history in ((out, "EFfT"), (into, "EWAC")):
        check(r["started_before"] is True and r["history"] == history, r)
        check(not {"start", "duration_us", "direction", "connect_us"} & r.keys(), r)
        check(r["pid"] == os.getpid() and r["owners"][0]["source"] == "snapshot", r)
        check("since_us" not in r["owners"][0], r)


# --- owners -------------------------------------------------------------------------------------


def test_conns__a_forked_worker_is_the_second_owner():
    def accept(link):
        sock = listener()
        link.say(port_of(sock))
        conn, _ = sock.accept()
        pid = os.fork()
        if not pid:
            conn.recv(1)
            link.hear()
            conn.close()
            os._exit(0)
        conn.close()
        link.say(pid)
        os.waitpid(pid, 0)

    with conns(here()) as w:
        server = Child(accept)
        port = int(server.hear())
        client = socket.create_connection(("127.0.0.1", port))
        client.send(b"x")
        worker = int(server.hear())
        server.say()
        check(server.wait() == 0)
        client.close()
        r = record_of(w, local_port=port)
    check(owners_of(r) == [(server.pid, "accept"), (worker, "use")] and r["pid"] == worker, r)
    since = [o["since_us"] for o in r["owners"]]
    check(0 <= since[0] < since[1] <= r["duration_us"], r)


def test_conns__one_accepts_what_another_listens_for():
    sock = listener()

    def accept(link):
        link.hear()
        conn, _ = sock.accept()
        link.say("accepted")
        conn.recv(1)
        conn.close()

    with conns(here()) as w:
        worker = Child(accept)
        client = socket.create_connection(sock.getsockname())
        worker.ask()
        port = port_of(client)
        client.close()
        r = record_of(w, remote_port=port)
        check(worker.wait() == 0)
    check(owners_of(r) == [(os.getpid(), "inherited"), (worker.pid, "accept")], r)


def test_conns__a_passed_descriptor():
    mine, theirs = socket.socketpair()

    def use(link):
        _, fds, _, _ = socket.recv_fds(theirs, 1, 1)
        with socket.socket(fileno=fds[0]) as s:
            s.recv(1)
            link.say("used")
            link.hear()

    sock = listener()
    with conns(here()) as w:
        other = Child(use)
        client, server = pair(sock)
        socket.send_fds(mine, [b"x"], [server.fileno()])
        client.send(b"x")
        other.hear()
        server.close()
        other.say()
        check(other.wait() == 0)
        port = port_of(client)
        client.close()
        r = record_of(w, remote_port=port)
    check(owners_of(r) == [(os.getpid(), "accept"), (other.pid, "use")] and r["pid"] == other.pid, r)


def test_conns__exec_is_no_other_owner_and_names_it():
    sock = listener()

    with conns(here()) as w:
        child = becomes_sleep(sock)
        server, _ = sock.accept()
        port = int(child.hear())
        child.say()
        wait_until(lambda: open(f"/proc/{child.pid}/comm", encoding="ascii").read() == "sleep\n", "the exec")
        child.kill()
        server.close()
        r = record_of(w, local_port=port)
    check(owners_of(r) == [(child.pid, "connect")] and r["comm"] == r["owners"][0]["comm"] == "sleep", r)


def test_conns__who_writes_one_after_the_other_is_each_an_owner():
    """A write waits to be taken by what has the socket's lock: the next write must not make it forgotten."""
    if kernel_before(6, 3):
        return  # a write alone is not seen there: see BUGS
    sock = listener()
    with conns(here()) as w:
        client, server = pair(sock)

        def write(link):
            client.send(b"x")
            link.say("written")
            link.hear()
        writers = []
        for _ in range(3):
            writers.append(Child(write))
            writers[-1].hear()
        for writer in writers:
            writer.say()
            check(writer.wait() == 0)
        port = port_of(client)
        client.close()
        server.close()
        r = record_of(w, local_port=port)
    check(owners_of(r) == [(os.getpid(), "connect")] + [(c.pid, "use") for c in writers], r)


def test_conns__an_owner_that_comes_back_stays_who_accepted():
    if kernel_before(6, 3):
        return  # a write alone is not seen there: see BUGS
    sock = listener()
    with conns(here()) as w:
        client, server = pair(sock)
        port = port_of(client)

        def write(link):
            server.send(b"b")
            link.say("written")
            link.hear()
        for _ in range(2):
            other = Child(write)
            other.hear()
            server.send(b"a")
            other.say()
            check(other.wait() == 0)
        server.close()
        check(client.recv(4) and True)
        client.close()
        r = record_of(w, remote_port=port)
    check(owners_of(r)[0] == (os.getpid(), "accept") and len(r["owners"]) == 3, r)
    check([source for _, source in owners_of(r)[1:]] == ["use", "use"] and r["pid"] == os.getpid(), r)
    check(r["owner_source"] == "accept", r)


def test_conns__who_had_the_listener_and_then_served_is_an_owner():
    """A child accepts, its parent serves, the child closes last: inherited says less than a use."""
    sock = listener()
    with conns(here()) as w:
        def accept(link):
            server, _ = sock.accept()
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            socket.send_fds(link.sock, [b"fd"], [server.fileno()])
            link.hear()
            server.close()
        child = Child(accept)
        client = socket.create_connection(sock.getsockname())
        _, fds, _, _ = socket.recv_fds(child.link.sock, 16, 1)
        served = socket.socket(fileno=fds[0])
        client.send(b"ask")
        check(served.recv(3) == b"ask")
        port = port_of(client)
        served.send(b"answer")
        served.close()
        child.say()
        check(child.wait() == 0)
        check(client.recv(9) == b"answer")
        client.close()
        r = record_of(w, remote_port=port)
    check(owners_of(r) == [(child.pid, "accept"), (os.getpid(), "use")] and r["pid"] == child.pid, r)


def test_conns__who_used_it_and_ended_is_among_the_owners():
    if kernel_before(6, 3):
        return  # a write alone is not seen there: see BUGS
    sock = listener()
    with conns(here()) as w:
        client, server = pair(sock)
        pid = os.fork()
        if not pid:
            client.send(b"abc")
            os._exit(0)
        os.waitpid(pid, 0)
        check(server.recv(3) == b"abc")
        port = port_of(client)
        client.close()
        server.close()
        r = record_of(w, local_port=port)
    check(owners_of(r) == [(os.getpid(), "connect"), (pid, "use")] and r["pid"] == os.getpid(), r)


# --- how many -----------------------------------------------------------------------------------


def count(records):
    return sum(r["event"] == "conn" for r in records), sum(r["lost"] for r in records if r["event"] == "lost")


def churned(port, n, *args):
    with conns(here(), *args) as w:
        churn(port, n)
        return count(w.stop())


def test_conns__a_churn_to_the_record():
    n = scaled(5000)
    n_told, lost = churned(9401, n)
    check(n_told + lost == 2 * n, n_told, "told and", lost, "lost are not", 2 * n)


def test_conns__a_churn_that_the_ring_does_not_hold_is_counted():
    n = scaled(3000)
    n_told, lost = churned(9402, n, "--buffer-size=4096")
    check(n_told + lost == 2 * n, n_told, "told and", lost, "lost are not", 2 * n)


def test_conns__without_room_each_end_is_told_all_the_same():
    n = scaled(500)
    n_told, lost = churned(9403, n, "--max-sockets=1")
    check(n_told + lost == 2 * n, n_told, "told and", lost, "lost are not", 2 * n)


# --- what is asked for --------------------------------------------------------------------------


def of_connections(records):
    return [r for r in records if r["event"] != "lost"]


def check_decided(args, wanted, records, unwanted=lambda: others(udp=False)):
    """Many that do not match and a few that do: only these come through the ring."""
    with conns(here(), *args) as w:
        unwanted()
        wanted()
        wait_until(lambda: len(of_connections(w.records())) >= records, "what is asked for")
        n = len(of_connections(w.stop()))
        check(w.status == 0 and n == records, n, "told, not", records)
        check(n <= taken(w) < MANY / 2, args, n, "told, and taken:", taken(w))


def test_conns__filters_are_decided_in_the_kernel():
    free = listener()
    refused = free.getsockname()
    free.close()

    def connect():
        with socket.socket() as s:
            s.connect_ex(refused)

    def whole():
        client, server = pair(sock)
        client.close()
        check(server.recv(1) == b"")
        server.close()

    with listener() as sock:
        port = str(port_of(sock))
        check_decided(["--port", port], whole, 2)
        check_decided(["--local-port", port], whole, 1)
        check_decided(["-D", port], whole, 1)
        check_decided(["--failed"], connect, 1)
        child = Child(lambda link: (link.hear(), whole(), link.say("done")))
        check_decided(["--pid", str(child.pid)], child.ask, 2)
        check(child.wait() == 0)


def test_conns__a_filter_on_processes_is_one_on_all_owners():
    sock = listener()
    client, server = pair(sock)

    def use(link):
        link.hear()
        client.recv(1)
        link.say("read")
        link.hear()

    child = Child(use)
    with conns(here(), "--pid", str(child.pid)) as w:
        server.send(b"xy")
        child.ask()
        child.say()
        check(child.wait() == 0)
        check(client.recv(1) == b"y")
        port = port_of(client)
        client.close()
        check(server.recv(1) == b"")
        server.close()
        r = record_of(w, local_port=port)
        check(r["pid"] == os.getpid() and child.pid in [o["pid"] for o in r["owners"]], r)
        check(told(w) == ["conn"], w.dump())


def test_conns__listeners_and_binds_with_all():
    for option, events in (("-a", ["bind", "state", "conn", "conn", "state"]), ("-l", ["state", "state"])):
        with conns(here(), option) as w:
            sock = listener()
            client, server = pair(sock)
            client.close()
            check(server.recv(1) == b"")
            server.close()
            sock.close()
            w.wait_for(event="state", old_state="LISTEN", state="CLOSE")
            w.stop()
            check(told(w) == events, option, w.dump())


def test_conns__text():
    sock = listener()
    with conns(here(), form=None) as w:
        client, server = pair(sock)
        client.close()
        check(server.recv(1) == b"")
        server.close()
        wait_until(lambda: len(w.lines) == 3, "two lines below the header")
        w.stop()
        head, *lines = w.text().splitlines()
    check(head.split()[:3] == ["TIME", "PID/Program", "Dir"] and head.endswith("End"), head)
    arrows = [line.split()[2] for line in lines if f" {os.getpid()}/" in line]
    check(sorted(arrows) == ["->", "<-"], lines)
    check("2 connections, 0 lost" in w.stderr(), w.stderr())
