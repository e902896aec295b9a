"""A platform team's story with the operator, from `helm install` to `helm uninstall`, on a real cluster with real load.

The chapters run in the order of their numbers, and each stands on the ones before.
"""

import os
import re
import shutil
import tempfile
import time
import unittest

from harness import environment
from harness.chart import CHART, NAMESPACE, RELEASE, helm
from harness.cluster import CRD, Cluster, Namespace
from harness.polling import eventually

import day
import world
from containers import resident_bytes
from load import Load
from watching import Watch

IMAGE = os.environ["DEEPSEEK_OPERATOR_IMAGE"]
QUIET_NIGHT = 150        # seconds from the end of the history until the rise
FIRST_FLOOR_WITHIN = 60  # seconds from helm install
MOST_RESIDENT_MEGABYTES = 40
SERVICES = 10
VALUES = ("--values", world.HERE / "values.yaml", "--set", f"image.repository={IMAGE.rpartition(':')[0]}",
          "--set-string", f"image.tag={IMAGE.rpartition(':')[2]}", "--set", "image.pullPolicy=Never")


class Story(unittest.TestCase):
    failed = None  # the chapter that did

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="e2e-")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.cluster = Cluster()
        cls.system = Namespace(cls.cluster, NAMESPACE)
        cls.shop = cls.cluster.namespace(world.NAMESPACE)
        cls.shop.create(*world.workloads())
        cls.floors = Watch("hpa", ".spec.minReplicas")
        cls.addClassCleanup(cls.floors.close)
        cls.ready = Watch("deployments", ".status.readyReplicas")
        cls.addClassCleanup(cls.ready.close)
        cls.rise = int(time.time()) + QUIET_NIGHT
        world.start_prometheus(cls.cluster, cls.directory, cls.rise)

    def setUp(self):
        if Story.failed:
            self.fail(f"{Story.failed} failed before")

    def tearDown(self):
        outcome = self._outcome.result
        if any(test is self for test, _ in outcome.failures + outcome.errors):
            Story.failed = self._testMethodName
            self.tell_what_is_there()

    def tell_what_is_there(self):
        for what in (["get", "pods", "-A", "-o", "wide"], ["get", "dss,hpa", "-A"], ["get", "events", "-n", NAMESPACE],
                     ["logs", "-n", NAMESPACE, f"deployment/{RELEASE}", "--tail=60"]):
            try:
                print(f"\n$ kubectl {' '.join(what)}\n{self.cluster.kubectl(*what)}")
            except AssertionError as error:
                print(error)

    # What chapters look at.

    def operator_pods(self):
        """Those that run and are not on their way out, by name."""
        return {pod["metadata"]["name"]: pod for pod in self.system.list("pods")
                if pod["metadata"]["labels"].get("app.kubernetes.io/component") == "operator"
                and "deletionTimestamp" not in pod["metadata"]}

    def await_conditions(self, name, *conditions, timeout=30):
        for condition in conditions:
            self.shop.await_condition(name, condition, "True", timeout=timeout)

    def minimums(self):
        return {item["metadata"]["name"]: item["spec"]["minReplicas"] for item in self.shop.list("hpa")}

    def assert_floors_stood(self, since, before):
        """No floor fell since then, and those without traffic did not move at all."""
        loaded = f"{world.NAMESPACE}/{world.LOADED}"
        for _, name, floor in self.floors.since(since):
            was = before[name.split("/")[1]]
            if name == loaded:
                self.assertGreaterEqual(floor, was, name)
            else:
                self.assertEqual(floor, was, name)
        self.assertTrue(self.floors.is_alive())

    def assert_visitors_served(self):
        self.assertTrue(self.load.is_alive(), f"the load ended early:\n{self.load.log()[-3000:]}")

    # The chapters.

    def test_1_install_and_first_floor(self):
        began = time.time()
        helm("install", RELEASE, CHART, "--namespace", NAMESPACE, "--create-namespace", *VALUES, "--wait", "--timeout", "60s")
        installed = time.time()
        self.cluster.kubectl("apply", "-n", world.NAMESPACE, "-f", str(environment.ROOT / "examples"))
        self.shop.create(*world.services())

        def predicted():
            floor = self.shop.get("dss", world.LOADED).get("status", {}).get("floor", {})
            assert floor.get("predicted") and self.shop.floor(world.LOADED) == floor["current"], str(floor)
            return floor
        eventually(predicted, began + FIRST_FLOOR_WITHIN - time.time(), "a floor from the forecast")
        print(f"helm install took {installed - began:.1f} s; the first floor stood {time.time() - began:.1f} s after its "
              f"start (goal: {FIRST_FLOOR_WITHIN})")

    def test_2_every_example_is_accepted_and_the_traffic_begins(self):
        self.cluster.kubectl("rollout", "status", "-n", world.NAMESPACE, f"deployment/{world.LOADED}", "--timeout=60s",
                             timeout=70)
        address = self.shop.get("service", world.LOADED)["spec"]["clusterIP"]
        type(self).load = Load(f"http://{address}", self.rise)
        self.addClassCleanup(self.load.close)
        self.assertLess(time.time(), self.rise - day.RISE, "the night is too short for this machine")
        names = [item["metadata"]["name"] for item in self.shop.list("dss")]
        self.assertEqual(len(names), SERVICES, names)
        for name in names:
            self.await_conditions(name, "Accepted")

    def test_3_helm_test(self):
        print(helm("test", RELEASE, "--namespace", NAMESPACE, "--timeout", "60s").strip().splitlines()[-1])

    def test_4_the_floor_rises_before_the_load(self):
        half_way, traffic = day.half_way(self.rise)
        per_replica = float(self.shop.get("dss", world.LOADED)["status"]["capacity"]["perReplica"])
        needed = day.replicas_for(traffic, per_replica)
        loaded = f"{world.NAMESPACE}/{world.LOADED}"
        all_in = day.replicas_for(day.BY_DAY, per_replica)
        eventually(lambda: time.time() > self.rise + day.RISE and self.ready.latest()[loaded] >= all_in,
                   self.rise + 2 * day.RISE + 30 - time.time(), f"the rise is over, and {all_in} replicas are ready")
        floor_at, ready_at = self.floors.first(loaded, needed), self.ready.first(loaded, needed)
        self.assertIsNotNone(floor_at, f"the floor never reached {needed}")
        self.assertIsNotNone(ready_at, f"{needed} replicas were never ready")
        print(f"half-way up, {traffic:.0f} requests/s need {needed} replicas: the floor was there "
              f"{half_way - floor_at:.0f} s before, the replicas were ready {half_way - ready_at:.0f} s before")
        self.assertLess(floor_at, ready_at)
        self.assertLess(ready_at, half_way, "the replicas were ready after the load was there")
        self.assert_visitors_served()

    def test_5_the_status_says_why(self):
        self.await_conditions(world.LOADED, "Ready", "DemandAvailable", "ForecastReady", "FloorApplied", "AutoscalerActive")
        cpu = self.shop.get("hpa", world.LOADED)["status"]["currentMetrics"][0]["resource"]["current"]
        self.assertGreater(cpu["averageUtilization"], 0)
        text = self.shop.kubectl("describe", "dss", world.LOADED)
        self.assertRegex(text, r"Explanation: +at least \d+ replicas: .*requests/s")
        self.assertRegex(text, r"FloorRaised .*minReplicas \d+ -> \d+: .*forecast")
        print("\n".join(line for line in text.splitlines() if re.search("Explanation:|FloorRaised", line)))

    def test_6_upgrade_moves_no_floor(self):
        before, began, old = self.minimums(), time.time(), set(self.operator_pods())
        helm("upgrade", RELEASE, CHART, "--namespace", NAMESPACE, *VALUES, "--set", "config.syncPeriod=4s", "--wait",
             "--timeout", "90s")
        self.assertIn("syncPeriod: 4s", self.system.get("configmap", RELEASE)["data"]["config.yaml"])
        self.await_takeover(old)
        self.assert_floors_stood(began, before)
        self.assert_visitors_served()

    def test_7_rollback_moves_no_floor(self):
        before, began, old = self.minimums(), time.time(), set(self.operator_pods())
        helm("rollback", RELEASE, "1", "--namespace", NAMESPACE, "--wait", "--timeout", "90s")
        self.assertIn("syncPeriod: 5s", self.system.get("configmap", RELEASE)["data"]["config.yaml"])
        self.await_takeover(old)
        self.assert_floors_stood(began, before)
        self.assert_visitors_served()

    def test_8_takeover_after_a_crash(self):
        before, began, pods = self.minimums(), time.time(), self.operator_pods()
        leader = self.leader(pods)
        self.system.kubectl("delete", "pod", leader, "--grace-period=0", "--force")
        self.await_takeover({leader})
        self.assert_floors_stood(began, before)
        self.assert_visitors_served()

    def test_9_memory(self):
        pods = self.operator_pods()
        pod = pods[self.leader(pods)]
        resident = resident_bytes(pod["metadata"]["uid"], "/usr/bin/deepseek-operator") / 1e6
        print(f"resident memory with {SERVICES} services: {resident:.1f} MB (goal: {MOST_RESIDENT_MEGABYTES})")
        self.assertLessEqual(resident, MOST_RESIDENT_MEGABYTES)

    def test_a_uninstall_leaves_workloads_and_gives_back(self):
        self.assertEqual(self.minimums()["theirs"], 4)
        before = self.running_pods()
        helm("uninstall", RELEASE, "--namespace", NAMESPACE, "--wait", "--timeout", "180s")
        theirs = self.shop.get("hpa", "theirs")
        self.assertEqual(theirs["spec"]["minReplicas"], world.ADOPTED_MINIMUM)
        self.assertEqual([key for key in theirs["metadata"].get("annotations", {}) if "deepseek-operator.dev" in key], [])
        gone = before - self.running_pods()
        scaled = ("adopted-", f"{world.LOADED}-")  # by their HPAs, which follow the CPU from now on
        self.assertEqual({name for name in gone if not name.startswith(scaled)}, set(), "pods that are gone")
        self.assertEqual(self.minimums()[world.LOADED], self.shop.get("dss", world.LOADED)["spec"]["replicas"]["min"])
        self.assert_visitors_served()

    def test_b_nothing_else_remains(self):
        def nothing():
            assert not self.ours(), str(self.ours())
            return True
        eventually(nothing, 30, "nothing with the labels of the release, or in its namespace")
        self.assertEqual(len(self.shop.list("dss")), SERVICES)
        self.cluster.kubectl("get", "crd", CRD)
        figures = self.load.finish()
        print(f"Locust: {figures}")
        self.assertIsNone(figures["broken"])
        self.assertGreater(figures["requests"], 1000)

    def await_takeover(self, old):
        """Until a pod that is not of the old ones is ready, leads, and has decided each service again."""
        def taken_over():
            pods = self.operator_pods()
            assert pods and not old & set(pods), f"{sorted(pods)}, before {sorted(old)}"
            ready = [entry["status"] for pod in pods.values() for entry in pod["status"].get("conditions", [])
                     if entry["type"] == "Ready"]
            assert ready and set(ready) == {"True"}, str(ready)
            return self.leader(pods)
        leader = eventually(taken_over, 60, "a new operator")
        eventually(lambda: "deepseek_operator_floor_replicas" in self.metrics(leader), 60, "it has decided")

    def leader(self, pods):
        """The pod that holds the Lease; the only one where there is no election."""
        lease = self.system.find("lease", RELEASE)
        if lease is None:
            assert len(pods) == 1, sorted(pods)
            return next(iter(pods))
        holder = lease["spec"].get("holderIdentity") or ""
        found = [name for name in pods if holder.startswith(name)]
        assert found, f"the Lease is held by {holder!r}, pods: {sorted(pods)}"
        return found[0]

    def metrics(self, pod):
        return self.cluster.kubectl("get", "--raw", f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}:8080/proxy/metrics")

    def running_pods(self):
        return {pod["metadata"]["name"] for pod in self.shop.list("pods") if "deletionTimestamp" not in pod["metadata"]}

    def ours(self):
        """What is left of the release: whatever has its labels, and whatever is in its namespace."""
        kinds = self.listed_kinds()
        labelled = self.cluster.kubectl("get", kinds, "--all-namespaces", "--ignore-not-found", "-o", "name", "-l",
                                        f"app.kubernetes.io/instance={RELEASE}").split()
        there = self.system.kubectl("get", self.listed_kinds("--namespaced=true"), "--ignore-not-found", "-o", "name").split()
        inherent = {"configmap/kube-root-ca.crt", "serviceaccount/default",
                    f"customresourcedefinition.apiextensions.k8s.io/{CRD}"}
        return sorted({*labelled, *there} - inherent)

    def listed_kinds(self, *which):
        kinds = self.cluster.kubectl("api-resources", "--verbs=list", "-o", "name", *which).split()
        # Events go by themselves, and the others are no objects that somebody has made.
        return ",".join(kind for kind in kinds if not kind.startswith(("events", "componentstatuses"))
                        and not kind.endswith("metrics.k8s.io"))
