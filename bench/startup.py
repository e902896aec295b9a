"""From exec to /readyz 200, on an empty cluster."""

import tempfile
import time

import report
from harness.cluster import Cluster
from harness.operator import Operator, config_text
from harness.prometheus import Prometheus

ROUNDS = 10
POLL_SECONDS = 0.005


def main():
    cluster = Cluster()
    cluster.install_crd()
    took = []
    with tempfile.TemporaryDirectory() as directory:
        prometheus = Prometheus(directory, []).await_ready()
        try:
            for _ in range(ROUNDS):
                began = time.monotonic()
                operator = Operator(directory, config_text(prometheus.url, sync_period="15s"), cluster.kubeconfig)
                while operator.get("/readyz")[0] != 200:
                    time.sleep(POLL_SECONDS)
                took.append(time.monotonic() - began)
                operator.terminate()
                operator.close()
        finally:
            prometheus.close()
    spread = report.spread(took)
    report.write("startup", {"seconds_median": spread["median"], "seconds_max": spread["max"], "rounds": ROUNDS},
                 {"seconds_max": 1.0})


if __name__ == "__main__":
    main()
