"""Istio's own CustomResourceDefinition of a DestinationRule, from its Go module. Istio itself does not run."""

from pathlib import Path

from .go_modules import file_of

MODULE = "istio.io/api@v1.31.1"
CRD = "destinationrules.networking.istio.io"


def crd():
    """The one document of Istio's file, which has the CRDs of everything."""
    documents = Path(file_of(MODULE, "kubernetes/customresourcedefinitions.gen.yaml")).read_text().split("\n---\n")
    found = [document for document in documents if f"\n  name: {CRD}\n" in document]
    assert len(found) == 1, f"{MODULE} has {len(found)} CRDs {CRD}"
    return found[0]


def install_crd(cluster):
    cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=crd())
    cluster.await_crd(CRD, "v1")


def remove_crd(cluster):
    cluster.kubectl("delete", "crd", CRD, "--ignore-not-found", "--wait=true")
