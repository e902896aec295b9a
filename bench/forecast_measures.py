"""How good forecasts at the lead are. A method is judged beside last value, both on exactly the forecasts it made."""

import bisect
import dataclasses
import math

QUANTILE = 0.9
CONFORMAL_DAYS = 7


@dataclasses.dataclass
class Forecasts:
    """By the slot they were issued at."""

    expected: dict
    quantile: dict


def conformal(trace, expected):
    """Adds to each forecast the quantile of the method's own errors that were known when it was issued: those of the
    last 7 d whose target had come. Nothing until there is a day of them."""
    errors = {slot + trace.lead: trace.values[slot + trace.lead] - value for slot, value in expected.items()
              if slot + trace.lead < len(trace.values) and trace.values[slot + trace.lead] is not None}
    window, ordered, quantile = CONFORMAL_DAYS * trace.slots_in_day, [], {}
    for now in range(len(trace.values)):
        if now in errors:
            bisect.insort(ordered, errors[now])
        if now - window in errors:
            del ordered[bisect.bisect_left(ordered, errors[now - window])]
        if now in expected and len(ordered) >= trace.slots_in_day:
            rank = min(len(ordered), math.ceil((len(ordered) + 1) * QUANTILE))
            quantile[now] = max(0.0, expected[now] + ordered[rank - 1])
    return Forecasts(expected, quantile)


def last_value(trace):
    return conformal(trace, {i: value for i, value in enumerate(trace.values) if value is not None})


def seasonal_naive(trace, days):
    """As at the target's time `days` ago. No forecast where that sample is missing."""
    back = days * trace.slots_in_day - trace.lead
    known = {i + back: value for i, value in enumerate(trace.values) if value is not None}
    return conformal(trace, {i: value for i, value in known.items() if i < len(trace.values)})


def rises(trace):
    """The fifth of the judged slots with the steepest increase over the lead."""
    judged = sorted(trace.judged(), key=lambda i: trace.values[i + trace.lead] - trace.values[i], reverse=True)
    return set(judged[:max(1, len(judged) // 5)])


def pinball(actual, quantile):
    return (QUANTILE if actual >= quantile else QUANTILE - 1) * (actual - quantile)


def share(part, whole):
    """None where there is nothing to divide by: JSON has no NaN."""
    return part / whole if whole else None


def covered(actual, quantile, slots):
    return share(sum(actual[i] <= quantile[i] for i in slots), len(slots))


def measure(trace, forecasts, reference, rising, only=None):
    """`reference`: of last_value(). `rising`: of rises(). `only`: slots to look at."""
    actual = {i: trace.values[i + trace.lead] for i in trace.judged()}
    points = [i for i in actual if i in forecasts.expected and (only is None or i in only)]
    ranged = [i for i in points if i in forecasts.quantile and i in reference.quantile]
    error = sum(abs(actual[i] - forecasts.expected[i]) for i in points)
    return {
        "forecasts": len(points),
        "wape": share(error, sum(actual[i] for i in points)),
        "ratio": share(error, sum(abs(actual[i] - trace.values[i]) for i in points)),
        "coverage": covered(actual, forecasts.quantile, ranged),
        "coverage_in_rises": covered(actual, forecasts.quantile, [i for i in ranged if i in rising]),
        "pinball_ratio": share(sum(pinball(actual[i], forecasts.quantile[i]) for i in ranged),
                               sum(pinball(actual[i], reference.quantile[i]) for i in ranged)),
    }
