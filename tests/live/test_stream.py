# SPDX-License-Identifier: GPL-2.0-only
"""The snapshot, the merge, the filters, the output, and the bad places."""
import csv
import io
import json
import os
import pty
import re
import signal
import socket
import subprocess
import time

from harness import (COUNTED, Child, Settings, Watch, both_sources, chains, check, check_chains, enter_netns, listener,
                     reset, run, scaled, scratch, set_name, transitions, wait_until)



def churn(port, count):
    """So many connections, one after the other, each with ten transitions and an accept."""
    subprocess.run([Settings.churn, port, count], check=True, stdout=subprocess.DEVNULL)


def churn_events(count):
    """What a churn makes: for a connection ten transitions and an accept; for the listener a bind
    and two transitions. TIME_WAITs end later: the harness forbids to recycle them."""
    return count * 11 + 3


# --- the snapshot and the merge ------------------------------------------------------------------


@both_sources
def test_snapshot__rows_with_every_owner():
    sock = listener()
    port = sock.getsockname()[1]
    workers = [Child(lambda link: (link.say("up"), link.hear())) for _ in range(2)]
    for worker in workers:
        worker.hear()
    c = socket.create_connection(("127.0.0.1", port))
    conn, _ = sock.accept()
    with Watch() as w:
        row = w.wait_for(event="socket", local_port=port, state="LISTEN")
        holders = {(o["pid"], o["comm"]) for o in row["owners"]}
        check({p for p, _ in holders} == {os.getpid(), *(x.pid for x in workers)}, row)
        check(all(o["fd"] == sock.fileno() for o in row["owners"]), row)
        check(row["pid"] == min(p for p, _ in holders) and row["owner_source"] == "snapshot", row)
        row = w.wait_for(event="socket", local_port=c.getsockname()[1])
        check(row["state"] == "ESTABLISHED" and row["remote_port"] == port, row)
        check(row["inode"] == os.fstat(c.fileno()).st_ino and row["uid"] == 0, row)
    for worker in workers:
        worker.kill()
    conn.close()


@both_sources
def test_snapshot__queues_as_netstat_shows_them():
    sock = listener()
    c = socket.create_connection(sock.getsockname())
    waiting = socket.create_connection(sock.getsockname())
    conn, _ = sock.accept()
    conn.sendall(b"x" * 1000)
    c.setblocking(True)
    wait_until(lambda: len(c.recv(4096, socket.MSG_PEEK)) == 1000, "the bytes")
    with Watch() as w:
        row = w.wait_for(event="socket", state="LISTEN", local_port=sock.getsockname()[1])
        check(row["recv_q"] == 1, row)  # one connection waits
        row = w.wait_for(event="socket", local_port=c.getsockname()[1])
        check(row["recv_q"] == 1000 and row["send_q"] == 0, row)
    waiting.close()


@both_sources
def test_snapshot__connection_that_waits_for_accept_has_its_listeners_owner():
    sock = listener()
    c = socket.create_connection(sock.getsockname())
    with Watch() as w:
        row = w.wait_for(event="socket", remote_port=c.getsockname()[1])
        check(row["owner_source"] == "inherited" and row["pid"] == os.getpid(), row)
        check("inode" not in row and "owners" not in row, row)


@both_sources
def test_snapshot__another_namespace_ipv6_and_time_wait():
    sock = listener(socket.AF_INET6)
    c = socket.create_connection(sock.getsockname()[:2])
    conn, _ = sock.accept()
    c.close()
    conn.recv(1)
    conn.close()  # the client's side is in TIME_WAIT now

    def elsewhere(link):
        inode = enter_netns()
        other = listener(port=7777)
        link.say(inode)
        link.hear()
        other.close()

    child = Child(elsewhere)
    inode = int(child.hear())
    with Watch(everywhere=True) as w:
        row = w.wait_for(event="socket", netns=inode, local_port=7777)
        check(row["pid"] == child.pid and row["state"] == "LISTEN", row)
        row = w.wait_for(event="socket", netns=Settings.netns, state="TIME_WAIT")
        check(row["family"] == "ipv6" and row["owner_source"] == "unknown" and "pid" not in row, row)
    child.say()
    child.wait()


def told_once(records):
    rows = [(r["local_addr"], r["local_port"], r.get("remote_port"), r.get("inode"))
            for r in records if r["event"] == "socket"]
    twice = {row for row in rows if rows.count(row) > 1} if len(rows) != len(set(rows)) else ()
    check(not twice, "told twice:", twice, [r for r in records if r["event"] == "socket" and
                                            (r["local_port"], r.get("remote_port")) in
                                            {(t[1], t[2]) for t in twice}])


def first_transitions(records):
    return [chain[0] for chain in chains(records).values()]


def check_merge(records, kept, clients):
    """False when events were lost: then chains are broken and nothing can be said."""
    if any(r["event"] == "lost" for r in records):
        return False
    told_once(records)
    check_chains(records)
    rows = {}
    for r in records:
        if r["event"] == "socket":
            rows.setdefault((r["local_port"], r.get("remote_port")), []).append(r["state"])
    for r in first_transitions(records):
        key = (r.get("local_port"), r.get("remote_port"))
        if r["old_state"] != "CLOSE" and r["state"] != "SYN_RECV":  # it was there before the start
            check(r["old_state"] in rows.get(key, []), key, r, rows.get(key))
    check(rows[(kept, None)] == ["LISTEN"], rows[(kept, None)])
    for port in clients:
        check(rows.get((port, kept)) == ["ESTABLISHED"], port, rows.get((port, kept)))
        check(rows.get((kept, port)) == ["ESTABLISHED"], port, rows.get((kept, port)))
    return True


@both_sources
def test_merge__nothing_lost_or_doubled_while_thousands_of_connections_come_and_go():
    kept = listener()
    clients = [socket.create_connection(kept.getsockname()) for _ in range(100)]
    ports = [c.getsockname()[1] for c in clients]
    churns = []
    try:
        for port in (9001, 9002):
            # with a pause, so that the sanitizer build keeps up: a loss would break the chains
            churns.append(subprocess.Popen([Settings.churn, str(port), "0", "100"],
                                           stdout=subprocess.PIPE))
            churns[-1].stdout.readline()
        whole = 0
        for _ in range(8):
            # into a file: a reader in a script is too slow for this
            with scratch() as folder, open(folder + "/out", "w+b") as out:
                with Watch("--buffer-size=64M", stdout=out) as w:
                    wait_until(lambda: os.fstat(out.fileno()).st_size > 10_000_000
                               or w.process.poll() is not None, "ten megabytes of events")
                    w.stop()
                    check(w.status == 0, w.stderr())
                out.seek(0)
                whole += check_merge(w.parse(out.readlines()), kept.getsockname()[1], ports)
            if whole == 4:
                break
        check(whole == 4, "only", whole, "of 8 starts without a loss")
    finally:
        for c in churns:
            c.kill()
            c.wait()


def test_loss__seen_plus_lost_is_all():
    """A ring of one page, and a reader that is stopped: most is lost, and counted to the event."""
    with Watch("-E", *COUNTED, "--port", "9003", "--buffer-size", "4096") as w:
        count = scaled(3000)
        w.process.send_signal(signal.SIGSTOP)
        churn("9003", str(count))
        w.process.send_signal(signal.SIGCONT)
        churn("9003", str(count))
        records = w.stop()
        lost = sum(r["lost"] for r in records if r["event"] == "lost")
        seen = sum(r["event"] != "lost" for r in records)
        check(lost > 0, "nothing was lost")
        check(seen + lost == 2 * churn_events(count), seen, lost, 2 * churn_events(count))
        check(f"{lost} lost" in w.stderr(), w.stderr())
        check(w.status == 0, w.status)


def test_loss__seen_plus_lost_is_all_on_two_processors():
    """Packets interrupt a transition that is being told; the kernel would skip theirs."""
    count = scaled(20000)
    with scratch() as folder, open(folder + "/out", "w+b") as out:
        with Watch("-E", *COUNTED, "--port", "9012,9013", "--buffer-size=64M", stdout=out) as w:
            both = [subprocess.Popen([Settings.churn, str(p), str(count)], stdout=subprocess.DEVNULL)
                    for p in (9012, 9013)]
            check(all(c.wait() == 0 for c in both))
            w.stop()
        out.seek(0)
        records = [json.loads(line) for line in out]
        lost = sum(r["lost"] for r in records if r["event"] == "lost")
        seen = sum(r["event"] != "lost" for r in records)
        check(seen + lost == 2 * churn_events(count), seen, lost)
        if not lost:
            check_chains(records)


def test_loss__strict_says_so_in_the_exit_status():
    with Watch("-E", "--strict", "--buffer-size", "4096", "--port", "9004") as w:
        w.process.send_signal(signal.SIGSTOP)
        churn("9004", "200")
        w.process.send_signal(signal.SIGCONT)
        w.stop()
        check(w.status == 3, w.status)


def test_loss__next_to_none_with_a_buffer_that_holds_it_all():
    """However slow the reader. Next to none: some hosts keep BPF programs from running while a
    protected process is interrupted, and a timer of TCP may fire just then."""
    count = scaled(20000)
    with scratch() as folder, open(folder + "/out", "w+b") as out:
        with Watch("-E", *COUNTED, "--port", "9005", "--buffer-size=64M", stdout=out) as w:
            churn("9005", str(count))
            w.stop()
        out.seek(0)
        records = [json.loads(line) for line in out]
        lost = sum(r["lost"] for r in records if r["event"] == "lost")
        seen = sum(r["event"] != "lost" for r in records)
        check(seen + lost == churn_events(count) and lost <= 3, seen, lost)
        if not lost:
            check_chains(records)
            odd = [c for c in chains(records).values() if len(c) not in (2, 5)]
            check(not odd, odd[:3])


# --- filters ----------------------------------------------------------------------------------------


def connection(sock, close=True):
    c = socket.create_connection(sock.getsockname()[:2])
    conn, _ = sock.accept()
    port = c.getsockname()[1]
    if close:
        c.close()
        conn.recv(1)
        conn.close()
    return port


def told_by(args, wanted, unwanted, marker=None):
    """Runs two connections under a filter; only the first may be told."""
    a, b = wanted, unwanted
    with Watch("-E", *args) as w:
        ports = connection(b), connection(a)
        w.wait_for(local_port=marker or ports[1], state="TIME_WAIT")
        w.stop()
        records = w.records()
        told = {r["local_port"] for r in records if r["event"] == "state" and "local_port" in r}
        told |= {r["remote_port"] for r in records if r.get("remote_port")}
        check(ports[0] not in told and b.getsockname()[1] not in told, told, ports)
        return records, ports[1]


def test_filter__ports():
    a, b = listener(), listener()
    for option in ("--port", "-P", "-D", "--remote-port"):
        records, port = told_by((option, str(a.getsockname()[1])), a, b)
        check(("CLOSE", "SYN_SENT") in transitions(records), records)
    a.close()
    b.close()


def test_filter__local_port_waits_until_it_is_known():
    sock = listener()
    with Watch("-E", "--local-port", "40000-40001") as w:
        for port in (40002, 40001):
            c = socket.socket()
            c.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            c.bind(("127.0.0.1", port))
            c.connect(sock.getsockname())
            conn, _ = sock.accept()
            c.close()
            conn.recv(1)
            conn.close()
        w.wait_for(local_port=40001, state="TIME_WAIT")
        check({r["local_port"] for r in w.records()} == {40001}, w.records())


def test_filter__ephemeral_local_port_tells_syn_sent_afterwards_with_its_own_time():
    sock = listener()
    # the kernel chooses from one port only: what it will be is known
    with open("/proc/sys/net/ipv4/ip_local_port_range", "w", encoding="ascii") as f:
        f.write("40010 40011")
    with Watch("-E", "-L", "40010-40011") as w:
        c = socket.create_connection(sock.getsockname())
        port = c.getsockname()[1]
        conn, _ = sock.accept()
        c.close()
        conn.recv(1)
        conn.close()
        w.wait_for(local_port=port, state="TIME_WAIT")
        w.stop()
        mine = [r for r in w.records() if r["event"] == "state"]
        check(transitions(mine)[:2] == [("CLOSE", "SYN_SENT"), ("SYN_SENT", "ESTABLISHED")], mine)
        check(mine[0]["local_port"] == port and mine[0]["time"] < mine[1]["time"], mine[:2])
        check(mine[0]["actor_pid"] == os.getpid() and mine[0]["pid"] == os.getpid(), mine[0])
        check(mine[1]["state_us"] > 0, mine[1])


def test_filter__addresses_and_families():
    v4, v6 = listener(), listener(socket.AF_INET6)
    for args in (("-4",), ("--addr", "127.0.0.0/8"), ("--remote-addr", "127.0.0.1"),
                 ("--local-addr", "127.0.0.1/32")):
        told_by(args, v4, v6)
    for args in (("-6",), ("--addr", "::1"), ("--addr", "fe80::/10,::/64")):
        told_by(args, v6, v4)


def test_filter__no_loopback():
    sock = listener()
    with Watch("--no-loopback") as w:
        connection(sock)
        subprocess.run(["ip", "addr", "add", "10.9.9.1/32", "dev", "lo"], check=True)
        other = listener(host="10.9.9.1")
        port = connection(other)
        w.wait_for(local_port=port, state="TIME_WAIT")
        check(not [r for r in w.records() if r["local_addr"].startswith("127.")], w.records())


def test_filter__pid_comm_and_uid():
    sock = listener()

    def client(name, uid):
        def work(link):
            set_name(name)
            if uid:
                os.setuid(uid)
            link.hear()
            c = socket.create_connection(sock.getsockname())
            link.say(c.getsockname()[1])
            link.hear()
        return Child(work)

    for number, args in enumerate((("--pid", None), ("--comm", "wanted"), ("--comm", "want*"),
                                   ("--uid", "1234"))):
        a, b = client(b"wanted", 1234), client(b"other", 0)
        args = (args[0], args[1] or str(a.pid))
        with Watch("-E", *args) as w:
            unwanted, wanted = int(b.ask()), int(a.ask())
            for child in (b, a):
                child.say()
                child.wait()
            w.wait_for(local_port=wanted, state="FIN_WAIT1")
            w.stop()
            told = {r["local_port"] for r in w.records() if "local_port" in r}
            check(unwanted not in told, number, told)
            mine = [r for r in w.records() if r.get("remote_port") == sock.getsockname()[1]]
            check(transitions(mine)[:2] == [("CLOSE", "SYN_SENT"), ("SYN_SENT", "ESTABLISHED")], mine)


def test_filter__pid_of_a_socket_that_was_there_before():
    sock = listener()
    c = socket.create_connection(sock.getsockname())
    with Watch("--pid", str(os.getpid())) as w:
        port = c.getsockname()[1]
        w.wait_for(event="socket", local_port=port)
        c.close()
        w.wait_for(local_port=port, state="FIN_WAIT1")
    with Watch("--pid", "1") as w:
        sock.close()
        w.stop()
        check(not w.records(), w.records())


def test_filter__network_namespace():
    def elsewhere(link):
        link.say(enter_netns())
        link.hear()
        link.say(connection(listener()))

    child = Child(elsewhere)
    inode = child.hear()
    with Watch("-E", "--netns", inode, everywhere=True) as w:
        connection(listener())
        port = int(child.ask())
        w.wait_for(local_port=port, state="TIME_WAIT")
        check({r["netns"] for r in w.records()} == {int(inode)}, w.records())
    with Watch("-E", "--netns", f"/proc/{os.getpid()}/ns/net") as w:
        w.wait_for(local_port=connection(listener()), state="TIME_WAIT")


def test_filter__state_listening_and_failed():
    sock = listener()
    with Watch("--state", "close-wait,SYN_SENT") as w:
        connection(sock)
        w.wait_for(state="CLOSE_WAIT")
        w.stop()
        check({r["state"] for r in w.records()} == {"CLOSE_WAIT", "SYN_SENT"}, w.records())
    with Watch("-l") as w:
        w.wait_for(event="socket", state="LISTEN")
        connection(sock)
        other = listener()
        w.wait_for(old_state="CLOSE", state="LISTEN")
        other.close()
        w.wait_for(old_state="LISTEN", state="CLOSE")
        check(not [r for r in w.records() if r["state"] in ("SYN_RECV", "ESTABLISHED")])
    with Watch("--failed") as w:
        connection(sock)
        c = socket.create_connection(sock.getsockname())
        reset(c)
        w.wait_for(reason="reset_locally")
        check(all("reason" in r for r in w.records()), w.records())


# --- output -----------------------------------------------------------------------------------------


def test_output__text_table_lines_up_and_is_complete():
    sock = listener()
    six = listener(socket.AF_INET6)
    subprocess.run(["ip", "addr", "add", "2001:db8:1111:2222:3333:4444:5555:6666/128", "dev", "lo",
                    "nodad"], check=True)
    long = listener(socket.AF_INET6, host="2001:db8:1111:2222:3333:4444:5555:6666")
    with Watch(form=None) as w:
        connection(sock)
        connection(six)
        connection(long)
        wait_until(lambda: w.text().count("LAST_ACK -> CLOSE") >= 3, "three ends")
        w.stop()
        lines = w.text().splitlines()
        header = lines[0]
        check(header.split() == ["TIME", "EVENT", "Proto", "Recv-Q", "Send-Q", "Local", "Address",
                                 "Foreign", "Address", "State", "PID/Program"], header)
        state = header.index("State")
        for line in lines[1:]:
            check(line[state - 1] == " " and line[state] != " ", line)
        check(any("2001:db8:1111:2222:3333:4444:5555:6666:" in x for x in lines))


def test_output__one_line_a_record_whatever_a_process_is_called():
    sock = listener()
    name = b'\x1b[31m",\n\\\xff\xc3'

    def client(link):
        set_name(name)
        socket.create_connection(sock.getsockname()).close()
        link.say("done")
        link.hear()

    for form in (None, "-j", "--csv"):
        with Watch("-E", form=form) as w:
            child = Child(client)
            child.hear()
            wait_until(lambda: b"FIN_WAIT1" in b"".join(w.lines), "the end")
            child.say()
            child.wait()
            w.stop()
            out = b"".join(w.lines)
            check(b"\x1b" not in out and all(c >= 32 or c == 10 for c in out), out)
            text = out.decode("utf-8")  # valid, or it raises
            if form == "-j":
                comms = {json.loads(x)["comm"] for x in text.splitlines()
                         if str(child.pid) in x}
                check('\x1b[31m",\n\\\ufffd\ufffd' in comms, comms)
            elif form == "--csv":
                rows = list(csv.reader(io.StringIO(text)))
                check(len({len(r) for r in rows}) == 1, rows)
                comm = rows[0].index("comm")
                check('\\x1b[31m",\\x0a\\\\\\xff\\xc3' in {r[comm] for r in rows}, rows)
            else:
                check('/\\x1b[31m",\\x0a\\\\\\xff\\xc3' in text, text)


def test_output__nothing_is_lost_on_sigterm_or_sigint_into_a_pipe_or_file():
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        with scratch() as folder, open(folder + "/out", "w+b") as out:
            with Watch("-E", *COUNTED, "--port", "9006", stdout=out) as w:
                churn("9006", "500")
                w.stop(sig)
                check(w.status == 0, w.status, w.stderr())
            out.seek(0)
            check(len(out.readlines()) == churn_events(500))


def test_output__full_disk_is_reported():
    with open("/dev/full", "wb") as full:
        with Watch("-E", "--port", "9007", stdout=full) as w:
            churn("9007", "10")
            w.process.wait(30)
            w.stop()
            check(w.status == 1, w.status)
            check("No space left on device" in w.stderr(), w.stderr())


def test_output__closed_pipe_ends_quietly():
    shell = f"{Settings.binary} --port 9008 -E | head -n 1"
    p = subprocess.Popen(["sh", "-c", shell], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    churn = subprocess.Popen([Settings.churn, "9008", "0"], stdout=subprocess.PIPE)
    out, err = p.communicate(timeout=60)
    churn.kill()
    churn.wait()
    check(out.startswith(b"TIME") and err == b"", out, err)


def test_output__a_terminal_sees_each_event_at_once():
    main, sub = pty.openpty()
    sock = listener()
    p = subprocess.Popen([Settings.binary, "-E", "-P", str(sock.getsockname()[1])], stdout=sub,
                         stderr=subprocess.PIPE)
    seen = b""
    while b"PID/Program" not in seen:
        seen += os.read(main, 4096)
    c = socket.create_connection(sock.getsockname())
    while seen.count(b"ESTABLISHED") < 2:  # the program goes on: it was not its end that flushed
        seen += os.read(main, 4096)
    check(p.poll() is None)
    p.send_signal(signal.SIGINT)
    p.wait()
    c.close()
    os.close(main)
    os.close(sub)


def test_output__count_and_duration_end_it():
    with Watch("-E", "--count", "7", "--port", "9009") as w:
        churn("9009", "100")
        w.process.wait(60)
        w.stop()
        check(len(w.lines) == 7 and w.status == 0, len(w.lines), w.status)
    start = time.monotonic()
    done = run("-E", "--duration", "0.3")
    check(done.returncode == 0 and time.monotonic() - start >= 0.3, done)
    check(re.search(rb"0 sockets, \d+ events, 0 lost", done.stderr), done.stderr)


def test_output__time_styles_header_and_extended():
    sock = listener()
    want = {"clock": r"\d\d:\d\d:\d\d\.\d{3} ", "iso": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z ",
            "epoch": r"\d{10}\.\d{6} ", "delta": r" *\+\d+\.\d{6} "}
    for style, pattern in want.items():
        done = run("-T", style, "-H", "-l", "--duration", "0.01")
        lines = done.stdout.decode().splitlines()
        check(lines and all(re.match(pattern, x) for x in lines), lines)
    with Watch("-e") as w:
        row = w.wait_for(event="socket", local_port=sock.getsockname()[1])
        check(row["exe"] == os.path.realpath("/proc/self/exe"), row)
        check("run.py" in row["cmdline"], row)
    done = run("-e", "-l", "--duration", "0.01")
    check(b" inode=" in done.stdout and b" exe=" in done.stdout, done.stdout)


def test_output__times_are_now_and_in_order_for_each_socket():
    with Watch("-E", "--port", "9010") as w:
        before = time.time()
        churn("9010", "200")
        after = time.time()
        records = w.stop()
        for events in chains(records).values():
            times = [e["time"] for e in events]
            check(times == sorted(times), times)
        stamp = records[0]["time"]
        seconds = time.mktime(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
        check(before - 2 <= seconds <= after + 2, stamp, before, after)


# --- bad input and bad places -----------------------------------------------------------------------


def test_usage__wrong_options_are_named_with_what_was_meant():
    for args, words in ((["--prot", "80"], ["--prot", "--port"]),
                        (["-p", "1234"], ["--pid 1234"]),
                        (["--port", "70000"], ["70000"]),
                        (["--addr", "10.0.0.0/40"], ["10.0.0.0/40"]),
                        (["--state", "open"], ["open", "ESTABLISHED"]),
                        (["--count", "-1"], ["--count", "-1"]),
                        (["--buffer-size", "lots"], ["lots"]),
                        (["--port"], ["--port", "value"]),
                        (["80"], ["80"])):
        done = run(*args)
        error = done.stderr.decode()
        check(done.returncode == 2 and not done.stdout, args, done)
        check(error.count("\n") == 1 and all(w in error for w in words), args, error)


def test_usage__a_message_is_one_line_whatever_was_typed():
    done = run("--port", "80\nsockwatch: forged\x1b[31m")
    error = done.stderr.decode()
    check(done.returncode == 2 and error.count("\n") == 1 and "\x1b" not in error, error)


def test_usage__help_and_version():
    for option in ("--help", "-h"):
        done = run(option)
        check(done.returncode == 0 and b"--no-loopback" in done.stdout and not done.stderr)
        check(max(len(x) for x in done.stdout.splitlines()) <= 100)
    check(run("-V").stdout.startswith(b"sockwatch "))


def test_kernel__without_btf_one_line_names_it():
    hide = ["unshare", "-m", "--propagation=unchanged", "sh", "-c",
            "mount --make-rprivate /sys; mount -t tmpfs none /sys/kernel/btf && exec \"$0\" \"$@\""]
    done = subprocess.run([*hide, Settings.binary], capture_output=True, check=False,
                          stdin=subprocess.DEVNULL)
    error = done.stderr.decode()
    check(done.returncode == 1 and error.count("\n") == 1 and "/sys/kernel/btf/vmlinux" in error, error)


def test_many__copies_at_once_tell_the_same():
    watches = [Watch("-E", *COUNTED, "--port", "9011") for _ in range(5)]
    try:
        churn("9011", "100")
        for w in watches:
            check(len(w.stop()) == churn_events(100), len(w.lines))
    finally:
        for w in watches:
            w.__exit__()
