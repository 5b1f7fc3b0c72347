#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Lives with the installed service in a machine with systemd (scripts/try_service.sh boots it).

The kernel's command line has try=STAGE. Prints TAP to the second serial port, and what the host
must know as "# KEY VALUE" lines.
"""
import os
import re
import socket
import subprocess
import sys
import time

STORE = "/var/lib/sockwatch"
UNIT = "sockwatch-record"
PORT = 7777
number = 0


def out(line):
    print(line, flush=True)


def journal(lines=12):
    return run("journalctl", "-u", UNIT, "-n", str(lines), "--no-pager", "-o", "short-iso").stdout


def check(name, good, seen=""):
    global number
    number += 1
    out(f"{'ok' if good else 'not ok'} {number} - {name}")
    if not good:
        for line in [*str(seen).splitlines()[-16:], *journal().splitlines()]:
            out(f"#   {line}"[:300])


def run(*words, **more):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def wait(condition, seconds=400):
    """Until the condition is true; its last value. An emulated machine takes long for all."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.2)


def show(key):
    return run("systemctl", "show", UNIT, "--property", key, "--value").stdout.strip()


def main_pid():
    return int(show("MainPID") or 0)


def writers():
    """PIDs of the writer: what main has started."""
    try:
        with open(f"/proc/{main_pid()}/task/{main_pid()}/children", encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []


def address_of(n):
    return f"127.{1 + (n >> 14 & 63)}.{n >> 7 & 127}.{1 + (n & 127)}"


def number_of(address):
    _, a, b, c = (int(part) for part in address.split("."))
    return (a - 1) << 14 | b << 7 | (c - 1)


class Server:
    def __init__(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("0.0.0.0", PORT))
        self.socket.listen(64)

    def connect(self, n):
        """One connection to the address of a number, whole: both ends are closed."""
        with socket.create_connection((address_of(n), PORT), 10) as client:
            accepted, _ = self.socket.accept()
            accepted.close()
            client.recv(1)


def log(*words):
    return run("sockwatch", "log", "--dir", STORE, *words)


def gaps():
    """Lines of the answer that tell from when to when nothing was recorded (its notes come before it)."""
    return re.findall(r"^[0-9].*nothing was recorded", log("--since", "1h").stdout, re.M)


def told(text):
    """How often each number's connection is told, of the connecting end."""
    found = {}
    for address in re.findall(r'"direction":"out".*?"remote_addr":"(127\.[0-9.]+)"', text):
        n = number_of(address)
        found[n] = found.get(n, 0) + 1
    for address in re.findall(r'"remote_addr":"(127\.[0-9.]+)".*?"direction":"out"', text):
        n = number_of(address)
        found[n] = found.get(n, 0) + 1
    return found


def connections(*words):
    return told(log("-j", "--remote-port", str(PORT), *words).stdout)


def confined(pid):
    try:
        with open(f"/proc/{pid}/attr/apparmor/current", encoding="ascii") as file:
            return file.read().strip().rstrip("\0")
    except OSError as error:
        return str(error)


def denied():
    """What AppArmor refused, as the kernel's log has it."""
    return [line for line in run("dmesg").stdout.splitlines() if 'apparmor="DENIED"' in line]


def readers(everything):
    """Who may ask the store, and who is told that he may not."""
    run("useradd", "--create-home", "auditor")
    run("useradd", "--create-home", "nosy")
    run("usermod", "-aG", "sockwatch", "auditor")
    may = run("su", "auditor", "-c", f"sockwatch log -j --remote-port {PORT}")
    check("a member of the group reads it", told(may.stdout) == everything, may.stdout[-600:])
    may_not = run("su", "nosy", "-c", f"sockwatch log -j --remote-port {PORT}")
    check("another is told who may", may_not.returncode == 4 and "group" in may_not.stdout, may_not.stdout)


def stage_living():
    server = Server()
    began = run("systemctl", "start", UNIT)
    check("the service starts, and is ready when systemctl is back", began.returncode == 0 and show("ActiveState") == "active",
          began.stdout)
    for n in range(1, 21):
        server.connect(n)
    seen = wait(lambda: (c := connections()) and set(c) >= set(range(1, 21)) and c)
    check("20 connections, each told once", seen and all(seen.get(n) == 1 for n in range(1, 21)), seen)
    first = main_pid()
    with open(f"/proc/{first}/status", encoding="ascii") as file:
        status = file.read()
    check("the recorder has two capabilities left", re.search(r"CapEff:\s+0+80004$", status, re.M), re.findall("Cap.*", status))
    profiles = {pid: confined(pid) for pid in [first, *writers()]}
    check("AppArmor confines recorder and writer", len(profiles) > 1 and set(profiles.values()) == {"sockwatch-record (enforce)"}, profiles)

    again = run("systemctl", "reload", UNIT)
    check("a reload keeps it", again.returncode == 0 and main_pid() == first, again.stdout)
    server.connect(21)
    check("and what it records", wait(lambda: connections().get(21) == 1))

    os.kill(first, 9)
    check("after a SIGKILL systemd starts another", wait(lambda: main_pid() not in (0, first) and show("SubState") == "running"))
    server.connect(22)
    check("which records", wait(lambda: connections().get(22) == 1))
    check("log tells both gaps: before the first start, and between the two", len(gaps()) == 2, log("--since", "1h").stdout)

    second = main_pid()
    os.kill(second, 19)
    gone = wait(lambda: main_pid() not in (0, second) and show("SubState") == "running")
    check("one that hangs is ended by the watchdog, and another started", gone, run("systemctl", "status", UNIT).stdout)

    third = main_pid()
    new = run("sh", "-c", "dpkg -i /debs/new/*.deb")
    check("an upgrade starts it anew", new.returncode == 0 and wait(lambda: main_pid() not in (0, third) and show("ActiveState") == "active"), new.stdout)
    server.connect(23)
    check("and it records", wait(lambda: connections().get(23) == 1))
    everything = connections()
    check("nothing is told twice", all(count == 1 for count in everything.values()), everything)

    readers(everything)
    score = run("systemd-analyze", "security", UNIT, "--no-pager").stdout.strip().splitlines()[-1:]
    check("systemd-analyze security: at most 2.0", re.search(r"exposure level.*: ([01]\.\d|2\.0) ", " ".join(score)), score)

    with open("/etc/sockwatch/record.conf", "a", encoding="ascii") as file:
        file.write("max-sise 1G\n")
    bad = run("systemctl", "restart", UNIT)
    said = journal(20)
    check("a wrong option: it does not start, is not tried again, and the journal has the line",
          bad.returncode != 0 and show("ActiveState") == "failed" and "max-sise" in said, said)
    run("sed", "-i", "/max-sise/d", "/etc/sockwatch/record.conf")

    check("AppArmor refused nothing", not denied(), "\n".join(denied()))
    run("systemctl", "reset-failed", UNIT)


def stage_full():
    """The store on a small file system that another fills."""
    server = Server()
    run("mount", "-t", "tmpfs", "-o", "size=24m,mode=0750", "store", STORE)
    run("chown", "sockwatch:sockwatch", STORE)
    began = run("systemctl", "start", UNIT)
    check("the service starts on a small disk", began.returncode == 0, began.stdout)
    server.connect(101)
    check("and records", wait(lambda: connections().get(101) == 1))
    pid = main_pid()
    run("dd", "if=/dev/zero", f"of={STORE}/filler", "bs=64k")
    full = wait(lambda: "no room" in journal() or "full" in journal())
    for n in range(102, 112):
        server.connect(n)
    check("a full disk: the journal is told", full, journal())
    check("and the recorder goes on", main_pid() == pid)
    os.unlink(f"{STORE}/filler")

    def records_again():
        server.connect(112)
        return 112 in connections()
    check("with room it records again", wait(records_again))
    text = log("--since", "1h")
    check("log tells what was not recorded", "not recorded" in text.stdout or "lost" in text.stdout or "nothing was recorded" in text.stdout, text.stdout)
    run("systemctl", "stop", UNIT)


def stage_power():
    """Connects until the power is cut; the host reads how far it came."""
    server = Server()
    began = run("systemctl", "start", UNIT)
    check("the service starts", began.returncode == 0, began.stdout)
    n = int(argument("from", "1000"))
    out(f"# first {n}")
    while True:
        server.connect(n)
        out(f"# done {n} {time.time():.3f}")
        n += 1
        time.sleep(0.02)


def stage_after():
    """After power loss: prints what is told, for the host to compare."""
    began = run("systemctl", "start", UNIT)
    check("the service starts after a power loss", began.returncode == 0, began.stdout)
    text = log("--since", "2h")
    check("log tells the gap", "nothing was recorded" in text.stdout, text.stdout[-600:])
    proof = run("sockwatch", "log", "--verify", "--dir", STORE)
    out(f"# verify {proof.returncode} {proof.stdout.strip()}"[:300])
    for n, count in sorted(connections().items()):
        out(f"# told {n} {count}")
    run("systemctl", "stop", UNIT)


def argument(key, default=None):
    with open("/proc/cmdline", encoding="ascii") as file:
        found = re.search(rf"\btry_{key}=(\S+)", file.read())
    return found[1] if found else default


def main():
    # an emulated machine is slow; all else of the unit is as installed
    os.makedirs(f"/run/systemd/system/{UNIT}.service.d", exist_ok=True)
    with open(f"/run/systemd/system/{UNIT}.service.d/slow.conf", "w", encoding="ascii") as file:
        file.write("[Service]\nTimeoutStartSec=900\nTimeoutStopSec=60\n")
    run("systemctl", "daemon-reload")
    wait(lambda: run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded") or argument("stage") != "living", 30)
    out(f"# kernel {os.uname().release}, {run('systemctl', '--version').stdout.splitlines()[0]}")
    try:
        globals()[f"stage_{argument('stage')}"]()
    except Exception as error:  # told to the host, which sees nothing else
        import traceback
        check(f"no exception: {error!r}", False, traceback.format_exc())
    out("# the end")
    run("systemctl", "poweroff")


if __name__ == "__main__":
    sys.stdout = open("/dev/ttyS1", "w", encoding="utf-8")
    main()
