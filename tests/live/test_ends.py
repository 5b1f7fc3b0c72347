# SPDX-License-Identifier: GPL-2.0-only
"""Why connections end or never begin."""
import os
import socket
import subprocess

from chains import transitions
from harness import (Child, Skip, Watch, check, enter_netns, here, listener, program, reset, scaled, sysctl,
                     wait_until)
from network import ip, veth
from test_calls import connect_error
from test_owner import full_connection
from traffic import count_of

TCP_USER_TIMEOUT = 18


def silent_network():
    """10.0.0.0/24 behind an interface that answers nothing: nobody has the peer's address."""
    veth("quiet", "end")
    ip("link", "set", "end", "up")
    ip("addr", "add", "10.0.0.1/24", "dev", "quiet")
    ip("link", "set", "quiet", "up")
    ip("neigh", "add", "10.0.0.2", "lladdr", "02:00:00:00:00:02", "dev", "quiet")


def test_end__connect_that_nobody_answers_times_out():
    silent_network()
    sysctl("net/ipv4/tcp_syn_retries", 1)
    with Watch("-E") as w:
        check(connect_error(("10.0.0.2", 81)) == "ETIMEDOUT")
        r = w.wait_for(remote_port=81, state="CLOSE")
        check(r["error"] == "ETIMEDOUT" and r["reason"] == "timed_out", r)
        check(r["retransmits"] >= 1 and r["state_us"] > 900000, r)
        check(r["pid"] == os.getpid() and "actor_pid" not in r, r)
        w.stop()
        check(not w.find(event="connect"), w.records())


def test_end__connection_whose_peer_vanished_times_out():
    def peer(link):
        enter_netns()
        link.say(os.getpid())
        link.hear()
        ip("addr", "add", "10.1.0.2/24", "dev", "there")
        ip("link", "set", "there", "up")
        sock = listener(host="10.1.0.2", port=7000)
        link.say("up")
        conn, _ = sock.accept()
        link.hear()
        ip("addr", "flush", "dev", "there")
        link.say("gone")
        link.hear()
        conn.close()

    child = Child(peer)
    pid = child.hear()
    veth("here", "there", "netns", pid)
    ip("addr", "add", "10.1.0.1/24", "dev", "here")
    ip("link", "set", "here", "up")
    child.ask()
    with Watch("-E", "--retransmits") as w:
        c = socket.create_connection(("10.1.0.2", 7000))
        c.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 700)
        child.ask()
        c.sendall(b"into the void")
        r = w.wait_for(event="retransmit")
        check(r["remote_port"] == 7000 and r["state"] == "ESTABLISHED", r)
        check(r["pid"] == os.getpid() and r["retransmits"] >= 1 and "actor_pid" not in r, r)
        r = w.wait_for(remote_port=7000, state="CLOSE")
        check(r["error"] == "ETIMEDOUT" and r["reason"] == "timed_out", r)
        check(r["retransmits"] >= 1, r)
    child.say()
    child.wait()


def test_end__host_that_cannot_be_found_is_unreachable():
    veth("here", "there")
    ip("addr", "add", "10.2.0.1/24", "dev", "here")
    ip("link", "set", "here", "up")
    ip("link", "set", "there", "up")
    sysctl("net/ipv4/neigh/here/mcast_solicit", 1)
    sysctl("net/ipv4/neigh/here/retrans_time_ms", 50)
    with Watch("-E") as w:
        check(connect_error(("10.2.0.9", 81)) == "EHOSTUNREACH")
        r = w.wait_for(remote_port=81, state="CLOSE")
        check(r["error"] == "EHOSTUNREACH" and r["reason"] == "unreachable", r)
        w.stop()
        check(not w.find(event="connect"), w.records())


def test_end__killed_while_connecting_is_aborted():
    silent_network()
    child = Child(lambda link: (link.hear(), connect_error(("10.0.0.2", 82))))
    with Watch("-E") as w:
        child.say()
        w.wait_for(remote_port=82, state="SYN_SENT")
        child.kill()
        r = w.wait_for(remote_port=82, state="CLOSE")
        check(r["reason"] == "aborted" and "error" not in r, r)
        check(r["pid"] == r["actor_pid"] == child.pid, r)
        w.stop()
        check(not w.find(state="ESTABLISHED") and not w.find(event="connect"), w.records())


def test_end__latency_of_a_connect():
    sock = listener()
    with Watch("-E") as w:
        c = socket.create_connection(sock.getsockname())
        r = w.wait_for(old_state="SYN_SENT", state="ESTABLISHED")
        check(0 < r["state_us"] < 60000000 and r["age_us"] == r["state_us"], r)
        c.close()


def test_end__failed_tells_all_of_them_and_nothing_else():
    with Watch("-E", "--failed", here()) as w:
        sock = listener()
        c = socket.create_connection(sock.getsockname())
        conn, _ = sock.accept()
        c.close()
        conn.close()
        c = socket.create_connection(sock.getsockname())
        conn, _ = sock.accept()
        reset(conn)
        c.close()
        sock.close()
        connect_error(("127.0.0.1", 9))
        connect_error(("192.0.2.9", 81))
        w.wait_for(event="connect")
        told = [(r["event"], r["reason"]) for r in w.stop()]
        check(sorted(told) == [("connect", "unreachable"), ("state", "refused"),
                               ("state", "reset_by_peer"), ("state", "reset_locally")], told)


def test_end__refused():
    with Watch("-E") as w:
        s = socket.socket()
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]  # bound, nobody listens
        c = socket.socket()
        check(c.connect_ex(("127.0.0.1", port)) != 0)
        r = w.wait_for(remote_port=port, state="CLOSE")
        check(r["reason"] == "refused" and r["error"] == "ECONNREFUSED", r)
        check(r["pid"] == os.getpid() and "actor_pid" not in r, r)


def test_end__reset_on_both_sides():
    sock = listener()
    with Watch("-E") as w:
        c = socket.create_connection(sock.getsockname())
        conn, _ = sock.accept()
        port = c.getsockname()[1]
        # told once the owners are seeded: an iterator that holds the file then would close it for us
        w.wait_for(local_port=port, state="ESTABLISHED")
        reset(c)
        mine = w.wait_for(local_port=port, state="CLOSE")
        check(mine["reason"] == "reset_locally" and mine["actor_pid"] == os.getpid(), mine)
        theirs = w.wait_for(remote_port=port, state="CLOSE")
        check(theirs["reason"] == "reset_by_peer" and theirs["error"] == "ECONNRESET", theirs)
        check("actor_pid" not in theirs, theirs)
        conn.close()


def test_end__close_while_connecting_is_no_success():
    with Watch("-E") as w:
        full = listener(backlog=0)
        port = full.getsockname()[1]
        fill = [socket.socket() for _ in range(4)]
        for c in fill:  # the backlog is full after some: the rest stay in SYN_SENT
            c.setblocking(False)
            c.connect_ex(("127.0.0.1", port))
        for c in fill:
            c.close()
        r = w.wait_for(remote_port=port, old_state="SYN_SENT", state="CLOSE")
        check(r["reason"] == "aborted" and r["pid"] == os.getpid(), r)


def test_end__orderly_ends_and_listeners_are_no_failures():
    with Watch("-E") as w:
        _, _, first, answer, _ = full_connection(w)
        sock = listener()
        sock.close()
        r = w.wait_for(local_port=sock_port(w), state="CLOSE", old_state="LISTEN")
        for r in [*first, *answer, r]:
            check("reason" not in r and "error" not in r, r)


def sock_port(w):
    return w.wait_for(old_state="LISTEN", state="CLOSE")["local_port"]


def test_end__listen_again_on_one_socket():
    with Watch("-E") as w:
        port = 4711  # by name: a port that the kernel chose is given back at the first close
        s = socket.socket()
        s.bind(("127.0.0.1", port))
        s.listen()
        s.shutdown(socket.SHUT_RDWR)
        s.listen()
        s.close()
        wait_until(lambda: len(w.find(local_port=port, event="state")) >= 4, "four transitions")
        w.stop()
        told = w.find(local_port=port, event="state")
        check(transitions(told) == [("CLOSE", "LISTEN"), ("LISTEN", "CLOSE")] * 2, transitions(told))
        check(len({r.get("cookie") for r in told}) == 1, told)


def test_end__a_child_that_two_processors_made_is_one_connection():
    """The last packet of a handshake comes twice at the same time: the second child was never a connection."""
    if subprocess.run(["ip", "tuntap", "add", "dev", "both", "mode", "tun", "multi_queue"], capture_output=True,
                      check=False).returncode:
        raise Skip("no tun device")
    ip("addr", "add", "10.99.0.1/24", "dev", "both")
    ip("link", "set", "both", "up")
    with listener(host="10.99.0.1", backlog=4096) as sock:
        port = str(sock.getsockname()[1])
        with Watch("-E", "-L", port) as w, Watch("conns", "-L", port) as conns:
            done = subprocess.run([program("twice"), "both", "10.99.0.2", "10.99.0.1", port, str(scaled(400))],
                                  stdout=subprocess.PIPE, text=True, check=False)
            if done.returncode == 77:
                raise Skip("no queues of a tun device, or one processor")
            check(done.returncode == 0 and int(done.stdout) == scaled(400), done)
            sock.close()
            wait_until(lambda: sum(count_of(conns.records())) >= scaled(400), "every connection")
            for watch in (w, conns):
                watch.stop()
            told, lost = count_of(conns.records())
            check(told <= scaled(400) <= told + lost, told, "told,", lost, "lost")
        check({r["reason"] for r in conns.find(event="conn")} == {"reset_locally"}, conns.dump())
        seconds = w.find(old_state="SYN_RECV", state="CLOSE")
        check(not [r for r in seconds if "reason" in r or "error" in r], seconds)
        if not seconds:
            raise Skip("no two processors took the same packet")
