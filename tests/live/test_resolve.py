# SPDX-License-Identifier: GPL-2.0-only
"""--resolve: names of hosts, services and users, by name servers of our own, good and bad ones."""
import ctypes
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from harness import (CLONE_NEWNS, DEADLINE, LIBC, SCALE, Child, Settings, Skip, Watch, at_terminal, check, listener, run, scaled,
                     scratch, wait_until)

LIMIT = 3  # seconds that a look-up may take
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
PASSWD = "root:x:0:0::/root:/bin/sh\nresolved:x:12345:12345::/:/bin/sh\n"
SERVICES = "https 443/tcp\nweb-cache 8080/tcp\nweb-cache-u 8080/udp\nlate-name 8080/tcp\n"
HOSTS = "127.0.0.1 localhost\n"


def mount(source, target, flags):
    if LIBC.mount(source.encode(), target.encode(), None, ctypes.c_ulong(flags), None):
        raise Skip(f"cannot mount {source} on {target}: {os.strerror(ctypes.get_errno())}")


def own_etc(hosts=HOSTS, services=SERVICES, order="files dns", options=""):
    """An /etc of our own, so that names do not depend on the machine; ours alone, and gone with us."""
    if LIBC.unshare(CLONE_NEWNS):
        raise Skip("no mount namespace")
    mount("none", "/", MS_REC | MS_PRIVATE)
    folder = scratch()
    files = {"passwd": PASSWD, "hosts": hosts, "services": services,
             "nsswitch.conf": f"passwd: files\nhosts: {order}\nservices: files\n",
             "resolv.conf": f"nameserver 127.0.0.1\n{options}\n"}
    os.chmod(folder.name, 0o755)
    for name, text in files.items():
        with open(f"{folder.name}/{name}", "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
    for name in "ld.so.cache", "localtime":
        if os.path.exists("/etc/" + name):
            shutil.copy("/etc/" + name, folder.name)
    mount(folder.name, "/etc", MS_BIND)
    return folder


class NameServer:
    """Answers PTR questions on 127.0.0.1:53 by a table; None holds an answer back."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, peer = self.sock.recvfrom(512)
            name, end = self.question(query)
            self.asked.append(name)
            reply = self.answer(name)
            if reply is not None:
                self.sock.sendto(self.reply(query, end, reply), peer)

    @staticmethod
    def question(query):
        """The address that is asked for, and where the question ends."""
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]])
            at += query[at] + 1
        if labels[-2:] == [b"in-addr", b"arpa"]:
            name = ".".join(x.decode() for x in reversed(labels[:-2]))
        else:
            digits = b"".join(reversed(labels[:-2])).decode()
            name = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(digits))
        return name, at + 5

    @staticmethod
    def reply(query, end, reply):
        """A list of labels is a name, b"" says that there is none, other bytes are sent as they are."""
        if reply == b"":
            return query[:2] + b"\x81\x83" + query[4:6] + b"\0" * 6 + query[12:end]
        if isinstance(reply, bytes):
            return query[:2] + reply
        data = b"".join(bytes([len(x)]) + x for x in reply) + b"\0"
        rr = b"\xc0\x0c\0\x0c\0\1\0\0\0\1" + struct.pack(">H", len(data)) + data
        return query[:2] + b"\x81\x80" + query[4:6] + b"\0\1\0\0\0\0" + query[12:end] + rr


def labels(name):
    return [x.encode() for x in name.split(".")]


def by_table(**table):
    """table: 'a10_0_0_1="name.example"'; what is not in it has no name."""
    names = {k[1:].replace("_", "."): v for k, v in table.items()}
    return lambda name: labels(names[name]) if name in names else b""


def mute(_):
    return None


def connect(port, source="127.0.0.1", host="127.0.0.1"):
    """One connection, which is over when this returns; returns its local port."""
    c = socket.create_connection((host, port), source_address=(source, 0))
    mine = c.getsockname()[1]
    c.close()
    return mine


def acceptor(sock):
    """Accepts and ends whatever comes."""
    def loop():
        while True:
            try:
                sock.accept()[0].close()
            except OSError:
                return
    threading.Thread(target=loop, daemon=True).start()


def helpers_of(pid):
    """The process that looks names up, and those that it has started."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as f:
                parent = int(f.read().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if parent == pid:
            found += [int(entry), *helpers_of(int(entry))]
    return found


def is_there(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("RssAnon:"))


def here():
    """Other namespaces have sockets too, whose names would be asked for."""
    return (f"--netns={Settings.netns}",)


def named_watch(*args, **kw):
    return Watch("-E", "--resolve", *here(), *args, **kw)


# --- the stream ----------------------------------------------------------------------------------


def test_resolve__names_are_shown_once_they_are_known():
    etc = own_etc(order="dns")
    server = NameServer(by_table(a127_0_0_2="ec2-3-9-202-151.eu-west-2.compute.amazonaws.com",
                                 a127_0_0_1="work-laptop"))
    sock = listener(port=8080)
    acceptor(sock)
    with named_watch() as w:
        def named():
            port = connect(8080, source="127.0.0.2")
            r = w.wait_for(state="SYN_SENT", local_port=port)
            check(r["local_addr"] == "127.0.0.2" and r["remote_addr"] == "127.0.0.1", r)
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
        with Watch(*options, *here()) as w:
            for _ in range(3):
                w.wait_for(state="SYN_SENT", local_port=connect(8080))
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
            port = connect(8080, source=f"127.0.0.{i}")
            r = w.wait_for(state="SYN_SENT", local_port=port)
            check("local_name" not in r and r["local_addr"] == f"127.0.0.{i}", r)
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
            begin = time.monotonic()
            w.stop(sig)
            check(time.monotonic() - begin < LIMIT or SCALE < 1, "it waited for the look-up")
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
        r = w.wait_for(state="SYN_SENT", local_port=connect(8080, source="127.0.0.9"))
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
            port = connect(8080, source="127.0.1.1")
            return w.wait_for(state="SYN_SENT", local_port=port).get("local_name") == "good.example"
        wait_until(good, "a name, once a worker was ended")
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
            release.wait(0.5)  # late, though in time
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
                port = connect(8080, source=f"127.0.3.{i}")
                found[i] = w.wait_for(state="SYN_SENT", local_port=port).get("local_name")
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
                port = connect(8080, source=address)
                found[address] = w.wait_for(state="SYN_SENT", local_port=port).get("local_name")
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
        w.wait_for(state="SYN_SENT", local_port=connect(8080))
        for pid in helpers_of(w.process.pid)[:1]:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(is_there(p) for p in helpers_of(w.process.pid)), "the end of the helper")
        for i in range(5):
            w.wait_for(state="SYN_SENT", local_port=connect(8080, source=f"127.0.5.{i + 1}"))
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
            port = connect(8080, source="127.0.1.1")
            return w.wait_for(state="SYN_SENT", local_port=port).get("local_name") == "good.example"
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
        w.wait_for(state="SYN_SENT", local_port=connect(8080))
        before = resident(w.process.pid)
        for i in range(count):
            connect(8080, source=f"127.1.{i // 250}.{i % 250 + 1}")
        w.wait_for(state="SYN_SENT", local_port=connect(8080))
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
            r = w.wait_for(state="SYN_SENT", local_port=connect(8080, source="127.9.9.9"))
            return r.get("local_name") == name_of("127.9.9.9")
        wait_until(named, "a name")

    for r in many_addresses(lambda name: labels(name_of(name)), last):
        check(r.get("local_name", name_of(r["local_addr"])) == name_of(r["local_addr"]), r)
        check(r.get("remote_name", name_of("127.0.0.1")) == name_of("127.0.0.1"), r)


def test_resolve__ten_thousand_addresses_and_a_mute_server():
    for r in many_addresses(mute, lambda w: None):
        check("local_name" not in r and "remote_name" not in r, r)


# --- list ----------------------------------------------------------------------------------------


def rows_of(done):
    check(done.returncode == 0, done.stderr)
    return [r for r in map(json.loads, done.stdout.splitlines()) if r.get("netns") == Settings.netns]


def test_resolve__list_waits_for_names():
    etc = own_etc(order="dns")

    def answer(name):
        threading.Event().wait(0.01)
        return labels("host-" + name.replace(".", "-"))

    def listed():
        """A slow machine may not have all names in the time that there is."""
        rows = rows_of(run("list", *here(), "--resolve", "-j", "-P", "8080"))
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
        text = run("list", *here(), "--resolve", "-P", "8080").stdout.decode().splitlines()
        return len(text) == len(rows) + 1 and all(" host-127-0-0-:web-cache " in x for x in text[1:])
    wait_until(shown, "all names in text")
    check(sock)
    etc.cleanup()


def test_resolve__list_by_numbers():
    etc = own_etc(order="dns")
    server = NameServer(by_table(a127_0_0_1="never.example"))
    sock = listener(port=8080)
    for options in (), ("-n",):  # its output is no terminal
        done = run("list", *here(), *options, "-P", "8080")
        row = done.stdout.decode().splitlines()[1]
        check(" 127.0.0.1:8080 " in row, row)
        rows = rows_of(run("list", *here(), "-j", *options, "-P", "8080"))
        check(len(rows) == 1 and not {"local_name", "local_service", "user"} & set(rows[0]), rows)
    check(not server.asked and sock, server.asked)
    etc.cleanup()


def test_resolve__list_does_not_wait_for_a_mute_server():
    etc = own_etc(order="files dns")
    server = NameServer(mute)
    sock = listener(port=8080)
    keep = [socket.create_connection(("127.0.0.1", 8080), source_address=(f"127.0.6.{i}", 0)) for i in range(1, 100)]
    done = run("list", *here(), "--resolve", "-P", "8080", "-t")
    lines = done.stdout.decode().splitlines()
    check(done.returncode == 0 and len(lines) == 2 * len(keep) + 2, done)
    check(sum(" 127.0.6." in x and " localhost:web-cache " in x for x in lines) == 2 * len(keep), lines)
    check(server.asked and sock)
    etc.cleanup()


def test_resolve__list_at_a_terminal_is_as_netstat():
    etc = own_etc(order="dns")
    NameServer(by_table(a127_0_0_1="work-laptop.example.org"))
    sock = listener(port=8080)
    wait_until(lambda: " work-laptop.e:web-cache " in at_terminal("list", *here(), "-P", "8080")[1], "the name")
    wait_until(lambda: " work-laptop.example.org:web-cache " in at_terminal("list", *here(), "-W", "-P", "8080")[1],
               "the whole name")
    for numeric in ("-n", "-tn"):
        row = at_terminal("list", *here(), numeric, "-P", "8080")[1]
        check(" 127.0.0.1:8080 " in row and "work" not in row, row)
    row = json.loads(at_terminal("list", *here(), "-j", "-P", "8080")[0])
    check("local_name" not in row and sock, "what programs read does not depend on a terminal", row)
    etc.cleanup()


def test_resolve__unreadable_or_no_name_service_is_numbers():
    etc = own_etc(order="dns", options="options use-vc", services="")  # nobody listens on port 53
    sock = listener(port=8080)
    rows = rows_of(run("list", *here(), "--resolve", "-j", "-P", "8080"))
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
    rows = rows_of(run("list", *here(), "--resolve", "-j", "-P", "8081"))
    check(len(rows) == 1 and rows[0]["uid"] == 12345 and rows[0]["user"] == "resolved", rows)
    text = run("list", *here(), "--resolve", "-e", "-P", "8081").stdout.decode()
    check(" uid=resolved " in text, text)
    text = run("list", *here(), "-e", "-P", "8081").stdout.decode()
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
        for pid in processes:
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
                status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
            check(status["Uid"].split() == ["65534"] * 4 and status["Gid"].split() == ["65534"] * 4, status)
            check(status["NoNewPrivs"] == "1" and status["Groups"].strip() == "", status)
            check(all(int(status[x], 16) == 0 for x in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")), status)
            held = {os.readlink(f"/proc/{pid}/fd/{fd}").split(":")[0] for fd in os.listdir(f"/proc/{pid}/fd")}
            check(held <= {"/dev/null", "socket"}, held)
        w.stop()
    etc.cleanup()
