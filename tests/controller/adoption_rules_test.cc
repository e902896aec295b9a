#include "controller/adoption_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/sample.h"

namespace dso::controller {
namespace {

using Action = HoldPlan::Action;
using Kind = api::AdoptedAutoscaler::Kind;
using testing::HasSubstr;

const api::TargetRef kEngine{"apps/v1", "Deployment", "engine"};
const api::AdoptedAutoscaler kHpa{Kind::kHorizontalPodAutoscaler, "theirs"};
const api::AdoptedAutoscaler kKeda{Kind::kScaledObject, "theirs"};

Adoptable Theirs(Kind kind = Kind::kHorizontalPodAutoscaler) {
  Adoptable live;
  live.kind = kind;
  live.key = {"prod", "theirs"};
  live.target_kind = "Deployment";
  live.target_name = "engine";
  live.minimum = 3;
  live.maximum = 10;
  return live;
}

std::string ReasonOf(const std::optional<Verdict>& verdict) { return verdict ? verdict->reason : ""; }

TEST(JudgeAdoption, TakesWhatScalesTheTarget) {
  EXPECT_EQ(ReasonOf(JudgeAdoption(kHpa, Theirs(), kEngine, Rival::kNone)), "");
  EXPECT_EQ(ReasonOf(JudgeAdoption(kKeda, Theirs(Kind::kScaledObject), kEngine, Rival::kNone)), "");
}

TEST(JudgeAdoption, WhatIsNotThereCannotBeAdopted) {
  const auto verdict = JudgeAdoption(kKeda, std::nullopt, kEngine, Rival::kNone);
  EXPECT_EQ(ReasonOf(verdict), "AutoscalerNotFound");
  EXPECT_THAT(verdict->message, testing::AllOf(HasSubstr("ScaledObject theirs"), HasSubstr("scaledObjectRef")));
}

TEST(JudgeAdoption, AnAutoscalerOfAnotherTargetIsRefused) {
  Adoptable live = Theirs();
  live.target_kind = "StatefulSet";
  const auto verdict = JudgeAdoption(kHpa, live, kEngine, Rival::kNone);
  EXPECT_EQ(ReasonOf(verdict), "AutoscalerMismatch");
  EXPECT_THAT(verdict->message, testing::AllOf(HasSubstr("StatefulSet engine"), HasSubstr("Deployment engine")));
}

TEST(JudgeAdoption, AnAutoscalerThatKedaMadeIsAdoptedByItsScaledObject) {
  Adoptable live = Theirs();
  live.controller_kind = "ScaledObject";
  live.controller_name = "so";
  const auto verdict = JudgeAdoption(kHpa, live, kEngine, Rival::kNone);
  EXPECT_EQ(ReasonOf(verdict), "UseScaledObjectRef");
  EXPECT_THAT(verdict->message, HasSubstr("scaledObjectRef: {name: so}"));
}

TEST(JudgeAdoption, TheOperatorsOwnAutoscalersAreNotAdopted) {
  Adoptable live = Theirs();
  live.controller_kind = "DeepSeekService";
  live.controller_name = "theirs";
  EXPECT_EQ(ReasonOf(JudgeAdoption(kHpa, live, kEngine, Rival::kNone)), "Conflict");
}

TEST(JudgeAdoption, WhatAnotherServiceHoldsIsItsOwn) {
  Adoptable live = Theirs();
  live.held_by = "older";
  const auto verdict = JudgeAdoption(kHpa, live, kEngine, Rival::kHolds);
  EXPECT_EQ(ReasonOf(verdict), "Conflict");
  EXPECT_THAT(verdict->message, HasSubstr("DeepSeekService older"));
}

class HeldVerdictTest : public testing::Test {
 protected:
  Verdict Judge(int wanted, Action action = Action::kWrite, WallTime now = test::kMorning) {
    decide::Decision decision;
    decision.wanted = wanted;
    return HeldVerdict(spec_, decision, Theirs(), action, now);
  }
  api::ServiceSpec spec_ = *test::Cached().service.spec;  // 2 … 20
};

TEST_F(HeldVerdictTest, SaysWhereTheFloorIs) {
  EXPECT_EQ(Judge(7).reason, "Applied");
  EXPECT_THAT(Judge(7).message, HasSubstr("minReplicas of HorizontalPodAutoscaler theirs"));
}

TEST_F(HeldVerdictTest, AFloorAboveTheOwnersMaximumIsClamped) {
  EXPECT_EQ(Judge(10).reason, "Applied");
  EXPECT_EQ(Judge(11).reason, "Clamped");
  EXPECT_EQ(Judge(11).status, api::ConditionStatus::kTrue);
  spec_.replicas.max = 10;
  EXPECT_EQ(Judge(11).reason, "Applied") << "the spec itself allows no more";
  spec_.replicas = {12, 20};
  EXPECT_EQ(Judge(1).reason, "Clamped") << "replicas.min is a floor too";
}

TEST_F(HeldVerdictTest, AContestIsSaid) {
  EXPECT_EQ(Judge(7, Action::kStandBack).reason, "FloorContested");
  EXPECT_EQ(Judge(7, Action::kStandBack).status, api::ConditionStatus::kFalse);
}

TEST_F(HeldVerdictTest, OutsideOfActiveOnlyAnOverrideIsWritten) {
  spec_.prediction.mode = api::PredictionMode::kShadow;
  EXPECT_FALSE(WantsHold(spec_, test::kMorning));
  EXPECT_EQ(Judge(7).reason, "Shadow");
  EXPECT_THAT(Judge(7).message, HasSubstr("its owner's"));
  spec_.override_floor =
      api::OverrideSpec{.min_replicas = 7, .until = test::kMorning + std::chrono::hours(1), .reason = ""};
  EXPECT_TRUE(WantsHold(spec_, test::kMorning));
  EXPECT_THAT(Judge(7).message, HasSubstr("spec.override"));
  EXPECT_FALSE(WantsHold(spec_, test::kMorning + std::chrono::hours(1)));
}

}  // namespace
}  // namespace dso::controller
