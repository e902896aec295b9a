"""A scale-out from 3 to 20 replicas with a rollout in the middle, of pods that have a pool of connections to a MariaDB and
one to a PostgreSQL, each of which accepts 60 or what the test says."""

import re
import time

from . import services
from .databases import MariaDb, PostgreSql
from .kubelet import NEVER_READY, Kubelet, is_ready, is_terminating

MAX_CONNECTIONS = 60
RESERVED = 5
REPLICAS = (3, 20)
HALF_WAY = 10
ROLLOUT = "rollout"  # an annotation of the pods: a change of it is what is rolled out
HOLD_SECONDS = 0.05
DRAIN_SECONDS = 10


class PoolScaleOut:
    """In a namespace; `add_cleanup` takes what ends servers and processes."""

    def __init__(self, cluster, namespace, directory, add_cleanup, max_connections=MAX_CONNECTIONS, reserved=RESERVED):
        self._limits = {"maxConnections": max_connections, "reserved": reserved}
        self.databases = {"mariadb": MariaDb(), "postgresql": PostgreSql()}
        for database in self.databases.values():
            add_cleanup(database.stop)
            database.start(max_connections)
        self._ns = namespace
        self._kubelet = Kubelet(cluster, namespace.name, directory, "pool_workload")
        add_cleanup(self._kubelet.close)

    def deployment(self, config_map=None):
        """With the pools that this ConfigMap sizes, or with the client's default."""
        whole = services.deployment("chat")
        whole["spec"] |= {"replicas": REPLICAS[0], "template": self._template(config_map, {"app": "chat"})}
        return whole

    def service(self):
        """Whose pools the operator sizes."""
        pools = [{"name": name, "backend": {"name": name, **self._limits},
                  "perReplica": {"min": 1, "max": 20}, "holdTime": f"{HOLD_SECONDS * 1000:g}ms", "client": "sqlalchemy"}
                 for name in self.databases]
        return services.service("chat", template=self._template(None, {}), connectionPools=pools,
                                replicas={"min": REPLICAS[0], "max": REPLICAS[1]})

    def config_map(self, name, size):
        """As the operator makes them, with a size of one's own."""
        settings = {f"{database.upper()}_{key}": str(value) for database in self.databases
                    for key, value in (("POOL_SIZE", size), ("MAX_OVERFLOW", 0))}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "immutable": True, "data": settings}

    def run(self, *objects):
        """Creates them, the last of which is a Deployment or a service, and returns when the last old pod is gone: the times
        when the scale-out began and when it was complete."""
        self._ns.create(*objects)
        self._await(lambda pods: len(pods) == REPLICAS[0] and all(map(is_ready, pods)), f"{REPLICAS[0]} ready pods")
        began = time.time()
        self._ns.kubectl("scale", "deployment/chat", f"--replicas={REPLICAS[1]}")
        self._await(lambda pods: sum(map(is_ready, pods)) >= HALF_WAY, f"{HALF_WAY} ready pods")
        kind = "deployment" if objects[-1]["kind"] == "Deployment" else "dss"
        self._ns.patch(kind, "chat", {"spec": {"template": {"metadata": {"annotations": {ROLLOUT: "new"}}}}})
        self._await(lambda pods: len(pods) == REPLICAS[1] and all(map(is_rolled_out, pods)), "the rollout is complete")
        return began, time.time()

    def requests(self, database):
        """When they ended, and with which error."""
        return [entry for entry in self._kubelet.output() if entry.get("pool") == database]

    def errors(self, database):
        return [entry["error"] for entry in self.requests(database) if entry["error"]]

    def refusals(self, database):
        """The errors that say that the server had no room."""
        return [error for error in self.errors(database) if re.search(self.databases[database].refusal, error)]

    def _await(self, condition, what):
        self._kubelet.await_pods(condition, 60, what)

    def _template(self, config_map, labels):
        template = services.template(annotations=NEVER_READY, labels=labels)
        template["spec"]["terminationGracePeriodSeconds"] = 30
        settings = {"CLIENTS": "8", "THINK_SECONDS": "2", "HOLD_SECONDS": str(HOLD_SECONDS), "DRAIN_SECONDS": str(DRAIN_SECONDS)}
        settings |= {f"DATABASE_{name.upper()}": database.url for name, database in self.databases.items()}
        container = template["spec"]["containers"][0]
        container["env"] = [{"name": name, "value": value} for name, value in settings.items()]
        if config_map:
            container["envFrom"] = [{"configMapRef": {"name": config_map}}]
        return template


def is_rolled_out(pod):
    return is_ready(pod) and not is_terminating(pod) and ROLLOUT in pod["metadata"]["annotations"]
