# SPDX-License-Identifier: GPL-2.0-only
"""`sockwatch list`, row by row beside netstat, and what a person can ask of it."""
import json
import os
import re
import signal
import socket
import subprocess

from harness import LONG, SOURCES, Settings, check, end_of, finished, here, listener, matches, run, wait_until
from servers import needs


def netstat(*args):
    """The rows of netstat's first table: (proto, recv_q, send_q, local, remote, state, owner) -> its whole line."""
    return rows_of(finished([needs("netstat"), *args], LONG, text=True).stdout)


def rows_of(text):
    rows = {}
    for line in text.splitlines():
        words = line.split()
        if not words or not re.match("(tcp|udp)6?$", words[0]):
            continue
        state = words[5] if re.match("[A-Z][A-Z_0-9]+$", words[5]) else ""
        rest = words[6:] if state else words[5:]
        owner = next((w for w in rest if re.match(r"\d+/|-$", w)), "")
        if state == "LISTEN":  # netstat does not know the limit
            words[2] = "0"
        if "(inherited)" in words:  # not accepted yet: netstat does not know whose it will be
            owner = "-"
        rows[(*words[:5], state, owner.split("/")[0])] = line
    return rows


def listed(*args):
    """The same of sockwatch, in this namespace."""
    done = run("list", here(), *args)
    check(done.returncode == 0, done)
    return rows_of(done.stdout.decode())


def connect(server, **how):
    client = socket.socket(server.family, socket.SOCK_STREAM)
    for option, value in how.items():
        client.setsockopt(socket.SOL_SOCKET, getattr(socket, option), value)
    client.connect(server.getsockname()[:2])
    return client, server.accept()[0]


def every_state():
    """Sockets in every state that stays by itself. Returned so that they live."""
    v4, v6 = listener(), listener(socket.AF_INET6)
    dual = listener(socket.AF_INET6, host="::")
    pairs = [connect(v4), connect(v6), connect(v4, SO_KEEPALIVE=1)]
    mapped = socket.create_connection(("127.0.0.1", dual.getsockname()[1]))
    pairs.append((mapped, dual.accept()[0]))
    half, other = connect(v4)
    half.shutdown(socket.SHUT_WR)  # FIN_WAIT2, and CLOSE_WAIT
    gone, peer = connect(v4)
    gone.close()
    peer.close()  # TIME_WAIT
    unread, writer = connect(v4)
    writer.sendall(b"x" * 1000)
    full = listener(backlog=0)
    waiting = []  # more than the listener takes: the last ones stay in SYN_SENT
    for _ in range(4):
        waiting.append(socket.socket())
        waiting[-1].setblocking(False)
        waiting[-1].connect_ex(full.getsockname())
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    udp6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    udp6.bind(("::1", 0))
    talks = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    talks.connect(udp.getsockname())
    talks.send(b"unread")
    return v4, v6, dual, pairs, half, other, unread, writer, full, waiting, udp, udp6, talks


def same_rows(ours, theirs):
    ours, theirs = ours(), theirs()
    return ours if ours.keys() == theirs.keys() else None


def counted(options, rows):
    """-4 and -6 go by what is taken here, and by the socket's family there: mapped ones and dual listeners differ."""
    if "4" not in options and "6" not in options:
        return rows
    return {k: v for k, v in rows.items() if not (k[0].endswith("6") and ("." in k[3] or "4" in options))}


def wait_until_same(options, source):
    """The rows, as soon as both tell the same."""
    def ours():
        return counted(options, listed(options, f"--snapshot={source}"))

    def theirs():
        return counted(options, netstat(options))

    def differences():
        a, b = ours(), theirs()
        return (f"the same rows with {options} {source}: only ours: {sorted(a.keys() - b.keys())}, "
                f"only netstat's: {sorted(b.keys() - a.keys())}")
    return wait_until(lambda: same_rows(ours, theirs), differences, LONG)


def test_list__every_row_is_netstats():
    keep = every_state()
    states = {key[5] for key in wait_until_same("-tuanp", "bpf")}  # at once: TIME_WAIT stays for a minute
    check({"LISTEN", "ESTABLISHED", "FIN_WAIT2", "CLOSE_WAIT", "TIME_WAIT", "SYN_SENT", ""} <= states, states)
    for options in ("-tuanp", "-tanp", "-uanp", "-tulpn", "-4tuanp", "-6tuanp"):
        for source in SOURCES:
            wait_until_same(options, source)
    del keep


def timers_of(rows):
    found = {}
    for key, line in rows.items():
        timer = re.search(r"(off|on|keepalive|timewait|probe|unkn-\d) \(([0-9.]+)/(\d+)/(\d+)\)", line)
        if key[0].startswith("tcp"):
            check(timer, line)
            found[key[:6]] = (timer[1], float(timer[2]), timer[3], timer[4])
    return found


def netstats_timers(source):
    """Those of one source, as soon as netstat has the same before and after."""
    def same():
        before = timers_of(netstat("-tano"))
        ours = timers_of(listed("-tano", f"--snapshot={source}"))
        after = timers_of(netstat("-tano"))
        if not before.keys() == ours.keys() == after.keys():
            return None
        for key, timer in ours.items():
            if before[key][0] != after[key][0] or before[key][2:] != after[key][2:]:
                return None  # just changing
            check(timer[0] == before[key][0], key, timer, before[key])
            if (source != "netlink" or key[5] != "SYN_RECV") and timer[2:] != before[key][2:]:
                return None  # a probe was on its way, which counts until it is answered; of a request netlink has no answers
            if not after[key][1] - 0.02 <= timer[1] <= before[key][1] + 0.02:
                return None  # it was started anew, once or more
        return ours
    return wait_until(same, f"timers of {source} that do not change", LONG)


def closed_window():
    """A sender with more to send than the other side, which reads nothing, takes: it probes."""
    sender, reader = connect(listener(), SO_SNDBUF=65536)
    sender.setblocking(False)
    try:
        while True:
            sender.send(b"x" * 65536)
    except BlockingIOError:
        return sender, reader


def deferred():
    """A connection that is a request until it says something: its SYN-ACK is sent again."""
    server = listener()
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 600)
    return server, socket.create_connection(server.getsockname())


def test_list__timers_are_netstats():
    keep = [closed_window(), deferred()]
    for source in SOURCES:
        keep.append(every_state())  # a TIME_WAIT is there for a minute only
        kinds = {timer[0] for timer in netstats_timers(source).values()}
        check({"off", "on", "keepalive", "timewait", "probe"} <= kinds, source, kinds)
        rows = [json.loads(line) for line in run("list", "-toj", here(), f"--snapshot={source}").stdout.splitlines()]
        waits = [r for r in rows if r["state"] == "TIME_WAIT"]
        check(waits and all(r["timer"] == "timewait" and 0 < r["timer_ms"] <= 60000 for r in waits), source, rows)
        check(all("timer" in r for r in rows), source, rows)
    del keep


def test_list__is_sorted_as_asked():
    servers = [listener() for _ in range(5)]
    full = []
    for server in servers[:3]:
        full += connect(server)
        full[-1].sendall(b"x" * 100 * (servers.index(server) + 1))

    def keys(*options):
        done = run("list", "-tj", here(), *options)
        return [json.loads(line) for line in done.stdout.splitlines()]

    ports = [r["local_port"] for r in keys("--sort=port")]
    check(ports == sorted(ports) and len(ports) == 11, ports)
    wait_until(lambda: keys("--sort=recv-q")[0]["recv_q"] == 300, "the data")
    queues = [r["recv_q"] for r in keys("--sort=recv-q")]
    check(queues == sorted(queues, reverse=True), queues)
    both = [(r["state"], r["local_port"]) for r in keys("--sort=state,port")]
    check(both == sorted(both, key=lambda x: (x[0] != "LISTEN", x[1])), both)


def test_list__repeats_until_the_count_or_a_signal():
    server = listener()
    port = str(server.getsockname()[1])
    done = run("list", here(), "-t", "-P", port, "-c", "0.05", "--count=3")
    text = done.stdout.decode()
    check(done.returncode == 0 and text.count("PID/Program") == 3 and text.count(f":{port} ") == 3, text)
    check(done.stderr.count(b"note:") <= 2, done.stderr)  # each at most once
    done = run("list", here(), "-t", "--csv", "-P", port, "-c0.05", "--count=2")
    lines = done.stdout.decode().splitlines()
    check(len(lines) == 3 and lines[0].startswith("time,"), lines)

    with Repeated(port) as watch:
        first, second = watch.next_row(), watch.next_row()
        check(second["time"] > first["time"], first, second)
        client = socket.create_connection(("127.0.0.1", int(port)))
        watch.next_row(state="ESTABLISHED")
        client.close()


class Repeated:
    """A running `list -tjc` of that port; ended by a signal where the block is left."""

    def __init__(self, port):
        self.process = subprocess.Popen([Settings.binary, "list", here(), "-tjc", "0.05", "-P", port],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def next_row(self, **want):
        """The next one with these values."""
        while True:
            row = json.loads(self.process.stdout.readline())
            if matches(row, want):
                return row

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.send_signal(signal.SIGKILL if kind else signal.SIGINT)
        self.process.stdout.read()
        self.process.stdout.close()
        check(end_of(self.process) == 0 or kind, self.process.returncode)


def test_list__repeated_time_wait_has_its_last_owner():
    server = listener()
    port = str(server.getsockname()[1])
    client, accepted = connect(server)
    with Repeated(port) as watch:
        watch.next_row(state="ESTABLISHED", local_port=int(port))
        accepted.close()
        client.close()
        for _ in range(3):
            row = watch.next_row(state="TIME_WAIT")
            check(row["pid"] == os.getpid() and row["owner_source"] == "snapshot" and "owners" not in row, row)


def test_list__bundles_work_as_typed():
    server = listener()
    port = server.getsockname()[1]
    for bundle in ("-tulpn", "-antp", "-tlnp", "-lt", "-anlp", "-ltnpW", "-plant", "-atune"):
        done = run("list", here(), bundle)
        check(done.returncode == 0 and f"127.0.0.1:{port} ".encode() in done.stdout, bundle, done)
    done = run("list", "-tulpn")
    states = {line.split()[5] for line in done.stdout.decode().splitlines()[1:] if line.startswith("tcp")}
    check(states == {"LISTEN"}, states)


def test_list__text_is_netstats_table():
    sock = listener()
    port = sock.getsockname()[1]
    done = run("list", here(), "-P", str(port))
    head, row = done.stdout.decode().splitlines()
    check(head.split() == ["Proto", "Recv-Q", "Send-Q", "Local", "Address", "Foreign", "Address", "State",
                           "PID/Program"], head)
    check(row.split()[:2] == ["tcp", "0"] and row.split()[2] in ("128", "-"), row)  # /proc does not tell
    check(row.split()[3:6] == [f"127.0.0.1:{port}", "0.0.0.0:*", "LISTEN"], row)
    check(f" {os.getpid()}/" in row and row.index("127.0.0.1") == head.index("Local"), head, row)


def test_list__what_belongs_to_the_stream_is_refused():
    for option in ("-E", "--failed", "--retransmits", "--duration=1"):
        done = run("list", option)
        check(done.returncode == 2 and not done.stdout and b"list" in done.stderr, option, done)
    done = run("list", "--count=1")
    check(done.returncode == 2 and b"-c" in done.stderr, done)
