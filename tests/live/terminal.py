# SPDX-License-Identifier: GPL-2.0-only
"""A sockwatch that runs at a terminal."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios

from harness import Settings, check, end_of, wait_until


class Terminal:
    """
    A sockwatch that runs at a terminal of that size, and the rows it printed there so far; with errors
    its messages go there, too.
    """

    def __init__(self, *args, columns=0, lines=0, env=None, errors=False):
        self.main, sub = pty.openpty()
        fcntl.ioctl(sub, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.text = b""
        self.process = subprocess.Popen([Settings.binary, *args], stdin=subprocess.DEVNULL, stdout=sub,
                                        stderr=sub if errors else subprocess.PIPE,
                                        env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **(env or {})})
        os.close(sub)

    def has_more(self):
        poll = select.poll()  # select() takes no descriptor beyond 1023
        poll.register(self.main, select.POLLIN)
        return poll.poll(0)

    def read(self):
        """Waits for more. False: its other end is closed."""
        wait_until(self.has_more, lambda: f"the terminal, have: {self.text[-4096:]}")
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
        check(end_of(self.process) == 0, self.process.stderr.read() if self.process.stderr else self.text[-4096:])

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.process.kill()
            self.process.wait()
        else:
            self.process.send_signal(signal.SIGINT)
            self.end()
        self.close()

    def close(self):
        """What it left: it has ended, or is killed."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stderr:
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
