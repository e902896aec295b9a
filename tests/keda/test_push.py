"""Triggers of type external-push: KEDA holds a stream and need not ask."""

from harness.polling import eventually

from scaling import PATIENCE, ScalingTest, trigger

AN_HOUR = 3600


def pushed(scaler):
    trigger(scaler)["type"] = "external-push"
    scaler["spec"]["pollingInterval"] = AN_HOUR


class PushTest(ScalingTest):
    def test_follows_the_floor(self):
        self.demand(50)
        self.follow(scaled_object=pushed)
        self.await_replicas(5)
        self.demand(80)
        self.await_replicas(8)

    def test_wakes_a_deployment_that_was_scaled_to_0(self):
        self.demand(50)
        self.follow(scaled_object=pushed)
        self.await_replicas(5)
        self.ns.kubectl("scale", "deployment", "engine", "--replicas=0")
        # KEDA's next look is in an hour, and an HPA leaves a target with 0 replicas alone.
        eventually(lambda: self.is_disabled(), PATIENCE, "the HPA is disabled")
        self.demand(90)
        self.await_replicas(9)

    def is_disabled(self):
        conditions = self.autoscaler()["status"].get("conditions", [])
        return any(each["type"] == "ScalingActive" and each["reason"] == "ScalingDisabled" for each in conditions)
