"""Ten services whose day lasts ten minutes: each floor is up before its load is in, after two days of history."""

import math
import os
import random
import time

from harness.case import ClusterTest
from harness.polling import eventually
from harness.prometheus import DemoLoad, Prometheus, backfill
from harness.services import scale_down_window, service, template

DAY = 600          # seconds
BY_NIGHT = 10      # requests/s
BY_DAY = 60
RISE = 30          # seconds from the one to the other
SERVED_BY_ONE = 10  # requests/s
NEEDED = BY_DAY // SERVED_BY_ONE
START_UP = 10      # seconds until a pod is ready
FIRST_RISE = 75    # seconds from now; the services follow each other
APART = 10
NAMES = [f"chat-{number}" for number in range(10)]


def rate(at, rise, noise):
    """Of the moment `at`, for a day that rises at `rise`, stays up for three minutes and falls."""
    into = (at - rise) % DAY
    up = min(into / RISE, 1) if into < RISE + 180 else max(1 - (into - RISE - 180) / RISE, 0)
    return (BY_NIGHT + (BY_DAY - BY_NIGHT) * up) * noise.lognormvariate(0, 0.05)


class TenServicesTest(ClusterTest):
    @classmethod
    def make_prometheus(cls):
        cls.now = int(time.time())
        cls.rises = {name: cls.now + FIRST_RISE + APART * number for number, name in enumerate(NAMES)}
        namespace = cls.namespaces["test_floors_are_up_before_the_load_is_in"]
        data = os.path.join(cls.directory, "data")
        targets = []
        for name, rise in cls.rises.items():
            noise = random.Random(name)
            # The rise before the last two is not in it.
            past = range(rise - 2 * DAY - DAY // 2, cls.now + 1, 5)
            backfill(data, [(at, rate(at, rise, noise)) for at in past], namespace, name, sample_step="5s")
            ahead = [(at, rate(cls.now + at, rise, noise)) for at in range(0, DAY, 5)]
            load = DemoLoad(cls.directory, ahead, namespace, name)
            cls.addClassCleanup(load.close)
            targets.append((f"127.0.0.1:{load.port}", "/metrics", namespace, name))
        return Prometheus(cls.directory, targets, data)

    def declared(self, name):
        query = 'sum(rate(deepseek_api_requests_total{namespace="{{namespace}}",service="{{name}}"}[20s]))'
        pods = template(annotations={"deepseek-operator.dev/startup-delay": f"{START_UP}s"})
        return service(name, template=pods, replicas={"min": 1, "max": 20},
                       autoscaling=scale_down_window(30), demand={"query": query, "unit": "requests/s"},
                       capacity={"perReplica": str(SERVED_BY_ONE), "targetUtilizationPercent": 75},
                       prediction={"leadTime": "45s", "history": "30m", "seasons": ["10m"]})

    def test_floors_are_up_before_the_load_is_in(self):
        for name in NAMES:
            self.ns.create(self.declared(name))
        in_time, late = [], []
        for name, rise in self.rises.items():
            half_in, all_in = rise + RISE / 2, rise + RISE
            self.await_time(half_in)
            floor = self.ns.floor(name)
            self.await_time(all_in)
            ready = self.ns.get("deployment", name)["status"].get("readyReplicas", 0)
            good = floor >= NEEDED and ready >= NEEDED
            (in_time if good else late).append(f"{name}: floor {floor} with half the load in, {ready} ready with all")
        self.assertGreaterEqual(len(in_time), 9, "\n".join(late))

    def await_time(self, moment):
        eventually(lambda: time.time() >= moment, max(moment - time.time(), 0) + 5, f"it is {math.ceil(moment)}")
