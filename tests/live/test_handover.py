# SPDX-License-Identifier: GPL-2.0-only
"""Sockets that are handed on: a connection is its acceptor's (accept) until another process reads or writes
it, which makes it that one's (use), and so on. What merely holds a copy of the descriptor owns nothing."""
import json
import os
import socket
import sys

from harness import Child, Watch, check, listener, scratch, set_name
from servers import BEFORE_ACCEPT, accepted_and_served, check_served, comm_of, served


def pass_on(channel, sock):
    socket.send_fds(channel, [b"x"], [sock.fileno()])


def receive(channel):
    _, fds, _, _ = socket.recv_fds(channel, 1, 1)
    return socket.socket(fileno=fds[0])


def read_to_end(conn):
    while conn.recv(4096):
        pass
    conn.close()


def test_servers__listener_passed_to_another_process():
    here, there = socket.socketpair()

    def make(link):
        sock = listener(port=8090)
        pass_on(here, sock)
        link.say("passed")
        link.hear()

    def serve(link):
        sock = receive(there)
        link.say("received")
        conn, _ = sock.accept()
        read_to_end(conn)
        link.say("closed")
        link.hear()

    with Watch("-E") as w:
        maker, server = Child(make), Child(serve)
        maker.hear()
        server.hear()
        client_port, _ = talk_and_close(w, 8090)
        server.hear()
        check_served(accepted_and_served(w, 8090, client_port), server.pid, comm_of(server.pid),
                     listening=maker.pid)
        for child in (maker, server):
            child.say()
            child.wait()


def talk_and_close(w, port):
    """A connection that the client ends first, once it was accepted."""
    c = socket.create_connection(("127.0.0.1", port))
    client_port = c.getsockname()[1]
    c.sendall(b"hello")
    w.wait_for(event="accept", local_port=port, remote_port=client_port)
    c.shutdown(socket.SHUT_WR)
    answer = c.recv(4096)
    c.close()
    return client_port, answer


def accept_and_pass(sock, channel, read_first=0):
    def work(link):
        link.say("up")
        conn, _ = sock.accept()
        if read_first:
            conn.recv(read_first)
        pass_on(channel, conn)
        link.say("passed")
        link.hear()  # it keeps its copy: the other one has the connection all the same
    return Child(work)


def passed_connection(read_first):
    sock = listener()
    port = sock.getsockname()[1]
    here, there = socket.socketpair()

    def use(link):
        conn = receive(there)
        conn.recv(1)
        link.say("read")
        while conn.recv(1):
            pass
        conn.shutdown(socket.SHUT_RDWR)
        link.say("closed")
        link.hear()

    with Watch("-E") as w:
        acceptor, user = accept_and_pass(sock, here, read_first), Child(use)
        acceptor.hear()
        c = socket.create_connection(("127.0.0.1", port))
        client_port = c.getsockname()[1]
        c.sendall(b"hello")
        user.hear()
        acceptor.hear()
        r = w.wait_for(event="accept", remote_port=client_port)
        check(r["pid"] == acceptor.pid, r)
        # the receiver has begun to read: the end is told after that
        c.shutdown(socket.SHUT_WR)
        user.hear()
        c.close()
        check_served(accepted_and_served(w, port, client_port), user.pid, comm_of(user.pid),
                     acceptor=acceptor.pid, listening=os.getpid())
        for child in (acceptor, user):
            child.say()
            child.wait()


def test_servers__accepted_connection_passed_to_another_process():
    passed_connection(0)


def test_servers__accepted_connection_read_and_then_passed_on():
    passed_connection(2)


def test_servers__connection_passed_on_twice_belongs_to_its_latest_user():
    sock = listener()
    port = sock.getsockname()[1]
    first, second = socket.socketpair(), socket.socketpair()

    def between(link):
        conn = receive(first[1])
        conn.recv(2)
        pass_on(second[0], conn)
        link.say("passed")
        link.hear()

    def last(link):
        conn = receive(second[1])
        conn.recv(2)
        link.say("read")
        read_to_end(conn)
        link.say("closed")
        link.hear()

    with Watch("-E") as w:
        acceptor, middle, end = accept_and_pass(sock, first[0]), Child(between), Child(last)
        children = (acceptor, middle, end)
        acceptor.hear()
        c = socket.create_connection(("127.0.0.1", port))
        client_port = c.getsockname()[1]
        c.sendall(b"hello")
        for child in children:
            child.hear()
        c.shutdown(socket.SHUT_WR)
        end.hear()
        for child in children:  # the last copy goes, and the server's side is closed
            child.say()
            child.wait()
        c.close()
        told = [r for r in served(w, port, client_port)
                if r["event"] == "state" and r["old_state"] not in BEFORE_ACCEPT]
        # the last that read, until the last copy is closed, which is of the one between
        owners = {(r["old_state"], r["pid"], r["owner_source"]) for r in told}
        check(owners == {("ESTABLISHED", end.pid, "use"), ("CLOSE_WAIT", middle.pid, "use"),
                         ("LAST_ACK", middle.pid, "use")}, told, end.pid, middle.pid)


def test_servers__child_of_the_acceptor_that_reads_is_the_owner():
    sock = listener()
    port = sock.getsockname()[1]

    def serve(link):
        link.say("up")
        conn, _ = sock.accept()
        closed = os.pipe()
        pid = os.fork()
        if pid == 0:
            set_name(b"the-child")
            os.read(closed[0], 1)  # who closes last owns the end, and that is to be the child
            read_to_end(conn)
            os._exit(0)
        conn.close()
        os.write(closed[1], b"x")
        os.waitpid(pid, 0)
        link.say(pid)
        link.hear()

    with Watch("-E") as w:
        server = Child(serve)
        server.hear()
        c = socket.create_connection(("127.0.0.1", port))
        client_port = c.getsockname()[1]
        c.sendall(b"hello")
        c.shutdown(socket.SHUT_WR)
        child = int(server.hear())
        c.close()
        told = served(w, port, client_port)
        # the request and its end may be there before the child reads: what it drives is its own
        closing = [r for r in told if r.get("old_state") in ("CLOSE_WAIT", "LAST_ACK")]
        check(len(closing) == 2, told)
        for r in closing:
            check((r["pid"], r["comm"], r["owner_source"]) == (child, "the-child", "use"), r, child)
        server.say()
        server.wait()


def test_servers__child_that_uses_what_its_parent_connected_is_the_owner():
    sock = listener()
    port = sock.getsockname()[1]

    def client(link):
        c = socket.create_connection(("127.0.0.1", port))
        pid = os.fork()
        if pid == 0:
            set_name(b"the-child")
            c.sendall(b"hello")
            c.recv(1)  # where writing is not seen, reading is
            c.shutdown(socket.SHUT_RDWR)
            os._exit(0)
        os.waitpid(pid, 0)
        link.say(json.dumps([pid, c.getsockname()[1]]))
        link.hear()

    with Watch("-E") as w:
        parent = Child(client)
        conn, _ = sock.accept()
        conn.sendall(b"x")
        child, client_port = json.loads(parent.hear())
        r = w.wait_for(remote_port=port, state="SYN_SENT")
        check((r["pid"], r["owner_source"]) == (parent.pid, "connect"), r)
        r = w.wait_for(local_port=client_port, state="FIN_WAIT1")
        check((r["pid"], r["comm"], r["owner_source"]) == (child, "the-child", "use"), r, child)
        conn.close()
        parent.say()
        parent.wait()


def test_servers__child_that_only_holds_the_connection_owns_nothing():
    sock = listener()
    port = sock.getsockname()[1]

    def serve(link):
        link.say("up")
        conn, _ = sock.accept()
        conn.recv(1)
        holder = Child(lambda other: (other.say("up"), other.hear()))
        holder.hear()
        while conn.recv(4096):
            pass
        conn.shutdown(socket.SHUT_RDWR)
        link.say("closed")
        link.hear()
        holder.kill()

    with Watch("-E") as w:
        server = Child(serve)
        server.hear()
        c = socket.create_connection(("127.0.0.1", port))
        client_port = c.getsockname()[1]
        c.sendall(b"hello")
        w.wait_for(event="accept", remote_port=client_port)
        c.shutdown(socket.SHUT_WR)
        server.hear()
        c.close()
        check_served(accepted_and_served(w, port, client_port), server.pid, comm_of(server.pid),
                     listening=os.getpid())
        server.say()
        server.wait()


ACTIVATED = """
import os, socket, sys
assert os.environ["LISTEN_FDS"] == "1" and int(os.environ["LISTEN_PID"]) == os.getpid()
sock = socket.socket(fileno=3)
conn, _ = sock.accept()
while conn.recv(4096):
    pass
conn.sendall(b"%d" % os.getpid())
conn.close()
sys.stdin.readline()
"""


def activate(program, sock, stdin):
    """A process that gets the listener as its third descriptor, as systemd's services do."""
    pid = os.fork()
    if pid == 0:
        os.dup2(stdin, 0)
        os.dup2(sock.fileno(), 3)
        os.set_inheritable(3, True)  # it may have been this one before
        os.execve(program, [program, "-c", ACTIVATED],
                  {**os.environ, "LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())})
    return pid


def test_servers__socket_activated_service():
    sock = listener(port=8091)
    stdin, hold = os.pipe()
    with scratch() as folder, Watch() as w:
        os.symlink(os.path.realpath(sys.executable), folder + "/activated")
        service = activate(folder + "/activated", sock, stdin)
        client_port, answer = talk_and_close(w, 8091)
        check(int(answer) == service, answer, service)
        check_served(accepted_and_served(w, 8091, client_port), service, "activated", listening=os.getpid())
        os.close(hold)
        check(os.waitpid(service, 0)[1] == 0)
