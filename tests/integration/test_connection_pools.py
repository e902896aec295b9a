"""Connection pools: what every replica may open, and how it reaches the pods."""

from harness import services
from harness.case import ClusterTest
from harness.polling import eventually, throughout

LATER = "deepseek-operator.dev/startup-delay"


def pool(name="orders-db", connections=60, minimum=1, **more):
    backend = {"name": "orders", "maxConnections": connections, "reserved": 5, **more.pop("backend", {})}
    return {"name": name, "backend": backend, "perReplica": {"min": minimum, "max": 20}, "holdTime": "300ms", **more}


def pooled(name="chat", *pools, **spec):
    return services.service(name, connectionPools=list(pools) or [pool()], **spec)


class PoolsTest(ClusterTest):
    def config_maps(self):
        return {item["metadata"]["name"]: item for item in self.ns.list("configmaps") if "-pools-" in item["metadata"]["name"]}

    def in_template(self, deployment="chat"):
        container = self.ns.get("deployment", deployment)["spec"]["template"]["spec"]["containers"][0]
        return [entry["configMapRef"]["name"] for entry in container.get("envFrom", [])]

    def maximum(self, name="chat"):
        return self.ns.get("hpa", name)["spec"]["maxReplicas"]

    def await_maximum(self, maximum, name="chat", timeout=20):
        def as_wanted():
            now = self.maximum(name)
            assert now == maximum, f"it is {now}"
            return True
        eventually(as_wanted, timeout, f"maxReplicas {maximum}")

    def await_pools(self, name, reason, status=None):
        wanted = status or ("True" if reason == "Fits" else "False")
        return self.ns.await_condition(name, "PoolsWithinBudget", wanted, reason, timeout=40)["message"]

    def await_fits(self, name="chat"):
        self.await_pools(name, "Fits")

    def figures(self, name="chat"):
        return self.ns.get("dss", name)["status"]["connectionPools"][0]

    def delay_new_pods(self, delay, **spec):
        self.ns.patch("dss", "chat", {"spec": {"template": {"metadata": {"annotations": {LATER: delay}}}, **spec}})


class ConnectionPoolsTest(PoolsTest):
    gauged_services = ("chat", "orders")

    def test_sizes_reach_the_pods(self):
        self.ns.create(pooled())
        self.await_fits()
        (name, config_map), = self.config_maps().items()
        self.assertTrue(config_map["immutable"])
        # 20 replicas and 5 in a rollout have 55 connections; the pods exit at once.
        self.assertEqual(config_map["data"]["ORDERS_DB_MAX_CONNECTIONS"], "2")
        self.assertEqual(self.in_template(), [name])
        status = self.ns.get("dss", "chat")["status"]
        self.assertEqual(status["poolConfigMap"], name)
        self.assertEqual(status["poolPods"], {"replicas": 20, "surge": 5, "terminating": 0})
        self.assertEqual({key: status["connectionPools"][0][key] for key in ("perReplica", "worstCaseTotal", "limit")},
                         {"perReplica": 2, "worstCaseTotal": 50, "limit": 55})
        self.assertEqual(self.maximum(), 20)
        self.operator.assert_calm()

    def test_pools_shrink_before_the_maximum_rises(self):
        self.ns.create(pooled(replicas={"min": 1, "max": 10}))
        self.await_fits()
        before, = self.config_maps()
        self.assertEqual(self.figures()["perReplica"], 4)
        self.delay_new_pods("1h", replicas={"max": 20})
        message = self.await_pools("chat", "Replacing")
        self.assertIn("no more than 10 replicas", message)
        self.assertEqual(self.figures()["perReplica"], 2, "that new pods get")
        throughout(lambda: self.maximum() == 10 and before in self.config_maps(), 3, "the old pod is there still")
        self.delay_new_pods("0s")
        self.await_maximum(20)
        self.await_fits()
        eventually(lambda: before not in self.config_maps(), 20, "nothing refers to the old sizes")

    def test_replicas_give_way_where_not_even_the_least_fits(self):
        self.ns.create(pooled("chat", pool(connections=25, minimum=2)))
        message = self.await_pools("chat", "LimitedByBackend")
        self.assertIn("orders allows 25 - 5 = 20: at 2 a replica 10 pods, which are 8 replicas + 2 in a rollout", message)
        self.assertIn("maxReplicas is 8 instead of 20", message)
        self.await_maximum(8)
        self.ns.patch("dss", "chat", {"spec": {"connectionPools": [pool(connections=500, minimum=2)]}})
        self.await_maximum(20)
        self.await_fits()

    def test_a_floor_ends_where_connections_do(self):
        self.demand(150)
        self.ns.create(services.predicted(connectionPools=[pool(connections=25, minimum=2)]))
        self.ns.await_floor("chat", 8)
        self.assertIn("the most that the backends have connections for", self.ns.get("dss", "chat")["status"]["explanation"])

    def test_a_surge_above_100_percent_is_computed(self):
        strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "150%", "maxUnavailable": 0}}
        self.ns.create(pooled("chat", pool(connections=65), strategy=strategy))
        self.await_fits()
        self.assertEqual(self.ns.get("dss", "chat")["status"]["poolPods"]["surge"], 30)
        self.assertEqual(self.figures()["perReplica"], 1)

    def test_services_share_a_backend(self):
        self.ns.create(pooled("chat"))
        self.await_fits()
        self.assertEqual(self.figures()["perReplica"], 2)
        self.ns.create(pooled("search", pool(connections=56)))
        for name in ("chat", "search"):
            self.assertIn("what leaves the least counts, 51", self.await_pools(name, "BackendsDiffer"))
        self.assertEqual([self.figures(name)["perReplica"] for name in ("chat", "search")], [1, 1])
        self.await_maximum(20, "search")
        self.ns.patch("dss", "search", {"spec": {"connectionPools": [pool()]}})
        self.await_fits("chat")
        self.await_fits("search")
        self.ns.delete("dss", "search")
        eventually(lambda: self.figures()["perReplica"] == 2, 20, "the other has the backend for itself again")

    def test_shares_above_100_percent_in_all(self):
        self.ns.create(*(pooled(name, pool(backend={"sharePercent": 70})) for name in ("chat", "search")))
        for name in ("chat", "search"):
            self.assertIn("come to 140 %", self.await_pools(name, "SharesExceed"))

    def test_a_server_that_accepts_less(self):
        self.gauges.set_backend(self.ns.name, "orders", 10, 35)
        self.ns.create(pooled("chat", pool(backend={"exporter": "mysql"}), demand={"preset": "vllm"},
                              capacity={"perReplica": "10"}))
        self.demand(1)
        self.ns.await_condition("chat", "BackendsHaveRoom", "False", "ServerAllowsLess")
        eventually(lambda: self.figures()["perReplica"] == 1, 20, "30 for 25 pods")
        self.assertEqual(self.figures()["serverLimit"], 35)
        self.gauges.set_backend(self.ns.name, "orders", 28, 35)
        self.ns.await_condition("chat", "BackendsHaveRoom", "False", "NearLimit")
        self.gauges.set_backend(self.ns.name, "orders", 10, 60)
        eventually(lambda: self.figures().get("inUse") == 10, 70)
        self.assertEqual(self.figures()["serverLimit"], 35, "an instance may be away for a while")
        self.gauges.stop(self.ns.name, "orders")

    def test_a_backend_that_shrinks_turns_nobody_out_before_pools_have_shrunk(self):
        self.ns.create(pooled("chat", pool(connections=500), replicas={"min": 10, "max": 20}))
        self.await_fits()
        self.assertEqual(self.figures()["perReplica"], 19)
        self.delay_new_pods("1h", connectionPools=[pool(connections=12)])  # 7 pods: 5 replicas and 2 in a rollout
        self.await_maximum(10)
        throughout(lambda: self.maximum() == 10, 3, "the sizes are on their way to be smaller")
        self.delay_new_pods("0s")
        self.await_pools("chat", "LimitedByBackend")
        # At the pace of a release: 20 % of 10 replicas in a minute.
        self.await_maximum(8)
        throughout(lambda: self.maximum() == 8, 3, "not all of them at once")

    def test_a_target_is_rolled_out_by_its_owner(self):
        self.ns.create(services.deployment("mine"),
                       services.adopting("Deployment", "mine", connectionPools=[pool()]))
        message = self.await_pools("chat", "NotDelivered")
        name, = self.config_maps()
        self.assertIn(f"envFrom: [{{configMapRef: {{name: {name}}}}}]", message)
        self.assertEqual(self.maximum(), 1, "the pod may have any number of connections")
        self.assertEqual(self.in_template("mine"), [])
        self.ns.patch("deployment", "mine", {"spec": {"template": {"spec": {"containers": [
            {"name": "server", "envFrom": [{"configMapRef": {"name": name}}]}]}}}}, "strategic")
        self.await_maximum(20, timeout=40)
        self.await_fits()

    def test_the_maximum_of_an_adopted_autoscaler_is_its_owners(self):
        self.demand(150)
        self.ns.create(services.deployment("mine"), services.autoscaler("mine", "mine", maximum=20),
                       services.adopting("Deployment", "mine", connectionPools=[pool(connections=25, minimum=2)],
                                         demand={"preset": "vllm"}, autoscaling={"hpaRef": {"name": "mine"}},
                                         capacity={"perReplica": "10", "targetUtilizationPercent": 100}))
        message = self.await_pools("chat", "LimitedByBackend")
        self.assertIn("The maximum of HorizontalPodAutoscaler mine is its owner's: lower it to 8", message)
        self.assertEqual(self.maximum("mine"), 20)
        self.ns.await_condition("chat", "FloorApplied", "True")
        self.assertLessEqual(self.ns.floor("mine"), 8)

    def test_a_container_that_sets_the_variable_itself(self):
        template = services.template()
        template["spec"]["containers"][0]["env"] = [{"name": "ORDERS_DB_URL", "value": "mysql://orders"}]
        self.ns.create(pooled("chat", pool(), template=template))
        self.await_fits()
        env = [{"name": "ORDERS_DB_MAX_CONNECTIONS", "value": "99"}]
        template["spec"]["containers"][0]["env"] = env
        self.ns.patch("dss", "chat", {"spec": {"template": template}})
        self.assertIn("container server sets ORDERS_DB_MAX_CONNECTIONS itself", self.await_pools("chat", "Overridden"))
        self.assertNotIn("99", str(self.ns.get("deployment", "chat")["spec"]))

    def test_sizes_outlive_a_service_that_is_retained(self):
        self.ns.create(pooled("chat", deletionPolicy="Retain"))
        self.await_fits()
        name, = self.config_maps()
        self.ns.delete("dss", "chat")
        self.assertNotIn("ownerReferences", self.config_maps()[name]["metadata"])
        self.ns.create(pooled("chat"))
        self.await_fits()
        self.assertEqual([owner["kind"] for owner in self.config_maps()[name]["metadata"]["ownerReferences"]],
                         ["DeepSeekService"])

    def test_pools_that_are_not_declared_any_more(self):
        self.ns.create(pooled())
        self.await_fits()
        self.ns.patch("dss", "chat", {"spec": {"connectionPools": None}})
        eventually(lambda: self.in_template() == [], 20, "the pods are given none")
        eventually(lambda: not self.config_maps(), 20, "no pod has any")
        self.assertIsNone(self.ns.condition("chat", "PoolsWithinBudget"))
        self.assertNotIn("connectionPools", self.ns.get("dss", "chat")["status"])


class ConnectionPoolsRestartTest(PoolsTest):
    shared_operator = False

    def test_a_kill_in_the_middle_of_a_rollout(self):
        operator = self.start_operator().await_ready()
        self.ns.create(pooled(replicas={"min": 1, "max": 10}))
        self.await_fits()
        self.delay_new_pods("1h", replicas={"max": 20})
        self.await_pools("chat", "Replacing")
        operator.kill()
        operator = self.start_operator().await_ready()
        throughout(lambda: self.maximum() == 10, 3, "what the pods have is known from the cluster")
        self.delay_new_pods("0s")
        self.await_maximum(20)
        self.await_fits()
        operator.assert_well()
