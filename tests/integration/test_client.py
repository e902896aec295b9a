"""`deepseek-operator forecast`, `explain`, `list`, `watch` and `kubectl deepseek` against an operator that runs."""

import json
import os
import shlex
import subprocess
import tempfile
import time

from harness import environment
from harness.case import ClusterTest
from harness.polling import eventually
from harness.process import Process
from harness.prometheus import DemoLoad, Prometheus, backfill
from harness.services import predicted, service

DAY = 24 * 3600
BY_DAY = 20  # requests/s
BY_NIGHT = 100

PODS = {"items": [{"metadata": {"name": "operator-0"},
                   "spec": {"containers": [{"name": "operator", "ports": [{"name": "grpc", "containerPort": 9090}]}]},
                   "status": {"conditions": [{"type": "Ready", "status": "True"}]}}]}


def nights_that_begin_in(minutes, days=14):
    """A row each minute until now of a demand that jumps each day at the same time, next in `minutes`."""
    now = int(time.time())
    night = now + minutes * 60
    return [(at, BY_NIGHT if (at - night) % DAY < 8 * 3600 else BY_DAY) for at in range(now - days * DAY, now + 1, 60)]


class ClientTest(ClusterTest):
    shared_operator = False

    @classmethod
    def make_prometheus(cls):
        namespace = cls.namespaces["test_a_service_with_a_forecast"]
        data = os.path.join(cls.directory, "data")
        backfill(data, nights_that_begin_in(minutes=60), namespace, "api")
        cls.load = DemoLoad(cls.directory, [(0, BY_DAY), (3600, BY_DAY)], namespace, "api")
        cls.addClassCleanup(cls.load.close)
        live = (f"127.0.0.1:{cls.load.port}", "/metrics", namespace, "api")
        return Prometheus(cls.directory, [live, *cls.gauge_targets()], data)

    def setUp(self):
        super().setUp()
        self.rpc_port = environment.free_port()
        self.address = f"127.0.0.1:{self.rpc_port}"
        self.environment = {**os.environ, "DEEPSEEK_OPERATOR_ADDRESS": self.address, "TZ": "Europe/Berlin"}

    def start(self, port=None):
        return self.start_operator(arguments=("--rpc-listen", self.address), port=port).await_ready()

    def client(self, *arguments, program=None, **variables):
        """Exit code, standard output and standard error."""
        done = subprocess.run([program or environment.operator_binary(), *arguments], capture_output=True, text=True,
                              timeout=60, check=False, stdin=subprocess.DEVNULL, env={**self.environment, **variables})
        return done.returncode, done.stdout, done.stderr

    def asks(self, *arguments, **more):
        """Standard output of what has to succeed."""
        code, output, errors = self.client(*arguments, **more)
        self.assertEqual(code, 0, f"{arguments}: {output}{errors}")
        return output

    def refused(self, *arguments, **more):
        """Exit code and standard error of what has to fail, in one line."""
        code, output, errors = self.client(*arguments, **more)
        self.assertEqual(output, "")
        self.assertEqual(errors.count("\n"), 1, errors)
        return code, errors

    def plugin(self, name="kubectl-deepseek"):
        return os.path.join(os.path.dirname(environment.operator_binary()), name)

    def kubeconfig(self):
        """One whose context is in the namespace of the test."""
        config = self.cluster.config()
        for context in config["contexts"]:
            context["context"]["namespace"] = self.ns.name
        path = os.path.join(self.directory, f"{self._testMethodName}.kubeconfig")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return path

    def await_floor_known(self, name, floor=None):
        def known():
            listed = json.loads(self.asks("list", self.ns.name, "-o", "json")).get("services", [])
            found = [entry for entry in listed if entry["service"] == name and "floor" in entry]
            assert found and (floor is None or found[0]["floor"] == floor), str(listed)
            return found[0]
        return eventually(known, 60, f"{name} has a floor")

    def test_a_service_with_a_forecast(self):
        self.start()
        self.ns.create(service("api", demand={"preset": "deepseek"}, replicas={"min": 1, "max": 50},
                               capacity={"perReplica": "10", "targetUtilizationPercent": 100},
                               prediction={"leadTime": "6m", "history": "14d", "seasons": ["24h"]}))
        self.ns.await_condition("api", "ForecastReady", "True")
        self.ns.await_condition("api", "FloorApplied", "True", "Applied")
        name = f"{self.ns.name}/api"

        table = self.asks("forecast", name, "--quantile", "0.9,0.5")
        self.assertIn("TIME (", table)
        self.assertRegex(table, r"EXPECTED +q0\.5 +q0\.9\n")
        self.assertEqual(table.count("\n"), table.index("TIME") and table[:table.index("TIME")].count("\n") + 25, table)

        forecast = json.loads(self.asks("forecast", name, "--horizon", "2h", "--step", "5m", "-o", "json"))
        self.assertEqual((forecast["service"], len(forecast["path"])), ("api", 24))
        # By the end of the two hours it is night.
        self.assertGreater(forecast["path"][-1]["expected"], 3 * forecast["path"][0]["expected"], forecast)

        for columns in (80, 120):
            picture = self.asks("forecast", name, "--plot", "--quantile=0.1,0.9", COLUMNS=str(columns))
            self.assertIn("⢕", picture)
            self.assertIn("replicas (the floor) carry", picture)
            self.assertEqual(max(map(len, picture.splitlines())), columns, picture)
            self.assertNotIn("\x1b", picture)

        page = self.asks("explain", name)
        self.assertTrue(page.startswith(f"{name}\nat least "), page)
        self.assertIn("What asks for replicas", page)
        explained = json.loads(self.asks("explain", name, "-o", "json"))
        self.assertEqual(explained["decision"]["floor"], self.ns.floor("api"))
        self.assertTrue(explained["leads"])

        # As kubectl calls it: by a symbolic link, in the namespace of the context.
        kubeconfig = {"KUBECONFIG": self.kubeconfig(), "program": self.plugin()}
        self.assertTrue(self.asks("explain", "api", **kubeconfig).startswith(f"{name}\nat least "))
        self.assertIn("api", self.asks("list", **kubeconfig))
        self.assertEqual(self.asks("explain", "a", program=self.plugin("kubectl_complete-deepseek"),
                                   KUBECONFIG=self.kubeconfig()), "api\n:4\n")
        self.assertIn(f"{name}\n", self.asks("__complete", "forecast", self.ns.name))

    def test_services_are_listed(self):
        self.start()
        self.demand(30)
        self.ns.create(predicted())
        self.await_floor_known("chat", 3)
        table = self.asks("list", "--all-namespaces", "-o", "wide")
        self.assertRegex(table, r"^NAMESPACE +NAME +MODE +READY +REPLICAS +FLOOR +DEMAND +FORECAST +UNIT +REASON\n")
        self.assertRegex(table, rf"\n{self.ns.name} +chat +Active +\w+ +\d+/\d+ +3 +30 ")
        self.assertIn("chat", self.asks("list", self.ns.name))
        code, output, errors = self.client("list", "no-such-namespace")
        self.assertEqual((code, output), (0, ""))
        self.assertIn("no services in no-such-namespace", errors)

    def test_decisions_are_followed_through_a_restart(self):
        operator = self.start()
        self.demand(30)
        self.ns.create(predicted())
        self.await_floor_known("chat", 3)
        watch = Process([environment.operator_binary(), "watch", self.ns.name], self.environment)
        self.addCleanup(watch.close)
        name = f"{self.ns.name}/chat"
        watch.await_log(f"{name}  3 ")
        self.demand(50)
        watch.await_log(f"{name}  3 → 5")
        operator.terminate()
        watch.await_log("trying again in 1s")
        self.start()
        watch.await_log("connected again, to 127.0.0.1", 60)
        self.demand(80)
        watch.await_log(f"{name}  5 → 8", 60)
        self.assertEqual(watch.interrupt(), 0, watch.log())

    def test_decisions_are_json_lines(self):
        self.start()
        self.demand(30)
        self.ns.create(predicted())
        self.await_floor_known("chat", 3)
        watch = Process([environment.operator_binary(), "watch", f"{self.ns.name}/chat", "-o", "json"], self.environment)
        self.addCleanup(watch.close)
        watch.await_log("KIND_CURRENT")
        self.demand(50)
        watch.await_log("KIND_CHANGED")
        self.assertEqual(watch.terminate(), 0, watch.log())
        lines = [json.loads(line) for line in watch.log().splitlines()]
        self.assertEqual([(line["kind"], line["to"]) for line in lines[:2]], [("KIND_CURRENT", 3), ("KIND_CHANGED", 5)])

    def test_what_cannot_be_answered_says_why(self):
        self.start()
        self.demand(30)
        self.ns.create(predicted())
        self.await_floor_known("chat", 3)
        name = f"{self.ns.name}/chat"

        code, errors = self.refused("explain", f"{self.ns.name}/chatt")
        self.assertEqual(code, 3, errors)
        self.assertIn(f"there is no DeepSeekService {self.ns.name}/chatt", errors)
        code, errors = self.refused("watch", f"{self.ns.name}/chatt")
        self.assertEqual(code, 3, errors)
        code, errors = self.refused("forecast", name)  # a history of seconds
        self.assertEqual(code, 4, errors)

        for arguments, text in ((("--horizon", "400d"), "--horizon: 400d"), (("--horizon", "1ms"), "--horizon"),
                                (("--step", "2400h"), "--step"), (("--horizon", "7d", "--step", "1s"), "--step: "),
                                (("--quantile", "1.5"), "--quantile: 1.5"), (("--quantile", "-1"), "--quantile"),
                                (("--quantile", ",".join(f"0.{i:02}" for i in range(10, 30))), "--quantile: there are 20"),
                                (("--output", "yaml"), "--output"), (("--plot", "-o", "json"), "--plot")):
            code, errors = self.refused("forecast", name, *arguments)
            self.assertEqual(code, 2, errors)
            self.assertIn(text, errors)
        for target in ("", "/", "a/b/c", "UPPER/case", "x" * 300 + "/y", "a b/c"):
            code, errors = self.refused("explain", target)
            self.assertEqual(code, 2, f"{target!r}: {errors}")

    def test_with_tls_and_a_token(self):
        certificate, key = (os.path.join(self.directory, f"{self._testMethodName}.{kind}") for kind in ("crt", "key"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                        "-subj", "/CN=operator", "-addext", "subjectAltName=DNS:operator.example", "-keyout", key,
                        "-out", certificate], check=True, capture_output=True)
        rpc = {"listenAddress": self.address, "tls": {"certFile": certificate, "keyFile": key}}
        self.start_operator(config={"rpc": rpc}).await_ready()
        self.demand(30)
        self.ns.create(predicted())
        self.ns.await_floor("chat", 3)
        self.ns.kubectl("create", "role", "reader", "--verb=get", "--resource=deepseekservices")
        tokens = {}
        for account in ("reader", "stranger"):
            self.ns.kubectl("create", "serviceaccount", account)
            tokens[account] = os.path.join(self.directory, f"{self._testMethodName}.{account}")
            with open(tokens[account], "w", encoding="utf-8") as file:
                file.write(self.ns.kubectl("create", "token", account))
        self.ns.kubectl("create", "rolebinding", "reader", "--role=reader", f"--serviceaccount={self.ns.name}:reader")
        tls = ("--tls-ca", certificate, "--tls-server-name", "operator.example")
        explain = ("explain", f"{self.ns.name}/chat")

        self.assertIn("at least 3 replicas", self.asks(*explain, *tls, "--token-file", tokens["reader"]))
        code, errors = self.refused(*explain, *tls, "--token-file", tokens["stranger"])
        self.assertEqual(code, 1)
        self.assertIn("may not get deepseekservices", errors)
        code, errors = self.refused("list", self.ns.name, *tls, "--token-file", tokens["reader"])
        self.assertEqual(code, 1)
        self.assertIn("may not list deepseekservices", errors)
        for arguments, text in ((tls, "give --token-file"), ((*tls, "--token-file", certificate), "holds more than a token"),
                                ((), "give --tls-ca"), (("--tls-ca", certificate), "--tls-server-name a name in it"),
                                (("--tls-ca", key, "--token-file", tokens["reader"]), "cannot be reached"),
                                (("--tls-ca", "/nonexistent"), "/nonexistent cannot be read")):
            code, errors = self.refused(*explain, *arguments)
            self.assertIn(code, (1, 2), errors)
            self.assertIn(text, errors)

    def test_nobody_there(self):
        for command in ("explain", "forecast", "watch"):
            code, errors = self.refused(command, "prod/chat")
            self.assertEqual(code, 1, errors)
            self.assertIn(self.address, errors)
            self.assertIn("cannot be reached", errors)

    def test_the_way_through_kubectl(self):
        """kubectl is made up: it tells that it forwards, and the port is the operator's own."""
        self.start()
        self.demand(30)
        self.ns.create(predicted())
        self.await_floor_known("chat", 3)
        tools = tempfile.mkdtemp(dir=self.directory)
        with open(os.path.join(tools, "kubectl"), "w", encoding="utf-8") as file:
            file.write(f"""#!/bin/sh
case "$*" in
*port-forward*) echo $$ >>{tools}/pids; echo "Forwarding from {self.address} -> 9090"; exec sleep infinity ;;
*) echo {shlex.quote(json.dumps(PODS))} ;;
esac
""")
        os.chmod(file.name, 0o755)
        variables = {"PATH": f"{tools}:{os.environ['PATH']}", "DEEPSEEK_OPERATOR_ADDRESS": ""}
        self.assertIn("chat", self.asks("list", self.ns.name, **variables))
        self.assertIn("at least 3 replicas", self.asks("explain", f"{self.ns.name}/chat", **variables))
        watch = Process([environment.operator_binary(), "watch", self.ns.name], {**self.environment, **variables})
        self.addCleanup(watch.close)
        watch.await_log(f"{self.ns.name}/chat  3 ")
        killed = Process([environment.operator_binary(), "watch", self.ns.name], {**self.environment, **variables})
        self.addCleanup(killed.close)
        killed.await_log(f"{self.ns.name}/chat  3 ")

        self.assertEqual(watch.interrupt(), 0, watch.log())
        killed.kill()
        with open(os.path.join(tools, "pids"), encoding="utf-8") as file:
            pids = file.read().split()
        self.assertEqual(len(pids), 4)
        for pid in pids:  # kubectl ends with whoever started it
            eventually(lambda pid=pid: not os.path.exists(f"/proc/{pid}"), 20, f"kubectl {pid} has ended")

    def test_completion_in_bash(self):
        self.start()
        self.demand(30)
        self.ns.create(predicted())
        self.await_floor_known("chat", 3)
        binary = environment.operator_binary()
        script = f"""
source <({shlex.quote(binary)} completion bash)
complete_line() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _deepseek_operator; printf '%s\\n' "${{COMPREPLY[@]}}"; }}
complete_line {shlex.quote(binary)} exp
complete_line {shlex.quote(binary)} explain {self.ns.name}/
complete_line {shlex.quote(binary)} list -o j
complete_line {shlex.quote(binary)} explain --tls-ca /etc/hostn
"""
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False,
                              env=self.environment)
        self.assertEqual(done.stdout, f"explain\n{self.ns.name}/chat\njson\n/etc/hostname\n", done.stderr)
