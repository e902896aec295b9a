"""`deepseek-operator ready`: what `helm test` runs."""

import subprocess

from harness import environment
from harness.case import ClusterTest
from harness.process import Process


class ReadyTest(ClusterTest):
    shared_operator = False

    def ready(self, *arguments):
        done = subprocess.run([environment.operator_binary(), "ready", *arguments], capture_output=True, text=True,
                              timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_an_operator_that_is_ready(self):
        operator = self.start_operator().await_ready()
        code, output = self.ready("--url", f"http://127.0.0.1:{operator.port}")
        self.assertEqual((code, output), (0, operator.get("/readyz")[1]))

    def test_an_operator_that_is_not_ready_says_why(self):
        operator = self.start_operator(kubeconfig=self.kubeconfig_with(server="https://127.0.0.1:1"))
        operator.await_not_ready()
        code, output = self.ready("--url", f"http://127.0.0.1:{operator.port}")
        self.assertEqual(code, 1)
        self.assertIn("failed", output)

    def test_nobody_there(self):
        url = f"http://127.0.0.1:{environment.free_port()}"
        code, output = self.ready("--url", url)
        self.assertEqual(code, 1)
        self.assertIn(url, output)

    def test_waits_for_an_operator_that_is_starting(self):
        port = environment.free_port()
        waiting = Process([environment.operator_binary(), "ready", "--url", f"http://127.0.0.1:{port}", "--timeout=60s"])
        self.addCleanup(waiting.close)
        self.start_operator(port=port)
        self.assertEqual(waiting.wait(60), 0, waiting.log())

    def test_flags_that_are_wrong(self):
        self.assertEqual(self.ready("--url", "nonsense")[0], 2)
        code, output = self.ready("--timeout", "soon")
        self.assertEqual(code, 2)
        self.assertIn("--timeout", output)
