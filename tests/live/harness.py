# SPDX-License-Identifier: GPL-2.0-only
"""What the live tests stand on: a network namespace of their own, processes, and a sockwatch.

Nothing here sleeps and hopes: every step waits for a condition, with a deadline that only a broken
program reaches. It is as far away on a busy machine: see Patience.
"""
import ctypes
import encodings.idna  # noqa: F401 (now: a test that gives up its rights may not read it later)
import functools
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

# seconds that a wait takes at most, unless it says otherwise; an emulated machine gets more
DEADLINE = float(os.environ.get("SOCKWATCH_TEST_DEADLINE", "20"))
LONG = 6 * DEADLINE  # for what is a lot of work
FAULT = 4  # exit status
# the share of the repetitions that are done: an emulated machine would take hours
SCALE = float(os.environ.get("SOCKWATCH_TEST_SCALE", "1"))
# where events are counted: a TIME_WAIT ends a minute later, which may be in the midst of a test
COUNTED = ("--time-wait=rule",)
CLONE_NEWNS = 0x00020000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
SKIPPED = "skipped: "  # what a child says instead of a word when it cannot run here


class Skip(Exception):
    """This test cannot run here; the reason is printed and counted."""


class Settings:
    binary = "build/sockwatch"
    programs = "build/tests/live"  # where the helper programs are: tests/live/NAME.c is built to NAME
    churn = "build/tests/live/churn"
    netns = 0
    snapshot = None  # --snapshot of every Watch; see each_source

    @classmethod
    def use(cls, binary, programs=None):
        """Programs: the helpers that were built beside the binary, unless told otherwise."""
        cls.binary = os.path.abspath(binary)
        cls.programs = os.path.abspath(programs or os.path.join(os.path.dirname(binary), "tests/live"))
        cls.churn = program("churn")


def program(name):
    """The path of a helper program."""
    return os.path.join(Settings.programs, name)


# before 5.11 the memory of maps counts against RLIMIT_MEMLOCK
CAPS = ("bpf", "perfmon")
def kernel_before(*version):
    return tuple(int(n) for n in os.uname().release.split(".")[:2]) < version


if kernel_before(5, 11):
    CAPS = (*CAPS, "sys_resource")


def scaled(count):
    """So many repetitions, or as many as this machine can do."""
    return max(20, int(count * SCALE))


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(w) for w in what) or "check failed")


def share():
    """The part of a processor that each process gets that wants one."""
    with open("/proc/loadavg", encoding="ascii") as f:
        running = int(f.read().split()[3].partition("/")[0])
    return max(0.05, min(1, len(os.sched_getaffinity(0)) / max(running, 1)))


class Patience:
    """
    So many seconds of a quiet machine. Where more processes want to run than there are processors,
    each gets a part of one, and the seconds are longer by that.
    """

    def __init__(self, seconds=None):
        self.seconds = DEADLINE if seconds is None else seconds
        self.used = 0
        self.at = time.monotonic()

    def is_over(self):
        now = time.monotonic()
        self.used += (now - self.at) * share()
        self.at = now
        return self.used > self.seconds


def wait_until(condition, what, seconds=None):
    """The first value of the condition that is true. What: said when there is none; may be called for it."""
    patience = Patience(seconds)
    while not (value := condition()):
        if patience.is_over():
            raise AssertionError("waited in vain for " + (what() if callable(what) else str(what)))
        time.sleep(0.005)
    return value


def end_of(process, seconds=None):
    """Waits for a Popen to end; its exit status."""
    wait_until(lambda: process.poll() is not None, f"the end of {process.args}", seconds)
    return process.returncode


def finished(command, seconds=None, **kw):
    """subprocess.run() with our patience; stdin is empty, the output is kept."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **kw}
    patience = Patience(seconds)
    with subprocess.Popen(command, **options) as process:
        while True:
            try:
                out, err = process.communicate(timeout=0.5)
                return subprocess.CompletedProcess(command, process.returncode, out, err)
            except subprocess.TimeoutExpired:
                if patience.is_over():
                    process.kill()
                    raise AssertionError(f"{command} goes on: {process.communicate()}") from None


def enter_netns():
    """A new network namespace with loopback up; returns its inode number."""
    if LIBC.unshare(CLONE_NEWNET):
        raise Skip("no network namespace: " + os.strerror(ctypes.get_errno()))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    sysctl("net/ipv4/tcp_tw_reuse", 0)  # so that TIME_WAITs end when their time is over: neither
    sysctl("net/ipv4/tcp_rfc1337", 1)  # a new connection nor a late reset ends them
    return os.stat("/proc/self/ns/net").st_ino


def sysctl(name, value):
    """Sets a parameter of the running namespace."""
    with open("/proc/sys/" + name, "w") as f:
        f.write(str(value))


def set_name(name):
    """The name of the running thread, as raw bytes."""
    LIBC.prctl(15, ctypes.c_char_p(name), 0, 0, 0)


def complain(text):
    """On stderr, in one piece: others write there, too."""
    os.write(2, (text.rstrip("\n") + "\n").encode("utf-8", "replace"))


class Child:
    """A forked process that runs fn(link); both ends talk in lines over a socket pair."""

    def __init__(self, fn):
        mine, theirs = socket.socketpair()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            mine.close()
            os._exit(self._run(fn, Link(theirs, float("inf"))))  # the end of the test ends it
        theirs.close()
        self.link = Link(mine)

    def _run(self, fn, link):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            fn(link)
            return 0
        except Skip as e:
            link.say(SKIPPED + str(e))
        except BaseException:  # the parent sees the exit status
            complain(f"process {os.getpid()}:\n" + traceback.format_exc())
        return 1

    def ask(self, word="go"):
        self.link.say(word)
        return self.link.hear()

    def hear(self, seconds=None):
        return self.link.hear(seconds)

    def say(self, word="go"):
        self.link.say(word)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def wait(self):
        return os.waitpid(self.pid, 0)[1]


class Link:
    def __init__(self, sock, seconds=None):
        self.sock = sock
        self.seconds = seconds
        self.heard = b""

    def say(self, word):
        self.sock.sendall(f"{word}\n".encode())

    def hear(self, seconds=None):
        patience = Patience(self.seconds if seconds is None else seconds)
        while b"\n" not in self.heard:
            if select.select([self.sock], [], [], 0.1)[0]:
                part = self.sock.recv(65536)
                if not part:
                    raise AssertionError("the other process ended early")
                self.heard += part
            elif patience.is_over():
                raise AssertionError("the other process says nothing")
        line, _, self.heard = self.heard.partition(b"\n")
        line = line.decode().strip()
        if line.startswith(SKIPPED):
            raise Skip(line[len(SKIPPED):])
        return line

    def was_told(self):
        """Whether a word is there; does not wait."""
        return b"\n" in self.heard or bool(select.select([self.sock], [], [], 0)[0])


def own_mounts():
    """From here on what is mounted is this test's own affair."""
    if LIBC.unshare(CLONE_NEWNS):
        raise Skip("no mount namespace")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


def in_pid_namespace(fn):
    """Runs fn() as the first process of a PID namespace that has a /proc of its own."""
    def inside(link):
        own_mounts()
        subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True)
        fn()
        link.say("done")

    if LIBC.unshare(CLONE_NEWPID):
        raise Skip("no PID namespace")
    child = Child(inside)
    child.hear(9 * DEADLINE)
    check(child.wait() == 0, "in a PID namespace")


def is_older_than_a_tick():
    """Of this process: what it forks now began later in /proc, too, which tells clock ticks."""
    def began(pid):
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return int(f.read().rpartition(")")[2].split()[19])
    child = Child(lambda link: link.hear())
    later = began(child.pid) > began(os.getpid())
    child.say()
    child.wait()
    return later


def listener(family=socket.AF_INET, host=None, port=0, backlog=128):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((host if host is not None else ("127.0.0.1" if family == socket.AF_INET else "::1"), port))
    s.listen(backlog)
    return s


def reset(s):
    """Closes with a reset."""
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


class Watch:
    """
    A running sockwatch that prints JSON (unless told otherwise), and what it printed so far. It is asked for
    this test's namespace only, as others may flood it; everywhere: for all that goes on on the machine.
    Where it prints text, or is another word than the stream, args have here() if that matters.
    """

    def __init__(self, *args, form="-j", everywhere=False, stdout=subprocess.PIPE, prefix=(), wait=True, binary=None):
        self.everywhere = everywhere
        self.own = re.compile(rb'"event":"lost"|"netns":%d[,}]' % Settings.netns)
        self.errors, self.lines = [], []
        self.parsed, self.looked_at = [], 0  # of lines
        self.ready = threading.Event()
        if form == "-j" and not everywhere and not any(a == "stats" or a.startswith("--netns") for a in args):
            args = (*args, here())
        command = [*prefix, binary or Settings.binary, "-v", *([form] if form else []),
                   *([f"--snapshot={Settings.snapshot}"] if Settings.snapshot else []), *args]
        # what is not read in half a second is given up once it is asked to end: there is room for it
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                                        pipesize=1 << 20)
        self.threads = [threading.Thread(target=self._read_errors)]
        if stdout == subprocess.PIPE:
            self.threads.append(threading.Thread(target=self._read_lines))
        for t in self.threads:
            t.start()
        if wait:
            self.wait_for_start()

    def wait_for_start(self):
        try:
            wait_until(self.ready.is_set, "the start")
            check(self.process.poll() in (None, 0, 3, FAULT), "it ended")
        except AssertionError as e:
            self.__exit__(e)
            raise

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line)
            if b"ring buffer:" in line:  # the last of -v: everything is attached
                self.ready.set()
        self.ready.set()

    def _read_lines(self):
        for line in self.process.stdout:
            # there may be millions of others
            if self.everywhere or b'"netns":' not in line or self.own.search(line):
                self.lines.append(line)

    def join(self, seconds=LONG):
        """Reads the rest of what it said before it ended."""
        for t in self.threads:
            t.join(seconds)

    def stderr(self):
        """What it said so far, or all of it when it has ended."""
        if self.process.poll() is not None:
            self.join()
        return b"".join(self.errors).decode("utf-8", "replace")

    def text(self):
        return b"".join(self.lines).decode("utf-8")

    def records(self):
        """What was printed so far of this test's own namespace (lost reports belong to all)."""
        lines = self.lines[self.looked_at:]
        self.looked_at += len(lines)
        self.parsed += self.parse(lines)
        return self.parsed[:]

    def parse(self, lines):
        """The same of these lines. There may be very many of others."""
        return [json.loads(line) for line in lines if self.everywhere or self.own.search(line)]

    def find(self, **want):
        return [r for r in self.records() if matches(r, want)]

    def wait_for(self, *, seconds=None, **want):
        """The first record with these values."""
        def look():
            over = self.process.poll() is not None
            if over:
                self.join()
            found = self.find(**want)
            check(found or not over, "sockwatch ended without a record with", want)
            return found
        return wait_until(look, lambda: f"a record with {want}, have:\n" + self.dump(), seconds)[0]

    def dump(self):
        """The last of what it printed."""
        lines = [x for x in self.lines[:] if x[:1] != b"{" or self.everywhere or self.own.search(x)]
        return "".join("  " + line.decode("utf-8", "replace") for line in lines[-40:])

    def stop(self, sig=signal.SIGINT):
        """Ends it as a user does; returns everything it printed."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        self.status = end_of(self.process)
        self.join()
        return self.records() if self.lines and self.lines[0][:1] == b"{" else []

    def __enter__(self):
        return self

    def __exit__(self, kind=None, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.join(1 if kind else LONG)  # a prefix that was killed leaves it to hold the pipes
        if kind and self.errors:
            complain(f"{self.process.args} said:\n{self.stderr()}")
        self.process.stderr.close()
        if self.process.stdout:
            self.process.stdout.close()


def here():
    """The option that keeps to this test's namespace."""
    return f"--netns={Settings.netns}"


def matches(record, want):
    return all(record.get(k) == v for k, v in want.items())


def run(*args, **kw):
    """Runs sockwatch to its end."""
    return finished([Settings.binary, *args], **kw)


SOURCES = ("bpf", "netlink", "proc")


def with_source(source, fn, *args):
    """Runs it with the snapshot from this source; None: the one that sockwatch chooses."""
    Settings.snapshot = source
    try:
        return fn(*args)
    except AssertionError as e:
        raise AssertionError(f"--snapshot={source}: {e}") from e
    finally:
        Settings.snapshot = None


def each_source(test):
    @functools.wraps(test)
    def each():
        for source in SOURCES:
            with_source(source, test)
    return each


def scratch():
    return tempfile.TemporaryDirectory(prefix="sockwatch-test-")


def lines_of(path, fields):
    """Of a file as /etc/passwd, which may be missing."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", errors="replace") as f:
        return [line.rstrip("\n").split(":") for line in f if line.count(":") >= fields - 1]


def own_user():
    """The user and the group that the program becomes: sockwatch, else numbers that nothing has."""
    users = lines_of("/etc/passwd", 7)
    used = {x for u in users for x in u[2:4]} | {g[2] for g in lines_of("/etc/group", 3)}
    for user in users:
        if user[0] == "sockwatch" and "0" not in user[2:4]:
            return user[2], user[3]
    free = next(str(i) for i in range(65531, 65519, -1) if str(i) not in used)
    return free, free
