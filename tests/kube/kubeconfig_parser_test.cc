#include "kube/kubeconfig_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/kubeconfig_base64.h"
#include "tests/kube/kubeconfig_test_files.h"

namespace dso::kube {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kFile = "/etc/kube/config";

Result<ClusterAccess> Resolve(const std::string& yaml, const std::string& context = "") {
  const Result<Kubeconfig> parsed = ParseKubeconfig(yaml, kFile);
  if (!parsed) return parsed.error();
  return ResolveContext(*parsed, context);
}

// A kubeconfig with one context whose cluster and user are given as flow mappings.
std::string Config(const std::string& cluster, const std::string& user) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: c1\n"
         "contexts: [{name: c1, context: {cluster: k1, user: u1}}]\n"
         "clusters: [{name: k1, cluster: " +
         cluster +
         "}]\n"
         "users: [{name: u1, user: " +
         user + "}]\n";
}

const std::string kServer = "{server: 'https://api:6443'}";

TEST(Kubeconfig, GivesServerTlsUserAndNamespace) {
  const std::string pem = EncodeBase64(kSomePem);
  const Result<ClusterAccess> access = Resolve(R"(
apiVersion: v1
kind: Config
current-context: other
contexts:
- name: prod
  context: {cluster: eu, user: ops, namespace: shop}
- name: other
  context: {cluster: nowhere, user: nobody}
clusters:
- name: eu
  cluster:
    server: https://api.example.com:6443/k8s/
    certificate-authority-data: )" + pem + R"(
    tls-server-name: kubernetes
users:
- name: ops
  user:
    client-certificate: pki/ops.crt
    client-key: /pki/ops.key
)",
                                               "prod");
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_EQ(access->server.ToString(), "https://api.example.com:6443/k8s");
  EXPECT_EQ(access->context, "prod");
  EXPECT_EQ(access->default_namespace, "shop");
  EXPECT_EQ(access->tls.ca.pem, kSomePem);
  EXPECT_EQ(access->tls.server_name, "kubernetes");
  EXPECT_FALSE(access->tls.insecure_skip_verify);
  EXPECT_EQ(access->tls.client_certificate.file, "/etc/kube/pki/ops.crt");
  EXPECT_EQ(access->tls.client_key.file, "/pki/ops.key");
  EXPECT_TRUE(std::holds_alternative<AnonymousUser>(access->user));
}

TEST(Kubeconfig, IsJsonToo) {
  const Result<ClusterAccess> access =
      Resolve(R"({"current-context":"a","contexts":[{"name":"a","context":{"cluster":"k"}}],)"
              R"("clusters":[{"name":"k","cluster":{"server":"http://localhost:8001"}}],"users":null})");
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_EQ(access->server.port, 8001);
  EXPECT_EQ(access->default_namespace, "default");
}

TEST(Kubeconfig, DataWinsOverFiles) {
  const std::string pem = EncodeBase64(kSomePem);
  const Result<ClusterAccess> access =
      Resolve(Config("{server: 'https://api', certificate-authority: ca.crt, certificate-authority-data: " + pem + "}",
                     "{client-certificate: a, client-certificate-data: " + pem + ", client-key: b}"));
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_EQ(access->tls.ca.pem, kSomePem);
  EXPECT_TRUE(access->tls.ca.file.empty());
  EXPECT_EQ(access->tls.client_certificate.pem, kSomePem);
  EXPECT_EQ(access->tls.client_key.file, "/etc/kube/b");
}

TEST(Kubeconfig, KnowsTheWaysToIdentify) {
  const auto user_of = [](const std::string& user) {
    Result<ClusterAccess> access = Resolve(Config(kServer, user));
    EXPECT_TRUE(access.ok()) << access.error().message;
    return access.ok() ? access->user : User();
  };
  EXPECT_TRUE(std::holds_alternative<AnonymousUser>(user_of("{}")));
  EXPECT_EQ(std::get<TokenUser>(user_of("{token: abc}")).token, "abc");
  EXPECT_EQ(std::get<TokenFileUser>(user_of("{tokenFile: t}")).file, "/etc/kube/t");
  EXPECT_EQ(std::get<TokenFileUser>(user_of("{tokenFile: t, token: old}")).file, "/etc/kube/t");
  const BasicUser basic = std::get<BasicUser>(user_of("{username: me, password: pw}"));
  EXPECT_EQ(basic.username + "/" + basic.password, "me/pw");
  // As with kubectl, what is written down wins over a plugin.
  const std::string exec = "exec: {command: p, apiVersion: client.authentication.k8s.io/v1}";
  EXPECT_EQ(std::get<TokenUser>(user_of("{token: abc, " + exec + "}")).token, "abc");
  EXPECT_TRUE(std::holds_alternative<AnonymousUser>(user_of("{client-certificate: a, client-key: b, " + exec + "}")));
  EXPECT_EQ(std::get<ExecConfig>(user_of("{" + exec + "}")).command, "p");
}

TEST(Kubeconfig, ReadsExecPlugins) {
  const Result<ClusterAccess> access = Resolve(Config(
      "{server: 'https://api', certificate-authority: ca.crt, extensions: [{name: client.authentication.k8s.io/exec, "
      "extension: {audience: x, n: 7, quoted: '7', deep: [true, null]}}]}",
      "{exec: {command: ./bin/login, args: [get, '--id', 7], env: [{name: A, value: b}], provideClusterInfo: true, "
      "apiVersion: client.authentication.k8s.io/v1beta1, interactiveMode: IfAvailable, installHint: get it}}"));
  ASSERT_TRUE(access.ok()) << access.error().message;
  const ExecConfig& exec = std::get<ExecConfig>(access->user);
  EXPECT_EQ(exec.command, "/etc/kube/bin/login");
  EXPECT_EQ(exec.args, (std::vector<std::string>{"get", "--id", "7"}));
  EXPECT_EQ(exec.env, (std::vector<std::pair<std::string, std::string>>{{"A", "b"}}));
  EXPECT_EQ(exec.api_version, "client.authentication.k8s.io/v1beta1");
  EXPECT_EQ(exec.install_hint, "get it");
  ASSERT_TRUE(exec.cluster.has_value());
  EXPECT_EQ(exec.cluster->server, "https://api");
  EXPECT_EQ(exec.cluster->tls.ca.file, "/etc/kube/ca.crt");
  EXPECT_EQ(exec.cluster->config.dump(), R"({"audience":"x","deep":[true,null],"n":7,"quoted":"7"})");
}

TEST(Kubeconfig, ABrokenEntryDoesNotMatterToOthers) {
  const Result<ClusterAccess> access = Resolve(R"(
current-context: good
contexts: [{name: good, context: {cluster: good}}]
clusters:
- {name: bad, cluster: {server: 'ftp://x', certificate-authority-data: '!'}}
- {name: good, cluster: {server: 'https://api'}}
)");
  EXPECT_TRUE(access.ok());
}

struct Refusal {
  const char* name;
  std::string yaml;
  std::vector<std::string> parts;  // of the message
};

std::vector<Refusal> Refusals() {
  const auto exec = [](const std::string& fields) { return Config(kServer, "{exec: {" + fields + "}}"); };
  return {
      {"not YAML", "a: [" + kSecret + "\nb: }", {kFile, "is not YAML", "line"}},
      {"a scalar", kSecret, {kFile, "not a mapping"}},
      {"another kind", "kind: Deployment", {kFile, "a Deployment, not a Config"}},
      {"lists that are none", "clusters: 7", {kFile, "clusters is not a list"}},
      {"a server that is a list", Config("{server: [a]}", "{}"), {kFile, "cluster \"k1\"", "server is not text"}},
      {"an odd flag", Config("{insecure-skip-tls-verify: maybe}", "{}"), {"cluster \"k1\"", "neither true nor false"}},
      {"nothing", "", {kFile, "no current-context", "--context", "contexts: none"}},
      {"no current context", "contexts: [{name: b}, {name: a}]", {"use-context", "contexts: a, b"}},
      {"an unknown context",
       "current-context: x\ncontexts: [{name: b}, {name: a}]",
       {"\"x\"", kFile, "contexts: a, b"}},
      {"an unknown cluster",
       "current-context: x\ncontexts: [{name: x, context: {cluster: k}}]\nclusters: [{name: l}]",
       {"context \"x\" of /etc/kube/config", "cluster \"k\"", "clusters: l"}},
      {"an unknown user",
       "current-context: x\ncontexts: [{name: x, context: {cluster: l, user: me}}]\n"
       "clusters: [{name: l, cluster: {server: 'https://api'}}]\nusers: [{name: you, user: {token: " +
           kSecret + "}}]",
       {"context \"x\" of /etc/kube/config", "user \"me\"", "users: you"}},
      {"no server", Config("{}", "{}"), {"cluster \"k1\" of /etc/kube/config", "has no server"}},
      {"a server that is no URL", Config("{server: api}", "{}"), {"cluster \"k1\"", "server", "scheme"}},
      {"a password in the server", Config("{server: 'https://me:" + kSecret + "@api'}", "{}"), {"cluster \"k1\""}},
      {"a proxy",
       Config("{server: 'https://api', proxy-url: 'http://me:" + kSecret + "@p'}", "{}"),
       {"cluster \"k1\"", "proxy-url is not supported", "remove it"}},
      {"insecure with a CA",
       Config("{server: 'https://api', insecure-skip-tls-verify: true, certificate-authority: c}", "{}"),
       {"insecure-skip-tls-verify", "remove one"}},
      {"CA not base64",
       Config("{server: 'https://api', certificate-authority-data: '" + kSecret + "'}", "{}"),
       {"cluster \"k1\" of /etc/kube/config: certificate-authority-data", "not base64"}},
      {"key not base64",
       Config(kServer, "{client-certificate: a, client-key-data: '" + kSecret + "'}"),
       {"user \"u1\" of /etc/kube/config: client-key-data", "not base64"}},
      {"certificate without key", Config(kServer, "{client-certificate: a}"), {"user \"u1\"", "add the other"}},
      {"token and password",
       Config(kServer, "{token: " + kSecret + ", username: me, password: " + kSecret + "}"),
       {"user \"u1\"", "both a token and a password"}},
      {"auth-provider",
       Config(kServer, "{auth-provider: {name: gcp, config: {access-token: " + kSecret + "}}}"),
       {"user \"u1\"", "removed from Kubernetes", "use exec"}},
      {"impersonation", Config(kServer, "{token: " + kSecret + ", as: admin}"), {"user \"u1\"", "impersonation"}},
      {"exec without a command", exec("apiVersion: client.authentication.k8s.io/v1"), {"user \"u1\"", "no command"}},
      {"exec of an old version",
       exec("command: p, apiVersion: client.authentication.k8s.io/v1alpha1"),
       {"user \"u1\"", "v1alpha1", "v1beta1", "update the plugin"}},
      {"exec that asks",
       exec("command: p, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always"),
       {"user \"u1\"", "interactiveMode: Always", "IfAvailable"}},
      {"exec with a nameless variable",
       exec("command: p, apiVersion: client.authentication.k8s.io/v1, env: [{value: " + kSecret + "}]"),
       {"user \"u1\"", "env"}},
      {"exec with an odd argument",
       exec("command: p, apiVersion: client.authentication.k8s.io/v1, args: [[" + kSecret + "]]"),
       {kFile, "args"}},
  };
}

TEST(Kubeconfig, NamesFileEntryAndRemedyButNoSecret) {
  for (const Refusal& refusal : Refusals()) {
    SCOPED_TRACE(refusal.name);
    const Result<ClusterAccess> access = Resolve(refusal.yaml);
    ASSERT_FALSE(access.ok());
    EXPECT_EQ(access.error().code, ErrorCode::kInvalidArgument);
    for (const std::string& part : refusal.parts) EXPECT_THAT(access.error().message, HasSubstr(part));
    EXPECT_THAT(access.error().message, Not(HasSubstr(kSecret)));
  }
}

TEST(Kubeconfig, DoesNotListHundredsOfNames) {
  std::string yaml = "current-context: x\ncontexts:\n";
  for (int i = 100; i < 150; ++i) yaml += "- name: c" + std::to_string(i) + "\n";
  EXPECT_THAT(Resolve(yaml).error().message, HasSubstr("c118, c119 and 30 more"));
}

TEST(Kubeconfig, MergingKeepsTheFirst) {
  Kubeconfig merged;
  Merge(*ParseKubeconfig("clusters: [{name: k, cluster: {server: 'https://one', certificate-authority: ca}}]",
                         "/a/config"),
        merged);
  Merge(*ParseKubeconfig("current-context: second\n"
                         "clusters: [{name: k, cluster: {server: 'https://two'}}, {name: l, cluster: "
                         "{server: 'https://three', certificate-authority: ca}}]\n"
                         "contexts: [{name: second, context: {cluster: k}}, {name: l, context: {cluster: l}}]",
                         "/b/config"),
        merged);
  Merge(*ParseKubeconfig("current-context: third\ncontexts: [{name: third, context: {cluster: k}}]", "/c/config"),
        merged);
  const Result<ClusterAccess> access = ResolveContext(merged, "");
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_EQ(access->context, "second");
  EXPECT_EQ(access->server.host, "one");
  EXPECT_EQ(access->tls.ca.file, "/a/ca");
  EXPECT_EQ(ResolveContext(merged, "l")->tls.ca.file, "/b/ca");
  EXPECT_THAT(ResolveContext(merged, "x").error().message, HasSubstr("/a/config, /b/config, /c/config"));
}

}  // namespace
}  // namespace dso::kube
