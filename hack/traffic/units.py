"""Durations and times as people write them, in seconds and seconds since 1970."""

import datetime
import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION_TERM = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")

# A number from here on is milliseconds: as seconds it would be in the year 5138.
_FIRST_MILLISECONDS = 1e11
_LAST_SECONDS = 253402300800.0  # the year 10000

# Stricter than datetime.fromisoformat, which also takes a date alone and week dates.
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|z|[+-]\d\d(:?\d\d)?)?")
_MORE_THAN_MICROSECONDS = re.compile(r"(\.\d{6})\d+")


def parse_duration(text: str) -> float:
    """Seconds of "300ms", "5s", "1h30m", "14d"; ValueError for anything else."""
    terms = _DURATION_TERM.findall(text)
    if not terms or "".join(number + unit for number, unit in terms) != text:
        raise ValueError(f'"{text}" is not a duration: write numbers with their units, as in 300ms, 5s, 1h30m or 14d')
    return sum(float(number) * _UNITS[unit] for number, unit in terms)


def parse_time(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 date and time (no zone means UTC) or of a number of seconds or milliseconds
    since 1970; ValueError for anything else."""
    try:
        number = float(text)
    except ValueError:
        return _parse_iso(text)
    seconds = number / 1000 if number >= _FIRST_MILLISECONDS else number
    if not 0 <= seconds < _LAST_SECONDS:
        raise ValueError(_not_a_time(text))
    return seconds


def _parse_iso(text: str) -> float:
    if not _ISO.fullmatch(text):
        raise ValueError(_not_a_time(text))
    try:
        moment = datetime.datetime.fromisoformat(_MORE_THAN_MICROSECONDS.sub(r"\1", text))
    except ValueError as error:  # the 30th of February
        raise ValueError(_not_a_time(text)) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return moment.timestamp()


def _not_a_time(text: str) -> str:
    return f'timestamp "{text}": use ISO 8601 (2026-01-05T08:00:00Z) or the seconds since 1970'


def format_time(seconds: float) -> str:
    """ISO 8601 in UTC, with milliseconds only where there are some."""
    milliseconds = round(seconds * 1000)
    moment = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = milliseconds % 1000
    return f"{moment}.{fraction:03}Z" if fraction else f"{moment}Z"
