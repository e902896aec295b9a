"""Pools of connections to real database servers, through a scale-out with a rollout in the middle."""

from harness.case import ClusterTest
from harness.pool_scale_out import PoolScaleOut


class ConnectionPoolsDatabasesTest(ClusterTest):
    def begin(self, **limits):
        self.scale_out = PoolScaleOut(self.cluster, self.ns, self.directory, self.addCleanup, **limits)

    def assert_refused(self, name, database):
        self.assertNotEqual(self.scale_out.refusals(name), [], name)
        self.assertGreater(database.refusals(), 0, name)

    def test_default_pools_are_refused(self):
        self.begin()
        self.scale_out.run(self.scale_out.deployment())
        for name, database in self.scale_out.databases.items():
            self.assert_refused(name, database)

    def test_room_for_replicas_and_surge_is_not_enough(self):
        self.begin()
        # 25 pods with two connections each are within the limit; the pods on their way out have theirs beside.
        self.scale_out.run(self.scale_out.config_map("sized-for-25", 2), self.scale_out.deployment("sized-for-25"))
        for name, database in self.scale_out.databases.items():
            self.assert_refused(name, database)

    def assert_never_refused(self):
        self.scale_out.run(self.scale_out.service())
        for name, database in self.scale_out.databases.items():
            self.assertGreater(len(self.scale_out.requests(name)), len(self.scale_out.errors(name)), name)
            self.assertEqual((self.scale_out.refusals(name), database.refusals()), ([], 0), name)

    def test_pools_of_the_operator_are_never_refused(self):
        self.begin()
        self.assert_never_refused()

    def test_pools_of_the_operator_fit_to_the_last_connection(self):
        # 20 replicas + 5 in a rollout + 10 on their way out; PostgreSQL itself reserves 3 for superusers.
        self.begin(max_connections=38, reserved=3)
        self.assert_never_refused()
