#include "controller/deletion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/controller_fixture.h"

namespace dso::controller {
namespace {

using kube::Json;
using test::kAutoscalerPath;
using test::kDeploymentPath;
using test::kServicePath;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* kClusterServicePath = "/api/v1/namespaces/prod/services/chat";

TEST(ReleasePatch, TakesOnlyOurReferenceOff) {
  const Json object = Json::parse(R"({"metadata": {"uid": "u-1", "resourceVersion": "4", "ownerReferences": [
    {"uid": "u-chat", "controller": true}, {"uid": "u-other"}]}})");
  EXPECT_EQ(*ReleasePatch(object, "u-chat"), Json::parse(R"({"metadata": {
    "uid": "u-1", "resourceVersion": "4", "ownerReferences": [{"uid": "u-other"}]}})"));
  EXPECT_EQ(ReleasePatch(object, "u-somebody"), std::nullopt);
  EXPECT_EQ(ReleasePatch(Json::object(), "u-chat"), std::nullopt);
}

class DeletionTest : public test::ControllerTest {
 protected:
  void Begin(const char* policy) {
    Json service = Chat();
    service["spec"]["deletionPolicy"] = policy;
    service["spec"]["service"] = {{"port", 80}};
    server_.Put(kServicePath, service);
    Start();
  }
  Json Finalizers() const { return At(kServicePath)["metadata"].value("finalizers", Json::array()); }
  Json OwnersOf(const char* path) const { return At(path)["metadata"].value("ownerReferences", Json::array()); }
};

TEST_F(DeletionTest, TheDefaultNeedsNoFinalizer) {
  Begin("Delete");
  EXPECT_EQ(Finalizers(), Json::array());
}

TEST_F(DeletionTest, AFinalizerComesWithRetainAndGoesWithIt) {
  Begin("Retain");
  EXPECT_EQ(Finalizers(), Json::parse(R"(["deepseek-operator.dev/finalizer"])"));
  ChangeSpec({{"deletionPolicy", "Delete"}});
  EXPECT_EQ(Finalizers(), Json::array());
}

TEST_F(DeletionTest, AServiceThatIsRefusedCanStillBeRetained) {
  Begin("Delete");
  server_.Put("/apis/autoscaling/v2/namespaces/prod/horizontalpodautoscalers/theirs", Json::parse(R"({
    "metadata": {"namespace": "prod", "name": "theirs"},
    "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "chat"}}
  })"));
  loop_.Advance(1s);
  ASSERT_EQ(Condition("Accepted", "reason"), "Conflict");
  ChangeSpec({{"deletionPolicy", "Retain"}});
  EXPECT_EQ(Finalizers(), Json::parse(R"(["deepseek-operator.dev/finalizer"])"));
}

TEST_F(DeletionTest, TheFinalizerIsThereBeforeTheObjects) {
  Begin("Retain");
  EXPECT_EQ(server_.writes.front(), std::string("PATCH ") + kServicePath);
}

TEST_F(DeletionTest, RetainLetsGoOfTheObjects) {
  Begin("Retain");
  Change(kAutoscalerPath, {{"spec", {{"minReplicas", 9}}}});
  Json owned = At(kDeploymentPath);
  owned["metadata"]["ownerReferences"].push_back({{"kind", "App"}, {"name", "a"}, {"uid", "u-app"}});
  server_.Put(kDeploymentPath, owned);
  Delete();
  loop_.Advance(1s);
  EXPECT_FALSE(server_.objects.contains(kServicePath));
  EXPECT_EQ(OwnersOf(kDeploymentPath), Json::parse(R"([{"kind": "App", "name": "a", "uid": "u-app"}])"));
  EXPECT_EQ(OwnersOf(kAutoscalerPath), Json::array());
  EXPECT_EQ(OwnersOf(kClusterServicePath), Json::array());
  EXPECT_EQ(At(kAutoscalerPath)["spec"]["minReplicas"], 2) << "replicas.min";
}

TEST_F(DeletionTest, WhatIsGoneAlreadyDoesNotHoldItUp) {
  Begin("Retain");
  server_.objects.erase(kDeploymentPath);
  server_.objects.erase(kAutoscalerPath);
  Delete();
  loop_.Advance(1s);
  EXPECT_FALSE(server_.objects.contains(kServicePath));
}

TEST_F(DeletionTest, WhatIsForbiddenIsSaidAndTriedAgain) {
  Begin("Retain");
  const std::string write = std::string("PATCH ") + kDeploymentPath;
  server_.refusals.emplace(write, http::Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "no right"})"));
  Delete();
  loop_.Advance(1s);
  EXPECT_TRUE(server_.objects.contains(kServicePath));
  EXPECT_THAT(Condition("Ready", "message"), HasSubstr("no right"));
  EXPECT_EQ(OwnersOf(kAutoscalerPath), Json::array()) << "one obstacle does not keep the others from being let go of";
  server_.refusals.clear();
  loop_.Advance(2min);
  EXPECT_FALSE(server_.objects.contains(kServicePath));
}

TEST_F(DeletionTest, ASpecThatCannotBeReadRetains) {
  Begin("Retain");
  ChangeSpec({{"replicas", {{"max", 0}}}});
  Delete();
  loop_.Advance(1s);
  EXPECT_FALSE(server_.objects.contains(kServicePath));
  EXPECT_EQ(OwnersOf(kDeploymentPath), Json::array());
}

TEST_F(DeletionTest, TheNextServiceOfTheNameTakesTheObjectsBack) {
  Begin("Retain");
  Delete();
  loop_.Advance(1s);
  Json again = Chat();
  again["metadata"]["uid"] = "u-again";
  again["spec"]["service"] = {{"port", 80}};
  server_.Put(kServicePath, again);
  loop_.Advance(1s);
  for (const char* path : {kDeploymentPath, kAutoscalerPath, kClusterServicePath}) {
    EXPECT_EQ(OwnersOf(path)[0]["uid"], "u-again") << path;
  }
  EXPECT_EQ(Condition("Accepted", "status"), "True");
}

TEST_F(DeletionTest, WhatSomebodyElseControlsIsNotTakenBack) {
  Begin("Retain");
  Delete();
  loop_.Advance(1s);
  Change(kDeploymentPath, Json::parse(R"({"metadata": {"ownerReferences": [
    {"kind": "App", "name": "a", "uid": "u-app", "controller": true}]}})"));
  Json again = Chat();
  again["metadata"]["uid"] = "u-again";
  server_.Put(kServicePath, again);
  loop_.Advance(1s);
  EXPECT_EQ(Condition("Ready", "reason"), "Conflict");
}

}  // namespace
}  // namespace dso::controller
