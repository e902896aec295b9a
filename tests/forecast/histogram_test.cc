#include "forecast/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/forecast/noise.h"

namespace dso::forecast {
namespace {

constexpr double kForever = 1e12;

// By how much two errors of one bin may differ: 0.11 in asinh(4x), and so 0.11 · √(x² + 1/16), a little more at the
// outer edge.
double BinWidth(double error) { return 0.117 * std::hypot(error, 0.25); }

double SortedQuantile(std::vector<double> errors, double q) {
  std::sort(errors.begin(), errors.end());
  const size_t n = errors.size();
  const auto rank = static_cast<size_t>(std::ceil(q * static_cast<double>(n + 1) - 1e-9));
  return errors[std::clamp<size_t>(rank, 1, n) - 1];
}

TEST(ErrorHistogramTest, WithoutErrorsTheQuantileIsZero) {
  const ErrorHistogram histogram(100);
  for (const double q : {0.01, 0.5, 0.99}) EXPECT_EQ(histogram.Quantile(q), 0);
}

TEST(ErrorHistogramTest, OneErrorIsEveryQuantileFromOneHalfUp) {
  for (const double error : {0.0, 1.0, -3.0, 20.0}) {
    ErrorHistogram histogram(100);
    histogram.Add(error);
    for (const double q : {0.5, 0.9, 0.999}) EXPECT_NEAR(histogram.Quantile(q), error, BinWidth(error)) << error;
  }
}

// ⌈(9 + 1)·0.9⌉ is the 9th smallest of nine; beyond that there is no larger one to give.
TEST(ErrorHistogramTest, IsTheConformalRank) {
  ErrorHistogram histogram(kForever);
  for (const int error : {3, 1, 2, 5, 4, 9, 7, 8, 6}) histogram.Add(error);
  EXPECT_NEAR(histogram.Quantile(0.9), 9, BinWidth(9));
  EXPECT_NEAR(histogram.Quantile(0.99), 9, BinWidth(9));
  EXPECT_NEAR(histogram.Quantile(0.49), 5, BinWidth(5));
  EXPECT_NEAR(histogram.Quantile(0.51), 6, BinWidth(6));
  EXPECT_NEAR(histogram.Quantile(0.05), 1, BinWidth(1));
}

// Errors 1.5 apart, so that each has a bin of its own: the rank is exact for every n and q.
TEST(ErrorHistogramTest, TheRankOfFewErrorsIsThatOfSplitConformalPrediction) {
  for (int n = 1; n <= 10; ++n) {
    ErrorHistogram histogram(kForever);
    std::vector<double> errors;
    for (int i = 0; i < n; ++i) errors.push_back(1.5 * i - 6);
    for (const double error : errors) histogram.Add(error);
    for (int percent = 3; percent < 100; percent += 5) {
      const double q = percent / 100.0;
      const double expected = SortedQuantile(errors, q);
      EXPECT_NEAR(histogram.Quantile(q), expected, BinWidth(expected)) << n << ' ' << q;
    }
  }
}

template <typename Draw>
void ExpectQuantilesOfSorted(Draw draw) {
  ErrorHistogram histogram(kForever);
  std::vector<double> errors;
  for (int i = 0; i < 5000; ++i) {
    errors.push_back(draw());
    histogram.Add(errors.back());
  }
  for (const double q : {0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999}) {
    const double expected = SortedQuantile(errors, q);
    EXPECT_NEAR(histogram.Quantile(q), expected, BinWidth(expected)) << q;
  }
}

TEST(ErrorHistogramTest, AgreesWithSortingWithinTheWidthOfABin) {
  Noise noise(1);
  ExpectQuantilesOfSorted([&] { return noise.Normal(); });
  ExpectQuantilesOfSorted([&] { return 3 + 0.1 * noise.Normal(); });
  ExpectQuantilesOfSorted([&] { return noise.Exponential() - 1; });
  ExpectQuantilesOfSorted([&] { return -3 * noise.Exponential(); });
  ExpectQuantilesOfSorted([&] { return std::floor(5 * noise.Uniform()); });  // with ties
}

TEST(ErrorHistogramTest, InterpolatesWithinABin) {
  Noise noise(2);
  ErrorHistogram histogram(kForever);
  std::vector<double> errors;
  for (int i = 0; i < 20'000; ++i) {
    errors.push_back(10 + 4 * noise.Uniform());
    histogram.Add(errors.back());
  }
  // Bins are more than 1 wide here.
  for (const double q : {0.3, 0.4, 0.5, 0.6, 0.7}) {
    EXPECT_NEAR(histogram.Quantile(q), SortedQuantile(errors, q), 0.25) << q;
  }
}

TEST(ErrorHistogramTest, HigherQuantilesAreNeverSmaller) {
  Noise noise(3);
  ErrorHistogram histogram(300);
  for (int i = 0; i < 1000; ++i) histogram.Add(5 * noise.Normal());
  double before = -1e9;
  for (int q = 1; q < 1000; ++q) {
    const double quantile = histogram.Quantile(q / 1000.0);
    ASSERT_GE(quantile, before) << q;
    before = quantile;
  }
}

TEST(ErrorHistogramTest, ForgetsAfterAFewMemories) {
  ErrorHistogram histogram(100);
  for (int i = 0; i < 10'000; ++i) histogram.Add(5);
  for (int i = 0; i < 69; ++i) histogram.Add(-1);  // 100 ln 2 = 69.3: just not half
  EXPECT_NEAR(histogram.Quantile(0.52), 5, BinWidth(5));
  EXPECT_NEAR(histogram.Quantile(0.48), -1, BinWidth(-1));
  for (int i = 0; i < 230; ++i) histogram.Add(-1);  // 5 % are left
  EXPECT_NEAR(histogram.Quantile(0.93), -1, BinWidth(-1));
  EXPECT_NEAR(histogram.Quantile(0.97), 5, BinWidth(5));
}

TEST(ErrorHistogramTest, TheShortestMemoryIsAboutTheNewestError) {
  ErrorHistogram histogram(1);
  for (const double error : {9.0, 9.0, 9.0, -2.0}) histogram.Add(error);
  // Weights 1, 1/e, 1/e², …: the newest has 0.64 of 1.55, and the rank of 0.3 is 0.3 · 2.55.
  EXPECT_NEAR(histogram.Quantile(0.3), -2, BinWidth(-2));
  EXPECT_NEAR(histogram.Quantile(0.9), 9, BinWidth(9));
}

TEST(ErrorHistogramTest, WhatIsBeyondTheOutermostBinsCountsAsInThem) {
  ErrorHistogram histogram(kForever);
  for (int i = 0; i < 100; ++i) {
    histogram.Add(1e300);
    histogram.Add(-1e30);
    histogram.Add(HUGE_VAL);
    histogram.Add(-HUGE_VAL);
  }
  EXPECT_NEAR(histogram.Quantile(0.999), 25, 1);
  EXPECT_NEAR(histogram.Quantile(0.75), 25, 3.5);
  EXPECT_NEAR(histogram.Quantile(0.001), -25, 1);
  EXPECT_NEAR(histogram.Quantile(0.25), -25, 3.5);
}

// The weight of a new error passes 1e6 after about 14 memories, and all weights are then divided: not to be seen.
TEST(ErrorHistogramTest, DividingTheWeightsChangesNoQuantile) {
  const auto error_of = [](int i) { return std::sin(0.7 * i) * 3; };
  constexpr int kMemory = 50;
  ErrorHistogram histogram(kMemory);
  int added = 0;
  for (; added < 13 * kMemory; ++added) histogram.Add(error_of(added));
  for (; added < 16 * kMemory; ++added) {
    histogram.Add(error_of(added));
    // The same errors without the oldest: what they weighed, e^-13 of all, is of no account.
    ErrorHistogram late(kMemory);
    for (int i = added - 13 * kMemory + 1; i <= added; ++i) late.Add(error_of(i));
    for (const double q : {0.1, 0.5, 0.9, 0.98}) ASSERT_NEAR(histogram.Quantile(q), late.Quantile(q), 2e-3) << added;
  }
}

TEST(ErrorHistogramTest, ALongRunStaysFiniteAndTrue) {
  Noise noise(4);
  ErrorHistogram histogram(2);
  for (int i = 0; i < 100'000; ++i) histogram.Add(4 + 0.01 * noise.Normal());
  for (const double q : {0.1, 0.5, 0.9}) EXPECT_NEAR(histogram.Quantile(q), 4, BinWidth(4));
}

}  // namespace
}  // namespace dso::forecast
