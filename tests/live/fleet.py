# SPDX-License-Identifier: GPL-2.0-only
"""An exporter to a fleet's server; a stand-in for that server, which does all that servers do wrong; and the server itself."""
import collections
import gzip
import http.server
import json
import os
import re
import socket
import ssl
import subprocess
import threading

from harness import LONG, Settings, Skip, check, complain, end_of, wait_until
from servers import Server, needs

PROGRAM = "sockwatch-fleet"
KEY = ("host", "boot", "recorder", "seq")


def needs_fleet():
    if not os.access(os.path.join(os.path.dirname(Settings.binary), PROGRAM), os.X_OK):
        raise Skip("built without " + PROGRAM)


def key_of(row):
    return tuple(row[k] for k in KEY)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def cut(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def do_POST(self):
        stand_in = self.server.stand_in
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = stand_in.next_fault()
        stand_in.requests.append((self.path, self.headers, body))
        if fault == "error":
            self.answer(500, b"Code: 241, e.displayText() = DB::Exception: Memory limit exceeded, e.what() = DB::Exception\n")
        elif fault == "refused":
            self.answer(404, b"Code: 60, e.displayText() = DB::Exception: Table d.sockwatch_records doesn't exist., e.what() = DB::Exception\n")
        elif fault == "garbage":
            self.wfile.write(b"\0\1 no HTTP at all\r\n\r\n")
            self.close_connection = True
        elif fault == "exception":  # told when the status was on its way already
            stand_in.take(body)
            self.answer(200, b"Code: 159, e.displayText() = DB::Exception: Timeout exceeded, e.what() = DB::Exception\n")
        elif fault == "half":
            self.answer(200, b"ha", length=400)
            self.cut()
        elif fault == "lost":  # it has the rows, and nobody is told
            stand_in.take(body)
            self.cut()
        elif fault == "late":
            stand_in.take(body)
            stand_in.over.wait(LONG)
            self.cut()
        else:
            stand_in.take(body)
            self.answer(200)

    def log_message(self, *_):
        pass


class StandIn:
    """A server that takes rows, after the faults that it is told, one a request."""

    def __init__(self, *faults, port=0, certificate=None):
        self.faults = collections.deque(faults)
        self.requests = []
        self.rows = []  # as they came: some twice
        self.over = threading.Event()
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *_: None  # who goes away in the midst
        self.http.stand_in = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.port = self.http.server_address[1]
        self.to = f"clickhouse{'+https' if certificate else ''}://127.0.0.1:{self.port}/d"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,))

    def next_fault(self):
        return self.faults.popleft() if self.faults else None

    def take(self, body):
        """Rows; a question has none."""
        if not body.startswith(b"\x1f\x8b"):
            return
        self.rows += [json.loads(line) for line in gzip.decompress(body).splitlines()]

    def unique(self):
        """Each row once; one that came twice is the same."""
        found = {}
        for row in self.rows[:]:
            check(found.setdefault(key_of(row), row) == row, "another row with its key", row)
        return list(found.values())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


class Sender:
    """A `sockwatch export --to` that runs."""

    def __init__(self, folder, to, *args):
        needs_fleet()
        self.process = subprocess.Popen([Settings.binary, "export", "--to", to, "--dir", folder, "-v", *args],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.errors = []
        self.thread = threading.Thread(target=lambda: self.errors.extend(self.process.stderr))
        self.thread.start()

    def stderr(self):
        if self.process.poll() is not None:
            self.thread.join()
        return b"".join(self.errors).decode("utf-8", "replace")

    def wait_said(self, words):
        wait_until(lambda: words in self.stderr() or self.process.poll() is not None, words)
        check(words in self.stderr(), words, "was not said:", self.stderr())

    def end(self):
        """Its status."""
        status = end_of(self.process, LONG)
        self.thread.join()
        return status

    def stop(self):
        self.process.terminate()
        return self.end()

    def kill(self):
        self.process.kill()
        self.end()

    def sums(self):
        """Of the last line: rows, batches, gone; None where that is not known."""
        found = re.search(r"(\d+) rows sent in (\d+) batches, (more than )?(\d+) gone", self.stderr())
        check(found, "no sum:", self.stderr())
        return int(found[1]), int(found[2]), None if found[3] else int(found[4])

    def __enter__(self):
        return self

    def __exit__(self, kind=None, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.thread.join()
        if kind:
            complain(f"{self.process.args} said:\n{self.stderr()}")
        self.process.stdout.close()
        self.process.stderr.close()


def send_once(folder, to, *args, status=0):
    """All that there is by now; what it said."""
    with Sender(folder, to, "--once", *args) as s:
        check(s.end() == status, status, s.process.returncode, s.stderr())
        return s


USERS = """<yandex><profiles><default>SETTINGS</default></profiles><quotas><default/></quotas><users>
<default><password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></default>
<writer><password>se:cret</password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></writer>
</users></yandex>"""


def answer_of(port, sql):
    """What the server with that port of HTTP answers, as text; None: there is none."""
    try:
        with socket.create_connection(("127.0.0.1", port)) as s:
            body = sql.encode()
            s.sendall(b"POST / HTTP/1.0\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            answer = b""
            while part := s.recv(65536):
                answer += part
    except OSError:
        return None
    head, _, text = answer.partition(b"\r\n\r\n")
    check(b" 200 " in head.splitlines()[0], sql, answer)
    return text.decode().strip()


class ClickHouse(Server):
    """One alone, on ports of this test's namespace."""

    PORT = 8123

    def __init__(self, folder, settings=""):
        """settings: of the profile that all users have, as XML."""
        self.to = f"clickhouse://127.0.0.1:{self.PORT}/default"
        config = os.path.join(folder, "config.xml")
        with open(os.path.join(folder, "users.xml"), "w", encoding="utf-8") as f:
            f.write(USERS.replace("SETTINGS", settings))
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"""<yandex><logger><level>error</level><console>1</console></logger>
<http_port>{self.PORT}</http_port><tcp_port>9000</tcp_port><listen_host>127.0.0.1</listen_host>
<path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path><user_files_path>{folder}/files/</user_files_path>
<users_config>{folder}/users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database><mark_cache_size>5368709</mark_cache_size></yandex>""")
        super().__init__([needs("clickhouse-server"), "--config-file=" + config], self.PORT, cwd=folder)
        wait_until(lambda: self.ask("SELECT 1") == "1", "its answer", LONG)

    def ask(self, sql):
        """The answer, as text; None: there is none."""
        return answer_of(self.PORT, sql)

    def count(self, where="1"):
        return int(self.ask(f"SELECT count() FROM sockwatch_records FINAL WHERE {where}"))

    def kill(self):
        self.process.kill()
        self.process.wait()


