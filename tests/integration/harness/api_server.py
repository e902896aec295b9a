"""The API server's process, to be ended and started again."""

import os
import signal
import subprocess

from . import environment
from .polling import eventually


class ApiServer:
    """That of the test cluster (hack/cluster)."""

    def __init__(self):
        directory = os.path.dirname(environment.kubeconfig())
        self._pid_file = os.path.join(directory, "run/apiserver.pid")
        self._log = os.path.join(directory, "log/apiserver.log")

    def kill(self):
        """As a power cut would. Returns what starts it again."""
        with open(self._pid_file, encoding="utf-8") as file:
            pid = int(file.read())
        command = _words(f"/proc/{pid}/cmdline")
        variables = dict(word.split("=", 1) for word in _words(f"/proc/{pid}/environ"))
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not os.path.exists(f"/proc/{pid}") or not _words(f"/proc/{pid}/cmdline"), 10,
                   "the API server has ended")

        def start():
            with open(self._log, "ab") as log:
                child = subprocess.Popen(command, env=variables, cwd="/", stdin=subprocess.DEVNULL, stdout=log,
                                         stderr=subprocess.STDOUT, start_new_session=True)
            with open(self._pid_file, "w", encoding="utf-8") as file:
                file.write(f"{child.pid}\n")
        return start


def _words(path):
    with open(path, "rb") as file:
        return [word.decode() for word in file.read().split(b"\0")[:-1]]
