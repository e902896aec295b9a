"""From the end of the operator that leads to the moment when another one leads: killed, stopped cleanly, paused."""

import os
import signal
import tempfile
import time

import report
from harness.cluster import Cluster
from harness.operator import Operator, config_text
from harness.prometheus import Prometheus

ROUNDS = 4
POLL_SECONDS = 0.02
LEASE = "deepseek-operator"
NAMESPACE = "takeover-bench"


def leads(operator):
    return operator.metric("leader_election_master_status", name=LEASE) == 1


def await_leader(operator):
    began = time.monotonic()
    while not leads(operator):
        if time.monotonic() - began > 60:
            raise SystemExit(f"nobody leads after 60 s:\n{operator.log()[-2000:]}")
        time.sleep(POLL_SECONDS)


def pause(operator):
    os.kill(operator.pid, signal.SIGSTOP)


def resume(operator):
    os.kill(operator.pid, signal.SIGCONT)


def measure(start, end):
    """Seconds of each round: `end` ends the one that leads, and the other takes over."""
    took = []
    for _ in range(ROUNDS):
        first = start()
        await_leader(first)
        second = start()
        began = time.monotonic()
        end(first)
        await_leader(second)
        took.append(time.monotonic() - began)
        if first.is_alive():
            resume(first)
        for operator in (first, second):
            operator.terminate()
            operator.close()
    return report.spread(took)


def main():
    cluster = Cluster()
    cluster.install_crd()
    cluster.kubectl("create", "namespace", NAMESPACE)
    with tempfile.TemporaryDirectory() as directory:
        prometheus = Prometheus(directory, []).await_ready()
        config = config_text(prometheus.url, leaderElection={"enabled": True, "leaseNamespace": NAMESPACE})

        def start():
            return Operator(directory, config, cluster.kubeconfig).await_ready()
        try:
            killed = measure(start, Operator.kill)
            stopped = measure(start, lambda operator: os.kill(operator.pid, signal.SIGTERM))
            paused = measure(start, pause)
        finally:
            prometheus.close()
            cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    report.write("takeover", {"killed_seconds_median": killed["median"], "killed_seconds_max": killed["max"],
                              "stopped_seconds_median": stopped["median"], "stopped_seconds_max": stopped["max"],
                              "paused_seconds_median": paused["median"], "paused_seconds_max": paused["max"],
                              "rounds": ROUNDS},
                 {"killed_seconds_max": 18.0, "stopped_seconds_max": 2.0, "paused_seconds_max": 18.0})


if __name__ == "__main__":
    main()
