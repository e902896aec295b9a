"""Autoscalers of somebody else, and what the operator leaves on them."""

from .polling import eventually
from .services import adopting

PREFIX = "deepseek-operator.dev/"
FINALIZER = PREFIX + "finalizer"
MINIMUM = {"hpa": "minReplicas", "scaledobject": "minReplicaCount"}


def adopts(name="chat", target="engine", hpa=None, scaled_object=None, **spec):
    """A service of 10 in flight a replica for a Deployment that exists; it adopts the autoscaler of this name."""
    ref = {"scaledObjectRef": {"name": scaled_object}} if scaled_object else {"hpaRef": {"name": hpa or "theirs"}}
    return adopting("Deployment", target, name=name, **{
        "autoscaling": ref, "demand": {"preset": "vllm"},
        "capacity": {"perReplica": "10", "targetUtilizationPercent": 100}, **spec})


def marks(found):
    """Our annotations, by what follows our prefix."""
    annotations = found["metadata"].get("annotations", {})
    return {key.removeprefix(PREFIX): value for key, value in annotations.items() if key.startswith(PREFIX)}


def await_minimum(ns, minimum, name="theirs", kind="hpa", original=None, held_by="chat", timeout=20):
    """Until the minimum is this, and held with this original, or with original None not held at all."""
    wanted = {} if original is None else {"adopted-by": held_by, "original-min-replicas": original, "floor": str(minimum)}

    def as_wanted():
        found = ns.get(kind, name)
        now = (found["spec"].get(MINIMUM[kind]), marks(found))
        assert now == (minimum, wanted), f"{now}, {[ns.condition('chat', c) for c in ('Accepted', 'FloorApplied')]}"
        return True
    eventually(as_wanted, timeout, f"{kind} {name}: minimum {minimum}, original {original}")


def finalizers(ns, name="chat"):
    return ns.get("dss", name)["metadata"].get("finalizers", [])
