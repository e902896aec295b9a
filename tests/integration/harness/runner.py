"""Runs the tests file by file: python3 -m harness.runner [PATTERN…], each a part of a test's name."""

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


def main(here=Path(__file__).resolve().parents[1]):
    """Runs the tests of a directory; the exit code."""
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{pattern}*" for pattern in sys.argv[1:]] or None
    suite = loader.discover(str(here), top_level_dir=str(here))
    result = unittest.TextTestRunner(verbosity=2, resultclass=Result, stream=sys.stdout).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped) + len(result.expectedFailures)
    print(f"{result.passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or loader.errors or result.passed + skipped == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
