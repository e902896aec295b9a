"""The example with Prophet."""

import unittest

from behaviour import Behaviour


class Prophet(Behaviour, unittest.TestCase):
    name = "prophet"
    most_error = 0.8
