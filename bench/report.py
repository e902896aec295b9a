"""What all benchmarks share: figures as JSON beside what the machine was doing."""

import json
import os
import pathlib
import statistics

ROOT = pathlib.Path(__file__).resolve().parents[1]


def write(name, figures, goals, at_least=None, details=None):
    """`goals`: figure -> largest value that is good enough; `at_least`: figure -> smallest. `details` are not printed."""
    at_least = at_least or {}
    document = {"name": name, "figures": figures, "goals": goals,
                "machine": {"cores": os.cpu_count(), "load_average_1m": LOAD_BEFORE}}
    document |= {"at_least": at_least} if at_least else {}
    document |= {"details": details} if details else {}
    path = ROOT / "build/bench" / f"{name}.json"
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"{path.relative_to(ROOT)}")
    for figure, value in figures.items():
        verdict = ""
        if figure in goals:
            verdict = f"   goal <= {goals[figure]}: {'met' if value <= goals[figure] else 'MISSED'}"
        if figure in at_least:
            verdict = f"   goal >= {at_least[figure]}: {'met' if value >= at_least[figure] else 'MISSED'}"
        print(f"  {figure:42} {value:>12}{verdict}")


def spread(values):
    return {"min": round(min(values), 3), "median": round(statistics.median(values), 3), "max": round(max(values), 3)}


LOAD_BEFORE = os.getloadavg()[0]
