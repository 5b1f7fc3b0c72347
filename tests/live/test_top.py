# SPDX-License-Identifier: GPL-2.0-only
"""The word top where it prints frames: what they tell of connections, processes and failures."""
import json
import os
import socket

from harness import Settings, Skip, Watch, check, finished, here, kernel_before, listener, own_user, run, wait_until
from test_conns import port_of
from test_udp import need_counts
from traffic import connection, refused


def frames(w):
    """Those that are complete: the sums, and the rows."""
    found = []
    for line in w.lines[:]:
        told = json.loads(line)
        if told["event"] == "frame":
            found.append((told, []))
        elif found:
            found[-1][1].append(told)
    return found[:-1]


def top(*args):
    return Watch("top", "--batch", "-c", "0.3", *args)


def wait_for_row(w, **want):
    """The first such row of any frame."""
    def look():
        return [r for _, rows in frames(w) for r in rows if all(r.get(k) == v for k, v in want.items())]
    return wait_until(look, lambda: f"a row with {want}, have: {frames(w)[-2:]}")[0]


def has_rates():
    """Where the walk is there: rows with counters need no rights then."""
    return not kernel_before(6, 2)


def test_top__connection_that_is_there_has_its_owner_and_what_it_moves():
    sock = listener()
    client = socket.create_connection(sock.getsockname())
    server, _ = sock.accept()
    with top() as w:
        row = wait_for_row(w, event="connection", local_port=client.getsockname()[1])
        check(row["pid"] == os.getpid() and row["state"] == "ESTABLISHED" and "ended" not in row, row)
        if has_rates():
            def moves():
                client.sendall(b"x" * 1000)
                server.recv(1 << 20)
                return [r for _, rows in frames(w) for r in rows
                        if r.get("local_port") == client.getsockname()[1] and r.get("sent_rate")]
            check(wait_until(moves, "a rate")[0]["bytes_sent"] > 0)


def test_top__udp_has_rates_and_all_of_it_where_it_is_new():
    if not has_rates():
        raise Skip("rows without rights have no cookies here, by which peers are found")
    before = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    before.bind(("127.0.0.1", 0))
    with top("-u", "-v") as w, top("-u", "--view=listeners") as listeners:
        wait_until(lambda: frames(w) and frames(listeners), "a frame")
        need_counts(w)
        after = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        after.connect(before.getsockname())

        def rows_of(table, sock, key):
            after.send(b"x" * 1000)
            before.recvfrom(2000)  # who asks from whom has peers
            return [r for _, rows in frames(table) for r in rows
                    if r.get("local_port") == port_of(sock) and r.get("proto") == "udp" and r.get(key)]
        sent = wait_until(lambda: rows_of(w, after, "sent_rate"), "a rate of who sends")[-1]
        check(sent["bytes_sent"] >= 1000 and not sent["bytes_sent"] % 1000 and sent["bytes_received"] == 0, sent)
        check(sent["event"] == "connection" and "retransmits" not in sent, sent)
        received = wait_until(lambda: rows_of(listeners, before, "received_rate"), "a rate of who receives")[-1]
        check(received["event"] == "listener" and "bytes_received" not in received, received)


def test_top__one_that_lived_a_moment_is_shown_with_its_end():
    sock = listener()
    with top() as w:
        wait_until(lambda: frames(w), "a frame")
        port = connection(sock)
        row = wait_for_row(w, event="connection", local_port=port, ended=True)
        check(row["pid"] == os.getpid() and row["direction"] == "out" and "reason" not in row, row)
        wait_for_row(w, event="connection", remote_port=port, direction="in", ended=True)


def test_top__failures_are_counted_by_who_and_where():
    with listener() as sock:
        port = sock.getsockname()[1]
    with top("--view=failures") as w:
        wait_until(lambda: frames(w), "a frame")
        for _ in range(3):
            refused(port)
        row = wait_for_row(w, event="failure", remote_port=port, times=3)
        check(row["reason"] == "refused" and row["pid"] == os.getpid(), row)


def test_top__processes_and_listeners():
    sock = listener(backlog=7)
    port = sock.getsockname()[1]
    held = [socket.create_connection(sock.getsockname()) for _ in range(3)]
    with top("--view=processes") as w:
        row = wait_for_row(w, event="process", pid=os.getpid())
        check(row["listening"] == 1 and row["connections"] >= 3, row)
    with top("--view=listeners") as w:
        row = wait_for_row(w, event="listener", local_port=port)
        check(row["recv_q"] == len(held), row)


def test_top__tree_has_sockets_below_their_process():
    with listener() as sock, top("--view=tree", here()) as w:
        def look():
            for _, rows in frames(w):
                at = [i for i, r in enumerate(rows) if r.get("pid") == os.getpid()]
                if at and any(rows[i].get("local_port") == port_of(sock) for i in at):
                    return rows, at
            return None
        rows, at = wait_until(look, "the listener")
        check(rows[at[0]]["event"] == "process" and rows[at[0]]["listening"] >= 1, rows)
        check(all(rows[i]["event"] in ("listener", "connection") for i in at[1:]), rows)
        check(at == list(range(at[0], at[-1] + 1)), "below each other", at, rows)
        check(any(r["event"] == "unit" for r in rows[:at[0]]), rows)


def test_top__text_and_filters_choose_and_frames_are_counted():
    first, second = listener(), listener()
    text = run("top", "-b", "-c", "0.2", "--count=2", "--view=listeners", here(), "-P",
               str(first.getsockname()[1])).stdout.decode()
    check(text.count("PID/PROGRAM") == 2, text)
    check(f":{first.getsockname()[1]}" in text and f":{second.getsockname()[1]} " not in text, text)
    text = run("top", "-b", "-c", "0.2", "--count=1", "--view=listeners", here(),
               f"127.0.0.1:{second.getsockname()[1]}").stdout.decode()
    check(f":{second.getsockname()[1]} " in text and f":{first.getsockname()[1]} " not in text, text)


def test_top__without_rights_it_shows_what_proc_does_and_says_so():
    sock = listener()
    user, group = own_user()
    done = run_as(user, group, "top", "-b", "-j", "-c", "0.2", "--count=1", "--view=listeners")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    check(lines[0]["traced"] is False and b"missing" in done.stderr, done)
    check([x for x in lines if x.get("local_port") == sock.getsockname()[1]], lines)


def run_as(user, group, *args):
    return finished(["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--inh-caps=-all",
                     "--bounding-set=-all", Settings.binary, *args])


def test_top__sorts_by_a_column():
    socks = sorted((listener() for _ in range(5)), key=lambda s: s.getsockname()[1])
    ports = [s.getsockname()[1] for s in socks]
    done = run("top", "-b", "-j", "-c", "0.2", "--count=1", "--view=listeners", "--sort=port", here())
    told = [json.loads(line).get("local_port") for line in done.stdout.splitlines()]
    check([p for p in told if p in ports] == ports, told, ports)


def test_top__wrong_usage_says_what_was_meant():
    for args, word in ((("--json",), "--batch -j"), (("--count=2",), "--batch --count"), (("--csv",), "is not for top"), (("--sort=growth",), "sorts by a column"),
                       (("-b", "--sort=conns"), "no such column"), (("-b", "--json=ecs"), "keys of their own"),
                       (("--view=tables",), "connections"), ((), "needs a terminal")):
        done = run("top", *args)
        check(done.returncode == 2 and word in done.stderr.decode(), args, done)
