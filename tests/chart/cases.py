"""Files of values that together use every value of the chart."""

from pathlib import Path

VALUES = sorted((Path(__file__).parent / "values").glob("*.yaml"))
WATCHED = ("team-a", "team-b")  # the namespaces that they name
