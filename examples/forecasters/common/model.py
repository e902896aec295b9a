"""What an example brings: a model that learns a history, and what it has learned."""

import abc


class TooShort(Exception):
    """There is too little in the history to learn from; the text says how much it has to be."""


class Stopped(Exception):
    """The program ends: the learning was given up."""


class Model(abc.ABC):
    name = ""  # for people: library and version

    @abc.abstractmethod
    def check(self, history):
        """Raises TooShort. Quick: Fit is answered after it, the learning comes later."""

    @abc.abstractmethod
    def learn(self, history, time_zone, horizon, quantiles, stopped):
        """Returns a Learned. May take minutes; raises Stopped soon after `stopped()` is true. Called by one thread at a time.

        history: samples.Samples; time_zone: a tzinfo; horizon: seconds; quantiles: ascending levels."""


class Learned(abc.ABC):
    @abc.abstractmethod
    def predict(self, recent, times):
        """(medians, quantiles): an array of len(times), and one of len(times) rows and a column for each level that was
        learned, ascending in each row. In the unit of the samples, >= 0. Called by several threads at once.

        recent: samples.Samples, whose last value is that of now; times: in (now, now + horizon]."""
