# SPDX-License-Identifier: GPL-2.0-only
"""Interfaces of the test's own namespace."""
import subprocess

from harness import Skip


def ip(*words):
    """What it prints; it must succeed."""
    return subprocess.run(["ip", *words], check=True, stdout=subprocess.PIPE, text=True).stdout


def veth(here, there, *where):
    """A pair of interfaces; `where` says in which namespace the far one is."""
    words = ["ip", "link", "add", here, "type", "veth", "peer", "name", there, *where]
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode:
        raise Skip("no veth interfaces: " + done.stderr.decode().strip())
