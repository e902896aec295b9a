#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "decide/learned_capacity.h"

namespace dso::decide {
namespace {

using testing::HasSubstr;

TEST(LearnedCapacityRobustness, NeitherLeavesItsBoundsNorHurriesWhateverComes) {
  constexpr double kMost = std::numeric_limits<double>::max();
  const std::vector<double> odd = {0, 1e-320, 1e-9, 1, 3, 10, 50, 500, 1e9, kMost, -1, INFINITY, -INFINITY, NAN, 7, 30};
  std::mt19937 random(11);
  const auto any = [&] { return odd[random() % odd.size()]; };
  for (int round = 0; round < 300; ++round) {
    const CapacityBounds bounds = round % 2 == 0 ? CapacityBounds{5, 50} : CapacityBounds{any(), any()};
    LearnedCapacity capacity(bounds, round % 3 == 0 ? std::optional<double>(any()) : std::nullopt);
    SteadyTime now{};
    for (int step = 0; step < 500; ++step) {
      const double before = capacity.per_replica();
      const int64_t seconds_later = random() % 50 == 0 ? 100'000 : static_cast<int64_t>(random() % 200);
      const double ten_minutes = static_cast<double>(std::min<int64_t>(seconds_later, 120)) / 600;
      now += seconds(seconds_later);
      LoadObservation observation{.now = now, .seen = {.demand = any() * 4}, .ready_replicas = 4};
      if (random() % 4 != 0) observation.seen.rejected = any();
      if (random() % 4 == 0) observation.seen.waiting = any();
      if (random() % 20 == 0) observation.ready_replicas = static_cast<int>(random());
      capacity.Observe(observation);
      const double after = capacity.per_replica();
      ASSERT_TRUE(std::isfinite(after) && after > 0);
      ASSERT_LE(after, before * std::pow(1.02, ten_minutes) * (1 + 1e-12));
      ASSERT_GE(after, before * std::pow(0.95, ten_minutes) * (1 - 1e-12));
      if (round % 2 == 0) {
        ASSERT_TRUE(after >= 5 && after <= 50) << after;
      }
    }
    const LearnedCapacityEstimate estimate = capacity.Estimate();
    EXPECT_TRUE(!estimate.pressure_from || std::isfinite(*estimate.pressure_from));
    EXPECT_THAT(estimate.evidence, testing::Not(HasSubstr("nan")));
  }
}

TEST(LearnedCapacityRobustness, SurvivesAnyTime) {
  LearnedCapacity capacity({5, 50});
  for (const SteadyTime now : {SteadyTime::min(), SteadyTime::max(), SteadyTime{}, SteadyTime::min()}) {
    capacity.Observe({.now = now, .seen = {.demand = 200, .rejected = 100}, .ready_replicas = 10});
  }
  EXPECT_EQ(capacity.per_replica(), 5);
}

}  // namespace
}  // namespace dso::decide
