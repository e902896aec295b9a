#include "api/conditions.h"

#include <gtest/gtest.h>

namespace dso::api {
namespace {

using namespace std::chrono_literals;

const WallTime kStart = *ParseTime("2026-12-01T09:00:00Z");

TEST(ConditionsTest, LastTransitionTimeMovesOnlyWithTheStatus) {
  std::vector<Condition> conditions;
  EXPECT_TRUE(SetCondition(conditions, kReady, ConditionStatus::kFalse, "Starting", "wait", 1, kStart));
  EXPECT_FALSE(SetCondition(conditions, kReady, ConditionStatus::kFalse, "Starting", "wait", 1, kStart + 1min));
  EXPECT_TRUE(SetCondition(conditions, kReady, ConditionStatus::kFalse, "Stuck", "look at the pods", 2, kStart + 2min));
  ASSERT_EQ(conditions.size(), 1u);
  EXPECT_EQ(conditions[0], (Condition{"Ready", ConditionStatus::kFalse, "Stuck", "look at the pods", 2, kStart}));
  EXPECT_TRUE(SetCondition(conditions, kReady, ConditionStatus::kTrue, "Ready", "", 2, kStart + 3min));
  EXPECT_EQ(conditions[0].last_transition_time, kStart + 3min);
}

TEST(ConditionsTest, TimesAreWholeSecondsAsTheApiServerKeepsThem) {
  std::vector<Condition> conditions;
  SetCondition(conditions, kReady, ConditionStatus::kTrue, "Ready", "", 1, kStart + 999ms);
  EXPECT_EQ(conditions[0].last_transition_time, kStart);
}

TEST(ConditionsTest, AReasonAlwaysMatchesTheApi) {
  const auto reason = [](std::string_view text) {
    std::vector<Condition> conditions;
    SetCondition(conditions, kReady, ConditionStatus::kTrue, text, "", 1, kStart);
    return conditions[0].reason;
  };
  EXPECT_EQ(reason("FloorApplied"), "FloorApplied");
  EXPECT_EQ(reason("not found"), "not_found");
  EXPECT_EQ(reason("Http:404,"), "Http:404_");
  EXPECT_EQ(reason(""), "Unspecified");
  EXPECT_EQ(reason("404"), "Unspecified");
  EXPECT_EQ(reason("\xC3\xA4"), "Unspecified");
  EXPECT_EQ(reason(std::string(2000, 'a')).size(), kMaxReasonLength);
}

TEST(ConditionsTest, AMessageIsCutBetweenCharacters) {
  const auto message = [](std::string text) {
    std::vector<Condition> conditions;
    SetCondition(conditions, kReady, ConditionStatus::kTrue, "R", text, 1, kStart);
    return conditions[0].message;
  };
  EXPECT_EQ(message(std::string(kMaxMessageLength, 'a')).size(), kMaxMessageLength);
  EXPECT_EQ(message(std::string(kMaxMessageLength + 1, 'a')).size(), kMaxMessageLength);
  EXPECT_EQ(message(std::string(kMaxMessageLength - 1, 'a') + "\xE2\x82\xAC"), std::string(kMaxMessageLength - 1, 'a'));
}

TEST(ConditionsTest, FindsAndRemoves) {
  std::vector<Condition> conditions;
  SetCondition(conditions, kReady, ConditionStatus::kTrue, "Ready", "", 1, kStart);
  SetCondition(conditions, kAccepted, ConditionStatus::kUnknown, "Waiting", "", 1, kStart);
  EXPECT_TRUE(IsTrue(conditions, kReady));
  EXPECT_FALSE(IsTrue(conditions, kAccepted));
  EXPECT_FALSE(IsTrue(conditions, kFloorApplied));
  EXPECT_EQ(FindCondition(conditions, kFloorApplied), nullptr);
  EXPECT_TRUE(RemoveCondition(conditions, kReady));
  EXPECT_FALSE(RemoveCondition(conditions, kReady));
  ASSERT_NE(FindCondition(conditions, kAccepted), nullptr);
  EXPECT_EQ(FindCondition(conditions, kAccepted)->reason, "Waiting");
}

}  // namespace
}  // namespace dso::api
