#!/usr/bin/env python3
"""A small LSTM as an external forecaster of deepseek-operator: it reads the last steps and says quantiles of the next ones."""

import os
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "common"))

import numpy as np  # noqa: E402

from forecaster_server import serve  # noqa: E402
from model import Learned, Model, Stopped, TooShort  # noqa: E402
from samples import Samples, Scale, grid_step, local_seconds, on_grid  # noqa: E402

DAY = 86_400
WEEK = 7 * DAY
MIN_DAYS = 3
MAX_DAYS = 56
WINDOW = 24  # steps that it reads: two hours of 5 min
UNITS = 32
KNOTS = 6  # leads that it says quantiles for; between them are straight lines
BATCH = 128
BATCHES = 600
BATCHES_PER_LOOK = 60  # at the held-out days
LEARNING_RATE = 4e-3
HELD_OUT_EVERY = 6  # days
MIN_HELD_OUT = 48  # samples, for the quantiles of its errors
USUAL_DAYS = 5  # of which the mean is what is usual at a time of the day
USUAL_WEEKS = 3
MISSING = 0.03  # of what it reads, left out at random: gaps have to be nothing new


class LstmModel(Model):
    def __init__(self):
        # One core: the steps are small, and other programs live here.
        os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
        import jax
        import network
        self._network = network
        self.name = f"LSTM {UNITS} (jax {jax.__version__})"

    def check(self, history):
        if history.known_seconds < MIN_DAYS * DAY:
            raise TooShort(f"{history.known_seconds / DAY:.1f} d are known, the LSTM needs {MIN_DAYS}")

    def learn(self, history, time_zone, horizon, quantiles, stopped):
        network = self._network
        step = grid_step(history)
        count = min(len(history.values), int(MAX_DAYS * DAY / step))
        grid = Samples(history.end - step * (count - 1), step, on_grid(history.end, step, count, history))
        scale = Scale.of(grid.values)
        view = View(scale, time_zone, step, horizon, scale.forward(grid.values))
        # The median is one of its quantiles, whoever asked for it or not.
        levels = np.unique([0.5, *quantiles])
        batch_of, targets = view.examples(grid)
        day = np.floor(local_seconds(grid.times, time_zone) / DAY).astype(int)
        usable = np.flatnonzero(np.isfinite(targets).all(axis=1))
        # Whole days are held out, all over the history: they say when it is at its best, and how far its quantiles are off.
        every = min(HELD_OUT_EVERY, day[-1] - day[0] + 1)
        held_out = usable[(day[usable] - day[0]) % every == every - 1]
        learned_from = np.setdiff1d(usable, held_out)
        if len(held_out) < MIN_HELD_OUT or len(learned_from) < BATCH:
            raise ValueError("too few stretches without gaps to learn from")

        random = np.random.default_rng(1)
        state = network.start(random, view.features, UNITS, view.sides, len(view.knots), levels)
        best, best_loss = state.weights, np.inf
        for number in range(BATCHES):
            chosen = random.choice(learned_from, BATCH)
            windows, sides, last = batch_of(chosen, random)
            state, _ = network.train(state, windows, sides, last, targets[chosen], levels,
                                     LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * number / BATCHES)))
            if (number + 1) % BATCHES_PER_LOOK == 0:
                if stopped():
                    raise Stopped
                said = network.predict_all(state.weights, BATCH, batch_of, held_out, levels)
                loss = network.pinball(said, targets[held_out], levels)
                if loss < best_loss:
                    best, best_loss = state.weights, loss
        said = network.predict_all(best, BATCH, batch_of, held_out, levels)
        # What to add so that a quantile is one: of the held-out days, as the network has not seen them.
        errors = targets[held_out][:, :, None] - said
        offsets = np.stack([np.quantile(errors[:, :, i], level, axis=0) for i, level in enumerate(levels)], axis=1)
        learned = LearnedLstm(network, best, offsets, view, grid, levels, quantiles)
        learned.predict(grid, np.array([grid.end + horizon]))  # compiled now, not within a deadline
        return learned


class View:
    """How the network sees a series: levels of the scale around 0, and what is usual at a time of the day and of the week."""

    features = 10  # of a step: the level, two usual ones, whether each is known, and the clock
    per_knot = 4  # two usual levels, and whether each is known

    def __init__(self, scale, time_zone, step, horizon, scaled):
        self.scale, self._time_zone, self.step = scale, time_zone, step
        self._mean = float(np.nanmean(scaled))
        self._deviation = max(float(np.nanstd(scaled)), 1e-6)
        ahead = max(1, int(np.ceil(horizon / step - 1e-9)))
        self.knots = np.unique(np.ceil(np.linspace(0, ahead, min(ahead, KNOTS) + 1)[1:]).astype(int))  # in steps
        self._day, self._week = round(DAY / step), round(WEEK / step)
        # Of a week that it has seen once it would learn the noise.
        self._knows_weeks = len(scaled) >= 2 * self._week

    @property
    def sides(self):
        return self.per_knot * len(self.knots) + 4

    def examples(self, grid):
        """(batch_of, targets): `batch_of(slots, random)` is what the network reads at these slots, targets[i] what comes at
        each knot after slot i; a row of NaN where that is not known, or nothing to read."""
        batch_of = self._reader(grid.values, grid.times)
        normal = self._normal(grid.values)
        targets = pick(normal, np.arange(len(normal))[:, None] + self.knots)
        readable = np.convolve(np.isfinite(normal), np.ones(WINDOW))[:len(normal)] > 0.5
        targets[~readable | ~np.isfinite(targets).all(axis=1)] = np.nan
        return batch_of, targets.astype(np.float32)

    def now(self, history, recent):
        """What the network reads at the end of `recent`: a batch of one."""
        count = USUAL_WEEKS * self._week + WINDOW
        times = recent.end - self.step * np.arange(count - 1, -1, -1)
        return self._reader(on_grid(recent.end, self.step, count, history, recent), times, count - WINDOW)([count - 1])

    def demand(self, normal):
        return self.scale.back(normal * self._deviation + self._mean)

    def _normal(self, values):
        return (self.scale.forward(values) - self._mean) / self._deviation

    def _clock(self, times):
        """Where in the day and in the week, on the clocks of the zone."""
        seconds = local_seconds(times, self._time_zone)
        angles = 2 * np.pi * np.stack([seconds / DAY, seconds / WEEK * self._knows_weeks], axis=-1)
        return np.concatenate([np.sin(angles), np.cos(angles)], axis=-1)

    def _reader(self, values, times, first=0):
        """batch_of(slots, random=None): (windows, sides, last known levels), float32. Slots from `first` + WINDOW - 1 on."""
        normal, ahead = self._normal(values), int(self.knots[-1])
        daily = usual(normal, self._day, USUAL_DAYS, first, len(normal) + ahead)
        weekly = usual(normal, self._week, USUAL_WEEKS, first, len(normal) + ahead)
        clock = np.zeros((len(normal), 4))
        clock[first:] = self._clock(times[first:])

        def batch_of(slots, random=None):
            slots = np.asarray(slots)
            at, targets = slots[:, None] + np.arange(-WINDOW + 1, 1), slots[:, None] + self.knots
            levels = pick(normal, at)
            if random is not None:
                levels[random.random(levels.shape) < MISSING] = np.nan
            last = last_known(levels)

            def beside(values):
                # Relative to the last one: what there is to learn is how things change, at whatever level.
                return known(values - last[:, None])

            columns = [*beside(levels), *beside(pick(daily, at)), *beside(pick(weekly, at))]
            windows = np.concatenate([np.stack(columns, axis=-1), clock[np.maximum(at, 0)]], axis=-1)
            sides = np.concatenate([*beside(pick(daily, targets)), *beside(pick(weekly, targets)), clock[slots]], axis=-1)
            return windows.astype(np.float32), sides.astype(np.float32), last.astype(np.float32)

        return batch_of


def usual(values, period, periods, first, end):
    """At each slot before `end` the mean of what is known one, two, … `periods` periods before it; NaN before `first`."""
    at = np.arange(first, end)[:, None] - period * np.arange(1, periods + 1)
    levels, is_known = known(pick(values, at))
    counts = is_known.sum(axis=1)
    means = np.divide(levels.sum(axis=1), counts, out=np.full(len(at), np.nan), where=counts > 0)
    return np.concatenate([np.full(first, np.nan), means])


def pick(values, at):
    """values[at], NaN outside of them."""
    inside = (at >= 0) & (at < len(values))
    return np.where(inside, values[np.where(inside, at, 0)], np.nan)


def known(values):
    """(the values with 0 for unknown, 1 where they are known)"""
    is_known = np.isfinite(values)
    return np.where(is_known, values, 0.0), is_known.astype(float)


def last_known(rows):
    """Of each row; 0, the mean, where nothing is known."""
    is_known = np.isfinite(rows)
    place = rows.shape[1] - 1 - np.argmax(is_known[:, ::-1], axis=1)
    return np.where(is_known.any(axis=1), rows[np.arange(len(rows)), place], 0.0)


class LearnedLstm(Learned):
    def __init__(self, network, weights, offsets, view, history, levels, quantiles):
        self._network, self._weights, self._offsets, self._view, self._history = network, weights, offsets, view, history
        self._levels, self._columns = levels, np.searchsorted(levels, quantiles)

    def predict(self, recent, times):
        windows, sides, last = self._view.now(self._history, recent)
        said = np.asarray(self._network.predict(self._weights, windows, sides, last, self._levels))[0] + self._offsets
        said = np.maximum.accumulate(said, axis=1)  # the offsets may have crossed them
        knots = self._view.knots * self._view.step
        ahead = np.asarray(times) - recent.end
        # From what is known now to the first knot, and on.
        path = np.stack([np.interp(ahead, [0, *knots], [last[0], *column]) for column in said.T], axis=1)
        demand = self._view.demand(path.astype(float))
        return demand[:, np.searchsorted(self._levels, 0.5)], demand[:, self._columns]


if __name__ == "__main__":
    serve(LstmModel, __doc__)
