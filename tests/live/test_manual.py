# SPDX-License-Identifier: GPL-2.0-only
"""What the manual says: every line of COMING FROM NETSTAT is run, every option is there."""
import pathlib
import re
import shlex
import signal
import subprocess

from harness import LONG, Settings, check, end_of, finished, listener, run

MANUAL = pathlib.Path(__file__).parent.parent.parent / "docs/sockwatch.8"
HIDDEN = {"snapshot", "max-sockets", "buffer-size", "time-wait", "programs", "timeout",  # for the rare machine, and for fingers that know netstat
          "memory", "info", "udplite", "icmp", "mptcp", "sctp", "packet", "netlink", "vsock", "tipc", "xdp",
          "protocol", "family", "query", "inet", "inet6", "bound-inactive", "net", "summary", "options", "processes", "notrim",
          "symbolic", "oneline", "numeric-hosts", "numeric-ports", "numeric-users"}


def table():
    """(their command, ours) of each line."""
    text = MANUAL.read_text(encoding="utf-8").split(".Sh COMING FROM NETSTAT")[1].split(".Sh")[0]
    rows = [tuple(line[4:].split(" Ta ")) for line in text.splitlines() if line.startswith(".It ")]
    check(len(rows) > 60 and all(len(row) == 2 for row in rows), rows)
    return rows


def is_stream(words):
    return not {"list", "who", "route", "link", "stats", "top"} & set(words) and not re.match("-[ris]", words[0])


HEADS = {"list": r"Proto|Sockets", "who": r"Proto|\d+\n", "route": r"Kernel IP routing table", "link": r"Kernel Interface table",
         "stats": r"Ip:", "-r": r"Kernel IP", "-i": r"Kernel Interface", "-s": r"(Ip|Tcp|Udp):",
         "top": r"\d\d:\d\d:\d\d ", "--csv": "time,event", "--fields": "retransmits +local_port"}


def head_of(words):
    names = [w.partition("=")[0] for w in words]
    word = next((w for w in ("--csv", "--fields", *names) if w in names and w in HEADS), words[0][:2])
    return HEADS.get(word, "TIME")


def follow(words):
    """What it prints at once when it is to go on until Ctrl-C; nothing changes meanwhile."""
    with subprocess.Popen([Settings.binary, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        line = process.stdout.readline()  # its header
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        check(end_of(process) in (0, -signal.SIGINT), words, process.returncode)
        return (line + rest).decode()


def output_of(words):
    if "-f" in words:
        return follow(words)
    if is_stream(words):
        words = [*words, "--duration=0.1"]
    elif any(re.match("-[a-z]*c", w) for w in words):
        words = [*words, "--count=2", "-c0.05"]
    done = run(*words)
    check(done.returncode == 0, words, done)
    return done.stdout.decode()


def test_manual__every_line_for_netstats_users_works():
    server = listener(port=8080)
    for theirs, ours in table():
        program, *words = shlex.split(ours)
        text = output_of(words)
        check(program == "sockwatch" and re.match(head_of(words), text), theirs, ours, text)
    server.close()


def test_manual__what_it_calls_netstats_is_netstats():
    for theirs, _ in table():
        words = shlex.split(theirs.split(" | ")[0])
        if words[0] in ("netstat", "ss") and not any(re.match("-[a-z]*[cE]", w) for w in words[1:]):
            done = finished(words, LONG)
            check(done.returncode == 0, theirs, done)


def options_of_program():
    """By the completion that is made of the table."""
    return set(re.findall(r" -l ([a-z0-9-]+)", run("--completion=fish").stdout.decode()))


def test_manual__has_every_option_and_no_other():
    text = MANUAL.read_text(encoding="utf-8")
    named = set(re.findall(r" -([a-z][a-z0-9-]+)", "\n".join(
        line for line in text.splitlines() if re.match(r"\.(It )?Fl ", line))))
    check(options_of_program() - named == set(), "the manual lacks", options_of_program() - named)
    check(named - options_of_program() - HIDDEN == set(), "no such option", named - options_of_program() - HIDDEN)
