#include "controller/assess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/status_builder.h"
#include "tests/controller/live_pods.h"
#include "tests/controller/taught.h"

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

// What a process finds that was started after a kill between the write of the floor and that of the status.
TEST(Assess, TakesUpTheFloorThatAnAdoptedAutoscalerCarries) {
  struct Case {
    const char* held_by;
    const char* written;
    const char* original;
    int floor;
  };
  for (const Case& c : {Case{"chat", "12", "4", 12}, Case{"other", "12", "4", 2}, Case{"chat", "9", "4", 2},
                        Case{"chat", "12", "12", 2}, Case{"chat", "12", "absent", 12}}) {
    kube::Json object = SampleService();
    object["spec"].erase("template");
    object["spec"]["targetRef"] = {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "engine"}};
    object["spec"]["autoscaling"]["hpaRef"]["name"] = "theirs";
    ServiceRecord record;
    record.adopted.emplace();
    record.adopted->minimum = 12;
    record.adopted->maximum = 30;
    record.adopted->held_by = c.held_by;
    record.adopted->floor_text = c.written;
    record.adopted->original_text = c.original;
    Assess(Cached(object), nullptr, kNow, record);
    EXPECT_EQ(record.decision->floor, c.floor) << c.held_by << " " << c.written << " " << c.original;
  }
}

TEST(Assess, TheMaximumOfAnAdoptedAutoscalerIsTheMost) {
  const CachedService cached = Cached();
  ServiceRecord record = Learned(cached);
  record.adopted.emplace();
  record.adopted->maximum = 7;
  Take(Value(95), kMorning, record);
  Assess(cached, nullptr, kNow, record);
  EXPECT_EQ(record.decision->floor, 7);
  EXPECT_EQ(record.decision->reason, FloorReason::kMaximum);
}

TEST(Assess, ForeignAutoscalersHaveNoSay) {
  LiveAutoscaler autoscaler = OwnAutoscaler(12);
  autoscaler.controller_uid = "u-other";
  ServiceRecord record;
  Assess(Cached(), &autoscaler, kNow, record);
  EXPECT_EQ(record.decision->floor, 2);
}

TEST(Assess, LetsGoOfWhatStandsLikeOfWhatItHasDecided) {
  const CachedService cached = Cached();
  ServiceRecord record = Learned(cached);
  Take(Value(95), kMorning, record);
  Assess(cached, nullptr, kNow, record);
  ASSERT_EQ(record.decision->floor, 10);
  const LiveAutoscaler autoscaler = OwnAutoscaler(15);
  Take(Missing(), kMorning, record);
  Assess(cached, &autoscaler, Later(seconds(15)), record);
  EXPECT_EQ(record.decision->floor, 15);
}

TEST(Assess, AHoldDoesNotBringBackWhatTheWatchIsLateToDrop) {
  const CachedService cached = Cached();
  ServiceRecord record = Learned(cached);
  Take(Value(95), kMorning, record);
  Assess(cached, nullptr, kNow, record);
  LiveAutoscaler autoscaler = OwnAutoscaler(15);
  autoscaler.resource_version = "7";
  record.replaced_autoscaler = "7";
  Take(Missing(), kMorning, record);
  Assess(cached, &autoscaler, Later(seconds(15)), record);
  EXPECT_EQ(record.decision->floor, 10);
  autoscaler.resource_version = "8";
  Assess(cached, &autoscaler, Later(seconds(30)), record);
  EXPECT_EQ(record.decision->floor, 15) << "somebody has written since";
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

class ClockJumps : public testing::TestWithParam<int> {
 protected:
  // So long after kMorning by the steady clock, with the wall clock ahead by `jump_`.
  void Look(milliseconds after, prom::Reading reading) {
    now_ = {kStart + after, kMorning + after + jump_};
    reading.sampled_at = now_.wall;
    TakeReading(std::move(reading), now_.wall, seconds(120), now_.steady, record_);
    Assess(cached_, nullptr, now_, record_);
  }
  std::string ForecastReady() const {
    const api::ServiceStatus status = BuildStatus(cached_, record_, nullptr, now_.wall);
    return api::FindCondition(status.conditions, api::kForecastReady)->reason;
  }

  CachedService cached_ = Cached();
  ServiceRecord record_ = test::Taught(cached_, test::Always(15));
  milliseconds jump_{0};
  decide::Now now_{};
};

TEST_P(ClockJumps, LowerNoFloorAndHaveTheHistoryReadAgain) {
  Look(seconds(0), Value(95));
  const int floor = record_.decision->floor;
  ASSERT_GE(floor, 10);
  const Learner* const before = record_.learner.get();
  jump_ = std::chrono::hours(GetParam());
  milliseconds after = seconds(15);
  Look(after, Value(15));
  EXPECT_EQ(record_.history, HistoryState::kWanted);
  ASSERT_NE(record_.next_learner, nullptr);
  EXPECT_EQ(record_.learner.get(), before) << "a forecast is better than none";
  EXPECT_EQ(record_.clock_jumped_at, now_.wall);
  EXPECT_EQ(ForecastReady(), "ClockJumped");
  record_.history = HistoryState::kLoading;
  const milliseconds held = cached_.service.spec->autoscaling.scale_down_window + record_.look_ahead.lead;
  for (; after < held; after += seconds(15)) {
    Look(after, Value(15));
    EXPECT_EQ(record_.decision->floor, floor);
    EXPECT_EQ(record_.history, HistoryState::kLoading) << "one jump, one load";
  }
  EXPECT_EQ(record_.decision->hold, decide::Hold::kClock);

  test::TeachPast(*record_.next_learner, test::Always(15), now_.wall, {});
  record_.learner = std::move(record_.next_learner);
  record_.history = HistoryState::kLoaded;
  EXPECT_EQ(ForecastReady(), "Forecasting");
  for (; after < held + std::chrono::minutes(45); after += seconds(15)) Look(after, Value(15));
  EXPECT_EQ(record_.decision->floor, 2) << "what is not needed is released in the end";
}

INSTANTIATE_TEST_SUITE_P(ByAnHour, ClockJumps, testing::Values(1, -1),
                         [](const auto& jump) { return jump.param > 0 ? "Forward" : "Backward"; });

TEST(ClockJump, WithoutDemandThereIsNothingToReadAgain) {
  CachedService cached = Cached(WithMode("Off"));
  ServiceRecord record;
  Assess(cached, nullptr, kNow, record);
  Assess(cached, nullptr, {kStart + seconds(15), kMorning + std::chrono::hours(1)}, record);
  EXPECT_EQ(record.next_learner, nullptr);
}

class PodsOnTheirWay : public testing::Test {
 protected:
  // The floor half an hour after the demand has gone, with this pod.
  int FloorWith(const LivePod& pod) {
    test::Hear("chat-0", pod, kMorning, record_);
    for (seconds after(0); after < std::chrono::minutes(25); after += seconds(15)) {
      Take(Value(after < seconds(60) ? 95 : 15), kMorning + after, record_);
      Assess(cached_, nullptr, Later(after), record_);
    }
    return record_.decision->floor;
  }
  CachedService cached_ = Cached();
  ServiceRecord record_ = Learned(cached_);
};

TEST_F(PodsOnTheirWay, HoldTheFloor) {
  EXPECT_EQ(FloorWith(test::StartingPod("chat-0", kMorning)), 10);
  EXPECT_EQ(record_.decision->hold, decide::Hold::kPods);
}

TEST_F(PodsOnTheirWay, HoldNothingWhenTheyAreReady) {
  EXPECT_EQ(FloorWith(test::ReadyPod("chat-0", kMorning, seconds(1))), 2);
}

TEST_F(PodsOnTheirWay, HoldNothingWhileTheyCrash) {
  LivePod pod = test::StartingPod("chat-0", kMorning);
  pod.restarts = 5;
  pod.waits = PodWaits::kBackOff;
  pod.start.unusable = true;
  EXPECT_EQ(FloorWith(pod), 2);
}

TEST_F(PodsOnTheirWay, HoldNothingWhenTheyHaveBeenSoForHours) {
  EXPECT_EQ(FloorWith(test::StartingPod("chat-0", kMorning - std::chrono::hours(3))), 2);
}

TEST_F(PodsOnTheirWay, HoldNothingWhenTheyAreAskedToGo) {
  LivePod pod = test::StartingPod("chat-0", kMorning);
  pod.deleted = kMorning;
  EXPECT_EQ(FloorWith(pod), 2);
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
