# SPDX-License-Identifier: GPL-2.0-only
"""What people see at a terminal: colours, columns that fit, a header that stays."""
import re
import socket

from harness import Settings, at_terminal, check, listener, run

COLOR = re.compile("\x1b\\[[0-9;]*m")


def plain(line):
    return COLOR.sub("", line)


def here():
    return f"--netns={Settings.netns}"


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


def test_terminal__the_header_stays_in_sight():
    servers = [listener() for _ in range(50)]
    rows = [plain(r) for r in at_terminal("list", "-tn", here(), lines=10)]
    heads = [i for i, r in enumerate(rows) if r.startswith("Proto")]
    check(heads[0] == 0 and len(rows) - len(heads) == 50, rows)
    check(all(b - a <= 10 for a, b in zip(heads, heads[1:])) and len(heads) == 6, heads)
    check(len([r for r in at_terminal("list", "-tnH", here(), lines=10) if "Proto" in r]) == 0, "-H")
    stream = [plain(r) for r in at_terminal("-t", here(), "--duration=0.1", lines=10)]
    check(len([r for r in stream if r.startswith("TIME")]) == 6, stream)
    check(run("list", "-tn", here()).stdout.count(b"Proto") == 1, "once where nobody looks")
    for s in servers:
        s.close()
