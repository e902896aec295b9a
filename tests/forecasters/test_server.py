"""What surrounds both models: series that are too many, TLS, the command line. Asked of the program with Prophet."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

import demand
from demand import DAY
from harness.polling import eventually
from program import Program, command, environment

Code = grpc.StatusCode


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Authority:
    """A CA that signs for localhost."""

    def __init__(self, directory, name):
        self.directory, self.name = Path(directory), name
        self.key, self.cert = self.path("key"), self.path("crt")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 2, "-subj", f"/CN={name}",
                "-keyout", self.key, "-out", self.cert)

    def path(self, kind):
        return self.directory / f"{self.name}.{kind}"

    def sign(self, who):
        key, request, cert, names = (self.path(f"{who}.{kind}") for kind in ("key", "csr", "crt", "ext"))
        names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n", encoding="ascii")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={who}", "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key, "-CAcreateserial", "-days", 2, "-extfile", names,
                "-out", cert)
        return key, cert

    def client(self, who=None):
        key, cert = self.sign(who) if who else (None, None)
        return grpc.ssl_channel_credentials(self.cert.read_bytes(), key and key.read_bytes(), cert and cert.read_bytes())


class Series(unittest.TestCase):
    def setUp(self):
        self.part = demand.seasonal(4, weekly=False)

    def start(self, *arguments):
        program = Program("prophet", *arguments)
        self.addCleanup(program.close)
        return program

    def test_one_too_many_has_to_wait(self):
        program = self.start("--max-series", "1")
        program.learn(self.part.every(300), service="first")
        error = program.refusal(lambda: program.fit(self.part.every(300), service="second"))
        self.assertEqual(error.code(), Code.RESOURCE_EXHAUSTED)
        program.fit(self.part.every(300), service="first")  # one that is there is learned again at any time

    def test_one_that_nobody_asks_for_makes_room(self):
        program = self.start("--max-series", "1", "--idle", "0")
        program.learn(self.part.every(300), service="first")
        program.learn(self.part.every(300), service="second")
        error = program.refusal(lambda: program.predict(self.part.tail(7200), service="first"))
        self.assertEqual(error.code(), Code.NOT_FOUND)

    def test_days_begin_at_midnight_of_the_time_zone(self):
        """Who takes Tokyo's clocks for those of UTC sees its Saturday morning as the end of a workday's night."""
        ahead, program, errors = 4 * 3600, self.start(), {}
        utc = demand.seasonal(28, noise=0.02)
        tokyo = demand.Part(utc.start - 9 * 3600, utc.step, utc.values)
        history = tokyo.until(26 * DAY)  # to the end of Friday there
        for zone in ("Asia/Tokyo", "UTC"):
            program.learn(history.every(300), service=zone.lower(), time_zone=zone, horizon=ahead)
            errors[zone] = [
                abs(program.predict(tokyo.until(now).tail(7200), service=zone.lower(), horizon=ahead, step=ahead).path[-1].expected
                    - tokyo.at(now + ahead))
                for now in range(26 * DAY + 3600, 26 * DAY + 5 * 3600, 900)]
        self.assertLess(sum(errors["Asia/Tokyo"]), 0.7 * sum(errors["UTC"]), errors)


class Encryption(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="forecaster-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.authority = Authority(self.directory, "first")
        self.key, self.cert, self.ca = (Path(self.directory) / name for name in ("tls.key", "tls.crt", "ca.crt"))
        self.install(self.authority)

    def install(self, authority):
        key, cert = authority.sign("server")
        for source, target in ((key, self.key), (cert, self.cert), (authority.cert, self.ca)):
            shutil.copy(source, target.with_suffix(".new"))
            target.with_suffix(".new").rename(target)

    def start(self, *arguments, credentials):
        program = Program("prophet", "--tls-cert", str(self.cert), "--tls-key", str(self.key), *arguments, credentials=credentials)
        self.addCleanup(program.close)
        return program

    def health(self, program, credentials):
        with program.connect(credentials) as channel:
            return health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5).status

    def test_tls(self):
        program = self.start(credentials=self.authority.client())
        self.assertEqual(program.health(), health_pb2.HealthCheckResponse.SERVING)
        stranger = Authority(self.directory, "stranger")
        error = program.refusal(lambda: self.health(program, stranger.client()))
        self.assertEqual(error.code(), Code.UNAVAILABLE)

    def test_client_certificates(self):
        program = self.start("--tls-client-ca", str(self.ca), credentials=self.authority.client("operator"))
        self.assertEqual(program.health(), health_pb2.HealthCheckResponse.SERVING)
        error = program.refusal(lambda: self.health(program, self.authority.client()))
        self.assertEqual(error.code(), Code.UNAVAILABLE)

    def test_new_certificates_need_no_restart(self):
        program = self.start("--tls-client-ca", str(self.ca), credentials=self.authority.client("operator"))
        self.assertEqual(program.health(), health_pb2.HealthCheckResponse.SERVING)
        second = Authority(self.directory, "second")
        self.install(second)
        new = second.client("operator")

        def replaced():
            try:
                return self.health(program, new) == health_pb2.HealthCheckResponse.SERVING
            except grpc.RpcError as error:
                raise AssertionError(error.details()) from error
        eventually(replaced, 20, "the new certificate is used")
        error = program.refusal(lambda: self.health(program, self.authority.client("operator")))
        self.assertEqual(error.code(), Code.UNAVAILABLE)


class CommandLine(unittest.TestCase):
    def run_program(self, name, *arguments):
        return subprocess.run(command(name, *arguments), capture_output=True, text=True, check=False, timeout=60, env=environment())

    def test_help(self):
        for name in ("prophet", "lstm"):
            result = self.run_program(name, "--help")
            self.assertEqual(result.returncode, 0)
            self.assertIn("--listen HOST:PORT", result.stdout)

    def test_is_open_to_other_machines_only_when_told(self):
        for address in ("0.0.0.0:0", "[::]:0", "forecaster.example:0"):
            result = self.run_program("prophet", "--listen", address)
            self.assertEqual(result.returncode, 2)
            self.assertIn("--plaintext", result.stderr)

    def test_certificate_without_key(self):
        self.assertEqual(self.run_program("prophet", "--tls-cert", "/nonexistent").returncode, 2)

    def test_certificate_that_is_not_there(self):
        result = self.run_program("prophet", "--tls-cert", "/nonexistent.crt", "--tls-key", "/nonexistent.key")
        self.assertEqual(result.returncode, 1)
        self.assertIn("/nonexistent", result.stderr.splitlines()[-1])

    def test_port_that_is_taken(self):
        program = Program("prophet")
        self.addCleanup(program.close)
        result = self.run_program("prophet", "--listen", f"127.0.0.1:{program.port}")
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot listen", result.stderr)
