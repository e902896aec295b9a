"""The other way: the operator writes minReplicaCount, and KEDA hands it on to its HPA."""

from harness.adoption import await_minimum

from scaling import ScalingTest


def by_cpu(scaler):
    scaler["spec"]["triggers"] = [{"type": "cpu", "metricType": "Utilization", "metadata": {"value": "70"}}]
    scaler["spec"].pop("fallback")
    scaler["spec"].pop("advanced")


def active(service):
    service["spec"]["prediction"] = {"mode": "Active"}


class MinimumTest(ScalingTest):
    def test_reaches_the_deployment(self):
        self.demand(200)
        self.follow(active, by_cpu)
        await_minimum(self.ns, 20, "engine", "scaledobject", original="2", timeout=180)
        self.await_replicas(20)
        self.demand(210)
        self.await_replicas(21)
        self.ns.patch("dss", "chat", {"spec": {"prediction": {"mode": "Shadow"}}})
        await_minimum(self.ns, 2, "engine", "scaledobject")
