"""A Prometheus of the tests' own, and what it scrapes."""

import http.server
import json
import os
import subprocess
import threading
import time
import urllib.parse
import urllib.request

from . import environment
from .polling import eventually
from .process import Process

HISTORY = str(environment.ROOT / "hack/traffic/history.py")


class Gauges:
    """The gauges of vLLM for any number of services, set by the test, and the counters of answered requests of the
    preset deepseek: /NAMESPACE/SERVICE is a service's page."""

    def __init__(self):
        self._demand = {}
        self._work = {}
        self._answers = {}
        self._backends = {}
        self._texts = {}
        self._stopped = set()
        gauges = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = gauges.page(self.path).encode()
                self.send_response(503 if self.path in gauges._stopped else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self._server.server_port}"

    def page(self, path):
        demand = self._demand.get(path)
        whole = "" if demand is None else f"vllm:num_requests_running {demand}\nvllm:num_requests_waiting 0\n"
        if path in self._answers:
            since, rate, response_time = self._answers[path]
            count = (time.monotonic() - since) * rate
            whole += (f'deepseek_api_requests_total{{code="200"}} {count}\n'
                      f"deepseek_api_latency_seconds_sum {count * response_time}\n"
                      f"deepseek_api_latency_seconds_count {count}\n")
        if path in self._backends:
            in_use, limit = self._backends[path]
            whole += f"mysql_global_status_threads_connected {in_use}\nmysql_global_variables_max_connections {limit}\n"
        whole += self._texts.get(path, "")
        return whole + "".join(f'in_flight{{pod="{pod}"}} {value}\n' for pod, value in self._work.get(path, {}).items())

    def set(self, namespace, service, demand):
        """None: the service is scraped, but has no such gauge yet."""
        self._demand[f"/{namespace}/{service}"] = demand
        self._stopped.discard(f"/{namespace}/{service}")

    def set_work(self, namespace, service, in_flight):
        """What each pod has in work, by its name: in_flight{pod=…}."""
        self._work[f"/{namespace}/{service}"] = in_flight

    def set_backend(self, namespace, backend, in_use, limit):
        """The connections of a MySQL, as its exporter tells them."""
        self._backends[f"/{namespace}/{backend}"] = (in_use, limit)

    def set_text(self, path, text):
        """What a page says beside the rest, as it is."""
        self._texts[path] = text

    def answer(self, namespace, service, rate, response_time):
        """From now on so many requests/s are answered, in so many seconds each."""
        self._answers[f"/{namespace}/{service}"] = (time.monotonic(), rate, response_time)

    def stop(self, namespace, service):
        """Scraping fails from now on: `up` is 0."""
        self._stopped.add(f"/{namespace}/{service}")

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class DemoLoad(Process):
    """The counters of a schedule of (seconds, requests/s), repeated for ever."""

    def __init__(self, directory, schedule, namespace, service):
        self.port = environment.free_port()
        path = os.path.join(directory, f"schedule-{self.port}.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{at},{rate}\n" for at, rate in schedule)
        super().__init__([environment.demo_load_binary(), "--exporter-only", "--metrics-port", str(self.port),
                          "--address", "127.0.0.1", "--schedule", path, "--loop", "--namespace", namespace,
                          "--service", service])


class Prometheus(Process):
    """Scrapes each (address, path, namespace, service) of `targets` each second."""

    def __init__(self, directory, targets, data=None, honor_labels=True):
        self.port = environment.free_port()
        config = os.path.join(directory, f"prometheus-{self.port}.yml")
        jobs = [{"job_name": f"{namespace}-{service}", "honor_labels": honor_labels, "metrics_path": path,
                 "static_configs": [{"targets": [address], "labels": {"namespace": namespace, "service": service}}]}
                for address, path, namespace, service in targets]
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": jobs}, file)
        super().__init__([environment.prometheus_tool("prometheus"), f"--config.file={config}",
                          f"--storage.tsdb.path={data or os.path.join(directory, f'data-{self.port}')}",
                          "--storage.tsdb.retention.time=60d", f"--web.listen-address=127.0.0.1:{self.port}"])

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def await_ready(self):
        def ready():
            assert self.is_alive(), self.log()
            try:
                with urllib.request.urlopen(self.url + "/-/ready", timeout=2) as answer:
                    return answer.status == 200
            except OSError:
                return False
        eventually(ready, 30, "Prometheus is ready")
        return self

    def value(self, query):
        """The value of the first series, or None."""
        parameters = urllib.parse.urlencode({"query": query})
        with urllib.request.urlopen(f"{self.url}/api/v1/query?{parameters}", timeout=10) as answer:
            series = json.load(answer)["data"]["result"]
        return float(series[0]["value"][1]) if series else None


def backfill(data, rows, namespace, service, sample_step="15s"):
    """Makes blocks in `data` from rows of (seconds since 1970, requests/s) that end now."""
    csv = "".join(f"{at},{rate}\n" for at, rate in rows)
    samples = subprocess.run(["/usr/bin/python3", HISTORY, "openmetrics", "--labels",
                              f"namespace={namespace},service={service}", "--end", str(rows[-1][0]),
                              "--sample-step", sample_step],
                             input=csv, capture_output=True, text=True, check=True).stdout
    os.makedirs(data, exist_ok=True)
    path = os.path.join(data, "..", f"{namespace}-{service}.om")
    with open(path, "w", encoding="utf-8") as file:
        file.write(samples)
    subprocess.run([environment.prometheus_tool("promtool"), "tsdb", "create-blocks-from", "openmetrics", "-q",
                    "--max-block-duration=168h", path, data], check=True, capture_output=True)
