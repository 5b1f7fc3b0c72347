# SPDX-License-Identifier: GPL-2.0-only
"""The protocols' counters: netstat's numbers in netstat's words, and what is done here is what changes."""
import collections
import contextlib
import json
import os
import re
import socket
import struct
import subprocess

from harness import FAULT, Settings, Watch, check, listener, own_mounts, run, scratch, wait_until
from servers import needs

HISTOGRAM = re.compile(r"ICMP (input|output) histogram:$")
PREFIXED = ("Ip6", "Icmp6", "Udp6", "UdpLite6", "Sctp")  # netstat leaves these in front of names it does not know
SCTP = ("CurrEstab", "ActiveEstabs", "PassiveEstabs", "Aborteds", "Shutdowns", "OutOfBlues", "ChecksumErrors",
        "OutCtrlChunks", "OutOrderChunks", "OutUnorderChunks", "InCtrlChunks", "InOrderChunks",
        "InUnorderChunks", "FragUsrMsgs", "ReasmUsrMsgs", "OutSCTPPacks", "InSCTPPacks", "T1InitExpireds",
        "T3RtxExpireds", "InPktDiscards")
# of kernels that were: what this one has is added to them
OLD = {"TcpExt": ("PAWSPassive", "TCPPrequeued", "TCPDirectCopyFromBacklog", "TCPDirectCopyFromPrequeue",
                  "TCPHPHitsToUser", "TCPFACKReorder", "TCPForwardRetrans", "TCPSchedulerFailed", "TCPAbortOnSyn")}


# --- what there is to read ---------------------------------------------------------------------------


def kernel_counters():
    """{(section, name): value} as the kernel prints them."""
    counters = {}
    for table in ("snmp", "netstat"):
        with open("/proc/self/net/" + table, encoding="ascii") as f:
            lines = [line.split() for line in f]
        for names, values in zip(lines[::2], lines[1::2]):
            check(names[0] == values[0], table, names, values)
            for name, value in zip(names[1:], values[1:]):
                counters[names[0][:-1], name] = int(value)
    with contextlib.suppress(FileNotFoundError), open("/proc/self/net/snmp6", encoding="ascii") as f:
        for line in f:
            name, value = line.split()
            section, six, rest = name.partition("6")
            counters[section + six, rest] = int(value)
    return counters


def sections(text):
    """{section: [its lines]} of what sockwatch or netstat printed."""
    found, section = collections.defaultdict(list), None
    for line in text.splitlines():
        if line[:1] != " ":
            check(line.endswith(":"), "no section:", line)
            section = line[:-1]
            continue
        line = line.strip()
        if HISTOGRAM.match(line):
            continue
        if section in PREFIXED and line.startswith(section):
            line = line[len(section):]
        found[section].append(line)
    return found


def numbers(found):
    return sum(len(lines) for lines in found.values())


def output(*args):
    done = run("stats", *args)
    check(done.returncode == 0 and not done.stderr, args, done)
    return done.stdout.decode()


def quiet_output(*args, netstat):
    """What sockwatch and then netstat print while nothing changes."""
    def look():
        before = output(*args)
        theirs = subprocess.run([needs("netstat"), *netstat], check=True, capture_output=True, text=True).stdout
        return (before, theirs) if output(*args) == before else None
    return wait_until(look, "a moment in which nothing changes")


def check_has_all(ours, theirs, only=None):
    """Each line of netstat's is one of ours."""
    for section, lines in theirs.items():
        if only and section not in only:
            continue
        missing = collections.Counter(lines) - collections.Counter(ours[section])
        check(not missing, section, "lacks", list(missing), "has", ours[section])


# --- what there is to do -----------------------------------------------------------------------------


def closed_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def connects(count, family=socket.AF_INET):
    """So many connections, one after the other, that both ends close."""
    with listener(family) as server:
        for _ in range(count):
            with socket.create_connection(server.getsockname()[:2]) as client:
                client.sendall(b"x" * 1000)
                accepted, _ = server.accept()
                check(accepted.recv(1000, socket.MSG_WAITALL) == b"x" * 1000)
                client.shutdown(socket.SHUT_WR)
                check(accepted.recv(1) == b"")
                accepted.close()
                check(client.recv(1) == b"")


def refused(count):
    port = closed_port()
    for _ in range(count):
        with socket.socket() as s:
            check(s.connect_ex(("127.0.0.1", port)) != 0)


def unwanted(count):
    """Datagrams to a port that nobody has."""
    port = closed_port(socket.SOCK_DGRAM)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for _ in range(count):
            s.sendto(b"?", ("127.0.0.1", port))


def too_many(count, family=socket.AF_INET, host="127.0.0.1"):
    """Datagrams into a tiny receive buffer; returns how many were read, and how many were lost."""
    with socket.socket(family, socket.SOCK_DGRAM) as server, socket.socket(family, socket.SOCK_DGRAM) as client:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        server.bind((host, 0))
        for _ in range(count):
            client.sendto(b"x" * 500, server.getsockname()[:2])
        got = 0
        server.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while server.recv(1000):
                got += 1
    return got, count - got


def overflow():
    """Connections to a listener that accepts none, until its queue was full."""
    full = ("TcpExt", "ListenOverflows")
    before = kernel_counters()[full]
    clients = []
    with listener(backlog=0) as server:
        for _ in range(4):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(server.getsockname())
            clients.append(s)
        wait_until(lambda: kernel_counters()[full] > before, "a full queue")
        for s in clients:
            s.close()


def ping(count):
    """Echo requests by a socket of our own, each answered."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as s:
        for number in range(count):
            head = struct.pack("!BBHHH", 8, 0, 0, 4711, number)
            checksum = sum(struct.unpack("!4H", head))
            checksum = ~(checksum + (checksum >> 16)) & 0xffff
            s.sendto(head[:2] + struct.pack("!H", checksum) + head[4:], ("127.0.0.1", 0))
            while s.recv(100)[20] != 0:  # our own request comes by, too
                pass


OPENED = 5 + 2 + 3 + 4  # connections, by everything()


def everything():
    """Returns how many datagrams were read, and how many were lost; and of IPv6."""
    connects(5)
    connects(2, socket.AF_INET6)
    refused(3)
    unwanted(4)
    ping(3)
    overflow()
    return too_many(50), too_many(30, socket.AF_INET6, "::1")


# --- beside netstat ----------------------------------------------------------------------------------


def test_stats__every_number_of_netstat_is_told_alike():
    everything()
    text, theirs = quiet_output(netstat=["-s"])
    ours, theirs = sections(text), sections(theirs)
    check(numbers(theirs) > 40 and {"Ip", "Icmp", "IcmpMsg", "Tcp", "Udp", "TcpExt", "IpExt"} <= set(theirs), theirs)
    check_has_all(ours, theirs)
    check(f"{OPENED} active connection openings" in ours["Tcp"], ours["Tcp"])


def test_stats__every_number_of_netstat_is_told_alike_of_ipv6():
    everything()
    text, theirs = quiet_output(netstat=["-s", "-6"])
    ours, theirs = sections(text), sections(theirs)
    check(numbers(theirs) > 20 and {"Ip6", "Icmp6", "Udp6"} <= set(theirs), theirs)
    check_has_all(ours, theirs)


def test_stats__protocols_are_selected_as_by_netstat():
    everything()
    for option, want, only in (("-t", {"Tcp", "TcpExt"}, {"Tcp", "TcpExt", "MPTcpExt"}),
                               ("-u", {"Udp", "Udp6"}, {"Udp", "Udp6", "UdpLite", "UdpLite6"}),
                               ("-w", {"Ip", "Icmp", "Ip6", "Icmp6", "IcmpMsg", "IpExt"},
                                {"Ip", "Icmp", "Ip6", "Icmp6", "IcmpMsg", "IpExt"})):
        text, theirs = quiet_output(option, netstat=["-s", option])
        text, _, trouble = text.partition("Trouble:\n")
        ours = sections(text)
        check(want <= set(ours) <= only, option, set(ours))
        check_has_all(ours, sections(theirs), only)
        told = {line.split(":")[0].strip() for line in trouble.splitlines()}
        check(told <= only | {"none that these counters show"}, option, trouble)
    check(sections(output("-tuw").partition("Trouble")[0]).keys() == sections(output().partition("Trouble")[0]).keys())


def test_stats__s_is_the_word():
    args = run("-s"), run("-st"), run("stats", "-t")
    check([a.returncode for a in args] == [0, 0, 0] and b"Ip:" in args[0].stdout, args)
    check(args[1].stdout == args[2].stdout and b"Udp:" not in args[1].stdout, args)


# --- a /proc of our own ------------------------------------------------------------------------------


@contextlib.contextmanager
def proc_of_our_own(tables):
    """In place of /proc, these tables; and what a sanitizer wants of its process, but for the search for leaks."""
    own_mounts()
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    with scratch() as folder:
        subprocess.run(["mount", "--bind", "/proc", folder], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "none", "/proc"], check=True)
        os.symlink(folder + "/self", "/proc/self")
        os.mkdir("/proc/net")
        for name, text in tables.items():
            os.makedirs(os.path.dirname("/proc/net/" + name), exist_ok=True)
            with open("/proc/net/" + name, "w", encoding="ascii") as f:
                f.write(text)
        yield
        subprocess.run(["umount", "/proc"], check=True)
        subprocess.run(["umount", folder], check=True)


def pairs(counters):
    by_section = collections.defaultdict(dict)
    for (section, name), value in counters.items():
        by_section[section][name] = value
    return "".join(f"{s}: {' '.join(c)}\n{s}: {' '.join(str(v) for v in c.values())}\n" for s, c in by_section.items())


def numbered():
    """Tables of all counters that kernels have, each with a number of its own."""
    names = list(kernel_counters())
    names += [(s, n) for s, old in OLD.items() for n in old]
    names += [("IcmpMsg", d + str(t)) for d in ("InType", "OutType") for t in (0, 3, 8, 11)]
    names = list(dict.fromkeys(names))
    counters = {key: 700001 + i for i, key in enumerate(names)}
    sctp = {name: 900001 + i for i, name in enumerate(SCTP)}
    in_netstat = ("TcpExt", "IpExt", "MPTcpExt")
    is_6 = {key: key[0].endswith("6") for key in counters}
    tables = {"snmp": pairs({k: v for k, v in counters.items() if not is_6[k] and k[0] not in in_netstat}),
              "netstat": pairs({k: v for k, v in counters.items() if k[0] in in_netstat}),
              "snmp6": "".join(f"{k[0] + k[1]:<32}\t{v}\n" for k, v in counters.items() if is_6[k]),
              "sctp/snmp": "".join(f"{'Sctp' + k:<32}\t{v}\n" for k, v in sctp.items())}
    return tables, {**counters, **{("Sctp", k): v for k, v in sctp.items()}}


def test_stats__each_counter_has_netstats_words():
    tables, counters = numbered()
    with proc_of_our_own(tables):
        text, theirs = quiet_output(netstat=["-s"])
        text6, theirs6 = quiet_output(netstat=["-s", "-6"])
    ours, theirs, theirs6 = sections(text), sections(theirs), sections(theirs6)
    check(text == text6 and "Sctp" in theirs and numbers(theirs) > 200 and numbers(theirs6) > 80, theirs)
    check_has_all(ours, theirs)
    check_has_all(ours, theirs6)
    # none is dropped, and none is told twice
    told = collections.Counter(int(n) for s, lines in ours.items() if s != "Trouble"
                               for line in lines for n in re.findall(r"\b[79]0\d{4}\b", line))
    check(told == collections.Counter(counters.values()), told - collections.Counter(counters.values()),
          collections.Counter(counters.values()) - told)


def test_stats__a_table_that_is_missing_is_told_of_once_and_left_out():
    tables, _ = numbered()
    del tables["snmp6"], tables["sctp/snmp"]
    with proc_of_our_own(tables):
        done = run("stats", "-c", "0.05", "--count", "3")
        tcp = run("stats", "-t")
    check(done.returncode == 0 and done.stderr.count(b"\n") == 1, done.stderr)
    check(b"snmp6" in done.stderr and b"IPv6" in done.stderr, done.stderr)
    check(b"\nTcp:\n" in done.stdout and b"Ip6" not in done.stdout and b"Sctp" not in done.stdout, done.stdout)
    check(done.stdout.count(b"no counter changed") == 2, done.stdout)
    check(tcp.returncode == 0 and not tcp.stderr and tcp.stdout.startswith(b"Tcp:\n"), tcp)


def test_stats__without_any_table_it_fails_and_says_so():
    with proc_of_our_own({}):
        done = run("stats")
    check(done.returncode == FAULT and not done.stdout and b"no counters" in done.stderr, done)


def test_stats__a_broken_table_is_told_of_and_the_rest_is_kept():
    tables, _ = numbered()
    tables["snmp"] = "Tcp: InSegs OutSegs\nTcp: 12 1x\nnonsense\nUdp: NoPorts\nUdp: 34"
    with proc_of_our_own(tables):
        done = run("stats")
    found = sections(done.stdout.decode().partition("Trouble:")[0])
    check(done.returncode == 0 and b"/proc/net/snmp" in done.stderr and done.stderr.count(b"\n") == 1, done)
    check(found["Tcp"] == ["12 segments received"] and "Udp" not in found and "Ip6" in found, found)


# --- what changes ------------------------------------------------------------------------------------


class Pages:
    """A running `stats -jc`, and the sums of what it says."""

    def __init__(self, watch):
        self.watch = watch
        wait_until(lambda: any(b'"Ip6"' in line for line in watch.lines), "the first page\n" + watch.dump())
        wait_until(lambda: self.told() == kernel_counters(), "all of the first page")

    def records(self):
        return [json.loads(line) for line in self.watch.lines[:]]

    def told(self):
        """The value of each counter, as told last."""
        return {(r["section"], r["name"]): r["value"] for r in self.records()}

    def sums(self):
        deltas = collections.Counter()
        for r in self.records():
            deltas[r["section"], r["name"]] += r.get("delta", 0)
        return deltas


def test_stats__what_is_done_is_what_changes():
    with Watch("stats", "-c", "0.1", wait=False, everywhere=True) as w:
        pages = Pages(w)
        before = kernel_counters()
        (_, lost), (_, lost6) = everything()

        def all_told():
            now = kernel_counters()
            change = {k: v - before.get(k, 0) for k, v in now.items()}
            return {k: v for k, v in change.items() if v} == {k: v for k, v in pages.sums().items() if v}
        wait_until(all_told, "the sums of the changes")
        sums, records = pages.sums(), pages.records()
        w.stop()
    check(lost > 0 and lost6 > 0, lost, lost6)
    want = {("Tcp", "AttemptFails"): 3, ("Udp", "NoPorts"): 4, ("Udp", "RcvbufErrors"): lost,
            ("Udp6", "RcvbufErrors"): lost6, ("Icmp", "InEchos"): 3, ("Icmp", "InEchoReps"): 3,
            ("Icmp", "OutDestUnreachs"): 4, ("IcmpMsg", "OutType3"): 4}
    for key, value in want.items():
        # a client of the full queue that was closed has failed as well
        check(sums[key] >= value if key == ("Tcp", "AttemptFails") else sums[key] == value, key, sums[key], value)
    check(sums["Tcp", "ActiveOpens"] == OPENED, sums["Tcp", "ActiveOpens"])
    check(sums["TcpExt", "ListenOverflows"] >= 1, sums)
    changes = [r for r in records if "delta" in r]
    check(all(r["rate"] > 0 and "old" not in r for r in changes), changes)
    trouble = {(r["section"], r["name"]) for r in changes if r.get("trouble")}
    check({("Udp", "RcvbufErrors"), ("TcpExt", "ListenOverflows"), ("Tcp", "AttemptFails")} <= trouble, trouble)
    check(("Tcp", "InSegs") not in trouble, trouble)
    order = [(r["time"], not r.get("trouble")) for r in changes]
    check(order == sorted(order), "trouble is not first in its page", order)


def test_stats__gauges_are_told_from_one_value_to_the_next():
    with Watch("stats", "-t", "-c", "0.05", wait=False, everywhere=True) as w, listener() as server:
        def told():
            """(old, value) of each change."""
            changes = [r for r in w.find(section="Tcp", name="CurrEstab") if "old" in r]
            check(not any("delta" in r or "rate" in r for r in changes), changes)
            return [(r["old"], r["value"]) for r in changes]

        def is_now(value):
            return (told() or [(0, 0)])[-1][1] == value
        wait_until(lambda: any(b"CurrEstab" in line for line in w.lines[:]), "the first page")
        client = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        wait_until(lambda: is_now(2), lambda: "two ends\n" + w.dump())
        client.close()
        accepted.close()
        wait_until(lambda: is_now(0), lambda: "no end\n" + w.dump())
        w.stop()
        changes = told()  # a page may come in between
        check([c[0] for c in changes] == [0, *(c[1] for c in changes[:-1])], changes)


def test_stats__text_of_what_changed_has_trouble_first():
    with Watch("stats", "-t", "-c", "0.3", form=None, wait=False) as w:
        wait_until(lambda: any(b"no counter changed" in line for line in w.lines), "a quiet page\n" + w.dump())
        refused(2)
        wait_until(lambda: any(b"AttemptFails" in line for line in w.lines), "the failed attempts\n" + w.dump())
        w.stop()
        text = w.text()
    page = next(p for p in text.split("\n\n") if "AttemptFails" in p).splitlines()
    check(page[0].split() == ["TIME", "!", "CHANGE", "A", "SECOND", "COUNTER", "MEANING"], page)
    line = r"\d\d:\d\d:\d\d\.\d{3} ! +\+[12] +\d+\.\d  Tcp AttemptFails +failed connection attempts"
    check(re.fullmatch(line, page[1]), page)
    check(all(" ! " not in line for line in page[2:]), page)


def test_stats__csv_has_a_header_once_and_as_many_fields_in_each_line():
    lines = run("stats", "--csv", "-c", "0.05", "--count", "2").stdout.decode().splitlines()
    check(lines[0] == "time,section,name,value,old,delta,rate,reset,trouble,meaning", lines[0])
    check(len(lines) > 100 and sum(line.startswith("time,") for line in lines) == 1, len(lines))
    check(all(re.fullmatch(r'([^,"]*,){9}("[^"]*"|[^,"]*)', line) for line in lines[1:]), lines)
    check(not run("stats", "--csv", "-H").stdout.startswith(b"time"))


# --- what looks wrong --------------------------------------------------------------------------------


def findings(*args):
    rows = [json.loads(line) for line in output("-j", *args).splitlines()]
    return {(r["section"], r["finding"]): r for r in rows if "finding" in r}


def test_stats__trouble_is_named():
    check(not findings(), findings())
    check(output().endswith("Trouble:\n    none that these counters show\n"))
    overflow()
    got, lost = too_many(50)
    refused(12)
    unwanted(40)
    found = findings()
    row = found["Udp", "receive_buffer"]
    check(row["count"] == lost and row["of"] == got + lost and row["trouble"] is True, row)
    check({("TcpExt", "listen_overflows"), ("Tcp", "attempts"), ("Udp", "closed_ports")} <= set(found), found)
    check(f" were lost as a receive buffer was full ({lost} of {got + lost}): see " in row["text"], row)
    trouble = output().partition("Trouble:\n")[2].splitlines()
    check(trouble == [f"    {r['section']}: {r['text']}" for r in found.values()], trouble, found)
    check(set(findings("-t")) == {k for k in found if k[0] in ("Tcp", "TcpExt")}, findings("-t"))


def test_stats__anybody_may_ask():
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Settings.binary, "stats"],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    check(done.returncode == 0 and not done.stderr and b"active connection openings" in done.stdout, done)


def test_stats__what_has_no_use_is_refused():
    for args, word in ((("--count", "2"), b"-c"), (("-x",), b"--unix"), (("-P", "1"), b"--port")):
        done = run("stats", *args)
        check(done.returncode == 2 and not done.stdout and word in done.stderr, args, done)
