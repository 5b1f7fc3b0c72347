# SPDX-License-Identifier: GPL-2.0-only
"""who PORT where the port is sent on (DNAT): to a container, or elsewhere."""
import json
import os
import socket
import subprocess

from harness import Child, Skip, check, enter_netns, here, listener, run, set_name, wait_until
from network import ip, veth
from servers import needs
from test_who import sockets

PUBLISHED, PORT = 8080, 80


def nat(*rule):
    done = subprocess.run([needs("iptables"), "-w", "-t", "nat", *rule], capture_output=True, check=False)
    if done.returncode:
        raise Skip("no NAT: " + done.stderr.decode().strip())


class Container:
    """A process in a network namespace of its own, 10.88.0.5, that serves a port; ours is the machine that publishes it."""

    def __init__(self, block="10.88.0"):
        self.block = block
        self.child = Child(self.serve)
        self.netns = int(self.child.hear())
        veth("cont0", "eth0", "netns", str(self.child.pid))
        ip("addr", "add", block + ".1/24", "dev", "cont0")
        ip("link", "set", "cont0", "up")
        ip("addr", "add", "192.0.2.1/32", "dev", "lo")
        self.child.ask()
        nat("-A", "OUTPUT", "-p", "tcp", "--dport", str(PUBLISHED), "-j", "DNAT", "--to", f"{block}.5:{PORT}")

    def serve(self, link):
        set_name(b"in the box")
        link.say(enter_netns())
        link.hear()
        ip("addr", "add", self.block + ".5/24", "dev", "eth0")
        ip("link", "set", "eth0", "up")
        ip("route", "add", "default", "via", self.block + ".1")
        server = listener(host="0.0.0.0", port=PORT)
        link.say("ready")
        kept = []
        while link.hear() == "accept":
            kept.append(server.accept()[0])
            link.say("accepted")
        for s in (server, *kept):
            s.close()
        link.say("closed")

    def connect(self):
        s = socket.create_connection(("192.0.2.1", PUBLISHED))
        check(self.child.ask("accept") == "accepted")
        return s


def asked(*args, status=0):
    done = run("who", *args)
    check(done.returncode == status, args, done)
    return done.stdout.decode(), done.stderr.decode()


def test_who_forward__a_published_port_is_who_has_it_in_the_container():
    box = Container()
    other = Child(lambda link: (enter_netns(), listener(host="0.0.0.0", port=PORT), link.say("ready"), link.hear()))
    other.hear()  # listens on that port, too, and has nothing to do with it
    said = asked(str(PUBLISHED), here(), status=1)[1]
    check(f"nobody holds port {PUBLISHED}" in said, said)
    clients = [box.connect() for _ in range(2)]
    records = [json.loads(line) for line in asked(str(PUBLISHED), "-j", here())[0].splitlines()]
    forward, = [r for r in records if r["event"] == "forward"]
    check({k: forward[k] for k in forward if k != "time"} ==
          {"event": "forward", "proto": "tcp", "local_port": PUBLISHED, "to_addr": "10.88.0.5", "to_port": PORT, "connections": 2,
           "netns": box.netns}, forward)
    behind = sockets(records[records.index(forward):])
    check([(r["state"], r["local_port"], r["netns"], r["pid"]) for r in behind] ==
          [("LISTEN", PORT, box.netns, box.child.pid)] + 2 * [("ESTABLISHED", PORT, box.netns, box.child.pid)], behind)
    check({r["pid"] for r in records if r["event"] == "process"} == {os.getpid(), box.child.pid}, records)
    text, said = asked(str(PUBLISHED), "9999", here())
    check(f"{PUBLISHED}/tcp is sent on to 10.88.0.5:{PORT} (DNAT, 2 connections):\n" in text and "in the box" in text, text)
    check("9999:" not in text and "nobody holds port 9999\n" in said and str(PUBLISHED) not in said, said, text)
    check(asked("-t", str(PUBLISHED), here(), status=1)[0] == "", "none to be killed for it")
    check("sent on" not in asked(str(PUBLISHED), "--netns", str(box.netns), status=1)[0], "conntrack of ours is not that of others")
    for more in (("-l",), ("--comm", "nobody"), ("--uid", "4711")):
        check("sent on" not in asked(str(PUBLISHED), here(), *more, status=1)[0], "its connections need not be among these", more)
    for s in clients:
        s.close()
    check(box.child.ask("end") == "closed")
    other.say()
    check(box.child.wait() == other.wait() == 0)


def test_who_forward__elsewhere_nobody_here_has_it():
    box = Container()
    nat("-A", "OUTPUT", "-p", "tcp", "--dport", "8081", "-j", "DNAT", "--to", "10.88.0.77:81")
    s = socket.socket()
    s.setblocking(False)
    check(s.connect_ex(("192.0.2.1", 8081)) != 0, "nobody is there")
    text, said = asked("8081", here(), status=1)
    check("nobody holds port 8081" in said, said)
    check("8081/tcp is sent on to 10.88.0.77:81 (DNAT, 1 connection), of which no socket is seen here\n" in text, text, said)
    s.close()
    check(box.child.ask("end") == "closed" and box.child.wait() == 0)


def test_who_forward__dockers_proxy_tells_where_without_connections():
    box = Container("10.88.7")  # an address that two namespaces have is nobody's
    proxy = needs("docker-proxy")
    # it says that it is ready by descriptor 3
    command = ["sh", "-c", 'exec "$0" "$@" 3>/dev/null', proxy, "-proto", "tcp", "-host-ip", "192.0.2.1", "-host-port", "8090",
               "-container-ip", "10.88.7.5", "-container-port", str(PORT)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as p:
        try:
            def told():
                records = [json.loads(line) for line in run("who", "8090", "-j", here()).stdout.splitlines()]
                return [r for r in records if r["event"] == "forward" and "netns" in r] and records
            records = wait_until(told, "the proxy, and where it leads")
            forward, = [r for r in records if r["event"] == "forward"]
            check({k: forward[k] for k in forward if k != "time"} ==
                  {"event": "forward", "proto": "tcp", "local_port": 8090, "to_addr": "10.88.7.5", "to_port": PORT,
                   "netns": box.netns, "proxy_pid": p.pid, "proxy_comm": "docker-proxy"}, forward)
            behind = sockets(records[records.index(forward):])
            check([(r["state"], r["local_port"], r["netns"], r["pid"]) for r in behind] ==
                  [("LISTEN", PORT, box.netns, box.child.pid)], behind)
            check({r["pid"] for r in records if r["event"] == "process"} == {p.pid, box.child.pid}, records)
            text = asked("8090", here())[0]
            check(f"8090/tcp is sent on to 10.88.7.5:{PORT} ({p.pid}/docker-proxy):\n" in text, text)
            check(f'"in the box" netns={box.netns}\n' in text, "it is of another namespace than was asked for", text)
        finally:
            p.kill()
    check(box.child.ask("end") == "closed" and box.child.wait() == 0)
