# SPDX-License-Identifier: GPL-2.0-only
"""The letters of routes and interfaces beside netstat's, where they are not the usual ones; columns."""
import subprocess

from harness import Settings, check, end_of, wait_until
from network import ip
from test_netstat import netstat_links, network, our_links, page, records


def test_route__that_lost_its_carrier_is_up_as_netstat_says():
    network()
    ip("link", "set", "v1", "down")
    wait_until(lambda: "linkdown" in ip("route", "show", "10.1.0.0/24"), "v0 without a carrier")
    letters = {}
    for line in subprocess.run(["netstat", "-rn"], capture_output=True, text=True, check=True).stdout.splitlines()[2:]:
        letters.setdefault(line.split()[0], line.split()[3])
    rows = {r["dst"].split("/")[0]: r for r in records("route", "-4") if r["table"] == 254}
    for destination in ("0.0.0.0", "10.1.0.0", "10.2.0.0", "10.3.3.3"):
        row = rows[destination]
        check(row["flags"] == letters[destination] and row["linkdown"], row, letters)
    check(letters["0.0.0.0"] == "UG" and letters["10.1.0.0"] == "U", letters)
    check(" linkdown" in page("route", "-4e") and " linkdown" not in page("route", "-4"), page("route", "-4e"))


def test_route__follow_has_the_same_columns_without_a_header():
    """A table that the page has not is told of a change, with a header and without."""
    network()
    ip("route", "flush", "table", "100")
    told = {}
    for args in ("-f4", "-fH4"):
        watch = subprocess.Popen([Settings.binary, "route", args, "--count=1"], stdout=subprocess.PIPE)
        line = b""
        while b"10.8.0.0/16" not in line:
            line = watch.stdout.readline()
            check(line, "ended early")
        ip("route", "add", "10.40.0.0/16", "via", "10.1.0.30", "table", "200")
        rest = watch.stdout.read().decode()
        check(end_of(watch) == 0, args)
        watch.stdout.close()
        told[args] = [line.split()[1:] for line in rest.splitlines() if "added" in line]
        ip("route", "del", "10.40.0.0/16", "table", "200")
    check(told["-f4"] == told["-fH4"] == [["added", "10.40.0.0/16", "10.1.0.30", "UG", "0", "200", "v0"]], told)


def test_link__letters_are_netstats():
    """Of every flag that can be set here, also on interfaces that have two with the same letter."""
    network()
    made = []
    for name, *command in (("tun9", "tuntap", "add", "tun9", "mode", "tun"),
                           ("ifb9", "link", "add", "ifb9", "type", "ifb")):
        if not subprocess.run(["ip", *command], capture_output=True, check=False).returncode:
            made.append(name)
            ip("link", "set", name, "up", "promisc", "on", "dynamic", "on", "allmulticast", "on")
    for flag in ("promisc", "dynamic", "trailers"):
        ip("link", "set", "v0", flag, "off" if flag == "trailers" else "on")
    ip("link", "set", "v1", "arp", "off", "allmulticast", "on")

    def letters(rows):
        return {name: words[-1] for name, words in rows.items()}
    theirs, ours = letters(netstat_links("-a")), letters(our_links("-a"))
    check(ours == theirs and {"v0", "v1", *made} <= ours.keys(), ours, theirs)
    check(ours["v0"] == "BMdPNRU" and ours["v1"] == "ABMORU", ours)
    check(ours.get("tun9", "AMdPOPU") == "AMdPOPU", ours)
