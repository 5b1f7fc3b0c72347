# SPDX-License-Identifier: GPL-2.0-only
"""--resolve: names of hosts, services and users in the stream."""
import os
import signal
import socket
import threading

from harness import LONG, SCALE, Patience, Watch, check, here, listener, scaled, wait_until
from nameserver import (HOSTS, LIMIT, NameServer, acceptor, by_table, connect, helpers_of, is_there, labels, mute,
                        named_watch, own_etc, resident, told_connect)


def test_resolve__names_are_shown_once_they_are_known():
    etc = own_etc(order="dns")
    server = NameServer(by_table(a127_0_0_2="ec2-3-9-202-151.eu-west-2.compute.amazonaws.com",
                                 a127_0_0_1="work-laptop"))
    sock = listener(port=8080)
    acceptor(sock)
    with named_watch() as w:
        def named():
            r = told_connect(w, "127.0.0.2")
            check(r["remote_addr"] == "127.0.0.1", r)
            check(r["remote_service"] == "web-cache" and "local_service" not in r, r)
            return r if "local_name" in r and "remote_name" in r and "user" in r else None
        r = wait_until(named, "names")
        check(r["local_name"] == "ec2-3-9-202-151.eu-west-2.compute.amazonaws.com", r)
        check(r["remote_name"] == "work-laptop" and r["user"] == "root" and r["uid"] == 0, r)
        w.stop()
        check(w.status == 0 and "no more names" not in w.stderr(), w.stderr())
    check(set(server.asked) == {"127.0.0.1", "127.0.0.2"}, server.asked)
    etc.cleanup()


def test_resolve__text_has_names_in_netstats_width():
    etc = own_etc(order="dns")
    NameServer(by_table(a127_0_0_2="ec2-3-9-202-151.eu-west-2.compute.amazonaws.com", a127_0_0_1="work-laptop"))
    sock = listener(port=443)
    acceptor(sock)
    other = listener(host="127.0.0.2", port=443)
    acceptor(other)
    for options, shown in ((), "ec2-3-9-202-151.e:https"), \
                          (("-W",), "ec2-3-9-202-151.eu-west-2.compute.amazonaws.com:https"):
        with named_watch("-e", *options, form=None) as w:
            def named(w=w, shown=shown):
                port = connect(443, host="127.0.0.2")
                lines = [x for x in w.text().splitlines() if f":{port} " in x]
                return [x for x in lines if f" work-laptop:{port} " in x and f" {shown} " in x and "uid=root" in x]
            wait_until(named, "a line with names")
            w.stop()
    etc.cleanup()


def test_resolve__ipv6_and_mapped_addresses():
    etc = own_etc(order="dns")
    server = NameServer(lambda name: labels("six.example" if name == "::1" else "four.example"))
    sock = socket.create_server(("::", 8080), family=socket.AF_INET6, dualstack_ipv6=True)
    acceptor(sock)
    with named_watch() as w:
        def named(host, name):
            c = socket.create_connection((host, 8080))
            port = c.getsockname()[1]
            c.close()
            r = w.wait_for(old_state="LISTEN", remote_port=port)
            return r.get("local_name") == r.get("remote_name") == name
        wait_until(lambda: named("::1", "six.example"), "the name of ::1")
        wait_until(lambda: named("127.0.0.1", "four.example"), "the name of 127.0.0.1, v4-mapped")
        w.stop()
    check(set(server.asked) == {"::1", "127.0.0.1"}, "the wildcard address is not asked for", server.asked)
    etc.cleanup()


def test_resolve__without_it_nothing_is_asked():
    etc = own_etc(order="dns")
    server = NameServer(by_table(a127_0_0_1="never.example"))
    sock = listener(port=8080)
    acceptor(sock)
    for options in (), ("-n",):
        with Watch(*options, here()) as w:
            for _ in range(3):
                told_connect(w)
            check(not helpers_of(w.process.pid), "no process for names")
            for r in w.stop():
                check(not {"local_name", "remote_name", "local_service", "remote_service", "user"} & set(r), r)
    check(not server.asked, server.asked)
    etc.cleanup()


def test_resolve__mute_server_delays_no_line():
    etc = own_etc(order="dns")
    server = NameServer(mute)
    sock = listener(port=8080)
    acceptor(sock)
    with named_watch() as w:
        for i in range(2, 22):
            asked = len(server.asked)
            r = told_connect(w, f"127.0.0.{i}")
            check("local_name" not in r, r)
            if asked == len(server.asked) == 0:
                wait_until(lambda: server.asked, "the question that has no answer")
        check(helpers_of(w.process.pid), "the process that looks up")
        w.stop()
        check(w.status == 0, w.stderr())
    etc.cleanup()


def test_resolve__interrupted_while_a_look_up_hangs_it_ends_with_all_its_processes():
    """By TCP, where the C library itself waits for ever."""
    etc = own_etc(order="dns", options="options use-vc")
    server = socket.create_server(("127.0.0.1", 53))
    sock = listener(port=8080)
    acceptor(sock)
    for sig in signal.SIGINT, signal.SIGTERM, signal.SIGKILL:
        with named_watch() as w:
            connect(8080)
            held = server.accept()[0]
            check(held.recv(1), "a question")
            processes = helpers_of(w.process.pid)
            check(len(processes) >= 2 and all(is_there(p) for p in processes), processes)
            for p in processes:  # the terminal sends it to all of them
                if sig != signal.SIGKILL:
                    os.kill(p, sig)
            check(all(is_there(p) for p in processes), "they live through it")
            patience = Patience(LIMIT)
            w.stop(sig)
            check(not patience.is_over() or SCALE < 1, "it waited for the look-up")
            check(w.status == (0 if sig != signal.SIGKILL else -9), w.status, w.stderr())
            check("no more names" not in w.stderr(), w.stderr())
            if sig == signal.SIGKILL:
                wait_until(lambda: not any(is_there(p) for p in processes), "the end of all of them")
            check(not any(is_there(p) for p in processes), "left over")
            held.close()
    etc.cleanup()


def test_resolve__helper_that_does_not_move_is_not_waited_for():
    etc = own_etc(order="dns")
    server = NameServer(mute)
    sock = listener(port=8080)
    acceptor(sock)
    with named_watch() as w:
        connect(8080)
        wait_until(lambda: server.asked, "a look-up")
        processes = helpers_of(w.process.pid)
        check(len(processes) >= 2, processes)
        for p in processes:
            os.kill(p, signal.SIGSTOP)
        r = told_connect(w, "127.0.0.9")
        check("local_name" not in r, r)
        w.stop()
        check(w.status == 0, w.stderr())
        wait_until(lambda: not any(is_there(p) for p in processes), "the end of all of them")
    etc.cleanup()


def test_resolve__look_up_that_hangs_is_given_up_and_others_go_on():
    """More of them than there are workers; each is ended at its limit."""
    hanging = 12
    etc = own_etc(order="files dns", hosts=HOSTS + "127.0.1.1 good.example\n", options="options use-vc")
    server = socket.create_server(("127.0.0.1", 53), backlog=100)
    held = []

    def hold():
        while True:
            held.append(server.accept()[0])
    threading.Thread(target=hold, daemon=True).start()
    sock = listener(port=8080)
    acceptor(sock)
    with named_watch() as w:
        for i in range(hanging):
            connect(8080, source=f"127.0.2.{i + 1}")
        wait_until(lambda: len(held) >= 8, "all workers hang")
        check(len(helpers_of(w.process.pid)) <= 9, "bounded:", helpers_of(w.process.pid))

        def good():
            return told_connect(w, "127.0.1.1").get("local_name") == "good.example"
        wait_until(good, "a name, once a worker was ended", LONG)
        check(len(helpers_of(w.process.pid)) <= 9, "bounded:", helpers_of(w.process.pid))
        w.stop()
        check(w.status == 0 and "no more names" not in w.stderr(), w.stderr())
    etc.cleanup()


def test_resolve__answers_that_are_late_garbage_or_none():
    etc = own_etc(order="dns")
    release = threading.Event()

    def answer(name):
        if name == "127.0.3.1":
            return b"\xff" * 30  # garbage
        if name == "127.0.3.2":
            return b"\x81\x80\0\1\0\1\0\0\0\0"  # cut short
        if name == "127.0.3.3":
            return [b"10", b"0", b"0", b"1"]  # would pass for an address
        if name == "127.0.3.4":
            return [b"evil\nname\x1b[2J", b"a b"]
        if name == "127.0.3.5":
            return [b"x" * 63, b"x" * 63, b"x" * 63, b"x" * 61]
        if name == "127.0.3.6":
            release.wait(LIMIT / 2)  # until its line is told; late, though in time
            return [b"late", b"example"]
        return b""

    NameServer(answer)
    sock = listener(port=8080)
    acceptor(sock)
    longest = ".".join(["x" * 63, "x" * 63, "x" * 63, "x" * 61])
    with named_watch() as w:
        def names():
            found = {}
            for i in range(1, 8):
                found[i] = told_connect(w, f"127.0.3.{i}").get("local_name")
            release.set()
            return found if found[5] and found[6] else None
        found = wait_until(names, "the names of those that have one")
        check(found == {1: None, 2: None, 3: None, 4: None, 5: longest, 6: "late.example", 7: None}, found)
        w.stop()
        check(w.status == 0 and "no more names" not in w.stderr(), w.stderr())
    etc.cleanup()


def test_resolve__odd_names_of_the_hosts_file_break_no_line():
    odd = {"127.0.4.1": b"esc\x1b[2J", "127.0.4.2": b"\xff\xfe", "127.0.4.3": b'quo"te,\\',
           "127.0.4.4": b"y" * 300, "127.0.4.5": "käse".encode()}
    etc = own_etc(order="files", hosts=b"127.0.0.1 localhost\n" + b"".join(
        k.encode() + b" " + v + b"\n" for k, v in odd.items()))
    sock = listener(port=8080)
    acceptor(sock)
    want = {"127.0.4.1": "esc\x1b[2J", "127.0.4.2": "\ufffd\ufffd", "127.0.4.3": 'quo"te,\\', "127.0.4.4": None,
            "127.0.4.5": "käse"}
    with named_watch() as w, named_watch("-W", form=None) as text:
        def names():
            found = {}
            for address in odd:
                found[address] = told_connect(w, address).get("local_name")
            shown = text.text()
            return found == want and all(f" {name}:" in shown for name in (
                "esc\\x1b[2J", "\\xff\\xfe", 'quo"te,\\\\', "käse", "127.0.4.4"))
        wait_until(names, "the odd names")
        w.stop()
        text.stop()
        check("\x1b" not in text.text() and "yyy" not in text.text())
        check(all(x.split()[2] in ("Proto", "tcp", "tcp6") for x in text.text().splitlines()), text.text())
    etc.cleanup()


def test_resolve__helper_that_dies_is_told_once_and_nothing_else_ends():
    etc = own_etc()
    sock = listener(port=8080)
    acceptor(sock)
    with named_watch() as w:
        told_connect(w)
        for pid in helpers_of(w.process.pid)[:1]:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(is_there(p) for p in helpers_of(w.process.pid)), "the end of the helper")
        for i in range(5):
            told_connect(w, f"127.0.5.{i + 1}")
        w.stop()
        check(w.status == 0 and w.stderr().count("no more names") == 1, w.stderr())
    etc.cleanup()


def test_resolve__worker_that_dies_costs_one_name():
    etc = own_etc(order="files dns", hosts=HOSTS + "127.0.1.1 good.example\n")
    server = NameServer(mute)
    sock = listener(port=8080)
    acceptor(sock)
    with named_watch() as w:
        connect(8080, source="127.0.5.1")
        wait_until(lambda: server.asked, "a look-up")
        helper, *workers = helpers_of(w.process.pid)
        check(workers, "a worker of", helper)
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(is_there(p) for p in workers), "their end")

        def good():
            return told_connect(w, "127.0.1.1").get("local_name") == "good.example"
        wait_until(good, "a name by another worker")
        w.stop()
        check(w.status == 0 and "no more names" not in w.stderr(), w.stderr())
    etc.cleanup()


def many_addresses(answer, last):
    """
    So many different ones that neither the queue nor the cache holds them: each is told, or counted as
    lost (by the kernel side: the ring has room for all). Returns the connects that were told.
    """
    count = scaled(10000)
    etc = own_etc(order="dns")
    NameServer(answer)
    sock = listener(port=8080, backlog=1024)
    acceptor(sock)
    with named_watch("--buffer-size=64M") as w:
        told_connect(w)
        before = resident(w.process.pid)
        for i in range(count):
            connect(8080, source=f"127.1.{i // 250}.{i % 250 + 1}")
        told_connect(w)
        grown = resident(w.process.pid) - before
        check(grown < 6000, "memory grew by", grown, "KiB")
        check(len(helpers_of(w.process.pid)) <= 9)
        last(w)
        records = w.stop()
        check(w.status == 0, w.stderr())
    etc.cleanup()
    told = [r for r in records if r.get("state") == "SYN_SENT"]
    lost = sum(r["lost"] for r in records if r["event"] == "lost")
    sources = {r["local_addr"] for r in told if r["local_addr"].startswith("127.1.")}
    check(len(sources) + lost >= count and lost < count / 10, len(sources), "of", count, "and", lost, "lost")
    return told


def test_resolve__ten_thousand_addresses_with_names():
    def name_of(address):
        return "host-" + address.replace(".", "-") + ".example"

    def last(w):
        """It still finds names after all that."""
        def named():
            r = told_connect(w, "127.9.9.9")
            return r.get("local_name") == name_of("127.9.9.9")
        wait_until(named, "a name")

    for r in many_addresses(lambda name: labels(name_of(name)), last):
        check(r.get("local_name", name_of(r["local_addr"])) == name_of(r["local_addr"]), r)
        check(r.get("remote_name", name_of("127.0.0.1")) == name_of("127.0.0.1"), r)


def test_resolve__ten_thousand_addresses_and_a_mute_server():
    for r in many_addresses(mute, lambda w: None):
        check("local_name" not in r and "remote_name" not in r, r)
