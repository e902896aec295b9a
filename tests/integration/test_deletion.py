"""What becomes of a service's objects at its end, and the end of the operator itself."""

import subprocess

from harness import environment, keda
from harness.adoption import FINALIZER, adopts, await_minimum, finalizers, marks
from harness.case import ClusterTest
from harness.cluster import Cluster
from harness.polling import eventually, throughout
from harness.services import autoscaler, deployment, predicted, service

CHILDREN = ("deployment", "hpa", "service")


class RetainTest(ClusterTest):
    def create_retained(self, **spec):
        self.demand(30)
        self.ns.create(predicted(**{"service": {"port": 80}, "deletionPolicy": "Retain", **spec}))
        self.ns.await_condition("chat", "Ready", "True")
        self.ns.await_floor("chat", 3)

    def delete(self):
        self.ns.delete("dss", "chat", "--timeout=20s")

    def owners(self, kind):
        return self.ns.get(kind, "chat")["metadata"].get("ownerReferences", [])

    def test_the_objects_stay_and_nobody_owns_them(self):
        self.create_retained()
        self.assertEqual(finalizers(self.ns), [FINALIZER])
        before = self.ns.get("deployment", "chat")
        self.delete()
        throughout(lambda: all(self.ns.find(kind, "chat") for kind in CHILDREN), 3, "the objects are there")
        for kind in CHILDREN:
            self.assertEqual(self.owners(kind), [], kind)
        after = self.ns.get("deployment", "chat")
        self.assertEqual(after["metadata"]["uid"], before["metadata"]["uid"])
        self.assertEqual(after["spec"]["template"], before["spec"]["template"])
        self.assertEqual(self.ns.floor("chat"), 1, "replicas.min: nobody raises it any more")

    def test_other_owners_stay(self):
        self.create_retained()
        self.ns.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "app"}})
        app = {"apiVersion": "v1", "kind": "ConfigMap", "name": "app",
               "uid": self.ns.get("configmap", "app")["metadata"]["uid"]}
        self.ns.patch("deployment", "chat", [{"op": "add", "path": "/metadata/ownerReferences/-", "value": app}], "json")
        self.delete()
        self.assertEqual(self.owners("deployment"), [app])

    def test_the_next_service_of_the_name_takes_them_back(self):
        self.create_retained()
        before = {kind: self.ns.get(kind, "chat")["metadata"]["uid"] for kind in CHILDREN}
        template = self.ns.get("deployment", "chat")["spec"]["template"]
        self.delete()
        self.create_retained()
        uid = self.ns.get("dss", "chat")["metadata"]["uid"]
        for kind in CHILDREN:
            self.assertEqual([owner["uid"] for owner in self.owners(kind)], [uid], kind)
            self.assertEqual(self.ns.get(kind, "chat")["metadata"]["uid"], before[kind], kind)
        self.assertEqual(self.ns.get("deployment", "chat")["spec"]["template"], template)
        self.assertEqual(len(self.ns.list("replicasets")), 1, "nothing is rolled")

    def test_the_finalizer_comes_and_goes_with_the_policy(self):
        self.ns.create(service())
        self.ns.await_condition("chat", "Accepted", "True")
        self.assertEqual(finalizers(self.ns), [])
        self.ns.patch("dss", "chat", {"spec": {"deletionPolicy": "Retain"}})
        eventually(lambda: finalizers(self.ns) == [FINALIZER])
        self.ns.patch("dss", "chat", {"spec": {"deletionPolicy": "Delete"}})
        eventually(lambda: finalizers(self.ns) == [])

    def test_what_is_gone_holds_nothing_up(self):
        self.create_retained()
        self.ns.patch("dss", "chat", {"metadata": {"finalizers": [FINALIZER, "example.com/hold"]}})
        self.ns.delete("dss", "chat", "--wait=false")
        eventually(lambda: finalizers(self.ns) == ["example.com/hold"])
        for kind in CHILDREN:
            self.ns.delete(kind, "chat")
        self.ns.patch("dss", "chat", {"metadata": {"finalizers": None}})
        eventually(lambda: self.ns.find("dss", "chat") is None)


class DisruptionBudgetTest(ClusterTest):
    def budget(self, name="chat"):
        return self.ns.find("pdb", name)

    def create_with_budget(self):
        self.ns.create(service(podDisruptionBudget={"maxUnavailable": "25%"}))
        self.ns.await_condition("chat", "DisruptionBudget", "True", "Applied")

    def test_is_made_repaired_and_removed(self):
        self.create_with_budget()
        spec = self.budget()["spec"]
        self.assertEqual((spec["maxUnavailable"], spec["unhealthyPodEvictionPolicy"]), ("25%", "AlwaysAllow"))
        self.ns.patch("pdb", "chat", {"spec": {"maxUnavailable": 0}})
        eventually(lambda: self.budget()["spec"]["maxUnavailable"] == "25%")
        self.ns.patch("dss", "chat", {"spec": {"podDisruptionBudget": None}})
        eventually(lambda: self.budget() is None)
        eventually(lambda: self.ns.condition("chat", "DisruptionBudget") is None)

    def test_goes_with_the_service(self):
        self.create_with_budget()
        self.ns.delete("dss", "chat", "--timeout=20s")
        eventually(lambda: self.budget() is None)

    def test_never_a_second_one_on_the_same_pods(self):
        self.create_with_budget()
        self.ns.create({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "theirs"},
                        "spec": {"maxUnavailable": 1, "selector": {"matchExpressions": [
                            {"key": "app.kubernetes.io/name", "operator": "In", "values": ["chat", "other"]}]}}})
        found = self.ns.await_condition("chat", "DisruptionBudget", "False", "OtherBudget")
        self.assertIn("theirs", found["message"])
        eventually(lambda: self.budget() is None)
        self.ns.await_condition("chat", "FloorApplied", "True")
        self.ns.delete("pdb", "theirs")
        self.ns.await_condition("chat", "DisruptionBudget", "True")
        self.assertIsNotNone(self.budget())


class RestoreCommandTest(ClusterTest):
    """`deepseek-operator restore`, once the operator has been stopped."""

    shared_operator = False

    @classmethod
    def setUpClass(cls):
        keda.install_crd(Cluster())
        super().setUpClass()

    def restore(self, *arguments, kubeconfig=None):
        done = subprocess.run([environment.operator_binary(), "restore", "--kubeconfig",
                               kubeconfig or self.cluster.kubeconfig, *arguments], capture_output=True, text=True,
                              timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def adopt_and_stop(self):
        operator = self.start_operator().await_ready()
        self.demand(50)
        theirs = autoscaler("theirs", "engine", 20)
        theirs["spec"]["minReplicas"] = 2
        self.ns.create(deployment("engine"), theirs, adopts())
        await_minimum(self.ns, 5, original="2")
        self.assertEqual(operator.terminate(), 0)

    def test_gives_everything_back(self):
        self.adopt_and_stop()
        self.ns.create(keda.scaled_object("so", "engine", minReplicaCount=9))
        self.ns.patch("scaledobject", "so", {"metadata": {"annotations": {
            "deepseek-operator.dev/adopted-by": "gone", "deepseek-operator.dev/original-min-replicas": "absent",
            "deepseek-operator.dev/floor": "9"}}})
        code, output = self.restore()
        self.assertEqual(code, 0, output)
        self.assertIn(f"HorizontalPodAutoscaler {self.ns.name}/theirs: minimum 2 (was 5)", output)
        self.assertIn(f"ScaledObject {self.ns.name}/so: minimum absent (was 9)", output)
        await_minimum(self.ns, 2)
        self.assertNotIn("minReplicaCount", self.ns.get("scaledobject", "so")["spec"])
        self.assertEqual(finalizers(self.ns), [])
        self.ns.delete("dss", "chat", "--timeout=10s")
        self.assertEqual(self.restore(), (0, "nothing is held, nothing to restore\n"))

    def test_in_one_namespace_only(self):
        self.adopt_and_stop()
        self.assertEqual(self.restore("--namespace", "default")[0], 0)
        self.assertEqual(marks(self.ns.get("hpa", "theirs"))["adopted-by"], "chat")
        code, output = self.restore("--namespace", self.ns.name)
        self.assertEqual(code, 0, output)
        await_minimum(self.ns, 2)

    def test_what_cannot_be_restored_is_said(self):
        self.adopt_and_stop()
        self.ns.kubectl("create", "serviceaccount", "reader")
        binding = self.ns.name + "-reader"
        self.cluster.kubectl("create", "clusterrole", binding, "--verb=get,list", "--resource=hpa,dss,scaledobjects")
        self.addCleanup(self.cluster.kubectl, "delete", "clusterrole,clusterrolebinding", binding)
        self.cluster.kubectl("create", "clusterrolebinding", binding, f"--clusterrole={binding}",
                             f"--serviceaccount={self.ns.name}:reader")
        token = self.ns.kubectl("create", "token", "reader").strip()
        code, output = self.restore(kubeconfig=self.kubeconfig_with(user={"token": token}))
        self.assertEqual(code, 1, output)
        self.assertIn(f"not restored: HorizontalPodAutoscaler {self.ns.name}/theirs", output)
        self.assertIn("run it again", output)
        self.assertEqual(self.restore()[0], 0)
        await_minimum(self.ns, 2)

    def test_an_api_server_that_is_not_there(self):
        code, output = self.restore(kubeconfig=self.kubeconfig_with(server="https://127.0.0.1:1"))
        self.assertEqual(code, 1)
        self.assertIn("nothing is restored", output)
