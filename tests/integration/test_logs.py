"""The log: no secret in it, and no flood."""

import http.server
import json
import os
import re
import threading

from harness.case import ClusterTest
from harness.operator import Operator
from harness.polling import eventually
from harness.services import predicted

SECRETS = {"bearer": "bearer-5ecret-71", "password": "passw0rd-5ecret-72", "api server": "api-5ecret-73"}
MANY = 100
LINES_OF_A_CAUSE = 6  # five at once, and one a minute
_LINE = re.compile(r"^\S+Z (warning|error) +(.*)$", re.MULTILINE)


class _Refusing(http.server.BaseHTTPRequestHandler):
    """A Prometheus that refuses everybody, and answers with what it was sent."""

    seen = set()

    def do_POST(self):
        credentials = self.headers.get("Authorization", "")
        self.seen.add(credentials.split(" ")[0])
        body = json.dumps({"status": "error", "errorType": "unauthorized", "error": "no access"}).encode()
        self.send_response(401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_):
        pass


class SecretsTest(ClusterTest):
    shared_operator = False

    def refusing_server(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Refusing)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    def secret_file(self, name):
        path = os.path.join(self.directory, name.replace(" ", "-"))
        with open(path, "w", encoding="utf-8") as file:
            file.write(SECRETS[name])
        return path

    def assert_tells_no_secret(self, *texts):
        for name, secret in SECRETS.items():
            for text in texts:
                self.assertNotIn(secret, text, f"the secret of {name}")

    def test_credentials_of_prometheus_are_not_told(self):
        url = self.refusing_server()
        servers = [{"name": "default", "url": url, "bearerTokenFile": self.secret_file("bearer")},
                   {"name": "basic", "url": url,
                    "basicAuth": {"username": "operator", "passwordFile": self.secret_file("password")}}]
        operator = Operator(self.directory, json.dumps({"syncPeriod": "1s", "logLevel": "debug", "prometheus": servers}),
                            self.cluster.kubeconfig)
        self.addCleanup(operator.close)
        self.ns.create(predicted("one"), predicted("two", demand={"preset": "vllm", "prometheus": "basic"}))
        for name in ("one", "two"):
            self.ns.await_condition(name, "DemandAvailable", "False", "Unauthenticated")
        eventually(lambda: _Refusing.seen >= {"Bearer", "Basic"}, 20, "both kinds of credentials are sent")
        operator.await_log("Prometheus does not answer")
        self.assert_tells_no_secret(operator.log(), operator.get("/metrics")[1], operator.get("/readyz")[1],
                                    json.dumps(self.ns.list("dss")), json.dumps(self.ns.list("events.events.k8s.io")))

    def test_the_token_of_the_api_server_is_not_told(self):
        kubeconfig = self.kubeconfig_with(user={"token": SECRETS["api server"]})
        operator = self.start_operator(kubeconfig=kubeconfig, arguments=("--log-level", "debug"))
        operator.await_log("cannot read from the API server")
        operator.await_not_ready("[-]caches failed")
        self.assert_tells_no_secret(operator.log(), operator.get("/metrics")[1], operator.get("/readyz")[1])


class FloodTest(ClusterTest):
    shared_operator = False

    @classmethod
    def gauge_targets(cls):
        return []

    def causes(self, log):
        """How many warnings and errors there are of each message and reason."""
        found = {}
        for _, text in _LINE.findall(log):
            cause = tuple([re.split(r" \w+=", text)[0], *re.findall(r"(?:condition|reason|resource|server)=(\S+)", text)])
            found[cause] = found.get(cause, 0) + 1
        return found

    def assert_no_flood(self, log, minutes):
        causes = self.causes(log)
        self.assertTrue(causes)
        print(f"      {sum(causes.values())} lines of {len(causes)} causes with {MANY} services")
        for cause, lines in causes.items():
            self.assertLessEqual(lines, LINES_OF_A_CAUSE + minutes, f"{cause} in\n{log[-4000:]}")

    def test_an_outage_is_told_once_and_not_by_each_service(self):
        api_server = self.start_forwarder(self.api_server())
        prometheus = self.start_forwarder(self.prometheus.url)
        operator = self.start_operator(kubeconfig=self.kubeconfig_with(server=f"https://{api_server.address}"),
                                       prometheus_url=f"http://{prometheus.address}").await_ready()
        self.ns.create(*[predicted(f"chat-{number}") for number in range(MANY)])

        def count(status, condition="DemandAvailable"):
            return operator.metric("deepseek_operator_condition", condition=condition, status=status)
        eventually(lambda: count("true", "Accepted") == MANY, 180, "all services are accepted")
        prometheus.cut()

        def all_are_without():
            found = [item.get("status", {}).get("conditions", []) for item in self.ns.list("dss")]
            reasons = [entry["reason"] for conditions in found for entry in conditions if entry["type"] == "DemandAvailable"]
            assert reasons.count("Unreachable") == MANY, f"{reasons.count('Unreachable')} are"
            return True
        eventually(all_are_without, 120, "all services are without a demand")
        api_server.cut()
        failed = operator.metric("rest_client_requests_total", code="<error>")
        eventually(lambda: operator.metric("rest_client_requests_total", code="<error>") >= failed + 20, 60,
                   "the API server is asked in vain")
        prometheus.connect()
        api_server.connect()
        operator.await_ready(timeout=60)
        self.assert_no_flood(operator.log(), minutes=5)
