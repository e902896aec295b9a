"""How good and how fast the forecaster is, beside last value, seasonal naive, statsmodels' Holt-Winters and Prophet.

  hack/bench forecast                  on made-up histories of several characters
  hack/bench forecast --traces DIR     on every *.csv of DIR (timestamp,value); or DEEPSEEK_OPERATOR_TRACES=DIR

The peers live in build/bench/venv, which the first run fills with pip (bench/forecast-requirements.txt); their answers are
kept in build/bench/cache by content, so that only the first run waits for them. --no-peers leaves them out.
"""

import argparse
import concurrent.futures
import os
import pathlib
import sys
import time

import report
import forecast_frontier
import forecast_measures
import forecast_peers
import forecast_product
import forecast_table
import forecast_traces

OPERATOR = report.ROOT / "build/release/deepseek-operator"
DIRECTORY = report.ROOT / "build/bench/traces"
ENVIRONMENT = "DEEPSEEK_OPERATOR_TRACES"
PRODUCT = "deepseek-operator"
LARGEST_RATIO = 1.03
GOALS = {"traces_without_forecast": 0, "fit_ms": 50, "update_us": 20, "memory_kb": 64, "backtest_87d_seconds": 2}
AT_LEAST = {"times_faster_than_statsmodels": 1000}
BEGAN = time.monotonic()


def say(text):
    print(f"  [{time.monotonic() - BEGAN:4.0f} s] {text}", flush=True)


def options():
    parser = argparse.ArgumentParser(prog="hack/bench forecast", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=pathlib.Path, metavar="DIR", default=os.environ.get(ENVIRONMENT) or None,
                        help=f"histories to judge on (environment: {ENVIRONMENT}; made-up ones)")
    parser.add_argument("--no-peers", action="store_true", help="without statsmodels and Prophet")
    parser.add_argument("--operator", type=pathlib.Path, metavar="FILE", default=OPERATOR, help="the binary to measure")
    chosen = parser.parse_args()
    if chosen.traces and not list(pathlib.Path(chosen.traces).glob("*.csv")):
        parser.error(f"{chosen.traces} holds no *.csv: name a directory of histories, timestamp,value")
    if not os.access(chosen.operator, os.X_OK):
        parser.error(f"{chosen.operator} is not there: hack/build makes it")
    return chosen


def usable(traces):
    for trace in traces:
        if trace.warmup_days is None:
            say(f"{trace.name}: {trace.days:.1f} d is too short to learn from and to judge: left out")
    return [trace for trace in traces if trace.warmup_days is not None]


def peers_ready(wanted):
    if not wanted:
        return False
    try:
        forecast_peers.prepare()
    except forecast_peers.PeersUnavailable as error:
        say(f"WITHOUT PEERS: {error}")
        return False
    return True


def measure_speed(operator, traces, with_peers):
    """First and alone, so that nothing competes with what is timed."""
    minutes = forecast_traces.two_weeks_of_minutes(DIRECTORY)
    long, seconds = forecast_product.seconds_of_long_backtest(operator, traces, DIRECTORY)
    say(f"{long.name}: {len(long.values)} samples replayed in {seconds} s")
    figures = {"backtest_87d_seconds": seconds}
    product = forecast_product.speed(minutes)
    if product is None:
        say(f"{forecast_product.SPEED.relative_to(report.ROOT)} was not built: no figures of fit, update and memory; "
            "hack/build makes it")
    else:
        figures |= {"fit_ms": round(product["fit_ms"], 2), "update_us": round(product["update_us"], 2),
                    "memory_kb": round(product["memory_bytes"] / 1024, 1)}
    return figures | (speed_of_statsmodels(minutes, product) if with_peers else {})


def speed_of_statsmodels(minutes, product):
    try:
        answer = forecast_peers.run("fit_time", minutes)
    except forecast_peers.PeersUnavailable as error:
        say(f"WITHOUT THE TIME OF STATSMODELS: {error}")
        return {}
    by_default, heuristic, converged = answer.fit_seconds
    say(f"statsmodels fits the same two weeks of minutes in {converged:.1f} s; in {by_default:.1f} s with its default "
        f"options{answer.about}; in {heuristic:.1f} s with heuristic initial states")
    kinds = {"": converged, "_by_default": by_default, "_heuristic": heuristic}
    figures = {f"statsmodels_fit_seconds{kind}": round(seconds, 2) for kind, seconds in kinds.items()}
    if product is not None:
        figures |= {f"times_faster_than_statsmodels{kind}": round(seconds * 1000 / product["fit_ms"])
                    for kind, seconds in kinds.items()}
    return figures


def naive_methods(trace):
    methods = {"last value": forecast_measures.last_value(trace),
               "same time yesterday": forecast_measures.seasonal_naive(trace, 1)}
    if trace.days >= 14:
        methods["same time last week"] = forecast_measures.seasonal_naive(trace, 7)
    return methods


def peer_answers(trace):
    answers = {}
    for peer, name in forecast_peers.NAMES.items():
        try:
            answers[name] = forecast_peers.run(peer, trace)
        except forecast_peers.PeersUnavailable as error:
            say(f"WITHOUT THIS PEER: {error}")
    return answers


def compare(operator, trace, with_peers):
    """Measures of each method, by its name."""
    began = time.monotonic()
    product, document = forecast_product.forecasts(operator, trace)
    methods, answers = naive_methods(trace), peer_answers(trace) if with_peers else {}
    reference, rising = methods["last value"], forecast_measures.rises(trace)

    def measure(forecasts, only=None):
        return forecast_measures.measure(trace, forecasts, reference, rising, only)

    measures = {PRODUCT: measure(product) | {"coverage_of_peak": document["accuracy"]["coverageOfPeak"],
                                             "about": document["model"]}}
    measures |= {name: measure(forecasts) for name, forecasts in methods.items()}
    measures |= {name: measure(answer.forecasts) | {"about": answer.about} for name, answer in answers.items()}
    if prophet := answers.get(forecast_peers.NAMES["prophet"]):
        measures[f"{PRODUCT} on Prophet's days"] = measure(product, prophet.forecasts.expected)
    if not product.expected:
        say(f"{trace.name}: THE OPERATOR ISSUED NO FORECAST for {trace.lead_seconds / 60:g} min ahead")
    say(f"{trace.name}: compared in {time.monotonic() - began:.1f} s")
    return measures


def scaling(operator, trace):
    """Cost and loss, by the time that a pod takes to start."""
    began = time.monotonic()
    outcomes = {startup: forecast_frontier.evaluate(operator, trace, startup) for startup in forecast_frontier.STARTUPS_SECONDS}
    say(f"{trace.name}: policies compared in {time.monotonic() - began:.1f} s")
    return outcomes


def in_parallel(function, traces):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip([trace.name for trace in traces], pool.map(function, traces)))


def figures_of(results, outcomes):
    ratios = {name: measures[PRODUCT]["ratio"] for name, measures in results.items()}
    figures = {f"wape_ratio_{name}": round(ratio, 3) for name, ratio in ratios.items() if ratio is not None}
    figures["traces_without_forecast"] = sum(ratio is None for ratio in ratios.values())
    for startup in forecast_frontier.STARTUPS_SECONDS:
        means = forecast_frontier.means([outcome[startup] for outcome in outcomes.values()])
        figures |= {f"startup_{startup}s_{name}": value for name, value in means.items() if value is not None}
    return figures


def measured(goals, figures):
    return {figure: goal for figure, goal in goals.items() if figure in figures}


def main():
    chosen = options()
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    traces = usable(forecast_traces.given(chosen.traces) if chosen.traces else forecast_traces.generated(DIRECTORY))
    if not traces:
        sys.exit("error: no history is longer than 5 d")
    with_peers = peers_ready(not chosen.no_peers)
    speed = measure_speed(chosen.operator, traces, with_peers)
    results = in_parallel(lambda trace: compare(chosen.operator, trace, with_peers), traces)
    outcomes = in_parallel(lambda trace: scaling(chosen.operator, trace), traces)

    print("\n" + forecast_table.LEGEND)
    for trace in traces:
        forecast_table.trace_table(trace, results[trace.name])
    forecast_table.summary(results)
    forecast_table.scaling(outcomes, forecast_frontier.means)
    print()
    figures = figures_of(results, outcomes)
    goals = {figure: LARGEST_RATIO for figure in figures if figure.startswith("wape_ratio_")}
    figures |= speed
    report.write("forecast", figures, goals | measured(GOALS, figures), measured(AT_LEAST, figures),
                 {"accuracy": results, "scaling": outcomes})


if __name__ == "__main__":
    try:
        main()
    except forecast_product.ProductError as error:
        sys.exit(f"error: {error}")
