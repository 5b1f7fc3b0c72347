# SPDX-License-Identifier: GPL-2.0-only
"""The word record as a service: its file of options, what it tells systemd, SIGHUP, the unit."""
import os
import re
import signal
import socket
import subprocess
import time

from harness import Settings, Skip, check, here, listener, run, wait_until
from recording import Recorder, of, status_of, store
from test_ending import hear_hangups
from test_privilege import only
from traffic import connection

UNIT = os.path.join(os.path.dirname(__file__), "../../packaging/systemd/sockwatch-record.service.in")


class Manager:
    """Plays systemd: what a service that is started within the block tells it."""

    def __init__(self, folder=None, watchdog_us=None):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.where = os.path.join(folder, "notify") if folder else f"@sockwatch-test-{os.getpid()}"
        self.socket.bind(self.where.replace("@", "\0"))
        self.socket.setblocking(False)
        if folder:
            os.chmod(self.where, 0o777)  # as systemd's is: who tells is another user by then
        self.told = []
        os.environ["NOTIFY_SOCKET"] = self.where
        if watchdog_us:
            os.environ["WATCHDOG_USEC"] = str(watchdog_us)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        for name in "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID":
            os.environ.pop(name, None)

    def all(self):
        try:
            while True:
                self.told.append(self.socket.recv(4096).decode())
        except BlockingIOError:
            return self.told

    def count(self, line):
        return sum(line in text.split("\n") for text in self.all())

    def wait_for(self, line, n=1):
        wait_until(lambda: self.count(line) >= n, lambda: f"{n} x {line}: {self.told}")


def options(folder, text):
    """A file of options, or what it is from now on."""
    path = os.path.join(folder, "record.conf")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, 0o644)
    return path


def wait_for_words(w, words):
    wait_until(lambda: words in w.stderr() or w.process.poll() is not None, lambda: f"'{words}': {w.stderr()}")
    check(words in w.stderr(), w.stderr())


def hang_up(w, manager):
    """Until it says that it is done with that."""
    before = manager.count("READY=1")
    w.process.send_signal(signal.SIGHUP)
    manager.wait_for("READY=1", before + 1)


def records_still(w):
    with listener() as sock:
        port = connection(sock)
    w.stop(signal.SIGTERM)
    check(w.status == 0, w.status, w.stderr())
    check(of(w.read(), event="conn", local_port=port), w.read())


# --- what it tells ------------------------------------------------------------------------------


def test_service__is_ready_once_it_records_lives_and_stops():
    with store() as folder, Manager(folder, watchdog_us=200000) as manager:
        with Recorder(folder, wait=False) as w:
            manager.wait_for("READY=1")
            manager.wait_for("WATCHDOG=1", 4)
            check(manager.count("STOPPING=1") == 0, manager.told)
            records_still(w)
        told = manager.all()
        check(told[-1] == "STOPPING=1" and manager.count("READY=1") == 1, told)
        # to load programs may take longer than a watchdog waits, and nothing hangs then
        check(told[0] == "WATCHDOG_USEC=0", told)
        ready = told.index("READY=1")
        check(told[ready + 1 : ready + 3] == ["WATCHDOG_USEC=200000", "WATCHDOG=1"], told)


def test_service__a_name_in_no_file_system_and_no_watchdog():
    with store() as folder, Manager() as manager, Recorder(folder, wait=False) as w:
        manager.wait_for("READY=1")
        with open(f"/proc/{w.writer()}/environ", "rb") as f:
            check(b"NOTIFY_SOCKET" not in f.read())  # nobody but the recorder itself is to tell
        records_still(w)
        check(manager.all() == ["READY=1", "STOPPING=1"], manager.told)


def test_service__watchdog_of_another_process_is_not_ours():
    with store() as folder, Manager(folder, watchdog_us=100000) as manager:
        os.environ["WATCHDOG_PID"] = "1"
        with Recorder(folder, wait=False) as w:
            manager.wait_for("READY=1")
            records_still(w)
        check(manager.count("WATCHDOG=1") == 0, manager.told)


def test_service__that_hangs_gives_no_sign_of_life():
    with store() as folder, Manager(folder, watchdog_us=100000) as manager, Recorder(folder) as w:
        manager.wait_for("WATCHDOG=1", 2)
        w.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: status_of(w.process.pid)["State"].startswith("T"), "its stop")
        before = manager.count("WATCHDOG=1")
        time.sleep(0.5)
        check(manager.count("WATCHDOG=1") == before, manager.told)
        w.process.send_signal(signal.SIGCONT)
        manager.wait_for("WATCHDOG=1", before + 2)
        records_still(w)


def test_service__wrong_name_is_told_and_it_does_not_start():
    with store() as folder:
        os.environ["NOTIFY_SOCKET"] = "vsock:2:9999"
        done = run("record", "--dir", os.path.join(folder, "store"), here())
        check(done.returncode == 4 and b"NOTIFY_SOCKET: 'vsock:2:9999' is no path" in done.stderr, done)


# --- the file of options ------------------------------------------------------------------------


def test_service__file_is_checked_by_its_lines():
    with store() as folder:
        place = os.path.join(folder, "store")
        path = options(folder, f"# limits\nmax-size 300M\ndir {place}\n")
        done = run("record", "--check", "--config", path)
        check(done.returncode == 0 and f"recorded into {place}: up to 300M".encode() in done.stderr, done)
        done = run("record", "--check", "--config", path, "--max-size", "2G")
        check(done.returncode == 0 and b"up to 2G" in done.stderr, done)
        for text, words in (("dir x\n\nmax-sise 1G\n", ":3: unknown option 'max-sise': did you mean max-size?"),
                            ("max-size 1X\n", ":1: --max-size: '1X' is not a size"),
                            ("max-size 64M\n", ": --max-size: 65536K is less than 4 segments")):
            options(folder, text)
            for args in ("--check",), ():
                done = run("record", *args, "--config", path)
                check(done.returncode == 2 and done.stderr.decode().startswith(f"sockwatch: {path}{words}"), text, done)
                check(done.stderr.count(b"\n") == 1, done)
        os.unlink(path)
        done = run("record", "--config", path)
        check(done.returncode == 2 and b"it cannot be read: No such file" in done.stderr, done)
        check(not os.path.exists(place), "it was made by a check")


def test_service__writer_has_the_limits_of_the_file():
    with store() as folder:
        path = options(folder, "max-size 300M\nmax-age 2d\nsegment 1M\n")
        with Recorder(folder, "--config", path) as w:
            wait_for_words(w, "up to 300M and 2d, in files of 1M")
            records_still(w)


def test_service__hangup_takes_new_limits_and_loses_nothing():
    hear_hangups()
    with store() as folder, Manager(folder) as manager:
        path = options(folder, "max-size 300M\n")
        with Recorder(folder, "--config", path, "--keep-free", "1") as w:
            manager.wait_for("READY=1")
            with listener() as sock:
                first = connection(sock)
            options(folder, "max-size 600M\nsegment 2M\nkeep-free 50\n")
            hang_up(w, manager)
            # the command line still wins
            wait_for_words(w, "other limits for " + w.dir + ": up to 600M and 30d, in files of 2M; 1% of the disk")
            options(folder, "max-size 300M\n")
            hang_up(w, manager)
            wait_until(lambda: w.stderr().count("other limits for") == 2, w.stderr)
            records_still(w)
            check(of(w.read(), event="conn", local_port=first))
            check(len(of(w.read(), recorder="start")) == 1, "it was started anew")
        said = [text for text in manager.all() if text.startswith("RELOADING=1\n")]
        check(len(said) == 2 and all(re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", text) for text in said), said)
        at = int(said[0].rpartition("=")[2]) * 1000
        check(0 < time.clock_gettime_ns(time.CLOCK_MONOTONIC) - at < 600e9, at)


def test_service__bad_file_changes_nothing_and_is_told():
    hear_hangups()
    with store() as folder, Manager(folder) as manager:
        path = options(folder, "max-size 300M\n")
        with Recorder(folder, "--config", path) as w:
            manager.wait_for("READY=1")
            options(folder, "max-size 600M\nmax-age soon\n")
            hang_up(w, manager)
            wait_for_words(w, f"sockwatch: {path}:2: --max-age: 'soon' is not a time")
            os.unlink(path)
            hang_up(w, manager)
            wait_for_words(w, f"--config {path}: it cannot be read: No such file or directory; all stays as it was")
            check("other limits" not in w.stderr(), w.stderr())
            records_still(w)


def test_service__what_cannot_change_is_told():
    hear_hangups()
    with store() as folder, Manager(folder) as manager:
        path = options(folder, "max-size 300M\nno-loopback\n")
        with Recorder(folder, "--config", path) as w:
            manager.wait_for("READY=1")
            options(folder, "max-size 300M\n")
            hang_up(w, manager)
            wait_for_words(w, f"note: {path}: --no-loopback is not as it was at the start")
            wait_for_words(w, f"{path} was read again: the limits of the store are the same")
            with listener() as sock:
                port = connection(sock)
            w.stop(signal.SIGTERM)
            check(w.status == 0 and not of(w.read(), local_port=port), w.read())


def test_service__without_a_file_a_hangup_ends_it():
    hear_hangups()
    with store() as folder, Recorder(folder) as w:
        w.stop(signal.SIGHUP)
        check(w.status == 0 and len(of(w.read(), recorder="stop")) == 1, w.status, w.stderr())


# --- the unit -----------------------------------------------------------------------------------


def unit(name):
    if not os.path.exists(UNIT):
        raise Skip("the unit is not beside the tests")
    with open(UNIT, encoding="utf-8") as f:
        return re.search(rf"^{name}=(.*)$", f.read(), re.M)[1].split()


def test_service__capabilities_of_the_unit_are_enough_and_its_group_may_read():
    """As another user, with what the unit says; a member of the group reads it, others do not."""
    caps = [c.removeprefix("CAP_").lower() for c in unit("AmbientCapabilities")]
    check(unit("CapabilityBoundingSet") == unit("AmbientCapabilities"))
    with store() as folder, Manager() as manager:
        place = os.path.join(folder, "store")
        os.mkdir(place)
        os.chmod(place, 0o750)
        os.chown(place, 4242, 4242)
        os.umask(0o027)
        with Recorder(folder, prefix=only(*caps, user=4242)) as w:
            manager.wait_for("READY=1")
            with listener() as sock:
                port = connection(sock)
            wait_until(lambda: of(w.read(), event="conn", local_port=port), "the connection")
            # both are without what they need no more
            check(int(status_of(w.writer())["CapPrm"], 16) == 0)
            check(int(status_of(w.process.pid)["CapPrm"], 16) & ~(1 << 2 | 1 << 19) == 0)
            read_as(place, port, 4242, True)
            read_as(place, port, 4243, False)
            w.stop(signal.SIGTERM)
            check(w.status == 0, w.stderr())
        read_as(place, port, 4242, True)


def read_as(place, port, group, may):
    """By `log`, as a user who has that group beside his own."""
    command = ["setpriv", "--reuid=4300", "--regid=4300", f"--groups={group}", Settings.binary, "log", "--dir", place, str(port)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if may:
        check(done.returncode == 0 and f":{port}" in done.stdout, done)
    else:
        check(done.returncode == 4 and "the store may not be read: that needs root" in done.stderr, done)
