"""Processes of containers, as the machine sees them: the node shares its kernel."""

import re
from pathlib import Path


def resident_bytes(pod_uid, program):
    """Of the one process of this program in this pod."""
    found = [directory for directory in Path("/proc").iterdir()
             if directory.name.isdigit() and _runs(directory, program) and _is_in_pod(directory, pod_uid)]
    assert len(found) == 1, f"{len(found)} processes of {program} in pod {pod_uid}"
    status = (found[0] / "status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE).group(1)) * 1024


def _runs(process, program):
    try:
        return (process / "cmdline").read_bytes().split(b"\0")[0] == program.encode()
    except OSError:  # it has ended meanwhile
        return False


def _is_in_pod(process, pod_uid):
    try:
        groups = (process / "cgroup").read_text()
    except OSError:
        return False
    return pod_uid in groups or pod_uid.replace("-", "_") in groups
