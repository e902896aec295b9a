#include "forecast/calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <random>

namespace dso::forecast {
namespace {

TEST(ResidualRingTest, IsTheConformalRank) {
  ResidualRing ring(100);
  EXPECT_EQ(ring.Quantile(0.9), 0);
  for (const int residual : {3, 1, 2, 5, 4, 9, 7, 8, 6}) ring.Add(residual);
  // ⌈(9 + 1)·0.9⌉ = the 9th smallest of nine; beyond that there is no larger one to give.
  EXPECT_EQ(ring.Quantile(0.9), 9);
  EXPECT_EQ(ring.Quantile(0.99), 9);
  EXPECT_EQ(ring.Quantile(0.5), 5);
  EXPECT_EQ(ring.Quantile(0.05), 1);
}

TEST(ResidualRingTest, AgreesWithSortingTheNewest) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> residual(-20, 20);  // with ties
  ResidualRing ring(37);
  std::deque<int> newest;
  for (int i = 0; i < 2000; ++i) {
    newest.push_back(residual(random));
    ring.Add(newest.back());
    if (newest.size() > 37) newest.pop_front();
    std::vector<int> sorted(newest.begin(), newest.end());
    std::sort(sorted.begin(), sorted.end());
    const size_t n = sorted.size();
    for (const double q : {0.1, 0.5, 0.9, 0.95}) {
      const size_t rank = std::clamp<size_t>(static_cast<size_t>(std::ceil(static_cast<double>(n + 1) * q)), 1, n);
      ASSERT_EQ(ring.Quantile(q), sorted[rank - 1]) << i;
    }
  }
}

TEST(RunningRatioTest, ForgetsByHalves) {
  RunningRatio ratio(10);
  EXPECT_TRUE(ratio.empty());
  for (int i = 0; i < 1000; ++i) ratio.Add(1, 1);
  EXPECT_DOUBLE_EQ(ratio.Value(), 1);
  for (int i = 0; i < 100; ++i) ratio.Add(0, 1);
  EXPECT_LT(ratio.Value(), 0.01);
  RunningRatio nothing(10);
  nothing.Add(0, 0);
  EXPECT_EQ(nothing.Value(), 0);
}

}  // namespace
}  // namespace dso::forecast
