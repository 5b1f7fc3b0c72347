# SPDX-License-Identifier: GPL-2.0-only
"""The live table at a terminal: what stands there at usual sizes, keys, and ends of all kinds."""
import json
import os
import re
import signal
import socket

from harness import Child, check, here, listener, set_name, wait_until
from tmux import Screen, kill
from traffic import connection, refused

TITLES = {80: ["PID/PROGRAM", "LOCAL", "REMOTE", "UP/s", "DOWN/s", "STATE", "AGE"],
          120: ["PID/PROGRAM", "LOCAL", "REMOTE", "UP/s", "DOWN/s", "STATE", "AGE", "RTR/s", "RTT"],
          200: ["PID/PROGRAM", "PROTO", "LOCAL", "REMOTE", "UP/s", "DOWN/s", "STATE", "AGE", "RTR/s", "RTT", "SENT",
                "RECEIVED", "UNIT"]}


def pair(sock):
    client = socket.create_connection(sock.getsockname())
    return client, sock.accept()[0]


def titles_of(row):
    return [re.sub("[▲▼]$", "", word) for word in row.split()]


def test_top_screen__at_usual_sizes():
    sock = listener()
    client, server = pair(sock)
    port = client.getsockname()[1]
    for columns, lines in ((80, 24), (120, 40), (200, 60)):
        with Screen(here(), columns=columns, lines=lines) as s:
            row = s.row_of(f":{port} ", "127.0.0.1", "ESTABLISHED")
            rows = s.rows()
            check(len(rows) == lines and all(len(r) <= columns for r in rows), rows)
            head = next(r for r in rows if "PID/PROGRAM" in r)
            check(titles_of(head)[:len(TITLES[columns])] == TITLES[columns], head)
            check(row.startswith(f"{os.getpid()}/"), row)
            check("[1 connections]" in rows[3] and rows[0].count("tcp ") == 1 and "q Quit" in rows[-1], rows)
            s.keys("q")
            check(s.wait_for_end() == 0, s.text())
    server.close()


def test_top_screen__views_details_help_and_events():
    sock = listener()
    client, server = pair(sock)
    port = client.getsockname()[1]
    with Screen(here(), lines=40, columns=120) as s:
        s.row_of(f":{port} ")
        s.keys("2")
        s.wait_for("[2 processes]", f"{os.getpid()}/")
        s.keys("3")
        s.wait_for("[3 remotes]", "127.0.0.1")
        s.keys("4")
        s.wait_for("[4 listeners]", f"127.0.0.1:{sock.getsockname()[1]}")
        sock_port = sock.getsockname()[1]
        with listener() as other:
            gone = other.getsockname()[1]
        refused(gone)
        s.keys("5")
        s.row_of(f"127.0.0.1:{gone}", "refused")
        s.keys("Enter")
        s.wait_for("process", f"{os.getpid()}/", "refused")
        s.keys("Escape")
        s.wait_for("[5 failures]", "TIMES")
        s.keys("?")
        s.wait_for("Space          pause")
        s.keys("?", "1", "e")
        s.wait_for("EVENTS")
        moment = connection(sock)
        s.row_of("end ", f":{moment} - 127.0.0.1:{sock_port}")
    server.close()


def test_top_screen__filter_as_on_the_command_line_with_its_errors():
    first, second = listener(), listener()
    a, b = pair(first), pair(second)
    ports = [c.getsockname()[1] for c, _ in (a, b)]
    with Screen(here(), lines=30, columns=100) as s:
        s.row_of(f":{ports[0]} ")
        s.keys("/")
        s.type(f"-P {ports[0]}")
        s.wait_without(f":{ports[1]} ")
        s.row_of(f":{ports[0]} ")
        s.type("x")
        s.wait_for("is not a port")
        s.keys("BSpace", "Enter")
        s.wait_for(f"only: -P {ports[0]}", "q Quit")
        s.keys("Escape")
        s.row_of(f":{ports[1]} ")
        s.keys("/")
        s.type(f"127.0.0.1:{ports[1]}")
        s.wait_without(f":{ports[0]} ")
        s.keys("C-u")
        s.type(f"state established ( sport = :{ports[0]} or dport = {ports[0]}")
        s.wait_for("is not closed")
        s.type(" )")
        s.wait_without(f":{ports[1]} ")
        s.row_of(f":{ports[0]} ")
        s.keys("C-u")
        s.type("dst some.example")
        s.wait_for("names of hosts are looked up on the command line")
    with Screen(here(), str(os.getpid()), "sport", "=", str(ports[1])) as s:
        s.row_of(f":{ports[1]} ")
        check(f":{ports[0]} " not in s.text(), s.text())
    for c, server in (a, b):
        c.close()
        server.close()


def test_top_screen__pause_keeps_all_and_counts_what_ends():
    sock = listener()
    client, server = pair(sock)
    port = client.getsockname()[1]
    with Screen(here()) as s:
        s.row_of(f":{port} ", "ESTABLISHED")
        s.keys("Space")
        s.wait_for("PAUSED")
        client.close()
        server.close()
        s.wait_for("since then ended: 2")
        s.row_of(f":{port} ", "ESTABLISHED")
        s.keys("Space")
        s.row_of(f":{port} ", "closed")


def test_top_screen__sorting_and_the_cursor():
    sock = listener()
    pairs = [pair(sock) for _ in range(3)]
    with Screen(here(), columns=100) as s:
        s.row_of(f":{pairs[2][0].getsockname()[1]} ")
        s.wait_for("UP/s▼")
        s.keys("s")
        s.wait_for("DOWN/▼")
        s.keys("S")
        s.wait_for("DOWN/▲")
        s.keys("j", "j", "Enter")
        s.wait_for("socket", "cookie", "executable")
        s.keys("Escape", "G", "g")
        s.wait_for("PID/PROGRAM")
    for client, server in pairs:
        client.close()
        server.close()


def test_top_screen__writes_what_is_seen():
    sock = listener()
    client, server = pair(sock)
    port = client.getsockname()[1]
    with Screen(here(), columns=120) as s:
        s.row_of(f":{port} ")
        s.keys("w")
        path = re.search(r"(/\S+\.jsonl)", s.row_of("rows are in")).group(1)
        with open(path, encoding="utf-8") as f:
            rows = [json.loads(line) for line in f]
        os.unlink(path)
        check(rows[0]["event"] == "frame" and [r for r in rows if r.get("local_port") == port], rows)
    server.close()


def test_top_screen__hostile_names_are_harmless():
    sock = listener()

    def hostile(link):
        set_name(b"a\x1b]0;x\x07\xffb")
        with socket.create_connection(sock.getsockname()) as held:
            link.say(str(held.getsockname()[1]))
            link.hear()

    child = Child(hostile)
    port = child.hear()
    for locale in ("C.UTF-8", "C"):
        with Screen(here(), columns=120, env={"LC_ALL": locale}) as s:
            row = s.row_of(f":{port} ", "\\x1b")
            check(row.startswith(f"{child.pid}/a"), row)
            check("PID/PROGRAM" in s.text() and len(s.rows()) == 24, s.rows())
    child.say()
    child.wait()


def test_top_screen__follows_the_size_of_the_terminal():
    sock = listener()
    client, server = pair(sock)
    port = client.getsockname()[1]
    with Screen(here()) as s:
        s.row_of(f":{port} ")
        for columns, lines in ((132, 50), (40, 10), (20, 5), (80, 24)):
            s.resize(columns, lines)
            wait_until(lambda n=lines: len(s.rows()) == n, "the size")
            if lines > 8:
                s.wait_for("PID/PROG")
        s.row_of(f":{port} ")
        s.keys("q")
        check(s.wait_for_end() == 0, s.text())
    server.close()


def test_top_screen__ends_and_leaves_the_terminal_as_it_was():
    for how in ("q", "C-c", "viewer", "tracer", "TERM"):
        with Screen(here()) as s:
            s.wait_for("PID/PROGRAM")
            found = s.processes()
            check({"sockwatch", "sockwatch-top"} <= set(found), found)
            if how == "viewer":
                kill(found["sockwatch-top"])
            elif how == "tracer":
                kill(found["sockwatch"])
            elif how == "TERM":
                os.kill(found["sockwatch"], signal.SIGTERM)
            else:
                s.keys(how)
            status = s.wait_for_end()
            check(status == {"viewer": 4, "tracer": 137}.get(how, 0), how, status, s.text())
            wait_until(lambda found=found: not any(os.path.exists(f"/proc/{p}") for p in found.values()),
                       f"the end of both after {how}")


def test_top_screen__a_terminal_that_goes_away_ends_it():
    with Screen(here()) as s:
        s.wait_for("PID/PROGRAM")
        found = s.processes()
        s.tmux("kill-session")
        wait_until(lambda: not any(os.path.exists(f"/proc/{p}") for p in found.values()), "the end of both")


def test_top_screen__stops_and_goes_on():
    with Screen(here()) as s:
        s.wait_for("PID/PROGRAM")
        found = s.processes()
        for pid in found.values():
            os.kill(pid, signal.SIGSTOP)
        for pid in found.values():
            os.kill(pid, signal.SIGCONT)
        s.keys("2")
        s.wait_for("[2 processes]")
