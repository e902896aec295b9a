"""Every value of the chart does something, and what is no value is refused."""

import copy
import json
import textwrap
import unittest

import yaml
from cases import VALUES
from harness.chart import CHART, HelmError, at, helm, leaves, objects, of_kind, render

# Tested where there is a chart with rules: test_monitoring.py.
ELSEWHERE = {("prometheusRule", "disabledAlerts"), ("prometheusRule", "runbookBaseUrl")}


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def without(tree, path):
    tree = copy.deepcopy(tree)
    del at(tree, path[:-1])[path[-1]]
    return tree


class ValuesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
        cls.values = {path for path, _ in cls.properties(cls.schema) if path != ("global",)}
        cls.defaults = load(CHART / "values.yaml")

    @classmethod
    def properties(cls, schema, path=()):
        """Paths and schemas of all values; what is below of Kubernetes' own objects is none."""
        if "$ref" in schema.get("allOf", [{}])[0]:
            schema = cls.schema["definitions"][schema["allOf"][0]["$ref"].rsplit("/", 1)[1]]
        if "properties" not in schema:
            yield path, schema
            return
        for name, child in schema["properties"].items():
            assert "description" in child, f"the schema does not describe {(*path, name)}"
            yield from cls.properties(child, (*path, name))
        assert schema.get("additionalProperties") is False, f"the schema takes anything in {path}"

    def value_of(self, leaf):
        """The value that has this leaf of a file."""
        return next(leaf[:length] for length in range(1, len(leaf) + 1) if leaf[:length] in self.values)

    def test_every_value_changes_what_is_rendered(self):
        """A value without effect, or without a file in values/ that uses it, fails here by its name."""
        seen = set(ELSEWHERE)
        for file in VALUES:
            values = load(file)
            whole = render(file)
            for value in {self.value_of(leaf) for leaf in leaves(values)} - seen:
                with self.subTest(file.name, value=".".join(value)):
                    try:
                        changed = render(without(values, value)) != whole
                    except HelmError:
                        changed = True  # the rest of the file makes no sense without it
                    self.assertTrue(changed, "it has no effect")
                    seen.add(value)
        self.assertEqual(sorted(".".join(value) for value in self.values - seen), [], "no file in values/ has these")

    def test_the_schema_has_the_same_values(self):
        self.assertEqual(self.values, {self.value_of(leaf) for leaf in leaves(self.defaults)})

    def test_every_value_has_a_comment(self):
        text = (CHART / "values.yaml").read_text(encoding="utf-8")
        lines = text.splitlines()

        def visit(node, path=()):
            for key, child in node.value:
                here = (*path, key.value)
                if here not in self.values:
                    visit(child, here)
                    continue
                above = key.start_mark.line - 1
                while lines[above].lstrip().startswith("#") and not lines[above].lstrip().startswith("# -- "):
                    above -= 1
                self.assertRegex(lines[above], "^ *# -- ", f"{'.'.join(here)} has no comment `# -- `")
        visit(yaml.compose(text))

    def assert_refused(self, values, *texts):
        with self.assertRaises(HelmError) as refused:
            render(values)
        for text in texts:
            self.assertIn(text, str(refused.exception))

    def test_what_is_wrong_is_refused_and_named(self):
        server = {"name": "default", "url": "http://prometheus:9090"}
        for values, *texts in (
                ({"replica": 2}, "replica"),
                ({"replicas": "two"}, "replicas", "integer"),
                ({"image": {"digest": "latest"}}, "image", "digest"),
                ({"image": {"pullPolicy": "Sometimes"}}, "pullPolicy", "Always"),
                ({"config": {"logLevel": "loud"}}, "logLevel", "debug"),
                ({"config": {"syncPeriod": "soon"}}, "syncPeriod"),
                ({"config": {"prometheus": [{"url": "http://prometheus"}]}}, "name"),
                ({"config": {"prometheus": [{**server, "url": "prometheus:9090"}]}}, "url"),
                ({"config": {"prometheus": [{**server, "url": "http://user:secret@prometheus"}]}}, "url"),
                ({"config": {"prometheus": [{**server, "name": "The Server"}]}}, "name"),
                ({"config": {"prometheus": [{**server, "token": "abc"}]}}, "token"),
                ({"config": {"prometheus": [{**server, "tokenSecretRef": {"name": "a"},
                                             "basicAuthSecretRef": {"name": "b"}}]}}, "prometheus"),
                ({"config": {"prometheus": [{**server, "caSecretRef": {"name": "a"},
                                             "caConfigMapRef": {"name": "b"}}]}}, "prometheus"),
                ({"config": {"prometheus": [server, server]}}, "two servers", "default"),
                ({"watchNamespaces": ["Team A"]}, "watchNamespaces"),
                ({"watchNamespaces": ["a", "a"]}, "watchNamespaces"),
                ({"leaderElection": {"enabled": False}}, "replicas is 2", "leaderElection.enabled"),
                ({"metrics": {"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}}, "twice"),
                ({"podDisruptionBudget": {"maxUnavailable": 0}}, "maxUnavailable"),
                ({"terminationGracePeriodSeconds": 5}, "terminationGracePeriodSeconds"),
                ({"fullnameOverride": "x" * 48}, "fullnameOverride"),
                ({"rpc": {"port": 8080}}, "rpc", "port"),
                ({"rpc": {"port": 443}}, "rpc", "port"),
                ({"rpc": {"listenAddress": "0.0.0.0:9090"}}, "rpc", "listenAddress"),
                ({"rpc": {"tls": {"secretName": "The Secret"}}}, "rpc", "secretName"),
                ({"rpc": {"tls": {"clientCertificates": True}}}, "rpc.tls.clientCertificates", "rpc.tls.secretName is empty"),
                ({"rpc": {"tokenAudiences": ["deepseek-operator"]}}, "rpc.tokenAudiences", "rpc.tls.secretName is empty"),
                ({"rpc": {"tls": {"secretName": "tls"}, "tokenAudiences": ["a", "a"]}}, "tokenAudiences"),
                ({"rpc": {"requestsPerSecond": 0}}, "requestsPerSecond"),
                ({"rpc": {"streamsPerClient": 0}}, "streamsPerClient"),
                ({"rpc": {"streams": 100001}}, "streams"),
                ({"rpc": {"service": {"port": 0}}}, "rpc", "port"),
        ):
            with self.subTest(str(values)):
                self.assert_refused(values, *texts)

    def test_labels_and_annotations_of_the_chart_itself_are_refused(self):
        """Given twice, they would break selectors, or the pods' replacement when the configuration changes."""
        labels = {label for item in objects() for label in item["metadata"]["labels"] if "aggregate-to" not in label}
        self.assertIn("app.kubernetes.io/component", labels)
        annotations = {annotation for item in of_kind(objects(), "Deployment", "Pod") for annotation in
                       item["spec"].get("template", item)["metadata"]["annotations"]}
        self.assertIn("checksum/config", annotations)
        for keys, *paths in ((labels, ["commonLabels"], ["podLabels"], ["metrics", "serviceMonitor", "additionalLabels"],
                              ["metrics", "podMonitor", "additionalLabels"], ["prometheusRule", "additionalLabels"]),
                             (annotations, ["podAnnotations"])):
            for path in paths:
                for key in sorted(keys):
                    with self.subTest(".".join(path), key=key):
                        values = {key: "mine"}
                        for part in reversed(path):
                            values = {part: values}
                        self.assert_refused(values, "/".join(path), key)

    def test_a_chart_that_depends_on_it_may_have_globals(self):
        render({"global": {"imageRegistry": "registry.example.com"}})

    def notes(self, values):
        return helm("install", "deepseek-operator", CHART, "--dry-run=client", "--values", "-",
                    stdin=yaml.safe_dump(values)).split("NOTES:")[1]

    def test_the_notes_warn_of_what_is_missing(self):
        for text in ("no Prometheus server is configured", "image.repository is localhost/deepseek-operator"):
            self.assertIn(text, self.notes({}))
        server = {"name": "mimir", "url": "http://mimir:9090"}
        notes = self.notes({"replicas": 1, "restore": {"enabled": False}, "crds": {"keep": False},
                            "watchNamespaces": ["team-a"], "config": {"prometheus": [server]}})
        for text in ('named "default"', "replicas is 1", "restore.enabled is false", "crds.keep is false",
                     "namespaces team-a", "http://mimir:9090"):
            self.assertIn(text, notes)
        self.assertNotIn("no Prometheus server", notes)
        self.assertIn("port-forward deployment/deepseek-operator 9090", notes)
        self.assertIn("deepseek-operator-rpc.default:443, over TLS, with a bearer token\n", self.notes(
            {"rpc": {"tls": {"secretName": "tls"}, "service": {"port": 443}}}))
        self.assertIn("or a client certificate", self.notes({"rpc": {"tls": {"secretName": "tls", "clientCertificates": True}}}))
        self.assertNotIn("gRPC", self.notes({"rpc": {"enabled": False}}))
        self.assertNotIn("NOTE", self.notes({"config": {"prometheus": [{**server, "name": "default"}]},
                                             "image": {"repository": "registry.example/deepseek-operator"}}))

    def test_the_notes_begin_with_the_example_of_the_shadow_mode(self):
        notes = self.notes({})
        manifest = yaml.safe_load(textwrap.dedent(notes.split("<<'END'\n")[1].split("    END\n")[0]))
        self.assertEqual(manifest, load(CHART.parents[1] / "examples/shadow.yaml"))
