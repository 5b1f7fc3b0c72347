# SPDX-License-Identifier: GPL-2.0-only
"""Threads, processes that change their names or end, and numbers of processes."""
import ctypes
import json
import os
import shutil
import signal
import socket
import sys
import threading

from harness import CLONE_NEWPID, LIBC, Child, Skip, Watch, check, listener, scratch, set_name, wait_until
from servers import accepted_and_served, check_served, comm_of
from test_handover import read_to_end, talk_and_close


# --- threads, names, ends --------------------------------------------------------------------------


def test_servers__thread_that_accepts():
    sock = listener()

    def serve(link):
        set_name(b"the-process")

        def work():
            set_name(b"the-thread")
            link.say("up")
            conn, _ = sock.accept()
            read_to_end(conn)
        t = threading.Thread(target=work)
        t.start()
        t.join()
        link.say("done")
        link.hear()

    with Watch("-E") as w:
        server = Child(serve)
        server.hear()
        client_port, _ = talk_and_close(w, sock.getsockname()[1])
        server.hear()
        told = accepted_and_served(w, sock.getsockname()[1], client_port)
        check_served(told, server.pid, "the-process", listening=os.getpid())
        check({r["actor_comm"] for r in told if "actor_comm" in r} == {"the-thread"}, told)
        server.say()
        server.wait()


def test_servers__program_that_execs_between_connect_and_close():
    """The process stays the same. Its name may be the one it connected under, or the new one; who
    closed is told by the name it had then."""
    sock = listener()
    port = sock.getsockname()[1]
    with scratch() as folder, Watch("-E") as w:
        os.symlink(shutil.which("sh"), folder + "/renamed")
        stdin, go = os.pipe()

        def client(link):
            set_name(b"the-first-name")
            c = socket.create_connection(("127.0.0.1", port))
            os.set_inheritable(c.fileno(), True)
            os.dup2(stdin, 0)
            link.say(c.getsockname()[1])
            os.execv(folder + "/renamed", ["renamed", "-c", "read go; exit"])

        child = Child(client)
        client_port = int(child.hear())
        wait_until(lambda: comm_of(child.pid) == "renamed", "the new name")
        os.write(go, b"go\n")
        check(child.wait() == 0)
        r = w.wait_for(local_port=client_port, old_state="SYN_SENT")
        check((r["pid"], r["comm"]) == (child.pid, "the-first-name"), r)
        r = w.wait_for(local_port=client_port, state="FIN_WAIT1")
        check(r["pid"] == child.pid and r["comm"] in ("the-first-name", "renamed"), r)
        check((r["actor_pid"], r["actor_comm"]) == (child.pid, "renamed"), r)


def test_servers__acceptor_ended_by_sigkill():
    sock = listener()
    port = sock.getsockname()[1]

    def serve(link):
        link.say("up")
        conn, _ = sock.accept()
        link.say("accepted")
        link.hear()
        conn.close()

    with Watch("-E") as w:
        server = Child(serve)
        server.hear()
        c = socket.create_connection(("127.0.0.1", port))
        client_port = c.getsockname()[1]
        server.hear()
        w.wait_for(event="accept", remote_port=client_port)
        server.kill()
        r = w.wait_for(remote_port=client_port, state="FIN_WAIT1")
        check((r["pid"], r["owner_source"]) == (server.pid, "accept"), r)
        check(r["actor_pid"] == server.pid, r)
        c.close()


# --- process numbers -------------------------------------------------------------------------------


SYS_CLONE3 = 435


def fork_as(pid):
    """fork(), but the child gets this number; the same number comes from os.fork() otherwise."""
    wanted = ctypes.c_int32(pid)
    # flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, its size
    args = (ctypes.c_uint64 * 10)(0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, ctypes.addressof(wanted), 1)
    # PyDLL keeps the interpreter's lock: the child has it too
    got = ctypes.PyDLL(None, use_errno=True).syscall(SYS_CLONE3, ctypes.byref(args),
                                                     ctypes.sizeof(args))
    if got < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return got


CONNECT = """
import socket, sys
c = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
c.sendall(b"x")
sys.stdin.readline()
"""


def test_servers__process_number_used_again():
    """Two processes of one number and one name, one right after the other: each socket is told with
    its own process's command line."""
    sock = listener()
    port = sock.getsockname()[1]
    stdin, go = os.pipe()

    def spawn(link):
        number = 0
        while True:
            word = link.hear()
            if word == "end":
                return
            try:
                pid = fork_as(number) if number else os.fork()
            except OSError as e:
                link.say(f"no {e}")
                continue
            if pid == 0:
                os.dup2(stdin, 0)
                os.execv(sys.executable, [sys.executable, "-c", CONNECT, str(port), word])
            number = pid
            link.say(pid)
            os.waitpid(pid, 0)
            link.say("ended")

    with Watch("-E", "-e") as w:
        spawner = Child(spawn)
        told = []
        for word in ("the-first", "the-second"):
            answer = spawner.ask(word)
            if answer.startswith("no"):
                raise Skip("no process of a chosen number: " + answer)
            conn, peer = sock.accept()
            conn.recv(1)
            told.append(w.wait_for(local_port=peer[1], state="ESTABLISHED"))
            os.write(go, b"go\n")
            spawner.hear()
            read_to_end(conn)
        spawner.say("end")
        spawner.wait()
        check(told[0]["pid"] == told[1]["pid"] == int(answer), told, answer)
        check(told[0]["comm"] == told[1]["comm"] and told[0].get("cookie", 0) != told[1].get("cookie", 1), told)
        for r, word in zip(told, ("the-first", "the-second")):
            check(r["cmdline"].endswith(word), word, r)


def test_servers__process_in_a_pid_namespace_has_both_numbers():
    sock = listener()
    port = sock.getsockname()[1]

    def outside(link):
        if LIBC.unshare(CLONE_NEWPID):
            link.say("no")
            return
        pid = os.fork()
        if pid == 0:  # the first one of the namespace
            c = socket.create_connection(("127.0.0.1", port))
            link.say(json.dumps([os.getpid(), c.getsockname()[1]]))
            link.hear()
            c.close()
            os._exit(0)
        link.say(pid)
        os.waitpid(pid, 0)
        link.say("done")

    with Watch("-E") as w:
        child = Child(outside)
        words = [child.hear()]
        if words[0] == "no":
            raise Skip("no PID namespace")
        words.append(child.hear())
        pid = int(next(x for x in words if x[0] != "["))
        inside, client_port = json.loads(next(x for x in words if x[0] == "["))
        child.say()
        child.hear()
        child.wait()
        w.wait_for(local_port=client_port, state="FIN_WAIT1")
        told = w.find(event="state", local_port=client_port, remote_port=port)
        check(told and {(r["pid"], r["actor_pid"] if "actor_pid" in r else pid) for r in told}
              == {(pid, pid)}, told, pid)
        check(inside == 1 and all(r["ns_pid"] == inside for r in told if "ns_pid" in r), told)
        check(all("ns_pid" in r for r in told), "no ns_pid", told[0])
