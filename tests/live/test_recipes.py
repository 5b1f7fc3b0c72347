# SPDX-License-Identifier: GPL-2.0-only
"""The lines that README and the manual give for examples are run, and give what they say."""
import contextlib
import os
import pathlib
import re
import select
import signal
import shutil
import socket
import subprocess

from harness import DEADLINE, LONG, Patience, Settings, Skip, check, listener, scratch, set_name
from network import add_address
from recording import Recorder, store

TREE = pathlib.Path(__file__).parent.parent.parent
COMM = b"nginx"
LIVE = {  # what its output has when these sockets are there and this happens; %d: our PID
    "sockwatch": r"(?s)LISTEN.*->",
    "sockwatch -P 443 --no-loopback": r"10\.0\.0\.9:443",
    "sockwatch -E -P 443 --no-loopback": r"10\.0\.0\.9:443",
    "sockwatch -l": r":8080 .*LISTEN",
    "sockwatch --failed": r"refused",
    "sockwatch -u": r"udp .*:5353",
    "sockwatch --pid 1234 -e": r"%d/nginx.* exe=/",
    "sockwatch conns -j | jq '{comm, duration_us, bytes_sent, reason}'": r'"comm": "nginx"',
    "sockwatch conns --csv --duration 1h > connections.csv": r"(?s)time,event.*,conn,tcp,.*nginx",
    "sockwatch conns --csv --comm 'nginx*' > nginx.csv": r"(?s)time,event.*,conn,tcp,.*nginx",
    "sockwatch list -tulpn": r":8080 .*LISTEN +%d/nginx",
    "sockwatch list --by state,comm -c": r"LISTEN +nginx",
    "sockwatch list -s": r"(?i)time_wait",
    "sockwatch list state time-wait '( dport = :80 or sport = :443 )'": r":(80|http) .*TIME_WAIT",
    "sockwatch list -x": r"(?m)^unix .*/nginx",
    "sockwatch list -P 8080": r":(8080|http-alt) .*LISTEN",
    "sockwatch conns": r"%d/nginx +-> .*10\.0\.0\.9:443",
    "sockwatch conns -u": r"%d/nginx .*udp .*:5353",
    "sockwatch top -b -j --count 1 --view processes": r'"frame"|"comm":"nginx"',
    "sockwatch who 8080": r"%d/nginx",
    "sockwatch who 10.0.0.9": r"10\.0\.0\.9",
    "sockwatch who -f https": r":(443|https) .*%d/nginx",
    "sockwatch route -f": r"Kernel IP routing table",
    "sockwatch link -c": r"(?m)^lo ",
    "sockwatch stats": r"(?m)^Tcp:",
    "sockwatch stats -jc 2 | jq 'select(.trouble and .delta)'": r'"trouble": true',
    "sockwatch --resolve": r"LISTEN",
}
PAST = {
    "sockwatch who 8080 --since 1h": r"8080",
    "sockwatch log 8080 --since 1h": r":8080 ",
    "sockwatch log 443 --peer --since 1h": r":443 .* peer=%d/nginx",
    'sockwatch log --sql "SELECT comm, sum(bytes_sent) FROM connections WHERE time > \'today\' GROUP BY comm"': r"nginx",
    "sockwatch log 10.0.0.9 --since 10m -e": r"10\.0\.0\.9:80 .* exe=/.* ppid=",
    "sockwatch log --since 10m --by comm,port --sort sent": r"nginx +80\b",
    "sockwatch who 80 --since 10m": r"%d/nginx",
    'sockwatch log --sql "SELECT time, comm, cmdline, parent_comm FROM connections WHERE remote_addr = \'10.0.0.9\'"':
        r"nginx .*python",
    "sockwatch log --since today --report day.html": r"(?s)<h2>When</h2>.*nginx",
    "sockwatch log --verify": r"(?i)as it was written|whole|intact|segments",
}
# what others check: the recorder is what PAST asks, the screen is test_top_screen's, test_top_acting's and
# test_top_past's, metrics are test_export's, what goes to a server test_fleet's, names of containers test_containers'
ELSEWHERE = {"sockwatch export --to clickhouse://db:8123/fleet", "sockwatch --container web",
             "sockwatch log 443 --from clickhouse://db:8123/fleet --since 1h",
             "sockwatch top", "sockwatch top state close-wait", "sockwatch top --allow-kill", "sockwatch top --at 'yesterday 23:00'",
             "sockwatch export --metrics 127.0.0.1:9435", "sockwatch record", "sockwatch record &",
             "curl -s http://10.0.0.9/ ; sleep 2"}


def lines():
    """Every line that is given for an example."""
    readme = (TREE / "README.md").read_text(encoding="utf-8").split("## Everyday use")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
    found = [re.split(r"\s+# ", line)[0].strip() for block in blocks for line in block.splitlines()]
    manual = (TREE / "docs/sockwatch.8").read_text(encoding="utf-8").split("\n.Sh EXAMPLES")[1].split("\n.Sh")[0]
    return [line for line in found if line] + re.findall(r"(?m)^\.Dl (.*)$", manual)


def test_recipes__every_example_is_checked():
    given = set(lines())
    known = LIVE.keys() | PAST.keys() | ELSEWHERE
    check(len(given) > 30 and given <= known, "nobody checks", given - known)
    check(known <= given, "nobody gives", known - given)


class Scene:
    """Servers, and what happens at each tick: connections that end, one that is refused, datagrams."""

    def __init__(self):
        set_name(COMM)
        add_address("10.0.0.9/32")
        self.servers = [listener(host="0.0.0.0", port=port) for port in (80, 443, 8080)]
        self.pair = socket.socketpair(socket.AF_UNIX)
        self.receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.receiver.bind(("127.0.0.1", 5353))
        self.stays = None

    def connect(self, server):
        client = socket.create_connection(("10.0.0.9", server.getsockname()[1]))
        accepted = server.accept()[0]
        client.sendall(b"hello")
        accepted.recv(5)
        return client, accepted

    def tick(self):
        for server in self.servers:
            client, accepted = self.connect(server)
            client.close()
            accepted.close()
        if self.stays:
            self.stays[0].close()
            self.stays[1].close()
        self.stays = self.connect(self.servers[1])
        with socket.socket() as s:
            check(s.connect_ex(("127.0.0.1", 1)) != 0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"hello", ("127.0.0.1", 5353))
        self.receiver.recv(100)
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("0.0.0.0", 443))


class Shell:
    """Runs lines as somebody types them, in a folder of its own, until they gave what is wanted."""

    def __init__(self, folder, scene, dir_=None):
        self.folder, self.scene = folder, scene
        os.makedirs(folder + "/bin")
        self.work = folder + "/work"
        os.makedirs(self.work)
        with open(folder + "/bin/sockwatch", "w", encoding="utf-8") as f:
            f.write(f'#!/bin/bash\ncase " $* " in *" log "*|*" --since "*) exec {Settings.binary} "$@" --dir {dir_} ;; esac\n'
                    f'exec {Settings.binary} "$@"\n')
        os.chmod(folder + "/bin/sockwatch", 0o755)

    def output(self, process):
        """What it printed since, or wrote into files."""
        text = b""
        poll = select.poll()
        poll.register(process.stdout, select.POLLIN)
        while poll.poll(0) and (chunk := os.read(process.stdout.fileno(), 65536)):
            text += chunk
        return text

    def files(self):
        return b"".join(pathlib.Path(self.work, name).read_bytes() for name in os.listdir(self.work))

    def once(self, line, wanted, patience):
        """Whether it gave it; and what it gave."""
        text = b""
        env = {**os.environ, "PATH": self.folder + "/bin:" + os.environ["PATH"]}
        with subprocess.Popen(["bash", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=self.work,
                              stderr=subprocess.STDOUT, env=env, start_new_session=True) as process:
            while True:
                over = process.poll() is not None
                self.scene.tick()
                text += self.output(process)
                if wanted.search((text + self.files()).decode("utf-8", "replace")) or over or patience.is_over():
                    break
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
            while process.poll() is None and not Patience(LONG).is_over():
                self.output(process)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
        return bool(wanted.search((text + self.files()).decode("utf-8", "replace"))), text

    def gives(self, line, pattern):
        wanted = re.compile(pattern.replace("%d", str(os.getpid())))
        patience = Patience(3 * DEADLINE)
        for name in os.listdir(self.work):
            os.unlink(os.path.join(self.work, name))
        good, text = False, b""
        while not good and not patience.is_over():
            good, text = self.once(line.replace("1234", str(os.getpid())), wanted, patience)
        check(good, line, "does not give", pattern, text[-3000:])


def of_part(part, parts):
    """The lines are many: a test takes some."""
    return [(line, pattern) for i, (line, pattern) in enumerate(LIVE.items()) if i % parts == part]


def run_part(part):
    if not shutil.which("jq"):
        raise Skip("not installed: jq")
    scene = Scene()
    with scratch() as folder:
        shell = Shell(folder, scene)
        for line, pattern in of_part(part, 3):
            shell.gives(line, pattern)


def test_recipes__examples_give_what_they_say_1():
    run_part(0)


def test_recipes__examples_give_what_they_say_2():
    run_part(1)


def test_recipes__examples_give_what_they_say_3():
    run_part(2)


def test_recipes__examples_of_the_past_give_what_they_say():
    scene = Scene()
    with store() as folder, Recorder(folder) as recorder, scratch() as own:
        shell = Shell(own, scene, recorder.dir)
        scene.tick()
        for line, pattern in PAST.items():
            shell.gives(line, pattern)
