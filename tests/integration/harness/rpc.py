"""A client of the operator's gRPC server."""

import threading

import grpc

from .grpc_stubs import provide
from .polling import eventually

provide("deepseek/forecast/v1/forecast.proto", "externalscaler/externalscaler.proto", "google/rpc/status.proto",
        "health.proto", "reflection.proto")
# pylint: disable=wrong-import-position
import health_pb2  # noqa: E402
import health_pb2_grpc  # noqa: E402
import reflection_pb2  # noqa: E402
import reflection_pb2_grpc  # noqa: E402
from deepseek.forecast.v1 import forecast_pb2 as v1  # noqa: E402
from deepseek.forecast.v1 import forecast_pb2_grpc  # noqa: E402
from externalscaler import externalscaler_pb2_grpc  # noqa: E402
from google.rpc import status_pb2  # noqa: E402

DETAILS = "grpc-status-details-bin"
TIMEOUT = 20
# Channels of one process share a connection otherwise, and with it what one of them has been let in by.
OPTIONS = (("grpc.use_local_subchannel_pool", 1), ("grpc.max_reconnect_backoff_ms", 1000))


class Client:
    """`credentials` of a channel, or None for clear text; `token` goes along with each call."""

    def __init__(self, address, credentials=None, token=None, options=()):
        options = (*OPTIONS, *options)
        if credentials and token:
            credentials = grpc.composite_channel_credentials(credentials, grpc.access_token_call_credentials(token))
        self.channel = grpc.secure_channel(address, credentials, options) if credentials else \
            grpc.insecure_channel(address, options)
        self.forecasts = forecast_pb2_grpc.ForecastServiceStub(self.channel)
        self.scaler = externalscaler_pb2_grpc.ExternalScalerStub(self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)
        self.reflection = reflection_pb2_grpc.ServerReflectionStub(self.channel)

    def forecast(self, namespace, service, **more):
        return self.forecasts.GetForecast(v1.GetForecastRequest(namespace=namespace, service=service, **more), timeout=TIMEOUT)

    def explain(self, namespace, service):
        return self.forecasts.Explain(v1.ExplainRequest(namespace=namespace, service=service), timeout=TIMEOUT)

    def list(self, namespace="", **more):
        return self.forecasts.ListServices(v1.ListServicesRequest(namespace=namespace, **more), timeout=TIMEOUT)

    def watch(self, namespace="", service="", timeout=None):
        return self.forecasts.WatchDecisions(v1.WatchDecisionsRequest(namespace=namespace, service=service), timeout=timeout)

    def serving(self, service=""):
        """What the health service says, by name."""
        answer = self.health.Check(health_pb2.HealthCheckRequest(service=service), timeout=TIMEOUT)
        return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)

    def reflect(self, **request):
        """One answer of the reflection service."""
        asked = reflection_pb2.ServerReflectionRequest(**request)
        answer, = self.reflection.ServerReflectionInfo(iter([asked]), timeout=TIMEOUT)
        return answer

    def close(self):
        self.channel.close()


class Watch:
    """Reads a stream of decisions in a thread of its own until it ends."""

    def __init__(self, call):
        self._call = call
        self._seen = []
        self._ended = None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        try:
            for message in self._call:
                if message.HasField("decision"):
                    self._seen.append(message.decision)
            self._ended = grpc.StatusCode.OK
        except grpc.RpcError as error:
            self._ended = error.code()

    @property
    def decisions(self):
        return list(self._seen)

    def await_decision(self, timeout=20, **fields):
        def seen():
            for decision in self.decisions:
                if all(getattr(decision, name) == value for name, value in fields.items()):
                    return decision
            assert self._ended is None, f"it has ended: {self._ended}"
            raise AssertionError(f"{len(self._seen)} decisions, the last: {self._seen[-1:]}")
        return eventually(seen, timeout, f"a decision {fields}")

    def await_end(self, timeout=20):
        """Its status."""
        return eventually(lambda: self._ended, timeout, "the stream has ended")

    def cancel(self):
        self._call.cancel()
        self._thread.join()


def details(error):
    """The details of an error, by the names of their types: ErrorInfo, BadRequest, …"""
    encoded = [value for key, value in error.trailing_metadata() or () if key == DETAILS]
    assert len(encoded) == 1, f"{error.code()} {error.details()} has no details"
    status = status_pb2.Status.FromString(encoded[0])
    assert (status.code, status.message) == (error.code().value[0], error.details()), str(status)
    found = {}
    for packed in status.details:
        name = packed.type_url.rsplit(".", 1)[-1]
        found[name] = getattr(status_pb2, name)()
        assert packed.Unpack(found[name])
    return found


def refusal(code, call, *arguments, **options):
    """The error with which a call fails, which is one of this code."""
    try:
        answer = call(*arguments, **options)
    except grpc.RpcError as error:
        assert error.code() == code, f"{error.code()}, not {code}: {error.details()}"
        return error
    raise AssertionError(f"not {code}: {answer}")
