"""A kubelet for pods of which a process is enough: what a simulated node says of a pod becomes true of a process.

For each pod of a namespace the agent below forks a process that runs a Python module's main() with the environment that
Kubernetes would give the pod's first container; a pod whose ConfigMap is missing does not start. The pod is ready when the
process has said so, a line {"ready": true} on stdout. A pod that is deleted gets SIGTERM, and a finalizer keeps its object
until the process has ended: what terminates in the API is what still runs. The pods need the annotation of `NEVER_READY`, or
the simulated node makes them ready by itself.
"""

import ctypes
import datetime
import http.client
import importlib
import json
import os
import signal
import sys
import time
import traceback

from . import environment
from .polling import eventually
from .process import Process

NEVER_READY = {"deepseek-operator.dev/startup-delay": "24h"}
FINALIZER = "tests.deepseek-operator.dev/process"
INTERVAL = 0.2
_PR_SET_PDEATHSIG = 1


class Kubelet:
    """`module` is imported once, before the first fork."""

    def __init__(self, cluster, namespace, directory, module):
        self._directory = os.path.join(directory, namespace)
        os.makedirs(self._directory)
        port = environment.free_port()
        self._api = Api(port, namespace)
        self._proxy = Process([environment.kubectl(), "--kubeconfig", cluster.kubeconfig, "proxy", f"--port={port}"])
        self._proxy.await_log("Starting to serve")
        path = {**os.environ, "PYTHONPATH": str(environment.ROOT / "tests/integration")}
        self._agent = Process([sys.executable, "-m", __name__, str(port), namespace, self._directory, module], path)

    def pods(self):
        return self._api.pods()

    def await_pods(self, condition, timeout, what):
        """Until `condition` is true of all pods of the namespace."""
        def as_wanted():
            assert self._agent.is_alive(), self._agent.log()[-4000:]
            pods = self.pods()
            ready, terminating = sum(map(is_ready, pods)), sum(map(is_terminating, pods))
            assert condition(pods), f"{len(pods)} pods, {ready} ready, {terminating} terminating\n{self._agent.log()[-2000:]}"
            return True
        eventually(as_wanted, timeout, what)

    def output(self):
        """What the processes have said, ended ones too: the objects of all lines."""
        entries = []
        for name in os.listdir(self._directory):
            with open(os.path.join(self._directory, name), encoding="utf-8") as file:
                entries.extend(map(json.loads, file))
        return entries

    def close(self):
        """Ends the processes at once, and lets the pods go."""
        try:
            self._agent.terminate()
        finally:
            self._agent.close()
            self._proxy.close()


def is_ready(pod):
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in pod["status"].get("conditions", []))


def is_terminating(pod):
    return "deletionTimestamp" in pod["metadata"]


class Refused(Exception):
    """By the API server: what was asked for is not there, or not any more as it was."""


class Api:
    def __init__(self, port, namespace):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self._base = f"/api/v1/namespaces/{namespace}"

    def pods(self):
        return self._ask("GET", "/pods")["items"]

    def config_map(self, name):
        return self._ask("GET", f"/configmaps/{name}").get("data", {})

    def patch_pod(self, pod, change, subresource="", kind="merge-patch"):
        """Only if it is still as it was read."""
        metadata = {**change.get("metadata", {}), "resourceVersion": pod["metadata"]["resourceVersion"]}
        self._ask("PATCH", f"/pods/{pod['metadata']['name']}{subresource}", {**change, "metadata": metadata}, kind)

    def _ask(self, method, path, body=None, kind=""):
        self._connection.request(method, self._base + path, json.dumps(body) if body else None,
                                 {"Content-Type": f"application/{kind}+json"} if body else {})
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status in (404, 409, 422):
            raise Refused(text.decode())
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {text.decode()}")
        return json.loads(text)


class Agent:
    def __init__(self, api, directory, module):
        self._api = api
        self._directory = directory
        self._main = importlib.import_module(module).main
        self._processes = {}  # by UID of the pod

    def run(self):
        stopped = []
        signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
        while not stopped:
            for pod in self._api.pods():
                try:
                    self._attend(pod)
                except Refused as overtaken:
                    print(overtaken, flush=True)  # the next look sees what has become of it
            time.sleep(INTERVAL)
        for process in self._processes.values():
            process.end(signal.SIGKILL)
        while pods := [pod for pod in self._api.pods() if FINALIZER in pod["metadata"].get("finalizers", [])]:
            for pod in pods:
                try:
                    self._release(pod)
                except Refused as overtaken:
                    print(overtaken, flush=True)

    def _attend(self, pod):
        process = self._processes.get(pod["metadata"]["uid"])
        if not process:
            if not is_terminating(pod) and pod["status"].get("phase") == "Running":
                self._start(pod)
        elif not is_terminating(pod):
            if process.has_ended():
                raise RuntimeError(f"the process of {pod['metadata']['name']} has ended by itself")
            if not is_ready(pod) and process.is_ready():
                self._mark_ready(pod)
        elif not process.has_ended():
            process.end(signal.SIGTERM)
        elif FINALIZER in pod["metadata"].get("finalizers", []):
            self._release(pod)

    def _start(self, pod):
        variables = self._variables(pod["spec"]["containers"][0])
        finalizers = pod["metadata"].get("finalizers", []) + [FINALIZER]
        self._api.patch_pod(pod, {"metadata": {"finalizers": finalizers}})
        path = os.path.join(self._directory, pod["metadata"]["name"])
        self._processes[pod["metadata"]["uid"]] = Forked(self._main, variables, path)

    def _variables(self, container):
        variables = {}
        for source in container.get("envFrom", []):
            found = self._api.config_map(source["configMapRef"]["name"])
            variables |= {source.get("prefix", "") + key: value for key, value in found.items()}
        return variables | {entry["name"]: entry["value"] for entry in container.get("env", []) if "value" in entry}

    def _mark_ready(self, pod):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        conditions = [{"type": kind, "status": "True", "lastTransitionTime": now} for kind in ("Ready", "ContainersReady")]
        containers = [{**status, "ready": True, "started": True} for status in pod["status"]["containerStatuses"]]
        self._api.patch_pod(pod, {"status": {"conditions": conditions, "containerStatuses": containers}}, "/status",
                            "strategic-merge-patch")

    def _release(self, pod):
        finalizers = [entry for entry in pod["metadata"]["finalizers"] if entry != FINALIZER]
        self._api.patch_pod(pod, {"metadata": {"finalizers": finalizers or None}})


class Forked:
    """A process that runs `main` with these variables and no others, its stdout in the file `path`."""

    def __init__(self, main, variables, path):
        self._path = path
        self._signals = set()
        self._ended = False
        output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._pid = os.fork()
        if self._pid == 0:
            self._run(main, variables, output)
        os.close(output)

    @staticmethod
    def _run(main, variables, output):
        status = 1
        try:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.dup2(output, sys.stdout.fileno())
            os.environ.clear()
            os.environ.update(variables)
            main()
            status = 0
        except BaseException:  # nothing of it may reach the agent's own code
            traceback.print_exc()
        finally:
            os._exit(status)

    def is_ready(self):
        with open(self._path, encoding="utf-8") as file:
            return any("ready" in json.loads(line) for line in file)

    def end(self, number):
        """Sends a signal, once."""
        if number not in self._signals and not self.has_ended():
            self._signals.add(number)
            os.kill(self._pid, number)

    def has_ended(self):
        self._ended = self._ended or os.waitpid(self._pid, os.WNOHANG)[0] == self._pid
        return self._ended


if __name__ == "__main__":
    Agent(Api(int(sys.argv[1]), sys.argv[2]), *sys.argv[3:]).run()
