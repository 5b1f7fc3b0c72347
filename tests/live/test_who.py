# SPDX-License-Identifier: GPL-2.0-only
"""`sockwatch who`: which process has my port."""
import json
import os
import re
import signal
import socket
import subprocess
import time

from harness import Child, Settings, Skip, Watch, check, finished, here, listener, run, scaled, set_name, wait_until


def who(*args, status=0):
    done = run("who", "-j", here(), *args)
    check(done.returncode == status, args, done)
    return [json.loads(line) for line in done.stdout.splitlines()]


def sockets(records):
    return [r for r in records if r["event"] == "socket"]


def test_who__listeners_come_first_then_who_is_connected_then_what_waits():
    server = listener()
    port = server.getsockname()[1]
    gone = socket.create_connection(server.getsockname())
    closed = server.accept()[0]
    closed.close()  # first: its side waits
    gone.close()
    client = socket.create_connection(server.getsockname())
    accepted = server.accept()[0]

    def rows():
        found = sockets(who(str(port)))
        return found if len(found) == 4 else None
    found = wait_until(rows, "four sockets")
    check([(r["state"], r["local_port"] == port) for r in found] ==
          [("LISTEN", True), ("ESTABLISHED", True), ("ESTABLISHED", False), ("TIME_WAIT", True)], found)
    check(0 < found[3]["blocked_ms"] <= 60000 and "blocked_ms" not in found[0], found)
    client.close()
    accepted.close()


def test_who__every_holder_is_described():
    server = listener()
    port = str(server.getsockname()[1])

    def hold(link):
        set_name(b"worker")
        link.say("ready")
        link.hear()

    child = Child(hold)
    child.hear()
    records = who(port)
    owners = {o["pid"]: o["comm"] for o in sockets(records)[0]["owners"]}
    processes = {r["pid"]: r for r in records if r["event"] == "process"}
    check(owners.keys() == processes.keys() == {os.getpid(), child.pid}, records)
    check(processes[child.pid]["comm"] == "worker" and processes[child.pid]["uid"] == os.geteuid(), processes)
    with open("/proc/self/cmdline", "rb") as f:
        cmdline = f.read().rstrip(b"\0").replace(b"\0", b" ").decode()
    check(processes[os.getpid()]["cmdline"] == cmdline, processes)
    check(processes[os.getpid()]["exe"] == os.readlink("/proc/self/exe"), processes)
    check(processes[os.getpid()]["start_time"] <= processes[child.pid]["start_time"], processes)
    text = run("who", here(), port).stdout.decode()
    check(f"\n{child.pid}/worker: user " in text and ", since 20" in text, text)
    check(f"    as   {cmdline}\n" in text, text)
    child.say()
    child.wait()


def test_who__exit_status_says_whether_somebody_holds_it():
    server = listener()
    port = server.getsockname()[1]
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))
    check(len(sockets(who(str(port)))) == 2, "both protocols")
    check([r["proto"] for r in sockets(who(f"{port}/udp"))] == ["udp"], "udp")
    check([r["proto"] for r in sockets(who("--tcp", str(port)))] == ["tcp"], "tcp")
    udp.close()
    check(who(f"{port}/udp", status=1) == [], "nobody")
    done = run("who", here(), f"{port}/udp", f"{port}/tcp")
    check(done.returncode == 0 and f"nobody holds port {port}/udp".encode() in done.stderr, done)
    low, high = max(1, port - 5), min(65535, port + 5)
    check(len(sockets(who(f"{low}-{high}"))) == 1, "a range")
    server.close()
    check(who(str(port), status=1) == [], "closed")
    # a client of that port elsewhere does not hold it here
    other = listener(host="127.0.0.2")
    port = other.getsockname()[1]
    client = socket.create_connection(other.getsockname())
    accepted = other.accept()[0]
    other.close()
    accepted_port = sockets(who(str(port)))
    check([r["state"] for r in accepted_port] == ["ESTABLISHED", "ESTABLISHED"], accepted_port)
    accepted.close()
    client.close()


def test_who__every_protocol_that_has_ports_is_asked():
    """A port of UDP-Lite, of MPTCP or of vsock is held as one of TCP is."""
    kinds = {"udplite": (socket.AF_INET, socket.SOCK_DGRAM, 136), "mptcp": (socket.AF_INET, socket.SOCK_STREAM, 262),
             "sctp": (socket.AF_INET, socket.SOCK_STREAM, 132), "vsock": (40, socket.SOCK_STREAM, 0)}
    tried = 0
    for name, kind in kinds.items():
        try:
            s = socket.socket(*kind)
            s.bind((0xffffffff, 7117) if name == "vsock" else ("127.0.0.1", 7117))
            if name != "udplite":
                s.listen()
        except OSError:
            continue
        for args in (["7117"], [f"7117/{name}"], ["--" + name, "7117"]):
            found = [r for r in sockets(who(*args)) if r["proto"] == name]
            if name == "vsock" and not found:  # no diagnosis here: the port is not told
                continue
            check(found and all(r["pid"] == os.getpid() for r in found), name, args, found)
        check(not [r for r in sockets(who("7117/udp", status=1)) if r["proto"] == name], name)
        s.close()
        tried += 1
    done = run("who", "--udplite", "53/tcp")
    check(done.returncode == 2 and b"'53/tcp' is a port of another protocol" in done.stderr, done)
    done = run("who", "-f", "--udplite", "53")
    check(done.returncode == 2 and b"TCP and UDP" in done.stderr, done)
    if not tried:
        raise Skip("this kernel has none of them")


def test_who__services_are_known_by_name():
    server = listener(port=443)
    records = sockets(who("https"))
    check([r["local_port"] for r in records] == [443], records)
    server.close()
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 53))
    check([r["proto"] for r in sockets(who("domain"))] == ["udp"], "domain")
    check([r["proto"] for r in sockets(who("domain/udp", "https"))] == ["udp"], "domain/udp")
    udp.close()


def test_who__several_are_told_one_by_one():
    a, b = listener(), listener()
    ports = [s.getsockname()[1] for s in (b, a)]  # not in their order
    done = run("who", here(), *map(str, ports), "9")
    check(done.returncode == 0 and b"nobody holds port 9\n" in done.stderr, done)
    lines = done.stdout.decode().splitlines()
    at = [lines.index(f"{port}:") for port in ports]
    check(at == sorted(at) and all(f"127.0.0.1:{p} " in lines[i + 1] for p, i in zip(ports, at)), lines)
    check([r["local_port"] for r in sockets(who(*map(str, ports)))] == ports, "in the order of the question")


def test_who__by_counts_in_place_of_rows():
    server = listener()
    port = server.getsockname()[1]
    ends = [socket.create_connection(server.getsockname()) for _ in range(3)]
    ends += [server.accept()[0] for _ in range(2)]  # one waits
    counts = {c["state"]: c["count"] for c in who(str(port), "--by", "state")}
    check(counts == {"LISTEN": 1, "ESTABLISHED": 6}, counts)
    done = run("who", here(), str(port), "--by", "local,pid", "--csv")
    lines = done.stdout.decode().splitlines()
    check(len(lines) == 2 and lines[1].endswith(f",127.0.0.1,{os.getpid()},7"), lines)
    text = run("who", here(), str(port), "--by", "comm").stdout.decode()
    check(re.search(r"^ *7 +python", text, re.M) and ": user " not in text, text)
    server.close()
    for end in ends:
        end.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobodys = free.getsockname()[1]
    done = run("who", here(), str(nobodys), "--by", "state")
    check(done.returncode == 1 and not done.stdout and b"nobody holds" in done.stderr, done)


def interrupted(seconds, *args):
    """`who -f` that gets a Ctrl-C after so long: what it said in all, and its status."""
    with subprocess.Popen([Settings.binary, "who", "-f", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
        time.sleep(seconds)
        p.send_signal(signal.SIGINT)
        said = b"".join(p.communicate(timeout=60))
    return said.decode(), p.returncode


def test_who__follow_that_is_interrupted_says_nothing_false():
    """However early: that nobody has a port is said by who has looked at all sockets."""
    server = listener()
    port = str(server.getsockname()[1])
    for source in (["--snapshot=proc"], []):
        begun, untold = time.monotonic(), 0
        with Watch("who", "-f", *source, port) as w:
            w.wait_for(event="socket", state="LISTEN")
            needed = time.monotonic() - begun
        until = time.monotonic() + 20  # on a machine that has no time, fewer of them
        for i in (7 * k % 40 for k in range(scaled(40))):
            if time.monotonic() > until:
                break
            said, status = interrupted(needed * i / 40, *source, port)
            check("nobody holds" not in said and "no process has it" not in said and status != 1, source, i, status, said)
            untold += "LISTEN" not in said
            check("LISTEN" in said or status == -signal.SIGINT or "interrupted" in said, source, i, status, said)
        check(untold, "none of them came before the row")


def test_who__pids_are_for_kill():
    """Those that have it, each once; not who is its client."""
    def hold(link):
        shared.close()
        other = socket.create_connection(("127.0.0.1", port))
        link.say("connected")
        link.hear()
        other.close()

    shared = listener()
    port = shared.getsockname()[1]
    client = Child(hold)
    client.hear()
    done = run("who", "-t", here(), str(port), f"127.0.0.1:{port}")
    check(done.returncode == 0 and done.stdout == b"%d\n" % os.getpid(), done)
    client.say()
    client.wait()
    shared.close()
    done = run("who", "--pids", here(), "9")
    check(done.returncode == 1 and done.stdout == b"", done)


def test_who__an_address_and_an_address_with_a_port():
    server = listener(host="127.0.0.5")
    port = server.getsockname()[1]
    client = socket.create_connection(server.getsockname())
    found = sockets(who(f"127.0.0.5:{port}"))
    check([(r["state"], r["local_port"] == port) for r in found] ==
          [("LISTEN", True), ("ESTABLISHED", True), ("ESTABLISHED", False)], found)
    check(who(f"127.0.0.6:{port}", status=1) == [], "another address")
    found = sockets(who("127.0.0.5"))
    check(len(found) == 3, found)
    done = run("who", here(), "127.0.0.77")
    check(done.returncode == 1 and b"nobody talks to 127.0.0.77" in done.stderr, done)
    client.close()
    wild = listener(host="0.0.0.0")
    port = wild.getsockname()[1]
    for text in (f"127.0.0.6:{port}", f"0.0.0.0:{port}", f"*:{port}", f":{port}"):
        check([r["state"] for r in sockets(who(text))] == ["LISTEN"], text)


def test_who__a_port_that_only_waits_says_so():
    server = listener()
    port = str(server.getsockname()[1])
    gone = socket.create_connection(server.getsockname())
    closed = server.accept()[0]
    server.close()
    closed.close()
    gone.close()

    def waits():
        done = run("who", here(), port)
        return done if b"TIME_WAIT" in done.stdout else None
    done = wait_until(waits, "TIME_WAIT")
    check(done.returncode == 1 and b"nobody holds" not in done.stderr, done)
    check(re.search(rb"port %s: no process has it, .*TIME_WAIT, .* free in \d+s" % port.encode(), done.stderr), done)


def test_who__bad_ports_are_one_line_and_status_2():
    for args in ((), ("70000",), ("0",), ("https-or-so",), ("80/dccp",), ("90-80",), ("80", "x y"), ("-5",),
                 ("80", "-P", "90"), ("80", "--duration=1")):
        done = run("who", *args)
        check(done.returncode == 2 and not done.stdout and done.stderr.count(b"\n") == 1, args, done)
    check(b"who 8080" in run("who").stderr, "an example")


def test_who__without_rights_it_says_what_is_hidden():
    server = listener()
    port = server.getsockname()[1]
    done = finished(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Settings.binary, "who", here(),
                     str(port)])
    check(done.returncode == 0 and b"CAP_SYS_PTRACE" in done.stderr, done)
    check(f"127.0.0.1:{port} ".encode() in done.stdout, done)


def try_bind(port, host="127.0.0.1", kind=socket.SOCK_STREAM):
    s = socket.socket(socket.AF_INET, kind)
    try:
        s.bind((host, port))
        return s
    except OSError:
        s.close()
        return None


def failed_bind(w, port, key, host="127.0.0.1", **more):
    """
    The record of a bind that failed and that tells key: a look at who has the address is bounded in
    time, and where others take the processors one look may not be enough.
    """
    def again():
        want = {"event": "bind", "error": "EADDRINUSE", "local_addr": host, "local_port": port}
        before = len(w.find(**want))
        check(try_bind(port, host, **more) is None, "it is taken")
        record = wait_until(lambda: w.find(**want)[before:], "the bind that failed")[0]
        return record if key in record else None
    return wait_until(again, f"a bind that failed, with {key}")


def test_who__follow_tells_every_try():
    server = listener()
    port = server.getsockname()[1]
    with Watch("who", "-f", str(port)) as w:
        row = w.wait_for(event="socket", local_port=port, state="LISTEN")
        check(row["pid"] == os.getpid(), row)
        wait_until(lambda: any(b'"event":"process"' in line for line in w.lines), "the process")
        failed = failed_bind(w, port, "held_by")
        check([h["pid"] for h in failed["held_by"]] == [os.getpid()], failed)
        wild = failed_bind(w, port, "held_by", "0.0.0.0")
        check([h["pid"] for h in wild["held_by"]] == [os.getpid()], wild)

        client = socket.create_connection(("127.0.0.1", port))
        accepted = server.accept()[0]
        w.wait_for(event="state", remote_port=port, state="ESTABLISHED", old_state="SYN_SENT")
        w.wait_for(event="accept", local_port=port)
        server.close()
        w.wait_for(event="state", local_port=port, old_state="LISTEN", state="CLOSE")
        third = failed_bind(w, port, "held_by")  # the connection is in the way
        check([h["pid"] for h in third["held_by"]] == [os.getpid()], third)

        accepted.close()
        client.close()
        fourth = failed_bind(w, port, "blocked_ms")  # TIME_WAIT is in the way
        check("held_by" not in fourth and 0 < fourth["blocked_ms"] <= 60000, fourth)
        refused = socket.socket()
        check(refused.connect_ex(("127.0.0.1", port)), "nobody listens any more")
        ended = w.wait_for(event="state", remote_port=port, reason="refused")
        check(ended["pid"] == os.getpid(), ended)
        got = try_bind(port, "127.0.0.9")
        w.wait_for(event="bind", local_addr="127.0.0.9", local_port=port)
        got.close()
        other = listener()  # not asked about
        other.close()
        records = w.stop()
    check({r.get("local_port") for r in records} | {r.get("remote_port") for r in records} >= {port}, records)
    check(all(port in (r.get("local_port"), r.get("remote_port")) for r in records if "local_addr" in r), records)
    check(not [r for r in records if r.get("state") in ("FIN_WAIT1", "CLOSE_WAIT") and r["event"] == "state"],
          "the rest of a connection's life is not told")


def test_who__follow_names_who_is_bound_and_does_nothing():
    """No table in /proc has such a socket: it is known by the first rows, or by its bind."""
    first = try_bind(0, "127.0.0.1")
    port = first.getsockname()[1]
    with Watch("who", "-f", str(port)) as w:
        w.wait_for(event="socket", local_port=port, state="CLOSE")
        wait_until(lambda: any(b'"event":"process"' in line for line in w.lines), "the process")
        failed = failed_bind(w, port, "held_by")
        check([h["pid"] for h in failed["held_by"]] == [os.getpid()], failed)
        first.close()
        second = try_bind(port, "127.0.0.7")
        w.wait_for(event="bind", local_addr="127.0.0.7", local_port=port)
        failed = failed_bind(w, port, "held_by", "127.0.0.7")
        check([h["pid"] for h in failed["held_by"]] == [os.getpid()], failed)
        second.close()


def test_who__follow_knows_protocols_apart():
    server = listener()
    port = server.getsockname()[1]
    with Watch("who", "-f", f"{port}/udp") as w:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client = socket.create_connection(server.getsockname())
        accepted = server.accept()[0]
        udp.bind(("127.0.0.1", port))
        w.wait_for(event="bind", proto="udp", local_port=port)
        second = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        check(second.connect_ex(("127.0.0.1", port)) == 0, "connect")
        second.send(b"x")
        w.wait_for(event="connect", proto="udp", remote_port=port)
        failed = failed_bind(w, port, "held_by", kind=socket.SOCK_DGRAM)
        check([h["pid"] for h in failed["held_by"]] == [os.getpid()], failed)
        records = w.stop()
    check({r["proto"] for r in records} == {"udp"}, records)
    for s in (client, accepted, udp, second):
        s.close()
