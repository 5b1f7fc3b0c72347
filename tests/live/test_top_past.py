# SPDX-License-Identifier: GPL-2.0-only
"""The live table over the store: a moment of the past, steps to others, and what is not known of them."""
import os
import tempfile
import time

from harness import check, here, listener, own_user, wait_until
from recording import Recorder, store
from test_log import come_and_gone
from test_top_screen import pair
from tmux import Screen, kill
from traffic import refused


def test_top_past__a_moment_and_the_one_before_the_recorder():
    with store() as folder, Recorder(folder, here()) as w:
        with listener() as other:
            gone = other.getsockname()[1]
        refused(gone)
        _, during, _, (listening, port) = come_and_gone()
        w.wait_kept(port)
        w.stop()
        with Screen("--at", during, "--dir", w.dir, here(), columns=120) as s:
            s.wait_for("THE PAST: ", "q Quit")
            row = s.row_of(f":{port} ", f"127.0.0.1:{listening}")
            check(row.startswith(f"{os.getpid()}/"), row)
            check("estab" not in s.text() and "not traced" not in s.text(), s.text())
            s.keys("4")
            s.row_of(f"127.0.0.1:{listening}", f"{os.getpid()}/")
            s.keys("5")
            s.row_of(f"127.0.0.1:{gone}", "refused")
            s.keys("1", "{")
            s.wait_for("NOT KNOWN: nothing was recorded then", "0 rows")
            s.keys("}")
            s.row_of(f":{port} ", f"127.0.0.1:{listening}")
            s.keys("}")
            s.wait_for("that is still to come")
            s.keys("q")
            check(s.wait_for_end() == 0, s.text())


def test_top_past__without_a_store_it_says_so():
    with tempfile.TemporaryDirectory() as folder, Screen("--at", "10m", "--dir", folder + "/none") as s:
        s.wait_for("there is no store in it")
        check(s.wait_for_end() == 4, s.text())


def test_top_past__steps_there_from_what_is_now_and_back():
    """A step is a minute, which one has to wait for."""
    with store() as folder, Recorder(folder, here()) as w:
        with listener() as other:
            gone = other.getsockname()[1]
        refused(gone)
        sock = listener()
        client, server = pair(sock)
        port, listening = client.getsockname()[1], sock.getsockname()[1]
        began = time.monotonic()
        with Screen("--dir", w.dir, here(), columns=120) as s:
            s.row_of(f":{port} ", "ESTABLISHED")
            s.keys("]")
            s.wait_for("this is now")
            s.keys("[")
            s.wait_for("THE PAST: ", "NOT KNOWN: nothing was recorded then", "Esc now")
            check(f":{port} " not in s.text(), s.text())
            s.keys("Escape")
            s.row_of(f":{port} ", "ESTABLISHED")
            client.close()
            server.close()
            w.wait_kept(port)
            with listener() as later:
                s.keys("{", "[", "]", "}", "4")
                s.row_of(f"127.0.0.1:{later.getsockname()[1]}")
                check("THE PAST" not in s.text(), s.text())
                wait_until(lambda: time.monotonic() > began + 63, "a minute", 90)
                s.keys("[")
                s.wait_for("THE PAST")
                s.row_of(f"127.0.0.1:{listening}", f"{os.getpid()}/", " - ")
                s.keys("5")
                s.row_of(f"127.0.0.1:{gone}", "refused")
                s.keys("Space")
                s.wait_for("the past stands still")
                s.keys("]", "4")
                s.row_of(f"127.0.0.1:{later.getsockname()[1]}")
                check("THE PAST" not in s.text(), s.text())
            s.keys("q")
            check(s.wait_for_end() == 0, s.text())


def test_top_past__from_what_is_now_says_why_there_is_none():
    with tempfile.TemporaryDirectory() as folder, Screen("--dir", folder + "/none", here()) as s:
        s.wait_for("PID/PROGRAM")
        check("sockwatch-store" not in s.processes(), s.processes())
        s.keys("[")
        s.wait_for("there is no past: no store in")
    with tempfile.TemporaryDirectory() as folder, Screen("--dir", folder, here()) as s:
        s.wait_for("PID/PROGRAM")
        s.keys("[")
        s.wait_for("there is no store in it")
        check("THE PAST" not in s.text(), s.text())
        wait_until(lambda: "sockwatch-store" in s.processes(), "who reads")
        reader = s.processes()["sockwatch-store"]
        with open(f"/proc/{reader}/status", encoding="ascii") as f:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
        check(status["Uid"].split()[1] == own_user()[0], status)
        check(int(status["CapEff"], 16) in (0, 1 << 2) and status["NoNewPrivs"] == "1", status)
        kill(reader)
        s.wait_for("who reads the store has ended")
        s.keys("[")
        s.wait_for("nobody reads the store in")
        s.keys("q")
        check(s.wait_for_end() == 0, s.text())
