# SPDX-License-Identifier: GPL-2.0-only
"""The live table at a terminal of its own, which tmux is: what stands there, and keys."""
import itertools
import os
import signal
import subprocess

from harness import Settings, Skip, check, wait_until
from servers import needs


class Screen:
    """`sockwatch top` with these arguments, on a screen of that size."""

    number = itertools.count()  # a server that ends may still have its name

    def __init__(self, *args, columns=80, lines=24, env=None):
        if not os.path.exists(os.path.join(os.path.dirname(Settings.binary), "sockwatch-top")):
            raise Skip("this sockwatch was built without sockwatch-top")
        self.command = [needs("tmux"), "-L", f"sockwatch-test-{os.getpid()}-{next(Screen.number)}", "-f", "/dev/null"]
        words = " ".join(f"'{a}'" for a in (Settings.binary, "top", *args))
        told = {"LC_ALL": "C.UTF-8", "NO_COLOR": "", **(env or {})}
        assign = " ".join(f"{k}='{v}'" for k, v in told.items())
        # tmux needs a locale of UTF-8 for itself; the pane stays, with the status, when all has ended
        self.tmux("-u", "new-session", "-d", "-x", str(columns), "-y", str(lines),
                  f"env {assign} {words}; echo ended with $?; exec sleep 1000")

    def tmux(self, *args):
        done = subprocess.run([*self.command, *args], capture_output=True, check=False,
                              env={**os.environ, "LC_ALL": "C.UTF-8"})
        check(done.returncode == 0, done)
        return done.stdout.decode("utf-8", "replace")

    def rows(self):
        """The lines of the screen, without the blanks at their ends."""
        return [line.rstrip() for line in self.tmux("capture-pane", "-p").splitlines()]

    def text(self):
        return "\n".join(self.rows())

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", "--", text)

    def wait_for(self, *words):
        """Until the screen has all of these; returns its rows."""
        def look():
            rows = self.rows()
            return rows if all(any(w in row for row in rows) for w in words) else None
        return wait_until(look, lambda: f"{words} on:\n" + self.text())

    def wait_without(self, word):
        return wait_until(lambda: word not in self.text(), lambda: f"no {word} on:\n" + self.text())

    def row_of(self, *words):
        """The first row that has all of these words, once there is one."""
        def look():
            return [row for row in self.rows() if all(w in row for w in words)]
        return wait_until(look, lambda: f"a row with {words} on:\n" + self.text())[0]

    def resize(self, columns, lines):
        self.tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def processes(self):
        """Those of ours that run there: the tracer and the viewer."""
        pane = self.tmux("list-panes", "-F", "#{pane_pid}").split()[0]
        found, parents = {}, [int(pane)]
        while parents:
            parent = parents.pop()
            try:
                with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as f:
                    children = [int(p) for p in f.read().split()]
            except FileNotFoundError:
                children = []
            for pid in children:
                parents.append(pid)
                with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as f:
                    found[f.read().strip()] = pid
        return found

    def wait_for_end(self):
        """Its exit status."""
        row = self.row_of("ended with")
        return int(row.split()[-1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([*self.command, "kill-server"], capture_output=True, check=False)


def kill(pid):
    os.kill(pid, signal.SIGKILL)
