# SPDX-License-Identifier: GPL-2.0-only
"""Keys of the live table that do something to a process or a socket: only where that is allowed, only to whom
was shown, and by a process that can do nothing else."""
import ctypes
import errno
import os
import signal
import socket
import struct

from harness import LIBC, Child, Skip, Watch, check, here, listener, own_user, wait_until
from test_privilege import status_of
from tmux import Screen

CAP_KILL, CAP_NET_ADMIN = 5, 12


def holds_a_connection(sock):
    """A process that has one, says which, and then what became of it; its signals are the usual ones."""
    def work(link):
        with socket.create_connection(sock.getsockname()) as c:
            link.say(str(c.getsockname()[1]))
            try:
                link.say("read " + str(len(c.recv(1))))
            except OSError as e:
                link.say(errno.errorcode[e.errno])
            link.hear()
    child = Child(work)
    port = int(child.hear())
    return child, port, sock.accept()[0]


def to_row(s, port):
    """Only the row of that connection is there: the cursor is on it."""
    s.keys("/")
    s.type(f"-L {port}")
    s.keys("Enter")
    s.wait_for(f"only: -L {port}", "1 row ")
    s.row_of(f":{port} ", "ESTABLISHED")


def test_top_acting__signals_the_owner_once_it_is_confirmed():
    child, port, server = holds_a_connection(listener())
    with Screen("--allow-kill", here(), columns=120) as s:
        to_row(s, port)
        s.keys("k")
        s.wait_for("SEND A SIGNAL?", f"{child.pid}/", f"127.0.0.1:{port} - 127.0.0.1:", "[TERM]", "Enter y Send SIGTERM")
        s.keys("Escape")
        s.wait_without("SEND A SIGNAL?")
        s.keys("F9")
        s.wait_for("[TERM]")
        s.keys("Down")
        s.wait_for("[KILL]")
        s.keys("y")
        s.wait_for(f"SIGKILL was sent to {child.pid}/")
    check(os.waitstatus_to_exitcode(child.wait()) == -signal.SIGKILL, "not by that signal")
    server.close()


def test_top_acting__closes_a_socket_and_its_record_says_so():
    child, port, server = holds_a_connection(listener())
    with Watch("conns", here()) as w, Screen("--allow-kill", here(), columns=120) as s:
        to_row(s, port)
        s.keys("K")
        s.wait_for("CLOSE THIS SOCKET", f"{child.pid}/", f"127.0.0.1:{port} - 127.0.0.1:")
        s.keys("Enter")
        s.wait_for("closed: tcp 127.0.0.1:")
        check(child.hear() == "ECONNABORTED", "its process was not told")
        record = w.wait_for(event="conn", local_port=port)
        check(record["reason"] == "aborted" and record["pid"] == child.pid, record)
        s.row_of(f":{port} ", "aborted")
        s.keys("K")
        s.wait_for("K: it has ended")
    child.say()
    child.wait()
    server.close()


def test_top_acting__does_nothing_unless_it_is_allowed():
    child, port, server = holds_a_connection(listener())
    with Screen(here(), columns=120) as s:
        to_row(s, port)
        check("sockwatch-act" not in s.processes(), s.processes())
        for key in "K", "F9":
            s.keys(key)
            s.wait_for("top --allow-kill sends signals")
            s.keys("y", "Enter")
            s.wait_for("socket", "cookie")  # what Enter does else
            s.keys("Enter")
            s.wait_for("PID/PROGRAM")
        s.keys("k")
        s.row_of(f":{port} ", "ESTABLISHED")
    check(not child.link.was_told(), "its socket was closed")
    server.close()
    check(child.hear() == "read 0", "its socket was closed")
    child.say()
    child.wait()


def forked_as(pid):
    """A process that waits for its end, and has this number (clone3(2), set_tid)."""
    clone3 = 435
    tid = ctypes.c_int(pid)
    args = struct.pack("=QQQQQQQQQQQ", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, ctypes.addressof(tid), 1, 0)
    buffer = ctypes.create_string_buffer(args, len(args))
    made = LIBC.syscall(clone3, buffer, len(args))
    if made == 0:
        while True:
            signal.pause()
    if made != pid:
        raise Skip("no process can be made with a number that is asked for")
    return made


def test_top_acting__another_process_with_the_same_pid_gets_nothing():
    child, port, server = holds_a_connection(listener())
    with Screen("--allow-kill", here(), columns=120) as s:
        to_row(s, port)
        s.keys("Space")  # the row stays as it is
        s.wait_for("PAUSED")
        child.kill()
        other = forked_as(child.pid)
        try:
            s.keys("k")
            s.wait_for("SEND A SIGNAL?", f"{other}/")
            s.keys("y")
            s.wait_for("another process has its PID: that one got nothing")
            check(os.waitpid(other, os.WNOHANG) == (0, 0), "it was signalled")
        finally:
            os.kill(other, signal.SIGKILL)
            os.waitpid(other, 0)
    server.close()


def test_top_acting__who_acts_can_do_little_else():
    with Screen("--allow-kill", here()) as s:
        s.wait_for("PID/PROGRAM")
        found = wait_until(lambda: s.processes() if "sockwatch-act" in s.processes() else None, "who acts")
        for name in "sockwatch-act", "sockwatch-top", "sockwatch":
            wait_until(lambda name=name: status_of(found[name])["NoNewPrivs"] == "1", "the end of rights of " + name)
        now = status_of(found["sockwatch-act"])
        check(now["Uid"].split() == [own_user()[0]] * 4, now)
        for which in "CapPrm", "CapEff":
            check(int(now[which], 16) == 1 << CAP_KILL | 1 << CAP_NET_ADMIN, which, now)
        check(int(now["CapBnd"], 16) == 0 and int(now["CapInh"], 16) == 0, now)
        check(int(status_of(found["sockwatch-top"])["CapPrm"], 16) == 0, "the viewer")
        check(not int(status_of(found["sockwatch"])["CapPrm"], 16) & (1 << CAP_KILL | 1 << CAP_NET_ADMIN), "the tracer")
        s.keys("q")
        check(s.wait_for_end() == 0, s.text())
        wait_until(lambda: not any(os.path.exists(f"/proc/{p}") for p in found.values()), "the end of all")
