"""An operator of some namespaces, with Roles in these and no right of the whole cluster."""

import subprocess

from harness import environment, keda
from harness.access import ServiceAccount
from harness.adoption import adopts, await_minimum, finalizers
from harness.case import ClusterTest
from harness.services import autoscaler, deployment, predicted


def theirs():
    found = autoscaler("theirs", "engine", 20)
    found["spec"]["minReplicas"] = 2
    return found


class WatchNamespacesTest(ClusterTest):
    shared_operator = False

    @classmethod
    def gauge_targets(cls):
        return [(cls.gauges.address, f"/{base}{suffix}/chat", base + suffix, "chat")
                for base in cls.namespaces.values() for suffix in ("", "-second")]

    def second_namespace(self):
        found = self.cluster.namespace(self.ns.name + "-second")
        self.addCleanup(found.remove)
        return found

    def watching(self, *namespaces, account=None, **options):
        kubeconfig = self.kubeconfig_with(user={"token": account.token}) if account else None
        return self.start_operator(kubeconfig=kubeconfig, config={"watchNamespaces": list(namespaces)}, **options)

    def set_demand(self, namespace, value):
        self.gauges.set(namespace.name, "chat", value)

    def assert_untouched(self, namespace, service="chat"):
        found = namespace.get("dss", service, "--show-managed-fields")
        self.assertNotIn("status", found)
        self.assertNotIn("deepseek-operator", [entry["manager"] for entry in found["metadata"]["managedFields"]])
        self.assertEqual([item["kind"] for item in namespace.list("deployments,hpa,pdb,events")], [])

    def test_roles_are_enough(self):
        second = self.second_namespace()
        account = ServiceAccount(self.ns).allow(self.ns, second)
        for namespace in (self.ns, second):
            self.set_demand(namespace, 50)
        operator = self.watching(self.ns.name, second.name, account=account).await_ready()
        self.ns.create(predicted(podDisruptionBudget={"maxUnavailable": 1}, service={"port": 80}))
        second.create(deployment("engine"), theirs(), adopts())
        self.ns.await_floor("chat", 5)
        self.ns.await_condition("chat", "Ready", "True")
        await_minimum(second, 5, original="2")
        second.await_condition("chat", "Ready", "True")
        self.ns.delete("dss", "chat", "--timeout=20s")
        second.delete("dss", "chat", "--timeout=20s")
        await_minimum(second, 2)
        operator.assert_well()
        self.assertEqual(operator.metric("rest_client_requests_total", code="403"), 0)
        self.assertNotIn("forbidden", operator.log().lower())
        self.assertNotIn("cannot", operator.log())

    def test_services_of_other_namespaces_are_left_alone(self):
        other = self.second_namespace()
        for namespace in (self.ns, other):
            self.set_demand(namespace, 50)
            namespace.create(predicted())
        operator = self.start_operator(arguments=["--watch-namespaces", self.ns.name]).await_ready()
        self.ns.await_floor("chat", 5)
        self.ns.await_condition("chat", "Ready", "True")
        operator.await_sync_periods(5)
        self.assert_untouched(other)
        self.assertNotIn(f'namespace="{other.name}"', operator.get("/metrics")[1])

    def test_the_flag_takes_the_place_of_the_files_namespaces(self):
        other = self.second_namespace()
        for namespace in (self.ns, other):
            namespace.create(predicted())
        operator = self.watching(other.name, arguments=["--watch-namespaces", self.ns.name]).await_ready()
        self.ns.await_condition("chat", "Accepted", "True")
        operator.await_sync_periods(3)
        self.assert_untouched(other)

    def test_a_namespace_that_is_made_later(self):
        later = self.ns.name + "-second"
        operator = self.watching(self.ns.name, later).await_ready()
        namespace = self.second_namespace()
        self.set_demand(namespace, 50)
        namespace.create(predicted())
        namespace.await_floor("chat", 5)
        namespace.await_condition("chat", "Ready", "True")
        operator.assert_well()

    def test_a_namespace_without_a_role_keeps_no_other_from_its_floor(self):
        later = self.ns.name + "-second"
        account = ServiceAccount(self.ns).allow(self.ns)
        self.set_demand(self.ns, 50)
        operator = self.watching(self.ns.name, later, account=account)
        operator.await_not_ready("[-]caches failed", f"in namespace {later}", "forbidden")
        self.ns.create(predicted())
        self.ns.await_floor("chat", 5)
        self.ns.await_condition("chat", "Ready", "True")
        operator.assert_calm(most=40)

        namespace = self.second_namespace()
        self.set_demand(namespace, 50)
        namespace.create(predicted())
        account.allow(namespace)
        operator.await_ready(timeout=60)
        namespace.await_floor("chat", 5)
        namespace.await_condition("chat", "Ready", "True")
        operator.assert_well()

    def test_restore_with_roles_and_without_keda(self):
        keda.remove_crd(self.cluster)
        second = self.second_namespace()
        account = ServiceAccount(self.ns).allow(self.ns, second)
        operator = self.watching(self.ns.name, second.name, account=account).await_ready()
        for namespace in (self.ns, second):
            self.set_demand(namespace, 50)
            namespace.create(deployment("engine"), theirs(), adopts())
            await_minimum(namespace, 5, original="2")
        self.assertEqual(operator.terminate(), 0)

        kubeconfig = self.kubeconfig_with(user={"token": account.token})
        done = subprocess.run([environment.operator_binary(), "restore", "--kubeconfig", kubeconfig, "--namespace",
                               f"{self.ns.name},{second.name}"], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        for namespace in (self.ns, second):
            self.assertIn(f"HorizontalPodAutoscaler {namespace.name}/theirs: minimum 2 (was 5)", done.stdout)
            await_minimum(namespace, 2)
            self.assertEqual(finalizers(namespace), [])
