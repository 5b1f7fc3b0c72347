# SPDX-License-Identifier: GPL-2.0-only
"""Who owns a socket that was there before the start, or for which there is no room; what stays at the end."""
import json
import os
import signal
import socket
import subprocess

from harness import COUNTED, Child, Watch, check, here, in_pid_namespace, kernel_before, listener, scaled, wait_until
from network import packets_interrupt
from test_owner import full_connection
from traffic import Churn, count_of


def test_owner__accept_that_blocked_before_the_start():
    sock = listener()
    port = sock.getsockname()[1]

    def server(link):
        link.say("up")
        conn, _ = sock.accept()  # blocks here before sockwatch starts
        link.say("accepted")
        link.hear()
        conn.close()

    child = Child(server)
    child.hear()
    with Watch("-E") as w:
        c = socket.create_connection(("127.0.0.1", port))
        child.hear()
        r = w.wait_for(event="accept", local_port=port)
        check(r["pid"] == child.pid and r["owner_source"] == "accept", r)
        child.say()
        child.wait()
        r = w.wait_for(local_port=port, state="FIN_WAIT1")
        check(r["pid"] == child.pid and r["owner_source"] == "accept", r)
        c.close()


def test_owner__socket_of_a_listener_that_was_there_before():
    sock = listener()
    port = sock.getsockname()[1]
    with Watch("-E") as w:
        c = socket.create_connection(("127.0.0.1", port))
        r = w.wait_for(local_port=port, state="ESTABLISHED")
        check(r["pid"] == os.getpid() and r["owner_source"] == "inherited", r)
        c.close()
        sock.close()
        r = w.wait_for(local_port=port, old_state="LISTEN", state="CLOSE")
        check(r["pid"] == os.getpid() and r["owner_source"] == "snapshot", r)


def test_owner__connection_that_was_there_before():
    sock = listener()
    c = socket.create_connection(sock.getsockname())
    conn, _ = sock.accept()
    port = c.getsockname()[1]
    with Watch() as w:
        w.wait_for(event="socket", local_port=port)
        c.close()
        conn.close()
        first = w.wait_for(local_port=port, state="FIN_WAIT1")
        check(first["pid"] == os.getpid() and first["owner_source"] == "snapshot", first)
        check(first["old_state"] == "ESTABLISHED" and "age_us" not in first, first)
        last = w.wait_for(local_port=port, state="TIME_WAIT")
        check(last["pid"] == os.getpid(), last)


def test_owner__one_found_with_a_descriptor_who_uses_it_was_found_so():
    """Whether it writes or reads first, and whatever was known by then."""
    sock = listener()
    ends = [(socket.create_connection(sock.getsockname()), sock.accept()[0]) for _ in range(3)]
    with Watch() as w:
        for c, _ in ends:
            w.wait_for(event="socket", local_port=c.getsockname()[1])
        writes, reads, both = ends
        for c, conn in (writes, both):
            c.send(b"x")
            c.send(b"x")
        for c, conn in (reads, both):
            conn.send(b"x")
            c.recv(1)
        for c, conn in ends:
            port = c.getsockname()[1]
            c.close()
            while conn.recv(1):
                pass
            conn.close()
            for r in (w.wait_for(local_port=port, state="FIN_WAIT1"), w.wait_for(remote_port=port, state="LAST_ACK")):
                check(r["pid"] == os.getpid() and r["owner_source"] == "snapshot", r)


def test_owner__accepted_after_the_start_from_a_backlog_of_before():
    sock = listener()
    c = socket.create_connection(sock.getsockname())  # waits in the backlog
    with Watch("-E") as w:
        conn, _ = sock.accept()
        r = w.wait_for(event="accept", remote_port=c.getsockname()[1])
        check(r["pid"] == os.getpid(), r)
        conn.close()
        r = w.wait_for(remote_port=c.getsockname()[1], state="FIN_WAIT1")
        check(r["pid"] == os.getpid() and r["owner_source"] == "accept", r)


def lost_of(w):
    return sum(e["lost"] for e in w.find(event="lost"))


def more_sockets(room, count):
    """What was told of so many connections, of both ends in one process."""
    with Watch("-E", f"--max-sockets={room}", here()) as w:
        server = listener(backlog=512)
        port = server.getsockname()[1]
        clients = [socket.create_connection(server.getsockname()) for _ in range(count)]
        wait_until(lambda: len(w.find(local_port=port, state="ESTABLISHED")) == count, "the connections")
        wait_until(lambda: "--max-sockets makes room" in w.stderr(), "the note")
        for c in clients:
            c.close()
        ends = {"remote_port": port, "state": "FIN_WAIT1"}
        wait_until(lambda: len(w.find(**ends)) + lost_of(w) >= count,
                   lambda: f"their end: {len(w.find(**ends))} of {count}, {lost_of(w)} lost\n{w.dump()}")
        w.stop()
        lost = lost_of(w)
        sides = (w.find(local_port=port, state="SYN_RECV"),
                 *(w.find(remote_port=port, state=s) for s in ("SYN_SENT", "ESTABLISHED", "FIN_WAIT1")))
        return lost, *sides


def beyond_the_room():
    lost, born, sent, opened, closed = more_sockets(16, 200)
    check(len(sent) == len(opened) == 200, len(sent), len(opened))
    check(len(born) + len(closed) + lost == 400 and (len(born) == 200 or kernel_before(6, 13)), len(born), len(closed), lost)
    check(all(e["owner_source"] == "inherited" for e in born), born[-1])
    check(all(e["owner_source"] == "connect" for e in sent), sent[-1])
    check(all(e["owner_source"] in ("use", "connect") for e in closed), closed[-1])
    check(all(e["pid"] == os.getpid() for e in born + sent + closed), born[-1])
    unknown = [e for e in opened if e["owner_source"] == "unknown"]
    check(len(unknown) >= 180 and not any("pid" in e or "age_us" in e for e in unknown), len(unknown), opened[-1])


def test_owner__more_sockets_than_there_is_room_for():
    """
    Beyond the room each event tells what it can by itself; up to 6.12 a birth has to wait for it, and is
    counted. In a PID namespace, as the sockets of all other processes would take the room.
    """
    in_pid_namespace(beyond_the_room)


def interrupted(count, *args):
    """What was told of churns whose packets interrupt one another, with room for none of them."""
    packets_interrupt()
    with Watch("-E", "--max-sockets=1", here(), *COUNTED, *args) as w:
        churns = [Churn(9710 + i, count) for i in range(6)]
        for c in churns:
            with c:
                c.finish()
        return w.stop()


def test_owner__more_sockets_than_room_are_told_once_beside_interrupts():
    """Packets come between a program and its twin. The transitions are those that calls make; others may be lost, too."""
    total = 6 * 3 * scaled(5000)
    told, lost = count_of(interrupted(scaled(5000), "--state=SYN_SENT,FIN_WAIT1,LAST_ACK"))
    check(told <= total <= told + lost, told, "told and", lost, "lost, of", total)


def test_owner__all_of_it_without_tracefs():
    hide = ["unshare", "-m", "--propagation=unchanged", "sh", "-c",
            "mount --make-rprivate /sys; for folder in tracing debug/tracing debug; do "
            "umount -l /sys/kernel/$folder 2>/dev/null; done; exec \"$0\" \"$@\""]
    with Watch("-E", prefix=hide) as w:
        check("sys_exit (tracefs" in w.stderr(), w.stderr())
        _, server, _, answer, _ = full_connection(w)
        w.stop()
        check(answer[-1]["pid"] == server.pid and answer[-1]["owner_source"] == "accept", answer[-1])


def programs():
    """The numbers of the state programs that are loaded, by whomever."""
    out = subprocess.run(["bpftool", "-j", "prog", "list"], capture_output=True, check=True,
                         env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
    return {p["id"] for p in json.loads(out.stdout) if p.get("name") == "on_state"}


def programs_of(pid):
    """Those that it has descriptors of: others may run a sockwatch, too."""
    numbers = set()
    for fd in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii", errors="replace") as f:
                numbers |= {int(line.split()[1]) for line in f if line.startswith("prog_id:")}
        except FileNotFoundError:
            pass  # it was closed just now
    return numbers & programs()


def test_owner__a_kill_leaves_no_program_behind():
    with Watch("-E") as w:
        mine = programs_of(w.process.pid)
        check(len(mine) == 1, mine)
        w.process.send_signal(signal.SIGKILL)
        w.process.wait()
        wait_until(lambda: not mine & programs(), "the programs to go")
