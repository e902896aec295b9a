"""An example forecaster as a process, and a client of it."""

import os
import re
import sys
import threading

import grpc
import numpy as np
from grpc_health.v1 import health_pb2, health_pb2_grpc

from contract import messages, services
from harness.environment import ROOT
from harness.polling import eventually
from harness.process import Process

PYTHON = {name: os.environ.get(f"{name.upper()}_PYTHON", sys.executable) for name in ("prophet", "lstm")}
START_SECONDS = 60
LEARN_SECONDS = 300
LEAD = 900
QUANTILES = (0.5, 0.9, 0.99)


def command(name, *arguments):
    return [PYTHON[name], str(ROOT / f"examples/forecasters/{name}/{name}_forecaster.py"), *arguments]


def environment():
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Program(Process):
    """Serving when it is made. `port` 0: a free one."""

    def __init__(self, name, *arguments, port=0, credentials=None):
        super().__init__(command(name, "--listen", f"127.0.0.1:{port}", *arguments), environment())
        self.await_log("listening on", START_SECONDS)
        self.port = int(re.search(r"listening on 127\.0\.0\.1:(\d+)", self.log()).group(1))
        self.credentials = credentials
        self.channel = self.connect()
        self.stub = services.ForecasterStub(self.channel)

    def connect(self, credentials=None):
        """A connection of its own: gRPC shares those of equal channels otherwise."""
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1)]
        address, credentials = f"localhost:{self.port}", credentials or self.credentials
        return grpc.secure_channel(address, credentials, options) if credentials else grpc.insecure_channel(address, options)

    def health(self, service=""):
        asked = health_pb2.HealthCheckRequest(service=service)
        return health_pb2_grpc.HealthStub(self.channel).Check(asked, timeout=5).status

    def fit(self, history, timeout=10, **fields):
        return self.stub.Fit(fit_request(history, **fields), timeout=timeout)

    def predict(self, recent, timeout=10, **fields):
        return self.stub.Predict(predict_request(recent, **fields), timeout=timeout)

    def learn(self, history, **fields):
        """Fits, and waits until it is learned."""
        self.fit(history, **fields)
        self.await_learned(history.tail(7200), service=fields.get("service", "chat"), unit=fields.get("unit", "requests/s"))

    def try_predict(self, recent, **fields):
        """None while it is being learned."""
        try:
            return self.predict(recent, **fields)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.FAILED_PRECONDITION and "being learned" in error.details():
                return None
            raise

    def await_learned(self, recent, **fields):
        eventually(lambda: self.try_predict(recent, quantiles=(), **fields), LEARN_SECONDS, "the series is learned")

    def refusal(self, call):
        """The status that a call ends with."""
        try:
            call()
        except grpc.RpcError as error:
            return error
        raise AssertionError("it was not refused")

    def close(self):
        if hasattr(self, "channel"):
            self.channel.close()
        super().close()


def series_of(service, unit):
    return messages.Series(namespace="prod", service=service, unit=unit)


def fit_request(history, service="chat", unit="requests/s", time_zone="UTC", horizon=LEAD, quantiles=QUANTILES):
    request = messages.FitRequest(series=series_of(service, unit), time_zone=time_zone, quantiles=quantiles)
    history.into(request.history)
    request.horizon.seconds = horizon
    return request


def predict_request(recent, service="chat", unit="requests/s", horizon=LEAD, step=60, quantiles=QUANTILES):
    request = messages.PredictRequest(series=series_of(service, unit), quantiles=quantiles)
    recent.into(request.recent)
    request.horizon.seconds, request.step.seconds = horizon, step
    return request


def all_at_once(calls):
    """What each of them returned or raised, all begun together."""
    answers, gate = [None] * len(calls), threading.Barrier(len(calls))

    def run(i, call):
        gate.wait()
        try:
            answers[i] = call()
        except grpc.RpcError as error:
            answers[i] = error
    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def seconds(timestamp):
    return timestamp.seconds + timestamp.nanos / 1e9


def matrix(response):
    return np.array([point.quantiles for point in response.path])
