# SPDX-License-Identifier: GPL-2.0-only
"""ss's filter expressions: the same rows as ss shows, for list; and for the stream, conns and log."""
import json
import random
import shutil
import socket
import subprocess

from harness import Skip, Watch, check, here, listener, run, wait_until
from recording import Recorder, recorded, store

FIXED = (
    "dport = :8080", "sport = :8080", "dport = :8080 or sport = :8081", "( dport = :8080 or sport = :8081 )",
    "dport = :8080 or dport = :8081 sport = :8080", "dport = :8081 sport = :8080 or dport = :8080",
    "dport = :8080 or dport = :8081 and sport > :1024", "not dport = :8080 sport = :8080", "! dport = :8080",
    "not ( dport = :8080 or sport = :8080 )", "dport 8080", "dport :8080", "dport eq 8080", "dport == 8080",
    "dport ne 8080", "dport neq 8080", "dport != :8080 && sport > 1", "sport lt 9000", "sport < :9000",
    "sport le :8080", "sport leq :8080", "sport <= :8080", "sport gt :8080", "sport > :8080", "sport ge :8081",
    "sport geq :8081", "sport >= :8081", "dport < 1024", "dport = 0", "dst 127.0.0.1", "dst = 127.0.0.1",
    "dst 127.0.0.0/8", "dst 127.0.0.0/8:8080", "dst 127.0.0.1:8080", "dst *:8080", "dst :8080",
    "src 127.0.0.2", "src 127.0.0.1/31", "src [::1]", "dst [::1]:8082", "src 0.0.0.0/0",
    "dst 127.0.0.1 and ( sport = :8080 | sport = 8081 )", "dport = :http-alt", "src :http-alt", "dev = lo", "dev != lo",
    "not dev = lo", "dst 127.0.0.1 src 127.0.0.1 not dport = :8080", "not dst 127.0.0.1:8080", "not not dport = :8080",
    "sport = :8080 & dport > 1 | sport = :8081 & dport > 1", "src 127.0.0.1:8080 or src 127.0.0.1:8081 dport != 0",
)
STATES = (
    ["state", "listening"], ["state", "connected"], ["state", "established", "exclude", "established", "state", "close-wait"],
    ["exclude", "listening"], ["state", "synchronized"], ["state", "bucket"], ["state", "big"], ["state", "all"],
    ["excl", "established"], ["state", "fin-wait-2", "state", "close-wait"], ["state", "unconnected"],
    ["state", "time-wait", "( dport = :8080 or sport = :8081 )"], ["state", "listening", "sport", "=", ":8080"],
    ["state", "established", "dport", "=", ":8080", "or", "sport", "=", ":8081"],
)


def connected(address, port, sock):
    """A connection to that port: its client's end, its server's."""
    client = socket.create_connection((address, port))
    return client, sock.accept()[0]


def scene():
    """Listeners and connections of both families, one half closed, one in TIME_WAIT."""
    socks = {8080: listener(host="127.0.0.1", port=8080), 8081: listener(host="127.0.0.2", port=8081),
             8082: listener(socket.AF_INET6, port=8082), 8083: listener(host="0.0.0.0", port=8083),
             8084: socket.create_server(("::", 8084), family=socket.AF_INET6, dualstack_ipv6=True)}
    kept = [*socks.values()]
    for address, port in (("127.0.0.1", 8080), ("127.0.0.1", 8080), ("127.0.0.2", 8081), ("::1", 8082), ("127.0.0.1", 8083),
                          ("127.0.0.1", 8084)):
        kept += connected(address, port, socks[port])
    half = connected("127.0.0.1", 8080, socks[8080])
    half[0].shutdown(socket.SHUT_WR)
    client, server = connected("127.0.0.1", 8080, socks[8080])
    client.close()
    server.recv(1)
    server.close()
    return [*kept, *half]


def rows_of_ss(*words):
    """The ends of each socket; or what it says where it does not understand."""
    done = subprocess.run(["ss", "-tna", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr
    title, *lines = done.stdout.splitlines()
    at = title.split().index("Local")  # with one state there is no column of it
    return sorted(tuple(end.replace("[::]:", "*:") for end in line.split()[at:at + 2]) for line in lines)


def ends_of(row):
    """As ss writes them."""
    ends = []
    for side in ("local", "remote"):
        addr, port = row.get(side + "_addr"), row.get(side + "_port", "*")
        if row.get("v4mapped"):
            addr = f"[::ffff:{addr}]"
        elif row["family"] == "ipv4":
            addr = addr or "0.0.0.0"
        elif addr in (None, "::"):
            addr = "*"
        else:
            addr = f"[{addr}]"
        ends.append(f"{addr}:{port}")
    return tuple(ends)


def list_of(*words):
    done = run("list", "-jt", here(), *words)
    check(done.returncode == 0, words, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(*words):
    """Again where they differ, as a timer may end between the two. Returns how many they are."""
    theirs = ours = None
    for _ in range(3):
        theirs, ours = rows_of_ss(*words), sorted(ends_of(row) for row in list_of(*words))
        if theirs == ours:
            return len(ours)
    raise AssertionError(f"{words}: ss {theirs}, list {ours}")


def random_expression(chance, depth=0):
    if depth > 3 or chance.random() < 0.2:
        return chance.choice(("dport = :8080", "sport = :8080", "dport > :8081", "sport <= :8082", "dst 127.0.0.1",
                              "src 127.0.0.2", "dst [::1]", "sport != :8083", "dst 127.0.0.0/8:8080", "dport lt :9000"))
    left, right = (random_expression(chance, depth + 1) for _ in range(2))
    return chance.choice((f"{left} or {right}", f"{left} and {right}", f"{left} {right}", f"not {left}",
                          f"( {left} )", f"( {left} ) or ( {right} )", f"not ( {left} {right} )"))


def need_ss():
    if not shutil.which("ss"):
        raise Skip("there is no ss")


def test_expression__rows_are_those_of_ss():
    need_ss()
    kept = scene()
    found = [compare(expression) for expression in FIXED]
    check(sum(1 for n in found if n) > len(FIXED) // 2, found)
    check(len(set(found)) > 5, found)
    check(len(kept) > 10)  # they are there until now


def test_expression__states_are_those_of_ss():
    need_ss()
    kept = scene()
    wait_until(lambda: list_of("state", "time-wait"), "a TIME_WAIT")
    for words in STATES:
        compare(*words)
    check(len(kept) > 10)  # they are there until now


def test_expression__made_at_random_is_understood_as_ss_does():
    need_ss()
    kept = scene()
    chance = random.Random(22)
    found = [compare(random_expression(chance)) for _ in range(60)]
    check(len(set(found)) > 5, found)
    check(len(kept) > 10)  # they are there until now


def test_expression__autobound_is_a_port_that_the_kernel_chooses():
    sock = listener(port=8080)
    kept = connected("127.0.0.1", 8080, sock)
    client = kept[0].getsockname()[1]
    check([r["local_port"] for r in list_of("autobound")] == [client], list_of("autobound"))
    check([r["local_port"] for r in list_of("not autobound")] == [8080, 8080], list_of("not autobound"))


def test_expression__leaves_out_what_has_no_ports():
    kept = [listener(port=8080), socket.socket(socket.AF_UNIX), socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)]
    kept[1].bind("")
    for expression, protos in (("not sport = :1", {"tcp"}), ("src 0.0.0.0/0", {"tcp", "raw"})):
        rows = [json.loads(line) for line in run("list", "-j", here(), expression).stdout.splitlines()]
        check({row["proto"] for row in rows} == protos, expression, rows)
    done = run("list", "-x", "sport = :1")
    check(done.returncode == 2 and b"--unix" in done.stderr, done)


def test_expression__stream_tells_what_it_is_asked_for():
    socks = {port: listener(port=port) for port in (8080, 8081)}
    with Watch("-E", "state", "established", "( dport = :8080 or sport = :8081 )") as w:
        kept = [*connected("127.0.0.1", 8081, socks[8081]), *connected("127.0.0.1", 8080, socks[8080])]
        w.wait_for(local_port=kept[2].getsockname()[1], state="ESTABLISHED")
        w.wait_for(local_port=8081, state="ESTABLISHED")
        for row in w.records():
            check(row["state"] == "ESTABLISHED" and (row["remote_port"] == 8080 or row["local_port"] == 8081), row)


def test_expression__stream_waits_for_a_local_port_that_is_asked_for():
    """It is chosen behind the first transition, which is told all the same."""
    sock = listener(port=8080)
    with Watch("-E", "sport >= :1024 dport = :8080") as w:
        kept = connected("127.0.0.1", 8080, sock)
        first = w.wait_for(state="SYN_SENT")
        check(first["local_port"] == kept[0].getsockname()[1], first)


def wanted(rows):
    return sorted((r.get("remote_port") == 8080, r.get("local_port") == 8081) for r in rows if r["event"] == "conn")


def test_expression__conns_and_log_tell_what_they_are_asked_for():
    expression = "( dport = :8080 or sport = :8081 ) and not dst 127.0.0.9"
    socks = {port: listener(port=port) for port in (8080, 8081)}
    with store() as folder, Recorder(folder) as recorder, Watch("conns", expression) as w:
        for port, sock in socks.items():
            for end in connected("127.0.0.1", port, sock):
                end.close()
        wait_until(lambda: len(wanted(w.records())) >= 2, w.dump)
        check(wanted(w.records()) == [(False, True), (True, False)], w.records())
        wait_until(lambda: len(wanted(recorded(recorder.dir))) >= 4, "four ends in the store")
        done = run("log", "-j", "--dir", recorder.dir, *expression.split())
        check(wanted(json.loads(line) for line in done.stdout.splitlines()) == [(False, True), (True, False)], done)
    done = run("log", "state", "established")
    check(done.returncode == 2 and b"all states behind it" in done.stderr, done)


def test_expression__wrong_ones_are_named():
    for words, said in ((["dport"], "'dport' needs a value"), (["( dport = :80"], "'('"), (["dport = :80 )"], "')'"),
                        (["dst > 10.0.0.1"], "only = and !="), (["state", "open"], "'open' is not a state"),
                        (["dport = :nosuchservice"], "'nosuchservice' is not a port"), (["not"], "ends where"),
                        (["dport = :80 prot = 3"], "'prot': expected is a condition"), (["cgroup = x"], "--cgroup")):
        done = run("list", *words)
        check(done.returncode == 2 and said in done.stderr.decode() and done.stderr.count(b"\n") == 1, words, done)
