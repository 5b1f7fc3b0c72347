# SPDX-License-Identifier: GPL-2.0-only
"""Cgroups of our own."""
import os

from harness import Skip


def cgroup_root():
    with open("/proc/self/mounts") as f:
        for line in f:
            fields = line.split()
            if fields[2] == "cgroup2":
                return fields[1]
    raise Skip("cgroup v2 is mounted nowhere")


def ours():
    """A name that no other test has."""
    return f"sockwatch-test-{os.getpid()}"


class Cgroup:
    """A cgroup of our own, with the ones above it that were not there."""

    def __init__(self, path):
        self.made = []
        at = cgroup_root()
        try:
            for name in path.split("/"):
                at = os.path.join(at, name)
                if not os.path.isdir(at):
                    os.mkdir(at)
                    self.made.append(at)
        except OSError as e:
            self.remove()
            raise Skip(f"no cgroup can be made: {e}")
        self.path = at
        self.id = os.stat(at).st_ino

    def enter(self):
        with open(self.path + "/cgroup.procs", "w") as f:
            f.write(str(os.getpid()))

    def remove(self):
        for path in reversed(self.made):
            os.rmdir(path)
        self.made = []
