// What real series do: gaps, outliers, odd times, summer time, holidays, and options that nobody should set.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "walk_forward.h"

namespace dso::forecast {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr WallTime kLatest{milliseconds(int64_t{1} << 53)};
constexpr WallTime kEarliest{-kLatest.time_since_epoch()};

void ExpectSame(const Forecaster& a, const Forecaster& b, WallTime now) {
  const auto of_a = a.PeakOver(now, kLeadTime);
  const auto of_b = b.PeakOver(now, kLeadTime);
  ASSERT_TRUE(of_a && of_b);
  EXPECT_EQ(of_a->expected, of_b->expected);
  EXPECT_EQ(of_a->quantile, of_b->quantile);
}

double ExpectedAt(const Forecaster& forecaster, int64_t step) { return forecaster.ForecastAt(AtStep(step))->expected; }

TEST(ForecasterRobustnessTest, AnOutlierIsForgottenWithinAnHourAndNotExpectedTheNextDay) {
  for (const double outlier : {0.0, 300.0, 1e3}) {
    auto samples = Generate(16 * kDay, DayShape, 1);
    const size_t at = 14 * kDay + 100;
    samples[at].value = outlier;
    Forecaster forecaster = Fitted(FiveMinutes(), First(samples, at + 12));
    const int64_t soon = at + 15;
    EXPECT_NEAR(ExpectedAt(forecaster, soon), DayShape(soon), 0.12 * DayShape(soon)) << outlier;
    ObserveAll(forecaster, First(samples, at + kDay - 3).subspan(at + 12));
    // Of ten times the usual a part is expected once more, by the profile that follows the newest day.
    const double tolerance = outlier > 500 ? 0.4 : 0.12;
    EXPECT_NEAR(ExpectedAt(forecaster, at + kDay), DayShape(at), tolerance * DayShape(at)) << outlier;
  }
}

TEST(ForecasterRobustnessTest, ACounterResetHardlyMatters) {
  const auto samples = Generate(14 * kDay, DayShape, 1);
  const size_t at = 13 * kDay + 144;
  for (const bool missing : {false, true}) {
    Forecaster forecaster = Fitted(FiveMinutes(), First(samples, at));
    if (!missing) forecaster.Observe({samples[at].at, 0});
    for (size_t i = at + 1; i < at + 4; ++i) forecaster.Observe(samples[i]);
    EXPECT_NEAR(ExpectedAt(forecaster, at + 7), DayShape(at + 7), 0.12 * DayShape(at)) << missing;
  }
}

TEST(ForecasterRobustnessTest, AnOutageIsRiddenOutOnTheSeason) {
  const auto samples = Generate(14 * kDay, DayShape, 2);
  const int64_t down = 13 * kDay + 60;
  Forecaster forecaster = Fitted(FiveMinutes(), First(samples, down));
  for (const int64_t age : {0, 12, 24, 36}) {
    const auto peak = forecaster.PeakOver(AtStep(down - 1 + age), kLeadTime);
    EXPECT_NEAR(peak->expected, DayShape(down + age + 3), 12) << age;
  }
  ObserveAll(forecaster, std::span(samples).subspan(static_cast<size_t>(down) + 100));
  EXPECT_NEAR(ExpectedAt(forecaster, 14 * kDay), DayShape(0), 8);
}

TEST(ForecasterRobustnessTest, TheMarginWidensWithTheAgeOfTheLastSampleToThreeTimes) {
  const auto samples = Generate(
      10 * kDay, [](int64_t) { return 100.0; }, 5);
  const Forecaster forecaster = Fitted(FiveMinutes({}), samples);
  const auto margin = [&](int64_t age) {
    const auto peak = forecaster.PeakOver(samples.back().at + age * kStep, kLeadTime);
    return peak->quantile - peak->expected;
  };
  EXPECT_NEAR(margin(4) / margin(0), std::sqrt(2), 0.3);
  EXPECT_NEAR(margin(12) / margin(0), 2, 0.35);
  EXPECT_NEAR(margin(24) / margin(0), std::sqrt(7), 0.5);
  for (const int64_t age : {36, 100, 288}) EXPECT_NEAR(margin(age) / margin(0), 3, 0.6) << age;
  for (const int64_t age : {10'000, 1'000'000}) EXPECT_LE(margin(age) / margin(0), 3.6) << age;
}

TEST(ForecasterRobustnessTest, ThePhaseGoesOnThroughAGap) {
  const auto samples = Generate(20 * kDay, DayShape, 1);
  Forecaster forecaster = Fitted(FiveMinutes(), First(samples, 14 * kDay + 10));
  const int64_t back = 16 * kDay + 77;  // two days and some hours later
  ObserveAll(forecaster, First(samples, back + 4).subspan(static_cast<size_t>(back)));
  EXPECT_NEAR(ExpectedAt(forecaster, back + 7), DayShape(back + 7), 6);
  const Score score = WalkForward(forecaster, samples, back + 4);
  EXPECT_LT(score.ToLastValue(), 0.6);
  EXPECT_GT(score.Coverage(), 0.86);
}

TEST(ForecasterRobustnessTest, AGapOfAYearIsSurvived) {
  Forecaster forecaster = Fitted(FiveMinutes(), Generate(4 * kDay, DayShape, 2));
  for (int64_t i = 0; i < 3 * kDay; ++i) forecaster.Observe({AtStep(400 * kDay + i), 7});
  const auto peak = forecaster.PeakOver(AtStep(403 * kDay - 1), kLeadTime);
  EXPECT_NEAR(peak->expected, 7, 0.1);
  EXPECT_NEAR(peak->quantile, 7, 2);
}

TEST(ForecasterRobustnessTest, EveryThirdSampleMissingStillFindsTheDay) {
  std::vector<Sample> samples;
  Random random(11);
  for (const Sample& sample : Generate(14 * kDay, DayShape, 2)) {
    if (random.Below(3) != 0) samples.push_back({sample.at + seconds(random.Below(290)), sample.value});
  }
  const Forecaster forecaster = Fitted(FiveMinutes(), samples);
  EXPECT_EQ(forecaster.status().model, "day Holt-Winters");
  EXPECT_NEAR(ExpectedAt(forecaster, 14 * kDay + 2), DayShape(2), 5);
  EXPECT_NEAR(forecaster.status().coverage.value(), 0.9, 0.04);
}

TEST(ForecasterRobustnessTest, LateAndUnusableSamplesAreCountedAndIgnored) {
  const auto samples = Generate(2 * kDay, DayShape, 5);
  Forecaster forecaster = Fitted(FiveMinutes(), samples);
  const Forecaster untouched = forecaster;
  const WallTime at = samples.back().at;
  for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL, -1.0, -1e-300, 1e300}) forecaster.Observe({at, value});
  forecaster.Observe({at - kStep, 1e6});
  forecaster.Observe({at - milliseconds(1), 1e6});
  forecaster.Observe({WallTime::min(), 1});
  forecaster.Observe({WallTime::max(), 1});
  EXPECT_EQ(forecaster.status().ignored, 10u);
  EXPECT_EQ(forecaster.status().samples, samples.size());
  ExpectSame(forecaster, untouched, at);

  auto history = samples;
  history.push_back({at, -1});
  history.insert(history.begin(), {at, std::nan("")});
  const Forecaster fitted = Fitted(FiveMinutes(), history);
  EXPECT_EQ(fitted.status().ignored, 2u);
  EXPECT_EQ(fitted.status().samples, samples.size());
  ExpectSame(fitted, untouched, at);
}

TEST(ForecasterRobustnessTest, ASampleFromTheFutureMakesTheRestLate) {
  for (const WallTime far : {AtStep(1000 * kDay), kLatest}) {
    auto samples = Generate(3 * kDay, DayShape, 5);
    Forecaster forecaster = Fitted(FiveMinutes(), First(samples, 2 * kDay));
    forecaster.Observe({far, 100});
    ObserveAll(forecaster, std::span(samples).subspan(2 * kDay));
    EXPECT_EQ(forecaster.status().ignored, static_cast<size_t>(kDay));
    const auto peak = forecaster.PeakOver(samples.back().at, kLeadTime);
    EXPECT_NEAR(peak->expected, 100, 60);
    EXPECT_GE(peak->by, far);
  }
}

TEST(ForecasterRobustnessTest, AFallFromTheLargestToTheSmallestValueKeepsFiguresFinite) {
  for (int64_t large = 1; large < 12; ++large) {
    Forecaster forecaster({.step = minutes(1), .lead = minutes(1)});
    for (int64_t i = 0; i < 40; ++i) {
      forecaster.Observe({kMonday + i * minutes(1), i < large ? 1e30 : std::numeric_limits<double>::denorm_min()});
      EXPECT_TRUE(std::isfinite(forecaster.status().wape.value_or(0))) << large;
      for (const auto& model : forecaster.Models()) EXPECT_TRUE(std::isfinite(model.wape)) << large << model.name;
      const auto peak = forecaster.PeakOver(kMonday + i * minutes(1), minutes(1));
      if (peak) {
        EXPECT_TRUE(std::isfinite(peak->slack) && std::isfinite(peak->quantile)) << large;
      }
    }
  }
}

TEST(ForecasterRobustnessTest, TheEndsOfTimeAreUsable) {
  for (const milliseconds step : {milliseconds(1), milliseconds(hours(24))}) {
    Forecaster forecaster({.step = step, .lead = 3 * step});
    for (const WallTime from : {kEarliest, kLatest - 1000 * step}) {
      for (int64_t i = 0; i < 1000; ++i) forecaster.Observe({from + i * step, 5});
    }
    EXPECT_EQ(forecaster.status().ignored, 0u);
    EXPECT_NEAR(forecaster.PeakOver(kLatest, 3 * step)->expected, 5, 1e-6);
    EXPECT_GE(forecaster.status().history, kLatest - kEarliest - 2 * step);
  }
}

TEST(ForecasterRobustnessTest, SamplesOfOneStepAreAveraged) {
  Forecaster many({.step = minutes(1), .lead = kLeadTime});
  Forecaster one({.step = minutes(1), .lead = kLeadTime});
  Random random(2);
  const int64_t minutes_seen = 3 * 1440;
  for (int64_t minute = 0; minute < minutes_seen; ++minute) {
    double sum = 0;
    for (int64_t quarter = 0; quarter < 4; ++quarter) {
      const double value = static_cast<double>(random.Below(512)) / 4;  // sums are exact
      many.Observe({kMonday + minutes(minute) + quarter * seconds(15), value});
      sum += value;
    }
    one.Observe({kMonday + minutes(minute), sum / 4});
  }
  EXPECT_EQ(many.status().samples, 4 * one.status().samples);
  ExpectSame(many, one, kMonday + minutes(minutes_seen));
}

TEST(ForecasterRobustnessTest, TheOpenStepCountsAsFarAsItIsFilled) {
  std::vector<Sample> samples;
  for (int64_t i = 0; i < 2000; ++i) samples.push_back({kMonday + i * minutes(1), 100});
  Forecaster forecaster = Fitted(FiveMinutes({}), samples);
  const WallTime next = kMonday + 2000 * minutes(1);
  const auto now = [&](int more) {
    forecaster.Observe({next + more * minutes(1), 200});
    return forecaster.ForecastAt(next)->expected;
  };
  EXPECT_NEAR(now(0), 120, 1e-6);
  EXPECT_NEAR(now(1), 140, 1e-6);
  for (const int more : {2, 3}) now(more);
  EXPECT_NEAR(now(4), 200, 1e-6);
}

TEST(ForecasterRobustnessTest, AHistoryOfFiveMinutesServesSamplesOfOne) {
  const auto truth = [](int64_t minute) {
    const double share = static_cast<double>(minute % 5) / 5;
    return DayShape(minute / 5) * (1 - share) + DayShape(minute / 5 + 1) * share;
  };
  const ForecasterOptions options{.step = minutes(1), .lead = minutes(20)};
  Forecaster forecaster(options);
  Random random(6);
  for (int64_t minute = 0; minute < 10 * 1440; minute += 5) {
    forecaster.Observe({kMonday + minutes(minute), truth(minute) + random.Bell()});
  }
  EXPECT_EQ(forecaster.status().model, "day Holt-Winters");
  std::vector<Sample> fine;
  for (int64_t minute = 10 * 1440; minute < 12 * 1440; ++minute) {
    fine.push_back({kMonday + minutes(minute), truth(minute) + random.Bell()});
  }
  const Score score = WalkForward(forecaster, fine, 0, 20);
  EXPECT_LT(score.ToLastValue(), 0.4);
  EXPECT_GT(score.Coverage(), 0.85);
  EXPECT_LT(score.Coverage(), 0.97);
}

TEST(ForecasterRobustnessTest, SamplesFartherApartThanTheLeadAreInterpolated) {
  Forecaster forecaster({.step = minutes(1), .lead = minutes(5)});
  for (int64_t i = 0; i < 10 * 144; ++i) forecaster.Observe({kMonday + i * minutes(10), DayShape(2 * i)});
  ASSERT_TRUE(forecaster.status().ready);
  EXPECT_LT(*forecaster.status().wape, 0.01);
  EXPECT_NEAR(ExpectedAt(forecaster, 10 * kDay), DayShape(0), 2);
}

TEST(ForecasterRobustnessTest, ASeriesThatStartsTodayIsForecastWithoutASeason) {
  const auto samples = Generate(kDay, DayShape, 1);
  Forecaster forecaster(FiveMinutes());
  const Score score = WalkForward(forecaster, samples, 0);
  EXPECT_LT(score.ToLastValue(), 1.05);
  EXPECT_GT(score.Coverage(), 0.8);
  EXPECT_GT(score.count, kDay - 20);
  EXPECT_TRUE(forecaster.status().seasons.empty());
}

// A peak at nine o'clock on the wall; clocks go forward in the night before day 21.
std::vector<Sample> NineOClock(int64_t change) {
  return Generate(
      24 * kDay,
      [=](int64_t step) {
        const int64_t local = step + (step >= change ? 2 : 1) * (kDay / 24);
        const double from_nine = static_cast<double>(local % kDay - 9 * kDay / 24) / 12;
        return 20 + 100 * std::exp(-from_nine * from_nine / 2);
      },
      1);
}

TEST(ForecasterCalendarTest, SummerTimeCostsNothingWithACalendar) {
  constexpr int64_t kChange = 21 * kDay + kDay / 24;
  const auto days_after = [](const std::vector<Sample>& samples, bool with_calendar) {
    ForecasterOptions options = FiveMinutes({hours(24)});
    if (with_calendar)
      options.calendar = Calendar(calendar::LocalClock({{kMonday, hours(1)}, {AtStep(kChange), hours(2)}}), {});
    return ScoreFrom(options, samples, kChange).Wape();
  };
  const double unchanged = days_after(NineOClock(1000 * kDay), false);
  const double local = days_after(NineOClock(kChange), true);
  const double utc = days_after(NineOClock(kChange), false);
  EXPECT_LT(local, 1.1 * unchanged);
  EXPECT_GT(utc, 1.3 * local);
}

// A quarter of a day's demand on two days; errors of a stretch of them with and without a calendar that has the days.
class ForecasterHolidayTest : public ::testing::Test {
 protected:
  static constexpr int64_t kFirst = 15;
  static constexpr int64_t kSecond = 22;

  struct Errors {
    double with_days;
    double plain;
  };
  static Errors Wapes(int64_t from, int64_t to, int64_t lead) {
    const auto shape = [](int64_t step) {
      const int64_t day = step / kDay;
      return day == kFirst || day == kSecond ? 0.25 * DayShape(step) : DayShape(step);
    };
    const auto samples = Generate(to, shape, 1);
    ForecasterOptions options = FiveMinutes({hours(24)});
    options.lead = lead * kStep;
    const double plain = ScoreFrom(options, samples, from, lead).Wape();
    const int64_t monday = kMonday.time_since_epoch() / days(1);
    options.calendar = Calendar({}, {monday + kFirst, monday + kSecond});
    return {ScoreFrom(options, samples, from, lead).Wape(), plain};
  }
};

TEST_F(ForecasterHolidayTest, TheFallAtMidnightIsForeseenTheSecondTime) {
  const Errors errors = Wapes(kSecond * kDay - 6, kSecond * kDay + 34, 4);
  EXPECT_LT(errors.with_days, 0.5 * errors.plain);
}

// Four hours ahead the season decides, not the newest value.
TEST_F(ForecasterHolidayTest, TheWholeSecondHolidayIsForeseen) {
  const Errors errors = Wapes(kSecond * kDay - 48, kSecond * kDay + 240, 48);
  EXPECT_LT(errors.with_days, 0.7 * errors.plain);
}

TEST_F(ForecasterHolidayTest, TheDaysAfterAreNoWorseForIt) {
  const int64_t after = (kFirst + 1) * kDay + 48;
  const Errors errors = Wapes(after, after + 2 * kDay, 48);
  EXPECT_LT(errors.with_days, 1.02 * errors.plain);
}

TEST(ForecasterOptionsTest, WhatIsOutOfRangeIsBroughtIntoIt) {
  const auto same = [](ForecasterOptions odd, ForecasterOptions sane) {
    return Forecaster(std::move(odd)).Save() == Forecaster(std::move(sane)).Save();
  };
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  const milliseconds ms(1);
  for (const milliseconds step : {milliseconds(0), milliseconds(-5), milliseconds::min()}) {
    EXPECT_TRUE(same({.step = step}, {.step = ms}));
  }
  EXPECT_TRUE(same({.step = milliseconds::max()}, {.step = hours(24)}));
  for (const milliseconds lead : {milliseconds(0), milliseconds(-5), milliseconds::min(), ms}) {
    EXPECT_TRUE(same({.lead = lead}, {.lead = minutes(1)}));
  }
  EXPECT_TRUE(same({.lead = minutes(3) + ms}, {.lead = minutes(4)}));
  EXPECT_TRUE(same({.lead = milliseconds::max()}, {.lead = minutes(10'000)}));
  for (const double quantile : {0.0, -1.0, 0.49, kNaN}) EXPECT_TRUE(same({.quantile = quantile}, {.quantile = 0.5}));
  for (const double quantile : {1.0, 7.0, HUGE_VAL}) EXPECT_TRUE(same({.quantile = quantile}, {.quantile = 0.999}));
  EXPECT_TRUE(same({.seasons = {milliseconds(0), minutes(1), milliseconds::min()}}, {.seasons = {}}));
  EXPECT_TRUE(same({.seasons = {minutes(2)}}, {.seasons = {minutes(2), minutes(2), minutes(2) + ms}}));
  EXPECT_TRUE(same({.seasons = {days(7), hours(9), hours(3), hours(24), hours(6)}}, {.seasons = {hours(3), hours(6)}}));
  EXPECT_TRUE(same({.seasons = {milliseconds::max()}}, {.seasons = {days(366)}}));
  EXPECT_FALSE(same({.seasons = {days(365)}}, {.seasons = {days(366)}}));
  EXPECT_FALSE(same({.quantile = 0.9}, {.quantile = 0.95}));
}

TEST(ForecasterOptionsTest, OddOptionsAndWindowsGiveSaneForecasts) {
  const auto samples = Generate(3 * kDay, DayShape, 2);
  const std::vector<milliseconds> durations = {milliseconds::min(), milliseconds(0), kStep, hours(24),
                                               milliseconds::max()};
  for (const double quantile : {0.0, 0.999, 1.0}) {
    for (const milliseconds duration : durations) {
      Forecaster forecaster({.step = kStep,
                             .lead = duration,
                             .quantile = quantile,
                             .seasons = {duration, duration, hours(6), days(365)}});
      forecaster.Fit(samples);
      for (const milliseconds window : durations) {
        for (const WallTime now : {WallTime::min(), kMonday, samples.back().at, kLatest, WallTime::max()}) {
          const auto peak = forecaster.PeakOver(now, window);
          ASSERT_EQ(peak.has_value(), forecaster.status().ready);
          if (!peak) continue;
          ASSERT_TRUE(std::isfinite(peak->quantile) && peak->quantile >= peak->expected && peak->expected >= 0);
        }
      }
    }
  }
}

}  // namespace
}  // namespace dso::forecast
