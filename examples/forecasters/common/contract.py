"""The contract: its generated classes, and what a request has to be. A refusal names the field and the remedy."""

import datetime
import math
import os
import pathlib
import sys
import zoneinfo

import grpc
import numpy as np

from samples import Samples

PROTO = pathlib.Path(os.environ.get("FORECASTER_PROTO", pathlib.Path(__file__).resolve().parents[3] / "proto"))
if not (PROTO / "deepseek/forecaster/v1/forecaster.proto").exists():
    sys.exit(f"error: {PROTO} has no deepseek/forecaster/v1/forecaster.proto\n"
             "       set FORECASTER_PROTO to the directory proto/ of deepseek-operator")
sys.path.append(str(PROTO))
# grpcio-tools compiles the file in memory: there is nothing to generate beforehand.
messages, services = grpc.protos_and_services("deepseek/forecaster/v1/forecaster.proto")

MAX_VALUES = 110_000
MAX_POINTS = 1000
MAX_QUANTILES = 32
MAX_NAME = 253  # of a name in Kubernetes
MAX_STEP_SECONDS = 86_400
MAX_HORIZON_SECONDS = 86_400
LATEST_SECONDS = 253_370_764_800  # the year 9999


class Refusal(Exception):
    """A status to answer with."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


def invalid(field, text):
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, f"{field}: {text}")


def key_of(series):
    """(namespace, service); the unit is no part of it."""
    for field in ("namespace", "service"):
        if not 0 < len(getattr(series, field)) <= MAX_NAME:
            raise invalid(f"series.{field}", f"is empty or longer than {MAX_NAME} characters")
    if len(series.unit) > MAX_NAME:
        raise invalid("series.unit", f"is longer than {MAX_NAME} characters")
    return series.namespace, series.service


def seconds_of(field, message, at_most):
    seconds = message.seconds + message.nanos / 1e9
    if not 0 < seconds <= at_most:
        raise invalid(field, f"is {seconds:g} s, has to be more than 0 and at most {at_most:g} s")
    return seconds


def samples_of(field, message):
    if not 0 < len(message.values) <= MAX_VALUES:
        raise invalid(f"{field}.values", f"are {len(message.values)}, have to be from 1 to {MAX_VALUES}")
    step = seconds_of(f"{field}.step", message.step, MAX_STEP_SECONDS)
    start = message.start.seconds + message.start.nanos / 1e9
    values = np.fromiter(message.values, dtype=float, count=len(message.values))
    if not 0 <= start <= LATEST_SECONDS - step * len(values):
        raise invalid(f"{field}.start", "is before 1970 or after the year 9999")
    bad = np.flatnonzero((values < 0) | np.isinf(values))
    if len(bad):
        raise invalid(f"{field}.values[{bad[0]}]", f"is {values[bad[0]]:g}; a demand is at least 0 and finite, NaN if unknown")
    return Samples(start, step, values)


def quantiles_of(levels):
    levels = tuple(levels)
    if len(levels) > MAX_QUANTILES:
        raise invalid("quantiles", f"are {len(levels)}, at most {MAX_QUANTILES}")
    if not all(0 < level < 1 for level in levels) or any(a >= b for a, b in zip(levels, levels[1:])):
        raise invalid("quantiles", "have to be in (0, 1) and ascending")
    return levels


def time_zone_of(name):
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise invalid("time_zone", f"{name[:64]!r} is no name of the IANA database") from error


def path_times(now, horizon, step):
    """One for each step in (now, now + horizon], the last one at its end."""
    count = math.ceil(horizon / step - 1e-9)
    if count > MAX_POINTS:
        raise invalid("step", f"a path of {count} points; at most {MAX_POINTS}")
    return now + np.minimum(step * np.arange(1, count + 1), horizon)


def timestamp(message, seconds):
    # Whole nanoseconds apart from whole seconds: a double has no room for both.
    nanoseconds = round(seconds * 1e6) * 1000
    message.seconds, message.nanos = divmod(nanoseconds, 10**9)
    return message


def text_of(seconds):
    return str(datetime.timedelta(seconds=round(seconds)))
