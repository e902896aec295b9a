"""A Deployment that KEDA scales has as many replicas as the floor says."""

import os
import time

import yaml

from harness.polling import eventually
from harness.prometheus import DemoLoad, Prometheus, backfill
from harness.services import deployment

from scaling import EXAMPLE, PATIENCE, ScalingTest, may_go_to_zero, trigger, without_tolerance_field

DAY = 24 * 3600
BY_DAY = 20     # requests/s
BY_NIGHT = 100
NIGHT_BEGINS_IN = 10   # minutes
FORESEEN = 7           # replicas, of ten that the night needs


def nights_that_begin_in(minutes, days=7):
    """A row each minute until now of a demand that jumps each day at the same time, next in `minutes`."""
    now = int(time.time())
    night = now + minutes * 60
    return [(at, BY_NIGHT if (at - night) % DAY < 8 * 3600 else BY_DAY) for at in range(now - days * DAY, now + 1, 60)]


class FollowsTest(ScalingTest):
    def test_the_floor_exactly(self):
        self.demand(200)
        self.follow()
        self.await_replicas(20)
        self.demand(210)
        self.await_replicas(21)
        self.demand(480)
        self.await_replicas(48)
        self.ns.patch("dss", "chat", {"spec": {"replicas": {"max": 47}}})
        self.await_replicas(47)
        self.assertEqual(self.floor(), 47)

    def test_the_floor_only_roughly_without_tolerance_0(self):
        self.demand(200)
        self.follow(scaled_object=without_tolerance_field)
        self.await_replicas(20)
        self.demand(210)
        self.await_asked("1050m", replicas=20)
        self.assertEqual((self.floor(), self.replicas()), (21, 20))
        self.demand(230)
        self.await_replicas(23)

    def test_the_larger_of_several_triggers(self):
        def with_cpu(scaler):
            scaler["spec"]["triggers"].append(
                {"type": "cron", "metadata": {"timezone": "UTC", "start": "0 0 1 1 *", "end": "59 23 31 12 *",
                                              "desiredReplicas": "7"}})
        self.demand(50)
        self.follow(scaled_object=with_cpu)
        self.await_replicas(7)
        self.demand(90)
        self.await_replicas(9)

    def test_the_minimum_of_both_sides_stays_the_owners(self):
        self.demand(50)
        self.follow()
        self.await_replicas(5)
        self.ns.await_condition("chat", "Accepted", "True", timeout=PATIENCE)
        self.ns.await_condition("chat", "FloorApplied", "True", "Shadow")
        declared = list(yaml.safe_load_all(EXAMPLE.read_text()))[1]
        found = self.ns.get("scaledobject", "engine")
        self.assertEqual(found["spec"]["minReplicaCount"], declared["spec"]["minReplicaCount"])
        self.assertNotIn("deepseek-operator.dev", str(found["metadata"].get("annotations", {})))
        self.assertEqual([hpa["metadata"]["name"] for hpa in self.ns.list("hpa")], ["keda-hpa-engine"])
        self.assertEqual(self.autoscaler()["spec"]["minReplicas"], 2)

    def test_never_to_zero(self):
        self.demand(0)
        self.follow(scaled_object=may_go_to_zero)
        self.await_replicas(2)
        self.await_state("Active", "True")
        self.await_asked("1", replicas=2)
        self.assertEqual(self.replicas(), 2)


class ForecastTest(ScalingTest):
    @classmethod
    def make_prometheus(cls):
        namespace = cls.namespaces["test_rises_before_the_demand_does"]
        data = os.path.join(cls.directory, "data")
        backfill(data, nights_that_begin_in(NIGHT_BEGINS_IN), namespace, "chat")
        cls.load = DemoLoad(cls.directory, [(0, BY_DAY), (3600, BY_DAY)], namespace, "chat")
        cls.addClassCleanup(cls.load.close)
        return Prometheus(cls.directory, [(f"127.0.0.1:{cls.load.port}", "/metrics", namespace, "chat")], data)

    def test_rises_before_the_demand_does(self):
        def by_day_and_night(service):
            service["spec"]["demand"] = {"preset": "deepseek"}
            service["spec"]["prediction"].update(leadTime="1m", history="7d", seasons=["24h"])
        self.follow(by_day_and_night)
        self.ns.await_condition("chat", "ForecastReady", "True", timeout=PATIENCE)
        low = eventually(self.floor, what="a floor")
        self.assertLessEqual(low, 4)
        self.await_replicas(low)
        # Who looks farther ahead sees the night.
        self.ns.patch("dss", "chat", {"spec": {"prediction": {"leadTime": f"{NIGHT_BEGINS_IN + 5}m"}}})

        def foreseen():
            floor = self.ns.get("dss", "chat")["status"]["floor"]
            assert floor["current"] >= FORESEEN, str(floor)
            return floor
        floor = eventually(foreseen, PATIENCE, "the night is foreseen")
        self.assertEqual(floor["reason"], "Forecast", floor)
        self.assertLessEqual(floor["reactive"], 4, floor)
        self.await_replicas(floor["current"])


class UnknownServiceTest(ScalingTest):
    gauged_services = ("chat", "other")

    def assert_refused(self, change, *texts):
        """A ScaledObject that asks for something else says so; the other one is not harmed."""
        self.demand(30)
        self.follow()
        self.await_replicas(3)
        self.create_second(change)
        self.await_state("Ready", "False", "second")
        self.keda.operator.await_log(texts[0])
        for text in texts:
            self.assertIn(text, self.keda.operator.log())
        self.assertEqual(self.replicas("second"), 1)
        self.demand(60)
        self.await_replicas(6)
        self.await_state("Ready", "True")

    def test_is_said(self):
        self.assert_refused(lambda metadata: metadata.update(service="nobody"), "NotFound", "nobody")

    def test_of_another_namespace_is_refused(self):
        self.assert_refused(lambda metadata: metadata.update(namespace="kube-system"), "namespace")

    def test_that_comes_later_is_followed(self):
        self.demand(30)
        self.follow()
        self.create_second(lambda metadata: metadata.update(service="other"))
        self.await_state("Ready", "False", "second")
        declared = self.ns.get("dss", "chat")
        self.demand(40, service="other")
        self.ns.create({"apiVersion": declared["apiVersion"], "kind": declared["kind"], "metadata": {"name": "other"},
                        "spec": {**declared["spec"], "targetRef": {**declared["spec"]["targetRef"], "name": "second"},
                                 "autoscaling": {"scaledObjectRef": {"name": "second"}}}})
        eventually(lambda: self.replicas("second") == 4, PATIENCE, "the second Deployment has 4 replicas")
        self.await_state("Ready", "True", "second")

    def test_that_is_deleted_leaves_the_replicas_until_it_is_back(self):
        self.demand(50)
        self.follow()
        self.await_replicas(5)
        declared = self.ns.get("dss", "chat")
        self.ns.delete("dss", "chat")
        self.await_state("HPAActive", "False")
        self.assertEqual(self.replicas(), 5)
        self.demand(60)
        self.ns.create({"apiVersion": declared["apiVersion"], "kind": declared["kind"], "metadata": {"name": "chat"},
                        "spec": declared["spec"]})
        self.await_replicas(6)
        self.await_state("HPAActive", "True")

    def create_second(self, change):
        scaler = self.ns.get("scaledobject", "engine")
        metadata = {**trigger(scaler)["metadata"]}
        change(metadata)
        spec = {key: value for key, value in scaler["spec"].items() if key != "fallback"}
        self.ns.create(deployment("second"), {
            "apiVersion": scaler["apiVersion"], "kind": scaler["kind"], "metadata": {"name": "second"},
            "spec": {**spec, "scaleTargetRef": {"name": "second"}, "minReplicaCount": 1,
                     "triggers": [{"type": "external", "metadata": metadata}]}})
