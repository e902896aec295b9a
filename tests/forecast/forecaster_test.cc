#include "forecast/forecaster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "synthetic.h"

namespace dso::forecast {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;

constexpr int64_t kLead = 4;  // steps, as in the default options
constexpr milliseconds kLeadTime = kLead * kStep;
constexpr ForecasterOptions kAuto{.detect_seasons = true};

std::span<const Sample> First(const std::vector<Sample>& samples, int64_t count) {
  return std::span(samples).first(static_cast<size_t>(count));
}

Forecaster Fitted(const ForecasterOptions& options, std::span<const Sample> history) {
  Forecaster forecaster(options);
  forecaster.Fit(history);
  return forecaster;
}

// What a forecaster does on samples that it sees one after another.
struct Score {
  double error = 0;       // Σ|error at the lead|
  double last_value = 0;  // the same of the last value
  double coverage = 0;    // of the maximum over the lead
};

Score WalkForward(Forecaster& forecaster, const std::vector<Sample>& samples, int64_t from) {
  Score score;
  double count = 0;
  for (auto i = static_cast<size_t>(from); i + kLead < samples.size(); ++i) {
    forecaster.Observe(samples[i]);
    const auto peak = forecaster.PeakOver(samples[i].at, kLeadTime);
    const auto expected = forecaster.ExpectedAt(samples[i + kLead].at);
    if (!peak || !expected) continue;
    double maximum = 0;
    for (size_t j = i + 1; j <= i + kLead; ++j) maximum = std::max(maximum, samples[j].value);
    score.error += std::abs(samples[i + kLead].value - *expected);
    score.last_value += std::abs(samples[i + kLead].value - samples[i].value);
    score.coverage += maximum <= peak->quantile ? 1 : 0;
    ++count;
  }
  score.coverage /= count;
  return score;
}

TEST(ForecasterAccuracyTest, ACleanDayIsForecastThreeTimesBetterThanByTheLastValue) {
  const auto samples = Generate(14 * kDay, DayShape, 0.5);
  Forecaster forecaster = Fitted(kAuto, First(samples, 7 * kDay));
  const Score score = WalkForward(forecaster, samples, 7 * kDay);
  EXPECT_LT(3 * score.error, score.last_value);
  EXPECT_EQ(forecaster.status().model, "day Holt-Winters");
}

TEST(ForecasterAccuracyTest, DayAndWeekAreFoundAndTheQuantileCovers) {
  for (const unsigned seed : {1u, 2u, 3u}) {
    const auto samples = Generate(5 * kWeek, WeekShape, 4, seed);
    Forecaster forecaster = Fitted(kAuto, First(samples, 3 * kWeek));
    const Score score = WalkForward(forecaster, samples, 3 * kWeek);
    EXPECT_EQ(forecaster.status().model, "day+week Holt-Winters");
    EXPECT_LT(score.error, 0.8 * score.last_value);
    EXPECT_GE(score.coverage, 0.85) << seed;
    EXPECT_LE(score.coverage, 0.95) << seed;
    EXPECT_NEAR(forecaster.status().coverage.value(), score.coverage, 0.05);
    EXPECT_NEAR(forecaster.status().wape.value(), 3.2 / 84, 0.02);  // E|N(0, 4)| over the mean
  }
}

TEST(ForecasterAccuracyTest, NoiseHasNoSeason) {
  for (const unsigned seed : {1u, 2u, 3u, 4u, 5u}) {
    const auto samples = Generate(
        3 * kWeek, [](int64_t) { return 100.0; }, 10, seed);
    EXPECT_EQ(Fitted(kAuto, samples).status().model, "Holt-Winters, no season");
  }
}

TEST(ForecasterAccuracyTest, OnARandomWalkItIsHardlyWorseThanTheLastValue) {
  std::mt19937 random(3);
  std::normal_distribution<double> gauss(0, 1);
  double value = 500;
  const auto samples = Generate(
      14 * kDay, [&](int64_t) { return value += gauss(random); }, 0);
  Forecaster forecaster = Fitted(kAuto, First(samples, 7 * kDay));
  const Score score = WalkForward(forecaster, samples, 7 * kDay);
  EXPECT_LT(score.error, 1.05 * score.last_value);
  EXPECT_GE(score.coverage, 0.85);
  EXPECT_LE(score.coverage, 0.95);
}

TEST(ForecasterAccuracyTest, ALevelShiftIsFollowedAndTheSeasonKept) {
  auto samples = Generate(15 * kDay, DayShape, 1);
  const int64_t shift = 14 * kDay;
  for (auto i = static_cast<size_t>(shift); i < samples.size(); ++i) samples[i].value += 300;
  Forecaster forecaster = Fitted(kAuto, First(samples, shift));
  for (int64_t i = shift; i < shift + 8; ++i) forecaster.Observe(samples[static_cast<size_t>(i)]);
  const int64_t noon = shift + kDay / 2;
  EXPECT_NEAR(forecaster.ExpectedAt(AtStep(noon)).value(), DayShape(noon) + 300, 20);
}

TEST(ForecasterAccuracyTest, ASeasonOfTenMinutesOnAFineGrid) {
  const auto shape = [](int64_t step) { return step % 120 < 20 ? 100.0 : 10.0; };
  std::vector<Sample> samples;
  for (int64_t i = 0; i < 1200; ++i) samples.push_back({kMonday + i * seconds(5), shape(i)});
  const Forecaster forecaster = Fitted({.step = seconds(5), .lead = minutes(1), .seasons = {minutes(10)}}, samples);
  EXPECT_EQ(forecaster.status().model, "10m Holt-Winters");
  EXPECT_EQ(forecaster.status().reason, "");
  EXPECT_NEAR(forecaster.ExpectedAt(kMonday + seconds(6000 + 50)).value(), 100, 10);
  EXPECT_NEAR(forecaster.ExpectedAt(kMonday + seconds(6000 + 300)).value(), 10, 5);
}

TEST(ForecasterTest, SaysWhatHistoryIsMissing) {
  const auto samples = Generate(10 * kDay, DayShape, 1);
  const ForecasterOptions options{.seasons = {hours(24), days(7)}};
  Forecaster forecaster(options);
  EXPECT_FALSE(forecaster.status().ready);
  EXPECT_EQ(forecaster.status().reason, "A forecast needs 40m of history; there are 0s.");
  EXPECT_FALSE(forecaster.PeakOver(kMonday, kLeadTime));
  EXPECT_FALSE(forecaster.ExpectedAt(kMonday));

  forecaster.Fit(First(samples, 6));
  EXPECT_FALSE(forecaster.status().ready);
  EXPECT_EQ(forecaster.status().reason, "A forecast needs 40m of history; there are 25m.");

  forecaster.Fit(samples);
  EXPECT_TRUE(forecaster.status().ready);
  EXPECT_EQ(forecaster.status().model, "day Holt-Winters");
  EXPECT_THAT(forecaster.status().reason, HasSubstr("The season of 7d needs 14d of history; there are 9d23h."));
}

TEST(ForecasterTest, StartsTodayAndTakesUpTheSeasonWhenItsSecondPeriodIsComplete) {
  const auto samples = Generate(2 * kDay + 3, DayShape, 1);
  Forecaster forecaster({.seasons = {hours(24)}});
  int64_t ready_at = -1;
  for (int64_t i = 0; i < 2 * kDay; ++i) {
    forecaster.Observe(samples[static_cast<size_t>(i)]);
    if (ready_at < 0 && forecaster.status().ready) ready_at = i;
  }
  EXPECT_GE(ready_at, 2 * kLead);
  EXPECT_LE(ready_at, 3 * kLead);
  EXPECT_EQ(forecaster.status().model, "Holt-Winters, no season");
  EXPECT_NEAR(forecaster.ExpectedAt(AtStep(2 * kDay)).value(), DayShape(2 * kDay), 10);
  forecaster.Observe(samples[2 * kDay]);
  EXPECT_EQ(forecaster.status().model, "day Holt-Winters");
  EXPECT_EQ(forecaster.status().reason, "");
}

TEST(ForecasterTest, AConstantIsForecastExactly) {
  const auto samples = Generate(
      3 * kDay, [](int64_t) { return 42.0; }, 0);
  const Forecaster forecaster = Fitted(kAuto, samples);
  const auto peak = forecaster.PeakOver(samples.back().at, kLeadTime);
  EXPECT_DOUBLE_EQ(peak->expected, 42);
  EXPECT_DOUBLE_EQ(peak->quantile, 42);
  EXPECT_EQ(peak->by, samples.back().at);
}

TEST(ForecasterTest, ZeroIsAValue) {
  const auto samples = Generate(
      3 * kDay, [](int64_t) { return 0.0; }, 0);
  const Forecaster forecaster = Fitted(kAuto, samples);
  EXPECT_TRUE(forecaster.status().ready);
  EXPECT_EQ(forecaster.PeakOver(samples.back().at, kLeadTime)->quantile, 0);
  EXPECT_EQ(forecaster.status().wape, 0);
}

TEST(ForecasterTest, ThePeakSaysWhen) {
  const auto samples = Generate(14 * kDay, DayShape, 0);
  const Forecaster forecaster = Fitted(kAuto, First(samples, 13 * kDay + 2));
  const WallTime now = AtStep(13 * kDay + 1);
  const auto peak = forecaster.PeakOver(now, hours(24));
  int64_t top = 0;
  for (int64_t i = 0; i < kDay; ++i) top = DayShape(i) > DayShape(top) ? i : top;
  EXPECT_NEAR(static_cast<double>((peak->by - AtStep(13 * kDay + top)) / kStep), 0, 3);
  EXPECT_NEAR(peak->expected, DayShape(top), 2);
}

TEST(ForecasterTest, AScaledSeriesHasScaledForecasts) {
  const auto samples = Generate(5 * kDay, DayShape, 5);
  const auto base = Fitted(kAuto, samples).PeakOver(samples.back().at, kLeadTime);
  for (const double scale : {1e-20, 1e-3, 1e6, 1e27}) {
    auto scaled = samples;
    for (Sample& sample : scaled) sample.value *= scale;
    const auto peak = Fitted(kAuto, scaled).PeakOver(samples.back().at, kLeadTime);
    EXPECT_NEAR(peak->expected / scale, base->expected, 1e-3);
    EXPECT_NEAR(peak->quantile / scale, base->quantile, 1e-3);
  }
}

TEST(ForecasterTest, AShiftedSeriesHasShiftedForecasts) {
  const auto samples = Generate(5 * kDay, DayShape, 5);
  auto shifted = samples;
  for (Sample& sample : shifted) sample.value += 1000;
  const auto base = Fitted(kAuto, samples).PeakOver(samples.back().at, kLeadTime);
  const auto peak = Fitted(kAuto, shifted).PeakOver(samples.back().at, kLeadTime);
  EXPECT_NEAR(peak->expected - 1000, base->expected, 1e-2);
  EXPECT_NEAR(peak->quantile - 1000, base->quantile, 1e-2);
}

TEST(ForecasterTest, TheOrderOfAHistoryDoesNotMatter) {
  const auto samples = Generate(4 * kDay, DayShape, 5);
  auto shuffled = samples;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(5));
  const auto a = Fitted(kAuto, samples).PeakOver(samples.back().at, kLeadTime);
  const auto b = Fitted(kAuto, shuffled).PeakOver(samples.back().at, kLeadTime);
  EXPECT_EQ(a->expected, b->expected);
  EXPECT_EQ(a->quantile, b->quantile);
}

TEST(ForecasterTest, DuplicatesChangeNothingAndTheLastCounts) {
  const auto samples = Generate(2 * kDay, DayShape, 5);
  std::vector<Sample> doubled;
  for (const Sample& sample : samples) {
    doubled.push_back({sample.at, sample.value * 3});
    doubled.push_back(sample);
  }
  const auto a = Fitted(kAuto, samples).PeakOver(samples.back().at, kLeadTime);
  const auto b = Fitted(kAuto, doubled).PeakOver(samples.back().at, kLeadTime);
  Forecaster online(kAuto);
  for (const Sample& sample : doubled) online.Observe(sample);
  Forecaster reference(kAuto);
  for (const Sample& sample : samples) reference.Observe(sample);
  EXPECT_EQ(a->quantile, b->quantile);
  EXPECT_EQ(online.PeakOver(samples.back().at, kLeadTime)->quantile,
            reference.PeakOver(samples.back().at, kLeadTime)->quantile);
}

// A forecast uses nothing but the samples that were there when it was made.
TEST(ForecasterTest, TheFutureDoesNotChangeThePast) {
  const auto samples = Generate(4 * kDay, DayShape, 5);
  Forecaster longer = Fitted(kAuto, First(samples, 3 * kDay));
  Forecaster shorter = Fitted(kAuto, First(samples, 3 * kDay));
  const WallTime at = AtStep(3 * kDay + 50);
  std::optional<double> before;
  for (int64_t i = 3 * kDay; i < 4 * kDay; ++i) {
    longer.Observe(samples[static_cast<size_t>(i)]);
    if (AtStep(i) > at) continue;
    shorter.Observe(samples[static_cast<size_t>(i)]);
    if (AtStep(i) == at) before = longer.ExpectedAt(at + kLeadTime);
  }
  EXPECT_EQ(before, shorter.ExpectedAt(at + kLeadTime));
}

TEST(ForecasterTest, UnusableAndLateSamplesAreCountedAndIgnored) {
  const auto samples = Generate(2 * kDay, DayShape, 5);
  Forecaster forecaster = Fitted(kAuto, samples);
  const auto before = forecaster.PeakOver(samples.back().at, kLeadTime);
  const WallTime at = samples.back().at;
  for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL, -1.0, 1e300}) forecaster.Observe({at, value});
  forecaster.Observe({at - kStep, 1e6});
  forecaster.Observe({WallTime::min(), 1});
  forecaster.Observe({WallTime::max(), 1});
  EXPECT_EQ(forecaster.status().ignored, 8u);
  EXPECT_EQ(forecaster.status().samples, samples.size());
  EXPECT_EQ(forecaster.PeakOver(at, kLeadTime)->quantile, before->quantile);
}

TEST(ForecasterTest, TheOpenStepCountsAsFarAsItIsFilled) {
  std::vector<Sample> samples;
  for (int64_t i = 0; i < 2000; ++i) samples.push_back({kMonday + i * minutes(1), 100});
  Forecaster forecaster = Fitted({}, samples);
  const WallTime next = kMonday + 2000 * minutes(1);
  const auto expected = [&](int more) {
    forecaster.Observe({next + more * minutes(1), 200});
    return forecaster.ExpectedAt(next + hours(1)).value();
  };
  EXPECT_NEAR(expected(0), 120, 1);
  EXPECT_NEAR(expected(1), 140, 1);
  for (const int more : {2, 3}) expected(more);
  EXPECT_NEAR(expected(4), 200, 1);
}

TEST(ForecasterTest, AnOutageIsRiddenOutOnTheSeasonWithAWiderMargin) {
  const auto samples = Generate(14 * kDay, DayShape, 2);
  const int64_t down = 13 * kDay + 60;
  Forecaster forecaster = Fitted(kAuto, First(samples, down));
  double narrow = 0;
  for (const int64_t age : {1, 12, 48}) {
    const auto peak = forecaster.PeakOver(AtStep(down - 1 + age), kLeadTime);
    EXPECT_NEAR(peak->expected, DayShape(down + age + 1), 12) << age;
    EXPECT_GT(peak->quantile - peak->expected, narrow) << age;
    narrow = peak->quantile - peak->expected;
  }
  for (int64_t i = down + 100; i < 14 * kDay; ++i) forecaster.Observe(samples[static_cast<size_t>(i)]);
  EXPECT_NEAR(forecaster.ExpectedAt(AtStep(14 * kDay)).value(), DayShape(0), 8);
}

TEST(ForecasterTest, AGapLongerThanTheHistoryStartsAnew) {
  const auto samples = Generate(4 * kDay, DayShape, 2);
  Forecaster forecaster = Fitted({.history = days(3)}, samples);
  for (int64_t i = 0; i < 3; ++i) forecaster.Observe({AtStep(100 * kDay + i), 7});
  EXPECT_FALSE(forecaster.status().ready);
  for (int64_t i = 3; i < 100; ++i) forecaster.Observe({AtStep(100 * kDay + i), 7});
  EXPECT_NEAR(forecaster.PeakOver(AtStep(100 * kDay + 99), kLeadTime)->quantile, 7, 1e-6);
}

TEST(ForecasterTest, EveryThirdSampleMissingStillFindsTheDay) {
  const auto full = Generate(14 * kDay, DayShape, 2);
  std::vector<Sample> samples;
  std::mt19937 random(11);
  for (const Sample& sample : full) {
    if (random() % 3 != 0) samples.push_back({sample.at + seconds(random() % 290), sample.value});
  }
  const Forecaster forecaster = Fitted(kAuto, samples);
  EXPECT_EQ(forecaster.status().model, "day Holt-Winters");
  EXPECT_NEAR(forecaster.ExpectedAt(AtStep(14 * kDay + 2)).value(), DayShape(2), 5);
  EXPECT_NEAR(forecaster.status().coverage.value(), 0.9, 0.05);
}

TEST(ForecasterTest, ALeadOfOneStepAndOddOptionsWork) {
  const auto samples = Generate(2 * kDay, DayShape, 2);
  for (const double quantile : {-1.0, 0.0, 0.5, 0.999, 1.0, 7.0, std::nan("")}) {
    for (const milliseconds duration : {milliseconds::min(), milliseconds(0), kStep, milliseconds::max()}) {
      Forecaster forecaster({.step = kStep,
                             .lead = duration,
                             .quantile = quantile,
                             .history = days(2),
                             .seasons = {duration, duration, hours(6), hours(12)},
                             .refit_every = duration});
      forecaster.Fit(samples);
      const auto peak = forecaster.PeakOver(samples.back().at, duration);
      ASSERT_TRUE(peak || !forecaster.status().ready);
      if (!peak) continue;
      EXPECT_TRUE(std::isfinite(peak->quantile) && peak->quantile >= peak->expected);
    }
  }
  Forecaster no_step({.step = milliseconds(-5), .history = milliseconds(-5)});
  no_step.Fit(samples);
  no_step.Observe({WallTime{}, 1});
}

TEST(ForecasterTest, FitsIntoItsMemory) {
  const auto samples = Generate(5 * kWeek, WeekShape, 2);
  const Forecaster forecaster = Fitted({.seasons = {days(1), days(7)}}, samples);
  EXPECT_EQ(forecaster.status().model, "day+week Holt-Winters");
  EXPECT_EQ(forecaster.status().history, days(28));
  EXPECT_LT(forecaster.MemoryBytes(), 64u * 1024);
}

// Whatever comes, what goes out is finite and not negative, and the quantile is not below the median.
TEST(ForecasterFuzzTest, AnySamplesGiveSaneForecasts) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937_64 random(seed);
    const auto pick = [&](auto... choices) {
      const std::array values{choices...};
      return values[random() % values.size()];
    };
    Forecaster forecaster({.step = pick(milliseconds(1), milliseconds(700), kStep),
                           .lead = pick(milliseconds(1), kStep, milliseconds(hours(3))),
                           .quantile = pick(0.5, 0.9, 0.99),
                           .history = pick(milliseconds(20), milliseconds(hours(2)), milliseconds(days(3))),
                           .seasons = {pick(milliseconds(9), milliseconds(hours(1))), milliseconds(hours(24))},
                           .detect_seasons = random() % 2 == 0,
                           .refit_every = pick(milliseconds(0), milliseconds(hours(24)))});
    WallTime now =
        pick(kMonday, WallTime{}, WallTime(milliseconds(-1'000'000)), WallTime(milliseconds(int64_t{1} << 53)));
    const auto value = [&]() -> double {
      const double unit = static_cast<double>(random() % 1000) / 1000;
      switch (random() % 12) {
        case 0: return 0;
        case 1: return 1e300 * unit;
        case 2: return 1e-300 * unit;
        case 3: return std::numeric_limits<double>::quiet_NaN();
        case 4: return -unit;
        case 5: return 1e30;
        case 6: return 1e-40;
        default: return 100 * unit;
      }
    };
    std::vector<Sample> history;
    for (int i = 0; i < 400; ++i) {
      now += milliseconds(static_cast<int64_t>(random() % pick(2u, 1'000u, 600'000u)));
      const Sample sample{now - milliseconds(static_cast<int64_t>(random() % pick(1u, 400'000u))), value()};
      history.push_back(sample);
      forecaster.Observe(sample);
      if (i % 100 == 99) forecaster.Fit(history);
      const WallTime when = pick(now, now - hours(5), now + days(400), WallTime::min(), WallTime::max());
      const auto peak =
          forecaster.PeakOver(when, pick(milliseconds(0), kStep, milliseconds::min(), milliseconds::max()));
      const auto expected = forecaster.ExpectedAt(when);
      ASSERT_EQ(peak.has_value(), expected.has_value());
      ASSERT_EQ(peak.has_value(), forecaster.status().ready);
      if (!peak) continue;
      ASSERT_TRUE(std::isfinite(*expected) && *expected >= 0) << seed << ' ' << i;
      ASSERT_TRUE(std::isfinite(peak->expected) && peak->expected >= 0) << seed << ' ' << i;
      ASSERT_TRUE(std::isfinite(peak->quantile) && peak->quantile >= peak->expected) << seed << ' ' << i;
      ASSERT_GE(peak->by, when);
      const auto status = forecaster.status();
      ASSERT_TRUE(!status.wape || (std::isfinite(*status.wape) && *status.wape >= 0));
      ASSERT_TRUE(!status.coverage || (*status.coverage >= 0 && *status.coverage <= 1));
    }
  }
}

}  // namespace
}  // namespace dso::forecast
