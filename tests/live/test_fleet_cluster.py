# SPDX-License-Identifier: GPL-2.0-only
"""export --to and log --from with a cluster: two shards of two replicas, by scripts/fleet.sh."""
import json
import os
import pathlib
import signal
import subprocess
import threading

from fleet import answer_of, needs_fleet, send_once
from harness import LONG, Skip, check, complain, end_of, run, wait_until
from recording import Recorder, of, recorded, store
from test_fleet import without
from traffic import churn

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/fleet.sh"
PORT = 9541


class Cluster:
    """Its servers, by their number: how each is reached, and its PID."""

    def __init__(self, folder):
        needs_fleet()
        if not SCRIPT.exists():
            raise Skip("without scripts/fleet.sh")
        self.servers, self.lines = {}, []
        self.process = subprocess.Popen([SCRIPT, os.path.join(folder, "cluster")], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.thread = threading.Thread(target=lambda: self.lines.extend(self.process.stdout))
        self.thread.start()

    def __enter__(self):
        wait_until(lambda: "ready\n" in self.lines or self.process.poll() is not None, "the cluster", 3 * LONG)
        if self.process.poll() is not None:
            self.__exit__()
            if self.process.returncode == 77:
                raise Skip(self.said.strip())
            raise AssertionError(self.said)
        for line in self.lines:
            words = line.split()
            if words[0].startswith("server"):
                self.servers[words[0]] = (words[1], int(words[5]))
        return self

    def to(self, name):
        return self.servers[name][0]

    def kill(self, name):
        os.kill(self.servers[name][1], signal.SIGKILL)

    def count(self, name, table):
        port = int(self.to(name).split(":")[2].split("/")[0])
        return int(answer_of(port, f"SELECT count() FROM {table} FINAL WHERE recorder_act != 'alive'"))

    def __exit__(self, kind=None, *_):
        if self.process.poll() is None:
            self.process.terminate()
        end_of(self.process, LONG)
        self.thread.join()
        self.said = self.process.stderr.read()
        if kind:
            complain("the cluster said:\n" + "".join(self.lines) + self.said)
        self.process.stdout.close()
        self.process.stderr.close()


def told_by(*args):
    done = run("log", *args, "-j", "-t", str(PORT))
    check(done.returncode == 0, args, done)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_fleet_cluster__each_record_once_on_all_of_it():
    """Sent to servers of both shards, and again; then a replica of each shard is killed, and more is sent."""
    with store() as folder, Cluster(folder) as cluster:
        done = run("export", "--to", cluster.to("server0"), "--create=fleet")
        check(done.returncode == 0 and b"of the cluster fleet" in done.stderr, done)
        with Recorder(folder) as w:
            churn(PORT, 100)
            w.stop()
        for name in ("server0", "server3"):
            send_once(w.dir, cluster.to(name))
            os.unlink(w.dir + "/cursor")
        n = len([r for r in recorded(w.dir) if r.get("recorder") != "gap"])
        for name in cluster.servers:
            wait_until(lambda name=name: cluster.count(name, "sockwatch_records") == n, f"all of it by {name}", LONG)
        shards = [[cluster.count(name, "sockwatch_records_local") for name in pair]
                  for pair in (("server0", "server1"), ("server2", "server3"))]
        check(sorted(shards) == [[0, 0], [n, n]], "a host is on one shard, and on both of its replicas", shards)
        for name in ("server1", "server3"):
            cluster.kill(name)
        with Recorder(folder) as w:
            churn(PORT, 50)
            w.stop()
        send_once(w.dir, cluster.to("server2"), "--batch-rows", "40")
        mine = told_by("--dir", w.dir, "--peer")
        for name in ("server0", "server2"):
            theirs = told_by("--from", cluster.to(name), "--peer")
            check(all(r["peer_host"] == os.uname().nodename for r in of(theirs, event="conn")), theirs[-1])
            theirs = [r for r in theirs if r.get("recorder") != "gap"]
            check([r for r in without(mine) if r.get("recorder") != "gap"] == without(theirs, "host", "boot", "peer_host"), name, len(mine), len(theirs))
        check(len(of(mine, event="conn")) == 300, len(mine))
