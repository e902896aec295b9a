"""DeepSeekServices for tests."""

API_VERSION = "deepseek-operator.dev/v1alpha1"


def template(image="localhost/demo-workload:1", **metadata):
    # The simulated node makes pods ready after this annotation's time.
    annotations = {"deepseek-operator.dev/startup-delay": "0s", **metadata.pop("annotations", {})}
    return {"metadata": {"annotations": annotations, **metadata},
            "spec": {"terminationGracePeriodSeconds": 0,
                     "containers": [{"name": "server", "image": image,
                                     "ports": [{"name": "http", "containerPort": 8000}],
                                     "resources": {"requests": {"cpu": "10m", "memory": "8Mi"}}}]}}


def service(name="chat", **spec):
    """A service of one to twenty replicas with a template; None takes a member of the spec away."""
    whole = {"template": template(), "replicas": {"min": 1, "max": 20}, **spec}
    return {"apiVersion": API_VERSION, "kind": "DeepSeekService", "metadata": {"name": name},
            "spec": {key: value for key, value in whole.items() if value is not None}}


def predicted(name="chat", window=5, per_replica="10", prediction=None, **spec):
    """A service whose demand is a gauge; with 10 in flight planned for each replica it has a floor of demand / 10, which
    is released in one step."""
    return service(name, **{"demand": {"preset": "vllm"},
                            "capacity": {"perReplica": per_replica, "targetUtilizationPercent": 100},
                            "autoscaling": scale_down_window(window),
                            "prediction": {"maxReleasePerPeriod": {"percent": 100}, **(prediction or {})}, **spec})


def queried(query, name="chat", **spec):
    return predicted(name, **{"demand": {"query": query, "unit": "in flight"}, **spec})


def adopting(kind, target, api_version="apps/v1", name="chat", **spec):
    return service(name, template=None, targetRef={"apiVersion": api_version, "kind": kind, "name": target}, **spec)


def scale_down_window(seconds):
    return {"behavior": {"scaleDown": {"stabilizationWindowSeconds": seconds}}}


def deployment(name, labels=None):
    selector = {"app": name}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels or {}},
            "spec": {"replicas": 1, "selector": {"matchLabels": selector}, "template": template(labels=selector)}}


def autoscaler(name, target, maximum=5):
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name},
            "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
                     "minReplicas": 1, "maxReplicas": maximum,
                     "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {
                         "type": "Utilization", "averageUtilization": 70}}}]}}
