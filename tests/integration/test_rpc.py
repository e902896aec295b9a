"""The gRPC server as it is by default: in clear text, on the loopback interface (docs/rpc.md)."""

import http.client
import math
import os
import re
import socket
import subprocess
import tempfile
import textwrap
import time

import grpc

from harness import environment
from harness.case import ClusterTest
from harness.polling import eventually
from harness.prometheus import DemoLoad, Prometheus, backfill
from harness.rpc import Client, Watch, details, refusal, v1
from harness.services import predicted, queried, service

HOUR = 3600
DAY = 24 * HOUR
LEAD_SECONDS = 360
SERVICES = {"deepseek.forecast.v1.ForecastService", "externalscaler.ExternalScaler"}

MANY = 100  # services
CHANGES = 20  # of the floor of each
PER_REPLICA = 10
WATCHERS = 8
MEMORY_BYTES = 16 << 20  # of all watchers that do not read


def wave(at):
    """Requests/s in the course of a day."""
    return 30 + 10 * math.sin(2 * math.pi * at / DAY)


def resident_bytes(operator):
    with open(f"/proc/{operator.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS:"))


class RpcTest(ClusterTest):
    """One operator for all tests, which answers at `address`."""

    gauged_services = ("chat",)

    @classmethod
    def make_prometheus(cls):
        data = os.path.join(cls.directory, "data")
        now = int(time.time())
        namespace = cls.namespaces["test_a_forecast_is_a_path_with_quantiles"]
        backfill(data, [(at, wave(at)) for at in range(now - 2 * DAY, now + 1, 60)], namespace, "api", sample_step="60s")
        load = DemoLoad(cls.directory, [(0, wave(now)), (HOUR, wave(now))], namespace, "api")
        cls.addClassCleanup(load.close)
        return Prometheus(cls.directory, [(f"127.0.0.1:{load.port}", "/metrics", namespace, "api"), *cls.gauge_targets()], data)

    @classmethod
    def make_operator(cls, **options):
        cls.address = f"127.0.0.1:{environment.free_port()}"
        return super().make_operator(arguments=("--rpc-listen", cls.address), **options)

    def setUp(self):
        super().setUp()
        self.client = Client(self.address)
        self.addCleanup(self.client.close)

    def watch(self, *arguments):
        watch = Watch(self.client.watch(*arguments))
        self.addCleanup(watch.cancel)
        return watch

    # What it answers

    def test_a_forecast_is_a_path_with_quantiles(self):
        self.ns.create(service("api", demand={"preset": "deepseek"},
                               capacity={"perReplica": "10", "targetUtilizationPercent": 100},
                               prediction={"leadTime": f"{LEAD_SECONDS}s", "history": "2d", "seasons": ["24h"],
                                           "quantile": "0.95"}))

        def known():
            try:
                return self.client.forecast(self.ns.name, "api")
            except grpc.RpcError as error:
                raise AssertionError(error.details()) from None
        default = eventually(known, 60, "there is a forecast")
        self.assertEqual((default.namespace, default.service, default.unit), (self.ns.name, "api", "requests/s"))
        self.assertEqual(default.lead.seconds, LEAD_SECONDS)
        self.assertEqual(list(default.quantiles), [0.95])
        self.assertEqual(default.path[-1].at.seconds - default.issued_at.seconds, LEAD_SECONDS, "as far as the lead")
        self.assertEqual(default.accuracy.coverage_target_ratio, 0.95)
        self.assertLess(abs(default.issued_at.seconds - time.time()), 60)
        self.assertTrue(default.model)

        quantiles = [0.1, 0.5, 0.9]
        asked = v1.GetForecastRequest(namespace=self.ns.name, service="api", quantiles=quantiles)
        asked.horizon.seconds, asked.step.seconds = 2 * HOUR, 300
        path = self.client.forecasts.GetForecast(asked, timeout=20).path
        begin = path[0].at.seconds
        self.assertEqual([point.at.seconds - begin for point in path], list(range(0, 2 * HOUR, 300)))
        for point in path:
            self.assertEqual(list(point.values), sorted(point.values))
            self.assertEqual(len(point.values), len(quantiles))
            self.assertTrue(10 < point.expected < 80, f"{point}: what was seen is 20 to 40")

    def test_a_service_without_a_forecast_says_why(self):
        self.ns.create(predicted(prediction={"mode": "Off"}))
        self.ns.await_condition("chat", "Accepted", "True")
        error = refusal(grpc.StatusCode.FAILED_PRECONDITION, self.client.forecast, self.ns.name, "chat")
        self.assertEqual(details(error)["ErrorInfo"].reason, "NO_FORECAST")
        self.assertIn("spec.prediction.mode is Off", error.details())

    def test_explain_tells_what_the_status_tells(self):
        self.demand(50)
        self.ns.create(predicted())
        self.ns.await_floor("chat", 5)

        def same():
            told, status = self.client.explain(self.ns.name, "chat"), self.ns.get("dss", "chat")["status"]
            self.assertEqual([(each.type, each.status, each.reason, each.message) for each in told.conditions],
                             [(each["type"], each["status"], each["reason"], each["message"]) for each in status["conditions"]])
            self.assertEqual((told.decision.floor, told.decision.reason), (status["floor"]["current"], status["floor"]["reason"]))
            self.assertEqual([(each.to, each.explanation) for each in told.recent_changes],
                             [(each["to"], each["text"]) for each in status["recentDecisions"]])
            self.assertEqual((told.pods.replicas, told.pods.ready), (status["replicas"], status["readyReplicas"]))
            return told
        told = eventually(same, 60, "the status and Explain agree")
        self.assertEqual((told.mode, told.leads), ("Active", True))
        self.assertEqual((told.decision.floor, told.decision.hpa_min_replicas, told.bounds.max), (5, 5, 20))
        self.assertEqual((told.demand.state, told.demand.value, told.demand.unit), ("Known", 50, "in flight"))
        self.assertEqual((told.capacity.per_replica, told.capacity.source), (10, "PerReplica"))

    def test_services_are_listed_in_pages(self):
        names = [f"s{number}" for number in range(5)]
        self.ns.create(*(service(name) for name in reversed(names)))
        eventually(lambda: len(self.client.list(self.ns.name).services) == 5, 20, "all of them are listed")
        pages, token = [], ""
        while True:
            page = self.client.list(self.ns.name, page_size=2, page_token=token)
            pages.append([each.service for each in page.services])
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(pages, [["s0", "s1"], ["s2", "s3"], ["s4"]])
        self.assertLessEqual({(self.ns.name, name) for name in names},
                             {(each.namespace, each.service) for each in self.client.list().services})

    def test_a_watch_tells_floors_as_they_stand_and_each_change(self):
        self.demand(50)
        self.ns.create(predicted())
        self.ns.await_floor("chat", 5)
        watch, of_service = self.watch(self.ns.name), self.watch(self.ns.name, "chat")
        for each in (watch, of_service):
            each.await_decision(kind=v1.DecisionEvent.KIND_CURRENT, service="chat", to=5)
        self.demand(80)
        for each in (watch, of_service):
            risen = each.await_decision(kind=v1.DecisionEvent.KIND_CHANGED, to=8)
            self.assertEqual(risen.namespace, self.ns.name)
            self.assertTrue(risen.explanation)
        self.ns.delete("dss", "chat")
        for each in (watch, of_service):
            each.await_decision(kind=v1.DecisionEvent.KIND_GONE, service="chat")

    def test_a_simulation_tells_its_progress_and_one_result(self):
        csv = "".join(f"{at},{wave(at)}\n" for at in range(0, 15 * DAY, 60))
        request = v1.SimulateRequest(csv=csv)
        request.policy.warmup.seconds = 3 * DAY
        messages = list(self.client.forecasts.Simulate(request, timeout=120))
        progress = [message.progress for message in messages[:-1]]
        self.assertTrue(progress)
        self.assertEqual(progress, sorted(progress))
        self.assertTrue(0 <= progress[0] and progress[-1] <= 1, progress)
        result = messages[-1].result
        self.assertEqual((result.samples, result.judged_from.seconds), (15 * DAY // 60, 3 * DAY))
        self.assertGreater(result.accuracy.forecasts, 0)
        self.assertGreater(result.with_floor.replica_hours, 0)

    def test_the_example_of_the_documentation(self):
        page = (environment.ROOT / "docs/rpc.md").read_text(encoding="utf-8")
        commands, = re.findall(r"\n((?:    .*\n)+)\n```python", page)
        program, = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
        directory = tempfile.mkdtemp(dir=self.directory)
        os.symlink(environment.ROOT / "proto", f"{directory}/proto")
        subprocess.run(["bash", "-ec", textwrap.dedent(commands)], cwd=directory, check=True)
        self.demand(50)
        self.ns.create(predicted())
        self.ns.await_floor("chat", 5)
        program = program.replace("127.0.0.1:9090", self.address).replace('"prod"', repr(self.ns.name))
        said = subprocess.run(["/usr/bin/python3", "-c", program], cwd=directory, capture_output=True, text=True, timeout=30,
                              check=False)
        self.assertEqual(said.returncode, 0, said.stderr)
        explained, watched = said.stdout.splitlines()
        self.assertTrue(explained.startswith("5 at least 5 replicas"), explained)
        self.assertTrue(watched.startswith("chat 5 "), watched)

    def test_health_and_reflection(self):
        for name in ("", *SERVICES):
            self.assertEqual(self.client.serving(name), "SERVING", name)
        refusal(grpc.StatusCode.NOT_FOUND, self.client.serving, "no.such.Service")
        listed = self.client.reflect(list_services="")
        described = self.client.reflect(file_containing_symbol="deepseek.forecast.v1.ForecastService")
        self.assertLessEqual(SERVICES, {each.name for each in listed.list_services_response.service})
        self.assertIn(b"deepseek/forecast/v1/forecast.proto", described.file_descriptor_response.file_descriptor_proto[0])

    # What is asked wrongly

    def test_what_is_wrong_is_named_by_its_field(self):
        forecasts, ns = self.client.forecasts, self.ns.name

        def forecast(*quantiles):
            return v1.GetForecastRequest(namespace=ns, service="chat", quantiles=quantiles)
        far, fine = forecast(), forecast()
        far.horizon.seconds = 8 * DAY
        fine.horizon.seconds, fine.step.seconds = 7 * DAY, 1

        def watch(request):
            return list(forecasts.WatchDecisions(request, timeout=20))

        def simulate(request):
            return list(forecasts.Simulate(request, timeout=20))
        for call, request, field in (
                (forecasts.GetForecast, v1.GetForecastRequest(service="chat"), "namespace"),
                (forecasts.GetForecast, v1.GetForecastRequest(namespace=ns), "service"),
                (forecasts.GetForecast, v1.GetForecastRequest(namespace="../etc", service="chat"), "namespace"),
                (forecasts.GetForecast, far, "horizon"),
                (forecasts.GetForecast, fine, "step"),
                (forecasts.GetForecast, forecast(0.9, 1.5), "quantiles[1]"),
                (forecasts.GetForecast, forecast(0.9, 0.5), "quantiles[1]"),
                (forecasts.GetForecast, forecast(math.nan), "quantiles[0]"),
                (forecasts.GetForecast, forecast(*[0.5] * 17), "quantiles"),
                (forecasts.Explain, v1.ExplainRequest(namespace=ns, service="No Name"), "service"),
                (forecasts.ListServices, v1.ListServicesRequest(page_size=501), "page_size"),
                (forecasts.ListServices, v1.ListServicesRequest(page_token="nonsense"), "page_token"),
                (watch, v1.WatchDecisionsRequest(service="chat"), "namespace"),
                (simulate, v1.SimulateRequest(), "csv"),
                (simulate, v1.SimulateRequest(csv="no,trace"), "csv"),
        ):
            with self.subTest(field=field, request=str(request)):
                error = refusal(grpc.StatusCode.INVALID_ARGUMENT, call, request)
                found = details(error)
                self.assertEqual(found["ErrorInfo"].domain, "deepseek-operator.dev")
                self.assertIn(field, [each.field for each in found["BadRequest"].field_violations])
                self.assertIn(field, error.details())

    def test_a_service_that_is_not_there_is_not_found(self):
        def watch(*names):
            return list(self.client.watch(*names, timeout=20))
        for call in (self.client.forecast, self.client.explain, watch):
            error = refusal(grpc.StatusCode.NOT_FOUND, call, self.ns.name, "nobody")
            resource = details(error)["ResourceInfo"]
            self.assertEqual((resource.resource_type, resource.resource_name),
                             ("deepseekservices.deepseek-operator.dev", f"{self.ns.name}/nobody"))

    def raw(self, method, message):
        """A call whose message is these bytes."""
        call = self.client.channel.unary_unary(method, request_serializer=None, response_deserializer=None)
        return call(message, timeout=20)

    def test_oversized_and_malformed_messages(self):
        explain = "/deepseek.forecast.v1.ForecastService/Explain"
        large = self.client.forecasts.Simulate(v1.SimulateRequest(csv="#" * (5 << 20)), timeout=20)
        refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, list, large)
        refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, self.raw, explain, b"\x0a" * (5 << 20))
        # What gRPC's C++ library answers where a message cannot be read, before it calls anybody.
        for malformed in (b"\xff" * 100, b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x02\xff\xfe"):
            refusal(grpc.StatusCode.UNIMPLEMENTED, self.raw, explain, malformed)
        refusal(grpc.StatusCode.UNIMPLEMENTED, self.raw, "/deepseek.forecast.v1.ForecastService/NoSuchMethod", b"")
        self.assertEqual(self.client.serving(), "SERVING")

    def test_what_is_not_grpc_is_turned_away(self):
        host, port = self.address.split(":")
        with self.assertRaises((http.client.HTTPException, OSError)):
            connection = http.client.HTTPConnection(host, int(port), timeout=20)
            connection.request("GET", "/")
            connection.getresponse()
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(os.urandom(1 << 16))
            try:
                while connection.recv(1 << 16):
                    pass
            except ConnectionResetError:
                pass
        self.assertEqual(self.client.serving(), "SERVING")

    # Clients that do not read

    def test_clients_that_never_read_cost_little_and_miss_what_was_in_between(self):
        query = f'sum(vllm:num_requests_running{{namespace="{self.ns.name}",service="chat"}})'
        self.demand(PER_REPLICA)
        names = [f"s{number:02}" for number in range(MANY)]
        self.ns.create(*(queried(query, name, prediction={"mode": "Shadow"}) for name in names))
        reader = self.watch(self.ns.name)

        def told(to):
            return {decision.service for decision in reader.decisions if decision.to == to}
        eventually(lambda: told(1) == set(names), 60, "all services have a floor")
        # A window that takes a few messages, and no more of them until they are read.
        narrow = (("grpc.http2.lookahead_bytes", 1024), ("grpc.http2.bdp_probe", 0))
        idle = Client(self.address, options=narrow)
        self.addCleanup(idle.close)
        calls = [idle.watch(self.ns.name) for _ in range(WATCHERS)]
        for call in calls:
            call.initial_metadata()
        before = resident_bytes(self.operator)
        for floor in range(2, 2 + CHANGES - 1):
            self.demand(floor * PER_REPLICA)
            eventually(lambda floor=floor: told(floor) == set(names), 30, f"all services have the floor {floor}")
        grown = resident_bytes(self.operator) - before
        changes = sum(1 + each.missed for each in reader.decisions if each.kind == v1.DecisionEvent.KIND_CHANGED)
        self.assertGreaterEqual(changes, MANY * (CHANGES - 1))
        self.assertLess(grown, MEMORY_BYTES)
        last = {}
        missed = 0
        for message in calls[0]:
            decision = message.decision
            missed += decision.missed
            last[decision.service] = decision.to
            if len(last) == MANY and set(last.values()) == {CHANGES}:
                break
        self.assertGreater(missed, 0)
        for call in calls:
            call.cancel()


class RpcRestartTest(ClusterTest):
    """Operators that end and come back at the same address."""

    shared_operator = False

    def setUp(self):
        super().setUp()
        self.address = f"127.0.0.1:{environment.free_port()}"
        self.client = Client(self.address)
        self.addCleanup(self.client.close)

    def start(self):
        return self.start_operator(arguments=("--rpc-listen", self.address)).await_ready()

    def await_served(self):
        def serving():
            try:
                return self.client.serving() == "SERVING"
            except grpc.RpcError as error:
                raise AssertionError(error.details()) from None
        eventually(serving, 30, "it is served again")

    def test_at_sigterm_streams_are_told_and_the_exit_code_is_zero(self):
        first = self.start()
        self.demand(50)
        self.ns.create(predicted())
        self.ns.await_floor("chat", 5)
        watches = [Watch(self.client.watch(self.ns.name)) for _ in range(20)]
        for watch in watches:
            watch.await_decision(service="chat", to=5)
        self.assertEqual(first.terminate(), 0, first.log())
        for watch in watches:
            self.assertEqual(watch.await_end(), grpc.StatusCode.UNAVAILABLE)

        second = self.start()
        self.await_served()
        again = Watch(self.client.watch(self.ns.name))
        again.await_decision(kind=v1.DecisionEvent.KIND_CURRENT, service="chat", to=5)
        self.demand(80)
        again.await_decision(kind=v1.DecisionEvent.KIND_CHANGED, service="chat", to=8)
        again.cancel()
        second.assert_well()

    def test_a_simulation_that_is_under_way_does_not_hold_the_end_up(self):
        operator = self.start()
        csv = "".join(f"{at},{wave(at)}\n" for at in range(0, 300 * DAY, 300))
        request = v1.SimulateRequest(csv=csv)
        request.policy.frontier = True
        call = self.client.forecasts.Simulate(request)
        self.assertTrue(next(call).HasField("progress"))
        busy = refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: list(self.client.forecasts.Simulate(request, timeout=20)))
        self.assertGreater(details(busy)["RetryInfo"].retry_delay.seconds, 0)
        self.assertEqual(operator.terminate(), 0, operator.log())
        refusal(grpc.StatusCode.UNAVAILABLE, lambda: list(call))

    def test_killed_it_is_connected_to_again(self):
        first = self.start()
        self.demand(50)
        self.ns.create(predicted())
        self.ns.await_floor("chat", 5)
        watch = Watch(self.client.watch(self.ns.name))
        watch.await_decision(service="chat", to=5)
        first.kill()
        self.assertEqual(watch.await_end(), grpc.StatusCode.UNAVAILABLE)
        self.start().assert_well()
        self.await_served()
        self.assertEqual(eventually(lambda: self.client.explain(self.ns.name, "chat").decision.floor, 20), 5)

    def test_a_port_that_is_taken_is_told(self):
        self.start()
        second = self.start_operator(arguments=("--rpc-listen", self.address))
        self.assertEqual(second.wait(), 1)
        self.assertIn(f"cannot listen on {self.address}", second.log())

    def test_clear_text_is_for_loopback_addresses_only(self):
        for address, says in (("0.0.0.0:9090", "without tls everybody could read everything"), ("localhost", "HOST:PORT")):
            operator = self.start_operator(arguments=("--rpc-listen", address))
            self.assertEqual(operator.wait(), 1)
            self.assertIn(says, operator.log())

    def test_a_standby_tells_what_the_leader_has_written(self):
        election = {"leaderElection": {"enabled": True, "leaseName": "rpc", "leaseNamespace": self.ns.name}}
        leader = self.start_operator(config=election).await_ready()
        self.demand(50)
        self.ns.create(predicted())
        self.ns.await_floor("chat", 5)
        self.start_operator(config=election, arguments=("--rpc-listen", self.address)).await_ready()

        def told():
            answer = self.client.explain(self.ns.name, "chat")
            self.assertEqual((answer.leads, answer.decision.floor), (False, 5))
            return answer
        eventually(told, 30, "the standby tells the leader's floor")
        watch = Watch(self.client.watch(self.ns.name))
        self.demand(80)
        watch.await_decision(service="chat", to=8, timeout=60)
        watch.cancel()
        self.assertEqual(leader.terminate(), 0)
        eventually(lambda: self.client.explain(self.ns.name, "chat").leads, 30, "it leads now")
