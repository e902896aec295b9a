"""The gRPC server under load: GetMetrics over one connection, and StreamIsActive that are held through a restart."""

import json
import os
import subprocess
import tempfile
import time

import report
from harness import environment
from harness.cluster import Cluster
from harness.operator import Operator, config_text
from harness.prometheus import Gauges, Prometheus
from harness.services import predicted

METRICS_SECONDS = 20
CONCURRENCY = 32
CLIENTS = 5
STREAMS_PER_CLIENT = 100
HOLD_SECONDS = int(os.environ.get("DEEPSEEK_OPERATOR_BENCH_HOLD_SECONDS", "600"))
RESTART_AFTER_SECONDS = HOLD_SECONDS / 2
SERVICE = "chat"
LOAD = str(report.ROOT / "build/release/rpc_load")
LATENESS = "deepseek_operator_event_loop_lateness_seconds_bucket"


def load(*arguments, **options):
    return subprocess.Popen([LOAD, *map(str, arguments)], stdout=subprocess.PIPE, text=True, **options)


def result(process):
    output, _ = process.communicate()
    return json.loads(output.strip().splitlines()[-1])


def lateness(operator):
    """Cumulative counts by upper bound in seconds."""
    bounds = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, float("inf"))
    names = {bound: "+Inf" if bound == float("inf") else f"{bound:g}" for bound in bounds}
    return {bound: operator.metric(LATENESS, le=names[bound]) for bound in bounds}


def quantile_ms(before, after, share):
    """The upper bound of the bucket that has the quantile."""
    counts = {bound: after[bound] - before[bound] for bound in after}
    return next(bound * 1000 for bound, count in counts.items() if count >= share * counts[float("inf")])


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(round(int(line.split()[1]) / 1024, 1) for line in file if line.startswith("VmRSS:"))


def measure_metrics(operator, address, namespace):
    before, began, cpu = lateness(operator), time.monotonic(), cpu_seconds(operator.pid)
    figures = result(load("metrics", address, namespace, SERVICE, METRICS_SECONDS, CONCURRENCY))
    used = (cpu_seconds(operator.pid) - cpu) / (time.monotonic() - began)
    assert figures["failures"] == 0, figures
    return {"calls_per_second": round(figures["calls_per_second"]), "call_p50_ms": figures["p50_ms"],
            "call_p99_ms": figures["p99_ms"], "call_max_ms": figures["max_ms"],
            "cores_used": round(used, 2), "calls_per_second_of_a_core": round(figures["calls_per_second"] / used),
            "loop_lateness_p99_ms": quantile_ms(before, lateness(operator), 0.99)}


def measure_streams(start, operator, address, namespace):
    """The streams are opened, held, cut by a restart in the middle, and all there at the end."""
    streams = load("streams", address, namespace, SERVICE, HOLD_SECONDS, CLIENTS, STREAMS_PER_CLIENT, stderr=subprocess.DEVNULL)
    time.sleep(RESTART_AFTER_SECONDS)
    held_mb = rss_mb(operator.pid)
    began = time.monotonic()
    exit_code = operator.terminate()
    stopped = time.monotonic() - began
    assert exit_code == 0, operator.log()[-2000:]
    operator.close()
    operator = start()
    figures = result(streams)
    return operator, {"streams": figures["streams"], "streams_active_at_end": figures["active_at_end"],
                      "streams_opened": figures["opened"], "stop_with_streams_seconds": round(stopped, 2),
                      "rss_with_streams_mb": held_mb, "held_seconds": HOLD_SECONDS}


def main():
    cluster = Cluster()
    cluster.install_crd()
    namespace = cluster.namespace("bench-rpc")
    port = environment.free_port()
    address = f"127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as directory:
        gauges = Gauges()
        prometheus = Prometheus(directory, [(gauges.address, f"/{namespace.name}/{SERVICE}", namespace.name, SERVICE)]).await_ready()
        gauges.set(namespace.name, SERVICE, 100)
        config = config_text(prometheus.url, rpc={"listenAddress": address, "requestsPerSecond": 1000000,
                                                  "streamsPerClient": CLIENTS * STREAMS_PER_CLIENT})

        def start():
            return Operator(directory, config, cluster.kubeconfig).await_ready()
        operator = start()
        try:
            namespace.create(predicted(replicas={"min": 1, "max": 100}))
            namespace.await_floor(SERVICE, 10)
            figures = measure_metrics(operator, address, namespace.name)
            print(f"  holding {CLIENTS * STREAMS_PER_CLIENT} streams for {HOLD_SECONDS} s, with a restart in the middle", flush=True)
            operator, streams = measure_streams(start, operator, address, namespace.name)
        finally:
            operator.close()
            prometheus.close()
            gauges.close()
    all_streams = CLIENTS * STREAMS_PER_CLIENT
    report.write("rpc", figures | streams, {"call_p99_ms": 5, "loop_lateness_p99_ms": 100, "stop_with_streams_seconds": 6},
                 {"calls_per_second": 20000, "streams_active_at_end": all_streams, "streams_opened": 2 * all_streams})


if __name__ == "__main__":
    main()
