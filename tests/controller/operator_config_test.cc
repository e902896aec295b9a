#include "controller/operator_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace dso::controller {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

OperatorConfig Parsed(const std::string& text) {
  auto config = ParseOperatorConfig(text, "operator.yaml");
  EXPECT_TRUE(config.ok()) << config.error().message;
  return config ? *std::move(config) : OperatorConfig();
}

std::string Refusal(const std::string& text) {
  const auto config = ParseOperatorConfig(text, "operator.yaml");
  if (config) return "accepted";
  EXPECT_EQ(config.error().code, ErrorCode::kInvalidArgument);
  return config.error().message;
}

TEST(OperatorConfigTest, NothingIsTheDefaults) {
  for (const std::string text : {"", "\n", "# only a comment\n", "---\n", "{}"}) {
    const OperatorConfig config = Parsed(text);
    EXPECT_EQ(config.sync_period, 15s);
    EXPECT_EQ(config.listen_address, "0.0.0.0:8080");
    EXPECT_EQ(config.log_level, LogLevel::kInfo);
    EXPECT_EQ(config.log_format, LogFormat::kText);
    EXPECT_EQ(config.max_concurrent_reconciles, 16);
    EXPECT_TRUE(config.watch_namespaces.empty());
    EXPECT_TRUE(config.prometheus.empty());
  }
}

TEST(OperatorConfigTest, ReadsEverySetting) {
  const OperatorConfig config = Parsed(R"(
syncPeriod: 1m30s
listenAddress: :9090
logLevel: debug
logFormat: json
maxConcurrentReconciles: 4
watchNamespaces: [prod, "7"]
forecasters:
- name: prophet
  address: prophet.forecasting:50051
  tls: {caFile: /etc/forecaster/ca.crt, certFile: /etc/forecaster/tls.crt, keyFile: /etc/forecaster/tls.key}
  timeout: 3s
  fitTimeout: 2m
  refitInterval: 12h
  maxConcurrentRequests: 2
  namespaces: [prod, staging]
- name: lstm
  address: localhost:50052
- name: mesh
  address: forecaster.mesh:1
  plaintext: true
prometheus:
- name: default
  url: https://prometheus.monitoring:9090/prefix
  bearerTokenFile: /var/run/secrets/prometheus/token
  caFile: /etc/prometheus-ca/ca.crt
  headers: {X-Scope-OrgID: prod}
  allowCustomQueries: true
  timeout: 10s
  namespaceLabel: kubernetes_namespace
  serviceLabel: app
  maxConcurrentQueries: 3
- name: long-term
  url: http://thanos:10902
  basicAuth: {username: operator, passwordFile: /etc/password}
)");
  EXPECT_EQ(config.sync_period, 90s);
  EXPECT_EQ(config.listen_address, "0.0.0.0:9090");
  EXPECT_EQ(config.log_level, LogLevel::kDebug);
  EXPECT_EQ(config.log_format, LogFormat::kJson);
  EXPECT_EQ(config.max_concurrent_reconciles, 4);
  EXPECT_THAT(config.watch_namespaces, testing::ElementsAre("prod", "7"));
  ASSERT_EQ(config.forecasters.size(), 3u);
  const rpc::ForecasterConfig& prophet = config.forecasters[0];
  EXPECT_EQ(prophet.name, "prophet");
  EXPECT_EQ(prophet.address, "prophet.forecasting:50051");
  ASSERT_TRUE(prophet.tls);
  EXPECT_EQ(prophet.tls->ca_file, "/etc/forecaster/ca.crt");
  EXPECT_EQ(prophet.tls->cert_file, "/etc/forecaster/tls.crt");
  EXPECT_EQ(prophet.tls->key_file, "/etc/forecaster/tls.key");
  EXPECT_FALSE(prophet.plaintext);
  EXPECT_EQ(prophet.timeout, 3s);
  EXPECT_EQ(prophet.fit_timeout, 2min);
  EXPECT_EQ(prophet.refit_interval, 12h);
  EXPECT_EQ(prophet.max_concurrent_requests, 2);
  EXPECT_THAT(prophet.namespaces, testing::ElementsAre("prod", "staging"));
  EXPECT_FALSE(config.forecasters[1].tls);
  EXPECT_EQ(config.forecasters[1].timeout, 2s);
  EXPECT_TRUE(config.forecasters[1].namespaces.empty());
  EXPECT_TRUE(config.forecasters[2].plaintext);
  ASSERT_EQ(config.prometheus.size(), 2u);
  const prom::ServerConfig& first = config.prometheus[0];
  EXPECT_EQ(first.name, "default");
  EXPECT_EQ(first.url, "https://prometheus.monitoring:9090/prefix");
  EXPECT_EQ(first.bearer_token_file, "/var/run/secrets/prometheus/token");
  EXPECT_EQ(first.ca_file, "/etc/prometheus-ca/ca.crt");
  EXPECT_EQ(first.headers.at("x-scope-orgid"), "prod");
  EXPECT_TRUE(first.allow_custom_queries);
  EXPECT_EQ(first.timeout, 10s);
  EXPECT_EQ(first.labels.namespace_label, "kubernetes_namespace");
  EXPECT_EQ(first.labels.service_label, "app");
  EXPECT_EQ(first.max_concurrent_queries, 3);
  const prom::ServerConfig& second = config.prometheus[1];
  EXPECT_FALSE(second.allow_custom_queries);
  ASSERT_TRUE(second.basic_auth.has_value());
  EXPECT_EQ(second.basic_auth->username, "operator");
  EXPECT_EQ(second.basic_auth->password_file, "/etc/password");
}

TEST(OperatorConfigTest, AnUnknownKeyIsNamedWithItsLineAndTheNearestKnownOne) {
  EXPECT_THAT(Refusal("logLevel: info\nsyncperiod: 15s\n"),
              AllOf(StartsWith("operator.yaml:2: "), HasSubstr("unknown key syncperiod; did you mean syncPeriod?"),
                    HasSubstr("maxConcurrentReconciles")));
  EXPECT_THAT(Refusal("prometheus:\n- name: default\n  url: http://p\n  bearerToken: s3cret\n"),
              AllOf(StartsWith("operator.yaml:4: "),
                    HasSubstr("unknown key prometheus[0].bearerToken; did you mean bearerTokenFile?"),
                    testing::Not(HasSubstr("s3cret"))));
  EXPECT_THAT(Refusal("prometheus:\n- name: default\n  url: http://p\n  basicAuth: {password: s3cret}\n"),
              AllOf(HasSubstr("prometheus[0].basicAuth.password; did you mean passwordFile?"),
                    testing::Not(HasSubstr("s3cret"))));
}

TEST(OperatorConfigTest, AKeyThatIsSetTwiceIsRefused) {
  EXPECT_THAT(Refusal("syncPeriod: 15s\nsyncPeriod: 30s\n"),
              AllOf(StartsWith("operator.yaml:2: "), HasSubstr("syncPeriod is set twice")));
}

struct BadValue {
  std::string text;
  std::string named;  // the key and the remedy that the message must hold
  std::string remedy;
};

TEST(OperatorConfigTest, AWrongValueIsNamedWithItsKeyAndRemedy) {
  const std::string forecaster = "forecasters:\n- name: prophet\n  address: localhost:1\n  ";
  const std::string server = "prometheus:\n- name: default\n  url: http://p\n  ";
  for (const BadValue& c : std::initializer_list<BadValue>{
           {"syncPeriod: 15", "syncPeriod: \"15\"", "15s"},
           {"syncPeriod: 999ms", "syncPeriod: 999ms", "use 1s to 10m"},
           {"syncPeriod: 1d", "syncPeriod: 1d", "use 1s to 10m"},
           {"syncPeriod:", "syncPeriod needs a single value", "remove it"},
           {"syncPeriod: [15s]", "syncPeriod needs a single value", "remove it"},
           {"listenAddress: 8080", "listenAddress: \"8080\"", "0.0.0.0:8080"},
           {"listenAddress: '[::]:8080'", "listenAddress", "IPv6"},
           {"listenAddress: 127.0.0.1:0", "listenAddress", "from 1 to 65535"},
           {"logLevel: INFO", "logLevel: \"INFO\"", "debug, info, warning, error"},
           {"logFormat: xml", "logFormat: \"xml\"", "text, json"},
           {"maxConcurrentReconciles: 0", "maxConcurrentReconciles: \"0\"", "from 1 to 1024"},
           {"maxConcurrentReconciles: 1.5", "maxConcurrentReconciles: \"1.5\"", "whole number"},
           {"maxConcurrentReconciles: 99999999999", "maxConcurrentReconciles", "from 1 to 1024"},
           {"watchNamespaces: prod", "watchNamespaces must be a list", "remove it to watch all"},
           {"watchNamespaces: {prod: true}", "watchNamespaces must be a list", "remove it to watch all"},
           {"watchNamespaces:", "watchNamespaces must be a list", "remove it to watch all"},
           {"watchNamespaces: [prod, [test]]", "watchNamespaces[1]", "must be the name of a namespace"},
           {"watchNamespaces: [prod, '']", "watchNamespaces[1]: \"\"", "lower-case"},
           {"watchNamespaces: [prod, Test]", "watchNamespaces[1]: \"Test\"", "lower-case"},
           {"watchNamespaces: ['*']", "watchNamespaces[0]: \"*\"", "lower-case"},
           {"watchNamespaces: [-a]", "watchNamespaces[0]: \"-a\"", "both ends"},
           {"watchNamespaces: [" + std::string(64, 'a') + "]", "watchNamespaces[0]", "at most 63"},
           {"watchNamespaces: [prod, test, prod]", "watchNamespaces[2]", "\"prod\" is named twice; remove one"},
           {"prometheus: http://p", "prometheus", "a list of servers"},
           {"prometheus: [http://p]", "prometheus[0]", "must be a mapping"},
           {"prometheus:\n- name: default", "url", "https://host"},
           {"prometheus:\n- url: http://p", "name", "lower-case"},
           {server + "allowCustomQueries: yes", "prometheus[0].allowCustomQueries: \"yes\"", "true nor false"},
           {server + "timeout: 10", "prometheus[0].timeout: \"10\"", "15s"},
           {server + "timeout: 0s", "timeout 0s", "more than 0"},
           {server + "caFile: ''", "prometheus[0].caFile", "remove the key"},
           {server + "headers: [a]", "prometheus[0].headers", "names to values"},
           {server + "headers: {A: [b]}", "prometheus[0].headers", "one text"},
           {server + "headers: {Authorization: x}", "Authorization", "bearerTokenFile"},
           {server + "headers: {A: b, a: c}", "prometheus[0].headers: a is set twice", "keep one"},
           {server + "maxConcurrentQueries: 1000", "maxConcurrentQueries", "1 to 64"},
           {server + "namespaceLabel: 1st", "namespaceLabel", "not a digit first"},
           {server + "basicAuth: {username: operator}", "basicAuth.passwordFile", "mount the password"},
           {"forecasters: prophet", "forecasters", "each with a name and an address"},
           {"forecasters: [prophet]", "forecasters[0]", "must be a mapping"},
           {"forecasters:\n- name: prophet", "address", "HOST:PORT"},
           {"forecasters:\n- address: localhost:1", "name", "lower-case"},
           {"forecasters:\n- {name: prophet, address: prophet:1}", "unencrypted", "plaintext: true"},
           {forecaster + "tls: true", "forecasters[0].tls", "must be a mapping"},
           {forecaster + "tls: {ca: x}", "forecasters[0].tls.ca", "did you mean caFile"},
           {forecaster + "tls: {certFile: x}", "tls", "both of certFile and keyFile"},
           {forecaster + "plaintext: 'no'", "forecasters[0].plaintext", "true nor false"},
           {forecaster + "timeout: 31s", "timeout 31s", "10ms to 30s"},
           {forecaster + "fitTimeout: 1h", "fitTimeout 1h", "10ms to 30m"},
           {forecaster + "refitInterval: 1m", "refitInterval 1m", "10m to 30d"},
           {forecaster + "maxConcurrentRequests: 65", "maxConcurrentRequests 65", "1 to 64"},
           {forecaster + "namespaces: prod", "forecasters[0].namespaces", "must be a list"},
           {forecaster + "namespaces: [[prod]]", "forecasters[0].namespaces[0]", "must be a name"},
           {forecaster + "namespaces: [Prod]", "\"Prod\"", "name of a namespace"},
           {"forecasters:\n- {name: a, address: 'localhost:1'}\n- {name: a, address: 'localhost:2'}",
            "\"a\" is configured twice", "rename or remove"},
           {"- a list", "the configuration", "must be a mapping"},
           {"just text", "the configuration", "must be a mapping"},
           {"a: b\n---\nc: d", "several YAML documents", "into one"},
       }) {
    EXPECT_THAT(Refusal(c.text), AllOf(StartsWith("operator.yaml"), HasSubstr(c.named), HasSubstr(c.remedy))) << c.text;
  }
}

TEST(OperatorConfigTest, WhatIsNoYamlIsRefusedWithItsLine) {
  EXPECT_THAT(Refusal("logLevel: info\nprometheus: [{name: a\nlogFormat: [\n"),
              AllOf(StartsWith("operator.yaml:"), HasSubstr("not valid YAML")));
}

TEST(OperatorConfigTest, TheFirstErrorIsReported) {
  EXPECT_THAT(Refusal("syncPeriod: soon\nlogLevel: loud\n"), HasSubstr("syncPeriod"));
}

TEST(OperatorConfigTest, TwoServersOfOneNameAreRefused) {
  EXPECT_THAT(Refusal("prometheus:\n- {name: a, url: http://p}\n- {name: a, url: http://q}\n"),
              AllOf(StartsWith("operator.yaml:3: "), HasSubstr("the Prometheus server \"a\" is configured twice")));
}

TEST(OperatorConfigTest, NoNamespaceIsAllNamespaces) {
  EXPECT_TRUE(Parsed("watchNamespaces: []\n").watch_namespaces.empty());
}

TEST(SetWatchNamespacesFlagTest, TakesThePlaceOfTheFiles) {
  OperatorConfig config = Parsed("watchNamespaces: [prod, test]\n");
  ASSERT_TRUE(SetWatchNamespacesFlag(config, {"staging"}).ok());
  EXPECT_THAT(config.watch_namespaces, testing::ElementsAre("staging"));
}

TEST(SetWatchNamespacesFlagTest, RefusesWhatIsNoNamespace) {
  OperatorConfig config = Parsed("watchNamespaces: [prod]\n");
  for (const std::vector<std::string>& bad :
       std::initializer_list<std::vector<std::string>>{{"a b"}, {"a", ""}, {"a", "b", "a"}, {"a.b"}}) {
    const Status set = SetWatchNamespacesFlag(config, bad);
    ASSERT_FALSE(set.ok()) << bad.back();
    EXPECT_THAT(set.error().message, AllOf(StartsWith("--watch-namespaces"), HasSubstr(bad.back())));
  }
  EXPECT_THAT(config.watch_namespaces, testing::ElementsAre("prod"));
}

TEST(AddPrometheusFlagTest, AddsAServerWithDefaults) {
  OperatorConfig config = Parsed("prometheus:\n- {name: a, url: http://p}\n");
  ASSERT_TRUE(AddPrometheusFlag(config, "default=http://prometheus:9090/x").ok());
  ASSERT_EQ(config.prometheus.size(), 2u);
  EXPECT_EQ(config.prometheus[1].name, "default");
  EXPECT_EQ(config.prometheus[1].url, "http://prometheus:9090/x");
  EXPECT_FALSE(config.prometheus[1].allow_custom_queries);
}

TEST(AddPrometheusFlagTest, RefusesWhatIsNoNameAndUrl) {
  OperatorConfig config;
  for (const auto& [flag, remedy] :
       std::initializer_list<std::pair<std::string, std::string>>{{"http://prometheus:9090", "NAME=URL"},
                                                                  {"", "NAME=URL"},
                                                                  {"=http://prometheus", "name"},
                                                                  {"Default=http://prometheus", "lower-case"},
                                                                  {"default=prometheus:9090", "https://host"},
                                                                  {"default=", "https://host"}}) {
    const Status added = AddPrometheusFlag(config, flag);
    ASSERT_FALSE(added.ok()) << flag;
    EXPECT_THAT(added.error().message, AllOf(StartsWith("--prometheus"), HasSubstr(remedy))) << flag;
  }
  EXPECT_TRUE(config.prometheus.empty());
}

TEST(AddPrometheusFlagTest, RefusesANameThatIsTaken) {
  OperatorConfig config = Parsed("prometheus:\n- {name: a, url: http://p}\n");
  EXPECT_THAT(AddPrometheusFlag(config, "a=http://q").error().message, HasSubstr("configured twice"));
  EXPECT_EQ(config.prometheus[0].url, "http://p");
}

class LoadOperatorConfigTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(directory_); }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  const std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(LoadOperatorConfigTest, ReadsAFile) {
  const std::string path = directory_ / "operator.yaml";
  std::ofstream(path) << "syncPeriod: 20s\n";
  const auto config = LoadOperatorConfig(path);
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->sync_period, 20s);
}

TEST_F(LoadOperatorConfigTest, AnEmptyFileIsTheDefaults) {
  const std::string path = directory_ / "operator.yaml";
  std::ofstream(path).flush();
  EXPECT_TRUE(LoadOperatorConfig(path).ok());
}

TEST_F(LoadOperatorConfigTest, NamesAFileThatCannotBeRead) {
  const std::string missing = directory_ / "missing.yaml";
  const auto config = LoadOperatorConfig(missing);
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(config.error().message, HasSubstr(missing));
  EXPECT_FALSE(LoadOperatorConfig(directory_).ok());
}

TEST_F(LoadOperatorConfigTest, RefusesAFileThatIsFarTooLarge) {
  EXPECT_THAT(LoadOperatorConfig("/dev/zero").error().message, HasSubstr("larger than 1 MiB"));
}

}  // namespace
}  // namespace dso::controller
