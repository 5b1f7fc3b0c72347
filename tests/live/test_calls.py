# SPDX-License-Identifier: GPL-2.0-only
"""Connects and binds that never become a transition."""
import errno
import os
import socket

from harness import Child, Watch, check, listener, sysctl
from network import ip


def connect_error(addr, family=socket.AF_INET, **options):
    """The errno's name of a connect, which must fail."""
    s = socket.socket(family, socket.SOCK_STREAM)
    for option, value in options.items():
        s.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    try:
        s.connect(addr)
    except OSError as e:
        return errno.errorcode[e.errno] if e.errno else "ETIMEDOUT"
    finally:
        s.close()
    raise AssertionError("connected")


def test_call__connect_without_a_route_is_told_with_its_error():
    with Watch("-E") as w:
        check(connect_error(("192.0.2.9", 81)) == "ENETUNREACH")
        r = w.wait_for(event="connect")
        check(r["remote_addr"] == "192.0.2.9" and r["remote_port"] == 81, r)
        check(r["error"] == "ENETUNREACH" and r["reason"] == "unreachable", r)
        check(r["pid"] == r["actor_pid"] == os.getpid() and r["proto"] == "tcp", r)
        check("local_port" not in r and r["inode"], r)
        check(connect_error(("2001:db8::9", 82), socket.AF_INET6) == "ENETUNREACH")
        r = w.wait_for(event="connect", remote_port=82)
        check(r["remote_addr"] == "2001:db8::9" and r["family"] == "ipv6", r)


def test_call__connect_that_a_route_forbids():
    ip("route", "add", "unreachable", "192.0.2.1")
    ip("route", "add", "prohibit", "192.0.2.2")
    with Watch("-E", "--failed") as w:
        check(connect_error(("192.0.2.1", 81)) == "EHOSTUNREACH")
        check(connect_error(("192.0.2.2", 82)) == "EACCES")
        r = w.wait_for(event="connect", remote_port=81)
        check(r["error"] == "EHOSTUNREACH" and r["reason"] == "unreachable", r)
        r = w.wait_for(event="connect", remote_port=82)
        check(r["error"] == "EACCES" and r["reason"] == "denied", r)


def test_call__no_free_local_port_is_told_once():
    sysctl("net/ipv4/ip_local_port_range", "40000 40000")
    sock = listener(port=5000)
    with Watch("-E") as w:
        taken = socket.create_connection(sock.getsockname())
        check(connect_error(sock.getsockname()) == "EADDRNOTAVAIL")
        r = w.wait_for(old_state="SYN_SENT", state="CLOSE")
        check(r["error"] == "EADDRNOTAVAIL" and r["reason"] == "no_address", r)
        check(r["actor_pid"] == os.getpid(), r)
        w.stop()
        check(not w.find(event="connect"), w.records())
        taken.close()


def test_call__failed_connect_with_a_transition_is_told_only_by_it():
    with Watch("-E") as w:
        check(connect_error(("127.0.0.1", 9)) == "ECONNREFUSED")
        w.wait_for(state="CLOSE", error="ECONNREFUSED", reason="refused")
        w.stop()
        check(not w.find(event="connect"), w.records())


def test_call__bind_to_an_address_that_is_taken():
    sock = listener()
    port = sock.getsockname()[1]
    with Watch("-E", "--failed") as w:
        for family, host in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::"):
            s = socket.socket(family)
            try:
                s.bind((host, port))
                raise AssertionError("bound")
            except OSError as e:
                check(e.errno == errno.EADDRINUSE, e)
        r = w.wait_for(event="bind", local_addr="127.0.0.1")
        check(r["error"] == "EADDRINUSE" and r["reason"] == "in_use", r)
        check(r["local_port"] == port and r["pid"] == os.getpid(), r)
        r = w.wait_for(event="bind", local_addr="::")
        check(r["error"] == "EADDRINUSE" and r["local_port"] == port, r)


def test_call__bind_that_is_not_permitted_or_not_ours():
    def user(link):
        link.hear()
        os.setresuid(12345, 12345, 12345)
        for addr in ("127.0.0.1", 80), ("192.0.2.1", 8080):
            try:
                socket.socket().bind(addr)
            except OSError:
                pass
        link.say("done")

    child = Child(user)
    with Watch("-E") as w:
        child.ask()
        r = w.wait_for(event="bind", local_port=80)
        check(r["error"] == "EACCES" and r["reason"] == "denied", r)
        check(r["uid"] == 12345 and r["pid"] == child.pid, r)
        r = w.wait_for(event="bind", local_port=8080)
        check(r["error"] == "EADDRNOTAVAIL" and r["reason"] == "no_address", r)
    child.wait()


def test_call__bind_without_listen_is_told():
    with Watch("-E") as w:
        s = socket.socket()
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
        r = w.wait_for(event="bind", local_port=port)
        check(r["owner_source"] == "bind" and r["pid"] == os.getpid() and "error" not in r, r)
        check("reason" not in r and "remote_addr" not in r, r)
        other = socket.socket(socket.AF_INET6)
        other.bind(("::1", 0))
        w.wait_for(event="bind", local_port=other.getsockname()[1], local_addr="::1")


def test_call__all_of_it_without_tracefs():
    hide = ["unshare", "-m", "--propagation=unchanged", "sh", "-c",
            "mount --make-rprivate /; umount -a -t tracefs 2>/dev/null; exec \"$0\" \"$@\""]
    with Watch("-E", "--failed", prefix=hide) as w:
        check("sys_exit (tracefs is not mounted)" in w.stderr(), w.stderr())
        check(connect_error(("192.0.2.9", 81)) == "ENETUNREACH")
        w.wait_for(event="connect", error="ENETUNREACH")
        sock = listener()
        try:
            socket.socket().bind(sock.getsockname())
        except OSError:
            pass
        w.wait_for(event="bind", error="EADDRINUSE")
