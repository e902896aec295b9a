// A Prometheus that is taken away while the morning rises: the forecaster sees nothing, the decision is made without a
// demand, and the HPA goes on with the CPU that the pods really use.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "decide/forecasting.h"
#include "sim/replay.h"
#include "sim/simulation.h"
#include "tests/sim/mornings.h"

namespace dso::sim {
namespace {

using forecast::Sample;
using std::chrono::minutes;
using test::kMonday;
using test::MorningShape;
using namespace std::chrono_literals;

constexpr int kDaysLearned = 14;
constexpr WallTime kToday = kMonday + std::chrono::days(kDaysLearned);
constexpr milliseconds kTick = 1min;
const api::PaceLimit kPace = api::PredictionSpec().max_release;

enum class Ride {
  kForecast,  // as it is
  kHoldOnly,  // as it would be if an outage only held the floor
};

BacktestOptions Options() {
  BacktestOptions options;
  options.capacity_per_replica = 10;
  options.policy = {.hpa_target = 0.7, .floor_target = 0.75, .quantile = 0.9};
  options.startup = 5min;
  options.lead = 5min + 45s;
  options.min_replicas = 2;
  return options;
}

// Whoever has learned two weeks of mornings, at midnight.
class Morning {
 public:
  Morning(const MorningShape& shape, uint32_t seed, int days_to_come = 1)
      : samples_(test::Mornings(shape, kDaysLearned + days_to_come, seed)),
        learned_(decide::OptionsFor({}, Options().lead, kTick)) {
    for (const Sample& sample : samples_) {
      if (sample.at < kToday) learned_.Observe(sample);
    }
    std::erase_if(samples_, [](const Sample& sample) { return sample.at < kToday; });
  }

  // The floor from midnight on, with Prometheus away during `outage`.
  std::vector<FloorChange> Floor(const Period& outage, Ride ride = Ride::kForecast) const {
    forecast::Forecaster forecaster = learned_;
    FloorPlanner planner(Options(), Options().policy.floor_target);
    for (const Sample& sample : samples_) {
      const bool away = sample.at >= outage.from && sample.at < outage.to;
      if (!away) forecaster.Observe(sample);
      decide::Forecast forecast = decide::AskForecaster(forecaster, sample.at, Options().lead);
      if (away && ride == Ride::kHoldOnly) forecast = {.state = decide::Forecast::State::kOutdated};
      using State = decide::Demand::State;
      planner.Decide(sample.at, {.state = away ? State::kMissing : State::kKnown, .value = away ? 0 : sample.value},
                     forecast);
    }
    return planner.changes();
  }

  // What is lost from midnight to noon.
  double Lost(const std::vector<FloorChange>& floor) const {
    const HpaOptions hpa = HpaOptionsFor(Options(), Options().policy.hpa_target);
    const std::array judged{Period{kToday, kToday + 12h}};
    return Simulate({.name = "morning", .samples = samples_}, hpa, Options().min_replicas, floor, judged)
        .services.front()
        .lost;
  }

 private:
  std::vector<Sample> samples_;  // of today and after
  forecast::Forecaster learned_;
};

const MorningShape kShapes[] = {
    {.name = "an hour", .day = 600, .rise = 60min, .wander = 0.12, .drift = 10min},
    {.name = "steep", .begin = 9h, .rise = 30min, .wander = 0.1, .drift = 8min},
    {.name = "offices", .begin = 7h, .rise = 60min, .weekend = 0.3},
    {.name = "noisy", .begin = 7h, .rise = 90min, .noise = 0.15, .wander = 0.12},
    {.name = "a cliff", .day = 300, .begin = 9h, .rise = 10min, .drift = 3min},
};
constexpr uint32_t kSeeds = 10;

// Half an hour from this part of the rise on.
Period OutageAt(const MorningShape& shape, double risen) {
  const WallTime from = kToday + std::chrono::round<minutes>(shape.begin + risen * shape.rise);
  return {from, from + 30min};
}

struct Losses {
  double alone = 0;      // the HPA without a floor
  double without = 0;    // the floor without an outage
  double with = 0;       // the floor with one
  double hold_only = 0;  // the same without the ride

  Losses& operator+=(const Losses& other) {
    alone += other.alone;
    without += other.without;
    with += other.with;
    hold_only += other.hold_only;
    return *this;
  }
};

// Each kind of morning, several of each, with an outage from this part of the rise on.
template <typename Judge>
Losses LossesOfAll(double risen, Judge&& judge) {
  Losses all;
  for (const MorningShape& shape : kShapes) {
    for (uint32_t seed = 1; seed <= kSeeds; ++seed) {
      SCOPED_TRACE(shape.name + " " + std::to_string(seed));
      const Morning morning(shape, seed);
      const Period outage = OutageAt(shape, risen);
      const Losses one{.alone = morning.Lost({}),
                       .without = morning.Lost(morning.Floor({})),
                       .with = morning.Lost(morning.Floor(outage)),
                       .hold_only = morning.Lost(morning.Floor(outage, Ride::kHoldOnly))};
      judge(one);
      all += one;
    }
  }
  EXPECT_LE(all.without, all.alone / 50) << "the floor saves too little for the test to say anything";
  return all;
}

class OutageWithinTheRise : public testing::TestWithParam<double> {};

TEST_P(OutageWithinTheRise, LosesHardlyMore) {
  const Losses all = LossesOfAll(GetParam(), [](const Losses& one) {
    // Of one morning a few unlucky minutes may be much of what is lost at all.
    EXPECT_LE(one.with, 1.1 * one.without + 0.2 * one.alone);
  });
  EXPECT_LE(all.with, 1.1 * all.without);
}

INSTANTIATE_TEST_SUITE_P(FromHere, OutageWithinTheRise, testing::Values(0.25, 0.5, 0.75));

// An outage that begins before the rise does: nobody sees whether it comes early or is a high one. A floor that was
// only held would miss it.
TEST(OutageBeforeTheRise, IsRiddenOut) {
  const Losses all = LossesOfAll(-0.2, [](const Losses&) {});
  EXPECT_LE(all.with, 2 * all.without);
  EXPECT_GE(all.hold_only, 10 * all.with);
}

int FloorAt(const std::vector<FloorChange>& floor, WallTime at) {
  int replicas = 0;
  for (const FloorChange& change : floor) {
    if (change.at <= at) replicas = change.replicas;
  }
  return replicas;
}

// From the middle of the morning to the middle of the next.
TEST(OutageOfADay, ScalesNothingIn) {
  for (const MorningShape& shape : kShapes) {
    SCOPED_TRACE(shape.name);
    Period outage = OutageAt(shape, 0.5);
    outage.to = outage.from + 24h;
    const std::vector<FloorChange> floor = Morning(shape, 1, 2).Floor(outage);
    int before = 0;
    bool has_fallen = false;
    for (const FloorChange& change : floor) {
      if (change.at >= outage.from && change.replicas < before) {
        EXPECT_GE(change.at, outage.to - kTick + Options().scale_down_window) << "a window after the last hold";
        const int stood = FloorAt(floor, change.at - kPace.period);
        EXPECT_GE(change.replicas, stood - std::max(kPace.replicas, (stood * kPace.percent + 99) / 100));
        has_fallen = true;
      }
      before = change.replicas;
    }
    EXPECT_TRUE(has_fallen) << "a floor that is not needed is released after all";
  }
}

}  // namespace
}  // namespace dso::sim
