# SPDX-License-Identifier: GPL-2.0-only
"""--plot: connections as bars, at the end of conns and of what was recorded."""
import os
import re
import signal
import socket
import xml.dom.minidom

from harness import Watch, check, end_of, here, listener, run, wait_until
from recording import Recorder, store


def connect(n):
    server = listener()
    for _ in range(n):
        client = socket.create_connection(server.getsockname())
        accepted = server.accept()[0]
        client.close()
        accepted.close()
    server.close()


def counts(text, title):
    """Of the bars under a title."""
    part = text.split(title + "\n")[1].split("\n\n")[0]
    return [int(re.match(r" *(?:from |below )?\S+ +(\d+)", line)[1]) for line in part.splitlines()]


def drawn(*args):
    """By a conns that sees six connections, from both sides; ended as people do."""
    with Watch("conns", here(), *args, form=None) as w:
        with Watch("conns", here(), form=None) as other:  # which says when they were told
            connect(6)
            wait_until(lambda: other.text().count(" -> ") == 6 and other.text().count(" <- ") == 6, other.text)
        w.process.send_signal(signal.SIGINT)
        check(end_of(w.process) == 0, w.stderr())
        w.join()
        return w.text()


def test_plot__conns_draws_what_ended():
    os.environ["LC_ALL"] = "C"
    text = drawn("--plot")
    check(text.startswith("12 connections\n"), text)
    for title, n in (("How long connections were", 12), ("How long it took until they were there (connect)", 6),
                     ("When they ended", 12)):
        check(sum(counts(text, title)) == n, title, text)
    check("#" in text and text.isascii(), text)


def test_plot__svg_is_a_picture_and_blocks_are_for_utf_8():
    os.environ["LC_ALL"] = "C.UTF-8"
    check("\u2588" in drawn("--plot"), "blocks")
    picture = xml.dom.minidom.parseString(drawn("--plot=svg"))
    check(picture.documentElement.tagName == "svg" and len(picture.getElementsByTagName("rect")) > 3)


def test_plot__log_draws_what_was_recorded():
    os.environ["LC_ALL"] = "C"
    with store() as folder, Recorder(folder) as recorder:
        connect(6)

        def look():
            done = run("log", "--dir", recorder.dir, "--plot")
            return done.returncode == 0 and done.stdout.startswith(b"12 connections\n") and done.stdout.decode()
        text = wait_until(look, "twelve connections")
        check(sum(counts(text, "When they ended")) == 12, text)
        done = run("log", "--dir", recorder.dir, "--plot", "--comm", "nobody-of-that")
        check(done.returncode == 1 and not done.stdout, done)
