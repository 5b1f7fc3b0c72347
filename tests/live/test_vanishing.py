# SPDX-License-Identifier: GPL-2.0-only
"""Processes and namespaces that come and go: each event has its own process all the same."""
import json
import os
import socket
import struct

from chains import CLIENT_CLOSES, SERVER_ANSWERS, check_chains, transitions
from harness import COUNTED, LONG, Child, Watch, check, enter_netns, here, listener, scratch, sysctl, wait_until
from traffic import count_of, state_of, without_loss


def one_connection_elsewhere(port):
    """A process makes a network namespace, one connection in it, and ends; both vanish."""
    def work(link):
        inode = enter_netns()
        sock = listener(port=port)
        c = socket.create_connection(sock.getsockname())
        conn, _ = sock.accept()
        client_port = c.getsockname()[1]
        c.close()
        conn.recv(1)
        conn.close()
        sock.close()
        link.say(json.dumps([inode, client_port]))
    return Child(work)


def check_elsewhere(records, port, pid, inode, client_port):
    mine = [r for r in records if r.get("netns") == inode]
    first = [r for r in mine if r.get("local_port") == client_port and r.get("pid") == pid]
    told = transitions(first)
    # SYN_SENT goes before the port is chosen; the namespace takes TIME_WAIT with it, sooner or later
    check(told[:len(CLIENT_CLOSES) - 1] == CLIENT_CLOSES[1:], pid, told)
    begun = [r for r in mine if r.get("pid") == pid and r.get("state") == "SYN_SENT"]
    check(len(begun) == 1 and begun[0]["owner_source"] == "connect", begun)
    answer = [r for r in mine if r.get("local_port") == port and r.get("remote_port") == client_port
              and r.get("pid") == pid]
    check(transitions(answer) == SERVER_ANSWERS, pid, transitions(answer))
    check(answer[-1]["owner_source"] == "accept", answer[-1])


def a_hundred_namespaces():
    """False when events were lost."""
    with Watch("-E", "-P", "9030", everywhere=True) as w:
        made = []
        for _ in range(20):
            batch = [one_connection_elsewhere(9030) for _ in range(5)]
            for child in batch:
                made.append((child.pid, *json.loads(child.hear())))
                check(child.wait() == 0)
        pids = {pid for pid, _, _ in made}

        def ended():
            ends = sum(r.get("pid") in pids and r.get("old_state") == "LAST_ACK" for r in w.records())
            return ends == 100 or w.find(event="lost")
        wait_until(ended, "a hundred ends", LONG)
        records = w.stop()
    check(w.status == 0, w.status)
    if count_of(records)[1]:
        return False
    for pid, inode, client_port in made:
        check_elsewhere(records, 9030, pid, inode, client_port)
    return True


def test_faults__a_hundred_namespaces_that_come_and_go():
    without_loss(a_hundred_namespaces)


def gather(sock, path, link):
    """A server: each connection says which process it is; the list goes into a file at the end."""
    owners = []
    link.say("up")
    while True:
        conn, peer = sock.accept()
        pid = struct.unpack("i", conn.recv(4))[0]
        conn.recv(1)
        conn.close()
        if not pid:
            break
        owners.append((peer[1], pid))
    with open(path, "w", encoding="ascii") as f:
        json.dump(owners, f)
    link.say("done")


def connect_and_exit(address):
    """The life of a process that does nothing else."""
    c = socket.create_connection(address)
    c.send(struct.pack("i", os.getpid()))
    os._exit(0)


def fork_clients(sock, count, link):
    """So many short processes, a few at a time; ends early when told so."""
    address = sock.getsockname()
    sock.close()  # or they would all be holders of the listener
    link.say("up")
    alive = 0
    for _ in range(count):
        if os.fork() == 0:
            connect_and_exit(address)
        alive += 1
        if alive == 10:
            os.wait()
            alive -= 1
        if link.was_told():
            break
    while alive:
        os.wait()
        alive -= 1


def hidden_processes():
    """The notes of processes that show nothing even to root: some hosts have one."""
    with Watch("-P", "9") as w:
        w.stop()
        return noted(w)


def noted(w):
    return [x.partition("note:")[2] for x in w.stderr().splitlines() if "note:" in x]


def end_gathering(sock):
    with socket.create_connection(sock.getsockname()) as c:
        c.send(struct.pack("i", 0))


class Gathering:
    """The server, and who connected to it: by port the process, once it is ended."""

    def __init__(self, sock, folder):
        self.sock, self.path = sock, folder + "/owners"
        self.server = Child(lambda link: gather(sock, self.path, link))
        self.server.hear()

    def end(self):
        end_gathering(self.sock)
        self.server.hear(LONG)
        self.server.wait()
        with open(self.path, encoding="ascii") as f:
            return json.load(f)


def check_short_processes(records, owners, server):
    by_port = {}
    for r in records:
        by_port.setdefault(r.get("local_port"), []).append(r)
    begun = [r["pid"] for r in records if r.get("state") == "SYN_SENT"]
    check(sorted(begun) == sorted([pid for _, pid in owners] + [os.getpid()]), len(begun))
    for port, pid in owners:
        check(transitions(by_port[port]) == CLIENT_CLOSES[1:], port, transitions(by_port[port]))
        check({r.get("pid", pid) for r in by_port[port]} == {pid}, port, pid, by_port[port])
    ends = [r for r in by_port[9031] if r.get("old_state") == "LAST_ACK"]
    wrong = [r for r in ends if (r["pid"], r["owner_source"]) != (server, "accept")]
    check(not wrong, server, len(wrong), wrong[:1])


def five_hundred_processes():
    """False when events were lost."""
    with listener(port=9031, backlog=512) as sock, scratch() as folder, \
         Watch("-E", *COUNTED, here(), "-P", "9031") as w:
        gathering = Gathering(sock, folder)
        forks = Child(lambda link: fork_clients(sock, 500, link))
        forks.hear()
        check(forks.wait() == 0)
        owners = gathering.end()
        check(len(owners) == len(dict(owners)) == 500, len(owners))

        def ended():
            return len(w.find(local_port=9031, old_state="LAST_ACK")) == 501 or w.find(event="lost")
        wait_until(ended, "500 ends", LONG)
        records = w.stop()
    check(w.status == 0, w.status)
    if count_of(records)[1]:
        return False
    check_short_processes([r for r in records if r.get("old_state") != "TIME_WAIT"], owners, gathering.server.pid)
    return True


def test_faults__five_hundred_processes_that_connect_and_exit_at_once():
    without_loss(five_hundred_processes)


def namespaces(sock, link):
    """One after the other, until told to end."""
    sock.close()
    link.say("up")
    while not link.was_told():
        child = one_connection_elsewhere(9032)
        child.hear()
        child.wait()


def started_among_them(forks, always_hidden, path):
    """What is told; None when the processes are over."""
    # into a file: a reader in a script is too slow for this
    with open(path, "w+b") as out:
        with Watch("-P", "9032", "--buffer-size=32M", stdout=out) as w:
            wait_until(lambda: os.fstat(out.fileno()).st_size > 100_000 or state_of(forks.pid) == "Z", "events", LONG)
            if state_of(forks.pid) == "Z":
                return None
            w.stop()
            check(w.status == 0, w.status)
            # a process that ended while it was looked at hid nothing
            check(noted(w) == always_hidden or noted(w) == hidden_processes(), always_hidden)
        out.seek(0)
        records = w.parse(out)
        if not count_of(records)[1]:
            check_chains(records)
        return records


def test_faults__started_while_processes_and_namespaces_vanish():
    sysctl("net/ipv4/ip_local_port_range", "10000 65000")
    sock = listener(port=9032, backlog=512)
    with scratch() as folder:
        always_hidden = hidden_processes()
        gathering = Gathering(sock, folder)
        forks = Child(lambda link: fork_clients(sock, 40000, link))  # there are not many more ports
        elsewhere = Child(lambda link: namespaces(sock, link))
        forks.hear()
        elsewhere.hear()
        told = []
        while len(told) < 6 and (records := started_among_them(forks, always_hidden, folder + "/out")) is not None:
            told.append(records)
        check(len(told) > 1, "the processes were over too early, after", len(told))
        for child in (forks, elsewhere):
            child.say()
            check(child.wait() == 0)
        owners = dict(gathering.end())
    server = gathering.server.pid
    for r in (r for records in told for r in records if r["event"] != "lost"):
        if r.get("remote_port") == 9032 and r.get("local_port") in owners and "pid" in r:
            check(r["pid"] == owners[r["local_port"]], r, owners[r["local_port"]])
        if r["event"] == "state" and r["state"] == "SYN_SENT":
            check(r["owner_source"] == "connect" and "pid" in r, r)
        if r.get("local_port") == 9032:
            check(r.get("pid", server) in (server, os.getpid()), r)
