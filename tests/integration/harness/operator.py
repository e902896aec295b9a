"""The operator as a process."""

import json
import os
import re
import urllib.error
import urllib.request

from . import environment
from .polling import eventually, throughout
from .process import Process

WRITES = ("PATCH", "POST", "PUT", "DELETE")
_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


def config_text(prometheus_url, sync_period="1s", **settings):
    """A configuration; JSON is YAML too. Server "strict" takes no custom queries."""
    server = {"name": "default", "url": prometheus_url, "allowCustomQueries": True, "timeout": "5s"}
    strict = {"name": "strict", "url": prometheus_url}
    return json.dumps({"syncPeriod": sync_period, "prometheus": [server, strict], **settings})


class Operator(Process):
    def __init__(self, directory, config, kubeconfig, port=None, arguments=()):
        self.port = port or environment.free_port()
        path = os.path.join(directory, f"operator-{self.port}.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(config)
        clean = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
        super().__init__([environment.operator_binary(), "run", "--kubeconfig", kubeconfig, "--config", path,
                          "--listen", f"127.0.0.1:{self.port}", *arguments], clean)

    def get(self, path):
        """Status and body; status 0 if nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()
        except OSError as failure:
            return 0, str(failure)

    def await_ready(self, timeout=20):
        def ready():
            assert self.is_alive(), f"it has ended:\n{self.log()[-4000:]}"
            status, text = self.get("/readyz")
            assert status == 200, f"{text}\n{self.log()[-2000:]}"
            return True
        eventually(ready, timeout, "the operator is ready")
        return self

    def await_not_ready(self, *texts, timeout=20):
        """Until /readyz is 503 and says all of `texts`; its text."""
        def not_ready():
            status, text = self.get("/readyz")
            assert status == 503 and all(wanted in text for wanted in texts), f"{status} {text}"
            return text
        return eventually(not_ready, timeout, f"/readyz says {texts}")

    def assert_well(self):
        """Alive, with an event loop that turns."""
        assert self.is_alive(), f"the operator has ended:\n{self.log()[-4000:]}"
        status, text = self.get("/healthz")
        assert status == 200, text
        assert "this is a bug" not in self.log(), self.log()[-4000:]

    def metric(self, name, **labels):
        """The sum of the samples that have these labels."""
        total = 0.0
        for found, text, value in _SAMPLE.findall(self.get("/metrics")[1]):
            have = dict(_LABEL.findall(text))
            if found == name and all(have.get(label) in _as_tuple(wanted) for label, wanted in labels.items()):
                total += float(value)
        return total

    def writes(self):
        """How many writes it has asked of the API server."""
        return self.metric("rest_client_requests_total", method=WRITES)

    def requests(self):
        return self.metric("rest_client_requests_total")

    def assert_calm(self, most=20, duration=4):
        """No hot loop: few requests while nothing happens."""
        before = self.requests()
        throughout(lambda: self.requests() - before <= most, duration, f"at most {most} requests")

    def await_sync_periods(self, count):
        """Until it has asked Prometheus `count` times more; at least one service must have a demand."""
        def questions():
            return self.metric("deepseek_operator_prometheus_queries_total")
        before = questions()
        eventually(lambda: questions() >= before + count, 10 + 3 * count, f"{count} sync periods")

    def await_quiet(self, periods=4, timeout=60):
        """Until `periods` sync periods in a row have gone by without a write."""
        def quiet():
            before = self.writes()
            self.await_sync_periods(periods)
            after = self.writes()
            assert after == before, f"{after - before} writes in {periods} sync periods\n{self.log()[-2000:]}"
            return True
        eventually(quiet, timeout, "no more writes")


def _as_tuple(value):
    return value if isinstance(value, tuple) else (value,)
