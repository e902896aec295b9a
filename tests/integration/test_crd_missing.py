"""An operator that is there before its CustomResourceDefinition."""

import json

from harness.case import ClusterTest
from harness.cluster import CRD
from harness.services import service


class CrdMissingTest(ClusterTest):
    shared_operator = False

    def test_says_how_to_install_it_and_goes_on_when_it_is(self):
        everywhere = json.loads(self.cluster.kubectl("get", "dss", "-A", "-o", "json"))["items"]
        strange = [item for item in everywhere if not item["metadata"]["namespace"].startswith("it-")]
        if strange:
            self.skipTest("the cluster has DeepSeekServices that would go with the CRD")
        self.addCleanup(self.cluster.install_crd)
        self.cluster.kubectl("delete", "crd", CRD, "--wait=true")

        operator = self.start_operator()
        operator.await_log("kubectl apply -f crds/")
        operator.await_not_ready("[-]caches failed", "kubectl apply -f crds/")
        operator.assert_calm()
        operator.assert_well()

        self.cluster.install_crd()
        operator.await_ready(timeout=40)
        self.ns.create(service())
        self.ns.await_condition("chat", "Ready", "True")
