"""demo-workload and demo-load as whole programs. Their paths come from DEMO_WORKLOAD_PROGRAM and DEMO_LOAD_PROGRAM."""

import concurrent.futures
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

WORKLOAD = os.environ["DEMO_WORKLOAD_PROGRAM"]
LOAD = os.environ["DEMO_LOAD_PROGRAM"]
TIMEOUT_SECONDS = 20


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def samples(url: str) -> dict[str, float]:
    lines = [line.rsplit(" ", 1) for line in get(url + "/metrics")[1].splitlines() if not line.startswith("#")]
    return {series: float(value) for series, value in lines}


def run(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Replica:
    """A running demo-workload."""

    def __init__(self, *flags: str, startup_delay: str = "0s"):
        self.process = subprocess.Popen(
            [
                WORKLOAD,
                "--address",
                "127.0.0.1",
                "--port",
                "0",
                "--startup-delay",
                startup_delay,
                "--drain-delay",
                "200ms",
                *flags,
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        first_line = self.process.stderr.readline()
        self.url = "http://127.0.0.1:" + re.search(r"listening on 127\.0\.0\.1:(\d+)", first_line)[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)


class DemoWorkloadTest(unittest.TestCase):
    def test_answers_like_a_chat_completion(self):
        with Replica("--service-time", "100ms") as replica:
            for path in ("/", "/v1/chat/completions"):
                status, body = get(replica.url + path)
                self.assertEqual(status, 200)
                self.assertEqual(json.loads(body)["object"], "chat.completion")
            self.assertEqual(get(replica.url + "/healthz")[0], 200)
            self.assertEqual(get(replica.url + "/nothing")[0], 404)

    def test_counters_are_there_from_the_start(self):
        with Replica() as replica:
            metrics = samples(replica.url)
        self.assertEqual(metrics['deepseek_api_requests_total{code="200"}'], 0)
        self.assertEqual(metrics['deepseek_api_requests_total{code="503"}'], 0)
        self.assertEqual(metrics["deepseek_api_slots"], 4)

    def test_refuses_at_once_what_finds_no_place(self):
        flags = (
            "--slots",
            "2",
            "--queue",
            "1",
            "--service-time",
            "500ms",
            "--jitter",
            "none",
            "--cpu-per-request",
            "1ms",
        )
        with Replica(*flags) as replica, concurrent.futures.ThreadPoolExecutor(5) as pool:
            statuses = sorted(status for status, _ in pool.map(get, [replica.url + "/"] * 5))
            metrics = samples(replica.url)
        self.assertEqual(statuses, [200, 200, 200, 503, 503])
        self.assertEqual(metrics['deepseek_api_requests_total{code="200"}'], 3)
        self.assertEqual(metrics['deepseek_api_requests_total{code="503"}'], 2)
        self.assertEqual(metrics["deepseek_api_errors_count"], 2)
        self.assertEqual(metrics["deepseek_api_requests_in_flight"], 0)
        self.assertEqual(metrics["deepseek_api_latency_seconds_count"], 3)

    def test_is_not_ready_while_starting(self):
        with Replica(startup_delay="42s") as replica:
            self.assertEqual(get(replica.url + "/readyz"), (503, "starting: ready in 42s\n"))
            self.assertEqual(get(replica.url + "/")[0], 503)
            self.assertEqual(get(replica.url + "/healthz")[0], 200)

    def test_finishes_what_is_in_flight_before_it_leaves(self):
        with Replica("--service-time", "1s", "--jitter", "none") as replica, concurrent.futures.ThreadPoolExecutor(
            1
        ) as pool:
            request = pool.submit(get, replica.url + "/")
            time.sleep(0.3)
            replica.terminate()
            time.sleep(0.1)
            self.assertEqual(get(replica.url + "/readyz"), (503, "draining: 1 requests in flight\n"))
            self.assertEqual(request.result()[0], 200)
            self.assertEqual(replica.process.wait(TIMEOUT_SECONDS), 0)

    def test_leaves_when_the_drain_takes_too_long(self):
        flags = ("--service-time", "10s", "--jitter", "none", "--drain-timeout", "400ms")
        with Replica(*flags) as replica, concurrent.futures.ThreadPoolExecutor(1) as pool:
            request = pool.submit(get, replica.url + "/")
            time.sleep(0.3)
            replica.terminate()
            self.assertEqual(replica.process.wait(TIMEOUT_SECONDS), 1)
            self.assertIn("1 requests are cut off", replica.process.stderr.read())
            with self.assertRaises(Exception):
                request.result()

    def test_idle_connections_do_not_hold_up_the_drain(self):
        with Replica() as replica, socket.create_connection(("127.0.0.1", int(replica.url.rsplit(":", 1)[1]))):
            replica.terminate()
            self.assertEqual(replica.process.wait(TIMEOUT_SECONDS), 0)

    def test_says_which_port_is_in_use(self):
        with Replica() as replica:
            port = replica.url.rsplit(":", 1)[1]
            result = run(WORKLOAD, "--address", "127.0.0.1", "--port", port)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"cannot listen on 127.0.0.1:{port}: Address already in use", result.stderr)

    def test_names_the_bad_flag(self):
        for flags in (
            ["--slots", "0"],
            ["--service-time", "5"],
            ["--jitter", "odd"],
            ["--port", "70000"],
            ["--cpu-per-request", "2s"],
            ["--drain-delay", "1h"],
        ):
            result = run(WORKLOAD, *flags)
            self.assertEqual(result.returncode, 2, flags)
            self.assertIn(flags[0], result.stderr)


class DemoLoadTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def schedule(self, text: str) -> str:
        path = pathlib.Path(self.directory.name, "schedule.csv")
        path.write_text(text, encoding="ascii")
        return str(path)

    def test_sends_what_the_schedule_says(self):
        summary = pathlib.Path(self.directory.name, "summary.json")
        schedule = self.schedule("0,100\n3,100\n")
        with Replica("--service-time", "50ms", "--slots", "100", "--cpu-per-request", "0s") as replica:
            result = run(
                LOAD, "--url", replica.url + "/", "--schedule", schedule, "--seed", "7", "--json", str(summary)
            )
            served = samples(replica.url)['deepseek_api_requests_total{code="200"}']
        self.assertEqual(result.returncode, 0, result.stderr)
        counts = json.loads(summary.read_text())
        self.assertAlmostEqual(counts["sent"], 300, delta=60)
        self.assertEqual(counts["ok"], counts["sent"])
        self.assertEqual(served, counts["sent"])
        self.assertGreater(counts["latencySeconds"]["p50"], 0.01)

    def test_tells_busy_from_errors_and_timeouts(self):
        schedule = self.schedule("0,50\n1,50\n")
        slow = ("--service-time", "30s", "--jitter", "none", "--slots", "1")
        with Replica(*slow) as replica:
            result = run(
                LOAD,
                "--url",
                replica.url + "/",
                "--url",
                f"http://127.0.0.1:{free_port()}/",
                "--schedule",
                schedule,
                "--timeout",
                "1s",
            )
        counts = json.loads(result.stdout.splitlines()[-1])
        self.assertEqual(counts["timeouts"], 1)
        self.assertGreater(counts["busy"], 10)
        self.assertGreater(counts["errors"], 10)
        self.assertEqual(counts["ok"], 0)
        self.assertEqual(counts["unfinished"], 0)

    def test_ends_cleanly_on_a_signal(self):
        schedule = self.schedule("0,10\n3600,10\n")
        with Replica("--service-time", "50ms") as replica:
            process = subprocess.Popen(
                [LOAD, "--url", replica.url + "/", "--schedule", schedule], stdout=subprocess.PIPE, text=True
            )
            time.sleep(1)
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(json.loads(output.splitlines()[-1])["unfinished"], 0)

    def test_exports_the_integral_of_the_schedule(self):
        port = free_port()
        started = int(time.time()) - 100
        process = subprocess.Popen(
            [
                LOAD,
                "--exporter-only",
                "--address",
                "127.0.0.1",
                "--metrics-port",
                str(port),
                "--services",
                "3",
                "--namespace",
                "bench",
                "--schedule",
                self.schedule("0,10\n1000,10\n"),
                "--loop",
                "--start-at",
                str(started),
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            process.stderr.readline()
            metrics = samples(f"http://127.0.0.1:{port}")
            elapsed = time.time() - started
        finally:
            process.terminate()
            process.communicate(timeout=TIMEOUT_SECONDS)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(len(metrics), 3)
        first = metrics['deepseek_api_requests_total{namespace="bench",service="svc-0000",code="200"}']
        self.assertAlmostEqual(first, 10 * elapsed, delta=10)
        third = metrics['deepseek_api_requests_total{namespace="bench",service="svc-0002",code="200"}']
        self.assertTrue(0.5 <= third / first <= 1.5)

    def test_names_the_bad_flag(self):
        schedule = self.schedule("0,1\n1,1\n")
        for flags, named in (
            ([], "--schedule"),
            (["--schedule", "/nonexistent"], "--url"),
            (["--schedule", "/nonexistent", "--url", "http://127.0.0.1/"], "/nonexistent"),
            (["--schedule", schedule, "--url", "http://8.8.8.8/"], "public address"),
            (["--schedule", schedule, "--url", "https://127.0.0.1/"], "--url"),
            (["--schedule", schedule, "--url", "http://127.0.0.1/", "--loop"], "--duration"),
            (["--schedule", schedule, "--url", "http://127.0.0.1/", "--start-at", "1000"], "--start-at"),
            (["--schedule", schedule, "--exporter-only"], "--metrics-port"),
        ):
            result = run(LOAD, *flags)
            self.assertEqual(result.returncode, 2, flags)
            self.assertIn(named, result.stderr)


if __name__ == "__main__":
    unittest.main()
