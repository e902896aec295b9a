"""Autoscalers that somebody else owns: only their minimum becomes the operator's, and it is given back."""

from harness import keda
from harness.adoption import adopts, await_minimum, finalizers, marks
from harness.case import ClusterTest
from harness.cluster import Cluster
from harness.polling import eventually, throughout
from harness.services import adopting, autoscaler, deployment


def theirs(name="theirs", target="engine", minimum=2, maximum=20):
    found = autoscaler(name, target, maximum)
    found["spec"]["minReplicas"] = minimum
    return found


class AdoptionTest(ClusterTest):
    def adopt(self, demand=50, **options):
        """A Deployment, its owner's HPA with a minimum of 2, and a service that adopts it."""
        self.demand(demand)
        self.ns.create(deployment("engine"), theirs(maximum=options.pop("maximum", 20)))
        self.ns.create(adopts(**options))
        return self.ns

    def write_minimum(self, minimum, manager="gitops"):
        self.ns.kubectl("patch", "hpa", "theirs", "--type=merge", f"--field-manager={manager}", "-p",
                        f'{{"spec":{{"minReplicas":{minimum}}}}}')

    def test_writes_only_the_minimum(self):
        self.demand(50)
        self.ns.create(deployment("engine"), theirs())
        before = self.ns.get("hpa", "theirs")["spec"]
        self.ns.create(adopts())
        await_minimum(self.ns, 5, original="2")
        self.ns.await_condition("chat", "Ready", "True")
        self.ns.await_condition("chat", "FloorApplied", "True", "Applied")
        self.assertEqual(self.ns.get("hpa", "theirs")["spec"], {**before, "minReplicas": 5})
        self.assertEqual(self.children(), [("Deployment", "engine"), ("HorizontalPodAutoscaler", "theirs")])
        self.assertNotIn("ownerReferences", self.ns.get("hpa", "theirs")["metadata"])
        self.operator.await_quiet()

    def test_never_goes_below_the_owners_minimum(self):
        self.adopt(demand=10)
        await_minimum(self.ns, 2, original="2")
        self.demand(50)
        await_minimum(self.ns, 5, original="2")

    def test_gives_back_when_the_mode_leaves_active(self):
        self.adopt()
        await_minimum(self.ns, 5, original="2")
        self.ns.patch("dss", "chat", {"spec": {"prediction": {"mode": "Shadow"}}})
        await_minimum(self.ns, 2)
        self.ns.await_condition("chat", "FloorApplied", "True", "Shadow")
        self.assertEqual(finalizers(self.ns), [])
        self.ns.patch("dss", "chat", {"spec": {"prediction": {"mode": "Active"}}})
        await_minimum(self.ns, 5, original="2")

    def test_an_override_is_written_in_shadow_too(self):
        self.adopt(prediction={"mode": "Shadow"},
                   override={"minReplicas": 7, "until": "2099-01-01T00:00:00Z", "reason": "incident 4711"})
        await_minimum(self.ns, 7, original="2")
        self.ns.patch("dss", "chat", {"spec": {"override": None}})
        await_minimum(self.ns, 2)

    def test_gives_back_when_the_reference_changes(self):
        self.adopt()
        self.ns.create(deployment("engine2"), theirs("others", "engine2", minimum=3))
        await_minimum(self.ns, 5, original="2")
        self.ns.patch("dss", "chat", {"spec": {"targetRef": {"name": "engine2"},
                                               "autoscaling": {"hpaRef": {"name": "others"}}}})
        await_minimum(self.ns, 2)
        await_minimum(self.ns, 5, "others", original="3")

    def test_gives_back_when_an_own_hpa_is_wanted(self):
        self.adopt()
        await_minimum(self.ns, 5, original="2")
        self.ns.patch("dss", "chat", {"spec": {"autoscaling": {"hpaRef": None}}})
        await_minimum(self.ns, 2)
        self.ns.await_condition("chat", "Accepted", "False", "Conflict")
        self.ns.delete("hpa", "theirs")
        self.ns.await_condition("chat", "Ready", "True")
        self.ns.await_floor("chat", 5)

    def test_gives_back_when_the_service_is_deleted(self):
        self.adopt()
        await_minimum(self.ns, 5, original="2")
        self.assertEqual(finalizers(self.ns), ["deepseek-operator.dev/finalizer"])
        self.ns.delete("dss", "chat", "--timeout=20s")
        await_minimum_after_the_end(self)

    def test_removes_its_own_hpa_once_another_is_adopted(self):
        self.demand(50)
        self.ns.create(deployment("engine"), adopts(autoscaling=None))
        self.ns.await_floor("chat", 5)
        self.ns.create(theirs())
        self.ns.await_condition("chat", "Accepted", "False", "Conflict")
        self.ns.patch("dss", "chat", {"spec": {"autoscaling": {"hpaRef": {"name": "theirs"}}}})
        await_minimum(self.ns, 5, original="2")
        self.ns.await_condition("chat", "Ready", "True")
        self.assertIsNone(self.ns.find("hpa", "chat"))

    def test_an_hpa_that_comes_later(self):
        self.demand(50)
        self.ns.create(deployment("engine"), adopts())
        self.ns.await_condition("chat", "Accepted", "False", "AutoscalerNotFound")
        self.assertEqual(self.children(), [("Deployment", "engine")])
        self.ns.create(theirs())
        await_minimum(self.ns, 5, original="2")

    def test_an_hpa_that_is_deleted_meanwhile(self):
        self.adopt()
        await_minimum(self.ns, 5, original="2")
        self.ns.delete("hpa", "theirs")
        self.ns.await_condition("chat", "Accepted", "False", "AutoscalerNotFound")
        self.ns.create(theirs(minimum=4))
        await_minimum(self.ns, 5, original="4")
        self.ns.delete("hpa", "theirs")
        self.ns.delete("dss", "chat", "--timeout=20s")

    def test_an_hpa_of_another_target_is_refused(self):
        self.ns.create(deployment("engine"), deployment("engine2"), theirs(target="engine2"), adopts())
        refused = self.ns.await_condition("chat", "Accepted", "False", "AutoscalerMismatch")
        self.assertIn("engine2", refused["message"])
        self.assertEqual(marks(self.ns.get("hpa", "theirs")), {})

    def test_an_hpa_that_turns_to_another_target_is_given_back(self):
        self.adopt()
        await_minimum(self.ns, 5, original="2")
        self.ns.patch("hpa", "theirs", {"spec": {"scaleTargetRef": {"kind": "StatefulSet"}}})
        await_minimum(self.ns, 2)
        self.ns.await_condition("chat", "Accepted", "False", "AutoscalerMismatch")
        self.ns.patch("hpa", "theirs", {"spec": {"scaleTargetRef": {"kind": "Deployment"}}})
        await_minimum(self.ns, 5, original="2", timeout=30)

    def test_two_services_on_one_hpa(self):
        self.adopt()
        await_minimum(self.ns, 5, original="2")
        self.ns.create(adopts(name="later"))
        self.ns.await_condition("later", "Accepted", "False", "Conflict")
        await_minimum(self.ns, 5, original="2")
        self.ns.delete("dss", "chat", "--timeout=20s")
        self.ns.await_condition("later", "Accepted", "True")
        eventually(lambda: marks(self.ns.get("hpa", "theirs")).get("adopted-by") == "later")
        self.assertEqual(marks(self.ns.get("hpa", "theirs"))["original-min-replicas"], "2")

    def test_the_operators_own_hpa_is_not_adopted(self):
        self.ns.create(deployment("engine"), adopting("Deployment", "engine", name="first"))
        self.ns.await_condition("first", "Ready", "True")
        before = self.ns.get("hpa", "first")["spec"]
        self.ns.create(deployment("engine2"), adopts(target="engine2", hpa="first"))
        refused = self.ns.await_condition("chat", "Accepted", "False", "Conflict")
        self.assertIn("DeepSeekService first", refused["message"])
        self.assertEqual(self.ns.get("hpa", "first")["spec"], before)

    def test_a_floor_above_the_owners_maximum_is_clamped(self):
        self.adopt(demand=90, maximum=6)
        await_minimum(self.ns, 6, original="2")
        clamped = self.ns.await_condition("chat", "FloorApplied", "True", "Clamped")
        self.assertIn("maxReplicas of HorizontalPodAutoscaler theirs", clamped["message"])
        self.ns.await_condition("chat", "Ready", "True")
        self.ns.patch("hpa", "theirs", {"spec": {"maxReplicas": 12}})
        await_minimum(self.ns, 9, original="2")
        self.ns.await_condition("chat", "FloorApplied", "True", "Applied")

    def test_what_the_owner_writes_is_the_new_original(self):
        self.adopt()
        await_minimum(self.ns, 5, original="2")
        self.write_minimum(3)
        await_minimum(self.ns, 5, original="3")
        self.ns.delete("dss", "chat", "--timeout=20s")
        await_minimum_after_the_end(self, 3)

    def test_a_contested_floor_is_left_to_its_owner(self):
        self.adopt()
        await_minimum(self.ns, 5, original="2")
        for minimum in (3, 4):
            self.write_minimum(minimum)
            await_minimum(self.ns, 5, original=str(minimum))
        self.write_minimum(3)
        contested = self.ns.await_condition("chat", "FloorApplied", "False", "FloorContested")
        self.assertIn('"gitops"', contested["message"])
        self.ns.await_condition("chat", "Ready", "False", "FloorContested")
        throughout(lambda: self.ns.get("hpa", "theirs")["spec"]["minReplicas"] == 3, 3, "nothing is written")
        self.operator.assert_calm(duration=3)
        eventually(lambda: "FloorContested" in [event["reason"] for event in self.ns.events("chat")], what="an event")
        self.ns.patch("dss", "chat", {"spec": {"replicas": {"max": 19}}})
        await_minimum(self.ns, 5, original="3")
        self.ns.await_condition("chat", "Ready", "True")

    def test_a_contested_floor_is_not_put_back_over_the_owners(self):
        self.adopt()
        await_minimum(self.ns, 5, original="2")
        for minimum in (3, 4):
            self.write_minimum(minimum)
            await_minimum(self.ns, 5, original=str(minimum))
        self.write_minimum(1)
        self.ns.await_condition("chat", "FloorApplied", "False", "FloorContested")
        self.ns.delete("dss", "chat", "--timeout=20s")
        await_minimum_after_the_end(self, 1)

    def test_reports_whether_the_adopted_hpa_works(self):
        self.adopt()
        self.ns.kubectl("patch", "hpa", "theirs", "--subresource=status", "--type=merge", "-p",
                        '{"status":{"currentReplicas":1,"desiredReplicas":1,"conditions":[{"type":"ScalingActive",'
                        '"status":"True","reason":"ValidMetricFound","message":"x"}]}}')
        eventually(lambda: self.ns.condition("chat", "AutoscalerActive")["reason"] != "Pending", 75)


def await_minimum_after_the_end(test, minimum=2):
    def given_back():
        found = test.ns.get("hpa", "theirs")
        assert (found["spec"]["minReplicas"], marks(found)) == (minimum, {}), str(found)
        return True
    eventually(given_back)
    test.assertIsNone(test.ns.find("dss", "chat"))


class AdoptionOverRestartsTest(ClusterTest):
    shared_operator = False

    def adopt(self):
        self.demand(50)
        self.ns.create(deployment("engine"), theirs(), adopts(autoscaling={"hpaRef": {"name": "theirs"}}))
        await_minimum(self.ns, 5, original="2")

    def test_killed_between_the_write_and_the_status(self):
        prometheus = self.start_forwarder(self.prometheus.url)
        first = self.start_operator(prometheus_url=f"http://{prometheus.address}").await_ready()
        self.adopt()
        first.kill()
        # As if the status had never been written.
        self.ns.kubectl("patch", "dss", "chat", "--subresource=status", "--type=merge", "-p", '{"status":{"floor":null}}')
        prometheus.cut()
        second = self.start_operator(prometheus_url=f"http://{prometheus.address}")
        self.ns.await_condition("chat", "DemandAvailable", "False", timeout=40)
        throughout(lambda: self.ns.get("hpa", "theirs")["spec"]["minReplicas"] == 5, 4, "the floor is held")
        await_minimum(self.ns, 5, original="2")
        self.ns.delete("dss", "chat", "--timeout=20s")
        await_minimum_after_the_end(self)
        second.assert_well()

    def test_killed_at_any_moment_it_loses_no_original(self):
        self.demand(50)
        self.ns.create(deployment("engine"), theirs())
        for moment in ("finalizer", "minimum", "status"):
            operator = self.start_operator().await_ready()
            self.ns.create(adopts())
            eventually(lambda: self.has_happened(moment), what=moment)
            operator.kill()
            operator = self.start_operator().await_ready()
            await_minimum(self.ns, 5, original="2", timeout=40)
            self.ns.delete("dss", "chat", "--timeout=20s")
            await_minimum_after_the_end(self)
            operator.kill()

    def has_happened(self, moment):
        service = self.ns.get("dss", "chat")
        return {"finalizer": lambda: service["metadata"].get("finalizers"),
                "minimum": lambda: self.ns.get("hpa", "theirs")["spec"]["minReplicas"] == 5,
                "status": lambda: service.get("status", {}).get("floor")}[moment]()

    def test_a_reference_that_changes_while_no_operator_runs(self):
        first = self.start_operator().await_ready()
        self.adopt()
        first.kill()
        self.ns.create(deployment("engine2"), theirs("others", "engine2", minimum=3))
        self.ns.patch("dss", "chat", {"spec": {"targetRef": {"name": "engine2"},
                                               "autoscaling": {"hpaRef": {"name": "others"}}}})
        self.start_operator().await_ready()
        await_minimum(self.ns, 2)
        await_minimum(self.ns, 5, "others", original="3")

    def test_starts_again_without_a_write(self):
        first = self.start_operator().await_ready()
        self.adopt()
        first.await_quiet()
        first.kill()
        version = self.ns.get("hpa", "theirs")["metadata"]["generation"] \
            if "generation" in self.ns.get("hpa", "theirs")["metadata"] else None
        second = self.start_operator().await_ready()
        second.await_quiet()
        await_minimum(self.ns, 5, original="2")
        self.assertNotIn("floor ", second.log())
        self.assertEqual(self.ns.get("hpa", "theirs")["metadata"].get("generation"), version)


class ScaledObjectTest(ClusterTest):
    @classmethod
    def setUpClass(cls):
        keda.install_crd(Cluster())
        super().setUpClass()

    def adopt(self, **scaled):
        self.demand(50)
        self.ns.create(deployment("engine"), keda.scaled_object("theirs", "engine", **scaled))
        self.ns.create(adopts(scaled_object="theirs"))

    def await_count(self, minimum, original=None):
        await_minimum(self.ns, minimum, kind="scaledobject", original=original)

    def test_writes_only_the_minimum(self):
        self.adopt(minReplicaCount=2, maxReplicaCount=30)
        self.await_count(5, original="2")
        self.ns.await_condition("chat", "Ready", "True")
        spec = self.ns.get("scaledobject", "theirs")["spec"]
        self.assertEqual((spec["maxReplicaCount"], spec["scaleTargetRef"]), (30, {"name": "engine"}))
        self.assertIsNone(self.ns.find("hpa", "chat"))

    def test_a_minimum_that_was_absent_is_absent_again(self):
        self.adopt()
        self.await_count(5, original="absent")
        self.ns.delete("dss", "chat", "--timeout=20s")
        eventually(lambda: "minReplicaCount" not in self.ns.get("scaledobject", "theirs")["spec"])
        self.assertEqual(marks(self.ns.get("scaledobject", "theirs")), {})

    def test_gives_back_in_shadow(self):
        self.adopt(minReplicaCount=2)
        self.await_count(5, original="2")
        self.ns.patch("dss", "chat", {"spec": {"prediction": {"mode": "Shadow"}}})
        self.await_count(2)

    def test_a_floor_above_its_maximum_is_clamped(self):
        self.adopt(maxReplicaCount=4)
        self.await_count(4, original="absent")
        self.ns.await_condition("chat", "FloorApplied", "True", "Clamped")

    def keda_makes_its_hpa(self):
        """As KEDA would."""
        uid = self.ns.get("scaledobject", "theirs")["metadata"]["uid"]
        made = theirs("keda-hpa-theirs")
        made["metadata"]["ownerReferences"] = [{"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
                                                "name": "theirs", "uid": uid, "controller": True}]
        self.ns.create(made)

    def test_the_hpa_that_keda_made_is_no_conflict(self):
        self.adopt(minReplicaCount=2)
        self.keda_makes_its_hpa()
        self.await_count(5, original="2")
        self.ns.await_condition("chat", "Ready", "True")
        self.assertEqual(self.ns.get("hpa", "keda-hpa-theirs")["spec"]["minReplicas"], 2)

    def test_the_hpa_that_keda_made_is_refused_as_hpa_ref(self):
        self.ns.create(deployment("engine"), keda.scaled_object("theirs", "engine"))
        self.keda_makes_its_hpa()
        self.ns.create(adopts(hpa="keda-hpa-theirs"))
        refused = self.ns.await_condition("chat", "Accepted", "False", "UseScaledObjectRef")
        self.assertIn("scaledObjectRef: {name: theirs}", refused["message"])
        self.assertEqual(marks(self.ns.get("hpa", "keda-hpa-theirs")), {})

    def test_an_object_that_is_not_there(self):
        self.ns.create(deployment("engine"), adopts(scaled_object="theirs"))
        self.ns.await_condition("chat", "Accepted", "False", "AutoscalerNotFound")
