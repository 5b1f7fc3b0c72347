# SPDX-License-Identifier: GPL-2.0-only
"""TIME_WAIT: how it begins, and how it ends."""
import json
import os
import socket
import struct
import subprocess
import time

from harness import Skip, Watch, check, here, kernel_before, listener, reset, run, sysctl, wait_until


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


def orphans_state():
    """In which state an orphan that waits for the peer's FIN is told to be."""
    return "TIME_WAIT" if kernel_before(6, 11) else "FIN_WAIT2"


def orphan(sock):
    """A connection whose client has gone: (its port, the server's end)."""
    c = socket.create_connection(sock.getsockname())
    conn, _ = sock.accept()
    port = c.getsockname()[1]
    c.close()
    return port, conn


def test_time_wait__expires_after_its_time():
    """An orphan that waits for the peer's FIN: the kernel keeps it so long as tcp_fin_timeout."""
    needs_timers()
    sysctl("net/ipv4/tcp_fin_timeout", 1)
    sock = listener()
    with Watch("-E", here()) as w:
        port, conn = orphan(sock)
        first = w.wait_for(local_port=port, state=orphans_state())
        r = w.wait_for(local_port=port, old_state=orphans_state(), state="CLOSE")
        check(r["time_wait"] == "expired" and r["pid"] == os.getpid(), r)
        check(r.get("cookie") == first.get("cookie") and r["state_us"] >= 900000, r)
        check(not w.find(event="lost"), w.records())
        conn.close()


def state_in_list(port):
    rows = [json.loads(line) for line in run("list", "-jt", here()).stdout.splitlines()]
    return [r["state"] for r in rows if r["local_port"] == port]


def test_time_wait__of_an_orphan_begins_with_the_fin():
    """The stream's last word of it is what list has, before the FIN and after it."""
    needs_timers()
    if kernel_before(6, 11):
        raise Skip("before 6.11 kfree_skb does not tell for which socket: TIME_WAIT is told at once")
    sock = listener()
    with Watch("-E", here()) as w:
        port, conn = orphan(sock)
        before = w.wait_for(local_port=port, state="FIN_WAIT2")
        wait_until(lambda: state_in_list(port) == ["FIN_WAIT2"], "FIN_WAIT2 in list")
        check(not w.find(local_port=port, old_state="FIN_WAIT2"), w.records())
        conn.close()
        r = w.wait_for(local_port=port, old_state="FIN_WAIT2", state="TIME_WAIT")
        check(r["pid"] == os.getpid() and r["cookie"] == before["cookie"] and r["bytes_sent"] == 0, r)
        check(r["age_us"] >= before["age_us"] and r["state_us"] > 0, r)
        wait_until(lambda: state_in_list(port) == ["TIME_WAIT"], "TIME_WAIT in list")
        w.stop()
        check(len(w.find(local_port=port, old_state="FIN_WAIT2")) == 1 and not w.find(event="lost"), w.records())


def test_time_wait__of_an_orphan_by_the_state_that_is_asked_for():
    needs_timers()
    sock = listener()
    with Watch("-E", "--state=time_wait") as w:
        port, conn = orphan(sock)
        conn.close()
        r = w.wait_for(local_port=port)
        check(r["old_state"] == "FIN_WAIT2" and r["state"] == "TIME_WAIT" and r["pid"] == os.getpid(), r)


def test_time_wait__an_orphan_that_gets_data_is_over():
    """Nobody is there to read it: the kernel answers with a reset."""
    needs_timers()
    sock = listener()
    with Watch("-E") as w:
        port, conn = orphan(sock)
        w.wait_for(local_port=port, state=orphans_state())
        conn.send(b"late")
        r = w.wait_for(local_port=port, old_state=orphans_state(), state="CLOSE")
        check(r["time_wait"] == "recycled" and r["pid"] == os.getpid(), r)
        conn.close()


def test_time_wait__that_ends_just_before_we_do_is_told():
    """Whether it is an end, the next timer of that CPU tells: there may be none any more."""
    needs_timers()
    sock = listener()
    with Watch("-E") as w:
        port = one_connection(sock)
        w.wait_for(local_port=port, state="TIME_WAIT")
        which = ["state", "time-wait", f"sport = :{port}"]
        subprocess.run(["ss", "-KHtan", *which], stdout=subprocess.DEVNULL, check=False)
        w.stop()
        if subprocess.run(["ss", "-Htan", *which], capture_output=True, check=True).stdout:  # as on 7.3, though ss says it did
            raise Skip("ss -K ends no TIME_WAIT here")
        end = w.find(local_port=port, old_state="TIME_WAIT", state="CLOSE")
        check(len(end) == 1 and end[0]["time_wait"] == "recycled", w.records()[-3:])


def end_by_netlink(near, far):
    """SOCK_DESTROY, as ss -K, but with nothing else done on this CPU. True: something ended."""
    ends = struct.pack("!HH16s16s", near[1], far[1], socket.inet_aton(near[0]), socket.inet_aton(far[0]))
    asked = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 1 << 6) + ends
    asked += struct.pack("=III", 0, 2**32 - 1, 2**32 - 1)  # any device, any cookie
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as nl:  # NETLINK_SOCK_DIAG
        nl.send(struct.pack("=IHHII", 16 + len(asked), 21, 1 | 4, 1, 0) + asked)  # with an answer
        return struct.unpack_from("=i", nl.recv(4096), 16)[0] == 0


def test_time_wait__whose_memory_is_used_again_at_once():
    """The kernel gives the next one the same address: its first timer is no new start of the old one's."""
    needs_timers()
    sock = listener()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with Watch("-E") as w:
        ended = []
        for _ in range(10):
            other = socket.create_connection(sock.getsockname())
            conn, _ = sock.accept()
            other.shutdown(socket.SHUT_WR)
            check(conn.recv(1) == b"")
            port = one_connection(sock)
            w.wait_for(local_port=port, state="TIME_WAIT")
            if end_by_netlink(("127.0.0.1", port), sock.getsockname()):
                ended.append(port)
            conn.close()  # the other's TIME_WAIT begins
            other.close()
        w.stop()
        if not ended or state_in_list(ended[0]):
            raise Skip("SOCK_DESTROY ends no TIME_WAIT here")
        for port in ended:
            end = w.find(local_port=port, old_state="TIME_WAIT", state="CLOSE")
            check(len(end) == 1 and end[0]["time_wait"] == "recycled", port, end, w.find(local_port=port))


def test_time_wait__end_has_its_owner_where_only_ends_are_asked_for():
    needs_timers()
    sysctl("net/ipv4/tcp_fin_timeout", 1)
    sock = listener()
    with Watch("-E", "--state", "close") as w:
        port, conn = orphan(sock)
        r = w.wait_for(local_port=port, time_wait="expired")
        check(r["pid"] == os.getpid() and r["owner_source"] == "connect", r)
        check(not w.find(state="TIME_WAIT"), w.records())
        conn.close()


def ends_after_the_start(seconds):
    """So long it waits; False when that may have been over before its row was read and its timer known."""
    sysctl("net/ipv4/tcp_fin_timeout", seconds)
    sock = listener()
    begin = time.monotonic()
    port, conn = orphan(sock)
    with Watch() as w:
        wait_until(lambda: w.find(event="socket", local_port=port) or time.monotonic() > begin + 2 * seconds, "its row")
        row = (w.find(event="socket", local_port=port) or [None])[0]
        if row:
            check(row["state"] == "FIN_WAIT2" and row["owner_source"] == "unknown", row)
            # what a TIME_WAIT's timer is must have been learned
            w.wait_for(local_port=one_connection(sock), state="TIME_WAIT")
        in_time = row and time.monotonic() < begin + seconds
        if in_time:
            r = w.wait_for(event="state", local_port=port)
            check(r["old_state"] == "FIN_WAIT2" and r["state"] == "CLOSE", r)
            check(r["time_wait"] == "expired" and r["owner_source"] == "unknown", r)
    conn.close()
    return in_time


def test_time_wait__of_before_the_start_is_told_with_its_row():
    needs_timers()
    check(any(ends_after_the_start(seconds) for seconds in (3, 12, 40)), "the start takes too long")


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
