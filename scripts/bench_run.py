# SPDX-License-Identifier: GPL-2.0-only
"""What the benchmark starts: tracers, a churn, holders of sockets, listings; and how it ends them."""
import ctypes
import fcntl
import os
import pty
import re
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DEADLINE = 120  # seconds that no step reaches
PROBE_PORT = 61999  # above the ephemeral ports; nobody need listen there
CHURN_PORT = 9099
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_long, ctypes.c_long]

STARTED = []  # the processes that run now


class CannotRun(Exception):
    """A candidate that this machine does not allow, and why."""


def say(*words):
    print("#", *words, file=sys.stderr, flush=True)


# -- processes ---------------------------------------------------------------------------------

def spawn(command, **kw):
    kw.setdefault("stdin", subprocess.DEVNULL)
    try:
        process = subprocess.Popen(command, **kw)
    except OSError as e:
        why = "not installed" if isinstance(e, FileNotFoundError) else e.strerror
        raise CannotRun(f"{command[0]}: {why}") from None
    STARTED.append(process)
    return process


def finish(process, sig=None, seconds=DEADLINE):
    """Waits for its end (after a signal), not in steps as Popen.wait() does; returns the status."""
    try:
        if process.returncode is None:
            fd = os.pidfd_open(process.pid)
            if sig is not None:
                process.send_signal(sig)
            if not select.select([fd], [], [], seconds)[0]:
                process.kill()
            os.close(fd)
        return process.wait(seconds)
    finally:
        STARTED.remove(process)


def end_all():
    for process in STARTED[:]:
        process.kill()
        finish(process)


def first_error(text, status=None):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else f"it ended with status {status} and did not say why"


def interleaved(rounds, candidates):
    """Round, candidate, in an order that is another one in every round."""
    for number in range(rounds):
        shift = number % len(candidates)
        for name in [*candidates[shift:], *candidates[:shift]]:
            yield number, name


def wait_until(condition, process, what, errors):
    end = time.monotonic() + DEADLINE
    while not condition():
        if process.poll() is not None:
            raise CannotRun(first_error(errors(), process.returncode))
        if time.monotonic() > end:
            raise CannotRun(f"waited in vain for {what}")
        time.sleep(0.01)


# -- tracers -----------------------------------------------------------------------------------

class Tracer:
    """A tracer that writes its whole stream to a file, and what it wrote."""

    def __init__(self, command, folder):
        self.out, self.err = Path(folder, "out"), Path(folder, "err")
        self.sockwatch = Path(command[0]).name == "sockwatch"
        self.floor = Path(command[0]).name == "floor"
        if self.sockwatch:
            command = [command[0], "-v", *command[1:]]
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = spawn(command, stdout=out, stderr=err)
        try:
            wait_until(self._attached, self.process, "its first event", self.errors)
        except CannotRun:
            self.__exit__()
            raise

    def _attached(self):
        """sockwatch -v says so; another one is when it shows the connections that are tried here."""
        if self.sockwatch:
            return "ring buffer:" in self.errors()
        if self.floor:
            return "attached" in self.errors()
        for _ in range(8):
            with socket.socket() as s:
                s.connect_ex(("127.0.0.1", PROBE_PORT))
        return str(PROBE_PORT).encode() in self.out.read_bytes()

    def errors(self):
        return self.err.read_text(errors="replace")

    def stop(self):
        finish(self.process, signal.SIGINT)
        self.process = None

    def lines(self, port):
        """The lines that speak of a port."""
        word = re.compile(rb"\b%d\b" % port)
        with open(self.out, "rb") as f:
            return sum(1 for line in f if word.search(line))

    def lost(self):
        """The events lost, as the tracer tells them; None: it does not tell."""
        if self.sockwatch:
            told = re.findall(r", (\d+) lost$", self.errors(), re.M)
            return int(told[-1]) if told else None
        text = self.errors() + "".join(line for line in self.out.open(errors="replace") if "ost " in line)
        return sum(int(n) for n in re.findall(r"[Ll]ost (\d+)", text))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process in STARTED:
            finish(self.process, signal.SIGINT)


def enter_netns():
    """A network namespace with loopback up: each churn has its own, where no TIME_WAIT is left."""
    if LIBC.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8914, struct.pack("16sH14x", b"lo", 0x41))  # SIOCSIFFLAGS: up, running


def cpu_of_ended():
    """Seconds of CPU, in user space and in the kernel, of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def churn_command(o, port, connections, alone=False):
    return [o.programs + "/live/churn", *(["alone"] if alone else []), str(port), str(connections)]


def churn(o, connections, tracer=None, alone=False):
    """The rate of so many connections, and the microseconds of CPU that both ends take for one, which others
    on the machine do not slow down; ends the tracer before their namespace goes."""
    process = spawn(churn_command(o, CHURN_PORT, connections, alone),
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, preexec_fn=enter_netns)
    process.stdout.readline()
    with open(f"/proc/{process.pid}/ns/net"):
        before = cpu_of_ended()
        text, errors = process.communicate(timeout=DEADLINE)
        cpu = cpu_of_ended() - before
        if finish(process):
            raise RuntimeError(f"churn: {first_error(errors.decode(), process.returncode)}")
        if tracer:
            tracer.stop()
    return connections / float(text), cpu / connections * 1e6


# -- listings ---------------------------------------------------------------------------------

class Hold:
    """So many connected sockets, as long as it lasts."""

    def __init__(self, o, processes, sockets):
        say(f"listing: {sockets} sockets in {processes} processes")
        # a short name: netstat cuts a path
        self.process = spawn(["hold", str(processes), str(sockets)], executable=o.programs + "/bench/hold",
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            error = first_error(self.process.stderr.read().decode())
            finish(self.process)
            raise CannotRun(error)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        finish(self.process)


def rows_of(command, state=b"ESTAB", owner=b"hold"):
    """The rows of held sockets, with their owner."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        status = finish(spawn(command, stdout=out, stderr=err))
        out.seek(0)
        err.seek(0)
        rows = sum(1 for line in out if state in line and owner in line)
        if not rows:
            raise CannotRun(first_error(err.read().decode(errors="replace"), status))
        return rows


def seconds_of(command):
    begin = time.perf_counter()
    finish(spawn(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    return time.perf_counter() - begin


def status_number(pid, key, task=""):
    text = Path(f"/proc/{pid}/{task}status").read_text()
    return int(re.search(rf"^{key}:\s+(\d+)", text, re.M).group(1))


def peak_resident(command):
    """KiB. Read as it ends: the maximum that wait4() tells begins with the memory of this process."""
    seize, cont, option_exit, event_exit = 0x4206, 7, 0x40, 6
    errors = tempfile.TemporaryFile()
    process = spawn(command, stdout=subprocess.DEVNULL, stderr=errors)
    peak, end = None, time.monotonic() + DEADLINE
    try:
        if LIBC.ptrace(seize, process.pid, 0, option_exit):
            raise CannotRun("ptrace: " + os.strerror(ctypes.get_errno()))
        while time.monotonic() < end:
            pid, status = os.waitpid(process.pid, os.WNOHANG)
            if pid and not os.WIFSTOPPED(status):
                process.returncode = os.waitstatus_to_exitcode(status)
                if peak is None or process.returncode:
                    errors.seek(0)
                    raise CannotRun(first_error(errors.read().decode(errors="replace"), process.returncode))
                return peak
            if pid:
                at_exit = status >> 16 == event_exit
                if at_exit:
                    peak = status_number(process.pid, "VmHWM")
                signal_ = 0 if status >> 16 else os.WSTOPSIG(status)
                LIBC.ptrace(cont, process.pid, 0, signal_)
            time.sleep(0.001)
        raise CannotRun(f"it did not end within {DEADLINE} seconds")
    finally:
        finish(process, signal.SIGKILL if process.returncode is None else None)
        errors.close()


def first_byte(command):
    """Seconds from its start to its first output on a terminal, where nobody buffers the first line."""
    master, slave = pty.openpty()
    begin = time.perf_counter()
    try:
        process = spawn(command, stdout=slave, stderr=subprocess.DEVNULL)
    finally:
        os.close(slave)
    try:
        if not select.select([master], [], [], DEADLINE)[0]:
            raise CannotRun("it said nothing")
        took = time.perf_counter() - begin
        os.read(master, 1)
        return took
    except OSError:
        raise CannotRun("it ended without a word") from None
    finally:
        os.close(master)
        finish(process, signal.SIGINT)


