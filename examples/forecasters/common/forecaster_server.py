"""The program around a model: deepseek.forecaster.v1.Forecaster over gRPC, with limits, TLS, health and an end in peace."""

import argparse
import concurrent.futures
import ipaddress
import logging
import os
import pathlib
import signal
import sys
import threading
import time

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

import contract
from contract import Refusal, messages, services
from model import TooShort
from series_store import Job, SeriesStore

SERVICE = "deepseek.forecaster.v1.Forecaster"
MAX_REQUEST_BYTES = 1 << 20  # 110,000 values are 880,000 bytes
WORKERS = 8
MAX_CALLS = 64  # at once; more are refused with RESOURCE_EXHAUSTED
MAX_STREAMS = 64  # of one connection, at once; more wait
GRACE_SECONDS = 10

log = logging.getLogger("forecaster")


class Servicer(services.ForecasterServicer):
    def __init__(self, model, store):
        self._model, self._store = model, store

    def Fit(self, request, context):  # noqa: N802, the contract's name
        return self._answer(context, "Fit", request, self._fit)

    def Predict(self, request, context):  # noqa: N802
        return self._answer(context, "Predict", request, self._predict)

    def _answer(self, context, call, request, answer):
        who, began = f"{request.series.namespace[:64]}/{request.series.service[:64]}", time.monotonic()
        if not context.is_active():  # its deadline passed while it waited for a thread
            return None
        try:
            response = answer(request)
        except Refusal as refusal:
            log.info("%s: %s refused: %s: %s", who, call, refusal.code.name, refusal)
            context.abort(refusal.code, str(refusal))
        log.debug("%s: %s answered in %.0f ms", who, call, (time.monotonic() - began) * 1000)
        return response

    def _fit(self, request):
        key = contract.key_of(request.series)
        history = contract.samples_of("history", request.history)
        job = Job(request.series.unit, history, contract.time_zone_of(request.time_zone),
                  contract.seconds_of("horizon", request.horizon, contract.MAX_HORIZON_SECONDS),
                  contract.quantiles_of(request.quantiles))
        try:
            self._model.check(history)
        except TooShort as error:
            raise contract.invalid("history", str(error)) from error
        self._store.fit(key, job)
        return messages.FitResponse(model=self._model.name)

    def _predict(self, request):
        key = contract.key_of(request.series)
        recent = contract.samples_of("recent", request.recent)
        horizon = contract.seconds_of("horizon", request.horizon, contract.MAX_HORIZON_SECONDS)
        step = contract.seconds_of("step", request.step, contract.MAX_HORIZON_SECONDS)
        times = contract.path_times(recent.end, horizon, step)
        levels = contract.quantiles_of(request.quantiles)
        job, learned = self._store.get(key)
        if horizon > job.horizon or not set(levels) <= set(job.quantiles) or request.series.unit != job.unit:
            raise Refusal(grpc.StatusCode.FAILED_PRECONDITION,
                          f"learned for {job.unit!r}, {job.horizon:g} s ahead and the quantiles {list(job.quantiles)}: send Fit")
        medians, quantiles = learned.predict(recent, times)
        columns = [job.quantiles.index(level) for level in levels]
        response = messages.PredictResponse(model=self._model.name)
        for at, median, row in zip(times, medians, quantiles):
            point = response.path.add(expected=median, quantiles=row[columns])
            contract.timestamp(point.at, at)
        return response


def credentials(chosen):
    """Read again when a file has changed: certificates are replaced in their files while the program runs."""
    files = [path for path in (chosen.tls_key, chosen.tls_cert, chosen.tls_client_ca) if path]

    def stamps():
        return [path.stat().st_mtime_ns for path in files]

    def configuration():
        return grpc.ssl_server_certificate_configuration(
            [(chosen.tls_key.read_bytes(), chosen.tls_cert.read_bytes())],
            chosen.tls_client_ca.read_bytes() if chosen.tls_client_ca else None)

    seen = stamps()

    def changed():
        nonlocal seen
        try:
            now = stamps()
            if now == seen:
                return None
            answer, seen = configuration(), now
        except OSError as error:
            log.warning("certificates: %s; those read before stay in use", error)
            return None
        log.info("certificates: read again")
        return answer

    return grpc.dynamic_ssl_server_credentials(configuration(), changed, require_client_authentication=bool(chosen.tls_client_ca))


def is_loopback(address):
    host = address.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def options(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--listen", default="127.0.0.1:50051", metavar="HOST:PORT",
                        help="other than of this machine only with TLS or --plaintext; port 0 takes a free one")
    parser.add_argument("--tls-cert", type=pathlib.Path, metavar="FILE", help="certificate chain, PEM; read again when it changes")
    parser.add_argument("--tls-key", type=pathlib.Path, metavar="FILE", help="its key, PEM")
    parser.add_argument("--tls-client-ca", type=pathlib.Path, metavar="FILE", help="clients need a certificate of this CA, PEM")
    parser.add_argument("--plaintext", action="store_true", help="no TLS, though others than this machine may connect")
    parser.add_argument("--max-series", type=int, default=64, metavar="N", help="that are held at once")
    parser.add_argument("--idle", type=float, default=3600, metavar="SECONDS",
                        help="a series that nobody asked for in so long makes room for another one")
    parser.add_argument("--log-level", default="info", choices=("debug", "info", "warning", "error"), help="debug: every call")
    chosen = parser.parse_args()
    if bool(chosen.tls_cert) != bool(chosen.tls_key) or (chosen.tls_client_ca and not chosen.tls_cert):
        parser.error("--tls-cert and --tls-key go together, and --tls-client-ca with both")
    if not (chosen.tls_cert or chosen.plaintext or is_loopback(chosen.listen)):
        parser.error(f"{chosen.listen} is open to other machines: give --tls-cert and --tls-key, or --plaintext if that is meant")
    if chosen.max_series < 1:
        parser.error("--max-series has to be at least 1")
    return chosen


def end_children():
    """Of a learning that is under way: libraries run programs of their own."""
    for children in pathlib.Path("/proc/self/task").glob("*/children"):
        for child in children.read_text(encoding="ascii").split():
            try:
                os.kill(int(child), signal.SIGKILL)
            except ProcessLookupError:
                pass


def listen(server, chosen):
    try:
        if chosen.tls_cert:
            return server.add_secure_port(chosen.listen, credentials(chosen))
        return server.add_insecure_port(chosen.listen)
    except (OSError, RuntimeError, ValueError) as error:
        sys.exit(f"error: cannot listen on {chosen.listen}: {error}")


def serve(make_model, description):
    """The program. `make_model()` may import what takes long; --help does not wait for it."""
    chosen = options(description)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    log.setLevel(chosen.log_level.upper())
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())

    model = make_model()
    store = SeriesStore(model, chosen.max_series, chosen.idle)
    server = grpc.server(
        concurrent.futures.ThreadPoolExecutor(WORKERS), maximum_concurrent_rpcs=MAX_CALLS,
        options=[("grpc.max_receive_message_length", MAX_REQUEST_BYTES), ("grpc.max_concurrent_streams", MAX_STREAMS),
                 ("grpc.so_reuseport", 0)])
    services.add_ForecasterServicer_to_server(Servicer(model, store), server)
    state = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(state, server)
    for name in ("", SERVICE):
        state.set(name, health_pb2.HealthCheckResponse.SERVING)
    port = listen(server, chosen)
    server.start()
    log.info("%s: listening on %s:%d, %s", model.name, chosen.listen.rpartition(":")[0], port,
             "TLS with client certificates" if chosen.tls_client_ca else "TLS" if chosen.tls_cert else "plaintext")
    ended.wait()

    log.info("ending: calls under way have %d s", GRACE_SECONDS)
    state.enter_graceful_shutdown()
    store.close()
    server.stop(GRACE_SECONDS).wait()
    end_children()
    log.info("ended")
    logging.shutdown()
    os._exit(0)  # a model may be learning in a thread that nothing can interrupt
