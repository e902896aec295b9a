"""There is no leader election: two operators do twice the work, but not against each other."""

from harness.case import ClusterTest
from harness.services import predicted


class TwoOperatorsTest(ClusterTest):
    shared_operator = False

    def test_do_not_fight(self):
        operators = [self.start_operator().await_ready() for _ in range(2)]
        self.demand(30)
        self.ns.create(predicted(service={"port": 80}))
        self.ns.await_condition("chat", "Ready", "True")
        self.ns.await_floor("chat", 3)
        for operator in operators:
            operator.await_quiet()
        self.demand(50)
        self.ns.await_floor("chat", 5)
        for operator in operators:
            operator.await_quiet()
            operator.assert_well()
        self.await_children("Deployment", "HorizontalPodAutoscaler", "Service")
