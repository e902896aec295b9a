#include "controller/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/controller_fixture.h"

namespace dso::controller {
namespace {

using kube::Json;
using test::ControllerTest;
using test::kAutoscalerPath;
using test::kDeploymentPath;
using test::kServicePath;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace nlohmann::literals;
using namespace std::chrono_literals;

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
