# SPDX-License-Identifier: GPL-2.0-only
"""Interfaces of the test's own namespace."""
import os
import socket
import subprocess

from harness import Skip, own_mounts, scratch, wait_until

RTF_LOCAL = 0x80000000  # include/uapi/linux/ipv6_route.h


def ip(*words):
    """What it prints; it must succeed."""
    return subprocess.run(["ip", *words], check=True, stdout=subprocess.PIPE, text=True).stdout


def veth(here, there, *where):
    """A pair of interfaces; `where` says in which namespace the far one is."""
    words = ["ip", "link", "add", here, "type", "veth", "peer", "name", there, *where]
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode:
        raise Skip("no veth interfaces: " + done.stderr.decode().strip())


def has_way(address):
    """Whether packets to an address of IPv6 of ours are taken: the kernel does that after it has the address."""
    wanted = socket.inet_pton(socket.AF_INET6, address).hex()
    with open("/proc/self/net/ipv6_route", encoding="ascii") as f:
        routes = [line.split() for line in f]
    return any(r[0] == wanted and int(r[8], 16) & RTF_LOCAL for r in routes)


def add_address(address):
    """To the loopback interface, with its prefix."""
    six = ":" in address
    ip("addr", "add", address, "dev", "lo", *(["nodad"] if six else []))
    if six:
        host = address.partition("/")[0]
        wait_until(lambda: has_way(host), f"a way to {host}")


def packets_interrupt():
    """
    From here on what is sent over loopback is taken by any processor, at its next interrupt: whatever that
    processor does then. (Otherwise the sender takes it, when its call has nothing else to do.)
    """
    if os.cpu_count() < 2:
        raise Skip("packets interrupt nobody: there is one processor")
    own_mounts()
    with scratch() as folder:
        subprocess.run(["mount", "-t", "sysfs", "sysfs", folder], check=True)  # that of this namespace
        try:
            with open(folder + "/class/net/lo/queues/rx-0/rps_cpus", "w", encoding="ascii") as f:
                f.write(f"{(1 << min(os.cpu_count(), 32)) - 1:x}")
        except FileNotFoundError:
            raise Skip("this kernel has no RPS") from None
        finally:
            subprocess.run(["umount", folder], check=True)
