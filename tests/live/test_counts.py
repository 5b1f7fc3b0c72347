# SPDX-License-Identifier: GPL-2.0-only
"""`list --by` counts what `list` lists, and tells what grows."""
import collections
import csv
import json
import os
import socket
import subprocess
import sys

from harness import LONG, Settings, check, end_of, here, run, wait_until

KEYS = {"state": "state", "comm": "comm", "pid": "pid", "uid": "uid", "proto": "proto", "port": "local_port",
        "local": "local_addr", "remote": "remote_addr", "remote-port": "remote_port", "netns": "netns",
        "cgroup": "cgroup", "unit": "unit", "container": "container"}


def records(*args):
    done = run(*args, "-j", here())
    check(done.returncode == 0 and not done.stderr, done)
    return [json.loads(line) for line in done.stdout.splitlines()]


def sockets():
    """Listeners, connections, one in CLOSE_WAIT, UDP and Unix sockets: kept as long as they are referred to."""
    keep = []
    for _ in range(3):
        server = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(server.getsockname())
        keep += [server, client, server.accept()[0]]
    keep[-1].close()  # its client is in CLOSE_WAIT then
    for _ in range(2):
        keep.append(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
        keep[-1].bind(("::1", 0))
    keep += socket.socketpair()
    wait_until(lambda: "CLOSE_WAIT" in [r.get("state") for r in records("list", "-t")], "CLOSE_WAIT")
    return keep


def expected(rows, names):
    return collections.Counter(tuple(r.get(KEYS[name]) for name in names) for r in rows)


def counted(rows, names):
    return {tuple(r.get(KEYS[name]) for name in names): r["count"] for r in rows}


def test_counts__are_those_of_the_list_by_every_key():
    keep = sockets()
    rows = [r for r in records("list") if r["proto"] != "unix"]
    for names in [(name,) for name in KEYS] + [("comm", "state"), ("proto", "state", "port"), tuple(KEYS)[:8]]:
        counts = records("list", "--by", ",".join(names))
        check(counted(counts, names) == expected(rows, names), names, counts, rows)
        check(all(r["event"] == "count" and "growth" not in r for r in counts), counts)
        numbers = [r["count"] for r in counts]
        check(numbers == sorted(numbers, reverse=True), counts)
    check(counted(records("list", "--by", "state", "-t", "-l"), ["state"]) == {("LISTEN",): 3}, "filters")
    unix = [r for r in records("list", "-x")]
    check(counted(records("list", "-x", "--by", "state"), ["state"]) == expected(unix, ["state"]), "Unix sockets")
    del keep


def test_counts__text_and_csv_say_the_same():
    keep = sockets()
    want = counted(records("list", "--by", "state,uid"), ["state", "uid"])
    text = run("list", "--by", "state,uid", here()).stdout.decode().splitlines()
    check(text[0].split() == ["Count", "State", "UID"], text)
    rows = [line.split() for line in text[1:]]
    check({(s if s != "-" else None, int(u) if u != "-" else None): int(n) for n, s, u in rows} == want, text, want)
    lines = run("list", "--by", "state,uid", "--csv", here()).stdout.decode().splitlines()
    check(lines[0] == "time,state,uid,count", lines)
    check({(r["state"] or None, int(r["uid"]) if r["uid"] else None): int(r["count"])
           for r in csv.DictReader(lines)} == want, lines, want)
    ports = [int(line.split()[-1]) for line in
             run("list", "-tl", "--by", "state,port", "--sort=port", "-H", here()).stdout.splitlines()]
    check(ports == sorted(ports) and len(ports) == 3, ports)
    del keep


LEAK = """import socket, sys
server = socket.create_server(("127.0.0.1", 0))
leaked = []
for line in sys.stdin:
    client = socket.create_connection(server.getsockname())
    leaked.append(server.accept()[0])
    client.close()
    print("leaked", flush=True)
"""


def test_counts__leak_of_close_wait_stands_out():
    """With its process, by how much it grew, and for how long the oldest is there."""
    with subprocess.Popen([sys.executable, "-c", LEAK], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as leak, \
            subprocess.Popen([Settings.binary, "list", "-tjc", "0.1", "--by", "pid,state", "--state=close_wait",
                              here()], stdout=subprocess.PIPE) as watch:
        def more():
            leak.stdin.write(b"\n")
            leak.stdin.flush()
            check(leak.stdout.readline() == b"leaked\n", "the leak ended")

        def wait_for(condition):
            """The first such line; lines come with every page, but for pages without any."""
            for line in watch.stdout:
                row = json.loads(line)
                check(row["pid"] == leak.pid and row["state"] == "CLOSE_WAIT", row)
                if condition(row):
                    return row
            raise AssertionError("the list ended")
        more()
        wait_for(lambda r: r["count"] == 1 and r.get("oldest_us", 0) > 0)
        more()
        more()
        grown = 0
        while grown < 2:
            row = wait_for(lambda r: r["growth"] > 0)
            grown += row["growth"]
        check(row["count"] == 3 and row["oldest_us"] >= 100000, row)
        older = wait_for(lambda r: r["growth"] == 0)
        check(older["oldest_us"] > row["oldest_us"], row, older)
        leak.stdin.close()
        gone = wait_for(lambda r: r["count"] == 0)
        check(gone["growth"] < 0 and "oldest_us" not in gone, gone)
        watch.terminate()
        watch.stdout.read()
        check(end_of(watch, LONG) == 0 and end_of(leak, LONG) == 0, watch.returncode, leak.returncode)


def test_counts__name_of_a_process_stays_one_cell():
    name = b'a b"c'
    pid = os.fork()
    if not pid:
        with open("/proc/self/comm", "wb") as f:
            f.write(name)
        keep = socket.create_server(("127.0.0.1", 0))
        os.kill(os.getpid(), 19)
        keep.close()
        os._exit(0)
    try:
        wait_until(lambda: records("list", "-tl"), "a listener")
        check(records("list", "-tl", "--by", "comm")[0]["comm"] == name.decode(), "JSON")
        text = run("list", "-tl", "--by", "comm,state", "-H", here()).stdout.decode()
        check(text.split("LISTEN")[0].strip() == '1 "a b\\"c"', text)
    finally:
        os.kill(pid, 18)
        os.waitpid(pid, 0)
