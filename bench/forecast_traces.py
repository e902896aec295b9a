"""The histories that forecasts are judged on: given ones, or made-up ones of several characters, on a grid of slots."""

import dataclasses
import hashlib
import math
import pathlib
import random
import sys

import report

sys.path.insert(0, str(report.ROOT / "hack/traffic"))
from demand_shape import DemandShape, generate_demand  # noqa: E402
from trace_csv import read_trace, write_trace  # noqa: E402

MINUTE = 60
DAY = 86400
FIVE_MINUTES = 300
LEAD_SECONDS = 20 * MINUTE
LONG_DAYS = 87
START = 1767571200  # 2026-01-05T00:00:00Z, a Monday


@dataclasses.dataclass(frozen=True)
class Trace:
    """Demand in slots of `step` seconds from `start` on; None where a sample is missing."""

    name: str
    path: pathlib.Path
    start: float
    step: float
    values: list
    digest: str  # of the file

    @property
    def days(self):
        return len(self.values) * self.step / DAY

    @property
    def slots_in_day(self):
        return round(DAY / self.step)

    @property
    def lead_seconds(self):
        """20 min, or the step where that is longer: forecasts are judged at samples."""
        return math.ceil(LEAD_SECONDS / self.step) * self.step

    @property
    def lead(self):
        return round(self.lead_seconds / self.step)

    @property
    def warmup_days(self):
        """A week; 4 days of what is about a week long; None for what is too short to judge."""
        return 7 if self.days >= 10 else 4 if self.days >= 5 else None

    @property
    def warmup(self):
        return self.warmup_days * self.slots_in_day

    @property
    def peak(self):
        return max(value for value in self.values if value is not None)

    def slot(self, time):
        return round((time - self.start) / self.step)

    def judged(self):
        """The slots that a forecast is issued at: after the warm-up, with a sample then and a lead later."""
        return [i for i in range(self.warmup, len(self.values) - self.lead)
                if self.values[i] is not None and self.values[i + self.lead] is not None]


def load(path):
    content = path.read_bytes()
    with open(path, "rb") as file:
        rows = read_trace(file, path.name)
    start, step = rows.times[0], rows.step()
    values = [None] * (round((rows.times[-1] - start) / step) + 1)
    for time, value in zip(rows.times, rows.values):
        values[round((time - start) / step)] = value
    return Trace(path.stem, path, start, step, values, hashlib.sha256(content).hexdigest())


def make(directory, name, days, step, demand_at):
    """`demand_at(seconds)` is called once for each step, in order."""
    path = directory / f"{name}.csv"
    with open(path, "w", encoding="ascii", newline="\n") as file:
        write_trace(file, ((START + at, max(0.0, demand_at(at))) for at in range(0, days * DAY, step)))
    return path


def shaped(days, step, weekly, noise, seed):
    shape = DemandShape(day_seconds=DAY, base=30, peak=120, weekly=weekly)
    return dict(generate_demand(shape, days=days, step_seconds=step, noise=noise, seed=seed)).__getitem__


def level_shift():
    demand = shaped(21, FIVE_MINUTES, False, 0.05, 3)
    return lambda at: demand(at) * (1 if at < 13.4 * DAY else 1.7)


def bursts():
    """On for about 40 minutes, off for about two hours, whenever."""
    generator, state = random.Random(4), {"on": False, "until": 0.0}

    def demand_at(at):
        if at >= state["until"]:
            state["on"] = not state["on"]
            state["until"] = at + generator.expovariate(1 / (2400 if state["on"] else 7200))
        return (100 if state["on"] else 5) * math.exp(generator.gauss(0, 0.1))

    return demand_at


def random_walk():
    generator, state = random.Random(5), {"log": 0.0}

    def demand_at(_):
        state["log"] = 0.9995 * state["log"] + generator.gauss(0, 0.03)
        return 80 * math.exp(state["log"])

    return demand_at


def flash_crowds():
    """Days with a crowd every third day or so: there within 10 minutes, gone after an hour or two."""
    generator, demand = random.Random(6), shaped(28, FIVE_MINUTES, True, 0.05, 6)
    crowds = [(generator.uniform(0, 28) * DAY, generator.uniform(3, 6), generator.uniform(1800, 5400)) for _ in range(9)]

    def lift(at):
        past = [(at - began, height, lasts) for began, height, lasts in crowds if at >= began]
        return sum(height * (1 - math.exp(-ago / 300)) * math.exp(-ago / lasts) for ago, height, lasts in past)

    return lambda at: demand(at) * (1 + lift(at))


def sparse():
    """A few requests in each step by day, mostly none by night."""
    generator, demand = random.Random(8), shaped(21, FIVE_MINUTES, False, 0.0, 8)

    def demand_at(at):
        limit, count, product = math.exp(-(demand(at) - 25) / 25), 0, generator.random()
        while product > limit:
            count, product = count + 1, product * generator.random()
        return count

    return demand_at


def generated(directory):
    return [load(path) for path in (
        make(directory, "daily", 16, MINUTE, shaped(16, MINUTE, False, 0.05, 1)),
        make(directory, "daily_weekly", 28, FIVE_MINUTES, shaped(28, FIVE_MINUTES, True, 0.05, 2)),
        make(directory, "level_shift", 21, FIVE_MINUTES, level_shift()),
        make(directory, "bursts", 16, FIVE_MINUTES, bursts()),
        make(directory, "random_walk", 21, FIVE_MINUTES, random_walk()),
        make(directory, "flash_crowds", 28, FIVE_MINUTES, flash_crowds()),
        make(directory, "sparse", 21, FIVE_MINUTES, sparse()))]


def two_weeks_of_minutes(directory):
    return load(make(directory, "two_weeks_of_minutes", 14, MINUTE, shaped(14, MINUTE, True, 0.05, 9)))


def long_history(directory):
    return load(make(directory, "long", LONG_DAYS, FIVE_MINUTES, shaped(LONG_DAYS, FIVE_MINUTES, True, 0.05, 10)))


def given(directory):
    return [load(path) for path in sorted(directory.glob("*.csv"))]
