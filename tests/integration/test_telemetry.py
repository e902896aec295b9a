"""/metrics, the dashboard and the alerts, by a Prometheus that scrapes the operator and a service with forecast and pools."""

import json
import math
import os
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

from harness import environment, rpc
from harness.case import ClusterTest
from harness.forecaster import Forecaster
from harness.polling import eventually
from harness.prometheus import DemoLoad, Prometheus, backfill
from harness.services import predicted, service

DASHBOARD = environment.ROOT / "charts/deepseek-operator/files/dashboards/deepseek-operator.json"
RULES = environment.ROOT / "charts/deepseek-operator/files/rules"
METRICS_PAGE = environment.ROOT / "docs/metrics.md"
OPERATOR_NAMESPACE = "deepseek-operator-system"

_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="')
_TYPE = re.compile(r"^# TYPE (\w+) (\w+)$", re.MULTILINE)
_ROW = re.compile(r"^\| `(\w+)` \| (\w+) \|([^|]*)\|", re.MULTILINE)


class TelemetryTest(ClusterTest):
    maxDiff = None
    gauged_services = ("quiet", "orders")

    @classmethod
    def make_prometheus(cls):
        cls.operator_port = environment.free_port()
        data = os.path.join(cls.directory, "data")
        now = int(time.time())
        rate = [(at, 30 + 10 * math.sin(at / 600)) for at in range(now - 2 * 24 * 3600, now + 1, 60)]
        targets = [(f"127.0.0.1:{cls.operator_port}", "/metrics", OPERATOR_NAMESPACE, "deepseek-operator")]
        for namespace in cls.namespaces.values():
            backfill(data, rate, namespace, "api", sample_step="60s")
            load = DemoLoad(cls.directory, [(0, 30), (3600, 30)], namespace, "api")
            cls.addClassCleanup(load.close)
            targets.append((f"127.0.0.1:{load.port}", "/metrics", namespace, "api"))
        return Prometheus(cls.directory, [*targets, *cls.gauge_targets()], data)

    @classmethod
    def make_operator(cls, **options):
        # A lease of this class's own: nobody waits for one that a former operator has left.
        lease = {"enabled": True, "leaseName": f"telemetry-{os.getpid()}", "leaseNamespace": "default"}
        cls.addClassCleanup(cls.cluster.kubectl, "-n", "default", "delete", "lease", lease["leaseName"], "--ignore-not-found")
        forecaster = Forecaster(cls.directory).start()
        cls.addClassCleanup(forecaster.close)
        forecasters = [{"name": "naive", "address": forecaster.address}]
        cls.rpc_address = f"127.0.0.1:{environment.free_port()}"
        return super().make_operator(port=cls.operator_port, **options,
                                     config={"leaderElection": lease, "forecasters": forecasters,
                                             "rpc": {"listenAddress": cls.rpc_address}})

    def setUp(self):
        super().setUp()
        self.gauges.set_backend(self.ns.name, "orders", 12, 60)
        self.gauges.set(self.ns.name, "quiet", 20)

    def declare(self):
        pool = {"name": "orders-db", "backend": {"name": "orders", "maxConnections": 60, "reserved": 5, "exporter": "mysql"},
                "perReplica": {"min": 1, "max": 20}, "holdTime": "300ms"}
        self.ns.create(service("api", demand={"preset": "deepseek"}, connectionPools=[pool],
                               capacity={"perReplica": "10", "targetUtilizationPercent": 100},
                               prediction={"leadTime": "6m", "history": "2d", "seasons": ["24h"]}),
                       predicted("quiet", prediction={"mode": "Shadow", "leadTime": "5s", "model": "external/naive"}))
        client = rpc.Client(self.rpc_address)
        self.addCleanup(client.close)
        client.list()

    def scrape(self):
        status, text = self.operator.get("/metrics")
        self.assertEqual(status, 200)
        return text

    def await_all_metrics(self):
        """Until /metrics has all that there are, the services' for a service of this namespace; its text."""
        own = f'{{namespace="{self.ns.name}"'

        def there():
            text = self.scrape()
            missing = [name for name, (_, labels) in documented().items()
                       if (name + own if "service" in labels else f"# TYPE {name} ") not in text]
            assert not missing, f"no {missing}"
            return text
        return eventually(there, 60, "all metrics")

    def query(self, expression):
        """The values of all series."""
        url = f"{self.prometheus.url}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return [float(series["value"][1]) for series in json.load(answer)["data"]["result"]]
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{expression}: {refused.read().decode()}") from None

    def in_dashboard(self, expression):
        for name, value in (("$namespace", self.ns.name), ("$service", "api"), ("$__rate_interval", "1m")):
            expression = expression.replace(name, value)
        self.assertNotIn("$", expression)
        return expression

    def test_every_query_of_the_dashboard_and_every_rule_finds_its_metrics(self):
        self.declare()
        self.await_all_metrics()
        dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
        queries = [(panel["title"], target["expr"]) for panel in dashboard["panels"] for target in panel.get("targets", [])]
        self.assertGreater(len(queries), 30)
        for title, expression in queries:
            with self.subTest(panel=title, query=expression):
                asked = self.in_dashboard(expression)
                eventually(lambda asked=asked: any(math.isfinite(value) for value in self.query(asked)), 30, asked)
        self.evaluate_rules()
        for variable in dashboard["templating"]["list"]:
            if variable["type"] != "query":
                continue
            metric, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
            self.assertTrue(self.query(f"count by ({label}) ({self.in_dashboard(metric)})"), variable["name"])

    def test_metrics_are_those_of_the_documentation_and_pass_promtool(self):
        self.declare()
        text = self.await_all_metrics()
        seen = {name: (kind, set()) for name, kind in _TYPE.findall(text)}
        for name, labels, _ in _SAMPLE.findall(text):
            family = name if name in seen else re.sub(r"_(bucket|sum|count)$", "", name)
            seen[family][1].update(set(_LABEL.findall(labels)) - {"le"})
        self.assertEqual(seen, documented())
        checked = subprocess.run([environment.prometheus_tool("promtool"), "check", "metrics"], input=text, text=True,
                                 capture_output=True, check=False)
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))

    def test_what_is_given_up_leaves_no_series(self):
        self.declare()
        self.await_all_metrics()
        self.ns.patch("dss", "api", {"spec": {"connectionPools": None, "prediction": {"mode": "Off"}}})
        gone = ("pool_size", "backend_connections_used", "forecast_demand", "demand", "floor_replicas")
        series = [f'deepseek_operator_{name}{{namespace="{self.ns.name}",service="api"' for name in gone]

        def none_left():
            text = self.scrape()
            left = [part for part in series if part in text]
            assert not left, str(left)
            return True
        eventually(none_left, 30, "series that have gone")
        self.assertIn(f'deepseek_operator_hpa_min_replicas{{namespace="{self.ns.name}",service="api"', self.scrape())
        self.ns.delete("dss", "api", "--wait=false")
        eventually(lambda: f'namespace="{self.ns.name}",service="api"' not in self.scrape(), 20, "no series of api")
        self.assertIn(f'namespace="{self.ns.name}",service="quiet"', self.scrape())

    def evaluate_rules(self):
        """Without an error; and what alerts ask about is there."""
        rules = [rule for path in RULES.glob("*.yaml") for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
                 for rule in group["rules"]]
        self.assertGreater(len(rules), 20)
        for rule in rules:
            with self.subTest(rule=rule.get("alert", rule.get("record"))):
                self.query(rule["expr"])
        for part in ('deepseek_operator_condition{condition="Ready",status="false"}',
                     'controller_runtime_reconcile_errors_total{controller="deepseekservice"}',
                     "rest_client_requests_total and on (job, instance) deepseek_operator_build_info",
                     "process_start_time_seconds and on (job, instance) deepseek_operator_build_info",
                     "leader_election_master_status == 1",
                     'deepseek_operator_prometheus_queries_total{server="default"}'):
            eventually(lambda part=part: self.query(part), 20, part)


def documented():
    """Type and labels of every metric in docs/metrics.md."""
    page = METRICS_PAGE.read_text(encoding="utf-8")
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in _ROW.findall(page)}
