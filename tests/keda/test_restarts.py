"""One side goes away and comes back."""

from harness.polling import eventually

from scaling import PATIENCE, ScalingTest, may_go_to_zero
from test_push import pushed

FALLBACK, FAILURE_THRESHOLD = 10, 3  # of the example


class RestartTest(ScalingTest):
    shared_operator = False

    def setUp(self):
        super().setUp()
        self.operator = self.start_operator().await_ready()

    def follow_from(self, demand, **options):
        self.demand(demand)
        self.follow(**options)
        self.await_replicas(demand // 10)

    def kill_operator(self):
        self.operator.kill()

    def restart_operator(self):
        """On the same address."""
        self.operator = self.start_operator().await_ready()

    def test_the_operator_is_killed_and_started_again(self):
        self.follow_from(50)
        self.kill_operator()
        self.demand(80)
        self.restart_operator()
        self.await_replicas(8)
        self.demand(90)
        self.await_replicas(9)
        self.await_state("Fallback", "False")

    def test_a_stream_is_opened_again(self):
        self.follow_from(50, scaled_object=pushed)
        self.kill_operator()
        self.demand(80)
        self.restart_operator()
        self.await_replicas(8)
        self.ns.kubectl("scale", "deployment", "engine", "--replicas=0")
        self.demand(90)
        self.await_replicas(9)

    def test_the_operator_is_stopped_while_a_stream_is_open(self):
        self.follow_from(50, scaled_object=pushed)
        self.assertEqual(self.operator.terminate(), 0)
        self.demand(80)
        self.restart_operator()
        self.await_replicas(8)

    def test_while_the_operator_is_away_the_replicas_stay(self):
        self.follow_from(50, scaled_object=may_go_to_zero)
        self.kill_operator()
        eventually(lambda: self.metric_is_missing(), PATIENCE, "the HPA has no metric")
        # KEDA asks for the metric's name first, and counts no failure towards its fallback when that cannot be had.
        self.keda.operator.await_log("got empty metric spec", times=10 * FAILURE_THRESHOLD)
        self.assertEqual((self.replicas(), self.state("Fallback")[0]), (5, "False"))
        self.assertEqual(self.await_state("HPAActive", "False"), "FailedGetExternalMetric")
        self.demand(60)
        self.restart_operator()
        self.await_replicas(6)
        self.await_state("HPAActive", "True")

    def test_keda_falls_back_while_a_service_has_no_floor(self):
        def misspelt(service):
            service["spec"]["demand"] = {"query": "in_flight{app=\"{{nmae}}\"}", "unit": "in flight"}
        self.demand(50)
        self.follow(misspelt)
        self.ns.await_condition("chat", "Accepted", "False", "InvalidSpec")
        self.await_state("Fallback", "True")
        self.await_replicas(FALLBACK)
        self.ns.patch("dss", "chat", {"spec": {"demand": {"query": None, "unit": None, "preset": "vllm"}}})
        self.await_state("Fallback", "False")
        self.await_replicas(5)

    def test_keda_is_killed_and_started_again(self):
        self.follow_from(50)
        self.keda.operator.kill()
        self.demand(80)
        eventually(lambda: self.floor() == 8, what="the floor is 8")
        self.assertEqual(self.replicas(), 5)
        self.keda.start_operator()
        self.await_replicas(8)
        self.demand(90)
        self.await_replicas(9)

    def metric_is_missing(self):
        conditions = self.autoscaler()["status"].get("conditions", [])
        return any(each["type"] == "ScalingActive" and each["reason"] == "FailedGetExternalMetric" for each in conditions)
