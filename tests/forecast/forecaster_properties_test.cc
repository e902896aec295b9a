// Laws that hold between forecasts, whatever the demand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "walk_forward.h"

namespace dso::forecast {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

// Long enough for the week, with a jump and some noise, so that all models have a say.
std::vector<Sample> Lively() {
  auto samples = Generate(16 * kDay, WeekShape, 4);
  for (size_t i = 9 * kDay; i < samples.size(); ++i) samples[i].value += 30;
  return samples;
}

Forecaster::Peak PeakAfter(const std::vector<Sample>& samples) {
  return *Fitted(FiveMinutes(), samples).PeakOver(samples.back().at, kLeadTime);
}

std::vector<Sample> Scaled(std::vector<Sample> samples, double scale) {
  for (Sample& sample : samples) sample.value *= scale;
  return samples;
}

std::vector<Sample> Moved(std::vector<Sample> samples, milliseconds by) {
  for (Sample& sample : samples) sample.at += by;
  return samples;
}

TEST(ForecasterPropertiesTest, APowerOfTwoScalesForecastsExactly) {
  const auto base = PeakAfter(Lively());
  for (const double scale : {0x1p-80, 0x1p-3, 0x1p40, 0x1p80}) {
    const auto peak = PeakAfter(Scaled(Lively(), scale));
    EXPECT_NEAR(peak.expected / scale / base.expected, 1, 1e-9) << scale;
    EXPECT_NEAR(peak.quantile / scale / base.quantile, 1, 1e-9) << scale;
    EXPECT_NEAR(peak.slack, base.slack, 1e-9) << scale;
    EXPECT_EQ(peak.by, base.by);
  }
}

TEST(ForecasterPropertiesTest, AnyFactorScalesForecasts) {
  const auto base = PeakAfter(Lively());
  for (const double scale : {1e-25, 1e-3, 3.0, 1e6, 1e25}) {
    const auto peak = PeakAfter(Scaled(Lively(), scale));
    EXPECT_NEAR(peak.expected / scale / base.expected, 1, 1e-6) << scale;
    EXPECT_NEAR(peak.quantile / scale / base.quantile, 1, 1e-6) << scale;
  }
}

TEST(ForecasterPropertiesTest, WholePeriodsLaterForecastsAreTheSame) {
  const auto base = PeakAfter(Lively());
  for (const int weeks : {-5000, -3, 1, 100, 40'000}) {
    const auto peak = PeakAfter(Moved(Lively(), weeks * days(7)));
    EXPECT_NEAR(peak.expected / base.expected, 1, 1e-9) << weeks;
    EXPECT_NEAR(peak.quantile / base.quantile, 1, 1e-9) << weeks;
    EXPECT_EQ(peak.by, base.by + weeks * days(7));
  }
}

TEST(ForecasterPropertiesTest, TheOrderOfAHistoryDoesNotMatter) {
  const auto samples = Lively();
  auto shuffled = samples;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(5));
  ASSERT_NE(shuffled.front().at, samples.front().at);
  EXPECT_EQ(Fitted(FiveMinutes(), shuffled).Save(), Fitted(FiveMinutes(), samples).Save());
}

TEST(ForecasterPropertiesTest, DuplicatesChangeNothingAndTheLastCounts) {
  const auto samples = Lively();
  std::vector<Sample> doubled;
  for (const Sample& sample : samples) {
    doubled.push_back({sample.at, sample.value * 3});
    doubled.push_back(sample);
  }
  Forecaster online(FiveMinutes());
  ObserveAll(online, doubled);
  const auto expected = PeakAfter(samples);
  const auto fitted = PeakAfter(doubled);
  const auto observed = online.PeakOver(samples.back().at, kLeadTime);
  EXPECT_EQ(fitted.expected, expected.expected);
  EXPECT_EQ(fitted.quantile, expected.quantile);
  EXPECT_EQ(observed->expected, expected.expected);
  EXPECT_EQ(observed->quantile, expected.quantile);
}

TEST(ForecasterPropertiesTest, AHistoryIsLearnedByObservingIt) {
  const auto samples = Lively();
  Forecaster online(FiveMinutes());
  ObserveAll(online, samples);
  Forecaster fitted(FiveMinutes());
  ObserveAll(fitted, First(samples, 50));  // is forgotten
  fitted.Observe({kMonday, -1});
  fitted.Fit(samples);
  EXPECT_EQ(online.Save(), fitted.Save());
}

// A forecast uses nothing but the samples that were there when it was made.
TEST(ForecasterPropertiesTest, TheFutureDoesNotChangeThePast) {
  const auto samples = Lively();
  auto other = samples;
  for (size_t i = 3 * kDay + 51; i < other.size(); ++i) other[i].value = 1e6 - other[i].value;
  Forecaster a(FiveMinutes());
  Forecaster b(FiveMinutes());
  for (size_t i = 0; i < samples.size(); ++i) {
    a.Observe(samples[i]);
    b.Observe(other[i]);
    const bool same = i <= 3 * kDay + 50;
    if (i % 50 == 0) {
      EXPECT_EQ(a.Save() == b.Save(), same) << i;
      EXPECT_EQ(a.Save() == Fitted(FiveMinutes(), First(samples, static_cast<int64_t>(i) + 1)).Save(), true);
    }
  }
}

TEST(ForecasterPropertiesTest, QuestionsChangeNothing) {
  Forecaster forecaster = Fitted(FiveMinutes(), Lively());
  const std::string before = forecaster.Save();
  forecaster.PeakOver(AtStep(20 * kDay), hours(30));
  forecaster.ForecastAt(AtStep(17 * kDay));
  forecaster.Models();
  EXPECT_EQ(forecaster.Save(), before);
}

TEST(ForecasterPropertiesTest, TheQuantileIsNeverBelowWhatIsExpectedNorThatBelowZero) {
  auto samples = Lively();
  Random random(9);
  for (size_t i = 0; i < samples.size(); i += 1 + random.Below(60)) samples[i].value *= random.Below(30) / 10.0;
  for (const double quantile : {0.5, 0.9, 0.999}) {
    ForecasterOptions options = FiveMinutes();
    options.quantile = quantile;
    Forecaster forecaster(options);
    for (const Sample& sample : samples) {
      forecaster.Observe(sample);
      for (const milliseconds window : {milliseconds(0), milliseconds(1), kLeadTime, 10 * kLeadTime}) {
        const auto peak = forecaster.PeakOver(sample.at, window);
        const auto point = forecaster.ForecastAt(sample.at + window);
        if (!peak) continue;
        ASSERT_TRUE(std::isfinite(peak->quantile) && peak->quantile >= peak->expected && peak->expected >= 0);
        ASSERT_TRUE(std::isfinite(point->quantile) && point->quantile >= point->expected && point->expected >= 0);
        ASSERT_TRUE(peak->by >= sample.at && peak->by <= sample.at + window);
      }
    }
  }
}

TEST(ForecasterPropertiesTest, AHigherQuantilePromisesMoreAndCoversMore) {
  const auto samples = Generate(4 * kWeek, WeekShape, 4);
  double before = 0;
  for (const double quantile : {0.5, 0.6, 0.75, 0.9, 0.95, 0.99}) {
    ForecasterOptions options = FiveMinutes();
    options.quantile = quantile;
    Forecaster forecaster = Fitted(options, First(samples, 2 * kWeek));
    const Score score = WalkForward(forecaster, samples, 2 * kWeek);
    EXPECT_NEAR(score.Coverage(), quantile, 0.03);
    EXPECT_NEAR(score.CoverageOfPoint(), quantile, 0.03);
    double sum = 0;
    Forecaster again = Fitted(options, First(samples, 2 * kWeek));
    for (size_t i = 2 * kWeek; i < samples.size(); ++i) {
      again.Observe(samples[i]);
      sum += again.PeakOver(samples[i].at, kLeadTime)->quantile;
    }
    EXPECT_GT(sum, before) << quantile;
    before = sum;
  }
}

// It may be a little lower: the expected peak is at most the quantile, which has its own errors for each time of day.
TEST(ForecasterPropertiesTest, ALongerWindowExpectsHardlyALowerPeak) {
  for (const int64_t start : {0, 40, 100, 150, 200, 250}) {
    const auto samples = Generate(2 * kWeek + start, DayShape, 1);
    const Forecaster forecaster = Fitted(FiveMinutes(), samples);
    double before = 0;
    for (int64_t steps = 1; steps <= 256; ++steps) {
      const auto peak = forecaster.PeakOver(samples.back().at, steps * kStep);
      EXPECT_GE(peak->expected, before * 0.98) << "from " << start << ", a window of " << steps;
      before = peak->expected;
    }
  }
}

TEST(ForecasterPropertiesTest, ThePeakIsTheHighestPointOfThePath) {
  const auto samples = Generate(2 * kWeek + 70, DayShape, 1);
  const Forecaster forecaster = Fitted(FiveMinutes(), samples);
  for (const int64_t steps : {1, 4, 30}) {
    const auto peak = forecaster.PeakOver(samples.back().at, steps * kStep);
    double highest = 0;
    for (int64_t i = 1; i <= steps; ++i) {
      highest = std::max(highest, forecaster.ForecastAt(samples.back().at + i * kStep)->expected);
    }
    EXPECT_NEAR(peak->expected, highest, 1e-9) << steps;
    EXPECT_EQ(peak->expected, forecaster.ForecastAt(peak->by)->expected) << steps;
  }
}

TEST(ForecasterPropertiesTest, BetweenTheLastSampleAndTheNextStepDemandIsLinear) {
  const auto samples = Generate(2 * kWeek + 70, DayShape, 1);
  const Forecaster forecaster = Fitted(FiveMinutes(), samples);
  const double now = samples.back().value;
  const double next = forecaster.PeakOver(samples.back().at + kStep, milliseconds(0))->expected;
  for (const int64_t quarters : {0, 1, 2, 3, 4}) {
    const double share = static_cast<double>(quarters) / 4;
    const auto peak = forecaster.PeakOver(samples.back().at + quarters * kStep / 4, milliseconds(0));
    EXPECT_NEAR(peak->expected, now + share * (next - now), 1e-6) << quarters;
  }
}

TEST(ForecasterWindowTest, AWindowOfNothingIsTheDemandNow) {
  const auto samples = Generate(3 * kDay, DayShape, 2);
  const Forecaster forecaster = Fitted(FiveMinutes(), samples);
  for (const milliseconds window : {milliseconds(0), milliseconds(-1), milliseconds::min()}) {
    const auto peak = forecaster.PeakOver(samples.back().at, window);
    EXPECT_EQ(peak->expected, samples.back().value);
    EXPECT_EQ(peak->quantile, samples.back().value);
    EXPECT_EQ(peak->by, samples.back().at);
  }
}

TEST(ForecasterWindowTest, ThePeakLiesInTheWindow) {
  const auto samples = Generate(3 * kDay + 100, DayShape, 2);
  const Forecaster forecaster = Fitted(FiveMinutes(), samples);
  const WallTime last = samples.back().at;
  for (const milliseconds age : {milliseconds(0), milliseconds(1), milliseconds(hours(30)), milliseconds(days(400))}) {
    for (const milliseconds window : {milliseconds(0), milliseconds(1), kStep / 2, kLeadTime, milliseconds(days(9))}) {
      const auto peak = forecaster.PeakOver(last + age, window);
      EXPECT_GE(peak->by, last + age) << FormatDuration(age) << ' ' << FormatDuration(window);
      EXPECT_LE(peak->by, last + age + window) << FormatDuration(age) << ' ' << FormatDuration(window);
    }
  }
}

TEST(ForecasterWindowTest, WhatIsAskedOfThePastIsTheNewestStep) {
  const auto samples = Generate(3 * kDay, DayShape, 2);
  const Forecaster forecaster = Fitted(FiveMinutes(), samples);
  const WallTime last = samples.back().at;
  for (const WallTime before :
       {last, last - milliseconds(1), kMonday, WallTime(milliseconds(-(int64_t{1} << 53))), WallTime::min()}) {
    const auto point = forecaster.ForecastAt(before);
    EXPECT_EQ(point->expected, samples.back().value);
    EXPECT_EQ(point->quantile, samples.back().value);
    const auto peak = forecaster.PeakOver(before, kLeadTime);
    EXPECT_EQ(peak->quantile, forecaster.PeakOver(last, kLeadTime)->quantile);
  }
}

}  // namespace
}  // namespace dso::forecast
