# SPDX-License-Identifier: GPL-2.0-only
"""Whatever stands in the way of its output, it ends when it is asked to, and says what is missing."""
import fcntl
import json
import os
import resource
import signal
import socket
import subprocess
import tempfile
import time

from harness import Settings, Watch, check, listener, wait_until
from terminal import Terminal

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
    w = Watch("-E", "-P", str(port), stdout=writing)
    connect_times(port, 40)
    wait_until(lambda: open(f"/proc/{w.process.pid}/wchan").read().endswith("pipe_write") or
               open(f"/proc/{w.process.pid}/syscall").read().startswith("1 "), "a write that blocks")
    return w, (reading, writing), sock


def end_blocked(signals):
    w, pipe, sock = blocked_by_a_full_pipe()
    begun = time.monotonic()
    w.process.send_signal(signal.SIGSTOP)
    for sig in signals:
        w.process.send_signal(sig)
    w.process.send_signal(signal.SIGCONT)
    w.process.wait(20)
    took = time.monotonic() - begun
    w.stop()
    for fd in pipe:
        os.close(fd)
    sock.close()
    check(w.process.returncode == 4, w.process.returncode, w.stderr())
    check("lines not written" in w.stderr() and "nobody takes it" in w.stderr(), w.stderr())
    return took


def test_ending__one_signal_ends_a_write_that_nobody_takes():
    check(end_blocked([signal.SIGTERM]) < 10, "too late")


def test_ending__two_signals_at_once_do_so_too():
    check(end_blocked([signal.SIGTERM, signal.SIGINT]) < 10, "too late")


def test_ending__a_file_that_may_not_grow_is_an_error():
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "out"), "wb") as out:
            sock = listener(backlog=256)
            port = sock.getsockname()[1]

            def limit():
                resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
            process = subprocess.Popen([Settings.binary, "-v", "-E", "-j", "-P", str(port)], stdout=out,
                                       stderr=subprocess.PIPE, preexec_fn=limit)
            said = b""
            while b"ring buffer:" not in said:
                said += process.stderr.readline()
            connect_times(port, 100)
            said += process.communicate(timeout=60)[1]
    check(process.returncode == 4, process.returncode, said)
    check(b"File too large" in said and b"lines not written" in said, said)


def test_ending__a_hangup_ends_what_runs_at_a_terminal_only():
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
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o700)  # whoever the program is by then may not write here
        path, moved = os.path.join(folder, "log"), os.path.join(folder, "log.1")
        with Watch("-E", "-O", path) as w:
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
    process = subprocess.Popen([Settings.binary, "-v", "who", "-f", str(port)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    while b"ring buffer:" not in process.stderr.readline():
        pass
    os.set_blocking(process.stdout.fileno(), False)
    for _ in range(3000):
        other = socket.socket()
        try:
            other.bind(("127.0.0.1", port))
        except OSError:
            pass
        other.close()
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    check(time.monotonic() - begun < 15, time.monotonic() - begun)
    check(process.returncode in (0, 4), process.returncode)
