#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "decide/floor.h"
#include "tests/decide/sample.h"

namespace dso::decide {
namespace {

using test::Known;
using test::Missing;
using test::SampleSpec;
using test::TooShort;
using test::Watched;
using namespace std::chrono_literals;

struct Limits {
  std::optional<api::PaceLimit> raise{};
  api::PaceLimit release{.replicas = 1, .percent = 100};
};
Watched With(const Limits& limits, std::optional<int> in_force = std::nullopt) {
  api::ServiceSpec spec = SampleSpec();
  spec.replicas = {.min = 2, .max = 100};
  spec.prediction.max_raise = limits.raise;
  spec.prediction.max_release = limits.release;
  return Watched(std::move(spec), in_force);
}

TEST(FloorPace, ReleasesOnceAPeriodAfterTheWindow) {
  Watched service = With({.release = {.replicas = 3, .percent = 0, .period = 60s}});
  service.Look(0s, Known(200), TooShort());
  EXPECT_EQ(service.FloorAfter(285s, Known(0), TooShort()), 20) << "the window";
  EXPECT_EQ(service.FloorAfter(15s, Known(0), TooShort()), 17);
  for (int tick = 0; tick < 3; ++tick) EXPECT_EQ(service.FloorAfter(15s, Known(0), TooShort()), 17) << tick;
  const Decision next = service.Look(15s, Known(0), TooShort());
  EXPECT_EQ(next.floor, 14);
  EXPECT_EQ(next.reason, FloorReason::kReleasing);
}

TEST(FloorPace, SlowTicksReleaseOneStepEach) {
  Watched service = With({.release = {.replicas = 3, .percent = 0, .period = 60s}});
  service.Look(0s, Known(200), TooShort());
  for (const int floor : {17, 14, 11, 8, 5, 2, 2}) EXPECT_EQ(service.FloorAfter(1h, Known(0), TooShort()), floor);
}

TEST(FloorPace, APercentageIsOfTheFloorAtTheBeginOfThePeriodRoundedUp) {
  Watched service = With({.release = {.replicas = 1, .percent = 20, .period = 60s}}, 21);
  service.Look(0s, Known(0), TooShort());
  for (const int floor : {16, 12, 9, 7, 5, 4, 3, 2}) EXPECT_EQ(service.FloorAfter(5min, Known(0), TooShort()), floor);
}

TEST(FloorPace, NoLimitIsSoSmallThatNothingMoves) {
  Watched service = With({.raise = api::PaceLimit{.replicas = 0, .percent = 0, .period = 60s},
                          .release = {.replicas = 0, .percent = 0, .period = 60s}});
  EXPECT_EQ(service.FloorAfter(0s, Known(200), TooShort()), 3);
  EXPECT_EQ(service.FloorAfter(60s, Known(200), TooShort()), 4);
  EXPECT_EQ(service.FloorAfter(5min, Known(0), TooShort()), 3);
  EXPECT_EQ(service.FloorAfter(60s, Known(0), TooShort()), 2);
}

TEST(FloorPace, RaisesByTheLargerOfReplicasAndPercent) {
  Watched service = With({.raise = api::PaceLimit{.replicas = 4, .percent = 100, .period = 60s}});
  const Decision first = service.Look(0s, Known(500), TooShort());
  EXPECT_EQ(first.floor, 6);
  EXPECT_EQ(first.reason, FloorReason::kRaising);
  EXPECT_EQ(first.wanted, 50);
  EXPECT_EQ(service.FloorAfter(59s, Known(500), TooShort()), 6);
  EXPECT_EQ(service.FloorAfter(1s, Known(500), TooShort()), 12);
  EXPECT_EQ(service.FloorAfter(60s, Known(500), TooShort()), 24);
  EXPECT_EQ(service.FloorAfter(60s, Known(500), TooShort()), 48);
  const Decision last = service.Look(60s, Known(500), TooShort());
  EXPECT_EQ(last.floor, 50);
  EXPECT_EQ(last.reason, FloorReason::kDemand);
}

TEST(FloorPace, GoesOnRisingToWhatTheWindowRemembers) {
  Watched service = With({.raise = api::PaceLimit{.replicas = 4, .percent = 0, .period = 60s}});
  EXPECT_EQ(service.FloorAfter(0s, Known(150), TooShort()), 6);
  EXPECT_EQ(service.FloorAfter(60s, Known(0), TooShort()), 10)
      << "the need of a minute ago is a need within the window";
}

TEST(FloorPace, TheLimitUpwardsTakesNothingBack) {
  Watched service = With({});
  EXPECT_EQ(service.FloorAfter(0s, Known(500), TooShort()), 50);
  service.spec.prediction.max_raise = api::PaceLimit{.replicas = 1, .percent = 0, .period = 10min};
  EXPECT_EQ(service.FloorAfter(15s, Known(500), TooShort()), 50) << "a limit that is new";
  service.spec.replicas.min = 60;
  EXPECT_EQ(service.FloorAfter(15s, Known(500), TooShort()), 60) << "a bound is no raise";
  service.spec.replicas.min = 2;
  EXPECT_EQ(service.FloorAfter(15s, Missing(), TooShort()), 60) << "and what stands by it is held";
}

// Any window of one period, whatever the ticks: brute force over all that has been decided.
void Follow(Watched service, milliseconds shortest, milliseconds longest, uint32_t seed) {
  const api::PaceLimit up = *service.spec.prediction.max_raise;
  const api::PaceLimit down = service.spec.prediction.max_release;
  const auto step = [](const api::PaceLimit& limit, int from) {
    return std::max({limit.replicas, (from * limit.percent + 99) / 100, 1});
  };
  struct Stood {
    SteadyTime from;
    SteadyTime until;
    int floor;
  };
  std::vector<Stood> stood;
  std::minstd_rand random(seed);
  Decision decision = service.Look(0s, Known(0), TooShort());
  for (int i = 0; i < 4000; ++i) {
    const SteadyTime before = service.snapshot.now.steady;
    const auto range = static_cast<uint32_t>((longest - shortest).count());
    const milliseconds later = shortest + milliseconds(random() % range);
    stood.push_back({before, before + later, decision.floor});
    const double demand = random() % 3 == 0 ? 0 : static_cast<double>(random() % 1000);
    decision = service.Look(later, random() % 5 == 0 ? Missing() : Known(demand), TooShort());
    // A floor stands from its decision until the next one; those of (now - period, now) count.
    for (auto past = stood.rbegin(); past != stood.rend(); ++past) {
      if (past->until + up.period > service.snapshot.now.steady) {
        ASSERT_LE(decision.floor, past->floor + step(up, past->floor)) << i;
      }
      if (past->until + down.period > service.snapshot.now.steady) {
        ASSERT_GE(decision.floor, past->floor - step(down, past->floor)) << i;
      }
      if (past->until + std::max(up.period, down.period) <= service.snapshot.now.steady) break;
    }
  }
}

TEST(FloorPace, ASlowerReleaseBringsNothingBack) {
  Watched service;
  service.spec.autoscaling.scale_down_window = 0s;
  service.Look(0s, Known(200), TooShort());
  service.spec.prediction.max_release = {.replicas = 10, .percent = 0, .period = 1min};
  ASSERT_EQ(service.FloorAfter(15s, Known(0), TooShort()), 10);
  service.spec.prediction.max_release.replicas = 2;
  EXPECT_EQ(service.FloorAfter(15s, Known(0), TooShort()), 10);
}

TEST(FloorPace, HoldsWithinEachPeriodForFastAndSlowTicks) {
  for (uint32_t seed = 1; seed <= 5; ++seed) {
    const Limits limits{.raise = api::PaceLimit{.replicas = 2, .percent = 30, .period = 90s},
                        .release = {.replicas = 1, .percent = 10, .period = 150s}};
    Watched service = With(limits);
    service.spec.autoscaling.scale_down_window = 20s;
    Follow(service, 1s, 20s, seed);
    Follow(service, 15s, 16s, seed);
    Follow(service, 30s, 10min, seed);
  }
}

}  // namespace
}  // namespace dso::decide
