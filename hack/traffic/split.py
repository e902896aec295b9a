"""Where a trace is best cut into a past to learn from and a part to play live."""

import bisect
import statistics
from dataclasses import dataclass
from typing import Optional

from trace_csv import Trace, UserError
from units import format_time

# The rise is looked for in this last part, so that enough past is left to learn from.
SEARCHED_PART = 0.25


@dataclass(frozen=True)
class Rise:
    """Median demand of the windows before and after."""

    low: float
    high: float


@dataclass(frozen=True)
class Split:
    before: Trace
    after: Trace
    rise: Optional[Rise] = None


def split_at(trace: Trace, time: float) -> Split:
    """Rows earlier than `time`, and the others. Each part gets at least two rows, or it would not be a trace."""
    row = bisect.bisect_left(trace.times, time)
    if not 2 <= row <= len(trace.times) - 2:
        raise UserError(
            f"a split at {format_time(time)} leaves {row} rows before and {len(trace.times) - row} after it: "
            f"choose a time within {format_time(trace.times[2])} to {format_time(trace.times[-2])}"
        )
    return Split(trace.part(slice(row)), trace.part(slice(row, None)))


def split_before_steepest_rise(trace: Trace, window: float, margin: float) -> Split:
    """Splits `margin` seconds before the steepest sustained rise of the trace's last quarter.

    The rise at a row's time t is the median of the demand over [t + W, t + 2W) minus its median over [t - W, t), W
    being `window`: a climb that takes at most W and stays up counts fully, a spike of less than W/2 not at all. The
    largest such difference wins, the earliest where several are equal, so that the split is before the climb. Windows
    without a row are passed over."""
    times, searched_from = trace.times, trace.times[-1] - SEARCHED_PART * (trace.times[-1] - trace.times[0])

    def median(start: float, end: float) -> Optional[float]:
        rows = slice(bisect.bisect_left(times, start), bisect.bisect_left(times, end))
        return statistics.median(trace.values[rows]) if rows.stop > rows.start else None

    best: Optional[tuple[float, Rise]] = None
    for time in times[bisect.bisect_left(times, searched_from) :]:
        if time + 2 * window > times[-1]:
            break
        low, high = median(time - window, time), median(time + window, time + 2 * window)
        if low is None or high is None:
            continue
        if best is None or high - low > best[1].high - best[1].low:
            best = time, Rise(low, high)
    if best is None:
        raise UserError(
            f"no rise can be found: the last quarter of the trace, from {format_time(searched_from)}, is shorter than "
            "two windows; use a longer trace or a shorter --window"
        )
    time, rise = best
    if rise.high <= rise.low:
        raise UserError("demand does not rise in the last quarter of the trace: use --at, or another trace")
    result = split_at(trace, time - margin)
    return Split(result.before, result.after, rise)
