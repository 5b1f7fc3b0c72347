# SPDX-License-Identifier: GPL-2.0-only
"""Transitions that are told late: they waited for the port that a filter asks for, or for a peer."""
import os
import socket

from harness import Watch, check, listener, sysctl

PORTS = "40000-40019"  # which the kernel chooses from; a filter for them cannot know before it did
# of the moment at which an event is told, not of the one that it tells
TOLD_WHEN = {"bytes_sent", "bytes_received", "retransmits", "srtt_us"}
CLOCKS = {"time", "start_time", "age_us", "state_us"}  # each sockwatch reads its own


def choose_ports():
    sysctl("net/ipv4/ip_local_port_range", PORTS.replace("-", " "))


def check_same(held, plain, only_held=(), not_held=()):
    """Every field that the other one has, with the same value."""
    want = (set(plain) | set(only_held)) - set(not_held)
    check(set(held) - {"srtt_us"} == want - {"srtt_us"}, set(held) ^ want, held, plain)
    for key in want - set(only_held) - TOLD_WHEN - CLOCKS:
        check(held[key] == plain[key], key, held, plain)


def told_twice(act, only_held=(), **which):
    """The transition that act() makes, as it is told without a filter, and under one for its port."""
    choose_ports()
    with Watch("-E", "-e") as all_, Watch("-E", "-e", "-L", PORTS) as filtered:
        port = act()
        plain, held = all_.wait_for(event="state", **which), filtered.wait_for(event="state", **which)
        check(held["local_port"] == port and held["actor_pid"] == held["pid"] == os.getpid(), held)
        check_same(held, plain, only_held)


def test_held__connect_has_every_field_that_it_has_when_told_at_once():
    sock = listener(port=9040)

    def connect():
        with socket.create_connection(sock.getsockname()) as c:
            return c.getsockname()[1]

    # without a filter it is told before its port is chosen
    told_twice(connect, {"local_port", "community_id"}, old_state="CLOSE", state="SYN_SENT")


def test_held__listen_has_every_field_that_it_has_when_told_at_once():
    def listen():
        with socket.socket() as s:
            s.listen()  # not bound: a port is chosen after the transition, which waits for it
            return s.getsockname()[1]

    told_twice(listen, old_state="CLOSE", state="LISTEN")


def test_held__birth_of_a_child_has_every_field_of_what_follows_at_once():
    """Up to 6.12 it has no peer when it is born, and is told after its next transition has come."""
    sock = listener(port=9041)
    for args in [(), ("-L", "9041"), ("-P", "9041")]:
        with Watch("-E", "-e", *args) as w, socket.create_connection(sock.getsockname()) as c:
            child = {"event": "state", "local_port": 9041, "remote_port": c.getsockname()[1]}
            birth = w.wait_for(**child, old_state="LISTEN", state="SYN_RECV")
            after = w.wait_for(**child, old_state="SYN_RECV", state="ESTABLISHED")
            del birth["old_state"], birth["state"], after["old_state"], after["state"]
            check_same(birth, after, not_held={"state_us"})
