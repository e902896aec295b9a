#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decide/floor.h"
#include "tests/decide/sample.h"

namespace dso::decide {
namespace {

using test::AtLeast;
using test::Hopeless;
using test::Known;
using test::Loading;
using test::Missing;
using test::Ready;
using test::SampleSpec;
using test::TooShort;
using test::Watched;
using namespace std::chrono_literals;

TEST(FloorHold, IsHeldWhileItCouldBeWrongToReleaseIt) {
  const std::pair<Demand, Forecast> unknown[] = {
      {Missing(), Ready(0)}, {Missing(), TooShort()}, {Missing(), Loading()},
      {Demand(), Ready(0)},  {Known(0), Loading()},
  };
  for (const auto& [demand, forecast] : unknown) {
    Watched service;
    service.Look(0s, Known(100), TooShort());
    for (int hour = 0; hour < 24; ++hour) {
      const Decision decision = service.Look(1h, demand, forecast);
      EXPECT_EQ(decision.floor, 10);
      EXPECT_EQ(decision.reason, FloorReason::kHeld) << decision.explanation;
    }
  }
}

TEST(FloorHold, RisesWhileItIsHeld) {
  Watched service;
  service.Look(0s, Known(100), TooShort());
  EXPECT_EQ(service.FloorAfter(1h, Missing(), Ready(120)), 12);
  EXPECT_EQ(service.FloorAfter(1h, Missing(), Ready(0)), 12);
  EXPECT_EQ(service.FloorAfter(1h, Known(140), Loading()), 14);
  EXPECT_EQ(service.FloorAfter(1h, Known(0), Loading()), 14);
}

TEST(FloorHold, TheWindowBeginsToRunWhenTheHoldEnds) {
  Watched service;
  service.Look(0s, Known(100), TooShort());
  service.Look(1h, Missing(), TooShort());
  EXPECT_EQ(service.FloorAfter(1s, Known(0), TooShort()), 10);
  EXPECT_EQ(service.FloorAfter(298s, Known(0), TooShort()), 10);
  EXPECT_EQ(service.FloorAfter(1s, Known(0), TooShort()), 2);
}

TEST(FloorHold, ALowerMaximumTakesEffectWhileTheFloorIsHeld) {
  Watched service;
  service.Look(0s, Known(100), TooShort());
  service.spec.replicas.max = 6;
  const Decision decision = service.Look(1s, Missing(), Loading());
  EXPECT_EQ(decision.floor, 6);
  EXPECT_EQ(decision.reason, FloorReason::kHeld);
}

// What holds a floor, and how a look is made that has only this one hold.
struct HoldCase {
  Hold hold;
  Demand demand;
  Forecast forecast;
  int pods = 0;
};
class EachHold : public testing::TestWithParam<HoldCase> {
 protected:
  Decision LookHeld(Watched& service, milliseconds later) {
    service.snapshot.pods_on_their_way = GetParam().pods;
    Decision decision = service.Look(later, GetParam().demand, GetParam().forecast);
    service.snapshot.pods_on_their_way = 0;
    return decision;
  }
};

TEST_P(EachHold, KeepsTheFloorAndIsNamed) {
  Watched service;
  service.Look(0s, Known(100), TooShort());
  for (int hour = 0; hour < 24; ++hour) {
    const Decision decision = LookHeld(service, 1h);
    EXPECT_EQ(decision.floor, 10);
    EXPECT_EQ(decision.reason, FloorReason::kHeld) << decision.explanation;
    EXPECT_EQ(ToString(decision.hold), ToString(GetParam().hold));
  }
}

TEST_P(EachHold, LetsTheFloorRise) {
  Watched service;
  service.Look(0s, Known(30), TooShort());
  service.snapshot.events = {.min_replicas = 12, .raised_by = "sale"};
  const Decision decision = LookHeld(service, 1s);
  EXPECT_EQ(decision.floor, 12);
  EXPECT_EQ(decision.reason, FloorReason::kEvent) << "a floor that is needed is not held";
  EXPECT_EQ(ToString(decision.hold), ToString(GetParam().hold));
}

TEST_P(EachHold, BeginsTheWindowAnewHoweverShortItIs) {
  Watched service;
  service.Look(0s, Known(100), TooShort());
  service.Look(1s, Known(0), TooShort());
  LookHeld(service, 298s);
  EXPECT_EQ(service.FloorAfter(1s, Known(0), TooShort()), 10);
  EXPECT_EQ(service.FloorAfter(298s, Known(0), TooShort()), 10);
  EXPECT_EQ(service.FloorAfter(1s, Known(0), TooShort()), 2);
}

INSTANTIATE_TEST_SUITE_P(FloorHold, EachHold,
                         testing::Values(HoldCase{Hold::kHistory, Known(0), Loading()},
                                         HoldCase{Hold::kDemandUnknown, Missing(), TooShort()},
                                         HoldCase{Hold::kDemandAtLeast, AtLeast(0), TooShort()},
                                         HoldCase{Hold::kPods, Known(0), TooShort(), 1}),
                         [](const auto& the_case) { return std::string(ToString(the_case.param.hold)); });

// A spec that begins to have its response time measured must not lose the floor until the first measurement.
TEST(FloorHold, AnUnknownCapacityHoldsWhatStandsAndDemandRaisesNothing) {
  Watched service;
  service.Look(0s, Known(100), TooShort());
  service.snapshot.capacity.reset();
  const Decision held = service.Look(24h, Known(150), Ready(150));
  EXPECT_EQ(held.floor, 10);
  EXPECT_EQ(held.hold, Hold::kCapacityUnknown);
  EXPECT_EQ(held.reason, FloorReason::kHeld) << held.explanation;
  service.snapshot.events = {.min_replicas = 12, .raised_by = "sale"};
  EXPECT_EQ(service.FloorAfter(1s, Known(0), TooShort()), 12);
  service.snapshot.events = {};
  service.snapshot.capacity = test::CapacityOf(10, 10);
  EXPECT_EQ(service.FloorAfter(1s, Known(0), TooShort()), 12);
  EXPECT_EQ(service.FloorAfter(5min, Known(0), TooShort()), 2);

  Watched restarted(SampleSpec(), 12);
  restarted.snapshot.capacity.reset();
  EXPECT_EQ(restarted.FloorAfter(0s, Known(0), TooShort()), 12);
  Watched fresh;
  fresh.snapshot.capacity.reset();
  EXPECT_EQ(fresh.FloorAfter(0s, Known(100), Ready(100)), 2);
}

TEST(FloorHold, WhatIsSeenOfADemandRaisesToo) {
  Watched service;
  EXPECT_EQ(service.FloorAfter(0s, AtLeast(70), Ready(0)), 7);
  EXPECT_EQ(service.FloorAfter(1s, AtLeast(90), Hopeless()), 9) << "also where only what has lasted counts";
}

TEST(FloorHold, AnOutdatedForecastNeitherRaisesNorHolds) {
  const Forecast outdated{.state = Forecast::State::kOutdated, .expected = 900, .quantile = 900};
  Watched service;
  service.Look(0s, Known(100), Ready(150));
  const Decision known = service.Look(5min, Known(25), outdated);
  EXPECT_EQ(known.floor, 3) << known.explanation;
  EXPECT_EQ(known.predicted, std::nullopt);
  const Decision unknown = service.Look(1h, Missing(), outdated);
  EXPECT_EQ(unknown.floor, 3);
  EXPECT_EQ(unknown.hold, Hold::kDemandUnknown) << "the demand is unknown for longer than the longest ride";
}

TEST(FloorHold, TheForecastAloneRaisesWhileTheDemandIsUnknown) {
  Watched service;
  service.Look(0s, Known(50), Ready(50));
  EXPECT_EQ(service.FloorAfter(1h, Missing(), Ready(90)), 9);
  EXPECT_EQ(service.FloorAfter(1h, Missing(), Ready(20)), 9) << "and never lowers";
}

TEST(FloorHold, NothingOfDemandHoldsAFloorThatNothingPredicts) {
  Watched service;
  service.spec.demand.reset();
  service.spec.prediction.events.emplace_back();
  service.snapshot.events = {.min_replicas = 12, .raised_by = "sale"};
  EXPECT_EQ(service.FloorAfter(0s, Demand(), Loading()), 12);
  service.snapshot.events = {};
  EXPECT_EQ(service.Look(5min, Demand(), Loading()).hold, Hold::kNone);
  EXPECT_EQ(service.state.floor, 2);
}

class ClockJump : public testing::TestWithParam<milliseconds> {};

TEST_P(ClockJump, HoldsForAWindowAndALead) {
  Watched service;  // both five minutes
  service.Look(0s, Known(100), TooShort());
  service.snapshot.now.wall += GetParam();
  // The window of before would have ended in the second minute.
  for (int second = 0; second < 600; second += 15) {
    const Decision decision = service.Look(second == 0 ? 240s : 15s, Known(0), TooShort());
    EXPECT_EQ(decision.floor, 10) << second;
    EXPECT_EQ(decision.hold, Hold::kClock) << second;
    EXPECT_EQ(decision.reason, FloorReason::kHeld) << second;
  }
  // The last held look was 585 s after the jump; the window begins there.
  EXPECT_EQ(service.FloorAfter(15s, Known(0), TooShort()), 10);
  EXPECT_EQ(service.FloorAfter(284s, Known(0), TooShort()), 10);
  EXPECT_EQ(service.FloorAfter(1s, Known(0), TooShort()), 2);
}

TEST_P(ClockJump, LetsTheFloorRise) {
  Watched service;
  service.Look(0s, Known(30), TooShort());
  service.snapshot.now.wall += GetParam();
  EXPECT_EQ(service.FloorAfter(15s, Known(120), Ready(150)), 15);
}

INSTANTIATE_TEST_SUITE_P(FloorHold, ClockJump, testing::Values(1h, -1h, 48h, -48h, 31s, -31s),
                         [](const auto& the_case) {
                           return (the_case.param < 0s ? "Back" : "Forward") + FormatDuration(abs(the_case.param));
                         });

TEST(FloorHold, AClockThatIsCorrectedALittleHasNotJumped) {
  Watched service;
  service.Look(0s, Known(100), TooShort());
  service.snapshot.now.wall += 30s;
  EXPECT_EQ(service.Look(150s, Known(0), TooShort()).hold, Hold::kNone);
  service.snapshot.now.wall -= 30s;
  EXPECT_EQ(service.FloorAfter(150s, Known(0), TooShort()), 2);
}

TEST(FloorHold, ASecondJumpBeginsTheHoldAnew) {
  Watched service;
  service.Look(0s, Known(100), TooShort());
  service.snapshot.now.wall += 1h;
  service.Look(1s, Known(0), TooShort());
  service.snapshot.now.wall -= 1h;
  service.Look(599s, Known(0), TooShort());
  EXPECT_EQ(service.Look(599s, Known(0), TooShort()).hold, Hold::kClock);
  EXPECT_EQ(service.Look(1s, Known(0), TooShort()).hold, Hold::kNone);
}

TEST(FloorHold, ARestartKeepsWhatIsInForceUntilAllIsKnownAndTheWindowHasPassed) {
  Watched service(SampleSpec(), 12);
  const Decision first = service.Look(0s, Demand(), Loading());
  EXPECT_EQ(first.floor, 12);
  EXPECT_EQ(first.reason, FloorReason::kHeld);
  EXPECT_EQ(service.FloorAfter(1h, Known(0), Loading()), 12);
  EXPECT_EQ(service.FloorAfter(1h, Missing(), TooShort()), 12);
  EXPECT_EQ(service.FloorAfter(1s, Known(0), TooShort()), 12);
  EXPECT_EQ(service.FloorAfter(299s, Known(0), TooShort()), 2);
}

TEST(FloorHold, ARestartWithEverythingKnownStillWaitsForTheWindow) {
  Watched service(SampleSpec(), 12);
  EXPECT_EQ(service.FloorAfter(0s, Known(0), TooShort()), 12);
  EXPECT_EQ(service.FloorAfter(299s, Known(0), TooShort()), 12);
  EXPECT_EQ(service.FloorAfter(1s, Known(0), TooShort()), 2);
}

TEST(FloorHold, WhatIsInForceCountsAtTheFirstLookOnly) {
  Watched service(SampleSpec(), 12);
  service.Look(0s, Known(0), TooShort());
  service.Look(5min, Known(0), TooShort());
  EXPECT_EQ(service.FloorAfter(1s, Known(0), TooShort()), 2);
}

TEST(FloorHold, WhatIsInForceIsBroughtWithinTheBounds) {
  EXPECT_EQ(Watched(SampleSpec(), 50).FloorAfter(0s, Missing(), Loading()), 20);
  EXPECT_EQ(Watched(SampleSpec(), 1).FloorAfter(0s, Missing(), Loading()), 2);
}

}  // namespace
}  // namespace dso::decide
