# SPDX-License-Identifier: GPL-2.0-only
"""export --to: every record of the store comes to the fleet's server once, whatever happens on the way."""
import json
import os
import subprocess

from fleet import PROGRAM, ClickHouse, Sender, StandIn, needs_fleet, send_once
from harness import LONG, check, own_mounts, run, wait_until
from recording import Recorder, fill_up, of, recorded, small_disk, store
from schemas import CHECKS
from servers import needs
from traffic import churn

PORT = 9521


def fill(w, n):
    """Connections in the store, which has them all when it is closed."""
    churn(PORT, n)
    w.stop()


def filled(folder, n, *args):
    """A store with connections, written to its end."""
    needs_fleet()
    with Recorder(folder, *args) as w:
        fill(w, n)
        return w.dir, w.sums()


def told(folder):
    """What log tells of it, but for what it says itself: where nothing was recorded."""
    return [r for r in recorded(folder) if r.get("recorder") != "gap"]


def same(rows, records):
    """Rows of a server are the records of a store, in its order."""
    rows = [r for r in rows if r.get("recorder_act") != "alive"]
    check(len(rows) == len(records), len(rows), "rows of", len(records))
    for row, record in zip(sorted(rows, key=lambda r: (r["recorder"], r["seq"])), records):
        for key in ("event", "comm", "pid", "local_port", "remote_port", "state", "cookie", "bytes_sent", "history", "exe"):
            check(row.get(key) == record.get(key), key, row, record)


def test_fleet__what_is_recorded_is_sent_once_and_goes_on():
    needs_fleet()
    with store() as folder, StandIn() as server:
        with Recorder(folder) as w:
            churn(PORT, 50)
            fill(w, 50)
        check(send_once(w.dir, server.to).sums()[1] == 1, "one batch")
        first = told(w.dir)
        same(server.unique(), first)
        check(len(of(server.rows, event="conn")) > 150, "the connections")
        path, headers, _ = server.requests[0]
        check("query=INSERT%20INTO%20d.sockwatch_records%20FORMAT%20JSONEachRow" in path and headers["Content-Encoding"] == "gzip", path)
        check(send_once(w.dir, server.to).sums() == (0, 0, 0), "nothing is new")
        with Recorder(folder) as w:
            fill(w, 20)
        n = len(server.rows)
        check(send_once(w.dir, server.to, "--batch-rows", "10").sums()[1] > 3, "several")
        check(len(server.rows) == len(server.unique()) > n, "each once")
        same(server.unique(), told(w.dir))


def test_fleet__a_server_that_fails_costs_time_and_no_row():
    with store() as folder, StandIn("error", "garbage", None, "half", None, "exception", None, "lost", None, "refused") as server:
        where, _ = filled(folder, 150)
        with Sender(where, server.to, "--batch-rows", "40") as s:
            wait_until(lambda: not server.faults and s.stderr().count("it takes rows again") >= 4, "the last answer")
            check(s.stop() == 0 and s.sums()[2] == 0, s.sums())
        send_once(where, server.to)
        same(server.unique(), told(where))
        check(len(server.rows) > len(server.unique()), "some came twice")
        for words in ("Memory limit exceeded (HTTP 500): it is tried again", "Table d.sockwatch_records doesn't exist. (HTTP 404)",
                      "Timeout exceeded (HTTP 200)"):
            check(words in s.stderr(), words, s.stderr())


def test_fleet__a_late_answer_is_not_waited_for():
    with store() as folder, StandIn("late") as server:
        where, _ = filled(folder, 20)
        s = send_once(where, server.to, "--timeout", "0.2")
        check("it is tried again" in s.stderr() and "it takes rows again" in s.stderr(), s.stderr())
        check(len(server.rows) >= 2 * len(server.unique()), "all came twice, or as often as the machine was slow")
        same(server.unique(), told(where))


def test_fleet__it_ends_at_once_while_nobody_answers():
    with store() as folder, StandIn(*["late"] * 9) as server:
        where, _ = filled(folder, 20)
        with Sender(where, server.to, "--batch-rows", "10") as s:
            wait_until(lambda: server.requests, "a request")
            check(s.stop() == 0 and s.sums() == (0, 0, 0), s.stderr())
        server.faults.clear()
        send_once(where, server.to)
        same(server.unique(), told(where))


def test_fleet__it_ends_well_while_a_server_fails():
    with store() as folder, StandIn(*["error"] * 99) as server:
        where, _ = filled(folder, 20)
        with Sender(where, server.to, "--batch-rows", "10") as s:
            s.wait_said("it is tried again")
            check(s.stop() == 0 and s.sums() == (0, 0, 0), s.process.returncode, s.stderr())


def test_fleet__killed_in_the_midst_it_goes_on_and_each_row_counts_once():
    with store() as folder, StandIn(None, None, "late", None, "late") as server:
        where, _ = filled(folder, 200)
        for at in (3, 5):
            with Sender(where, server.to, "--batch-rows", "30") as s:
                wait_until(lambda: len(server.requests) >= at, "the one that is late")
                s.kill()
        send_once(where, server.to, "--batch-rows", "30")
        same(server.unique(), told(where))
        check(len(server.rows) > len(server.unique()), "some came twice")


def test_fleet__without_its_cursor_all_is_sent_again_and_counts_once():
    with store() as folder, StandIn() as server:
        where, _ = filled(folder, 20)
        send_once(where, server.to)
        os.unlink(where + "/cursor")
        send_once(where, server.to)
        check(len(server.rows) == 2 * len(server.unique()), "all came twice")


def test_fleet__what_retention_removed_is_counted():
    small = "--segment", "64K"
    with store() as folder, StandIn("refused") as server:
        where, sums = filled(folder, 1000, *small)
        _, more = filled(folder, 1000, *small)
        _, last = filled(folder, 20, *small)  # the third segment, which stays
        send_once(where, server.to, status=4)
        with Recorder(folder, *small, "--max-size", "256K") as w:
            wait_until(lambda: not any(name.startswith("00000001-") for name in os.listdir(where)), "retention")
            w.stop()
        done = send_once(where, server.to)
        rows = server.unique()
        gap, = of(rows, event="lost", reason="not_sent")
        recorded_there = sum(sums[:2]) + sum(more[:2]) + sum(last[:2]) + sum(w.sums()[:2])
        sent = len([r for r in rows if r is not gap and r["event"] != "recorder"])
        check(gap["lost"] > 1000 and abs(sent + gap["lost"] - recorded_there) < 15, gap, sent, recorded_there)
        check(done.sums()[2] == gap["lost"] and gap["from_ns"] <= gap["to_ns"], gap)
        check(f"{gap['lost']} records were gone before they were sent" in done.stderr(), done.stderr())


def test_fleet__one_cursor_is_of_one_server_and_one_process():
    with store() as folder, StandIn("late") as server:
        where, _ = filled(folder, 5)
        with Sender(where, server.to, "--batch-rows", "1"):
            wait_until(lambda: server.requests, "a request")
            other = send_once(where, server.to, status=4)
            check("another process sends what it has not" in other.stderr(), other.stderr())
        other = send_once(where, server.to.replace("/d", "/e"), status=4)
        check("name another file with --cursor" in other.stderr() and server.to in other.stderr(), other.stderr())
        with open(where + "/cursor", "w", encoding="utf-8") as f:
            f.write("sockwatch cursor 1\nrecords 3\n")
        other = send_once(where, server.to, status=4)
        check("it does not say what was sent" in other.stderr(), other.stderr())


def test_fleet__a_full_disk_costs_no_row():
    """What was sent cannot be noted there: it is said, and sending goes on; once there is room it is noted."""
    own_mounts()
    with store() as folder, StandIn() as server, Recorder(folder) as w:
        disk = os.path.join(folder, "disk")
        os.mkdir(disk)
        with small_disk(disk, "64K"):
            os.chmod(disk, 0o777)
            full = os.path.join(disk, "full")
            with Sender(w.dir, server.to, "--batch-wait", "0.1", "--cursor", disk + "/cursor") as s:
                wait_until(lambda: server.rows, "the first rows")
                fill_up(full)
                churn(PORT, 20)
                s.wait_said("what was sent is not noted: No space left on device")
                wait_until(lambda: len(of(server.unique(), event="conn", remote_port=PORT)) == 20, "the rows all the same")
                os.unlink(full)
                churn(PORT, 20)
                s.wait_said("what was sent is noted again")
                w.stop()
                wait_until(lambda: len(told(w.dir)) == len([r for r in server.unique() if r.get("recorder_act") != "alive"]), "all")
                check(s.stop() == 0, s.stderr())
            check(send_once(w.dir, server.to, "--cursor", disk + "/cursor").sums()[0] == 0, "all of it is noted")
            same(server.unique(), told(w.dir))


def test_fleet__what_is_wrong_is_said():
    needs_fleet()
    with store() as folder, StandIn(*["refused"] * 9) as server:
        check("may not read the store" in send_once(folder, server.to, status=4).stderr(), "its rights")
        os.mkdir(folder + "/empty")
        check("there is no store in it" in send_once(folder + "/empty", server.to, status=4).stderr(), "no store")
        login = os.path.join(folder, "login")
        with open(login, "w", encoding="utf-8") as f:
            f.write("writer:se:cret\nmore\n")
        check("everybody may read it: chmod o-r" in send_once(folder, server.to, "--login", login, status=4).stderr(), "its mode")
        os.chmod(login, 0o600)
        where, _ = filled(folder, 5)
        s = send_once(where, server.to, "--login", login, status=4)
        check("Table d.sockwatch_records doesn't exist" in s.stderr() and len(server.requests) == 1, s.stderr())
        check(server.requests[0][1]["Authorization"] == "Basic d3JpdGVyOnNlOmNyZXQ=", server.requests[0][1])
        check("se:cret" not in s.stderr(), s.stderr())
        with open(login, "w", encoding="utf-8") as f:
            f.write("nobody\n")
        check("USER:PASSWORD" in send_once(where, server.to, "--login", login, status=4).stderr(), "its form")


def test_fleet__what_comes_is_sent_before_long():
    needs_fleet()
    with store() as folder, StandIn() as server, Recorder(folder) as w:
        churn(PORT, 5)
        wait_until(lambda: any(name.endswith(".live") for name in os.listdir(w.dir)), "a segment")
        with Sender(w.dir, server.to, "--batch-wait", "0.1") as s:
            wait_until(lambda: len(of(server.unique(), event="conn", remote_port=PORT)) == 5, "those that were there")
            churn(PORT, 5)
            wait_until(lambda: len(of(server.unique(), event="conn", remote_port=PORT)) == 10, "those that came")
            check(s.stop() == 0 and len(server.rows) == len(server.unique()), s.stderr())


def test_fleet__it_has_no_rights_and_its_own_user():
    with store() as folder, StandIn("late") as server:
        where, _ = filled(folder, 5)
        with Sender(where, server.to, "--batch-rows", "1") as s:
            wait_until(lambda: server.requests, "a request")
            with open(f"/proc/{s.process.pid}/status", encoding="ascii") as f:
                status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
            check(int(status["CapPrm"], 16) == 0 and status["NoNewPrivs"] == "1", status)
            check(status["Uid"].split()[0] == str(os.stat(where).st_uid), status["Uid"])
            check(status["Name"] == PROGRAM[:15], status["Name"])


def certificate(folder, name):
    files = [os.path.join(folder, name + end) for end in (".crt", ".key")]
    subprocess.run([needs("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=fleet", "-addext", "subjectAltName=IP:127.0.0.1", "-out", files[0],
                    "-keyout", files[1]], check=True, capture_output=True)
    return files


def test_fleet__tls_by_certificates_that_are_named():
    with store() as folder:
        ours, others = certificate(folder, "ours"), certificate(folder, "others")
        where, _ = filled(folder, 5)
        with StandIn(certificate=ours) as server:
            for more in ((), ("--ca", others[0])):
                s = send_once(where, server.to, *more, status=4)
                check("certificate" in s.stderr() and not server.rows, s.stderr())
            send_once(where, server.to, "--ca", ours[0])
            same(server.unique(), told(where))


# --- the server itself --------------------------------------------------------------------------


def test_fleet__clickhouse_has_each_record_once():
    needs_fleet()
    needs("clickhouse-server")
    with store() as folder, ClickHouse(folder) as server:
        where, _ = filled(folder, 100)
        s = send_once(where, server.to, status=4)
        check("sockwatch_records doesn't exist" in s.stderr() and "--create" in s.stderr(), s.stderr())
        for _ in range(2):
            done = run("export", "--to", server.to, "--create")
            check(done.returncode == 0 and b"default.sockwatch_records is there" in done.stderr, done)
        send_once(where, server.to)
        records = told(where)
        for _ in range(2):
            check(server.count("recorder_act != 'alive'") == len(records), server.ask("SELECT event, count() FROM sockwatch_records GROUP BY event"))
            os.unlink(where + "/cursor")
            send_once(where, server.to, "--batch-rows", "70")
        conns = [r for r in of(records, event="conn") if PORT in (r["local_port"], r["remote_port"])]
        check(server.count(f"event = 'conn' AND (local_port = {PORT} OR remote_port = {PORT})") == len(conns), "by port")
        row, = server.ask("SELECT toUInt64(sum(bytes_sent)), sum(duration_us), uniq(cookie), min(time_ns), any(owners.comm[1]) FROM "
                          f"sockwatch_records FINAL WHERE event = 'conn' AND remote_port = {PORT} FORMAT TabSeparated").splitlines()
        out = [r for r in conns if r["remote_port"] == PORT]
        sent, duration, cookies, first, comm = row.split("\t")
        check((int(sent), int(duration), int(cookies)) == (sum(r["bytes_sent"] for r in out), sum(r["duration_us"] for r in out), len(out)),
              row, len(out))
        check(comm == out[0]["owners"][0]["comm"] and int(first) > 0, row)


def test_fleet__clickhouse_killed_in_the_midst_has_them_all_in_the_end():
    needs_fleet()
    needs("clickhouse-server")
    with store() as folder:
        where, _ = filled(folder, 300)
        with ClickHouse(folder) as server:
            check(run("export", "--to", server.to, "--create").returncode == 0, "the table")
            sender = Sender(where, server.to, "--batch-rows", "20")
            with sender:
                wait_until(lambda: server.count() >= 60, "some rows")
                server.kill()
                sender.wait_said("it is tried again")
                with ClickHouse(folder) as again:
                    sender.wait_said("it takes rows again")
                    check(sender.stop() == 0, sender.stderr())
                    send_once(where, server.to)
                    records = told(where)
                    check(again.count("recorder_act != 'alive'") == len(records), "each once")


def test_fleet__clickhouse_knows_who_may():
    needs_fleet()
    needs("clickhouse-server")
    with store() as folder, ClickHouse(folder) as server:
        login = os.path.join(folder, "login")
        for text, status in (("writer:wrong", 4), ("writer:se:cret", 0)):
            with open(login, "w", encoding="utf-8") as f:
                f.write(text)
            os.chmod(login, 0o600)
            done = run("export", "--to", server.to, "--create", "--login", login)
            check(done.returncode == status, done)
            check(status == 0 or b"Wrong password" in done.stderr, done)
        done = run("export", "--to", server.to, "--create", "--max-age", "30d")
        version = server.ask("SELECT version()")
        check((done.returncode == 0) == (tuple(int(n) for n in version.split(".")[:2]) >= (19, 6)), version, done)
        check(done.returncode == 0 or b"cannot let rows go by itself" in done.stderr, done)


# --- asking it ----------------------------------------------------------------------------------


def asked(server, *args, status=0):
    """What `log --from` tells, as objects; and what it says on stderr."""
    done = run("log", "--from", server.to, "-j", *args)
    check(done.returncode == status, done.returncode, args, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def without(records, *keys):
    """But for these; and an age of 0, which is none in the table."""
    return [{k: v for k, v in r.items() if k not in keys and (v or k not in ("age_us", "state_us"))} for r in records]


def test_fleet__log_from_tells_what_log_tells():
    needs_fleet()
    needs("clickhouse-server")
    with store() as folder, ClickHouse(folder) as server:
        where, _ = filled(folder, 60)
        check(run("export", "--to", server.to, "--create").returncode == 0, "the table")
        for _ in range(2):
            send_once(where, server.to)
            os.unlink(where + "/cursor")
        for args in ((str(PORT), "--failed"), ("-D", str(PORT), "-n", "7"), ("-r", "-t", "--addr", "127.0.0.0/8"), ("-l",), ("--pid", "1"),
                     ("--addr", "::1"), ("--uid", "0", "--comm", "chur*", "dport = :" + str(PORT)), ("-e",)):
            here = run("log", "--dir", where, "-j", *args)
            there = run("log", "--from", server.to, "-j", *args)
            check(here.returncode == there.returncode, args, here, there)
            mine, theirs = ([json.loads(line) for line in done.stdout.splitlines()] for done in (here, there))
            mine, theirs = ([r for r in records if r.get("recorder") != "gap"] for records in (mine, theirs))
            for a, b in zip(without(mine), without(theirs, "host", "boot")):
                check(a == b, args, a, b)
            check(len(mine) == len(theirs), args, len(mine), len(theirs))
            check(all(r["host"] == os.uname().nodename for r in theirs), "the host")


HOSTILE = "'); DROP TABLE sockwatch_records; -- \\' \t\n\\"
SECOND = 10**9


def row(host, seconds, **more):
    """As an exporter writes one, so many seconds after the start of a day that is past."""
    ns = 1795478400 * SECOND + int(seconds * SECOND)
    usual = {"event": "conn", "proto": "tcp", "family": "ipv4", "local_addr": "10.0.0.1", "local_port": 40000, "remote_addr": "10.0.0.2",
             "remote_port": 443, "state": "CLOSE", "pid": 7, "comm": "curl", "uid": 0, "owner_source": "connect", "start_ns": ns - SECOND,
             "end_ns": ns, "duration_us": 10**6, "history": "CSEfTC", "final": 1, "bytes_sent": 1, "bytes_received": 2, "retransmits": 0}
    return {"time": ns // SECOND, "time_ns": ns, "host": host, "boot": "b", "recorder": 1, "seq": ns % 2**40,
            **(usual if "event" not in more else {}), **more}


def insert(server, *rows):
    server.ask("INSERT INTO sockwatch_records FORMAT JSONEachRow " + "\n".join(json.dumps(r) for r in rows))


def test_fleet__log_from_knows_hosts_and_takes_no_orders():
    needs_fleet()
    needs("clickhouse-server")
    with store() as folder, ClickHouse(folder) as server:
        check(run("export", "--to", server.to, "--create").returncode == 0, "the table")
        insert(server, row("web1", 1), row("web1", 1), row("web2", 2, comm=HOSTILE[:15]), row(HOSTILE, 3), row("db", 4),
               row("web1", 0, event="recorder", recorder_act="start", recorder=1), row("web1", 5, event="recorder", recorder_act="stop"),
               row("web1", 65, event="recorder", recorder_act="start", recorder=2), row("db", 9, event="lost", lost=12),
               row("six", 6, family="ipv6", local_addr="fe80::1", remote_addr="2001:db8::9"), row("db", 7, pod="\033[31m"),
               row("db", 10, event="lost", reason="not_sent", lost=5, from_ns=1795478401 * SECOND))
        span = "--since", "2026-11-24T00:00Z", "--until", "2026-11-25T00:00Z"
        for hosts, want in ((("web1",), ["web1"]), (("web?",), ["web1", "web2"]), (("db", "web2"), ["web2", "db"]), ((HOSTILE,), [HOSTILE]),
                            (("nobody",), [])):
            found, said = asked(server, *span, *(a for h in hosts for a in ("--host", h)), status=0 if want else 1)
            check([r["host"] for r in of(found, event="conn")] == want, hosts, found, said)
        found, _ = asked(server, *span, "--comm", HOSTILE[:15])
        check([r["comm"] for r in of(found, event="conn")] == [HOSTILE[:15]], found)
        check([(r["host"], r["from"][11:19], r["to"][11:19]) for r in of(found, recorder="gap") if "reason" not in r]
              == [("web1", "00:00:05", "00:01:05")], "where nothing was recorded", found)
        check([(r["host"], r["lost"], r.get("reason")) for r in of(found, event="lost")] == [("db", 12, None), ("db", 5, "not_sent")], found)
        check(len(of(found, recorder="gap", reason="not_sent")) == 5, "nothing has come since", found)
        for block, want in (("10.0.0.0/30", ["web1", "web2", HOSTILE, "db"]), ("2001:db8::/32", ["six"]), ("fe80::1", ["six"]), ("11.0.0.0/8", [])):
            found, _ = asked(server, *span, "--addr", block, status=0 if want else 1)
            check([r["host"] for r in of(found, event="conn")] == want, block, found)
        check("note: 1 row is not as this sockwatch writes them" in asked(server, *span)[1], "what is no row of ours")
        check(server.count("event = 'conn'") == 6, "the table is as it was")
        text = run("log", "--from", server.to, *span, "-n", "2", "--host", "web*").stdout.decode()
        check("web1     7/curl" in text and "web1     from 00:00:05 to 00:01:05 nothing was recorded" in text, text)
        counts, _ = asked(server, *span, "--by", "host")
        check(sorted((r["host"], r["count"]) for r in counts) == sorted((h, 1) for h in ("web1", "web2", HOSTILE, "db", "six")), counts)
        for schema, check_object in CHECKS.items():
            told = run("log", "--from", server.to, *span, "--json=" + schema, "--host", "web1").stdout
            check(told.count(b'"web1"') == told.count(b"\n"), schema, told)
            for line in told.splitlines():
                check_object(json.loads(line))


def test_fleet__log_from_says_when_the_answer_is_none():
    needs_fleet()
    for fault, words in (("error", "Memory limit exceeded (HTTP 500)"), ("refused", "export --to makes the table with --create"),
                         ("exception", "Timeout exceeded"), ("half", "bytes remaining"), ("garbage", "HTTP/0.9")):
        with StandIn(fault) as server:
            done = run("log", "--from", server.to)
            check(done.returncode == 4 and done.stderr.decode().count("\n") == 1 and words in done.stderr.decode(), fault, done)
