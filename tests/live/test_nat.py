# SPDX-License-Identifier: GPL-2.0-only
"""--nat: connections as they are on the other side of the NAT, as conntrack has them."""
import json
import os
import socket

from harness import Settings, Skip, Watch, check, finished, here, listener, run, wait_until
from servers import needs
from test_who_forward import PORT, PUBLISHED, Container, nat

HOST, BOX = "192.0.2.1", "10.88.0.5"


def ends(local_addr, local_port, remote_addr, remote_port):
    return {"local_addr": local_addr, "local_port": local_port, "remote_addr": remote_addr, "remote_port": remote_port}


def both(box):
    return f"--netns={Settings.netns},{box.netns}"


def asked(*args):
    done = run("list", "-t", "--nat", *args)
    check(done.returncode == 0 and done.stderr == b"", args, done)
    return done.stdout.decode()


def told(records, box, port):
    """Of a connection from this port: what was told of each side."""
    return ([r for r in records if r["netns"] == Settings.netns and r.get("local_port") == port],
            [r for r in records if r["netns"] == box.netns and r.get("remote_port") == port])


def check_nat(rows, want):
    check(rows and all(r.get("nat") == want for r in rows), want, rows)


def plain():
    """A connection that nothing changes."""
    server = listener()
    client = socket.create_connection(server.getsockname())
    return server, client, server.accept()[0]


def test_nat__each_side_is_told_with_the_other_ends():
    box = Container()
    kept = plain()
    client = box.connect()
    port = client.getsockname()[1]
    there, back = ends(HOST, port, BOX, PORT), ends(HOST, PUBLISHED, HOST, port)
    records = [json.loads(line) for line in asked("-j", both(box)).splitlines()]
    ours, its = told(records, box, port)
    check_nat(ours, there)
    check_nat(its, back)
    check(sum("nat" in r for r in records) == 2, "no other has one", records)
    check(all("nat" not in r for r in map(json.loads, run("list", "-jt", both(box)).stdout.splitlines())), "nobody asked")
    text = asked("-n", both(box))
    check(f" nat={HOST}:{port}->{BOX}:{PORT}\n" in text and f" nat={HOST}:{PUBLISHED}->{HOST}:{port}\n" in text, text)
    cells = run("list", "-t", "--csv", "--fields", "local_port,nat", here()).stdout.decode()
    check(f"\n{port},{HOST}:{port}->{BOX}:{PORT}\n" in cells, "--fields nat asks for it", cells)
    for s in (client, *kept):
        s.close()
    check(box.child.ask("end") == "closed" and box.child.wait() == 0)


def test_nat__the_stream_and_conns_tell_it_of_connections_that_come():
    box = Container()
    with Watch("-E", "--nat", both(box), everywhere=True) as w, Watch("conns", "--nat", both(box), everywhere=True) as conns:
        kept = plain()
        client = box.connect()
        port = client.getsockname()[1]
        client.close()
        check(box.child.ask("end") == "closed" and box.child.wait() == 0)
        wait_until(lambda: all(told(conns.records(), box, port)), "both ends in conns")
        wait_until(lambda: [r for r in told(w.records(), box, port)[1] if r["state"] == "CLOSE"], "the end in the stream")
        for s in kept:
            s.close()
        there, back = ends(HOST, port, BOX, PORT), ends(HOST, PUBLISHED, HOST, port)
        for records in (w.stop(), conns.stop()):
            ours, its = told(records, box, port)
            for side, want in ((ours, there), (its, back)):
                check(all(r.get("nat", want) == want for r in side), "an answer that is late is none", side)
                check_nat([r for r in side if r["state"] in ("CLOSE", "TIME_WAIT") or r["event"] == "conn"], want)
            check(all("nat" not in r for r in records if port not in (r.get("local_port"), r.get("remote_port"))), records)
        check(", no capabilities," in w.stderr(), "the stream itself has given all up", w.stderr())


def test_nat__datagrams_have_it_too():
    box = Container()
    nat("-A", "OUTPUT", "-p", "udp", "--dport", "5353", "-j", "DNAT", "--to", f"{BOX}:53")
    with Watch("-Eu", "--nat") as w:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect((HOST, 5353))
        port = s.getsockname()[1]
        s.send(b"?")
        w.wait_for(event="open", local_port=port)
        s.close()
        end = w.wait_for(event="close", local_port=port)
        check(end.get("nat") == ends(HOST, port, BOX, 53), end)
    check(box.child.ask("end") == "closed" and box.child.wait() == 0)


def test_nat__without_the_right_that_is_said_once():
    box = Container()
    client = box.connect()
    drop = (needs("setpriv"), "--bounding-set=-net_admin", "--inh-caps=-net_admin")
    done = finished([*drop, Settings.binary, "list", "-jt", "--nat", here()])
    records = [json.loads(line) for line in done.stdout.splitlines()]
    check(done.returncode == 0 and done.stderr.count(b"--nat: conntrack is not asked: that takes CAP_NET_ADMIN\n") == 1, done)
    check(records and all("nat" not in r for r in records), records)
    client.close()
    check(box.child.ask("end") == "closed" and box.child.wait() == 0)


def test_nat__a_kernel_that_tracks_nothing_is_not_made_to():
    counts = "/proc/sys/net/netfilter/nf_conntrack_count"
    if os.path.exists(counts):
        raise Skip("this kernel tracks connections")
    done = run("list", "-t", "--nat", here())
    if os.path.exists(counts):  # which sockwatch must not do; but a test beside this one may
        raise Skip("this kernel was made to track connections just now")
    check(done.returncode == 0 and b"--nat: the kernel tracks no connections here so far" in done.stderr, done)
