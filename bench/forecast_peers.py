"""The libraries that the forecaster is compared with: their environment, and their answers, kept between runs."""

import dataclasses
import hashlib
import json
import os
import subprocess
import sys

import report
from forecast_measures import Forecasts, conformal

DIRECTORY = report.ROOT / "build/bench"
VENV = DIRECTORY / "venv"
CACHE = DIRECTORY / "cache"
REQUIREMENTS = report.ROOT / "bench/forecast-requirements.txt"
WORKER = report.ROOT / "bench/forecast_peer_worker.py"
NAMES = {"holt_winters": "Holt-Winters (statsmodels)", "prophet": "Prophet"}


class PeersUnavailable(Exception):
    """Why, and what to do about it."""


@dataclasses.dataclass
class Answer:
    forecasts: Forecasts
    fit_seconds: list
    about: str


def prepare():
    """Makes the environment, once for each content of the requirements."""
    wanted, marker = REQUIREMENTS.read_text(encoding="utf-8"), VENV / "installed-requirements.txt"
    if marker.exists() and marker.read_text(encoding="utf-8") == wanted:
        return
    print(f"  installing the peers into {VENV.relative_to(report.ROOT)}: half a minute", flush=True)
    for command in ([sys.executable, "-m", "venv", "--clear", str(VENV)],
                    [str(VENV / "bin/pip"), "install", "--disable-pip-version-check", "-q", "-r", str(REQUIREMENTS)]):
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            said = (result.stderr or result.stdout).strip().splitlines()[-3:]
            raise PeersUnavailable("statsmodels and Prophet could not be installed: " + " ".join(said) +
                                   "; is the package index that pip is set up for reachable? --no-peers leaves them out")
    marker.write_text(wanted, encoding="utf-8")


def job_of(peer, trace):
    return {"peer": peer, "name": trace.name, "start": trace.start, "step": trace.step, "values": trace.values,
            "lead": trace.lead, "warmup": trace.warmup, "slots_in_day": trace.slots_in_day}


def cached_path(peer, trace):
    key = hashlib.sha256()
    for part in (trace.digest, peer, str(trace.lead), str(trace.warmup)):
        key.update(part.encode() + b"\0")
    key.update(REQUIREMENTS.read_bytes() + b"\0" + WORKER.read_bytes())
    return CACHE / f"{trace.name}-{peer}-{key.hexdigest()[:16]}.json"


def run(peer, trace):
    """From the cache where the trace, the parameters, the versions and the worker are the same."""
    path = cached_path(peer, trace)
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        # One core for each: two of them run beside each other.
        threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        result = subprocess.run([str(VENV / "bin/python"), str(WORKER)], input=json.dumps(job_of(peer, trace)),
                                stdout=subprocess.PIPE, text=True, check=False, env={**os.environ, **threads})
        if result.returncode:
            raise PeersUnavailable(f"{NAMES.get(peer, peer)} failed on {trace.name} (exit status {result.returncode})")
        unfinished = path.with_suffix(".part")
        unfinished.write_text(result.stdout, encoding="utf-8")
        unfinished.rename(path)
    return answer_of(trace, json.loads(path.read_text(encoding="utf-8")))


def answer_of(trace, document):
    def by_slot(values):
        return {int(slot): value for slot, value in values.items()}

    expected = {slot: value for slot, value in by_slot(document["expected"]).items() if trace.values[slot] is not None}
    own = document["quantile"]
    forecasts = conformal(trace, expected) if own is None else Forecasts(expected, by_slot(own))
    return Answer(forecasts, document["fit_seconds"], document["about"])
