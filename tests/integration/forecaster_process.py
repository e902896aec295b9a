#!/usr/bin/env python3
"""forecaster_process.py CODE ADDRESS SAYS: a forecaster that predicts what SAYS, a file, tells it to (harness/forecaster.py)."""

import json
import math
import sys
from concurrent import futures

import grpc

CODE, ADDRESS, SAYS = sys.argv[1:]
sys.path.insert(0, CODE)
# pylint: disable=wrong-import-position
from deepseek.forecaster.v1 import forecaster_pb2, forecaster_pb2_grpc  # noqa: E402


class Forecaster(forecaster_pb2_grpc.ForecasterServicer):
    def __init__(self):
        self.fitted = set()

    def Fit(self, request, context):
        name = (request.series.namespace, request.series.service)
        self.fitted.add(name)
        print("Fit", *name, len(request.history.values), flush=True)
        return forecaster_pb2.FitResponse(model="naive")

    def Predict(self, request, context):
        if (request.series.namespace, request.series.service) not in self.fitted:
            context.abort(grpc.StatusCode.NOT_FOUND, "this series is not fitted")
        with open(SAYS, encoding="utf-8") as file:
            says = json.load(file)
        known = [value for value in request.recent.values if not math.isnan(value)]
        demand = math.nan if says.get("garbage") else says.get("demand", known[-1] if known else 0)
        recent = request.recent
        now = recent.start.ToNanoseconds() + recent.step.ToNanoseconds() * (len(recent.values) - 1)
        step = request.step.ToNanoseconds()
        response = forecaster_pb2.PredictResponse(model="naive")
        for at in range(now + step, now + request.horizon.ToNanoseconds() + 1, step):
            point = response.path.add(expected=demand, quantiles=[demand for _ in request.quantiles])
            point.at.FromNanoseconds(at)
        return response


def main():
    server = grpc.server(futures.ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
    forecaster_pb2_grpc.add_ForecasterServicer_to_server(Forecaster(), server)
    if server.add_insecure_port(ADDRESS) == 0:
        sys.exit(f"cannot listen at {ADDRESS}")
    server.start()
    print("listening", flush=True)
    server.wait_for_termination()


main()
