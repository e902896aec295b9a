#include "decide/floor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "capacity/formula.h"
#include "tests/decide/sample.h"

namespace dso::decide {
namespace {

using test::Known;
using test::Loading;
using test::Missing;
using test::Ready;
using test::SampleSpec;
using test::TooShort;
using test::Watched;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(Floor, IsTheLargerOfForecastAndDemand) {
  struct Case {
    Demand demand;
    Forecast forecast;
    int floor;
    FloorReason reason;
  };
  const Case cases[] = {
      {Known(51), Ready(40), 6, FloorReason::kDemand},     {Known(51), Ready(120), 12, FloorReason::kForecast},
      {Known(60), Ready(60), 6, FloorReason::kDemand},     {Known(20), Ready(20), 2, FloorReason::kMinimum},
      {Known(0), TooShort(), 2, FloorReason::kMinimum},    {Known(51), TooShort(), 6, FloorReason::kDemand},
      {Known(201), Ready(10), 20, FloorReason::kMaximum},  {Known(0), Ready(1e9), 20, FloorReason::kMaximum},
      {Known(200), TooShort(), 20, FloorReason::kDemand},  {Missing(), Ready(50), 5, FloorReason::kForecast},
      {Missing(), Loading(), 2, FloorReason::kMinimum},    {Demand(), Loading(), 2, FloorReason::kMinimum},
      {Known(1e300), Ready(0), 20, FloorReason::kMaximum},
  };
  for (const Case& c : cases) {
    const Decision decision = Watched().Look(0s, c.demand, c.forecast);
    EXPECT_EQ(decision.floor, c.floor) << decision.explanation;
    EXPECT_EQ(decision.hpa_min_replicas, c.floor) << decision.explanation;
    EXPECT_EQ(ToString(decision.reason), ToString(c.reason)) << decision.explanation;
  }
}

TEST(Floor, ReportsBothNeedsBeforeClamping) {
  const Decision decision = Watched().Look(0s, Known(5), Ready(900));
  EXPECT_EQ(decision.reactive, 1);
  EXPECT_EQ(decision.predicted, 90);
}

TEST(Floor, ReportsNoNeedThatIsNotKnown) {
  const Decision decision = Watched().Look(0s, Missing(), TooShort());
  EXPECT_EQ(decision.reactive, std::nullopt);
  EXPECT_EQ(decision.predicted, std::nullopt);
}

TEST(Floor, RisesAtOnce) {
  Watched service;
  EXPECT_EQ(service.FloorAfter(0s, Known(0), TooShort()), 2);
  EXPECT_EQ(service.FloorAfter(1s, Known(70), TooShort()), 7);
  EXPECT_EQ(service.FloorAfter(1s, Known(70), Ready(150)), 15);
}

TEST(Floor, IsReleasedOnlyAfterTheWindow) {
  Watched service;
  service.Look(0s, Known(100), TooShort());
  const Decision inside = service.Look(299s, Known(0), TooShort());
  EXPECT_EQ(inside.floor, 10);
  EXPECT_EQ(inside.reason, FloorReason::kStabilizing);
  const Decision outside = service.Look(1s, Known(0), TooShort());
  EXPECT_EQ(outside.floor, 2);
  EXPECT_EQ(outside.reason, FloorReason::kMinimum);
}

TEST(Floor, IsReleasedToTheMaximumOverTheWindow) {
  Watched service;
  service.Look(0s, Known(100), TooShort());
  service.Look(200s, Known(55), TooShort());
  EXPECT_EQ(service.FloorAfter(100s, Known(0), TooShort()), 6);
  EXPECT_EQ(service.FloorAfter(200s, Known(0), TooShort()), 2);
}

TEST(Floor, ALowForecastDoesNotReleaseWhatTheDemandNeeds) {
  Watched service;
  service.Look(0s, Known(100), Ready(100));
  EXPECT_EQ(service.FloorAfter(10min, Known(100), Ready(0)), 10);
}

TEST(Floor, NewBoundsTakeEffectAtOnce) {
  Watched service;
  EXPECT_EQ(service.FloorAfter(0s, Known(95), TooShort()), 10);
  service.spec.replicas = {.min = 12, .max = 20};
  EXPECT_EQ(service.FloorAfter(1s, Known(95), TooShort()), 12);
  service.spec.replicas = {.min = 2, .max = 6};
  EXPECT_EQ(service.FloorAfter(1s, Known(95), TooShort()), 6);
  service.spec.replicas = {.min = 2, .max = 20};
  EXPECT_EQ(service.FloorAfter(1s, Known(95), TooShort()), 10);
}

TEST(Floor, APastNeedAboveTheMaximumIsNotReportedAsTheNeedOfNow) {
  Watched service;
  EXPECT_EQ(service.Look(0s, Known(500), TooShort()).reason, FloorReason::kMaximum);
  const Decision decision = service.Look(1min, Known(30), TooShort());
  EXPECT_EQ(decision.floor, 20);
  EXPECT_EQ(decision.reason, FloorReason::kStabilizing) << decision.explanation;
}

TEST(Floor, ShadowDecidesAndLeavesTheAutoscalerAtTheMinimum) {
  Watched service;
  service.spec.prediction.mode = api::PredictionMode::kShadow;
  const Decision decision = service.Look(0s, Known(100), Ready(150));
  EXPECT_EQ(decision.floor, 15);
  EXPECT_EQ(decision.reason, FloorReason::kForecast);
  EXPECT_EQ(decision.hpa_min_replicas, 2);
}

TEST(Floor, WithoutAnythingToPredictFromIsTheMinimum) {
  struct Case {
    const char* name;
    void (*change)(api::ServiceSpec& spec, Snapshot& snapshot);
  };
  const Case cases[] = {
      {"off", [](api::ServiceSpec& spec, Snapshot&) { spec.prediction.mode = api::PredictionMode::kOff; }},
      {"no demand", [](api::ServiceSpec& spec, Snapshot&) { spec.demand.reset(); }},
  };
  for (const Case& c : cases) {
    api::ServiceSpec spec = SampleSpec();
    Snapshot snapshot{.now = {test::kStart, test::kMorning},
                      .demand = Known(100),
                      .forecast = Ready(150),
                      .capacity = test::CapacityOf(10, 10),
                      .standing = std::nullopt,
                      .floor_in_force = 12};
    c.change(spec, snapshot);
    const Outcome outcome = DecideFloor(spec, snapshot, FloorState());
    EXPECT_EQ(outcome.decision.floor, 2) << c.name;
    EXPECT_EQ(outcome.decision.hpa_min_replicas, 2) << c.name;
    EXPECT_EQ(outcome.decision.reason, FloorReason::kMinimum) << c.name;
    EXPECT_FALSE(outcome.next.started) << c.name;
  }
}

// What is promised about every floor, whatever comes in whatever order.
class RandomTrace {
 public:
  explicit RandomTrace(uint32_t seed) : random_(seed) {}

  void Tick(int tick) {
    ChangeSomething();
    const milliseconds later = seconds(random_() % 60);
    now_ += later;
    const int min = service_.spec.replicas.min;
    const int max = service_.spec.replicas.max;
    const Decision decision = service_.Look(later, demand_, forecast_);
    const bool known = demand_.state == Demand::State::kKnown;
    const bool may_release = known && forecast_.state != Forecast::State::kLoading;
    SCOPED_TRACE(testing::Message() << "tick " << tick << ": " << decision.explanation);

    ASSERT_GE(decision.floor, min);
    ASSERT_LE(decision.floor, max);
    ASSERT_EQ(decision.hpa_min_replicas, decision.floor);
    if (known) {
      ASSERT_GE(decision.floor, std::clamp(capacity::ReplicasFor(demand_.value, 10), min, max));
    }
    if (!may_release) {
      ASSERT_GE(decision.floor, std::min(before_, max));
    }
    wanted_.emplace_back(now_, std::max(decision.predicted.value_or(0), decision.reactive.value_or(0)));
    while (wanted_.front().first + service_.spec.autoscaling.scale_down_window <= now_) wanted_.pop_front();
    for (const auto& [at, replicas] : wanted_) ASSERT_GE(decision.floor, std::clamp(replicas, min, max));
    ASSERT_THAT(decision.explanation, HasSubstr("at least " + std::to_string(decision.floor) + " replica"));
    before_ = decision.floor;
  }

 private:
  int Draw(int below) { return static_cast<int>(random_() % static_cast<uint32_t>(below)); }

  void ChangeSomething() {
    if (Draw(4) == 0) demand_ = Draw(5) == 0 ? Missing() : Known(Draw(300));
    if (Draw(6) == 0) {
      const int which = Draw(5);
      forecast_ = which == 0 ? Loading() : which == 1 ? TooShort() : Ready(Draw(300));
    }
    if (Draw(50) == 0) {
      const int min = 1 + Draw(10);
      service_.spec.replicas = {.min = min, .max = min + Draw(20)};
    }
  }

  std::minstd_rand random_;
  Watched service_;
  SteadyTime now_{};
  Demand demand_;
  Forecast forecast_;
  int before_ = 0;
  std::deque<std::pair<SteadyTime, int>> wanted_;
};

TEST(Floor, KeepsItsPromisesOverRandomTraces) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    RandomTrace trace(seed);
    for (int tick = 0; tick < 10'000; ++tick) {
      trace.Tick(tick);
      if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace dso::decide
