#include "load/arrivals.h"

#include <gtest/gtest.h>

#include <array>

namespace workload {
namespace {

TEST(PoissonArrivals, FollowTheRateWithPoissonVariance) {
  // 100 requests/s for 500 s, then 300 requests/s for 500 s.
  const Schedule schedule({{Seconds(0), 100}, {Seconds(500), 100}, {Seconds(500.001), 300}, {Seconds(1000), 300}},
                          Schedule::Repeat::kOnce);
  PoissonArrivals arrivals(schedule, Seconds(0), 7);
  std::array<double, 1000> in_second{};
  Seconds previous(0);
  while (const auto time = arrivals.Next()) {
    ASSERT_GE(*time, previous);
    previous = *time;
    in_second.at(static_cast<std::size_t>(time->count())) += 1;
  }
  const auto moments = [&in_second](std::size_t from, std::size_t to) {
    double sum = 0;
    double squares = 0;
    for (std::size_t second = from; second < to; ++second) {
      sum += in_second.at(second);
      squares += in_second.at(second) * in_second.at(second);
    }
    const double mean = sum / static_cast<double>(to - from);
    return std::pair(mean, squares / static_cast<double>(to - from) - mean * mean);
  };
  const auto [low_mean, low_variance] = moments(0, 500);
  const auto [high_mean, high_variance] = moments(500, 1000);
  EXPECT_NEAR(low_mean, 100, 2);
  EXPECT_NEAR(high_mean, 300, 4);
  EXPECT_NEAR(low_variance / low_mean, 1, 0.25);
  EXPECT_NEAR(high_variance / high_mean, 1, 0.25);
}

TEST(PoissonArrivals, JoinMidway) {
  const Schedule schedule({{Seconds(0), 10}, {Seconds(100), 10}}, Schedule::Repeat::kOnce);
  PoissonArrivals arrivals(schedule, Seconds(60), 7);
  EXPECT_GE(arrivals.Next()->count(), 60);
}

TEST(PoissonArrivals, AreTheSameForTheSameSeed) {
  const Schedule schedule({{Seconds(0), 10}, {Seconds(100), 10}}, Schedule::Repeat::kLoop);
  PoissonArrivals first(schedule, Seconds(0), 42);
  PoissonArrivals second(schedule, Seconds(0), 42);
  for (int arrival = 0; arrival < 1000; ++arrival) ASSERT_EQ(first.Next(), second.Next());
}

}  // namespace
}  // namespace workload
