"""Flags and configuration files that are wrong: the exit code and the words."""

import os
import subprocess
import tempfile
import unittest

from harness import environment


class CommandLineTest(unittest.TestCase):
    def run_operator(self, *arguments):
        done = subprocess.run([environment.operator_binary(), *arguments], capture_output=True, text=True, timeout=20,
                              check=False)
        return done.returncode, done.stdout + done.stderr

    def assert_refused(self, arguments, *texts):
        code, output = self.run_operator(*arguments)
        self.assertGreater(code, 0, output)
        for text in texts:
            self.assertIn(text, output)

    def config(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as file:
            file.write(text)
        self.addCleanup(os.unlink, file.name)
        return file.name

    def test_version_and_help(self):
        code, output = self.run_operator("--version")
        self.assertEqual(code, 0)
        self.assertTrue(output.startswith("deepseek-operator "), output)
        for command in ("run", "restore"):
            self.assertEqual(self.run_operator(command, "--help")[0], 0)

    def test_reference_is_current(self):
        checked = subprocess.run([environment.ROOT / "hack/reference", "--check", "command-line"], capture_output=True,
                                 text=True, timeout=20, check=False,
                                 env={**os.environ, "DEEPSEEK_OPERATOR_BINARY": environment.operator_binary()})
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_no_command(self):
        self.assert_refused([], "run")

    def test_unknown_command(self):
        self.assert_refused(["walk"], "walk", "run")

    def test_unknown_flag(self):
        self.assert_refused(["run", "--no-such-flag"], "--no-such-flag")

    def test_prometheus_without_a_name(self):
        self.assert_refused(["run", "--prometheus", "http://127.0.0.1:9090"], "NAME=URL")

    def test_log_level(self):
        self.assert_refused(["run", "--log-level", "loud"], "--log-level", "loud")

    def test_listen_address(self):
        self.assert_refused(["run", "--kubeconfig", environment.kubeconfig(), "--listen", "nonsense"], "nonsense")

    def test_config_file_that_is_not_there(self):
        self.assert_refused(["run", "--config", "/nowhere/operator.yaml"], "/nowhere/operator.yaml")

    def test_config_file_with_an_unknown_key(self):
        path = self.config("syncPeriod: 15s\nlogLvel: debug\n")
        self.assert_refused(["run", "--config", path], f"{path}:2", "logLvel", "did you mean logLevel")

    def test_config_file_with_a_sync_period_that_is_too_short(self):
        path = self.config("syncPeriod: 10ms\n")
        self.assert_refused(["run", "--config", path], f"{path}:1", "syncPeriod")

    def test_namespaces_that_are_none(self):
        path = self.config("watchNamespaces: [prod, Test]\n")
        self.assert_refused(["run", "--config", path], f"{path}:1", "watchNamespaces[1]", "Test")
        self.assert_refused(["run", "--watch-namespaces", "prod,prod"], "--watch-namespaces", "twice")
        self.assert_refused(["restore", "--namespace", "prod", "--namespace", "a/b"], "--namespace", "a/b")
