# SPDX-License-Identifier: GPL-2.0-only
"""What goes wrong around it: a reader that stops, floods, kills. What is told stays right, and what is
lost is counted."""
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

from chains import check_chains
from harness import (COUNTED, FAULT, LONG, Child, Patience, Skip, Watch, check, here, listener, scratch, sysctl,
                     wait_until)
from traffic import (CONNECTION_EVENTS, Churn, check_count, churn, churn_events, connection, connections_begun,
                     count_of, pause, waits_to_write)


# --- readers that stop, and loss -------------------------------------------------------------------


def stop_again_and_again(w, busy, out):
    for _ in range(4):
        pause(w.process)
        before, size = connections_begun(), os.fstat(out.fileno()).st_size
        wait_until(lambda: busy.is_over() or connections_begun() > before + 1000, "a thousand connections")
        w.process.send_signal(signal.SIGCONT)
        wait_until(lambda: os.fstat(out.fileno()).st_size > size, "it to go on")


def test_faults__told_and_lost_are_all_when_the_reader_stops_again_and_again():
    with scratch() as folder, open(folder + "/out", "w+b") as out:
        with Watch("-E", *COUNTED, here(), "-P", "9020", "--buffer-size", "64K", stdout=out) as w:
            with Churn(9020, 8000) as busy:
                stop_again_and_again(w, busy, out)
                busy.finish()
            w.stop()
            check(w.status == 0, w.status, w.stderr())
        out.seek(0)
        records = w.parse(out)
        lost = check_count(records, churn_events(8000))
        check(lost > 0, "nothing was lost")
        check(f"{lost} lost" in w.stderr(), w.stderr())


def test_faults__reader_stopped_before_and_continued_in_the_midst():
    with scratch() as folder, open(folder + "/out", "w+b") as out:
        with Watch("-E", *COUNTED, here(), "-P", "9020", "--buffer-size", "4096", stdout=out) as w:
            pause(w.process)
            with Churn(9020, 4000) as busy:
                wait_until(lambda: connections_begun() > 500, "connections")
                w.process.send_signal(signal.SIGCONT)
                busy.finish()
            w.stop()
        out.seek(0)
        check(check_count(w.parse(out), churn_events(4000)) > 0, "nothing was lost")


def nice_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        return int(f.read().rpartition(")")[2].split()[16])


def may_have_nice(pid, nice):
    with open(f"/proc/{pid}/limits", encoding="ascii") as f:
        limit = next(line for line in f if line.startswith("Max nice priority"))
    return int(limit.split()[3]) >= 20 - nice


def test_faults__reader_hurries_while_the_ring_is_full_and_then_no_more():
    """Where it may: RLIMIT_NICE is set while there are rights, and that takes CAP_SYS_RESOURCE."""
    with scratch() as folder, open(folder + "/out", "w+b") as out:
        with Watch("-E", *COUNTED, here(), "-P", "9022", "--buffer-size", "1M", stdout=out) as w:
            wait_until(lambda: "privileges: " in w.stderr(), "the rights to go")
            allowed = may_have_nice(w.process.pid, -10)
            usual = nice_of(w.process.pid)
            pause(w.process)
            with Churn(9022, 12000) as busy:
                wait_until(lambda: connections_begun() > 2000, "a ring that fills", LONG)
                w.process.send_signal(signal.SIGCONT)
                if allowed:
                    wait_until(lambda: nice_of(w.process.pid) == -10, "it to hurry")
                busy.finish()
            wait_until(lambda: nice_of(w.process.pid) == usual, "it to have time again")
            w.stop()
        out.seek(0)
        check_count(w.parse(out), churn_events(12000))
    if not allowed:
        raise Skip("RLIMIT_NICE cannot be raised: no CAP_SYS_RESOURCE")


class SlowPipe:
    """A pipe of one page that is read only when asked."""

    def __init__(self):
        self.read_end, self.write_end = os.pipe()
        fcntl.fcntl(self.write_end, 1031, 4096)  # F_SETPIPE_SZ
        self.data = []
        self.thread = threading.Thread(target=self._drain)

    def _drain(self):
        while part := os.read(self.read_end, 65536):
            self.data.append(part)

    def start_reading(self):
        os.close(self.write_end)
        self.thread.start()

    def catch_up(self):
        """Until nothing has come for a while: after Ctrl-C there is a second only for what still waits."""
        seen, calm = -1, Patience(0.5)
        while not calm.is_over():
            if seen != len(self.data):
                seen, calm = len(self.data), Patience(0.5)
            time.sleep(0.01)

    def lines(self):
        self.thread.join()
        return b"".join(self.data).splitlines()


def test_faults__reader_of_a_pipe_that_is_very_slow_and_then_goes_on():
    pipe = SlowPipe()
    with Watch("-E", *COUNTED, here(), "-P", "9021", "--buffer-size", "64K", stdout=pipe.write_end) as w:
        churn(9021, 3000)
        wait_until(lambda: waits_to_write(w.process.pid), "the pipe to fill")
        pipe.start_reading()
        churn(9021, 500)
        pipe.catch_up()
        w.stop()
        check(w.status == 0, w.status, w.stderr())
        records = w.parse(pipe.lines())
        check(check_count(records, churn_events(3000) + churn_events(500)) > 0, "nothing was lost")


def test_faults__pipe_that_nobody_reads_does_not_keep_it_from_ending():
    pipe = SlowPipe()
    with Watch("-E", here(), "-P", "9021", stdout=pipe.write_end) as w:
        churn(9021, 300)
        wait_until(lambda: waits_to_write(w.process.pid), "the pipe to fill")

        def ended():
            w.process.send_signal(signal.SIGINT)  # the first asks, the second insists
            return w.process.poll() is not None
        wait_until(ended, "the end")
        check(w.process.returncode in (0, FAULT), w.process.returncode)


def test_faults__flood_on_another_port_takes_nothing_from_the_filtered_one():
    sysctl("net/ipv4/ip_local_port_range", "20000 65000")  # room for the flood
    with scratch() as folder, open(folder + "/out", "w+b") as out:
        with Watch("-E", *COUNTED, here(), "-P", "9025", "--buffer-size", "256K", stdout=out) as w:
            with Churn(9024, 30000) as one, Churn(9026, 30000) as other:
                wait_until(lambda: connections_begun() > 500, "the flood")
                before = connections_begun()
                churn(9025, 300, 500)
                flood = connections_begun() - before - 300
                check(flood > 300 or not (one.is_over() and other.is_over()), "the flood was over:", flood)
            w.stop()
        out.seek(0)
        records = w.parse(out)
        # all of them; accepts that the kernel skipped are counted whatever port they were on
        told, lost = count_of(records)
        check(told <= churn_events(300) <= told + lost, told, "told,", lost, "lost, in a flood of", flood)
        check_chains(records)
        check(all(9025 in (r.get("local_port"), r.get("remote_port")) for r in records if r["event"] != "lost"),
              "of one port")


# --- many copies, kills ----------------------------------------------------------------------------


def as_told(records):
    """What all copies tell alike; in the order in which it happened."""
    told = sorted((r.get("cookie", 0), r["time"], r["event"], r.get("old_state", ""), r["state"], r.get("pid", 0),
                   r["owner_source"]) for r in records)
    return [(x[0], *x[2:]) for x in told]


def test_faults__twenty_copies_tell_the_same_and_end_cleanly():
    sock = listener()
    port = sock.getsockname()[1]
    watches = [Watch("-E", here(), "-P", str(port), wait=False) for _ in range(20)]
    try:
        for w in watches:
            w.wait_for_start()
        client_port = connection(sock)
        told = []
        for w in watches:
            w.wait_for(local_port=port, old_state="LAST_ACK")
            w.wait_for(local_port=client_port, old_state="FIN_WAIT2")
            records = w.stop()
            check(w.status == 0 and "0 lost" in w.stderr(), w.status, w.stderr())
            check_chains(records)
            told.append(as_told(records))
        check(len(told[0]) == CONNECTION_EVENTS, told[0])
        check(all(x == told[0] for x in told), "they differ:", told)
    finally:
        for w in watches:
            w.__exit__()


def bpf_ids(pid):
    """The programs and links that a process holds, but for those that it lets go: {("prog", id), ("link", id)}."""
    found = set()
    for fd in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii", errors="replace") as f:
                text = f.read()
        except FileNotFoundError:
            continue
        for kind, number in re.findall(r"^(prog|link)_id:\s+(\d+)$", text, re.M):
            found.add((kind, int(number)))
    return found


def bpf_ids_of_all():
    """The same of the whole machine; None when bpftool met something just being taken down."""
    found = set()
    for kind in ("prog", "link"):
        done = subprocess.run(["bpftool", "-j", kind, "list"], capture_output=True, check=False,
                              env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
        if done.returncode:
            return None
        found |= {(kind, x["id"]) for x in json.loads(done.stdout)}
    return found


def test_faults__many_processes_and_no_socket_do_not_fill_the_ring():
    """What -e keeps of a process is no event and wakes nobody, until there is little room left for one."""
    with Watch("-E", "-e", "-D", "9028", "--buffer-size", "64K") as w:
        for _ in range(2000):
            Child(lambda link: None).wait()
        with socket.socket() as s:
            s.connect_ex(("127.0.0.1", 9028))
        w.wait_for(state="SYN_SENT")
        w.stop()


def test_faults__sigkill_during_a_churn_leaves_nothing_attached():
    with Churn(9027, pause=50) as busy, Watch("-E", here(), "-P", "9027", "--buffer-size", "64K") as w:
        wait_until(lambda: len(w.lines) > 100, "events")
        mine = bpf_ids(w.process.pid)
        check({kind for kind, _ in mine} == {"prog", "link"}, mine)

        def seen():
            return (bpf_ids_of_all() or set()) >= bpf_ids(w.process.pid)
        wait_until(seen, "bpftool to see them")
        w.process.kill()
        w.process.wait()

        def gone():
            everything = bpf_ids_of_all()
            return everything is not None and not everything & mine
        wait_until(gone, "programs and links to go")
        check(not busy.is_over(), "the churn ended early")


def test_faults__started_and_killed_over_and_over_during_a_churn():
    """In whatever step of its start it is: the churn goes on, and the next one starts and is right."""
    with Churn(9027, pause=50) as busy:
        wait_until(lambda: connections_begun() > 10, "the churn")
        for step in range(10):
            w = Watch(here(), "-P", "9027", wait=False)
            with w:
                wait_until(lambda: w.process.poll() is not None or len(w.errors) >= min(step, 4),
                           "a step of the start")
        with Watch("-E", here(), "-P", "9027") as w:
            wait_until(lambda: len(w.lines) > 200, "events")
            records = w.stop()
            check(w.status == 0 and not busy.is_over(), w.status)
            if not any(r["event"] == "lost" for r in records):
                check_chains(records)
