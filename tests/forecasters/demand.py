"""Made-up demand: a season of the day and of the week, and noise. Minutes, and the steps that an operator sends."""

import dataclasses
import sys

import numpy as np

from harness.environment import ROOT

sys.path.insert(0, str(ROOT / "hack/traffic"))
from demand_shape import DemandShape, generate_demand  # noqa: E402

MINUTE = 60
DAY = 86_400
START = 1_767_571_200  # 2026-01-05T00:00:00Z, a Monday


@dataclasses.dataclass(frozen=True)
class Part:
    """values[i] at start + i * step, NaN where nothing is known."""

    start: float
    step: int
    values: np.ndarray

    def tail(self, seconds):
        count = int(seconds // self.step) + 1
        values = self.values[-count:]
        return Part(self.start + self.step * (len(self.values) - len(values)), self.step, values)

    def every(self, step):
        """Each so many seconds a value, the last one included."""
        stride = step // self.step
        values = self.values[::-1][::stride][::-1]
        return Part(self.start + self.step * (len(self.values) - 1) - step * (len(values) - 1), step, values)

    def until(self, seconds):
        return Part(self.start, self.step, self.values[:int(seconds // self.step) + 1])

    def at(self, seconds):
        return self.values[int(seconds // self.step)]

    def into(self, message):
        message.start.seconds, message.step.seconds = int(self.start), self.step
        message.values.extend(self.values)


def of_minutes(values):
    return Part(START, MINUTE, np.asarray(values, dtype=float))


def seasonal(days, seed=1, noise=0.05, weekly=True, factor=1.0):
    shape = DemandShape(day_seconds=DAY, base=30 * factor, peak=120 * factor, weekly=weekly)
    return of_minutes([max(0.0, value) for _, value in generate_demand(shape, days, MINUTE, noise, seed)])


def with_gaps(part, seed=7):
    """A tenth of the values is missing, and all of a day in the middle."""
    values = part.values.copy()
    values[np.random.default_rng(seed).random(len(values)) < 0.1] = np.nan
    middle = len(values) // 2
    values[middle:middle + DAY // part.step] = np.nan
    return dataclasses.replace(part, values=values)
