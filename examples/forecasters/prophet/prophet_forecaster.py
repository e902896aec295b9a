#!/usr/bin/env python3
"""Prophet as an external forecaster of deepseek-operator: a trend and seasons, and how far the demand is from them now."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "common"))

import numpy as np  # noqa: E402

from forecaster_server import serve  # noqa: E402
from model import Learned, Model, Stopped, TooShort  # noqa: E402
from samples import Samples, Scale, grid_step, local_seconds, on_grid  # noqa: E402

DAY = 86_400
MIN_DAYS = 2
MAX_DAYS = 56
FIT_GRID_SECONDS = 900  # a Fourier series of a day has nothing finer to learn
LEVEL_SECONDS = 900  # "now" is the mean of so much
LEADS = 8  # at which the errors are looked at
TABLE_SECONDS = 2 * DAY  # of the curve after a history: beyond the next Fit


class ProphetModel(Model):
    def __init__(self):
        import logging
        for library in ("cmdstanpy", "prophet"):
            logging.getLogger(library).setLevel(logging.CRITICAL)
        import prophet
        self.name = f"Prophet {prophet.__version__}"

    def check(self, history):
        if history.known_seconds < MIN_DAYS * DAY:
            raise TooShort(f"{history.known_seconds / DAY:.1f} d are known, Prophet needs {MIN_DAYS}")

    def learn(self, history, time_zone, horizon, quantiles, stopped):
        if stopped():
            raise Stopped
        step = grid_step(history)
        count = min(len(history.values), int(MAX_DAYS * DAY / step))
        grid = Samples(history.end - step * (count - 1), step, on_grid(history.end, step, count, history))
        scale = Scale.of(grid.values)
        curve = Curve(grid, scale, time_zone)
        return LearnedProphet(curve, scale, grid, horizon, quantiles)


class Curve:
    """What Prophet says for a time, on the scale: trend + season of the day (workdays, weekends) + season of the week."""

    def __init__(self, grid, scale, time_zone):
        import pandas
        from prophet import Prophet

        self._time_zone, self._pandas = time_zone, pandas
        known = ~np.isnan(grid.values)
        stride = max(1, round(FIT_GRID_SECONDS / grid.step))
        chosen = np.flatnonzero(known)[::stride]
        two_weeks = (grid.times[chosen[-1]] - grid.times[chosen[0]]) >= 14 * DAY
        # Of the noise and the quantiles the errors know more than its simulation: see LearnedProphet.
        self._model = Prophet(uncertainty_samples=0, daily_seasonality=False, yearly_seasonality=False,
                              weekly_seasonality=3 if two_weeks else False, changepoint_range=0.9)
        if two_weeks:
            self._model.add_seasonality("workday", period=1, fourier_order=8, condition_name="workday")
            self._model.add_seasonality("weekend", period=1, fourier_order=8, condition_name="weekend")
            self._model.add_regressor("is_weekend")  # a step; Fourier series of a week know only slopes
        else:
            self._model.add_seasonality("day", period=1, fourier_order=8)
        frame = self._frame(grid.times[chosen])
        frame["y"] = scale.forward(grid.values[chosen])
        self._model.fit(frame, seed=1)

    def at(self, times):
        return self._model.predict(self._frame(times))["yhat"].to_numpy()

    def _frame(self, times):
        seconds = local_seconds(times, self._time_zone)
        weekend = (np.floor(seconds / DAY).astype(int) + 3) % 7 >= 5  # 1970 began on a Thursday
        return self._pandas.DataFrame({"ds": self._pandas.to_datetime(np.round(seconds), unit="s"),
                                       "weekend": weekend, "workday": ~weekend, "is_weekend": weekend.astype(float)})


class LearnedProphet(Learned):
    """The curve, plus the share of its error now that is still there a lead later; quantiles of what is left of the errors."""

    def __init__(self, curve, scale, grid, horizon, quantiles):
        self._curve, self._scale = curve, scale
        self._span = max(1, round(LEVEL_SECONDS / grid.step))  # samples that "now" is the mean of
        # Looked up, as Prophet takes a good part of a second for a few points on a busy machine.
        self._table_times = np.arange(grid.end - 2 * self._span * grid.step, grid.end + TABLE_SECONDS, grid.step)
        self._table = curve.at(self._table_times)
        errors = scale.forward(grid.values) - self._fitted(grid)
        now = trailing_mean(errors, self._span)
        leads = np.unique(np.ceil(np.linspace(0, horizon, LEADS + 1)[1:] / grid.step).astype(int))
        self._leads, self._step = leads * grid.step, grid.step
        self._kept, self._quantiles, self._medians = [], [], []
        for lead in leads:
            then, was = errors[lead:], now[:len(now) - lead]
            both = ~np.isnan(then) & ~np.isnan(was)
            kept = float(np.clip(then[both] @ was[both] / max(was[both] @ was[both], 1e-12), 0, 1)) if both.any() else 0.0
            left = then[both] - kept * was[both] if both.any() else np.zeros(1)
            self._kept.append(kept)
            self._medians.append(np.quantile(left, 0.5))
            self._quantiles.append(np.quantile(left, quantiles))

    def _fitted(self, grid):
        """The curve at each of the grid's times, from one for each quarter of an hour: it is smooth, and its table is wide."""
        coarse = np.linspace(grid.times[0], grid.times[-1], max(2, int((grid.times[-1] - grid.times[0]) / FIT_GRID_SECONDS) + 1))
        return np.interp(grid.times, coarse, self._curve.at(coarse))

    def _ahead(self, times):
        if times[0] < self._table_times[0] or times[-1] > self._table_times[-1]:
            return self._curve.at(times)
        return np.interp(times, self._table_times, self._table)

    def predict(self, recent, times):
        now = recent.end
        count = self._span
        values = self._scale.forward(on_grid(now, self._step, count, recent))
        past = now - self._step * np.arange(count - 1, -1, -1)
        curve = self._ahead(np.concatenate([past, times]))
        errors = values - curve[:count]
        error = 0.0 if np.isnan(errors).all() else float(np.nanmean(errors))
        ahead = np.asarray(times) - now

        def by_lead(column):
            return np.interp(ahead, self._leads, column)

        middle = curve[count:] + by_lead(self._kept) * error
        medians = self._scale.back(middle + by_lead(self._medians))
        columns = [self._scale.back(middle + by_lead(column)) for column in np.transpose(self._quantiles)]
        return medians, np.transpose(columns) if columns else np.empty((len(times), 0))


def trailing_mean(values, span):
    """Of the known among the last `span` values; NaN where there is none."""
    known = ~np.isnan(values)
    sums = np.convolve(np.where(known, values, 0.0), np.ones(span))[:len(values)]
    counts = np.convolve(known, np.ones(span))[:len(values)]
    return np.divide(sums, counts, out=np.full(len(values), np.nan), where=counts > 0)


if __name__ == "__main__":
    serve(ProphetModel, __doc__)
