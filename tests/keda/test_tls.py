"""A gRPC server that wants to know who asks."""

from pathlib import Path

import yaml

from harness import environment

from certificates import Authority
from scaling import ScalingTest, trigger

AUTHENTICATION = environment.ROOT / "examples/keda/authentication.yaml"


def authenticated(scaler):
    trigger(scaler)["metadata"]["enableTLS"] = "true"
    trigger(scaler)["authenticationRef"] = {"name": "deepseek-operator-rpc"}


class TlsTest(ScalingTest):
    @classmethod
    def make_operator(cls, config=None, **options):
        directory = Path(cls.directory) / "rpc"
        servers, cls.clients = Authority(directory / "servers"), Authority(directory / "clients")
        cls.server_ca = servers.certificate
        certificate, key = servers.issue("tls", "deepseek-operator", ["IP:127.0.0.1"])
        tls = {"certFile": str(certificate), "keyFile": str(key), "clientCaFile": str(cls.clients.certificate)}
        return super().make_operator(config={"rpc": {"listenAddress": cls.scaler_address, "tls": tls}}, **options)

    def allow(self, common_name):
        """The example's TriggerAuthentication and rights, and a certificate of this name."""
        certificate, key = self.clients.issue(common_name, common_name)
        self.ns.kubectl("create", "secret", "generic", "deepseek-operator-rpc-client", f"--from-file=caCert={self.server_ca}",
                        f"--from-file=tlsClientCert={certificate}", f"--from-file=tlsClientKey={key}")
        self.ns.create(*yaml.safe_load_all(AUTHENTICATION.read_text()))

    def test_a_client_certificate_is_enough_with_the_right_to_get_services(self):
        self.allow("keda")
        self.demand(50)
        self.follow(scaled_object=authenticated)
        self.await_replicas(5)

    def test_a_client_certificate_without_that_right_is_not(self):
        self.allow("somebody")
        self.demand(50)
        self.follow(scaled_object=authenticated)
        self.await_state("Ready", "False")
        self.keda.operator.await_log("PermissionDenied")
        self.assertEqual(self.replicas(), 1)

    def test_nobody_is_let_in_without_a_certificate(self):
        self.allow("keda")

        def anonymous(scaler):
            authenticated(scaler)
            scaler["spec"]["triggers"][0]["authenticationRef"] = {"name": "only-the-ca"}
        authentication = self.ns.get("triggerauthentication", "deepseek-operator-rpc")
        only_ca = [each for each in authentication["spec"]["secretTargetRef"] if each["parameter"] == "caCert"]
        self.ns.create({"apiVersion": authentication["apiVersion"], "kind": authentication["kind"],
                        "metadata": {"name": "only-the-ca"}, "spec": {"secretTargetRef": only_ca}})
        self.demand(50)
        self.follow(scaled_object=anonymous)
        self.await_state("Ready", "False")
        self.keda.operator.await_log("Unauthenticated")
        self.assertEqual(self.replicas(), 1)
