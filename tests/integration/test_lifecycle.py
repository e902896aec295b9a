"""What a DeepSeekService brings with it from its creation to its end."""

from harness.case import ClusterTest
from harness.polling import eventually, throughout
from harness.services import adopting, deployment, predicted, service, template

APPLY_MANAGER = "deepseek-operator"


class LifecycleTest(ClusterTest):
    def create_ready(self, declared):
        self.ns.create(declared)
        self.ns.await_condition("chat", "Ready", "True")

    def test_makes_deployment_autoscaler_and_service_that_it_owns(self):
        self.create_ready(service(service={"port": 80, "targetPort": "http"}))
        self.assertEqual(self.children(), [("Deployment", "chat"), ("HorizontalPodAutoscaler", "chat"),
                                           ("Service", "chat")])
        uid = self.ns.get("dss", "chat")["metadata"]["uid"]
        for kind in ("deployment", "hpa", "service"):
            owner, = self.ns.get(kind, "chat")["metadata"]["ownerReferences"]
            self.assertEqual((owner["uid"], owner["controller"], owner["kind"]), (uid, True, "DeepSeekService"))

    def test_reports_conditions_and_printer_columns(self):
        self.demand(30)
        self.create_ready(predicted(replicas={"min": 3, "max": 20}))
        for condition, status in (("Accepted", "True"), ("FloorApplied", "True"), ("DemandAvailable", "True"),
                                  ("ForecastReady", "False")):
            self.ns.await_condition("chat", condition, status)
        status = self.ns.get("dss", "chat")["status"]
        self.assertEqual(status["observedGeneration"], 1)
        self.assertTrue(all(condition["message"] for condition in status["conditions"]))
        eventually(lambda: self.ns.kubectl("get", "dss", "chat", "--no-headers").split()[1:6] ==
                   ["True", "3", "3", "30", "Active"], 30, "the printer columns")

    def test_without_demand_there_is_no_word_of_it(self):
        self.create_ready(service())
        types = {condition["type"] for condition in self.ns.get("dss", "chat")["status"]["conditions"]}
        self.assertFalse(types & {"DemandAvailable", "ForecastReady"})

    def test_deletion_takes_the_children_along(self):
        self.create_ready(service(service={"port": 80}))
        self.ns.delete("dss", "chat")
        self.await_children()

    def test_applies_a_changed_template(self):
        self.create_ready(service())
        self.ns.patch("dss", "chat", {"spec": {"template": template(image="localhost/demo-workload:2")}})
        eventually(lambda: self.ns.get("deployment", "chat")["spec"]["template"]["spec"]["containers"][0]["image"] ==
                   "localhost/demo-workload:2")
        eventually(lambda: self.ns.get("dss", "chat")["status"]["observedGeneration"] == 2)

    def test_a_field_removed_from_the_template_is_removed_from_the_deployment(self):
        declared = service()
        declared["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "A", "value": "1"}]
        self.create_ready(declared)
        self.ns.patch("dss", "chat", [{"op": "remove", "path": "/spec/template/spec/containers/0/env"}], "json")
        eventually(lambda: "env" not in
                   self.ns.get("deployment", "chat")["spec"]["template"]["spec"]["containers"][0])

    def test_a_service_no_longer_declared_is_deleted(self):
        self.create_ready(service(service={"port": 80}))
        self.ns.patch("dss", "chat", {"spec": {"service": None}})
        self.await_children("Deployment", "HorizontalPodAutoscaler")

    def test_never_owns_the_replica_count(self):
        self.create_ready(service())
        deployment = self.ns.get("deployment", "chat", "--show-managed-fields")
        applied = [entry for entry in deployment["metadata"]["managedFields"]
                   if entry["manager"] == APPLY_MANAGER and entry["operation"] == "Apply"]
        self.assertTrue(applied)
        for entry in applied:
            self.assertNotIn("f:replicas", entry["fieldsV1"]["f:spec"])

    def test_leaves_a_manual_scaling_alone(self):
        self.demand(10)
        self.create_ready(predicted())
        self.ns.kubectl("scale", "deployment/chat", "--replicas=4")
        eventually(lambda: self.ns.get("dss", "chat")["status"].get("replicas") == 4, what="the operator has seen it")
        self.operator.await_sync_periods(3)
        self.assertEqual(self.ns.get("deployment", "chat")["spec"]["replicas"], 4)

    def test_starts_a_deployment_with_the_minimum(self):
        self.create_ready(service(replicas={"min": 3, "max": 5}))
        self.assertEqual(self.ns.get("deployment", "chat")["spec"]["replicas"], 3)

    def test_keeps_labels_and_annotations_of_others(self):
        self.demand(10)
        self.create_ready(predicted(service={"port": 80}))
        for kind in ("deployment", "hpa", "service"):
            self.ns.kubectl("annotate", kind, "chat", "example.com/note=kept")
            self.ns.kubectl("label", kind, "chat", "team=search")
        self.ns.patch("dss", "chat", {"spec": {"replicas": {"max": 7}, "service": {"port": 81}, "template": template(
            image="localhost/demo-workload:2")}})
        eventually(lambda: self.ns.get("hpa", "chat")["spec"]["maxReplicas"] == 7)
        eventually(lambda: self.ns.get("service", "chat")["spec"]["ports"][0]["port"] == 81)
        for kind in ("deployment", "hpa", "service"):
            metadata = self.ns.get(kind, "chat")["metadata"]
            self.assertEqual(metadata["annotations"]["example.com/note"], "kept", kind)
            self.assertEqual(metadata["labels"]["team"], "search", kind)

    def test_repairs_drift(self):
        self.create_ready(service(service={"port": 80}))
        self.ns.patch("hpa", "chat", {"spec": {"minReplicas": 7, "maxReplicas": 99}})
        self.ns.patch("service", "chat", [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 8080}], "json")
        self.ns.patch("deployment", "chat", [{"op": "replace", "path": "/spec/template/spec/containers/0/image",
                                              "value": "localhost/other:1"}], "json")

        def repaired():
            autoscaler = self.ns.get("hpa", "chat")["spec"]
            deployment = self.ns.get("deployment", "chat")["spec"]
            seen = (autoscaler["minReplicas"], autoscaler["maxReplicas"],
                    self.ns.get("service", "chat")["spec"]["ports"][0]["targetPort"],
                    deployment["template"]["spec"]["containers"][0]["image"])
            assert seen == (1, 20, 80, "localhost/demo-workload:1"), str(seen)
            return True
        eventually(repaired)

    def test_repairs_the_port_of_the_service(self):
        self.create_ready(service(service={"port": 80}))
        self.ns.patch("service", "chat", [{"op": "replace", "path": "/spec/ports/0/port", "value": 8080}], "json")

        def repaired():
            ports = [port["port"] for port in self.ns.get("service", "chat")["spec"]["ports"]]
            assert ports == [80], f"{ports}, {self.ns.condition('chat', 'Ready')}"
            return True
        eventually(repaired, 10)

    def test_makes_a_deleted_child_again(self):
        self.create_ready(service(service={"port": 80}))
        for kind in ("deployment", "hpa", "service"):
            self.ns.delete(kind, "chat")
        self.await_children("Deployment", "HorizontalPodAutoscaler", "Service")

    def test_adopts_a_workload_that_runs_already(self):
        self.ns.create(deployment("engine"))
        before = self.ns.get("deployment", "engine")["spec"]
        self.ns.create(adopting("Deployment", "engine"))
        self.ns.await_condition("chat", "Ready", "True")
        self.assertEqual(self.ns.get("hpa", "chat")["spec"]["scaleTargetRef"]["name"], "engine")
        self.assertEqual(self.ns.get("deployment", "engine")["spec"], before)
        self.ns.delete("dss", "chat")
        eventually(lambda: self.ns.find("hpa", "chat") is None)
        throughout(lambda: self.ns.find("deployment", "engine"), 1, "the adopted workload is left")

    def test_an_unchanged_service_is_never_written(self):
        self.demand(30)
        self.create_ready(predicted(service={"port": 80}))
        self.ns.await_floor("chat", 3)
        self.operator.await_quiet(periods=5)
