"""The way to the API server and to Prometheus: missing, wrong, broken and back again."""

import os

from harness.case import ClusterTest
from harness.polling import eventually, throughout
from harness.services import predicted, service


class ClusterAccessTest(ClusterTest):
    shared_operator = False

    def refused(self, kubeconfig):
        """What an operator says that ends at once because of its kubeconfig."""
        operator = self.start_operator(kubeconfig=kubeconfig)
        self.assertEqual(operator.wait(10), 1, operator.log())
        return operator.log()

    def test_kubeconfig_that_is_none(self):
        path = os.path.join(self.directory, "broken.kubeconfig")
        with open(path, "w", encoding="utf-8") as file:
            file.write("clusters: [\n  {name: a")
        self.assertIn(path, self.refused(path))

    def test_kubeconfig_that_is_not_there(self):
        self.assertIn("/nowhere/kubeconfig", self.refused("/nowhere/kubeconfig"))

    def test_ca_file_that_is_not_there(self):
        self.assertIn("/nowhere/ca.crt", self.refused(self.kubeconfig_with(ca_file="/nowhere/ca.crt")))

    def test_token_that_is_wrong(self):
        operator = self.start_operator(kubeconfig=self.kubeconfig_with(user={"token": "wrong-token"}))
        operator.await_log("cannot read from the API server")
        operator.await_not_ready("[-]caches failed", "Unauthorized")
        operator.assert_calm(most=28)  # seven watches, ever more seldom
        operator.assert_well()
        self.assertNotIn("wrong-token", operator.log())

    def test_api_server_that_comes_later(self):
        api_server = self.start_forwarder(self.api_server(), connected=False)
        operator = self.start_operator(kubeconfig=self.kubeconfig_with(server=f"https://{api_server.address}"))
        operator.await_not_ready("[-]caches failed")
        operator.await_log("cannot read from the API server")
        operator.assert_well()
        api_server.connect()
        operator.await_ready(timeout=40)
        self.ns.create(service())
        self.ns.await_condition("chat", "Accepted", "True")

    def test_watches_resume_after_an_outage(self):
        api_server = self.start_forwarder(self.api_server())
        operator = self.start_operator(kubeconfig=self.kubeconfig_with(server=f"https://{api_server.address}"))
        operator.await_ready()
        self.demand(10)
        self.ns.create(predicted("chat"), predicted("other"))
        for name in ("chat", "other"):
            self.ns.await_condition(name, "Ready", "True")

        def floor_is_reported(name):
            return f'service="{name}"' in operator.get("/metrics")[1]
        eventually(lambda: floor_is_reported("chat"))

        api_server.cut()
        self.ns.delete("dss", "chat")
        self.ns.delete("hpa", "other")
        operator.await_not_ready("[-]caches failed")
        throughout(operator.is_alive, 10)
        operator.assert_well()
        api_server.connect()
        operator.await_ready(timeout=40)
        eventually(lambda: not floor_is_reported("chat"), 20, "the deletion is noticed")
        eventually(lambda: self.children() == [("Deployment", "other"), ("HorizontalPodAutoscaler", "other")], 20,
                   "the deleted HPA is made again")
        operator.await_quiet(periods=3)

    def test_prometheus_that_comes_later(self):
        prometheus = self.start_forwarder(self.prometheus.url, connected=False)
        operator = self.start_operator(prometheus_url=f"http://{prometheus.address}")
        operator.await_not_ready("[+]caches ok", "[-]prometheus failed", str(prometheus.port))
        self.ns.create(predicted())
        self.ns.await_condition("chat", "DemandAvailable", "False", "Unreachable")
        self.ns.await_condition("chat", "Ready", "True")
        operator.assert_well()
        prometheus.connect()
        operator.await_ready()

    def test_port_in_use(self):
        first = self.start_operator().await_ready()
        second = self.start_operator(port=first.port)
        self.assertNotEqual(second.wait(10), 0)
        self.assertIn(str(first.port), second.log())

    def test_context_that_is_not_there(self):
        operator = self.start_operator(arguments=["--context", "elsewhere"])
        self.assertEqual(operator.wait(10), 1)
        self.assertIn('"elsewhere"', operator.log())
