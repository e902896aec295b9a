"""Rules and dashboards: whatever lies in files/ of the chart is in what is rendered."""

import json
import shutil
import tempfile
import unittest
from pathlib import Path

import yaml
from harness.chart import CHART, RELEASE, HelmError, find, objects, of_kind

RULES = {"groups": [
    {"name": "one", "rules": [
        {"record": "service:demand", "expr": "sum by (namespace) (deepseek_operator_demand)"},
        {"alert": "Loud", "expr": "up == 0", "for": "1m", "labels": {"severity": "warning"},
         "annotations": {"summary": "{{ $labels.service }} is {{ $value | humanize }}", "runbook_url": "Loud.md"}},
        {"alert": "Quiet", "expr": "up == 0"}]},
    {"name": "two", "rules": [{"alert": "Alone", "expr": "up == 0"}]}]}
DASHBOARD = {"title": "Floors", "panels": [{"targets": [{"expr": 'x{a="{{b}}"}', "legendFormat": "{{service}}"}]}]}


class MonitoringTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, directory)
        cls.chart = Path(directory, "chart")
        shutil.copytree(CHART, cls.chart)
        for kind in ("rules", "dashboards"):
            shutil.rmtree(cls.chart / "files" / kind, ignore_errors=True)
            (cls.chart / "files" / kind).mkdir()
        (cls.chart / "files/rules/a.yaml").write_text(yaml.safe_dump(RULES), encoding="utf-8")
        (cls.chart / "files/dashboards/floors.json").write_text(json.dumps(DASHBOARD, indent=2), encoding="utf-8")

    def groups(self, **values):
        rendered = objects({"prometheusRule": {"enabled": True, **values}}, self.chart)
        return find(rendered, "PrometheusRule")["spec"]["groups"]

    def test_rules_are_as_they_are_written(self):
        one, two = self.groups()
        self.assertEqual(one["rules"][0], RULES["groups"][0]["rules"][0])
        self.assertEqual(one["rules"][1]["annotations"]["summary"], "{{ $labels.service }} is {{ $value | humanize }}")
        self.assertEqual([rule.get("alert") for rule in one["rules"] + two["rules"]], [None, "Loud", "Quiet", "Alone"])

    def test_every_alert_has_its_runbook(self):
        for group in self.groups(runbookBaseUrl="https://example.com/runbooks"):
            for rule in group["rules"]:
                if "alert" in rule:
                    self.assertEqual(rule["annotations"]["runbook_url"], f"https://example.com/runbooks/{rule['alert']}.md")

    def test_alerts_are_left_out_by_name(self):
        one, = self.groups(disabledAlerts=["Loud", "Alone"])
        self.assertEqual([rule.get("alert") for rule in one["rules"]], [None, "Quiet"])

    def test_an_alert_that_is_not_there_cannot_be_left_out(self):
        with self.assertRaisesRegex(HelmError, '"Lod".*There are: Loud, Quiet, Alone'):
            self.groups(disabledAlerts=["Lod"])

    def test_dashboards_are_as_they_are_written(self):
        rendered = objects({"dashboards": {"enabled": True}}, self.chart)
        config_map = find(rendered, "ConfigMap", f"{RELEASE}-dashboards")
        self.assertEqual({name: json.loads(text) for name, text in config_map["data"].items()}, {"floors.json": DASHBOARD})
        self.assertEqual(config_map["metadata"]["labels"]["grafana_dashboard"], "1")

    def test_nothing_of_it_unless_asked(self):
        self.assertEqual(of_kind(objects(), "PrometheusRule", "ServiceMonitor", "PodMonitor"), [])
