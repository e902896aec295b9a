// The whole controller on services whose formula leaves figures out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/controller_fixture.h"

namespace dso::controller {
namespace {

using kube::Json;
using test::kAutoscalerPath;
using test::kServicePath;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* kWebPath = "/apis/apps/v1/namespaces/prod/deployments/web";

class MeasuredCapacityTest : public test::ControllerTest {
 protected:
  void SetUp() override {
    AddPrometheus();
    ServeDiscovery();
  }
  void Define(const std::string& query, double value) {
    const WallTime from = loop_.WallNow();  // no past: the floor follows the demand
    const prom::Labels chat{{"namespace", "prod"}, {"service", "chat"}};
    prometheus_.Define(query, {{chat, [=](WallTime at) { return at < from ? std::nullopt : std::optional(value); }}});
  }
  static Json Of(const char* workload, Json formula) {
    Json service = Chat();
    service["spec"] = Json::parse(workload);
    service["spec"]["replicas"] = {{"min", 1}, {"max", 20}};
    service["spec"]["demand"] = {{"preset", "deepseek"}};
    service["spec"]["capacity"] = {{"formula", std::move(formula)}};
    return service;
  }
  static Json Web(const char* resources) {
    return {
        {"metadata", {{"namespace", "prod"}, {"name", "web"}}},
        {"spec",
         {{"replicas", 1},
          {"template", {{"spec", {{"containers", {{{"name", "server"}, {"resources", Json::parse(resources)}}}}}}}}}}};
  }
  static constexpr const char* kOnWeb =
      R"({"targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}})";
  Json Capacity() const { return At(kServicePath)["status"].value("capacity", Json()); }
  size_t Asked(const std::string& query) const {
    return CountQueries([&](const std::string& asked) { return asked == query; });
  }

  prom::PresetQueries queries_ = *prom::RenderQueries(prom::Preset::kDeepseek, prom::LabelNames{});
};

TEST_F(MeasuredCapacityTest, IsAFloorOnceTheResponseTimeIsMeasured) {
  Define(queries_.demand, 60);
  server_.Put(kServicePath, Of(R"({"template": {"spec": {"containers": [{"name": "server", "image": "v1",
    "resources": {"limits": {"cpu": "8"}}}]}}})",
                               {{"concurrencyPerCore", "4"}, {"safetyFactor", "1.5"}}));
  Start();
  EXPECT_EQ(At(kAutoscalerPath)["spec"]["minReplicas"], 1);
  EXPECT_EQ(Condition("CapacityKnown", "reason"), "ResponseTimeNotMeasured");
  EXPECT_EQ(Condition("FloorApplied", "status"), "True");
  Define(queries_.response_time, 1.2);
  loop_.Advance(1min);
  EXPECT_EQ(At(kAutoscalerPath)["spec"]["minReplicas"], 4) << "60 / 17.8";
  EXPECT_EQ(Condition("CapacityKnown", "status"), "True");
  EXPECT_EQ(Capacity(), Json::parse(R"({"perReplica": "17.8", "source": "Formula", "cores": "8", "coresFrom": "Limits",
    "averageResponseTime": "1s200ms", "averageResponseTimeFrom": "Measured"})"));
}

TEST_F(MeasuredCapacityTest, AsksForResponseTimesOnlyWhereTheyAreNeeded) {
  Json service = Of(kOnWeb, {{"cores", "8"}, {"concurrencyPerCore", "4"}, {"averageResponseTime", "1200ms"}});
  server_.Put(kWebPath, Web("{}"));
  server_.Put(kServicePath, service);
  Start();
  EXPECT_GT(Asked(queries_.demand), 0u);
  EXPECT_EQ(Asked(queries_.response_time), 0u);
  ChangeSpec({{"capacity", {{"formula", {{"averageResponseTime", nullptr}}}}}});
  loop_.Advance(1min);
  EXPECT_GT(Asked(queries_.response_time), 0u);
}

TEST_F(MeasuredCapacityTest, ReadsTheCoresOfATarget) {
  Define(queries_.demand, 60);
  server_.Put(kWebPath, Web(R"({"limits": {"memory": "1Gi"}})"));
  server_.Put(kServicePath, Of(kOnWeb, {{"concurrencyPerCore", "4"}, {"averageResponseTime", "1200ms"}}));
  Start();
  EXPECT_EQ(Condition("CapacityKnown", "reason"), "CoresNotDeclared");
  EXPECT_THAT(Condition("CapacityKnown", "message"), HasSubstr(R"(Deployment web: container "server" has neither)"));
  EXPECT_EQ(Condition("Accepted", "status"), "True");
  EXPECT_EQ(At(kAutoscalerPath)["spec"]["minReplicas"], 1);

  server_.Put(kWebPath, Web(R"({"requests": {"cpu": "8"}})"));
  loop_.Advance(2min);
  EXPECT_EQ(Condition("CapacityKnown", "status"), "True");
  EXPECT_EQ(Capacity()["coresFrom"], "Requests");
  EXPECT_EQ(At(kAutoscalerPath)["spec"]["minReplicas"], 4);

  server_.Put(kWebPath, Web("{}"));
  loop_.Advance(1h);
  EXPECT_EQ(Condition("CapacityKnown", "reason"), "CoresNotDeclared");
  EXPECT_EQ(At(kAutoscalerPath)["spec"]["minReplicas"], 4) << "held";
}

}  // namespace
}  // namespace dso::controller
