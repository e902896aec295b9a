"""Pools of connections to real database servers, through a scale-out with a rollout in the middle."""

from harness.case import ClusterTest
from harness.pool_scale_out import PoolScaleOut


class ConnectionPoolsDatabasesTest(ClusterTest):
    def setUp(self):
        super().setUp()
        self.scale_out = PoolScaleOut(self.cluster, self.ns, self.directory, self.addCleanup)

    def assert_refused(self, name, database):
        self.assertNotEqual(self.scale_out.refusals(name), [], name)
        self.assertGreater(database.refusals(), 0, name)

    def test_default_pools_are_refused(self):
        self.scale_out.run(self.scale_out.deployment())
        for name, database in self.scale_out.databases.items():
            self.assert_refused(name, database)

    def test_room_for_replicas_and_surge_is_not_enough(self):
        # 25 pods with two connections each are within the limit; the pods on their way out have theirs beside.
        self.scale_out.run(self.scale_out.config_map("sized-for-25", 2), self.scale_out.deployment("sized-for-25"))
        for name, database in self.scale_out.databases.items():
            self.assert_refused(name, database)

    def test_pools_of_the_operator_are_never_refused(self):
        self.scale_out.run(self.scale_out.service())
        for name, database in self.scale_out.databases.items():
            self.assertGreater(len(self.scale_out.requests(name)), len(self.scale_out.errors(name)), name)
            self.assertEqual((self.scale_out.refusals(name), database.refusals()), ([], 0), name)
