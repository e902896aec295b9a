#include "sim/accuracy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/sim/generated.h"

namespace dso::sim {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using test::kMonday;
using test::kStep;

// 100 at each moment, and 200 in the third hour.
Trace StepTrace() {
  return test::Generate(4h, [](WallTime at) { return at - kMonday >= 2h && at - kMonday < 3h ? 200.0 : 100.0; });
}

IssuedForecast At(milliseconds since_monday, double expected, double quantile, double peak_quantile) {
  return {.issued = kMonday + since_monday,
          .target = kMonday + since_monday + 10min,
          .expected = expected,
          .quantile = quantile,
          .peak_quantile = peak_quantile};
}

TEST(Accuracy, ComparesWithTheSampleAtTheTarget) {
  const std::vector<IssuedForecast> forecasts{At(0min, 90, 100, 99), At(115min, 150, 199, 200),
                                              At(175min, 100, 100, 150)};
  const Accuracy accuracy = Judge(StepTrace(), forecasts, kMonday, kStep);
  EXPECT_EQ(accuracy.forecasts, 3u);
  EXPECT_NEAR(accuracy.wape, (10 + 50 + 0) / 400.0, 1e-12);
  EXPECT_NEAR(accuracy.wape_last_value, (0 + 100 + 100) / 400.0, 1e-12);
  EXPECT_TRUE(std::isnan(accuracy.wape_seasonal_naive));
  EXPECT_NEAR(accuracy.coverage, 2 / 3.0, 1e-12);          // 100 <= 100, 200 > 199, 100 <= 100
  EXPECT_NEAR(accuracy.coverage_of_peak, 2 / 3.0, 1e-12);  // 100 > 99, 200 <= 200, 100 <= 150
  EXPECT_NEAR(accuracy.coverage_in_rises, 0, 1e-12);       // the steepest of three is the second
}

TEST(Accuracy, LeavesOutWhatCannotBeJudged) {
  Trace trace = StepTrace();
  std::erase_if(trace.samples, [](const forecast::Sample& s) { return s.at > kMonday + 1h && s.at < kMonday + 2h; });
  const std::vector<IssuedForecast> forecasts{At(30min, 1, 1, 1), At(80min, 1, 1, 1), At(235min, 1, 1, 1)};
  EXPECT_EQ(Judge(trace, forecasts, kMonday, kStep).forecasts, 1u);
  EXPECT_EQ(Judge(trace, forecasts, kMonday + 31min, kStep).forecasts, 0u);
  EXPECT_TRUE(std::isnan(Judge(trace, {}, kMonday, kStep).wape));
  EXPECT_TRUE(std::isnan(Judge(trace, {}, kMonday, kStep).coverage_in_rises));
}

TEST(Accuracy, InterpolatesBetweenSamples) {
  IssuedForecast forecast = At(115min - 7min - 30s, 150, 150, 200);  // the target is half way up
  forecast.issued = kMonday + 100min;
  const Accuracy accuracy = Judge(StepTrace(), std::vector{forecast}, kMonday, kStep);
  EXPECT_NEAR(accuracy.wape, 0, 1e-12);
}

TEST(Accuracy, ADayAgoIsPerfectForADailyDemand) {
  const Trace trace = test::DailyTrace(days(3));
  std::vector<IssuedForecast> forecasts;
  for (const forecast::Sample& sample : trace.samples) {
    forecasts.push_back({.issued = sample.at, .target = sample.at + 10min, .expected = sample.value});
  }
  const Accuracy accuracy = Judge(trace, forecasts, kMonday + 24h, kStep);
  EXPECT_NEAR(accuracy.wape_seasonal_naive, 0, 1e-9);
  EXPECT_GT(accuracy.wape, 0.01);
  EXPECT_EQ(accuracy.wape, accuracy.wape_last_value);
}

}  // namespace
}  // namespace dso::sim
