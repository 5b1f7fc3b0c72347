# SPDX-License-Identifier: GPL-2.0-only
"""`list --by` counts what `list` lists, and tells what grows."""
import collections
import csv
import json
import os
import re
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
                check(row["state"] == "CLOSE_WAIT", row)
                # one that is accepted while the page is made has no owner there yet
                if row.get("pid") == leak.pid and condition(row):
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


def ss_summary():
    """What `ss -s` says: the numbers of its second line, and its table by transport and family."""
    text = subprocess.run(["ss", "-s"], capture_output=True, text=True, check=True).stdout
    line = re.search(r"TCP: .*\(estab (\d+), closed \d+, orphaned \d+, timewait (\d+)\)", text)
    table = {words[0]: tuple(map(int, words[2:])) for words in map(str.split, text.splitlines()) if len(words) == 4
             and words[1].isdigit()}
    return int(line[1]), int(line[2]), table


def test_counts__summary_is_that_of_ss():
    keep = sockets()
    client = socket.create_connection(keep[0].getsockname())
    server = keep[0].accept()[0]
    client.close()
    server.recv(1)
    server.close()  # the client's end is in TIME_WAIT
    keep.append(socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True))
    keep.append(socket.create_connection(("127.0.0.1", keep[-1].getsockname()[1])))
    keep.append(keep[-2].accept()[0])  # v4-mapped: of an IPv6 socket

    def same():
        theirs = ss_summary()
        rows = records("list", "-s")
        ours = {(r["group"], r["name"]): r for r in rows if r["event"] == "summary"}
        # requests, TIME_WAIT and what is only bound are in no count of the kernel's
        apart = [ours[k] for k in (("tcp", "TIME_WAIT"), ("tcp", "FIN_WAIT2"), ("tcp", "SYN_RECV"),
                                    ("tcp", "CLOSE")) if k in ours]
        state.update(ours=ours, theirs=theirs)

        def families(group, less=()):
            return tuple(ours[group, "total"][k] - sum(x[k] for x in less) for k in ("ipv4", "ipv6"))
        established = sum(ours[k]["value"] for k in (("tcp", "ESTABLISHED"), ("tcp", "CLOSE_WAIT")) if k in ours)
        # the kernel has a small socket also for who waits in FIN_WAIT2 without a process
        waiting = sum(ours[k]["value"] for k in (("tcp", "TIME_WAIT"), ("tcp", "FIN_WAIT2")) if k in ours)
        return ours if ("tcp", "TIME_WAIT") in ours and (established, waiting) == theirs[:2] and \
            families("tcp", apart) == theirs[2]["TCP"] and families("udp") == theirs[2]["UDP"] else None
    state = {}
    ours = wait_until(same, lambda: f"the same numbers: {state}")
    check(ours["tcp", "total"]["ipv6"] == 2 and ours["udp", "total"]["value"] == 2, ours)
    check(ours["unix", "total"]["value"] >= 2 and ours["unix", "CONNECTED"]["value"] >= 2, ours)
    del keep


def test_counts__kernels_numbers_stand_beside_their_limits():
    def limits(name):
        """None: those of the machine are not to be seen in every namespace."""
        try:
            with open(f"/proc/sys/net/ipv4/{name}", encoding="ascii") as f:
                return [int(word) for word in f.read().split()]
        except FileNotFoundError:
            return None
    done = run("list", "-sj")
    kernel = {(r["group"], r["name"]): r for r in map(json.loads, done.stdout.splitlines()) if r["event"] == "kernel"}
    memory, page = kernel["tcp", "memory"], os.sysconf("SC_PAGESIZE")
    pages = limits("tcp_mem") or [0, 0, 0]
    check([memory.get("pressure", 0), memory.get("limit", 0)] == [n * page for n in pages[1:]], memory)
    check(memory["unit"] == "bytes" and memory["value"] % page == 0, memory)
    check([kernel["tcp", "orphans"].get("limit", 0)] == (limits("tcp_max_orphans") or [0]), kernel)
    check([kernel["tcp", "time_wait"]["limit"]] == limits("tcp_max_tw_buckets"), kernel)
    check(kernel["sockets", "used"]["scope"] == "netns" and memory["scope"] == "machine", kernel)
    text = run("list", "-s").stdout.decode()
    check("\ntcp memory " in text and "\ntcp time_wait here " in text and text.startswith("Sockets "), text)
    check("Kernel" not in run("list", "-s", here()).stdout.decode(), "a filter: not what the kernel counts of all")
    lines = run("list", "-s", "--csv").stdout.decode().splitlines()
    check(lines[0].startswith("time,event,group,name,value,") and len({line.count(",") for line in lines}) == 1, lines)
