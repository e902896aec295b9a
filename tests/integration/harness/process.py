"""A child process whose output is kept in a file."""

import os
import signal
import subprocess
import tempfile

from .polling import eventually


class Process:
    def __init__(self, arguments, environment=None):
        self._log = tempfile.NamedTemporaryFile(prefix="it-log-", delete=False)
        # It dies with the tests, however they end. Tests that run in the background of a shell ignore SIGINT; it does not.
        bound = ["env", "--default-signal=INT", "setpriv", "--pdeathsig", "KILL", *arguments]
        self._child = subprocess.Popen(bound, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT,
                                       env=environment)

    @property
    def pid(self):
        return self._child.pid

    def log(self):
        with open(self._log.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def is_alive(self):
        return self._child.poll() is None

    def kill(self):
        """Ends it as a power cut would: SIGKILL."""
        if self.is_alive():
            self._child.kill()
        self._child.wait()

    def terminate(self, timeout=20):
        """SIGTERM; the exit code."""
        return self._end(signal.SIGTERM, timeout)

    def interrupt(self, timeout=20):
        """SIGINT, as Ctrl-C sends it; the exit code."""
        return self._end(signal.SIGINT, timeout)

    def _end(self, with_signal, timeout):
        if self.is_alive():
            self._child.send_signal(with_signal)
        return self.wait(timeout)

    def wait(self, timeout=20):
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the process did not end within {timeout} s; its output:\n{self.log()}") from None

    def await_log(self, text, timeout=20, times=1):
        def logged():
            assert self.log().count(text) >= times, f"not {times} times {text!r} in:\n{self.log()[-4000:]}"
            return True
        eventually(logged, timeout, "the log")

    def close(self):
        self.kill()
        self._log.close()
        os.unlink(self._log.name)
