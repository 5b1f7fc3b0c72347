# SPDX-License-Identifier: GPL-2.0-only
"""The transitions of a socket, one leading on to the next."""
from harness import check

CLIENT_CLOSES = [("CLOSE", "SYN_SENT"), ("SYN_SENT", "ESTABLISHED"), ("ESTABLISHED", "FIN_WAIT1"),
                 ("FIN_WAIT1", "FIN_WAIT2"), ("FIN_WAIT2", "TIME_WAIT")]
SERVER_ANSWERS = [("LISTEN", "SYN_RECV"), ("SYN_RECV", "ESTABLISHED"), ("ESTABLISHED", "CLOSE_WAIT"),
                  ("CLOSE_WAIT", "LAST_ACK"), ("LAST_ACK", "CLOSE")]


def has_cookies(records):
    """Kernels before 5.12 give tracing programs only the cookies that somebody else asked for."""
    return all("cookie" in r for r in records if r["event"] == "state")


def chains(records):
    """
    Transitions by socket: by cookie, or by tuple as far as it is known, anew at each birth. Without a
    cookie, a connect that has no port yet is found again by its inode.
    """
    by, births, connects = {}, {}, {}
    for r in records:
        if r["event"] != "state":
            continue
        key, before = r.get("cookie"), []
        if key is None and r["state"] == "SYN_SENT" and "local_port" not in r:
            connects[r["netns"], r["inode"]] = r
            continue
        if key is None:
            tuple_ = (r["netns"], r.get("local_port"), r.get("remote_port"))
            if r["old_state"] == "SYN_SENT":
                before = [c for c in [connects.pop((r["netns"], r.get("inode")), None)] if c]
            born = before or r["old_state"] == "CLOSE" or (r["old_state"], r["state"]) == ("LISTEN", "SYN_RECV")
            births[tuple_] = births.get(tuple_, 0) + bool(born)
            key = (*tuple_, births[tuple_])
        by.setdefault(key, []).extend([*before, r])
    by.update({("connect", *where): [r] for where, r in connects.items()})
    return by


def check_chains(records):
    """
    Each socket's transitions lead on from one another: none is told twice, and none is missing but what
    was told as lost (on some hosts no BPF program runs in a packet's interrupt of certain tasks).
    """
    broken, lost = [], sum(r["lost"] for r in records if r["event"] == "lost")
    for cookie, events in chains(records).items():
        steps = [(e["old_state"], e["state"]) for e in events]
        broken += [(cookie, steps) for a, b in zip(events, events[1:]) if a["state"] != b["old_state"]]
    check(len(broken) <= lost, lost, "lost, and broken are the chains of", broken)


def transitions(records):
    return [(r["old_state"], r["state"]) for r in records if r["event"] == "state"]
