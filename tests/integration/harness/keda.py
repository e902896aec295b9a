"""KEDA's own CustomResourceDefinition of a ScaledObject, from its Go module. KEDA itself runs in tests/keda only."""

from .go_modules import file_of

MODULE = "github.com/kedacore/keda/v2@v2.21.0"
CRD = "scaledobjects.keda.sh"


def install_crd(cluster):
    cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f",
                    file_of(MODULE, "config/crd/bases/keda.sh_scaledobjects.yaml"))
    cluster.await_crd(CRD, "v1alpha1")


def remove_crd(cluster):
    cluster.kubectl("delete", "crd", CRD, "--ignore-not-found", "--wait=true")


def scaled_object(name, target, **spec):
    trigger = {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "70"}}
    return {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": name},
            "spec": {"scaleTargetRef": {"name": target}, "triggers": [trigger], **spec}}
