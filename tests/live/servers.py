# SPDX-License-Identifier: GPL-2.0-only
"""Servers, and what was told of whom they serve."""
import os
import shutil
import signal
import socket
import subprocess
import threading

from chains import check_chains
from harness import LONG, Skip, check, complain, end_of, wait_until

ENDS = ("CLOSE", "TIME_WAIT")  # in which a connection's last process has nothing to do any more
BEFORE_ACCEPT = ("LISTEN", "SYN_RECV")


def needs(name, *places):
    """The path of a program; the test is skipped by its name when it is not installed."""
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin", *places])
    found = shutil.which(name, path=path)
    if not found:
        raise Skip(f"{name} is not installed")
    return found


def listens(port):
    """Whether a socket of this namespace listens on port; asks without a connection."""
    for table in ("tcp", "tcp6"):
        with open("/proc/self/net/" + table, encoding="ascii") as f:
            rows = [line.split() for line in f][1:]
        if any(row[3] == "0A" and int(row[1].split(":")[1], 16) == port for row in rows):
            return True
    return False


class Server:
    """A program that serves on port until the block is left; its output is kept for a failure."""

    def __init__(self, argv, port, **kw):
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, **kw)
        self.errors = []
        self.thread = threading.Thread(target=self._read)
        self.thread.start()
        self.pid = self.process.pid
        try:
            wait_until(lambda: self.process.poll() is not None or listens(port), argv[0], LONG)
            check(self.process.poll() is None, argv[0], "ended")
        except AssertionError as e:
            self.__exit__(e)
            raise

    def _read(self):
        self.errors.extend(self.process.stderr)

    def __enter__(self):
        return self

    def __exit__(self, kind=None, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            end_of(self.process)
        except AssertionError:
            self.process.kill()
            self.process.wait()
        if kind:
            complain(f"{self.process.args} said:\n" + b"".join(self.errors).decode("utf-8", "replace"))


def comm_of(pid):
    with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
        return f.read().rstrip("\n")


def holders_of(inode):
    """The processes that have this socket's descriptor."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            links = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        except OSError:
            continue  # it ended
        if f"socket:[{inode}]" in links:
            found.add(int(pid))
    return found


def talk(port, request):
    """One connection to its end: the client's port and the answer."""
    with socket.create_connection(("127.0.0.1", port)) as c:
        client_port = c.getsockname()[1]
        c.sendall(request)
        answer = b""
        while part := c.recv(65536):
            answer += part
    return client_port, answer


def get(port):
    """The client's port and the body of an HTTP answer."""
    client_port, answer = talk(port, b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    check(b" 200 " in head.split(b"\r\n")[0], answer)
    return client_port, body.decode().strip()


def served(w, port, client_port):
    """What was told of the server's side, to its end."""
    def told():
        return [r for r in w.records() if r.get("local_port") == port
                and r.get("remote_port") == client_port]
    wait_until(lambda: any(r["event"] == "state" and r["state"] in ENDS for r in told()),
               lambda: f"the end of {client_port} -> {port}\n" + w.dump())
    return told()


def accepted_and_served(w, port, client_port):
    """
    The same with its accept. Where the kernel did not let a program see that, it is told as lost, a little
    later: that is then among it.
    """
    def losses():
        return [r for r in w.records() if r["event"] == "lost"]

    told = served(w, port, client_port)
    if any(r["event"] == "accept" for r in told):
        return told
    wait_until(losses, lambda: f"the accept of {client_port} -> {port}, or its loss\n" + w.dump())
    return served(w, port, client_port) + losses()


def check_served(records, owner, comm, *, acceptor=None, listening=None):
    """The listener's owner until the accept, the acceptor until the first use, then the user."""
    acceptor = acceptor or owner
    allowed = {owner, acceptor} | ({listening} if listening else set())
    lost = any(r["event"] == "lost" for r in records)
    records = [r for r in records if r["event"] != "lost"]
    check_chains(records)
    for r in records:
        check(r.get("pid", owner) in allowed, r, "allowed:", allowed)
    accepted = [r for r in records if r["event"] == "accept"]
    check([r["pid"] for r in accepted] == [acceptor] or lost and not accepted, "accepted by", accepted, acceptor)
    closing = [r for r in records if r["event"] == "state" and r["old_state"] not in BEFORE_ACCEPT]
    check(len(closing) >= 2, records)
    source = "accept" if acceptor == owner and accepted else "use"
    for r in closing:
        # whoever closes its copy last ends the connection: closing is a use
        check(r.get("actor_pid", owner) in (owner, acceptor), r)
        if acceptor != owner and r.get("actor_pid") == acceptor:
            owner, comm = acceptor, r["actor_comm"]
        check((r["pid"], r["comm"], r["owner_source"]) == (owner, comm, source), r, "owner:", owner)
