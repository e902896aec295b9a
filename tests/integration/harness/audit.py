"""The API server's audit log: who has asked for what, and what came of it."""

import json
import os
from datetime import datetime

from . import environment

WRITES = ("create", "update", "patch", "delete", "deletecollection")


class Request:
    def __init__(self, event):
        reference = event.get("objectRef", {})
        self.user = event["user"]["username"]
        self.verb = event["verb"]
        self.resource = reference.get("resource", "")
        self.subresource = reference.get("subresource", "")
        self.group = reference.get("apiGroup", "")
        self.namespace = reference.get("namespace", "")
        self.name = reference.get("name", "")
        self.code = event.get("responseStatus", {}).get("code", 0)
        self.received = _time(event["requestReceivedTimestamp"])
        self.answered = _time(event["stageTimestamp"])

    @property
    def writes(self):
        return self.verb in WRITES

    @property
    def succeeded(self):
        return 200 <= self.code < 300

    def __repr__(self):
        what = f"{self.resource}/{self.subresource}".rstrip("/")
        return f"{self.received:%H:%M:%S.%f} {self.user} {self.verb} {what} {self.namespace}/{self.name}: {self.code}"


class AuditLog:
    """What comes after its making. The cluster was started with DEEPSEEK_OPERATOR_CLUSTER_AUDIT=1."""

    def __init__(self):
        self._path = os.path.join(os.path.dirname(environment.kubeconfig()), "log/audit.log")
        self._begin = os.path.getsize(self._path)

    def requests(self, users):
        """Those of `users`, in the order of their answers."""
        with open(self._path, encoding="utf-8") as file:
            file.seek(self._begin)
            lines = file.read().split("\n")[:-1]  # the last one may be half written
        events = (json.loads(line) for line in lines if line)
        found = [Request(event) for event in events
                 if event["user"]["username"] in users and event["stage"] == "ResponseComplete"]
        return sorted(found, key=lambda request: request.answered)


def _time(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
