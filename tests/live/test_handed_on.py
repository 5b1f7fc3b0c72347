# SPDX-License-Identifier: GPL-2.0-only
"""Owners that end, and sockets that are handed on: the live holder is told, or nobody; never the dead."""
import os
import signal
import socket
import struct

from harness import Child, Skip, Watch, check, kernel_before, listener, set_name, wait_until


# holders are looked at again without rights: before 5.19 only programs of root may
LOOKS_AGAIN = not kernel_before(5, 19)


def looks(w):
    return w.stderr().count("looked at again, as")


def wait_looked(w, before):
    """The holders were looked at since there were `before` looks."""
    if LOOKS_AGAIN:
        wait_until(lambda: looks(w) > before, "another look at the holders")


def at_last(scene):
    """Another process's end may have brought the look that the scene waits for: then once more."""
    for tries_left in (2, 1, 0):
        try:
            return scene()
        except AssertionError:
            if not tries_left:
                raise


def wait_gone(pid):
    os.waitpid(pid, 0)


def rows_of(watch, port, **wanted):
    return [r for r in watch.records() if r.get("local_port") == port and r["event"] == "state" and
            all(r.get(k) == v for k, v in wanted.items())]


def names(rows):
    return [(r["old_state"], r["state"], r.get("pid"), r.get("comm"), r["owner_source"]) for r in rows]


def connect_and_close(port):
    c = socket.create_connection(("127.0.0.1", port))
    own = c.getsockname()[1]
    c.close()
    return own


def daemonise(links):
    """daemon(3): the process that listens forks, and ends; its child says who it is and serves."""
    def launcher(link):
        sock = listener()
        if os.fork():
            return
        link.say(f"{os.getpid()} {sock.getsockname()[1]}")
        while link.hear() == "accept":
            conn, _ = sock.accept()
            conn.close()
            link.say("accepted")
    child = Child(launcher)
    pid, port = map(int, child.hear().split())
    wait_gone(child.pid)
    links.append(child)
    return child, pid, port


def test_handed_on__a_daemon_is_told_and_not_its_launcher():
    kept = []
    with Watch("-E") as w:
        child, daemon, port = daemonise(kept)
        for _ in range(3):
            client = connect_and_close(port)
            child.ask("accept")
            w.wait_for(event="state", local_port=port, remote_port=client, state="CLOSE")
        child.link.say("end")
        w.wait_for(local_port=port, old_state="LISTEN", state="CLOSE")
        w.stop()
    later = [r for r in rows_of(w, port) if r["state"] != "LISTEN"]
    check(len(later) >= 13, names(later))
    check(all(r.get("pid") in (None, daemon) for r in later), child.pid, daemon, names(later))
    check(not [r for r in later if r.get("pid") is None and r["owner_source"] != "unknown"], names(later))
    accepted = [r for r in w.records() if r["event"] == "accept" and r["local_port"] == port]
    check([r["pid"] for r in accepted] == [daemon] * 3, accepted)
    # accept's own descriptor has told who holds the listener
    births = [r for r in later if r["old_state"] == "LISTEN" and r["state"] == "SYN_RECV"]
    check(births[-1].get("pid") == daemon and births[-1]["owner_source"] == "inherited", names(births))
    check(later[-1].get("pid") == daemon, names(later))


def test_handed_on__whoever_holds_on_is_found_when_the_owner_is_killed():
    at_last(killed_acceptor)


def killed_acceptor():
    def acceptor(link):
        sock = listener()
        link.say(sock.getsockname()[1])
        conn, _ = sock.accept()
        sock.close()
        conn.recv(1)
        pid = os.fork()
        if not pid:
            link.hear()  # holds on, and does nothing
            os._exit(0)
        link.say(pid)
        os.kill(os.getpid(), signal.SIGKILL)
    with Watch("-E") as w:
        child = Child(acceptor)
        port = int(child.hear())
        first = socket.create_connection(("127.0.0.1", port))
        first.send(b"x")
        holder = int(child.hear())
        wait_gone(child.pid)
        before = looks(w)
        first.shutdown(socket.SHUT_WR)
        told = w.wait_for(local_port=port, state="CLOSE_WAIT")
        check(told.get("pid") != child.pid, told)
        wait_looked(w, before)
        child.link.say("end")
        w.wait_for(local_port=port, old_state="LAST_ACK", state="CLOSE")
        first.close()
        w.stop()
    last = rows_of(w, port, old_state="CLOSE_WAIT") + rows_of(w, port, old_state="LAST_ACK")
    check(last and all(r.get("pid") == holder for r in last), holder, names(rows_of(w, port)))


def test_handed_on__who_only_listens_does_not_get_back_what_another_accepted():
    """The acceptor ends before anything happens to the connection, and its child holds it."""
    def acceptor(link):
        _conn, _ = sock.accept()
        pid = os.fork()
        if not pid:
            link.hear()
            os._exit(0)
        link.say(pid)
        os._exit(0)
    with Watch("-E") as w:
        sock = listener()
        port = sock.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        child = Child(acceptor)
        holder = int(child.hear())
        wait_gone(child.pid)
        check(w.wait_for(event="accept", local_port=port)["pid"] == child.pid)
        client.shutdown(socket.SHUT_WR)
        told = w.wait_for(local_port=port, state="CLOSE_WAIT")
        child.link.say("end")
        client.close()
    check(told.get("pid") in (holder, None), os.getpid(), holder, told)


def test_handed_on__the_holder_is_looked_for_without_its_doing_anything():
    at_last(silent_holder)


def silent_holder():
    def acceptor(link):
        sock = listener()
        link.say(sock.getsockname()[1])
        conn, _ = sock.accept()
        pid = os.fork()
        if not pid:
            set_name(b"holder")
            link.hear()
            os._exit(0)
        link.say(pid)
        os._exit(0)
    with Watch("-E") as w:
        child = Child(acceptor)
        port = int(child.hear())
        client = socket.create_connection(("127.0.0.1", port))
        holder = int(child.hear())
        wait_gone(child.pid)
        before = looks(w)
        client.shutdown(socket.SHUT_WR)
        first = w.wait_for(local_port=port, state="CLOSE_WAIT")
        check(first.get("pid") != child.pid, first)
        if not LOOKS_AGAIN:
            check(first["owner_source"] == "unknown", first)
        wait_looked(w, before)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()  # a reset: nobody holds the lock, nobody does anything
        last = w.wait_for(event="state", local_port=port, state="CLOSE")
        child.link.say("end")
    want = holder if LOOKS_AGAIN else None
    check(last.get("pid") == want and last.get("comm") == ("holder" if LOOKS_AGAIN else None), holder, last)


def test_handed_on__who_closes_last_owns_the_end():
    with Watch("-E") as w:
        sock = listener()
        port = sock.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        conn, _ = sock.accept()

        def closer(link):
            sock.close()
            client.close()
            link.hear()
            conn.close()
        child = Child(closer)
        conn.close()
        client.shutdown(socket.SHUT_WR)
        w.wait_for(local_port=port, state="CLOSE_WAIT")
        child.link.say("close")
        w.wait_for(local_port=port, old_state="LAST_ACK", state="CLOSE")
        client.close()
        w.stop()
    last = rows_of(w, port, old_state="CLOSE_WAIT") + rows_of(w, port, old_state="LAST_ACK")
    check(len(last) == 2 and all(r.get("pid") == child.pid for r in last), child.pid, names(last))


def test_handed_on__a_read_of_nothing_is_a_use():
    if kernel_before(6, 3):
        raise Skip("the kernel tells only reads of something")
    with Watch("-E") as w:
        sock = listener()
        port = sock.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        conn, _ = sock.accept()

        def reader(link):
            client.close()
            link.say(len(conn.recv(1)))
            link.hear()
        child = Child(reader)
        client.shutdown(socket.SHUT_WR)
        check(child.hear() == "0", "no end of file")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        last = w.wait_for(local_port=port, old_state="CLOSE_WAIT", state="CLOSE")
        child.link.say("end")
        conn.close()
    check(last.get("pid") == child.pid and last["owner_source"] == "use", child.pid, last)


def test_handed_on__one_write_of_another_does_not_last():
    with Watch("-E") as w:
        sock = listener()
        client = socket.create_connection(sock.getsockname())
        port = client.getsockname()[1]
        conn, _ = sock.accept()
        client.send(b"mine")
        child = Child(lambda link: client.send(b"once"))
        wait_gone(child.pid)
        client.send(b"mine again")
        wait_until(lambda: len(conn.recv(64, socket.MSG_PEEK)) == 18, "what was written")
        conn.recv(64)
        client.close()
        conn.close()
        w.wait_for(local_port=port, state="TIME_WAIT")
        w.stop()
    ends = [r for r in rows_of(w, port) if r["state"] in ("FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT")]
    check(len(ends) == 3 and all(r.get("pid") == os.getpid() for r in ends), names(ends))


def test_handed_on__who_writes_to_what_the_peer_gave_up_owns_the_reset():
    """The reset comes within the write, before that is over."""
    if kernel_before(6, 3):
        raise Skip("before Linux 6.3 a reset that comes after the write is not known to be the writer's")

    def writer(link):
        link.hear()
        client.send(b"x")
        link.say("written")
        link.hear()
    with Watch("-E") as w:
        sock = listener()
        port = sock.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        child = Child(writer)
        conn, _ = sock.accept()
        conn.close()
        w.wait_for(remote_port=port, state="CLOSE_WAIT", pid=os.getpid())
        child.ask("write")
        told = w.wait_for(event="state", remote_port=port, old_state="CLOSE_WAIT")
        child.link.say("end")
        client.close()
    check(told["state"] == "CLOSE" and told["pid"] == child.pid and told["owner_source"] == "use", child.pid, told)


def test_handed_on__a_name_follows_exec():
    with Watch("-E") as w:
        sock = listener()
        port = sock.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        conn, _ = sock.accept()
        conn.set_inheritable(True)

        def run(link):
            conn.recv(1)
            os.execvp("sleep", ["sleep", "3600"])  # until it is killed
        child = Child(run)
        client.send(b"x")
        wait_until(lambda: open(f"/proc/{child.pid}/comm").read() == "sleep\n", "the exec")
        conn.close()
        client.shutdown(socket.SHUT_WR)
        row = w.wait_for(local_port=port, state="CLOSE_WAIT")
        os.kill(child.pid, signal.SIGKILL)
        wait_gone(child.pid)
        last = w.wait_for(local_port=port, old_state="LAST_ACK", state="CLOSE")
        client.close()
    check(row.get("pid") == child.pid and row["comm"] == "sleep", child.pid, row)
    check(last.get("pid") == child.pid and last["comm"] == "sleep", child.pid, last)


def test_handed_on__recv_of_a_datagram_is_a_use():
    if kernel_before(6, 3):
        raise Skip("what asks for no peer is told by sock_recv_length only")
    with Watch("-E", "-u") as w:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for call in (lambda: sock.recv(9), lambda: os.read(sock.fileno(), 9)):
            sender.sendto(b"x", ("127.0.0.1", port))
            child = Child(lambda link: call())
            wait_gone(child.pid)
            told = w.wait_for(event="open", local_port=port, pid=child.pid)
            check("remote_port" not in told and told["direction"] == "received", told)
