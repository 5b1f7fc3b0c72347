# SPDX-License-Identifier: GPL-2.0-only
"""What people see at a terminal: colours, columns that fit, a header that stays."""
import os
import re
import socket

from harness import check, here, listener, run
from network import add_address
from terminal import Terminal, at_terminal

COLOR = re.compile("\x1b\\[[0-9;]*m")


def plain(line):
    return COLOR.sub("", line)


def test_terminal__states_have_colours_unless_refused():
    server = listener()
    client = socket.create_connection(server.getsockname())
    accepted = server.accept()[0]
    rows = at_terminal("list", "-tn", here())
    check("\x1b[36mLISTEN" in rows[1] and "\x1b[32mESTABLISHED" in rows[2], rows)
    check(rows[0].startswith("\x1b[1m") and rows[0].endswith("\x1b[0m"), rows)
    check([plain(r) for r in rows] == at_terminal("list", "-tn", here(), "--color=never"), rows)
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}):
        check(not any("\x1b" in r for r in at_terminal("list", "-tn", here(), env=env)), env)
        check(any("\x1b" in r for r in at_terminal("list", "-tn", here(), "--color=always", env=env)), env)
    check(b"\x1b" not in run("list", "-tn", here()).stdout, "no terminal, no colours")
    check(b"\x1b[36mLISTEN" in run("list", "-tn", here(), "--color=always").stdout, "but if asked for")
    check(b"\x1b" not in run("list", "-tj", here(), "--color=always").stdout, "JSON has none")
    client.close()
    accepted.close()


def test_terminal__columns_fit_and_no_address_is_cut():
    v4, v6 = listener(), listener(socket.AF_INET6)
    pairs = [(c, s.accept()[0]) for s in (v4, v6) for c in [socket.create_connection(s.getsockname()[:2])]]
    for columns in (80, 100, 200):
        rows = [plain(r) for r in at_terminal("list", "-tn", here(), columns=columns)]
        check(all(len(r) <= columns for r in rows) and len(rows) == 7, columns, rows)
        check(len({r.index(w) for r, w in zip(rows, ["State"] + ["LISTEN"] * 2 + ["ESTABLISHED"] * 4)}) == 1, rows)
    for columns, event in ((80, False), (200, True)):
        head, *rows = [plain(r) for r in at_terminal("-t", here(), "--duration=0.1", columns=columns)]
        check(("EVENT" in head) == event and len(head) <= columns, columns, head)
        check(all(len(r) <= columns for r in rows) and len(rows) == 6, columns, rows)
        for s in (s for pair in pairs for s in pair):
            name = s.getsockname()
            check(any(f" {name[0]}:{name[1]} " in r for r in rows), name, rows)
    wide = [plain(r) for r in at_terminal("-tW", here(), "--duration=0.1", columns=80)]
    check("EVENT" in wide[0], "-W", wide)
    del v4, v6


def test_terminal__a_long_address_takes_its_room_alone():
    long = "2001:db8:1234:5678:9abc:def0:1234:5678"
    add_address(long + "/128")
    servers = [listener(), listener(socket.AF_INET6, host=long)]
    pairs = [(c, s.accept()[0]) for s in servers for c in [socket.create_connection(s.getsockname()[:2])]]
    for args in (["list", "-tn"], ["-t", "--duration=0.1"]):
        for columns in (80, 120, 140):
            head, *rows = [plain(r) for r in at_terminal(*args, here(), columns=columns)]
            check(len(rows) == 6 and len(head) <= columns, columns, head, rows)
            short = [r for r in rows if long not in r]
            check(len(short) == 3 and all(len(r) <= columns for r in short), columns, short)
            state = head.index("State")
            check(all(re.match("LISTEN|ESTAB", r[state:]) for r in short), columns, head, short)
            check(all(f" {long}:{s.getsockname()[1]} " in "".join(rows) for s in pairs[1]), rows)
        wide = [plain(r) for r in at_terminal(*args, here(), columns=200)]
        check(len({r.index(w) for r in wide for w in ("State", "LISTEN", "ESTABLISHED") if w in r}) == 1, wide)
    for s in (*servers, *pairs[0], *pairs[1]):
        s.close()


def views(rows, columns, lines):
    """What a terminal of that size shows behind each row, the cursor below it."""
    shown = []
    for row in rows:
        row = plain(row)
        shown += [row[i:i + columns] for i in range(0, max(len(row), 1), columns)]
        yield shown[1 - lines:]


def check_in_sight(rows, columns, lines, head):
    n = 0
    for view in views(rows, columns, lines):
        n += 1
        check(any(r.startswith(head) for r in view), "no header behind row", n, "of", columns, "x", lines, view)
    check(n > 50, "too few rows", n)


def test_terminal__the_header_stays_in_sight():
    servers = [listener() for _ in range(50)]
    for columns, lines in ((80, 24), (120, 10), (60, 24), (40, 12)):
        size = {"columns": columns, "lines": lines}
        check_in_sight(at_terminal("list", "-tn", here(), **size), columns, lines, "Proto")
        check_in_sight(at_terminal("-t", here(), "--duration=0.1", **size), columns, lines, "TIME")
    rows = [plain(r) for r in at_terminal("list", "-tn", here(), columns=100, lines=10)]
    check(len([r for r in rows if r.startswith("Proto")]) == 7 and len(rows) == 57, "no more often than needed", rows)
    check(len([r for r in at_terminal("list", "-tnH", here(), lines=10) if "Proto" in r]) == 0, "-H")
    check(run("list", "-tn", here()).stdout.count(b"Proto") == 1, "once where nobody looks")
    for s in servers:
        s.close()


def test_terminal__the_header_of_unix_sockets_stays_in_sight():
    pairs = [socket.socketpair() for _ in range(30)]
    rows = at_terminal("list", "-x", f"--pid={os.getpid()}", columns=100, lines=12)
    check_in_sight(rows, 100, 12, "Proto")
    check(rows[0].startswith("\x1b[1mProto") and rows[0].endswith("\x1b[0m"), rows[0])
    check(sum("\x1b[32mCONNECTED" in r for r in rows) == 60, rows)
    check([plain(r) for r in rows] == at_terminal("list", "-x", f"--pid={os.getpid()}", "--color=never",
                                                  columns=100, lines=12), "the same in colours")
    del pairs


def test_terminal__a_header_comes_again_when_its_columns_move():
    """A stream does not know the addresses that will come."""
    add_address("192.168.110.120/32")
    with Terminal("-tE", here(), columns=140, lines=50) as watch:
        watch.wait_for("TIME")
        server = listener(host="192.168.110.120", port=54321)
        client = socket.create_connection(server.getsockname())
        accepted = server.accept()[0]
        watch.wait_for("accept")
    heads, last = 0, None
    for row in map(plain, watch.rows):
        if row.startswith("TIME"):
            heads, last = heads + 1, row.index("State")
        elif "54321" in row:
            check(row[last - 1] == " " and row[last] != " ", row, last)
    check(heads == 2, watch.rows)
    client.close()
    accepted.close()
