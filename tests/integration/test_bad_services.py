"""Services that cannot be had as declared: a condition says what to do, and nobody else's objects are touched."""

from harness.case import ClusterTest
from harness.cluster import KubectlError
from harness.polling import eventually
from harness.services import adopting, autoscaler, deployment, predicted, service, template


class BadServicesTest(ClusterTest):
    def await_refusal(self, condition, reason, *texts):
        found = self.ns.await_condition("chat", condition, "False", reason)
        for text in texts:
            self.assertIn(text, found["message"])
        ready = self.ns.await_condition("chat", "Ready", "False", reason)
        self.assertEqual(ready["message"], found["message"])

        def told():
            events = [(event["reason"], event["type"]) for event in self.ns.events("chat")]
            assert (reason, "Warning") in events, str(events)
            return True
        eventually(told, what="an event")
        self.operator.assert_calm(duration=3)

    def test_target_that_is_not_there(self):
        self.ns.create(adopting("Deployment", "engine"))
        self.await_refusal("Accepted", "TargetNotFound", "engine", "create it")
        self.assertEqual(self.children(), [])

    def test_kind_that_is_not_there(self):
        self.ns.create(adopting("Engine", "engine", "example.com/v1"))
        self.await_refusal("Accepted", "TargetNotFound", "Engine", "example.com/v1")
        self.assertEqual(self.children(), [])

    def test_target_that_cannot_be_scaled(self):
        self.ns.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "engine"}},
                       adopting("ConfigMap", "engine", "v1"))
        self.await_refusal("Accepted", "TargetNotScalable", "/scale")
        self.assertEqual(self.children(), [])

    def test_autoscaler_of_somebody_else_on_the_target(self):
        self.ns.create(deployment("engine"), autoscaler("theirs", "engine"))
        before = self.ns.get("hpa", "theirs")["spec"]
        self.ns.create(adopting("Deployment", "engine"))
        self.await_refusal("Accepted", "Conflict", "theirs", "delete it")
        self.assertEqual(self.children(), [("Deployment", "engine"), ("HorizontalPodAutoscaler", "theirs")])
        self.assertEqual(self.ns.get("hpa", "theirs")["spec"], before)
        self.ns.delete("hpa", "theirs")
        self.ns.await_condition("chat", "Ready", "True")

    def test_deployment_of_somebody_else_with_the_name(self):
        self.ns.create(deployment("chat"))
        before = self.ns.get("deployment", "chat")
        self.ns.create(service(service={"port": 80}))
        self.await_refusal("Ready", "Conflict", "Deployment chat", "delete it")
        after = self.ns.get("deployment", "chat")
        self.assertEqual((after["metadata"]["generation"], after["spec"]),
                         (before["metadata"]["generation"], before["spec"]))
        self.assertNotIn("ownerReferences", after["metadata"])
        self.assertEqual(self.children(), [("Deployment", "chat")])

    def test_two_services_on_one_target(self):
        self.ns.create(deployment("engine"), adopting("Deployment", "engine", name="chat"))
        self.ns.await_condition("chat", "Ready", "True")
        self.ns.create(adopting("Deployment", "engine", name="later"))
        self.ns.await_condition("later", "Accepted", "False", "Conflict")
        self.assertIsNone(self.ns.find("hpa", "later"))
        self.ns.await_condition("chat", "Ready", "True")
        self.ns.delete("dss", "chat")
        self.ns.await_condition("later", "Ready", "True")

    def test_minimum_above_the_maximum(self):
        with self.assertRaisesRegex(KubectlError, "raise max or lower min"):
            self.ns.create(service(replicas={"min": 5, "max": 2}))

    def test_template_without_containers(self):
        with self.assertRaisesRegex(KubectlError, "containers"):
            self.ns.create(service(template={"spec": {"containers": []}}))

    def test_template_that_the_api_server_refuses(self):
        bad = template()
        bad["spec"]["containers"][0]["imagePullPolicy"] = "Sometimes"
        self.ns.create(service(template=bad, service={"port": 80}))
        self.await_refusal("Ready", "Rejected", "imagePullPolicy")
        self.assertEqual(self.children(), [])
        self.ns.patch("dss", "chat", {"spec": {"template": template()}})
        self.ns.await_condition("chat", "Ready", "True")

    def test_template_with_an_unknown_field(self):
        bad = template()
        bad["spec"]["containers"][0]["imagePolicy"] = "Always"
        self.ns.create(service(template=bad))
        self.await_refusal("Ready", "Rejected", "imagePolicy")
        self.assertEqual(self.children(), [])

    def test_large_annotations(self):
        declared = service()
        declared["metadata"]["annotations"] = {f"example.com/{i}": "x" * 60000 for i in range(4)}
        self.ns.create(declared)
        self.ns.await_condition("chat", "Ready", "True")
        self.assertLess(len(str(self.ns.get("deployment", "chat"))), 60000)
        declared["metadata"] = {"name": "larger", "annotations": {"example.com/x": "x" * 1000000}}
        with self.assertRaisesRegex(KubectlError, "[Tt]oo long"):
            self.ns.create(declared)

    def test_capacity_that_makes_no_sense(self):
        with self.assertRaises(KubectlError):
            self.ns.create(predicted(per_replica="0"))

    def test_created_and_deleted_over_and_over(self):
        for _ in range(30):
            self.ns.create(service(service={"port": 80}))
            self.ns.delete("dss", "chat", "--wait=true")
        self.await_children(timeout=40)
        self.ns.create(service())
        self.ns.await_condition("chat", "Ready", "True")
