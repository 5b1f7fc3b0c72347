# SPDX-License-Identifier: GPL-2.0-only
"""`sockwatch route` and `sockwatch link`, row by row beside netstat and ip."""
import datetime
import json
import re
import signal
import socket
import subprocess
import threading

from harness import LONG, Settings, Skip, check, end_of, run, wait_until
from network import ip
from traffic import pause


def page(*args):
    done = run(*args)
    check(done.returncode == 0 and not done.stderr, done)
    return done.stdout.decode()


def records(*args):
    return [json.loads(line) for line in page(*args, "-j").splitlines()]


def network():
    """Interfaces of several kinds, addresses, and routes of every sort."""
    ip("link", "add", "v0", "type", "veth", "peer", "name", "v1")
    names = ["v0", "v1"]
    if not subprocess.run(["ip", "link", "add", "br0", "type", "bridge"], capture_output=True, check=False).returncode:
        ip("link", "set", "v1", "master", "br0")
        names.append("br0")
    ip("link", "add", "down0", "type", "veth", "peer", "name", "down1")
    for name in names:
        ip("link", "set", name, "up")
    ip("link", "set", "v0", "mtu", "1400")
    ip("addr", "add", "10.1.0.1/24", "dev", "v0")
    ip("addr", "add", "2001:db8::1/64", "dev", "v0", "nodad")
    ip("route", "add", "default", "via", "10.1.0.254")
    ip("route", "add", "10.2.0.0/16", "via", "10.1.0.2", "metric", "100", "mtu", "1300")
    ip("route", "add", "10.3.3.3/32", "dev", "v0")
    ip("route", "add", "10.4.0.0/16", "nexthop", "via", "10.1.0.3", "weight", "3", "nexthop", "via", "10.1.0.4")
    ip("route", "add", "10.5.0.0/16", "via", "10.1.0.5", "table", "100")
    for number, kind in enumerate(("blackhole", "unreachable", "prohibit"), 6):
        ip("route", "add", kind, f"10.{number}.0.0/16")
    ip("rule", "add", "from", "10.1.0.9", "table", "100")
    ip("-6", "route", "add", "2001:db8:1::/48", "via", "2001:db8::2", "metric", "50")
    ip("-6", "route", "add", "default", "via", "2001:db8::fe", "table", "7")
    ip("-6", "route", "add", "2001:db8:2::/48", "nexthop", "via", "2001:db8::3", "nexthop", "via", "2001:db8::4")
    ip("-6", "route", "add", "unreachable", "2001:db8:3::/48")
    ip("-6", "route", "add", "2001:db8:4::/48", "via", "2001:db8::5", "expires", "1000")
    # the kernel adds and takes away routes of its own until the links are settled
    state = {}

    def settled():
        now = sorted(ip("-6", "route", "show", "table", "all").splitlines())
        before, state["routes"] = state.get("routes"), now
        links = json.loads(ip("-j", "link"))
        up = all(x["operstate"] == "UP" for x in links if x["ifname"] in names)
        return up and before == now and "tentative" not in ip("-6", "addr")
    wait_until(settled, "settled links")


def netstat_routes():
    rows = set()
    for line in subprocess.run(["netstat", "-rn"], capture_output=True, text=True, check=True).stdout.splitlines():
        words = line.split()
        if re.match(r"\d+\.", words[0]):
            prefix = bin(int.from_bytes(socket.inet_aton(words[2]), "big")).count("1")
            nowhere = words[1] == "-"  # unreachable, prohibit
            rows.add((f"{words[0]}/{prefix}", "0.0.0.0" if nowhere else words[1], "*" if nowhere else words[-1]))
    return rows


def our_routes(*args):
    rows = set()
    for line in page("route", "-n4", *args).splitlines():
        words = line.split()
        if words and re.match(r"\d+\.", words[0]):
            device = words[5] if words[4] in ("main", "100", "local") else words[4]
            rows.add((words[0], words[1], device))
    return rows


def test_route__every_row_of_netstat_is_there():
    network()
    theirs, ours = netstat_routes(), our_routes()
    # netstat knows the main table only, and of several hops the first
    check(theirs <= ours, "only netstat's:", theirs - ours, "ours:", ours)
    extra = {row for row in ours - theirs if row[0] not in ("10.4.0.0/16", "10.5.0.0/16")}
    check(not extra, "only ours:", extra)
    check(("10.5.0.0/16", "10.1.0.5", "v0") in ours, ours)


def ipv6_rows(lines, at):
    """Destination, gateway, flags, metric and interface: the columns at these places."""
    rows = []
    for words in (line.split() for line in lines):
        # the kernel's own answer to what has no route is in no table
        if words and re.match(r"[0-9a-f:]+/\d+$", words[0]) and words[at["metric"]] != "-1":
            # which routes to a host have RTF_HOST differs from kernel to kernel
            rows.append((words[0], words[1], words[2].replace("H", ""), words[at["metric"]], words[at["dev"]]))
    return sorted(rows)


def test_route__every_row_of_netstat_is_there_of_ipv6():
    network()

    def same():
        theirs = subprocess.run(["netstat", "-rn", "-A", "inet6"], capture_output=True, text=True, check=True)
        theirs = ipv6_rows(theirs.stdout.splitlines(), {"metric": 3, "dev": 6})
        ours = ipv6_rows(page("route", "-na6").splitlines(), {"metric": 3, "dev": 5})
        state.update(ours=ours, theirs=theirs)
        return ours if ours == theirs else None
    state = {}
    try:
        rows = wait_until(same, "the same rows")
    except AssertionError:
        check(False, "only ours:", set(state["ours"]) - set(state["theirs"]), "only netstat's:",
              set(state["theirs"]) - set(state["ours"]))
    check({r[2] for r in rows} >= {"U", "UG", "UGe", "Un", "!n"}, rows)
    check(("::/0", "2001:db8::fe", "UG", "1024", "v0") in rows, rows)


def key_of(destination, table, metric, kind):
    return destination, int(table), int(metric), kind


TABLES = {"main": 254, "local": 255, "default": 253}


def ip_routes(family):
    rows = {}
    for r in json.loads(ip("-j", family, "-d", "route", "show", "table", "all")):
        dst = r["dst"]
        if dst == "default":
            dst = "0.0.0.0/0" if family == "-4" else "::/0"
        elif "/" not in dst:
            dst += "/32" if family == "-4" else "/128"
        table = r.get("table", "main")
        hops = [(h.get("gateway"), h.get("dev")) for h in r.get("nexthops", [r])]
        kind = r.get("type", "unicast")
        metric = r.get("metric", 0)
        rows.setdefault(key_of(dst, TABLES.get(table, table), metric, kind), []).extend(
            [] if kind in ("blackhole", "unreachable", "prohibit") else hops)
    return {k: sorted(v, key=str) for k, v in rows.items()}


def all_routes(family):
    rows = {}
    for r in records("route", "-a", family):
        if r["event"] != "route":
            continue
        hops = [(h.get("gateway"), h.get("dev")) for h in r.get("nexthops", [r])]
        rows.setdefault(key_of(r["dst"], r["table"], r["metric"], r["type"]), []).extend(
            [] if r["flags" if "flags" in r else "type"].startswith("!") else hops)
    return {k: sorted(v, key=str) for k, v in rows.items()}


def test_route__every_table_is_that_of_ip():
    network()
    for family in ("-4", "-6"):
        theirs, ours = ip_routes(family), all_routes(family)
        check(ours.keys() == theirs.keys(), family, "only ours:", ours.keys() - theirs.keys(),
              "only ip's:", theirs.keys() - ours.keys())
        check(ours == theirs, family, [(k, ours[k], theirs[k]) for k in ours if ours[k] != theirs[k]])
    check({k[1] for k in all_routes("-4")} >= {254, 255, 100} and 7 in {k[1] for k in all_routes("-6")}, "tables")


def test_route__letters_metrics_and_hops():
    network()
    rows = {(r["dst"], r["table"]): r for r in records("route")}
    check(rows["0.0.0.0/0", 254]["flags"] == "UG", rows)
    check(rows["10.1.0.0/24", 254]["flags"] == "U" and rows["10.1.0.0/24", 254]["source"] == "10.1.0.1", rows)
    check(rows["10.3.3.3/32", 254]["flags"] == "UH", rows)
    check((rows["10.2.0.0/16", 254]["metric"], rows["10.2.0.0/16", 254]["mtu"]) == (100, 1300), rows)
    hops = rows["10.4.0.0/16", 254]["nexthops"]
    check([(h["gateway"], h["weight"], h["dev"]) for h in hops] == [("10.1.0.3", 3, "v0"), ("10.1.0.4", 1, "v0")], hops)
    for number, kind in enumerate(("blackhole", "unreachable", "prohibit"), 6):
        row = rows[f"10.{number}.0.0/16", 254]
        check(row["type"] == kind and row["flags"] == "!" and "dev" not in row, row)
    check(not [r for r in rows.values() if r["table"] == 255], "local only with -a")
    text = page("route", "-4")
    check("\ndefault " in text and "\n0.0.0.0/0" not in text and "\n0.0.0.0/0 " in page("route", "-n4"), text)
    lines = page("route", "--csv").splitlines()
    check(lines[0].startswith("time,change,family,dst") and len({line.count(",") for line in lines}) == 1, lines)
    check(page("-r") == page("route") and "Kernel IPv6" not in page("route", "-4"), "-r")


class Follow:
    """A running `sockwatch route -fj`, and what it printed so far."""

    def __init__(self, *args):
        self.lines, self.errors = [], []
        self.process = subprocess.Popen([Settings.binary, "route", "-fj", *args], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.threads = [threading.Thread(target=self._read, args=(self.process.stdout, self.lines)),
                        threading.Thread(target=self._read, args=(self.process.stderr, self.errors))]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.append(line)

    def records(self, **want):
        parts = [json.dumps(v).encode() for v in want.values()]  # there may be very many lines
        found = [json.loads(line) for line in self.lines[:] if all(part in line for part in parts)]
        return [r for r in found if all(r.get(k) == v for k, v in want.items())]

    def wait_for(self, seconds=None, **want):
        return wait_until(lambda: self.records(**want), want, seconds)[0]

    def changes(self):
        return [(r["change"], r["dst"]) for r in self.records() if "change" in r]

    def stop(self):
        self.process.terminate()
        status = end_of(self.process)
        for thread in self.threads:
            thread.join()
        self.process.stdout.close()
        self.process.stderr.close()
        check(status == 0, status, self.errors)
        return b"".join(self.errors).decode()


def test_route__follow_tells_every_change():
    network()
    watch = Follow("-4")
    watch.wait_for(dst="10.2.0.0/16")
    ip("route", "add", "10.20.0.0/16", "via", "10.1.0.20")
    check(watch.wait_for(change="added", dst="10.20.0.0/16")["gateway"] == "10.1.0.20", watch.lines)
    ip("route", "replace", "10.20.0.0/16", "via", "10.1.0.21")
    check(watch.wait_for(change="replaced", dst="10.20.0.0/16")["gateway"] == "10.1.0.21", watch.lines)
    ip("route", "del", "10.20.0.0/16")
    watch.wait_for(change="deleted", dst="10.20.0.0/16")
    ip("link", "add", "late0", "type", "veth", "peer", "name", "late1")
    ip("link", "set", "late0", "up")
    ip("link", "set", "late1", "up")
    ip("route", "add", "10.21.0.0/16", "dev", "late0")
    check(watch.wait_for(change="added", dst="10.21.0.0/16")["dev"] == "late0", "an interface that is new")
    check(not watch.stop(), "errors")


def test_route__follow_tells_what_the_kernel_does_not():
    """An interface that goes down takes its IPv4 routes with it, and the kernel tells none of them."""
    network()
    before = {r["dst"] for r in records("route", "-4") if not r["flags" if "flags" in r else "type"].startswith("!")}
    check({"0.0.0.0/0", "10.1.0.0/24", "10.4.0.0/16", "10.5.0.0/16"} <= before, before)
    watch = Follow("-4")
    watch.wait_for(dst="10.6.0.0/16")
    ip("link", "set", "v0", "down")
    for destination in before:
        row = watch.wait_for(change="deleted", dst=destination)
        check("v0" in (row.get("dev"), *(h.get("dev") for h in row.get("nexthops", []))), row)
    ip("route", "add", "blackhole", "10.30.0.0/16")
    watch.wait_for(change="added", dst="10.30.0.0/16")
    told = watch.changes()
    check(sorted(told[:-1]) == sorted(("deleted", d) for d in before), told, before)
    check(not watch.stop(), "errors")


def test_route__follow_tells_what_nexthop_objects_change():
    network()
    if subprocess.run(["ip", "nexthop", "add", "id", "7", "via", "10.1.0.7", "dev", "v0"], capture_output=True,
                      check=False).returncode:
        raise Skip("no nexthop objects")
    ip("nexthop", "add", "id", "8", "via", "10.1.0.8", "dev", "v0")
    ip("nexthop", "add", "id", "9", "group", "7/8,3")
    ip("route", "add", "10.40.0.0/16", "nhid", "7")
    ip("route", "add", "10.41.0.0/16", "nhid", "9")
    rows = {r["dst"]: r for r in records("route", "-4")}
    check((rows["10.40.0.0/16"]["nexthop_id"], rows["10.40.0.0/16"]["gateway"]) == (7, "10.1.0.7"), rows)
    check([(h["gateway"], h["weight"]) for h in rows["10.41.0.0/16"]["nexthops"]] ==
          [("10.1.0.7", 1), ("10.1.0.8", 3)], rows)
    watch = Follow("-4")
    watch.wait_for(dst="10.41.0.0/16")
    ip("nexthop", "del", "id", "7")
    watch.wait_for(change="deleted", dst="10.40.0.0/16")
    check(watch.wait_for(change="replaced", dst="10.41.0.0/16")["gateway"] == "10.1.0.8", watch.lines)
    check(not watch.stop(), "errors")


def test_route__follow_says_what_it_lost_and_tells_what_is_there():
    network()
    watch = Follow("-4")
    watch.wait_for(dst="10.6.0.0/16")
    pause(watch.process)
    n = 40000  # more than the buffer of its socket takes
    addresses = [f"20.{i >> 16}.{i >> 8 & 255}.{i & 255}/32" for i in range(n)]
    batch = "".join(f"route add {a} via 10.1.0.2\n" for a in addresses)
    batch += "".join(f"route del {a}\n" for a in addresses[::2])
    batch += "route del 10.3.3.3/32\n"
    subprocess.run(["ip", "-batch", "-"], input=batch, text=True, check=True)
    watch.process.send_signal(signal.SIGCONT)
    watch.wait_for(LONG, change="deleted", dst="10.3.3.3/32")
    ip("route", "add", "10.50.0.0/16", "via", "10.1.0.2")
    watch.wait_for(LONG, change="added", dst="10.50.0.0/16")
    check("lost" in watch.stop(), watch.errors)
    state = set()
    for change, destination in watch.changes():
        check((destination in state) == (change != "added") or destination.startswith("10."), change, destination)
        (state.discard if change == "deleted" else state.add)(destination)
    check({d for d in state if d.startswith("20.")} == set(addresses[1::2]), len(state))


def rules_of_ip():
    """As `ip rule` prints them, with one blank between the words: also the lines of `route -a`."""
    return [" ".join(line.replace(":", " ", 1).split()) for family in ("-4", "-6")
            for line in ip(family, "rule").splitlines()]


def test_route__rules_are_those_of_ip():
    network()
    check("rule" not in {r["event"] for r in records("route")}, "rules only with -a")
    ip("rule", "add", "not", "fwmark", "0x1/0xff", "lookup", "main", "suppress_prefixlength", "0")
    ip("rule", "add", "to", "10.0.0.0/8", "iif", "lo", "oif", "v0", "uidrange", "5-9", "sport", "80", "dport",
       "8000-8099", "prohibit")
    ip("rule", "add", "pref", "100", "goto", "32766")
    ip("rule", "add", "pref", "1000", "l3mdev")
    ip("rule", "add", "pref", "1001", "fwmark", "7", "blackhole")
    ip("rule", "add", "pref", "1002", "lookup", "main", "suppress_ifgroup", "5")
    ip("rule", "add", "pref", "1003", "from", "10.1.0.8", "lookup", "100", "realms", "3/4")
    ip("-6", "rule", "add", "from", "2001:db8::/32", "lookup", "7")
    theirs = rules_of_ip()
    text = page("route", "-a")
    ours = [" ".join(line.split()) for line in text.splitlines() if " from " in line]
    check(ours == theirs and len(ours) > 10, ours, theirs)
    rules = [r for r in records("route", "-a") if r["event"] == "rule"]
    check(len(rules) == len(theirs), rules)
    row = [r for r in rules if r.get("from") == "10.1.0.9"][0]
    check((row["action"], row["table"], row["family"]) == ("lookup", 100, "ipv4"), row)
    row = [r for r in rules if r["action"] == "prohibit"][0]
    check((row["to"], row["iif"], row["oif"], row["dst_ports"], row["first_uid"], row["last_uid"]) ==
          ("10.0.0.0/8", "lo", "v0", [8000, 8099], 5, 9), row)
    check(len({line.count(",") for line in page("route", "-a", "--csv").splitlines()}) == 1, "CSV: routes only")


def test_route__follow_tells_changes_of_rules():
    network()
    watch = Follow("-a4")
    watch.wait_for(event="rule", priority=32767)
    ip("rule", "add", "pref", "77", "lookup", "100")
    check(watch.wait_for(event="rule", change="added", priority=77)["table"] == 100, watch.lines)
    ip("rule", "del", "pref", "77")
    watch.wait_for(event="rule", change="deleted", priority=77)
    check(not watch.stop(), "errors")


def test_route__works_without_rights():
    network()
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    for args in (("route", "-an"), ("link", "-a")):
        done = subprocess.run([*user, Settings.binary, *args], capture_output=True, text=True, check=False)
        check(done.returncode == 0 and not done.stderr and done.stdout.count("\n") > 5, done)
        if args[0] == "route":
            check(done.stdout == page(*args), "the same as root's")


def test_route__follow_ends_after_the_count():
    network()
    watch = subprocess.Popen([Settings.binary, "route", "-f", "--count=2", "-4"], stdout=subprocess.PIPE)
    head = b""
    while b"CHANGE" not in head:
        head = watch.stdout.readline()
    for number in (30, 31, 32):
        ip("route", "add", f"10.{number}.0.0/16", "via", "10.1.0.30")
    rest = watch.stdout.read().decode()
    check(end_of(watch) == 0 and rest.count("added") == 2 and "10.30.0.0/16" in rest, rest)
    watch.stdout.close()


def netstat_links(*args):
    rows = {}
    for line in subprocess.run(["netstat", "-i", *args], capture_output=True, text=True,
                               check=True).stdout.splitlines()[2:]:
        words = line.split()
        rows[words[0]] = words[1:]
    return rows


def our_links(*args):
    return {line.split()[0]: line.split()[1:11] for line in page("link", *args).splitlines()[2:]}


def exchange(n):
    """So many datagrams through loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        for _ in range(n):
            s.sendto(b"x" * 100, s.getsockname())
            s.recv(200)


def test_link__every_row_is_netstats():
    network()
    exchange(10)
    for args in ((), ("-a",)):
        def same(a=args):
            before, ours, after = netstat_links(*a), our_links(*a), netstat_links(*a)
            return ours if before == after == ours else None
        rows = wait_until(same, "the same rows")
        check(("down0" in rows) == bool(args) and rows["v0"][0] == "1400" and rows["lo"][-1] == "LRU", rows)
    check(our_links()["lo"][1] == "10", our_links())
    check(page("-i").splitlines()[1] == page("link").splitlines()[1], "-i")


def test_link__details_are_those_of_ip():
    network()
    theirs = {x["ifname"]: x for x in json.loads(ip("-j", "-s", "-d", "link"))}
    ours = {x["name"]: x for x in records("link", "-a")}
    check(ours.keys() == theirs.keys(), ours, theirs)
    for name, x in ours.items():
        want = theirs[name]
        check((x["index"], x["mtu"], x["state"], x["qdisc"], x["txqueuelen"], x["address"]) ==
              tuple(want[k] for k in ("ifindex", "mtu", "operstate", "qdisc", "txqlen", "address")), x, want)
        check((x.get("master"), x.get("link"), x["type"]) ==
              (want.get("master"), want.get("link"), want["link_type"]), x, want)
        check(x.get("kind") == want.get("linkinfo", {}).get("info_kind"), x, want)
    addresses = {x["name"]: set(x.get("addresses", [])) for x in ours.values()}
    check({"10.1.0.1/24", "2001:db8::1/64"} <= addresses["v0"] and "127.0.0.1/8" in addresses["lo"], addresses)
    check("    inet 10.1.0.1/24\n" in page("link", "-e"), page("link", "-e"))
    lines = page("link", "--csv").splitlines()
    check(len({line.count(",") for line in lines}) == 1 and lines[0].startswith("time,name,index"), lines)


def test_link__rates_are_what_went_through():
    watch = subprocess.Popen([Settings.binary, "link", "-jc", "0.3"], stdout=subprocess.PIPE)
    first = json.loads(watch.stdout.readline())
    check(first["name"] == "lo" and "rx_packets_per_s" not in first, first)
    exchange(1000)
    pages = [first]
    while pages[-1]["rx_packets"] < 1000:
        pages.append(json.loads(watch.stdout.readline()))
    watch.terminate()
    watch.stdout.read()
    check(end_of(watch) == 0, watch.returncode)
    watch.stdout.close()
    stamps = [datetime.datetime.fromisoformat(p["time"][:26]).timestamp() for p in pages]
    for a, b, start, end in zip(pages, pages[1:], stamps, stamps[1:]):
        for key in ("rx_packets", "tx_packets", "rx_bytes"):
            want = (b[key] - a[key]) / (end - start)
            check(abs(b[key + "_per_s"] - want) <= 1 + want / 100, key, a, b, want)
    check(pages[-1]["rx_packets"] == pages[-1]["tx_packets"] == 1000, pages[-1])


def test_link__text_says_what_its_numbers_are():
    done = run("link", "-c", "0.05", "--count=2")
    text = done.stdout.decode()
    check(text.count("Kernel Interface table") == 2 and text.count("table: per second") == 1, text)
    check(text.index("per second") > text.index("Iface"), text)
