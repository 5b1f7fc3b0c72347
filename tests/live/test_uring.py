# SPDX-License-Identifier: GPL-2.0-only
"""Sockets that are connected, accepted, read, written and closed through io_uring.

The kernel then works in threads of its own making (iou-wrk-PID, iou-sqp-PID): the owner is the
process that they work for, under its own name.
"""
import os
import subprocess

from chains import CLIENT_CLOSES, SERVER_ANSWERS, check_chains, transitions
from harness import Child, Skip, Watch, check, here, listener, program

NOT_HERE = 77  # the helper's exit status when the kernel does not have what is asked for


class Uring:
    """A running helper program; it says a word when a step is done, and waits for a line."""

    def __init__(self, role, how, where, pass_fds=()):
        self.process = subprocess.Popen([program("uring"), role, how, str(where)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, pass_fds=pass_fds)
        self.pid = self.process.pid
        self.hear("ready")

    def hear(self, word):
        line = self.process.stdout.readline().strip()
        if line == word:
            return
        error = self.process.communicate()[1].strip()
        if self.process.returncode == NOT_HERE:
            raise Skip("io_uring: " + error)
        raise AssertionError(f"uring: '{line}' for '{word}': {error}")

    def say(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def end(self):
        self.say()
        self.process.communicate()
        check(self.process.returncode == 0, self.process.returncode)


def check_threads(records, uring):
    """Whoever is named for it is the process, and never a kernel's thread by its name."""
    for r in records:
        check(not r.get("comm", "").startswith("iou-"), r)
        if r.get("actor_pid") == uring.pid:
            check(r["pid"] == uring.pid, r)


def check_connecting(records, uring):
    check(transitions(records) == CLIENT_CLOSES, transitions(records))
    for r in records:
        check((r["pid"], r["comm"], r["owner_source"]) == (uring.pid, "uring", "connect"), r)
        # older kernels let go of a registered file in a worker of their own
        check(r.get("actor_pid", uring.pid) == uring.pid, r)
    check_threads(records, uring)


def check_accepting(records, uring):
    """Before it is accepted it is the listener's owner's, which is another process."""
    check(transitions(records) == SERVER_ANSWERS, transitions(records))
    for r in records:
        if r["event"] == "accept":
            check((r["pid"], r["comm"]) == (uring.pid, "uring"), r)
        elif r["state"] == "SYN_RECV" or r["owner_source"] == "inherited":
            check(r["pid"] == os.getpid() and r["owner_source"] == "inherited", r)
        else:
            check((r["pid"], r["comm"]) == (uring.pid, "uring"), r)
            check(r["owner_source"] in ("accept", "use"), r)
    read = [r for r in records if r.get("old_state") in ("ESTABLISHED", "CLOSE_WAIT", "LAST_ACK")]
    check(len(read) == 3 and all(r["pid"] == uring.pid for r in read), read)
    check_threads(records, uring)


def both_sides(connecting, accepting):
    sock = listener()
    port = sock.getsockname()[1]
    with Watch("-E") as w:
        server = Uring("accept", accepting, sock.fileno(), pass_fds=(sock.fileno(),))
        client = Uring("connect", connecting, port)
        server.say()
        client.say()
        server.hear("done")
        client.hear("done")
        client.say()  # it closes first
        client.hear("closed")
        server.hear("closed")
        w.wait_for(local_port=port, old_state="LAST_ACK", state="CLOSE")
        first = w.wait_for(remote_port=port, old_state="FIN_WAIT2")
        client.end()
        server.end()
        w.stop()
        check_chains(w.records())
        check_connecting([r for r in w.records() if r.get("remote_port") == port], client)
        check_accepting([r for r in w.records() if r.get("remote_port") == first["local_port"]],
                        server)


def test_uring__plain():
    both_sides("plain", "plain")


def test_uring__requests_done_by_worker_threads():
    both_sides("async", "async")


def test_uring__requests_taken_by_a_kernel_thread():
    both_sides("sqpoll", "sqpoll")


def test_uring__multishot_accept():
    both_sides("plain", "multishot")


def test_uring__registered_files_without_descriptors():
    both_sides("direct", "direct")


def test_uring__connect_that_is_refused():
    for how in ("plain", "async", "sqpoll", "direct"):
        sock = listener()
        port = sock.getsockname()[1]
        with Watch("-E") as w:
            client = Uring("connect", how, port)
            sock.close()
            client.say()
            client.process.communicate()
            check(client.process.returncode == 1, how, client.process.returncode)
            r = w.wait_for(remote_port=port, state="CLOSE")
            check((r["pid"], r["comm"], r["reason"]) == (client.pid, "uring", "refused"), how, r)
            check_threads(w.records(), client)


def test_uring__many_connections_of_which_each_keeps_its_process():
    sock = listener()
    port = sock.getsockname()[1]

    def answer(link):
        link.say("up")
        for _ in range(8):
            conn, _ = sock.accept()
            while conn.recv(1):
                conn.send(b"y")
            conn.close()

    with Watch("-E") as w:
        server = Child(answer)
        server.hear()
        clients = [Uring("connect", how, port) for how in ("plain", "async", "sqpoll", "direct") * 2]
        for client in clients:
            client.say()
            client.hear("done")
            client.say()
            client.hear("closed")
        check(server.wait() == 0)
        w.stop()
        for client in clients:
            client.end()
            mine = [r for r in w.records() if r.get("pid") == client.pid]
            check_connecting(mine, client)
        ends = w.find(local_port=port, old_state="LAST_ACK")
        check(len(ends) == 8 and {r["pid"] for r in ends} == {server.pid}, ends)


def test_uring__binds_listens_and_failing_connects_are_told():
    sock = listener()
    port = sock.getsockname()[1]
    for how in ("plain", "async", "sqpoll", "direct"):
        with Watch("-E", here()) as w:
            if "through io_uring: not seen" in w.stderr():
                raise Skip("the kernel does not tell what a request was")
            u = Uring("calls", how, port)
            u.say()
            said = u.process.stdout.readline().strip()
            check(said in ("all", "connect"), how, said, u.process.poll())
            r = w.wait_for(event="connect", pid=u.pid)
            check((r["error"], r["reason"], r["comm"]) == ("ENETUNREACH", "unreachable", "uring"), how, r)
            # its address is known where the kernel still has it
            check((r.get("remote_addr"), r.get("remote_port")) in (("192.0.2.1", 9), (None, None)), how, r)
            if said == "all":
                r = w.wait_for(event="bind", pid=u.pid, error="EADDRINUSE")
                check((r["local_port"], r["local_addr"], r["reason"]) == (port, "127.0.0.1", "in_use"), how, r)
                w.wait_for(event="state", state="LISTEN", pid=u.pid)
            u.say()
            u.hear("closed")
            u.end()
            w.stop()
            mine = [r for r in w.records() if r.get("pid") == u.pid]
            check_threads(mine, u)
            told = [(r["event"], r.get("error")) for r in mine if r["event"] != "state"]
            binds = [("bind", "EADDRINUSE"), ("bind", None)] if said == "all" else []
            check(told == [("connect", "ENETUNREACH"), *binds], how, told)
            listens = [r for r in mine if r["event"] == "state" and r["state"] == "LISTEN"]
            check(all(r.get("local_port") for r in listens) and len(listens) == (said == "all"), how, listens)
