"""What `kubectl get --watch` tells, with the moment at which it came."""

import subprocess
import threading
import time

from harness import environment


class Watch:
    """The figures of every object of a kind, from now on: (moment, "namespace/name", figure), oldest first. A figure that
    is missing is 0."""

    def __init__(self, kind, path):
        columns = f"NS:.metadata.namespace,NAME:.metadata.name,VALUE:{path}"
        self._seen = []
        self._child = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", environment.kubectl(), "--kubeconfig", environment.kubeconfig(), "get", kind,
             "--all-namespaces", "--watch", "--no-headers", "-o", f"custom-columns={columns}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self._child.stdout:
            namespace, name, value = line.split()
            self._seen.append((time.time(), f"{namespace}/{name}", 0 if value == "<none>" else int(value)))

    def is_alive(self):
        return self._child.poll() is None

    def latest(self):
        """The newest figure of each object."""
        return {name: value for _, name, value in list(self._seen)}

    def since(self, moment):
        return [entry for entry in list(self._seen) if entry[0] >= moment]

    def first(self, name, at_least):
        """When the figure of this object was first so much, or None."""
        return next((at for at, seen, value in list(self._seen) if seen == name and value >= at_least), None)

    def close(self):
        self._child.kill()
        self._child.wait()
        self._child.stdout.close()
