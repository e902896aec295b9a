"""From a demand sample in Prometheus to the minReplicas that stands on the HPA, at the default sync period of 15 s."""

import random
import tempfile
import time

import report
from harness.cluster import Cluster
from harness.operator import Operator, config_text
from harness.polling import eventually
from harness.prometheus import Gauges, Prometheus
from harness.services import predicted

ROUNDS = 6
SYNC_SECONDS = 15
POLL_SECONDS = 0.05


def measure(prometheus, gauges, namespace, demand):
    gauges.set(namespace.name, "chat", demand)
    selector = f'vllm:num_requests_running{{namespace="{namespace.name}"}}'
    while prometheus.value(selector) != demand:
        time.sleep(POLL_SECONDS)
    sampled = prometheus.value(f"timestamp({selector})")  # Prometheus and we share a clock
    while namespace.floor("chat") < demand / 10:
        time.sleep(POLL_SECONDS)
    return time.time() - sampled


def main():
    cluster = Cluster()
    cluster.install_crd()
    namespace = cluster.namespace("bench-latency")
    with tempfile.TemporaryDirectory() as directory:
        gauges = Gauges()
        prometheus = Prometheus(directory, [(gauges.address, f"/{namespace.name}/chat", namespace.name, "chat")]).await_ready()
        gauges.set(namespace.name, "chat", 10)
        operator = Operator(directory, config_text(prometheus.url, sync_period=f"{SYNC_SECONDS}s"), cluster.kubeconfig)
        try:
            namespace.create(predicted(replicas={"min": 1, "max": 100}))
            namespace.await_condition("chat", "DemandAvailable", "True", timeout=60)
            took = []
            for i in range(ROUNDS):
                # At any phase of the sync period, as demand comes.
                time.sleep(random.Random(i).uniform(0, SYNC_SECONDS))
                took.append(measure(prometheus, gauges, namespace, 100 * (i + 2)))
            eventually(operator.is_alive)
        finally:
            operator.close()
            prometheus.close()
            gauges.close()
    spread = report.spread(took)
    report.write("latency", {"seconds_median": spread["median"], "seconds_max": spread["max"], "rounds": ROUNDS},
                 {"seconds_max": SYNC_SECONDS + 1.0})


if __name__ == "__main__":
    main()
