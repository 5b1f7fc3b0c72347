# SPDX-License-Identifier: GPL-2.0-only
"""--resolve: names of hosts, services and users in the list; and who looks them up."""
import json
import os
import socket
import time

from harness import Child, Settings, check, here, listener, own_user, run, wait_until
from nameserver import NameServer, acceptor, by_table, connect, helpers_of, labels, mute, named_watch, own_etc
from terminal import at_terminal


def rows_of(done):
    check(done.returncode == 0, done.stderr)
    return [r for r in map(json.loads, done.stdout.splitlines()) if r.get("netns") == Settings.netns]


def test_resolve__list_waits_for_names():
    etc = own_etc(order="dns")

    def answer(name):
        time.sleep(0.01)  # it is never at once
        return labels("host-" + name.replace(".", "-"))

    def listed():
        """A slow machine may not have all names in the time that there is."""
        rows = rows_of(run("list", here(), "--resolve", "-j", "-P", "8080"))
        return rows if all("local_name" in r for r in rows) else None
    NameServer(answer)
    sock = listener(port=8080)
    keep = [socket.create_connection(("127.0.0.1", 8080), source_address=(f"127.0.6.{i}", 0)) for i in range(1, 20)]
    rows = wait_until(listed, "all names")
    clients = [r for r in rows if r.get("remote_port") == 8080]
    check(len(clients) == len(keep) and len(rows) == 2 * len(keep) + 1, rows)
    for r in rows:
        check(r.get("local_name") == "host-" + r["local_addr"].replace(".", "-"), r)
        check(r.get("remote_name", "host-") == "host-" + r.get("remote_addr", "").replace(".", "-"), r)
        check(r["user"] == "root" and "web-cache" in (r.get("local_service"), r.get("remote_service")), r)

    def shown():
        text = run("list", here(), "--resolve", "-P", "8080").stdout.decode().splitlines()
        return len(text) == len(rows) + 1 and all(" host-127-0-0-:web-cache " in x for x in text[1:])
    wait_until(shown, "all names in text")
    check(sock)
    etc.cleanup()


def test_resolve__list_by_numbers():
    etc = own_etc(order="dns")
    server = NameServer(by_table(a127_0_0_1="never.example"))
    sock = listener(port=8080)
    for options in (), ("-n",):  # its output is no terminal
        done = run("list", here(), *options, "-P", "8080")
        row = done.stdout.decode().splitlines()[1]
        check(" 127.0.0.1:8080 " in row, row)
        rows = rows_of(run("list", here(), "-j", *options, "-P", "8080"))
        check(len(rows) == 1 and not {"local_name", "local_service", "user"} & set(rows[0]), rows)
    check(not server.asked and sock, server.asked)
    etc.cleanup()


def test_resolve__some_are_numbers_where_that_is_asked_for():
    etc = own_etc(order="dns")
    asked = []

    def answer(name):
        asked.append(name)
        return labels("host-" + name.replace(".", "-"))
    NameServer(answer)
    sock = listener(port=8080)
    keep = ("local_name", "local_service", "user")
    for option, gone in (("--numeric-hosts", keep[0]), ("--numeric-ports", keep[1]), ("--numeric-users", keep[2])):
        asked.clear()
        row = wait_until(lambda o=option, g=gone: next((r for r in rows_of(run("list", here(), "--resolve", "-j", "-t", o))
                                                        if all((k in r) == (k != g) for k in keep)), None), f"names beside {option}")
        check(row["local_addr"] == "127.0.0.1" and row["local_port"] == 8080, row)
        check(bool(asked) == (option != "--numeric-hosts"), option, asked)
    sock.close()
    etc.cleanup()


def test_resolve__list_does_not_wait_for_a_mute_server():
    etc = own_etc(order="files dns")
    server = NameServer(mute)
    sock = listener(port=8080)
    keep = [socket.create_connection(("127.0.0.1", 8080), source_address=(f"127.0.6.{i}", 0)) for i in range(1, 100)]
    done = run("list", here(), "--resolve", "-P", "8080", "-t")
    lines = done.stdout.decode().splitlines()
    check(done.returncode == 0 and len(lines) == 2 * len(keep) + 2, done)
    check(sum(" 127.0.6." in x and " localhost:web-cache " in x for x in lines) == 2 * len(keep), lines)
    check(server.asked and sock)
    etc.cleanup()


def test_resolve__list_at_a_terminal_is_as_netstat():
    etc = own_etc(order="dns")
    NameServer(by_table(a127_0_0_1="work-laptop.example.org"))
    sock = listener(port=8080)
    wait_until(lambda: " work-laptop.e:web-cache " in at_terminal("list", here(), "-P", "8080")[1], "the name")
    wait_until(lambda: " work-laptop.example.org:web-cache " in at_terminal("list", here(), "-W", "-P", "8080")[1],
               "the whole name")
    for numeric in ("-n", "-tn"):
        row = at_terminal("list", here(), numeric, "-P", "8080")[1]
        check(" 127.0.0.1:8080 " in row and "work" not in row, row)
    row = json.loads(at_terminal("list", here(), "-j", "-P", "8080")[0])
    check("local_name" not in row and sock, "what programs read does not depend on a terminal", row)
    etc.cleanup()


def test_resolve__unreadable_or_no_name_service_is_numbers():
    etc = own_etc(order="dns", options="options use-vc", services="")  # nobody listens on port 53
    sock = listener(port=8080)
    rows = rows_of(run("list", here(), "--resolve", "-j", "-P", "8080"))
    check(len(rows) == 1 and rows[0]["local_port"] == 8080 and sock, rows)
    check("local_name" not in rows[0] and "local_service" not in rows[0], rows)
    etc.cleanup()


def test_resolve__names_of_users():
    etc = own_etc()

    def serve(link):
        os.setresuid(12345, 12345, 12345)
        sock = listener(port=8081)
        link.say("up")
        link.hear()
        sock.close()

    other = Child(serve)
    other.hear()
    rows = rows_of(run("list", here(), "--resolve", "-j", "-P", "8081"))
    check(len(rows) == 1 and rows[0]["uid"] == 12345 and rows[0]["user"] == "resolved", rows)
    text = run("list", here(), "--resolve", "-e", "-P", "8081").stdout.decode()
    check(" uid=resolved " in text, text)
    text = run("list", here(), "-e", "-P", "8081").stdout.decode()
    check(" uid=12345 " in text, text)
    other.kill()
    etc.cleanup()


def test_resolve__helper_has_no_rights_and_none_of_our_files():
    etc = own_etc(order="dns")
    server = NameServer(mute)
    sock = listener(port=8080)
    acceptor(sock)
    with named_watch() as w:
        connect(8080)
        wait_until(lambda: server.asked, "a look-up")
        processes = helpers_of(w.process.pid)
        check(len(processes) >= 2, processes)
        uid, gid = own_user()
        for pid in processes:
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
                status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
            check(status["Uid"].split() == [uid] * 4 and status["Gid"].split() == [gid] * 4, status)
            check(status["NoNewPrivs"] == "1" and status["Groups"].strip() == "", status)
            check(all(int(status[x], 16) == 0 for x in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")), status)
            held = {os.readlink(f"/proc/{pid}/fd/{fd}").split(":")[0] for fd in os.listdir(f"/proc/{pid}/fd")}
            check(held <= {"/dev/null", "socket"}, held)
        w.stop()
    etc.cleanup()
