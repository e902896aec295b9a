#include "controller/assess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/sample.h"

namespace dso::controller {
namespace {

using decide::FloorReason;
using test::Cached;
using test::kMorning;
using test::kStart;
using test::Learned;
using test::Missing;
using test::OwnAutoscaler;
using test::SampleService;
using test::Take;
using test::Value;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr decide::Now kNow{kStart, kMorning};
constexpr decide::Now Later(seconds delay) { return {kStart + delay, kMorning + delay}; }

kube::Json WithMode(const char* mode) {
  kube::Json object = SampleService();
  object["spec"]["prediction"]["mode"] = mode;
  return object;
}

TEST(Assess, DecidesOnTheReading) {
  const CachedService cached = Cached();
  ServiceRecord record = Learned(cached);
  Take(Value(95), kMorning, record);
  Assess(cached, nullptr, kNow, record);
  EXPECT_EQ(record.decision->floor, 10);
  EXPECT_EQ(record.decision->reason, FloorReason::kDemand);
  EXPECT_EQ(record.capacity->per_replica, 10);
}

TEST(Assess, AMissingReadingIsNoDemandOfZero) {
  const CachedService cached = Cached();
  ServiceRecord record = Learned(cached);
  Take(Value(95), kMorning, record);
  Assess(cached, nullptr, kNow, record);
  Take(Missing(), kMorning, record);
  Assess(cached, nullptr, Later(seconds(3600)), record);
  EXPECT_EQ(record.decision->floor, 10);
  EXPECT_EQ(record.decision->reason, FloorReason::kHeld);
}

TEST(Assess, AfterARestartTakesUpTheLargerOfStatusAndAutoscaler) {
  struct Case {
    std::optional<int> status;
    std::optional<int> autoscaler;
    int floor;
  };
  for (const Case& c : {Case{std::nullopt, std::nullopt, 2}, Case{12, std::nullopt, 12}, Case{std::nullopt, 12, 12},
                        Case{12, 7, 12}, Case{7, 12, 12}}) {
    CachedService cached = Cached();
    if (c.status) cached.service.status.floor = test::FloorOf(*c.status);
    const LiveAutoscaler autoscaler = OwnAutoscaler(c.autoscaler.value_or(0));
    ServiceRecord record;
    Assess(cached, c.autoscaler ? &autoscaler : nullptr, kNow, record);
    EXPECT_EQ(record.decision->floor, c.floor);
  }
}

TEST(Assess, ForeignAutoscalersHaveNoSay) {
  LiveAutoscaler autoscaler = OwnAutoscaler(12);
  autoscaler.controller_uid = "u-other";
  ServiceRecord record;
  Assess(Cached(), &autoscaler, kNow, record);
  EXPECT_EQ(record.decision->floor, 2);
}

TEST(Assess, InShadowTheAutoscalerHasNoSay) {
  const LiveAutoscaler autoscaler = OwnAutoscaler(12);
  ServiceRecord record;
  Assess(Cached(WithMode("Shadow")), &autoscaler, kNow, record);
  EXPECT_EQ(record.decision->floor, 2);
}

TEST(Assess, OffHasNeitherForecasterNorReading) {
  ServiceRecord record = Learned(Cached());
  Take(Value(95), kMorning, record);
  Assess(Cached(WithMode("Off")), nullptr, kNow, record);
  EXPECT_EQ(record.learner, nullptr);
  EXPECT_EQ(record.next_learner, nullptr);
  EXPECT_FALSE(record.reading.has_value());
  EXPECT_EQ(record.decision->floor, 2);
}

TEST(Assess, ACapacityThatMakesNoSenseIsAProblemAndMovesNoFloor) {
  CachedService cached = Cached();
  ServiceRecord record = Learned(cached);
  Take(Value(95), kMorning, record);
  Assess(cached, nullptr, kNow, record);
  const int floor = record.decision->floor;
  ASSERT_GT(floor, 2);
  cached.service.spec->demand->unit = "tokens/s";
  cached.service.spec->capacity = api::CapacityFormula{
      .cores = 8, .concurrency_per_core = 4, .average_response_time = seconds(1), .safety_factor = 1.5};
  Assess(cached, nullptr, kNow, record);
  ASSERT_TRUE(record.spec_problem);
  EXPECT_THAT(record.spec_problem->message, HasSubstr("tokens/s"));
  EXPECT_FALSE(record.capacity.has_value());
  EXPECT_EQ(record.decision->floor, floor);
}

TEST(Assess, AnUnknownTimeZoneIsAProblemOfTheForecastOnly) {
  CachedService cached = Cached();
  cached.service.spec->prediction.time_zone = "Mars/Olympus";
  ServiceRecord record = Learned(cached);
  Take(Value(95), kMorning, record);
  Assess(cached, nullptr, kNow, record);
  EXPECT_THAT(record.time_zone_problem, HasSubstr("Mars/Olympus"));
  EXPECT_GT(record.decision->floor, 2) << "the floor goes on";
  cached.service.spec->prediction.time_zone = "Europe/Berlin";
  Assess(cached, nullptr, kNow, record);
  EXPECT_EQ(record.time_zone_problem, "");
}

TEST(Assess, AnAnswerThatHasNotBeenRenewedIsUnknownAndHoldsTheFloor) {
  const CachedService cached = Cached();
  ServiceRecord record = Learned(cached);
  Take(Value(95), kMorning, record);
  Assess(cached, nullptr, kNow, record);
  const int floor = record.decision->floor;
  const decide::Now later{kNow.steady + std::chrono::hours(1), kMorning + kReadingLifetime + milliseconds(1)};
  Assess(cached, nullptr, later, record);
  EXPECT_EQ(record.decision->floor, floor);
  EXPECT_EQ(record.decision->reactive, std::nullopt);
  EXPECT_EQ(record.decision->reason, decide::FloorReason::kHeld);
}

TEST(Assess, RecordsWhenAndWhyTheFloorMoved) {
  const CachedService cached = Cached();
  ServiceRecord record = Learned(cached);
  Take(Value(0), kMorning, record);
  Assess(cached, nullptr, kNow, record);
  EXPECT_THAT(record.recent_decisions, IsEmpty()) << "the first floor is no change";
  Take(Value(95), kMorning, record);
  Assess(cached, nullptr, Later(seconds(15)), record);
  Assess(cached, nullptr, Later(seconds(30)), record);
  ASSERT_THAT(record.recent_decisions, SizeIs(1));
  const api::DecisionRecord& move = record.recent_decisions.front();
  EXPECT_EQ(move.from, 2);
  EXPECT_EQ(move.to, 10);
  EXPECT_EQ(move.reason, "Demand");
  EXPECT_EQ(move.at, kMorning + seconds(15));
  EXPECT_EQ(record.floor_since, kMorning + seconds(15));
}

TEST(Assess, ARestartIsNoDecision) {
  CachedService cached = Cached();
  cached.service.status.floor = test::FloorOf(12);
  ServiceRecord record;
  Assess(cached, nullptr, kNow, record);
  EXPECT_THAT(record.recent_decisions, IsEmpty());
}

TEST(TakeReading, TeachesOnlyWhatHasReadItsHistory) {
  ServiceRecord record;
  Prepare(Cached(), test::At(kMorning), record);
  Take(Value(5), kMorning, record);
  EXPECT_EQ(record.next_learner->forecaster().status().samples, 0u);
  record = Learned(Cached());
  Take(Value(5), kMorning, record);
  Take(Missing(), kMorning + seconds(15), record);
  EXPECT_EQ(record.learner->forecaster().status().samples, 1u);
  EXPECT_TRUE(record.reading->IsMissing());
  EXPECT_EQ(record.reading_at, kMorning + seconds(15));
}

}  // namespace
}  // namespace dso::controller
