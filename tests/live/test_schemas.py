# SPDX-License-Identifier: GPL-2.0-only
"""--json=ecs and the like: held against what those schemas ask for, and against our own JSON."""
import base64
import hashlib
import json
import pathlib
import socket
import struct

from harness import Watch, check, here, listener, run, wait_until
from recording import Recorder, store
from schemas import CHECKS, otel_record

GOLDEN = pathlib.Path(__file__).parent.parent / "golden"
# each kind of event and each state of a recorder is in the golden files
KINDS = {"socket", "state", "accept", "bind", "connect", "open", "close", "retransmit", "conn", "lost", "recorder"}


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


def refused():
    """A connect to a port that nobody has; the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with socket.socket() as sock:
        check(sock.connect_ex(("127.0.0.1", port)) != 0, "somebody has port", port)
    return port


def talk(sock):
    client = socket.create_connection(sock.getsockname()[:2])
    server, _ = sock.accept()
    client.sendall(b"hello")
    check(server.recv(5) == b"hello", "nothing came")
    port = client.getsockname()[1]
    client.close()
    server.close()
    return port


def test_schemas__golden_files_are_as_the_schemas_want_them():
    for name, check_object in CHECKS.items():
        told = objects((GOLDEN / (name + ".json")).read_text())
        for obj in told:
            check_object(obj)
        check(len(told) > 50, name, len(told))


def test_schemas__golden_files_have_every_kind_of_event():
    kind_of = {"ecs": lambda o: o["event"]["code"], "ocsf": lambda o: o["metadata"]["event_code"],
               "otel": lambda o: otel_record(o)[1]["sockwatch.event"]}
    for name, of in kind_of.items():
        told = {of(obj) for obj in objects((GOLDEN / (name + ".json")).read_text())}
        check(told == KINDS, name, told ^ KINDS)
    told = {obj["activity_id"] for obj in objects((GOLDEN / "ocsf.json").read_text())}
    check(told == {1, 2, 3, 4, 5, 6, 7, 99}, told)


def ports_of(obj):
    return obj.get("source", {}).get("port"), obj.get("destination", {}).get("port")


def watch(schema, *args):
    return Watch(*args, here(), form="--json=" + schema, everywhere=True)


def checked(schema, lines):
    told = [json.loads(line) for line in lines]
    for obj in told:
        CHECKS[schema](obj)
    return told


def test_schemas__stream_has_one_open_and_one_end_of_a_connection_for_each_side():
    with listener() as sock, watch("ecs", "-E") as w:
        port, mine = sock.getsockname()[1], talk(sock)
        nobody = refused()

        def acts(direction, end):
            return [o["event"]["action"] for o in w.records()
                    if ports_of(o) == end and o["network"].get("direction") == direction]

        wait_until(lambda: "close" in acts("egress", (mine, port)) and "close" in acts("ingress", (mine, port)) and
                   any(ports_of(o)[1] == nobody and o["event"]["action"] == "refuse" for o in w.records()),
                   lambda: "both ends, have:\n" + w.dump())
        w.stop()
        for direction in ("egress", "ingress"):
            found = acts(direction, (mine, port))
            check(found.count("open") == 1 and found.count("close") == 1, direction, found)
        checked("ecs", w.lines)


def test_schemas__conns_say_the_same_as_our_own():
    with listener() as sock, watch("ecs", "conns") as w, Watch("conns", "-e") as ours:
        port, mine = sock.getsockname()[1], talk(sock)
        r = ours.wait_for(event="conn", local_port=mine)
        wait_until(lambda: len([o for o in w.records() if ports_of(o) == (mine, port)]) == 2,
                   lambda: "both sides, have:\n" + w.dump())
        out, = [o for o in w.records() if o["network"].get("direction") == "egress"]
        check(out["source"] == out["client"] and out["destination"] == out["server"], out)
        check((out["source"]["bytes"], out["source"]["packets"]) == (r["bytes_sent"], r["segments_sent"]), out, r)
        check((out["process"]["pid"], out["process"]["name"]) == (r["pid"], r["comm"]), out, r)
        check(out["event"]["duration"] // 1000 == out["sockwatch"]["duration_us"], out)
        check(out["event"]["end"] == out["@timestamp"], out)
        check(out["sockwatch"]["history"] == r["history"] and out["sockwatch"]["cookie"] == str(r["cookie"]), out, r)
        w.stop()
        checked("ecs", w.lines)


def test_schemas__log_and_list_have_them_too():
    with store() as folder, listener() as sock, Recorder(folder) as w:
        port, mine = sock.getsockname()[1], talk(sock)
        done = run("list", "--json=ecs", "-a", "-L", str(port), here())
        rows = checked("ecs", done.stdout.splitlines())
        check(rows and rows[0]["event"]["kind"] == "state" and rows[0]["server"]["port"] == port, done)
        w.stop()
        done = run("log", "--dir", w.dir, str(port), "--json=ecs")
        told = [o for o in checked("ecs", done.stdout.splitlines()) if o["event"]["code"] == "conn"]
        check(sorted(o["network"]["direction"] for o in told) == ["egress", "ingress"], done)
        check({ports_of(o) for o in told} == {(mine, port)}, done)
        check(all(o["process"]["executable"] for o in told), done)


def test_schemas__ocsf_has_what_the_network_did():
    with listener() as sock, watch("ocsf", "conns", "-a") as w:
        port, mine = sock.getsockname()[1], talk(sock)
        nobody = refused()

        def found(activity, there):
            return [o for o in w.records() if o["activity_id"] == activity and o["dst_endpoint"].get("port") == there]

        wait_until(lambda: len(found(2, port)) == 2 and found(5, nobody), lambda: "all, have:\n" + w.dump())
        for o in found(2, port):
            check(o["src_endpoint"] == {"ip": "127.0.0.1", "port": mine} and o["traffic"]["bytes_out"] == 5, o)
            check(o["connection_info"]["direction_id"] == 4 and o["status"] == "Success", o)
        check({o["observation_point_id"] for o in found(2, port)} == {1, 2}, found(2, port))
        w.stop()
        checked("ocsf", w.lines)


def test_schemas__otel_has_both_sides_of_a_connection():
    with listener() as sock, watch("otel", "conns") as w:
        port, mine = sock.getsockname()[1], talk(sock)

        def found(local):
            return [a for r, a in map(otel_record, w.records())
                    if r["eventName"] == "sockwatch.close" and a.get("network.local.port") == str(local)]

        wait_until(lambda: found(mine) and found(port), lambda: "both sides, have:\n" + w.dump())
        for attributes in (*found(mine), *found(port)):
            check((attributes["client.port"], attributes["server.port"]) == (str(mine), str(port)), attributes)
            check(attributes["network.transport"] == "tcp" and "process.pid" in attributes, attributes)
        w.stop()
        checked("otel", w.lines)


def community_id(local, port, remote, remote_port):
    """Of TCP over IPv4."""
    one, other = sorted([(socket.inet_aton(local), port), (socket.inet_aton(remote), remote_port)])
    message = struct.pack("!H", 0) + one[0] + other[0] + struct.pack("!BBHH", 6, 0, one[1], other[1])
    return "1:" + base64.b64encode(hashlib.sha1(message).digest()).decode()


def test_schemas__community_id_is_the_same_on_both_sides_and_in_every_schema():
    with listener() as sock, Watch("conns", "-e") as ours, Watch("conns") as plain, watch("ecs", "conns") as w:
        port, mine = sock.getsockname()[1], talk(sock)
        want = community_id("127.0.0.1", mine, "127.0.0.1", port)
        for end in (mine, port):
            r = ours.wait_for(event="conn", local_port=end)
            check(r["community_id"] == want, r, want)
            r = plain.wait_for(event="conn", local_port=end)
            check("community_id" not in r, r)
        wait_until(lambda: len([o for o in w.records() if o["network"]["community_id"] == want]) == 2,
                   lambda: want + ", have:\n" + w.dump())
