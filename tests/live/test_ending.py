# SPDX-License-Identifier: GPL-2.0-only
"""Whatever stands in the way of its output, it ends when it is asked to, and says what is missing."""
import contextlib
import fcntl
import json
import os
import signal
import socket

from harness import FAULT, Watch, check, end_of, here, listener, scratch, wait_until
from servers import needs
from terminal import Terminal
from traffic import waits_to_write

F_SETPIPE_SZ = 1031


def connect_times(port, n):
    for _ in range(n):
        socket.create_connection(("127.0.0.1", port)).close()


def blocked_by_a_full_pipe():
    """A sockwatch whose pipe is full, and that has more to write; and the pipe's ends."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, F_SETPIPE_SZ, 4096)
    sock = listener()
    port = sock.getsockname()[1]
    w = Watch("-E", here(), "-P", str(port), stdout=writing)
    connect_times(port, 40)
    wait_until(lambda: waits_to_write(w.process.pid), "a write that blocks")
    return w, (reading, writing), sock


def end_blocked(signals):
    w, pipe, sock = blocked_by_a_full_pipe()
    w.process.send_signal(signal.SIGSTOP)
    for sig in signals:
        w.process.send_signal(sig)
    w.process.send_signal(signal.SIGCONT)
    end_of(w.process, 10)
    w.stop()
    for fd in pipe:
        os.close(fd)
    sock.close()
    check(w.status == FAULT, w.status, w.stderr())
    check("lines not written" in w.stderr() and "nobody takes it" in w.stderr(), w.stderr())


def test_ending__one_signal_ends_a_write_that_nobody_takes():
    end_blocked([signal.SIGTERM])


def test_ending__two_signals_at_once_do_so_too():
    end_blocked([signal.SIGTERM, signal.SIGINT])


def test_ending__a_file_that_may_not_grow_is_an_error():
    limit = [needs("prlimit"), "--fsize=4096"]
    with scratch() as folder, open(folder + "/out", "wb") as out:
        sock = listener(backlog=256)
        port = sock.getsockname()[1]
        with Watch("-E", here(), "-P", str(port), stdout=out, prefix=limit) as w:
            connect_times(port, 100)
            end_of(w.process)  # by itself
            w.stop()
    check(w.status == FAULT, w.status, w.stderr())
    check("File too large" in w.stderr() and "lines not written" in w.stderr(), w.stderr())


def hear_hangups():
    """Under nohup they are ignored, and what we start would do so, too."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def test_ending__a_hangup_ends_what_runs_at_a_terminal_only():
    hear_hangups()
    with Watch("-E") as w:
        w.process.send_signal(signal.SIGHUP)
        sock = listener()
        w.wait_for(event="state", local_port=sock.getsockname()[1], state="LISTEN")
        check(w.process.poll() is None, w.stderr())
        w.stop()
    terminal = Terminal("-E", "-P", "1", columns=80, lines=24)
    terminal.wait_for("Foreign Address")
    terminal.process.send_signal(signal.SIGHUP)
    terminal.end()
    terminal.process.stderr.close()
    os.close(terminal.main)


def lines_of(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.endswith("\n")]


def test_ending__a_file_that_was_moved_away_is_opened_again():
    hear_hangups()
    with scratch() as folder:
        os.chmod(folder, 0o700)  # whoever the program is by then may not write here
        path, moved = os.path.join(folder, "log"), os.path.join(folder, "log.1")
        with Watch("-E", here(), "-O", path) as w:
            first, second = listener(), listener()
            wait_until(lambda: os.path.exists(path) and
                       [r for r in lines_of(path) if r.get("local_port") == first.getsockname()[1]], "the first line")
            os.rename(path, moved)
            w.process.send_signal(signal.SIGHUP)
            port = second.getsockname()[1]
            second.close()
            wait_until(lambda: os.path.exists(path) and
                       [r for r in lines_of(path) if r.get("local_port") == port and r["state"] == "CLOSE"],
                       "a line in the new file")
            check(not w.lines, w.lines)
            w.stop()
            check(w.status == 0, w.stderr())
        check(not [r for r in lines_of(moved) if r.get("local_port") == port and r.get("old_state") == "LISTEN"], moved)


def test_ending__a_flood_of_failing_binds_holds_up_nobody():
    sock = listener()
    port = sock.getsockname()[1]
    reading, writing = os.pipe()  # that nobody reads
    with Watch("who", here(), "-f", str(port), form=None, stdout=writing) as w:
        os.close(writing)
        for _ in range(3000):
            with socket.socket() as other, contextlib.suppress(OSError):
                other.bind(("127.0.0.1", port))
        w.process.send_signal(signal.SIGINT)
        end_of(w.process, 15)
        check(w.process.returncode in (0, FAULT), w.process.returncode)
    os.close(reading)
