"""RBAC: accounts with the rights of the rendered chart, and what single rights are."""

import json
from typing import NamedTuple

from .chart import of_kind


class Asked(NamedTuple):
    """What the API server has authorized, or refused."""
    group: str
    resource: str  # with its subresource: "deployments/scale"
    verb: str
    namespace: str  # "" for all
    name: str
    code: int

    @property
    def permission(self):
        return self.group, self.resource, self.verb


def asked(requests):
    """For requests of the audit log; those for discovery and health need no right."""
    found = []
    for request in requests:
        if not request.resource:
            continue
        resource = "/".join(filter(None, (request.resource, request.subresource)))
        each = Asked(request.group, resource, request.verb, request.namespace, request.name, request.code)
        found.append(each)
        if each.verb == "patch" and each.code == 201:  # an apply that creates needs the right to create as well
            found.append(each._replace(verb="create"))
    return found


def permissions(rules):
    """Every (API group, resource, verb) that rules grant. Twice granted is an error: nobody could take it away."""
    found = [(group, resource, verb) for rule in rules for group in rule["apiGroups"]
             for resource in rule["resources"] for verb in rule["verbs"]]
    twice = sorted({each for each in found if found.count(each) > 1})
    assert not twice, f"granted by more than one rule: {twice}"
    return set(found)


def rules_of(granted):
    """Rules that grant exactly these."""
    return [{"apiGroups": [group], "resources": [resource], "verbs": [verb]} for group, resource, verb in sorted(granted)]


def roles_of(rendered, account):
    """The Roles and ClusterRoles that the rendered objects bind to a ServiceAccount."""
    bound = [(binding["roleRef"]["kind"], binding["roleRef"]["name"])
             for binding in of_kind(rendered, "RoleBinding", "ClusterRoleBinding")
             if any(subject["name"] == account for subject in binding["subjects"])]
    return [role for role in of_kind(rendered, "Role", "ClusterRole") if (role["kind"], role["metadata"]["name"]) in bound]


def bind_cluster_role(name, rules, namespace):
    """A ServiceAccount, a ClusterRole and a binding of one name."""
    api = "rbac.authorization.k8s.io"
    return [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}},
            {"apiVersion": f"{api}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules},
            {"apiVersion": f"{api}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
             "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": name},
             "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}]}]


def user_name(namespace, account):
    return f"system:serviceaccount:{namespace}:{account}"


def review(cluster, questions):
    """Whether each (user, Asked) is allowed, from the API server."""
    def ask(user, request):
        resource, _, subresource = request.resource.partition("/")
        attributes = {"group": request.group, "resource": resource, "subresource": subresource, "verb": request.verb,
                      "namespace": request.namespace, "name": request.name}
        return {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                "spec": {"user": user, "groups": ["system:authenticated", "system:serviceaccounts"],
                         "resourceAttributes": attributes}}
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [ask(*question) for question in questions]})
    answered = cluster.kubectl("create", "-f", "-", "-o", "jsonpath={.status.allowed}{\"\\n\"}", stdin=text, timeout=120)
    allowed = [line == "true" for line in answered.splitlines()]
    assert len(allowed) == len(questions), answered
    return allowed
