# SPDX-License-Identifier: GPL-2.0-only
"""What the live tests stand on: a network namespace of their own, processes, and a sockwatch.

Nothing here sleeps and hopes: every step waits for a condition, with a deadline that only a broken
program reaches.
"""
import ctypes
import encodings.idna  # noqa: F401 (now: a test that gives up its rights may not read it later)
import fcntl
import functools
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

# seconds; the machines are shared, the sanitizer build is slow, an emulated machine slower
DEADLINE = float(os.environ.get("SOCKWATCH_TEST_DEADLINE", "60"))
# the share of the repetitions that are done: an emulated machine would take hours
SCALE = float(os.environ.get("SOCKWATCH_TEST_SCALE", "1"))
CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


class Skip(Exception):
    """This test cannot run here; the reason is printed and counted."""


class Settings:
    binary = "build/sockwatch"
    programs = "build/tests/live"  # where the helper programs are: tests/live/NAME.c is built to NAME
    churn = "build/tests/live/churn"
    netns = 0
    snapshot = None  # --snapshot of every Watch; see both_sources

    @classmethod
    def use(cls, binary, programs=None):
        """Programs: the helpers that were built beside the binary, unless told otherwise."""
        cls.binary = os.path.abspath(binary)
        cls.programs = os.path.abspath(programs or os.path.join(os.path.dirname(binary), "tests/live"))
        cls.churn = program("churn")


def program(name):
    """The path of a helper program."""
    return os.path.join(Settings.programs, name)


# where events are counted: so slow a machine sees TIME_WAITs end in the midst of a test
COUNTED = ("--time-wait=rule",) if SCALE < 1 else ()


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


def wait_until(condition, what):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError("waited in vain for " + what)


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


class Child:
    """A forked process that runs fn(link); both ends talk in lines over a socket pair."""

    def __init__(self, fn):
        mine, theirs = socket.socketpair()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                mine.close()
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                fn(Link(theirs))
                code = 0
            except BaseException as e:  # the parent sees the exit status
                print("# child:", repr(e), file=sys.stderr)
            finally:
                os._exit(code)
        theirs.close()
        self.link = Link(mine)

    def ask(self, word="go"):
        self.link.say(word)
        return self.link.hear()

    def hear(self):
        return self.link.hear()

    def say(self, word="go"):
        self.link.say(word)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def wait(self):
        return os.waitpid(self.pid, 0)[1]


class Link:
    def __init__(self, sock):
        sock.settimeout(DEADLINE)
        self.sock = sock
        self.file = sock.makefile("rw")

    def say(self, word):
        self.file.write(str(word) + "\n")
        self.file.flush()

    def hear(self):
        line = self.file.readline()
        if not line:
            raise AssertionError("the other process ended early")
        return line.strip()


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
    """A running sockwatch that prints JSON (unless told otherwise), and what it printed so far."""

    def __init__(self, *args, form="-j", everywhere=False, stdout=subprocess.PIPE, prefix=(), wait=True, binary=None):
        self.everywhere = everywhere
        self.errors = []
        self.lines = []
        self.ready = threading.Event()
        command = [*prefix, binary or Settings.binary, "-v", *([form] if form else []),
                   *([f"--snapshot={Settings.snapshot}"] if Settings.snapshot else []), *args]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout,
                                        stderr=subprocess.PIPE)
        self.threads = [threading.Thread(target=self._read_errors)]
        if stdout == subprocess.PIPE:
            self.threads.append(threading.Thread(target=self._read_lines))
        for t in self.threads:
            t.start()
        if wait and not self.ready.wait(DEADLINE):
            self.process.kill()
            raise AssertionError("sockwatch did not start: " + self.stderr())
        if wait and self.process.poll() not in (None, 0, 1, 3):
            raise AssertionError("sockwatch ended: " + self.stderr())

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line)
            if b"ring buffer:" in line:  # the last of -v: everything is attached
                self.ready.set()
        self.ready.set()

    def _read_lines(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def stderr(self):
        return b"".join(self.errors).decode("utf-8", "replace")

    def text(self):
        return b"".join(self.lines).decode("utf-8")

    def records(self):
        """What was printed so far of this test's own namespace (lost reports belong to all)."""
        return self.parse(self.lines[:])

    def parse(self, lines):
        out = [json.loads(line) for line in lines]
        return [r for r in out
                if self.everywhere or r["event"] == "lost" or r.get("netns") == Settings.netns]

    def find(self, **want):
        return [r for r in self.records() if matches(r, want)]

    def wait_for(self, **want):
        """The first record with these values."""
        def look():
            if self.process.poll() is not None and not self.find(**want):
                raise AssertionError("sockwatch ended: " + self.stderr())
            return self.find(**want)
        return wait_until(look, f"a record with {want}, have:\n" + self.dump())[0]

    def dump(self):
        return "".join("  " + line.decode("utf-8", "replace") for line in self.lines[-40:])

    def stop(self, sig=signal.SIGINT):
        """Ends it as a user does; returns everything it printed."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        self.process.wait(DEADLINE)
        for t in self.threads:
            t.join(DEADLINE)
        self.status = self.process.returncode
        return self.records() if self.lines and self.lines[0][:1] == b"{" else []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE)
        for t in self.threads:
            t.join(DEADLINE)
        self.process.stderr.close()
        if self.process.stdout:
            self.process.stdout.close()


def matches(record, want):
    return all(record.get(k) == v for k, v in want.items())


def run(*args, **kw):
    """Runs sockwatch to its end."""
    return subprocess.run([Settings.binary, *args], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=DEADLINE, check=False, **kw)


class Terminal:
    """A sockwatch that runs at a terminal of that size, and the rows it printed there so far."""

    def __init__(self, *args, columns=0, lines=0, env=None):
        self.main, sub = pty.openpty()
        fcntl.ioctl(sub, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.text = b""
        self.process = subprocess.Popen([Settings.binary, *args], stdin=subprocess.DEVNULL, stdout=sub,
                                        stderr=subprocess.PIPE,
                                        env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **(env or {})})
        os.close(sub)

    def read(self):
        """Waits for more. False: its other end is closed."""
        ready, _, _ = select.select([self.main], [], [], DEADLINE)
        check(ready, "the terminal stays silent, have:", self.text)
        try:
            chunk = os.read(self.main, 65536)
        except OSError:
            return False
        self.text += chunk
        return bool(chunk)

    def wait_for(self, word):
        while word not in self.text.decode():
            check(self.read(), "ended without", word, self.text)

    @property
    def rows(self):
        return self.text.decode().replace("\r\n", "\n").splitlines()

    def end(self):
        """What it still prints is read."""
        while self.read():
            pass
        check(self.process.wait(DEADLINE) == 0, self.process.stderr.read())

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.process.kill()
            self.process.wait()
        else:
            self.process.send_signal(signal.SIGINT)
            self.end()
        self.process.stderr.close()
        os.close(self.main)


def at_terminal(*args, **size):
    """Runs it to its end at a terminal; returns the rows it printed there."""
    terminal = Terminal(*args, **size)
    try:
        terminal.end()
    finally:
        terminal.process.stderr.close()
        os.close(terminal.main)
    return terminal.rows


SOURCES = ("bpf", "proc")


def with_source(source, fn, *args):
    """Runs it with the snapshot from this source; None: the one that sockwatch chooses."""
    Settings.snapshot = source
    try:
        return fn(*args)
    except AssertionError as e:
        raise AssertionError(f"--snapshot={source}: {e}") from e
    finally:
        Settings.snapshot = None


def both_sources(test):
    @functools.wraps(test)
    def both():
        for source in SOURCES:
            with_source(source, test)
    return both


def has_cookies(records):
    """Kernels before 5.12 give tracing programs only the cookies that somebody else asked for."""
    return all("cookie" in r for r in records if r["event"] == "state")


def chains(records):
    """
    Transitions by socket: by cookie, or by tuple as far as it is known, anew at each birth. Without a
    cookie, a connect that has no port yet is found again by its inode.
    """
    by, births, connects = {}, {}, {}
    for r in records:
        if r["event"] != "state":
            continue
        key, before = r.get("cookie"), []
        if key is None and r["state"] == "SYN_SENT" and "local_port" not in r:
            connects[r["netns"], r["inode"]] = r
            continue
        if key is None:
            tuple_ = (r["netns"], r.get("local_port"), r.get("remote_port"))
            if r["old_state"] == "SYN_SENT":
                before = [c for c in [connects.pop((r["netns"], r.get("inode")), None)] if c]
            born = before or r["old_state"] == "CLOSE" or (r["old_state"], r["state"]) == ("LISTEN", "SYN_RECV")
            births[tuple_] = births.get(tuple_, 0) + bool(born)
            key = (*tuple_, births[tuple_])
        by.setdefault(key, []).extend([*before, r])
    by.update({("connect", *where): [r] for where, r in connects.items()})
    return by


def check_chains(records):
    """Each socket's transitions lead on from one another: none lost, none told twice."""
    for cookie, events in chains(records).items():
        for a, b in zip(events, events[1:]):
            check(a["state"] == b["old_state"], "broken chain of socket", cookie, ":",
                  [(e["old_state"], e["state"]) for e in events])


def transitions(records):
    return [(r["old_state"], r["state"]) for r in records if r["event"] == "state"]


def scratch():
    return tempfile.TemporaryDirectory(prefix="sockwatch-test-")
