"""Deletion costs: a scale-down takes the pods with the least work."""

from harness.case import ClusterTest
from harness.polling import eventually, throughout
from harness.services import predicted, scale_down_window

COST = "controller.kubernetes.io/pod-deletion-cost"
WORK = 'sum by (pod) (in_flight{namespace="{{namespace}}",service="{{name}}"})'


def by_work(query=WORK, window=5):
    return {**scale_down_window(window), "podDeletionCost": {"query": query}}


class DeletionCostTest(ClusterTest):
    def ready_pods(self):
        """Names of the ready pods that are not terminating."""
        def is_ready(pod):
            conditions = pod["status"].get("conditions", [])
            return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)
        return [pod["metadata"]["name"] for pod in self.ns.list("pods")
                if is_ready(pod) and "deletionTimestamp" not in pod["metadata"]]

    def await_pods(self, count):
        def there():
            pods = self.ready_pods()
            assert len(pods) == count, str(pods)
            return pods
        return eventually(there, 40, f"{count} ready pods")

    def scale(self, replicas):
        """In place of the HPA, which leaves the floor only when its own metrics say so, and here it has none."""
        self.ns.kubectl("scale", "deployment/chat", f"--replicas={replicas}")

    def cost(self, pod):
        return self.ns.get("pod", pod)["metadata"].get("annotations", {}).get(COST)

    def test_the_idle_pod_goes_first(self):
        # Kubernetes itself takes the younger of two ready pods: the older one is the idle one.
        self.demand(10)
        self.ns.create(predicted(autoscaling=by_work()))
        self.ns.await_floor("chat", 1)
        idle, = self.await_pods(1)
        self.demand(20)
        self.ns.await_floor("chat", 2)
        self.scale(2)
        busy, = set(self.await_pods(2)) - {idle}
        self.gauges.set_work(self.ns.name, "chat", {idle: 0, busy: 12})
        eventually(lambda: self.prometheus.value(f'in_flight{{namespace="{self.ns.name}",pod="{busy}"}}') == 12, 10)
        self.assertIsNone(self.cost(busy), "nothing is written while both are needed")

        self.demand(5)
        eventually(lambda: self.cost(busy) == "8", 20, "the busy pod costs more")
        self.assertIsNone(self.cost(idle))
        self.ns.await_condition("chat", "DeletionCostsApplied", "True", "Applied")
        self.ns.await_floor("chat", 1)
        self.scale(1)
        self.assertEqual(self.await_pods(1), [busy])

    def test_on_a_server_that_takes_no_queries(self):
        self.ns.create(predicted(autoscaling=by_work(), demand={"preset": "vllm", "prometheus": "strict"}))
        condition = self.ns.await_condition("chat", "DeletionCostsApplied", "False", "CustomQueryNotAllowed")
        self.assertIn("allowCustomQueries", condition["message"])
        self.ns.await_condition("chat", "Ready", "True")

    def test_without_the_field_no_pod_is_written(self):
        self.demand(20)
        self.ns.create(predicted())
        self.ns.await_floor("chat", 2)
        self.scale(3)
        pods = self.await_pods(3)
        self.gauges.set_work(self.ns.name, "chat", {pod: 12 for pod in pods})
        self.operator.await_sync_periods(3)
        throughout(lambda: all(self.cost(pod) is None for pod in pods), 2, "no annotation")
        self.assertIsNone(self.ns.condition("chat", "DeletionCostsApplied"))
