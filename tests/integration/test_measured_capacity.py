"""A capacity by the formula whose cores and response time are measured."""

from harness.case import ClusterTest
from harness.polling import eventually
from harness.services import adopting, deployment, predicted, service, template


def with_cpu(pod_template, **resources):
    """The template, its only container with these resources and no others."""
    pod_template["spec"]["containers"][0]["resources"] = resources
    return pod_template


class MeasuredCapacityTest(ClusterTest):
    def status(self):
        return self.ns.get("dss", "chat")["status"]

    def test_floor_from_a_measured_response_time(self):
        self.ns.create(service(template=with_cpu(template(), limits={"cpu": "2"}), demand={"preset": "deepseek"},
                               capacity={"formula": {"concurrencyPerCore": "4", "safetyFactor": "1"}}))
        condition = self.ns.await_condition("chat", "CapacityKnown", "False", "ResponseTimeNotMeasured")
        self.assertIn("deepseek_api_latency_seconds_sum", condition["message"])
        self.ns.await_condition("chat", "FloorApplied", "True", "Applied")
        self.assertEqual(self.ns.floor("chat"), 1)

        # 2 cores x 4 in 0.5 s are 16 requests/s a replica. The rate of a new counter takes two minutes to rise to what
        # it is.
        self.gauges.answer(self.ns.name, "chat", rate=400, response_time=0.5)
        self.ns.await_condition("chat", "CapacityKnown", "True", "Measured")
        eventually(lambda: self.ns.floor("chat") >= 4, 40, "a floor from the demand")
        eventually(lambda: "16 requests/s a replica (formula)" in self.status()["explanation"], what="it is explained")
        self.assertEqual(self.status()["capacity"],
                         {"perReplica": "16", "source": "Formula", "cores": "2", "coresFrom": "Limits",
                          "averageResponseTime": "500ms", "averageResponseTimeFrom": "Measured"})

    def test_cores_of_a_target(self):
        target = deployment("web")
        with_cpu(target["spec"]["template"], requests={"cpu": "2500m"})
        bare = deployment("bare")
        with_cpu(bare["spec"]["template"])
        self.ns.create(target, bare)
        self.demand(60)
        formula = {"formula": {"concurrencyPerCore": "4", "safetyFactor": "1"}}
        self.ns.create(adopting("Deployment", "web", demand={"preset": "vllm"}, capacity=formula))
        self.ns.await_floor("chat", 6)
        capacity = self.status()["capacity"]
        self.assertEqual((capacity["perReplica"], capacity["cores"], capacity["coresFrom"]), ("10", "2.5", "Requests"))

        self.ns.patch("dss", "chat", {"spec": {"targetRef": {"name": "bare"}}})
        condition = self.ns.await_condition("chat", "CapacityKnown", "False", "CoresNotDeclared")
        self.assertIn('Deployment bare: container "server" has neither', condition["message"])
        self.operator.await_sync_periods(2)
        self.assertEqual(self.ns.floor("chat"), 6)

    def test_template_without_cores(self):
        self.ns.create(predicted(template=with_cpu(template()),
                                 capacity={"formula": {"concurrencyPerCore": "4"}}))
        condition = self.ns.await_condition("chat", "Accepted", "False", "InvalidSpec")
        self.assertIn("spec.capacity.formula.cores", condition["message"])
        self.assertIn("give every container a CPU limit or request", condition["message"])
