#include "forecast/interval.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "tests/forecast/noise.h"

namespace dso::forecast {
namespace {

// A forecast and what comes of it.
struct Turn {
  Outset outset;
  double actual = 0;
};

Turn Plain(double expected, double actual) {
  return {{.expected = expected, .last = expected, .typical = expected, .rise = 0, .part = 0, .earlier = {}}, actual};
}

// Counts the turns from `first` on.
struct Outcome {
  int turns = 0;
  int covered = 0;
  double promised = 0;  // sum of quantiles
  double Coverage() const { return static_cast<double>(covered) / turns; }
  double MeanQuantile() const { return promised / turns; }
};

Outcome Drive(IntervalTracker& tracker, int turns, int first, const std::function<Turn(int)>& turn_of) {
  Outcome outcome;
  for (int i = 0; i < turns; ++i) {
    const Turn turn = turn_of(i);
    const IntervalTracker::Promise promise = tracker.Issue(turn.outset);
    tracker.Settle(promise, turn.actual);
    if (i < first) continue;
    ++outcome.turns;
    outcome.covered += turn.actual <= promise.quantile ? 1 : 0;
    outcome.promised += promise.quantile;
  }
  return outcome;
}

// Three standard deviations of the share of n independent hits with the probability q.
double Tolerance(double q, int n) { return 3 * std::sqrt(q * (1 - q) / n); }

TEST(RunningRatioTest, ForgetsByHalves) {
  RunningRatio ratio(10);
  EXPECT_TRUE(ratio.empty());
  for (int i = 0; i < 1000; ++i) ratio.Add(1, 1);
  EXPECT_DOUBLE_EQ(ratio.Value(), 1);
  for (int i = 0; i < 100; ++i) ratio.Add(0, 1);
  EXPECT_LT(ratio.Value(), 0.01);
  RunningRatio nothing(10);
  nothing.Add(0, 0);
  EXPECT_FALSE(nothing.empty());
  EXPECT_EQ(nothing.Value(), 0);
}

TEST(RunningRatioTest, IsTheRatioOfTheSums) {
  RunningRatio ratio(10);
  ratio.Add(1, 10);
  ratio.Add(9, 10);
  ratio.Add(2, 20);
  EXPECT_DOUBLE_EQ(ratio.Value(), 12.0 / 40);
}

TEST(IntervalTest, KnowsNothingBeforeTheFirstPromiseHasBeenSettled) {
  IntervalTracker tracker({});
  EXPECT_FALSE(tracker.calibrated());
  EXPECT_FALSE(tracker.Coverage().has_value());
  EXPECT_EQ(tracker.Slack(), 0);
  const IntervalTracker::Promise promise = tracker.Issue(Plain(100, 0).outset);
  EXPECT_FALSE(promise.promised);
  EXPECT_NEAR(promise.quantile, 100, 1e-9);
  tracker.Settle(promise, 120);
  EXPECT_TRUE(tracker.calibrated());
  EXPECT_FALSE(tracker.Coverage().has_value());  // what was no promise is not counted
  EXPECT_TRUE(tracker.Issue(Plain(100, 0).outset).promised);
}

// No more is known than that it may be as far off again, on this side.
TEST(IntervalTest, AfterOneErrorTheMarginIsAboutItsSize) {
  for (const double error : {20.0, -20.0}) {
    IntervalTracker tracker({});
    tracker.Settle(tracker.Issue(Plain(100, 0).outset), 100 + error);
    const double margin = tracker.Issue(Plain(100, 0).outset).quantile - 100;
    EXPECT_GE(margin / error, 0) << error;
    EXPECT_LE(margin / error, 2) << error;
  }
}

// With so few forecasts a day that the first hours, in which slack is not judged, are over with the first of them.
TEST(IntervalTest, CoverageAndSlackByHand) {
  IntervalTracker tracker({.per_day = 1});
  IntervalTracker::Promise promise = tracker.Issue(Plain(100, 0).outset);
  tracker.Settle(promise, 100);
  promise.promised = true;
  promise.quantile = 130;
  tracker.Settle(promise, 100);  // 30 of 100 idle
  tracker.Settle(promise, 150);  // a miss
  tracker.Settle(promise, 130);  // just kept
  tracker.Settle(promise, 120);
  EXPECT_DOUBLE_EQ(tracker.Coverage().value(), 0.75);
  EXPECT_DOUBLE_EQ(tracker.Slack(), 40.0 / 500);
}

// The first eighth of a day is left out, and nothing is said before the day is over.
TEST(IntervalTest, SlackIsNotJudgedByTheFirstHours) {
  IntervalTracker tracker({.per_day = 80});
  IntervalTracker::Promise promise = tracker.Issue(Plain(100, 0).outset);
  promise.promised = true;
  promise.quantile = 1000;
  for (int i = 0; i < 10; ++i) tracker.Settle(promise, 100);
  promise.quantile = 130;
  for (int i = 10; i < 80; ++i) {
    EXPECT_EQ(tracker.Slack(), 0) << i;
    tracker.Settle(promise, 100);
  }
  EXPECT_DOUBLE_EQ(tracker.Slack(), 0.3);
}

TEST(IntervalTest, CoversIndependentErrors) {
  for (const double q : {0.5, 0.8, 0.9, 0.99}) {
    Noise noise(1);
    IntervalTracker tracker({.quantile = q});
    const Outcome outcome =
        Drive(tracker, 6000, 1000, [&](int) { return Plain(100, std::max(0.0, 100 + 10 * noise.Normal())); });
    EXPECT_NEAR(outcome.Coverage(), q, Tolerance(q, outcome.turns)) << q;
    EXPECT_NEAR(tracker.Coverage().value(), q, Tolerance(q, 2016)) << q;
  }
}

// The quantile of N(100, 10²) is 100 + 12.8 for 0.9.
TEST(IntervalTest, TheMarginIsTheQuantileOfTheErrors) {
  Noise noise(2);
  IntervalTracker tracker({.quantile = 0.9});
  const Outcome outcome = Drive(tracker, 6000, 1000, [&](int) { return Plain(100, 100 + 10 * noise.Normal()); });
  EXPECT_NEAR(outcome.MeanQuantile(), 112.8, 1);
  // A skewed error: the exponential with the mean 10 has its quantile at 10 ln 10.
  IntervalTracker skewed({.quantile = 0.9});
  const Outcome right = Drive(skewed, 6000, 1000, [&](int) { return Plain(100, 90 + 10 * noise.Exponential()); });
  EXPECT_NEAR(right.MeanQuantile(), 90 + 10 * std::log(10), 1.5);
}

// Loud days and quiet nights: coverage holds in both, and the night is not promised the margin of the day.
TEST(IntervalTest, CoversErrorsThatDependOnTheTimeOfDay) {
  constexpr double kQuantile = 0.9;
  Noise noise(3);
  IntervalTracker tracker({.quantile = kQuantile, .per_day = 96});
  std::array<Outcome, 2> outcomes;
  for (int i = 0; i < 96 * 100; ++i) {
    const size_t part = static_cast<size_t>(i) % 96;
    const bool loud = part >= 48;
    Turn turn = Plain(100, std::max(0.0, 100 + (loud ? 20 : 2) * noise.Normal()));
    turn.outset.part = part;
    const IntervalTracker::Promise promise = tracker.Issue(turn.outset);
    tracker.Settle(promise, turn.actual);
    if (i < 96 * 20) continue;
    Outcome& outcome = outcomes[loud ? 1 : 0];
    ++outcome.turns;
    outcome.covered += turn.actual <= promise.quantile ? 1 : 0;
    outcome.promised += promise.quantile;
  }
  const int all = outcomes[0].turns + outcomes[1].turns;
  EXPECT_NEAR(static_cast<double>(outcomes[0].covered + outcomes[1].covered) / all, kQuantile,
              Tolerance(kQuantile, all));
  // Of one half the mean over parts may be off, since parts of both meet in it.
  for (const Outcome& outcome : outcomes) EXPECT_NEAR(outcome.Coverage(), kQuantile, 0.05);
  EXPECT_LT(outcomes[0].MeanQuantile() - 100, 6);
  EXPECT_GT(outcomes[1].MeanQuantile() - 100, 18);
}

TEST(IntervalTest, CoversErrorsInProportionToTheDemand) {
  constexpr double kQuantile = 0.9;
  Noise noise(4);
  IntervalTracker tracker({.quantile = kQuantile});
  std::array<Outcome, 2> outcomes;
  for (int i = 0; i < 12'000; ++i) {
    const double expected = noise.Uniform() < 0.5 ? 10 : 1000;
    Turn turn = Plain(expected, expected * std::max(0.0, 1 + 0.1 * noise.Normal()));
    turn.outset.typical = 505;
    const IntervalTracker::Promise promise = tracker.Issue(turn.outset);
    tracker.Settle(promise, turn.actual);
    if (i < 2000) continue;
    Outcome& outcome = outcomes[expected > 100 ? 1 : 0];
    ++outcome.turns;
    outcome.covered += turn.actual <= promise.quantile ? 1 : 0;
    outcome.promised += promise.quantile;
  }
  const int all = outcomes[0].turns + outcomes[1].turns;
  EXPECT_NEAR(static_cast<double>(outcomes[0].covered + outcomes[1].covered) / all, kQuantile,
              Tolerance(kQuantile, all));
  // The right quantiles are 1128 and 11.3. Margins that know no height would add as much to both.
  EXPECT_GT(outcomes[1].Coverage(), 0.78);
  EXPECT_GT(outcomes[1].MeanQuantile(), 1080);
  EXPECT_LT(outcomes[0].MeanQuantile(), 25);
}

// A window holds the largest of four errors, and four promises are open at a time.
TEST(IntervalTest, CoversOverlappingWindows) {
  constexpr double kQuantile = 0.9;
  Noise noise(5);
  IntervalTracker tracker({.quantile = kQuantile, .overlap = 4});
  std::array<double, 4> errors{};
  std::array<IntervalTracker::Promise, 4> open{};
  int covered = 0;
  constexpr int kTurns = 12'000;
  constexpr int kFirst = 2000;
  for (int i = 0; i < kTurns; ++i) {
    const size_t place = static_cast<size_t>(i % 4);
    errors[place] = noise.Normal();
    if (i >= 4) {
      const double actual = 100 + 10 * *std::max_element(errors.begin(), errors.end());
      tracker.Settle(open[place], actual);
      if (i >= kFirst) covered += actual <= open[place].quantile ? 1 : 0;
    }
    open[place] = tracker.Issue(Plain(100, 0).outset);
  }
  // There are about as many independent windows as leads.
  EXPECT_NEAR(static_cast<double>(covered) / (kTurns - kFirst), kQuantile, Tolerance(kQuantile, (kTurns - kFirst) / 4));
}

TEST(IntervalTest, AdaptsWhenErrorsGrow) {
  Noise noise(6);
  IntervalTracker tracker({.quantile = 0.9, .per_day = 96});
  Drive(tracker, 3000, 0, [&](int) { return Plain(1000, 1000 + 10 * noise.Normal()); });
  const Outcome early = Drive(tracker, 300, 50, [&](int) { return Plain(1000, 1000 + 50 * noise.Normal()); });
  EXPECT_GT(early.Coverage(), 0.8);
  const Outcome late = Drive(tracker, 2000, 0, [&](int) { return Plain(1000, 1000 + 50 * noise.Normal()); });
  EXPECT_NEAR(late.Coverage(), 0.9, Tolerance(0.9, late.turns));
}

TEST(IntervalTest, AdaptsWhenErrorsShrink) {
  Noise noise(7);
  IntervalTracker tracker({.quantile = 0.9, .per_day = 96});
  Drive(tracker, 3000, 0, [&](int) { return Plain(1000, 1000 + 50 * noise.Normal()); });
  const Outcome late = Drive(tracker, 1000, 500, [&](int) { return Plain(1000, 1000 + 5 * noise.Normal()); });
  EXPECT_LT(late.MeanQuantile(), 1000 + 25);
}

// A forecast that falls behind by more and more: what is new is always worse than what has been learned.
TEST(IntervalTest, HoldsItsCoverageWhileErrorsDrift) {
  Noise noise(8);
  IntervalTracker tracker({.quantile = 0.9, .per_day = 96});
  const Outcome outcome =
      Drive(tracker, 6000, 1000, [&](int i) { return Plain(1000, 1000 + 0.05 * i + 10 * noise.Normal()); });
  EXPECT_NEAR(outcome.Coverage(), 0.9, 0.02);
}

// Every fifth window rises: these are allowed that share of the misses, and the whole keeps q.
TEST(IntervalTest, RisingWindowsAreCoveredMoreAndTheWholeKeepsItsPromise) {
  constexpr double kQuantile = 0.9;
  for (const double rising_misses : {0.3, 0.6, 1.0}) {
    Noise noise(9);
    IntervalTracker tracker({.quantile = kQuantile, .rising_misses = rising_misses});
    std::array<Outcome, 2> outcomes;
    for (int i = 0; i < 30'000; ++i) {
      Turn turn = Plain(1000, 1000 + 10 * noise.Normal());
      const bool rising = i % 5 == 0;
      if (rising) turn.outset.rise = 100;
      const IntervalTracker::Promise promise = tracker.Issue(turn.outset);
      ASSERT_EQ(promise.rising, rising) << i;
      tracker.Settle(promise, turn.actual);
      if (i < 5000) continue;
      Outcome& outcome = outcomes[rising ? 1 : 0];
      ++outcome.turns;
      outcome.covered += turn.actual <= promise.quantile ? 1 : 0;
    }
    const int all = outcomes[0].turns + outcomes[1].turns;
    const double of_rising = 1 - rising_misses * (1 - kQuantile);
    const double of_others = (kQuantile - 0.2 * of_rising) / 0.8;
    EXPECT_NEAR(outcomes[1].Coverage(), of_rising, Tolerance(of_rising, outcomes[1].turns)) << rising_misses;
    EXPECT_NEAR(outcomes[0].Coverage(), of_others, Tolerance(of_others, outcomes[0].turns)) << rising_misses;
    EXPECT_NEAR(static_cast<double>(outcomes[0].covered + outcomes[1].covered) / all, kQuantile,
                Tolerance(kQuantile, all));
  }
}

TEST(IntervalTest, ASmallRiseIsNoRise) {
  Noise noise(10);
  IntervalTracker tracker({});
  Drive(tracker, 500, 0, [&](int) { return Plain(1000, 1000 + 10 * noise.Normal()); });  // |error|: 8 on average
  Outset outset = Plain(1000, 0).outset;
  outset.rise = 5;
  EXPECT_FALSE(tracker.Issue(outset).rising);
  outset.rise = 12;
  EXPECT_TRUE(tracker.Issue(outset).rising);
  outset.rise = -100;
  EXPECT_FALSE(tracker.Issue(outset).rising);
  // What is clear is judged by the errors of late.
  Drive(tracker, 200, 0, [&](int) { return Plain(1000, 1000 + 2 * noise.Normal()); });
  outset.rise = 5;
  EXPECT_TRUE(tracker.Issue(outset).rising);
}

// Demand that jumps to a height which only earlier days tell.
TEST(IntervalTest, KnowsWhatEarlierPeriodsReached) {
  const auto quantile_over_actual = [](bool told) {
    Noise noise(11);
    IntervalTracker tracker({.quantile = 0.9});
    double actuals = 0;
    const Outcome outcome = Drive(tracker, 4000, 1000, [&](int i) {
      const double height = 100 + 900 * noise.Uniform();
      Turn turn = Plain(100, height * (1 + 0.02 * noise.Normal()));
      if (told) turn.outset.earlier = Envelope::Reached{0.9 * height, height, 0.8 * height};
      if (i >= 1000) actuals += turn.actual;
      return turn;
    });
    EXPECT_NEAR(outcome.Coverage(), 0.9, 0.02) << told;
    return outcome.promised / actuals;
  };
  EXPECT_LT(quantile_over_actual(true), 1.1);
  EXPECT_GT(quantile_over_actual(false), 1.5);
}

TEST(IntervalTest, SlackIsLargeOnSparseBurstsAndSmallOnSmoothDemand) {
  Noise noise(12);
  IntervalTracker sparse({.quantile = 0.9});
  Drive(sparse, 4000, 0, [&](int) { return Plain(20, noise.Uniform() < 0.2 ? 100 : 0); });
  EXPECT_GT(sparse.Slack(), 2);
  IntervalTracker smooth({.quantile = 0.9});
  Drive(smooth, 4000, 0, [&](int) { return Plain(20, 20 + 0.2 * noise.Normal()); });
  EXPECT_GT(smooth.Slack(), 0.005);
  EXPECT_LT(smooth.Slack(), 0.03);
}

TEST(IntervalTest, AScaleThatIsAPowerOfTwoScalesEveryPromise) {
  for (const double scale : {0x1p-20, 2.0, 0x1p40}) {
    Noise noise(13);
    IntervalTracker plain({});
    IntervalTracker scaled({});
    for (int i = 0; i < 500; ++i) {
      // Floats, so that no answer is rounded where the other is not.
      const double expected = static_cast<float>(100 + 10 * noise.Normal());
      const double actual = static_cast<float>(100 + 10 * noise.Normal());
      const Outset small{expected, 96, 112, 5, 7, {}};
      const Outset large{scale * expected, scale * 96, scale * 112, scale * 5, 7, {}};
      const IntervalTracker::Promise a = plain.Issue(small);
      const IntervalTracker::Promise b = scaled.Issue(large);
      ASSERT_EQ(scale * a.quantile, b.quantile) << scale << ' ' << i;
      plain.Settle(a, actual);
      scaled.Settle(b, scale * actual);
    }
    EXPECT_EQ(plain.Slack(), scaled.Slack());
  }
}

TEST(IntervalTest, ZeroDemandIsPromisedZero) {
  IntervalTracker tracker({});
  const Outcome outcome = Drive(tracker, 500, 0, [](int) { return Plain(0, 0); });
  EXPECT_LT(outcome.promised, 1e-100);
  EXPECT_EQ(tracker.Coverage().value(), 1);
  EXPECT_EQ(tracker.Slack(), 0);
}

TEST(IntervalTest, NothingIsEverNegativeOrNotFinite) {
  const std::array<double, 10> sizes{0, 1e30, 1e-30, 5e-324, 1, 1e-200, 1e15, 1e-45, 3, 1e29};
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Noise noise(100 + seed);
    const auto any = [&] { return sizes[static_cast<size_t>(noise.Uniform() * 10)]; };
    IntervalTracker tracker({.quantile = seed % 2 == 0 ? 0.5 : 0.999, .overlap = 4, .per_day = 1});
    for (int i = 0; i < 500; ++i) {
      Outset outset{any(), any(), any(), any() - any(), static_cast<size_t>(noise.Uniform() * 96), {}};
      if (noise.Uniform() < 0.5) outset.earlier = Envelope::Reached{any(), any(), any()};
      const IntervalTracker::Promise promise = tracker.Issue(outset);
      ASSERT_TRUE(promise.quantile >= 0 && std::isfinite(promise.quantile)) << seed << ' ' << i;
      for (size_t way = 0; way < IntervalTracker::kWays; ++way) {
        ASSERT_TRUE(promise.answers[way] >= 0 && std::isfinite(promise.answers[way])) << seed << ' ' << i << ' ' << way;
        ASSERT_TRUE(promise.scales[way] > 0 && std::isfinite(promise.scales[way])) << seed << ' ' << i << ' ' << way;
      }
      tracker.Settle(promise, any());
      ASSERT_TRUE(tracker.Slack() >= 0 && std::isfinite(tracker.Slack())) << seed << ' ' << i;
    }
  }
}

}  // namespace
}  // namespace dso::forecast
