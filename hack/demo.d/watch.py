"""Shows the floor, the replicas and the traffic side by side, and with --verify judges what it has seen."""
import argparse
import csv
import json
import math
import re
import subprocess
import sys
import time
import urllib.request

POLL_SECONDS = 2.0
ROW_SECONDS = 4.0
RISE_SECONDS = 75.0    # the generated morning is over by then
AFTERWARDS_SECONDS = 6.0
TRACE_SECONDS = 40.0   # long enough for the history to be read and the floor to be written
SHORTEST_LEAD_SECONDS = 10.0
CONDITIONS = ("Ready", "Accepted", "DemandAvailable", "ForecastReady", "FloorApplied")


class Cluster:
    def __init__(self, arguments):
        self._command = [arguments.kubectl, "--kubeconfig", arguments.kubeconfig]
        if arguments.context:
            self._command += ["--context", arguments.context]
        self._command += ["-n", arguments.namespace]

    def get(self, kind, name):
        answer = subprocess.run(self._command + ["get", kind, name, "-o", "json"], capture_output=True, check=False)
        return json.loads(answer.stdout) if answer.returncode == 0 else {}


class Schedule:
    """The traffic as it is played: the truth that the floor has to be ahead of."""

    def __init__(self, path, started):
        with open(path, encoding="utf-8") as file:
            rows = [(parse_time(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
        self._rows = [(at - rows[0][0] + started, value) for at, value in rows]

    def rate(self, at):
        before = [value for when, value in self._rows if when <= at]
        return before[-1] if before else self._rows[0][1]

    def half_of_the_rise(self):
        """When the traffic is half-way up, and how much it is then."""
        end = self._rows[0][0] + RISE_SECONDS
        rise = [(when, value) for when, value in self._rows if when <= end]
        half = (rise[0][1] + max(value for _, value in rise)) / 2
        return next((when, value) for when, value in rise if value >= half)


def parse_time(text):
    return float(text) if re.fullmatch(r"[\d.]+", text) else time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


def figures(operator):
    with urllib.request.urlopen(operator + "/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found = {}
    for name in ("floor_replicas", "demand", "forecast_demand"):
        match = re.search(rf"^deepseek_operator_{name}{{.*}} (\S+)$", text, re.MULTILINE)
        found[name] = float(match.group(1)) if match else None
    return found


def observe(cluster, arguments, schedule):
    autoscaler = cluster.get("hpa", arguments.service)
    deployment = cluster.get("deployment", arguments.service)
    now = time.time()
    return {"at": now, "true_demand": schedule.rate(now), **figures(arguments.operator),
            "min": autoscaler.get("spec", {}).get("minReplicas", 0),
            "ready": deployment.get("status", {}).get("readyReplicas", 0)}


def show_row(began, row):
    def number(value):
        return "-" if value is None else f"{value:.1f}"
    print(f"{row['at'] - began:6.0f} s {row['true_demand']:12.1f} {number(row['demand']):>10} "
          f"{number(row['forecast_demand']):>14} {row['min']:>12} {row['ready']:>8}", flush=True)


def judge_rise(rows, schedule, per_replica):
    """How far ahead of the traffic the floor and the replicas were, half-way up."""
    needed_at, traffic = schedule.half_of_the_rise()
    needed = math.ceil(traffic / per_replica)
    lead = {}
    for key in ("min", "ready"):
        reached = next((row["at"] for row in rows if row[key] >= needed), None)
        lead[key] = None if reached is None else needed_at - reached
    if lead["min"] is None:
        return [f"the floor never reached the {needed} replicas that half of the rise needs"]
    print(f"\nHalf-way up, the traffic needs {needed} replicas. The floor was there {lead['min']:.0f} s before it"
          + ("." if lead["ready"] is None else f", the replicas were ready {lead['ready']:.0f} s before it."))
    problems = []
    if lead["min"] < SHORTEST_LEAD_SECONDS:
        problems.append(f"the floor led the traffic by {lead['min']:.0f} s only")
    if lead["ready"] is None or lead["ready"] < 0:
        problems.append("the replicas were not ready when the traffic needed them")
    return problems


def judge_objects(cluster, name):
    service = cluster.get("dss", name)
    conditions = {entry["type"]: entry for entry in service.get("status", {}).get("conditions", [])}
    problems = [f"condition {wanted} is {conditions.get(wanted, {}).get('status', 'missing')}: "
                f"{conditions.get(wanted, {}).get('message', '')}"
                for wanted in CONDITIONS if conditions.get(wanted, {}).get("status") != "True"]
    for kind in ("deployment", "hpa", "service"):
        owners = cluster.get(kind, name).get("metadata", {}).get("ownerReferences", [])
        if not any(owner["uid"] == service.get("metadata", {}).get("uid") for owner in owners):
            problems.append(f"there is no {kind} {name} that belongs to the DeepSeekService")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("kubectl", "kubeconfig", "namespace", "service", "operator", "schedule", "mode"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--context", default="")
    parser.add_argument("--schedule-started", type=float, required=True)
    parser.add_argument("--trace", action="store_true", help="a person's own: no rise is to be expected soon")
    parser.add_argument("--verify", action="store_true")
    arguments = parser.parse_args()

    cluster = Cluster(arguments)
    schedule = Schedule(arguments.schedule, arguments.schedule_started)
    began, rows, last_shown = time.time(), [], 0.0
    print("\n         traffic (now)   demand seen   forecast peak   minReplicas    ready")
    end = began + TRACE_SECONDS if arguments.trace else schedule.half_of_the_rise()[0] + AFTERWARDS_SECONDS
    while time.time() < end:
        row = observe(cluster, arguments, schedule)
        rows.append(row)
        if row["at"] - last_shown >= ROW_SECONDS:
            last_shown = row["at"]
            show_row(began, row)
        time.sleep(POLL_SECONDS)

    capacity = float(cluster.get("dss", arguments.service)["status"]["capacity"]["perReplica"])
    problems = [] if arguments.trace else judge_rise(rows, schedule, capacity)
    problems += judge_objects(cluster, arguments.service)
    for problem in problems:
        print(f"NOT SO: {problem}", file=sys.stderr)
    if arguments.verify and problems:
        sys.exit(1)


if __name__ == "__main__":
    main()
