"""Forecasts of other people's libraries: a job as JSON on standard input, the answer as JSON on standard output.

Run by forecast_peers.py with the Python of build/bench/venv; progress goes to standard error.

job:    {"peer", "name", "start", "step", "values", "lead", "warmup", "slots_in_day"}, of forecast_traces.Trace
answer: {"expected": {slot: value}, "quantile": {slot: value} or null, "fit_seconds": [...], "about": text}
"""

import json
import logging
import sys
import time
import warnings

HISTORY_DAYS = 28
PROPHET_DAYS = 4


def say(job, text):
    print(f"    {job['name']}: {text}", file=sys.stderr, flush=True)


def interpolated(values):
    import numpy
    array = numpy.array([numpy.nan if value is None else value for value in values], dtype=float)
    known = numpy.flatnonzero(~numpy.isnan(array))
    return numpy.interp(numpy.arange(len(array)), known, array[known])


def fit_holt_winters(values, period, fitting=None, **options):
    """As a user would: additive damped trend, additive season, everything else as the library has it."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing
    began = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it did not converge is part of the answer
        fit = ExponentialSmoothing(interpolated(values), trend="add", damped_trend=True, seasonal="add",
                                   seasonal_periods=period, **options).fit(**(fitting or {}))
    return fit, time.monotonic() - began


def convergence(fit):
    return "" if fit.mle_retvals.success else ", ended by its limit of evaluations"


class HoltWinters:
    """The library's recursion with the parameters of its fit, sample by sample: it has no call for this."""

    def __init__(self, params):
        self.alpha, self.beta = params["smoothing_level"], params["smoothing_trend"]
        self.gamma, self.phi = params["smoothing_seasonal"], params["damping_trend"]
        self.level, self.trend = params["initial_level"], params["initial_trend"]
        self.season, self.at = [float(value) for value in params["initial_seasons"]], 0

    def expected(self, ahead):
        damping = sum(self.phi ** i for i in range(1, ahead + 1))
        return self.level + damping * self.trend + self.season[(self.at + ahead - 1) % len(self.season)]

    def observe(self, value):
        """None, a missing sample, moves the clock only."""
        phase, level = self.at % len(self.season), self.level
        drift = self.phi * self.trend
        self.at += 1
        if value is None:
            self.level, self.trend = level + drift, drift
            return
        self.level = self.alpha * (value - self.season[phase]) + (1 - self.alpha) * (level + drift)
        self.trend = self.beta * (self.level - level) + (1 - self.beta) * drift
        self.season[phase] = self.gamma * (value - level - drift) + (1 - self.gamma) * self.season[phase]


def check_recursion(filled, fit):
    """The rolled filter has to say what the library says, or the comparison is worth nothing."""
    filter_, worst = HoltWinters(fit.params), 0.0
    for value, fitted in zip(filled, fit.fittedvalues):
        worst = max(worst, abs(filter_.expected(1) - fitted))
        filter_.observe(value)
    if worst > 1e-6 * (1 + max(abs(value) for value in filled)):
        raise SystemExit(f"the recursion is not the library's: fitted values differ by up to {worst:g}")


def holt_winters(job):
    """Fitted once, on the warm-up, and rolled from there with fixed parameters."""
    known = job["values"][:job["warmup"]]
    say(job, f"Holt-Winters: one fit of {len(known)} samples with a season of {job['slots_in_day']}")
    fit, seconds = fit_holt_winters(known, job["slots_in_day"])
    filled = interpolated(known).tolist()
    check_recursion(filled, fit)
    filter_, expected = HoltWinters(fit.params), {}
    for slot, value in enumerate(filled + job["values"][job["warmup"]:]):
        filter_.observe(value)
        if slot >= job["warmup"] - 1:
            expected[slot] = max(0.0, float(filter_.expected(job["lead"])))
    return {"expected": expected, "quantile": None, "fit_seconds": [seconds],
            "about": f"m={job['slots_in_day']}, fitted once in {seconds:.1f} s{convergence(fit)}"}


def spread_days(job):
    first, last = job["warmup"], len(job["values"]) - job["lead"]
    days = list(range(first, last - job["slots_in_day"] + 1, job["slots_in_day"])) or [first]
    chosen = min(PROPHET_DAYS, len(days))
    return [days[(2 * i + 1) * len(days) // (2 * chosen)] for i in range(chosen)]


def prophet(job):
    """Fitted before each of a few days, spread over what is judged, on at most 28 d; defaults, its own interval."""
    import pandas
    from prophet import Prophet

    def moments(slots):
        return pandas.to_datetime([job["start"] + slot * job["step"] for slot in slots], unit="s")

    expected, quantile, fits, days = {}, {}, [], spread_days(job)
    for number, day in enumerate(days, start=1):
        known = [i for i in range(max(0, day - HISTORY_DAYS * job["slots_in_day"]), day) if job["values"][i] is not None]
        say(job, f"Prophet: day {number} of {len(days)}, fit of {len(known)} samples")
        began = time.monotonic()
        # The middle 80 % end at the 0.9 quantile. Its simulated intervals draw from numpy's generator: seeded.
        model = Prophet(interval_width=0.8)
        model.fit(pandas.DataFrame({"ds": moments(known), "y": [job["values"][i] for i in known]}), seed=1)
        fits.append(time.monotonic() - began)
        issued = [i for i in range(day, day + job["slots_in_day"]) if i + job["lead"] < len(job["values"])]
        seed_numpy()
        answer = model.predict(pandas.DataFrame({"ds": moments(i + job["lead"] for i in issued)}))
        expected.update((i, max(0.0, float(value))) for i, value in zip(issued, answer["yhat"]))
        quantile.update((i, max(0.0, float(value))) for i, value in zip(issued, answer["yhat_upper"]))
    return {"expected": expected, "quantile": quantile, "fit_seconds": fits,
            "about": f"{len(days)} days, a fit of {sum(fits) / len(fits):.1f} s for each"}


def seed_numpy():
    import numpy
    numpy.random.seed(1)


def fit_time(job):
    """Fits of everything, timed: as the library does it by default, where the initial states are parameters too and the
    optimiser gives up early; the same until it has converged; and with heuristic initial states, where the four constants
    are all there is to find."""
    say(job, f"Holt-Winters: timing fits of {len(job['values'])} samples with a season of {job['slots_in_day']}")
    fit, seconds = fit_holt_winters(job["values"], job["slots_in_day"])
    _, heuristic_seconds = fit_holt_winters(job["values"], job["slots_in_day"], initialization_method="heuristic")
    unlimited = {"minimize_kwargs": {"options": {"maxfun": 10**9, "maxiter": 10**9}}}
    _, converged_seconds = fit_holt_winters(job["values"], job["slots_in_day"], fitting=unlimited)
    return {"expected": {}, "quantile": None, "fit_seconds": [seconds, heuristic_seconds, converged_seconds],
            "about": convergence(fit)}


def main():
    logging.disable(logging.CRITICAL)
    job = json.load(sys.stdin)
    json.dump({"holt_winters": holt_winters, "prophet": prophet, "fit_time": fit_time}[job["peer"]](job), sys.stdout)


if __name__ == "__main__":
    main()
