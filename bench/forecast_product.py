"""The product, called as a person would call it: `deepseek-operator backtest`, and the program that times it."""

import csv
import json
import math
import pathlib
import subprocess
import tempfile
import time

import report
from forecast_measures import QUANTILE, Forecasts
from forecast_traces import FIVE_MINUTES, LONG_DAYS, long_history
from units import parse_time

SPEED = report.ROOT / "build/release/forecast_speed"
PEAK_REPLICAS = 40  # that the largest demand needs at 100 % CPU
TIMED_RUNS = 3


class ProductError(Exception):
    """What was run and what it said."""


def run(operator, trace, *options):
    command = [str(operator), "backtest", str(trace.path), "--capacity-per-replica", repr(trace.peak / PEAK_REPLICAS),
               "--max", str(3 * PEAK_REPLICAS), "--warmup", f"{trace.warmup_days}d", *options]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise ProductError(f"{' '.join(command)}\n{result.stderr.strip()[-1000:]}")


def backtest(operator, trace, *options):
    """Returns the JSON document, the frontier included."""
    with tempfile.TemporaryDirectory() as directory:
        answer = pathlib.Path(directory) / "answer.json"
        run(operator, trace, "--json", str(answer), *options)
        return json.loads(answer.read_text(encoding="utf-8"))


def forecasts(operator, trace):
    """(forecasts for one lead ahead, the JSON document)"""
    with tempfile.TemporaryDirectory() as directory:
        issued = pathlib.Path(directory) / "issued.csv"
        document = backtest(operator, trace, "--lead", f"{trace.lead_seconds:g}s", "--quantile", str(QUANTILE),
                            "--forecast-out", str(issued))
        with open(issued, encoding="ascii") as file:
            return read_forecasts(trace, csv.DictReader(file)), document


def read_forecasts(trace, rows):
    expected, quantile = {}, {}
    for row in rows:
        slot, target = trace.slot(parse_time(row["issued"])), trace.slot(parse_time(row["target"]))
        if target - slot != trace.lead:
            raise ProductError(f"{trace.name}: a forecast from {row['issued']} is for {row['target']}, "
                               f"not for {trace.lead_seconds:g} s later")
        expected[slot], quantile[slot] = float(row["expected"]), float(row["quantile"])
    if not all(map(math.isfinite, [*expected.values(), *quantile.values()])):
        raise ProductError(f"{trace.name}: a forecast is not finite")
    return Forecasts(expected, quantile)


def seconds_of_long_backtest(operator, traces, directory):
    """The best of some runs on 87 d of 5-minute samples: a given history as long as that, or a made-up one."""
    long = [trace for trace in traces if trace.step == FIVE_MINUTES and abs(trace.days - LONG_DAYS) < 1]
    trace = long[0] if long else long_history(directory)
    took = []
    for _ in range(TIMED_RUNS):
        began = time.monotonic()
        run(operator, trace)
        took.append(time.monotonic() - began)
    return trace, round(min(took), 2)


def speed(trace):
    """What build/release/forecast_speed says about one service fed with this trace; None if it was not built."""
    if not SPEED.exists():
        return None
    result = subprocess.run([str(SPEED), str(trace.path)], capture_output=True, text=True, check=False)
    if result.returncode:
        raise ProductError(f"{SPEED} {trace.path}\n{result.stderr.strip()[-1000:]}")
    return json.loads(result.stdout)
