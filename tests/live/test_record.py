# SPDX-License-Identifier: GPL-2.0-only
"""The word record: what conns tells, kept by a process that has no rights but its directory."""
import os
import random
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time

from harness import (FAULT, LONG, Child, Settings, check, finished, here, listener, own_mounts, own_user, run, scaled,
                     set_name, wait_until)
from recording import Recorder, fill_up, has_ended, of, small_disk, status_of, store
from test_conns import nanoseconds, owners_of, pair, port_of
from test_place import CONNECT, connect_by_a_shell
from traffic import Connecting, bind_taken, churn, connection, is_at_rest, refused

# By hand, on a machine that has nothing else to do: how often somebody is killed, and what was over
# for so many seconds before (1.5) is kept.
KILLS, DURABLE = int(os.environ.get("SOCKWATCH_KILLS", "2")), float(os.environ.get("SOCKWATCH_DURABLE", "0"))


def acts(records):
    return [r["recorder"] for r in records if r.get("recorder", "gap") != "gap"]


def lost(records):
    return sum(r["lost"] for r in records if r["event"] == "lost")


def ended(records):
    return [r for r in records if r["event"] == "conn" and r["final"]]


def events(records):
    """Of a churn: two for each connection, and of its listener the bind, the begin and the end."""
    return [r for r in records if r["event"] not in ("socket", "lost", "recorder")]


def end(w, sig=signal.SIGINT):
    w.stop(sig)
    check(w.status == 0, w.status)


# --- what is kept -------------------------------------------------------------------------------


def test_record__both_sides_of_a_connection():
    sock = listener()
    with store() as folder, Recorder(folder) as w:
        port = connection(sock)
        end(w)
        records = w.read()
    out, into = of(records, event="conn", local_port=port), of(records, event="conn", remote_port=port)
    check(len(out) == len(into) == 1, out, into)
    for r, history, source in ((out[0], "SEFfT", "connect"), (into[0], "REWAC", "accept")):
        check(r["history"] == history and owners_of(r) == [(os.getpid(), source)] and r["final"] is True, r)
        check(r["exe"] == os.path.realpath("/proc/self/exe") and "run.py" in r["cmdline"], r)
        check(r["ppid"] == os.getppid() and r["duration_us"] > 0 and r["start"] < r["time"], r)
    check(acts(records) == ["start", "stop"] and records[0]["event"] == "recorder", records)
    start, stop = of(records, recorder="start")[0], of(records, recorder="stop")[0]
    check(start["pid"] == stop["pid"] == w.process.pid and " record " in start["cmdline"], start, stop)
    check(start["time"] < out[0]["start"] and out[0]["time"] <= stop["time"], start, out, stop)


def test_record__a_process_of_a_few_milliseconds_and_what_started_it():
    with listener() as sock, store() as folder, Recorder(folder) as w:
        port = port_of(sock)
        shell = connect_by_a_shell(sock, "a-word")
        end(w)
        r, = of(w.read(), event="conn", remote_port=port)
    check((r["ppid"], r["parent_comm"]) == (shell, "sh"), r)
    check(os.path.realpath(r["exe"]) == os.path.realpath(sys.executable) and r["cmdline"].endswith("a-word"), r)


def test_record__listeners_binds_and_what_failed():
    with store() as folder, Recorder(folder) as w:
        sock = listener()
        port = port_of(sock)
        bind_taken(port)
        sock.close()
        refused(port)
        refused(80, "192.0.2.7")
        end(w)
        records = w.read()
    check(of(records, event="state", state="LISTEN", local_port=port), records)
    check(of(records, event="state", old_state="LISTEN", local_port=port), records)
    check(of(records, event="bind", reason="in_use", local_port=port), records)
    check(of(records, event="conn", reason="refused", remote_port=port), records)
    check(of(records, event="connect", reason="unreachable", remote_addr="192.0.2.7"), records)


def test_record__udp_by_its_peers_and_the_end_of_what_was_bound():
    with store() as folder, Recorder(folder) as w:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as a, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as b:
            a.bind(("127.0.0.1", 0))
            b.sendto(b"x" * 100, a.getsockname())
            a.recvfrom(100)
            served, client = port_of(a), port_of(b)
        end(w)
        records = w.read()
    for mine, peer, direction in ((served, client, "in"), (client, served, "out")):
        found = of(records, event="conn", proto="udp", local_port=mine, remote_port=peer, direction=direction)
        check(len(found) == 1 and found[0]["owners"][0]["pid"] == os.getpid(), mine, records)
        check(found[0].get("bytes_sent", 0) + found[0].get("bytes_received", 100) == 100, found)
    check(of(records, event="bind", local_port=served) and of(records, event="close", local_port=served), records)
    check(not of(records, event="close", local_port=client), records)


def test_record__hostile_names():
    """Of the process, its command line and its directory; as they are, in one record."""
    name, word = b"\x1b[2J\n\"{},\\", "a\nb\x1b]0;x\x07\"',\\u0000}"

    def connect(link):
        set_name(name)
        link.hear()
        socket.create_connection(sock.getsockname()).close()

    with listener() as sock, store() as folder, Recorder(folder) as w:
        child = Child(connect)
        child.say()
        check(child.wait() == 0)
        sock.accept()[0].close()  # so that it is over, see connect_by_a_shell
        odd = os.path.join(folder, "py\n\x1b\"thon")
        os.symlink(sys.executable, odd)
        subprocess.run([odd, "-S", "-E", "-c", CONNECT, str(port_of(sock)), word], check=True)
        sock.accept()[0].close()
        end(w)
        records = of(w.read(), event="conn", remote_port=port_of(sock))
    check([r["comm"] for r in records] == [name.decode(), "py\n\x1b\"thon"], records)
    check(records[1]["cmdline"].endswith(" " + word), records[1])


# --- what was there -----------------------------------------------------------------------------


def test_record__what_was_there_has_a_row():
    sock = listener()
    client, server = pair(sock)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, store() as folder:
        udp.bind(("127.0.0.1", 0))
        with Recorder(folder) as w:
            port = port_of(client)
            client.close()
            check(server.recv(1) == b"")
            server.close()
            end(w)
            records = w.read()
        rows = of(records, event="socket")
        check(of(rows, state="LISTEN", local_port=port_of(sock), pid=os.getpid()), rows)
        check(of(rows, proto="udp", local_port=port_of(udp), pid=os.getpid()), rows)
    for key in ("local_port", "remote_port"):
        row, = of(rows, state="ESTABLISHED", **{key: port})
        conn, = of(records, event="conn", **{key: port})
        check(row["cookie"] == conn["cookie"] and conn["started_before"] is True, row, conn)
        check(records.index(row) < records.index(conn), records)
    check(records[0]["recorder"] == "start", records[0])


def test_record__what_is_born_during_the_start_is_told_once():
    """By its record: there is no row of it, and none is missing."""
    with Connecting() as c, store() as folder, Recorder(folder) as w:
        port, first = port_of(c.sock), len(c.over)
        wait_until(lambda: len(c.over) > first + 50, "some more")
        c.stop()
        end(w)
        records = w.read()
    ports = c.ports()
    rows = {r["cookie"]: r for r in of(records, event="socket") if "cookie" in r and r["state"] != "LISTEN"}
    conns = ended(records)
    for r in conns:
        check(r["cookie"] not in rows or r.get("started_before"), r, rows.get(r["cookie"]))
    born = [r["local_port"] for r in conns if r["remote_port"] == port]
    check(len(set(born)) == len(born) > 50 and set(born) <= set(ports), len(born), "of", len(ports))
    missing = set(ports[min(ports.index(p) for p in born):]) - set(born)  # of the first that was told, and later
    check(len(missing) <= lost(records), missing, "of", len(ports), "and lost:", lost(records))


# --- how many -----------------------------------------------------------------------------------


def test_record__a_churn_to_the_record():
    n = scaled(20000)
    with store() as folder, Recorder(folder, "-t") as w:
        churn(9501, n)
        end(w)
        records = w.read()
        sums = w.sums()
    conns = ended(records)
    keys = {(r["cookie"], r["time"]) for r in conns}
    check(len(keys) == len(conns), "doubled")
    check(len(events(records)) + lost(records) == 2 * n + 3, len(conns), "and", lost(records), "lost are not", 2 * n)
    check(lost(records) or len(conns) == 2 * n, len(conns))
    check(sums[2] == lost(records) and sums[3] == 0, sums)
    check(len(events(records)) == sums[1], sums)


def test_record__what_the_ring_does_not_hold_is_told_with_its_time():
    n = scaled(3000)
    with store() as folder, Recorder(folder, "-t", "--buffer-size=4096", "--strict") as w:
        churn(9502, n)
        w.stop()
        records = w.read()
    told = of(records, event="lost")
    check(len(events(records)) + lost(records) == 2 * n + 3, len(ended(records)), lost(records))
    check(w.status == (3 if told else 0), w.status)
    for r in told:
        check(records[0]["time"] <= r["from"] <= r["time"], r)


# --- rights -------------------------------------------------------------------------------------


def test_record__the_writer_has_no_rights_but_its_directory():
    with store() as folder, Recorder(folder) as w:
        status, user = status_of(w.writer()), own_user()
        for caps in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            check(int(status[caps], 16) == 0, caps, status)
        check(status["Uid"].split() == [user[0]] * 4 and status["Gid"].split() == [user[1]] * 4, status)
        check(status["NoNewPrivs"] == "1" and not status["Groups"].split(), status)
        if "sanitized" not in w.stderr() and "few system calls" in w.stderr():
            check(status["Seccomp"] == "2", status)
        fds = [os.readlink(f"/proc/{w.writer()}/fd/{fd}") for fd in os.listdir(f"/proc/{w.writer()}/fd")]
        check(not [f for f in fds if "bpf" in f], fds)
        there = os.stat(w.dir)
        check(stat.S_IMODE(there.st_mode) == 0o750 and str(there.st_uid) == user[0], there)
        files = [os.stat(os.path.join(w.dir, f)) for f in os.listdir(w.dir)]
        check(files and all(stat.S_IMODE(f.st_mode) == 0o640 for f in files), files)
        check(all(str(f.st_uid) == user[0] for f in files), files)
        end(w)


def test_record__a_store_of_root_is_handed_over():
    with store() as folder:
        with Recorder(folder) as w:
            end(w)
        for name in [w.dir, *(os.path.join(w.dir, f) for f in os.listdir(w.dir))]:
            os.chown(name, 0, 0)
        outside = os.path.join(folder, "outside")
        with open(outside, "w", encoding="ascii") as f:
            f.write("mine")
        os.link(outside, os.path.join(w.dir, "link"))
        with Recorder(folder) as w:
            end(w)
            check(acts(w.read()).count("stop") == 2, w.read())
        check(os.stat(outside).st_uid == 0, "a file with another name was given away")


def test_record__what_is_no_store_is_left_alone():
    with store() as folder:
        for name, mode, why in (("full", 0o755, "it is no store, and not empty"),
                                ("open", 0o777, "everybody may write to it")):
            path = os.path.join(folder, name)
            os.mkdir(path)
            os.chmod(path, mode)
            with open(os.path.join(path, "a-file"), "w", encoding="ascii"):
                pass
            for check_only in ([], ["--check"]):
                done = run("record", "--dir", path, "--duration=1", *check_only)
                check(done.returncode == FAULT and why in done.stderr.decode(), done)
            check(os.stat(path).st_uid == 0, path)
        done = run("record", "--dir", os.path.join(folder, "full", "a-file"), "--check")
        check(done.returncode == FAULT and "it is no directory" in done.stderr.decode(), done)
        os.chmod(folder, 0o700)
        done = run("record", "--dir", os.path.join(folder, "store"), "--check")
        check(done.returncode == FAULT and "is closed to the user" in done.stderr.decode(), done)


def test_record__check_makes_nothing():
    with store() as folder:
        path = os.path.join(folder, "store")
        done = run("record", "--dir", path, "--check", "--max-size=1T", "--max-age=7d")
        check(done.returncode == 0 and "up to 1T and 7d" in done.stderr.decode(), done)
        check(not os.path.exists(path), "it was made")


def test_record__without_the_other_program_says_so():
    with store() as folder:
        alone = shutil.copy(Settings.binary, os.path.join(folder, "sockwatch"))
        for args in ([], ["--check"]):
            done = finished([alone, "record", "--dir", folder, *args])
            if "is not there" not in done.stderr.decode() and not args:
                check(os.path.exists("/usr/local/libexec/sockwatch/sockwatch-store"), done)
                return
            check(done.returncode == FAULT and len(done.stderr.splitlines()) == 1, done)


# --- ends ---------------------------------------------------------------------------------------


def test_record__ends_within_a_second():
    for sig in (signal.SIGTERM, signal.SIGINT):
        with store() as folder, Recorder(folder) as w:
            writer = w.writer()
            began = time.monotonic()
            end(w, sig)
            took = time.monotonic() - began
            check(has_ended(writer), "the writer is still there")
            check(acts(w.read()) == ["start", "stop"], w.read())
        check(took < 5, sig, "took", took)


def test_record__two_in_one_directory_are_one_too_many():
    with store() as folder, Recorder(folder) as w:
        done = run("record", "--dir", w.dir, here(), "--duration=1")
        check(done.returncode == FAULT and str(w.writer()) in done.stderr.decode(), done)
        end(w)


def test_record__the_writer_is_killed():
    sock = listener()
    with store() as folder, Recorder(folder) as w:
        connection(sock)
        os.kill(w.writer(), signal.SIGKILL)
        wait_until(lambda: w.process.poll() is not None, "the end")
        w.join()
        check(w.process.returncode == FAULT and "has ended, and takes nothing more" in w.stderr(), w.process)


def test_record__the_tracer_is_killed():
    """What came is committed, and the writer ends."""
    sock = listener()
    with store() as folder, Recorder(folder) as w:
        writer = w.writer()
        ports = [connection(sock) for _ in range(100)]
        wait_until(lambda: is_at_rest(w.process.pid), "all is handed over")
        w.process.kill()
        wait_until(lambda: has_ended(writer), "the end of the writer")
        records = w.read()
    check(sorted(r["local_port"] for r in ended(records) if r["direction"] == "out") == sorted(ports), records)
    check(acts(records) == ["start"], records)


def check_killed(records, over, since):
    """Nothing is there twice, and nothing is missing that was over before, but what was told as lost."""
    ours = [(r["time"], r["local_port"]) for r in ended(records) if r["direction"] == "out"]
    check(len(set(ours)) == len(ours), "doubled")
    durable = [port for t, port in over if t < since]
    kept = {port for _, port in ours}
    missing = [port for port in durable if port not in kept]
    check(len(missing) <= lost(records), lost(records), "lost,", len(missing), "of", len(durable), "missing, as", missing[:3], "of", len(over), "and", len(ours), "kept")


def kill_at_random(folder, rounds, victim):
    for i in range(rounds):
        path = os.path.join(folder, str(i))
        os.mkdir(path, 0o711)
        with Recorder(path, "-t", "--buffer-size=16M") as w, Connecting() as c:
            writer = w.writer()
            wait_until(lambda: ended(w.read()), "the first in the store", LONG)
            time.sleep(random.random() * 2)
            seen, killed = ended(w.read()), time.time()
            os.kill(writer if victim == "writer" else w.process.pid, signal.SIGKILL)
            wait_until(lambda: w.process.poll() is not None and has_ended(writer), "the end")
        records = w.read()
        check(ended(records)[:len(seen)] == seen, "what could be read is there no more")
        check_killed(records, c.over, killed - DURABLE if DURABLE else nanoseconds(seen[-1]["time"]) / 1e9)
        with Recorder(path, "-t") as w:  # which goes on in the same store
            end(w)
            check(acts(w.read()).count("start") == 2, w.read()[-3:])


def test_record__killed_at_random_nothing_that_was_kept_is_missing():
    with store() as folder:
        for victim in ("writer", "tracer"):
            path = os.path.join(folder, victim)
            os.mkdir(path, 0o711)
            kill_at_random(path, KILLS, victim)


# --- the disk -----------------------------------------------------------------------------------


def test_record__a_disk_that_is_full():
    """Recording pauses, what is lost is told when there is room again, and nobody waits."""
    own_mounts()
    sock = listener()
    with store() as folder:
        disk = os.path.join(folder, "disk")
        os.mkdir(disk)
        with small_disk(disk, "8M"), Recorder(disk, "-t", "--max-size=4M", "--segment=256K", "--keep-free=0") as w:
            filler = os.path.join(disk, "filler")
            fill_up(filler)
            churn(9503, scaled(5000))
            began = time.monotonic()
            connection(sock)
            check(time.monotonic() - began < 5, "it was held up")
            time.sleep(2)
            os.unlink(filler)
            wait_until(lambda: (connection(sock), time.sleep(0.2), of(w.read(), event="lost"))[2], "the loss")
            port = connection(sock)
            w.stop()
            records, sums = w.read(), w.sums()
    check(w.status == 0 and sums[3] > 0, w.status, sums)
    check(of(records, event="conn", local_port=port), "it does not go on")
    check(lost(records) == sums[2] + sums[3], lost(records), sums)
    check(acts(records)[-1] == "stop", acts(records))


def test_record__a_directory_that_is_removed():
    """It ends where the writer may not make it again, as the user that it became; else it goes on."""
    sock = listener()
    with store() as folder:
        with Recorder(folder, "-t") as w:
            own = status_of(w.writer())["Uid"].split()[0] == "0"
            if not own:
                shutil.rmtree(w.dir)
                connection(sock)
                wait_until(lambda: w.process.poll() is not None, "the end", LONG)
                w.join()
                check(w.process.returncode == FAULT and "cannot be made again" in w.stderr(), w.stderr())
                check(w.sums()[3] > 0, w.sums())
            else:
                w.stop()
        os.chmod(folder, 0o777)
        with Recorder(folder, "-t") as w:
            shutil.rmtree(w.dir)
            lost = connection(sock)
            wait_until(lambda: "is written again" in w.stderr(), "it goes on", LONG)
            port = connection(sock)
            w.wait_kept(port)
            w.stop()
        records, sums = w.read(), w.sums()
    check(w.status == 0 and sums[3] > 0 and of(records, event="lost"), w.status, sums)
    check(not of(records, local_port=lost), "it was told as lost")
