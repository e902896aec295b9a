"""What somebody may try who can write objects in one namespace, or who answers in the place of Prometheus. The threat
model is docs/security.md, which names these tests."""

import json
import os
import re
import subprocess

from harness import environment
from harness.case import ClusterTest
from harness.cluster import KubectlError
from harness.hostile import Canary, Echo, Endless, Onlooker, Redirector
from harness.operator import Operator
from harness.polling import eventually
from harness.prometheus import Prometheus
from harness.services import adopting, autoscaler, deployment, predicted, queried, service

OURS = {"app.kubernetes.io/managed-by": "deepseek-operator"}
HELD = "deepseek-operator.dev/adopted-by"
HOLDS = "deepseek-operator.dev/holds"
# Ends a line, drives a terminal, turns the direction of writing; and what YAML refuses or takes for a line's end.
FORGED = 'x"}\n{"level":"error","message":"forged"}\r\x1b[2J\x9b31m\u202e|\u2028|\x85|\ufeff|\U0001f600'
DECEPTIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffd]")


class SecurityTest(ClusterTest):
    shared_operator = False

    def operator_with(self, *servers, kubeconfig=None, **settings):
        """An operator with these Prometheus servers, and what else its configuration file says."""
        config = json.dumps({"syncPeriod": "1s", "prometheus": list(servers), **settings})
        operator = Operator(self.directory, config, kubeconfig or self.cluster.kubeconfig)
        self.addCleanup(operator.close)
        return operator

    def started(self, thing):
        self.addCleanup(thing.close)
        return thing

    def secret(self, name, text):
        path = os.path.join(self.directory, f"{self._testMethodName}-{name}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    def neighbour(self):
        """A namespace of somebody else, with a workload and an autoscaler that looks as if it were held by "chat"."""
        other = self.cluster.namespace(self.ns.name + "-victim")
        self.addCleanup(other.remove)
        theirs = autoscaler("theirs", "engine")
        theirs["metadata"]["annotations"] = {HELD: "chat", "deepseek-operator.dev/original-min-replicas": "1",
                                             "deepseek-operator.dev/floor": "1"}
        other.create(deployment("engine"), theirs)
        return other

    @staticmethod
    def written(victim):
        """What the operator could have written on the neighbour's autoscaler; its status is the HPA controller's."""
        theirs = victim.get("hpa", "theirs")
        return theirs["spec"], theirs["metadata"]["annotations"]

    def assert_refused(self, text, *objects):
        with self.assertRaisesRegex(KubectlError, text):
            self.ns.create(*objects)

    # Addresses and queries.

    def test_no_service_can_name_an_address(self):
        canary = self.started(Canary())
        operator = self.start_operator().await_ready()
        for server in (canary.url, f"127.0.0.1:{canary.port}", f"default@127.0.0.1:{canary.port}", "../default",
                       "default\n", "DEFAULT"):
            self.assert_refused("prometheus", predicted(demand={"preset": "vllm", "prometheus": server}))
        for field in ("url", "address", "server", "headers", "bearerTokenFile"):
            # Unknown fields are pruned by the API server, as --validate=ignore lets them through.
            self.ns.create(predicted(field.lower(), demand={"preset": "vllm", field: canary.url}))
            self.assertNotIn(field, self.ns.get("dss", field.lower())["spec"]["demand"])
        self.ns.create(predicted(demand={"preset": "vllm", "prometheus": "somewhere-else"}))
        self.ns.await_condition("chat", "DemandAvailable", "False", "UnknownServer")
        operator.assert_well()
        self.assertEqual(canary.connections, 0)

    def test_questions_of_presets_hold_nothing_of_a_service(self):
        """So nothing that a name, a label or an annotation holds can change them."""
        onlooker = self.started(Onlooker(self.prometheus.url))
        operator = self.operator_with({"name": "default", "url": onlooker.url}).await_ready()
        plain = set(onlooker.queries)
        odd = predicted("up")  # the name of a metric
        odd["metadata"]["labels"] = {"namespace": "kube-system", "service": "other"}
        odd["metadata"]["annotations"] = {"query": '"} or up{x="'}
        self.ns.create(odd, predicted("sum"), predicted("chat"))
        self.demand(10)
        self.ns.await_condition("chat", "DemandAvailable", "True")
        operator.await_sync_periods(3)
        asked = set(onlooker.queries) - plain
        self.assertTrue(asked, "nothing was asked about the services")
        for query in asked:
            for name in (self.ns.name, "kube-system", "other", '"}'):
                self.assertNotIn(name, query)
        # A preset's questions, whatever the services: another one changes none of them.
        before = set(onlooker.queries)
        self.ns.create(predicted("rate"))
        operator.await_sync_periods(3)
        self.assertEqual({query for query in onlooker.queries if not query.startswith("count(")}
                         - {query for query in before if not query.startswith("count(")}, set())

    def test_names_that_would_end_a_string_of_promql_do_not_exist(self):
        for name in ('a"', "a'", "a\\", "a\n", "a}", "ä", "a{{name}}"):
            self.assert_refused("[Ii]nvalid", queried('up{service="{{name}}"}', name))

    def test_placeholders_expand_to_the_service_and_nothing_else(self):
        onlooker = self.started(Onlooker(self.prometheus.url))
        self.operator_with({"name": "default", "url": onlooker.url, "allowCustomQueries": True}).await_ready()
        self.ns.create(queried('max(up{namespace="{{namespace}}",service="{{name}}"})'))
        self.ns.await_condition("chat", "DemandAvailable", "True")
        self.assertIn(f'max(up{{namespace="{self.ns.name}",service="chat"}})', onlooker.queries)
        for field in ("{{ name }}", "{{spec.template}}", "{{#each}}", "{{env.HOME}}", "{{"):
            self.ns.create(queried(f'up{{x="{field}"}}', "odd"))
            self.ns.await_condition("odd", "Accepted", "False", "InvalidSpec")
            self.ns.delete("dss", "odd")
        self.assertFalse([query for query in onlooker.queries if "{{" in query])

    def test_own_queries_are_not_asked_where_they_are_not_allowed(self):
        onlooker = self.started(Onlooker(self.prometheus.url))
        operator = self.operator_with({"name": "default", "url": onlooker.url}).await_ready()
        self.ns.create(queried("my_own_query"), predicted("costs", autoscaling={
            "podDeletionCost": {"query": "my_own_costs"}}))
        self.ns.await_condition("chat", "DemandAvailable", "False", "CustomQueryNotAllowed")
        self.ns.await_condition("costs", "DeletionCostsApplied", "False", "CustomQueryNotAllowed")
        operator.await_sync_periods(3)
        self.assertFalse([query for query in onlooker.queries if "my_own" in query])

    def test_a_pod_cannot_speak_for_another_namespace(self):
        """Where Prometheus keeps the labels of the target, which is its default (honor_labels: false)."""
        self.gauges.set(self.ns.name, 'chat', '1')
        forged = f'/{self.ns.name}/forger'
        self.gauges.set_text(forged, 'vllm:num_requests_running{namespace="%s",service="chat"} 5000\n'
                                     'vllm:num_requests_waiting{namespace="%s",service="chat"} 0\n'
                             % (self.ns.name, self.ns.name))
        targets = [(self.gauges.address, f"/{self.ns.name}/chat", self.ns.name, "chat"),
                   (self.gauges.address, forged, self.ns.name + "-forger", "forger")]
        prometheus = self.started(Prometheus(self.directory, targets, honor_labels=False)).await_ready()
        eventually(lambda: prometheus.value("sum(vllm:num_requests_running)") == 5001, what="both are scraped")
        self.operator_with({"name": "default", "url": prometheus.url}).await_ready()
        self.ns.create(predicted())
        self.ns.await_condition("chat", "DemandAvailable", "True")
        self.assertEqual(self.ns.get("dss", "chat")["status"]["demand"]["current"], "1")

    # Credentials.

    def test_a_redirect_takes_no_credentials_along(self):
        canary = self.started(Canary())
        redirector = self.started(Redirector(canary.url))
        operator = self.operator_with({"name": "default", "url": redirector.url,
                                       "bearerTokenFile": self.secret("token", "s3cret-token")}, logLevel="debug")
        operator.await_not_ready("redirects us")
        self.assertGreater(redirector.asked, 0)
        self.assertEqual(canary.connections, 0)
        self.assertNotIn("s3cret", operator.log())

    def test_credentials_are_never_told_even_if_the_server_tells_them(self):
        echo = self.started(Echo())
        operator = self.operator_with(
            {"name": "default", "url": echo.url, "bearerTokenFile": self.secret("token", "s3cret-token"),
             "allowCustomQueries": True},
            {"name": "basic", "url": echo.url, "allowCustomQueries": True,
             "basicAuth": {"username": "operator", "passwordFile": self.secret("password", "s3cret-password")}},
            logLevel="debug")
        self.ns.create(predicted(), queried("up", "basic", demand={"query": "up", "unit": "in flight",
                                                                   "prometheus": "basic"}))
        for name in ("chat", "basic"):
            found = self.ns.await_condition(name, "DemandAvailable", "False", "BadQuery")
            self.assertIn("[redacted]", found["message"])
        encoded = "b3BlcmF0b3I6czNjcmV0LXBhc3N3b3Jk"  # operator:s3cret-password
        self.assertEqual(set(echo.seen), {"Bearer s3cret-token", f"Basic {encoded}"})
        told = (operator.log() + operator.get("/metrics")[1] + operator.get("/readyz?verbose")[1]
                + json.dumps(self.ns.list("dss")) + json.dumps(self.ns.list("events.events.k8s.io")))
        for secret in ("s3cret", encoded):
            self.assertNotIn(secret, told)

    def test_credentials_in_the_clear_are_warned_of(self):
        token = self.secret("token", "s3cret-token")
        servers = [{"name": "far", "url": "http://prometheus.invalid:9090", "bearerTokenFile": token},
                   {"name": "near", "url": self.prometheus.url, "bearerTokenFile": token},
                   {"name": "safe", "url": "https://prometheus.invalid:9090", "bearerTokenFile": token}]
        operator = self.operator_with(*servers, logFormat="json")
        operator.await_log("started")
        warned = [line for line in map(json.loads, operator.log().splitlines()) if "unencrypted" in line["message"]]
        self.assertEqual([line["server"] for line in warned], ["far"])

    # Writes and reads in other namespaces.

    def test_names_that_lead_out_of_the_namespace_are_refused(self):
        victim = self.neighbour()
        operator = self.start_operator().await_ready()
        before = self.written(victim)
        path = f"../../{victim.name}/horizontalpodautoscalers/theirs"
        for name in (path, f"{victim.name}/theirs", "..", ".", "theirs/status", "theirs?dryRun=All", "theirs#", "a b",
                     "%2e%2e", "a..b/"):
            self.assert_refused("name", adopting("Deployment", name))
            for ref in ("hpaRef", "scaledObjectRef"):
                self.assert_refused("name", adopting("Deployment", "engine", autoscaling={ref: {"name": name}}))
        for api_version in ("../v1", "apps/v1/namespaces/kube-system", "apps/v1?x=", "/v1", "v1/"):
            self.assert_refused("apiVersion", adopting("Deployment", "engine", api_version))
        operator.assert_well()
        self.assertEqual(self.written(victim), before)

    def test_a_forged_note_of_what_is_held_reaches_no_other_namespace(self):
        """The annotation …/holds is written by the operator, but by everybody else too who may edit the service."""
        victim = self.neighbour()
        operator = self.start_operator().await_ready()
        before = self.written(victim)
        for note in (f"../../{victim.name}/horizontalpodautoscalers/theirs", f"{victim.name}/theirs", "..", "theirs/.."):
            forged = service()
            forged["metadata"]["annotations"] = {HOLDS: f"HorizontalPodAutoscaler/{note}"}
            self.ns.create(forged)
            self.ns.await_condition("chat", "Ready", "True")
            self.ns.delete("dss", "chat", "--wait=true", "--timeout=20s")
        operator.assert_well()
        self.assertEqual(self.written(victim), before)

    def test_a_target_is_looked_for_in_the_namespace_of_the_service_only(self):
        self.neighbour()
        self.start_operator().await_ready()
        self.ns.create(adopting("Deployment", "engine"),
                       adopting("Deployment", "other", name="held", autoscaling={"hpaRef": {"name": "theirs"}}))
        self.ns.await_condition("chat", "Accepted", "False", "TargetNotFound")
        self.ns.await_condition("held", "Accepted", "False", "AutoscalerNotFound")

    def test_what_cannot_be_scaled_is_not_even_read(self):
        """Secrets, and what belongs to the cluster: neither has /scale, and without it the object is not asked for."""
        self.start_operator().await_ready()
        for kind, name, api_version in (("Secret", "any", "v1"), ("Node", "any", "v1"),
                                        ("Namespace", "kube-system", "v1"),
                                        ("ClusterRole", "cluster-admin", "rbac.authorization.k8s.io/v1")):
            self.ns.create(adopting(kind, name, api_version))
            self.ns.await_condition("chat", "Accepted", "False", "TargetNotScalable")
            self.ns.delete("dss", "chat")

    def test_an_object_with_our_labels_is_not_ours(self):
        """Labels can be copied; what is owned has the service's UID as its controller."""
        theirs = deployment("chat", labels={**OURS, "deepseek-operator.dev/service": "chat"})
        self.ns.create(theirs)
        before = self.ns.get("deployment", "chat")["spec"]
        self.start_operator().await_ready()
        self.ns.create(service())
        self.ns.await_condition("chat", "Ready", "False", "Conflict")
        self.assertEqual(self.ns.get("deployment", "chat")["spec"], before)

    # Starving others.

    def test_large_objects_of_one_namespace_do_not_keep_the_operator_from_starting(self):
        """A "<" is six bytes in the API server's JSON: 30 such objects are more than one answer may have."""
        for i in range(30):
            self.ns.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"large-{i}", "labels": OURS},
                            "data": {"x": "<" * 480_000}})
        operator = self.start_operator().await_ready(timeout=60)
        self.ns.create(service())
        self.ns.await_condition("chat", "Ready", "True")
        operator.assert_well()

    def test_specs_without_bounds_are_refused(self):
        event = {"name": "x", "schedule": "* * * * *", "duration": "1h", "minReplicas": 2}
        self.assert_refused("events", predicted(prediction={"events": [{**event, "name": f"x{i}"} for i in range(33)]}))
        self.assert_refused("holidays", predicted(prediction={"holidays": [f"{2000 + i // 28}-02-{i % 28 + 1:02}"
                                                                          for i in range(401)]}))
        self.assert_refused("query", queried("x" * 4097))
        self.assert_refused("max", service(replicas={"min": 1, "max": 2_000_000_000}))
        self.assert_refused("connectionPools", service(connectionPools=[
            {"name": f"p{i}", "backend": {"name": "db", "maxConnections": 100}, "holdTime": "1s"} for i in range(100)]))

    def test_the_heaviest_specs_of_one_namespace_leave_others_their_floor(self):
        """As many events as there may be, each of every minute and without an end, or of a day that never comes; and a
        history of a year for a season of a minute."""
        onlooker = self.started(Onlooker(self.prometheus.url))
        operator = self.operator_with({"name": "default", "url": onlooker.url}).await_ready()
        for i in range(10):
            events = [{"name": f"x{n}", "schedule": "* * * * *" if n % 2 else "0 0 30 2 *", "timeZone": "Europe/Berlin",
                       "duration": "30d", "multiplier": "1.5", "minReplicas": 1} for n in range(32)]
            self.ns.create(predicted(f"heavy-{i}", prediction={
                "events": events, "history": f"{366 - i}d", "seasons": ["1m"], "timeZone": "Europe/Berlin",
                "holidays": [f"20{10 + n // 28}-02-{n % 28 + 1:02}" for n in range(400)]}))
        self.ns.await_condition("heavy-9", "EventsScheduled", "False", "InvalidEvent")
        self.demand(60)
        self.ns.create(predicted())
        self.ns.await_floor("chat", 6)
        self.demand(90)
        self.ns.await_floor("chat", 9)
        operator.assert_well()

    def test_an_answer_without_an_end_is_cut_off(self):
        endless = self.started(Endless())
        operator = self.operator_with({"name": "default", "url": self.prometheus.url},
                                      {"name": "endless", "url": endless.url, "allowCustomQueries": True}).await_ready()
        self.ns.create(*(queried("giant", f"chat-{i}", demand={"query": "giant", "unit": "in flight",
                                                               "prometheus": "endless"}) for i in range(4)))
        self.ns.await_condition("chat-0", "DemandAvailable", "False", "TooLarge")
        eventually(lambda: endless.asked >= 20, what="it was asked again and again")
        with open(f"/proc/{operator.pid}/status", encoding="ascii") as status:
            peak_kib = int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1))
        self.assertGreater(endless.sent, 20 << 20)
        self.assertLess(peak_kib, 200 * 1024, "the memory that the answers took")
        operator.assert_well()

    # What is shown.

    def test_log_lines_cannot_be_forged(self):
        echo = self.started(Echo(FORGED))
        for name, log_format in (("chat", "json"), ("other", "text")):
            operator = self.operator_with({"name": "default", "url": self.prometheus.url},
                                          {"name": "echo", "url": echo.url, "allowCustomQueries": True},
                                          logFormat=log_format, logLevel="debug")
            self.ns.create(queried("up", name, demand={"query": "up", "unit": "in flight", "prometheus": "echo"}))
            self.ns.await_condition(name, "DemandAvailable", "False", "BadQuery")
            operator.await_log("forged")  # it is told, but as a part of the line that it belongs to
            self.assertFalse(DECEPTIVE.findall(operator.log()))
            for line in operator.log().splitlines():
                if log_format == "json":
                    self.assertNotEqual(json.loads(line)["message"], "forged")
                else:
                    self.assertRegex(line, r"^\d{4}-\d\d-\d\dT[0-9:.]+Z (debug|info|warning|error) ")
            operator.terminate()

    def test_any_text_can_be_reported(self):
        """The API server reads what is applied as YAML, which refuses some characters that JSON allows."""
        self.start_operator().await_ready()
        self.ns.create(service(override={"minReplicas": 3, "until": "2099-01-01T00:00:00Z", "reason": FORGED}))
        self.ns.await_condition("chat", "FloorApplied", "True")
        self.assertIn(FORGED, self.ns.get("dss", "chat")["status"]["explanation"])

    def test_the_metrics_page_cannot_be_forged(self):
        unit = 'x"} 1 \\ {y="'
        operator = self.start_operator().await_ready()
        self.ns.create(queried("vector(20)", demand={"query": "vector(20)", "unit": unit}))
        self.ns.await_condition("chat", "DemandAvailable", "True")
        def shown():
            page = operator.get("/metrics")[1]
            assert "deepseek_operator_demand{" in page, page
            return page
        page = eventually(shown)
        line = re.search(r"^deepseek_operator_demand\{.*$", page, re.MULTILINE).group()
        self.assertIn(r'unit="x\"} 1 \\ {y=\""', line)
        checked = subprocess.run([environment.prometheus_tool("promtool"), "check", "metrics"], input=page,
                                 capture_output=True, text=True, check=False)
        self.assertNotIn("error while linting", checked.stderr + checked.stdout)
        self.assertIn(checked.returncode, (0, 3), checked.stderr)  # 3: a matter of style

    def test_the_inside_of_a_template_is_told_to_nobody_else(self):
        declared = service()
        declared["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "PASSWORD", "value": "s3cret-env"}]
        operator = self.operator_with({"name": "default", "url": self.prometheus.url}, logLevel="debug").await_ready()
        self.ns.create(declared)
        self.ns.await_condition("chat", "Ready", "True")
        self.ns.patch("dss", "chat", {"spec": {"template": {"spec": {"containers": [
            {"name": "Not A Name", "image": "x", "env": [{"name": "PASSWORD", "value": "s3cret-env"}]}]}}}})
        self.ns.await_condition("chat", "Ready", "False", "Rejected")
        told = (operator.log() + operator.get("/metrics")[1] + json.dumps(self.ns.list("events.events.k8s.io"))
                + json.dumps(self.ns.get("dss", "chat")["status"]))
        self.assertNotIn("s3cret-env", told)
