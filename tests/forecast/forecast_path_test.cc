// The path of a forecast with any quantiles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "forecast/forecaster.h"
#include "walk_forward.h"

namespace dso::forecast {
namespace {

using std::chrono::minutes;

constexpr int64_t kDays = 20 * kDay;

TEST(ForecastPath, IsWhatForecastAtSaysOneLeadAhead) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    const auto samples = Generate(kDays, DayShape, 2, seed);
    const Forecaster forecaster = Fitted(FiveMinutes(), samples);
    const std::array moments{samples.back().at + FiveMinutes().lead};
    const std::array quantiles{FiveMinutes().quantile};
    const auto path = forecaster.ForecastPath(moments, quantiles);
    ASSERT_TRUE(path);
    EXPECT_DOUBLE_EQ(path->quantiles[0], forecaster.ForecastAt(moments[0])->quantile);
  }
}

TEST(ForecastPath, TheMedianIsTheExpectedValueFarAhead) {
  const auto samples = Generate(kDays, DayShape, 5, 7);
  const Forecaster forecaster = Fitted(FiveMinutes(), samples);
  std::vector<WallTime> moments;
  for (int i = 10; i < 48; ++i) moments.push_back(samples.back().at + i * minutes(30));
  const std::array quantiles{0.5};
  const auto path = forecaster.ForecastPath(moments, quantiles);
  ASSERT_TRUE(path);
  for (size_t i = 0; i < moments.size(); ++i) EXPECT_NEAR(path->quantiles[i], path->expected[i], 1);
}

TEST(ForecastPath, QuantilesAscend) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    const auto samples = Generate(kDays, DayShape, 30, seed);
    const Forecaster forecaster = Fitted(FiveMinutes(), samples);
    std::vector<WallTime> moments;
    for (int i = 0; i < 300; ++i) moments.push_back(samples.back().at + i * minutes(30));
    const std::array quantiles{0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999};
    const auto path = forecaster.ForecastPath(moments, quantiles);
    ASSERT_TRUE(path);
    for (size_t i = 0; i < moments.size(); ++i) {
      for (size_t k = 1; k < quantiles.size(); ++k) {
        const size_t at = i * quantiles.size() + k;
        EXPECT_LE(path->quantiles[at - 1], path->quantiles[at]);
      }
    }
  }
}

TEST(ForecastPath, EachQuantileCoversWhatItSays) {
  const auto samples = Generate(kDays, DayShape, 20, 4);
  Forecaster forecaster = Fitted(FiveMinutes(), First(samples, kDays / 2));
  const std::array quantiles{0.1, 0.25, 0.5, 0.75, 0.95};
  std::array<int, quantiles.size()> covered{};
  int forecasts = 0;
  const milliseconds lead = FiveMinutes().lead;
  for (size_t i = static_cast<size_t>(kDays / 2); i + 20 < samples.size(); ++i) {
    forecaster.Observe(samples[i]);
    const std::array moments{samples[i].at + lead};
    const auto target = std::find_if(samples.begin() + static_cast<std::ptrdiff_t>(i), samples.end(),
                                     [&](const Sample& sample) { return sample.at >= moments[0]; });
    const auto path = forecaster.ForecastPath(moments, quantiles);
    ASSERT_TRUE(path);
    ++forecasts;
    for (size_t k = 0; k < quantiles.size(); ++k) covered[k] += target->value <= path->quantiles[k] ? 1 : 0;
  }
  for (size_t k = 0; k < quantiles.size(); ++k) {
    EXPECT_NEAR(static_cast<double>(covered[k]) / forecasts, quantiles[k], 0.06) << quantiles[k];
  }
}

TEST(ForecastPath, NothingUntilThereIsAHistory) {
  const Forecaster forecaster(FiveMinutes());
  const std::array moments{WallTime()};
  const std::array quantiles{0.5};
  EXPECT_FALSE(forecaster.ForecastPath(moments, quantiles));
}

}  // namespace
}  // namespace dso::forecast
