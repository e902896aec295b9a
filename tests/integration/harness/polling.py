"""Waiting for a condition instead of for a time."""

import time

INTERVAL = 0.1


def eventually(condition, timeout=20, what=""):
    """Calls `condition` until it returns something true, and returns that. An AssertionError means: not yet."""
    deadline = time.monotonic() + timeout
    while True:
        seen = "it never became true"
        try:
            value = condition()
            if value:
                return value
        except AssertionError as not_yet:
            seen = str(not_yet)
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or 'the condition'}: not within {timeout} s: {seen}")
        time.sleep(INTERVAL)


def throughout(condition, duration, what=""):
    """Fails if `condition` is false at any look during `duration` seconds."""
    deadline = time.monotonic() + duration
    while True:
        if not condition():
            raise AssertionError(f"{what or 'the condition'} did not hold for {duration} s")
        if time.monotonic() > deadline:
            return
        time.sleep(INTERVAL)
