# SPDX-License-Identifier: GPL-2.0-only
"""What `export` gives, judged by Prometheus itself; and what docs/metrics makes of it."""
import json
import os
import pathlib
import re
import socket
import subprocess
import urllib.parse

from exporting import Exporter, ask, total
from harness import LONG, Skip, check, listener, scaled, wait_until
from recording import Recorder, store
from servers import Server, needs
from traffic import churn, connection, refused

TREE = pathlib.Path(__file__).parent.parent.parent
METRICS = TREE / "docs/metrics"
ADDRESS = "127.0.0.1:9435"
PROMETHEUS = "127.0.0.1:9090"


def documented():
    if not METRICS.exists():
        raise Skip("no docs/metrics here")


def promtool(*args, text=None):
    done = subprocess.run([needs("promtool"), *args], input=text, capture_output=True, text=True, check=False)
    check(done.returncode == 0 and not done.stderr, args, done.stdout, done.stderr)
    return done.stdout


def test_export__promtool_finds_nothing_to_say():
    needs("promtool")
    with store() as folder, Exporter(os.path.join(folder, "s.prom")) as w, listener() as sock:
        promtool("check", "metrics", text=w.wait_metrics(lambda m: True, "a file") and w.text())
        connection(sock)
        refused(9)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"x", ("127.0.0.1", 9))
        w.wait_metrics(lambda m: total(m, "sockwatch_connects_total") == 2, "the connects")
        promtool("check", "metrics", text=w.text())


def test_export__rules_are_right():
    documented()
    promtool("check", "rules", str(METRICS / "alerts.yml"))
    promtool("test", "rules", str(TREE / "tests/fixtures/metrics/alerts_test.yml"))


def test_export__each_rule_has_its_test():
    documented()
    rules = set(re.findall(r"- alert: (\w+)", (METRICS / "alerts.yml").read_text(encoding="utf-8")))
    tests = (TREE / "tests/fixtures/metrics/alerts_test.yml").read_text(encoding="utf-8")
    raised = set(re.findall(r"alertname: (\w+)\n +exp_alerts:\n", tests))
    check(len(rules) == 12 and raised == rules, rules ^ raised)


def test_export__rules_and_dashboard_ask_for_what_there_is():
    documented()
    dashboard = json.loads((METRICS / "dashboard.json").read_text(encoding="utf-8"))
    asked = set()
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            asked |= set(re.findall(r"sockwatch_[a-z_]+", target["expr"]))
    check(len(asked) > 15, asked)
    rules = (METRICS / "alerts.yml").read_text(encoding="utf-8")
    asked |= set(re.findall(r"sockwatch_[a-z_]+", rules))
    with store() as folder, Recorder(folder) as r, Exporter(os.path.join(folder, "s.prom"), "--dir", r.dir) as w:
        with open(os.path.join(r.dir, "cursor"), "w", encoding="ascii"):
            pass  # of who sends the store to a server
        w.wait_metrics(lambda m: ("sockwatch_store_sent_time_seconds", ()) in m, "a look")
        types = dict(re.findall(r"# TYPE (\S+) (\S+)", w.text()))
    there = {name + suffix for name, kind in types.items()
             for suffix in (("_bucket", "_sum", "_count") if kind == "histogram" else ("",))}
    check(asked <= there, asked - there)


class Prometheus(Server):
    """One that scrapes this test's exporter each second, with the rules."""

    def __init__(self, folder):
        config = os.path.join(folder, "prometheus.yml")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [{METRICS}/alerts.yml]\n"
                    f"scrape_configs: [{{job_name: sockwatch, static_configs: [{{targets: ['{ADDRESS}']}}]}}]\n")
        super().__init__([needs("prometheus"), "--config.file=" + config, "--storage.tsdb.path=" + folder + "/data",
                          "--web.listen-address=" + PROMETHEUS, "--log.level=warn"], 9090)

    def api(self, path):
        status, _, body = ask(PROMETHEUS, f"GET /api/v1/{path} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
        return json.loads(body)["data"] if status == 200 else None

    def query(self, expr):
        data = self.api("query?query=" + urllib.parse.quote(expr))
        return data["result"] if data else []

    def wait_value(self, expr, value):
        return wait_until(lambda: [r for r in self.query(expr) if float(r["value"][1]) == value],
                          lambda: f"{expr} == {value}, have: {self.query(expr)}; {self.api('targets')}", LONG)


def test_export__a_prometheus_takes_it():
    documented()
    needs("prometheus")
    n = scaled(500)
    with store() as folder, Exporter(ADDRESS, "-t", "--local-port=9521", "--strict") as w, Prometheus(folder) as p:
        wait_until(lambda: p.query("sockwatch_build_info"), "a scrape", LONG)
        churn(9521, n)
        # of a port that is filtered by, one side counts
        p.wait_value('sum(sockwatch_accepts_total{port="9521"}) + sum(sockwatch_lost_events_total)', n)
        p.wait_value('sockwatch_connection_duration_seconds_count{exe=~".*churn"}', n)
        check(p.query('histogram_quantile(0.9, sum by (le) (sockwatch_connection_duration_seconds_bucket))'), "a quantile")
        target, = p.api("targets")["activeTargets"]
        check(target["health"] == "up" and not target["lastError"], target)
        kinds = {k: v[0]["type"] for k, v in p.api("metadata").items() if k.startswith("sockwatch")}
        check(kinds["sockwatch_accepts"] == "counter" and kinds["sockwatch_connect_seconds"] == "histogram", kinds)
        created, = p.query("sockwatch_exports_created")
        start, = p.query("sockwatch_start_time_seconds")
        check(created["value"][1] == start["value"][1], created, start)
        groups = {r["name"]: r for g in p.api("rules")["groups"] for r in g["rules"]}
        check(len(groups) == 12 and not any(r.get("lastError") for r in groups.values()), groups)
        w.stop()
        p.wait_value("up", 0)
