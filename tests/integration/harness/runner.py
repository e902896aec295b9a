"""Runs the tests class by class: python3 -m harness.runner [PATTERN…], each a part of a test's name.

Several runners, each with a cluster of its own, share the work where TEST_CLAIMS names a directory: each runs the classes that
it is the first to claim there.
"""

import os
import sys
import time
import unittest
from pathlib import Path


class Result(unittest.TextTestResult):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.passed = 0
        self._began = 0.0

    def startTest(self, test):
        self._began = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        super().stopTest(test)
        self.stream.writeln(f"      {time.monotonic() - self._began:.1f} s")

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1

    def getDescription(self, test):
        return test.id().rsplit(".", 1)[-1] if hasattr(test, "_testMethodName") else str(test)


class OneClass(unittest.TestSuite):
    """The tests of a class, if no other runner has claimed them."""

    def run(self, result, debug=False):
        if self.countTestCases() and claim(type(next(iter(self))).__qualname__):
            super().run(result, debug)
        return result


def claim(name):
    claims = os.environ.get("TEST_CLAIMS")
    if not claims:
        return True
    try:
        os.close(os.open(os.path.join(claims, name), os.O_CREAT | os.O_EXCL))
        return True
    except FileExistsError:
        return False


def by_class(suite):
    """The same tests, the largest classes first, so that runners end at about the same time."""
    classes = {}

    def collect(tests):
        for test in tests:
            if isinstance(test, unittest.TestSuite):
                collect(test)
            else:
                classes.setdefault(type(test), []).append(test)
    collect(suite)
    return unittest.TestSuite(OneClass(tests) for tests in sorted(classes.values(), key=len, reverse=True))


def main(here=Path(__file__).resolve().parents[1]):
    """Runs the tests of a directory; the exit code."""
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{pattern}*" for pattern in sys.argv[1:]] or None
    suite = by_class(loader.discover(str(here), top_level_dir=str(here)))
    result = unittest.TextTestRunner(verbosity=2, resultclass=Result, stream=sys.stdout).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped) + len(result.expectedFailures)
    print(f"{result.passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or loader.errors or result.passed + skipped == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
