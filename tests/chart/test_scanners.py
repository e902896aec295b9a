"""kube-score and checkov find nothing that docs/security.md does not explain."""

import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import environment
from harness.chart import NAMESPACE, find, hooks, load, render

DOCUMENT = environment.ROOT / "docs/security.md"
KUBERNETES = "v1.29"  # kubeVersion of the chart
ROW = re.compile(r"^\| (kube-score|checkov) \| (\S+) \| ([\w, ]+) \| (.+) \|$", re.MULTILINE)


def explained():
    rows = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    return {(scanner, check, kind) for scanner, check, kinds, _ in rows for kind in kinds.split(", ")}


def scan(*command):
    """What a scanner prints as JSON; its exit code only tells whether it found something."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise AssertionError(f"{command[0]}: {done.stderr or done.stdout}") from None


def kube_score(path):
    found = scan("kube-score", "score", path, "--output-format", "json", "--kubernetes-version", KUBERNETES)
    return {("kube-score", check["check"]["id"], item["type_meta"]["kind"]) for item in found
            for check in item["checks"] if not check["skipped"] and check["grade"] < 10}


def checkov(path):
    found = scan("checkov", "--file", path, "--framework", "kubernetes", "--output", "json", "--quiet", "--compact",
                 "--skip-download")
    assert not found["summary"]["parsing_errors"], found["summary"]
    # Policies about templates of pods name them "Pod.<namespace>.<name of the owner>…".
    owners = {"deepseek-operator": "Deployment", "deepseek-operator-restore": "Job", "deepseek-operator-test": "Pod"}
    kinds = set()
    for check in found["results"]["failed_checks"]:
        kind, namespace, name = check["resource"].split(".")[:3]
        assert namespace == NAMESPACE, check["resource"]
        kinds.add(("checkov", check["check_id"], owners[name] if kind == "Pod" else kind))
    return kinds


class ScannersTest(unittest.TestCase):
    def findings(self, values=None):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "rendered.yaml")
            path.write_text(render(values), encoding="utf-8")
            return kube_score(path) | checkov(path)

    def test_no_finding_without_an_explanation(self):
        found = self.findings()
        self.assertEqual(found - explained(), set(), f"explain them in {DOCUMENT.name}, or mend them")
        self.assertEqual(explained() - found, set(), f"nothing is found any more: take them out of {DOCUMENT.name}")

    def test_what_the_explanations_offer_mends_the_findings(self):
        """Limits, pull policy, digest, NetworkPolicy: what is left has no value that would change it."""
        found = self.findings({"image": {"digest": "sha256:" + 64 * "0", "pullPolicy": "Always"},
                               "resources": {"limits": {"cpu": "1"}}, "networkPolicy": {"enabled": True}})
        self.assertEqual(found, {("checkov", "CKV_K8S_38", "Deployment"), ("checkov", "CKV_K8S_38", "Job"),
                                 ("checkov", "CKV_K8S_8", "Pod"), ("checkov", "CKV_K8S_9", "Pod")})

    def test_hooks_and_tests_are_looked_at_too(self):
        rendered = load(render())
        self.assertEqual({hooks(find(rendered, "Job", "deepseek-operator-restore")),
                          hooks(find(rendered, "Pod", "deepseek-operator-test"))}, {"pre-delete", "test"})
