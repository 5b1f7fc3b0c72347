# SPDX-License-Identifier: GPL-2.0-only
"""log --sql: what a recorder kept, asked in SQL."""
import csv
import io
import json
import os
import pathlib
import time

from harness import FAULT, check, listener, run
from recording import Recorder, store
from servers import comm_of
from test_conns import port_of
from traffic import bind_taken, connection, refused


def sql(w, statement, *args, status=0):
    done = run("log", "--dir", w.dir, "--sql", statement, *args)
    check(done.returncode == status, statement, done)
    return done.stdout.decode(), done.stderr.decode()


def rows(w, statement, *args):
    return [json.loads(line) for line in sql(w, statement, "-j", *args)[0].splitlines()]


def content(w):
    """Of the files of the store, but for what SQLite's readers share."""
    return {f: pathlib.Path(w.dir, f).read_bytes() for f in os.listdir(w.dir) if not f.endswith(("-shm", "-wal"))}


def fill(w):
    """Three connections, a refused one, a bind of a port that is taken; the listener's port."""
    sock = listener()
    port = port_of(sock)
    for _ in range(3):
        connection(sock)
    bind_taken(port)
    sock.close()
    refused(port)
    w.stop()
    return port


def test_log_sql__views_tell_what_json_tells():
    with store() as folder, Recorder(folder, "-t") as w:
        port = fill(w)
        told = [r for r in w.read() if r["event"] == "conn" and r["final"]]
        conns = rows(w, "SELECT * FROM connections WHERE event = 'conn' ORDER BY time, cookie")
        check(len(conns) == len(told) == 7, conns, told)
        for ours, theirs in zip(conns, sorted(told, key=lambda r: (r["time"], r["cookie"]))):
            same = {k: theirs[k] for k in ours}
            check(ours == {k: int(v) if isinstance(v, bool) else v for k, v in same.items()}, ours, theirs)
        owners = rows(w, "SELECT * FROM owners ORDER BY time, cookie")
        check(len(owners) == 7 and {(r["pid"], r["source"]) for r in owners} == {(os.getpid(), "connect"), (os.getpid(), "accept")},
              owners)
        check([r["event"] for r in rows(w, f"SELECT event FROM listeners WHERE local_port = {port} ORDER BY time")]
              == ["bind", "state", "bind", "state"], rows(w, "SELECT * FROM listeners"))
        check({r["reason"] for r in rows(w, "SELECT * FROM failures")} == {"refused", "in_use"}, rows(w, "SELECT * FROM failures"))
        check([r["recorder"] for r in rows(w, "SELECT * FROM recorder")] == ["start", "stop"], rows(w, "SELECT * FROM recorder"))
        check(rows(w, "SELECT count(*) AS n FROM records")[0]["n"] == len([r for r in w.read() if r.get("recorder") != "gap"]))
        first = told[0]
        n = rows(w, f"SELECT count(*) AS n FROM connections c JOIN owners o USING (time, cookie) WHERE o.pid = {first['pid']}")
        check(n == [{"n": 7}], n)


def test_log_sql__table_json_and_csv():
    with store() as folder, Recorder(folder, "-t") as w:
        port = fill(w)
        statement = (f"SELECT comm, count(*) AS n, NULL AS none FROM connections WHERE remote_port = {port}"
                     " AND time > '1h' GROUP BY comm")
        comm = comm_of("self")
        text, errors = sql(w, statement)
        check([line.split() for line in text.splitlines()] == [["comm", "n", "none"], [comm, "4", "-"]], text)
        check("nothing was recorded" in errors, errors)  # before the recorder, and after it
        check(rows(w, statement) == [{"comm": comm, "n": 4}], rows(w, statement))
        check(list(csv.reader(io.StringIO(sql(w, statement, "--csv")[0]))) == [["comm", "n", "none"], [comm, "4", ""]])
        check(rows(w, "SELECT count(*) AS n FROM connections", str(port)) == [{"n": 7}], "a port beside it")
        check(rows(w, "SELECT count(*) AS n FROM connections", "--failed") == [{"n": 1}], "a filter beside it")
        check(rows(w, "SELECT count(*) AS n FROM connections", "--until", "1h") == [{"n": 0}], "a time beside it")
        check(sql(w, "SELECT * FROM connections WHERE pid = 0", status=1)[0] == "", "nothing")


def test_log_sql__gaps_and_losses_are_told():
    with store() as folder, Recorder(folder, "-t") as w:
        fill(w)
        time.sleep(0.1)
        gaps = rows(w, "SELECT * FROM losses", "--since", "1h")
        check([r.get("recorder") for r in gaps] == ["gap", "gap"] and gaps[0]["from"] < gaps[0]["to"] <= gaps[1]["from"], gaps)
        start = rows(w, "SELECT time FROM recorder WHERE recorder = 'start'")[0]["time"]
        check(gaps[0]["to"] == start, gaps, start)
        stop = rows(w, "SELECT time FROM recorder WHERE recorder = 'stop'")[0]["time"]
        errors = sql(w, f"SELECT count(*) FROM connections WHERE time >= '{start}' AND time < '{stop}'")[1]
        check("recorded" not in errors, errors)
        check("nothing was recorded" in sql(w, "SELECT count(*) FROM connections WHERE time >= '10m'")[1], "a gap")


def test_log_sql__what_is_refused_or_stopped():
    with store() as folder, Recorder(folder, "-t") as w:
        fill(w)
        before = content(w)
        for statement, why in ((f"ATTACH '{folder}/x.db' AS x", "only SELECT"), ("DELETE FROM connections", "may not be modified"),
                               ("PRAGMA journal_mode=DELETE", "only SELECT"), ("SELECT load_extension('x')", "not authorized"),
                               ("SELECT comm FROM conections", "no such table: conections"), ("SELEC", "syntax error"),
                               ("SELECT 1; SELECT 2", "one statement"),
                               ("SELECT * FROM connections WHERE time > 'yesterdy'", "'yesterdy' is not a time")):
            out, errors = sql(w, statement, status=2)
            check(why in errors and "connections and UDP sockets" in errors and not out, statement, out, errors)
        errors = sql(w, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c", "--timeout=0.3",
                     status=FAULT)[1]
        check("stopped after 300ms" in errors and "--timeout" in errors, errors)
        check("too big" in sql(w, "SELECT hex(zeroblob(100000000))", status=2)[1], "a long text")
        check(before == content(w) and not os.path.exists(f"{folder}/x.db"), os.listdir(folder), os.listdir(w.dir))


def test_log_sql__without_a_store():
    with store() as folder:
        done = run("log", "--dir", os.path.join(folder, "none"), "--sql", "SELECT 1")
        check(done.returncode == FAULT and "there is no store in it" in done.stderr.decode(), done)
