"""The DestinationRule that is rendered, judged by Istio's own schema on a real API server. No operator runs."""

import copy
import json
import os
import unittest

from harness import environment, istio
from harness.cluster import Cluster, KubectlError

GOLDEN = environment.ROOT / "tests/render/golden/destination_rule.json"  # tests/render/destination_rule_test.cc


class DestinationRuleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        istio.install_crd(cls.cluster)
        cls.addClassCleanup(istio.remove_crd, cls.cluster)
        cls.ns = cls.cluster.namespace(f"it-{os.getpid()}-destination-rule")
        cls.addClassCleanup(cls.cluster.kubectl, "delete", "namespace", cls.ns.name, "--wait=false")

    def setUp(self):
        self.rule = {"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule",
                     **json.loads(GOLDEN.read_text())}
        self.rule["metadata"]["namespace"] = self.ns.name

    def apply(self, rule):
        return json.loads(self.ns.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict",
                                          "-o", "json", "-f", "-", stdin=json.dumps(rule)))

    def test_istio_takes_the_rule_as_it_is(self):
        self.assertEqual(self.apply(self.rule)["spec"], self.rule["spec"])

    def test_istio_refuses_what_it_does_not_know(self):
        """That the test above could fail."""
        for path, value in ((("loadBalancer", "simple"), "LEAST_REQUESTS"),
                            (("connectionPool", "http", "maxQueue"), 5),
                            (("outlierDetection", "interval"), "soon"),
                            (("outlierDetection", "maxEjectionPercent"), "20%")):
            wrong = copy.deepcopy(self.rule)
            parent = wrong["spec"]["trafficPolicy"]
            for key in path[:-1]:
                parent = parent[key]
            parent[path[-1]] = value
            with self.subTest(".".join(path)), self.assertRaises(KubectlError):
                self.apply(wrong)
