# SPDX-License-Identifier: GPL-2.0-only
"""What the store costs, beside plain rows of SQLite with one index: tests/bench/store.c."""
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench_run import CannotRun, first_error, say

RECORDS, RECORDS_SHORT = 10_000_000, 500_000
SECONDS = 3600  # more than the slowest machine takes
CANDIDATES = {"store": [], "SQLite, plain rows": ["--rows"]}


def measure_store(o):
    program = Path(o.programs, "bench/store")
    if not program.exists():
        raise CannotRun("not built")
    records = RECORDS_SHORT if o.short else RECORDS
    return {name: run(program, flags, records, name) for name, flags in CANDIDATES.items()}


def run(program, flags, records, name):
    """The numbers that the program tells, by their names."""
    say(f"{name}: {records:,} records")
    # where the disk is: a file system in memory has no cold reads
    folder = tempfile.mkdtemp(dir="/var/tmp")
    try:
        done = subprocess.run([program, *flags, folder + "/store", str(records)], capture_output=True, text=True,
                              timeout=SECONDS, check=False)
    finally:
        shutil.rmtree(folder)
    numbers = {k: float(v) for k, v in re.findall(r"^(\S+) ([\d.]+)$", done.stdout, re.M)}
    if done.returncode or not numbers:
        raise CannotRun(first_error(done.stderr, done.returncode))
    return numbers


def store_rows(m):
    for name, n in m.items():
        yield [f"{name} of {n['records']:,.0f} records",
               f"{n['records_per_cpu_second']:,.0f} records a second of CPU, sealing included; "
               f"{n['bytes_per_record']:.1f} bytes a record; a port and a minute "
               f"{n['cold_ms']:.1f} ms cold, {n['warm_ms']:.1f} ms warm"]


def store_checks(m):
    """(name, value or why there is none, at least, must it be there) for CI."""
    if "error" in m:
        yield "store", m["error"], 0, False
        return
    n = m["store"]
    yield "60 bytes / those of a record in the store", 60 / n["bytes_per_record"], 1, True
    yield "records a second of CPU into the store", n["records_per_cpu_second"], 20000, True
