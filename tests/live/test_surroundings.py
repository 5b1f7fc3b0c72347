# SPDX-License-Identifier: GPL-2.0-only
"""Full disks, closed descriptors, hidden places."""
import json
import os
import re
import signal
import socket
import subprocess

from chains import chains, check_chains, has_cookies
from harness import (CAPS, FAULT, LONG, SOURCES, Settings, Skip, Watch, check, end_of, finished, here, listener,
                     own_mounts, scratch, with_source)
from test_vanishing import hidden_processes, noted
from traffic import CONNECTION_EVENTS, Churn, connection


def fill_disk(form):
    """Returns what was written to a disk of a megabyte when two were told."""
    own_mounts()
    with scratch() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], check=True)
        with open(folder + "/out", "w+b") as out:
            with Watch("-E", here(), "-P", "9033", form=form, stdout=out) as w, Churn(9033):
                end_of(w.process, LONG)  # by itself
                w.stop()
            check(w.status == FAULT, w.status)
            said = w.stderr().partition("ring buffer:")[2].splitlines()[1:]
            said = [x for x in said if "privileges:" not in x and "records from" not in x]
            check(len([x for x in said if not re.search(r"\d+ events, \d+ lost$", x)]) == 1, said)
            check("No space left on device" in said[0], said)
            out.seek(0)
            data = out.read()
            check(len(data) == 1 << 20, len(data))
        subprocess.run(["umount", folder], check=True)
    return data


def test_faults__full_disk_cuts_json_at_one_place_only():
    whole, _, _ = fill_disk("-j").rpartition(b"\n")
    records = [json.loads(line) for line in whole.splitlines()]  # each one is valid, or this raises
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
        done = finished([*closing(">&-"), Settings.binary, *form, "--count", "1", "--duration", str(LONG)], LONG)
        errors = [x for x in done.stderr.decode().splitlines()
                  if " events, " not in x and "note:" not in x]
        check(done.returncode == FAULT and not done.stdout, form, done)
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
    with Watch(here(), "-P", str(port), prefix=closing(redirection), wait=False) as w:
        w.wait_for(event="socket", local_port=port, state="LISTEN")
        stderr = f"/proc/{w.process.pid}/fd/2"
        stderr = os.readlink(stderr) if os.path.lexists(stderr) else "/dev/null"
        client_port = connection(sock)
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
        client_port = connection(sock)
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
        # namespaces of others come and go
        notes = [n for n in notes if "socket tables in /proc could not be read" not in n]
        check(len(notes) == 1 and "CAP_SYS_PTRACE" in notes[0], source, notes)
