# SPDX-License-Identifier: GPL-2.0-only
"""What is asked for is told, and nothing else."""
import os
import socket

from chains import transitions
from harness import Child, Watch, check, enter_netns, here, listener, reset, set_name
from network import add_address
from traffic import connection


def told_by(args, wanted, unwanted, marker=None):
    """Runs two connections under a filter; only the first may be told."""
    a, b = wanted, unwanted
    with Watch("-E", *args) as w:
        ports = connection(b), connection(a)
        w.wait_for(local_port=marker or ports[1], state="TIME_WAIT")
        w.stop()
        records = w.records()
        told = {r["local_port"] for r in records if r["event"] == "state" and "local_port" in r}
        told |= {r["remote_port"] for r in records if r.get("remote_port")}
        check(ports[0] not in told and b.getsockname()[1] not in told, told, ports)
        return records, ports[1]


def test_filter__ports():
    a, b = listener(), listener()
    for option in ("--port", "-P", "-D", "--remote-port"):
        records, port = told_by((option, str(a.getsockname()[1])), a, b)
        check(("CLOSE", "SYN_SENT") in transitions(records), records)
    a.close()
    b.close()


def test_filter__local_port_waits_until_it_is_known():
    sock = listener()
    with Watch("-E", here(), "--local-port", "40000-40001") as w:
        for port in (40002, 40001):
            c = socket.socket()
            c.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            c.bind(("127.0.0.1", port))
            c.connect(sock.getsockname())
            conn, _ = sock.accept()
            c.close()
            conn.recv(1)
            conn.close()
        w.wait_for(local_port=40001, state="TIME_WAIT")
        check({r["local_port"] for r in w.records()} == {40001}, w.records())


def test_filter__ephemeral_local_port_tells_syn_sent_afterwards_with_its_own_time():
    sock = listener()
    # the kernel chooses from one port only: what it will be is known
    with open("/proc/sys/net/ipv4/ip_local_port_range", "w", encoding="ascii") as f:
        f.write("40010 40011")
    with Watch("-E", here(), "-L", "40010-40011") as w:
        c = socket.create_connection(sock.getsockname())
        port = c.getsockname()[1]
        conn, _ = sock.accept()
        c.close()
        conn.recv(1)
        conn.close()
        w.wait_for(local_port=port, state="TIME_WAIT")
        w.stop()
        mine = [r for r in w.records() if r["event"] == "state"]
        check(transitions(mine)[:2] == [("CLOSE", "SYN_SENT"), ("SYN_SENT", "ESTABLISHED")], mine)
        check(mine[0]["local_port"] == port and mine[0]["time"] < mine[1]["time"], mine[:2])
        check(mine[0]["actor_pid"] == os.getpid() and mine[0]["pid"] == os.getpid(), mine[0])
        check(mine[1]["state_us"] > 0, mine[1])


def test_filter__addresses_and_families():
    v4, v6 = listener(), listener(socket.AF_INET6)
    for args in (("-4",), ("--addr", "127.0.0.0/8"), ("--remote-addr", "127.0.0.1"),
                 ("--local-addr", "127.0.0.1/32")):
        told_by(args, v4, v6)
    for args in (("-6",), ("--addr", "::1"), ("--addr", "fe80::/10,::/64")):
        told_by(args, v6, v4)


def test_filter__no_loopback():
    sock = listener()
    with Watch("--no-loopback", here()) as w:
        connection(sock)
        add_address("10.9.9.1/32")
        other = listener(host="10.9.9.1")
        port = connection(other)
        w.wait_for(local_port=port, state="TIME_WAIT")
        check(not [r for r in w.records() if r["local_addr"].startswith("127.")], w.records())


def test_filter__pid_comm_and_uid():
    sock = listener()

    def client(name, uid):
        def work(link):
            set_name(name)
            if uid:
                os.setuid(uid)
            link.hear()
            c = socket.create_connection(sock.getsockname())
            link.say(c.getsockname()[1])
            link.hear()
        return Child(work)

    for number, args in enumerate((("--pid", None), ("--comm", "wanted"), ("--comm", "want*"),
                                   ("--uid", "1234"))):
        a, b = client(b"wanted", 1234), client(b"other", 0)
        args = (args[0], args[1] or str(a.pid))
        with Watch("-E", *args) as w:
            unwanted, wanted = int(b.ask()), int(a.ask())
            for child in (b, a):
                child.say()
                child.wait()
            w.wait_for(local_port=wanted, state="FIN_WAIT1")
            w.stop()
            told = {r["local_port"] for r in w.records() if "local_port" in r}
            check(unwanted not in told, number, told)
            mine = [r for r in w.records() if r.get("remote_port") == sock.getsockname()[1]]
            check(transitions(mine)[:2] == [("CLOSE", "SYN_SENT"), ("SYN_SENT", "ESTABLISHED")], mine)


def test_filter__pid_of_a_socket_that_was_there_before():
    sock = listener()
    c = socket.create_connection(sock.getsockname())
    with Watch("--pid", str(os.getpid())) as w:
        port = c.getsockname()[1]
        w.wait_for(event="socket", local_port=port)
        c.close()
        w.wait_for(local_port=port, state="FIN_WAIT1")
    with Watch("--pid", "1") as w:
        sock.close()
        w.stop()
        check(not w.records(), w.records())


def test_filter__network_namespace():
    def elsewhere(link):
        link.say(enter_netns())
        link.hear()
        link.say(connection(listener()))

    child = Child(elsewhere)
    inode = child.hear()
    with Watch("-E", "--netns", inode, everywhere=True) as w:
        connection(listener())
        port = int(child.ask())
        w.wait_for(local_port=port, state="TIME_WAIT")
        check({r["netns"] for r in w.records()} == {int(inode)}, w.records())
    with Watch("-E", "--netns", f"/proc/{os.getpid()}/ns/net") as w:
        w.wait_for(local_port=connection(listener()), state="TIME_WAIT")


def test_filter__state_listening_and_failed():
    sock = listener()
    with Watch("--state", "close-wait,SYN_SENT", here()) as w:
        connection(sock)
        w.wait_for(state="CLOSE_WAIT")
        w.stop()
        check({r["state"] for r in w.records()} == {"CLOSE_WAIT", "SYN_SENT"}, w.records())
    with Watch("-l", here()) as w:
        w.wait_for(event="socket", state="LISTEN")
        connection(sock)
        other = listener()
        w.wait_for(old_state="CLOSE", state="LISTEN")
        other.close()
        w.wait_for(old_state="LISTEN", state="CLOSE")
        check(not [r for r in w.records() if r["state"] in ("SYN_RECV", "ESTABLISHED")])
    with Watch("--failed", here()) as w:
        connection(sock)
        c = socket.create_connection(sock.getsockname())
        reset(c)
        w.wait_for(reason="reset_locally")
        check(all("reason" in r for r in w.records()), w.records())
