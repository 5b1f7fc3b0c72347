# SPDX-License-Identifier: GPL-2.0-only
"""Pages that take the place of one another at a terminal, and only there."""
import re
import socket

from harness import check, here, listener, run
from terminal import Terminal

HOME, BELOW = "\x1b[H", "\x1b[J"


def pages(terminal):
    """Those that are complete, as lines without what only moves or colours."""
    text = terminal.text.decode().replace("\r\n", "\n")
    found = [part.split(BELOW)[0] for part in text.split(HOME)[1:] if BELOW in part]
    return [[re.sub("\x1b\\[K$", "", line) for line in page.splitlines()] for page in found]


def plain(line):
    return re.sub("\x1b\\[[0-9;]*m", "", line)


def wait_for_page(terminal, condition):
    """The first such page."""
    while not [p for p in pages(terminal) if condition(p)]:
        check(terminal.read(), "ended", terminal.text)
    return [p for p in pages(terminal) if condition(p)][0]


def test_in_place__page_fits_and_says_what_it_left_out():
    servers = [listener() for _ in range(12)]
    with Terminal("list", "-tn", here(), "-c", "0.1", columns=60, lines=10) as terminal:
        page = wait_for_page(terminal, lambda p: True)
        check(len(page) == 9 and plain(page[0]).startswith("Proto"), page)
        check(plain(page[-1]) == "... and 5 more lines", page)
        check(all(len(plain(line)) <= 60 for line in page), page)
        del servers[4:]
        page = wait_for_page(terminal, lambda p: len(p) == 5)
        check(all("LISTEN" in line for line in page[1:]), page)


def test_in_place__what_changed_is_marked_unless_colours_are_refused():
    server = listener()
    for env, bold in (({}, True), ({"NO_COLOR": "1"}, False)):
        with Terminal("list", "-tn", here(), "-c", "0.1", columns=100, lines=20, env=env) as terminal:
            first = wait_for_page(terminal, lambda p: True)
            check(len(first) >= 2 and not first[1].startswith("\x1b[1m"), first)
            client = socket.create_connection(server.getsockname())
            port = f":{client.getsockname()[1]} "
            page = wait_for_page(terminal, lambda p, port=port: any(port in line for line in p))
            check(all(line.startswith("\x1b[1m") == bold for line in page if port in line), page)
            seen = len(pages(terminal))
            wait_for_page(terminal, lambda p, n=seen: len(pages(terminal)) > n + 1)
            check(not [line for line in pages(terminal)[-1] if line.startswith("\x1b[1m") and port in line],
                  "not new any more")
        client.close()
        server.accept()[0].close()


def test_in_place__link_and_counts_too():
    server = listener()
    with Terminal("link", "-c", "0.1", columns=60, lines=10, env={"NO_COLOR": "1"}) as terminal:
        page = wait_for_page(terminal, lambda p: "per second" in p[0])
        check(page[1].endswith(">") and len(page[1]) == 60, page)
    with Terminal("list", "-t", "--by", "state", here(), "-c", "0.1", columns=60, lines=10) as terminal:
        page = wait_for_page(terminal, lambda p: True)
        check(plain(page[0]).split() == ["Count", "Growth", "Oldest", "State"] and len(page) == 2, page)
    del server


def test_in_place__elsewhere_page_follows_page():
    server = listener()
    text = run("list", "-tn", here(), "-c", "0.05", "--count=2").stdout.decode()
    check("\x1b" not in text and text.count("Proto") == 2 and "\n\nProto" in text, text)
    for args, env in ((("-j",), {}), ((), {"TERM": "dumb"})):
        terminal = Terminal("list", "-tn", here(), "-c", "0.05", "--count=2", *args, columns=80, lines=20, env=env)
        terminal.end()
        check(HOME not in terminal.text.decode(), terminal.text)
    del server
