"""KEDA's own CustomResourceDefinition of a ScaledObject, from its Go module. KEDA itself does not run."""

import json
import os
import subprocess

from .polling import eventually

MODULE = "github.com/kedacore/keda/v2@v2.17.2"
CRD = "scaledobjects.keda.sh"


def crd_file():
    """Downloaded once; the Go module cache keeps it."""
    done = subprocess.run(["go", "mod", "download", "-json", MODULE], capture_output=True, text=True, cwd="/",
                          timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(f"cannot fetch {MODULE} for its CRD; Go modules come from GOPROXY: {done.stdout} {done.stderr}")
    return os.path.join(json.loads(done.stdout)["Dir"], "config/crd/bases/keda.sh_scaledobjects.yaml")


def install_crd(cluster):
    cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", crd_file())
    cluster.kubectl("wait", "--for=condition=Established", "--timeout=20s", f"crd/{CRD}")
    eventually(lambda: cluster.raw("/apis/keda.sh/v1alpha1/scaledobjects"), what="the CRD is served")


def remove_crd(cluster):
    cluster.kubectl("delete", "crd", CRD, "--ignore-not-found", "--wait=true")


def scaled_object(name, target, **spec):
    trigger = {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "70"}}
    return {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": name},
            "spec": {"scaleTargetRef": {"name": target}, "triggers": [trigger], **spec}}
