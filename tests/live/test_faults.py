# SPDX-License-Identifier: GPL-2.0-only
"""What goes wrong around it: a reader that stops, a disk that fills, floods, kills, closed descriptors,
processes and namespaces that come and go. What is told stays right, and what is lost is counted."""
import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import threading

from harness import (CAPS, CLONE_NEWNS, COUNTED, DEADLINE, LIBC, SOURCES, Child, Settings, Skip, Watch,
                     chains, check, check_chains, enter_netns, has_cookies, listener, program,
                     scratch, sysctl, transitions, wait_until, with_source)
from test_owner import CLIENT_CLOSES, SERVER_ANSWERS
from test_stream import churn_events

CONNECTION_EVENTS = churn_events(1) - churn_events(0)


def churn(port, count, pause=0):
    return subprocess.Popen([program("churn"), str(port), str(count), str(pause)],
                            stdout=subprocess.DEVNULL)


def finish(process):
    check(process.wait(2 * DEADLINE) == 0, process.args, process.returncode)


def connections_begun():
    """By all processes of this network namespace."""
    with open("/proc/self/net/snmp", encoding="ascii") as f:
        names, values = [line.split() for line in f if line.startswith("Tcp:")]
    return int(values[names.index("ActiveOpens")])


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        return f.read().rpartition(")")[2].split()[0]


def pause(process):
    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: state_of(process.pid) == "T", "the stop")


def records_of(lines):
    return [json.loads(line) for line in lines]


def check_count(records, total):
    """Told and lost are all that happened, to the event; returns how many were lost."""
    lost = sum(r["lost"] for r in records if r["event"] == "lost")
    told = sum(r["event"] != "lost" for r in records)
    check(told + lost == total, told, "told and", lost, "lost are not", total)
    return lost


# --- readers that stop, and loss --------------------------------------------------------------------


def test_faults__told_and_lost_are_all_when_the_reader_stops_again_and_again():
    with scratch() as folder, open(folder + "/out", "w+b") as out:
        with Watch("-E", *COUNTED, "-P", "9020", "--buffer-size", "64K", stdout=out) as w:
            busy = churn(9020, 8000)
            for _ in range(4):
                pause(w.process)
                before, size = connections_begun(), os.fstat(out.fileno()).st_size
                wait_until(lambda: busy.poll() is not None or connections_begun() > before + 1000,
                           "a thousand connections")
                w.process.send_signal(signal.SIGCONT)
                wait_until(lambda: os.fstat(out.fileno()).st_size > size, "it to go on")
            finish(busy)
            w.stop()
            check(w.status == 0, w.status, w.stderr())
        out.seek(0)
        records = records_of(out)
        lost = check_count(records, churn_events(8000))
        check(lost > 0, "nothing was lost")
        check(f"{lost} lost" in w.stderr(), w.stderr())


def test_faults__reader_stopped_before_and_continued_in_the_midst():
    with scratch() as folder, open(folder + "/out", "w+b") as out:
        with Watch("-E", *COUNTED, "-P", "9020", "--buffer-size", "4096", stdout=out) as w:
            pause(w.process)
            busy = churn(9020, 4000)
            wait_until(lambda: connections_begun() > 500, "connections")
            w.process.send_signal(signal.SIGCONT)
            finish(busy)
            w.stop()
        out.seek(0)
        check(check_count(records_of(out), churn_events(4000)) > 0, "nothing was lost")


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
        with Watch("-E", *COUNTED, "-P", "9022", "--buffer-size", "1M", stdout=out) as w:
            wait_until(lambda: "privileges: " in w.stderr(), "the rights to go")
            allowed = may_have_nice(w.process.pid, -10)
            usual = nice_of(w.process.pid)
            pause(w.process)
            busy = churn(9022, 12000)
            wait_until(lambda: connections_begun() > 2000, "a ring that fills")
            w.process.send_signal(signal.SIGCONT)
            if allowed:
                wait_until(lambda: nice_of(w.process.pid) == -10, "it to hurry")
            finish(busy)
            wait_until(lambda: nice_of(w.process.pid) == usual, "it to have time again")
            w.stop()
        out.seek(0)
        check_count(records_of(out), churn_events(12000))
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

    def lines(self):
        self.thread.join(DEADLINE)
        return b"".join(self.data).splitlines()


def waits_to_write(pid):
    """Whether it is in write(1, ...): the only call it sleeps in whose first argument is 1."""
    with open(f"/proc/{pid}/syscall", encoding="ascii") as f:
        return f.read().split()[1:2] == ["0x1"]


def test_faults__reader_of_a_pipe_that_is_very_slow_and_then_goes_on():
    pipe = SlowPipe()
    with Watch("-E", *COUNTED, "-P", "9021", "--buffer-size", "64K", stdout=pipe.write_end) as w:
        finish(churn(9021, 3000))
        wait_until(lambda: waits_to_write(w.process.pid), "the pipe to fill")
        pipe.start_reading()
        finish(churn(9021, 500))
        w.stop()
        check(w.status == 0, w.status, w.stderr())
        records = records_of(pipe.lines())
        check(check_count(records, churn_events(3000) + churn_events(500)) > 0, "nothing was lost")


def test_faults__pipe_that_nobody_reads_does_not_keep_it_from_ending():
    pipe = SlowPipe()
    with Watch("-E", "-P", "9021", stdout=pipe.write_end) as w:
        finish(churn(9021, 300))
        wait_until(lambda: waits_to_write(w.process.pid), "the pipe to fill")

        def ended():
            w.process.send_signal(signal.SIGINT)  # the first asks, the second insists
            return w.process.poll() is not None
        wait_until(ended, "the end")
        check(w.process.returncode in (0, 1), w.process.returncode)


def test_faults__flood_on_another_port_takes_nothing_from_the_filtered_one():
    sysctl("net/ipv4/ip_local_port_range", "20000 65000")  # room for the flood
    with scratch() as folder, open(folder + "/out", "w+b") as out:
        with Watch("-E", *COUNTED, "-P", "9025", "--buffer-size", "256K", stdout=out) as w:
            floods = [churn(9024, 30000), churn(9026, 30000)]
            wait_until(lambda: connections_begun() > 500, "the flood")
            before = connections_begun()
            finish(churn(9025, 300, 500))
            flood = connections_begun() - before - 300
            w.stop()
            for f in floods:
                f.kill()
                f.wait()
        out.seek(0)
        records = records_of(out)
        check(flood > 300, "the flood was over:", flood)
        # all of them; accepts that the kernel skipped are counted whatever port they were on
        lost = sum(r["lost"] for r in records if r["event"] == "lost")
        told = [r for r in records if r["event"] != "lost"]
        check(len(told) <= churn_events(300) <= len(told) + lost, len(told), "told,", lost, "lost, in a flood of", flood)
        check_chains(records)
        check(all(9025 in (r.get("local_port"), r.get("remote_port")) for r in told), "of one port")


# --- many copies, kills -----------------------------------------------------------------------------


def test_faults__twenty_copies_tell_the_same_and_end_cleanly():
    sock = listener()
    port = sock.getsockname()[1]
    watches = [Watch("-E", "-P", str(port), wait=False) for _ in range(20)]
    try:
        for w in watches:
            check(w.ready.wait(60) and w.process.poll() is None, w.stderr())
        c = socket.create_connection(("127.0.0.1", port))
        client_port = c.getsockname()[1]
        conn, _ = sock.accept()
        c.close()
        conn.recv(1)
        conn.close()
        told = []
        for w in watches:
            w.wait_for(local_port=port, old_state="LAST_ACK")
            w.wait_for(local_port=client_port, old_state="FIN_WAIT2")
            w.stop()
            check(w.status == 0 and "0 lost" in w.stderr(), w.status, w.stderr())
            told.append(sorted((r.get("cookie", 0), r["time"], r["event"], r.get("old_state", ""), r["state"],
                                r.get("pid", 0), r["owner_source"]) for r in w.records()))
            told[-1] = [(x[0], *x[2:]) for x in told[-1]]
            check_chains(w.records())
        check(len(told[0]) == CONNECTION_EVENTS, told[0])
        check(all(x == told[0] for x in told), "they differ:", told)
    finally:
        for w in watches:
            w.__exit__()


def bpf_ids(pid):
    """The programs and links that a process holds: {("prog", id), ("link", id)}."""
    found = set()
    for fd in os.listdir(f"/proc/{pid}/fdinfo"):
        with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii", errors="replace") as f:
            text = f.read()
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


def test_faults__sigkill_during_a_churn_leaves_nothing_attached():
    with Watch("-E", "-P", "9027", "--buffer-size", "64K") as w:
        busy = churn(9027, 0, 50)
        wait_until(lambda: len(w.lines) > 100, "events")
        mine = bpf_ids(w.process.pid)
        check({kind for kind, _ in mine} == {"prog", "link"}, mine)
        check(wait_until(bpf_ids_of_all, "bpftool") >= mine, mine)
        w.process.kill()
        w.process.wait()

        def gone():
            everything = bpf_ids_of_all()
            return everything is not None and not everything & mine
        wait_until(gone, "programs and links to go")
        check(busy.poll() is None, "the churn ended early")
        busy.kill()
        busy.wait()


def test_faults__started_and_killed_over_and_over_during_a_churn():
    """In whatever step of its start it is: the churn goes on, and the next one starts and is right."""
    busy = churn(9027, 0, 50)
    try:
        wait_until(lambda: connections_begun() > 10, "the churn")
        for step in range(10):
            w = Watch("-P", "9027", wait=False)
            with w:
                wait_until(lambda: w.process.poll() is not None or len(w.errors) >= min(step, 4),
                           "a step of the start")
        with Watch("-E", "-P", "9027") as w:
            wait_until(lambda: len(w.lines) > 200, "events")
            w.stop()
            check(w.status == 0 and busy.poll() is None, w.status)
            check_chains(w.records())
    finally:
        busy.kill()
        busy.wait()


# --- processes and namespaces that come and go ------------------------------------------------------


def one_connection_elsewhere(port):
    """A process makes a network namespace, one connection in it, and ends; both vanish."""
    def work(link):
        inode = enter_netns()
        sock = listener(port=port)
        c = socket.create_connection(sock.getsockname())
        conn, _ = sock.accept()
        client_port = c.getsockname()[1]
        c.close()
        conn.recv(1)
        conn.close()
        sock.close()
        link.say(json.dumps([inode, client_port]))
    return Child(work)


def check_elsewhere(records, port, pid, inode, client_port):
    mine = [r for r in records if r.get("netns") == inode]
    first = [r for r in mine if r.get("local_port") == client_port and r.get("pid") == pid]
    told = transitions(first)
    # SYN_SENT goes before the port is chosen; the namespace takes TIME_WAIT with it, sooner or later
    check(told[:len(CLIENT_CLOSES) - 1] == CLIENT_CLOSES[1:], pid, told)
    begun = [r for r in mine if r.get("pid") == pid and r.get("state") == "SYN_SENT"]
    check(len(begun) == 1 and begun[0]["owner_source"] == "connect", begun)
    answer = [r for r in mine if r.get("local_port") == port and r.get("remote_port") == client_port
              and r.get("pid") == pid]
    check(transitions(answer) == SERVER_ANSWERS, pid, transitions(answer))
    check(answer[-1]["owner_source"] == "accept", answer[-1])


def test_faults__a_hundred_namespaces_that_come_and_go():
    with Watch("-E", "-P", "9030", everywhere=True) as w:
        made = []
        for _ in range(20):
            batch = [one_connection_elsewhere(9030) for _ in range(5)]
            for child in batch:
                made.append((child.pid, *json.loads(child.hear())))
                check(child.wait() == 0)
        pids = {pid for pid, _, _ in made}

        def ended():
            return sum(r.get("pid") in pids and r.get("old_state") == "LAST_ACK" for r in w.records())
        wait_until(lambda: ended() == 100, "a hundred ends")
        records = w.stop()
        check(w.status == 0 and "0 lost" in w.stderr(), w.status, w.stderr())
        for pid, inode, client_port in made:
            check_elsewhere(records, 9030, pid, inode, client_port)


def gather(sock, path, link):
    """A server: each connection says which process it is; the list goes into a file at the end."""
    owners = []
    link.say("up")
    while True:
        conn, peer = sock.accept()
        pid = struct.unpack("i", conn.recv(4))[0]
        conn.recv(1)
        conn.close()
        if not pid:
            break
        owners.append((peer[1], pid))
    with open(path, "w", encoding="ascii") as f:
        json.dump(owners, f)
    link.say("done")


def connect_and_exit(address):
    """The life of a process that does nothing else."""
    c = socket.create_connection(address)
    c.send(struct.pack("i", os.getpid()))
    os._exit(0)


def fork_clients(sock, count, link):
    """So many short processes, a few at a time; ends early when told so."""
    address = sock.getsockname()
    sock.close()  # or they would all be holders of the listener
    link.say("up")
    link.sock.setblocking(False)
    alive = 0
    for _ in range(count):
        if os.fork() == 0:
            connect_and_exit(address)
        alive += 1
        if alive == 10:
            os.wait()
            alive -= 1
        try:
            if link.sock.recv(1):
                break
        except BlockingIOError:
            pass
    while alive:
        os.wait()
        alive -= 1


def hidden_processes():
    """The notes of processes that show nothing even to root: some hosts have one."""
    with Watch("-P", "9") as w:
        w.stop()
        return noted(w)


def noted(w):
    return [x.partition("note:")[2] for x in w.stderr().splitlines() if "note:" in x]


def end_gathering(sock):
    with socket.create_connection(sock.getsockname()) as c:
        c.send(struct.pack("i", 0))


def test_faults__five_hundred_processes_that_connect_and_exit_at_once():
    sock = listener(port=9031, backlog=512)
    with scratch() as folder, Watch("-E", "-P", "9031") as w:
        server = Child(lambda link: gather(sock, folder + "/owners", link))
        server.hear()
        forks = Child(lambda link: fork_clients(sock, 500, link))
        forks.hear()
        check(forks.wait() == 0)
        end_gathering(sock)
        server.hear()
        server.wait()
        with open(folder + "/owners", encoding="ascii") as f:
            owners = json.load(f)
        check(len(owners) == len(dict(owners)) == 500, len(owners))
        wait_until(lambda: len(w.find(local_port=9031, old_state="LAST_ACK")) == 501, "500 ends")
        records = w.stop()
        check(w.status == 0 and "0 lost" in w.stderr(), w.status, w.stderr())
        by_port = {}
        for r in records:
            by_port.setdefault(r.get("local_port"), []).append(r)
        begun = [r["pid"] for r in records if r.get("state") == "SYN_SENT"]
        check(sorted(begun) == sorted([pid for _, pid in owners] + [os.getpid()]), len(begun))
        for port, pid in owners:
            check(transitions(by_port[port]) == CLIENT_CLOSES[1:], port, transitions(by_port[port]))
            check({r["pid"] for r in by_port[port]} == {pid}, port, pid, by_port[port])
        ends = [r for r in by_port[9031] if r.get("old_state") == "LAST_ACK"]
        check({(r["pid"], r["owner_source"]) for r in ends} == {(server.pid, "accept")}, ends[0])


def test_faults__started_while_processes_and_namespaces_vanish():
    sysctl("net/ipv4/ip_local_port_range", "10000 65000")
    sock = listener(port=9032, backlog=512)

    def namespaces(link):
        sock.close()
        link.say("up")
        link.sock.setblocking(False)
        while True:
            child = one_connection_elsewhere(9032)
            child.hear()
            child.wait()
            try:
                if link.sock.recv(1):
                    return
            except BlockingIOError:
                pass

    with scratch() as folder:
        always_hidden = hidden_processes()
        server = Child(lambda link: gather(sock, folder + "/owners", link))
        server.hear()
        forks = Child(lambda link: fork_clients(sock, 40000, link))
        elsewhere = Child(namespaces)
        forks.hear()
        elsewhere.hear()
        told = []
        for _ in range(6):
            with Watch("-P", "9032", "--buffer-size=32M") as w:
                wait_until(lambda: len(w.lines) > 300 or state_of(forks.pid) == "Z", "events")
                check(state_of(forks.pid) != "Z", "the processes were over too early, after", len(told))
                told.append(w.stop())
                check(w.status == 0 and "0 lost" in w.stderr(), w.status, w.stderr())
                check_chains(told[-1])
                # a process that ended while it was looked at hid nothing
                check(noted(w) == always_hidden, always_hidden, w.stderr())
        for child in (forks, elsewhere):
            child.say()
            check(child.wait() == 0)
        end_gathering(sock)
        server.hear()
        server.wait()
        with open(folder + "/owners", encoding="ascii") as f:
            owners = dict(json.load(f))
    for r in (r for records in told for r in records):
        if r.get("remote_port") == 9032 and r.get("local_port") in owners and "pid" in r:
            check(r["pid"] == owners[r["local_port"]], r, owners[r["local_port"]])
        if r["event"] == "state" and r["state"] == "SYN_SENT":
            check(r["owner_source"] == "connect" and "pid" in r, r)
        if r.get("local_port") == 9032:
            check(r.get("pid", server.pid) in (server.pid, os.getpid()), r)


# --- full disks, closed descriptors, hidden places --------------------------------------------------


def own_mounts():
    if LIBC.unshare(CLONE_NEWNS):
        raise Skip("no mount namespace")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


def fill_disk(form):
    """Returns what was written to a disk of a megabyte when two were told."""
    own_mounts()
    with scratch() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], check=True)
        with open(folder + "/out", "w+b") as out:
            with Watch("-E", "-P", "9033", form=form, stdout=out) as w:
                busy = churn(9033, 0)
                w.process.wait(DEADLINE)  # it ends by itself
                w.stop()
                busy.kill()
                busy.wait()
            check(w.status == 1, w.status)
            said = w.stderr().partition("ring buffer:")[2].splitlines()[1:]
            said = [x for x in said if "privileges:" not in x]
            check(len([x for x in said if not re.search(r"\d+ events, \d+ lost$", x)]) == 1, said)
            check("No space left on device" in said[0], said)
            out.seek(0)
            data = out.read()
            check(len(data) == 1 << 20, len(data))
        subprocess.run(["umount", folder], check=True)
    return data


def test_faults__full_disk_cuts_json_at_one_place_only():
    whole, _, _ = fill_disk("-j").rpartition(b"\n")
    records = records_of(whole.splitlines())  # each one is valid, or this raises
    check({"state", "accept"} <= {r["event"] for r in records}, records[:5])
    if has_cookies(records) and not any(r["event"] == "lost" for r in records):
        check_chains(records)
        check(all(e[0]["old_state"] in ("CLOSE", "LISTEN") for e in chains(records).values()))


def test_faults__full_disk_cuts_text_at_one_place_only():
    whole, _, _ = fill_disk(None).rpartition(b"\n")
    lines = whole.decode("ascii").splitlines()
    check(lines[0].startswith("TIME ") and len(lines) > 1000, lines[0])
    for line in lines[1:]:
        check(re.match(r"\d\d:\d\d:\d\d\.\d{3}  [a-z]+ ", line), repr(line))
        check("lost" in line or "9033" in line, repr(line))


def closing(redirection):
    return ["sh", "-c", f'exec "$0" "$@" {redirection}']


def test_faults__stdout_closed_from_the_start_is_a_fault():
    """And no other file that came to have its number is written to."""
    sock = listener()
    for form in ((), ("-j",), ("--csv",)):
        done = subprocess.run([*closing(">&-"), Settings.binary, *form, "--count", "1", "--duration",
                               "20"], stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE, check=False)
        errors = [x for x in done.stderr.decode().splitlines()
                  if " events, " not in x and "note:" not in x]
        check(done.returncode == 1 and not done.stdout, form, done)
        check(len(errors) == 1 and "Bad file descriptor" in errors[0], form, errors)
    sock.close()


def test_faults__stdin_closed_from_the_start_changes_nothing():
    closed_makes_no_difference("<&-")


def test_faults__stderr_closed_from_the_start_changes_nothing():
    closed_makes_no_difference("2>&-")


def test_faults__stdin_and_stderr_closed_from_the_start_change_nothing():
    closed_makes_no_difference("<&- 2>&-")


def closed_makes_no_difference(redirection):
    sock = listener()
    port = sock.getsockname()[1]
    with Watch("-P", str(port), prefix=closing(redirection), wait=False) as w:
        w.wait_for(event="socket", local_port=port, state="LISTEN")
        stderr = f"/proc/{w.process.pid}/fd/2"
        stderr = os.readlink(stderr) if os.path.lexists(stderr) else "/dev/null"
        c = socket.create_connection(sock.getsockname())
        conn, _ = sock.accept()
        client_port = c.getsockname()[1]
        c.close()
        conn.recv(1)
        conn.close()
        w.wait_for(local_port=port, old_state="LAST_ACK")
        w.wait_for(local_port=client_port, old_state="FIN_WAIT2")
        records = w.stop()
        check(w.status == 0, w.status, w.stderr())
        check_chains(records)
        check(sum(r["event"] != "socket" for r in records) == CONNECTION_EVENTS, records)
        # and no file of its own had the number that messages go to
        check("2>" not in redirection or stderr == "/dev/null", stderr)


def test_faults__sighup_under_nohup_does_not_end_it():
    sock = listener()
    with Watch("-E", prefix=["nohup"]) as w:
        w.process.send_signal(signal.SIGHUP)
        c = socket.create_connection(sock.getsockname())
        w.wait_for(local_port=c.getsockname()[1], state="ESTABLISHED")
        check(w.process.poll() is None)
        w.stop(signal.SIGTERM)
        check(w.status == 0, w.status, w.stderr())


HIDE = """
mount --make-rprivate /
umount -l /sys/kernel/tracing /sys/kernel/debug/tracing /sys/kernel/debug 2>/dev/null
mount -t proc -o hidepid=2 proc /proc || exit 77
exec "$0" "$@"
"""


def hidden_proc(*more):
    return ["unshare", "-m", "--propagation=unchanged", "sh", "-c", HIDE, *more]


def watch_hidden(prefix):
    """One connection under a hidden /proc and no tracefs; returns the notes."""
    sock = listener()
    port = sock.getsockname()[1]
    with Watch(prefix=prefix) as w:
        w.wait_for(event="socket", local_port=port, state="LISTEN")
        c = socket.create_connection(sock.getsockname())
        conn, _ = sock.accept()
        client_port = c.getsockname()[1]
        c.close()
        conn.recv(1)
        conn.close()
        end = w.wait_for(local_port=port, old_state="LAST_ACK")
        check((end["pid"], end["owner_source"]) == (os.getpid(), "accept"), end)
        born = w.wait_for(remote_port=client_port, old_state="LISTEN")
        check((born["pid"], born["owner_source"]) == (os.getpid(), "inherited"), born)
        w.stop()
        check(w.status == 0, w.status, w.stderr())
        check("sys_exit (tracefs" in w.stderr(), w.stderr())
        return noted(w)


def test_faults__hidden_proc_and_no_tracefs_do_not_matter_to_root():
    for source in SOURCES:
        always = with_source(source, hidden_processes)
        check(with_source(source, watch_hidden, hidden_proc()) == always, source, always)


def test_faults__hidden_proc_without_the_right_to_see_it_is_noted_once():
    caps = ",".join("+" + c for c in CAPS)
    give_up = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all," + caps,
               "--ambient-caps=-all," + caps, "--bounding-set=-all," + caps]
    probe = subprocess.run([*give_up, "true"], check=False, capture_output=True)
    if probe.returncode:
        raise Skip("setpriv cannot set these capabilities: " + probe.stderr.decode().strip())
    for source in (None, "proc"):  # iterators need CAP_SYS_ADMIN where there is another namespace
        notes = with_source(source, watch_hidden, hidden_proc(*give_up))
        check(len(notes) == 1 and "CAP_SYS_PTRACE" in notes[0], source, notes)
