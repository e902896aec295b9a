"""The chart, as helm renders it."""

import subprocess
from pathlib import Path

import yaml

from . import environment

CHART = environment.ROOT / "charts/deepseek-operator"
RELEASE = "deepseek-operator"
NAMESPACE = "deepseek-operator-system"


class HelmError(AssertionError):
    pass


def helm(*arguments, stdin=None, timeout=120):
    done = subprocess.run(["helm", *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=timeout,
                          check=False)
    if done.returncode != 0:
        raise HelmError(f"helm {' '.join(map(str, arguments))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def render(values=None, chart=CHART, namespace=NAMESPACE):
    """The text of all objects, with these values over the chart's own. `values` is a mapping or a file."""
    source = values if isinstance(values, Path) else "-"
    return helm("template", RELEASE, chart, "--namespace", namespace, "--values", source,
                stdin=None if isinstance(values, Path) else yaml.safe_dump(values or {}))


def load(text):
    return [document for document in yaml.load_all(text, Loader=yaml.CSafeLoader) if document]


def objects(values=None, chart=CHART, namespace=NAMESPACE):
    return load(render(values, chart, namespace))


def find(rendered, kind, name=RELEASE, namespace=None):
    """The one object of this kind and name."""
    found = [item for item in rendered if item["kind"] == kind and item["metadata"]["name"] == name
             and namespace in (None, item["metadata"].get("namespace"))]
    assert len(found) == 1, f"{len(found)} objects {kind} {name} of {[(i['kind'], i['metadata']['name']) for i in rendered]}"
    return found[0]


def of_kind(rendered, *kinds):
    return [item for item in rendered if item["kind"] in kinds]


def hooks(item):
    return item["metadata"].get("annotations", {}).get("helm.sh/hook", "")


def operator_config(rendered, name=RELEASE):
    return yaml.safe_load(find(rendered, "ConfigMap", name)["data"]["config.yaml"])


def leaves(tree, path=()):
    """Paths of everything that is no mapping, or an empty one."""
    if not isinstance(tree, dict) or not tree:
        yield path
        return
    for key, value in tree.items():
        yield from leaves(value, (*path, key))


def at(tree, path):
    for key in path:
        tree = tree[key]
    return tree
