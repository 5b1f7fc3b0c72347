#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What sockwatch costs, beside what one would use instead of it.

    scripts/bench.py [--short] [--only NAME,...] ...       (as root, after make all tests bench-programs)

In every round each candidate has one turn, in rotated order, so that a noisy machine is noisy for
all; what is told is the median of the rounds' ratios, with the lowest and the highest. What cannot
run here is told with its reason. scripts/bench_report.py writes the table and the picture.
"""
import argparse
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bench_report
from bench_report import FLOOR, median
from bench_run import (CHURN_PORT, DEADLINE, CannotRun, Hold, Tracer, churn, end_all, finish, first_byte, first_error,
                       interleaved, peak_resident, rows_of, say, seconds_of, spawn, status_number)
from bench_store import measure_store
from bench_top import measure_viewers

BPFTRACE = ('tracepoint:sock:inet_sock_set_state { printf("%s %d %d %d %d %d\\n", '
            'comm, pid, args->sport, args->dport, args->oldstate, args->newstate); }')


# name: command, lines that it should write for a connection of the churn
def tracers(o):
    return {
        "untraced": (None, 0),
        FLOOR: ([o.programs + "/bench/floor", o.programs + "/bench/floor.bpf.o"], 0),
        "sockwatch": ([o.sockwatch, "-E"], 11),
        "sockwatch, JSON": ([o.sockwatch, "-E", "-j"], 11),
        "sockwatch, nothing matches": ([o.sockwatch, "-E", "-P", "1"], 0),
        "sockwatch conns": ([o.sockwatch, "conns"], 2),
        "tcpstates": (["tcpstates"], 10),
        "tcplife": (["tcplife"], 2),
        "bpftrace": (["bpftrace", "-e", BPFTRACE], 10),
    }


def measure_alone(o):
    return measure_churn(o, True)


def measure_churn(o, alone=False):
    candidates = tracers(o)
    if o.short:
        candidates = {name: candidates[name] for name in ("untraced", "sockwatch", "sockwatch, nothing matches")}
    result = {name: {"command": command and bench_report.shown(command), "expected": each * o.connections,
                     "rates": [None] * o.rounds, "cpu": [None] * o.rounds, "lines": [], "lost": []}
              for name, (command, each) in candidates.items()}
    for number, name in interleaved(o.rounds, list(candidates)):
        entry = result[name]
        if "error" in entry:
            continue
        say(f"{'alone' if alone else 'churn'}: round {number + 1} of {o.rounds}: {name}")
        time.sleep(0.3)  # the kernel clears the last namespace away
        try:
            entry["rates"][number], entry["cpu"][number] = churn_beside(o, candidates[name][0], entry, alone)
        except CannotRun as e:
            entry["error"] = str(e)
    base = result["untraced"]["rates"]
    for entry in result.values():
        entry["shares"] = [rate / b for rate, b in zip(entry["rates"], base) if rate]
    return {"connections": o.connections, "rounds": o.rounds, "alone": alone, "candidates": result}


def churn_beside(o, command, entry, alone):
    if not command:
        return churn(o, o.connections, alone=alone)
    with tempfile.TemporaryDirectory() as folder, Tracer(command, folder) as tracer:
        result = churn(o, o.connections, tracer, alone)
        entry["lines"].append(tracer.lines(CHURN_PORT))
        entry["lost"].append(tracer.lost())
        return result


# -- listings ----------------------------------------------------------------------------------

def listers(o):
    every = {
        "sockwatch list -tn": [o.sockwatch, *o.list.split()],
        "sockwatch list -tn --snapshot=proc": [o.sockwatch, *o.list.split(), "--snapshot=proc"],
        "ss -tanp": ["ss", "-tanp"],
        "netstat -tanp": ["netstat", "-tanp"],
        "lsof -nP -iTCP": ["lsof", "-nP", "-iTCP"],
    }
    return {k: v for k, v in every.items() if k in ("sockwatch list -tn", "ss -tanp")} if o.short else every


def measure_listing(o):
    processes, sockets = 500, 50000
    with Hold(o, processes, sockets), socket.create_server(("127.0.0.1", 0)) as server:
        candidates = listers(o)
        candidates["sockwatch who PORT"] = [o.sockwatch, "who", str(server.getsockname()[1])]
        result = {name: {"command": bench_report.shown(command), "seconds": [None] * o.rounds}
                  for name, command in candidates.items()}
        for name, command in candidates.items():
            asks = name == "sockwatch who PORT"
            try:
                result[name]["rows"] = rows_of(command, *((b"LISTEN", b"%d/" % os.getpid()) if asks else ()))
                result[name]["of"] = 1 if asks else sockets
            except CannotRun as e:
                result[name]["error"] = str(e)
        for number, name in interleaved(o.rounds, list(candidates)):
            if "error" not in result[name]:
                result[name]["seconds"][number] = seconds_of(candidates[name])
    base = result["sockwatch list -tn"]["seconds"]
    for entry in result.values():
        entry["ratios"] = [s / b for s, b in zip(entry["seconds"], base) if s and b]
    return {"sockets": sockets, "processes": processes, "rounds": o.rounds, "candidates": result}


MANY = 500000
MANY_KIB = 6 << 20  # a connected socket takes the kernel some 3 KiB, its file and their slabs as much


def room_for_many():
    available = re.search(r"^MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text(), re.M)
    if not available or int(available.group(1)) < MANY_KIB:
        raise CannotRun(f"{MANY:,} sockets need {MANY_KIB >> 20} GiB of memory")
    used, _, limit = (int(n) for n in Path("/proc/sys/fs/file-nr").read_text().split())
    if used + 2 * MANY > limit:
        raise CannotRun(f"{MANY:,} sockets need fs.file-max of {used + 2 * MANY}")


def measure_many(o):
    """Ten times as many: the time and the peak of resident memory."""
    room_for_many()
    rounds = min(o.rounds, 5)
    candidates = {k: v for k, v in listers(o).items() if k in ("sockwatch list -tn", "ss -tanp")}
    candidates["sockwatch list -tnj"] = [*candidates["sockwatch list -tn"], "-j"]
    with Hold(o, 500, MANY):
        result = {name: {"seconds": [None] * rounds} for name in candidates}
        for name, command in candidates.items():
            try:
                result[name]["peak"] = peak_resident(command)
                result[name]["rows"] = rows_of(command, b"ESTAB")
            except CannotRun as e:  # ss needs more than the deadline: what it does for a socket grows with them
                result[name]["error"] = str(e)
        for number, name in interleaved(rounds, list(candidates)):
            if "error" not in result[name]:
                result[name]["seconds"][number] = seconds_of(candidates[name])
    base = result["sockwatch list -tn"]["seconds"]
    for entry in result.values():
        entry["ratios"] = [s / b for s, b in zip(entry["seconds"], base) if s and b]
    return {"sockets": MANY, "rounds": rounds, "candidates": result}


# -- memory ------------------------------------------------------------------------------------

def measure_memory(o):
    result = {"peaks": {}, "stream": {}}
    for processes, sockets in [(500, 50000)] + ([(500, 500000)] if o.large else []):
        peaks = result["peaks"][str(sockets)] = {}
        try:
            with Hold(o, processes, sockets):
                for name, command in listers(o).items():
                    if sockets > 50000 and not name.startswith("sockwatch"):
                        continue  # the others would take minutes
                    try:
                        peaks[name] = peak_resident(command)
                    except CannotRun as e:
                        peaks[name] = str(e)
        except CannotRun as e:
            peaks["hold"] = str(e)
    result["stream"] = resident_of_stream(o)
    return result


def resident_of_stream(o):
    """Samples [events, KiB] of sockwatch -E after each 100,000 events, up to a million, or for --soak seconds."""
    samples, connections = [], 9091
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Tracer([o.sockwatch, "-E"], folder) as tracer:
        while len(samples) < 10 or time.monotonic() - begin < o.soak:
            churn(o, connections)
            samples.append([(len(samples) + 1) * connections * 11, status_number(tracer.process.pid, "VmRSS")])
            say(f"memory: {samples[-1][1]} KiB after {samples[-1][0]} events")
            if o.soak:
                os.truncate(tracer.out, 0)
        tracer.stop()
        return {"samples": samples, "lost": tracer.lost()}


# -- start, latency, cost of an event --------------------------------------------------------------

def measure_start(o):
    candidates = {"sockwatch": [o.sockwatch], "tcpstates": ["tcpstates"], "ss -tanp": ["ss", "-tanp"]}
    result = {name: {"seconds": []} for name in candidates}
    rounds = max(11, o.rounds)
    say(f"start: {rounds} rounds")
    for _, name in interleaved(rounds, list(candidates)):
        try:
            if "error" not in result[name]:
                result[name]["seconds"].append(first_byte(candidates[name]))
        except CannotRun as e:
            result[name]["error"] = str(e)
    return {"rounds": rounds, "candidates": result}


def measure_latency(o, count=300):
    """Milliseconds from a connect() to a line that tells of it; wakeups of an idle sockwatch."""
    say("latency: 300 connects, then 5 idle seconds")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        process = spawn([o.sockwatch, "-E", "-v", "-P", str(port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            for line in process.stderr:
                if b"ring buffer:" in line:
                    break
            if process.poll() is not None:
                raise CannotRun("sockwatch ended")
            took = [latency_of_one(listener, process.stdout.fileno()) for _ in range(count)]
            before = switches(process.pid)
            time.sleep(5)
            idle = (switches(process.pid) - before) / 5
        finally:
            finish(process, signal.SIGINT)
    took.sort()
    return {"connects": count, "median_ms": median(took), "p99_ms": took[int(count * 0.99)], "max_ms": took[-1],
            "idle_switches": idle}


def latency_of_one(listener, fd):
    with socket.socket() as client:
        client.bind(("127.0.0.1", 0))
        mark = b":%d " % client.getsockname()[1]
        got = b""
        begin = time.monotonic_ns()
        client.connect(listener.getsockname())
        while mark not in got:
            if not select.select([fd], [], [], DEADLINE)[0]:
                raise CannotRun("a connect was not told")
            now = time.monotonic_ns()
            got += os.read(fd, 1 << 16)
        listener.accept()[0].close()
    time.sleep(0.01)
    return (now - begin) / 1e6


def switches(pid):
    tasks = os.listdir(f"/proc/{pid}/task")
    return sum(status_number(pid, "voluntary_ctxt_switches", f"task/{task}/") for task in tasks)


def program_stats(pid):
    """{id: (name, ns, runs)} of the programs that a process has open or attached."""
    ids = set()
    for info in Path(f"/proc/{pid}/fdinfo").iterdir():
        try:
            ids.update(int(n) for n in re.findall(r"^prog_id:\s+(\d+)", info.read_text(), re.M))
        except FileNotFoundError:
            pass  # it was closed just now
    shown = subprocess.run(["bpftool", "prog", "show", "-j"], capture_output=True, check=True, timeout=DEADLINE)
    return {p["id"]: (p.get("name", "?"), p.get("run_time_ns", 0), p.get("run_cnt", 0))
            for p in json.loads(shown.stdout) if p["id"] in ids}


def measure_cost(o):
    """What the kernel spends in the programs of sockwatch, by its own statistics."""
    if not shutil.which("bpftool"):
        raise CannotRun("bpftool: not installed")
    switch = Path("/proc/sys/kernel/bpf_stats_enabled")
    old = switch.read_text()
    result = {}
    try:
        switch.write_text("1")
        for name, args in {"everything matches": ["-E"], "nothing matches": ["-E", "-P", "1"]}.items():
            say(f"cost: {name}")
            with tempfile.TemporaryDirectory() as folder, Tracer([o.sockwatch, *args], folder) as tracer:
                before = program_stats(tracer.process.pid)
                churn(o, o.connections)
                after = program_stats(tracer.process.pid)
                tracer.stop()
            programs = [{"name": after[i][0], "ns": after[i][1] - b[1], "runs": after[i][2] - b[2]}
                        for i, b in before.items() if i in after and after[i][2] > b[2]]
            result[name] = {"connections": o.connections, "ns": sum(p["ns"] for p in programs) / o.connections,
                            "runs": sum(p["runs"] for p in programs) / o.connections,
                            "programs": sorted(programs, key=lambda p: -p["ns"])}
    finally:
        switch.write_text(old)
    return result


# -- formatter, size -------------------------------------------------------------------------------

def measure_formatter(o):
    say("formatter")
    program = Path(o.programs, "bench/format")
    if not program.exists():
        raise CannotRun("not built")
    done = subprocess.run([program], capture_output=True, text=True, timeout=DEADLINE, check=False)
    rates = {k: float(v) for k, v in re.findall(r"^(\S+)\s+([\d.]+)", done.stdout, re.M)}
    if done.returncode or not rates:
        raise CannotRun(first_error(done.stderr, done.returncode))
    return rates


def measure_size(o):
    result = {}
    for name, path in {"sockwatch": o.sockwatch, "tcpstates": shutil.which("tcpstates")}.items():
        if path and shutil.which("strip"):
            with tempfile.NamedTemporaryFile() as copy:
                subprocess.run(["strip", "-o", copy.name, path], check=True, timeout=DEADLINE)
                result[name] = os.stat(copy.name).st_size
    return result


MEASURES = {"churn": measure_churn, "alone": measure_alone, "listing": measure_listing, "many": measure_many, "memory": measure_memory, "start": measure_start,
            "latency": measure_latency, "cost": measure_cost, "formatter": measure_formatter, "size": measure_size,
            "store": measure_store, "viewers": measure_viewers}
SHORT = ("churn", "listing", "formatter", "store")


# -- main ------------------------------------------------------------------------------------------

def parse_options():
    p = argparse.ArgumentParser(description="What sockwatch costs, beside what one would use instead of it.")
    p.add_argument("--rounds", type=int, help="interleaved rounds (default 11; 5 with --short)")
    p.add_argument("--connections", type=int, default=10000, help="connections of a churn run (default 10000)")
    p.add_argument("--short", action="store_true", help="what CI runs: exits with 1 when a ratio collapsed")
    p.add_argument("--only", metavar="NAME,...", help="of " + ", ".join(MEASURES))
    p.add_argument("--large", action="store_true", help="memory with 500,000 sockets too")
    p.add_argument("--soak", type=float, default=0, metavar="SECONDS", help="watch the stream's memory for so long")
    p.add_argument("--json", metavar="FILE", help="write all numbers there")
    p.add_argument("--load", metavar="FILE", help="measure nothing, report the numbers that --json wrote")
    p.add_argument("--readme", action="store_true", help="rewrite the table of README.md and docs/bench.svg")
    p.add_argument("--build", default="build", help="where the programs are (default build)")
    p.add_argument("--list", default=os.environ.get("SOCKWATCH_BENCH_LIST", "list -tn"), metavar="ARGS",
                   help="the arguments that make sockwatch list (default list -tn)")
    o = p.parse_args()
    o.rounds = o.rounds or (5 if o.short else 11)
    o.sockwatch, o.programs = os.path.join(o.build, "sockwatch"), os.path.join(o.build, "tests")
    names = o.only.split(",") if o.only else SHORT if o.short else MEASURES
    for name in names:
        if name not in MEASURES:
            p.error(f"no measure is called {name}: {', '.join(MEASURES)}")
    return o, names


def measure_all(o, names):
    results = {"about": bench_report.about(o.sockwatch, sys.argv[1:])}
    for name in names:
        try:
            results[name] = MEASURES[name](o)
        except CannotRun as e:
            results[name] = {"error": str(e)}
    return results


def main():
    o, names = parse_options()
    os.chdir(Path(__file__).resolve().parent.parent)
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if o.load:
        results = json.loads(Path(o.load).read_text())
    elif os.geteuid():
        sys.exit("bench.py: it needs root, as sockwatch does")
    else:
        try:
            results = measure_all(o, names)
        finally:
            end_all()
    if o.json:
        Path(o.json).write_text(json.dumps(results, indent=1) + "\n")
    if o.short:
        return bench_report.check_short({name: results.get(name, {"error": "not measured"}) for name in SHORT})
    bench_report.write(results, Path(o.build, "bench"), o.readme)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
