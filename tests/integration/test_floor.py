"""The floor: what demand and forecast make of the HPA's minReplicas."""

import os
import time

from harness.case import ClusterTest
from harness.polling import throughout
from harness.prometheus import DemoLoad, Prometheus, backfill
from harness.services import predicted, queried, service

DAY = 24 * 3600
BY_DAY = 20   # requests/s
BY_NIGHT = 100
GAUGE = 'sum(vllm:num_requests_running{namespace="{{namespace}}",service="{{name}}"})'


def nights_that_begin_in(minutes, days=14):
    """A row each minute until now of a demand that jumps each day at the same time, next in `minutes`."""
    now = int(time.time())
    night = now + minutes * 60
    return [(at, BY_NIGHT if (at - night) % DAY < 8 * 3600 else BY_DAY) for at in range(now - days * DAY, now + 1, 60)]


class FloorTest(ClusterTest):
    @classmethod
    def make_prometheus(cls):
        namespace = cls.namespaces["test_rises_before_the_demand_does"]
        data = os.path.join(cls.directory, "data")
        backfill(data, nights_that_begin_in(minutes=3), namespace, "api")
        cls.load = DemoLoad(cls.directory, [(0, BY_DAY), (3600, BY_DAY)], namespace, "api")
        cls.addClassCleanup(cls.load.close)
        live = (f"127.0.0.1:{cls.load.port}", "/metrics", namespace, "api")
        return Prometheus(cls.directory, [live, *cls.gauge_targets()], data)

    def create_with_demand(self, demand, declared, floor):
        self.demand(demand)
        self.ns.create(declared)
        self.ns.await_floor("chat", floor)

    def decided(self):
        return self.ns.get("dss", "chat").get("status", {}).get("floor", {})

    def test_rises_before_the_demand_does(self):
        self.ns.create(service("api", demand={"preset": "deepseek"}, replicas={"min": 1, "max": 50},
                               capacity={"perReplica": "10", "targetUtilizationPercent": 100},
                               prediction={"leadTime": "6m", "history": "14d", "seasons": ["24h"]}))
        self.ns.await_condition("api", "ForecastReady", "True")
        self.ns.await_condition("api", "DemandAvailable", "True")
        self.ns.await_condition("api", "FloorApplied", "True", "Applied")
        status = self.ns.get("dss", "api")["status"]
        self.assertEqual(status["floor"]["reason"], "Forecast", status)
        self.assertLessEqual(status["floor"]["reactive"], 4, status)
        self.assertGreaterEqual(status["floor"]["predicted"], 9, status)
        self.ns.await_floor("api", status["floor"]["current"])

    def test_follows_the_demand_up(self):
        self.create_with_demand(30, predicted(), 3)
        self.demand(50)
        self.ns.await_floor("chat", 5)

    def test_stops_at_the_maximum(self):
        self.create_with_demand(1000, predicted(), 20)
        self.assertEqual(self.decided()["reason"], "Maximum")

    def test_shadow_leaves_the_minimum(self):
        self.create_with_demand(50, predicted(prediction={"mode": "Shadow"}), 1)
        self.ns.await_condition("chat", "DemandAvailable", "True")
        self.operator.await_sync_periods(2)
        self.assertEqual((self.decided()["current"], self.ns.floor("chat")), (5, 1))
        self.ns.await_condition("chat", "FloorApplied", "True", "Shadow")

    def test_off_leaves_the_minimum(self):
        self.create_with_demand(50, predicted(prediction={"mode": "Off"}), 1)
        self.ns.await_condition("chat", "FloorApplied", "True", "Off")
        self.assertIsNone(self.ns.condition("chat", "DemandAvailable"))

    def test_switching_to_shadow_releases_the_floor(self):
        self.create_with_demand(50, predicted(), 5)
        self.ns.patch("dss", "chat", {"spec": {"prediction": {"mode": "Shadow"}}})
        self.ns.await_floor("chat", 1)

    def test_zero_demand_releases_it_after_the_window(self):
        self.create_with_demand(50, predicted(window=5), 5)
        self.gauges.set(self.ns.name, "chat", None)
        self.ns.await_condition("chat", "DemandAvailable", "True", "Zero")
        self.assertEqual((self.decided()["reason"], self.ns.floor("chat")), ("Stabilizing", 5))
        self.ns.await_floor("chat", 1)

    def test_is_held_while_the_demand_is_unknown(self):
        self.create_with_demand(50, predicted(window=1), 5)
        self.gauges.stop(self.ns.name, "chat")
        condition = self.ns.await_condition("chat", "DemandAvailable", "False", "TargetsDown")
        self.assertIn("check", condition["message"])
        throughout(lambda: self.ns.floor("chat") == 5, 4, "the floor is held")
        self.assertEqual(self.decided()["reason"], "Held")
        self.ns.await_condition("chat", "Ready", "True")
        self.demand(18)
        self.ns.await_condition("chat", "DemandAvailable", "True")
        self.ns.await_floor("chat", 2)

    def test_follows_a_query_of_its_own(self):
        self.create_with_demand(40, queried(GAUGE), 4)

    def test_query_on_a_server_that_takes_none(self):
        self.ns.create(queried(GAUGE, demand={"query": GAUGE, "unit": "in flight", "prometheus": "strict"}))
        condition = self.ns.await_condition("chat", "DemandAvailable", "False", "CustomQueryNotAllowed")
        self.assertIn("allowCustomQueries", condition["message"])
        self.ns.await_condition("chat", "Ready", "True")

    def test_server_that_is_not_configured(self):
        self.ns.create(predicted(demand={"preset": "vllm", "prometheus": "elsewhere"}))
        condition = self.ns.await_condition("chat", "DemandAvailable", "False", "UnknownServer")
        self.assertIn("default, strict", condition["message"])
        self.ns.await_condition("chat", "Ready", "True")

    def test_query_that_is_not_promql(self):
        self.ns.create(queried("sum(rate(nonsense["))
        self.ns.await_condition("chat", "DemandAvailable", "False", "BadQuery")
        self.ns.await_condition("chat", "Ready", "True")
        self.operator.assert_calm()

    def test_query_with_several_answers(self):
        self.ns.create(queried("up"))
        self.ns.await_condition("chat", "DemandAvailable", "False", "SeveralSeries")
