// Upgrading the operator never rolls a workload: the pod template that is rendered from a fixed spec is fixed, and
// depends on nothing else. A change here restarts every pod of every service of every user on the day of the upgrade.
// So does a change of the name that stands for the settings of a connection pool.
#include <gtest/gtest.h>

#include "render/connection_pools.h"
#include "tests/api/service_json.h"
#include "tests/render/pools.h"

namespace dso::render {
namespace {

Json FixedService() {
  Json service = api::test::ServiceWithSpec(api::test::FullSpec());
  service["spec"]["template"] = Json::parse(R"({
    "metadata": {"labels": {"team": "search"}, "annotations": {"sidecar": "off"}},
    "spec": {
      "containers": [{
        "name": "server", "image": "registry.example/deepseek-server:1.2",
        "ports": [{"name": "http", "containerPort": 8000}],
        "env": [{"name": "POOL", "value": "7"}],
        "resources": {"requests": {"cpu": "8", "memory": "8Gi"}}
      }],
      "terminationGracePeriodSeconds": 30
    }
  })");
  return service;
}

Json TemplateOf(const Json& object) {
  const auto service = api::FromJson(object);
  EXPECT_TRUE(service.ok() && service->spec.ok());
  return Deployment(*service, "")["spec"]["template"];
}

TEST(GoldenPodTemplate, IsTheSameInEveryVersionOfTheOperator) {
  EXPECT_EQ(TemplateOf(FixedService()).dump(2), R"({
  "metadata": {
    "annotations": {
      "sidecar": "off"
    },
    "labels": {
      "app.kubernetes.io/managed-by": "deepseek-operator",
      "app.kubernetes.io/name": "chat",
      "deepseek-operator.dev/service": "chat",
      "team": "search"
    }
  },
  "spec": {
    "containers": [
      {
        "env": [
          {
            "name": "POOL",
            "value": "7"
          }
        ],
        "image": "registry.example/deepseek-server:1.2",
        "name": "server",
        "ports": [
          {
            "containerPort": 8000,
            "name": "http"
          }
        ],
        "resources": {
          "requests": {
            "cpu": "8",
            "memory": "8Gi"
          }
        }
      }
    ],
    "terminationGracePeriodSeconds": 30
  }
})");
}

TEST(GoldenPodTemplate, DependsOnTheTemplateAndTheNameAlone) {
  const Json golden = TemplateOf(FixedService());
  Json other = FixedService();
  other["metadata"].update(Json::parse(R"({
    "uid": "u-2", "generation": 99, "resourceVersion": "77", "labels": {"a": "b"}, "annotations": {"c": "d"},
    "finalizers": ["deepseek-operator.dev/finalizer"], "creationTimestamp": "2027-01-01T00:00:00Z"
  })"));
  other["status"] = Json::parse(R"({"replicas": 9, "floor": {"current": 11, "reason": "Forecast"}})");
  for (const char* field : {"demand", "capacity", "prediction", "override", "deletionPolicy", "podDisruptionBudget",
                            "autoscaling", "strategy", "minReadySeconds", "service", "connectionPools", "istio"}) {
    other["spec"].erase(field);
  }
  other["spec"]["replicas"] = {{"min", 1}, {"max", 500}};
  EXPECT_EQ(TemplateOf(other), golden);
}

struct GoldenName {
  api::PoolClient client;
  const char* name;
};

void PrintTo(const GoldenName& golden, std::ostream* out) { *out << api::ToString(golden.client); }

class GoldenPoolConfigMap : public testing::TestWithParam<GoldenName> {};

TEST_P(GoldenPoolConfigMap, HasTheSameNameInEveryVersionOfTheOperator) {
  const auto service = api::FromJson(FixedService());
  ASSERT_TRUE(service.ok() && service->spec.ok());
  const std::vector<PoolSize> sizes{test::OrdersDb(GetParam().client)};
  const Json object = PoolConfigMap(*service, sizes);
  EXPECT_EQ(object["metadata"]["name"], GetParam().name) << object.dump(2);
}

INSTANTIATE_TEST_SUITE_P(Clients, GoldenPoolConfigMap,
                         testing::Values(GoldenName{api::PoolClient::kHikari, "chat-pools-a12e050a7d"},
                                         GoldenName{api::PoolClient::kOkHttp, "chat-pools-212cf04796"},
                                         GoldenName{api::PoolClient::kGrpc, "chat-pools-f686fc266d"},
                                         GoldenName{api::PoolClient::kSqlAlchemy, "chat-pools-eb4c82b30c"},
                                         GoldenName{api::PoolClient::kGoSql, "chat-pools-b4b1e3b0da"},
                                         GoldenName{api::PoolClient::kGeneric, "chat-pools-cf6d048d9e"}));

}  // namespace
}  // namespace dso::render
