"""The rights that the chart grants are those that the operator needs: with them every feature works and nothing is denied,
and none of them could be left out."""

import datetime
import http.client
import json
import os
import re
import subprocess
import threading
import unittest

import grpc
import yaml
from harness import environment, istio, keda, rights
from harness.adoption import MINIMUM, PREFIX, adopts, await_minimum
from harness.audit import AuditLog
from harness.case import ClusterTest
from harness.certificates import Authority
from harness.chart import RELEASE, find, objects, of_kind
from harness.cluster import Cluster, KubectlError, kubeconfig_file
from harness.operator import Operator, config_text
from harness.polling import eventually
from harness.process import Process
from harness.rpc import Client, refusal
from harness.services import adopting, autoscaler, deployment, predicted, scale_down_window, service

EVERYTHING = {"rbac": {"podDeletionCost": True}, "rpc": {"tls": {"secretName": "rpc"}}}
POOL = {"name": "orders-db", "backend": {"name": "orders", "maxConnections": 60}, "perReplica": {"min": 1, "max": 20},
        "holdTime": "300ms"}
WORK = 'sum by (pod) (in_flight{namespace="{{namespace}}",service="{{name}}"})'
# What the API server asks for on its own: the admission plugin OwnerReferencesPermissionEnforcement, which hack/cluster
# switches on. No request of the operator shows it; OwnerReferencesTest does.
BY_ADMISSION = ("deepseek-operator.dev", "deepseekservices/finalizers", "update")


def stateful_set(name):
    found = deployment(name)
    return {**found, "kind": "StatefulSet", "spec": {**found["spec"], "serviceName": name}}


class Annotator:
    """Another writer, so fast that what was listed is not what is written on."""

    def __init__(self, cluster, paths):
        port = environment.free_port()
        self._proxy = Process([environment.kubectl(), "--kubeconfig", cluster.kubeconfig, "proxy", f"--port={port}"])
        self._proxy.await_log("Starting to serve")
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(port, path)) for path in paths]

    def _write(self, port, path):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        number = 0
        while not self._stop.is_set():
            number += 1
            body = json.dumps({"metadata": {"annotations": {"example.com/number": str(number)}}})
            connection.request("PATCH", path, body, {"Content-Type": "application/merge-patch+json"})
            connection.getresponse().read()

    def __enter__(self):
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._proxy.close()


def granted_to(rendered, account=RELEASE):
    return rights.permissions([rule for role in rights.roles_of(rendered, account) for rule in role["rules"]])


class PermissionsTest(ClusterTest):
    shared_operator = False
    gauged_services = ("chat", "kept", "scaled")

    @classmethod
    def setUpClass(cls):
        cluster = Cluster()
        for crds in (keda, istio):
            crds.install_crd(cluster)
            cls.addClassCleanup(crds.remove_crd, cluster)
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.audit = AuditLog()

    def bind(self, account, rendered):
        """A ServiceAccount of the namespace with the roles that the rendered objects bind to an account of that name."""
        kinds = ("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
        names = {role["metadata"]["name"] for role in rights.roles_of(rendered, account)}
        mine = [item for item in of_kind(rendered, *kinds) if item["metadata"]["name"] in names | {account}]
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": mine})
        self.cluster.kubectl("apply", "-f", "-", stdin=text)
        self.addCleanup(self.cluster.kubectl, "delete", "--ignore-not-found", "-f", "-", stdin=text)
        token = self.ns.kubectl("create", "token", account).strip()
        return kubeconfig_file(self.directory, f"{account}.kubeconfig", self.with_token(token))

    def with_token(self, token):
        config = self.cluster.config()
        config["users"][0]["user"] = {"token": token}
        return config

    def requests(self, account):
        return rights.asked(self.audit.requests([rights.user_name(self.ns.name, account)]))

    def assert_minimal(self, account, granted):
        """All that was granted was used, nothing was denied, and whatever is taken away is missed."""
        requests = self.requests(account)
        denied = sorted({request for request in requests if request.code == 403})
        self.assertEqual(denied, [], "denied")
        used = {request.permission for request in requests}
        self.assertEqual(used - granted, set(), "asked for and allowed by something else than the chart's roles")
        self.assertEqual(granted - used - {BY_ADMISSION}, set(), "granted and never asked for")
        self.assert_each_is_missed(granted, requests)

    def assert_each_is_missed(self, granted, requests):
        """For each right, an account that has all the others would have been refused what was asked for."""
        examples = {request.permission: request for request in requests}
        mutants = {f"{self.ns.name}-without-{number}": right for number, right in enumerate(sorted(examples))}
        self.ns.create(*(item for name, right in mutants.items()
                         for item in rights.bind_cluster_role(name, rights.rules_of(granted - {right}), self.ns.name)))
        self.addCleanup(self.cluster.kubectl, "delete", "clusterrole,clusterrolebinding", *mutants, timeout=120)
        others, removed = [], []
        for name, right in mutants.items():
            user = rights.user_name(self.ns.name, name)
            others += [(user, request) for other, request in examples.items() if other != right][:2]
            removed.append((user, examples[right]))
        eventually(lambda: all(rights.review(self.cluster, others)), 30, "every account has its role")
        for (_, request), allowed in zip(removed, rights.review(self.cluster, removed)):
            self.assertFalse(allowed, f"{request.permission} can be taken away and is not missed")

    # The operator

    def start(self, kubeconfig, **options):
        config = {**json.loads(config_text(self.prometheus.url)), **options}
        config["leaderElection"] = {"enabled": True, "leaseName": RELEASE, "leaseNamespace": self.ns.name}
        self.authority = Authority(self.directory, self.ns.name)
        certificate, key = self.authority.issue("/CN=deepseek-operator", "tls")
        self.rpc_address = f"127.0.0.1:{environment.free_port()}"
        config["rpc"] = {"listenAddress": self.rpc_address, "tls": {"certFile": str(certificate), "keyFile": str(key)}}
        operator = Operator(self.directory, json.dumps(config), kubeconfig)
        self.addCleanup(operator.close)
        return operator.await_ready()

    def use_everything_of_a_service(self):
        work = {**scale_down_window(5), "podDeletionCost": {"query": WORK}}
        self.demand(20)
        self.ns.create(predicted(service={"port": 80}, istio=True, podDisruptionBudget={"maxUnavailable": "25%"},
                                 connectionPools=[POOL], autoscaling=work))
        self.ns.await_floor("chat", 2)
        for condition in ("Ready", "PoolsWithinBudget", "DestinationRuleApplied", "DisruptionBudget"):
            self.ns.await_condition("chat", condition, "True", timeout=40)

    def lower_the_cost_of_a_pod(self):
        def pods():
            return [pod["metadata"]["name"] for pod in self.ns.list("pods") if pod["metadata"]["name"].startswith("chat-")]
        eventually(lambda: len(pods()) == 2, 30, "two pods")
        busy, idle = pods()
        self.gauges.set_work(self.ns.name, "chat", {idle: 0, busy: 12})
        self.demand(5)
        eventually(lambda: "controller.kubernetes.io/pod-deletion-cost" in
                   self.ns.get("pod", busy)["metadata"].get("annotations", {}), 30, "a pod has a deletion cost")

    def take_its_parts_away(self):
        self.ns.patch("dss", "chat", {"spec": {"service": None, "istio": False, "podDisruptionBudget": None,
                                               "connectionPools": None, "autoscaling": None}})
        for kind in ("service", "destinationrule", "pdb"):
            eventually(lambda kind=kind: self.ns.find(kind, "chat") is None, 30, f"no {kind}")
        eventually(lambda: [item for item in self.ns.list("configmaps") if "-pools-" in item["metadata"]["name"]] == [], 60,
                   "no ConfigMap of pools")

    def let_it_adopt(self):
        self.ns.create(deployment("engine"), autoscaler("theirs", "engine", 20))
        self.ns.patch("dss", "chat", {"spec": {"template": None, "autoscaling": {"hpaRef": {"name": "theirs"}}, "targetRef": {
            "apiVersion": "apps/v1", "kind": "Deployment", "name": "engine"}}})
        self.demand(50)
        await_minimum(self.ns, 5, original="1", timeout=40)
        for kind in ("deployment", "hpa"):
            eventually(lambda kind=kind: self.ns.find(kind, "chat") is None, 30, f"no {kind} of its own")

    def adopt_a_scaled_object(self):
        self.demand(30, "scaled")
        self.ns.create(deployment("workers"), keda.scaled_object("so", "workers", minReplicaCount=1, maxReplicaCount=20),
                       adopts("scaled", "workers", scaled_object="so"))
        await_minimum(self.ns, 3, "so", "scaledobject", original="1", held_by="scaled", timeout=40)

    def point_at(self, name):
        self.ns.patch("dss", "stateful", {"spec": {"targetRef": {"name": name}}})

    def scale_a_stateful_set(self):
        self.ns.create(stateful_set("ordered"), adopting("StatefulSet", "missing", name="stateful"))
        self.ns.await_condition("stateful", "Accepted", "False", "TargetNotFound")
        self.point_at("ordered")
        self.ns.await_condition("stateful", "FloorApplied", "True")

    def retain(self):
        self.demand(30, "kept")
        self.ns.create(predicted("kept", service={"port": 80}, istio=True, replicas={"min": 2, "max": 20},
                                 connectionPools=[POOL], deletionPolicy="Retain"))
        for condition in ("Ready", "PoolsWithinBudget", "DestinationRuleApplied"):
            self.ns.await_condition("kept", condition, "True", timeout=40)
        self.ns.delete("dss", "kept", "--timeout=20s")
        self.assertEqual(self.ns.get("deployment", "kept")["metadata"].get("ownerReferences", []), [])

    def overtake_a_renewal(self):
        self.ns.kubectl("annotate", "lease", RELEASE, "example.com/overtaken=yes")
        eventually(lambda: ("coordination.k8s.io", "leases", "get") in
                   {request.permission for request in self.requests(RELEASE)}, 20, "the Lease is read again")

    def ask_who_calls(self):
        """Of a token whose account may see nothing."""
        self.ns.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "stranger"}})
        token = self.ns.kubectl("create", "token", "stranger").strip()
        credentials = grpc.ssl_channel_credentials(self.authority.certificate.read_bytes())
        client = Client(self.rpc_address, credentials, token)
        self.addCleanup(client.close)
        error = refusal(grpc.StatusCode.PERMISSION_DENIED, client.explain, self.ns.name, "chat")
        self.assertIn("stranger may not get", error.details())

    def repeat_an_event(self):
        """A repetition is counted in the first event, once that is a minute old."""
        def first():
            return [event for event in self.ns.events("stateful") if event["reason"] == "TargetNotFound"][0]

        def is_old():
            made = datetime.datetime.fromisoformat(first()["eventTime"].replace("Z", "+00:00"))
            return (datetime.datetime.now(datetime.timezone.utc) - made).total_seconds() > 61
        eventually(is_old, 90, "the event is old enough")
        self.point_at("missing")
        eventually(lambda: first().get("series"), 20, "the event has a series")

    def use_everything(self, values, **options):
        """An operator with the chart's account, from its start to its end."""
        rendered = objects(values, namespace=self.ns.name)
        operator = self.start(self.bind(RELEASE, rendered), **options)
        self.scale_a_stateful_set()
        self.use_everything_of_a_service()
        self.lower_the_cost_of_a_pod()
        self.take_its_parts_away()
        self.let_it_adopt()
        self.adopt_a_scaled_object()
        self.retain()
        self.overtake_a_renewal()
        self.ask_who_calls()
        self.repeat_an_event()
        operator.assert_well()
        self.assertEqual(operator.terminate(), 0)
        return rendered

    def test_the_operator(self):
        self.assert_minimal(RELEASE, granted_to(self.use_everything(EVERYTHING)))

    def test_the_operator_with_roles_in_a_namespace(self):
        rendered = self.use_everything({**EVERYTHING, "watchNamespaces": [self.ns.name]}, watchNamespaces=[self.ns.name])
        self.assertEqual({role["metadata"]["name"] for role in rights.roles_of(rendered, RELEASE) if role["kind"] != "Role"},
                         {f"{RELEASE}-rpc-reviews"}, "reviews belong to no namespace")
        self.assert_minimal(RELEASE, granted_to(rendered))

    # The restoration

    def restore(self, kubeconfig, *arguments):
        done = subprocess.run([environment.operator_binary(), "restore", "--kubeconfig", kubeconfig, *arguments],
                              capture_output=True, text=True, timeout=90, check=False)
        return done.returncode, done.stdout + done.stderr

    def adopt_and_stop(self):
        """Two autoscalers that an operator, which has ended, holds."""
        operator = self.start_operator().await_ready()
        self.demand(50)
        self.ns.create(deployment("engine"), autoscaler("theirs", "engine", 20), adopts())
        await_minimum(self.ns, 5, original="1")
        self.adopt_a_scaled_object()
        self.assertEqual(operator.terminate(), 0)

    def hold(self, kind, name, service):
        marks = {"adopted-by": service, "original-min-replicas": "1", "floor": "5"}
        self.ns.patch(kind, name, {"metadata": {"annotations": {PREFIX + key: value for key, value in marks.items()}},
                                   "spec": {MINIMUM[kind]: 5}})

    def test_the_restoration(self):
        """The command of the hook, with the account of the hook."""
        rendered = objects(namespace=self.ns.name)
        hook = find(rendered, "Job", f"{RELEASE}-restore")
        account = hook["spec"]["template"]["spec"]["serviceAccountName"]
        arguments = hook["spec"]["template"]["spec"]["containers"][0]["args"]
        self.adopt_and_stop()
        self.ns.create(deployment(RELEASE))
        eventually(lambda: [pod for pod in self.ns.list("pods") if pod["metadata"]["name"].startswith(RELEASE)], 20, "it runs")
        kubeconfig = self.bind(account, rendered)
        seen = set()
        with Annotator(self.cluster, [f"/apis/autoscaling/v2/namespaces/{self.ns.name}/horizontalpodautoscalers/theirs",
                                      f"/apis/keda.sh/v1alpha1/namespaces/{self.ns.name}/scaledobjects/so"]):
            def both_read_again():
                self.hold("hpa", "theirs", "chat")
                self.hold("scaledobject", "so", "scaled")
                self.restore(kubeconfig, *arguments[1:])
                seen.update(request.resource for request in self.requests(account) if request.verb == "get")
                assert seen == {"horizontalpodautoscalers", "scaledobjects"}, str(seen)
                return True
            eventually(both_read_again, 60, "writes were overtaken")
        code, output = self.restore(kubeconfig, *arguments[1:])
        self.assertEqual(code, 0, output)
        await_minimum(self.ns, 1)
        await_minimum(self.ns, 1, "so", "scaledobject")
        self.assertEqual(self.ns.get("deployment", RELEASE)["spec"]["replicas"], 0)
        self.assertEqual([pod for pod in self.ns.list("pods") if pod["metadata"]["name"].startswith(RELEASE)], [])
        self.assert_minimal(account, granted_to(rendered, account))
        with self.assertRaisesRegex(KubectlError, "forbidden"):
            self.cluster.kubectl("scale", "deployment/engine", "-n", self.ns.name, "--replicas=0", "--as",
                                 rights.user_name(self.ns.name, account))

    def test_a_restoration_that_may_not_stop_the_operator_restores_nothing(self):
        self.adopt_and_stop()
        self.ns.create(deployment(RELEASE))
        self.ns.create(*rights.bind_cluster_role(f"{self.ns.name}-idle", [], self.ns.name))
        self.addCleanup(self.cluster.kubectl, "delete", "clusterrole,clusterrolebinding", f"{self.ns.name}-idle")
        token = self.ns.kubectl("create", "token", f"{self.ns.name}-idle").strip()
        code, output = self.restore(self.kubeconfig_with(user={"token": token}), f"--stop-deployment={self.ns.name}/{RELEASE}")
        self.assertEqual(code, 1)
        self.assertIn("nothing is restored", output)
        self.assertIn(f"{self.ns.name}/{RELEASE} cannot be stopped", output)
        self.assertIn("forbidden", output)
        await_minimum(self.ns, 5, original="1")


class OwnerReferencesTest(unittest.TestCase):
    """Clusters that enforce it ask whoever sets `blockOwnerDeletion` for `update` on the owner's finalizers."""

    def test_the_right_on_finalizers_is_asked_for(self):
        cluster = Cluster()
        cluster.install_crd()
        ns = cluster.namespace(f"it-{os.getpid()}-owner-references")
        self.addCleanup(ns.remove)
        ns.create(service())
        owner = ns.get("dss", "chat")
        child = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "child", "ownerReferences": [
            {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": "chat", "uid": owner["metadata"]["uid"],
             "controller": True, "blockOwnerDeletion": True}]}}
        granted = granted_to(objects())
        for name, has in ((f"{ns.name}-whole", True), (f"{ns.name}-without", False)):
            ns.create(*rights.bind_cluster_role(name, rights.rules_of(granted if has else granted - {BY_ADMISSION}), ns.name))
            self.addCleanup(cluster.kubectl, "delete", "clusterrole,clusterrolebinding", name)

            def apply(name=name):
                return ns.kubectl("apply", "--server-side", "--dry-run=server", "-f", "-", "--as",
                                  rights.user_name(ns.name, name), stdin=json.dumps(child))
            if has:
                self.assertIn("child", eventually(apply, 10))
            else:
                def refused(apply=apply):
                    with self.assertRaisesRegex(KubectlError, "cannot set blockOwnerDeletion"):
                        apply()
                    return True
                eventually(refused, 10)


class TableTest(unittest.TestCase):
    """docs/permissions.md is the chart's roles as a table."""

    ROW = re.compile(r'^\| (\S+) \| ([\w/, ]+) \| ([a-z, ]+) \| .+ \| (?:`([\w.]+): (.+)`)? ?\|$')
    # Whose they are, and in which role.
    ACCOUNTS = {"where it looks after services": (RELEASE, RELEASE),
                "in its own namespace": (RELEASE, f"{RELEASE}-leader-election"),
                "in no namespace": (RELEASE, f"{RELEASE}-rpc-reviews"),
                "`, where the operator looks after services": (f"{RELEASE}-restore", f"{RELEASE}-restore"),
                "`, in the operator's namespace": (f"{RELEASE}-restore", f"{RELEASE}-restore-stop")}

    @classmethod
    def setUpClass(cls):
        cls.sections = {}
        text = (environment.ROOT / "docs/permissions.md").read_text(encoding="utf-8")
        for section in text.split("\n## ")[1:]:
            title, _, body = section.partition("\n")
            key = [key for key in cls.ACCOUNTS if title.endswith(key)]
            rows = [line for line in body.splitlines() if line.startswith("| ") and not line.startswith("| API")]
            if key:
                cls.sections[cls.ACCOUNTS[max(key, key=len)]] = [cls.parse(row) for row in rows]
            else:
                assert not rows, f"the rights under {title!r} are not compared with anything"
        assert len(cls.sections) == len(cls.ACCOUNTS), f"sections are missing: {sorted(cls.sections)}"

    @classmethod
    def parse(cls, row):
        found = cls.ROW.match(row)
        assert found, f"not a row of rights: {row}"
        group, resources, verbs, path, value = found.groups()
        granted = {("" if group == '""' else group, resource, verb)
                   for resource in resources.split(", ") for verb in verbs.split(", ")}
        return granted, (path, value)

    @staticmethod
    def granted(rendered, account, name):
        roles = [role for role in rights.roles_of(rendered, account) if role["metadata"]["name"] == name]
        return rights.permissions([rule for role in roles for rule in role["rules"]])

    def test_it_lists_what_is_granted(self):
        rendered = objects(EVERYTHING)
        for (account, role), rows in self.sections.items():
            with self.subTest(role):
                listed = set().union(*(granted for granted, _ in rows))
                self.assertEqual(listed, self.granted(rendered, account, role))
        accounts = {account for account, _ in self.sections}
        self.assertEqual({role["metadata"]["name"] for account in accounts for role in rights.roles_of(rendered, account)},
                         {role for _, role in self.sections}, "roles without a section")

    def test_every_switch_takes_its_rows_away_and_no_other(self):
        switches = {switch for rows in self.sections.values() for _, switch in rows if switch[0]}
        self.assertGreaterEqual(len(switches), 7)
        for path, value in switches:
            values = yaml.safe_load(yaml.safe_dump(EVERYTHING))
            *parents, name = path.split(".")
            below = values
            for parent in parents:
                below = below.setdefault(parent, {})
            below[name] = yaml.safe_load(value)
            if path == "leaderElection.enabled":
                values["replicas"] = 1
            rendered = objects(values)
            for (account, role), rows in self.sections.items():
                with self.subTest(f"{path}: {value}", role=role):
                    left = set().union(*(granted for granted, switch in rows if switch != (path, value)))
                    self.assertEqual(left, self.granted(rendered, account, role))
