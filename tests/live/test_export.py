# SPDX-License-Identifier: GPL-2.0-only
"""The word export: what is counted, and how it is given to node_exporter and to Prometheus."""
import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import time

from exporting import GIVER, Exporter, ask, connected, get, parsed, total, waiting
from fleet import StandIn, send_once
from harness import FAULT, Settings, Skip, check, end_of, here, kernel_before, listener, own_user, run, scaled, wait_until
from recording import Recorder, has_ended, status_of, store
from test_conns import pair, port_of
from traffic import bind_taken, churn, connection, refused

USER = int(own_user()[0])
ADDRESS = "127.0.0.1:9435"
EXE = os.path.realpath("/proc/self/exe")
OPEN = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"


def file_in(folder):
    return os.path.join(folder, "sockwatch.prom")


def lost(m):
    return total(m, "sockwatch_lost_events_total")


# --- how many -----------------------------------------------------------------------------------


def test_export__a_churn_to_the_number():
    n = scaled(5000)
    with store() as folder, Exporter(file_in(folder), "-t") as w:
        churn(9511, n)
        m = w.wait_metrics(lambda m: total(m, "sockwatch_connections_ended_total") + lost(m) >= 2 * n, "all of them")
        w.stop()
    check(w.status == 0, w.status)
    if not lost(m):
        check(total(m, "sockwatch_connects_total", exe=os.path.realpath(Settings.churn), result="ok") == n, m)
        check(total(m, "sockwatch_accepts_total", exe=os.path.realpath(Settings.churn), port="9511") == n, m)
        # next to all: of one whose answer came just when the kernel let no program run, it is not known
        check(n - n / 1000 <= total(m, "sockwatch_connect_seconds_count") <= n, m)
    check(total(m, "sockwatch_connections_ended_total") + lost(m) == 2 * n, m)
    check(total(m, "sockwatch_connection_duration_seconds_count") == total(m, "sockwatch_connections_ended_total"), m)
    check(total(m, "sockwatch_owners_total") == total(m, "sockwatch_connections_ended_total"), m)
    check(total(m, "sockwatch_events_total", event="conn") == total(m, "sockwatch_owners_total"), m)
    check(total(m, "sockwatch_connections_followed") == 0 or lost(m), m)


def test_export__what_the_ring_does_not_hold_is_told():
    n = scaled(3000)
    with store() as folder, Exporter(file_in(folder), "-t", "--buffer-size=4096", "--strict") as w:
        churn(9512, n)
        m = w.wait_metrics(lambda m: total(m, "sockwatch_connections_ended_total") + lost(m) >= 2 * n, "all of them")
        w.stop()
    check(w.status == (3 if lost(m) else 0), w.status)
    check(total(m, "sockwatch_lost_events_total", cause="pipe") == 0, m)


def test_export__what_waits_for_the_giver_is_counted_or_told():
    """It is stopped while more comes than may wait; then nothing is missing that is not told."""
    n = scaled(3000)
    with store() as folder, Exporter(file_in(folder), "-t") as w:
        with pause_of(w.giver()):
            churn(9513, n)
        w.wait_metrics(lambda m: total(m, "sockwatch_connections_ended_total") + lost(m) >= 2 * n, "all of them")


@contextlib.contextmanager
def pause_of(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


# --- what is counted ----------------------------------------------------------------------------


def test_export__connects_by_result_and_binds():
    with store() as folder, Exporter(file_in(folder)) as w:
        with listener() as sock:
            port = port_of(sock)
            connection(sock)
            bind_taken(port)
        for _ in range(3):
            refused(port)
        refused(80, "192.0.2.7")
        m = w.wait_metrics(lambda m: total(m, "sockwatch_connects_total") >= 5 and
                           total(m, "sockwatch_bind_failures_total"), "the connects")
    for result, count in (("ok", 1), ("refused", 3), ("unreachable", 1)):
        check(total(m, "sockwatch_connects_total", exe=EXE, result=result) == count, result, m)
    check(total(m, "sockwatch_bind_failures_total", exe=EXE, result="in_use") == 1, m)
    check(total(m, "sockwatch_accepts_total", port="ephemeral") == 1, m)
    check(not any(str(port) in v for _, labels in m for _, v in labels), "a port of the moment", m)


def test_export__what_goes_on_counts_so_far():
    if kernel_before(5, 19):
        raise Skip("before Linux 5.19 connections are told at their end only")
    with listener(port=9514) as sock, store() as folder:
        before, its_peer = pair(sock)
        before.sendall(b"x" * 1000)
        with Exporter(file_in(folder)) as w:
            w.wait_metrics(lambda m: total(m, "sockwatch_connections", state="ESTABLISHED") == 2, "rows")
            client, server = pair(sock)
            client.sendall(b"x" * 5000)
            w.wait_metrics(lambda m: total(m, "sockwatch_sent_bytes_total", exe=EXE) == 5000 and
                           total(m, "sockwatch_received_bytes_total", port="9514") == 5000, "bytes of what goes on")
            client.sendall(b"x" * 10)
            before.sendall(b"x" * 7)
            for s in (client, server, before, its_peer):
                s.close()
            m = w.wait_metrics(lambda m: total(m, "sockwatch_connections_ended_total") == 4, "the ends")
    check(total(m, "sockwatch_sent_bytes_total") == 5017, m)
    check(total(m, "sockwatch_connects_total") == total(m, "sockwatch_accepts_total") == 1, m)


def test_export__udp():
    with store() as folder, Exporter(file_in(folder), "-u", "--idle=0.5") as w:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as a, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as b:
            a.bind(("127.0.0.1", 9515))
            b.sendto(b"x" * 100, a.getsockname())
            a.recvfrom(100)
        m = w.wait_metrics(lambda m: total(m, "sockwatch_received_bytes_total", proto="udp", port="9515") == 100, "UDP")
    check(total(m, "sockwatch_sent_bytes_total", proto="udp") == 100, m)
    check(total(m, "sockwatch_connects_total") == 0, m)


def test_export__backlog_of_listeners():
    with listener(port=9516, backlog=5) as sock, store() as folder, Exporter(file_in(folder)) as w:
        with waiting(sock, 3):
            m = w.wait_metrics(lambda m: total(m, "sockwatch_listen_backlog", port="9516") == 3, "a backlog")
        # /proc does not tell it
        check(total(m, "sockwatch_listen_backlog_limit", exe=EXE, port="9516") in ((5, 0) if kernel_before(6, 2) else (5,)), m)
        check(total(m, "sockwatch_listeners", exe=EXE, port="9516") == 1, m)
        check(total(m, "sockwatch_accepts_total") == 0, m)
        sock.close()
        w.wait_metrics(lambda m: not any(n == "sockwatch_listeners" for n, _ in m), "its end")


def test_export__bounded_series():
    with store() as folder:
        os.mkdir(os.path.join(folder, "many"))
        with listener(port=9517, backlog=1000) as sock, \
                Exporter(file_in(folder), "-t", "--metrics-max-series=100") as w:
            code = f"import socket; socket.create_connection(('127.0.0.1', {port_of(sock)}))"
            for i in range(30):
                link = os.path.join(folder, "many", f"name-{i}")
                subprocess.run(["cp", sys.executable, link], check=True)
                subprocess.run([link, "-S", "-E", "-c", code], check=True, env={"PYTHONHOME": sys.base_prefix})
                os.unlink(link)
            m = w.wait_metrics(lambda m: total(m, "sockwatch_connects_total", result="ok") == 30, "all of them")
    named = {dict(labels)["exe"] for (n, labels) in m if n == "sockwatch_connects_total"}
    check("other" in named and len(named) < 30, named)
    check(total(m, "sockwatch_series_left_out_total") > 0, m)
    check(total(m, "sockwatch_series") <= total(m, "sockwatch_series_limit") == 100, m)


def test_export__hostile_names():
    with store() as folder, listener() as sock, Exporter(file_in(folder)) as w:
        odd = os.path.join(folder, "py\n\x1b\"}\\ 1")
        subprocess.run(["cp", sys.executable, odd], check=True)
        code = f"import socket; socket.create_connection(('127.0.0.1', {port_of(sock)}))"
        subprocess.run([odd, "-S", "-E", "-c", code], check=True, env={"PYTHONHOME": sys.base_prefix})
        os.unlink(odd)
        m = w.wait_metrics(lambda m: total(m, "sockwatch_connects_total", result="ok") == 1, "it")
        names = {dict(labels).get("exe", "") for (n, labels) in m if n == "sockwatch_connects_total"}
    check(names == {folder + '/py\\x0a\\x1b"}\\\\ 1'}, names)


# --- a file -------------------------------------------------------------------------------------


def test_export__a_file_is_whole_and_everybodys_to_read():
    with store() as folder, Exporter(file_in(folder), interval="0.1") as w:
        w.wait_metrics(lambda m: True, "a file")
        os.chmod(folder, 0o711)
        seen = set()

        def look():
            m = w.metrics()
            check(("sockwatch_build_info" in {n for n, _ in m}), "not whole", m)
            st = os.stat(w.where)
            check(stat.S_IMODE(st.st_mode) == 0o644 and st.st_uid == USER, st)
            seen.add(st.st_ino)
            return m[("sockwatch_exports_total", ())] >= 5
        wait_until(look, "some of them")
        check(sorted(os.listdir(folder)) in (["sockwatch.prom"], ["sockwatch.prom", "sockwatch.prom.tmp"]), folder)


def test_export__a_file_goes_with_the_exporter():
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with store() as folder, Exporter(file_in(folder)) as w:
            w.wait_metrics(lambda m: True, "a file")
            w.stop(sig)
            check(w.status == 0, sig, w.status)
            check(os.listdir(folder) == [], os.listdir(folder))
            check("connections and other events, 0 lost, 0 not counted" in w.stderr(), w.stderr())


def test_export__whoever_of_both_is_killed():
    with store() as folder:
        with Exporter(file_in(folder)) as w:
            w.wait_metrics(lambda m: True, "a file")
            giver = w.giver()
            w.process.kill()
            end_of(w.process)
            wait_until(lambda: has_ended(giver), "the end of the other")
            check(os.listdir(folder) == [], "it ended in order")
        with Exporter(file_in(folder)) as w:
            w.wait_metrics(lambda m: True, "a file")
            os.kill(w.giver(), signal.SIGKILL)
            check(end_of(w.process) == FAULT, w.process.returncode)
            left = set(os.listdir(folder)) - {"sockwatch.prom.tmp"}  # of the next one, which it was killed at
            check(left == {"sockwatch.prom"}, "it says until when it is good", left)
        with Exporter(file_in(folder)) as w:
            w.wait_metrics(lambda m: m[("sockwatch_exports_total", ())] > 0, "the next one")


def test_export__no_rights_but_one_directory():
    with store() as folder, Exporter(file_in(folder)) as w:
        w.wait_metrics(lambda m: True, "a file")
        s = status_of(w.giver())
        check(s["Uid"].split() == [str(USER)] * 4 and s["Groups"].strip() == "", s)
        check(int(s["CapEff"], 16) == int(s["CapPrm"], 16) == 1 << 1 and s["NoNewPrivs"] == "1", s)
        check(int(s["CapBnd"], 16) == 0 and int(s["CapAmb"], 16) == 0, s)
        root = os.readlink(f"/proc/{w.giver()}/root")
        check(root == folder or s["Seccomp"] != "2", "only a sanitized build may stay where it is", root)
        os.chown(folder, USER, 0)
    with store() as folder:
        os.chown(folder, USER, 0)
        with Exporter(file_in(folder)) as w:
            w.wait_metrics(lambda m: True, "a file")
            check(int(status_of(w.giver())["CapEff"], 16) == 0, "it needs none in a directory of its own")


def test_export__a_disk_that_is_full_is_told_and_tried_again():
    with store() as folder, Exporter(file_in(folder)) as w:
        w.wait_metrics(lambda m: True, "a file")
        os.mkdir(w.where + ".tmp")  # so that it cannot be written
        wait_until(lambda: "it is as it was, and is tried again" in w.stderr(), "a message")
        before = w.text()
        check(parsed(before), before)
        os.rmdir(w.where + ".tmp")
        w.wait_metrics(lambda m: total(m, "sockwatch_export_failures_total") > 0, "the next one")
        wait_until(lambda: "it is written again" in w.stderr(), "a message")
        check(w.stderr().count("tried again") == w.stderr().count("written again") == 1, w.stderr())


def test_export__places_that_are_none():
    with store() as folder:
        os.mkdir(os.path.join(folder, "x.prom"))
        for where, text in ((folder + "/no/x.prom", "No such file"), (folder + "/x.prom", "it is there, and no file"),
                            ("unix:" + folder + "/no/x", "No such file"),
                            ("unix:" + folder + "/x.prom", "it is there, and no socket")):
            done = run("export", "--metrics", where)
            check(done.returncode == FAULT and text in done.stderr.decode() and done.stderr.count(b"\n") == 1, done)


def test_export__size_and_age_of_the_store_beside_it():
    """Where it is given away by HTTP, too, where no file may be opened."""
    with store() as folder, Recorder(folder) as r:
        for where in (file_in(folder), ADDRESS):
            with Exporter(where, "--dir", r.dir) as w:
                m = w.wait_metrics(lambda m: total(m, "sockwatch_store_segments") == 1, "the store")
                live, = [name for name in os.listdir(r.dir) if name.endswith(".live")]
                size = os.stat(os.path.join(r.dir, live)).st_size  # there is more beside it
                check(size > 0)
                w.wait_metrics(lambda m, size=size: total(m, "sockwatch_store_bytes") >= size, "its size")
                begin, last = total(m, "sockwatch_store_oldest_time_seconds"), total(m, "sockwatch_store_write_time_seconds")
                check(time.time() - 600 < begin <= last + 1 < time.time() + 2, begin, last)
                with listener() as sock:
                    r.wait_kept(connection(sock))
                w.wait_metrics(lambda m: total(m, "sockwatch_store_write_time_seconds") > last, "a later write")
                w.stop()
                check(w.status == 0, w.status, w.stderr())
        r.stop()


def test_export__how_far_a_server_is_behind_the_store():
    """The cursor has the time of the newest record that was sent; who may not read it sees that."""
    with store() as folder, StandIn() as server, Recorder(folder) as r:
        with listener() as sock:
            r.wait_kept(connection(sock))
        for where in (file_in(folder), ADDRESS):
            with Exporter(where, "--dir", r.dir) as w:
                m = w.wait_metrics(lambda m: total(m, "sockwatch_store_segments") == 1, "the store")
                send_once(r.dir, server.to)
                last = max(row["time_ns"] for row in server.rows) / 1e9
                w.wait_metrics(lambda m, last=last: abs(total(m, "sockwatch_store_sent_time_seconds") - last) < 1e-3, "what was sent")
                with listener() as sock:
                    r.wait_kept(connection(sock))
                m = w.wait_metrics(lambda m, last=last: total(m, "sockwatch_store_write_time_seconds") > last, "what was not")
                check(abs(total(m, "sockwatch_store_sent_time_seconds") - last) < 1e-3, m)
                w.stop()
        r.stop()


# --- by HTTP ------------------------------------------------------------------------------------


def test_export__by_http():
    with Exporter(ADDRESS) as w:
        w.wait_metrics(lambda m: ("sockwatch_look_time_seconds", ()) in m, "a look")
        status, headers, body = get(ADDRESS)
        check(status == 200 and headers["content-type"].startswith("text/plain; version=0.0.4"), headers)
        check("_created" not in body and "EOF" not in body, body)
        status, headers, body = get(ADDRESS, accept=OPEN)
        check(headers["content-type"].startswith("application/openmetrics-text; version=1.0.0"), headers)
        check(body.endswith("\n# EOF\n") and "sockwatch_exports_created " in body, body)
        check(get(ADDRESS, "/")[0] == 404 and get(ADDRESS, "/metrics/")[0] == 404, "others")
        check(ask(ADDRESS, b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")[0] == 405, "POST")
        status, headers, body = ask(ADDRESS, b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        check(status == 200 and body == "" and int(headers["content-length"]) > 1000, headers)
        w.stop()
        check(w.status == 0, w.status)


def test_export__on_loopback_of_ipv6_and_on_a_path():
    with store() as folder:
        os.chown(folder, USER, 0)
        path = os.path.join(folder, "s.sock")
        for where in ("[::1]:9435", "unix:" + path):
            with Exporter(where) as w:
                w.wait_metrics(lambda m: ("sockwatch_look_time_seconds", ()) in m, "a look")
                done = run("export", "--metrics", where, here())
                check(done.returncode == FAULT and b"somebody listens there already" in done.stderr, done)
                if where.startswith("unix"):
                    check(stat.S_IMODE(os.stat(path).st_mode) == 0o666, os.stat(path))
                    os.kill(w.giver(), signal.SIGKILL)
                    end_of(w.process)
        check(os.path.exists(path), "what was killed leaves it")
        with Exporter("unix:" + path) as w:
            w.wait_metrics(lambda m: True, "the next one")


def test_export__what_faces_the_network_has_no_rights():
    with Exporter(ADDRESS) as w:
        s = status_of(w.giver())
        check(s["Uid"].split() == [str(USER)] * 4 and s["Groups"].strip() == "", s)
        check(all(int(s[c], 16) == 0 for c in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")), s)
        check(s["NoNewPrivs"] == "1", s)
        fds = {os.readlink(f"/proc/{w.giver()}/fd/{fd}") for fd in os.listdir(f"/proc/{w.giver()}/fd")}
        check(not any(x.startswith("/") and x != "/dev/null" and "memfd" not in x for x in fds), fds)


def test_export__those_who_say_nothing_do_not_keep_others_out():
    with Exporter(ADDRESS) as w, contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connected(ADDRESS)) for _ in range(80)]
        for s in idle[::2]:
            s.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
        for _ in range(3):
            check(get(ADDRESS)[0] == 200, "an answer")
        # each has some seconds, and then its connection is over
        wait_until(lambda: closed(idle[0]), "the end of the first")
        check(w.process.poll() is None and get(ADDRESS)[0] == 200, "an answer")


def closed(s):
    s.setblocking(False)
    try:
        return s.recv(65536) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_export__for_others_only_where_it_is_said():
    done = run("export", "--metrics", "0.0.0.0:9435")
    check(done.returncode == 2 and b"--allow-remote" in done.stderr and done.stderr.count(b"\n") == 1, done)
    with Exporter("0.0.0.0:9435", "--allow-remote") as w:
        check(get("127.0.0.1:9435")[0] == 200, "an answer")
        check("whoever reaches that address can read them" in w.stderr(), w.stderr())


def test_export__garbage():
    with Exporter(ADDRESS) as w:
        for junk in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"\0" * 5000, b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\n\r\n",
                     b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n", b"GET /%00 HTTP/9.9\r\n\r\n"):
            with connected(ADDRESS) as s, contextlib.suppress(OSError):  # it is over, or even forgotten
                s.sendall(junk)
                s.shutdown(socket.SHUT_WR)
                while s.recv(65536):
                    pass
        check(get(ADDRESS)[0] == 200 and w.process.poll() is None, "an answer")


def test_export__only_what_is_asked_for():
    with store() as folder, listener(port=9518) as sock, Exporter(file_in(folder), "--local-port=9518") as w:
        connection(sock)
        refused(9519)
        m = w.wait_metrics(lambda m: total(m, "sockwatch_accepts_total") == 1, "it")
    check(total(m, "sockwatch_connects_total") == 0, m)


def test_export__needs_its_program_and_its_rights():
    done = subprocess.run([os.path.join(os.path.dirname(Settings.binary), GIVER), "export", "--metrics", "/tmp/x"],
                          capture_output=True, check=False)
    check(done.returncode == 2 and b"use that" in done.stderr, done)
