"""Tests of hack/traffic/history.py: its parts, its command line, and what a real Prometheus makes of its output."""

import io
import itertools
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

TRAFFIC = pathlib.Path(__file__).resolve().parents[2] / "hack" / "traffic"
sys.path.insert(0, str(TRAFFIC))

from demand_shape import DemandShape, generate_demand  # noqa: E402
from openmetrics import counter_samples  # noqa: E402
from split import split_at, split_before_steepest_rise  # noqa: E402
from trace_csv import Trace, UserError, read_trace  # noqa: E402
from units import format_time, parse_duration, parse_time  # noqa: E402

DAY = 86400.0
HOUR = 3600.0


def history(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-B", str(TRAFFIC / "history.py"), *arguments],
        input=stdin,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )


def read(text: str) -> Trace:
    return read_trace(io.BytesIO(text.encode()), "t.csv")


class UnitsTest(unittest.TestCase):
    def test_durations(self):
        self.assertEqual(parse_duration("300ms"), 0.3)
        self.assertEqual(parse_duration("1h30m"), 5400)
        for text in ("", "5", "-1s", "5 s", "1m30"):
            with self.assertRaises(ValueError, msg=text):
                parse_duration(text)

    def test_times(self):
        for text in (
            "2026-01-05T08:00:00Z",
            "2026-01-05 08:00",
            "2026-01-05T16:00:00+08:00",
            "1767600000",
            "1767600000000",
            "2026-01-05T08:00:00.000000000Z",
        ):
            self.assertEqual(parse_time(text), 1767600000, text)
        for text in ("", "soon", "2026-01-05", "2026-02-30T00:00:00Z", "nan", "-1"):
            with self.assertRaises(ValueError, msg=text):
                parse_time(text)
        self.assertEqual(format_time(1767600000.5), "2026-01-05T08:00:00.500Z")


class ReadTraceTest(unittest.TestCase):
    def test_takes_what_spreadsheets_write(self):
        trace = read("\ufefftime , demand\r\n\r\n1767600000, 3\r\n1767600060 ,4\r\n\r\n")
        self.assertEqual(trace, Trace([1767600000, 1767600060], [3, 4]))
        self.assertEqual(read("100,1\n200,2"), Trace([100, 200], [1, 2]))

    def test_names_line_reason_and_remedy(self):
        for text, message in (
            (
                "t,v\n100,1\n200,-2\n",
                't.csv:3: value "-2": use a finite number of at least 0, ' "or leave out the row of a missing sample",
            ),
            ("100,nan\n", 't.csv:1: value "nan": use'),
            ("100,inf\n", 't.csv:1: value "inf": use'),
            ("100,1\n100,2\n", "t.csv:2: timestamp 1970-01-01T00:01:40Z is the same as in the row before: sort"),
            ("100,1\n99,2\n", "t.csv:2: timestamp 1970-01-01T00:01:39Z is before that of the row before: sort"),
            ("t,v\nt,v\n", 't.csv:2: "t,v" is a second header: remove it'),
            ("100;1\n", 't.csv:1: "100;1" is not two fields: write timestamp,value'),
            ("soon,1\n", 't.csv:1: timestamp "soon": use ISO 8601'),
            ("t,v\n1,2\n", "t.csv: 1 rows: a history needs at least two"),
        ):
            with self.assertRaises(UserError) as raised:
                read(text)
            self.assertTrue(str(raised.exception).startswith(message), str(raised.exception))


class GenerateTest(unittest.TestCase):
    def test_is_the_same_for_the_same_seed(self):
        arguments = ("generate", "--days", "2", "--seed", "5")
        self.assertEqual(history(*arguments).stdout, history(*arguments).stdout)
        self.assertNotEqual(history(*arguments).stdout, history("generate", "--days", "2", "--seed", "6").stdout)

    def test_has_the_shape_of_a_day(self):
        shape = DemandShape(day_seconds=DAY, base=30, peak=120, weekly=False)
        night, morning, lunch, evening = (shape.at(hour * HOUR) for hour in (4, 9.5, 12.5, 20.5))
        self.assertAlmostEqual(night, 30)
        self.assertAlmostEqual(morning, 120)
        self.assertLess(lunch, morning)
        self.assertLess(lunch, evening)

    def test_weekend_is_quieter(self):
        shape = DemandShape(day_seconds=DAY, base=30, peak=120, weekly=True)
        self.assertLess(shape.at(5 * DAY + 9.5 * HOUR), shape.at(4 * DAY + 9.5 * HOUR))
        self.assertEqual(shape.at(7 * DAY + 9.5 * HOUR), shape.at(9.5 * HOUR))

    def test_noise_keeps_the_mean(self):
        shape = DemandShape(day_seconds=DAY, base=50, peak=50, weekly=False)
        values = [value for _, value in generate_demand(shape, days=14, step_seconds=60, noise=0.3, seed=7)]
        self.assertAlmostEqual(sum(values) / len(values), 50, delta=0.5)

    def test_short_days_have_shorter_steps(self):
        trace = read(history("generate", "--days", "3", "--day-length", "10m").stdout)
        self.assertEqual(len(trace.times), 360)
        self.assertEqual(trace.step(), 5)

    def test_names_the_bad_flag(self):
        for flags in (
            ["--days", "0"],
            ["--peak", "1"],
            ["--day-length", "0s"],
            ["--step", "0s"],
            ["--step", "7h"],
            ["--noise", "-1"],
            ["--start", "soon"],
        ):
            result = history("generate", *flags)
            self.assertEqual(result.returncode, 2, flags)
            self.assertIn(flags[0], result.stderr)


class CounterTest(unittest.TestCase):
    def test_integrates_the_interpolated_demand(self):
        trace = Trace([0, 60, 120], [10, 20, 20])
        self.assertEqual(list(counter_samples(trace, 30)), [(0, 0), (30, 375), (60, 900), (90, 1500), (120, 2100)])

    def test_last_sample_is_the_last_row(self):
        times = [time for time, _ in counter_samples(Trace([0, 60, 120], [1, 1, 1]), 50)]
        self.assertEqual(times, [20, 70, 120])

    def test_has_no_samples_in_a_gap_but_has_grown_after_it(self):
        trace = Trace([0, 60, 120, 600, 660], [1, 1, 1, 1, 1])
        self.assertEqual(
            list(counter_samples(trace, 30)), [(time, time) for time in (0, 30, 60, 90, 120, 600, 630, 660)]
        )

    def test_a_few_absent_rows_are_no_gap(self):
        trace = Trace([0, 60, 120, 300, 360], [1, 1, 1, 1, 1])
        self.assertEqual(len(list(counter_samples(trace, 30))), 13)

    def test_command_line(self):
        result = history(
            "openmetrics",
            "--labels",
            "namespace=demo,service=chat",
            "--end",
            "1767600000",
            "--sample-step",
            "60s",
            stdin="0,2\n60,2\n",
        )
        self.assertEqual(
            result.stdout,
            "# TYPE deepseek_api_requests counter\n"
            'deepseek_api_requests_total{namespace="demo",service="chat",code="200"} 0.000 1767599940.000\n'
            'deepseek_api_requests_total{namespace="demo",service="chat",code="200"} 120.000 1767600000.000\n'
            "# EOF\n",
        )
        for flags in (
            ["--labels", "demo"],
            ["--labels", "code=200"],
            ["--end", "soon"],
            ["--end", "2999-01-01T00:00:00Z"],
            ["--metric", "x_total"],
            ["--metric", "a b"],
            ["--sample-step", "0s"],
        ):
            result = history("openmetrics", *flags, stdin="0,2\n60,2\n")
            self.assertEqual(result.returncode, 2, flags)
            self.assertIn(flags[0], result.stderr)


class SplitTest(unittest.TestCase):
    def test_finds_the_sustained_rise_and_not_the_spike(self):
        # 10 requests/s for 400 min; a spike at 350 min; from 370 to 380 min up to 50, where it stays.
        values = [10.0] * 370 + [10 + 4.0 * minute for minute in range(10)] + [50.0] * 30
        values[350] = 500
        trace = Trace([60.0 * minute for minute in range(len(values))], values)
        result = split_before_steepest_rise(trace, window=600, margin=0)
        # Medians see the plateau when half the window is on it, so the split may be half a window early, never late.
        self.assertTrue(365 * 60 <= result.after.times[0] <= 370 * 60, result.after.times[0])
        self.assertEqual((result.rise.low, result.rise.high), (10, 50))
        earlier = split_before_steepest_rise(trace, window=600, margin=300)
        self.assertEqual(earlier.after.times[0], result.after.times[0] - 300)

    def test_loses_no_row(self):
        trace = Trace([0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5])
        result = split_at(trace, 2.5)
        self.assertEqual(result.before.values + result.after.values, trace.values)

    def test_says_why_there_is_no_split(self):
        flat = Trace([60.0 * minute for minute in range(1000)], [5.0] * 1000)
        with self.assertRaisesRegex(UserError, "does not rise"):
            split_before_steepest_rise(flat, window=600, margin=0)
        with self.assertRaisesRegex(UserError, "shorter --window"):
            split_before_steepest_rise(flat, window=DAY, margin=0)
        with self.assertRaisesRegex(UserError, "choose a time"):
            split_at(flat, 0)

    def test_command_line(self):
        with tempfile.TemporaryDirectory() as directory:
            before, after = (pathlib.Path(directory, name) for name in ("before.csv", "after.csv"))
            files = ("--before", str(before), "--after", str(after))
            demand = history("generate", "--days", "8").stdout
            result = history("split", "--steepest-rise", *files, stdin=demand)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(before.read_text() + after.read_text().partition("\n")[2], demand)
            self.assertEqual(history("split", *files, stdin=demand).returncode, 2)
            self.assertEqual(history("split", "--at", "soon", *files, stdin=demand).returncode, 2)
            self.assertEqual(history("split", "--steepest-rise", *files, stdin="0,1\n").returncode, 2)


@unittest.skipUnless(shutil.which("prometheus") and shutil.which("promtool"), "needs prometheus and promtool")
class PrometheusTest(unittest.TestCase):
    """Backfills a day and asks for it back."""

    RATE_WINDOW = 120.0
    STEP = 60.0

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def test_rate_gives_the_demand_back(self):
        demand = history("generate", "--days", "1").stdout
        trace = read(demand)
        end = time.time() - HOUR
        text = history(
            "openmetrics", "--labels", "namespace=demo,service=chat", "--end", f"{end:.3f}", stdin=demand
        ).stdout
        self.backfill(text)
        url = self.start_prometheus()
        shift = end - trace.times[-1]
        first = trace.times[0] + self.RATE_WINDOW + self.STEP
        answer = self.rates(url, first + shift, end)
        self.assertEqual(len(answer), len(trace.times) - 3)
        for at, rate in answer:
            self.assertAlmostEqual(rate / self.mean_demand(trace, at - shift), 1, delta=0.02)

    def backfill(self, text: str) -> None:
        source = self.directory / "history.om"
        source.write_text(text, encoding="ascii")
        subprocess.run(
            ["promtool", "tsdb", "create-blocks-from", "openmetrics", source, self.directory / "data"],
            capture_output=True,
            timeout=60,
            check=True,
        )

    def start_prometheus(self) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        (self.directory / "prometheus.yml").write_text("global: {}\n", encoding="ascii")
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={self.directory / 'prometheus.yml'}",
                f"--storage.tsdb.path={self.directory / 'data'}",
                "--storage.tsdb.retention.time=60d",
                f"--web.listen-address={address}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        self.wait_until_ready(f"http://{address}/-/ready", process)
        return f"http://{address}"

    def wait_until_ready(self, url: str, process: subprocess.Popen) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(url, timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        self.fail("Prometheus did not become ready within 30 s")

    def rates(self, url: str, start: float, end: float) -> list[tuple[float, float]]:
        query = f"sum by (namespace, service) (rate(deepseek_api_requests_total[{self.RATE_WINDOW:.0f}s]))"
        parameters = urllib.parse.urlencode({"query": query, "start": start, "end": end, "step": self.STEP})
        with urllib.request.urlopen(f"{url}/api/v1/query_range?{parameters}", timeout=30) as reply:
            series = json.load(reply)["data"]["result"]
        self.assertEqual([one["metric"] for one in series], [{"namespace": "demo", "service": "chat"}])
        return [(float(at), float(rate)) for at, rate in series[0]["values"]]

    def mean_demand(self, trace: Trace, at: float) -> float:
        """The mean of the interpolated demand within the window that rate() looks at."""
        rows = [row for row, row_time in enumerate(trace.times) if at - self.RATE_WINDOW - 1 <= row_time <= at + 1]
        means = [(trace.values[a] + trace.values[b]) / 2 for a, b in itertools.pairwise(rows)]
        return sum(means) / len(means)


if __name__ == "__main__":
    unittest.main()
