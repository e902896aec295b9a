"""Demand as the counter that Prometheus would have scraped."""

import re
from typing import Iterator, TextIO

from trace_csv import Trace, UserError

# More than this many steps without a row are a gap: time in which nothing was scraped.
GAP_STEPS = 3

_METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def write_counter(
    stream: TextIO, trace: Trace, metric: str, labels: dict[str, str], end: float, sample_step: float
) -> None:
    """Writes OpenMetrics text with one counter, METRIC_total{LABELS, code="200"}, whose last sample is at `end`.

    The counter is the integral of the demand, so rate() gives the demand back, averaged over its window."""
    if not _METRIC_NAME.fullmatch(metric):
        raise UserError(f'--metric "{metric}" is not a metric name: use letters, digits and underscores')
    if metric.endswith("_total"):
        raise UserError(f"--metric {metric}: OpenMetrics adds _total by itself; leave it out")
    series = f"{metric}_total{{{_render_labels(labels | {'code': '200'})}}}"
    shift = end - trace.times[-1]
    stream.write(f"# TYPE {metric} counter\n")
    for time, requests in counter_samples(trace, sample_step):
        stream.write(f"{series} {requests:.3f} {time + shift:.3f}\n")
    stream.write("# EOF\n")


def counter_samples(trace: Trace, sample_step: float) -> Iterator[tuple[float, float]]:
    """(time, requests so far) at every `sample_step` counted back from the last row, and none within a gap.

    Between rows the demand is interpolated, across gaps too: what was not scraped was served all the same, so the
    counter has grown when it is seen again."""
    longest_between_rows = GAP_STEPS * trace.step()
    start, end = trace.times[0], trace.times[-1]
    # Samples are numbered rather than added up, so that no rounding error grows over a month of them.
    samples_left = int((end - start) / sample_step)
    requests = 0.0
    for row in range(1, len(trace.times)):
        row_time, row_length = trace.times[row - 1], trace.times[row] - trace.times[row - 1]
        rate = trace.values[row - 1]
        slope = (trace.values[row] - rate) / row_length
        in_gap = row_length > longest_between_rows
        while samples_left >= 0 and (time := end - samples_left * sample_step) <= trace.times[row]:
            elapsed = time - row_time
            if not in_gap or elapsed in (0, row_length):
                yield time, requests + elapsed * (rate + slope * elapsed / 2)
            samples_left -= 1
        requests += row_length * (rate + slope * row_length / 2)


def _render_labels(labels: dict[str, str]) -> str:
    escaped = {
        name: value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for name, value in labels.items()
    }
    return ",".join(f'{name}="{value}"' for name, value in escaped.items())
