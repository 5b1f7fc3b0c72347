# SPDX-License-Identifier: GPL-2.0-only
"""The live table over the store: a moment of the past, steps to others, and what is not known of them."""
import os
import tempfile

from harness import check, here, listener
from recording import Recorder, store
from test_log import come_and_gone
from tmux import Screen
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
    with Screen(here()) as s:
        s.wait_for("PID/PROGRAM")
        s.keys("[")
        s.wait_for("sockwatch top --at 1m" if os.path.exists("/var/lib/sockwatch") else "there is no past: no store in")
