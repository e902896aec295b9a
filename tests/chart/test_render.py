"""What matters in the rendered objects."""

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml
from cases import VALUES, WATCHED
from harness import environment
from harness.chart import CHART, NAMESPACE, RELEASE, find, hooks, objects, of_kind, operator_config

ROLES = ("Role", "ClusterRole")
BINDINGS = ("RoleBinding", "ClusterRoleBinding")


def pod_specs(rendered):
    for item in of_kind(rendered, "Deployment", "Job"):
        yield item["metadata"]["name"], item["spec"]["template"]["spec"]
    for item in of_kind(rendered, "Pod"):
        yield item["metadata"]["name"], item["spec"]


class RenderTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.default = objects()
        cls.by_values = {path.stem: objects(path) for path in VALUES}

    def deployment(self, values=None):
        rendered = self.by_values[values] if values else self.default
        deployment, = of_kind(rendered, "Deployment")
        return deployment

    def container(self, values=None):
        container, = self.deployment(values)["spec"]["template"]["spec"]["containers"]
        return container

    # The chart as a whole

    def test_has_the_version_of_the_project(self):
        project = re.search(r"project\(deepseek-operator VERSION (\S+)",
                            (environment.ROOT / "CMakeLists.txt").read_text(encoding="utf-8")).group(1)
        chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
        self.assertEqual((chart["version"], chart["appVersion"]), (project, project))

    def test_everything_carries_the_release(self):
        for values, rendered in self.by_values.items():
            for item in rendered:
                with self.subTest(values, item=f"{item['kind']} {item['metadata']['name']}"):
                    labels = item["metadata"]["labels"]
                    self.assertEqual(labels["app.kubernetes.io/instance"], RELEASE)
                    self.assertEqual(labels["app.kubernetes.io/managed-by"], "Helm")
                    self.assertIn("helm.sh/chart", labels)

    def test_no_object_twice(self):
        for values, rendered in self.by_values.items():
            with self.subTest(values):
                keys = [(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) for item in rendered]
                self.assertEqual(len(keys), len(set(keys)), keys)

    # The CustomResourceDefinition

    def test_the_crd_is_the_projects(self):
        source, = (environment.ROOT / "crds").glob("*.yaml")
        wanted = yaml.safe_load(source.read_text(encoding="utf-8"))
        crd = find(self.default, "CustomResourceDefinition", wanted["metadata"]["name"])
        self.assertEqual(crd["metadata"]["annotations"], {"helm.sh/resource-policy": "keep"})
        del crd["metadata"]["annotations"], crd["metadata"]["labels"]
        self.assertEqual(crd, wanted)

    def test_the_crd_goes_with_the_release_only_if_asked(self):
        crd, = of_kind(self.by_values["names"], "CustomResourceDefinition")
        self.assertFalse(crd["metadata"].get("annotations"))
        self.assertEqual(of_kind(self.by_values["alone"], "CustomResourceDefinition"), [])

    # Pods

    def test_pods_have_no_privileges(self):
        for name, spec in pod_specs(self.default):
            with self.subTest(name):
                pod = spec["securityContext"]
                self.assertTrue(pod["runAsNonRoot"])
                self.assertEqual((pod["runAsUser"], pod["seccompProfile"]), (65532, {"type": "RuntimeDefault"}))
                for container in spec["containers"]:
                    own = container["securityContext"]
                    self.assertTrue(own["readOnlyRootFilesystem"])
                    self.assertFalse(own["allowPrivilegeEscalation"])
                    self.assertEqual(own["capabilities"], {"drop": ["ALL"]})
                    self.assertIn("memory", container["resources"]["limits"])
                for field in ("hostNetwork", "hostPID", "hostIPC"):
                    self.assertNotIn(field, spec)
                self.assertFalse([volume for volume in spec.get("volumes", []) if "hostPath" in volume])

    def test_users_and_groups_can_be_left_to_openshift(self):
        rendered = objects({"podSecurityContext": {"runAsUser": None, "runAsGroup": None, "fsGroup": None},
                            "securityContext": {"runAsUser": None, "runAsGroup": None}})
        for name, spec in pod_specs(rendered):
            for context in (spec["securityContext"], *(container["securityContext"] for container in spec["containers"])):
                self.assertFalse({"runAsUser", "runAsGroup", "fsGroup"} & set(context), name)
                self.assertTrue(context["runAsNonRoot"], name)

    def test_tokens_are_mounted_where_the_api_server_is_asked(self):
        mounted = {name for name, spec in pod_specs(self.default) if spec["automountServiceAccountToken"]}
        self.assertEqual(mounted, {RELEASE, f"{RELEASE}-restore"})
        for account in of_kind(self.default, "ServiceAccount"):
            self.assertIs(account["automountServiceAccountToken"], False)

    def test_two_replicas_of_which_one_leads(self):
        spec = self.deployment()["spec"]
        self.assertEqual((spec["replicas"], spec["strategy"]["type"]), (2, "RollingUpdate"))
        self.assertEqual(operator_config(self.default)["leaderElection"],
                         {"enabled": True, "leaseName": RELEASE, "leaseNamespace": NAMESPACE})
        find(self.default, "PodDisruptionBudget")

    def test_the_lease_is_the_releases_and_its_content_the_operators(self):
        for rendered in (self.default, objects({"leaderElection": {"leaseName": "turn"}})):
            lease, = of_kind(rendered, "Lease")
            self.assertEqual(lease["metadata"]["name"], operator_config(rendered)["leaderElection"]["leaseName"])
            self.assertEqual(lease["metadata"]["namespace"], NAMESPACE)
            self.assertNotIn("spec", lease, "an upgrade would take the holder's turn away")
            self.assertEqual(hooks(lease), "")

    def test_without_an_election_two_are_never_up_at_once(self):
        self.assertEqual(self.deployment("alone")["spec"]["strategy"], {"type": "Recreate"})
        self.assertNotIn("leaderElection", operator_config(self.by_values["alone"]))
        self.assertEqual(of_kind(self.by_values["alone"], "PodDisruptionBudget"), [])
        self.assertNotIn("leases", str(of_kind(self.by_values["alone"], *ROLES)))
        self.assertEqual(of_kind(self.by_values["alone"], "Lease"), [])

    def test_selectors_hold_nothing_that_an_upgrade_changes(self):
        labels = {"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"}
        for rendered in (self.default, *self.by_values.values()):
            deployment, = of_kind(rendered, "Deployment")
            selector = deployment["spec"]["selector"]["matchLabels"]
            self.assertEqual(set(selector), labels)
            for service in of_kind(rendered, "Service"):
                self.assertEqual(service["spec"]["selector"], selector)
            for budget in of_kind(rendered, "PodDisruptionBudget"):
                self.assertEqual(budget["spec"]["selector"]["matchLabels"], selector)
            self.assertLessEqual(selector.items(), deployment["spec"]["template"]["metadata"]["labels"].items())

    def test_hook_and_test_are_not_the_operator(self):
        """The Service, the budget and `restore --stop-deployment` select by labels that these must not have."""
        selector = self.deployment()["spec"]["selector"]["matchLabels"]
        others = [find(self.default, "Job", f"{RELEASE}-restore")["spec"]["template"],
                  find(self.default, "Pod", f"{RELEASE}-test")]
        for other in others:
            self.assertFalse(selector.items() <= other["metadata"]["labels"].items())

    def test_probes(self):
        container = self.container()
        self.assertEqual([container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")],
                         ["/healthz", "/healthz", "/readyz"])

    def test_image_by_tag_and_by_digest(self):
        self.assertEqual(self.container()["image"], "localhost/deepseek-operator:0.1.0")
        self.assertEqual(self.container("pods")["image"], "localhost/deepseek-operator:1.2.3-rc.1")
        self.assertEqual(self.container("names")["image"],
                         "registry.example.com/mirror/deepseek-operator@sha256:" + 4 * "0123456789abcdef")
        for name, spec in pod_specs(self.by_values["names"]):
            self.assertEqual(spec["imagePullSecrets"], [{"name": "registry"}], name)

    def test_a_changed_configuration_rolls_the_pods(self):
        def checksum(values):
            rendered = objects(values)
            return find(rendered, "Deployment")["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
        self.assertEqual(checksum({}), checksum({"resources": {"requests": {"cpu": "1"}}}))
        self.assertNotEqual(checksum({}), checksum({"config": {"syncPeriod": "20s"}}))

    def test_nodes_are_the_same_for_all_pods(self):
        for name, spec in pod_specs(self.by_values["pods"]):
            self.assertEqual(spec["nodeSelector"], {"kubernetes.io/os": "linux"}, name)
            self.assertEqual(spec["tolerations"][0]["operator"], "Exists", name)

    def test_labels_for_a_mesh_are_on_all_pods(self):
        rendered = self.by_values["pods"]
        templates = [item["spec"]["template"] for item in of_kind(rendered, "Deployment", "Job")]
        for pod in (*templates, *of_kind(rendered, "Pod")):
            self.assertEqual(pod["metadata"]["labels"]["sidecar.istio.io/inject"], "false")
            self.assertEqual(pod["metadata"]["annotations"]["prometheus.io/port"], "8080")

    # Configuration

    def test_credentials_are_files_and_nowhere_else(self):
        rendered = self.by_values["prometheus"]
        first, second, third = operator_config(rendered)["prometheus"]
        directory = "/etc/deepseek-operator/prometheus"
        self.assertEqual(first["bearerTokenFile"], f"{directory}/default/token")
        self.assertEqual(first["caFile"], f"{directory}/default/ca.crt")
        self.assertEqual(first["headers"], {"X-Scope-OrgID": "prod", "X-Team": "42"})
        self.assertEqual(second["basicAuth"], {"usernameFile": f"{directory}/mimir/username",
                                               "passwordFile": f"{directory}/mimir/password"})
        self.assertEqual(set(third), {"name", "url"})
        spec = self.deployment("prometheus")["spec"]["template"]["spec"]
        volume, = spec["volumes"]
        self.assertEqual(volume["projected"]["sources"][1:], [
            {"secret": {"name": "prometheus", "items": [{"key": "token", "path": "prometheus/default/token"}]}},
            {"configMap": {"name": "cluster-ca", "items": [{"key": "bundle.pem", "path": "prometheus/default/ca.crt"}]}},
            {"secret": {"name": "mimir", "items": [{"key": "user", "path": "prometheus/mimir/username"},
                                                   {"key": "password", "path": "prometheus/mimir/password"}]}},
            {"secret": {"name": "mimir-ca", "items": [{"key": "ca.crt", "path": "prometheus/mimir/ca.crt"}]}}])
        self.assertEqual(self.container("prometheus").get("env"), None)

    def test_forecasters_are_reached_over_tls_unless_it_says_plaintext(self):
        rendered = self.by_values["forecasters"]
        prophet, lstm, public, sidecar = operator_config(rendered)["forecasters"]
        directory = "/etc/deepseek-operator/forecasters"
        self.assertEqual(prophet["tls"], {"caFile": f"{directory}/prophet/ca.crt", "certFile": f"{directory}/prophet/tls.crt",
                                          "keyFile": f"{directory}/prophet/tls.key"})
        self.assertEqual(prophet["namespaces"], ["prod", "staging"])
        self.assertEqual(lstm["tls"], {"caFile": f"{directory}/lstm/ca.crt"})
        self.assertEqual(public, {"name": "public", "address": "forecasts.example:443", "tls": {}})
        self.assertEqual(sidecar, {"name": "sidecar", "address": "127.0.0.1:50051", "plaintext": True})
        volume, = self.deployment("forecasters")["spec"]["template"]["spec"]["volumes"]
        self.assertEqual(volume["projected"]["sources"][1:], [
            {"configMap": {"name": "cluster-ca", "items": [{"key": "bundle.pem", "path": "forecasters/prophet/ca.crt"}]}},
            {"secret": {"name": "operator-client", "items": [{"key": "client.crt", "path": "forecasters/prophet/tls.crt"},
                                                             {"key": "tls.key", "path": "forecasters/prophet/tls.key"}]}},
            {"secret": {"name": "lstm-ca", "items": [{"key": "ca.crt", "path": "forecasters/lstm/ca.crt"}]}}])
        egress = find(rendered, "NetworkPolicy")["spec"]["egress"][-1]
        self.assertEqual([port["port"] for port in egress["ports"]], [50051, 8443])
        self.assertEqual(egress["to"], [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "forecasting"}}}])

    def test_a_forecaster_is_reached_at_the_port_of_its_address(self):
        rendered = objects({"networkPolicy": {"enabled": True}, "config": {"forecasters": [
            {"name": "a", "address": "a.example:443"}, {"name": "b", "address": "[fd00::1]:50051"}]}})
        egress = find(rendered, "NetworkPolicy")["spec"]["egress"][-1]
        self.assertEqual([port["port"] for port in egress["ports"]], [443, 50051])

    def test_the_operator_takes_the_configuration(self):
        """The real one reads it; it then misses a cluster."""
        for values, rendered in {"default": self.default, **self.by_values}.items():
            config, = [item for item in of_kind(rendered, "ConfigMap") if "config.yaml" in item["data"]]
            with self.subTest(values), tempfile.TemporaryDirectory() as directory:
                path = Path(directory, "config.yaml")
                path.write_text(config["data"]["config.yaml"], encoding="utf-8")
                done = subprocess.run([environment.operator_binary(), "run", "--config", path, "--kubeconfig",
                                       "/nowhere/kubeconfig"], capture_output=True, text=True, timeout=20, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn("/nowhere/kubeconfig", done.stderr)
                self.assertNotIn("config.yaml", done.stderr)

    # Rights

    def test_rights_have_no_wildcards_and_no_secrets(self):
        for values, rendered in {"default": self.default, **self.by_values}.items():
            for role in of_kind(rendered, *ROLES):
                for rule in role["rules"]:
                    with self.subTest(values, role=role["metadata"]["name"], rule=rule):
                        self.assertNotIn("*", rule["apiGroups"] + rule["resources"] + rule["verbs"])
                        self.assertNotIn("secrets", rule["resources"])
                        self.assertFalse({"escalate", "bind", "impersonate"} & set(rule["verbs"]))
                        self.assertNotIn("nonResourceURLs", rule)

    def test_namespaces_need_no_cluster_role(self):
        rendered = self.by_values["namespaces"]
        self.assertEqual({role["metadata"]["name"] for role in of_kind(rendered, "ClusterRole")},
                         {f"{RELEASE}-view", f"{RELEASE}-edit"}, "only those for people")
        self.assertEqual(of_kind(rendered, "ClusterRoleBinding"), [])
        self.assertEqual(operator_config(rendered)["watchNamespaces"], list(WATCHED))
        cluster_wide = find(objects({"rbac": {"podDeletionCost": True, "targetKinds": [
            {"apiGroup": "leaderworkerset.x-k8s.io", "resource": "leaderworkersets"},
            {"apiGroup": "apps", "resource": "deployments"}]}}), "ClusterRole")["rules"]
        for namespace in WATCHED:
            self.assertEqual(find(rendered, "Role", RELEASE, namespace)["rules"], cluster_wide)
            binding = find(rendered, "RoleBinding", RELEASE, namespace)
            self.assertEqual(binding["subjects"], [{"kind": "ServiceAccount", "name": RELEASE, "namespace": NAMESPACE}])
        job = find(rendered, "Job", f"{RELEASE}-restore")["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual(job["args"][2:], [f"--namespace={namespace}" for namespace in WATCHED])

    def test_every_binding_binds_a_role_that_is_there(self):
        for values, rendered in {"default": self.default, **self.by_values}.items():
            roles = {(role["kind"], role["metadata"].get("namespace"), role["metadata"]["name"])
                     for role in of_kind(rendered, *ROLES)}
            for binding in of_kind(rendered, *BINDINGS):
                with self.subTest(values, binding=binding["metadata"]["name"]):
                    reference = binding["roleRef"]
                    self.assertIn((reference["kind"], binding["metadata"].get("namespace"), reference["name"]), roles)

    def test_without_rbac_there_is_none(self):
        rendered = self.by_values["names"]
        self.assertEqual(of_kind(rendered, *ROLES, *BINDINGS, "ServiceAccount"), [])
        self.assertEqual({spec["serviceAccountName"] for name, spec in pod_specs(rendered) if "test" not in name}, {"theirs"})

    def test_people_get_rights_through_the_clusters_own_roles(self):
        for suffix, roles, verbs in (("view", {"view", "edit", "admin"}, {"get", "list", "watch"}),
                                     ("edit", {"edit", "admin"}, {"create", "update", "patch", "delete", "deletecollection"})):
            role = find(self.default, "ClusterRole", f"{RELEASE}-{suffix}")
            aggregated = {label.rsplit("-", 1)[1] for label in role["metadata"]["labels"] if "aggregate-to" in label}
            self.assertEqual(aggregated, roles)
            self.assertEqual({verb for rule in role["rules"] for verb in rule["verbs"]}, verbs)
            self.assertEqual({group for rule in role["rules"] for group in rule["apiGroups"]}, {"deepseek-operator.dev"})

    # gRPC

    def test_grpc_is_for_the_pod_alone_by_default(self):
        self.assertEqual(operator_config(self.default)["rpc"], {
            "listenAddress": "127.0.0.1:9090", "requestsPerSecond": 1000, "streamsPerClient": 256, "streams": 1024})
        self.assertIn({"name": "grpc", "containerPort": 9090, "protocol": "TCP"}, self.container()["ports"])
        self.assertEqual([service["metadata"]["name"] for service in of_kind(self.default, "Service")], [f"{RELEASE}-metrics"])
        self.assertNotIn("reviews", str(of_kind(self.default, *ROLES)), "nobody is asked who they are")
        with_policy = find(objects({"networkPolicy": {"enabled": True}}), "NetworkPolicy")["spec"]
        self.assertEqual([port["port"] for rule in with_policy["ingress"] for port in rule["ports"]], ["metrics"])

    def test_grpc_can_be_left_out(self):
        self.assertNotIn("rpc", operator_config(self.by_values["no-rpc"]))
        self.assertEqual([port["name"] for port in self.container("no-rpc")["ports"]], ["metrics"])
        rendered = objects({"rpc": {"enabled": False, "tls": {"secretName": "tls"}}})
        self.assertNotIn("rpc", operator_config(rendered))
        self.assertEqual([item["kind"] for item in rendered if item["metadata"]["name"].startswith(f"{RELEASE}-rpc")], [])

    def test_grpc_with_tls_is_for_the_cluster(self):
        rendered = self.by_values["rpc"]
        directory = "/etc/deepseek-operator/rpc"
        self.assertEqual(operator_config(rendered)["rpc"], {
            "listenAddress": "0.0.0.0:9443", "requestsPerSecond": 100, "streamsPerClient": 16, "streams": 64,
            "tokenAudiences": ["deepseek-operator"],
            "tls": {"certFile": f"{directory}/tls.crt", "keyFile": f"{directory}/tls.key", "clientCaFile": f"{directory}/ca.crt"}})
        service = find(rendered, "Service", f"{RELEASE}-rpc")
        self.assertEqual([(port["port"], port["targetPort"]) for port in service["spec"]["ports"]], [(443, "grpc")])
        self.assertIn({"name": "grpc", "containerPort": 9443, "protocol": "TCP"}, self.container("rpc")["ports"])
        ingress = find(rendered, "NetworkPolicy")["spec"]["ingress"]
        self.assertEqual(ingress[1], {"ports": [{"port": "grpc", "protocol": "TCP"}], "from": [
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "keda"}}}]})

    def test_certificates_are_mounted_so_that_they_can_be_renewed(self):
        """Files of a volume are replaced when the Secret changes; those that are mounted by a subPath never are."""
        volume, = self.deployment("rpc")["spec"]["template"]["spec"]["volumes"]
        self.assertEqual(volume["projected"]["sources"][1], {"secret": {"name": "deepseek-operator-rpc", "items": [
            {"key": key, "path": f"rpc/{key}"} for key in ("tls.crt", "tls.key", "ca.crt")]}})
        self.assertFalse([mount for mount in self.container("rpc")["volumeMounts"] if "subPath" in mount])

        without_ca = objects({"rpc": {"tls": {"secretName": "tls"}}})
        volume, = find(without_ca, "Deployment")["spec"]["template"]["spec"]["volumes"]
        self.assertEqual([item["key"] for item in volume["projected"]["sources"][1]["secret"]["items"]], ["tls.crt", "tls.key"])
        self.assertNotIn("clientCaFile", operator_config(without_ca)["rpc"]["tls"])

    def test_who_may_review_others_is_the_operator_with_tls(self):
        for values in ({}, {"watchNamespaces": list(WATCHED)}):
            rendered = objects({**values, "rpc": {"tls": {"secretName": "tls"}}})
            role = find(rendered, "ClusterRole", f"{RELEASE}-rpc-reviews")
            self.assertEqual([(rule["apiGroups"], rule["resources"], rule["verbs"]) for rule in role["rules"]], [
                (["authentication.k8s.io"], ["tokenreviews"], ["create"]),
                (["authorization.k8s.io"], ["subjectaccessreviews"], ["create"])])
            binding = find(rendered, "ClusterRoleBinding", f"{RELEASE}-rpc-reviews")
            self.assertEqual(binding["subjects"], [{"kind": "ServiceAccount", "name": RELEASE, "namespace": NAMESPACE}])

    # Uninstallation

    def test_the_hook_stops_the_operator_before_it_restores(self):
        for values, rendered in {"default": self.default, "names": self.by_values["names"]}.items():
            deployment, = of_kind(rendered, "Deployment")
            name = deployment["metadata"]["name"]
            job = find(rendered, "Job", f"{name}-restore")
            self.assertEqual(hooks(job), "pre-delete", values)
            self.assertEqual(job["spec"]["template"]["spec"]["containers"][0]["args"],
                             ["restore", f"--stop-deployment={NAMESPACE}/{name}"])
            self.assertGreater(job["spec"]["activeDeadlineSeconds"], 0)

    def test_the_hooks_rights_come_before_it_and_go_with_it(self):
        rights = [item for item in self.default if hooks(item) == "pre-delete" and item["kind"] != "Job"]
        self.assertEqual(sorted(item["kind"] for item in rights), [
            "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ServiceAccount"])
        for item in rights:
            annotations = item["metadata"]["annotations"]
            self.assertLess(int(annotations["helm.sh/hook-weight"]), 0)
            self.assertIn("hook-succeeded", annotations["helm.sh/hook-delete-policy"])
        role = find(self.default, "Role", f"{RELEASE}-restore-stop")
        self.assertEqual(role["rules"][0]["resourceNames"], [RELEASE], "it may stop nothing else")

    # Network

    def test_the_narrow_network_policy(self):
        spec = find(self.by_values["network"], "NetworkPolicy")["spec"]
        ports = [[port["port"] for port in rule["ports"]] for rule in spec["egress"]]
        self.assertEqual(ports, [[53, 53], [6443], ["metrics"], [9090]])
        self.assertEqual(spec["egress"][1]["to"], [{"ipBlock": {"cidr": "192.0.2.10/32"}}])
        self.assertEqual(len(spec["ingress"][0]["from"]), 2, "the pod of `helm test`, and Prometheus")

    def test_the_default_network_policy_follows_the_urls(self):
        spec = find(self.by_values["network-default"], "NetworkPolicy")["spec"]
        self.assertEqual([port["port"] for port in spec["egress"][-1]["ports"]], [9090, 443, 80])
        self.assertNotIn("from", spec["ingress"][0])
        self.assertNotIn("egress", find(objects({"networkPolicy": {"enabled": True}}), "NetworkPolicy")["spec"]["egress"][-1])

    def test_the_network_policy_is_for_all_pods(self):
        rendered = self.by_values["network"]
        selector = find(rendered, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"]
        labels = [find(rendered, "Deployment")["spec"]["template"]["metadata"]["labels"],
                  find(rendered, "Job", f"{RELEASE}-restore")["spec"]["template"]["metadata"]["labels"],
                  find(rendered, "Pod", f"{RELEASE}-test")["metadata"]["labels"]]
        for each in labels:
            self.assertLessEqual(selector.items(), each.items())
