# SPDX-License-Identifier: GPL-2.0-only
"""record --notable: what is new, or fails in a row, to a journal."""
import os
import socket
import struct

from harness import LONG, check, here, listener, run, wait_until
from recording import Recorder, store
from test_service import wait_for_words
from traffic import connection, refused


class Journal:
    """What systemd's would be told."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "journal")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        os.chmod(self.path, 0o666)
        self.told = []

    def all(self):
        while True:
            try:
                lines = self.socket.recv(65536).decode().splitlines()
            except BlockingIOError:
                return self.told
            self.told.append(dict(line.split("=", 1) for line in lines))

    def of(self, **want):
        return [m for m in self.all() if all(m.get("SOCKWATCH_" + k) == v for k, v in want.items())]

    def wait_for(self, **want):
        return wait_until(lambda: self.of(**want), lambda: f"{want} among {self.all()}", LONG)[0]


def known(folder):
    return os.path.join(folder, "store", "known")


def notable(folder, journal):
    return Recorder(folder, here(), "--notable=" + journal.path)


def learned(folder, journal):
    """A store that began to learn more than an hour ago."""
    with notable(folder, journal) as w:
        wait_for_words(w, "--notable: what comes in the next hour is learned")
        w.stop()
    with open(known(folder), "r+b") as f:
        f.seek(16)
        f.write(struct.pack("=Q", 1))


def test_notable__what_is_new_is_told_once_and_failures_in_a_row():
    with store() as folder:
        journal = Journal(folder)
        learned(folder, journal)
        with notable(folder, journal) as w:
            with listener(port=7301) as sock:
                connection(sock)
                r = journal.wait_for(NOTABLE="new_listener")
                check(r["SOCKWATCH_LOCAL_PORT"] == "7301" and r["SOCKWATCH_LOCAL_ADDR"] == "127.0.0.1", r)
                check(r["SOCKWATCH_PID"] == str(os.getpid()) and r["SOCKWATCH_PROTO"] == "tcp", r)
                check(r["SOCKWATCH_EXE"] == os.path.realpath("/proc/self/exe") and r["PRIORITY"] == "5", r)
                check(r["MESSAGE"] == f"{r['SOCKWATCH_COMM']} ({os.getpid()}) listens on tcp 127.0.0.1:7301, where it never did", r)
                r = journal.wait_for(NOTABLE="new_port", REMOTE_PORT="7301")
                check("uses tcp 127.0.0.1:7301, a port that it never used" in r["MESSAGE"], r)
            for _ in range(6):
                refused(7302)
            r = journal.wait_for(NOTABLE="failures")
            check(r["SOCKWATCH_COUNT"] == "5" and r["SOCKWATCH_REMOTE_PORT"] == "7302", r)
            check(r["SOCKWATCH_REASON"] == "refused" and r["PRIORITY"] == "4", r)
            w.stop()
            check(w.status == 0, w.stderr())
        check(os.stat(known(folder)).st_mode & 0o777 == 0o640)
        check(len(journal.all()) == 3, journal.told)
        with notable(folder, journal) as w:
            with listener(port=7301) as again, listener(port=7303):
                connection(again)
                journal.wait_for(NOTABLE="new_listener", LOCAL_PORT="7303")
            w.stop()
        check(len(journal.all()) == 4, journal.told[3:])


def test_notable__the_first_hour_is_learned():
    with store() as folder:
        journal = Journal(folder)
        with notable(folder, journal) as w:
            with listener() as sock:
                port = connection(sock)
            w.wait_kept(port)
            w.stop()
        check(not journal.all(), journal.told)
        check(os.path.getsize(known(folder)) > 32)


def test_notable__without_a_journal_it_records_and_says_so():
    with store() as folder:
        journal = Journal(folder)
        learned(folder, journal)
        os.unlink(journal.path)
        with notable(folder, journal) as w:
            with listener(port=7304) as sock:
                port = connection(sock)
            w.wait_kept(port)
            w.stop()
            check(w.status == 0, w.stderr())
            check(w.stderr().count(journal.path + ": No such file or directory") == 1, w.stderr())
            check("2 that were notable were not told" in w.stderr(), w.stderr())


def test_notable__a_file_that_is_none_is_said_and_begun_anew():
    with store() as folder:
        journal = Journal(folder)
        learned(folder, journal)
        with open(known(folder), "r+b") as f:
            f.truncate(20)
        with notable(folder, journal) as w:
            wait_for_words(w, "known: what is known begins anew: it is no such file")
            w.stop()
        check(os.path.getsize(known(folder)) >= 32)


def test_notable__needs_the_path_of_a_socket():
    done = run("record", "--notable=journal")
    check(done.returncode == 2 and b"--notable" in done.stderr and b"socket" in done.stderr, done)
