# SPDX-License-Identifier: GPL-2.0-only
"""conns --interim: long connections are told so far."""
import contextlib
import os
import socket
import threading
import time

from harness import Child, Skip, Watch, check, here, kernel_before, listener, scaled, wait_until
from test_conns import count, nanoseconds, owners_of, pair, port_of, record_of
from test_decided import taken
from traffic import becomes_sleep

INTERIM = 0.4


def so_far(*args, interim=INTERIM, **kw):
    if kernel_before(5, 19):
        raise Skip("before Linux 5.19 connections are told at their end only")
    return Watch("conns", f"--interim={interim}", here(), *args, **kw)


def told_so_far(w, **want):
    return record_of(w, final=False, **want)


def test_so_far__a_long_connection_is_told_until_its_end():
    sock = listener()
    with so_far() as w:
        client, server = pair(sock)
        port = port_of(client)
        client.sendall(b"x" * 1000)
        out, into = told_so_far(w, local_port=port, bytes_sent=1000), told_so_far(w, remote_port=port)
        server.sendall(b"y" * 500)
        told_so_far(w, local_port=port, bytes_received=500)
        client.close()
        check(len(server.recv(2000, socket.MSG_WAITALL)) == 1000)
        server.close()
        last = record_of(w, local_port=port, final=True)
        record_of(w, remote_port=port, final=True)
        w.stop()
        every = w.find(event="conn", local_port=port)
    check((out["history"], out["state"], out["direction"]) == ("SE", "ESTABLISHED", "out"), out)
    check((into["history"], into["direction"]) == ("RE", "in"), into)
    check("end" not in out and "reason" not in out and out["connect_us"] == last["connect_us"], out)
    check(out["segments_sent"] > 2 and out["start"] == last["start"] and out["cookie"] == last["cookie"], out, last)
    check(owners_of(out) == [(os.getpid(), "connect")] and owners_of(into) == [(os.getpid(), "accept")], out, into)
    check(nanoseconds(out["time"]) - nanoseconds(out["start"]) >= INTERIM * 1e9, out)
    check([r["final"] for r in every] == [False] * (len(every) - 1) + [True], w.dump())
    ages = [r["duration_us"] for r in every]
    check(ages == sorted(ages) and all(age >= (i + 1) * INTERIM * 1e6 for i, age in enumerate(ages[:-1])), ages)
    check(" lines of them so far, 0 lost" in w.stderr(), w.stderr())


def test_so_far__what_was_there_before():
    client, server = pair(listener())
    server.send(b"abc")
    with so_far() as w:
        for r in told_so_far(w, local_port=port_of(client)), told_so_far(w, remote_port=port_of(client)):
            check(r["started_before"] is True and r["history"] == "E" and r["state"] == "ESTABLISHED", r)
            check(not {"start", "end", "duration_us", "direction"} & r.keys(), r)
            check(owners_of(r) == [(os.getpid(), "snapshot")] and r["uid"] == os.getuid(), r)
            check(r["bytes_sent"] + r["bytes_received"] == 3 and "cgroup_id" in r, r)
        port = port_of(client)
        client.close()
        check(record_of(w, local_port=port, final=True)["started_before"] is True)


def port_of_peer(sock):
    return sock.getpeername()[1]


def test_so_far__the_owners_of_now():
    """One who was handed the connection, and whose use is not followed by any transition."""
    if kernel_before(6, 3):
        raise Skip("a write alone is not seen before Linux 6.3")
    def use(link):
        link.hear()
        client.send(b"x")
        link.say("used")
        link.hear()

    with so_far() as w:
        client, server = pair(listener())
        other = Child(use)
        told_so_far(w, local_port=port_of(client), pid=os.getpid())
        other.ask()
        r = told_so_far(w, local_port=port_of(client), pid=other.pid)
        check(owners_of(r) == [(os.getpid(), "connect"), (other.pid, "use")], r)
        check(server.recv(1) == b"x")
        other.kill()
        r = told_so_far(w, local_port=port_of(client), pid=os.getpid(), bytes_sent=1)
        check(owners_of(r) == [(os.getpid(), "connect"), (other.pid, "use")], r)


def test_so_far__the_name_of_the_last_exec():
    sock = listener()

    with so_far() as w:
        child = becomes_sleep(sock)
        server, _ = sock.accept()
        port = int(child.hear())
        told_so_far(w, local_port=port)
        child.say()
        r = told_so_far(w, local_port=port, comm="sleep")
        check(owners_of(r) == [(child.pid, "connect")] and r["owners"][0]["comm"] == "sleep", r)
        child.kill()
        server.close()


def test_so_far__what_is_asked_for():
    """Told, and no more than these taken from the ring."""
    sock, other = listener(), listener()
    held = [pair(other) for _ in range(30)]
    client, server = pair(sock)
    port = port_of(sock)
    own, nobody = str(os.getpid()), "1"
    for args, n in (["-P", str(port)], 2), (["-D", str(port)], 1), (["-L", str(port)], 1), (["--pid", own, "-P", str(port)], 2), \
            (["--pid", nobody], 0), (["--failed"], 0), (["-l"], 0), (["-6"], 0), (["--no-loopback"], 0):
        with so_far(*args) as w:
            if n:
                wait_until(lambda w=w, n=n: len(w.find(final=False)) >= n, "those that are asked for")
            else:
                time.sleep(2 * INTERIM)  # nothing comes
            w.stop()
            records = w.find(final=False)
            check(all(port in (r["local_port"], r["remote_port"]) for r in records), args, w.dump())
            check((len(records) > 0) == (n > 0) and taken(w) <= len(records), args, taken(w), w.dump())
    check(held and client and server)


def test_so_far__more_than_the_ring_holds():
    sock = listener(backlog=1000)
    held = [pair(sock) for _ in range(scaled(200))]
    with so_far("--buffer-size=4096") as w:
        wait_until(lambda: len({r["cookie"] for r in w.find(final=False)}) >= 2 * len(held), "all of them", 60)
        lost = count(w.stop())[1]
        check(lost == 0, lost, "lost")


def test_so_far__never_after_the_end():
    """Connections that end just when they are told."""
    sock = listener(backlog=1000)
    n, threads = scaled(60), 8

    def work():
        for i in range(n):
            with socket.create_connection(sock.getsockname()):
                time.sleep(INTERIM / 4 * (1 + (i % 9) / 20))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                open_.append(sock.accept()[0])
                while len(open_) > 2 * threads:
                    open_.pop(0).close()

    open_ = []
    with so_far(interim=INTERIM / 4) as w:
        threading.Thread(target=serve, daemon=True).start()
        workers = [threading.Thread(target=work) for _ in range(threads)]
        for t in workers:
            t.start()
        for t in workers:
            t.join()
        client, server = pair(listener())
        client.close()
        record_of(w, local_port=port_of_peer(server))
        records = w.stop()
    ended, sofar, lost = set(), 0, count(records)[1]
    for r in records:
        if r["event"] != "conn":
            continue
        check(r["cookie"] not in ended, "after its end:", r)
        if r["final"]:
            ended.add(r["cookie"])
        else:
            sofar += 1
            check(r["owners"] and r["pid"] == os.getpid() and r["comm"] == "python3", r)
    check(len(ended) + lost >= n * threads and sofar > n, len(ended), lost, sofar)


def test_so_far__old_kernels_say_so():
    if not kernel_before(5, 19):
        raise Skip("this kernel can")
    with Watch("conns", "--interim=1", here()) as w:
        wait_until(lambda: "--interim needs Linux 5.19" in w.stderr(), "the note")


def test_so_far__text():
    held = pair(listener())
    with so_far(form=None) as w:
        wait_until(lambda: len(w.lines) >= 3, "two lines below the header")
        w.stop()
        lines = w.text().splitlines()[1:]
    check(all(line.endswith("so far") and " ~" in line for line in lines), lines)
    check(held)
