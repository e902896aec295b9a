"""KEDA on a cluster without nodes: its operator and its metrics adapter are processes of this machine."""

import json
import os
import shutil
import socket
import urllib.request
from base64 import b64encode
from pathlib import Path

from harness import environment
from harness.go_modules import file_of
from harness.keda import MODULE
from harness.polling import eventually
from harness.process import Process

from certificates import Authority

NAMESPACE = "keda"
SERVICE = "keda-metrics-apiserver"
API = "v1beta1.external.metrics.k8s.io"
DEFINITIONS = [f"config/crd/bases/{name}.yaml" for name in (
    "keda.sh_scaledobjects", "keda.sh_scaledjobs", "keda.sh_triggerauthentications", "keda.sh_clustertriggerauthentications",
    "eventing.keda.sh_cloudeventsources", "eventing.keda.sh_clustercloudeventsources")]
RIGHTS = [f"config/metrics-server/{name}.yaml" for name in ("role", "role_binding")]   # the HPA controller's, to the metrics


class Keda:
    """As KEDA's own manifests install it, except for where the programs run."""

    def __init__(self, directory, cluster):
        self._directory = Path(directory) / "keda"
        self._cluster = cluster
        self._metrics_port = environment.free_port()    # the operator's, for the adapter
        self._certificates = self._make_certificates()
        self._install()
        self.operator = None
        self.adapter = None

    def start(self):
        self.start_operator()
        self.adapter = _start("keda-adapter", self._cluster, [
            "--metrics-service-address", f"127.0.0.1:{self._metrics_port}", "--port", str(environment.free_port()),
            "--bind-address", self._address, "--secure-port", str(self._secure_port),
            "--authentication-kubeconfig", self._cluster.kubeconfig, "--authorization-kubeconfig", self._cluster.kubeconfig,
            "--lister-kubeconfig", self._cluster.kubeconfig, "--cert-dir", str(self._certificates),
            "--tls-cert-file", str(self._certificates / "tls.crt"),
            "--tls-private-key-file", str(self._certificates / "tls.key")])
        eventually(self._metrics_are_served, 60, "the API server has the adapter's metrics")
        return self

    def start_operator(self):
        """Anew, where one has run before; returns when it is ready."""
        if self.operator:
            self.operator.close()
        probes = environment.free_port()
        self.operator = _start("keda-operator", self._cluster, [
            "--metrics-bind-address", "0", "--health-probe-bind-address", f"127.0.0.1:{probes}",
            "--metrics-service-bind-address", f"127.0.0.1:{self._metrics_port}",
            "--cert-dir", str(self._certificates), "--zap-log-level", "info", "--zap-encoder", "console"])
        eventually(lambda: self._is_ready(probes), 60, "KEDA's operator is ready")

    def close(self):
        for process in (self.adapter, self.operator):
            if process:
                process.close()

    def _is_ready(self, port):
        assert self.operator.is_alive(), f"KEDA's operator has ended:\n{self.operator.log()[-4000:]}"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def _metrics_are_served(self):
        assert self.adapter.is_alive(), f"KEDA's adapter has ended:\n{self.adapter.log()[-4000:]}"
        return self._cluster.raw("/apis/external.metrics.k8s.io/v1beta1")

    def _make_certificates(self):
        authority = Authority(self._directory)
        certificate, key = authority.issue("tls", "keda", ("IP:127.0.0.1", f"DNS:{SERVICE}.{NAMESPACE}.svc"))
        return certificate.parent

    def _install(self):
        self._apply(*(argument for path in DEFINITIONS + RIGHTS for argument in ("-f", file_of(MODULE, path))))
        self._cluster.await_crd("scaledobjects.keda.sh", "v1alpha1")
        objects = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, *self._route()]
        self._apply("-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def _route(self):
        """How the API server comes to the adapter: no endpoint may have a loopback address."""
        self._address = machine_address()
        self._secure_port = environment.free_port()
        metadata = {"name": SERVICE, "namespace": NAMESPACE}
        labels = {"kubernetes.io/service-name": SERVICE}
        authority = (self._certificates / "ca.crt").read_bytes()
        return [
            {"apiVersion": "v1", "kind": "Service", "metadata": metadata,
             "spec": {"ports": [{"name": "https", "port": 443, "targetPort": self._secure_port}]}},
            {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {**metadata, "labels": labels},
             "addressType": "IPv4", "ports": [{"name": "https", "port": self._secure_port}],
             "endpoints": [{"addresses": [self._address], "conditions": {"ready": True}}]},
            {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": API},
             "spec": {"group": "external.metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100,
                      "versionPriority": 100, "service": metadata | {"port": 443}, "caBundle": b64encode(authority).decode()}}]

    def _apply(self, *arguments, **options):
        self._cluster.kubectl("apply", "--server-side", "--force-conflicts", "--validate=ignore", *arguments, **options)


def machine_address():
    """The address of this machine that others would see; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("203.0.113.1", 9))
        return probe.getsockname()[0]


def _start(name, cluster, arguments):
    program = shutil.which(name)
    assert program, f"{name} is not on PATH; tests/keda/run builds it"
    variables = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return Process([program, *arguments], {**variables, "KUBECONFIG": cluster.kubeconfig, "WATCH_NAMESPACE": "",
                                           "POD_NAMESPACE": NAMESPACE, "KEDA_CLUSTER_OBJECT_NAMESPACE": NAMESPACE})
