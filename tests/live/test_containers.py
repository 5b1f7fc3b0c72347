# SPDX-License-Identifier: GPL-2.0-only
"""Containers, from outside and from within: their numbers, and what their engines call them."""
import os
import socket

from harness import LONG, Watch, check, end_of, listener


def test_containers__a_process_outside_our_pid_namespace_has_its_own_number_only():
    sock = listener()
    inside = ["unshare", "-p", "-f", "--kill-child", "--mount-proc"]
    with Watch("-E", "--count", "1", "-P", str(sock.getsockname()[1]), prefix=inside) as w:
        c = socket.create_connection(sock.getsockname())
        end_of(w.process, LONG)
        told = [r for r in w.records() if r["event"] == "state"]
        w.stop()
    c.close()
    check(len(told) == 1, told)
    check("pid" not in told[0] and told[0]["ns_pid"] == os.getpid() and told[0]["comm"], told)
    check("actor_pid" not in told[0], told)
