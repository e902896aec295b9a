"""Releases on a real API server: every way to install it, upgrade from an older chart, rollback, uninstallation."""

import json
import shutil
import tempfile
import unittest
from pathlib import Path

import yaml
from cases import VALUES, WATCHED
from harness.chart import CHART, NAMESPACE, RELEASE, helm, load, render
from harness.cluster import CRD, Cluster, KubectlError, Namespace
from harness.go_modules import file_of
from harness.polling import eventually
from harness.services import service

PROMETHEUS_OPERATOR = "github.com/prometheus-operator/prometheus-operator@v0.85.0"
MONITORING_KINDS = ("servicemonitors", "podmonitors", "prometheusrules")
# All that a release can be made of.
KINDS = ("deployments,services,configmaps,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,jobs,pods,"
         "poddisruptionbudgets,networkpolicies,secrets,leases")
REMOVED_FIELD = "override"  # what the older chart's CRD does not have


class ClusterTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        for name in (NAMESPACE, *WATCHED):
            cls.cluster.kubectl("create", "namespace", name)
            cls.addClassCleanup(cls.cluster.kubectl, "delete", "namespace", name, "--wait=true", timeout=90)
        cls.ns = Namespace(cls.cluster, NAMESPACE)


class EveryValueTest(ClusterTest):
    """The API server's own judgement, with unknown fields as errors."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for kind in MONITORING_KINDS:
            crd = file_of(PROMETHEUS_OPERATOR, f"example/prometheus-operator-crd/monitoring.coreos.com_{kind}.yaml")
            cls.cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", crd)
            cls.addClassCleanup(cls.cluster.kubectl, "delete", "--wait=true", "-f", crd)
            cls.cluster.await_crd(f"{kind}.monitoring.coreos.com", "v1")

    def dry_run(self, text):
        return self.cluster.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict",
                                    "--force-conflicts", "-f", "-", stdin=text)

    def test_the_api_server_takes_what_is_rendered(self):
        for values in ({}, *VALUES):
            with self.subTest(getattr(values, "name", "default")):
                text = render(values)
                self.assertEqual(len(self.dry_run(text).splitlines()), len(load(text)))

    def test_it_would_not_take_everything(self):
        """That the test above could fail."""
        for right, wrong in (("maxUnavailable: 1", "maxUnavailible: 1"), ("kind: ServiceMonitor", "kind: ServiceMonitr"),
                             ("honorLabels: true", "honourLabels: true"), ("type: ClusterIP", "type: ClusterIp")):
            text = render({"metrics": {"serviceMonitor": {"enabled": True}}})
            self.assertIn(right, text)
            with self.subTest(wrong), self.assertRaises(KubectlError):
                self.dry_run(text.replace(right, wrong))


class ReleaseTest(ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        directory = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, directory)
        cls.older = cls.older_chart(Path(directory, "older"))

    def setUp(self):
        self.addCleanup(self.clean_up)

    def clean_up(self):
        helm("uninstall", RELEASE, "--namespace", NAMESPACE, "--ignore-not-found", "--no-hooks")
        self.cluster.kubectl("delete", "crd", CRD, "--ignore-not-found", "--wait=true")

    @classmethod
    def older_chart(cls, directory):
        """This chart as it might have been: an earlier version, without gRPC, and a CRD that lacks a field."""
        shutil.copytree(CHART, directory)
        chart = directory / "Chart.yaml"
        text = chart.read_text(encoding="utf-8")
        older = text.replace("version: 0.1.0", "version: 0.0.9").replace('appVersion: "0.1.0"', 'appVersion: "0.0.9"')
        assert older != text
        chart.write_text(older, encoding="utf-8")
        values = yaml.safe_load((directory / "values.yaml").read_text(encoding="utf-8"))
        values["rpc"]["enabled"] = False
        (directory / "values.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
        path, = (directory / "files/crds").glob("*.yaml")
        crd = yaml.safe_load(path.read_text(encoding="utf-8"))
        del cls.spec_fields(crd)[REMOVED_FIELD]
        path.write_text(yaml.safe_dump(crd), encoding="utf-8")
        return directory

    @staticmethod
    def spec_fields(crd):
        return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]

    def install(self, chart, *arguments):
        """Until its pods are ready, which here the simulated node says, at once."""
        return helm("upgrade", "--install", RELEASE, chart, "--namespace", NAMESPACE, "--wait", "--timeout=60s",
                    "--set-string", r"podAnnotations.deepseek-operator\.dev/startup-delay=0s", *arguments)

    def crd(self):
        text = self.cluster.kubectl("get", "crd", CRD, "-o", "json", "--ignore-not-found")
        return json.loads(text) if text else None

    def config(self):
        return yaml.safe_load(self.ns.get("configmap", RELEASE)["data"]["config.yaml"])

    def version(self):
        return self.ns.get("deployment", RELEASE)["metadata"]["labels"]["app.kubernetes.io/version"]

    def create_service(self):
        teams = Namespace(self.cluster, WATCHED[0])
        self.addCleanup(lambda: self.crd() and teams.delete("dss", "chat"))
        self.cluster.await_crd(CRD, "v1alpha1")
        teams.create(service())
        return teams

    def ours(self):
        """What carries the release's label, in every namespace."""
        found = json.loads(self.cluster.kubectl("get", KINDS, "-A", "-o", "json", "-l", f"app.kubernetes.io/instance={RELEASE}"))
        return sorted(f"{item['kind']} {item['metadata']['name']}" for item in found["items"]
                      if "deletionTimestamp" not in item["metadata"])

    def test_upgrade_and_rollback(self):
        self.install(self.older, "--set", "config.logLevel=debug", "--set", "replicas=1")
        self.assertNotIn(REMOVED_FIELD, self.spec_fields(self.crd()))
        self.assertNotIn("rpc", self.config())
        teams = self.create_service()
        before = teams.get("dss", "chat")

        self.install(CHART, "--reset-then-reuse-values", "--set", "config.syncPeriod=20s")
        self.assertIn(REMOVED_FIELD, self.spec_fields(self.crd()), "the CRD is upgraded")
        self.assertEqual(self.version(), "0.1.0")
        config = self.config()
        self.assertEqual((config["logLevel"], config["syncPeriod"]), ("debug", "20s"), "values of before, and the new one")
        self.assertEqual(config["rpc"]["listenAddress"], "127.0.0.1:9090", "a default that is new")
        self.assertEqual(self.ns.get("deployment", RELEASE)["spec"]["replicas"], 1)
        after = teams.get("dss", "chat")
        self.assertEqual((after["metadata"]["uid"], after["spec"]), (before["metadata"]["uid"], before["spec"]))

        helm("rollback", RELEASE, "1", "--namespace", NAMESPACE, "--wait", "--timeout=60s")
        self.assertEqual((self.version(), self.config()["syncPeriod"], self.config()["logLevel"]), ("0.0.9", "15s", "debug"))
        self.assertNotIn("rpc", self.config())
        self.assertNotIn(REMOVED_FIELD, self.spec_fields(self.crd()), "the CRD too")
        self.assertEqual(teams.get("dss", "chat")["metadata"]["uid"], before["metadata"]["uid"])

    def test_tls_brings_a_service_and_rights_and_takes_them_along(self):
        theirs = {f"Service {RELEASE}-rpc", f"ClusterRole {RELEASE}-rpc-reviews", f"ClusterRoleBinding {RELEASE}-rpc-reviews"}
        self.install(CHART)
        self.assertEqual(theirs & set(self.ours()), set())
        self.install(CHART, "--reset-then-reuse-values", "--set", "rpc.tls.secretName=tls")
        self.assertEqual(theirs - set(self.ours()), set())
        self.assertEqual(self.config()["rpc"]["listenAddress"], "0.0.0.0:9090")
        self.install(CHART, "--reset-then-reuse-values", "--set", "rpc.tls.secretName=")
        self.assertEqual(theirs & set(self.ours()), set())

    def test_uninstallation_leaves_the_crd_and_the_services_and_nothing_else(self):
        self.install(CHART)
        self.assertIn(f"Deployment {RELEASE}", self.ours())
        teams = self.create_service()
        self.assertIn(CRD, helm("uninstall", RELEASE, "--namespace", NAMESPACE, "--wait", "--timeout=60s"))
        eventually(lambda: self.assertEqual(self.ours(), []) or True, 20, "nothing of the release is left")
        self.assertIsNotNone(teams.find("dss", "chat"))

        self.install(CHART)
        self.assertIsNotNone(teams.find("dss", "chat"), "the next release takes the CRD over")

    def test_the_crd_goes_along_only_if_that_was_asked(self):
        self.install(CHART, "--set", "crds.keep=false")
        self.assertIsNotNone(self.crd())
        helm("uninstall", RELEASE, "--namespace", NAMESPACE, "--wait", "--timeout=60s")
        eventually(lambda: self.crd() is None, what="the CRD is gone")

    def test_a_crd_of_somebody_else_is_not_taken_without_a_word(self):
        self.cluster.install_crd()
        with self.assertRaisesRegex(AssertionError, "deepseekservices"):
            self.install(CHART)
        self.install(CHART, "--set", "crds.install=false")
        helm("uninstall", RELEASE, "--namespace", NAMESPACE, "--no-hooks")
        self.assertNotIn("labels", self.crd()["metadata"])
        self.install(CHART, "--take-ownership")
        self.assertEqual(self.crd()["metadata"]["labels"]["app.kubernetes.io/managed-by"], "Helm")
