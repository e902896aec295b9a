#include "controller/adoption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/controller_fixture.h"

namespace dso::controller {
namespace {

using kube::Json;
using test::kServicePath;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

constexpr const char* kEnginePath = "/apis/apps/v1/namespaces/prod/deployments/engine";
constexpr const char* kTheirsPath = "/apis/autoscaling/v2/namespaces/prod/horizontalpodautoscalers/theirs";
constexpr const char* kScaledObjectPath = "/apis/keda.sh/v1alpha1/namespaces/prod/scaledobjects/theirs";

// A Deployment "engine" with its owner's HPA "theirs" (2 … 30); replicas.min, 6, is the floor where there is no demand.
class AdoptionTest : public test::ControllerTest {
 protected:
  void SetUp() override {
    ServeDiscovery();
    server_.Put(kEnginePath, Json::parse(R"({"metadata": {"namespace": "prod", "name": "engine"},
      "spec": {"replicas": 3}, "status": {"replicas": 3, "readyReplicas": 3}})"));
    server_.Put(kTheirsPath, Theirs());
  }
  static Json Theirs() {
    return Json::parse(R"({
      "metadata": {"namespace": "prod", "name": "theirs"},
      "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "engine"},
        "minReplicas": 2, "maxReplicas": 30
      }
    })");
  }
  static Json Adopting(const char* ref = R"({"hpaRef": {"name": "theirs"}})") {
    Json service = Chat();
    service["spec"] = Json::parse(R"({
      "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "engine"}, "replicas": {"min": 6, "max": 20}
    })");
    service["spec"]["autoscaling"] = Json::parse(ref);
    return service;
  }
  void Adopt() {
    server_.Put(kServicePath, Adopting());
    Start();
  }
  void WriteMinimum(int minimum) {
    Change(kTheirsPath, {{"spec", {{"minReplicas", minimum}}}});
    loop_.Advance(1s);
  }
  Json Annotation(const char* name, const char* path = kTheirsPath) const {
    return At(path)["metadata"].value("annotations", Json::object()).value(name, Json());
  }
  Json Minimum() const { return At(kTheirsPath)["spec"]["minReplicas"]; }
  Json Finalizers() const { return At(kServicePath)["metadata"].value("finalizers", Json::array()); }
};

TEST_F(AdoptionTest, WritesFloorAndOriginalInOnePatch) {
  Adopt();
  EXPECT_EQ(Minimum(), 6);
  EXPECT_EQ(Annotation(kOriginalAnnotation), "2");
  EXPECT_EQ(Annotation(kAdoptedByAnnotation), "chat");
  EXPECT_EQ(std::count(server_.writes.begin(), server_.writes.end(), std::string("PATCH ") + kTheirsPath), 1);
  EXPECT_FALSE(server_.objects.contains(test::kAutoscalerPath));
  EXPECT_EQ(Condition("Ready", "status"), "True");
}

TEST_F(AdoptionTest, ClaimsTheServiceBeforeItHolds) {
  Adopt();
  EXPECT_EQ(Finalizers(), Json::parse(R"(["deepseek-operator.dev/finalizer"])"));
  EXPECT_EQ(Annotation(kHoldsAnnotation, kServicePath), "HorizontalPodAutoscaler/theirs");
  const auto at = [this](const char* path) {
    return std::find(server_.writes.begin(), server_.writes.end(), std::string("PATCH ") + path);
  };
  EXPECT_LT(at(kServicePath), at(kTheirsPath));
}

TEST_F(AdoptionTest, WithoutTheClaimThereIsNoHold) {
  server_.refusals.emplace(std::string("PATCH ") + kServicePath,
                           http::Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "cannot patch"})"));
  Adopt();
  EXPECT_EQ(Minimum(), 2);
  EXPECT_EQ(Condition("FloorApplied", "reason"), "Forbidden");
  EXPECT_THAT(Condition("Ready", "message"), HasSubstr("cannot patch"));
}

TEST_F(AdoptionTest, AnUnchangedServiceCausesNoWrites) {
  Adopt();
  server_.writes.clear();
  loop_.Advance(6h);
  EXPECT_THAT(server_.writes, IsEmpty());
}

TEST_F(AdoptionTest, GivesBackWhenTheModeLeavesActive) {
  Adopt();
  ChangeSpec({{"prediction", {{"mode", "Off"}}}});
  EXPECT_EQ(Minimum(), 2);
  EXPECT_TRUE(Annotation(kAdoptedByAnnotation).is_null());
  EXPECT_EQ(Finalizers(), Json::array());
  EXPECT_EQ(Condition("FloorApplied", "reason"), "Off");
}

TEST_F(AdoptionTest, GivesBackWhenTheReferenceIsDropped) {
  Adopt();
  ChangeSpec({{"autoscaling", nullptr}});
  EXPECT_EQ(Minimum(), 2);
  EXPECT_EQ(Condition("Accepted", "reason"), "Conflict");
}

TEST_F(AdoptionTest, GivesBackWhenTheTargetFlipsItsKind) {
  Adopt();
  ChangeSpec({{"targetRef", {{"kind", "StatefulSet"}}}});
  EXPECT_EQ(Minimum(), 2);
  EXPECT_EQ(Condition("Accepted", "reason"), "AutoscalerMismatch");
  ChangeSpec({{"targetRef", {{"kind", "Deployment"}}}});
  EXPECT_EQ(Minimum(), 6);
}

TEST_F(AdoptionTest, AnOverrideThatEndsIsGivenBack) {
  Json service = Adopting();
  service["spec"]["prediction"]["mode"] = "Shadow";
  const WallTime until = loop_.WallNow() + 30min;
  service["spec"]["override"] = {{"minReplicas", 9}, {"until", FormatTime(until)}, {"reason", "incident"}};
  server_.Put(kServicePath, service);
  Start();
  EXPECT_EQ(Minimum(), 9);
  loop_.Advance(31min);
  EXPECT_EQ(Minimum(), 2);
}

TEST_F(AdoptionTest, AnOwnAutoscalerGivesWay) {
  Json service = Adopting("{}");
  server_.Remove(kTheirsPath);
  server_.Put(kServicePath, service);
  Start();
  ASSERT_TRUE(server_.objects.contains(test::kAutoscalerPath));
  server_.Put(kTheirsPath, Theirs());
  ChangeSpec({{"autoscaling", {{"hpaRef", {{"name", "theirs"}}}}}});
  EXPECT_FALSE(server_.objects.contains(test::kAutoscalerPath));
  EXPECT_EQ(Minimum(), 6);
}

TEST_F(AdoptionTest, AContestEndsAfterAnHour) {
  Adopt();
  for (const int minimum : {3, 4, 5}) WriteMinimum(minimum);
  EXPECT_EQ(Minimum(), 5);
  EXPECT_EQ(Condition("FloorApplied", "reason"), "FloorContested");
  server_.writes.clear();
  loop_.Advance(59min);
  EXPECT_THAT(server_.writes, Not(Contains(HasSubstr("horizontalpodautoscalers"))));
  loop_.Advance(2min);
  EXPECT_EQ(Minimum(), 6);
  EXPECT_EQ(Annotation(kOriginalAnnotation), "5");
  EXPECT_EQ(Condition("FloorApplied", "status"), "True");
}

TEST_F(AdoptionTest, ADeletionGivesBackAndEnds) {
  Adopt();
  Delete();
  loop_.Advance(1s);
  EXPECT_EQ(Minimum(), 2);
  EXPECT_TRUE(Annotation(kAdoptedByAnnotation).is_null());
  EXPECT_FALSE(server_.objects.contains(kServicePath));
}

TEST_F(AdoptionTest, ADeletionDoesNotWaitForWhatIsGone) {
  Adopt();
  server_.Remove(kTheirsPath);
  loop_.Advance(1s);
  Delete();
  loop_.Advance(1s);
  EXPECT_FALSE(server_.objects.contains(kServicePath));
}

TEST_F(AdoptionTest, ADeletionThatIsForbiddenSaysSoAndIsTriedAgain) {
  Adopt();
  const std::string write = std::string("PATCH ") + kTheirsPath;
  server_.refusals.emplace(write, http::Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "no right"})"));
  Delete();
  loop_.Advance(1s);
  EXPECT_EQ(Condition("Ready", "reason"), "Forbidden");
  EXPECT_THAT(Condition("Ready", "message"), testing::AllOf(HasSubstr("The deletion waits"), HasSubstr("no right")));
  server_.refusals.clear();
  loop_.Advance(2min);
  EXPECT_FALSE(server_.objects.contains(kServicePath));
  EXPECT_EQ(Minimum(), 2);
}

TEST_F(AdoptionTest, AnotherFinalizerIsLeftAlone) {
  Json service = Adopting();
  service["metadata"]["finalizers"] = {"example.com/theirs"};
  server_.Put(kServicePath, service);
  Start();
  Delete();
  loop_.Advance(1s);
  EXPECT_EQ(Finalizers(), Json::parse(R"(["example.com/theirs"])"));
}

// A ScaledObject "theirs" without a minimum instead of the HPA.
class ScaledObjectAdoptionTest : public AdoptionTest {
 protected:
  void SetUp() override {
    AdoptionTest::SetUp();
    server_.Remove(kTheirsPath);
    server_.Put("/apis/keda.sh/v1alpha1",
                Json::parse(R"({"resources": [{"name": "scaledobjects", "kind": "ScaledObject"}]})"));
    server_.Put(kScaledObjectPath, Json::parse(R"({"metadata": {"namespace": "prod", "name": "theirs"},
      "spec": {"scaleTargetRef": {"name": "engine"}}})"));
    server_.Put(kServicePath, Adopting(R"({"scaledObjectRef": {"name": "theirs"}})"));
  }
};

TEST_F(ScaledObjectAdoptionTest, HoldsItsMinimum) {
  Start();
  EXPECT_EQ(At(kScaledObjectPath)["spec"]["minReplicaCount"], 6);
  EXPECT_EQ(Annotation(kOriginalAnnotation, kScaledObjectPath), "absent");
  EXPECT_EQ(Condition("Ready", "status"), "True");
}

TEST_F(ScaledObjectAdoptionTest, WhatItsOwnerWritesIsSeenWithinAMinute) {
  Start();
  Change(kScaledObjectPath, {{"spec", {{"minReplicaCount", 4}}}});
  loop_.Advance(2min);
  EXPECT_EQ(At(kScaledObjectPath)["spec"]["minReplicaCount"], 6);
  EXPECT_EQ(Annotation(kOriginalAnnotation, kScaledObjectPath), "4");
}

TEST_F(ScaledObjectAdoptionTest, ARightThatIsMissingIsSaid) {
  server_.refusals.emplace(std::string("GET ") + kScaledObjectPath,
                           http::Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "cannot get"})"));
  Start();
  EXPECT_EQ(Condition("Accepted", "reason"), "Forbidden");
  EXPECT_THAT(Condition("Accepted", "message"), HasSubstr("cannot get"));
}

TEST_F(ScaledObjectAdoptionTest, AClusterWithoutKedaIsSaid) {
  server_.objects.erase("/apis/keda.sh/v1alpha1");
  Start();
  EXPECT_EQ(Condition("Accepted", "reason"), "AutoscalerNotFound");
}

TEST_F(ScaledObjectAdoptionTest, ADeletionDoesNotWaitForAKindThatIsGone) {
  Start();
  server_.objects.erase("/apis/keda.sh/v1alpha1");
  server_.objects.erase(kScaledObjectPath);
  Delete();
  loop_.Advance(1s);
  EXPECT_FALSE(server_.objects.contains(kServicePath));
}

}  // namespace
}  // namespace dso::controller
