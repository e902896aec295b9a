"""A made-up demand with the features that a forecast has to cope with."""

import math
import random
from dataclasses import dataclass
from typing import Iterator

# (hour of a day of 24, level from 0 at --base to 1 at --peak): a quiet night, a steep rise in the morning, a dip at lunch,
# a second peak in the evening. Between them the level follows half a cosine, so that it has no corners.
_DAY = (
    (0.0, 0.12),
    (4.0, 0.00),
    (7.0, 0.06),
    (9.5, 1.00),
    (12.5, 0.72),
    (15.0, 0.94),
    (18.0, 0.60),
    (20.5, 0.86),
    (24.0, 0.12),
)
_HOURS = 24.0
_DAYS_IN_WEEK = 7
_WEEKEND = (5, 6)
_WEEKEND_LEVEL = 0.55


@dataclass(frozen=True)
class DemandShape:
    """Demand without noise. Times in seconds since the start of a week; demand in requests/s."""

    day_seconds: float
    base: float
    peak: float
    weekly: bool

    def at(self, seconds: float) -> float:
        day, in_day = divmod(seconds, self.day_seconds)
        level = _level(in_day / self.day_seconds * _HOURS)
        if self.weekly and day % _DAYS_IN_WEEK in _WEEKEND:
            level *= _WEEKEND_LEVEL
        return self.base + (self.peak - self.base) * level


def _level(hour: float) -> float:
    for (from_hour, from_level), (to_hour, to_level) in zip(_DAY, _DAY[1:]):
        if hour < to_hour:
            progress = (1 - math.cos(math.pi * (hour - from_hour) / (to_hour - from_hour))) / 2
            return from_level + (to_level - from_level) * progress
    return _DAY[-1][1]


def generate_demand(
    shape: DemandShape, days: float, step_seconds: float, noise: float, seed: int
) -> Iterator[tuple[float, float]]:
    """(seconds, requests/s) at each step, times lognormal noise of mean 1. The same seed gives the same rows."""
    generator = random.Random(seed)
    for row in range(round(days * shape.day_seconds / step_seconds)):
        seconds = row * step_seconds
        yield seconds, shape.at(seconds) * math.exp(generator.gauss(-noise * noise / 2, noise))
