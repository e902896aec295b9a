"""The base of the tests: KEDA beside the operator, and the example's two objects."""

import yaml

from harness import environment
from harness.case import ClusterTest
from harness.polling import eventually
from harness.services import deployment

from installation import Keda

EXAMPLE = environment.ROOT / "examples/keda/chat.yaml"
PER_REPLICA = 10
PATIENCE = 180   # seconds


class ScalingTest(ClusterTest):
    """Demand is a gauge; with 10 in flight planned for each replica it is the floor, times ten."""

    @classmethod
    def setUpClass(cls):
        cls.scaler_address = f"127.0.0.1:{environment.free_port()}"
        super().setUpClass()
        cls.keda = Keda(cls.directory, cls.cluster)
        cls.addClassCleanup(cls.keda.close)
        cls.keda.start()

    def setUp(self):
        super().setUp()
        if not self.keda.operator.is_alive():
            self.keda.start_operator()

    @classmethod
    def make_operator(cls, config=None, **options):
        return super().make_operator(config={"rpc": {"listenAddress": cls.scaler_address}, **(config or {})}, **options)

    def follow(self, service=None, scaled_object=None):
        """Creates the example's Deployment, service and ScaledObject, changed by these functions."""
        declared, scaler = yaml.safe_load_all(EXAMPLE.read_text())
        declared["spec"]["demand"] = {"preset": "vllm"}
        declared["spec"]["capacity"] = {"perReplica": str(PER_REPLICA), "targetUtilizationPercent": 100}
        trigger(scaler)["metadata"]["scalerAddress"] = self.scaler_address
        scaler["spec"]["pollingInterval"] = 1
        for change, changed in ((service, declared), (scaled_object, scaler)):
            if change:
                change(changed)
        self.ns.create(deployment("engine"), declared, scaler)

    def floor(self):
        return self.ns.get("dss", "chat").get("status", {}).get("floor", {}).get("current")

    def replicas(self, name="engine"):
        return self.ns.get("deployment", name)["spec"]["replicas"]

    def await_replicas(self, count, timeout=PATIENCE):
        def there():
            now = self.replicas()
            assert now == count, f"it has {now}, the floor is {self.floor()}, {self.what_keda_says()}"
            return True
        eventually(there, timeout, f"the Deployment has {count} replicas")

    def await_asked(self, average, replicas, timeout=PATIENCE):
        """Until KEDA's HPA has seen this average (floor ÷ replicas) of the metric; it wants so many replicas then."""
        def asked():
            status = self.autoscaler()["status"]
            seen = [metric["external"]["current"].get("averageValue") for metric in status.get("currentMetrics") or []
                    if metric["type"] == "External"]
            assert seen == [average], f"{seen}, {self.what_keda_says()}"
            return status["desiredReplicas"]
        self.assertEqual(eventually(asked, timeout, f"the HPA sees {average}"), replicas)

    def autoscaler(self, scaled_object="engine"):
        found = self.ns.find("hpa", f"keda-hpa-{scaled_object}")
        assert found, f"KEDA has made no HPA, {self.what_keda_says(scaled_object)}"
        return found

    def state(self, condition, scaled_object="engine"):
        """Status and reason of a condition of the ScaledObject."""
        conditions = self.ns.get("scaledobject", scaled_object).get("status", {}).get("conditions", [])
        found = [each for each in conditions if each["type"] == condition]
        return (found[0]["status"], found[0].get("reason")) if found else (None, None)

    def await_state(self, condition, status, scaled_object="engine", timeout=PATIENCE):
        """Until a condition of the ScaledObject has this status; its reason."""
        def there():
            now, reason = self.state(condition, scaled_object)
            assert now == status, f"it is {now} {reason}, {self.what_keda_says(scaled_object)}"
            return reason or True
        return eventually(there, timeout, f"{scaled_object}: {condition}={status}")

    def what_keda_says(self, scaled_object="engine"):
        conditions = self.ns.get("scaledobject", scaled_object).get("status", {}).get("conditions", [])
        return "; ".join(f"{each['type']}={each['status']} {each.get('message', '')}" for each in conditions)


def trigger(scaler):
    return scaler["spec"]["triggers"][0]


def without_tolerance_field(scaler):
    for direction in scaler["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"].values():
        direction.pop("tolerance")


def may_go_to_zero(scaler):
    scaler["spec"].update(minReplicaCount=0, cooldownPeriod=0)
