"""The operator's own end and beginning."""

from harness.case import ClusterTest
from harness.polling import eventually, throughout
from harness.services import predicted, service

MANY = 50


class RestartTest(ClusterTest):
    shared_operator = False

    def test_never_lowers_a_floor(self):
        prometheus = self.start_forwarder(self.prometheus.url)
        url = f"http://{prometheus.address}"
        first = self.start_operator(prometheus_url=url).await_ready()
        self.demand(50)
        self.ns.create(predicted(window=1))
        self.ns.await_floor("chat", 5)
        first.kill()

        self.demand(9)
        prometheus.cut()
        second = self.start_operator(prometheus_url=url)
        second.await_not_ready("[+]caches ok", "[-]prometheus failed")
        self.ns.await_condition("chat", "DemandAvailable", "False", "Unreachable")
        throughout(lambda: self.ns.floor("chat") == 5, 4, "the floor is held")

        prometheus.connect()
        second.await_ready()
        self.ns.await_condition("chat", "DemandAvailable", "True")
        self.ns.await_floor("chat", 1, timeout=90)  # a history that could not be read is tried again each minute
        second.assert_well()

    def test_starts_again_without_a_write(self):
        first = self.start_operator().await_ready()
        self.demand(30)
        self.ns.create(predicted(service={"port": 80}))
        self.ns.await_condition("chat", "Ready", "True")
        self.ns.await_floor("chat", 3)
        first.await_quiet()
        before = {(item["kind"]): item["metadata"]["generation"] for item in self.ns.list("deployments,hpa")
                  if "generation" in item["metadata"]}
        self.assertEqual(first.terminate(), 0)
        second = self.start_operator().await_ready()
        second.await_quiet()
        self.assertEqual(second.metric("rest_client_requests_total", method=("POST", "PUT", "DELETE")), 0, second.log())
        self.assertNotIn("applied", second.log())
        self.assertEqual(before, {(item["kind"]): item["metadata"]["generation"] for item in
                                  self.ns.list("deployments,hpa") if "generation" in item["metadata"]})

    def test_killed_in_the_middle_of_many_creations_it_goes_on(self):
        first = self.start_operator().await_ready()
        self.ns.create(*(service(f"s{i}") for i in range(MANY)))
        eventually(lambda: "created" in first.log(), what="it has begun")
        first.kill()
        second = self.start_operator().await_ready()

        def complete():
            names = {"Deployment": set(), "HorizontalPodAutoscaler": set()}
            for kind, name in self.children():
                names[kind].add(name)
            missing = [(kind, MANY - len(found)) for kind, found in names.items() if len(found) != MANY]
            assert not missing, str(missing)
            return True
        eventually(complete, 60, "all children are there")

        def accepted():
            done = [item for item in self.ns.list("dss") if any(
                condition["type"] == "FloorApplied" and condition["status"] == "True"
                for condition in item.get("status", {}).get("conditions", []))]
            assert len(done) == MANY, f"{len(done)} have their floor"
            return True
        eventually(accepted, 60)
        second.assert_well()

    def test_ends_on_sigterm(self):
        operator = self.start_operator().await_ready()
        self.ns.create(service())
        self.ns.await_condition("chat", "Accepted", "True")
        self.assertEqual(operator.terminate(timeout=10), 0, operator.log())
        self.assertIn("stopped", operator.log())
