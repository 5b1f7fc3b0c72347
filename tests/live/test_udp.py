# SPDX-License-Identifier: GPL-2.0-only
"""UDP: bind, connect, the first use with each peer, the end."""
import errno
import os
import socket
import subprocess
import threading

from harness import Child, Skip, Watch, check, listener, scaled, wait_until
from servers import needs


def udp(family=socket.AF_INET, host="127.0.0.1", port=0, bind=True):
    s = socket.socket(family, socket.SOCK_DGRAM)
    if bind:
        s.bind((host, port))
    return s


def counted(w):
    return "not counted" not in w.stderr()


def need_counts(w):
    if not counted(w):
        raise Skip("this kernel does not tell the lengths of datagrams")


def test_udp__bind_send_receive_close():
    with Watch("-u", "-E") as w:
        server = udp()
        port = server.getsockname()[1]
        client = udp(bind=False)
        client.sendto(b"x" * 100, server.getsockname())
        data, peer = server.recvfrom(200)
        server.sendto(b"yy", peer)
        check(len(data) == 100 and client.recv(10) == b"yy")
        client.close()
        server.close()
        r = w.wait_for(event="bind", local_port=port)
        check(r["proto"] == "udp" and r["pid"] == os.getpid() and "state" not in r, r)
        r = w.wait_for(event="open", remote_port=port)
        check(r["direction"] == "sent" and r["remote_addr"] == "127.0.0.1", r)
        check(r["local_port"] == peer[1] and r["pid"] == r["actor_pid"] == os.getpid(), r)
        r = w.wait_for(event="open", local_port=port)
        check(r["direction"] == "received" and r["remote_port"] == peer[1], r)
        last = w.wait_for(event="close", local_port=peer[1])
        check(last.get("cookie") == w.find(event="open", remote_port=port)[0].get("cookie"), last)
        if counted(w):
            check((last["bytes_sent"], last["datagrams_sent"]) == (100, 1), last)
            check((last["bytes_received"], last["datagrams_received"]) == (2, 1), last)
        w.wait_for(event="close", local_port=port)
        check(not w.find(proto="tcp"))


def test_udp__each_peer_once_for_each_process():
    server = udp()
    clients = [udp(bind=False) for _ in range(3)]
    with Watch("-u", "-E") as w:
        for _ in range(50):
            for c in clients:
                c.sendto(b"?", server.getsockname())
                server.sendto(b"!", server.recvfrom(10)[1])
                c.recv(10)
        worker = Child(lambda link: (link.hear(), server.sendto(b"!", clients[0].getsockname())))
        worker.say()
        worker.wait()
        marker = udp()
        w.wait_for(event="bind", local_port=marker.getsockname()[1])
        w.stop()
        told = [(r["pid"], r["remote_port"]) for r in w.find(event="open")
                if r["local_port"] == server.getsockname()[1]]
        want = [(os.getpid(), c.getsockname()[1]) for c in clients]
        check(sorted(told) == sorted([*want, (worker.pid, clients[0].getsockname()[1])]), told)


def test_udp__connected():
    server = udp()
    with Watch("-u", "-E") as w:
        c = udp(bind=False)
        c.connect(server.getsockname())
        r = w.wait_for(event="connect")
        check(r["state"] == "ESTABLISHED" and r["owner_source"] == "connect", r)
        check(r["remote_port"] == server.getsockname()[1] and r["local_port"], r)
        c.send(b"query")
        c.send(b"query")
        if counted(w):
            r = w.wait_for(event="open", local_port=c.getsockname()[1])
            check(r["direction"] == "sent" and r["remote_port"] == server.getsockname()[1], r)
        port = c.getsockname()[1]
        c.close()
        r = w.wait_for(event="close", local_port=port)
        check(r["remote_port"] == server.getsockname()[1] and r["pid"] == os.getpid(), r)
        if counted(w):
            check(r["bytes_sent"] == 10 and r["datagrams_sent"] == 2, r)
            check(len(w.find(event="open")) == 1, w.find(event="open"))


def test_udp__a_look_at_a_datagram_is_not_counted():
    with Watch("-u", "-E") as w:
        need_counts(w)
        server, c = udp(), udp(bind=False)
        port = server.getsockname()[1]
        c.sendto(b"x" * 9, server.getsockname())
        for _ in range(3):
            check(len(server.recvfrom(100, socket.MSG_PEEK)[0]) == 9)
        server.recvfrom(100)
        server.close()
        r = w.wait_for(event="close", local_port=port)
        check((r["bytes_received"], r["datagrams_received"]) == (9, 1), r)


def test_udp__refused_and_unreachable():
    with Watch("-u", "-E", "--failed") as w:
        c = udp(bind=False)
        try:
            c.connect(("192.0.2.1", 53))
        except OSError as e:
            check(e.errno == errno.ENETUNREACH, e)
        r = w.wait_for(event="connect", remote_port=53)
        check(r["error"] == "ENETUNREACH" and r["reason"] == "unreachable", r)
        if not counted(w):
            return
        c.connect(("127.0.0.1", 9))
        c.send(b"anybody?")

        def refused():
            try:
                c.send(b"still?")
            except OSError as e:
                return e.errno == errno.ECONNREFUSED
        wait_until(refused, "the answer of nobody")
        r = w.wait_for(event="open", error="ECONNREFUSED")
        check(r["reason"] == "refused" and r["remote_port"] == 9, r)


def test_udp__bind_that_is_taken():
    server = udp()
    with Watch("-u", "-E") as w:
        try:
            udp(port=server.getsockname()[1])
        except OSError as e:
            check(e.errno == errno.EADDRINUSE, e)
        r = w.wait_for(event="bind", error="EADDRINUSE")
        check(r["proto"] == "udp" and r["reason"] == "in_use", r)


def test_udp__ipv6_and_v4_mapped():
    server = udp(socket.AF_INET6, "::")
    port = server.getsockname()[1]
    with Watch("-u", "-E") as w:
        c = udp(socket.AF_INET6, bind=False)
        c.sendto(b"6", ("::1", port))
        check(server.recv(10) == b"6")
        r = w.wait_for(event="open", remote_port=port, remote_addr="::1")
        check(r["family"] == "ipv6", r)
        c4 = udp(bind=False)
        c4.sendto(b"4", ("127.0.0.1", port))
        server.recvfrom(10)
        r = w.wait_for(event="open", local_port=port, remote_port=c4.getsockname()[1])
        check(r["remote_addr"] == "127.0.0.1" and r["v4mapped"] is True, r)


def test_udp__server_with_thousands_of_peers():
    server = udp()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    with Watch("-u", "-E", "-L", str(server.getsockname()[1])) as w:
        ports = set()
        for _ in range(scaled(3000)):
            c = udp(bind=False)
            c.sendto(b"hello", server.getsockname())
            ports.add(server.recvfrom(10)[1][1])
            c.close()
        wait_until(lambda: len(w.lines) >= len(ports), "all the peers")
        told = {r["remote_port"] for r in w.find(event="open")}
        check(told == ports, len(told), len(ports))
        check(not w.find(event="lost"))


def test_udp__closed_by_sigkill_with_its_owner():
    def serve(link):
        s = udp()
        link.say(s.getsockname()[1])
        s.recvfrom(10)
        link.say("got it")
        link.hear()

    child = Child(serve)
    port = int(child.hear())
    with Watch("-u", "-E") as w:
        udp(bind=False).sendto(b"x", ("127.0.0.1", port))
        child.hear()
        child.kill()
        r = w.wait_for(event="close", local_port=port)
        check(r["pid"] == r["actor_pid"] == child.pid and r["comm"] == "python3", r)


def test_udp__snapshot_rows_beside_tcp():
    server, sock = udp(), listener()
    c = udp(bind=False)
    c.connect(server.getsockname())
    with Watch("-u") as w:
        r = w.wait_for(event="socket", local_port=server.getsockname()[1])
        check(r["proto"] == "udp" and r["pid"] == os.getpid() and "state" not in r, r)
        check("remote_port" not in r and r["inode"] == os.fstat(server.fileno()).st_ino, r)
        r = w.wait_for(event="socket", local_port=c.getsockname()[1])
        check(r["state"] == "ESTABLISHED" and r["remote_port"] == server.getsockname()[1], r)
        check(not w.find(proto="tcp"))
    with Watch("-tu") as w:
        w.wait_for(event="socket", local_port=server.getsockname()[1], proto="udp")
        w.wait_for(event="socket", local_port=sock.getsockname()[1], proto="tcp")
        socket.create_connection(sock.getsockname()).close()
        w.wait_for(event="state", state="SYN_SENT")


def test_udp__dns_look_up_by_curl():
    """A name server of our own, which answers what it is asked with 127.0.0.1."""
    server = udp(port=53)
    sock = listener(port=8080)

    def answer():
        while True:
            query, peer = server.recvfrom(512)
            end = query.index(b"\0", 12) + 5
            wants_v4 = query[end - 4:end - 2] == b"\0\1"
            head = query[:2] + b"\x81\x80" + query[4:6] + (b"\0\1" if wants_v4 else b"\0\0") + b"\0" * 4
            rr = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x7f\0\0\1" if wants_v4 else b""
            server.sendto(head + query[12:end] + rr, peer)

    threading.Thread(target=answer, daemon=True).start()
    command = ("mount --make-rprivate / && echo nameserver 127.0.0.1 > /tmp/resolv.$$ && "
               "mount --bind /tmp/resolv.$$ /etc/resolv.conf && rm /tmp/resolv.$$ && "
               "exec curl -s http://somewhere.example:8080/")
    needs("curl")
    with Watch("-tu", "-E") as w:
        curl = subprocess.Popen(["unshare", "-m", "sh", "-c", command], stdout=subprocess.DEVNULL)
        conn, _ = sock.accept()
        conn.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        conn.close()
        curl.wait()
        r = w.wait_for(event="connect", proto="udp", remote_port=53)
        check(r["pid"] == curl.pid and r["comm"] == "curl", r)
        r = w.wait_for(event="close", proto="udp", remote_port=53)
        check(r["pid"] == curl.pid, r)
        if counted(w):
            r = w.wait_for(event="open", remote_port=53)
            check(r["pid"] == curl.pid and r["comm"] == "curl", r)
            check(sum(c["datagrams_received"] for c in w.find(event="close", remote_port=53)) >= 1)
        r = w.wait_for(event="state", remote_port=8080, state="SYN_SENT")
        check(r["pid"] == curl.pid, r)


def test_udp__filters():
    a, b = udp(), udp()
    with Watch("-u", "-E", "-P", str(a.getsockname()[1])) as w:
        c = udp(bind=False)
        c.sendto(b"1", b.getsockname())
        c.sendto(b"2", a.getsockname())
        w.wait_for(event="open", remote_port=a.getsockname()[1])
        check(not w.find(remote_port=b.getsockname()[1]), w.records())
    with Watch("-u", "-E", "--pid", str(os.getpid())) as w:
        other = Child(lambda link: (link.hear(), udp().sendto(b"3", a.getsockname())))
        other.say()
        other.wait()
        c = udp(bind=False)
        c.sendto(b"4", a.getsockname())
        r = w.wait_for(event="open")
        check(r["pid"] == os.getpid() and not w.find(pid=other.pid), w.records())


def test_udp__totals_of_a_socket_whose_peer_was_asked_for():
    """Its end has no peer any more, so that no port and no address of one matches it."""
    server, other = udp(host="127.0.0.9"), udp()
    port = server.getsockname()[1]
    for asked in (("-P", str(port)), ("-D", str(port)), ("--remote-addr", "127.0.0.9"), ("--addr", "127.0.0.9/32")):
        with Watch("-u", "-E", *asked) as w:
            stranger, c = udp(bind=False), udp(bind=False)
            stranger.sendto(b"x", other.getsockname())
            for _ in range(50):
                c.sendto(b"x" * 100, server.getsockname())
            theirs, mine = stranger.getsockname()[1], c.getsockname()[1]
            stranger.close()
            c.close()
            r = w.wait_for(event="close", local_port=mine)
            check("remote_port" not in r and r["pid"] == os.getpid(), asked, r)
            if counted(w):
                check((r["bytes_sent"], r["datagrams_sent"]) == (5000, 50), asked, r)
            check(not w.find(local_port=theirs), asked, w.records())
