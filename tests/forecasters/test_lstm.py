"""The example with an LSTM."""

import unittest

import numpy as np

import demand
from behaviour import Behaviour
from demand import DAY
from program import LEAD


class Lstm(Behaviour, unittest.TestCase):
    name = "lstm"
    most_error = 0.8

    def test_learns_what_no_season_says(self):
        """A wave of 100 min, which no day and no week is a multiple of: the last values say where in it we are, and the last
        one alone does not."""
        at = np.arange(14 * DAY // 60)
        noise = np.random.default_rng(3).normal(0, 2, len(at))
        minutes = demand.of_minutes(100 + 50 * np.sin(2 * np.pi * at / 100) + noise)
        known = minutes.until(12 * DAY)
        self.program.learn(known.every(300), service="wave")
        errors, naive = [], []
        for now in range(12 * DAY, 13 * DAY, 1500 + 60 * 7):
            actual = minutes.at(now + LEAD)
            said = self.program.predict(minutes.until(now).tail(max(7200, now - 12 * DAY)), service="wave", step=LEAD)
            errors.append(abs(said.path[-1].expected - actual))
            naive.append(abs(minutes.at(now) - actual))
        print(f"\n      mean error {np.mean(errors):.1f}, of last value {np.mean(naive):.1f}")
        self.assertLess(np.mean(errors), 0.2 * np.mean(naive))
