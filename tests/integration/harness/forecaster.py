"""An external forecaster as a process: a gRPC server of proto/deepseek/forecaster/v1 whose answers the test chooses."""

import json
import os
import signal
import sys

from . import environment
from .grpc_stubs import generate
from .process import Process

PROTO = "deepseek/forecaster/v1/forecaster.proto"
PROGRAM = environment.ROOT / "tests/integration/forecaster_process.py"


class Forecaster:
    """Says what demand is now until it is told otherwise. The same port over all of its lives."""

    def __init__(self, directory):
        self._directory = directory
        self._port = environment.free_port()
        self._says = os.path.join(directory, f"says-{self._port}.json")
        self._code = os.path.join(directory, "forecaster-code")
        if not os.path.isdir(self._code):
            os.mkdir(self._code)
            generate(self._code, PROTO)
        self._process = None
        self.say()

    @property
    def address(self):
        return f"127.0.0.1:{self._port}"

    def say(self, **what):
        """demand=NUMBER: that, in place of what it is now; garbage=True: no number."""
        whole = self._says + ".new"
        with open(whole, "w", encoding="utf-8") as file:
            json.dump(what, file)
        os.rename(whole, self._says)

    def start(self):
        """One that knows no series."""
        assert self._process is None
        self._process = Process([sys.executable, str(PROGRAM), self._code, self.address, self._says])
        self._process.await_log("listening")
        return self

    def kill(self):
        self._process.close()
        self._process = None

    def freeze(self):
        """Connections stay, nothing is answered."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self):
        if self._process:
            os.kill(self._process.pid, signal.SIGCONT)

    def log(self):
        return self._process.log()

    def close(self):
        if self._process:
            self.kill()
