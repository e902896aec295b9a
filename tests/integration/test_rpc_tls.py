"""The gRPC server over TLS: who comes in, and what Kubernetes lets them see (docs/rpc.md)."""

import ssl

import grpc

from harness import environment
from harness.case import ClusterTest
from harness.certificates import Authority, SecretVolume
from harness.polling import eventually
from harness.rpc import Client, Watch, details, refusal, v1
from harness.services import predicted

READ = ["get", "list", "watch"]
# A stream is judged every 30 s, by what was allowed within the last minute.
FORGOTTEN_SECONDS = 120
# Certificates are looked at every ten seconds.
RENEWED_SECONDS = 60

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
PERMISSION_DENIED = grpc.StatusCode.PERMISSION_DENIED
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


def allow(namespace, *subjects, verbs=READ, name="reader"):
    """A Role on DeepSeekServices and its binding."""
    api = "rbac.authorization.k8s.io"
    namespace.create(
        {"apiVersion": f"{api}/v1", "kind": "Role", "metadata": {"name": name}, "rules": [
            {"apiGroups": ["deepseek-operator.dev"], "resources": ["deepseekservices"], "verbs": verbs}]},
        {"apiVersion": f"{api}/v1", "kind": "RoleBinding", "metadata": {"name": name}, "subjects": list(subjects),
         "roleRef": {"apiGroup": api, "kind": "Role", "name": name}})


def subject(kind, name):
    return {"kind": kind, "name": name, "apiGroup": "rbac.authorization.k8s.io"}


class RpcTlsTestCase(ClusterTest):
    """One operator for all tests of a class, with certificates that they can replace."""

    audiences = ()
    client_certificates = True

    @classmethod
    def make_operator(cls, **options):
        cls.servers, cls.clients = Authority(cls.directory, "servers"), Authority(cls.directory, "clients")
        cls.first = certificate, key = cls.servers.issue("/CN=deepseek-operator", "tls")
        cls.volume = SecretVolume(f"{cls.directory}/secret")
        cls.volume.write(tls_crt=certificate, tls_key=key, ca_crt=cls.clients.certificate)
        cls.port = environment.free_port()
        tls = {"certFile": f"{cls.volume.path}/tls.crt", "keyFile": f"{cls.volume.path}/tls.key"}
        if cls.client_certificates:
            tls["clientCaFile"] = f"{cls.volume.path}/ca.crt"
        rpc = {"listenAddress": f"127.0.0.1:{cls.port}", "tls": tls, "tokenAudiences": list(cls.audiences)}
        return super().make_operator(config={"rpc": rpc}, **options)

    def setUp(self):
        super().setUp()
        self.demand(50)
        self.ns.create(predicted())
        self.ns.await_floor("chat", 5)

    def connect(self, token=None, certificate=None, authority=None):
        """`certificate`: the files of certificate and key."""
        files = [path.read_bytes() for path in reversed(certificate)] if certificate else (None, None)
        roots = (authority or self.servers).certificate.read_bytes()
        client = Client(f"127.0.0.1:{self.port}", grpc.ssl_channel_credentials(roots, *files), token)
        self.addCleanup(client.close)
        return client

    def account(self, name="reader"):
        """A ServiceAccount, as a subject."""
        self.ns.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}})
        return {"kind": "ServiceAccount", "namespace": self.ns.name, "name": name}

    def token(self, *arguments, name="reader"):
        return self.ns.kubectl("create", "token", name, *arguments).strip()

    def await_allowed(self, call, *arguments):
        """A refusal is remembered for ten seconds."""
        def allowed():
            try:
                return call(*arguments)
            except grpc.RpcError as error:
                raise AssertionError(f"{error.code()}: {error.details()}") from None
        return eventually(allowed, 30, "it is allowed")


class RpcTlsTest(RpcTlsTestCase):
    # Who comes in

    def test_clear_text_is_not_understood(self):
        client = Client(f"127.0.0.1:{self.port}")
        self.addCleanup(client.close)
        refusal(UNAVAILABLE, client.explain, self.ns.name, "chat")

    def test_nobody_sees_anything_without_a_name(self):
        for token, says in ((None, "neither a client certificate nor"), ("nonsense", "not valid in this cluster")):
            client = self.connect(token)
            for call in (client.explain, client.forecast, lambda *names, client=client: list(client.watch(*names))):
                error = refusal(UNAUTHENTICATED, call, self.ns.name, "chat")
                self.assertIn(says, error.details())
                self.assertEqual(details(error)["ErrorInfo"].reason, "UNAUTHENTICATED")
            refusal(UNAUTHENTICATED, client.list)
            refusal(UNAUTHENTICATED, lambda client=client: list(client.forecasts.Simulate(v1.SimulateRequest(csv="0,1\n"))))
            self.assertEqual(client.serving(), "SERVING", "a health check needs no name")

    def test_a_token_sees_the_namespaces_that_its_account_may_read(self):
        elsewhere = self.cluster.namespace(f"{self.ns.name}-b")
        self.addCleanup(elsewhere.remove)
        account = self.account()
        client = self.connect(self.token())
        error = refusal(PERMISSION_DENIED, client.explain, self.ns.name, "chat")
        self.assertIn(f"system:serviceaccount:{self.ns.name}:reader may not get deepseekservices", error.details())
        self.assertEqual(details(error)["ErrorInfo"].reason, "PERMISSION_DENIED")

        allow(self.ns, account)
        self.assertEqual(self.await_allowed(client.explain, self.ns.name, "chat").decision.floor, 5)
        self.assertEqual([each.service for each in self.await_allowed(client.list, self.ns.name).services], ["chat"])
        watch = Watch(client.watch(self.ns.name))
        watch.await_decision(service="chat", to=5)
        watch.cancel()
        for call in (client.explain, client.forecast):
            refusal(PERMISSION_DENIED, call, elsewhere.name, "chat")
        for namespace in (elsewhere.name, ""):
            refusal(PERMISSION_DENIED, client.list, namespace)
            refusal(PERMISSION_DENIED, lambda namespace=namespace: list(client.watch(namespace)))

    def test_each_method_takes_its_own_verb(self):
        allow(self.ns, self.account(), verbs=["list"])
        client = self.connect(self.token())
        self.await_allowed(client.list, self.ns.name)
        refusal(PERMISSION_DENIED, client.explain, self.ns.name, "chat")
        refusal(PERMISSION_DENIED, lambda: list(client.watch(self.ns.name)))

    def test_what_does_not_exist_is_not_told_to_who_may_not_ask(self):
        self.account()
        client = self.connect(self.token())
        refusal(PERMISSION_DENIED, client.explain, self.ns.name, "chat")
        refusal(PERMISSION_DENIED, client.explain, self.ns.name, "nobody")

    def test_a_watch_ends_when_its_right_is_taken_away(self):
        allow(self.ns, self.account())
        client = self.connect(self.token())
        self.await_allowed(client.explain, self.ns.name, "chat")
        watch = Watch(client.watch(self.ns.name))
        watch.await_decision(service="chat", to=5)
        self.ns.delete("rolebinding", "reader")
        self.assertEqual(watch.await_end(FORGOTTEN_SECONDS), PERMISSION_DENIED)

    # Client certificates

    def test_a_certificate_names_a_user_and_groups(self):
        allow(self.ns, subject("User", "keda"), name="keda")
        allow(self.ns, subject("Group", "scalers"), name="scalers")
        for number, name in enumerate(("/CN=keda", "/CN=somebody/O=scalers")):
            client = self.connect(certificate=self.clients.issue(name, f"{self.ns.name}-{number}"))
            self.assertEqual(self.await_allowed(client.explain, self.ns.name, "chat").decision.floor, 5)
        error = refusal(PERMISSION_DENIED, self.connect(
            certificate=self.clients.issue("/CN=somebody/O=others", f"{self.ns.name}-others")).explain, self.ns.name, "chat")
        self.assertIn("somebody may not get deepseekservices", error.details())
        error = refusal(UNAUTHENTICATED, self.connect(
            certificate=self.clients.issue("/O=scalers", f"{self.ns.name}-nameless")).explain, self.ns.name, "chat")
        self.assertIn("no common name", error.details())

    def test_certificates_of_somebody_else_and_of_yesterday_are_refused(self):
        allow(self.ns, subject("User", "keda"))
        good = self.connect(certificate=self.clients.issue("/CN=keda", f"{self.ns.name}-good"))
        self.await_allowed(good.explain, self.ns.name, "chat")
        foreign = Authority(self.directory, "foreign")
        for certificate in (foreign.issue("/CN=keda", "keda"), self.clients.issue("/CN=keda", f"{self.ns.name}-old", days=-1)):
            refusal(UNAVAILABLE, self.connect(certificate=certificate).explain, self.ns.name, "chat")
        refusal(UNAVAILABLE, self.connect(authority=foreign).serving)

    # Renewal

    def shown(self):
        """The certificate that a new connection is shown; None if it comes to none."""
        try:
            return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", self.port), timeout=20))
        except OSError:
            return None

    def await_shown(self, certificate):
        wanted = ssl.PEM_cert_to_DER_cert(certificate.read_text(encoding="ascii"))
        eventually(lambda: self.shown() == wanted, RENEWED_SECONDS, f"{certificate.name} is shown")

    def write_first_files(self):
        certificate, key = self.first
        self.volume.write(tls_crt=certificate, tls_key=key, ca_crt=self.clients.certificate)
        self.await_shown(certificate)

    def test_a_renewed_certificate_is_shown_without_a_restart(self):
        allow(self.ns, self.account())
        client = self.connect(self.token())
        self.await_allowed(client.explain, self.ns.name, "chat")
        watch = Watch(client.watch(self.ns.name))
        watch.await_decision(service="chat", to=5)

        certificate, key = self.servers.issue("/CN=renewed", "renewed")
        others = Authority(self.directory, "other-clients")
        self.addCleanup(self.write_first_files)
        self.volume.write(tls_crt=certificate, tls_key=key, ca_crt=others.certificate)
        self.await_shown(certificate)

        self.assertEqual(self.connect(self.token()).explain(self.ns.name, "chat").decision.floor, 5)
        allow(self.ns, subject("User", "keda"), name="keda")
        self.await_allowed(self.connect(certificate=others.issue("/CN=keda", "keda")).explain, self.ns.name, "chat")
        refusal(UNAVAILABLE, self.connect(certificate=self.clients.issue("/CN=keda", "keda")).explain, self.ns.name, "chat")
        self.demand(80)
        watch.await_decision(service="chat", to=8)  # a connection that is open stays so
        watch.cancel()

    def test_files_that_do_not_belong_together_can_be_mended_without_a_restart(self):
        """Until then nobody can connect anew, and who is connected notices nothing."""
        allow(self.ns, self.account())
        client = self.connect(self.token())
        self.await_allowed(client.explain, self.ns.name, "chat")
        watch = Watch(client.watch(self.ns.name))
        watch.await_decision(service="chat", to=5)
        certificate, _ = self.servers.issue("/CN=half", "half")
        self.addCleanup(self.write_first_files)
        self.volume.write(tls_crt=certificate, tls_key=self.first[1], ca_crt=self.clients.certificate)
        eventually(lambda: self.shown() is None, RENEWED_SECONDS, "no connection is made")
        self.demand(80)
        watch.await_decision(service="chat", to=8)
        self.write_first_files()
        self.assertEqual(self.connect(self.token()).explain(self.ns.name, "chat").decision.floor, 8)
        watch.cancel()


class RpcTokensTest(RpcTlsTestCase):
    """Tokens that are made for this server alone, and no client certificates."""

    audiences = ("deepseek-operator",)
    client_certificates = False

    def test_a_token_for_another_audience_is_refused(self):
        allow(self.ns, self.account())
        self.assertEqual(self.await_allowed(self.connect(self.token("--audience=deepseek-operator")).explain, self.ns.name,
                                            "chat").decision.floor, 5)
        for token in (self.token(), self.token("--audience=elsewhere")):
            refusal(UNAUTHENTICATED, self.connect(token).explain, self.ns.name, "chat")

    def test_a_certificate_is_no_name_where_no_authority_is_named(self):
        allow(self.ns, subject("User", "keda"))
        client = self.connect(certificate=self.clients.issue("/CN=keda", f"{self.ns.name}-keda"))
        refusal(UNAUTHENTICATED, client.explain, self.ns.name, "chat")
