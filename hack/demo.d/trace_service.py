"""Rewrites the example on stdin for a person's own trace: real time scales, and a capacity that fits its peak."""
import csv
import re
import sys

REPLICAS_AT_PEAK = 40
UTILIZATION = 0.75


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        peak = max(float(row["value"]) for row in csv.DictReader(file))
    text = sys.stdin.read()
    per_replica = max(peak, 1e-6) / REPLICAS_AT_PEAK / UTILIZATION
    changes = [
        (r"\[20s\]", "[2m]"),
        (r"max: \d+", f"max: {REPLICAS_AT_PEAK * 2}"),
        (r'perReplica: "[^"]*".*', f'perReplica: "{per_replica:.6g}"   # a fortieth of the peak at 75 %'),
        (r"leadTime: .*", "leadTime: 5m"),
        (r"history: .*", "history: 28d"),
        (r"seasons: .*", "seasons: [Auto]"),
        (r"--startup-delay=\w+", "--startup-delay=5s"),
        (r"requests: {cpu: \w+, memory: \w+}", "requests: {cpu: 5m, memory: 8Mi}"),
    ]
    for pattern, replacement in changes:
        text, count = re.subn(pattern, replacement, text)
        if count == 0:
            sys.exit(f"trace_service.py: the example has nothing that matches {pattern}")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
