#include "controller/cluster_cache.h"

#include <gtest/gtest.h>

#include "tests/controller/sample.h"

namespace dso::controller {
namespace {

using kube::Json;

Json DeploymentWith(const char* status) {
  return {{"metadata", {{"namespace", "prod"}, {"name", "chat"}, {"uid", "u-1"}, {"generation", 4}}},
          {"status", Json::parse(status)}};
}

TEST(LiveObject, KnowsWhoControlsIt) {
  const auto controller = [](const char* owners) {
    return LiveObject::Of({{"metadata", {{"ownerReferences", Json::parse(owners)}}}}).controller_uid;
  };
  EXPECT_EQ(controller(R"([{"uid": "a"}, {"uid": "b", "controller": true}])"), "b");
  EXPECT_EQ(controller(R"([{"uid": "a", "controller": false}])"), "");
  EXPECT_EQ(controller("[]"), "");
  EXPECT_EQ(controller("null"), "");
}

TEST(LiveObject, KeepsWhatAnApplyIsComparedWithAndNoMore) {
  const LiveObject live = LiveObject::Of(Json::parse(R"({
    "metadata": {"name": "chat", "labels": {"a": "b"}, "managedFields": [{}], "uid": "u-1", "resourceVersion": "7"},
    "spec": {"x": 1},
    "status": {"y": 2}
  })"));
  EXPECT_EQ(live.body.Parse(),
            Json::parse(R"({"metadata": {"name": "chat", "labels": {"a": "b"}}, "spec": {"x": 1}})"));
  EXPECT_EQ(live.uid, "u-1");
  EXPECT_EQ(live.resource_version, "7");
}

TEST(LiveDeployment, IsAvailableOnlyInItsNewestGeneration) {
  const auto available = [](const char* status) { return LiveDeployment::FromJson(DeploymentWith(status))->available; };
  EXPECT_TRUE(available(R"({"observedGeneration": 4, "conditions": [{"type": "Available", "status": "True"}]})"));
  EXPECT_FALSE(available(R"({"observedGeneration": 3, "conditions": [{"type": "Available", "status": "True"}]})"));
  EXPECT_FALSE(available(R"({"observedGeneration": 4, "conditions": [{"type": "Available", "status": "False"}]})"));
  EXPECT_FALSE(available("{}"));
}

TEST(LiveDeployment, SaysWhyItCannotMakeItsPods) {
  const auto failure = [](const char* status) { return LiveDeployment::FromJson(DeploymentWith(status))->failure; };
  EXPECT_EQ(failure(R"({"conditions": [
                {"type": "Progressing", "status": "False", "message": "deadline"},
                {"type": "ReplicaFailure", "status": "True", "message": "quota"}]})"),
            "quota");
  EXPECT_EQ(failure(R"({"conditions": [{"type": "Progressing", "status": "False", "message": "deadline"}]})"),
            "deadline");
  EXPECT_EQ(failure(R"({"conditions": [{"type": "Progressing", "status": "True", "message": "fine"}]})"), "");
}

TEST(LiveAutoscaler, OfSomebodyElseIsKnownByItsTargetAlone) {
  Json object = Json::parse(R"({
    "metadata": {"name": "chat", "labels": {"app.kubernetes.io/managed-by": "deepseek-operator"}},
    "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "chat"}, "minReplicas": 4},
    "status": {"conditions": [{"type": "ScalingActive", "status": "False", "reason": "R", "message": "M"}]}
  })");
  const auto ours = LiveAutoscaler::FromJson(object);
  EXPECT_EQ(ours->min_replicas, 4);
  EXPECT_EQ(ours->scaling_reason, "R");
  EXPECT_FALSE(ours->body.empty());
  object["metadata"].erase("labels");
  const auto foreign = LiveAutoscaler::FromJson(object);
  EXPECT_EQ(foreign->target_name, "chat");
  EXPECT_TRUE(foreign->body.empty());
}

TEST(CachedService, AnInvalidSpecDoesNotHideTheService) {
  Json object = test::SampleService();
  object["spec"]["replicas"]["max"] = 0;
  const auto cached = CachedService::FromJson(object);
  ASSERT_TRUE(cached.has_value());
  EXPECT_FALSE(cached->service.spec.ok());
  object["metadata"].erase("name");
  EXPECT_FALSE(CachedService::FromJson(object).has_value());
}

}  // namespace
}  // namespace dso::controller
