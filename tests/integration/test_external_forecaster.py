"""External forecasters (docs/external-forecasters.md), by a real gRPC server in another process.

With a lead of five seconds and a sync period of one a forecaster is asked each second, so that thirty of its predictions have
come true within a minute, and its last answer is over soon after it is gone.
"""

from harness.case import ClusterTest
from harness.forecaster import Forecaster
from harness.polling import eventually, throughout
from harness.services import predicted

CONDITION = "ExternalForecasterAvailable"
JUDGED = 90
# The circuit breaker lets a probe through 30 s after it has opened, then after a minute.
PROBED = 120


class ExternalForecasterTest(ClusterTest):
    @classmethod
    def make_operator(cls, **options):
        cls.forecaster = Forecaster(cls.directory).start()
        cls.addClassCleanup(cls.forecaster.close)
        configured = [{"name": "naive", "address": cls.forecaster.address, "timeout": "500ms", "fitTimeout": "2s"},
                      {"name": "elsewhere", "address": cls.forecaster.address, "namespaces": ["another"]}]
        return super().make_operator(config={"forecasters": configured}, **options)

    def create(self, model, demand=20):
        self.demand(demand)
        self.ns.create(predicted(window=5, prediction={"leadTime": "5s", "model": model}))
        self.ns.await_floor("chat", demand // 10)

    def status(self):
        return self.ns.get("dss", "chat")["status"]

    def await_at_least(self, replicas):
        """The built-in forecast may ask for more."""
        eventually(lambda: self.ns.floor("chat") >= replicas, 20, f"minReplicas {replicas} or more")

    def await_says(self, text, timeout=20):
        def says():
            message = self.ns.condition("chat", CONDITION)["message"]
            assert text in message, message
            return True
        eventually(says, timeout, f"{CONDITION} says {text!r}")

    def test_one_that_is_heeded_raises_the_floor_and_never_lowers_it(self):
        self.forecaster.say()
        self.create("external/naive")
        self.ns.await_condition("chat", CONDITION, "Unknown", "Learning")
        self.ns.await_condition("chat", CONDITION, "True", "Heeded", timeout=JUDGED)
        self.assertEqual(self.ns.floor("chat"), 2)

        self.forecaster.say(demand=130)  # it knows, and it is right
        self.ns.await_floor("chat", 13)
        raised, = [decision for decision in self.status()["recentDecisions"] if decision["to"] == 13]
        self.assertEqual(raised["reason"], "Forecast")
        self.assertIn("forecast by external/naive of the peak", raised["text"])
        self.demand(130)
        self.forecaster.say(demand=0)
        throughout(lambda: self.ns.floor("chat") >= 13, 8, "the demand of now needs thirteen")
        eventually(lambda: self.status().get("forecast", {}).get("external", {}).get("model") == "naive", 70,
                   "the status shows what it says")

    def test_one_that_is_wrong_raises_nothing(self):
        self.forecaster.say(demand=130)
        self.create("external/naive")
        self.ns.await_condition("chat", CONDITION, "Unknown", "Learning")
        self.ns.await_condition("chat", CONDITION, "False", "TooInaccurate", timeout=JUDGED)
        self.assertEqual(self.ns.floor("chat"), 2)
        # The demand's own two replicas may have come as a first decision and a second one.
        self.assertFalse([decision for decision in self.status().get("recentDecisions", []) if decision["to"] > 2])

    def test_its_absence_is_a_condition_and_no_concern_of_the_floor(self):
        self.forecaster.say()
        self.create("external/naive")
        self.ns.await_condition("chat", CONDITION, "True", "Heeded", timeout=JUDGED)

        # It hangs.
        self.forecaster.freeze()
        self.addCleanup(self.forecaster.thaw)
        self.ns.await_condition("chat", CONDITION, "False", "Unavailable")
        self.demand(40)
        self.await_at_least(4)
        self.await_says("the circuit breaker is open", 70)
        self.ns.await_condition("chat", "Ready", "True")
        self.forecaster.thaw()
        self.ns.await_condition("chat", CONDITION, "True", "Heeded", timeout=PROBED)

        # It answers with what is no number.
        self.forecaster.say(garbage=True)
        self.ns.await_condition("chat", CONDITION, "False", "Failed")
        self.await_says("its answer cannot be used: point 0: expected is not a number")
        self.demand(50)
        self.await_at_least(5)
        self.forecaster.say()
        self.ns.await_condition("chat", CONDITION, "True", "Heeded")

        # It dies, and comes back without what it had learned.
        self.forecaster.kill()
        self.ns.await_condition("chat", CONDITION, "False", "Unavailable")
        self.demand(70)
        self.await_at_least(7)
        self.forecaster.start()
        self.ns.await_condition("chat", CONDITION, "True", "Heeded", timeout=PROBED)
        self.assertIn(f"Fit {self.ns.name} chat", self.forecaster.log())
        self.assertGreater(self.operator.metric("deepseek_operator_external_forecast_requests_total", forecaster="naive",
                                                method="Predict", code="DeadlineExceeded"), 2)

    def test_one_for_other_namespaces(self):
        self.create("external/elsewhere")
        condition = self.ns.await_condition("chat", CONDITION, "False", "NotAllowed")
        self.assertIn("elsewhere", condition["message"])
        self.ns.await_condition("chat", "Ready", "True")
        self.assertNotIn(f"Fit {self.ns.name} ", self.forecaster.log())

    def test_one_that_nobody_has_configured(self):
        self.create("external/nobody")
        condition = self.ns.await_condition("chat", CONDITION, "False", "NotConfigured")
        self.assertIn('"nobody"', condition["message"])
        self.ns.await_condition("chat", "Ready", "True")
        self.operator.assert_calm()
        self.ns.patch("dss", "chat", {"spec": {"prediction": {"model": "Auto"}}})
        eventually(lambda: self.ns.condition("chat", CONDITION) is None, 20, "no forecaster, no condition")
