# SPDX-License-Identifier: GPL-2.0-only
"""A socket that was handed on is where it is used, and not where it was made."""
import os
import socket

from cgroups import Cgroup, ours
from harness import FAULT, Child, Watch, check, here, listener
from test_place import records_of, told


def activated(maker, server):
    """A listener that is made in one cgroup and served in another, as by a socket unit: its port and server."""
    def launch(link):
        maker.enter()
        sock = listener()
        if os.fork():
            return
        server.enter()
        link.say(sock.getsockname()[1])
        conn, _ = sock.accept()
        link.say("accepted")
        link.hear()
        conn.close()
        sock.close()
        link.say("closed")
    child = Child(launch)
    port = int(child.hear())
    os.waitpid(child.pid, 0)
    return port, child


def check_rows_of_owner(port, maker, server):
    """Each source has both sockets where their owner is, and finds them there only."""
    for source in ("walk", "bpf", "netlink", "proc"):
        shown = told("list", "-tj", here(), f"--snapshot={source}", "-L", str(port))
        if shown.returncode and source in ("walk", "bpf", "netlink"):
            continue
        rows = records_of(shown)
        check(len(rows) == 2 and all(r.get("unit") == "server.service" and r["cgroup_id"] == server.id
                                     for r in rows), source, rows)
        if source in ("walk", "bpf"):
            check(all(r["socket_cgroup_id"] == maker.id and r["socket_cgroup"].endswith("maker.service")
                      for r in rows), source, rows)
        for group, n in ((server, 2), (maker, 0)):
            shown = told("list", "-tj", here(), f"--snapshot={source}", "-L", str(port), "--cgroup", group.path)
            if shown.returncode == FAULT and "before Linux 6.1" in shown.stderr:
                continue  # those come from /proc there
            check(len(records_of(shown)) == n, source, group.path, shown)


def test_place_owner__is_that_of_the_owner_and_not_of_who_made_the_socket():
    above = f"{ours()}.slice"
    maker, server = Cgroup(f"{above}/maker.service"), Cgroup(f"{above}/server.service")
    try:
        with Watch("-E") as w, Watch("-E", "--cgroup", server.path) as at_server, \
                Watch("-E", "--cgroup", maker.path) as at_maker:
            port, child = activated(maker, server)
            with socket.create_connection(("127.0.0.1", port)):
                check(child.hear() == "accepted")
                accepted = w.wait_for(event="accept", local_port=port)
                check(accepted.get("unit") == "server.service" and accepted["cgroup_id"] == server.id, accepted)
                check(accepted["socket_cgroup_id"] == maker.id, accepted)
                at_server.wait_for(event="accept", local_port=port)
                check_rows_of_owner(port, maker, server)
                check(child.ask("end") == "closed")
            at_server.wait_for(local_port=port, old_state="LISTEN", state="CLOSE")
            at_maker.wait_for(local_port=port, state="LISTEN")
            at_maker.stop()
            check({r.get("unit") for r in at_maker.records()} == {"maker.service"}, at_maker.records())
            at_server.stop()
            check({r.get("unit") for r in at_server.records()} == {"server.service"}, at_server.records())
            w.stop()
    finally:
        server.remove()
        maker.remove()
