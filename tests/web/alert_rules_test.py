"""Alert rules, the Grafana dashboard and docs/alerts.md against each other, the daemon's sources and its real /metrics.

    alert_rules_test.py ANKKOR SOURCE_DIRECTORY
"""

import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

ANKKOR, SOURCE = sys.argv.pop(1), pathlib.Path(sys.argv.pop(1))
RULES = SOURCE / "examples/prometheus/ankkor.rules.yml"
PATIENCE = 30  # s; long, since it costs only a failing test that time

METRIC = re.compile(r"\b((?:ankkor|process)_[a-z_]+)\b")
PARTS = re.compile(r"_(?:bucket|count|sum)$")
# There only where they mean something; that they are declared is looked at all the same.
NOT_IN_THE_DEMO = {"ankkor_redis_up", "ankkor_certificate_expiry_timestamp_seconds", "ankkor_webhooks"}


def declared():
    """The families that the sources of base/ declare."""
    names = set()
    for path in (SOURCE / "base").glob("metrics*.[ch]pp"):
        names |= {name for name in re.findall(r'"((?:ankkor|process)_[a-z_]+)"', path.read_text())}
    return names


def families(expression):
    """The metrics of a PromQL expression, by their families' names."""
    without_labels = re.sub(r"\{[^}]*\}", "", expression)
    without_labels = re.sub(r"\b(?:by|on|without|ignoring)\s*\([^)]*\)", "", without_labels)
    return {PARTS.sub("", name) for name in METRIC.findall(without_labels)}


def rule_expressions():
    """By the alert's name. The file is YAML of a plain shape: no reader of it is in Python's library."""
    text = RULES.read_text()
    found = {}
    for block in re.split(r"^ {6}- alert: ", text, flags=re.MULTILINE)[1:]:
        name = block.split("\n", 1)[0]
        expression = re.search(r"^ {8}expr:(.*?)^ {8}(?:for|labels):", block, re.MULTILINE | re.DOTALL)[1]
        found[name] = (expression, re.search(r"runbook_url: (\S+)", block)[1], re.search(r"severity: (\w+)", block)[1])
    return found


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def got(url):
    """What is there; "" while nothing listens."""
    try:
        return urllib.request.urlopen(url, timeout=PATIENCE).read().decode()
    except urllib.error.URLError:
        return ""


def metrics_of_a_demo():
    """What a real daemon says of itself after a few seconds of work."""
    port, admin_port = free_port(), free_port()
    command = [ANKKOR, "demo", "--port", str(port), "--admin-port", str(admin_port)]
    demo = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            got(f"http://127.0.0.1:{port}/api/stock?ids=1,2,3,10,11,12")
            text = got(f"http://127.0.0.1:{admin_port}/metrics")
            if "ankkor_webhook_success_ratio{" in text and "ankkor_propagation_seconds_count 0" not in text:
                return text
            time.sleep(0.1)
        raise AssertionError("the demo did not get going in time")
    finally:
        demo.terminate()
        demo.wait(PATIENCE)


class AlertRules(unittest.TestCase):
    def test_promtool_finds_no_fault(self):
        checked = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_each_fires_when_it_should_and_else_is_silent(self):
        with tempfile.TemporaryDirectory() as place:
            shutil.copy(RULES, place)
            tests = shutil.copy(SOURCE / "tests/web/rules.test.yml", place)
            ran = subprocess.run(["promtool", "test", "rules", tests], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        tested = (SOURCE / "tests/web/rules.test.yml").read_text()
        self.assertEqual([name for name in rule_expressions() if name not in tested], [], "no test of these")

    def test_each_is_documented_and_raised_by_the_daemon_under_the_same_name(self):
        headings = set(re.findall(r"^## (\w+)$", (SOURCE / "docs/alerts.md").read_text(), re.MULTILINE))
        kinds = dict(re.findall(r'^ *\{"(\w+)", \w+, (\w+),', (SOURCE / "api/admin/alerts.cpp").read_text(), re.MULTILINE))
        rules = rule_expressions()
        self.assertEqual({name.removeprefix("Ankkor") for name in rules}, set(kinds) | {"Down"})
        self.assertEqual(headings, set(kinds) | {"Down"})
        for name, (_, link, severity) in rules.items():
            short = name.removeprefix("Ankkor")
            self.assertEqual(link, f"docs/alerts.md#{short.lower()}")
            self.assertEqual(severity, kinds.get(short, "critical"))


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = metrics_of_a_demo()
        cls.shown = set(re.findall(r"^# TYPE (\w+) ", cls.text, re.MULTILINE))

    def test_promtool_finds_no_fault(self):
        checked = subprocess.run(["promtool", "check", "metrics"], input=self.text, capture_output=True, text=True)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))

    def assert_there(self, expression, where):
        for name in families(expression):
            self.assertTrue(name in declared(), f"{where}: {name} is not declared")
            self.assertTrue(name in self.shown or name in NOT_IN_THE_DEMO, f"{where}: no daemon shows {name}")

    def test_the_rules_use_only_metrics_that_there_are(self):
        for name, (expression, _, _) in rule_expressions().items():
            self.assert_there(expression, name)

    def test_the_grafana_dashboard_uses_only_metrics_that_there_are(self):
        board = json.loads((SOURCE / "examples/grafana/ankkor.json").read_text())
        panels = [panel for panel in board["panels"] if panel["type"] != "row"]
        self.assertGreater(len(panels), 15)
        for panel in panels:
            for target in panel["targets"]:
                self.assertTrue(families(target["expr"]), panel["title"])
                self.assert_there(target["expr"], panel["title"])

    def test_no_alert_fires_on_a_demo(self):
        alerts = re.findall(r"^ankkor_alerts_firing\{.*\} (\S+)$", self.text, re.MULTILINE)
        self.assertEqual(alerts, ["0", "0"])


unittest.main(verbosity=1)
