#include "forecast/holt_winters.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace dso::forecast {
namespace {

// A state that is past the averaging of the start, and used to innovations so large that none is taken for a shift.
HoltWinters::State Settled(double level, double trend) {
  HoltWinters::State state;
  state.bucket = -1;
  state.level = level;
  state.trend = trend;
  state.scale = 1000;
  state.updates = 1'000'000;
  return state;
}

TEST(HoltWintersTest, TheDefaultIsTheLastValue) {
  HoltWinters filter({}, {}, Settled(0, 0));
  for (const double value : {3.0, 7.0, 5.0}) filter.Update(value);
  EXPECT_DOUBLE_EQ(filter.Forecast(3), 5);
  EXPECT_DOUBLE_EQ(filter.Forecast(300), 5);
}

// By hand: α = 0.5, β = 0.5, φ = 0.5, one season of two slots with γ = 0.5.
//   t=0: ŷ = 10 + 0.5·4 + 1 = 13, y = 15, d = 2: l = 12 + 1 = 13, b = 2 + 0.5 = 2.5, s0 = 1 + 1 = 2
//   t=1: ŷ = 13 + 1.25 − 1 = 13.25, y = 12.25, d = −1: l = 14.25 − 0.5 = 13.75, b = 1.25 − 0.25 = 1, s1 = −1.5
TEST(HoltWintersTest, TwoStepsByHand) {
  HoltWinters filter({.level = 0.5, .trend = 0.5, .damping = 0.5, .season = {0.5}}, {{1, -1}}, Settled(10, 4));
  EXPECT_DOUBLE_EQ(filter.Forecast(0), 13);
  filter.Update(15);
  EXPECT_DOUBLE_EQ(filter.state().level, 13);
  EXPECT_DOUBLE_EQ(filter.state().trend, 2.5);
  filter.Update(12.25);
  EXPECT_DOUBLE_EQ(filter.state().level, 13.75);
  EXPECT_DOUBLE_EQ(filter.state().trend, 1);
  EXPECT_DOUBLE_EQ(filter.Forecast(2), 13.75 + 0.5 + 2);
  EXPECT_DOUBLE_EQ(filter.Forecast(3), 13.75 + 0.75 - 1.5);
}

// ρ = 0.5, α = 0.25: of an innovation of 8 the level takes 2; of the 6 left half remains after each step.
TEST(HoltWintersTest, TheResidualFadesByHand) {
  HoltWinters filter({.level = 0.25, .residual = 0.5}, {}, Settled(10, 0));
  filter.Update(18);
  EXPECT_DOUBLE_EQ(filter.Forecast(0), 18);
  EXPECT_DOUBLE_EQ(filter.Forecast(1), 12 + 3);
  EXPECT_DOUBLE_EQ(filter.Forecast(2), 12 + 1.5);
  filter.Skip();
  EXPECT_DOUBLE_EQ(filter.Forecast(2), 12 + 1.5);
}

// Quarterly tourist nights in Australia from 1999 on (`austourists`, Hyndman & Athanasopoulos, "Forecasting: Principles
// and Practice", §8.3). The expected figures are those of statsmodels 0.15, ExponentialSmoothing with known initial
// values (level 33, trend 0.5, season 10, −9, −2, 1) and the constants 0.3, 0.1, 0.2; but the fourth forecast is put
// together from its final states, since its own takes the season from before the last update.
constexpr std::array kTourists{41.727458, 24.041850, 32.328103, 37.328708, 46.213153, 29.346326, 36.482910, 42.977719,
                               48.901525, 31.180221, 37.717881, 40.420211, 51.206863, 31.887228, 40.978263, 43.772491,
                               55.558567, 33.850915, 42.076383, 45.642292, 59.766780, 35.191877, 44.319737, 47.913736};

void ExpectForecasts(double damping, double squared_errors, const std::array<double, 6>& expected) {
  HoltWinters filter({.level = 0.3, .trend = 0.1, .damping = damping, .season = {0.2}}, {{10, -9, -2, 1}},
                     Settled(33, 0.5));
  double sum = 0;
  for (size_t i = 0; i < kTourists.size(); ++i) {
    const double error = kTourists[i] - filter.Forecast(static_cast<Bucket>(i));
    sum += error * error;
    filter.Update(kTourists[i]);
  }
  EXPECT_NEAR(sum, squared_errors, 1e-4);
  for (size_t h = 0; h < expected.size(); ++h) {
    EXPECT_NEAR(filter.Forecast(static_cast<Bucket>(kTourists.size() + h)), expected[h], 1e-5) << h;
  }
}

TEST(HoltWintersTest, AgreesWithStatsmodels) {
  ExpectForecasts(1, 74.06915674139823,
                  {58.81276323273161, 38.345217201866674, 46.6563476119352, 50.39826687330679, 60.97132713879682,
                   40.503781107931886});
}

TEST(HoltWintersTest, AgreesWithStatsmodelsOnADampedTrend) {
  ExpectForecasts(0.9, 86.24941379257562,
                  {57.875554297668536, 37.11122428080578, 45.105071775283236, 48.509911457720264, 58.54200075954801,
                   37.7110260964973});
}

TEST(HoltWintersTest, StartsWithTheMeanOfWhatItHasSeen) {
  HoltWinters filter({.level = 0.01}, {}, {});
  for (const double value : {1.0, 2.0, 6.0}) filter.Update(value);
  EXPECT_DOUBLE_EQ(filter.state().level, 3);
}

TEST(HoltWintersTest, MissingValuesMoveThePhaseAndNothingElse) {
  HoltWinters filter({.level = 0.5, .season = {0.5}}, {{1, 2, 3}}, Settled(10, 0));
  filter.Skip();
  filter.Take(NAN);
  EXPECT_DOUBLE_EQ(filter.state().level, 10);
  EXPECT_EQ(filter.state().bucket, 1);
  EXPECT_DOUBLE_EQ(filter.Forecast(2), 13);
  EXPECT_DOUBLE_EQ(filter.Forecast(3), 11);
}

TEST(HoltWintersTest, PeekIsWhatSkipsAndAnUpdateWouldDo) {
  HoltWinters filter({.level = 0.4, .trend = 0.3, .damping = 0.8, .residual = 0.7}, {}, Settled(10, 2));
  filter.Update(14);
  const HoltWinters::State peeked = filter.Peek(3, 20, 1);
  const HoltWinters::State ignored = filter.Peek(3, 20, 0);
  HoltWinters skipped = filter;
  for (int i = 0; i < 2; ++i) filter.Skip();
  filter.Update(20);
  EXPECT_EQ(peeked.bucket, filter.state().bucket);
  EXPECT_NEAR(peeked.level, filter.state().level, 1e-12);
  EXPECT_NEAR(peeked.trend, filter.state().trend, 1e-12);
  EXPECT_NEAR(peeked.residual, filter.state().residual, 1e-12);
  for (int i = 0; i < 3; ++i) skipped.Skip();
  EXPECT_NEAR(ignored.level, skipped.state().level, 1e-12);
  EXPECT_NEAR(ignored.residual, skipped.state().residual, 1e-12);
}

TEST(HoltWintersTest, ThePeakIsTheLargestForecastOfTheWindow) {
  HoltWinters filter({.level = 0.4, .trend = 0.3, .damping = 0.8, .residual = 0.7, .season = {0.1}}, {{1, 5, -2, 9, 0}},
                     Settled(10, 2));
  filter.Update(17);
  for (Bucket first = 0; first < 12; ++first) {
    for (Bucket last = first; last < 25; ++last) {
      PathPeak expected{-1e9, 0};
      for (Bucket bucket = first; bucket <= last; ++bucket) {
        if (filter.Forecast(bucket) > expected.value + 1e-12) expected = {filter.Forecast(bucket), bucket};
      }
      const PathPeak peak = filter.Peak(filter.state(), first, last);
      EXPECT_NEAR(peak.value, expected.value, 1e-9);
      EXPECT_EQ(peak.bucket, expected.bucket);
    }
  }
}

TEST(HoltWintersTest, ASpikeIsClippedAndAShiftIsFollowedWithoutTheSeason) {
  const Profile season{5, -5};
  HoltWinters filter({.level = 0.1, .season = {0.1}, .clip = 3}, {season}, {.bucket = -1});
  const auto usual = [&](Bucket bucket) { return 100.0 + season[static_cast<size_t>(bucket % 2)] + (bucket % 3 - 1); };
  Bucket now = 0;
  for (; now < 300; ++now) filter.Update(usual(now));
  const double before = filter.state().level;

  filter.Update(10'000);
  ++now;
  EXPECT_NEAR(filter.state().level, before, 1);
  for (; now < 600; ++now) filter.Update(usual(now));

  for (const Bucket shift = now; now < shift + 8; ++now) filter.Update(usual(now) + 200);
  EXPECT_NEAR(filter.Forecast(now), usual(now) + 200, 15);
  EXPECT_NEAR(filter.Forecast(now) - filter.Forecast(now + 1), 10, 2);
}

}  // namespace
}  // namespace dso::forecast
