#include "controller/adoptable.h"

#include <gtest/gtest.h>

#include "controller/claim.h"

namespace dso::controller {
namespace {

using kube::Json;
using Kind = api::AdoptedAutoscaler::Kind;

Json Theirs() {
  return Json::parse(R"({
    "metadata": {
      "namespace": "prod", "name": "theirs", "uid": "u-theirs", "resourceVersion": "7",
      "ownerReferences": [{"kind": "ScaledObject", "name": "so", "uid": "u-so", "controller": true}],
      "managedFields": [
        {"manager": "kubectl", "time": "2026-12-01T08:00:00Z", "fieldsV1": {"f:spec": {"f:minReplicas": {}}}},
        {"manager": "argocd", "time": "2026-12-01T09:00:00Z", "fieldsV1": {"f:spec": {"f:minReplicas": {}}}},
        {"manager": "late", "time": "2026-12-01T09:30:00Z", "fieldsV1": {"f:spec": {"f:maxReplicas": {}}}},
        {"manager": "deepseek-operator", "time": "2026-12-01T10:00:00Z", "fieldsV1": {"f:spec": {"f:minReplicas": {}}}}
      ]
    },
    "spec": {
      "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "engine"}, "minReplicas": 3, "maxReplicas": 9
    }
  })");
}

Adoptable Of(const Json& object, Kind kind = Kind::kHorizontalPodAutoscaler) {
  return Adoptable::FromJson(kind, object);
}

TEST(Adoptable, ReadsAnAutoscaler) {
  const Adoptable live = Of(Theirs());
  EXPECT_EQ(live.target_kind + "/" + live.target_name, "Deployment/engine");
  EXPECT_EQ(live.minimum, 3);
  EXPECT_EQ(live.maximum, 9);
  EXPECT_EQ(live.controller_kind + "/" + live.controller_name, "ScaledObject/so");
  EXPECT_EQ(live.minimum_writer, "argocd") << "the last one but us that wrote the field";
  EXPECT_FALSE(live.IsHeld());
  EXPECT_EQ(live.ToString(), "HorizontalPodAutoscaler theirs");
}

TEST(Adoptable, ReadsAScaledObjectWithKedasDefaults) {
  const Adoptable live = Of(Json::parse(R"({
    "metadata": {"namespace": "prod", "name": "so"}, "spec": {"scaleTargetRef": {"name": "engine"}}
  })"),
                            Kind::kScaledObject);
  EXPECT_EQ(live.target_kind, "Deployment");
  EXPECT_EQ(live.minimum, std::nullopt);
  EXPECT_EQ(live.maximum, 100);
}

TEST(Adoptable, WhatIsNoObjectReadsAsEmpty) {
  for (const char* text : {"null", "[]", "{}", R"({"metadata": 1, "spec": "x"})",
                           R"({"metadata": {"managedFields": [1], "ownerReferences": {}, "annotations": []}})"}) {
    const Adoptable live = Of(Json::parse(text));
    EXPECT_EQ(live.minimum, std::nullopt) << text;
    EXPECT_FALSE(live.IsHeld()) << text;
  }
}

// A round trip through the API server's merge.
TEST(Adoptable, RestoringIsTheInverseOfHolding) {
  for (const Kind kind : {Kind::kHorizontalPodAutoscaler, Kind::kScaledObject}) {
    for (const Json& minimum : {Json(3), Json(nullptr)}) {
      const char* field = kind == Kind::kScaledObject ? "minReplicaCount" : "minReplicas";
      Json object{{"metadata", {{"name", "theirs"}, {"annotations", {{"team", "search"}}}}},
                  {"spec", {{"maxReplicas", 9}}}};
      if (!minimum.is_null()) object["spec"][field] = minimum;
      const Json before = object;
      const Adoptable free = Of(object, kind);
      object.merge_patch(HoldPatch(free, "chat", free.minimum, 8));
      EXPECT_EQ(object["spec"][field], 8);
      EXPECT_TRUE(Of(object, kind).HasOurFloor());
      EXPECT_EQ(Of(object, kind).held_by, "chat");
      object.merge_patch(RestorePatch(Of(object, kind)));
      object["metadata"].erase("uid");
      object["metadata"].erase("resourceVersion");
      EXPECT_EQ(object, before);
    }
  }
}

TEST(Adoptable, WritesGoOverTheVersionThatWasSeen) {
  const Adoptable live = Of(Theirs());
  EXPECT_EQ(HoldPatch(live, "chat", 3, 8)["metadata"]["resourceVersion"], "7");
  EXPECT_EQ(RestorePatch(live)["metadata"]["resourceVersion"], "7");
  EXPECT_EQ(HoldPatch(live, "chat", 3, 8)["metadata"]["uid"], "u-theirs");
}

Json Held(int floor, const char* original) {
  Json object = Theirs();
  object.merge_patch(HoldPatch(Of(object), "chat", 3, floor));
  object["metadata"]["annotations"][kOriginalAnnotation] = original;
  return object;
}

TEST(Adoptable, AValueThatIsNotOursIsLeftToItsOwner) {
  Json object = Held(8, "3");
  object["spec"]["minReplicas"] = 5;
  const Json patch = RestorePatch(Of(object));
  EXPECT_FALSE(patch.contains("spec")) << patch;
  EXPECT_TRUE(patch["metadata"]["annotations"][kAdoptedByAnnotation].is_null());
}

TEST(Adoptable, AnOriginalThatCannotBeReadLeavesTheValue) {
  for (const char* text : {"", "three", "-1", "3 ", "99999999999999999999"}) {
    EXPECT_FALSE(RestorePatch(Of(Held(8, text))).contains("spec")) << text;
  }
}

TEST(Adoptable, RestoresNoMoreThanTheMaximum) {
  Json object = Held(2, "7");
  object["spec"]["maxReplicas"] = 4;
  EXPECT_EQ(RestorePatch(Of(object))["spec"]["minReplicas"], 4);
}

TEST(Claim, IsAFinalizerAndAnAnnotation) {
  Json object = Json::parse(R"({"metadata": {"name": "chat", "finalizers": ["example.com/theirs"]}})");
  const Claim claim{true, api::AdoptedAutoscaler{Kind::kScaledObject, "so"}};
  object.merge_patch(ClaimPatch(ClaimOnObject::FromJson(object), claim, "5"));
  EXPECT_EQ(object["metadata"]["finalizers"],
            Json::parse(R"(["example.com/theirs", "deepseek-operator.dev/finalizer"])"));
  EXPECT_EQ(object["metadata"]["resourceVersion"], "5");
  EXPECT_EQ(ClaimOnObject::FromJson(object).claim, claim);

  object.merge_patch(ClaimPatch(ClaimOnObject::FromJson(object), Claim(), "6"));
  EXPECT_EQ(object["metadata"]["finalizers"], Json::parse(R"(["example.com/theirs"])"));
  EXPECT_EQ(ClaimOnObject::FromJson(object).claim, Claim());
}

TEST(Claim, WritesOnlyWhatChanges) {
  const ClaimOnObject none;
  EXPECT_FALSE(ClaimPatch(none, {true, std::nullopt}, "5")["metadata"].contains("annotations"));
  EXPECT_FALSE(ClaimPatch(none, {false, api::AdoptedAutoscaler{}}, "5")["metadata"].contains("finalizers"));
}

TEST(Claim, AnAnnotationThatCannotBeReadIsNone) {
  for (const char* text :
       {"", "chat", "ScaledObject/", "Deployment/chat", "HorizontalPodAutoscaler/..", "HorizontalPodAutoscaler/a/b",
        "HorizontalPodAutoscaler/../../other/horizontalpodautoscalers/chat", "ScaledObject/a%2Fb"}) {
    const Json object{{"metadata", {{"annotations", {{kHoldsAnnotation, text}}}}}};
    EXPECT_EQ(ClaimOnObject::FromJson(object).claim.holds, std::nullopt) << text;
  }
}

}  // namespace
}  // namespace dso::controller
