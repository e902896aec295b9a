"""Two operators, of which one writes: takeovers, and what a former leader may still do (nothing)."""

import os
import signal

from harness.api_server import ApiServer
from harness.audit import AuditLog
from harness.case import ClusterTest
from harness.polling import eventually, throughout
from harness.services import predicted

LEASE = "deepseek-operator"


class LeaderElectionTest(ClusterTest):
    shared_operator = False

    def setUp(self):
        super().setUp()
        self.audit = AuditLog()
        self.users = {}  # of the operators, by name

    # Two operators, each with an account of its own.

    def start_candidate(self, name, server=None):
        self.ns.kubectl("create", "serviceaccount", name)
        binding = f"{self.ns.name}-{name}"
        account = f"{self.ns.name}:{name}"
        self.cluster.kubectl("create", "clusterrolebinding", binding, "--clusterrole=cluster-admin",
                             f"--serviceaccount={account}")
        self.addCleanup(self.cluster.kubectl, "delete", "clusterrolebinding", binding)
        token = self.ns.kubectl("create", "token", name).strip()
        self.users[name] = f"system:serviceaccount:{account}"
        config = {"leaderElection": {"enabled": True, "leaseNamespace": self.ns.name}}
        kubeconfig = self.kubeconfig_with(server=server, user={"token": token}, name=name)
        return self.start_operator(kubeconfig=kubeconfig, config=config).await_ready()

    def start_two(self, server=None):
        """The first leads."""
        first = self.start_candidate("first", server)
        self.await_leader(first)
        second = self.start_candidate("second")
        self.demand(30)
        self.ns.create(predicted(service={"port": 80}))
        self.ns.await_condition("chat", "Ready", "True")
        self.ns.await_floor("chat", 3)
        self.await_quiet("first", first)
        return first, second

    @staticmethod
    def leads(operator):
        return operator.metric("leader_election_master_status", name=LEASE) == 1

    def await_leader(self, operator, timeout=30):
        eventually(lambda: self.leads(operator), timeout, "it leads")

    def requests(self, name):
        return self.audit.requests([self.users[name]])

    def writes(self, name):
        return [request for request in self.requests(name) if request.writes and request.resource != "leases"]

    def await_quiet(self, name, operator):
        """Until it has written nothing but its lease for four sync periods."""
        def quiet():
            before = len(self.writes(name))
            operator.await_sync_periods(4)
            written = self.writes(name)[before:]
            assert not written, str(written)
            return True
        eventually(quiet, 60, f"{name} writes no more")

    def assert_one_writer(self):
        """Whoever has written something was the last before to have written the lease."""
        holder = None
        moments = []
        for request in self.audit.requests(list(self.users.values())):
            if not request.writes or not request.succeeded:
                continue
            at_once = request.resource == "leases"
            moments.append((request.answered if at_once else request.received, not at_once, request))
        for _, _, request in sorted(moments, key=lambda moment: moment[:2]):
            if request.resource == "leases":
                holder = request.user
            else:
                self.assertEqual(request.user, holder, f"{request} while the lease is {holder}'s")
        self.assertIsNotNone(holder)

    def assert_floor_follows(self, name, operator):
        self.demand(50)
        self.ns.await_floor("chat", 5)
        self.await_quiet(name, operator)
        operator.assert_well()
        self.assert_one_writer()

    # The tests.

    def test_the_second_writes_nothing_and_knows_all(self):
        first, second = self.start_two()
        self.assertFalse(self.leads(second))
        eventually(lambda: second.metric("deepseek_operator_floor_replicas", namespace=self.ns.name) == 3, 20,
                   "the second has decided too")
        self.demand(50)
        self.ns.await_floor("chat", 5)
        self.await_quiet("first", first)
        self.assertEqual([request for request in self.requests("second") if request.writes], [])
        for operator in (first, second):
            operator.assert_well()

    def test_a_clean_stop_hands_over_at_once_and_moves_no_floor(self):
        first, second = self.start_two()
        self.assertEqual(first.terminate(), 0)
        self.await_leader(second, timeout=5)
        self.await_quiet("second", second)
        self.assertEqual(self.ns.floor("chat"), 3)
        touched = [request for request in self.writes("second") if request.resource == "horizontalpodautoscalers"]
        self.assertEqual(touched, [], "the floor was right already")
        self.assert_floor_follows("second", second)

    def test_kill_9(self):
        first, second = self.start_two()
        first.kill()
        self.await_leader(second)
        self.assert_floor_follows("second", second)

    def test_a_leader_that_was_stopped_finds_itself_deposed(self):
        first, second = self.start_two()
        os.kill(first.pid, signal.SIGSTOP)
        self.await_leader(second)
        self.demand(50)
        self.ns.await_floor("chat", 5)
        throughout(lambda: self.leads(second), 10, "the second leads on")
        os.kill(first.pid, signal.SIGCONT)
        eventually(lambda: not self.leads(first), 5, "the first knows")
        self.demand(70)
        self.ns.await_floor("chat", 7)
        first.assert_well()
        second.assert_well()
        self.assert_one_writer()

    def test_a_write_that_was_under_way_when_the_leader_was_stopped_fails(self):
        forwarder = self.start_forwarder(self.api_server())
        first, second = self.start_two(server=f"https://{forwarder.address}")
        forwarder.hold()
        self.demand(50)
        eventually(lambda: first.metric("deepseek_operator_floor_replicas", namespace=self.ns.name) == 5, 8,
                   "the first has decided")
        eventually(lambda: forwarder.held > 0, 5, "a write of the first is under way")
        first.await_sync_periods(2)
        os.kill(first.pid, signal.SIGSTOP)
        self.await_leader(second)
        self.ns.await_floor("chat", 5)
        self.await_quiet("second", second)
        before = self.ns.get("hpa", "chat")
        forwarder.release()

        def arrived():
            return [request for request in self.writes("first")
                    if request.resource == "horizontalpodautoscalers" and request.code == 409]
        eventually(arrived, 10, "the write of the first has arrived, and was refused")
        os.kill(first.pid, signal.SIGCONT)
        eventually(lambda: not self.leads(first), 10, "the first knows")
        self.assertEqual(self.ns.get("hpa", "chat")["spec"], before["spec"])
        self.assert_one_writer()

    def test_a_leader_whose_network_is_cut_stops_before_the_other_begins(self):
        forwarder = self.start_forwarder(self.api_server())
        first, second = self.start_two(server=f"https://{forwarder.address}")
        forwarder.cut()

        def ended():
            self.assertFalse(self.leads(first) and self.leads(second), "both lead")
            return not self.leads(first)
        eventually(ended, 15, "the first has ended")
        self.await_leader(second)
        forwarder.connect()
        self.assert_floor_follows("second", second)
        self.assertFalse(self.leads(first))
        first.await_ready()
        first.assert_well()

    def test_the_api_server_restarts(self):
        operators = self.start_two()
        start = ApiServer().kill()
        try:
            eventually(lambda: not any(self.leads(operator) for operator in operators), 20, "nobody leads")
        finally:
            start()
        eventually(lambda: [self.leads(operator) for operator in operators].count(True) == 1, 60, "one leads again")
        for operator in operators:
            operator.await_ready(60)
        leader = next(name for name, operator in zip(self.users, operators) if self.leads(operator))
        self.assert_floor_follows(leader, dict(zip(self.users, operators))[leader])

    def test_without_rights_to_the_lease_it_says_so_and_is_not_ready(self):
        self.ns.kubectl("create", "serviceaccount", "nobody")
        token = self.ns.kubectl("create", "token", "nobody").strip()
        kubeconfig = self.kubeconfig_with(user={"token": token}, name="nobody")
        config = {"leaderElection": {"enabled": True, "leaseNamespace": self.ns.name}}
        operator = self.start_operator(kubeconfig=kubeconfig, config=config)
        operator.await_not_ready("leader-election", "leases.coordination.k8s.io", "forbidden")
        self.assertEqual(operator.terminate(), 0)

    def test_stop_and_go_many_times(self):
        """Leaders come and go while the demand does: each floor is written once, by whoever leads."""
        first, second = self.start_two()
        leader, other = first, second
        for round_ in range(4):
            os.kill(leader.pid, signal.SIGSTOP)
            self.await_leader(other)
            self.demand(40 + 10 * round_)
            self.ns.await_floor("chat", 4 + round_)
            os.kill(leader.pid, signal.SIGCONT)
            eventually(lambda stopped=leader: not self.leads(stopped), 10, "the stopped one knows")
            leader, other = other, leader
        self.await_quiet("first", first)
        self.await_quiet("second", second)
        self.assert_one_writer()
        floors = [request for name in self.users for request in self.writes(name)
                  if request.resource == "horizontalpodautoscalers" and request.succeeded and request.verb == "patch"]
        self.assertLessEqual(len(floors), 1 + 4 + 1, floors)
