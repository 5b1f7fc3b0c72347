# SPDX-License-Identifier: GPL-2.0-only
"""log: what a recorder kept, asked in all the ways that there are."""
import csv
import ctypes
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

from cgroups import Cgroup, ours
from harness import FAULT, LONG, Settings, check, end_of, here, listener, run, scaled, wait_until
from network import add_address
from recording import Recorder, has_ended, of, store
from servers import comm_of
from test_conns import nanoseconds, pair, port_of
from test_place import connect_by_a_shell
from terminal import at_terminal
from traffic import Connecting, churn, connection, elsewhere, refused

CLONE_NEWUTS = 0x04000000
DURABLE = 1.3  # seconds, after which what was told can be read


def log(w, *args, status=0):
    """The lines of its answer, and what it says besides."""
    done = run("log", "--dir", w.dir, *[str(a) for a in args])
    check(done.returncode == status, args, done)
    return done.stdout.decode().splitlines(), done.stderr.decode()


def records(w, *args, status=0):
    return [json.loads(line) for line in log(w, *args, "-j", status=status)[0]]


def conns(w, *args, **kw):
    return of(records(w, *args, **kw), event="conn")


def now():
    return f"@{time.time():.6f}"


def sealed(w):
    return sorted(os.path.join(w.dir, n) for n in os.listdir(w.dir) if n.endswith(".sealed"))


def own_host_name(name):
    """For this process, and those that it starts."""
    check(ctypes.CDLL(None).unshare(CLONE_NEWUTS) == 0, "no namespace for a name")
    socket.sethostname(name)


def come_and_gone():
    """A listener and a connection: a moment before them, one with them, one after; their ports, the listener's first."""
    before = now()
    time.sleep(0.05)
    sock = listener()
    client, server = pair(sock)
    ports = port_of(sock), port_of(client)
    time.sleep(0.05)
    during = now()
    time.sleep(0.05)
    client.close()
    server.recv(1)
    server.close()
    sock.close()
    time.sleep(0.05)
    return before, during, now(), ports


# --- the question of the issue ------------------------------------------------------------------


def test_log__which_process_connected_and_what_started_it():
    """From a shell, by a process of some milliseconds, asked with a time as people say it."""
    add_address("10.0.0.9/32")
    with listener(host="10.0.0.9") as sock, store() as folder, Recorder(folder) as w:
        shell = connect_by_a_shell(sock, "the-word")
        wait_until(lambda: of(w.read(), event="conn", remote_port=port_of(sock)), "the connection in the store", LONG)
        r, = conns(w, "--addr", "10.0.0.9", "--since", "10m", "--comm", "python*", "-D", port_of(sock))
        check((r["ppid"], r["parent_comm"]) == (shell, "sh") and r["cmdline"].endswith("the-word"), r)
        at = time.strftime("%H:%M", time.localtime(nanoseconds(r["time"]) / 1e9))
        after = time.strftime("%H:%M", time.localtime(nanoseconds(r["time"]) / 1e9 + 60))
        if after > at:  # not at midnight
            lines, _ = log(w, "--addr", "10.0.0.9", "--since", at, "-e")
            check(any("the-word" in line and f"{r['pid']}/" in line and f"ppid={shell} parent_comm=sh " in line for line in lines), lines)
        w.stop()


# --- which ones ---------------------------------------------------------------------------------


def test_log__filters():
    with listener() as sock, listener() as other, store() as folder, Recorder(folder) as w:
        port, second = port_of(sock), port_of(other)
        child = elsewhere(lambda: socket.create_connection(other.getsockname()).close(), name=b"odd one", uid=4242)
        connection(sock)
        child.ask()
        other.accept()[0].close()
        check(child.wait() == 0)
        refused(9)
        w.stop()
        comm = comm_of("self")
        every = {(r["local_port"], r["remote_port"]) for r in conns(w)}
        check(len(every) == 5, every)
        for args, n in (([port], 2), ([second, port], 4), ([f"127.0.0.1:{second}"], 2), (["127.0.0.1"], 5), (["10.9.8.7"], 0),
                        (["-P", port], 2), (["-L", port], 1), (["-D", f"{port},{second}"], 2), (["--addr", "127.0.0.0/8"], 5),
                        (["--pid", child.pid], 1), (["--comm", "odd one"], 1),
                        (["--comm", comm], 4), (["--comm", "odd*"], 1), (["--uid", 4242], 1), (["--failed"], 1),
                        (["-6"], 0), (["-4"], 5), (["--no-loopback"], 0), (["-u"], 0), ([here()], 5), (["--netns", 1], 0),
                        (["--exe", os.path.realpath(sys.executable)], 5), (["--exe", "/bin/nothing"], 0),
                        ([port, "--pid", child.pid], 0)):
            got = conns(w, *args, status=1 if not n else 0)
            check(len(got) == n, args, n, got)
        check({r["state"] for r in records(w, "-l") if r["event"] == "state"} <= {"LISTEN", "CLOSE"}, "listeners")


def test_log__a_cgroup_is_that_and_what_is_below_it():
    """By its path and by its id, as in the stream; also when it is gone."""
    outer = Cgroup(ours())
    inner, other = Cgroup(ours() + "/inner"), Cgroup(ours() + "-b")
    ids = str(outer.id), str(inner.id)
    try:
        with listener() as sock, store() as folder, Recorder(folder) as w:
            for group in (outer, inner, other):
                child = elsewhere(lambda: socket.create_connection(sock.getsockname()).close(), group=group)
                child.ask()
                sock.accept()[0].close()
                check(child.wait() == 0)
            w.stop()
            for which, n in ((ours(), 2), (outer.path, 2), (ids[0], 2), (ours() + "/inner", 1), (ids[1], 1), (ours() + "-b", 1)):
                check(len(conns(w, "-D", port_of(sock), "--cgroup", which)) == n, which, n, [(r.get("cgroup"), r.get("cgroup_id")) for r in conns(w)])
    finally:
        for group in (other, inner, outer):
            group.remove()


def test_log__times():
    with listener() as sock, store() as folder, Recorder(folder) as w:
        ports, moments = [], [now()]
        for _ in range(3):
            ports.append(connection(sock))
            time.sleep(0.05)
            moments.append(now())
        w.wait_kept(ports[-1])
        for i in range(3):
            got = conns(w, "--since", moments[i], "--until", moments[i + 1], "-D", port_of(sock))
            check([r["local_port"] for r in got] == [ports[i]], i, got, ports)
        check(len(conns(w, "-D", port_of(sock), "--since", "5m")) == 3, "5m")
        check(len(conns(w, "-D", port_of(sock), "--since", "today 00:00", "--until", "now")) in (0, 3), "today")
        check(not conns(w, "-D", port_of(sock), "--until", "1h", status=1), "an hour ago")
        w.stop()


def test_log__times_that_are_none():
    for args, why in ((["--since", "yesterdy"], "did you mean yesterday"), (["--since", "10"], "did you mean 10m"),
                      (["--until", "24:61"], "no such time"), (["--since", "+1h"], "did you mean 1h"),
                      (["--since", "1h", "--until", "2h"], "is not after"), (["--at", "tomorrow"], "still to come"),
                      (["--since", "2026-02-30"], "no such time"), (["-f", "--until", "now"], "leave --until out")):
        done = run("log", *args)
        check(done.returncode == 2 and why in done.stderr.decode() and not done.stdout, args, done)


# --- in which order, and how many ---------------------------------------------------------------


def test_log__the_last_and_the_newest_first():
    with listener() as sock, store() as folder, Recorder(folder) as w:
        ports = [connection(sock) for _ in range(6)]
        w.stop()

        def told(*args):
            return [r["local_port"] for r in conns(w, "-D", port_of(sock), *args)]
        check(told() == ports, told(), ports)
        check(told("-n", 2) == ports[-2:] and told("--count", 2) == ports[-2:], told("-n", 2))
        check(told("-r") == ports[::-1] and told("-r", "-n", 2) == ports[:-3:-1], told("-r"))
        check(told("-n", 100) == ports, told("-n", 100))


def test_log__table_and_csv():
    with listener() as sock, store() as folder, Recorder(folder) as w:
        port = connection(sock)
        w.stop()
        lines, errors = log(w, port_of(sock))
        check(lines[0].split()[:4] == ["TIME", "PID/Program", "Dir", "Proto"], lines)
        check(re.match(r"-- \w{3} \d{4}-\d\d-\d\d$", lines[1]), lines)
        check(any(f"127.0.0.1:{port} " in line and " -> " in line for line in lines), lines)
        check(any("recorder started" in line for line in lines) and any("recorder stopped" in line for line in lines), lines)
        check("nothing was recorded" in lines[-1] and "nothing was recorded" in errors, lines, errors)
        rows = list(csv.DictReader(io.StringIO("\n".join(log(w, port, "--csv")[0]))))
        check(sorted(r["direction"] for r in rows if r["event"] == "conn") == ["in", "out"], rows)
        check("-- " not in "".join(log(w, port, "-H")[0]), "no header")


def test_log__columns_by_name():
    with listener() as sock, store() as folder, Recorder(folder) as w:
        port = connection(sock)
        w.stop()
        rows, _ = log(w, "-D", port_of(sock), "--fields", "local_port,history")
        check(rows[0].split() == ["local_port", "history"] and [str(port), "SEFfT"] in [r.split() for r in rows], rows)
        rows, _ = log(w, "-D", port_of(sock), "--fields", "local_port,event", "--csv")
        check(rows[0] == "local_port,event" and f"{port},conn" in rows, rows)
        check([r["local_port"] for r in records(w, "-D", port_of(sock), "--fields", "local_port") if "event" not in r] == [port], "as JSON")
        for args, why in ((("log", "--fields", "histroy"), "histor"), (("log", "--by", "comm", "--sort", "histroy"), "--sort"),
                          (("top", "--sort", "bytes_sent"), "top sorts by a column")):
            done = run(*args)
            check(done.returncode == 2 and why in done.stderr.decode(), args, done)


# --- as it comes --------------------------------------------------------------------------------


class Follow:
    """log -f, and the ports of what it told so far."""

    def __init__(self, w, *args):
        self.process = subprocess.Popen([Settings.binary, "log", "--dir", w.dir, "-j", "-f", *args], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.told = []
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            self.told.append(json.loads(line))

    def ports(self):
        return [r["local_port"] for r in list(self.told) if r["event"] == "conn" and r["direction"] == "out"]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        check(end_of(self.process, LONG) == 0, self.process.returncode)
        self.thread.join()
        return self.process.stderr.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.thread.join()
        self.process.stdout.close()
        self.process.stderr.close()


def test_log__goes_on_without_a_gap_over_segments():
    """Each once and in order, while segments are sealed under it."""
    with store() as folder, Recorder(folder, "-t", "--segment=64K", "--max-size=64M") as w:
        with Connecting() as c:
            wait_until(lambda: of(w.read(), event="conn"), "some in the store", LONG)
            with Follow(w, "--since", "1h") as f:
                wait_until(lambda: len(sealed(w)) >= 2, "two sealed segments", LONG)
                c.stop()
                ports = c.ports()
                wait_until(lambda: ports[-1] in f.ports(), "the last one", LONG)
                f.end()
                kept = [r["local_port"] for r in conns(w) if r.get("direction") == "out"]
                missing = sorted(set(ports) - set(kept))
                check(not missing or of(records(w), event="lost"), "not in the store", missing)
                check(f.ports() == kept, len(f.ports()), "of", len(kept), sorted(set(kept) - set(f.ports())))
        w.stop()


def test_log__goes_on_with_the_last_ten():
    with listener() as sock, store() as folder, Recorder(folder, "-t") as w:
        ports = [connection(sock) for _ in range(20)]
        w.wait_kept(ports[-1])
        with Follow(w, "-D", str(port_of(sock))) as f:
            wait_until(lambda: len(f.ports()) >= 10, "the past")
            ports.append(connection(sock))
            wait_until(lambda: ports[-1] in f.ports(), "the next one")
            check(f.ports() == ports[-11:], f.ports(), ports)
            f.end()
        w.stop()


# --- counts, and the table of a moment ----------------------------------------------------------


def test_log__counts():
    with listener() as sock, store() as folder, Recorder(folder, "-t") as w:
        for _ in range(3):
            connection(sock)
        refused(9)
        w.stop()
        comm = comm_of("self")
        port = port_of(sock)
        got = {(r["comm"], r["port"]): r for r in records(w, "--by", "comm,port")}
        check(set(got) == {(comm, port), (comm, 9)}, got)
        check(got[comm, port]["count"] == 6 and got[comm, port]["failed"] == 0, got)
        check(got[comm, 9]["count"] == 1 and got[comm, 9]["failed"] == 1, got)
        check(got[comm, port]["first"] <= got[comm, port]["last"], got)
        check([r["reason"] for r in records(w, "--by", "reason", "--failed")] == ["refused"], "reasons")
        text, errors = log(w, "--by", "remote")
        check("127.0.0.1" in "\n".join(text) and "nothing was recorded" in errors, text, errors)


def test_log__a_record_is_of_the_host_that_its_segment_is_of():
    """Which is not the one that it is read on."""
    own_host_name("web-7")
    with listener() as sock, store() as folder, Recorder(folder, "-t") as w:
        connection(sock)
        w.stop()
        own_host_name("reader")
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as f:
            boot = f.read().strip()
        check(all("host" not in r for r in conns(w)), "not asked for")
        for args in (["--tag", "host"], ["--tag", "host", "--fields", "event,pid"], ["--fields", "event,host"]):
            told = conns(w, *args)
            check(len(told) == 2 and all(r["host"] == "web-7" for r in told), args, told)
        check(all(r["boot"] == boot for r in conns(w, "--tag", "boot")), conns(w, "--tag", "boot"))
        told = [row.split() for row in log(w, "--fields", "event,host")[0]]
        check(told.count(["conn", "web-7"]) == 2, told)
        check("--tag host=" in log(w, "--by", "comm", "-j", "--tag", "host", status=2)[1], "of many")


def test_log__the_table_of_a_moment():
    with store() as folder, Recorder(folder, "-t") as w:
        before, during, after, (port, client) = come_and_gone()
        wait_until(lambda: of(w.read(), event="state", old_state="LISTEN", local_port=port), "its end in the store", LONG)
        w.wait_kept(client)
        rows = records(w, "--at", during)
        check({r["local_port"] for r in rows if r.get("state") != "LISTEN"} == {client, port}, rows)
        check([r["pid"] for r in of(rows, state="LISTEN", local_port=port)] == [os.getpid()], rows)
        for moment in (before, after):
            check(not records(w, "--at", moment, status=1), moment)
        w.stop()


# --- what it does not know ----------------------------------------------------------------------


def test_log__gaps_are_lines():
    """Before the recorder, between two of it, after a kill, and after the last."""
    with listener() as sock, store() as folder:
        with Recorder(folder, "-t") as w:
            connection(sock)
            w.stop()
        time.sleep(0.2)
        with Recorder(folder, "-t") as w:
            port = connection(sock)
            w.wait_kept(port)
            writer = w.writer()
            os.kill(w.process.pid, signal.SIGKILL)
            wait_until(lambda: has_ended(writer), "the end of the writer")
        time.sleep(0.2)
        with Recorder(folder, "-t") as w:
            w.stop()
        told = records(w, "--since", "1h")
        gaps = [i for i, r in enumerate(told) if r.get("recorder") == "gap"]
        acts = [r["recorder"] for r in told if "recorder" in r]
        check(acts == ["gap", "start", "stop", "gap", "start", "gap", "start", "stop", "gap"], acts)
        for i in gaps[1:]:
            check(told[i]["from"] == told[i - 1]["time"], told[i - 1], told[i])
        for i in gaps[:-1]:
            check(told[i]["to"] == told[i + 1]["time"], told[i], told[i + 1])
        check(told[gaps[2] - 1]["time"] >= of(told, local_port=port)[0]["time"], "what is known ends with the last record")
        _, errors = log(w, "--since", "1h")
        check(errors.count("nothing was recorded") == 4, errors)
        check([r["recorder"] for r in records(w, "--since", "1h", "-r") if "recorder" in r] == acts[::-1], "the newest first")


def test_log__a_gap_while_connections_end_all_the_time():
    """What the next recorder takes before it is told that it started neither ends the gap nor stands before it."""
    with store() as folder, Connecting() as c:
        for _ in range(2):
            with Recorder(folder, "-t") as w:
                seen = len(c.over)
                wait_until(lambda: len(c.over) > seen + 20, "connections", LONG)
                w.stop()
            time.sleep(0.5)
        c.stop()
        told = records(w)
        acts = [r for r in told if r.get("recorder") in ("start", "stop")]
        gap = [r for r in told if r.get("recorder") == "gap"][0]
        check([r["recorder"] for r in acts] == ["start", "stop"] * 2, acts)
        check((gap["from"], gap["to"]) == (acts[1]["time"], acts[2]["time"]), gap, acts)
        behind = told[told.index(acts[2]) + 1:]
        check(min(r["time"] for r in behind) >= acts[2]["time"], "older than the start", behind[:3])


def test_log__losses_are_lines():
    n = scaled(3000)
    with store() as folder, Recorder(folder, "-t", "--buffer-size=4096") as w:
        churn(9504, n)
        w.stop()
        lost = of(records(w), event="lost")
        lines, errors = log(w)
        if not lost:  # a reader that kept up
            return
        check(sum("were lost" in line or "was lost" in line for line in lines) == len(lost), len(lost), lines[:3])
        check("lost" in errors, errors)
        check(of(records(w, "--comm", "nobody", status=1), event="lost") == lost, "a filter hides none")
        check("lost" in log(w, "--by", "comm")[1], "beside counts")
        rows = at_terminal("log", "--dir", w.dir, "--by", "comm")
        check("Program" in rows[0] and any("lost" in row for row in rows[1:]), rows)


def test_log__nothing_is_found():
    with store() as folder, Recorder(folder, "-t") as w:
        time.sleep(DURABLE)
        began = now()
        time.sleep(0.1)
        ended = now()
        time.sleep(DURABLE)
        lines, errors = log(w, "--since", began, "--until", ended, status=1)
        check(not lines and "nothing of that was recorded (the store has what was from" in errors, lines, errors)
        w.stop()
    done = run("log", "--dir", folder)
    check(done.returncode == FAULT and "there is no store in it" in done.stderr.decode(), done)
