# SPDX-License-Identifier: GPL-2.0-only
"""What live tables take of a processor beside the same churn: `sockwatch top`, nethogs, iftop."""
import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
import time

from bench_run import (CHURN_PORT, CannotRun, churn_command, cpu_of_ended, enter_netns, finish, first_error, interleaved,
                       say, spawn)

SETTLE = 2  # seconds, for a first page and a first rate


def viewers(o):
    return {
        "no viewer": None,
        "sockwatch top": [o.sockwatch, "top", "--netns", "self"],
        "nethogs": ["nethogs", "-a", "-d", "1", "lo"],
        "iftop": ["iftop", "-nNP", "-i", "lo"],
    }


class Namespace:
    """A network namespace that is there as long as it lasts, and a way into it."""

    def __enter__(self):
        self.process = spawn(["sleep", "600"], preexec_fn=enter_netns)
        while os.readlink(f"/proc/{self.process.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.01)
        return self

    def of(self, command):
        return ["nsenter", f"--net=/proc/{self.process.pid}/ns/net", *command]

    def __exit__(self, *_):
        finish(self.process, signal.SIGTERM)


class Viewer:
    """A program at a terminal of its own, of 120 columns and 40 lines."""

    def __init__(self, command):
        self.fd, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.shown = b""
        self.process = spawn(command, stdin=inner, stdout=inner, stderr=inner, start_new_session=True,
                             env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"})
        os.close(inner)
        threading.Thread(target=self._read, daemon=True).start()
        time.sleep(SETTLE)
        if self.process.poll() is not None or not self.shown:
            raise CannotRun(first_error(self.shown.decode(errors="replace"), self.process.poll()))

    def _read(self):
        try:
            while part := os.read(self.fd, 65536):
                self.shown = (self.shown + part)[-65536:]
        except OSError:
            pass  # its other end is closed

    def stop(self):
        finish(self.process, signal.SIGTERM, 3)  # one that stays is killed
        os.close(self.fd)


def beside(o, command):
    """Seconds that the churn took, the CPU of its processes, and that of the viewer: all of it, but its start."""
    with Namespace() as space:
        viewer = Viewer(space.of(command)) if command else None
        try:
            begun, spent = time.monotonic(), cpu_of_tree(viewer)
            before = cpu_of_ended()
            process = spawn(space.of(churn_command(o, CHURN_PORT, o.connections)), stdout=subprocess.DEVNULL)
            if finish(process):
                raise RuntimeError("churn failed")
            took, cpu = time.monotonic() - begun, cpu_of_ended() - before
            time.sleep(1)  # for the page that has the end of it
            spent = cpu_of_tree(viewer) - spent
        finally:
            if viewer:
                viewer.stop()
    return took, cpu, spent


def cpu_of_tree(viewer):
    """Seconds of CPU of a process and of all below it."""
    total, waiting = 0.0, [viewer.process.pid] if viewer else []
    while waiting:
        pid = waiting.pop()
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            fields = f.read().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            waiting += [int(child) for child in f.read().split()]
    return total


def measure_viewers(o):
    candidates = viewers(o)
    result = {name: {"took": [None] * o.rounds, "churn": [None] * o.rounds, "cpu": [None] * o.rounds}
              for name in candidates}
    for number, name in interleaved(o.rounds, list(candidates)):
        entry = result[name]
        if "error" in entry:
            continue
        say(f"viewers: round {number + 1} of {o.rounds}: {name}")
        try:
            entry["took"][number], entry["churn"][number], entry["cpu"][number] = beside(o, candidates[name])
        except CannotRun as e:
            entry["error"] = str(e)
    return {"connections": o.connections, "rounds": o.rounds, "candidates": result}


def viewer_ratios(candidates, name):
    """By rounds: its CPU over that of `sockwatch top`, and what the churn itself took over that of no viewer."""
    def over(key, base):
        pairs = zip(candidates[name][key], candidates[base][key])
        return [a / b for a, b in pairs if a is not None and b]
    return over("cpu", "sockwatch top"), over("churn", "no viewer")
