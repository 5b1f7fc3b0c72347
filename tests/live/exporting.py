# SPDX-License-Identifier: GPL-2.0-only
"""An exporter that runs, and what it gives away."""
import contextlib
import re
import socket

from harness import check, wait_until
from paired import Paired

GIVER = "sockwatch-export"
SAMPLE = re.compile(r'([a-z_]+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-z]+)="((?:[^"\\]|\\.)*)"(?:,|$)')
ESCAPED = re.compile(r'\\(.)')


def parsed(text):
    """{(name, ((label, value), ...)): number}; what is there twice, or is no sample, is an error."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = SAMPLE.fullmatch(line)
        check(match, "no sample:", line)
        name, inside, value = match.groups()
        labels = LABEL.findall(inside or "")
        check(sum(len(k) + len(v) + 4 for k, v in labels) == len(inside or "") + bool(inside), "labels:", line)
        key = (name, tuple(sorted((k, ESCAPED.sub(r"\1", v)) for k, v in labels)))
        check(key not in found, "twice:", line)
        found[key] = float(value)
    return found


def total(metrics, name, **want):
    """The sum of all series of that name that have these labels."""
    return sum(v for (n, labels), v in metrics.items() if n == name and want.items() <= dict(labels).items())


class Exporter(Paired):
    """A `sockwatch export` that looks often, and gives its metrics in a file, or as it is told."""

    program = GIVER

    def __init__(self, where, *args, interval="0.2", **kw):
        self.where = where
        super().__init__(("export", "--metrics", where, "--interval", interval), *args, **kw)

    def giver(self):
        """The PID of the process that gives them away."""
        return self.other()

    def text(self):
        if self.where.startswith("/"):
            with open(self.where, encoding="utf-8") as f:
                return f.read()
        status, _, body = get(self.where)
        check(status == 200, status, body)
        return body

    def metrics(self):
        """None: there are none yet."""
        try:
            return parsed(self.text())
        except FileNotFoundError:
            return None

    def wait_metrics(self, condition, what):
        """The first that a condition is true of."""
        last = [None]

        def look():
            check(self.process.poll() is None, "it ended")
            last[0] = self.metrics()
            return last[0] is not None and condition(last[0]) and last[0]
        return wait_until(look, lambda: f"{what}, have:\n" + "\n".join(
            f"  {n} {dict(labels)} {v}" for (n, labels), v in sorted((last[0] or {}).items()) if v)[-6000:])


def connected(where):
    if where.startswith("unix:"):
        s = socket.socket(socket.AF_UNIX)
        s.connect(where[len("unix:"):])
        return s
    host, _, port = where.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)))


def ask(where, request):
    """The answer to these bytes: status, headers, body."""
    answer = b""
    with connected(where) as s:
        s.sendall(request)
        while part := s.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:])}
    check(lines[0].startswith("HTTP/1."), answer[:200])
    return int(lines[0].split()[1]), headers, body.decode()


def get(where, path="/metrics", accept=None):
    return ask(where, f"GET {path} HTTP/1.1\r\nHost: x\r\n".encode() +
               (f"Accept: {accept}\r\n".encode() if accept else b"") + b"\r\n")


@contextlib.contextmanager
def waiting(sock, count):
    """So many connections that wait to be accepted."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(socket.create_connection(sock.getsockname()[:2]))
        yield
