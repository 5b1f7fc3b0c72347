# SPDX-License-Identifier: GPL-2.0-only
"""A recorder that runs, and what is in its store."""
import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile

from harness import FAULT, LONG, Settings, check, finished, wait_until
from paired import Paired

WRITER = "sockwatch-store"


def store():
    """A directory that the writer, who has no rights, can come to."""
    folder = tempfile.TemporaryDirectory(prefix="sockwatch-test-")
    os.chmod(folder.name, 0o711)
    return folder


class Recorder(Paired):
    """A `sockwatch record` that has told what was there at its start."""

    program = WRITER

    def __init__(self, folder, *args, **kw):
        self.dir = os.path.join(folder, "store")
        super().__init__(("record", "--dir", self.dir), *args, **kw)

    def writer(self):
        """The PID of the process that writes."""
        return self.other()

    def stop(self, sig=signal.SIGINT):
        """It ends within a second; on a busy machine its writer is not done then, which it says, and goes on."""
        try:
            writer = self.writer()
        except (AssertionError, OSError):  # one of the two has ended
            writer = None
        printed = super().stop(sig)
        if writer and self.status == FAULT and "is not done yet" in self.stderr():
            wait_until(lambda: has_ended(writer), "the writer's end", LONG)
            self.status = 0
        return printed

    def read(self):
        return recorded(self.dir)

    def wait_kept(self, port):
        """Until connections from this port are in the store, which takes as long as the machine is busy."""
        wait_until(lambda: of(self.read(), event="conn", local_port=port, final=True), f"port {port} in the store", LONG)

    def sums(self):
        """Of the last line: sockets, connections, lost, not written."""
        found = re.search(r"(\d+) sockets, (\d+) connections and other events, (\d+) lost, (\d+) not written",
                          self.stderr())
        check(found, "no summary")
        return [int(n) for n in found.groups()]


def recorded(folder):
    """All that is in a store, in its order."""
    done = finished([Settings.binary, "log", "--dir", folder, "-j"], LONG)
    check(done.returncode in (0, 1, 3), done)  # 3: not all of it is there
    return [json.loads(line) for line in done.stdout.splitlines()]


def of(records, **want):
    return [r for r in records if all(r.get(k) == v for k, v in want.items())]


def has_ended(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def fill_up(path):
    """A file that takes all that is left of its disk."""
    with open(path, "wb", buffering=0) as f:
        try:
            while f.write(b"x" * 4096):
                pass
        except OSError:
            pass


@contextlib.contextmanager
def small_disk(folder, size):
    """A file system of that size, as long as the block lasts; in mounts of our own."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=711", "none", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
