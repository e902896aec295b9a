#!/usr/bin/env python3
"""Asks a forecaster as the operator does: Fit with a history, Predict with its end; prints the path and what it took."""

import argparse
import csv
import datetime
import pathlib
import statistics
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent / "common"))

import grpc  # noqa: E402

from contract import messages, services  # noqa: E402

HISTORY_STEP = 300
RECENT_SECONDS = 7200


def samples(rows, step):
    """`rows`: seconds -> value. On a grid that ends with the last one, NaN where there is none."""
    end = max(rows)
    times = range(end - (end - min(rows)) // step * step, end + 1, step)
    message = messages.Samples(values=[rows.get(at, float("nan")) for at in times])
    message.start.seconds, message.step.seconds = times[0], step
    return message


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return {round(datetime.datetime.fromisoformat(row[0]).timestamp()): float(row[1])
                for row in csv.reader(file) if row and row[0][:1].isdigit()}


def predict(stub, request):
    """Waits as long as the forecaster learns."""
    while True:
        began = time.monotonic()
        try:
            return stub.Predict(request, timeout=2), time.monotonic() - began
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.FAILED_PRECONDITION:
                raise
            time.sleep(0.5)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("history", type=pathlib.Path, help="CSV of timestamp,value rows, ISO 8601")
    parser.add_argument("--address", default="127.0.0.1:50051", metavar="HOST:PORT")
    parser.add_argument("--time-zone", default="UTC", metavar="NAME")
    parser.add_argument("--lead", type=int, default=900, metavar="SECONDS")
    parser.add_argument("--step", type=int, default=180, metavar="SECONDS", help="of the path")
    chosen = parser.parse_args()
    rows = read(chosen.history)
    times = sorted(rows)
    step = round(statistics.median(b - a for a, b in zip(times, times[1:])))
    quantiles = (0.5, 0.9, 0.99)
    series = messages.Series(namespace="prod", service=chosen.history.stem, unit="requests/s")
    fit = messages.FitRequest(series=series, history=samples(rows, max(step, HISTORY_STEP // step * step)),
                              time_zone=chosen.time_zone, quantiles=quantiles)
    fit.horizon.seconds = chosen.lead
    newest = {at: value for at, value in rows.items() if at >= times[-1] - RECENT_SECONDS}
    ask = messages.PredictRequest(series=series, recent=samples(newest, step), quantiles=quantiles)
    ask.horizon.seconds, ask.step.seconds = chosen.lead, chosen.step

    stub, began = services.ForecasterStub(grpc.insecure_channel(chosen.address)), time.monotonic()
    try:
        stub.Fit(fit, timeout=60)
        answer, seconds = predict(stub, ask)
    except grpc.RpcError as error:
        sys.exit(f"error: {chosen.address}: {error.code().name}: {error.details()}")
    print(f"{answer.model}: learned {len(fit.history.values)} values in {time.monotonic() - began:.1f} s, "
          f"answered in {seconds * 1000:.0f} ms")
    print(f"{'':25}  expected" + "".join(f"  {level:>8g}" for level in quantiles))
    for point in answer.path:
        at = datetime.datetime.fromtimestamp(point.at.seconds, datetime.timezone.utc).isoformat()
        print(f"{at}  {point.expected:8.1f}" + "".join(f"  {value:8.1f}" for value in point.quantiles))


if __name__ == "__main__":
    main()
