# SPDX-License-Identifier: GPL-2.0-only
"""Who sits before the stream: very many sockets are one line, advice, and what there was at the end."""
import resource
import signal
import socket
import time

from harness import LONG, Patience, check, here, listener, run
from terminal import Terminal

MANY = 1100


def many():
    """More listeners than have a row each."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    return [listener(port=10000 + i) for i in range(MANY)]


def test_seated__very_many_sockets_are_one_line_at_a_terminal():
    kept = many()
    with Terminal(here(), columns=80, lines=24, errors=True) as t:
        t.wait_for("TIME")
        check(f"{MANY:,} sockets: {MANY:,} listen; `sockwatch list` shows them, and -a here" == t.rows[0], t.rows[:3])
        client = socket.create_connection(("127.0.0.1", 10000))
        t.wait_for("ESTAB")
        check(not any("0.0.0.0:*" in row for row in t.rows), t.rows)
        client.close()
    check(len(kept) == MANY)


def test_seated__with_a_and_into_a_pipe_they_are_rows():
    kept = many()
    with Terminal(here(), "-a", columns=80, lines=24, errors=True) as t:
        t.wait_for(":11099 ")
    done = run(here(), "--duration=0.1")
    check(done.stdout.count(b"LISTEN") == MANY and b"sockets:" not in done.stdout, len(done.stdout))
    check(b"opened" not in done.stderr, done.stderr)
    kept[0].close()
    few = kept[:5]
    for s in kept[5:]:
        s.close()
    with Terminal(here(), columns=80, lines=24, errors=True) as t:
        t.wait_for(":10004 ")
        check(t.rows[0].startswith("\x1b[1mTIME"), t.rows)
    check(len(few) == 5)


def test_seated__the_end_says_what_there_was():
    server, closed = listener(), listener()
    name = closed.getsockname()
    closed.close()
    for word in ([], ["conns"]):
        t = Terminal(*word, here(), columns=120, lines=40, errors=True)
        try:
            t.wait_for("Foreign Address")
            client = socket.create_connection(server.getsockname())
            port = client.getsockname()[1]
            accepted = server.accept()[0]
            client.close()
            accepted.close()
            failing = socket.socket()
            check(failing.connect_ex(name) != 0)
            failing.close()
            t.wait_for("refused")
            for address in (f" 127.0.0.1:{port} ", f" {server.getsockname()[0]}:{server.getsockname()[1]} "):
                t.wait_for(address)  # both ends of it
            t.process.send_signal(signal.SIGINT)
            t.end()
            check(any("1 connection opened, 1 accepted, 1 failed or cut off (1 refused); most by " in row for row in t.rows),
                  word, t.rows)
        finally:
            t.close()


def test_seated__conns_and_top_are_recommended_once():
    server = listener()
    with Terminal(here(), columns=80, lines=24, errors=True) as t:
        t.wait_for("Foreign Address")
        patience = Patience(LONG)
        while b"sockwatch top" not in t.text and not patience.is_over():
            client = socket.create_connection(server.getsockname())
            server.accept()[0].close()
            client.close()
            t.read()
            while t.has_more():
                t.read()
            time.sleep(0.02)  # for the rate: a few hundred lines a second, which are read
        check(t.text.count(b"`sockwatch conns`") == 1, t.rows[-20:])
