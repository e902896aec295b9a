"""Reading and writing `timestamp,value` rows; every complaint names the line and the remedy."""

import math
import statistics
from dataclasses import dataclass
from typing import BinaryIO, Iterable, Optional, TextIO

from units import format_time, parse_time


class UserError(Exception):
    """What the person at the command line has to put right."""


@dataclass(frozen=True)
class Trace:
    """At least two samples: times in seconds since 1970, strictly increasing; values finite and at least 0."""

    times: list[float]
    values: list[float]

    def step(self) -> float:
        """The usual time between samples: the median, which gaps do not move."""
        return statistics.median(later - earlier for earlier, later in zip(self.times, self.times[1:]))

    def part(self, rows: slice) -> "Trace":
        return Trace(self.times[rows], self.values[rows])


def read_trace(stream: BinaryIO, name: str) -> Trace:
    """Reads rows, oldest first. A header, blank lines, blanks around fields, CRLF and a byte order mark are fine.

    Raises UserError with `name`, the line number, the reason and the remedy for everything else."""
    times: list[float] = []
    values: list[float] = []
    header_allowed = True
    for number, line in enumerate(stream, start=1):
        try:
            row = _parse_row(line.decode("utf-8-sig" if number == 1 else "utf-8").strip(), header_allowed)
            if row is None:
                header_allowed = header_allowed and not line.strip()
                continue
            _check_order(times[-1] if times else None, row[0])
        except UnicodeDecodeError as error:
            raise UserError(f"{name}:{number}: not text in UTF-8: save the file as UTF-8") from error
        except ValueError as error:
            raise UserError(f"{name}:{number}: {error}") from error
        header_allowed = False
        times.append(row[0])
        values.append(row[1])
    if len(times) < 2:
        raise UserError(f"{name}: {len(times)} rows: a history needs at least two, timestamp,value each")
    return Trace(times, values)


def _parse_row(line: str, header_allowed: bool) -> Optional[tuple[float, float]]:
    """None for a blank line and for a header."""
    if not line:
        return None
    fields = [field.strip() for field in line.split(",")]
    if len(fields) != 2:
        raise ValueError(f'"{line}" is not two fields: write timestamp,value')
    if _is_header(fields):
        if header_allowed:
            return None
        raise ValueError(f'"{line}" is a second header: remove it')
    return parse_time(fields[0]), _parse_value(fields[1])


def _is_header(fields: list[str]) -> bool:
    """A header has neither a time nor a number; a row with one of them is a row with a mistake in it."""
    for parse, field in zip((parse_time, float), fields):
        try:
            parse(field)
            return False
        except ValueError:
            continue
    return True


def _parse_value(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ValueError(f'value "{text}": use a finite number of at least 0, or leave out the row of a missing sample')
    return value


def _check_order(previous: Optional[float], time: float) -> None:
    if previous is None or time > previous:
        return
    relation = "the same as in the row before" if time == previous else "before that of the row before"
    raise ValueError(f"timestamp {format_time(time)} is {relation}: sort the rows by time and keep one for each time")


def write_trace(stream: TextIO, rows: Iterable[tuple[float, float]]) -> None:
    stream.write("timestamp,value\n")
    for time, value in rows:
        stream.write(f"{format_time(time)},{value:.6g}\n")
