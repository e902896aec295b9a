#!/usr/bin/env python3
"""Demand histories for demos, benchmarks and backtests: make one, load one into Prometheus, split one.

A history is a CSV file of `timestamp,value` rows, the value in requests/s. Needs nothing but Python 3.11.

  history.py generate --days 14 > history.csv
  history.py openmetrics --labels namespace=demo,service=chat --end now < history.csv > history.om
  history.py split --steepest-rise --before past.csv --after live.csv < history.csv
"""

import argparse
import os
import sys
import time

from demand_shape import DemandShape, generate_demand
from openmetrics import write_counter
from split import Split, split_at, split_before_steepest_rise
from trace_csv import Trace, UserError, read_trace, write_trace
from units import format_time, parse_duration, parse_time

VERSION = "0.1.0"
EXIT_USAGE = 2

MINUTE = 60.0
# Shorter days keep the number of points that a day of 2 h has at a minute.
POINTS_IN_SHORT_DAY = 120
# A Monday, so that days 5 and 6 are a weekend on the calendar too.
DEFAULT_START = "2026-01-05T00:00:00Z"
# Prometheus refuses live samples that are older than the newest block.
LATEST_END_AHEAD_SECONDS = 60.0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="history.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("--version", action="version", version=f"history.py {VERSION}")
    commands = top.add_subparsers(dest="command", required=True)
    add_generate(commands)
    add_openmetrics(commands)
    add_split(commands)
    return top


def add_generate(commands) -> None:
    command = commands.add_parser(
        "generate",
        help="write a made-up history to standard output",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    command.add_argument("--days", type=positive, default=14, help="length in days of --day-length")
    command.add_argument(
        "--day-length",
        type=duration,
        default="24h",
        metavar="DURATION",
        help="length of a day; 10m gives accelerated days",
    )
    command.add_argument(
        "--step",
        type=duration,
        metavar="DURATION",
        help="time between rows (default: 1m, or 1/120 of a day shorter than 2h)",
    )
    command.add_argument("--base", type=not_negative, default=30, metavar="RATE", help="requests/s at night")
    command.add_argument(
        "--peak", type=not_negative, default=120, metavar="RATE", help="requests/s at the morning's peak"
    )
    command.add_argument(
        "--noise", type=not_negative, default=0.05, help="standard deviation of the multiplicative noise on each row"
    )
    command.add_argument("--seed", type=int, default=7, help="of the noise; the same seed gives the same history")
    command.add_argument("--weekly", action="store_true", help="make days 6 and 7 of each week a quieter weekend")
    command.add_argument("--start", type=point_in_time, default=DEFAULT_START, metavar="TIME", help="of the first row")
    command.set_defaults(run=run_generate)


def add_openmetrics(commands) -> None:
    command = commands.add_parser(
        "openmetrics",
        help="turn a history on standard input into a counter for promtool tsdb create-blocks-from openmetrics",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    command.add_argument("--metric", default="deepseek_api_requests", help="name of the counter without _total")
    command.add_argument(
        "--labels", type=labels, default={}, metavar="NAME=VALUE,...", help='labels of the series beside code="200"'
    )
    command.add_argument(
        "--end",
        type=point_in_time,
        default="now",
        metavar="TIME",
        help="shift the history in time so that its last row is then",
    )
    command.add_argument(
        "--sample-step",
        type=duration,
        default="15s",
        metavar="DURATION",
        help="time between samples: the scrape interval that goes on from there",
    )
    command.set_defaults(run=run_openmetrics)


def add_split(commands) -> None:
    command = commands.add_parser(
        "split",
        help="split a history on standard input into a past and what is to be played live",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    where = command.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--steepest-rise",
        action="store_true",
        help="just before the steepest sustained rise within the last quarter: where the median over "
        "[t+W, t+2W) exceeds the median over [t-W, t) by most, W being --window",
    )
    where.add_argument("--at", type=point_in_time, metavar="TIME", help="before the first row from this time on")
    command.add_argument(
        "--window",
        type=duration,
        default="1h",
        metavar="DURATION",
        help="W of --steepest-rise: how long demand must take to rise, and stay up, to count",
    )
    command.add_argument(
        "--margin",
        type=duration,
        default="0s",
        metavar="DURATION",
        help="split this much earlier than --steepest-rise says",
    )
    command.add_argument("--before", required=True, metavar="FILE", help="where the rows before the split go")
    command.add_argument("--after", required=True, metavar="FILE", help="where the rows from the split on go")
    command.set_defaults(run=run_split)


def run_generate(options: argparse.Namespace) -> None:
    if options.peak < options.base:
        raise UserError(f"--peak {options.peak:g} is below --base {options.base:g}: make it at least as much")
    if options.day_length <= 0:
        raise UserError("--day-length 0s: use at least 1m")
    step = options.step if options.step is not None else min(MINUTE, options.day_length / POINTS_IN_SHORT_DAY)
    if not 0 < step <= options.day_length / 4:
        raise UserError(
            f"--step {step:g}s: use more than 0s and at most a quarter of --day-length {options.day_length:g}s"
        )
    shape = DemandShape(day_seconds=options.day_length, base=options.base, peak=options.peak, weekly=options.weekly)
    rows = generate_demand(shape, days=options.days, step_seconds=step, noise=options.noise, seed=options.seed)
    write_trace(sys.stdout, ((options.start + at, value) for at, value in rows))


def run_openmetrics(options: argparse.Namespace) -> None:
    if options.sample_step <= 0:
        raise UserError("--sample-step 0s: use the scrape interval, such as 15s")
    if options.end > time.time() + LATEST_END_AHEAD_SECONDS:
        raise UserError(
            f"--end {format_time(options.end)} is in the future: Prometheus would refuse live samples until then; "
            "use now"
        )
    write_counter(
        sys.stdout,
        read_standard_input(),
        metric=options.metric,
        labels=options.labels,
        end=options.end,
        sample_step=options.sample_step,
    )


def run_split(options: argparse.Namespace) -> None:
    trace = read_standard_input()
    if options.steepest_rise:
        result = split_before_steepest_rise(trace, window=options.window, margin=options.margin)
    else:
        result = split_at(trace, options.at)
    write_file("--before", options.before, result.before)
    write_file("--after", options.after, result.after)
    print(describe(result))


def describe(result: Split) -> str:
    text = (
        f"split at {format_time(result.after.times[0])}: {len(result.before.times)} rows before, "
        f"{len(result.after.times)} from there on"
    )
    if result.rise:
        text += f"; demand rises from {result.rise.low:.1f} to {result.rise.high:.1f}"
    return text


def read_standard_input() -> Trace:
    name = "standard input" if sys.stdin.name == "<stdin>" else sys.stdin.name
    return read_trace(sys.stdin.buffer, name)


def write_file(flag: str, path: str, trace: Trace) -> None:
    try:
        with open(path, "w", encoding="ascii", newline="\n") as file:
            write_trace(file, zip(trace.times, trace.values))
    except OSError as error:
        raise UserError(f'{flag}: cannot write "{path}": {error.strerror}') from error


# Types of argparse. It shows an ArgumentTypeError behind the flag's name.


def argument(parse, text: str):
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def duration(text: str) -> float:
    return argument(parse_duration, text)


def point_in_time(text: str) -> float:
    return time.time() if text == "now" else argument(parse_time, text)


def not_negative(text: str) -> float:
    number = argument(float, text)
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f'"{text}": use a number of at least 0')
    return number


def positive(text: str) -> float:
    number = not_negative(text)
    if number == 0:
        raise argparse.ArgumentTypeError(f'"{text}": use a number above 0')
    return number


def labels(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",")]
    for name, equals, _ in pairs:
        if not equals or not name.isidentifier() or not name.isascii():
            raise argparse.ArgumentTypeError(f'"{text}": write labels as namespace=demo,service=chat')
        if name == "code":
            raise argparse.ArgumentTypeError('code="200" is added by itself: leave it out')
    return {name: value for name, _, value in pairs}


def main() -> int:
    options = parser().parse_args()
    try:
        options.run(options)
        sys.stdout.flush()
    except UserError as error:
        print(f"history.py {options.command}: {error}", file=sys.stderr)
        return EXIT_USAGE
    except BrokenPipeError:
        # The reader (head) has seen enough. Python would complain once more when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
