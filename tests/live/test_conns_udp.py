# SPDX-License-Identifier: GPL-2.0-only
"""The word conns, of UDP: one record for what a socket had with each of its peers."""
import collections
import ctypes
import os
import socket
import threading

from harness import LIBC, Child, check, here, scaled, wait_until
from test_conns import check_times, conns, owners_of, port_of, record_of, told
from test_udp import counted, need_counts, udp


def moved(record):
    """What it sent and received: bytes, datagrams."""
    return tuple(record[k] for k in ("bytes_sent", "datagrams_sent", "bytes_received", "datagrams_received"))


def ask(client, server, question, answer):
    """A question and its answer; the address that the server saw."""
    client.sendto(question, server.getsockname())
    data, peer = server.recvfrom(65536)
    check(data == question)
    server.sendto(answer, peer)
    check(client.recvfrom(65536)[0] == answer)
    return peer


def check_moved(w, record, want):
    if counted(w):
        check(moved(record) == want, record, want)
    else:
        check(not [k for k in record if k.startswith(("bytes", "datagrams"))], record)


# --- what a record says -------------------------------------------------------------------------


def test_conns_udp__a_question_and_its_answer_on_both_sides():
    with conns("-u", here()) as w:
        server, client = udp(), udp(bind=False)
        peer = ask(client, server, b"q" * 30, b"a" * 500)
        client.close()
        out = record_of(w, local_port=peer[1])
        check(told(w)[0] == "conn" and not w.find(remote_port=peer[1]), w.dump())
        server.close()
        into = record_of(w, remote_port=peer[1])
        w.stop()
    check(told(w) == ["conn", "conn"], w.dump())
    check(out["proto"] == "udp" and out["direction"] == "out" and into["direction"] == "in", out, into)
    check(out["remote_port"] == into["local_port"] and out["remote_addr"] == "127.0.0.1", out)
    check_moved(w, out, (30, 1, 500, 1))
    check_moved(w, into, (500, 1, 30, 1))
    for r in (out, into):
        check(owners_of(r) == [(os.getpid(), "use")] and r["pid"] == os.getpid(), r)
        check(r["final"] is True and "history" not in r and "started_before" not in r and "reason" not in r, r)
        check_times(r)


def test_conns_udp__a_connected_socket():
    with conns("-u", here()) as w:
        server, client = udp(), udp(bind=False)
        client.connect(server.getsockname())
        client.send(b"q" * 30)
        _, peer = server.recvfrom(100)
        server.sendto(b"a" * 40, peer)
        check(len(client.recv(100)) == 40)
        client.close()
        r = record_of(w, local_port=peer[1])
        check(r["remote_port"] == port_of(server) and owners_of(r) == [(os.getpid(), "use")], r)
        if counted(w):
            check(moved(r) == (30, 1, 40, 1) and r["direction"] == "out" and r["start"], r)
        else:
            check("start" not in r and "direction" not in r and "bytes_sent" not in r, r)


def test_conns_udp__one_socket_and_several_peers_of_both_kinds():
    """A socket that is connected, sends to another by name, and is connected to a third."""
    with conns("-u", here()) as w:
        need_counts(w)
        a, b, c = (udp() for _ in range(3))
        client = udp()
        client.connect(a.getsockname())
        client.send(b"1" * 10)
        client.sendto(b"2" * 20, b.getsockname())
        client.send(b"3" * 30)
        client.connect(c.getsockname())
        client.send(b"4" * 40)
        client.close()
        for sock, want in ((a, (40, 2, 0, 0)), (b, (20, 1, 0, 0)), (c, (40, 1, 0, 0))):
            r = record_of(w, remote_port=port_of(sock))
            check(moved(r) == want, r)
        w.stop()
        check(told(w) == ["conn"] * 3, w.dump())


def test_conns_udp__what_is_connected_and_not_used_has_no_record():
    """Programs connect UDP sockets only to learn which address they would have."""
    with conns("-u", here()) as w:
        need_counts(w)
        server, client, used = udp(), udp(bind=False), udp(bind=False)
        client.connect(server.getsockname())
        client.close()
        used.sendto(b"x", server.getsockname())
        used.close()
        record_of(w, remote_port=port_of(server))
        w.stop()
        check(told(w) == ["conn"], w.dump())


def test_conns_udp__a_sender_that_was_not_asked_for_is_left_out():
    with conns("-u", here()) as w:
        need_counts(w)
        server, client = udp(), udp(bind=False)
        client.sendto(b"x" * 7, server.getsockname())
        check(len(server.recv(100)) == 7)
        port = port_of(server)
        server.close()
        r = record_of(w, local_port=port)
        check("remote_port" not in r and r["direction"] == "in" and moved(r) == (0, 0, 7, 1), r)


def test_conns_udp__a_look_at_a_datagram_takes_none():
    with conns("-u", here()) as w:
        need_counts(w)
        server, client = udp(), udp(bind=False)
        client.sendto(b"x" * 7, server.getsockname())
        for _ in range(3):
            server.recvfrom(100, socket.MSG_PEEK)
        server.recvfrom(100)
        port = port_of(server)
        server.close()
        check(moved(record_of(w, local_port=port)) == (0, 0, 7, 1), w.dump())


def test_conns_udp__ipv6_and_v4_mapped():
    with conns("-u", here()) as w:
        server = udp(socket.AF_INET6, "::")
        six, four = udp(socket.AF_INET6, "::1"), udp()
        for client, host, n in ((six, "::1", 6), (four, "127.0.0.1", 4)):
            client.sendto(b"x" * n, (host, port_of(server)))
            data, peer = server.recvfrom(100)
            server.sendto(data, peer)
        server.close()
        r = record_of(w, remote_port=port_of(six))
        check(r["remote_addr"] == "::1" and r["family"] == "ipv6", r)
        check_moved(w, r, (6, 1, 6, 1))
        r = record_of(w, remote_port=port_of(four))
        check(r["remote_addr"] == "127.0.0.1" and r["v4mapped"] is True, r)
        check_moved(w, r, (4, 1, 4, 1))


# --- who -----------------------------------------------------------------------------------------


def test_conns_udp__every_process_that_used_it_in_order():
    server, client = udp(), udp()

    def answer(link):
        while link.hear() == "go":
            data, peer = server.recvfrom(100)
            server.sendto(data, peer)
            link.say("done")

    first, second = Child(answer), Child(answer)
    with conns("-u", here()) as w:
        for child in (first, second, first):
            client.sendto(b"x", server.getsockname())
            child.ask()
        server.close()
        for child in (second, first):
            child.say("end")
            check(child.wait() == 0)
        r = record_of(w, remote_port=port_of(client))
        check(owners_of(r) == [(first.pid, "use"), (second.pid, "use")], r)
        check(r["pid"] == first.pid and 0 == r["owners"][0]["since_us"] < r["owners"][1]["since_us"], r)
        check_moved(w, r, (3, 3, 3, 3))


def test_conns_udp__threads_that_send_at_once_on_one_socket():
    """Each to a peer of its own: no datagram goes to another's record."""
    sinks = [udp() for _ in range(4)]
    n = scaled(3000)
    with conns("-u", here()) as w:
        need_counts(w)
        shared = udp()

        def send(i):
            for _ in range(n):
                shared.sendto(b"x" * (i + 1), sinks[i].getsockname())

        threads = [threading.Thread(target=send, args=(i,)) for i in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        shared.close()
        records = [record_of(w, remote_port=port_of(sink)) for sink in sinks]
        w.stop()
        # a program may be skipped where tasks are preempted in the middle of one (7.x): that is counted
        lost = sum(r["lost"] for r in w.find(event="lost"))
        for i, r in enumerate(records):
            check(r["bytes_sent"] == r["datagrams_sent"] * (i + 1) and r["datagrams_received"] == 0, r)
            check(n - lost <= r["datagrams_sent"] <= n, lost, r)
        check(4 * n - lost <= sum(r["datagrams_sent"] for r in records), lost, w.dump())


# --- many ----------------------------------------------------------------------------------------


def test_conns_udp__a_server_with_many_peers_against_a_count_of_its_own():
    clients = [udp() for _ in range(scaled(900))]
    with conns("-u", here()) as w:
        server = udp()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        seen = collections.defaultdict(lambda: [0, 0, 0, 0])
        for turn in range(3):
            for i, client in enumerate(clients):
                peer = ask(client, server, b"q" * (i % 90 + 1), b"a" * (turn + 1))
                for k, add in enumerate((turn + 1, 1, i % 90 + 1, 1)):
                    seen[peer[1]][k] += add
        port = port_of(server)
        server.close()
        wait_until(lambda: len(w.lines) >= len(clients), "a line for each")
        w.stop()
        records = w.find(event="conn", local_port=port)
        check(len(records) == len(clients) and not w.find(event="lost"), len(records))
        if counted(w):
            check({r["remote_port"]: list(moved(r)) for r in records} == dict(seen), "other sums")
        else:
            check({r["remote_port"] for r in records} == set(seen), "other peers")


def test_conns_udp__room_is_bounded_and_what_has_none_is_told():
    server, clients = udp(), [udp() for _ in range(50)]
    port = port_of(server)
    with conns("-u", here(), "--max-sockets", "16", "-L", str(port)) as w:
        for client in clients:
            client.sendto(b"x", server.getsockname())
            server.recvfrom(10)
        server.close()
        wait_until(lambda: len(w.find(event="conn")) >= 16, "those with room")
        wait_until(lambda: sum(r["lost"] for r in w.find(event="lost")) >= 34, "the others")
        w.stop()
        told_ports = [r["remote_port"] for r in w.find(event="conn", local_port=port)]
        check(sorted(told_ports) == sorted(port_of(c) for c in clients[:16]), told_ports)
        check(sum(r["lost"] for r in w.find(event="lost")) == 34, w.dump())
        check("--max-sockets" in w.stderr(), "nothing was said")


def test_conns_udp__slots_are_used_again():
    with conns("-u", here(), "--max-sockets", "16") as w:
        for _ in range(60):
            server, client = udp(), udp(bind=False)
            ask(client, server, b"q", b"a")
            port = port_of(client)
            client.close()
            server.close()
            record_of(w, local_port=port)
            record_of(w, remote_port=port)
        w.stop()
        check(len(told(w)) == 120 and not w.find(event="lost"), w.dump())


class Head(ctypes.Structure):
    """struct msghdr"""
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint), ("iov", ctypes.c_void_p),
                ("iovlen", ctypes.c_size_t), ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t),
                ("flags", ctypes.c_int)]


class Message(ctypes.Structure):
    """struct mmsghdr"""
    _fields_ = [("head", Head), ("len", ctypes.c_uint)]


class Vector(ctypes.Structure):
    """struct iovec"""
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


def messages(sizes, addresses):
    """An array of struct mmsghdr, and what must not be freed before it is done with."""
    held, array = [], (Message * len(sizes))()
    for message, size, address in zip(array, sizes, addresses):
        data = ctypes.create_string_buffer(size)
        name = ctypes.create_string_buffer(address, 16)
        vector = Vector(ctypes.addressof(data), size)
        held += [data, name, vector]
        message.head.name, message.head.namelen = ctypes.addressof(name), 16
        message.head.iov, message.head.iovlen = ctypes.addressof(vector), 1
    return array, held


def sockaddr(sock):
    return (socket.AF_INET.to_bytes(2, "little") + port_of(sock).to_bytes(2, "big") + socket.inet_aton("127.0.0.1"))


def test_conns_udp__several_datagrams_in_one_call():
    peers = [udp() for _ in range(3)]
    with conns("-u", here()) as w:
        server = udp()
        to, _held = messages([5, 6, 7, 8], [sockaddr(p) for p in (*peers, peers[0])])
        check(LIBC.sendmmsg(server.fileno(), to, 4, 0) == 4)
        for n, p in enumerate(peers):
            p.sendto(b"x" * (n + 1), server.getsockname())
        got, _held2 = messages([100] * 3, [b""] * 3)
        check(LIBC.recvmmsg(server.fileno(), got, 3, 0, None) == 3)
        server.close()
        for p, want in zip(peers, ((13, 2, 1, 1), (6, 1, 2, 1), (7, 1, 3, 1))):
            check_moved(w, record_of(w, remote_port=port_of(p), direction="out"), want)


# --- when ----------------------------------------------------------------------------------------


def test_conns_udp__a_peer_that_is_idle_has_ended_and_may_begin_anew():
    with conns("-u", here(), "--idle", "0.5") as w:
        server, client = udp(), udp()
        port = port_of(client)
        ask(client, server, b"q" * 5, b"a" * 6)
        first = record_of(w, local_port=port)
        check_moved(w, first, (5, 1, 6, 1))
        check_times(first)
        check(first["duration_us"] < 500000, first)
        ask(client, server, b"q" * 7, b"a" * 8)
        wait_until(lambda: len(w.find(local_port=port)) == 2, "it goes on")
        second = w.find(local_port=port)[1]
        check_moved(w, second, (7, 1, 8, 1))
        check(second["start"] > first["end"] and second["final"] is True, second)
        client.close()
        wait_until(lambda: len(w.find(remote_port=port)) == 2, "the server's")
        w.stop()
        check(len(told(w)) == 4, w.dump())


def test_conns_udp__one_that_is_not_idle_goes_on():
    with conns("-u", here(), "--idle", "2") as w:
        server, client = udp(), udp()
        other = udp()
        port = port_of(client)
        n = 0
        while not w.find(remote_port=port_of(other)):  # which ends by being idle
            if not n:
                client.sendto(b"x", other.getsockname())
            ask(client, server, b"q", b"a")
            n += 1
        check(not w.find(local_port=port, remote_port=port_of(server)), w.dump())
        client.close()
        r = record_of(w, local_port=port, remote_port=port_of(server))
        check_moved(w, r, (n, n, n, n))


def test_conns_udp__without_idle_it_lasts_as_long_as_the_socket():
    with conns("-u", here(), "--idle", "none") as w:
        server, client = udp(), udp()
        ask(client, server, b"q", b"a")
        with conns("-u", here(), "--idle", "0.1") as soon:
            ask(client, server, b"q", b"a")
            record_of(soon, local_port=port_of(client))
        check(not w.records(), w.dump())
        port = port_of(client)
        client.close()
        check_moved(w, record_of(w, local_port=port), (2, 2, 2, 2))


def test_conns_udp__so_far():
    with conns("-u", here(), "--interim", "0.3", "--idle", "none") as w:
        server, client = udp(), udp()
        port = port_of(client)
        ask(client, server, b"q", b"a")
        r = record_of(w, local_port=port, final=False)
        check_moved(w, r, (1, 1, 1, 1))
        check("end" not in r and r["duration_us"] >= 300000, r)
        client.close()
        record_of(w, local_port=port, final=True)


# --- what else is told ---------------------------------------------------------------------------


def test_conns_udp__binds_and_ends_of_servers_with_all():
    for option, events in (("-a", ["bind", "conn", "conn", "close"]), ("-l", ["bind", "close"])):
        with conns("-u", here(), option) as w:
            server, client = udp(), udp(bind=False)
            peer = ask(client, server, b"q" * 3, b"a")
            client.close()
            if option == "-a":
                record_of(w, local_port=peer[1])
            port = port_of(server)
            server.close()
            r = w.wait_for(event="close", local_port=port)
            w.stop()
            check(told(w) == events, option, w.dump())
            if option == "-l":
                check_moved(w, r, (1, 1, 3, 1))
            else:
                check("bytes_sent" not in r, r)


def test_conns_udp__filters_on_peers_and_processes():
    a, b = udp(), udp()
    other = Child(lambda link: (link.hear(), udp().sendto(b"3", a.getsockname()), link.say("sent"), link.hear()))
    for asked in (("-P", str(port_of(a))), ("-D", str(port_of(a)), "--pid", str(os.getpid()))):
        with conns("-u", here(), *asked) as w:
            client = udp(bind=False)
            for sock in (b, a, b, a):
                client.sendto(b"xx", sock.getsockname())
            port = port_of(client)
            client.close()
            r = record_of(w, local_port=port)
            check(r["remote_port"] == port_of(a), r)
            check_moved(w, r, (4, 2, 0, 0))
            if "--pid" in asked:
                other.ask()
                other.say()
                check(other.wait() == 0)
            w.stop()
            check(told(w) == ["conn"], w.dump())


def test_conns_udp__a_failure_is_told_with_the_peer():
    with conns("-u", here(), "--failed") as w:
        need_counts(w)
        c = udp(bind=False)
        c.connect(("127.0.0.1", 9))
        c.send(b"anybody?")

        def refused():
            try:
                c.send(b"still?")
            except ConnectionRefusedError:
                return True
            return False
        wait_until(refused, "the answer of nobody")
        r = w.wait_for(event="open", error="ECONNREFUSED")
        check(r["remote_port"] == 9 and r["pid"] == os.getpid(), r)
        c.close()
        w.stop()
        check(told(w) == ["open"], w.dump())


def test_conns_udp__text():
    with conns("-u", here(), form=None) as w:
        server, client = udp(), udp(bind=False)
        ask(client, server, b"q" * 30, b"a" * 2048)
        client.close()
        server.close()
        wait_until(lambda: len(w.lines) == 3, "two lines below the header")
        w.stop()
        lines = w.text().splitlines()[1:]
    check(sorted(line.split()[2] for line in lines) == ["->", "<-"], lines)
    check(all(line.split()[3] == "udp" for line in lines), lines)
    if counted(w):
        check(any(line.split()[-3:] == ["30", "2.0K", "-"] for line in lines), lines)
    check("2 connections, 0 lost" in w.stderr(), w.stderr())
