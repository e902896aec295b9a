"""Locust, which brings the day's traffic to a service."""

import json
import os
import shutil
from pathlib import Path

from harness.process import Process

HERE = Path(__file__).resolve().parent


class Load(Process):
    def __init__(self, url, rise_at):
        locust = shutil.which("locust")
        assert locust, "there is no locust on PATH: tests/e2e/run installs it"
        super().__init__([locust, "--locustfile", str(HERE / "locustfile.py"), "--host", url, "--headless",
                          "--only-summary", "--loglevel", "WARNING", "--stop-timeout", "10s"],
                         {**os.environ, "E2E_RISE_AT": str(rise_at), "PYTHONDONTWRITEBYTECODE": "1"})

    def finish(self):
        """Ends it; its figures: requests, failed, broken (the limit that was, or None), errors, meanMilliseconds,
        p95Milliseconds."""
        self.interrupt(timeout=30)  # at SIGTERM it tells nothing
        figures = [line for line in self.log().splitlines() if line.startswith('{"requests"')]
        assert figures, f"locust told no figures:\n{self.log()[-4000:]}"
        return json.loads(figures[-1])
