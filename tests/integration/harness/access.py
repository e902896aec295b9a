"""A service account that has the rights of docs/permissions.md in some namespaces, by a Role in each, and nowhere else."""

READ = ["get", "list", "watch"]
WRITE = READ + ["create", "patch", "delete"]


def rule(group, resources, verbs):
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


RULES = [
    rule("deepseek-operator.dev", ["deepseekservices"], READ + ["patch"]),
    rule("deepseek-operator.dev", ["deepseekservices/status"], ["patch"]),
    rule("deepseek-operator.dev", ["deepseekservices/finalizers"], ["update"]),
    rule("apps", ["deployments"], WRITE),
    rule("apps", ["deployments/scale"], ["get", "patch"]),
    rule("", ["services", "configmaps"], WRITE),
    rule("autoscaling", ["horizontalpodautoscalers"], WRITE),
    rule("policy", ["poddisruptionbudgets"], WRITE),
    rule("networking.istio.io", ["destinationrules"], ["get", "create", "patch", "delete"]),
    rule("keda.sh", ["scaledobjects"], ["get", "list", "patch"]),
    rule("", ["pods"], READ),
    rule("events.k8s.io", ["events"], ["create", "patch"]),
]


class ServiceAccount:
    def __init__(self, namespace, name="operator"):
        self._subject = {"kind": "ServiceAccount", "namespace": namespace.name, "name": name}
        namespace.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}})
        self.token = namespace.kubectl("create", "token", name).strip()

    def allow(self, *namespaces):
        for namespace in namespaces:
            namespace.create(
                {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "operator"},
                 "rules": RULES},
                {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "operator"},
                 "subjects": [self._subject],
                 "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "operator"}})
        return self
