# SPDX-License-Identifier: GPL-2.0-only
"""What netstat's, ss's and lsof's users type, and what they see: beside these."""
import re
import shutil
import socket
import subprocess

from harness import Skip, Watch, check, here, listener, run, set_name, wait_until


def scene():
    """Listeners of TCP and UDP, connections of both, and one of UDP."""
    sock = listener(port=8080)
    kept = [sock, listener(socket.AF_INET6, port=8082)]
    kept.append(socket.create_connection(("127.0.0.1", 8080)))
    kept.append(sock.accept()[0])
    for port in (5353, 0):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", port))
        kept.append(s)
    kept[-1].connect(("127.0.0.1", 5353))
    return kept


def rows(text):
    """(protocol, local, remote, state) of netstat's lines."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if words and re.match("(tcp|udp)6?$", words[0]):
            state = words[5] if len(words) > 5 and re.match("[A-Z_0-9]+$", words[5]) else ""
            found.append((words[0], words[3], words[4], state))
    return sorted(found)


def netstat(*args):
    if not shutil.which("netstat"):
        raise Skip("there is no netstat")
    return rows(subprocess.run(["netstat", *args], capture_output=True, text=True, check=True).stdout)


def test_habits__plant_and_tulpan_show_what_netstat_shows():
    kept = scene()
    for letters in ("-plant", "-tulpan", "-tulpn", "-antp", "-an --inet", "-an --inet6", "-an -A inet", "-lnt --inet"):
        words = letters.split()
        theirs = netstat(*words)
        if not any("t" in w or "u" in w for w in words if not w.startswith("--")) or "-A" in words:
            words = [*words, "-tu"]
            theirs = netstat(*words)
        ours = rows(run("list", "-n", here(), *words).stdout.decode())
        check(ours == theirs and ours, letters, theirs, ours)
    check(len(kept) > 5)


def test_habits__stream_begins_with_what_netstat_shows():
    kept = scene()
    for letters in ("-plant", "-tulpan"):
        text = run(letters, here(), "--duration=0.1", "-H").stdout.decode()
        ours = rows("\n".join(line.partition(" socket ")[2] for line in text.splitlines()))
        check(ours == netstat(letters), letters, netstat(letters), text)
    check(len(kept) > 5)


def test_habits__lsof_where_is_what_has_the_port():
    kept = scene()

    def ports(*words):
        return sorted((line.split()[0], line.split()[3]) for line in run(*words, "-nH", here()).stdout.decode().splitlines())
    client = f"127.0.0.1:{kept[2].getsockname()[1]}"
    check(ports("-iTCP:8080") == sorted([("tcp", "127.0.0.1:8080"), ("tcp", "127.0.0.1:8080"), ("tcp", client)]), ports("-iTCP:8080"))
    check(ports("-i", "@[::1]:8082") == [("tcp6", "::1:8082")], ports("-i", "@[::1]:8082"))
    check(("udp", "127.0.0.1:5353") in ports("-i", "UDP:5353"), ports("-i", "UDP:5353"))
    check(ports("-i", "-sTCP:LISTEN") == [("tcp", "127.0.0.1:8080"), ("tcp6", "::1:8082")], ports("-i", "-sTCP:LISTEN"))


def test_habits__retransmits_alone_are_all_that_is_told():
    """A listener whose queue is full drops the last step of a handshake, which is sent again."""
    sock = listener(backlog=0)
    kept = []
    with Watch("--retransmits") as w:
        for _ in range(4):
            kept.append(socket.socket())
            kept[-1].setblocking(False)
            kept[-1].connect_ex(sock.getsockname())
        wait_until(lambda: [r for r in w.records() if r["event"] == "retransmit"], "a segment that is sent again")
    check({r["event"] for r in w.records()} == {"retransmit"}, w.records())



def test_habits__colours_of_udp_are_of_what_happened():
    with Watch("-uE", "--color=always", here(), form=None) as w:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect(("127.0.0.1", 5353))
        s.send(b"x")
        wait_until(lambda: "\x1b[32mopen " in w.text(), w.text)
        s.close()
        wait_until(lambda: "\x1b[2mclose " in w.text(), w.text)


def test_habits__comm_takes_a_pattern():
    set_name(b"typed-17")
    kept = scene()

    def found(pattern):
        return len(run("list", "-tH", here(), "--comm", pattern).stdout.splitlines())
    check(found("*-1?") == found("typed-17") == found("nobody,t[x-z]ped*") > 3, found("*-1?"))
    check(found("*-1") == found("?") == 0, found("*-1"))
    with Watch("-E", "--comm", "*ed-[0-9]*") as w:
        kept.append(socket.create_connection(("127.0.0.1", 8080)))
        w.wait_for(state="ESTABLISHED", local_port=kept[-1].getsockname()[1])
    with Watch("-E", "--comm", "*ed-[a-z]*") as w, Watch("-E") as all_of_them:
        kept.append(socket.create_connection(("127.0.0.1", 8080)))
        all_of_them.wait_for(state="ESTABLISHED", local_port=kept[-1].getsockname()[1])
    check(not w.records(), w.records())


def test_habits__two_families_are_two_tables():
    keep = scene()
    text = run("list", "-A", "unix,inet", here()).stdout.decode()
    check(text.startswith("Proto") and "\n\nProto RefCnt" in text and " 127.0.0.1:8080 " in text and "8082" not in text, text)
    text = run("list", "-A", "inet,inet6", here()).stdout.decode()
    check("RefCnt" not in text and ":8080 " in text and ":8082 " in text, text)
    for s in keep:
        s.close()
