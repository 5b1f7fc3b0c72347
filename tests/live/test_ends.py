# SPDX-License-Identifier: GPL-2.0-only
"""Why connections end or never begin, and TIME_WAIT."""
import errno
import os
import socket
import subprocess

from harness import (Child, Skip, Watch, check, enter_netns, kernel_before, listener, reset, sysctl,
                     wait_until)

TCP_USER_TIMEOUT = 18


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def veth(here, there, *where):
    """A pair of interfaces; `where` says in which namespace the far one is."""
    words = ["ip", "link", "add", here, "type", "veth", "peer", "name", there, *where]
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode:
        raise Skip("no veth interfaces: " + done.stderr.decode().strip())


def silent_network():
    """10.0.0.0/24 behind an interface that answers nothing: nobody has the peer's address."""
    veth("quiet", "end")
    ip("link", "set", "end", "up")
    ip("addr", "add", "10.0.0.1/24", "dev", "quiet")
    ip("link", "set", "quiet", "up")
    ip("neigh", "add", "10.0.0.2", "lladdr", "02:00:00:00:00:02", "dev", "quiet")


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


# --- connects and binds that never become a transition ------------------------------------------


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


# --- ends -----------------------------------------------------------------------------------------


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
    with Watch("-E", "--failed") as w:
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


# --- TIME_WAIT ------------------------------------------------------------------------------------


def needs_timers():
    if kernel_before(6, 1):
        raise Skip("before 6.1 a TIME_WAIT's end is not told: no bpf_mem_alloc")


def one_connection(sock, bind=None):
    """Comes and goes; the client closes first. Returns its port."""
    c = socket.socket()
    if bind:
        c.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        c.bind(bind)
    c.connect(sock.getsockname())
    conn, _ = sock.accept()
    port = c.getsockname()[1]
    c.close()
    check(conn.recv(1) == b"")
    conn.close()
    return port


def test_time_wait__recycled_by_a_new_connection():
    needs_timers()
    sysctl("net/ipv4/tcp_tw_reuse", 1)
    sock = listener()
    with Watch("-E") as w:
        port = one_connection(sock, ("127.0.0.1", 41000))
        first = w.wait_for(local_port=port, state="TIME_WAIT")
        check(first["pid"] == os.getpid() and first["owner_source"] == "connect", first)
        check(first["old_state"] == "FIN_WAIT2" and "reason" not in first, first)

        def again():  # the kernel waits for its clock of timestamps to tick
            try:
                return one_connection(sock, ("127.0.0.1", 41000))
            except OSError:
                return None
        wait_until(again, "a connection from the same port")
        r = w.wait_for(local_port=port, old_state="TIME_WAIT", state="CLOSE")
        check(r["time_wait"] == "recycled" and r.get("cookie") == first.get("cookie"), r)
        check(r["pid"] == os.getpid() and r["owner_source"] == "connect", r)
        check(r["age_us"] >= first["age_us"] and r["state_us"] > 0, r)


def test_time_wait__expires_after_its_time():
    """An orphan that waits for the peer's FIN: the kernel keeps it so long as tcp_fin_timeout."""
    needs_timers()
    sysctl("net/ipv4/tcp_fin_timeout", 1)
    sock = listener()
    with Watch("-E") as w:
        c = socket.create_connection(sock.getsockname())
        conn, _ = sock.accept()
        port = c.getsockname()[1]
        c.close()
        first = w.wait_for(local_port=port, state="TIME_WAIT")
        r = w.wait_for(local_port=port, old_state="TIME_WAIT", state="CLOSE")
        check(r["time_wait"] == "expired" and r["pid"] == os.getpid(), r)
        check(r.get("cookie") == first.get("cookie") and r["state_us"] >= 900000, r)
        conn.close()


def test_time_wait__that_ends_just_before_we_do_is_told():
    """Whether it is an end, the next timer of that CPU tells: there may be none any more."""
    needs_timers()
    sock = listener()
    with Watch("-E") as w:
        port = one_connection(sock)
        w.wait_for(local_port=port, state="TIME_WAIT")
        killed = subprocess.run(["ss", "-KHtan", "state", "time-wait", f"sport = :{port}"], capture_output=True,
                                check=False).stdout
        w.stop()
        if str(port).encode() not in killed:
            raise Skip("ss -K ends no TIME_WAIT here")
        end = w.find(local_port=port, old_state="TIME_WAIT", state="CLOSE")
        check(len(end) == 1 and end[0]["time_wait"] == "recycled", w.records()[-3:])


def test_time_wait__end_has_its_owner_where_only_ends_are_asked_for():
    needs_timers()
    sysctl("net/ipv4/tcp_fin_timeout", 1)
    sock = listener()
    with Watch("-E", "--state", "close") as w:
        c = socket.create_connection(sock.getsockname())
        conn, _ = sock.accept()
        port = c.getsockname()[1]
        c.close()
        r = w.wait_for(local_port=port, time_wait="expired")
        check(r["pid"] == os.getpid() and r["owner_source"] == "connect", r)
        check(not w.find(state="TIME_WAIT"), w.records())
        conn.close()


def test_time_wait__of_before_the_start_is_told_with_its_row():
    needs_timers()
    sysctl("net/ipv4/tcp_fin_timeout", 3)
    sock = listener()
    c = socket.create_connection(sock.getsockname())
    conn, _ = sock.accept()
    port = c.getsockname()[1]
    c.close()
    with Watch() as w:
        row = w.wait_for(event="socket", local_port=port)
        check(row["state"] == "FIN_WAIT2" and row["owner_source"] == "unknown", row)
        one_connection(sock)  # what a TIME_WAIT's timer is must have been learned
        r = w.wait_for(event="state", local_port=port)
        check(r["old_state"] == "FIN_WAIT2" and r["state"] == "CLOSE", r)
        check(r["time_wait"] == "expired" and r["owner_source"] == "unknown", r)
        conn.close()


def test_time_wait__simultaneous_close_goes_there_from_closing():
    """A socket that is connected to itself: its FIN crosses itself."""
    with Watch("-E") as w:
        s = socket.socket()
        s.bind(("127.0.0.1", 47001))
        s.connect(("127.0.0.1", 47001))
        s.close()
        r = w.wait_for(local_port=47001, old_state="CLOSING")
        check(r["state"] == "TIME_WAIT" and r["pid"] == os.getpid(), r)
        w.wait_for(old_state="FIN_WAIT1", state="CLOSING")


def test_time_wait__really_closed_where_the_kernel_keeps_none():
    needs_timers()
    sysctl("net/ipv4/tcp_max_tw_buckets", 0)
    sock = listener()
    with Watch("-E") as w:
        port = one_connection(sock)
        r = w.wait_for(local_port=port, old_state="FIN_WAIT2")
        check(r["state"] == "CLOSE" and "reason" not in r, r)


def test_time_wait__by_rule_only_its_beginning():
    sock = listener()
    with Watch("-E", "--time-wait=rule") as w:
        check("TIME_WAIT: by rule" in w.stderr(), w.stderr())
        port = one_connection(sock)
        w.wait_for(local_port=port, old_state="FIN_WAIT2", state="TIME_WAIT")


def test_time_wait__a_reset_is_none():
    sock = listener()
    for how in "timers", "rule":
        with Watch("-E", "--time-wait=" + how) as w:
            c = socket.create_connection(sock.getsockname())
            conn, _ = sock.accept()
            c.shutdown(socket.SHUT_WR)
            check(conn.recv(1) == b"")
            port = c.getsockname()[1]
            w.wait_for(local_port=port, state="FIN_WAIT2")
            reset(conn)
            r = w.wait_for(local_port=port, old_state="FIN_WAIT2")
            check(r["state"] == "CLOSE" and r["reason"] == "reset_by_peer", r)
            c.close()
