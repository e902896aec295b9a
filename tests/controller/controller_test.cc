#include "controller/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/tiny_api_server.h"
#include "tests/support/fake_loop.h"

namespace dso::controller {
namespace {

using kube::Json;
using test::TinyApiServer;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace nlohmann::literals;
using namespace std::chrono_literals;

constexpr const char* kServicePath = "/apis/deepseek-operator.dev/v1alpha1/namespaces/prod/deepseekservices/chat";
constexpr const char* kDeploymentPath = "/apis/apps/v1/namespaces/prod/deployments/chat";
constexpr const char* kAutoscalerPath = "/apis/autoscaling/v2/namespaces/prod/horizontalpodautoscalers/chat";

class ControllerTest : public testing::Test {
 protected:
  void TearDown() override {
    stop_.request_stop();
    loop_.Advance(1s);
    EXPECT_TRUE(ended_);
    EXPECT_EQ(server_.transport.in_flight(), 0);
  }
  void Start() {
    Spawn(Run());
    loop_.Advance(1min);
  }
  Task<void> Run() {
    co_await controller_.Run(stop_.get_token());
    ended_ = true;
  }
  static Json Chat() {
    return Json::parse(R"({
      "apiVersion": "deepseek-operator.dev/v1alpha1",
      "kind": "DeepSeekService",
      "metadata": {"namespace": "prod", "name": "chat", "uid": "u-chat", "generation": 1},
      "spec": {
        "template": {"spec": {"containers": [{"name": "server", "image": "v1"}]}},
        "replicas": {"min": 2, "max": 20}
      }
    })");
  }
  std::string Condition(const char* type, const char* field) const {
    const Json& status = server_.objects.at(kServicePath).value("status", Json::object());
    for (const Json& condition : status.value("conditions", Json::array())) {
      if (condition["type"] == type) return condition[field];
    }
    return "";
  }

  FakeLoop loop_;
  TinyApiServer server_{loop_};
  kube::Client client_{server_.transport};
  prom::DemandSource source_{loop_};
  telemetry::Metrics metrics_;
  telemetry::Health health_{[] { return std::chrono::nanoseconds(0); }, {kCachesCheck}};
  Controller controller_{loop_, client_, source_, metrics_, health_, {}};
  std::stop_source stop_;
  bool ended_ = false;
};

TEST_F(ControllerTest, MakesWhatAServiceDeclares) {
  server_.Put(kServicePath, Chat());
  Start();
  EXPECT_EQ(server_.objects.at(kDeploymentPath)["spec"]["template"]["spec"]["containers"][0]["image"], "v1");
  EXPECT_EQ(server_.objects.at(kDeploymentPath)["spec"]["replicas"], 2) << "the first count goes through /scale";
  EXPECT_EQ(server_.objects.at(kAutoscalerPath)["spec"]["minReplicas"], 2);
  EXPECT_EQ(server_.objects.at(kAutoscalerPath)["spec"]["maxReplicas"], 20);
  EXPECT_EQ(Condition("Accepted", "status"), "True");
}

TEST_F(ControllerTest, AServiceThatDoesNotChangeCausesNoWrites) {
  server_.Put(kServicePath, Chat());
  Start();
  server_.writes.clear();
  loop_.Advance(24h);
  EXPECT_THAT(server_.writes, IsEmpty());
}

TEST_F(ControllerTest, FollowsAChangeOfTheSpec) {
  server_.Put(kServicePath, Chat());
  Start();
  server_.writes.clear();
  Json changed = server_.objects.at(kServicePath);
  changed["spec"]["replicas"]["min"] = 5;
  changed["metadata"]["generation"] = 2;
  server_.Put(kServicePath, changed);
  loop_.Advance(1min);
  EXPECT_EQ(server_.objects.at(kAutoscalerPath)["spec"]["minReplicas"], 5);
  EXPECT_EQ(server_.objects.at(kServicePath)["status"]["observedGeneration"], 2);
  EXPECT_THAT(server_.writes, testing::Not(testing::Contains(std::string("PATCH ") + kDeploymentPath)));
}

TEST_F(ControllerTest, RepairsADrift) {
  server_.Put(kServicePath, Chat());
  Start();
  server_.writes.clear();
  Json drifted = server_.objects.at(kAutoscalerPath);
  drifted["spec"]["maxReplicas"] = 3;
  server_.Put(kAutoscalerPath, drifted);
  loop_.Advance(1min);
  EXPECT_EQ(server_.objects.at(kAutoscalerPath)["spec"]["maxReplicas"], 20);
  EXPECT_THAT(server_.writes, ElementsAre(std::string("PATCH ") + kAutoscalerPath));
}

TEST_F(ControllerTest, MakesAnewWhatSomebodyHasDeleted) {
  server_.Put(kServicePath, Chat());
  Start();
  server_.Remove(kAutoscalerPath);
  loop_.Advance(1min);
  EXPECT_TRUE(server_.objects.contains(kAutoscalerPath));
}

TEST_F(ControllerTest, DoesNotScaleWhatSomebodyElseScales) {
  const std::string foreign = "/apis/autoscaling/v2/namespaces/prod/horizontalpodautoscalers/theirs";
  server_.Put(foreign, Json::parse(R"({
    "metadata": {"namespace": "prod", "name": "theirs"},
    "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "chat"}, "minReplicas": 1}
  })"));
  server_.Put(kServicePath, Chat());
  Start();
  EXPECT_EQ(Condition("Accepted", "reason"), "Conflict");
  EXPECT_FALSE(server_.objects.contains(kAutoscalerPath));
  server_.Remove(foreign);
  loop_.Advance(1min);
  EXPECT_EQ(Condition("Accepted", "status"), "True");
  EXPECT_TRUE(server_.objects.contains(kAutoscalerPath));
}

TEST_F(ControllerTest, AnInvalidSpecIsReportedAndTouchesNothing) {
  Json invalid = Chat();
  invalid["spec"]["replicas"]["max"] = 0;
  server_.Put(kServicePath, invalid);
  Start();
  EXPECT_EQ(Condition("Accepted", "reason"), "InvalidSpec");
  EXPECT_FALSE(server_.objects.contains(kDeploymentPath));
}

}  // namespace
}  // namespace dso::controller
