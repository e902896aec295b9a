"""Pools of connections to a MariaDB and a PostgreSQL with 60 connections each, through a scale-out from 3 to 20 replicas with a
rollout in the middle: what the clients get with SQLAlchemy's default pools, with pools that leave room for the replicas and
the surge only, and with pools that the operator sizes."""

import contextlib
import tempfile

import report
from harness.cluster import Cluster
from harness.operator import Operator, config_text
from harness.pool_scale_out import DRAIN_SECONDS, HOLD_SECONDS, MAX_CONNECTIONS, REPLICAS, PoolScaleOut
from harness.prometheus import Prometheus


def measure(cluster, directory, variant):
    """Figures by database."""
    with contextlib.ExitStack() as cleanups:
        namespace = cluster.namespace(f"bench-pools-{variant.replace('_', '-')}")
        cleanups.callback(namespace.remove)
        scale_out = PoolScaleOut(cluster, namespace, directory, cleanups.callback)
        began, ended = scale_out.run(*objects(scale_out, variant))
        return {name: figures(scale_out, name, began, ended) for name in scale_out.databases}


def objects(scale_out, variant):
    if variant == "operator":
        return [scale_out.service()]
    if variant == "surge_only":
        return [scale_out.config_map("sized-for-25", 2), scale_out.deployment("sized-for-25")]
    return [scale_out.deployment()]


def figures(scale_out, name, began, ended):
    requests = [entry for entry in scale_out.requests(name) if began <= entry["at"] < ended]
    failed = sum(1 for entry in requests if entry["error"])
    return {"successes_per_second": round((len(requests) - failed) / (ended - began), 1),
            "failure_percent": round(100 * failed / len(requests), 2),
            "refusals_by_the_server": scale_out.databases[name].refusals(), "requests": len(requests),
            "seconds": round(ended - began, 1)}


def main():
    cluster = Cluster()
    cluster.install_crd()
    with tempfile.TemporaryDirectory() as directory:
        prometheus = Prometheus(directory, []).await_ready()
        operator = Operator(directory, config_text(prometheus.url), cluster.kubeconfig)
        try:
            operator.await_ready()
            measured = {variant: measure(cluster, directory, variant)
                        for variant in ("default", "surge_only", "operator")}
        finally:
            operator.close()
            prometheus.close()
    shown = {f"{variant}_{database}_{figure}": found[figure] for variant, by_database in measured.items()
             for database, found in by_database.items()
             for figure in ("successes_per_second", "failure_percent", "refusals_by_the_server")}
    goals = {f"operator_{database}_{figure}": 0 for database in measured["operator"]
             for figure in ("failure_percent", "refusals_by_the_server")}
    details = {"max_connections": MAX_CONNECTIONS, "replicas": REPLICAS, "hold_seconds": HOLD_SECONDS,
               "drain_seconds": DRAIN_SECONDS, "measured": measured}
    report.write("pools", shown, goals, details=details)


if __name__ == "__main__":
    main()
