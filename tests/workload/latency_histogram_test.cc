#include "load/latency_histogram.h"

#include <gtest/gtest.h>

#include "common/duration.h"

namespace workload {
namespace {

using namespace std::chrono_literals;

TEST(LatencyHistogram, IsZeroWhileEmpty) {
  EXPECT_EQ(LatencyHistogram().Quantile(0.5), 0s);
  EXPECT_EQ(LatencyHistogram().Mean(), 0s);
}

TEST(LatencyHistogram, GivesQuantilesWithinTwoPercent) {
  LatencyHistogram histogram;
  for (int milliseconds = 1; milliseconds <= 1000; ++milliseconds) histogram.Observe(milliseconds * 1ms);
  for (const double quantile : {0.01, 0.5, 0.9, 0.99, 1.0}) {
    const double seconds = Seconds(histogram.Quantile(quantile)).count();
    EXPECT_GE(seconds, quantile * 0.9999);
    EXPECT_LE(seconds, quantile * 1.0201);
  }
  EXPECT_EQ(histogram.Mean(), 500500us);
}

TEST(LatencyHistogram, KeepsWhatIsOutOfRange) {
  LatencyHistogram histogram;
  histogram.Observe(0s);
  EXPECT_LE(histogram.Quantile(1), 100us);
  histogram.Observe(100h);
  EXPECT_GE(histogram.Quantile(1), 1h);
}

}  // namespace
}  // namespace workload
