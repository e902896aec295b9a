"""The cluster, as kubectl shows it."""

import json
import os
import subprocess

from . import environment
from .polling import eventually

KINDS = "deployments,services,horizontalpodautoscalers"
CRD = "deepseekservices.deepseek-operator.dev"


class KubectlError(AssertionError):
    pass


class Cluster:
    def __init__(self):
        self.kubeconfig = environment.kubeconfig()
        self._kubectl = environment.kubectl()

    def kubectl(self, *arguments, stdin=None, timeout=60):
        done = subprocess.run([self._kubectl, "--kubeconfig", self.kubeconfig, "--request-timeout=20s", *arguments],
                              input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
        if done.returncode != 0:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def config(self):
        """The kubeconfig as an object, with its credentials inside."""
        return json.loads(self.kubectl("config", "view", "--raw", "--flatten", "-o", "json"))

    def install_crd(self):
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(environment.ROOT / "crds"))
        self.await_crd(CRD, "v1alpha1")

    def await_crd(self, name, version):
        """Until objects of a CRD, "<plural>.<group>", can be had."""
        # One that has just been made has no conditions, which kubectl takes for an error.
        eventually(lambda: self.kubectl("wait", "--for=condition=Established", f"crd/{name}"), what=f"{name} is established")
        plural, _, group = name.partition(".")
        eventually(lambda: self.raw(f"/apis/{group}/{version}/{plural}"), what=f"{name} is served")

    def raw(self, path):
        return json.loads(self.kubectl("get", "--raw", path))

    def namespace(self, name):
        self.kubectl("create", "namespace", name)
        return Namespace(self, name)


class Namespace:
    """A namespace of a test's own."""

    def __init__(self, cluster, name):
        self._cluster = cluster
        self.name = name

    def kubectl(self, *arguments, **options):
        return self._cluster.kubectl("-n", self.name, *arguments, **options)

    def create(self, *objects):
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        self.kubectl("create", "--validate=ignore", "-f", "-", stdin=text)

    def get(self, kind, name, *arguments):
        return json.loads(self.kubectl("get", kind, name, "-o", "json", *arguments))

    def find(self, kind, name):
        """The object, or None."""
        text = self.kubectl("get", kind, name, "-o", "json", "--ignore-not-found")
        return json.loads(text) if text else None

    def list(self, kinds):
        return json.loads(self.kubectl("get", kinds, "-o", "json"))["items"]

    def patch(self, kind, name, change, patch_type="merge"):
        self.kubectl("patch", kind, name, "--type", patch_type, "-p", json.dumps(change))

    def delete(self, kind, name, *arguments):
        self.kubectl("delete", kind, name, "--ignore-not-found", *arguments)

    def events(self, regarding):
        return [event for event in self.list("events.events.k8s.io") if event["regarding"]["name"] == regarding]

    # What the operator says about a service.

    def condition(self, service, condition_type):
        status = self.get("dss", service).get("status", {})
        found = [entry for entry in status.get("conditions", []) if entry["type"] == condition_type]
        return found[0] if found else None

    def await_condition(self, service, condition_type, status, reason=None, timeout=20):
        def as_wanted():
            condition = self.condition(service, condition_type)
            assert condition and condition["status"] == status and reason in (None, condition["reason"]), \
                f"{condition_type} is {condition}"
            return condition
        return eventually(as_wanted, timeout, f"{service}: {condition_type}={status} {reason or ''}")

    def floor(self, service):
        """minReplicas of the service's HPA."""
        autoscaler = self.find("hpa", service)
        return autoscaler["spec"]["minReplicas"] if autoscaler else None

    def await_floor(self, service, floor, timeout=20):
        def as_wanted():
            now = self.floor(service)
            assert now == floor, f"it is {now}"
            return True
        eventually(as_wanted, timeout, f"{service}: minReplicas {floor}")

    def remove(self):
        """Services first, so that the operator has done with them; the rest goes on its own time."""
        if self._cluster.kubectl("get", "crd", CRD, "--ignore-not-found"):
            self.kubectl("delete", "dss", "--all", "--wait=false")
            try:
                eventually(lambda: not self.list("dss"), 5)
            except AssertionError:  # the operator that would finish them has ended
                for item in self.list("dss"):
                    self.patch("dss", item["metadata"]["name"], {"metadata": {"finalizers": None}})
        self._cluster.kubectl("delete", "namespace", self.name, "--wait=false", "--ignore-not-found")


def kubeconfig_file(directory, name, config):
    """Writes a kubeconfig; JSON is YAML too."""
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    os.chmod(path, 0o600)
    return path
