# SPDX-License-Identifier: GPL-2.0-only
"""Who owns a socket, and that nobody else is ever named."""
import ctypes
import os
import socket
import subprocess
import threading
import time

from chains import CLIENT_CLOSES, SERVER_ANSWERS, transitions
from harness import Child, Settings, Skip, Watch, check, here, listener, run, set_name, wait_until


def serve_one(link, sock):
    """A server process: accepts one connection when told, and reads it to its end."""
    link.say("up")
    link.hear()
    conn, _ = sock.accept()
    link.say("accepted")
    while conn.recv(4096):
        pass
    conn.close()
    link.say("closed")
    link.hear()


def talk_once(port, host="127.0.0.1", family=socket.AF_INET):
    """A client process: connects, and closes first."""
    def client(link):
        c = socket.socket(family, socket.SOCK_STREAM)
        c.connect((host, port))
        link.say(c.getsockname()[1])
        link.hear()
        c.shutdown(socket.SHUT_WR)
        while c.recv(4096):
            pass
        c.close()
        link.say("done")
        link.hear()
    return Child(client)


def full_connection(watch, *, family=socket.AF_INET, host="127.0.0.1", connect_host=None,
                    connect_family=None):
    """One connection between two processes; returns what was told, by side."""
    sock = listener(family, host)
    port = sock.getsockname()[1]
    server = Child(lambda link: serve_one(link, sock))
    server.hear()
    client = talk_once(port, connect_host or host, connect_family or family)
    client_port = int(client.hear())
    server.ask()
    client.ask()
    server.hear()
    watch.wait_for(local_port=port, old_state="LAST_ACK", state="CLOSE")
    watch.wait_for(local_port=client_port, state="TIME_WAIT")
    records = watch.records()
    for child in (client, server):
        child.say()
        child.wait()
    sock.close()
    first = [r for r in records if r.get("remote_port") == port and r["event"] == "state"]
    answer = [r for r in records if r.get("remote_port") == client_port]
    return client, server, first, answer, records


def test_owner__both_sides_of_a_connection():
    with Watch("-E") as w:
        client, server, first, answer, _ = full_connection(w)
        w.stop()
        check(transitions(first) == CLIENT_CLOSES, transitions(first))
        check(all(r["pid"] == client.pid and r["owner_source"] == "connect" for r in first), first)
        check(transitions(answer) == SERVER_ANSWERS, transitions(answer))
        accepted = [r for r in answer if r["event"] == "accept"]
        check(len(accepted) == 1 and accepted[0]["pid"] == server.pid, accepted)
        for r in answer:
            expect = (os.getpid(), "inherited") if r["old_state" if "old_state" in r else "state"] in (
                "LISTEN", "SYN_RECV") else (server.pid, "accept")
            check((r["pid"], r["owner_source"]) == expect, r, expect)


def test_owner__one_socket_keeps_cookie_namespace_and_grows_older():
    with Watch("-E") as w:
        _, _, first, answer, _ = full_connection(w)
        w.stop()
        for side in (first, answer):
            check(len({r.get("cookie") for r in side}) == 1, side)
            check({r["netns"] for r in side} == {Settings.netns}, side)
            ages = [r["age_us"] for r in side if "age_us" in r]
            check(ages == sorted(ages) and ages[-1] > 0, ages)
            check(all("state_us" in r for r in side[1:] if r["event"] == "state"), side)
        check(first[-1]["uid"] == 0 and first[1]["inode"] > 0 and first[-1]["cgroup_id"] > 0, first[-1])


def test_owner__packets_never_name_the_task_they_interrupt():
    with Watch("-E") as w:
        client, server, first, answer, _ = full_connection(w)
        w.stop()
        # on loopback the client's system calls run the server's softirq and the other way round
        driven = {"SYN_SENT", "FIN_WAIT1", "LAST_ACK"}
        for r in first + answer:
            if r["event"] == "state":
                check(("actor_pid" in r) == (r["state"] in driven), r)
        check({r["actor_pid"] for r in first if "actor_pid" in r} == {client.pid}, first)
        check({r["actor_pid"] for r in answer if "actor_pid" in r} == {server.pid}, answer)


def test_owner__preforked_workers_own_what_they_accept():
    sock = listener()
    port = sock.getsockname()[1]
    workers = [Child(lambda link: serve_one(link, sock)) for _ in range(3)]
    for worker in workers:
        worker.hear()
    with Watch("-E") as w:
        for worker in workers:
            client = talk_once(port)
            client_port = int(client.hear())
            worker.ask()  # only this one accepts
            client.ask()
            worker.hear()
            last = w.wait_for(local_port=port, remote_port=client_port, state="CLOSE")
            check(last["pid"] == worker.pid and last["owner_source"] == "accept", last)
            born = w.wait_for(remote_port=client_port, old_state="LISTEN")
            check(born["owner_source"] == "inherited" and born["pid"] == os.getpid(), born)
            for child in (client, worker):
                child.say()
                child.wait()


def test_owner__curl_and_a_forking_server():
    sock = listener()
    port = sock.getsockname()[1]

    def server(link):
        link.say("up")
        conn, _ = sock.accept()
        pid = os.fork()  # the child answers, as inetd and sshd do
        if pid == 0:
            conn.recv(65536)
            conn.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello\n")
            conn.shutdown(socket.SHUT_RDWR)  # closing is for the last of both processes
            os._exit(0)
        conn.close()
        os.waitpid(pid, 0)
        link.say(pid)
        link.hear()

    child = Child(server)
    child.hear()
    with Watch("-E") as w:
        curl = subprocess.Popen(["curl", "-s", f"http://127.0.0.1:{port}/"], stdout=subprocess.PIPE)
        check(curl.communicate()[0] == b"hello\n")
        answering = int(child.hear())
        sent = w.wait_for(remote_port=port, state="SYN_SENT")
        check(sent["pid"] == curl.pid and sent["comm"] == "curl", sent)
        closing = w.wait_for(local_port=port, state="FIN_WAIT1")
        check(closing["pid"] == closing["actor_pid"] == answering, closing)
        check(closing["owner_source"] == "use", closing)  # the parent accepted, the child reads
        child.say()
        child.wait()


def test_owner__process_that_ends_with_connections_open():
    sock = listener()
    port = sock.getsockname()[1]

    def client(link):
        kept = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
        link.say(len(kept))
        link.hear()
        os._exit(0)

    with Watch("-E") as w:
        child = Child(client)
        child.hear()
        child.say()
        child.wait()
        ends = [w.wait_for(remote_port=port, state="FIN_WAIT1")]
        w.stop()
        ends = w.find(remote_port=port, state="FIN_WAIT1")
        check(len(ends) == 5 and {r["pid"] for r in ends} == {child.pid}, ends)
        check({r["actor_pid"] for r in ends} == {child.pid}, ends)


def test_owner__process_ended_by_sigkill():
    sock = listener()
    port = sock.getsockname()[1]

    def client(link):
        kept = socket.create_connection(("127.0.0.1", port))
        link.say(kept.getsockname()[1])
        link.hear()

    with Watch("-E") as w:
        child = Child(client)
        client_port = int(child.hear())
        child.kill()
        r = w.wait_for(local_port=client_port, state="FIN_WAIT1")
        check(r["pid"] == child.pid and r["owner_source"] == "connect", r)


def test_owner__name_of_the_process_not_of_its_thread():
    sock = listener()
    port = sock.getsockname()[1]

    def client(link):
        set_name(b"the-process")

        def work():
            set_name(b"the-thread")
            socket.create_connection(("127.0.0.1", port)).close()
        t = threading.Thread(target=work)
        t.start()
        t.join()
        link.say("done")
        link.hear()

    with Watch("-E") as w:
        child = Child(client)
        child.hear()
        r = w.wait_for(remote_port=port, state="SYN_SENT")
        check(r["pid"] == child.pid and r["comm"] == "the-process", r)
        check(r["actor_comm"] == "the-thread" and r["actor_tid"] != child.pid, r)
        child.say()
        child.wait()


def test_owner__ipv6():
    with Watch("-E") as w:
        client, _, first, answer, _ = full_connection(w, family=socket.AF_INET6, host="::1")
        w.stop()
        check(transitions(first) == CLIENT_CLOSES and transitions(answer) == SERVER_ANSWERS)
        for r in first + answer:
            check(r["family"] == "ipv6" and r["remote_addr"] == "::1" and "v4mapped" not in r, r)
        check(first[0]["pid"] == client.pid, first[0])


def test_owner__v4_mapped_is_told_as_ipv4():
    with Watch("-E") as w:
        _, server, first, answer, _ = full_connection(
            w, family=socket.AF_INET6, host="::", connect_host="127.0.0.1",
            connect_family=socket.AF_INET)
        w.stop()
        for r in answer:
            check(r["family"] == "ipv4" and r["v4mapped"] is True and r["remote_addr"] == "127.0.0.1",
                  r)
        check(all("v4mapped" not in r for r in first), first)
        check(answer[-1]["pid"] == server.pid, answer[-1])


def test_owner__v4_mapped_connect_from_an_ipv6_socket():
    with Watch("-E") as w:
        _, _, first, _, _ = full_connection(
            w, family=socket.AF_INET, host="127.0.0.1", connect_host="::ffff:127.0.0.1",
            connect_family=socket.AF_INET6)
        w.stop()
        check(transitions(first) == CLIENT_CLOSES, transitions(first))
        check(all(r["v4mapped"] and r["remote_addr"] == "127.0.0.1" for r in first), first)


def test_owner__many_long_connections_keep_their_acceptor():
    sock = listener(backlog=512)

    def server(link):
        link.say("up")
        conns = []
        for _ in range(300):
            conn, _ = sock.accept()
            conn.recv(1)  # the first read takes the acceptor into the socket
            conns.append(conn)
        link.say("all")
        link.hear()
        for conn in conns:
            conn.close()

    with Watch("-E") as w:
        child = Child(server)
        child.hear()
        clients = []
        for _ in range(300):
            clients.append(socket.create_connection(sock.getsockname()))
            clients[-1].send(b"x")
        child.hear()
        child.say()
        child.wait()
        w.wait_for(local_port=sock.getsockname()[1], remote_port=clients[-1].getsockname()[1],
                   state="FIN_WAIT1")
        w.stop()
        ends = w.find(local_port=sock.getsockname()[1], state="FIN_WAIT1")
        check(len(ends) == 300, len(ends))
        check({(r["pid"], r["owner_source"]) for r in ends} == {(child.pid, "accept")}, ends[0])


def test_owner__a_port_of_several_listeners_is_the_one_that_got_the_connection():
    """A child knows which listener it was cloned from, before anybody accepts it."""
    def other(link):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        s.bind(("127.0.0.1", 4712))
        s.listen()
        link.say("up")
        link.hear()
        s.setblocking(False)  # whoever is told as connected waits there
        taken = 0
        try:
            while True:
                s.accept()
                taken += 1
        except BlockingIOError:
            link.say(str(taken))
        link.hear()

    with Watch("-E") as w:
        children = [Child(other), Child(other)]
        for child in children:
            child.hear()
        clients = [socket.create_connection(("127.0.0.1", 4712)) for _ in range(20)]
        wait_until(lambda: len(w.find(local_port=4712, state="ESTABLISHED")) == len(clients), "the connections")
        born = w.find(local_port=4712, state="ESTABLISHED")
        check({r["owner_source"] for r in born} == {"inherited"}, born)
        for child in children:
            child.say()
            mine = [r for r in born if r["pid"] == child.pid]
            check(len(mine) == int(child.hear()), mine)
        for child in children:
            child.kill()


def disconnect(s):
    """connect() to AF_UNSPEC."""
    nowhere = bytes(16)
    check(ctypes.CDLL(None, use_errno=True).connect(s.fileno(), nowhere, len(nowhere)) == 0, ctypes.get_errno())


def test_owner__a_socket_that_connects_again_begins_anew():
    """connect() with AF_UNSPEC, then again: another birth, and nothing of the first one."""
    one, two = listener(), listener()
    with Watch("-E", here()) as w:
        s = socket.socket()
        s.connect(one.getsockname())
        w.wait_for(local_port=s.getsockname()[1], state="ESTABLISHED")
        time.sleep(0.3)  # so old is it now; the second connect takes as long as it takes
        disconnect(s)
        begin = time.monotonic()
        s.connect(two.getsockname())
        took = time.monotonic() - begin
        r = w.wait_for(remote_port=two.getsockname()[1], state="ESTABLISHED")
        check(r["owner_source"] == "connect" and r["pid"] == os.getpid() and r["age_us"] <= took * 1e6, r, took)
        s.close()
        w.wait_for(remote_port=two.getsockname()[1], old_state="ESTABLISHED")
        w.stop()
        check(not w.find(event="lost"), w.stderr())  # as a chain that does not close is


def test_owner__kernel_has_what_it_made_for_itself():
    """VXLAN receives through a UDP socket that no process has; ours beside it stay ours."""
    made = subprocess.run(["ip", "link", "add", "vx0", "type", "vxlan", "id", "7", "dstport", "4789"],
                          capture_output=True, check=False)
    if made.returncode:
        raise Skip("no VXLAN: " + made.stderr.decode().strip())
    subprocess.run(["ip", "link", "set", "vx0", "up"], check=True)
    mine = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mine.bind(("127.0.0.1", 0))
    for word in ([], ["list"]):
        with Watch(*word, "-u", wait=not word) as w:
            r = w.wait_for(local_port=4789)
            check(r["owner_source"] == "kernel" and "pid" not in r and "comm" not in r, word, r)
            r = w.wait_for(local_port=mine.getsockname()[1])
            check((r["owner_source"], r["pid"]) == ("snapshot", os.getpid()), word, r)
    text = [line.split() for line in run("list", here(), "-un", "-P", "4789").stdout.decode().splitlines()]
    check(any(line[3].endswith(":4789") and line[-1] == "kernel" for line in text), text)
