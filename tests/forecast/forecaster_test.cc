// How good forecasts are on demand whose truth is known.
#include "forecast/forecaster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

#include "walk_forward.h"

namespace dso::forecast {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double kSmallSample = 0.02;

void ExpectCoverage(const Score& score, double low = 0.87, double high = 0.93) {
  EXPECT_GE(score.Coverage(), low);
  EXPECT_LE(score.Coverage(), high);
  EXPECT_GE(score.CoverageOfPoint(), low);
  EXPECT_LE(score.CoverageOfPoint(), high);
}

std::vector<Sample> RandomWalk(int64_t steps, uint64_t seed) {
  Random random(seed);
  double value = 500;
  return Generate(
      steps, [&](int64_t) { return value = std::max(0.0, value + random.Bell()); }, 0);
}

// On with the probability 1/off a step, for 1 … longest steps.
std::vector<Sample> Bursts(int64_t steps, uint64_t off, uint64_t longest, uint64_t seed) {
  Random random(seed);
  uint64_t left = 0;
  return Generate(
      steps,
      [&](int64_t) {
        if (left == 0 && random.Below(off) == 0) left = 1 + random.Below(longest);
        return left > 0 ? (--left, 100.0) : 1.0;
      },
      0);
}

class ForecasterAccuracyTest : public ::testing::TestWithParam<unsigned> {};

INSTANTIATE_TEST_SUITE_P(Seeds, ForecasterAccuracyTest, ::testing::Values(1u, 2u, 3u));

TEST_P(ForecasterAccuracyTest, ACleanDayIsForecastFourTimesBetterThanByTheLastValue) {
  const auto samples = Generate(3 * kWeek, DayShape, 0.5, GetParam());
  Forecaster forecaster = Fitted(FiveMinutes(), First(samples, kWeek));
  const Score score = WalkForward(forecaster, samples, kWeek);
  EXPECT_LT(score.ToLastValue(), 0.25);
  ExpectCoverage(score);
  EXPECT_EQ(forecaster.status().model, "day Holt-Winters");
  EXPECT_THAT(forecaster.status().seasons, ElementsAre(hours(24)));
}

TEST_P(ForecasterAccuracyTest, ANoisyDayIsForecastToTheNoise) {
  const auto samples = Generate(3 * kWeek, DayShape, 4, GetParam());
  Forecaster forecaster = Fitted(FiveMinutes({hours(24)}), First(samples, kWeek));
  const Score score = WalkForward(forecaster, samples, kWeek);
  EXPECT_LT(score.ToLastValue(), 0.75);
  EXPECT_LT(score.Wape(), 1.08 * 3.19 / 100);  // E|N(0, 4²)| over the mean
  ExpectCoverage(score);
  EXPECT_EQ(forecaster.status().model, "day Holt-Winters");
  EXPECT_NEAR(forecaster.PeakOver(samples.back().at, kLeadTime)->slack, 0.04, 0.02);
}

TEST_P(ForecasterAccuracyTest, AWeekIsLearned) {
  const auto samples = Generate(5 * kWeek, WeekShape, 4, GetParam());
  Forecaster forecaster = Fitted(FiveMinutes(), First(samples, 3 * kWeek));
  const Score score = WalkForward(forecaster, samples, 3 * kWeek);
  EXPECT_LT(score.ToLastValue(), 0.73);
  EXPECT_LT(score.ToLastValue(), ScoreFrom(FiveMinutes({hours(24)}), samples, 3 * kWeek).ToLastValue());
  ExpectCoverage(score);
  EXPECT_THAT(forecaster.status().model, HasSubstr("week Holt-Winters"));
  EXPECT_NEAR(*forecaster.status().wape, score.Wape(), 0.004);
  EXPECT_NEAR(*forecaster.status().coverage, score.Coverage(), 0.02);
  EXPECT_NEAR(*forecaster.status().coverage_of_point, score.CoverageOfPoint(), 0.02);
}

TEST_P(ForecasterAccuracyTest, DemandThatGrowsByHalfAWeekIsFollowed) {
  const auto growing = [](int64_t step) { return DayShape(step) * std::exp(0.058 * static_cast<double>(step) / kDay); };
  auto samples = Generate(4 * kWeek, growing, 0);
  Random random(GetParam());
  for (Sample& sample : samples) sample.value *= 1 + 0.04 * random.Bell();
  const Score score = ScoreFrom(FiveMinutes(), samples, 2 * kWeek);
  EXPECT_LT(score.ToLastValue(), 0.73);
  EXPECT_LT(score.Wape(), 0.037);
  ExpectCoverage(score);
}

TEST_P(ForecasterAccuracyTest, ALevelShiftIsFollowedWithinAnHourAndTheSeasonKept) {
  auto samples = Generate(4 * kWeek, DayShape, 1, GetParam());
  const int64_t shift = 16 * kDay;
  for (auto i = static_cast<size_t>(shift); i < samples.size(); ++i) samples[i].value += 300;
  Forecaster forecaster = Fitted(FiveMinutes(), First(samples, shift + 12));
  EXPECT_NEAR(forecaster.ForecastAt(AtStep(shift + 15))->expected, DayShape(shift + 15) + 300, 8);
  const Score score = WalkForward(forecaster, samples, shift + 12);
  EXPECT_LT(score.ToLastValue(), 0.8);
  ExpectCoverage(score);
}

TEST_P(ForecasterAccuracyTest, ARandomWalkIsForecastAsWellAsByTheLastValue) {
  const Score score = ScoreFrom(FiveMinutes(), RandomWalk(4 * kWeek, GetParam()), 2 * kWeek);
  EXPECT_LE(score.ToLastValue(), 1.01 + kSmallSample);
  ExpectCoverage(score);
}

TEST_P(ForecasterAccuracyTest, NoiseIsForecastAsItsMean) {
  const auto samples = Generate(
      4 * kWeek, [](int64_t) { return 100.0; }, 10, GetParam());
  const Score score = ScoreFrom(FiveMinutes(), samples, 2 * kWeek);
  EXPECT_LT(score.Wape(), 1.06 * 0.0798);
  EXPECT_LT(score.ToLastValue(), 0.76);  // 1/√2 at best
  ExpectCoverage(score);
}

TEST_P(ForecasterAccuracyTest, ASquareWaveADayIsForeseenThoughItJumps) {
  const auto square = [](int64_t step) { return step % kDay >= 100 && step % kDay < 200 ? 100.0 : 2.0; };
  const auto samples = Generate(4 * kWeek, square, 0.5, GetParam());
  const Score score = ScoreFrom(FiveMinutes(), samples, 2 * kWeek);
  EXPECT_LT(score.ToLastValue(), 0.2);
  ExpectCoverage(score);
}

TEST_P(ForecasterAccuracyTest, UnpredictableBurstsCostMoreThanTheyAreWorth) {
  const auto samples = Bursts(4 * kWeek, 30, 6, GetParam());
  Forecaster forecaster = Fitted(FiveMinutes(), First(samples, 2 * kWeek));
  const Score score = WalkForward(forecaster, samples, 2 * kWeek);
  EXPECT_LE(score.ToLastValue(), 1.03 + kSmallSample);
  ExpectCoverage(score);
  EXPECT_GT(forecaster.PeakOver(samples.back().at, kLeadTime)->slack, 0.6);
}

TEST_P(ForecasterAccuracyTest, RareBurstsAreNotPromisedAndHardlyCost) {
  const auto samples = Bursts(4 * kWeek, 100, 6, GetParam());
  Forecaster forecaster = Fitted(FiveMinutes(), First(samples, 2 * kWeek));
  const Score score = WalkForward(forecaster, samples, 2 * kWeek);
  ExpectCoverage(score, 0.9, 0.99);
  EXPECT_LT(forecaster.PeakOver(samples.back().at, kLeadTime)->slack, 0.3);
}

TEST_P(ForecasterAccuracyTest, AnyScaleIsForecastAsWell) {
  const auto samples = Generate(5 * kWeek, WeekShape, 4, GetParam());
  const Score score = ScoreFrom(FiveMinutes(), samples, 3 * kWeek);
  for (const double scale : {1e-25, 1e25}) {
    auto scaled = samples;
    for (Sample& sample : scaled) sample.value *= scale;
    const Score same = ScoreFrom(FiveMinutes(), scaled, 3 * kWeek);
    EXPECT_NEAR(same.Wape(), score.Wape(), 1e-6);
    EXPECT_NEAR(same.Coverage(), score.Coverage(), 1e-3);
  }
}

TEST(ForecasterAccuracyTest, AConstantIsForecastExactly) {
  const auto samples = Generate(
      15 * kDay, [](int64_t) { return 42.0; }, 0);
  Forecaster forecaster(FiveMinutes());
  for (const Sample& sample : samples) {
    forecaster.Observe(sample);
    const auto peak = forecaster.PeakOver(sample.at, kLeadTime);
    if (!peak) continue;
    ASSERT_NEAR(peak->expected, 42, 1e-6);
    ASSERT_LE(peak->quantile, 1.02 * 42);
  }
  EXPECT_NEAR(forecaster.PeakOver(samples.back().at, kLeadTime)->quantile, 42, 0.01);
  EXPECT_NEAR(*forecaster.status().wape, 0, 1e-9);
  EXPECT_LT(forecaster.PeakOver(samples.back().at, kLeadTime)->slack, 1e-3);
}

TEST(ForecasterAccuracyTest, ZeroIsAValue) {
  const auto samples = Generate(
      15 * kDay, [](int64_t) { return 0.0; }, 0);
  const Forecaster forecaster = Fitted(FiveMinutes(), samples);
  const auto peak = forecaster.PeakOver(samples.back().at, kLeadTime);
  ASSERT_TRUE(peak);
  EXPECT_EQ(peak->expected, 0);
  EXPECT_NEAR(peak->quantile, 0, 1e-30);
  EXPECT_EQ(peak->slack, 0);
  EXPECT_EQ(forecaster.status().wape, 0);
  EXPECT_EQ(forecaster.status().coverage, 1);
}

TEST(ForecasterAccuracyTest, ASeasonOfTenMinutesOnAFineGrid) {
  const auto shape = [](int64_t step) { return step % 120 < 20 ? 100.0 : 10.0; };
  std::vector<Sample> samples;
  for (int64_t i = 0; i < 1200; ++i) samples.push_back({kMonday + i * seconds(5), shape(i)});
  const Forecaster forecaster = Fitted({.step = seconds(5), .lead = minutes(1), .seasons = {minutes(10)}}, samples);
  EXPECT_EQ(forecaster.status().model, "10m Holt-Winters");
  EXPECT_EQ(forecaster.status().reason, "");
  EXPECT_NEAR(forecaster.ForecastAt(kMonday + seconds(6000 + 50))->expected, 100, 10);
  EXPECT_NEAR(forecaster.ForecastAt(kMonday + seconds(6000 + 300))->expected, 10, 5);
}

TEST(ForecasterTest, SaysWhatHistoryIsMissing) {
  const auto samples = Generate(10 * kDay, DayShape, 1);
  Forecaster forecaster(FiveMinutes());
  EXPECT_FALSE(forecaster.status().ready);
  EXPECT_EQ(forecaster.status().reason, "A forecast needs 40m of history; there are 0s.");
  EXPECT_FALSE(forecaster.PeakOver(kMonday, kLeadTime));
  EXPECT_FALSE(forecaster.ForecastAt(kMonday));

  forecaster.Fit(First(samples, 4));
  EXPECT_FALSE(forecaster.status().ready);
  EXPECT_EQ(forecaster.status().reason, "A forecast needs 40m of history; there are 15m.");

  forecaster.Fit(samples);
  EXPECT_TRUE(forecaster.status().ready);
  EXPECT_EQ(forecaster.status().model, "day Holt-Winters");
  EXPECT_EQ(forecaster.status().reason, "The season of 7d needs 14d of history; there are 9d23h.");
}

TEST(ForecasterTest, IsReadyOnceTheHistoryNeededIsThere) {
  const auto samples = Generate(kDay, DayShape, 1);
  Forecaster forecaster(FiveMinutes());
  for (const Sample& sample : samples) {
    forecaster.Observe(sample);
    const auto status = forecaster.status();
    ASSERT_EQ(status.ready, status.history >= status.history_needed) << FormatDuration(status.history);
  }
}

TEST(ForecasterTest, ASeasonCountsFromTwoOfItsPeriodsOn) {
  const auto samples = Generate(2 * kWeek + 3, WeekShape, 1);
  Forecaster forecaster(FiveMinutes());
  ObserveAll(forecaster, First(samples, 2 * kDay));
  EXPECT_THAT(forecaster.status().seasons, ElementsAre());
  EXPECT_THAT(forecaster.status().model, Not(HasSubstr("day")));
  EXPECT_THAT(forecaster.status().reason, HasSubstr("The season of 1d needs 2d of history; there are 1d23h."));

  ObserveAll(forecaster, First(samples, 6 * kDay).subspan(2 * kDay));
  EXPECT_THAT(forecaster.status().seasons, ElementsAre(hours(24)));
  EXPECT_EQ(forecaster.status().model, "day Holt-Winters");

  ObserveAll(forecaster, First(samples, 2 * kWeek).subspan(6 * kDay));
  EXPECT_EQ(forecaster.status().reason, "The season of 7d needs 14d of history; there are 13d23h.");
  for (const auto& model : forecaster.Models()) {
    if (model.name.starts_with("week")) {
      EXPECT_EQ(model.weight, 0) << model.name;
    }
  }
  ObserveAll(forecaster, std::span(samples).last(3));
  EXPECT_EQ(forecaster.status().reason, "");
}

TEST(ForecasterTest, ThePeakSaysWhen) {
  const auto samples = Generate(13 * kDay + 2, DayShape, 0);
  const Forecaster forecaster = Fitted(FiveMinutes(), samples);
  const auto peak = forecaster.PeakOver(samples.back().at, hours(20));
  int64_t top = 0;
  for (int64_t i = 0; i < kDay; ++i) top = DayShape(i) > DayShape(top) ? i : top;
  EXPECT_NEAR(static_cast<double>((peak->by - AtStep(13 * kDay + top)) / kStep), 0, 3);
  EXPECT_NEAR(peak->expected, DayShape(top), 2);
}

TEST(ForecasterTest, WeightsOfModelsAddUpToOneAndTheBestOnesCarryThem) {
  const auto samples = Generate(3 * kWeek, DayShape, 0.5);
  const auto models = Fitted(FiveMinutes(), samples).Models();
  double weight = 0;
  double error = 0;
  double last_value = 0;
  for (const auto& model : models) {
    weight += model.weight;
    error += model.weight * model.wape;
    if (model.name == "last value") last_value = model.wape;
  }
  EXPECT_NEAR(weight, 1, 1e-9);
  EXPECT_LT(error, 0.4 * last_value);
}

// Operators run hundreds of these.
TEST(ForecasterTest, FitsIntoSixtyFourKilobytes) {
  for (const milliseconds lead : {minutes(5), minutes(20)}) {
    Forecaster forecaster({.step = minutes(1), .lead = lead, .seasons = {days(1), days(7)}});
    Random random(1);
    size_t most = 0;
    for (int64_t minute = 0; minute < 28 * 1440; ++minute) {
      forecaster.Observe({kMonday + minutes(minute), WeekShape(minute / 5) + random.Uniform()});
      if (minute % 97 == 0) most = std::max(most, forecaster.MemoryBytes());
    }
    EXPECT_TRUE(forecaster.status().reason.empty());
    EXPECT_LT(most, 64u * 1024);
    EXPECT_GT(most, forecaster.Save().size() / 2);  // a figure that leaves nothing large out
  }
}

// An unintended change of behaviour shows here first; an intended one changes these figures.
struct Golden {
  const char* name;
  std::function<double(int64_t step, Random& random)> demand;
  double wape;
  double coverage;
  double coverage_of_point;
};

double Triangle(int64_t step) { return static_cast<double>(std::min(step % kDay, kDay - step % kDay)) / kDay; }

TEST(ForecasterGoldenTest, FiguresOfThreeTraces) {
  const std::vector<Golden> traces = {
      {"office",
       [](int64_t step, Random& random) {
         const double level = step / kDay % 7 >= 5 ? 30 : 100;
         return level * (0.4 + Triangle(step)) + 5 * random.Bell();
       },
       0.0824, 0.9044, 0.8955},
      {"bursts",
       [](int64_t step, Random& random) {
         return (step / 3 + static_cast<int64_t>(random.Below(40))) % 40 == 0 ? 80.0 : 5 + 10 * Triangle(step);
       },
       0.1872, 0.8997, 0.9335},
      {"walk",
       [walk = 200.0](int64_t step, Random& random) mutable {
         walk = std::max(50.0, walk + 2 * random.Bell());
         return walk * (1 + Triangle(step));
       },
       0.0200, 0.9067, 0.9081},
  };
  for (const Golden& golden : traces) {
    Random random(7);
    std::vector<Sample> samples;
    for (int64_t step = 0; step < 4 * kWeek; ++step) {
      samples.push_back({AtStep(step), std::max(0.0, golden.demand(step, random))});
    }
    const Score score = ScoreFrom(FiveMinutes(), samples, 2 * kWeek);
    EXPECT_NEAR(score.Wape(), golden.wape, 0.0006) << golden.name;
    EXPECT_NEAR(score.Coverage(), golden.coverage, 0.0006) << golden.name;
    EXPECT_NEAR(score.CoverageOfPoint(), golden.coverage_of_point, 0.0006) << golden.name;
  }
}

}  // namespace
}  // namespace dso::forecast
