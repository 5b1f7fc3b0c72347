# SPDX-License-Identifier: GPL-2.0-only
"""TCP beyond the ordinary: Fast Open, MPTCP, simultaneous open, half-close, retransmits."""
import json
import os
import socket
import subprocess

from chains import check_chains, transitions
from harness import LONG, Child, Skip, Watch, check, here, listener, reset, run, sysctl, wait_until
from network import ip, veth

TCP_FASTOPEN = 23
MSG_FASTOPEN = 0x20000000
IPPROTO_MPTCP = 262


def test_tcp__fast_open_server_has_the_data_before_the_handshake():
    sysctl("net/ipv4/tcp_fastopen", 0x403)  # both sides, and without a cookie
    sock = listener()
    sock.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 16)
    port = sock.getsockname()[1]
    with Watch("-E") as w:
        c = socket.socket()
        c.sendto(b"early", MSG_FASTOPEN, ("127.0.0.1", port))
        conn, _ = sock.accept()
        check(conn.recv(10) == b"early")
        r = w.wait_for(old_state="CLOSE", state="SYN_SENT")
        check(r["pid"] == os.getpid() and r["owner_source"] == "connect", r)
        conn.close()
        c.close()
        r = w.wait_for(local_port=port, state="FIN_WAIT1")
        check(r["pid"] == os.getpid() and r["owner_source"] == "accept", r)
        check(r["bytes_received"] == 5, r)
        w.wait_for(local_port=port, state="TIME_WAIT")
        check_chains(w.records())


def test_tcp__simultaneous_open_on_one_socket():
    with Watch("-E") as w:
        s = socket.socket()  # connected to itself, both SYNs cross
        s.bind(("127.0.0.1", 47000))
        s.connect(("127.0.0.1", 47000))
        w.wait_for(state="ESTABLISHED")
        told = transitions(w.records())
        check(told == [("CLOSE", "SYN_SENT"), ("SYN_SENT", "SYN_RECV"), ("SYN_RECV", "ESTABLISHED")],
              told)
        records = w.find(event="state")
        check(len({r.get("cookie") for r in records}) == 1, records)
        check(all(r["pid"] == os.getpid() and r["owner_source"] == "connect" for r in records))
        s.close()


def test_tcp__half_close():
    sock = listener()
    with Watch("-E") as w:
        c = socket.create_connection(sock.getsockname())
        conn, _ = sock.accept()
        port = c.getsockname()[1]
        c.shutdown(socket.SHUT_WR)
        check(conn.recv(1) == b"")
        conn.sendall(b"after the other side has ended")
        check(len(c.recv(100)) == 30)
        conn.close()
        c.close()
        r = w.wait_for(local_port=port, state="TIME_WAIT")
        check(r["bytes_received"] == 31 and r["old_state"] == "FIN_WAIT2", r)  # with the FIN
        mine = [x for x in w.records() if x.get("local_port") == port]
        check(transitions(mine) == [("SYN_SENT", "ESTABLISHED"), ("ESTABLISHED", "FIN_WAIT1"),
                                    ("FIN_WAIT1", "FIN_WAIT2"), ("FIN_WAIT2", "TIME_WAIT")], mine)


def reuseport_worker(link):
    """One of those who listen on a port; accepts for ever."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(("127.0.0.1", 7100))
    s.listen()
    link.say("up")
    while True:
        conn, _ = s.accept()
        conn.close()


def check_inherited(w):
    """Who got the connection is who accepts it."""
    accepts = {r["remote_port"]: r for r in w.find(event="accept")}
    for r in w.find(event="state", old_state="SYN_RECV"):
        accept = accepts.get(r["remote_port"], r)
        check(r["owner_source"] == "inherited" and r["pid"] == accept["pid"], r, accept)


def test_tcp__reuseport_group_each_with_its_own_owner():
    with Watch("-E", here()) as w:
        workers = [Child(reuseport_worker) for _ in range(3)]
        for child in workers:
            child.hear()

        def listens():
            found = w.find(old_state="CLOSE", state="LISTEN", local_port=7100)
            return found if len(found) == len(workers) else None
        listens = wait_until(listens, "three listeners")
        check({r["pid"] for r in listens} == {c.pid for c in workers}, listens)
        check(len({r.get("cookie", r["pid"]) for r in listens}) == 3, listens)
        for _ in range(60):
            socket.create_connection(("127.0.0.1", 7100)).close()
        # since 7.x the kernel skips some accepts, which are counted as lost
        wait_until(lambda: len(w.find(event="accept")) + sum(r["lost"] for r in w.find(event="lost")) >= 60,
                   "all accepted")
        check(len(w.find(event="accept")) > 50, "lost:", w.find(event="lost"))
        check_inherited(w)
    for child in workers:
        child.kill()


def mptcp_socket():
    try:
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)
    except OSError as e:
        raise Skip("no MPTCP: " + str(e)) from e
    sysctl("net/mptcp/enabled", 1)
    return s


def test_tcp__mptcp_is_one_name_for_a_socket():
    """In calls, transitions and rows; a peer without MPTCP makes a TCP connection of it."""
    with Watch("-E", here()) as w:
        server, taken, clients = mptcp_socket(), mptcp_socket(), [mptcp_socket(), socket.socket()]
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        try:
            taken.bind(("127.0.0.1", port))
        except OSError:
            pass
        rows, names = [], {}
        for c in clients:
            c.connect(("127.0.0.1", port))
            conn, _ = server.accept()
            out = run("list", here(), "-tj", "-P", str(port), "--snapshot=bpf").stdout
            rows += w.parse(out.splitlines())
            for s in (c, conn):
                names[s.getsockname()[1], s.getpeername()[1]] = "mptcp" if c is clients[0] else "tcp"
                s.close()
        server.close()
        w.wait_for(local_port=port, old_state="LISTEN", state="CLOSE")
        names[port, None] = "mptcp"
        told = [r for r in w.records() + rows if (r.get("local_port"), r.get("remote_port")) in names]
        check(len(told) > 12, w.records())
        for r in told:
            where = r["local_port"], r.get("remote_port")
            check(r["proto"] == names[where] or (r["event"], r["state"]) == ("socket", "TIME_WAIT"), r)
        check(w.find(event="bind", proto="mptcp", error="EADDRINUSE"), w.records())
        check([r for r in rows if r["state"] == "LISTEN" and r["proto"] == "mptcp"], rows)


def test_tcp__mptcp_subflows_name_their_parent():
    server = mptcp_socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    port = server.getsockname()[1]
    with Watch("-E") as w:
        c = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)
        c.connect(("127.0.0.1", port))
        conn, _ = server.accept()
        c.sendall(b"x")
        check(conn.recv(1) == b"x")
        inode, theirs = os.fstat(c.fileno()).st_ino, os.fstat(conn.fileno()).st_ino
        client_port = c.getsockname()[1]
        r = w.wait_for(remote_port=port, state="ESTABLISHED", proto="mptcp")
        check(r["pid"] == os.getpid() and r["parent_inode"] == inode, r, inode)
        r = w.wait_for(event="accept", remote_port=client_port)
        check(r["pid"] == os.getpid() and r["proto"] == "mptcp", r)
        check(r["parent_inode"] == theirs and r["mptcp_token"], r, theirs)
        c.close()
        conn.close()
        last = w.wait_for(local_port=port, remote_port=client_port, state="LAST_ACK")
        check(last["pid"] == os.getpid() and last["owner_source"] == "accept", last)
        check(last["mptcp_token"] == r["mptcp_token"], last)


def test_tcp__backlog_that_overflows_shows_as_retransmits():
    sock = listener(backlog=0)
    port = sock.getsockname()[1]
    with Watch("-E", "--retransmits") as w:
        clients = []
        for _ in range(4):
            c = socket.socket()
            c.setblocking(False)
            c.connect_ex(("127.0.0.1", port))
            clients.append(c)
        r = w.wait_for(event="retransmit")
        check(r["pid"] == os.getpid() and r["state"] in ("SYN_SENT", "SYN_RECV"), r)
        check("actor_pid" not in r and "old_state" not in r, r)
        for c in clients:
            c.close()


def test_tcp__retransmits_only_when_asked_for():
    sock = listener(backlog=0)
    sysctl("net/ipv4/tcp_syn_retries", 1)
    with Watch("-E") as w:
        clients = [socket.socket() for _ in range(4)]
        for c in clients:
            c.setblocking(False)
            c.connect_ex(sock.getsockname())
        r = w.wait_for(state="CLOSE", reason="timed_out", seconds=LONG)
        check(r["retransmits"] >= 1, r)
        check(not w.find(event="retransmit"))
        for c in clients:
            c.close()


def test_tcp__syn_ack_that_is_sent_again_has_the_listeners_owner():
    """Its answers are lost: the client's address has gone."""
    veth("here", "there")
    ip("addr", "add", "10.3.0.1/24", "dev", "here")
    ip("link", "set", "here", "up")
    ip("link", "set", "there", "up")
    sock = listener(host="0.0.0.0")
    with Watch("-E", "--retransmits") as w:
        forge_syn("there", sock.getsockname()[1])
        r = w.wait_for(event="retransmit", local_port=sock.getsockname()[1])
        check(r["remote_addr"] == "10.3.0.2" and r["remote_port"] == 4444, r)
        check(r["pid"] == os.getpid() and r["owner_source"] == "inherited", r)
        check(r["state"] == "SYN_RECV", r)


def forge_syn(interface, port):
    """A SYN from 10.3.0.2:4444, which nobody is, to 10.3.0.1."""
    shown = subprocess.run(["ip", "-j", "link", "show", "here"], check=True, capture_output=True)
    mac = bytes.fromhex(json.loads(shown.stdout)[0]["address"].replace(":", ""))
    subprocess.run(["ip", "neigh", "add", "10.3.0.2", "lladdr", "02:00:00:00:00:09", "dev", "here"],
                   check=True)
    src, dst = socket.inet_aton("10.3.0.2"), socket.inet_aton("10.3.0.1")
    tcp = (4444).to_bytes(2, "big") + port.to_bytes(2, "big") + b"\0\0\0\1" + b"\0" * 4
    tcp += bytes([5 << 4, 2]) + b"\xff\xff"
    tcp += checksum(src + dst + b"\0\6" + (20).to_bytes(2, "big") + tcp + b"\0" * 4) + b"\0\0"
    head = b"\x45\0" + (40).to_bytes(2, "big") + b"\0\0\0\0\x40\6"
    head += checksum(head + b"\0\0" + src + dst) + src + dst
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind((interface, 0))
        s.send(mac + b"\x02\0\0\0\0\x09" + b"\x08\0" + head + tcp)


def checksum(data):
    total = sum(int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return (~total & 0xffff).to_bytes(2, "big")


def test_tcp__reset_of_a_connection_nobody_accepted():
    sock = listener()
    with Watch("-E") as w:
        c = socket.create_connection(sock.getsockname())
        port = c.getsockname()[1]
        reset(c)
        r = w.wait_for(remote_port=port, state="CLOSE")
        check(r["reason"] == "reset_by_peer" and r["owner_source"] == "inherited", r)
        check(r["pid"] == os.getpid(), r)
        conn, _ = sock.accept()  # it is given out all the same
        r = w.wait_for(event="accept", remote_port=port)
        check(r["state"] == "CLOSE", r)
        conn.close()
