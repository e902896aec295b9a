"""Samples on a regular grid, and what models want of them. Times in seconds since 1970, NaN where nothing is known."""

import dataclasses
import datetime
import math

import numpy as np

FINEST_GRID_SECONDS = 300.0


@dataclasses.dataclass(frozen=True)
class Samples:
    """values[i] is the demand at start + i * step."""

    start: float
    step: float
    values: np.ndarray

    @property
    def times(self):
        return self.start + self.step * np.arange(len(self.values))

    @property
    def end(self):
        """The time of the last value."""
        return self.start + self.step * (len(self.values) - 1)

    @property
    def known_seconds(self):
        return float(np.count_nonzero(~np.isnan(self.values)) * self.step)


def grid_step(history):
    """The step that a model works in: that of the history, or so many of its steps that it is 5 min."""
    return history.step * max(1, math.ceil(FINEST_GRID_SECONDS / history.step - 1e-9))


def on_grid(end, step, count, *parts):
    """`count` values, the last one at `end`: of each interval (t - step, t] the last known value, as the history has it.
    What a later part knows replaces what an earlier one knows of the same interval."""
    values = np.full(count, np.nan)
    for part in parts:
        known = ~np.isnan(part.values)
        slots = count - 1 - np.floor((end - part.times[known]) / step + 1e-6).astype(int)
        inside = (slots >= 0) & (slots < count)
        values[slots[inside]] = part.values[known][inside]  # ascending in time: the last one stays
    return values


@dataclasses.dataclass(frozen=True)
class Scale:
    """Demand to log(1 + demand / usual) and back: seasons and noise that grow with the level become sums. It is monotone,
    so the quantiles of the one are those of the other."""

    usual: float

    @staticmethod
    def of(values):
        positive = values[values > 0]  # neither NaN nor zero
        return Scale(float(np.median(positive)) if len(positive) else 1.0)

    def forward(self, values):
        return np.log1p(values / self.usual)

    def back(self, scaled):
        return np.maximum(0.0, self.usual * np.expm1(np.minimum(scaled, 50.0)))


def local_seconds(times, time_zone):
    """Times as the clocks in the zone show them, in seconds: days begin at multiples of 86,400."""
    # An offset holds for an hour at least: looked up once for each quarter of an hour, not once for each sample.
    quarters, at = np.unique(np.floor(np.asarray(times) / 900), return_inverse=True)
    offsets = [datetime.datetime.fromtimestamp(q * 900, time_zone).utcoffset().total_seconds() for q in quarters]
    return np.asarray(times) + np.asarray(offsets)[at]
