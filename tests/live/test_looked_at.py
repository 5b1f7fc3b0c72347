# SPDX-License-Identifier: GPL-2.0-only
"""Whoever looks at what others hold (lsof, ss -p, another sockwatch) has each file for a moment: what its
process closes just then is closed in the looker's name, and still is not the looker's doing."""
import contextlib
import os
import socket

from harness import LONG, Child, Watch, check, listener, wait_until

TIMES = 400


def read_links(pid, fds):
    for fd in fds:
        os.readlink(f"/proc/{pid}/fd/{fd}")


def read_states(pid, fds):
    for fd in fds:
        os.stat(f"/proc/{pid}/fd/{fd}")


def read_infos(pid, fds):
    for fd in fds:
        with open(f"/proc/{pid}/fdinfo/{fd}", "rb", buffering=0) as f:
            f.read()


def look_on(how, pid, fds):
    """A process that does nothing else, until it is told."""
    def work(link):
        link.say("up")
        while not link.was_told():
            for _ in range(50):
                with contextlib.suppress(OSError):
                    how(pid, fds)
    return Child(work)


@contextlib.contextmanager
def lookers(pid, fds):
    running = [look_on(how, pid, fds) for how in (read_links, read_states, read_infos)]
    for child in running:
        child.hear()
    yield {child.pid for child in running}
    for child in running:
        child.say()
        check(child.wait() == 0, "a looker")


def closer(make_scene):
    """A process that says which descriptors it is going to open, and plays the scene so many times."""
    def work(link):
        scene = make_scene()
        fds = [os.dup(0), os.dup(0)]
        for fd in fds:
            os.close(fd)
        link.say(" ".join(map(str, fds)))
        link.hear()
        for _ in range(TIMES):
            scene()
        link.say("done")
        link.hear()
    return Child(work)


def connections(port):
    sock = listener(port=port)

    def connect_and_close():
        client = socket.create_connection(sock.getsockname())
        conn, _ = sock.accept()
        client.close()
        conn.recv(1)
        conn.close()
    return connect_and_close


def datagrams(port):
    def send_and_close():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a looker may still have the last one
            s.bind(("127.0.0.1", port))
            s.sendto(b"x", s.getsockname())
    return send_and_close


def pids_of(record):
    """Of the owner, of who acted, and of all owners of a connection."""
    return {*(record[k] for k in ("pid", "actor_pid") if k in record), *(o["pid"] for o in record.get("owners", []))}


def check_all_its_own(records, pid, others):
    wrong = [r for r in records if not pids_of(r) <= {pid}]
    check(not wrong, pid, others, len(wrong), wrong[:1])


def looked_at(w, make_scene, last):
    child = closer(make_scene)
    fds = [int(fd) for fd in child.hear().split()]
    with lookers(child.pid, fds) as others:
        child.ask()
    wait_until(lambda: len(w.find(pid=child.pid, **last)) >= TIMES * 9 // 10 or w.find(event="lost"), "the ends", LONG)
    records = w.stop()
    child.say()
    check(child.wait() == 0)
    check_all_its_own([r for r in records if r["event"] != "lost"], child.pid, others)


def test_looked_at__a_connection_is_closed_by_its_process():
    with Watch("-E", "-P", "8147") as w:
        looked_at(w, lambda: connections(8147), {"local_port": 8147, "old_state": "LAST_ACK"})


def test_looked_at__a_datagram_socket_is_closed_by_its_process():
    with Watch("-E", "-u", "-P", "8148") as w:
        looked_at(w, lambda: datagrams(8148), {"event": "bind"})


def test_looked_at__a_connection_that_is_one_line():
    with Watch("conns", "-P", "8149") as w:
        looked_at(w, lambda: connections(8149), {"local_port": 8149})
