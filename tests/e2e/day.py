"""A day of ten minutes: a quiet night, a morning's rise, a long day. The history tells of it, Locust brings the next one."""

import math
import random

DAY = 600        # seconds
BY_NIGHT = 8     # requests/s
BY_DAY = 60
RISE = 45        # seconds from the one to the other
UP = 330         # seconds that it stays up


def rate(at, rise):
    """Requests/s at the moment `at` of days that rise at `rise`."""
    into = (at - rise) % DAY
    if into < RISE + UP:
        up = min(into / RISE, 1)
    else:
        up = max(1 - (into - RISE - UP) / RISE, 0)
    return BY_NIGHT + (BY_DAY - BY_NIGHT) * up


def history(end, rise, days=12, step=5):
    """(moment, requests/s) up to `end`, with the noise of real traffic; the same for the same times."""
    noise = random.Random(rise)
    return [(at, rate(at, rise) * noise.lognormvariate(0, 0.05)) for at in range(end - days * DAY, end + 1, step)]


def half_way(rise):
    """When the rise is half-way up, and how much traffic that is."""
    return rise + RISE / 2, (BY_NIGHT + BY_DAY) / 2


def replicas_for(traffic, per_replica):
    return math.ceil(traffic / per_replica)
