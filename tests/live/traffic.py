# SPDX-License-Identifier: GPL-2.0-only
"""What goes on, for somebody to tell of: connections, many of them, and readers that stand still."""
import os
import signal
import socket
import subprocess
import threading
import time

from harness import LONG, Child, Settings, check, end_of, listener, set_name, wait_until


def connection(sock, close=True):
    """One to a listener, which the client ends first; returns the client's port."""
    c = socket.create_connection(sock.getsockname()[:2])
    conn, _ = sock.accept()
    port = c.getsockname()[1]
    if close:
        c.close()
        conn.recv(1)
        conn.close()
    return port


def refused(port, host="127.0.0.1"):
    """A connect that fails."""
    with socket.socket() as s:
        check(s.connect_ex((host, port)) != 0, host, port)


def bind_taken(port):
    """A bind that fails."""
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return
    raise AssertionError("it got the port")


class Connecting:
    """Connections all the time, and when each was over."""

    def __init__(self):
        self.sock = listener(backlog=1024)
        self.over = []  # time, the client's port
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def work(self):
        while not self.ending.is_set():
            port = connection(self.sock)
            self.over.append((time.time(), port))

    def ports(self):
        return [port for _, port in self.over]

    def stop(self):
        self.ending.set()
        self.thread.join()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self.sock.close()


def elsewhere(fn, name=None, uid=None, group=None):
    """A process by that name, of that user, in that cgroup, which does it once it is asked."""
    def work(link):
        if group:
            group.enter()
        if name:
            set_name(name)
        if uid:
            os.setuid(uid)
        link.hear()
        fn()
        link.say("done")
    return Child(work)


def becomes_sleep(sock):
    """A process that connects, says its port, and once it is told execs another program with the connection."""
    def connect(link):
        s = socket.create_connection(sock.getsockname())
        os.set_inheritable(s.fileno(), True)
        link.say(str(s.getsockname()[1]))
        link.hear()
        os.execv("/bin/sleep", ["sleep", "1000"])
    return Child(connect)


class Churn:
    """Connections of its own, one after the other, until the block is left; with a count, so many."""

    def __init__(self, port, count=0, pause=0):
        self.process = subprocess.Popen([Settings.churn, str(port), str(count), str(pause)], stdout=subprocess.PIPE)
        check(self.process.stdout.readline() == b"ready\n", "churn does not listen")

    def is_over(self):
        return self.process.poll() is not None

    def finish(self):
        check(end_of(self.process, LONG) == 0, self.process.args, self.process.returncode)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def churn(port, count, pause=0):
    """So many connections, one after the other."""
    with Churn(port, count, pause) as busy:
        busy.finish()


def churn_events(count):
    """What a churn makes: for a connection ten transitions and an accept; for the listener a bind
    and two transitions. TIME_WAITs end later, and are not told where COUNTED is among the options."""
    return count * 11 + 3


CONNECTION_EVENTS = churn_events(1) - churn_events(0)


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        return f.read().rpartition(")")[2].split()[0]


def is_at_rest(pid):
    """It sleeps each time it is looked at, for longer than sockwatch lets a record wait."""
    return all(state_of(pid) == "S" for _ in range(30) if not time.sleep(0.01))


def pause(process):
    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: state_of(process.pid) == "T", "the stop")


def waits_to_write(pid):
    """Whether it is in write(1, ...): the only call it sleeps in whose first argument is 1."""
    with open(f"/proc/{pid}/syscall", encoding="ascii") as f:
        return f.read().split()[1:2] == ["0x1"]


def connections_begun():
    """By all processes of this network namespace."""
    with open("/proc/self/net/snmp", encoding="ascii") as f:
        names, values = [line.split() for line in f if line.startswith("Tcp:")]
    return int(values[names.index("ActiveOpens")])


def count_of(records):
    """How many events were told, and how many lost."""
    return (sum(r["event"] != "lost" for r in records), sum(r["lost"] for r in records if r["event"] == "lost"))


def check_count(records, total):
    """Told and lost are all that happened, to the event; returns how many were lost."""
    told, lost = count_of(records)
    check(told + lost == total, told, "told and", lost, "lost are not", total)
    return lost


def without_loss(attempt):
    """Until nothing was lost: a packet may come just when the kernel lets no BPF program run, on any machine."""
    for _ in range(4):
        if attempt():
            return
    raise AssertionError("events were lost each time")
