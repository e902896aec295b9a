"""What is learned of which series. A bounded number of them, learned in the background one after the other."""

import dataclasses
import logging
import threading
import time
from typing import Any, Optional

import grpc

from contract import Refusal, text_of
from model import Stopped

log = logging.getLogger("forecaster")


@dataclasses.dataclass(frozen=True)
class Job:
    unit: str
    history: Any
    time_zone: Any
    horizon: float
    quantiles: tuple

    def replaces(self, other):
        """Whether what was learned for the other one may go on answering until this one is learned."""
        return (self.unit, self.horizon, self.quantiles) == (other.unit, other.horizon, other.quantiles)


@dataclasses.dataclass
class Series:
    asked: float  # monotonic time of the last request
    job: Optional[Job] = None  # what `learned` comes from
    learned: Any = None
    learning: Optional[Job] = None
    waiting: Optional[Job] = None  # the newest that came meanwhile
    failure: str = ""


class SeriesStore:
    """Thread-safe. Nothing of it survives the program: after a restart every series is NOT_FOUND, and comes again with Fit."""

    def __init__(self, model, max_series, idle_seconds):
        self._model, self._max_series, self._idle_seconds = model, max_series, idle_seconds
        self._series, self._closed = {}, False
        self._changed = threading.Condition()
        # A daemon: the end of the program does not wait for a model.
        threading.Thread(target=self._work, name="learner", daemon=True).start()

    def fit(self, key, job):
        """Returns at once. A learning that is under way goes on: a caller that asks again and again would never get a model."""
        with self._changed:
            series = self._series.get(key)
            if series is None:
                self._make_room()
                series = self._series[key] = Series(time.monotonic())
            if series.job is not None and not job.replaces(series.job):
                series.job = series.learned = None
            series.asked, series.waiting = time.monotonic(), job
            self._changed.notify()

    def get(self, key):
        """(job, learned); raises Refusal."""
        with self._changed:
            series = self._series.get(key)
            if series is None:
                raise Refusal(grpc.StatusCode.NOT_FOUND, "this series is not known here: send Fit")
            series.asked = time.monotonic()
            if series.learned is None:
                raise Refusal(grpc.StatusCode.FAILED_PRECONDITION, series.failure or "this series is being learned: ask again later")
            return series.job, series.learned

    def close(self):
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _make_room(self):
        if len(self._series) < self._max_series:
            return
        oldest = min(self._series, key=lambda key: self._series[key].asked)
        idle = time.monotonic() - self._series[oldest].asked
        if idle < self._idle_seconds or self._series[oldest].learning:
            # Whoever is in use stays: two series that push out one another would be learned all day.
            raise Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED,
                          f"{self._max_series} series are in use here, which is the limit (--max-series)")
        log.info("%s/%s: forgotten, as nobody asked for it in %s", *oldest, text_of(idle))
        del self._series[oldest]

    def _next(self):
        """(key, series) that waits the longest; None at the end of the program."""
        with self._changed:
            while not self._closed:
                for key, series in self._series.items():
                    if series.waiting:
                        series.learning, series.waiting = series.waiting, None
                        self._series[key] = self._series.pop(key)  # to the end: everyone's turn comes
                        return key, series
                self._changed.wait()
            return None

    def _work(self):
        while found := self._next():
            key, series = found
            job, began, learned, failure = series.learning, time.monotonic(), None, ""
            try:
                learned = self._model.learn(job.history, job.time_zone, job.horizon, job.quantiles, lambda: self._closed)
            except Stopped:
                return
            except Exception as error:  # of libraries, anything: the next series shall have its turn
                log.exception("%s/%s: could not be learned", *key)
                failure = f"could not be learned: {type(error).__name__}: {error}"[:500]
            with self._changed:
                series.learning = None
                if failure or (series.waiting and not series.waiting.replaces(job)):
                    series.failure = failure
                    continue
                series.job, series.learned, series.failure = job, learned, ""
            log.info("%s/%s: learned %d samples in %.1f s", *key, len(job.history.values), time.monotonic() - began)
