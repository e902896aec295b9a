"""The base of the tests: a cluster with the CRD, a Prometheus for each test class, a namespace for each test."""

import os
import shutil
import tempfile
import unittest

from .cluster import KINDS, Cluster, kubeconfig_file
from .forwarder import Forwarder
from .operator import Operator, config_text
from .polling import eventually
from .prometheus import Gauges, Prometheus


class ClusterTest(unittest.TestCase):
    """`shared_operator` tells whether one operator serves all tests of the class, or each starts its own."""

    shared_operator = True
    gauged_services = ("chat",)  # Prometheus scrapes services of these names in the namespace of each test
    operator = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="it-")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.cluster = Cluster()
        cls.cluster.install_crd()
        names = unittest.defaultTestLoader.getTestCaseNames(cls)
        cls.namespaces = {name: f"it-{os.getpid()}-{cls.__name__.lower()}-{i}" for i, name in enumerate(names)}
        cls.gauges = Gauges()
        cls.addClassCleanup(cls.gauges.close)
        cls.prometheus = cls.make_prometheus().await_ready()
        cls.addClassCleanup(cls.prometheus.close)
        if cls.shared_operator:
            cls.operator = cls.make_operator().await_ready()
            cls.addClassCleanup(lambda: cls.operator.close())

    @classmethod
    def gauge_targets(cls):
        return [(cls.gauges.address, f"/{namespace}/{service}", namespace, service)
                for namespace in cls.namespaces.values() for service in cls.gauged_services]

    @classmethod
    def make_prometheus(cls):
        return Prometheus(cls.directory, cls.gauge_targets())

    @classmethod
    def make_operator(cls, kubeconfig=None, prometheus_url=None, port=None, arguments=(), settings=None):
        return Operator(cls.directory, config_text(prometheus_url or cls.prometheus.url, **(settings or {})),
                        kubeconfig or cls.cluster.kubeconfig, port, arguments)

    def setUp(self):
        if self.shared_operator:
            if not self.operator.is_alive():
                self.operator.close()
                type(self).operator = self.make_operator().await_ready()
            self.addCleanup(lambda: self.operator.assert_well())
        self.ns = self.cluster.namespace(self.namespaces[self._testMethodName])
        self.addCleanup(self.ns.remove)

    def start_operator(self, **options):
        """An operator for this test alone."""
        operator = self.make_operator(**options)
        self.addCleanup(operator.close)
        return operator

    def start_forwarder(self, url, connected=True):
        host, port = url.removeprefix("https://").removeprefix("http://").split(":")
        forwarder = Forwarder((host, int(port)), connected)
        self.addCleanup(forwarder.close)
        return forwarder

    def kubeconfig_with(self, server=None, user=None, ca_file=None):
        """The kubeconfig, changed: another address, other credentials, another CA."""
        config = self.cluster.config()
        cluster = config["clusters"][0]["cluster"]
        if server:
            cluster["server"] = server
        if user:
            config["users"][0]["user"] = user
        if ca_file:
            cluster.pop("certificate-authority-data", None)
            cluster["certificate-authority"] = ca_file
        return kubeconfig_file(self.directory, f"{self._testMethodName}.kubeconfig", config)

    def api_server(self):
        return self.cluster.config()["clusters"][0]["cluster"]["server"]

    def demand(self, value, service="chat"):
        """Sets the demand of a service, and waits until Prometheus has seen it."""
        self.gauges.set(self.ns.name, service, value)
        selector = f'{{namespace="{self.ns.name}",service="{service}"}}'
        eventually(lambda: self.prometheus.value("vllm:num_requests_running" + selector) == value, 10,
                   "Prometheus has scraped the demand")

    def children(self):
        """Kind and name of the operator's objects in the namespace."""
        return sorted((item["kind"], item["metadata"]["name"]) for item in self.ns.list(KINDS)
                      if item["metadata"]["name"] != "kubernetes")

    def await_children(self, *kinds, name="chat", timeout=20):
        def there():
            found = self.children()
            assert found == sorted((kind, name) for kind in kinds), str(found)
            return True
        eventually(there, timeout, f"children {kinds}")
