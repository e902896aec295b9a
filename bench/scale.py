"""1,000 DeepSeekServices with two weeks of history each: convergence from the operator's start, memory, idle CPU, writes."""

import http.server
import json
import os
import subprocess
import tempfile
import threading
import time

import report
from harness import environment
from harness.cluster import Cluster
from harness.operator import WRITES, Operator, config_text
from harness.prometheus import Prometheus
from harness.services import predicted

SERVICES = 1000
HISTORY_DAYS = 14
STEP_SECONDS = 300
NAMESPACE = "bench-scale"
METRICS = ("vllm:num_requests_running", "vllm:num_requests_waiting")
SETTLE_SECONDS = 150  # two looks of the HPA controller, whose word is in the status
IDLE_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")


def name_of(index):
    return f"svc-{index:04d}"


def demand_of(index, at):
    """A day with a plateau, at another height for each service; the same now as at this time of every day."""
    hour = at % 86400 / 3600
    return (20 + index % 50) * (1.0 if 8 <= hour < 20 else 0.4)


def exposition(now):
    lines = []
    for metric in METRICS:
        lines += [f'{metric}{{namespace="{NAMESPACE}",service="{name_of(i)}"}} {demand_of(i, now) / 2:g}' for i in range(SERVICES)]
    return "\n".join(lines) + "\n"


class Exporter:
    """One target that speaks for all services; what it says stays what it was at the start."""

    def __init__(self, now):
        body = exposition(now).encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self._server.server_port}"


def backfill(directory, now):
    path = os.path.join(directory, "history.om")
    times = range(int(now) - HISTORY_DAYS * 86400, int(now), STEP_SECONDS)
    with open(path, "w", encoding="utf-8") as file:
        for metric in METRICS:
            file.write(f"# TYPE {metric} gauge\n")
            for index in range(SERVICES):
                labels = f'{metric}{{namespace="{NAMESPACE}",service="{name_of(index)}"}}'
                file.writelines(f"{labels} {demand_of(index, at) / 2:g} {at}\n" for at in times)
        file.write("# EOF\n")
    data = os.path.join(directory, "data")
    subprocess.run([environment.prometheus_tool("promtool"), "tsdb", "create-blocks-from", "openmetrics", "-q",
                    "--max-block-duration=168h", path, data], check=True, capture_output=True)
    os.unlink(path)
    return data


def create_services(cluster, namespace):
    # Ten replicas at most: what is measured is the operator, not the simulated node.
    services = [predicted(name_of(i), service={"port": 80}, replicas={"min": 1, "max": 3}, per_replica="1000") for i in range(SERVICES)]
    for begin in range(0, SERVICES, 100):
        namespace.create(*services[begin:begin + 100])


def converged(cluster):
    items = cluster.raw(f"/apis/deepseek-operator.dev/v1alpha1/namespaces/{NAMESPACE}/deepseekservices")["items"]
    def is_done(item):
        conditions = {entry["type"]: entry for entry in item.get("status", {}).get("conditions", [])}
        applied = conditions.get("FloorApplied", {})
        return applied.get("status") == "True" and applied.get("observedGeneration") == item["metadata"]["generation"]
    return sum(map(is_done, items))


def with_forecast(cluster):
    items = cluster.raw(f"/apis/deepseek-operator.dev/v1alpha1/namespaces/{NAMESPACE}/deepseekservices")["items"]
    return sum(1 for item in items if item.get("status", {}).get("forecast"))


def rss_mb(pid, field="VmRSS"):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(round(int(line.split()[1]) / 1024, 1) for line in file if line.startswith(field + ":"))


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def wait_for(count, target, began, what):
    shown = 0.0
    while (now := count()) < target:
        if time.monotonic() - shown > 10:
            shown = time.monotonic()
            print(f"  {shown - began:5.0f} s: {now} of {target} {what}", flush=True)
        # A look costs the API server a list of everything: seldom, until it is nearly done.
        time.sleep(1 if now > 0.9 * target else 5)
    return time.monotonic() - began


def writes(operator):
    return operator.metric("rest_client_requests_total", method=WRITES)


def measure(cluster, prometheus, directory):
    began = time.monotonic()
    operator = Operator(directory, config_text(prometheus.url, sync_period="15s"), cluster.kubeconfig)
    try:
        converged_seconds = wait_for(lambda: converged(cluster), SERVICES, began, "have FloorApplied")
        children = {kind: len(json.loads(cluster.kubectl("get", kind, "-n", NAMESPACE, "-o", "json"))["items"])
                    for kind in ("deployments", "horizontalpodautoscalers", "services")}
        assert all(count >= SERVICES for count in children.values()), children
        forecast_seconds = wait_for(lambda: with_forecast(cluster), SERVICES, began, "have a forecast")
        time.sleep(SETTLE_SECONDS)
        before, cpu_before, idle_began = writes(operator), cpu_seconds(operator.pid), time.monotonic()
        time.sleep(IDLE_SECONDS)
        idle = time.monotonic() - idle_began
        return {"services": SERVICES, "history_days": HISTORY_DAYS,
                "converged_seconds": round(converged_seconds, 1), "forecast_seconds": round(forecast_seconds, 1),
                "idle_cpu_percent_of_a_core": round((cpu_seconds(operator.pid) - cpu_before) / idle * 100, 2),
                "writes_in_an_idle_minute": int(writes(operator) - before),
                "rss_mb": rss_mb(operator.pid), "rss_peak_mb": rss_mb(operator.pid, "VmHWM"),
                "cpu_seconds_total": round(cpu_seconds(operator.pid), 1)}
    finally:
        print(operator.log()[-1500:] if not operator.is_alive() else "", end="")
        operator.close()


def main():
    cluster = Cluster()
    cluster.install_crd()
    namespace = cluster.namespace(NAMESPACE)
    now = time.time()
    with tempfile.TemporaryDirectory() as directory:
        print("  writing the history", flush=True)
        data = backfill(directory, now)
        exporter = Exporter(now)
        prometheus = Prometheus(directory, [(exporter.address, "/metrics", NAMESPACE, "all")], data).await_ready()
        try:
            print("  creating the services", flush=True)
            create_services(cluster, namespace)
            figures = measure(cluster, prometheus, directory)
        finally:
            prometheus.close()
    report.write("scale", figures, {"converged_seconds": 60, "rss_mb": 150, "rss_peak_mb": 150, "idle_cpu_percent_of_a_core": 10,
                                    "writes_in_an_idle_minute": 0})


if __name__ == "__main__":
    main()
