#include "prom/server_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace dso::prom {
namespace {

using testing::HasSubstr;

ServerConfig Valid() {
  ServerConfig config;
  config.name = "default";
  config.url = "https://prometheus.monitoring.svc:9090/prefix";
  return config;
}

TEST(ServerConfig, AcceptsTheDefaultsWithANameAndAUrl) { EXPECT_TRUE(Validate(Valid()).ok()); }

TEST(ServerConfig, KnowsWhetherCredentialsGoInTheClear) {
  ServerConfig config = Valid();
  config.url = "http://prometheus.monitoring.svc:9090";
  EXPECT_FALSE(SendsCredentialsInClear(config)) << "there are none";
  config.bearer_token_file = "/secrets/token";
  EXPECT_TRUE(SendsCredentialsInClear(config));
  config.bearer_token_file = "";
  config.basic_auth = BasicAuth{.username = "reader", .username_file = "", .password_file = "/secrets/password"};
  EXPECT_TRUE(SendsCredentialsInClear(config));
  for (const char* url : {"https://prometheus.monitoring.svc:9090", "http://localhost:9090", "http://127.0.0.1:9090"}) {
    config.url = url;
    EXPECT_FALSE(SendsCredentialsInClear(config)) << url;
  }
}

TEST(ServerConfig, AcceptsCredentialsTenantAndLabels) {
  ServerConfig config = Valid();
  config.basic_auth = BasicAuth{.username = "reader", .username_file = "", .password_file = "/secrets/password"};
  config.headers["X-Scope-OrgID"] = "prod";
  config.labels = {.namespace_label = "kubernetes_namespace", .service_label = "app"};
  EXPECT_TRUE(Validate(config).ok());
}

struct Refusal {
  const char* name;
  std::function<void(ServerConfig&)> spoil;
  const char* says;
};

class RefusedConfig : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedConfig, NamesTheField) {
  ServerConfig config = Valid();
  GetParam().spoil(config);
  const Status status = Validate(config);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(status.error().message, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedConfig,
    testing::Values(
        Refusal{"EmptyName", [](ServerConfig& c) { c.name = ""; }, "name"},
        Refusal{"UpperCaseName", [](ServerConfig& c) { c.name = "Default"; }, "name"},
        Refusal{"LongName", [](ServerConfig& c) { c.name = std::string(64, 'a'); }, "63"},
        Refusal{"NoScheme", [](ServerConfig& c) { c.url = "prometheus:9090"; }, "url"},
        Refusal{"PasswordInUrl", [](ServerConfig& c) { c.url = "http://a:b@prometheus"; }, "url"},
        Refusal{"TwoCredentials",
                [](ServerConfig& c) {
                  c.bearer_token_file = "/token";
                  c.basic_auth = BasicAuth{"reader", "", "/password"};
                },
                "both set"},
        Refusal{"NoUser",
                [](ServerConfig& c) {
                  c.basic_auth = BasicAuth{"", "", "/password"};
                },
                "username"},
        Refusal{"TwoUsers",
                [](ServerConfig& c) {
                  c.basic_auth = BasicAuth{"a", "/user", "/password"};
                },
                "username"},
        Refusal{"ColonInUser",
                [](ServerConfig& c) {
                  c.basic_auth = BasicAuth{"a:b", "", "/password"};
                },
                "colon"},
        Refusal{"NoPassword",
                [](ServerConfig& c) {
                  c.basic_auth = BasicAuth{"a", "", ""};
                },
                "passwordFile"},
        Refusal{"HeaderName", [](ServerConfig& c) { c.headers["X Scope"] = "a"; }, "headers"},
        Refusal{"HeaderInjection", [](ServerConfig& c) { c.headers["X-Scope"] = "a\r\nb: c"; }, "X-Scope"},
        Refusal{"OwnAuthorization", [](ServerConfig& c) { c.headers["authorization"] = "Bearer x"; },
                "bearerTokenFile"},
        Refusal{"LabelName", [](ServerConfig& c) { c.labels.namespace_label = "a-b"; }, "namespaceLabel"},
        Refusal{"LabelInjection", [](ServerConfig& c) { c.labels.service_label = "a) or (b"; }, "serviceLabel"},
        Refusal{"SameLabels", [](ServerConfig& c) { c.labels.service_label = "namespace"; }, "both"},
        Refusal{"NoTimeout", [](ServerConfig& c) { c.timeout = milliseconds(0); }, "timeout"},
        Refusal{"LongTimeout", [](ServerConfig& c) { c.timeout = std::chrono::hours(1); }, "timeout"},
        Refusal{"NoQueries", [](ServerConfig& c) { c.max_concurrent_queries = 0; }, "maxConcurrentQueries"}),
    [](const auto& test) { return test.param.name; });

TEST(ServerConfig, NeverRepeatsAHeadersValue) {
  ServerConfig config = Valid();
  config.headers["X-Token"] = "s3cret\n";
  EXPECT_THAT(Validate(config).error().message, testing::Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace dso::prom
