"""The example forecasters beside the built-in forecast: error 15 min ahead, coverage, time and memory.

  hack/bench forecasters                  on made-up histories of several characters
  hack/bench forecasters --traces DIR     on every *.csv of DIR (timestamp,value)

Each is asked as the operator asks it: a Fit once a day with up to 28 d in steps of 5 min, a Predict with the newest samples,
over gRPC. Judged are the last days of each history, a quarter of an hour apart; the built-in forecast comes from
`deepseek-operator backtest` at the same moments. One program runs at a time, with one thread for its model.
"""

import argparse
import math
import os
import pathlib
import statistics
import sys
import time

import numpy as np

import report
import forecast_measures
import forecast_product
import forecast_traces
from demand import Part
from harness.polling import eventually
from forecast_measures import QUANTILE, pinball, share
from forecast_traces import DAY
from program import Program

DIRECTORY = report.ROOT / "build/bench/traces"
BUILT_IN, LAST_VALUE = "built-in", "last value"
PROGRAMS = {"prophet": "Prophet", "lstm": "LSTM"}
LEAD_SECONDS = 15 * 60
BETWEEN_SECONDS = 15 * 60  # moments
HISTORY_SECONDS = 28 * DAY
HISTORY_STEP_SECONDS = 300
LEAST_RECENT_SECONDS = 7200
LEARN_SECONDS = 600
LONGEST_PREDICT_MS = 2000  # the deadline that the operator gives
BEGAN = time.monotonic()


class Trace(forecast_traces.Trace):
    @property
    def lead_seconds(self):
        """15 min, or the step where that is longer."""
        return math.ceil(LEAD_SECONDS / self.step) * self.step

    @property
    def judged_days(self):
        return 3 if self.days >= 10 else 2

    def mornings(self):
        """The slots of a Fit: the beginnings of the last days, the last one of which ends with the trace."""
        first = len(self.values) - self.lead - self.judged_days * self.slots_in_day
        return [first + day * self.slots_in_day for day in range(self.judged_days)]

    def moments(self, morning):
        stride = max(1, round(BETWEEN_SECONDS / self.step))
        return [i for i in range(morning, morning + self.slots_in_day, stride)
                if self.values[i] is not None and self.values[i + self.lead] is not None]

    def part(self, first, last, stride=1):
        """Slots from `first` to `last`, both included; only each so many before the last one."""
        values = [math.nan if value is None else value for value in self.values[max(0, first):last + 1]][::-1][::stride][::-1]
        end = self.start + last * self.step
        return Part(end - self.step * stride * (len(values) - 1), int(self.step * stride), np.array(values))

    def history(self, morning):
        stride = max(1, round(HISTORY_STEP_SECONDS / self.step))
        return self.part(morning - round(HISTORY_SECONDS / self.step), morning, stride)

    def recent(self, morning, now):
        return self.part(min(morning, now - round(LEAST_RECENT_SECONDS / self.step)), now)


def say(text):
    print(f"  [{time.monotonic() - BEGAN:4.0f} s] {text}", flush=True)


def options():
    parser = argparse.ArgumentParser(prog="hack/bench forecasters", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=pathlib.Path, metavar="DIR", default=os.environ.get("DEEPSEEK_OPERATOR_TRACES") or None)
    parser.add_argument("--operator", type=pathlib.Path, metavar="FILE", default=report.ROOT / "build/release/deepseek-operator")
    chosen = parser.parse_args()
    if chosen.traces and not list(chosen.traces.glob("*.csv")):
        parser.error(f"{chosen.traces} holds no *.csv: name a directory of histories, timestamp,value")
    if not os.access(chosen.operator, os.X_OK):
        parser.error(f"{chosen.operator} is not there: hack/build makes it")
    return chosen


def memory_mb(pid):
    """Resident, of the process and of the programs that it runs."""
    total = 0
    for status in [pathlib.Path(f"/proc/{pid}/status"), *(pathlib.Path(f"/proc/{child}/status") for child in children(pid))]:
        try:
            total += sum(int(line.split()[1]) for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmRSS"))
        except FileNotFoundError:  # it has ended
            pass
    return total / 1024


def children(pid):
    return [child for path in pathlib.Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text(encoding="ascii").split()]


def cpu_seconds(pid):
    """Of the process and of the programs that it has run to their end."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


class Costs:
    """Of one program, over all traces. Processor time tells on a machine with other work what a quiet one would take."""

    def __init__(self):
        self.fit_seconds, self.fit_cpu_seconds, self.predict_ms = [], [], []
        self.learning_mb, self.resting_mb = [], []

    def figures(self, name):
        ordered = sorted(self.predict_ms)
        return {f"{name}_fit_seconds_median": round(statistics.median(self.fit_seconds), 1),
                f"{name}_fit_cpu_seconds_median": round(statistics.median(self.fit_cpu_seconds), 1),
                f"{name}_fit_cpu_seconds_max": round(max(self.fit_cpu_seconds), 1),
                f"{name}_fit_seconds_max": round(max(self.fit_seconds), 1),
                f"{name}_predict_ms_median": round(statistics.median(ordered), 1),
                f"{name}_predict_ms_p99": round(ordered[int(0.99 * (len(ordered) - 1))], 1),
                f"{name}_memory_mb": round(self.resting_mb[-1]),
                f"{name}_memory_mb_while_learning": round(max(self.learning_mb))}


def learn(program, history, recent, service, lead, costs):
    """Fits, and waits until the first Predict is answered."""
    began, used = time.monotonic(), cpu_seconds(program.pid)
    program.fit(history, service=service, horizon=lead, quantiles=(0.5, QUANTILE))

    def learned():
        costs.learning_mb.append(memory_mb(program.pid))
        return program.try_predict(recent, service=service, horizon=lead, step=lead, quantiles=())
    eventually(learned, LEARN_SECONDS, f"{service} is learned")
    costs.fit_seconds.append(time.monotonic() - began)
    costs.fit_cpu_seconds.append(cpu_seconds(program.pid) - used)


def ask(program, trace, costs):
    """Forecasts of the program by the slot that they are issued at."""
    expected, quantile, lead = {}, {}, round(trace.lead_seconds)
    for day, morning in enumerate(trace.mornings()):
        service = f"{trace.name}-{day}"  # a new one: of a series that is known, the old model answers until the new one is there
        learn(program, trace.history(morning), trace.recent(morning, morning), service, lead, costs)
        for now in trace.moments(morning):
            began = time.monotonic()
            point = program.predict(trace.recent(morning, now), service=service, horizon=lead, step=lead,
                                    quantiles=(0.5, QUANTILE)).path[-1]
            costs.predict_ms.append(1000 * (time.monotonic() - began))
            expected[now], quantile[now] = point.expected, point.quantiles[1]
    costs.resting_mb.append(memory_mb(program.pid))
    return forecast_measures.Forecasts(expected, quantile)


def measure(trace, forecasts, product, slots):
    actual = {i: trace.values[i + trace.lead] for i in slots}

    def error(expected):
        return sum(abs(actual[i] - expected[i]) for i in slots)

    def loss(quantile):
        return sum(pinball(actual[i], quantile[i]) for i in slots)

    return {"forecasts": len(slots), "wape": share(error(forecasts.expected), sum(actual.values())),
            "of_built_in": share(error(forecasts.expected), error(product.expected)),
            "coverage": forecast_measures.covered(actual, forecasts.quantile, slots),
            "pinball_of_built_in": share(loss(forecasts.quantile), loss(product.quantile))}


def compare(operator, trace, answers):
    """Measures of each method on the moments that all of them had a forecast for."""
    product, _ = forecast_product.forecasts(operator, trace)
    methods = {BUILT_IN: product, LAST_VALUE: forecast_measures.last_value(trace), **answers}
    slots = [i for morning in trace.mornings() for i in trace.moments(morning)
             if all(i in method.expected and i in method.quantile for method in methods.values())]
    return {name: measure(trace, method, product, slots) for name, method in methods.items()}


def table(results):
    names = [BUILT_IN, LAST_VALUE, *PROGRAMS.values()]
    print("\nWAPE 15 min ahead in %, share of demand that the 0.9 quantile covers in %, pinball loss of that quantile beside the"
          "\nbuilt-in one's\n")
    print("| history | " + " | ".join(f"{name}" for name in names) + " |")
    print("|-|" + "-|" * len(names))
    for trace, methods in results.items():
        cells = [" · ".join((number(methods[name]["wape"], 100, 1), number(methods[name]["coverage"], 100, 0),
                             number(methods[name]["pinball_of_built_in"], 1, 2))) for name in names]
        print(f"| {trace} | " + " | ".join(cells) + " |")


def number(value, factor, digits):
    return "–" if value is None else f"{value * factor:.{digits}f}"


def geometric_mean(values):
    return round(math.exp(statistics.fmean(map(math.log, values))), 3)


def figures_of(results, costs):
    figures = {}
    for name, title in PROGRAMS.items():
        ratios = [methods[title]["of_built_in"] for methods in results.values() if methods[title]["of_built_in"]]
        figures[f"{name}_wape_of_built_in"] = geometric_mean(ratios)
        figures[f"{name}_better_on"] = sum(ratio < 1 for ratio in ratios)
        figures |= costs[name].figures(name)
    return figures


def main():
    chosen = options()
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    given = forecast_traces.given(chosen.traces) if chosen.traces else forecast_traces.generated(DIRECTORY)
    traces = [Trace(**vars(trace)) for trace in given if trace.warmup_days is not None]
    if not traces:
        sys.exit("error: no history is longer than 5 d")
    costs, answers = {name: Costs() for name in PROGRAMS}, {trace.name: {} for trace in traces}
    for name, title in PROGRAMS.items():
        program = Program(name, "--max-series", "16", "--idle", "0")
        try:
            for trace in traces:
                answers[trace.name][title] = ask(program, trace, costs[name])
                say(f"{title}: {trace.name}")
        finally:
            program.close()
    results = {trace.name: compare(chosen.operator, trace, answers[trace.name]) for trace in traces}
    table(results)
    print()
    figures = figures_of(results, costs)
    report.write("forecasters", figures, {f"{name}_predict_ms_p99": LONGEST_PREDICT_MS for name in PROGRAMS}, details=results)


if __name__ == "__main__":
    try:
        main()
    except forecast_product.ProductError as error:
        sys.exit(f"error: {error}")
