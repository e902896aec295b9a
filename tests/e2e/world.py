"""What is in the cluster beside the operator: a Prometheus with a history, and workloads of other people."""

import os
import time
from pathlib import Path

from harness.prometheus import backfill
from harness.services import adopting, autoscaler, deployment

import day

HERE = Path(__file__).resolve().parent
NAMESPACE = "shop"          # of the examples
LOADED = "chat"             # the example of ten-minute days
OTHERS = ("storefront", "engine", "search")   # Deployments that the examples name as running already
QUIET = ("quiet-1", "quiet-2")                # two more services, so that there are ten
ADOPTED_MINIMUM = 2


def start_prometheus(cluster, directory, rise):
    """With a history of the loaded service's earlier days, up to now."""
    data = Path(directory) / "prometheus"
    backfill(str(data), day.history(int(time.time()), rise), NAMESPACE, LOADED, sample_step="5s")
    for path in [data, *data.rglob("*")]:
        os.chown(path, 65532, 65532)
    Path(directory).chmod(0o755)
    manifests = (HERE / "prometheus.yaml").read_text().replace("path: DATA", f"path: {data}")
    cluster.kubectl("apply", "-f", "-", stdin=manifests)
    cluster.kubectl("rollout", "status", "-n", "monitoring", "deployment/prometheus", "--timeout=120s", timeout=130)


def workloads():
    """Deployments, and an HPA that the operator is to adopt."""
    theirs = autoscaler("theirs", "adopted", maximum=6)
    theirs["spec"]["minReplicas"] = ADOPTED_MINIMUM
    return [*map(deployment, (*OTHERS, *QUIET, "adopted")), theirs]


def services():
    """Beside the examples: one that adopts, with a floor by hand, and quiet ones."""
    override = {"minReplicas": 4, "until": "2099-01-01T00:00:00Z", "reason": "a sale"}
    common = {"demand": {"preset": "deepseek"}, "capacity": {"perReplica": "10"}}
    return [adopting("Deployment", "adopted", name="adopted", autoscaling={"hpaRef": {"name": "theirs"}},
                     override=override, **common),
            *(adopting("Deployment", name, name=name, **common) for name in QUIET)]
