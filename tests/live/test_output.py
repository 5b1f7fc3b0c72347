# SPDX-License-Identifier: GPL-2.0-only
"""The output and its forms, wrong options, and the ways to end."""
import csv
import io
import os
import re
import signal
import socket
import time

from chains import chains
from harness import (COUNTED, FAULT, Child, Settings, Watch, check, end_of, finished, here, listener, run, scratch,
                     set_name, wait_until)
from network import add_address
from terminal import Terminal
from traffic import Churn, churn, churn_events, connection


def test_output__text_table_lines_up_and_is_complete():
    sock = listener()
    six = listener(socket.AF_INET6)
    add_address("2001:db8:1111:2222:3333:4444:5555:6666/128")
    long = listener(socket.AF_INET6, host="2001:db8:1111:2222:3333:4444:5555:6666")
    with Watch(here(), form=None) as w:
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


def check_name(w, form, pid):
    """It is in its form, and nothing of it is a control character or breaks the record."""
    out = b"".join(w.lines)
    check(b"\x1b" not in out and all(c >= 32 or c == 10 for c in out), out)
    text = out.decode("utf-8")  # valid, or it raises
    if form == "-j":
        comms = {r["comm"] for r in w.find(pid=pid)}
        check(comms == {'\x1b[31m",\n\\\ufffd\ufffd'}, comms)
    elif form == "--csv":
        rows = list(csv.reader(io.StringIO(text)))
        check(len({len(r) for r in rows}) == 1, rows)
        comm = rows[0].index("comm")
        check('\\x1b[31m",\\x0a\\\\\\xff\\xc3' in {r[comm] for r in rows}, rows)
    else:
        check('/"\\x1b[31m\\",\\x0a\\\\\\xff\\xc3"' in text, text)


def test_output__one_line_a_record_whatever_a_process_is_called():
    sock = listener()

    def client(link):
        set_name(b'\x1b[31m",\n\\\xff\xc3')
        socket.create_connection(sock.getsockname()).close()
        link.say("done")
        link.hear()

    for form in (None, "-j", "--csv"):
        with Watch("-E", here(), form=form) as w:
            child = Child(client)
            child.hear()
            wait_until(lambda: b"FIN_WAIT1" in b"".join(w.lines), "the end")
            child.say()
            child.wait()
            w.stop()
            check_name(w, form, child.pid)


def test_output__nothing_is_lost_on_sigterm_or_sigint_into_a_pipe_or_file():
    for sig in (signal.SIGTERM, signal.SIGINT):
        with scratch() as folder, open(folder + "/out", "w+b") as out:
            with Watch("-E", *COUNTED, here(), "--port", "9006", stdout=out) as w:
                churn(9006, 500)
                w.stop(sig)
                check(w.status == 0, w.status, w.stderr())
            out.seek(0)
            check(len(out.readlines()) == churn_events(500))


def test_output__full_disk_is_reported():
    with open("/dev/full", "wb") as full:
        with Watch("-E", here(), "--port", "9007", stdout=full) as w:
            churn(9007, 10)
            end_of(w.process)
            w.stop()
            check(w.status == FAULT, w.status)
            check("No space left on device" in w.stderr(), w.stderr())


def test_output__closed_pipe_ends_quietly():
    with Churn(9008):
        done = finished(["sh", "-c", f"{Settings.binary} {here()} --port 9008 -E | head -n 1"])
    check(done.stdout.startswith(b"TIME") and done.stderr == b"", done)


def test_output__a_terminal_sees_each_event_at_once():
    sock = listener()
    with Terminal("-E", here(), "-P", str(sock.getsockname()[1])) as terminal:
        terminal.wait_for("PID/Program")
        c = socket.create_connection(sock.getsockname())
        while terminal.text.count(b"ESTABLISHED") < 2:  # the program goes on: it was not its end that flushed
            check(terminal.read(), "it ended", terminal.text)
        check(terminal.process.poll() is None, "it ended")
        c.close()


def test_output__count_and_duration_end_it():
    with Watch("-E", here(), "--count", "7", "--port", "9009") as w:
        churn(9009, 100)
        end_of(w.process)
        w.stop()
        check(len(w.lines) == 7 and w.status == 0, len(w.lines), w.status)
    start = time.monotonic()
    done = run("-E", here(), "--duration", "0.3")
    check(done.returncode == 0 and time.monotonic() - start >= 0.3, done)
    check(b"0 sockets, 0 events, 0 lost" in done.stderr, done.stderr)


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
    with Watch("-E", here(), "--port", "9010") as w:
        before = time.time()
        churn(9010, 200)
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
    for args, words in ((["--prt", "80"], ["--prt", "--port"]),
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
    done = finished([*hide, Settings.binary])
    error = done.stderr.decode()
    check(done.returncode == FAULT and error.count("\n") == 1 and "/sys/kernel/btf/vmlinux" in error, error)
