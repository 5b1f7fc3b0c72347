# SPDX-License-Identifier: GPL-2.0-only
"""log --report: a page of a span of time, whole or not there, and what a browser makes of it."""
import contextlib
import os
import re
import socket
import stat
import tempfile
import time
import xml.dom.minidom

from harness import FAULT, Child, check, listener, own_mounts, run, set_name, wait_until
from pictures import shown
from recording import Recorder, small_disk, store
from servers import needs
from traffic import connection, refused

EVIL = "<b>\"&'\x1b[2Jo=x"


def text_of(node):
    return node.data if node.nodeType == node.TEXT_NODE else "".join(map(text_of, node.childNodes))


class Page:
    """A report that was written; it is XML, so that nothing in it is taken for something else."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        self.root = xml.dom.minidom.parseString(self.text).documentElement
        self.sections = {s.getAttribute("id"): s for s in self.root.getElementsByTagName("section")}

    def rows(self, section):
        """The cells of its tables."""
        rows = self.sections[section].getElementsByTagName("tr")
        return [[text_of(cell) for cell in row.getElementsByTagName("td")] for row in rows][1:]

    def tiles(self):
        found = next(d for d in self.root.getElementsByTagName("div") if d.getAttribute("class") == "tiles")
        return {text_of(d.lastChild): text_of(d.firstChild) for d in found.getElementsByTagName("div")}


@contextlib.contextmanager
def reports():
    """A recorder, and a directory for what is made of it."""
    with store() as folder, tempfile.TemporaryDirectory(prefix="sockwatch-test-") as scratch, Recorder(folder) as w:
        yield w, os.path.join(scratch, "r.html")


def report(w, path, *args, status=0):
    done = run("log", "--dir", w.dir, "--report", path, *args)
    check(done.returncode == status and not done.stdout, args, done)
    return done.stderr.decode()


def page_with(w, path, condition, *args):
    """The first that has what is waited for: what was told can be read a second later."""
    def look():
        if run("log", "--dir", w.dir, "--report", path, *args).returncode:
            return None
        page = Page(path)
        return page if condition(page) else None
    return wait_until(look, "such a page")


def work(server, times):
    """Connections of a process with a hostile name, and one that fails."""
    def inside(_):
        set_name(EVIL.encode())
        for _ in range(times):
            connection(server)
        refused(1)
    check(Child(inside).wait() == 0, "the other process")


def asks_nobody(page):
    """No script, and no address but of its own parts."""
    check("<script" not in page.text and "default-src 'none'" in page.text, "scripts")
    for node in page.root.getElementsByTagName("*"):
        for name, value in node.attributes.items():
            check(not name.startswith("on"), name)
            if name in ("src", "href", "xlink:href"):
                check(value[0] == "#" or value == "data:,", name, value)
    check(set(re.findall(r"url\(.*?\)", page.text)) <= {"url(#gap)"} and "@import" not in page.text, "addresses")
    check(set(re.findall(r"https?://[^\"]+", page.text)) == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"},
          "addresses")


def test_report__who_listened_who_talked_and_what_failed():
    with reports() as (w, path), listener() as server:
        port = server.getsockname()[1]
        work(server, 5)
        page = page_with(w, path, lambda p: p.tiles()["connections ended"] == "11")
        name = EVIL[:15].replace("\x1b", "\\x1b")
        talked = {tuple(r[:5]) for r in page.rows("talked")}
        check((name, "→ out", f"tcp {port}", "127.0.0.1", "5") in talked, talked)
        check((name, "→ out", "tcp 1", "127.0.0.1", "1") in talked, talked)
        check(any(r[1:5] == ("← in", f"tcp {port}", "127.0.0.1", "5") for r in talked), talked)
        failed = page.rows("failed")
        check([r[:6] for r in failed] == [[name, "→ out", "tcp 1", "127.0.0.1", "refused", "1"]], failed)
        listened = next(r for r in page.rows("listened") if r[1] == f"tcp {port}")
        check(listened[2:4] == ["127.0.0.1", "5"] and listened[5] == "still there", listened)
        check(page.tiles()["failed or cut off"] == "1" and "lost nothing" in text_of(page.sections["unknown"]), page.tiles())
        asks_nobody(page)
        error = report(w, path)
        check(error.startswith(f"sockwatch: {path}: 11 connections, 0 that did not end, 1 failed"), error)


def test_report__a_span_has_what_was_there_at_both_ends():
    """A listener and a connection from before, whose end comes behind it; what is outside of it is not there."""
    with reports() as (w, path), listener() as server:
        port = server.getsockname()[1]
        client = socket.create_connection(server.getsockname())
        accepted = server.accept()[0]
        time.sleep(0.05)
        since = f"@{time.time():.6f}"
        connection(server)
        time.sleep(0.05)
        until = f"@{time.time():.6f}"
        time.sleep(0.05)
        connection(server)
        client.close()
        accepted.recv(1)
        accepted.close()
        page_with(w, path, lambda p: p.tiles()["connections ended"] == "6")
        page = page_with(w, path, lambda p: True, "--since", since, "--until", until)
        check(page.tiles()["connections ended"] == "2" and page.tiles()["go on, or end not seen"] == "2", page.tiles())
        check(sorted(r[4:7] for r in page.rows("talked")) == [["2", "0", "1"]] * 2, page.rows("talked"))
        listened = next(r for r in page.rows("listened") if r[1] == f"tcp {port}")
        check(listened[4].startswith("before ") and listened[5] == "still there", listened)


def test_report__it_is_whole_or_as_it_was():
    own_mounts()
    with reports() as (w, path), listener() as server, tempfile.TemporaryDirectory() as disk:
        connection(server)
        old = os.umask(0o027)
        page_with(w, path, lambda p: p.tiles()["connections ended"] == "2")
        os.umask(old)
        check(stat.S_IMODE(os.stat(path).st_mode) == 0o640, "mode")
        before = os.stat(path).st_ino
        error = report(w, path, "--comm", "nobody-of-that", status=1)
        check("nothing of that was recorded" in error and os.stat(path).st_ino == before, error)
        report(w, path)
        check(os.stat(path).st_ino != before and os.listdir(os.path.dirname(path)) == ["r.html"], "another, in its place")
        for bad, why in ((os.path.dirname(path), "it is there, and no file"), ("/dev/null", "it is there, and no file"),
                         (path + "/x", "Not a directory"), (os.path.join(disk, "no/r.html"), "No such file")):
            error = report(w, bad, status=FAULT)
            check(error.startswith(f"sockwatch: --report {bad}: {why}") and error.count("\n") == 1, error)
        with small_disk(disk, "12K"):
            full = os.path.join(disk, "r.html")
            with open(full, "w", encoding="ascii") as f:
                f.write("x" * 8192)
            error = report(w, full, status=FAULT)
            check(error == f"sockwatch: --report {full}: No space left on device\n", error)
            check(os.listdir(disk) == ["r.html"] and os.stat(full).st_size == 8192, os.listdir(disk))


def test_report__a_gap_is_drawn_and_named():
    with store() as folder, tempfile.TemporaryDirectory() as scratch, listener() as server:
        path = os.path.join(scratch, "r.html")
        for _ in range(2):
            with Recorder(folder) as w:
                connection(server)
                w.stop()
        page = page_with(w, path, lambda p: p.tiles()["connections ended"] == "4")
        gaps = page.rows("unknown")
        check(gaps and all(len(r) == 3 for r in gaps) and 'class="gap"' in page.text, gaps)
        check("nothing was recorded" in page.text.split("<section")[0], "the note at the top")


def in_a_browser(dark, paper, ended, failed):
    """In these colours it has a page, bars, and bars of what failed."""
    needs("chromium")
    with reports() as (w, path), listener() as server:
        work(server, 5)
        page_with(w, path, lambda p: p.tiles()["connections ended"] == "11")
        found = shown(path, os.path.dirname(path), dark, 500, 1200)
        check(found.most_common(1)[0][0] == paper, found.most_common(5))
        check(found[ended] > 1500 and found[failed] > 400, found[ended], found[failed], found.most_common(9))


def test_report__a_browser_shows_it_in_light():
    in_a_browser(False, "#ffffff", "#2a6fb0", "#d1242f")


def test_report__a_browser_shows_it_in_dark():
    in_a_browser(True, "#0d1117", "#4493f8", "#ff7b72")
