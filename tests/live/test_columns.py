# SPDX-License-Identifier: GPL-2.0-only
"""--fields and --sort: columns by name, in every format."""
import csv
import io
import json
import os
import re
import socket

from harness import Watch, check, here, listener, run, set_name, wait_until
from terminal import Terminal, at_terminal
from test_terminal import plain


def lines(*args):
    done = run("list", "-t", here(), *args)
    check(done.returncode == 0 and not done.stderr, args, done)
    return done.stdout.decode().splitlines()


def test_columns__list_has_them_in_text_json_and_csv():
    first, second = listener(port=7001), listener(port=7002)
    names = "local_port,state,pid,netns"
    want = [("7001", "LISTEN", str(os.getpid())), ("7002", "LISTEN", str(os.getpid()))]
    text = [tuple(line.split()) for line in lines("--fields", names)]
    check(text[0] == tuple(names.split(",")) and [row[:3] for row in text[1:]] == want, text)
    rows = list(csv.reader(io.StringIO("\n".join(lines("--fields", names, "--csv")))))
    check(rows[0] == names.split(",") and [tuple(row[:3]) for row in rows[1:]] == want, rows)
    objects = [json.loads(line) for line in lines("--fields", names, "-j")]
    check([list(o) for o in objects] == [names.split(",")] * 2, objects)
    check([(str(o["local_port"]), o["state"], str(o["pid"])) for o in objects] == want, objects)
    first.close()
    second.close()


def test_columns__tags_are_in_each_object():
    sock = listener(port=7001)
    for args in (("list", "-t"), ("list", "-x", "-a"), ("list", "--by", "comm"), ("list", "-s"), ("list", "-t", "--fields", "local_port"),
                 ("who", "7001"), ("stats",), ("link",), ("top", "-b", "--count", "1")):
        done = run(*args, "-j", "--tag", "env=a \"b\"\n", "--tag", "host", "--tag", "schema", "--tag", "x.y=1")
        objects = [json.loads(line) for line in done.stdout.splitlines()]
        check(done.returncode == 0 and objects, args, done)
        want = [("env", 'a "b"\n'), ("host", os.uname().nodename), ("schema", "1"), ("x.y", "1")]
        check(all(list(o.items())[-4:] == want for o in objects), args, objects[-1])
    with Watch("-E", here(), "--tag", "boot", "--tag", "host=other") as w:
        socket.create_connection(("127.0.0.1", 7001)).close()
        r = w.wait_for(state="SYN_SENT")
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as f:
            check((r["boot"], r["host"]) == (f.read().strip(), "other"), r)
        w.stop()
    sock.close()
    for args, why in ((("--tag", "a=b"), "it needs -j"), (("-j", "--tag", "comm=x"), "a key that no object has"), (("-j", "--tag", "a"), "KEY=TEXT"),
                      (("-j", "--tag", "a=1", "--tag", "a=2"), "KEY=TEXT"), (("-j", "--tag", "a b=1"), "KEY=TEXT"),
                      (("--json=otel", "--tag", "a=1"), "keys of their own"), (("log", "--by", "comm", "-j", "--tag", "host"), "--tag host=..."),
                      (("who", "1", "--since", "1h", "-j", "--tag", "boot"), "--tag boot=...")):
        done = run(*args)
        check(done.returncode == 2 and why in done.stderr.decode() and not done.stdout, args, done)


def test_columns__fit_a_terminal():
    """A row of IPv4 is one row, whose texts are cut there only, and titles stand over their columns."""
    set_name(b"clickhouse-serv")
    sock = listener(port=54321)
    clients = [socket.create_connection(sock.getsockname()) for _ in range(2)]
    fields = ("--fields", "time,comm,local_addr,local_port,remote_addr,remote_port,state,pid,exe")
    for columns in (80, 120):
        rows = [plain(r) for r in at_terminal("list", "-t", here(), *fields, columns=columns)]
        check(len(rows) == 5 + 1 and all(len(r) <= columns for r in rows), rows)
        check(all(re.match(r"127\.0\.0\.1|0\.0\.0\.0", r[rows[0].index("local_a"):]) for r in rows[1:]), rows)
        check(all(r[rows[0].index("state"):].startswith(("ESTABLISHED", "LISTEN")) for r in rows[1:]), rows)
    exe = os.readlink("/proc/self/exe")
    for out in ([plain(r) for r in at_terminal("list", "-tW", here(), *fields, columns=80)], lines(*fields)):
        held = [r for r in out if f" {os.getpid()} " in r]
        check(len(held) == 5 and all(r.endswith(exe) and " clickhouse-serv " in r for r in held), "cut", out)
        check(all(r[out[0].index("exe"):] == exe for r in held), "the header is elsewhere", out)
    with Terminal("-t", here(), "--fields", "time,event,state,comm,local_addr,local_port,remote_addr", columns=80) as w:
        w.wait_for("LISTEN")
        clients.append(socket.create_connection(sock.getsockname()))
        w.wait_for("SYN_SENT")
        rows = [plain(r) for r in w.rows if r.strip()]
        check(all(len(r) <= 80 for r in rows), rows)
    for s in (*clients, sock):
        s.close()


def test_columns__bring_what_they_need():
    sock = listener(port=7001)
    client = socket.create_connection(("127.0.0.1", 7001))
    rows = [json.loads(line) for line in lines("-j", "--fields", "exe,cmdline,cwnd,timer,local_port")]
    exe = os.readlink("/proc/self/exe")
    check(len(rows) == 3 and any(r.get("exe") == exe for r in rows), rows)
    check(any("cwnd" in r for r in rows) and any("timer" in r for r in rows), rows)
    check(all(list(r) == [k for k in ("exe", "cmdline", "cwnd", "timer", "local_port") if k in r] for r in rows), rows)
    client.close()
    sock.close()


def test_columns__list_sorts_by_what_only_a_record_has():
    sock = listener(port=7001)
    clients = [socket.create_connection(("127.0.0.1", 7001)) for _ in range(3)]
    servers = [sock.accept()[0] for _ in clients]
    for n, client in enumerate(clients):
        client.sendall(b"x" * (100 * (n + 1)))
        check(servers[n].recv(1000))
    ports = [c.getsockname()[1] for c in clients]
    rows = [json.loads(line) for line in lines("-j", "--sort", "bytes_sent", "--fields", "bytes_sent,local_port")]
    check([r["local_port"] for r in rows[:3]] == ports[::-1], rows, ports)
    check(rows[-1].get("bytes_sent", 0) == 0, rows)
    check([r["local_port"] for r in (json.loads(line) for line in lines("-j", "--sort", "state,remote_port,bytes_sent"))][0] == 7001)
    for s in (*clients, *servers, sock):
        s.close()


def test_columns__stream_and_conns_have_them():
    sock = listener(port=7001)
    with Watch("-E", here(), "--fields", "event,state,local_port", form=None) as w, \
            Watch("conns", here(), "-j", "--fields", "duration_us,local_port,reason", form=None) as conns:
        client = socket.create_connection(("127.0.0.1", 7001))
        port = client.getsockname()[1]
        sock.accept()[0].close()
        client.close()
        wait_until(lambda: ["state", "TIME_WAIT", "7001"] in [line.split() for line in w.text().splitlines()], w.text)
        wait_until(lambda: f'"local_port":{port}' in conns.text(), conns.text)
        line = next(line for line in conns.text().splitlines() if f'"local_port":{port}' in line)
        check(list(json.loads(line)) == ["duration_us", "local_port"], line)
        check(w.text().splitlines()[0].split() == ["event", "state", "local_port"], w.text())
    sock.close()
