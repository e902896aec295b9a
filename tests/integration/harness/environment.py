"""Where the programs under test are; all of it can be given by environment variables."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def operator_binary():
    return os.environ.get("DEEPSEEK_OPERATOR_BINARY", str(ROOT / "build/release/deepseek-operator"))


def demo_load_binary():
    return os.environ.get("DEMO_LOAD_BINARY", str(ROOT / "build/release/examples/workload/demo-load"))


def kubeconfig():
    if "KUBECONFIG" in os.environ:
        return os.environ["KUBECONFIG"]
    return subprocess.check_output([str(ROOT / "hack/cluster"), "kubeconfig"], text=True).strip()


def kubectl():
    beside_kubeconfig = Path(kubeconfig()).parent / "bin/kubectl"
    return os.environ.get("KUBECTL") or (str(beside_kubeconfig) if beside_kubeconfig.exists() else "kubectl")


def prometheus_tool(name):
    return shutil.which(name) or f"/usr/bin/{name}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
