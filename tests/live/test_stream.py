# SPDX-License-Identifier: GPL-2.0-only
"""The snapshot, the merge, and that nothing is lost unsaid."""
import os
import signal
import socket

from chains import chains, check_chains
from harness import (COUNTED, LONG, Child, Settings, Watch, check, each_source, enter_netns, here,
                     is_older_than_a_tick, listener, scaled, scratch, wait_until)
from traffic import Churn, check_count, churn, churn_events, pause


# --- the snapshot and the merge -------------------------------------------------------------------


@each_source
def test_snapshot__rows_with_every_owner():
    sock = listener()
    port = sock.getsockname()[1]
    wait_until(is_older_than_a_tick, "the clock")
    workers = [Child(lambda link: (link.say("up"), link.hear())) for _ in range(2)]
    for worker in workers:
        worker.hear()
    c = socket.create_connection(("127.0.0.1", port))
    conn, _ = sock.accept()
    with Watch() as w:
        row = w.wait_for(event="socket", local_port=port, state="LISTEN")
        holders = {(o["pid"], o["comm"]) for o in row["owners"]}
        check({p for p, _ in holders} == {os.getpid(), *(x.pid for x in workers)}, row)
        check(all(o["fd"] == sock.fileno() for o in row["owners"]), row)
        check(row["pid"] == os.getpid() and row["owner_source"] == "snapshot", row)
        row = w.wait_for(event="socket", local_port=c.getsockname()[1])
        check(row["state"] == "ESTABLISHED" and row["remote_port"] == port, row)
        check(row["inode"] == os.fstat(c.fileno()).st_ino and row["uid"] == 0, row)
    for worker in workers:
        worker.kill()
    conn.close()


@each_source
def test_snapshot__queues_as_netstat_shows_them():
    sock = listener()
    c = socket.create_connection(sock.getsockname())
    waiting = socket.create_connection(sock.getsockname())
    conn, _ = sock.accept()
    conn.sendall(b"x" * 1000)
    c.setblocking(True)
    wait_until(lambda: len(c.recv(4096, socket.MSG_PEEK)) == 1000, "the bytes")
    with Watch() as w:
        row = w.wait_for(event="socket", state="LISTEN", local_port=sock.getsockname()[1])
        check(row["recv_q"] == 1, row)  # one connection waits
        row = w.wait_for(event="socket", local_port=c.getsockname()[1])
        check(row["recv_q"] == 1000 and row["send_q"] == 0, row)
    waiting.close()


@each_source
def test_snapshot__connection_that_waits_for_accept_has_its_listeners_owner():
    sock = listener()
    c = socket.create_connection(sock.getsockname())
    with Watch() as w:
        row = w.wait_for(event="socket", remote_port=c.getsockname()[1])
        check(row["owner_source"] == "inherited" and row["pid"] == os.getpid(), row)
        check("inode" not in row and "owners" not in row, row)


@each_source
def test_snapshot__another_namespace_ipv6_and_time_wait():
    sock = listener(socket.AF_INET6)
    c = socket.create_connection(sock.getsockname()[:2])
    conn, _ = sock.accept()
    c.close()
    conn.recv(1)
    conn.close()  # the client's side is in TIME_WAIT now

    def elsewhere(link):
        inode = enter_netns()
        other = listener(port=7777)
        link.say(inode)
        link.hear()
        other.close()

    child = Child(elsewhere)
    inode = int(child.hear())
    with Watch(everywhere=True) as w:
        row = w.wait_for(event="socket", netns=inode, local_port=7777)
        check(row["pid"] == child.pid and row["state"] == "LISTEN", row)
        row = w.wait_for(event="socket", netns=Settings.netns, state="TIME_WAIT")
        check(row["family"] == "ipv6" and row["owner_source"] == "unknown" and "pid" not in row, row)
    child.say()
    child.wait()


def told_once(records):
    rows = [(r["local_addr"], r["local_port"], r.get("remote_port"), r.get("inode"))
            for r in records if r["event"] == "socket"]
    twice = {row for row in rows if rows.count(row) > 1} if len(rows) != len(set(rows)) else ()
    check(not twice, "told twice:", twice, [r for r in records if r["event"] == "socket" and
                                            (r["local_port"], r.get("remote_port")) in
                                            {(t[1], t[2]) for t in twice}])


def first_transitions(records):
    return [chain[0] for chain in chains(records).values()]


def check_merge(records, kept, clients):
    """False when events were lost: then chains are broken and nothing can be said."""
    if any(r["event"] == "lost" for r in records):
        return False
    told_once(records)
    check_chains(records)
    rows = {}
    for r in records:
        if r["event"] == "socket":
            rows.setdefault((r["local_port"], r.get("remote_port")), []).append(r["state"])
    for r in first_transitions(records):
        key = (r.get("local_port"), r.get("remote_port"))
        if r["old_state"] != "CLOSE" and r["state"] != "SYN_RECV":  # it was there before the start
            check(r["old_state"] in rows.get(key, []), key, r, rows.get(key))
    check(rows[(kept, None)] == ["LISTEN"], rows[(kept, None)])
    for port in clients:
        check(rows.get((port, kept)) == ["ESTABLISHED"], port, rows.get((port, kept)))
        check(rows.get((kept, port)) == ["ESTABLISHED"], port, rows.get((kept, port)))
    return True


def watched_merge(kept, clients):
    """A start in the midst of all that: whether nothing was lost, and all was right."""
    # into a file: a reader in a script is too slow for this
    with scratch() as folder, open(folder + "/out", "w+b") as out:
        with Watch("--buffer-size=64M", here(), stdout=out) as w:
            wait_until(lambda: os.fstat(out.fileno()).st_size > 10_000_000 or w.process.poll() is not None,
                       "ten megabytes of events", LONG)
            w.stop()
            check(w.status == 0, w.stderr())
        out.seek(0)
        return check_merge(w.parse(out.readlines()), kept, clients)


@each_source
def test_merge__nothing_lost_or_doubled_while_thousands_of_connections_come_and_go():
    kept = listener()
    clients = [socket.create_connection(kept.getsockname()) for _ in range(100)]
    ports = [c.getsockname()[1] for c in clients]
    # with a pause, so that the sanitizer build keeps up: a loss would break the chains
    with Churn(9001, pause=100), Churn(9002, pause=100):
        whole = 0
        for _ in range(8):
            whole += watched_merge(kept.getsockname()[1], ports)
            if whole == 4:
                break
        check(whole == 4, "only", whole, "of 8 starts without a loss")


# --- loss -----------------------------------------------------------------------------------------


def test_loss__seen_plus_lost_is_all():
    """A ring of one page, and a reader that is stopped: most is lost, and counted to the event."""
    with Watch("-E", *COUNTED, here(), "--port", "9003", "--buffer-size", "4096") as w:
        count = scaled(3000)
        pause(w.process)
        churn(9003, count)
        w.process.send_signal(signal.SIGCONT)
        churn(9003, count)
        records = w.stop()
        lost = check_count(records, 2 * churn_events(count))
        check(lost > 0, "nothing was lost")
        check(f"{lost} lost" in w.stderr(), w.stderr())
        check(w.status == 0, w.status)


def test_loss__seen_plus_lost_is_all_on_two_processors():
    """Packets interrupt a transition that is being told; the kernel would skip theirs."""
    count = scaled(20000)
    with scratch() as folder, open(folder + "/out", "w+b") as out:
        with Watch("-E", *COUNTED, here(), "--port", "9012,9013", "--buffer-size=64M", stdout=out) as w:
            with Churn(9012, count) as one, Churn(9013, count) as other:
                one.finish()
                other.finish()
            w.stop()
        out.seek(0)
        records = w.parse(out)
        if not check_count(records, 2 * churn_events(count)):
            check_chains(records)


def test_loss__strict_says_so_in_the_exit_status():
    with Watch("-E", "--strict", here(), "--buffer-size", "4096", "--port", "9004") as w:
        pause(w.process)
        churn(9004, 200)
        w.process.send_signal(signal.SIGCONT)
        w.stop()
        check(w.status == 3, w.status)


def test_loss__next_to_none_with_a_buffer_that_holds_it_all():
    """
    However slow the reader. Next to none: some hosts keep BPF programs from running while a protected
    process is interrupted, and a timer of TCP may fire just then. (The benchmark tells the very number.)
    """
    count = scaled(20000)
    with scratch() as folder, open(folder + "/out", "w+b") as out:
        with Watch("-E", *COUNTED, here(), "--port", "9005", "--buffer-size=64M", stdout=out) as w:
            churn(9005, count)
            w.stop()
        out.seek(0)
        records = w.parse(out)
        lost = check_count(records, churn_events(count))
        check(lost <= churn_events(count) / 1000, lost, "lost")
        if not lost:
            check_chains(records)
            odd = [c for c in chains(records).values() if len(c) not in (2, 5)]
            check(not odd, odd[:3])


def test_many__copies_at_once_tell_the_same():
    watches = [Watch("-E", *COUNTED, here(), "--port", "9011") for _ in range(5)]
    try:
        churn(9011, 100)
        for w in watches:
            check(len(w.stop()) == churn_events(100), len(w.lines))
    finally:
        for w in watches:
            w.__exit__()
